"""Print for people: colour on a terminal, plain text elsewhere.

Passages come from the database with MARK_ON and MARK_OFF around what was
found; they become colour, or on plain output square brackets.
"""

import os
import shutil
import sys
import unicodedata

MARK_ON, MARK_OFF = "\x02", "\x03"
STYLES = {"bold": "1", "found": "1;33", "faint": "2", "bad": "1;31"}


def has_colour(stream=sys.stdout):
    return (stream.isatty() and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb")


COLOUR = has_colour()


def line_width():
    if not sys.stdout.isatty():
        return 78
    return max(40, min(100, shutil.get_terminal_size().columns)) - 2


def style(text, name):
    return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if COLOUR else text


def clean(text):
    """Text without the signs that could steer a terminal."""
    return "".join(
        c if c in (MARK_ON, MARK_OFF) or unicodedata.category(c) not in
        ("Cc", "Cs") else " " for c in text or "")


def columns_of(char):
    """Columns a character takes on a terminal."""
    if char in (MARK_ON, MARK_OFF) or unicodedata.combining(char) or \
            unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def columns(text):
    return sum(map(columns_of, text))


def pieces(text, width):
    """Words of a text; those wider than a line are cut."""
    for word in text.split():
        while columns(word) > width:
            used = cut = 0
            while cut < len(word) and used + columns_of(word[cut]) <= width:
                used += columns_of(word[cut])
                cut += 1
            yield word[:cut]
            word = word[cut:]
        yield word


def wrap(text, indent):
    """Lines of a text that fit the terminal, each indented."""
    width = max(20, line_width() - indent)
    lines, line, used = [], [], 0
    for word in pieces(text, width):
        wide = columns(word)
        if line and used + 1 + wide > width:
            lines.append(" ".join(line))
            line, used = [], 0
        used += wide + (1 if line else 0)
        line.append(word)
    if line:
        lines.append(" ".join(line))
    return lines


def marked(text):
    """Marks as colour or brackets."""
    if COLOUR:
        return text.replace(MARK_ON, f"\x1b[{STYLES['found']}m") \
                   .replace(MARK_OFF, "\x1b[0m")
    return text.replace(MARK_ON, "[").replace(MARK_OFF, "]")


def say(text="", indent=0):
    """Print a text, wrapped; marks that run over a line's end are renewed."""
    if not text:
        print()
    open_mark = False
    for line in wrap(clean(text), indent):
        if open_mark:
            line = MARK_ON + line
        open_mark = line.rfind(MARK_ON) > line.rfind(MARK_OFF)
        if open_mark:
            line += MARK_OFF
        print(" " * indent + marked(line))


def heading(text):
    print()
    print(style(clean(text), "bold"))


def progress(text, last=False):
    """A line that overwrites itself on a terminal; elsewhere only the last."""
    sys.stdout.flush()
    if sys.stdout.isatty():
        print("\r\x1b[K" + text, end="\n" if last else "", flush=True)
    elif last:
        print(text, flush=True)


def caret(text, position, length, indent):
    """The text on one line, and carets under the part at position (from 1)."""
    start = max(0, position - 1)
    shown = clean(text)
    cut = 0
    while columns(shown[cut:start]) > line_width() - indent - 12:
        cut += 10
    print(" " * indent + shown[cut:cut + line_width() - indent])
    under = max(1, columns(shown[start:start + max(1, length)]))
    under = min(under, max(1, line_width() - indent -
                           columns(shown[cut:start])))
    print(" " * (indent + columns(shown[cut:start])) +
          style("^" * under, "bad"))
