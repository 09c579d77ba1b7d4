"""Chunks to terms: wildcards, folding, stems."""
import re

from . import tokens
from .ast import Term, Words
from .chunks import Char, QueryError


def alnum(c):
    return tokens.is_letter(c) or tokens.is_digit(c)


def wild_at(chars, quoted):
    """Which characters of a chunk are wildcards, as a set of indexes."""
    wild = set()
    slash = any(c == "/" for c in chars)
    for i, c in enumerate(chars):
        if isinstance(c, Char) or c not in "*?!":
            continue
        before = chars[i - 1] if i else ""
        if not (before and (alnum(before) or i - 1 in wild)) \
                or before == "!":
            continue
        if c == "*":
            wild.add(i)
        elif c == "?":
            j = i
            while j < len(chars) and chars[j] in "*?":
                j += 1
            inner = j < len(chars) and alnum(chars[j])
            if not slash and (inner or "*" in chars[i + 1:j]):
                wild.add(i)
        elif not quoted:
            after = chars[i + 1] if i + 1 < len(chars) else ""
            three = chars[max(0, i - 3):i]
            if (i - 1 not in wild and len(three) == 3
                    and all(tokens.is_letter(x) for x in three)
                    and not (after and (alnum(after) or after == "!"))):
                wild.add(i)
    return wild


def leads_wild(chars):
    """Whether a wildcard leads the chunk, before a letter or digit."""
    i = 0
    while i < len(chars) and not isinstance(chars[i], Char) \
            and chars[i] in "*?":
        i += 1
    return 0 < i < len(chars) and alnum(chars[i])


class Binder:
    """Makes terms of chunks, for one configuration.

    stem, if given, maps a lexeme to its stem or None; then bare words are
    looked for by it.
    """

    def __init__(self, strict=True, stem=None):
        self.strict = strict
        self.stem = stem
        self.notes = []

    def refuse(self, kind, offset):
        """Raise in strict mode, note a repair otherwise."""
        if self.strict:
            raise QueryError(kind, offset + 1)
        self.notes.append((kind, offset + 1))

    def terms(self, chars, offset, quoted):
        """The terms of one chunk, in order."""
        chars = ["'" if c in tokens.APOSTROPHES and not isinstance(c, Char)
                 else c for c in chars]
        if leads_wild(chars):
            self.refuse("leading wildcard", offset)
        wild = wild_at(chars, quoted)
        while True:
            cut_up = tokens.tokens(self.without_wild(chars, wild))
            short = self.too_short(cut_up, wild)
            if not short:
                break
            self.refuse("wildcard too short", offset + min(short))
            wild -= short
        return [self.term(chars, start, end, lexeme, wild, quoted)
                for start, end, lexeme in cut_up]

    @staticmethod
    def without_wild(chars, wild):
        """The text to cut: inner wildcards are letters, others blanks."""
        out = []
        for i, c in enumerate(chars):
            if i not in wild:
                out.append(str(c))
                continue
            j = i
            while j in wild:
                j += 1
            inner = j < len(chars) and alnum(chars[j])
            out.append("x" if inner else " ")
        return "".join(out)

    @staticmethod
    def too_short(cut_up, wild):
        """The wildcards with fewer than two characters of a word before."""
        short = set()
        for start, end, _ in cut_up:
            stop = end
            while stop in wild:
                stop += 1
            mine = sorted(i for i in wild if start <= i < stop)
            if mine and mine[0] - start < 2:
                short.update(mine)
        return short

    def term(self, chars, start, end, lexeme, wild, quoted):
        """The term of one token with the wildcards in and after it."""
        stop = end
        while stop in wild:
            stop += 1
        mine = [i for i in range(start, stop) if i in wild]
        if not mine:
            if self.stem and not quoted:
                stem = self.stem(lexeme)
                if stem is not None:
                    lexeme = "~" + stem
            return Term("is", lexeme)
        pattern = []
        literal = ""
        for i in range(start, stop):
            if i not in wild:
                literal += chars[i]
                continue
            pattern.append(re.escape(self.fold_part(literal)))
            literal = ""
            pattern.append("." if chars[i] == "?" else ".*")
        if literal.lower().endswith("'s"):
            literal = literal[:-2]
        pattern.append(re.escape(self.fold_part(literal)))
        if mine[0] == end and "?" not in chars[end:stop]:
            stars = stop - end
            head = tokens.fold("".join(chars[start:end]))
            return Term("starts", head, None if stars == 1 else stars)
        return Term("like", "".join(pattern))

    @staticmethod
    def fold_part(literal):
        """Fold a part of a word; only its case and accents matter."""
        if literal.isascii():
            return literal.lower()
        return tokens.fold(literal)


def numbered(terms, quoted, typed, pos):
    """A Words node of terms in a row; None of no terms."""
    if not terms:
        return None
    return Words(list(enumerate(terms)), typed, quoted, None, pos)
