"""Pass 2: chunks to tokens of the grammar, with one look around."""
import re

from . import tokens
from .ast import Words, field_mask
from .chunks import (BLANKS, Backslash, Char, MAX_COUNT, MAX_DISTANCE, Tok,
                     Unclear, joins_initials)
from .words import alnum, numbered, wild_at

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
BOOST = re.compile(r"\^[0-9]+(?:\.[0-9]+)?[^\w^~*?]*\Z")
FUZZ = re.compile(r"~[0-9]*[^\w^~*?]*\Z")
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
        if any(map(alnum, raw.text())):
            return False
        return not (raw.glued and raw.plain() in ("-", "!"))

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
            return signs
        if text.lower() in ("and", "or") or text == "NOT" or text == "%":
            return False
        if text.lower() == "but" and self.but_not(self.raws.index(raw)):
            return False
        if proximity(text) or shy_proximity(text):
            return False
        return any(map(alnum, raw.text()))

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
            follower = self.after()
            if self.has_left() and follower and shy_proximity(
                    follower.plain()):
                raise Unclear("two operators that need operands in a row")
            if not (self.has_left() and self.starts_operand(follower)):
                return False
            self.near(raw.pos, *shy_proximity(text))
        else:
            return False
        self.i += 1
        return True

    def but(self, raw, text):
        """But not, unless it opens in small letters."""
        if not self.but_not(self.i):
            return False
        follower = self.raws[self.i + 1]
        capitals = text == "BUT" and follower.plain() == "NOT"
        if self.opens() and not capitals:
            return False
        self.put("and", raw.pos)
        self.put("not", follower.pos)
        self.i += 2
        return True

    def but_not(self, at):
        """Whether the chunk after this one is *not*."""
        follower = self.raws[at + 1:at + 2]
        return bool(follower) and follower[0].kind == "chunk" \
            and follower[0].plain().lower() == "not"

    def negation(self, raw, text):
        """NOT before an operand, or the first half of NOT NEAR."""
        follower = self.after()
        word = follower.plain() if follower and follower.kind == "chunk" \
            else ""
        distance = first_row(word)
        if distance is not None and (word != "NEAR" or (
                self.has_left() and self.starts_operand(self.after(2)))):
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
            rest = "".join(chars[j:])
            return glue if not rest.strip("=#+-!") else any(
                alnum(c) for c in rest)

        while sign(at) == "+":
            at += 1
        if sign(at) and sign(at) in "-!" \
                and sign(at + 1) and sign(at + 1) in "-!":
            # punctuation: what follows is no longer at the start of a chunk
            self.i += 1
            self.word(raw, at, False)
            return
        at = self.exclusion(raw, at, sign, more)
        while sign(at) == "+" and more(at + 1):
            at += 1
        match = re.match("([A-Za-z]+):", "".join(
            "\0" if isinstance(c, Char) else c for c in chars[at:]))
        if match and field_mask(match.group(1)) and more(at + match.end()):
            name_at = at
            at = self.exclusion(raw, at + match.end(), sign, more)
            self.put("field", raw.offsets[name_at],
                     field_mask(match.group(1)))
            while sign(at) == "+" and more(at + 1):
                at += 1
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
        while match and match.start():
            chars = chars[:match.start()]
            text = text[:match.start()]
            match = BOOST.search(text)
        match = FUZZ.search(text)
        if match and match.start() and tokens.is_letter(
                chars[match.start() - 1]):
            chars = chars[:match.start()]
        offset = raw.offsets[at] if at < len(raw.offsets) else raw.pos
        terms = self.binder.terms(chars, offset, exact, False)
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
        last = next((chars for chars, _ in reversed(chunks)
                     if any(alnum(c) for c in chars)), None)
        places = []
        at = 0
        for chars, offset in chunks:
            if chars == ["*"] and not isinstance(chars[0], Char):
                at += 1
                continue
            if chars is last and stars:
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
        for i, (c, offset) in enumerate(zip(raw.chars + [" "],
                                            raw.offsets + [0])):
            if c in BLANKS and not joins_initials(raw.chars + [" "], i):
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
