"""Words, folding, sentences and paragraphs of a document.

ASCII text goes through rules written out here (UAX #29 and the language's
own); anything else is cut by ICU and then by the same further rules.
"""
import re
import unicodedata

from . import abbreviations as known
from .characters import is_character, take_out

MAX_TOKEN_BYTES = 2046

APOSTROPHES = "'\u2019\u2018\u02bc\uff07\u201b"
GERESH = "\u05f3"
GERSHAYIM = "\u05f4\u201c\u201d"

ONE_APOSTROPHE = {ord(c): "'" for c in APOSTROPHES + GERESH}
ONE_APOSTROPHE.update((ord(c), '"') for c in GERSHAYIM)

# A run of letters, digits and low lines; an apostrophe or full stop goes on
# between letters, those, comma and semicolon between digits.
ASCII_WORD = re.compile(
    r"[A-Za-z0-9_]+"
    r"(?:(?:(?<=[A-Za-z])['.](?=[A-Za-z])|(?<=[0-9])['.,;](?=[0-9]))"
    r"[A-Za-z0-9_]+)*")

MIDDLE_DOTS = "\u00b7\u0387\u2027\u30fb\uff65"
STOPS = ".\u2024\ufe52\uff0e"
LOW_LINES = "_\uff3f\ufe33\ufe34\ufe4d\ufe4e\ufe4f"
AMPERSANDS = "&\uff06"
SUBSCRIPTS = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"
FRACTIONS = "".join(map(chr, [*range(0xbc, 0xbf), *range(0x2150, 0x2160),
                              0x2189]))
CIRCLED = "".join(map(chr, [*range(0x2460, 0x2474), 0x24ea,
                            *range(0x3251, 0x3260), *range(0x32b1, 0x32c0)]))
LETTERS_FOLDED = {
    "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00e6": "ae",
    "\u0153": "oe", "\u0451": "\u0435"}
ARABIC_FOLDED = {0x622: 0x627, 0x623: 0x627, 0x625: 0x627, 0x671: 0x627,
                 0x649: 0x64a, 0x6cc: 0x64a, 0x6a9: 0x643, 0x629: 0x647}
ELIDED = re.compile(
    "(?:c|d|j|l|m|n|s|t|qu|jusqu|lorsqu|puisqu|quoiqu|dell|all|nell|sull|dall"
    "|coll|un|quell|quest|sant|bell)'", re.I)
UNITS = re.compile("(?:mm|cm|dm|m|km|in|ft|yd|mi)\\Z", re.I)


def is_blank(c):
    """White space; not the separators that Python takes for such."""
    return c.isspace() and not "\x1c" <= c <= "\x1f"


def has_letter_or_digit(text):
    """True if some character is a letter or a digit of any script."""
    return any(c.isalpha() or is_digit(c) for c in text)


def is_mark(c):
    return unicodedata.category(c)[0] == "M"


def is_letter(c):
    """True for a letter, and for the marks that spell vowels in one."""
    return c.isalpha() or is_mark(c)


def is_digit(c):
    """True for a decimal digit of any script."""
    return unicodedata.category(c) == "Nd"


def ascii_segments(text):
    """Yield (start, end) of the runs that UAX #29 keeps together."""
    for match in ASCII_WORD.finditer(text):
        yield match.span()


def icu_segments(text):
    """Yield (start, end) of what ICU's word boundaries cut, in characters."""
    import icu
    breaks = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
    units = icu.UnicodeString(re.sub("[@:\uff20\ufe6b\uff1a\ufe13\ufe55]", "/",
                                     text))
    breaks.setText(units)
    # ICU counts in UTF-16
    char_at = {}
    unit = 0
    for index, char in enumerate(text):
        char_at[unit] = index
        unit += 2 if ord(char) > 0xFFFF else 1
    char_at[unit] = len(text)
    start = 0
    for end in breaks:
        if start in char_at and end in char_at:
            yield char_at[start], char_at[end]
        start = end


def spans(text, characters=False):
    """The places of the tokens of a text with one kind of apostrophe."""
    plain = glue_subscripts(text)
    segments = ascii_segments if text.isascii() else icu_segments
    found = []
    rest, single = take_out(plain) if characters else (plain, [])
    single = dict(single)
    for start, end in sorted([*segments(rest), *single.items()]):
        if single.get(start) == end:
            if (start, end) not in found[-1:]:  # of one, a segment as well
                found.append((start, end))
        elif rest[start] != plain[start]:
            continue
        elif plain[start] in FRACTIONS + CIRCLED:
            found.append((start, start + 1))
        elif is_ampersand(plain, start):
            found.append((start, start + 1))
        elif has_letter_or_digit(plain[start:end]):
            continue_or_cut(plain, start, end, found)
    if text.isascii():
        found += [(i, i + 1) for i, c in enumerate(text)
                  if c == "&" and is_ampersand(text, i)]
        found = sorted(set(found))
    return join_initials(text, found)


def glue_subscripts(text):
    """Subscript digits after a letter as ordinary ones."""
    out = []
    letter = False
    for c in text:
        if c in SUBSCRIPTS and letter:
            c = str(SUBSCRIPTS.index(c))
        elif unicodedata.category(c) != "Cf" and not is_mark(c):
            letter = c.isalpha()
        out.append(c)
    return "".join(out)


def is_ampersand(text, i):
    """Whether there is an ampersand between words or blanks at i."""
    if text[i] not in AMPERSANDS:
        return False
    before = text[i - 1:i] or " "
    after = text[i + 1:i + 2] or " "
    if is_blank(before) and is_blank(after):
        return True
    return (is_letter(before) or is_digit(before)) and \
        (after.isalpha() or is_digit(after))


def continue_or_cut(text, start, end, found):
    """Add the tokens of a segment, or make the last token longer."""
    if found and text[start:end] in ("s", "S") and start > 1 and \
            text[start - 1] == "'" and text[start - 2] in STOPS and \
            found[-1][1] == start - 1:
        found[-1] = (found[-1][0], end)
        return
    found += cut(text, start, end)
    last = found[-1]
    if last[1] == end and text[end:end + 1] in ("\u00b2", "\u00b3") and \
            not is_mark(text[end + 1:end + 2] or " "):
        letters = re.search("[A-Za-z]*\\Z", text[last[0]:end]).group()
        before = text[end - len(letters) - 1:end - len(letters)]
        alone = last[0] == end - len(letters) or is_digit(before)
        if alone and UNITS.fullmatch(letters):
            found[-1] = (last[0], end + 1)


def cut(text, start, end):
    """The tokens of one segment."""
    while start < end - 1 and text[start] in LOW_LINES:
        start += 1
    while end - 1 > start and text[end - 1] in LOW_LINES:
        end -= 1
    found, start = elided(text, start, end)
    stop = text[end:end + 1]
    dotted = bool(stop) and stop in STOPS
    word = text[start:end]
    possessive = bool(re.search("(?s).'[sS]\\Z", word))
    kind = acronym(word[:-2] if possessive else word,
                   dotted and not possessive)
    if kind:
        found.append((start, end + 1 if kind == "dotted" else end))
        return found
    i = start + 1
    while i < end - 1:
        if text[i] in STOPS + LOW_LINES + MIDDLE_DOTS and \
                is_letter(text[i - 1]) and is_letter(text[i + 1]):
            found.append((start, i))
            more, start = elided(text, i + 1, end)
            found += more
            i = start
        i += 1
    found.append((start, end))
    return found


def elided(text, start, end):
    """The articles in front, and where the rest begins."""
    found = []
    while True:
        match = ELIDED.match(text, start, end)
        if not match or match.end() == end:
            return found, start
        after = unicodedata.normalize("NFD", text[match.end()])[0].lower()
        if after not in "aeiouyh\u00e6\u0153":
            return found, start
        found.append((start, match.end() - 1))
        start = match.end()


def acronym(word, dotted):
    """Whether a word is one, and whether with the full stop after it."""
    sizes = [sum(c.isalpha() for c in part if not is_mark(c))
             for part in re.split("[%s]" % re.escape(STOPS), word)]
    if len(sizes) < 2 or 0 in sizes or max(sizes) > 2 or \
            not all(is_letter(c) or c in STOPS for c in word):
        return None
    if dotted:
        return "dotted"
    return "plain" if max(sizes) == 1 else None


def is_initial(text, place):
    """A single capital, a full stop and nothing glued to that."""
    start, end = place
    base = [c for c in text[start:end] if not is_mark(c)]
    after = text[end + 1:end + 2] or " "
    return len(base) == 1 and base[0] == text[start] and \
        unicodedata.category(base[0]) == "Lu" and \
        text[end:end + 1] == "." and \
        not (is_letter(after) or is_digit(after) or after == "_")


def join_initials(text, found):
    """Tokens in which initials with one blank between are one."""
    out = []
    joined = None               # where initials end, with their full stop
    skip = False
    for number, place in enumerate(found):
        if skip:
            skip = False
            continue
        initial = is_initial(text, place)
        if initial and joined == place[0] - 1 and \
                is_blank(text[joined]) and text[joined] != "\u2029":
            joined = place[1] + 1
            out[-1] = (out[-1][0], joined)
            after = found[number + 1:number + 2]
            if after and text[joined:after[0][1]].lower() == "'s" and \
                    after[0][0] == joined + 1:
                out[-1] = (out[-1][0], after[0][1])
                joined, skip = None, True
            continue
        out.append(place)
        joined = place[1] + 1 if initial else None
    return out


def fold(token):
    """Fold one token of any script; empty if there is nothing in it."""
    if token in AMPERSANDS:
        return "and"
    token = "".join("'" if c in APOSTROPHES + GERESH else c for c in token)
    if token.isascii():
        token = token.lower()
    else:
        token = casefold(token)
        token = strip_accents(token)
        token = "".join(c for c in token if not is_point(c))
        token = token.translate(ARABIC_FOLDED)
        token = re.sub('(?<=[\u05d0-\u05ea])["%s](?=[\u05d0-\u05ea])'
                       % GERSHAYIM, "", token)
        token = "".join(
            str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd"
            else c for c in token)
    token = re.sub("[\t-\r]", " ", token).strip("'")
    if token.endswith("'s") and len(token) > 2:
        token = token[:-2].rstrip("'")
    token = undot(token)
    if "," in token and re.fullmatch(
            r"(?:[^,]|(?<=[0-9]),(?=[0-9]{3}(?![0-9])))*", token):
        token = token.replace(",", "")
    return token if has_letter_or_digit(token) else ""


def casefold(token):
    """Case and compatibility forms; the marks stay."""
    import icu
    return icu.Normalizer2.getInstance(
        None, "nfkc_cf", icu.UNormalizationMode2.COMPOSE).normalize(token)


def undot(token):
    """An acronym without its dots and blanks."""
    parts = re.sub(r"(?<=\.) ", "", token).split(".")
    dotted = len(parts) > 1 and parts[-1] == ""
    if dotted:
        parts.pop()
    sizes = [sum(c.isalpha() for c in part) for part in parts]
    if len(parts) < 2 or 0 in sizes or \
            max(sizes) > (2 if dotted else 1) or \
            not all(is_letter(c) for part in parts for c in part):
        return token
    return "".join(parts)


def is_point(c):
    """The points of Hebrew and Arabic, and tatweel."""
    return c == "\u0640" or "\u0591" <= c <= "\u06ed" and \
        unicodedata.category(c) == "Mn"


def strip_accents(token):
    """Take the marks off Latin and Greek letters."""
    out = []
    base = ""
    for c in unicodedata.normalize("NFD", token):
        if unicodedata.combining(c) or unicodedata.category(c) == "Mn":
            if base.startswith(("LATIN", "GREEK")):
                continue
        else:
            base = unicodedata.name(c, "")
        out.append(LETTERS_FOLDED.get(c, c))
    joined = unicodedata.normalize("NFC", "".join(out))
    return "".join(LETTERS_FOLDED.get(c, c) for c in joined)


def tokens(text, characters=False):
    """The words of a text as a list of (start, end, lexeme).

    characters: each Chinese, Japanese or Korean character is one.
    """
    out = []
    for start, end in spans(text.translate(ONE_APOSTROPHE), characters):
        token = text[start:end]
        if len(token.encode()) > MAX_TOKEN_BYTES:
            continue
        if token in FRACTIONS:
            lexemes = [part for part in unicodedata.normalize(
                "NFKC", token).split("\u2044") if part]
        elif characters and is_character(token[0]):
            lexemes = [casefold(token)]
        else:
            lexemes = [fold(token)]
        out += [(start, end, lexeme) for lexeme in lexemes
                if lexeme and len(lexeme.encode()) <= MAX_TOKEN_BYTES]
    return out


def paragraphs(text):
    """The ends of the paragraphs: offsets after which the next begins."""
    ends = []
    for match in re.finditer(
            "\u2029|(?:\r\n|\r(?!\n)|\n)"
            "(?:[^\\S\r\n\u2029]*(?:\r\n|\r(?!\n)|\n))+",
            text):
        ends.append(match.end())
    ends.append(len(text))
    return ends


TERMINATOR = re.compile(r"""[.!?][)\]}(\[{"']*[ \t\x0b\x0c]*""")
CLOSING = ")]}([{\"'\u201c\u201d\u2018\u2019\u00ab\u00bb"
MAX_GAP = 200
NUMBERING = re.compile("[0-9]|(?!I(?![A-Za-z0-9]))[IVXLC]+(?![^\\W_])")


def base_letters(text):
    """The text without accents, character by character where it can be."""
    return "".join(
        c if c.isascii() else unicodedata.normalize("NFD", c)[0] for c in text)


def last_word(text):
    """The word at the end of a text, with its start."""
    match = re.search("[^\\W_]*\\Z", text)
    return match.group(), match.start()


class Stop:
    """A full stop and what stands around it."""

    def __init__(self, text, stop, after, first):
        self.first = first      # the text is the beginning of the whole
        self.text = base_letters(text)
        self.stop = stop
        self.at = after
        self.word, self.start = last_word(self.text[:stop])
        gap = re.compile("[^\\w.!?]|_").match
        end = after
        while end < len(text) and end < after + MAX_GAP and \
                gap(self.text, end):
            end += 1
        self.after = end
        match = re.compile("[^\\W_]*").match(self.text, end)
        self.next = match.group()
        self.beyond = self.text[match.end():match.end() + 1]

    def opens(self):
        """Whether the next word begins a sentence rather than goes on."""
        word = self.next
        if not word[:1].isupper():
            return False
        if len(word) <= 2 and self.beyond and self.beyond in APOSTROPHES:
            return True
        if len(word) == 1 and self.beyond == ".":
            return False
        return word[0] + word[1:].lower() in known.OPENERS

    def lettered(self):
        """Whether the next word is a letter that numbers."""
        return len(self.next) == 1 and self.next.isupper() and \
            self.beyond != "" and self.beyond in ".,;:-)]"

    def numbered(self):
        return bool(NUMBERING.match(self.text, self.after)) or self.lettered()

    def indented(self):
        """Whether the next line is set in more than this one."""
        lines = self.text[self.stop + 1:self.at]
        broken = re.search("[\n\r\x85\u2028]([^\n\r\x85\u2028]*)\\Z", lines)
        before = re.search("[^\n\r\x85\u2028]*\\Z", self.text[:self.stop])
        line = before.group()
        if not broken or len(line) > MAX_GAP or (
                before.start() == 0 and not self.first):
            return False
        return len(broken[1]) > len(line) - len(line.lstrip())

    def weak(self, any_capital):
        if self.indented():
            return False
        if any_capital:
            return not self.next[:1].isupper() or \
                self.next in known.TIMES or self.lettered()
        return not self.opens()

    def label(self):
        """Whether the number begins the text or follows a sentence."""
        before = self.text[:self.start]
        bare = re.sub("[\\s%s]+\\Z" % re.escape(CLOSING), "", before)
        if not bare:
            return True
        if bare == before or bare[-1] not in ".!?:":
            return False
        word, _ = last_word(bare[:-1])
        if word in known.CAPITALS:
            word = word[0] + word[1:].lower()
        return bare[-1] != "." or not (
            len(word) == 1 and word.isalpha() or len(word) > 1 and
            word in known.TITLES | known.SUFFIXES | known.WEAK |
            known.NUMBERED)

    def ordinal(self):
        if len(self.word) > 3 or self.text[self.start - 1:self.start] in (
                ".", ","):
            return False
        if self.label():
            return True
        if self.next in known.GERMAN_ORDINALS:
            return True
        before = self.text[:self.start]
        bare = before.rstrip()
        word, _ = last_word(bare)
        if bare == before or not word:
            return False
        if word[0].lower() + word[1:] not in known.GERMAN_ARTICLES:
            return False
        return self.numbered_plain() or not self.opens()

    def numbered_plain(self):
        return bool(NUMBERING.match(self.text, self.after))

    def pair(self):
        """Abbreviations of two words."""
        return bool(re.search(
            r"\b(?:(?:ad|per)\s+es|et\s+(?:al|seq)|op\.?\s+cit"
            r"|(?:cod|proc)\.?\s+pen)\Z", self.text[:self.stop]))

    def single(self):
        """After one letter."""
        if re.search("[^\\W_]['\u2019\u2018\u02bc\uff07\u201b]\\Z",
                     self.text[:self.start]):
            return False
        if self.word in "mM" and re.search(
                r"(?<![^\W_])(?<!\.)[aApP]\. ?\Z", self.text[:self.start]):
            return self.weak(True)
        return True

    def ends_nothing(self):
        word = self.word
        if self.text[self.stop] == "!":
            return word in ("Yahoo", "Jeopardy", "Yum") and not self.opens()
        if self.text[self.stop] == "?":
            return False
        if not word:
            return self.text[:self.stop].rstrip().endswith(".") and \
                self.next[:1].isdigit()
        if word.isdigit():
            return self.ordinal()
        if len(word) == 1:
            return self.single()
        if word in known.CAPITALS:
            word = word[0] + word[1:].lower()
        if word in known.SUFFIXES:
            return not self.indented()
        if word in known.TITLES:
            return True
        if word in known.NUMBERED and self.numbered():
            return True
        if re.fullmatch("[IVXLC]+", word) and self.label():
            return True
        if word in known.FINAL:
            return self.weak(True)
        if word in known.WEAK or self.pair() or \
                (4 < len(word) <= 15 and word.endswith("str")):
            return self.weak(False)
        return False


def ends_nothing(original, stop, after):
    """True if the terminator at this offset ends no sentence.

    The original is a paragraph and whether it is the first one.
    """
    text, first = original
    return Stop(text, stop, after, first).ends_nothing()


def goes_on_small(text, at):
    """True if the first letter or terminator from here on is a small one."""
    for c in text[at:]:
        if c.isalpha() or c in ".!?":
            return c.islower()
    return False


def sentence_breaks(text, abbreviations=True, original=None):
    """Offsets inside an ASCII paragraph where a sentence ends (UAX #29).

    The original is the text with its line breaks, which are blanks here, and
    whether it is the first paragraph.
    """
    original = original or (text, True)
    breaks = []
    at = 0
    while True:
        match = TERMINATOR.search(text, at)
        if not match:
            return breaks
        stop, end = match.start(), match.end()
        at = stop + 1
        if end == len(text):
            return breaks
        after = text[end]
        if after in ",-:.!?":
            continue
        if abbreviations and text[stop] != "." and \
                ends_nothing(original, stop, end):
            continue
        if text[stop] == ".":
            if end == stop + 1:
                if after.isdigit():
                    continue
                if stop and text[stop - 1].isalpha() and after.isupper():
                    continue
            if goes_on_small(text, end):
                continue
            if abbreviations and ends_nothing(original, stop, end):
                continue
        breaks.append(end)


def icu_sentence_breaks(text, abbreviations=True, original=None):
    """The same by ICU, for any text."""
    original = original or (text, True)
    import icu
    breaks = icu.BreakIterator.createSentenceInstance(icu.Locale.getRoot())
    breaks.setText(text)
    found = []
    for end in breaks:
        if end >= len(text):
            break
        stop = text[:end].rstrip()
        stop = stop.rstrip(CLOSING)
        if (abbreviations and stop.endswith((".", "!", "?"))
                and ends_nothing(original, len(stop) - 1, end)):
            continue
        found.append(end)
    return found


def sentences(text):
    """The ends of all sentences of a text, paragraph ends included."""
    ends = []
    start = 0
    for end in paragraphs(text):
        flat = re.sub("\r\n", "  ", text[start:end])
        flat = re.sub("[\r\n\x85\u2028\u2029]", " ", flat)
        flat = flat.rstrip()
        cut = sentence_breaks if flat.isascii() else icu_sentence_breaks
        ends.extend(start + at for at in
                    cut(flat, original=(text[start:end], start == 0)))
        ends.append(end)
        start = end
    return ends


def marks(words, ends):
    """Ordinal numbers (from 1) of the last word before each end."""
    found = []
    count = 0
    for end in ends:
        while count < len(words) and words[count][0] < end:
            count += 1
        if count and (not found or found[-1] != count):
            found.append(count)
    return found
