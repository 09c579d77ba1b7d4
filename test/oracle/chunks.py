"""Pass 1: the input cut into chunks, quotations and signs."""
import re
import unicodedata

from . import tokens

QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u275d\u275e' \
         '\u05f4\uff02\u301d\u301e\u300a\u300b\u300c\u300d\u300e\u300f'
GERSHAYIM = '"\u05f4\u201c\u201d'
COMMAS = ",;\u3001\uff0c\uff1b"
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
        self.listed = False     # a comma follows
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
    if chars[i][0] in GERSHAYIM and i + 1 < len(chars) \
            and hebrew(chars[i + 1][0]):
        before = i - 1
        while before >= 0 and unicodedata.combining(chars[before][0]) \
                and "\u0591" <= chars[before][0] <= "\u05c7":
            before -= 1
        return not (before >= 0 and hebrew(chars[before][0]))
    return True


def in_word(c):
    return tokens.is_letter(c) or tokens.is_digit(c)


def word_beside(chars, i, step):
    """The letters and digits in a row beside i."""
    found = ""
    i += step
    while 0 <= i < len(chars) and in_word(chars[i][0]):
        found += chars[i][0]
        i += step
    return found


SUFFIX = re.compile(r"[\^~][0-9.]*\Z")
GLUED_SUFFIX = re.compile(
    r"\**(?:\^[0-9]+(?:\.[0-9]+)?)*(?:~[0-9]*)?(?:\^[0-9]+(?:\.[0-9]+)?)*")


def joins_initials(chars, i):
    """Whether the blank at i is between initials, as in J. K. Rowling."""
    before = re.search("(?:^|[^.'\u2019\u2018\u02bc\uff07\u201b])(.)\\.\\Z",
                       bases(chars[max(0, i - 9):i]))
    after = re.match("(.)\\.(.?)", bases(chars[i + 1:i + 10]))
    if not before or not after or chars[i] == "\u2029":
        return False
    glued = before.group()[:-2]
    return before[1].isupper() and after[1].isupper() and not (
        glued and (tokens.is_letter(glued) or tokens.is_digit(glued))) and \
        not (after[2] and (tokens.is_letter(after[2]) or after[2] == "_" or
                           tokens.is_digit(after[2])))


def bases(chars):
    return "".join(c for c in chars if not tokens.is_mark(c))


def joins_name(chars, i, start=0):
    """Whether the ampersand at i, in a chunk from start, is in a name."""
    if SUFFIX.search("".join(c for c, _ in chars[start:i])):
        return False
    before = word_beside(chars[:i + 1], i, -1)[:i - start]
    after = word_beside(chars, i, 1)
    return bool(before and after) and min(len(before), len(after)) <= 2 \
        and any(tokens.is_letter(c) for c in before + after)


def breaks(chars, i):
    """Whether a comma inside a chunk ends it."""
    if not signed(chars[i], COMMAS) or i + 1 == len(chars):
        return False
    after = chars[i + 1]
    if after[0] in BLANKS or signed(after, RIGHT):
        return False
    return not (tokens.is_digit(chars[i - 1][0])
                and tokens.is_digit(after[0]))


def unwrap_cell(chars):
    """A spreadsheet's cell without its outer marks."""
    text = "".join("\0" if isinstance(c, Char) else c for c, _ in chars)
    cell = text.strip(BLANKS)
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        return chars
    start = text.index('"')
    end = start + len(cell) - 1
    straight = [i for i in range(start + 1, end)
                if text[i] == '"' and is_quote(chars, i)]
    pairs = list(zip(straight[::2], straight[1::2]))
    if len(straight) % 4 or not straight \
            or any(b != a + 1 for a, b in pairs):
        return chars
    return [(" ", o) if i in (start, end) else (c, o)
            for i, (c, o) in enumerate(chars)]


def cut_chars(chars):
    """Pass 1: the characters as a list of Raw."""
    raws = []
    i = 0
    while i < len(chars):
        c, offset = chars[i]
        if c in BLANKS:
            i += 1
            continue
        if signed(chars[i], COMMAS):
            if raws:
                raws[-1].glued = False
                raws[-1].listed = True
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
            raw, i = cut_chunk(chars, i, bool(raws) and raws[-1].glued
                               and raws[-1].kind)
        raw.glued = i < len(chars) and chars[i][0] not in BLANKS
        raws.append(raw)
    return join_operators(raws)


def straight_pair(chars, i):
    """Whether a doubled straight mark stands at i."""
    return i + 1 < len(chars) and signed(chars[i], '"') \
        and signed(chars[i + 1], '"')


def cut_quote(chars, i):
    """A quotation from its opening sign on."""
    raw = Raw("quote", chars[i][1])
    width = 1
    if straight_pair(chars, i):
        end = i + 2
        while end < len(chars) and not is_quote(chars, end):
            end += 1
        if end > i + 2 and straight_pair(chars, end):
            width = 2
    i += width
    while i < len(chars) and not is_quote(chars, i):
        raw.chars.append(chars[i][0])
        raw.offsets.append(chars[i][1])
        i += 1
    raw.closed = i < len(chars)
    return raw, min(i + width, len(chars) + 1)


def cut_chunk(chars, i, after):
    """A chunk: up to a blank, quote, parenthesis, bar, comma, operator &."""
    raw = Raw("chunk", chars[i][1])
    start = floor = i
    if after in ("quote", ")"):
        # what belongs to the quotation or group before it is no name
        text = "".join("\0" if isinstance(c, Char) else c
                       for c, _ in chars[i:i + 40])
        floor += GLUED_SUFFIX.match(text).end()
    while i < len(chars) and (
            chars[i][0] not in BLANKS or
            joins_initials([c for c, _ in chars], i)):
        if is_quote(chars, i) or signed(chars[i], LEFT + RIGHT + BARS):
            break
        if signed(chars[i], AMPS) and (
                i == floor or not joins_name(chars, i, start)):
            break
        if i > start and breaks(chars, i):
            break
        raw.chars.append(chars[i][0])
        raw.offsets.append(chars[i][1])
        i += 1
    return raw, i


# -------------------------------------- operators that stand in two pieces

CALLED = re.compile(r"(?:near|around)\Z", re.I)
SLASHED = re.compile(
    r"(?:(?:w|near|n|within|pre|p|onear|adj|next|before|notnear)/[0-9]+"
    r"|w/(?:s|sent|p|para))\Z", re.I)
BEFORE_CALL = re.compile(
    r"(?:and|or|but|&|\||/s|/p|\+[sp]|atleast[0-9]+"
    r"|[/+]0*(?:[1-9]?[0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5]))\Z"
    r"|(?-i:NEAR|ADJ|SAME|SENTENCE|PARAGRAPH)\Z"
    r"|(?:near|adj|pre|onear)[0-9]+\Z|<(?:[0-9]+|-)>\Z", re.I)


def join_operators(raws):
    """NEAR(5), NEAR (5) and "w/ 5" as one chunk each."""
    out = []
    i = 0
    while i < len(raws):
        raw = raws[i]
        text = raw.plain() if raw.kind == "chunk" else ""
        number = called(raws, i, out) if CALLED.match(text) else None
        if number is not None:
            joined = Raw("chunk", raw.pos, "near/" + number,
                         [raw.pos] * (5 + len(number)))
            joined.glued = raws[i + 3].glued
            out.append(joined)
            i += 4
            continue
        if text.endswith("/") and not raw.glued and not raw.listed \
                and i + 1 < len(raws) and raws[i + 1].kind == "chunk" \
                and SLASHED.match(text + raws[i + 1].plain()):
            after = raws[i + 1]
            joined = Raw("chunk", raw.pos, raw.chars + after.chars,
                         raw.offsets + after.offsets)
            joined.glued = after.glued
            out.append(joined)
            i += 2
            continue
        out.append(raw)
        i += 1
    return out


def called(raws, i, out):
    """The number of NEAR(5); with a blank only between two operands."""
    if len(raws) < i + 4 or [r.kind for r in raws[i + 1:i + 4]] != \
            ["(", "chunk", ")"]:
        return None
    number = raws[i + 2].plain()
    if not re.fullmatch("[0-9]+", number) or not raws[i + 1].glued \
            or not raws[i + 2].glued:
        return None
    if raws[i].listed:
        return None
    if not raws[i].glued:
        before = next((r for r in reversed(out) if r.kind != "chunk" or any(
            in_word(c) for c in r.chars) or r.plain() in ("%", "/s")), None)
        after = raws[i + 4] if len(raws) > i + 4 else None
        if before is None or after is None or after.kind == ")":
            return None
        if before.kind == "chunk":
            if not any(in_word(c) for c in before.chars) \
                    or BEFORE_CALL.match(before.plain()) \
                    or SLASHED.match(before.plain()):
                return None
        elif before.kind not in ("quote", ")"):
            return None
    return number
