"""Chinese, Japanese and Korean characters, each of which is a word.

Told by the names that Unicode gives them, and cut by grapheme clusters.
"""
import unicodedata

NAMES = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH",
         "CJK RADICAL", "KANGXI RADICAL", "IDEOGRAPHIC ITERATION MARK",
         "IDEOGRAPHIC CLOSING MARK", "IDEOGRAPHIC NUMBER ZERO",
         "VERTICAL IDEOGRAPHIC ITERATION MARK", "HANGZHOU NUMERAL",
         "HIRAGANA ", "KATAKANA ", "VERTICAL KANA REPEAT", "MASU MARK",
         "HALFWIDTH KATAKANA ", "HALFWIDTH HANGUL ", "HANGUL ", "BOPOMOFO ",
         "TANGUT ", "NUSHU ", "KHITAN ", "HENTAIGANA ", "KATAKANA-HIRAGANA P")
NOT_ONE = ("KATAKANA MIDDLE DOT", "HANGUL SINGLE DOT TONE MARK",
           "HANGUL DOUBLE DOT TONE MARK", "SEMI-VOICED SOUND MARK",
           "HIRAGANA VOICED", "HALFWIDTH KATAKANA MIDDLE DOT",
           "KATAKANA-HIRAGANA VOICED", "KATAKANA-HIRAGANA SEMI-VOICED",
           "HALFWIDTH KATAKANA VOICED", "HALFWIDTH KATAKANA SEMI-VOICED")


def is_character(c):
    """True for an ideograph, kana, bopomofo or hangul."""
    if c < "\u1100":
        return False
    if "\U00020000" <= c <= "\U0003fffd":
        return True             # also those that are yet to come
    name = unicodedata.name(c, "")
    return name.startswith(NAMES) and not name.startswith(NOT_ONE)


def clusters(text):
    """Yield (start, end) of what people see as one character."""
    import icu
    breaks = icu.BreakIterator.createCharacterInstance(icu.Locale.getRoot())
    breaks.setText(text)
    units = [0]
    for c in text:
        units.append(units[-1] + (2 if c > "\uffff" else 1))
    at = {unit: n for n, unit in enumerate(units)}
    start = 0
    for end in breaks:
        yield at[start], at[end]
        start = end


def take_out(text):
    """The text with a full stop for each, and where they were."""
    found = []
    chars = list(text)
    if text.isascii():
        return text, found
    for start, end in clusters(text):
        if not is_character(text[start]):
            continue
        stop = start + 1
        while stop < end and (is_character(text[stop])
                              or unicodedata.category(text[stop])[0] == "M"
                              or text[stop] in "\u200c\u200d\uff9e\uff9f"):
            stop += 1
        while stop < len(text) and stop >= end and \
                unicodedata.category(text[stop]) == "Cf" and \
                text[stop] != "\u200b":
            stop += 1
        found.append((start, stop))
        chars[start:stop] = "\u3002" * (stop - start)
    return "".join(chars), found
