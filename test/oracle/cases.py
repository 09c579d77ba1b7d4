"""The case table: its documents, and the oracle's own answers to it."""
import csv
import sys

from . import parser
from .evaluate import Index


def fields_of(document):
    """The (field, text) pairs of a case's document."""
    headline = None
    if document.startswith("<title>"):
        headline, document = document[len("<title>"):].split("</title>", 1)
    return [("A", headline), ("D", document.replace("\u00b6", "\n\n"))]


def answer(row, limits=True):
    """match, nomatch or error."""
    index = Index(limits)
    index.add(1, fields_of(row["document"]))
    try:
        tree = parser.parse(row["query"], row["mode"] == "strict")
    except parser.QueryError:
        return "error"
    return "match" if index.search(tree) else "nomatch"


def rows(path):
    with open(path, encoding="utf-8", newline="") as table:
        yield from csv.DictReader(table, delimiter="\t",
                                  quoting=csv.QUOTE_NONE)


def main(path):
    """Print the cases that the oracle answers otherwise."""
    count = wrong = 0
    for row in rows(path):
        if row["config"] != "bisearch":
            continue
        count += 1
        got = answer(row)
        if got != row["expected"]:
            wrong += 1
            print(row["id"], repr(row["query"]), repr(row["document"]),
                  "expected", row["expected"], "got", got)
    print("%d cases, %d differ" % (count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
