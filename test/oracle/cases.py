"""The case tables: the oracle's own answers, without a server.

The columns are those of test_cases.py; only cases of the configurations
bisearch and bisearch_cjk and of the strict and the lenient call are answered
here.  Of what one of them prints, only the meaning is compared.
"""
import csv
import re
import sys

from . import own, parser
from .evaluate import Index

# fields of the configuration "news", which otherwise stems
FIELDS = own.declared("source text, topic text, date date, words number")

NAMES = {"title": "A", "byline": "B", "summary": "C"}
CJK = "bisearch_cjk"
MODES = ("strict", "lenient", "print", "lprint")

# shared cases that the text of the language contradicts, which is right then:
# the superscript behind km belongs to the unit (section 7)
CONTRADICTED = ("M167", "M168")
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def unescape(text):
    """Resolve the escapes of the project's own tables."""
    def value(found):
        sign = found.group(1)
        return chr(int(sign[1:], 16)) if sign[0] in "uU" else ESCAPES[sign]
    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[tnr\\])", value, text)


def rows(path):
    """The rows of a table that the oracle can answer."""
    with open(path, encoding="utf-8", newline="") as table:
        lines = table.read().split("\n")
    own = any(line.startswith("#") for line in lines)
    lines = [line for line in lines
             if line and not (own and line.startswith("#"))]
    for row in csv.DictReader(lines, delimiter="\t",
                              quoting=csv.QUOTE_NONE):
        if own:
            row = {name: unescape(value or "")
                   for name, value in row.items()}
        if row["config"] in ("bisearch", "news", CJK) and \
                row["mode"] in MODES and row["id"] not in CONTRADICTED:
            yield row


def own_values(document):
    """(name, value) of the fields of one's own, and the rest."""
    found = []
    while match := re.match(r"<(\w+)=(.*?)>", document, re.S):
        name, value = match.groups()
        kind = FIELDS.get(name)
        found.append((name, own.day(value)[0] if kind == "date" else
                      own.number(value)[0] if kind == "number" else value))
        document = document[match.end():]
    return found, document


def fields_of(document):
    """The (field, text) pairs of a case's document."""
    found = {}
    document = own_values(document)[1]
    while True:
        match = re.match(r"<(title|byline|summary)>(.*?)</\1>", document,
                         re.S)
        if not match:
            break
        found[NAMES[match.group(1)]] = match.group(2)
        document = document[match.end():]
    found["D"] = document.replace("\u00b6", "\n\n")
    return [(name, found.get(name)) for name in "ABCD"]


def plural(lexeme):
    """A stem that is enough for the cases of "news"."""
    return re.sub("s$", "", lexeme) if lexeme.isalpha() else None


def known_to(row):
    """What the parser knows of the row's configuration."""
    if row["config"] == "bisearch":
        return {}
    if row["config"] == CJK:
        return {"characters": True}
    return {"fields": FIELDS, "stem": plural}


def answer(row, limits=False):
    """(match, nomatch or error; canonical text; position of an error)."""
    try:
        tree = parser.parse(row["query"], row["mode"] == "strict",
                            **known_to(row))
    except parser.QueryError as error:
        return "error", "", error.pos
    index = Index(limits, **{k: v for k, v in known_to(row).items()
                             if k != "fields"})
    index.add(1, fields_of(row["document"]), own_values(row["document"])[0])
    return ("match" if index.search(tree) else "nomatch",
            parser.canonical(tree), None)


def misprint(row):
    """What the print of a query means otherwise, or None."""
    tree = parser.parse(row["query"], row["mode"] == "print",
                        **known_to(row))
    printed = parser.parse(
        row["expected"].removeprefix("{%s} " % row["config"]),
        **known_to(row))
    if (tree and tree.key()) != (printed and printed.key()):
        return "%s is not %s" % (parser.canonical(tree), row["expected"])
    return None


def difference(row):
    """What the oracle answers otherwise, or None."""
    if row["mode"] in ("print", "lprint"):
        return misprint(row)
    got, text, position = answer(row)
    wanted = row["expected"]
    if got != wanted:
        return "expected %s, got %s %s" % (wanted, got, text or position)
    return None


def main(paths):
    """Print the cases that the oracle answers otherwise."""
    count = wrong = 0
    for path in paths:
        for row in rows(path):
            count += 1
            told = difference(row)
            got, text, position = answer(row)
            notes = []
            if row.get("canonical") and row["canonical"] != text:
                notes.append("canonical %r, mine %r" % (
                    row["canonical"], text))
            if row.get("position") and int(row["position"]) != position:
                notes.append("position %s, mine %s" % (
                    row["position"], position))
            if told or notes:
                wrong += bool(told)
                print(row["id"], row["mode"], row["query"], "||",
                      row["document"], "||", row["note"], "||", told, notes)
    print("%d cases, %d differ" % (count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
