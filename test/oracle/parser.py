"""From what a person typed to a tree, strictly or with repairs.

Three passes: cut the text into chunks, quotes and parentheses (chunks); read
chunks as operators or words (reader); build the tree by precedence (here).
"""
import re

from .ast import (And, AtLeast, Near, Not, Or, Words, children, conjunctive,
                  distribute, holds, join, negate, squeeze)
from .chunks import (BLANKS, QUOTES, QueryError, Unclear, cut_chars,
                     unescape, unwrap_cell)
from .own import Value
from .reader import Enclosed, Reader
from .repair import BINARY, check_balance, repair
from .words import Binder

__all__ = ["QUOTES", "QueryError", "Unclear", "canonical", "parse"]


class Parser:
    """Builds the tree of a token list by precedence."""

    def __init__(self, toks, strict):
        self.toks = toks
        self.strict = strict
        self.at = 0

    def peek(self):
        return self.toks[self.at].kind if self.at < len(self.toks) else "end"

    def here(self):
        if self.at < len(self.toks):
            return self.toks[self.at].pos
        return self.toks[-1].pos if self.toks else 1

    def whole(self):
        node = self.list()
        if self.peek() != "end":
            raise QueryError("operator without its operand", self.here())
        return node

    def list(self):
        parts = [self.either()]
        while self.peek() not in (")", "end"):
            parts.append(self.either())
        return join(And, parts)

    def either(self):
        parts = [self.both()]
        while self.peek() == "or":
            self.at += 1
            parts.append(self.both())
        return join(Or, parts)

    def both(self):
        parts = [self.maybe_not()]
        while self.peek() == "and":
            self.at += 1
            parts.append(self.maybe_not())
        return join(And, parts)

    def maybe_not(self):
        if self.peek() in ("not", "sign"):
            self.at += 1
            return negate(self.chain(True))
        return self.chain()

    def chain(self, negated=False):
        node = self.item(None)
        while self.peek() == "near":
            tok = self.toks[self.at]
            self.at += 1
            if self.peek() in ("not", "sign"):
                if self.strict:
                    raise QueryError("two operators in a row", self.here())
                if negated:
                    raise Unclear("what NOT applies to once it is repaired")
                return join(And, [node, self.maybe_not()])
            right = self.item(None)
            node = self.near(tok, node, right)
        return node

    def near(self, tok, left, right):
        """A proximity of two operands, if it can hold them."""
        bad = any(holds(x, (Not, AtLeast, Value)) for x in (left, right))
        if bad or many_ands(left) + many_ands(right) > 1:
            if self.strict:
                raise QueryError("proximity over what it cannot hold",
                                 tok.pos)
            return join(And, [left, right])
        return Near(tok.value[0], tok.value[1], left, right)

    def item(self, mask):
        kind = self.peek()
        if kind in ("end", ")"):
            raise QueryError("operator without its operand", self.here())
        tok = self.toks[self.at]
        self.at += 1
        if kind == "field":
            return self.item(tok.value if mask is None else mask)
        if kind == "(":
            node = self.list()
            if self.peek() != ")":
                raise QueryError("operator without its operand", self.here())
            self.at += 1
            return give_mask(node, mask)
        if kind == "atleast":
            return self.atleast(tok, mask)
        if kind == "words":
            return give_mask(tok.value, mask)
        if kind in BINARY or kind in ("not", "sign"):
            before = self.toks[self.at - 2].kind if self.at > 1 else "("
            raise QueryError(
                "two operators in a row" if before != "("
                else "operator without its operand", tok.pos)
        raise QueryError(kind, tok.pos)

    def atleast(self, tok, mask):
        if self.peek() in ("not", "sign") and not self.strict:
            return self.maybe_not()
        part = self.item(mask)
        if holds(part, (Not, AtLeast, Value)) or conjunctive(part):
            if self.strict:
                raise QueryError("ATLEAST over what it cannot hold", tok.pos)
            return part
        return AtLeast(tok.value, part)


def many_ands(node):
    """How many operands of a chain hold an *and*: 0, 1, or 2 for more."""
    return 1 if conjunctive(node) else 0


def give_mask(node, mask):
    """Put a field on every word that has none; an inner one wins."""
    if mask is None:
        return node
    if isinstance(node, Words):
        if node.mask is None:
            node.mask = mask
    else:
        for child in children(node):
            give_mask(child, mask)
    return node


def settle_masks(node):
    """All four fields are none, once inner and outer ones are settled."""
    if isinstance(node, Words):
        node.mask = squeeze(node.mask)
    for child in children(node):
        settle_masks(child)
    return node


# of which nothing says whether it belongs to the quotation before it, or what
# is left of a boost
UNCLEAR = re.compile(r"[,;\u3001\uff0c\uff1b]\s*~|\^[0-9.]*\^")


def parse(text, strict=True, stem=None, fields=None, characters=False):
    """The tree of a query, or None for the empty query.

    fields are those of one's own that are known: {name: type}.

    Raises QueryError in strict mode for what the language refuses.
    """
    if UNCLEAR.search(text):
        raise Unclear("a comma before a slop, or two boosts")
    chars = unwrap_cell(unescape(text))
    while True:
        binder = Binder(strict, stem, characters)
        raws = cut_chars(chars)
        if not raws:
            if strict and text.strip(BLANKS):
                raise QueryError("no word", 1)
            return None
        try:
            toks = Reader(chars, raws, binder, fields).read()
            break
        except Enclosed as error:
            if strict:
                raise QueryError("signs that do not group",
                                 error.pos) from None
            chars = error.mended
    if strict:
        check_balance(toks)
        if not any(tok.kind == "words" for tok in toks):
            if toks:
                raise QueryError("operator without its operand", toks[0].pos)
            raise QueryError("no word", 1)
    else:
        toks = repair(toks)
        if not toks:
            return None
    return distribute(settle_masks(Parser(toks, strict).whole()))


def canonical(node):
    """The canonical text of a tree."""
    return "" if node is None else node.text()
