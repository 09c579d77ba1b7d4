"""Fields of one's own: values as typed, and whether a document has them.

A document's values are texts, dates and numbers of Python.  Ranges compare
these; nothing here knows how the extension writes them into a tsvector.
"""
import calendar
import datetime
import decimal
import re

from . import tokens
from .chunks import BLANKS, Char

TYPES = ("text", "date", "number")
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z")
NUMBER = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?\Z")
BARE = re.compile(r"[\w*](?:[\w*?]|[.\-'](?=\w))*\Z")


class Bad(Exception):
    """What is no value of its field."""


def fold(text):
    """A text as values are compared."""
    return " ".join(tokens.fold(word) or word for word in text.split())


def declared(text):
    """{name: type} of a declaration."""
    return dict(pair.split() for pair in text.split(","))


class Value:
    """A value, or a range, of a field."""

    def __init__(self, name, pos):
        self.name = name
        self.pos = pos
        self.mask = ""          # no field of the language's is put on it

    def key(self):
        return ("value", self.name, self.meaning())


class Text(Value):
    """A text, or a pattern of one."""

    def __init__(self, name, chars, quoted, pos):
        super().__init__(name, pos)
        chars = list(chars)
        while chars and chars[0] in BLANKS:
            del chars[0]
        while chars and chars[-1] in BLANKS:
            del chars[-1]
        if not chars:
            raise Bad("empty")
        self.chars = chars
        self.quoted = quoted

    def wild(self, i):
        c = self.chars[i]
        if isinstance(c, Char):
            return False
        around = [self.chars[j] for j in (i - 1, i + 1)
                  if 0 <= j < len(self.chars)]
        return c == "*" or c == "?" and len(around) == 2 and all(
            x.isalnum() for x in around)

    def meaning(self):
        """The text, or a regular expression after "like"."""
        # a star becomes \0, a "?" \1
        text = "".join("\0\1"[c == "?"] if self.wild(i) else c
                       for i, c in enumerate(self.chars))
        if not re.search("[\0\1]", text):
            return fold(text)
        pattern = ""
        for piece in re.findall("\0+|\1|[^\0\1]+",
                                re.sub(r"\s+", " ", text)):
            if piece == "\1":
                pattern += "."
            elif piece[0] == "\0":
                pattern += ".*" if len(piece) == 1 \
                    else ".{0,%d}" % len(piece)
            else:
                pattern += re.escape(piece.lower() if piece.isascii()
                                     else tokens.fold(piece))
        return "like " + pattern

    def held_by(self, values):
        meaning = self.meaning()
        if meaning.startswith("like "):
            return any(re.fullmatch(meaning[5:], fold(v), re.S)
                       for v in values)
        return any(fold(v) == meaning for v in values)

    def text(self):
        bare = "".join(self.chars)
        if not self.quoted and BARE.match(bare):
            return "%s:%s" % (self.name, bare)
        out = "".join(
            "\\" + c if isinstance(c, Char) and c in "*\"\\" else c
            for c in self.chars)
        return '%s:"%s"' % (self.name, " ".join(out.split()))


def day(text):
    """The first and the last day of a date as typed, and its print."""
    found = DATE.match(text)
    if not found:
        raise Bad(text)
    year, month, date = (int(x) if x else 0 for x in found.groups())
    try:
        first = datetime.date(year, month or 1, date or 1)
    except ValueError:
        raise Bad(text) from None
    last = datetime.date(
        year, month or 12,
        date or calendar.monthrange(year, month or 12)[1])
    return first, last, "-".join(
        ("%04d" if n == 0 else "%02d") % x
        for n, x in enumerate((year, month, date)) if x)


def number(text):
    """The same of a number."""
    if not NUMBER.match(text) or not re.search(r"\d", text):
        raise Bad(text)
    text = text.replace(",", "").lstrip("+")
    value = decimal.Decimal(text)
    if abs(value.adjusted()) > 999999:
        raise Bad(text)
    return value, value, text


class Range(Value):
    """Dates or numbers from low to high; None is open."""

    def __init__(self, name, kind, text, sign, pos, strict=True):
        super().__init__(name, pos)
        read = day if kind == "date" else number
        text = text.strip()
        found = re.match("[<>]=?", text)
        if sign == ":" and found:
            sign, text = found.group(), text[found.end():]
        self.low = self.high = None
        self.above = sign == ">"
        self.below = sign == "<"
        self.single = False
        found = re.match(r"\[(.*)\]\Z", text)
        if sign == ":" and text == "*":
            return
        if sign != ":":
            ends = [text if ">" in sign else "", text if "<" in sign else ""]
            if text in ("", "*"):
                raise Bad(text)
        elif found:
            ends = re.split(" TO ", found.group(1))
            if len(ends) != 2:
                raise Bad(text)
            ends = ["" if e.strip() == "*" else e.strip() for e in ends]
        elif ".." in text:
            ends = text.split("..", 1)
            if ends == ["", ""]:
                raise Bad(text)
        else:
            ends = [text, text]
            self.single = True
        self.low, self.high = (read(e) if e else None for e in ends)
        if self.low and self.high and self.low[0] > self.high[0]:
            if strict:
                raise Bad(text)
            self.low, self.high = self.high, self.low
        if kind == "date":
            if self.above and self.low[1] == datetime.date.max \
                    or self.below and self.high[0] == datetime.date.min:
                raise Bad(text)

    def meaning(self):
        low = self.low and self.low[self.above]
        high = self.high and self.high[not self.below]
        if isinstance(low, datetime.date) and self.above:
            return low + datetime.timedelta(1), high, False, False
        if isinstance(high, datetime.date) and self.below:
            return low, high - datetime.timedelta(1), False, False
        return low, high, self.above, self.below

    def held_by(self, values):
        low, high, above, below = self.meaning()
        return any((low is None or (v > low if above else v >= low)) and
                   (high is None or (v < high if below else v <= high))
                   for v in values)

    def text(self):
        low = self.low and self.low[2]
        high = self.high and self.high[2]
        if self.above:
            return "%s>%s" % (self.name, low)
        if self.below:
            return "%s<%s" % (self.name, high)
        if low is None and high is None:
            return self.name + ":*"
        if self.single:
            return "%s:%s" % (self.name, low)
        return "%s:%s..%s" % (self.name, low or "", high or "")


class Own:
    """A field's name as typed, with its sign."""

    START = re.compile(r"([^\W\d_]\w+)(>=|<=|[:=<>])?")

    def __init__(self, name, kind, sign):
        self.name = name
        self.kind = kind
        self.sign = sign

    @classmethod
    def at(cls, text, fields):
        """The field that a chunk begins with, and the length of that."""
        found = cls.START.match(text)
        if not found or not fields:
            return None, 0
        name = found.group(1).lower()
        sign = found.group(2) or ""
        if name in ("after", "before") and sign == ":":
            dates = [f for f, kind in fields.items() if kind == "date"]
            if dates:
                return cls(dates[0], "date", ">=" if name == "after"
                           else "<"), found.end()
        if name not in fields:
            return None, 0
        return cls(name, fields[name], ":" if sign == "=" else sign), \
            found.end()

    def bare(self, chars):
        """A bare value without the punctuation behind it."""
        chars = list(chars)
        while len(chars) > 1 and not isinstance(chars[-1], Char) \
                and not chars[-1].isalnum() and chars[-1] not in "*]}" and (
                    chars[-1] in ".,;:?!" if self.kind == "text"
                    else chars[-2:] != [".", "."]):
            chars.pop()
        return chars

    def value(self, chars, quoted, pos, strict):
        """The value that the characters are."""
        if not quoted:
            text = "".join("\0" if isinstance(c, Char) else c for c in chars)
            found = re.search(r"(?<=.)\^\d+(\.\d+)?\Z", text)
            chars = self.bare(chars[:found.start()] if found else chars)
            text = "".join("\0" if isinstance(c, Char) else c for c in chars)
            found = re.search(r"(?<=[^\W\d_])~\d*\Z", text)
            if found and self.kind == "text":
                chars = chars[:found.start()]
        if self.kind == "text":
            if self.sign not in (":", ""):
                raise Bad("texts have no order")
            return Text(self.name, chars, quoted, pos)
        return Range(self.name, self.kind, "".join(chars), self.sign or ":",
                     pos, strict)
