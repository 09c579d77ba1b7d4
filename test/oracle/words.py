"""Chunks to terms: wildcards, folding, stems."""
import itertools
import re
import unicodedata

from . import tokens
from .ast import Term, Words
from .characters import is_character
from .chunks import Char, QueryError


def alnum(c):
    return tokens.is_letter(c) or unicodedata.category(c)[0] == "N"


def expands(chars, i):
    """Whether the ! at i is an expander."""
    after = chars[i + 1] if i + 1 < len(chars) else ""
    three = chars[max(0, i - 3):i]
    return (len(three) == 3 and all(tokens.is_letter(x) for x in three)
            and after != "!" and not any(alnum(x) for x in chars[i + 1:]))


def wild_at(chars, quoted):
    """Which characters of a chunk are wildcards, as a set of indexes."""
    signs = "*" if "/" in chars else "*?"
    wild = set()
    for i, c in enumerate(chars):
        if isinstance(c, Char):
            continue
        if c == "!" and not quoted and expands(chars, i):
            wild.add(i)
            break
        before = chars[i - 1] if i else ""
        if c in signs and before and (alnum(before) or i - 1 in wild):
            wild.add(i)
    for i in range(len(chars) - 2, -1, -1):
        if not isinstance(chars[i], Char) and chars[i] in signs \
                and (alnum(chars[i + 1]) or i + 1 in wild):
            wild.add(i)
    for i in range(len(chars) - 1, -1, -1):
        after = chars[i + 1] if i + 1 < len(chars) else ""
        if chars[i] == "?" and i + 1 not in wild \
                and not (after and alnum(after)):
            wild.discard(i)
    return wild


SYLLABIC = ("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "HALFWIDTH KATA",
            "HANGUL ", "HALFWIDTH HANGUL ")


def weight(c):
    """What a character counts among those that a wildcard needs."""
    if not (c.isalpha() or tokens.is_digit(c)):
        return 0
    return 2 if unicodedata.name(c, "").startswith(SYLLABIC) else 1


def too_few(chars, wild, quoted):
    """Whether the chunk has too few letters for its wildcards."""
    if not wild:
        return False
    if sum(weight(c) for c in chars[:min(wild)]) >= 2:
        return False
    least = 1 if quoted else 3
    return sum(weight(c) for i, c in enumerate(chars)
               if i not in wild) < least


def edits_of(fuzz, lexeme):
    """How many edits a word's "~" and the number behind it allow."""
    if fuzz.isdigit():
        return min(int(fuzz), 2)
    return 0 if len(lexeme) <= 2 else 1 if len(lexeme) <= 5 else 2


class Binder:
    """Makes terms of chunks, for one configuration.

    stem, if given, maps a lexeme to its stem or None; then bare words are
    looked for by it.  characters tells whether Chinese, Japanese and Korean
    characters are words.
    """

    def __init__(self, strict=True, stem=None, characters=False):
        self.characters = characters
        self.strict = strict
        self.stem = stem
        self.notes = []

    def refuse(self, kind, offset):
        """Raise in strict mode, note a repair otherwise."""
        if self.strict:
            raise QueryError(kind, offset + 1)
        self.notes.append((kind, offset + 1))

    def terms(self, chars, offset, quoted, slack=None, fuzz=None):
        """The terms of one chunk, in order; None is a gap.

        slack tells, if it is not quoted, whether a wildcard needs one letter
        only, as within a phrase.  fuzz is the number behind the chunk's "~",
        "" if there is none; without wildcards the last term is fuzzy.
        """
        chars = ["'" if c in tokens.APOSTROPHES and not isinstance(c, Char)
                 else c for c in chars]
        wild = wild_at(chars, quoted if slack is None else slack)
        if too_few(chars, wild, quoted if slack is None else slack):
            self.refuse("wildcard too short", offset + min(wild))
            wild = set()
        star = self.star_between(chars, wild)
        if star is not None:
            self.refuse("star between characters", offset + star)
            wild = set()
        sign = quoted and len(chars) == 1 and chars[0] in tokens.AMPERSANDS
        if not sign and not any(alnum(c) for c in chars):
            return []
        text, at = self.without_wild(chars, wild)
        found = tokens.tokens(text, self.characters)
        edits = 0 if fuzz is None or wild or not found \
            else edits_of(fuzz, found[-1][2])
        terms = []
        for start, end, lexeme in found:
            first, last = at[start], at[end - 1] + 1
            if not self.is_character(text[start]):
                terms.append(self.term(chars, first, last, lexeme, wild,
                                       quoted and not edits))
                continue
            gap = first
            while gap - 1 in wild:
                gap -= 1
            if gap == 0 or not alnum(chars[gap - 1]) or \
                    self.is_character(self.around(chars, gap, wild)[0]):
                terms += [None] * chars[gap:first].count("?")
            terms.append(Term("is", lexeme))
        if edits:
            terms[-1] = Term("fuzzy", found[-1][2], edits)
        return terms

    def is_character(self, c):
        return self.characters and is_character(c)

    def around(self, chars, i, wild):
        """The letters beside a run of wildcards, without marks; or blanks."""
        first, last = i, i
        while first in wild:
            first -= 1
        while last in wild:
            last += 1
        while first > 0 and tokens.is_mark(chars[first]):
            first -= 1
        return (chars[first] if first >= 0 else " ",
                chars[last] if last < len(chars) else " ")

    def star_between(self, chars, wild):
        """The first star between two characters."""
        for i in sorted(wild):
            if chars[i] in "*!" and all(
                    self.is_character(c)
                    for c in self.around(chars, i, wild)):
                return i
        return None

    def without_wild(self, chars, wild):
        """The text to cut, and where in the chunk each character stands.

        A wildcard inside a word is a letter, those at its ends are left out.
        """
        text = ""
        at = []
        for i, c in enumerate(chars):
            if i in wild:
                first, last = i, i
                while first in wild:
                    first -= 1
                while last in wild:
                    last += 1
                if first < 0 or not alnum(chars[first]) \
                        or last == len(chars) or not alnum(chars[last]):
                    continue
                beside = [self.is_character(c)
                          for c in self.around(chars, i, wild)]
                if any(beside):
                    if not all(beside):
                        continue
                    c = " "
                else:
                    c = "x"
            text += str(c)
            at.append(i)
        return text, at

    def term(self, chars, start, end, lexeme, wild, quoted):
        """The term of one token with the wildcards in and around it."""
        stop = end
        while stop in wild:
            stop += 1
        if stop < len(chars) and alnum(chars[stop]) and \
                not self.is_character(chars[stop]):
            stop = end          # they lead the next word
        begin = start
        while begin - 1 in wild:
            begin -= 1
        if begin and alnum(chars[begin - 1]) and not self.is_character(
                self.around(chars, begin, wild)[0]
                if begin in wild else " "):
            begin = start       # they end the word before
        mine = [i for i in range(begin, stop) if i in wild]
        if not mine:
            if self.stem and not quoted:
                stem = self.stem(lexeme)
                if stem is not None:
                    lexeme = "~" + stem
            return Term("is", lexeme)
        if mine[0] == end and "?" not in chars[end:stop]:
            stars = stop - end
            head = tokens.fold("".join(chars[start:end]))
            return Term("starts", head, None if stars == 1 else stars)
        return Term("like", self.pattern(chars, begin, stop, wild))

    def pattern(self, chars, begin, stop, wild):
        """A word with wildcards as a regular expression."""
        # stems and marks are no words
        pattern = "(?![~\u00a7\u00b6])" if begin in wild else ""
        runs = itertools.groupby(
            range(begin, stop), lambda i: chars[i] if i in wild else "")
        literal = ""
        leads = begin in wild
        for sign, run in runs:
            run = list(run)
            if not sign:
                literal = "".join(chars[run[0]:run[-1] + 1])
                if run[-1] + 1 == stop and literal.lower().endswith("'s"):
                    literal = literal[:-2]
                pattern += re.escape(self.fold_part(literal))
                leads = False
            elif sign == "?":
                pattern += "." * len(run)
            elif len(run) == 1 or leads:
                pattern += ".*"
            else:
                pattern += ".{0,%d}" % len(run)
        return pattern

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
    return Words(placed(enumerate(terms)), typed, quoted, None, pos)


def placed(terms):
    """Terms with their places, without gaps, from 0 on."""
    kept = [(n, term) for n, term in terms if term is not None]
    return [(n - kept[0][0], term) for n, term in kept]
