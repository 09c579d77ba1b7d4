"""Pass 2: chunks to tokens of the grammar, with one look around."""
import re

from . import tokens
from .ast import Words, field_mask
from .chunks import (BLANKS, MAX_COUNT, MAX_DISTANCE, QUOTES, Backslash, Char,
                     Raw, Tok, Unclear, joins_initials)
from .own import Bad, Own
from .words import alnum, numbered, placed, wild_at

NEAR_FORM = re.compile(r"(?:w|near|n|within)/([0-9]+)\Z", re.I)
PRE_FORM = re.compile(r"(?:pre|p|onear|adj|next|before)/([0-9]+)\Z", re.I)
NOTNEAR_FORM = re.compile(r"notnear/([0-9]+)\Z", re.I)
SENTENCE_FORM = re.compile(r"(?:/s|w/s|w/sent)\Z", re.I)
PARAGRAPH_FORM = re.compile(r"(?:/p|w/p|w/para)\Z", re.I)
SHORT_FORM = re.compile(r"/([0-9]+)\Z")
PLUS_FORM = re.compile(r"\+([0-9]+)\Z")
BARE_NEAR = re.compile(r"near([0-9]+)\Z", re.I)
BARE_PRE = re.compile(r"(?:adj|pre|onear)([0-9]+)\Z", re.I)
TSQUERY_FORM = re.compile(r"<([0-9]+)>\Z")
ATLEAST_FORM = re.compile(r"atleast([0-9]+)\Z", re.I)
ACTING = re.compile(
    r"(?:and|or|not|but|near|adj|same|sentence|paragraph"
    r"|(?:atleast|near|adj|pre|onear)[0-9]+|<[0-9]+>)\Z", re.I)
OPERATOR_NAMES = re.compile(
    r"(?:and|or|not|but|near|adj|same|sentence|paragraph|around|pre|onear"
    r"|(?:atleast|near|adj|pre|onear)[0-9]+)\Z", re.I)
BOOST = re.compile(r"\^[0-9]+(?:\.[0-9]+)?[^\w^~*?]*\Z")
FUZZ = re.compile(
    r"((?:\^[0-9]+(?:\.[0-9]+)?)*)~([0-9]+(?:\.[0-9]+)?|)[^\w^~*?]*\Z")
QUOTE_SUFFIX = re.compile(
    r"(\*+)?(~[0-9]+)?(\^[0-9]+(?:\.[0-9]+)?)?")
NAME = re.compile(r"([^\W\d_]\w{0,62})([:=])?")
SINGLE = "'\u2018\u2019\u201b\u02bc\uff07"
ROMAN = re.compile(
    "m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})\\Z", re.I)


class Enclosed(Exception):
    """A sign or NOT before [ ], { } or single quotes around words.

    mended holds the characters with what does group in their place.
    """

    def __init__(self, pos, mended):
        super().__init__("signs that do not group")
        self.pos = pos
        self.mended = mended


def limited(form, text):
    """The number of a form that has one up to 255, or None."""
    match = form.match(text)
    if match and int(match.group(1)) <= 255:
        return int(match.group(1))
    return None


def first_row(text):
    """The distance if a chunk is a form of *within n, any order*."""
    match = NEAR_FORM.match(text)
    if match:
        return int(match.group(1))
    for form in (SHORT_FORM, BARE_NEAR):
        if limited(form, text) is not None:
            return limited(form, text)
    return 10 if text == "NEAR" else None


def proximity(text):
    """(kind, distance) if a chunk is a proximity operator anywhere."""
    for form, kind in ((NEAR_FORM, "NEAR"), (PRE_FORM, "PRE"),
                       (NOTNEAR_FORM, "NOT NEAR")):
        match = form.match(text)
        if match:
            return kind, int(match.group(1))
    if limited(SHORT_FORM, text) is not None:
        return "NEAR", limited(SHORT_FORM, text)
    if SENTENCE_FORM.match(text):
        return "/s", None
    if PARAGRAPH_FORM.match(text):
        return "/p", None
    return None


def shy_proximity(text):
    """The same for the forms that need two operands around them."""
    fixed = {"NEAR": ("NEAR", 10), "ADJ": ("PRE", 1), "<->": ("PRE", 1),
             "SENTENCE": ("/s", None), "PARAGRAPH": ("/p", None),
             "SAME": ("/p", None)}
    if text in fixed:
        return fixed[text]
    if text.lower() in ("+s", "+p"):
        return text.lower(), None
    for form, kind in ((PLUS_FORM, "PRE"), (BARE_NEAR, "NEAR"),
                       (BARE_PRE, "PRE")):
        if limited(form, text) is not None:
            return kind, limited(form, text)
    match = TSQUERY_FORM.match(text)
    return ("PRE", int(match.group(1))) if match else None


def weights(text):
    """The mask of tsquery's weights or star, or None if it is neither."""
    text = re.sub(r"(?:[^\w*]|_)+\Z", "", text.replace("\0", " "))
    letters = text.replace("*", "")
    if not text or re.search("[^A-Da-d]", letters):
        return None
    mask = letters.upper()
    if list(mask) != sorted(set(mask)):
        return None
    if "*" not in text and letters != mask:
        return None
    return mask or "ABCD"


def small_group(text):
    """Whether parentheses with this text belong to the chunk before."""
    if text and all(tokens.is_digit(c) for c in text):
        return len(text) <= 3
    return bool(text) and all(tokens.is_letter(c) for c in text) and (
        len(text) <= 2 or (text.isascii() and bool(ROMAN.match(text))))


class Reader:
    """Pass 2: chunks to tokens of the grammar."""

    def __init__(self, chars, raws, binder, fields=None):
        self.fields = fields
        self.pending = None     # a field of one's own before a parenthesis
        self.groups = [None]    # that of each open group
        self.chars = chars
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
        if kind == "(":
            inner = self.out and self.out[-1].kind == "field"
            self.groups.append(self.pending or
                               (None if inner else self.groups[-1]))
            self.pending = None
        elif kind == ")" and len(self.groups) > 1:
            self.groups.pop()
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
        if raw.kind != "chunk" or raw.plain() in ("%", "<->"):
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
            if self.out and self.out[-1].kind == "empty":
                raise Unclear("an operator behind an empty phrase")
            if self.has_left() and follower and (
                    follower.plain() == "%"
                    or shy_proximity(follower.plain())):
                raise Unclear("two operators that need operands in a row")
            if not (self.has_left() and self.starts_operand(follower)) \
                    or self.counts(text, follower):
                return False
            self.near(raw.pos, *shy_proximity(text))
        else:
            return False
        self.i += 1
        return True

    def counts(self, text, follower):
        """Whether +n is a number, since another one follows."""
        if not PLUS_FORM.match(text):
            return False
        if follower.kind == "(":
            follower = self.after(2)
        return follower is not None and follower.kind == "chunk" \
            and tokens.is_digit((follower.text().lstrip("+") + "x")[0])

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
        if distance is not None and self.out \
                and self.out[-1].kind == "empty":
            raise Unclear("an operator behind an empty phrase")
        shy = word == "NEAR" or limited(BARE_NEAR, word) is not None
        if distance is not None and (not shy or (
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
        if self.out and self.out[-1].kind == "empty":
            raise Unclear("an operator behind an empty phrase")
        if self.after() and self.after().kind == "chunk" \
                and shy_proximity(self.after().plain()):
            raise Unclear("two operators that need operands in a row")
        number = (before and before.kind == "words"
                  and isinstance(before.value, Words)
                  and not before.value.quoted
                  and not any(tokens.is_letter(c)
                              for c in before.value.typed))
        if number or not self.has_left() \
                or not self.starts_operand(self.after()):
            return False
        self.put("and", raw.pos, "percent")
        self.put("not", raw.pos, "percent")
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
            if weights("".join(raw.chars).rpartition(":")[2]) \
                    and ":" in raw.chars:
                raise Unclear("weights of what two signs stand before")
            self.i += 1
            self.word(raw, at, False)
            return
        negated = bool(self.out) and self.out[-1].kind == "not" \
            and self.out[-1].value != "percent"
        if sign(at) and sign(at) in "-!":
            self.enclosed(raw, at + 1, sign)
        signed_at = at
        at = self.exclusion(raw, at, sign, more)
        negated = negated or at > signed_at
        while sign(at) == "+" and more(at + 1):
            at += 1
        if self.own_field(raw, at, sign, more):
            return
        at, field, dropped = self.field(raw, at, sign, more, negated)
        if negated:
            self.enclosed(raw, at, sign)
        exact = False
        if sign(at) and sign(at) in "=#" and more(at + 1):
            nxt = sign(at + 1)
            quoted = glue and self.raws[self.i + 1].kind == "quote"
            if (quoted if at + 1 >= len(chars)
                    else alnum(chars[at + 1]) or nxt in ("*", "?")):
                exact = True
                at += 1
        rest = "".join(chars[at:])
        match = ATLEAST_FORM.match(rest)
        if match and not exact and not any(
                isinstance(c, Char) for c in chars[at:]):
            self.i += 1
            self.atleast(raw.offsets[at], int(match.group(1)))
            return
        if not rest:
            self.i += 1
            if exact:
                self.put("exact", raw.pos)
            return
        raw = self.extended(raw, at)
        self.i += 1
        self.word(raw, at, exact, field or dropped)

    def own_field(self, raw, at, sign, more):
        """Read a field of one's own with its value; was there one?"""
        text = "".join("\0" if isinstance(c, Char) else c
                       for c in raw.chars[at:])
        own, length = Own.at(text, self.fields)
        following = self.raws[self.i + 1].kind if raw.glued \
            and self.i + 1 < len(self.raws) else ""
        if own is None or (not own.sign and (
                length < len(text) or following != "(")):
            return False
        at += length
        if own.sign == ":" and raw.chars[at:at + 1] == ["="] \
                and not isinstance(raw.chars[at], Char):
            at += 1             # an exact form, which every value is
        if at == len(raw.chars) and following not in ("quote", "("):
            return False
        excluded = bool(self.out) and self.out[-1].kind == "sign" \
            and self.out[-1].pos == raw.pos + 1
        if own.kind == "text" and own.sign == ":" and not excluded:
            at = self.exclusion(raw, at, sign, more)
        if own.kind == "text" and at < len(raw.chars):
            raw = self.extended(raw, at)
        self.i += 1
        if at == len(raw.chars):
            if following == "(":
                if own.sign not in ("", ":"):
                    self.binder.refuse("a group is compared", raw.pos)
                    own.sign = ":"
                self.pending = own
            else:
                self.own_quote(own, self.raws[self.i])
            return True
        chars = list(raw.chars[at:])
        if chars[0] == "[" and own.kind != "text":
            while "]" not in chars and self.i < len(self.raws) \
                    and self.raws[self.i].kind == "chunk":
                chars += [" "] + self.raws[self.i].chars
                self.i += 1
        self.own_value(own, chars, False, raw.offsets[at])
        return True

    def own_quote(self, own, raw):
        """A quotation that is a value."""
        if not raw.closed:
            self.binder.refuse("unbalanced quote", raw.pos)
        self.i += 1
        stars, slop = self.suffix(raw)
        if slop is not None:
            self.binder.refuse("a value has no words", raw.pos)
        self.own_value(own, raw.chars + ["*"] * stars, True, raw.pos)

    def own_value(self, own, chars, quoted, pos):
        try:
            self.put("words", pos, own.value(chars, quoted, pos,
                                             self.binder.strict))
        except Bad as error:
            self.binder.refuse("no value: %s" % error, pos)

    def field(self, raw, at, sign, more, negated):
        """Read a field's name: (where the rest begins, field, unknown)."""
        chars = raw.chars
        text = "".join("\0" if isinstance(c, Char) else c for c in chars[at:])
        match = NAME.match(text)
        if not match:
            return at, "", False
        name, colon = match.group(1), match.group(2)
        mask = field_mask(name)
        end = at + len(name)
        glued = raw.glued and self.i + 1 < len(self.raws) \
            and self.raws[self.i + 1].kind
        known = ""
        if mask and colon and more(end + 1) and (
                colon == ":" or len(name) > 1):
            known, at = mask, end + 1
        elif mask and end == len(chars) and glued == "(" and len(name) > 1:
            known, at = mask, end
        if known:
            name_at = end - len(name)
            excluded = at
            if negated and sign(at) and sign(at) in "-!":
                raise Unclear("two signs around a field")
            at = self.exclusion(raw, at, sign, more)
            if at > excluded:
                self.enclosed(raw, at, sign)
            self.put("field", raw.offsets[name_at], known)
            while sign(at) == "+" and more(at + 1):
                at += 1
            text = "".join("\0" if isinstance(c, Char) else c
                           for c in chars[at:])
            match = NAME.match(text)
            if not match:
                return at, known, False
            name, colon = match.group(1), match.group(2)
            mask = field_mask(name)
            end = at + len(name)
        unknown = colon and len(name) > 1 and (
            (end + 1 == len(chars) and glued in ("quote", "("))
            or (negated and not known and not mask and more(end + 1)
                and (colon == "=" or not (
                    sign(end + 1) == "/"
                    or weights(text[len(name) + 1:])))))
        if not unknown:
            return at, known, False
        self.binder.refuse("unknown field", raw.offsets[end - len(name)])
        at = end + 1
        while sign(at) == "+" and more(at + 1):
            at += 1
        if not negated:
            at = self.exclusion(raw, at, sign, more)
        return at, known, True

    def enclosed(self, raw, at, sign):
        """Refuse an exclusion of what signs that do not group enclose."""
        opening = sign(at)
        if not opening or opening not in "[{" + SINGLE:
            return
        if opening in SINGLE and at + 1 < len(raw.chars) \
                and tokens.is_digit(raw.chars[at + 1]):
            return
        closing = {"[": "]", "{": "}"}.get(opening, SINGLE)
        for later in self.raws[self.i + 1:]:
            if later.kind != "chunk":
                continue
            for n, c in enumerate(later.chars):
                if isinstance(c, Char) or c not in closing:
                    continue
                if n + 1 < len(later.chars) and alnum(later.chars[n + 1]):
                    continue
                place = self.index_of(later.offsets[n])
                if opening in SINGLE and (
                        place == 0 or self.chars[place - 1][0] in BLANKS):
                    continue
                raise self.mend(self.index_of(raw.offsets[at]), place)

    def index_of(self, offset):
        return next(i for i, (_, o) in enumerate(self.chars) if o == offset)

    def mend(self, start, end):
        """The characters with quotes or parentheses from start to end."""
        opening = self.chars[start][0]
        signs = "\"\"" if opening in SINGLE else "()"
        mended = list(self.chars)
        mended[start] = (signs[0], mended[start][1])
        mended[end] = (signs[1], mended[end][1])
        if opening in SINGLE:
            for i in range(start + 1, end):
                c, offset = mended[i]
                if c in QUOTES and not isinstance(c, Char):
                    mended[i] = (Char(c), offset)
        return Enclosed(self.chars[start][1] + 1, mended)

    def extended(self, raw, at):
        """A chunk with the parentheses that belong to it."""
        rest = "".join(raw.chars[at:])
        if OPERATOR_NAMES.match(rest) or proximity(rest) \
                or (len(rest) > 1 and field_mask(rest)) \
                or not any(alnum(c) for c in rest):
            return raw
        chars, offsets, glued = list(raw.chars), list(raw.offsets), raw.glued
        while glued:
            pieces = self.raws[self.i + 1:self.i + 4]
            if [p.kind for p in pieces] == ["(", "chunk", ")"] \
                    and pieces[0].glued and pieces[1].glued \
                    and small_group(pieces[1].text()):
                chars += ["("] + pieces[1].chars + [")"]
                offsets += [pieces[0].pos] + pieces[1].offsets \
                    + [pieces[2].pos]
                self.i += 3
                glued = pieces[2].glued
            elif chars[-1] == ")" and pieces[:1] \
                    and pieces[0].kind == "chunk":
                if proximity(pieces[0].plain()):
                    raise Unclear("an operator glued to a name")
                chars += pieces[0].chars
                offsets += pieces[0].offsets
                self.i += 1
                glued = pieces[0].glued
            else:
                break
        whole = Raw("chunk", raw.pos, chars, offsets)
        whole.glued = glued
        return whole

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

    def word(self, raw, at, exact, field=True):
        """A bare word, boost and fuzziness taken off."""
        if self.groups[-1] and not (field and self.out and
                                    self.out[-1].kind == "field"):
            self.own_value(self.groups[-1], list(raw.chars[at:]), False,
                           raw.pos)
            return
        chars, fuzz = self.without_suffixes(raw.chars[at:])
        offset = raw.offsets[at] if at < len(raw.offsets) else raw.pos
        mask = ""
        if not field:
            chars, mask = self.weighted(chars)
            if mask and not tokens.is_letter(chars[-1]):
                fuzz = None
        terms = self.binder.terms(chars, offset, exact, False, fuzz)
        if terms:
            last = terms[-1]
            exact = exact and last.kind != "fuzzy"
            typed = self.typed(chars, exact, True)
            if last.kind == "fuzzy":
                typed += "~%d" % last.more
            if mask and mask != "ABCD":
                self.put("field", offset, mask)
            self.put("words", offset, numbered(terms, exact, typed, offset))

    @staticmethod
    def without_suffixes(chars):
        """A chunk without boosts and fuzziness, and the latter's number,
        None without it."""
        text = "".join("\0" if isinstance(c, Char) else c for c in chars)
        match = BOOST.search(text)
        while match and match.start():
            chars = chars[:match.start()]
            text = text[:match.start()]
            match = BOOST.search(text)
        match = FUZZ.search(text)
        if match and match.start() and tokens.is_letter(
                chars[match.start() - 1]):
            return chars[:match.start()], match.group(2)
        return chars, None

    def weighted(self, chars):
        """A chunk without tsquery's weights, and their mask."""
        text = "".join("\0" if isinstance(c, Char) else c for c in chars)
        word, colon, suffix = text.rpartition(":")
        mask = weights(suffix)
        if not colon or not word or not mask:
            return chars, ""
        head = chars[:len(word)]
        if "*" in suffix:
            while head and head[-1] in SINGLE:
                head = head[:-1]
        text = text[:len(head)]
        again = text.rpartition(":")
        if not any(alnum(c) for c in text) or field_mask(text) \
                or len(self.without_suffixes(head)[0]) != len(head) \
                or (again[0] and weights(again[2])):
            return chars, ""
        if "*" in suffix and head[-1] != "*":
            if not alnum(head[-1]):
                return chars, ""
            head = head + ["*"]
        return head, mask

    @staticmethod
    def typed(chars, quoted, bare=False):
        """The text of a chunk as it is printed, escapes put back; bare: in
        quotes only because it is exact."""
        wild = wild_at(chars, quoted and not bare)
        text = "".join(
            str(c) * (1 if i + 1 < len(chars) else 2)
            if isinstance(c, Backslash)
            else "\\" + c if isinstance(c, Char)
            else "*" if c == "!" and i in wild else str(c)
            for i, c in enumerate(chars))
        acts = ACTING.match(text) or proximity(text) or shy_proximity(text)
        return "\\" + text if acts and not quoted else text

    def skip_suffix(self, raw):
        """A boost glued to a closing parenthesis goes."""
        if raw.glued and self.i < len(self.raws):
            follower = self.raws[self.i]
            if follower.kind == "chunk" and BOOST.match(follower.plain()):
                self.i += 1

    def quote(self, raw):
        """A quotation with what follows its closing sign."""
        if self.groups[-1] and not (self.out and
                                    self.out[-1].kind == "field"):
            self.own_quote(self.groups[-1], raw)
            return
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
        return Words(placed(terms), " ".join(words), True, None, raw.pos)

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
        if slop is None:
            slop = self.far_slop()
        return stars, slop

    def far_slop(self):
        """A slop behind blanks, or with blanks behind its tilde."""
        texts = [raw.plain() if raw.kind == "chunk" else ""
                 for raw in self.raws[self.i:self.i + 2]]
        number = r"([0-9]+)[^\w~]*\Z"
        if len(texts) == 2 and texts[0] == "~" \
                and re.match("[0-9]+[&~]", texts[1]):
            raise Unclear("a number that may be part of a name")
        match = re.match("~" + number, texts[0]) if texts else None
        if match:
            self.i += 1
        elif len(texts) == 2 and texts[0] == "~" \
                and not self.raws[self.i].glued:
            match = re.match(number, texts[1])
            if match:
                self.i += 2
        return int(match.group(1)) if match else None
