"""Pass 1: the input cut into chunks, quotations and signs."""
import re

from . import tokens

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
    while i < len(chars) and (
            chars[i][0] not in BLANKS or
            joins_initials([c for c, _ in chars], i)):
        if is_quote(chars, i) or signed(chars[i], LEFT + RIGHT + BARS):
            break
        if signed(chars[i], AMPS) and not joins_name(chars, i):
            break
        raw.chars.append(chars[i][0])
        raw.offsets.append(chars[i][1])
        i += 1
    return raw, i
