"""From what a person typed to a tree, strictly or with repairs.

Three passes: cut the text into chunks, quotes and parentheses; read chunks
as operators or words, with one look around; build the tree by precedence.
"""
import re

from . import tokens
from .ast import (And, AtLeast, Near, Not, Or, Term, Words, conjunctive,
                  distribute, field_mask, holds, join, negate, squeeze)

QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u301d\u301e' \
         '\u300c\u300d\u300e\u300f'
LEFT = "(\uff08"
RIGHT = ")\uff09"
BARS = "|\uff5c"
AMPS = "&\uff06"
# Unicode's White_Space
BLANKS = ("\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
          "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
MAX_DISTANCE = 16383
MAX_COUNT = 255


class QueryError(Exception):
    """What a strict call refuses; pos counts characters from 1."""

    def __init__(self, kind, pos):
        super().__init__("%s at %d" % (kind, pos))
        self.kind = kind
        self.pos = pos


class Unclear(Exception):
    """A repair for which the language gives no rule."""


class Char(str):
    """A character that an escape made text."""


class Backslash(Char):
    """A backslash that escapes nothing: punctuation."""


class Raw:
    """A piece of the input: chunk, quote, ( ) & |.

    chars holds the characters of a chunk or of what is quoted, escaped ones
    as Char; glued tells that the next piece follows without a blank.
    """

    def __init__(self, kind, pos, chars=(), offsets=()):
        self.kind = kind
        self.pos = pos
        self.chars = list(chars)
        self.offsets = list(offsets)
        self.glued = False
        self.closed = True

    def text(self):
        return "".join(self.chars)

    def plain(self):
        """The text if no sign of it is escaped, else nothing."""
        if any(isinstance(c, Char) for c in self.chars):
            return ""
        return self.text()


class Tok:
    """A token of the grammar."""

    def __init__(self, kind, pos, value=None):
        self.kind = kind
        self.pos = pos
        self.value = value

    def __repr__(self):
        return "%s(%r)" % (self.kind, self.value)


# ---------------------------------------------------------------- pass 1

def unescape(text):
    """The characters with their offsets, escapes resolved."""
    out = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text):
            after = text[i + 1]
            if not (after.isalnum() or after in BLANKS):
                out.append((Char(after), i))
                i += 2
                continue
        if c == "\\":
            # punctuation: it separates, but starts no operator either
            out.append((Backslash(c), i))
        else:
            out.append((c, i))
        i += 1
    return out


def signed(item, among):
    """Whether a (char, offset) is an unescaped sign of a set."""
    return not isinstance(item[0], Char) and item[0] in among


def hebrew(c):
    return "\u05d0" <= c <= "\u05ea"


def is_quote(chars, i):
    """Whether the character at i opens or closes a quotation."""
    if not signed(chars[i], QUOTES):
        return False
    if chars[i][0] == '"' and 0 < i < len(chars) - 1:
        return not (hebrew(chars[i - 1][0]) and hebrew(chars[i + 1][0]))
    return True


def letters_beside(chars, i, step):
    """How many letters stand in a row beside i."""
    count = 0
    i += step
    while 0 <= i < len(chars) and tokens.is_letter(chars[i][0]):
        count += 1
        i += step
    return count


def joins_name(chars, i):
    """Whether the ampersand at i is part of a name such as AT&T."""
    before = letters_beside(chars, i, -1)
    after = letters_beside(chars, i, 1)
    return before > 0 and after > 0 and (before <= 2 or after <= 2)


def cut(text):
    """Pass 1: the input as a list of Raw."""
    chars = unescape(text)
    raws = []
    i = 0
    while i < len(chars):
        c, offset = chars[i]
        if c in BLANKS:
            i += 1
            continue
        if is_quote(chars, i):
            raw, i = cut_quote(chars, i)
        elif signed(chars[i], LEFT):
            raw, i = Raw("(", offset), i + 1
        elif signed(chars[i], RIGHT):
            raw, i = Raw(")", offset), i + 1
        elif signed(chars[i], BARS):
            raw = Raw("|", offset)
            i += 2 if i + 1 < len(chars) and signed(chars[i + 1], BARS) else 1
        elif signed(chars[i], AMPS) and not joins_name(chars, i):
            raw = Raw("&", offset)
            i += 2 if i + 1 < len(chars) and signed(chars[i + 1], AMPS) else 1
        else:
            raw, i = cut_chunk(chars, i)
        raw.glued = i < len(chars) and chars[i][0] not in BLANKS
        raws.append(raw)
    return raws


def cut_quote(chars, i):
    """A quotation from its opening sign on."""
    raw = Raw("quote", chars[i][1])
    i += 1
    while i < len(chars) and not is_quote(chars, i):
        raw.chars.append(chars[i][0])
        raw.offsets.append(chars[i][1])
        i += 1
    raw.closed = i < len(chars)
    return raw, i + 1


def cut_chunk(chars, i):
    """A chunk: up to a blank, quote, parenthesis, bar or operator &."""
    raw = Raw("chunk", chars[i][1])
    while i < len(chars) and chars[i][0] not in BLANKS:
        if is_quote(chars, i) or signed(chars[i], LEFT + RIGHT + BARS):
            break
        if signed(chars[i], AMPS) and not joins_name(chars, i):
            break
        raw.chars.append(chars[i][0])
        raw.offsets.append(chars[i][1])
        i += 1
    return raw, i


# ------------------------------------------------------------ words

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
        if not (before and (alnum(before) or i - 1 in wild)):
            continue
        if c == "*":
            wild.add(i)
        elif c == "?":
            j = i
            while j < len(chars) and chars[j] in "*?":
                j += 1
            if not slash and j < len(chars) and alnum(chars[j]):
                wild.add(i)
        elif not quoted:
            after = chars[i + 1] if i + 1 < len(chars) else ""
            three = chars[max(0, i - 3):i]
            if (i - 1 not in wild and len(three) == 3
                    and all(tokens.is_letter(x) for x in three)
                    and not (after and (alnum(after) or after in "*?!"))):
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
        if mine[0] == end:
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


# ---------------------------------------------------------------- pass 2

NEAR_FORM = re.compile(r"(?:w|near|n|within)/([0-9]+)\Z", re.I)
PRE_FORM = re.compile(r"(?:pre|p|onear|adj|before)/([0-9]+)\Z", re.I)
NOTNEAR_FORM = re.compile(r"notnear/([0-9]+)\Z", re.I)
SENTENCE_FORM = re.compile(r"(?:/s|w/s|w/sent)\Z", re.I)
PARAGRAPH_FORM = re.compile(r"(?:/p|w/p|w/para)\Z", re.I)
SHORT_FORM = re.compile(r"/([0-9]+)\Z")
PLUS_FORM = re.compile(r"\+([0-9]+)\Z")
ATLEAST_FORM = re.compile(r"atleast([0-9]+)\Z", re.I)
ACTING = re.compile(
    r"(?:and|or|not|but|near|sentence|paragraph|atleast[0-9]+)\Z", re.I)
BOOST = re.compile(r"\^[0-9]+(?:\.[0-9]+)?[^\w^~*?\0]*\Z")
FUZZ = re.compile(r"~[0-9]*\Z")
QUOTE_SUFFIX = re.compile(
    r"(\*+)?(~[0-9]+)?(\^[0-9]+(?:\.[0-9]+)?)?")


def first_row(text):
    """The distance if a chunk is a form of *within n, any order*."""
    match = NEAR_FORM.match(text)
    if match:
        return int(match.group(1))
    match = SHORT_FORM.match(text)
    if match and int(match.group(1)) <= 255:
        return int(match.group(1))
    return 10 if text == "NEAR" else None


def proximity(text):
    """(kind, distance) if a chunk is a proximity operator anywhere."""
    for form, kind in ((NEAR_FORM, "NEAR"), (PRE_FORM, "PRE"),
                       (NOTNEAR_FORM, "NOT NEAR")):
        match = form.match(text)
        if match:
            return kind, int(match.group(1))
    match = SHORT_FORM.match(text)
    if match and int(match.group(1)) <= 255:
        return "NEAR", int(match.group(1))
    if SENTENCE_FORM.match(text):
        return "/s", None
    if PARAGRAPH_FORM.match(text):
        return "/p", None
    return None


def shy_proximity(text):
    """The same for the forms that need two operands around them."""
    if text == "NEAR":
        return "NEAR", 10
    if text == "SENTENCE":
        return "/s", None
    if text == "PARAGRAPH":
        return "/p", None
    if text.lower() in ("+s", "+p"):
        return text.lower(), None
    match = PLUS_FORM.match(text)
    if match and int(match.group(1)) <= 255:
        return "PRE", int(match.group(1))
    return None


class Reader:
    """Pass 2: chunks to tokens of the grammar."""

    def __init__(self, raws, binder):
        self.raws = raws
        self.binder = binder
        self.out = []
        self.i = 0

    def read(self):
        while self.i < len(self.raws):
            raw = self.raws[self.i]
            if raw.kind == "chunk":
                self.chunk(raw)
            elif raw.kind == "quote":
                self.quote(raw)
            elif raw.kind == ")":
                self.put(")", raw.pos)
                self.i += 1
                self.skip_suffix(raw)
            else:
                self.put({"&": "and", "|": "or"}.get(raw.kind, raw.kind),
                         raw.pos)
                self.i += 1
        return self.out

    def put(self, kind, pos, value=None):
        self.out.append(Tok(kind, pos + 1, value))

    def after(self, n=1):
        """The n-th next piece that is more than punctuation, or None."""
        j = self.i
        while n:
            j += 1
            while j < len(self.raws) and self.is_noise(self.raws[j]):
                j += 1
            n -= 1
        return self.raws[j] if j < len(self.raws) else None

    def is_noise(self, raw):
        """Whether a chunk is white space: no letter or digit, no operator."""
        if raw.kind != "chunk" or raw.plain() == "%":
            return False
        if tokens.has_letter_or_digit(raw.text()):
            return False
        return not (raw.glued and raw.plain()[:1] in ("-", "!")
                    and self.starts_operand(raw, True))

    def opens(self):
        """Whether a query or group opens here."""
        return not self.out or self.out[-1].kind == "("

    def has_left(self):
        """Whether an operand stands to the left."""
        return bool(self.out) and self.out[-1].kind in ("words", ")")

    def starts_operand(self, raw, signs=False):
        """Whether a piece begins an operand; signs: or an exclusion."""
        if raw is None:
            return False
        if raw.kind in ("quote", "("):
            return True
        if raw.kind != "chunk":
            return False
        text = raw.plain()
        if text[:1] in ("-", "!") and text[1:2] not in ("-", "!"):
            return signs and (len(text) > 1 or raw.glued)
        if text.lower() in ("and", "or") or text == "NOT" or text == "%":
            return False
        if proximity(text) or shy_proximity(text):
            return False
        return tokens.has_letter_or_digit(raw.text())

    def chunk(self, raw):
        """One chunk: an operator as a whole, or signs and a word."""
        text = raw.plain()
        if not self.operator(raw, text):
            self.operand(raw)

    def operator(self, raw, text):
        """Read a chunk as an operator if it is one here."""
        low = text.lower()
        if low in ("and", "or"):
            if self.opens() and text != low.upper():
                return False
            self.put(low, raw.pos)
        elif low == "but":
            return self.but(raw, text)
        elif low == "not":
            return self.negation(raw, text)
        elif text == "%":
            return self.percent(raw)
        elif proximity(text):
            self.near(raw.pos, *proximity(text))
        elif shy_proximity(text):
            if not (self.has_left() and self.starts_operand(self.after())):
                return False
            self.near(raw.pos, *shy_proximity(text))
        else:
            return False
        self.i += 1
        return True

    def but(self, raw, text):
        """But not, unless it opens in small letters."""
        follower = self.raws[self.i + 1:self.i + 2]
        if not (follower and follower[0].kind == "chunk"
                and follower[0].plain().lower() == "not"):
            return False
        capitals = text == "BUT" and follower[0].plain() == "NOT"
        if self.opens() and not capitals:
            return False
        self.put("and", raw.pos)
        self.put("not", follower[0].pos)
        self.i += 2
        return True

    def negation(self, raw, text):
        """NOT before an operand, or the first half of NOT NEAR."""
        follower = self.after()
        word = follower.plain() if follower and follower.kind == "chunk" \
            else ""
        distance = first_row(word)
        if distance is not None and (word != "NEAR" or self.has_left()):
            self.i += 1
            while self.raws[self.i] is not follower:
                self.i += 1
            self.near(raw.pos, "NOT NEAR", distance)
        elif text == "NOT" or (self.out and self.out[-1].kind == "and"
                               and self.out[-1].value != "percent"):
            self.put("not", raw.pos)
        else:
            return False
        self.i += 1
        return True

    def percent(self, raw):
        """% is *and not* between two operands, but not after a number."""
        before = self.out[-1] if self.out else None
        number = (before and before.kind == "words" and not before.value.quoted
                  and not any(tokens.is_letter(c)
                              for c in before.value.typed))
        if number or not self.has_left() \
                or not self.starts_operand(self.after()):
            return False
        self.put("and", raw.pos, "percent")
        self.put("not", raw.pos)
        self.i += 1
        return True

    def near(self, pos, kind, distance):
        """A proximity operator, its distance checked."""
        if distance is not None and not 1 <= distance <= MAX_DISTANCE:
            self.binder.refuse("distance out of range", pos)
            distance = min(max(distance, 1), MAX_DISTANCE)
        self.put("near", pos, (kind, distance))

    def operand(self, raw):
        """Sign, field, exact sign, then a word or what is glued on."""
        chars = raw.chars
        at = 0
        glue = (raw.glued and self.i + 1 < len(self.raws)
                and self.raws[self.i + 1].kind in ("quote", "("))

        def sign(j):
            c = chars[j] if j < len(chars) else ""
            return c if not isinstance(c, Char) else ""

        def more(j):
            return glue if j >= len(chars) else any(
                alnum(c) for c in chars[j:]) or glue

        while sign(at) == "+":
            at += 1
        if sign(at) and sign(at) in "-!" \
                and sign(at + 1) and sign(at + 1) in "-!":
            # punctuation: what follows is no longer at the start of a chunk
            self.i += 1
            self.word(raw, at, False)
            return
        at = self.exclusion(raw, at, sign, more)
        match = re.match("([A-Za-z]+):", "".join(
            "\0" if isinstance(c, Char) else c for c in chars[at:]))
        if match and field_mask(match.group(1)) and more(at + match.end()):
            name_at = at
            at = self.exclusion(raw, at + match.end(), sign, more)
            self.put("field", raw.offsets[name_at],
                     field_mask(match.group(1)))
        exact = False
        if sign(at) and sign(at) in "=#" and more(at + 1):
            nxt = sign(at + 1)
            quoted = glue and self.raws[self.i + 1].kind == "quote"
            if (quoted if at + 1 >= len(chars)
                    else alnum(chars[at + 1]) or nxt in ("*", "?")):
                exact = True
                at += 1
        rest = "".join(chars[at:])
        self.i += 1
        match = ATLEAST_FORM.match(rest)
        if match and not exact and not any(
                isinstance(c, Char) for c in chars[at:]):
            self.atleast(raw.offsets[at], int(match.group(1)))
            return
        if not rest:
            if exact:
                self.put("exact", raw.pos)
            return
        self.word(raw, at, exact)

    def exclusion(self, raw, at, sign, more):
        """Read a sign - or !, give where the rest begins."""
        if sign(at) and sign(at) in "-!":
            if more(at + 1):
                self.put("sign", raw.offsets[at])
            return at + 1
        return at

    def atleast(self, pos, count):
        if not 1 <= count <= MAX_COUNT:
            self.binder.refuse("count out of range", pos)
            count = min(max(count, 1), MAX_COUNT)
        self.put("atleast", pos, count)

    def word(self, raw, at, exact):
        """A bare word, boost and fuzziness taken off."""
        chars = raw.chars[at:]
        text = "".join("\0" if isinstance(c, Char) else c for c in chars)
        match = BOOST.search(text)
        if match and match.start():
            chars = chars[:match.start()]
            text = text[:match.start()]
        match = FUZZ.search(text)
        if match and match.start() and tokens.is_letter(
                chars[match.start() - 1]):
            chars = chars[:match.start()]
        offset = raw.offsets[at] if at < len(raw.offsets) else raw.pos
        terms = self.binder.terms(chars, offset, exact)
        if terms:
            typed = self.typed(chars, exact)
            self.put("words", offset, numbered(terms, exact, typed, offset))

    @staticmethod
    def typed(chars, quoted):
        """The text of a chunk as it is printed, escapes put back."""
        wild = wild_at(chars, quoted)
        text = "".join(
            str(c) if isinstance(c, Backslash)
            else "\\" + c if isinstance(c, Char)
            else "*" if c == "!" and i in wild else str(c)
            for i, c in enumerate(chars))
        return text if quoted or not ACTING.match(text) else "\\" + text

    def skip_suffix(self, raw):
        """A boost glued to a closing parenthesis goes."""
        if raw.glued and self.i < len(self.raws):
            follower = self.raws[self.i]
            if follower.kind == "chunk" and BOOST.match(follower.plain()):
                self.i += 1

    def quote(self, raw):
        """A quotation with what follows its closing sign."""
        if not raw.closed:
            self.binder.refuse("unbalanced quote", raw.pos)
        self.i += 1
        stars, slop = self.suffix(raw)
        if self.out and self.out[-1].kind == "exact":
            self.out.pop()
        chunks = list(self.chunks_of(raw))
        places = []
        at = 0
        for chars, offset in chunks:
            if chars == ["*"] and not isinstance(chars[0], Char):
                at += 1
                continue
            if chars is chunks[-1][0] and stars:
                chars = self.with_stars(chars, stars)
            terms = self.binder.terms(chars, offset, True)
            if terms:
                places.append((at, terms, self.typed(chars, True), offset))
                at += len(terms)
        if not places:
            self.put("empty", raw.pos, "phrase")
            return
        if slop is not None:
            self.slop(raw, places, slop)
            return
        self.put("words", raw.pos, self.phrase(raw, places))

    def with_stars(self, chars, stars):
        """The last word of a quotation with the stars after the quote."""
        end = len(chars)
        while end and not alnum(chars[end - 1]):
            end -= 1
        return chars[:end] + ["*"] * stars

    def phrase(self, raw, places):
        """The node of a quotation; gaps print as lone stars."""
        terms = []
        words = []
        first = places[0][0]
        expected = first
        for at, mine, typed, _ in places:
            words.extend(["*"] * (at - expected))
            words.append(typed)
            terms.extend((at - first + n, t) for n, t in enumerate(mine))
            expected = at + len(mine)
        return Words(terms, " ".join(words), True, None, raw.pos)

    def slop(self, raw, places, slop):
        """"a b c"~n is a chain of its words."""
        self.put("(", raw.pos, "slop")
        for n, (_, terms, typed, offset) in enumerate(places):
            if n:
                self.near(raw.pos, "NEAR", slop)
            self.put("words", offset, numbered(terms, True, typed, offset))
        self.put(")", raw.pos)

    def chunks_of(self, raw):
        """The chunks between blanks inside a quotation."""
        chars, start = [], 0
        for c, offset in zip(raw.chars + [" "], raw.offsets + [0]):
            if c in BLANKS:
                if chars:
                    yield chars, start
                chars = []
            else:
                if not chars:
                    start = offset
                chars.append(c)

    def suffix(self, raw):
        """Stars and slop after a closing quote: (count, n or None)."""
        stars, slop = 0, None
        if not raw.closed:
            return stars, slop
        if raw.glued and self.i < len(self.raws) \
                and self.raws[self.i].kind == "chunk":
            follower = self.raws[self.i]
            match = QUOTE_SUFFIX.match("".join(
                "\0" if isinstance(c, Char) else c for c in follower.chars))
            if match and match.end():
                stars = len(match.group(1) or "")
                if match.group(2):
                    slop = int(match.group(2)[1:])
                follower.chars = follower.chars[match.end():]
                follower.offsets = follower.offsets[match.end():]
                if not follower.chars:
                    self.i += 1
        if slop is None and self.i < len(self.raws) \
                and self.raws[self.i].kind == "chunk":
            match = re.match(r"~([0-9]+)[^\w~]*\Z",
                             self.raws[self.i].plain())
            if match:
                slop = int(match.group(1))
                self.i += 1
        return stars, slop


# ---------------------------------------------------------------- repairs

def check_balance(toks):
    """Raise for a group that isn't closed, opened or filled."""
    stack = []
    for n, tok in enumerate(toks):
        if tok.kind == "(":
            stack.append(tok)
        elif tok.kind == ")":
            if not stack:
                raise QueryError("unbalanced parenthesis", tok.pos)
            stack.pop()
            if toks[n - 1].kind == "(":
                raise QueryError("empty group", toks[n - 1].pos)
        elif tok.kind == "empty":
            raise QueryError("empty phrase", tok.pos)
    if stack:
        raise QueryError("unbalanced parenthesis", stack[-1].pos)


def repair(toks):
    """Mend a token list so that it parses; meaning checks come later."""
    toks = balance([tok for tok in toks if tok.kind != "empty"])
    while True:
        mended = drop_operators(drop_empty_groups(toks))
        if len(mended) == len(toks):
            return mended
        toks = mended


def balance(toks):
    """Drop stray closing parentheses, close what is open."""
    out, depth = [], 0
    for tok in toks:
        if tok.kind == ")":
            if not depth:
                continue
            depth -= 1
        elif tok.kind == "(":
            depth += 1
        out.append(tok)
    return out + [Tok(")", 0)] * depth


def drop_empty_groups(toks):
    out = []
    for tok in toks:
        if tok.kind == ")" and out and out[-1].kind == "(":
            out.pop()
            while out and out[-1].kind in ("field", "atleast"):
                out.pop()
        else:
            out.append(tok)
    return out


PREFIXES = ("not", "sign", "atleast", "field")
BINARY = ("and", "or", "near")


def drop_operators(toks):
    """Drop operators that lack an operand; of several the first stays."""
    out = []
    for n, tok in enumerate(toks):
        if tok.kind in BINARY:
            before = out[-1].kind if out else "("
            if before == "atleast":
                raise Unclear("ATLEAST and an operator in a row")
            if before == "(" or before in BINARY + PREFIXES:
                continue
        if tok.kind in ("not", "sign") and out \
                and out[-1].kind in ("not", "sign"):
            continue
        if tok.kind == ")":
            while out and out[-1].kind in BINARY + PREFIXES:
                out.pop()
        out.append(tok)
    while out and out[-1].kind in BINARY + PREFIXES:
        out.pop()
    return out


# ---------------------------------------------------------------- pass 3

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
            return negate(self.chain())
        return self.chain()

    def chain(self):
        node = self.item(None)
        while self.peek() == "near":
            tok = self.toks[self.at]
            self.at += 1
            if self.peek() in ("not", "sign"):
                if self.strict:
                    raise QueryError("two operators in a row", self.here())
                return join(And, [node, self.maybe_not()])
            right = self.item(None)
            node = self.near(tok, node, right)
        return node

    def near(self, tok, left, right):
        """A proximity of two operands, if it can hold them."""
        if not self.strict:
            left, right = without_atleast(left), without_atleast(right)
        bad = any(holds(x, (Not, AtLeast)) for x in (left, right))
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
        if holds(part, (Not, AtLeast)) or conjunctive(part):
            if self.strict:
                raise QueryError("ATLEAST over what it cannot hold", tok.pos)
            return part
        return AtLeast(tok.value, part)


def many_ands(node):
    """How many operands of a chain hold an *and*: 0, 1, or 2 for more."""
    return 1 if conjunctive(node) else 0


def without_atleast(node):
    """The operand of ATLEAST, where proximity can't hold it."""
    if isinstance(node, AtLeast):
        return node.part
    if isinstance(node, Or):
        return join(Or, [without_atleast(part) for part in node.parts])
    if isinstance(node, And):
        return join(And, [without_atleast(part) for part in node.parts])
    return node


def give_mask(node, mask):
    """Put a field on every word that has none; an inner one wins."""
    if mask is None:
        return node
    if isinstance(node, Words):
        if node.mask is None:
            node.mask = mask
    else:
        from .ast import children
        for child in children(node):
            give_mask(child, mask)
    return node


def settle_masks(node):
    """All four fields are none, once inner and outer ones are settled."""
    from .ast import children
    if isinstance(node, Words):
        node.mask = squeeze(node.mask)
    for child in children(node):
        settle_masks(child)
    return node


def parse(text, strict=True, stem=None):
    """The tree of a query, or None for the empty query.

    Raises QueryError in strict mode for what the language refuses.
    """
    binder = Binder(strict, stem)
    raws = cut(text)
    if not raws:
        return None
    toks = Reader(raws, binder).read()
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
