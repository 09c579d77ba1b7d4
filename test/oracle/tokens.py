"""Words, folding, sentences and paragraphs of a document.

ASCII text goes through rules written out here (UAX #29 and the language's
own); anything else is cut by ICU and then by the same further rules.
"""
import re
import unicodedata

# What stands at the ends of a full stop that closes no sentence.
ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof St Jr Gov Sen Rep Gen No vs Inc Corp Co Ltd".split())

MAX_TOKEN_BYTES = 2046

APOSTROPHES = "'\u2019\u2018\u02bc\uff07\u201b"

ONE_APOSTROPHE = {ord(c): "'" for c in APOSTROPHES}

# A run of letters, digits and low lines; an apostrophe or full stop goes on
# between letters, those, comma and semicolon between digits.
ASCII_WORD = re.compile(
    r"[A-Za-z0-9_]+"
    r"(?:(?:(?<=[A-Za-z])['.](?=[A-Za-z])|(?<=[0-9])['.,;](?=[0-9]))"
    r"[A-Za-z0-9_]+)*")
PLAIN = re.compile(r"[A-Za-z0-9]+\Z")
INNER_DOT = re.compile(r"(?<=[A-Za-z])[._](?=[A-Za-z])")
ASCII_ACRONYM = re.compile(
    r"([A-Za-z](?:\.[A-Za-z])+)(?:'[sS])?\Z")

MIDDLE_DOTS = "\u00b7\u2027\u30fb"
GERSHAYIM = "\u05f4"
LETTERS_FOLDED = {
    "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ё": "е"}


def has_letter_or_digit(text):
    """True if some character is a letter or a digit of any script."""
    return any(c.isalpha() or is_digit(c) for c in text)


def is_letter(c):
    """True for a letter, and for the marks that spell vowels in one."""
    return c.isalpha() or unicodedata.category(c)[0] == "M"


def is_digit(c):
    """True for a decimal digit of any script."""
    return unicodedata.category(c) == "Nd"


def ascii_tokens(text):
    """Yield (start, end, lexeme) for the words of an ASCII text."""
    for match in ASCII_WORD.finditer(text):
        word = match.group()
        start = match.start()
        if PLAIN.match(word):
            if len(word) <= MAX_TOKEN_BYTES:
                yield start, match.end(), word.lower()
            continue
        yield from split_ascii(word, start)


def split_ascii(word, start):
    """Yield the tokens of one segment that holds more than letters."""
    acronym = ASCII_ACRONYM.match(word)
    if acronym:
        lexeme = acronym.group(1).replace(".", "").lower()
        yield start, start + len(word), lexeme
        return
    at = 0
    pieces = []
    for dot in INNER_DOT.finditer(word):
        pieces.append((at, dot.start()))
        at = dot.end()
    pieces.append((at, len(word)))
    for first, last in pieces:
        lexeme = fold_ascii(word[first:last])
        if lexeme and len(lexeme) <= MAX_TOKEN_BYTES:
            yield start + first, start + last, lexeme


def fold_ascii(piece):
    """Fold one ASCII token; the empty string if no letter or digit is in."""
    if not re.search("[A-Za-z0-9]", piece):
        return ""
    piece = piece.lower().strip("'")
    if piece.endswith("'s"):
        piece = piece[:-2]
    return piece


def icu_segments(text):
    """Yield (start, end) of what ICU's word boundaries cut, in characters."""
    import icu
    breaks = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
    units = icu.UnicodeString(text)
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


def icu_tokens(text):
    """Yield (start, end, lexeme) for the words of any text."""
    for start, end in icu_segments(text):
        segment = text[start:end]
        if not has_letter_or_digit(segment):
            continue
        at = start
        for piece in re.split("([@:])", segment):
            if piece not in "@:" and has_letter_or_digit(piece):
                yield from split_icu(piece, at)
            at += len(piece)


def split_icu(piece, start):
    """Yield the tokens of a piece without @ and colon."""
    parts = re.sub("'[sS]\\Z", "", piece).split(".")
    if len(parts) > 1 and all(single_letter(p) for p in parts):
        lexeme = fold(piece.replace(".", ""))
        yield start, start + len(piece), lexeme
        return
    at = 0
    cuts = [i for i in range(1, len(piece) - 1)
            if piece[i] in "._" + MIDDLE_DOTS
            and is_letter(piece[i - 1]) and is_letter(piece[i + 1])]
    for cut in cuts + [len(piece)]:
        lexeme = fold(piece[at:cut])
        if lexeme and len(lexeme.encode()) <= MAX_TOKEN_BYTES:
            yield start + at, start + cut, lexeme
        at = cut + 1


def single_letter(part):
    """One letter with whatever marks it bears."""
    base = [c for c in part if unicodedata.category(c)[0] != "M"]
    return len(base) == 1 and base[0].isalpha()


def fold(token):
    """Fold one token of any script."""
    if token.isascii():
        return fold_ascii(token)
    import icu
    token = "".join("'" if c in APOSTROPHES else c for c in token)
    token = icu.Normalizer2.getInstance(
        None, "nfkc_cf", icu.UNormalizationMode2.COMPOSE).normalize(token)
    token = strip_accents(token).replace(GERSHAYIM, "")
    token = re.sub('(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea])', "", token)
    token = "".join(
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c
        for c in token).strip("'.")
    if token.endswith("'s"):
        token = token[:-2]
    return token if has_letter_or_digit(token) else ""


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


def tokens(text):
    """The words of a text as a list of (start, end, lexeme)."""
    text = text.translate(ONE_APOSTROPHE)
    return list(ascii_tokens(text) if text.isascii() else icu_tokens(text))


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
CLOSED_BY_ABBREVIATION = re.compile(
    r"(?<!\w)(?<!\w')(?:[^\W\d_]|"
    + "|".join(ABBREVIATIONS) + r")\Z")


def ends_nothing(text, stop):
    """True if the full stop at this offset belongs to an abbreviation."""
    return text[stop] == "." and bool(
        CLOSED_BY_ABBREVIATION.search(text[max(0, stop - 8):stop]))


def goes_on_small(text, at):
    """True if the first letter or terminator from here on is a small one."""
    for c in text[at:]:
        if c.isalpha() or c in ".!?":
            return c.islower()
    return False


def sentence_breaks(text, abbreviations=True):
    """Offsets inside an ASCII paragraph where a sentence ends (UAX #29)."""
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
        if text[stop] == ".":
            if end == stop + 1:
                if after.isdigit():
                    continue
                if stop and text[stop - 1].isalpha() and after.isupper():
                    continue
            if goes_on_small(text, end):
                continue
            if abbreviations and ends_nothing(text, stop):
                continue
        breaks.append(end)


def icu_sentence_breaks(text, abbreviations=True):
    """The same by ICU, for any text."""
    import icu
    breaks = icu.BreakIterator.createSentenceInstance(icu.Locale.getRoot())
    breaks.setText(text)
    found = []
    for end in breaks:
        if end >= len(text):
            break
        stop = text[:end].rstrip()
        stop = stop.rstrip(")]}([{\"'\u201d\u2019\u00bb")
        if (abbreviations and stop.endswith(".")
                and ends_nothing(stop, len(stop) - 1)):
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
        ends.extend(start + at for at in cut(flat))
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
