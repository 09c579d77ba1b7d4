"""The tree of a query.

Every node knows its bound structure (key), which is what equality looks at,
and its canonical text.  A mask is a string of field letters, or None for
any field.
"""
import itertools
import re

from .distance import distance

FIELD_NAMES = {
    name: mask for mask, names in {
        "A": "headline title hl hd ti a",
        "B": "byline author by au b",
        "C": "summary lead abstract lp c",
        "D": "body text tx td d",
        "AC": "hlp tiab",
    }.items() for name in names.split()}
MASK_NAMES = {"A": "headline:", "B": "byline:", "C": "summary:",
              "D": "body:", None: ""}


def field_mask(name):
    """The mask a field name stands for, or the empty string if it is none."""
    name = name.lower()
    if name in FIELD_NAMES:
        return FIELD_NAMES[name]
    if re.fullmatch("a?b?c?d?", name) and name:
        return name.upper()
    return ""


def mask_text(mask):
    """How a mask is printed."""
    if mask in MASK_NAMES:
        return MASK_NAMES[mask]
    return mask.lower() + ":"


def squeeze(mask):
    """All four fields are no restriction."""
    return None if mask == "ABCD" else mask


# words that a sign right before them would make something else
SHY_OF_NOT = re.compile(
    "[-!\\[{'\u2018\u2019\u201b\u02bc\uff07]|[^\\W\\d_]\\w+[:=](?!//)(?!\")")


class Term:
    """One token: a lexeme, or a set of lexemes described by wildcards.

    kind is "is" (value is the lexeme), "starts" (value is the beginning,
    more the greatest number of further letters or None), "like" (value is a
    regular expression) or "fuzzy" (value is the word, more the edits).
    """

    def __init__(self, kind, value, more=None):
        self.kind = kind
        self.value = value
        self.more = more

    def key(self):
        return (self.kind, self.value, self.more)

    def accepts(self, lexeme):
        """Whether a lexeme of a document is one of this term's."""
        if self.kind == "is":
            return lexeme == self.value
        if self.kind == "starts":
            return lexeme.startswith(self.value) and (
                self.more is None
                or len(lexeme) - len(self.value) <= self.more)
        if self.kind == "fuzzy":
            return lexeme[:1] not in ("~", "\u00a7", "\u00b6") \
                and distance(self.value, lexeme) <= self.more
        return re.fullmatch(self.value, lexeme, re.S) is not None


class Words:
    """A word or a phrase: terms at offsets, the first at 0.

    typed is the text to print, without quotes; quoted tells whether it
    stood in them.
    """

    def __init__(self, terms, typed, quoted, mask=None, pos=0):
        self.terms = terms
        self.typed = typed
        self.quoted = quoted
        self.mask = mask
        self.pos = pos

    def key(self):
        return ("words", self.mask,
                tuple((at, term.key()) for at, term in self.terms))

    def text(self):
        body = '"' + self.typed + '"' if self.quoted else self.typed
        if not self.quoted and not mask_text(self.mask):
            # typed after the name of all fields, which is not printed
            body = re.sub(r"(?<!\\)([:=])", r"\\\1", body)
        return mask_text(self.mask) + body


class And:
    name = "&"

    def __init__(self, parts):
        self.parts = parts

    def key(self):
        return (self.name,) + tuple(part.key() for part in self.parts)

    def text(self):
        return (" %s " % self.name).join(
            wrap(part, (And, Or, Near)) for part in self.parts)


class Or(And):
    name = "|"


class Not:
    def __init__(self, part):
        self.part = part

    def key(self):
        return ("!", self.part.key())

    def text(self):
        text = wrap(self.part, (And, Or, Near))
        if isinstance(self.part, Words) and self.part.mask is None \
                and SHY_OF_NOT.match(text):
            text = "(" + text + ")"
        return "!" + text


class AtLeast:
    def __init__(self, count, part):
        self.count = count
        self.part = part

    def key(self):
        return ("atleast", self.count, self.part.key())

    def text(self):
        return "ATLEAST%d(%s)" % (self.count, self.part.text())


class Near:
    """Proximity.  kind: NEAR, PRE, NOT NEAR (with a distance), /s +s /p +p."""

    def __init__(self, kind, distance, left, right):
        self.kind = kind
        self.distance = distance
        self.left = left
        self.right = right

    def key(self):
        return (self.kind, self.distance, self.left.key(), self.right.key())

    def text(self):
        name = self.kind
        if self.distance is not None:
            name += "/%d" % self.distance
        return "%s %s %s" % (wrap(self.left, (And, Or)), name,
                             wrap(self.right, (And, Or, Near)))


def wrap(node, kinds):
    """The text of an operand, in parentheses if it is one of kinds."""
    text = node.text()
    return "(" + text + ")" if isinstance(node, kinds) else text


def children(node):
    """The operands of a node."""
    if isinstance(node, And):
        return list(node.parts)
    if isinstance(node, (Not, AtLeast)):
        return [node.part]
    if isinstance(node, Near):
        return [node.left, node.right]
    return []


def holds(node, kinds):
    """Whether a node of these kinds is in the tree."""
    return isinstance(node, kinds) or any(
        holds(child, kinds) for child in children(node))


def conjunctive(node):
    """Whether an *and*, which has to be distributed, is in the tree."""
    return type(node) is And or any(
        conjunctive(child) for child in children(node))


def join(kind, parts):
    """An n-ary node, its like dissolved in it; one operand is itself."""
    flat = []
    for part in parts:
        if type(part) is kind:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else kind(flat)


def negate(part):
    """Not of a node; two of them dissolve."""
    return part.part if isinstance(part, Not) else Not(part)


def distribute(node):
    """An *and* inside a proximity, moved out of it."""
    if isinstance(node, Near):
        left, right = distribute(node.left), distribute(node.right)
        if conjunctive(left):
            return spread(left, lambda x: Near(
                node.kind, node.distance, x, right))
        if node.kind == "NOT NEAR":
            return join(And, [
                Near(node.kind, node.distance, left, join(Or, clause))
                for clause in clauses(right)])
        return spread(right, lambda x: Near(
            node.kind, node.distance, left, x))
    if isinstance(node, And):
        return join(type(node), [distribute(part) for part in node.parts])
    if isinstance(node, Not):
        return negate(distribute(node.part))
    return node


def spread(node, make):
    """Put make around what an operand's and/or structure holds."""
    if isinstance(node, And) and conjunctive(node):
        return join(type(node), [spread(part, make) for part in node.parts])
    return make(node)


def clauses(node):
    """Lists of operands; something of each list has to be there.

    No alternative on the right of NOT NEAR may be near one occurrence of
    what is on the left, so they are not parted as spread() would.
    """
    if not conjunctive(node):
        return [[node]]
    parts = [clauses(part) for part in node.parts]
    if type(node) is And:
        return [clause for part in parts for clause in part]
    return [[x for clause in choice for x in clause]
            for choice in itertools.product(*parts)]
