"""The language, case by case.

Each line of the tables in test/cases (and of $BISEARCH_CASES, by default
../shared/language-cases.tsv beside the project, where there is one) is one
test: a query, how it is made, a document, and whether that matches.

Columns, separated by tabs, named by the first line that is no comment:
id area mode config query document expected note, and in our own files also
canonical (what the query prints as), position (of an error, in characters
from 1), sqlstate, and hint (a part of the error's hint).

mode      strict, lenient, plain, phrase: which call makes the query
expected  match, nomatch, or error
document  <title>..</title>, <byline>..</byline>, <summary>..</summary> at
          the front are fields, the rest is the body; a pilcrow stands for a
          paragraph break

Our own files know the escapes \\t \\n \\r \\\\ \\uXXXX and \\UXXXXXXXX.
"""

import os
import re
from pathlib import Path

import psycopg
import pytest

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BISEARCH_CASES") or
              HERE.parent / ".." / "shared" / "language-cases.tsv")

CALLS = {"strict": "to_bi_query", "lenient": "websearch_to_bi_query",
         "plain": "plainto_bi_query", "phrase": "phraseto_bi_query"}

ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}

# Configurations of the tables besides core's and ours: dictionaries that
# give alternatives, and one that only takes accents off.
SETUP = """
CREATE SCHEMA IF NOT EXISTS cases;
CREATE TEXT SEARCH DICTIONARY cases.compounds (
    TEMPLATE = ispell, DICTFILE = ispell_sample, AFFFILE = ispell_sample);
CREATE TEXT SEARCH DICTIONARY cases.synonyms (
    TEMPLATE = synonym, SYNONYMS = synonym_sample);
CREATE TEXT SEARCH CONFIGURATION cases.compounds (COPY = english);
ALTER TEXT SEARCH CONFIGURATION cases.compounds
    ALTER MAPPING FOR asciiword WITH cases.compounds, simple;
CREATE TEXT SEARCH CONFIGURATION cases.synonyms (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION cases.synonyms
    ALTER MAPPING FOR asciiword WITH cases.synonyms, simple;
"""


def unescape(text):
    def replace(found):
        sign = found.group(1)
        if sign[0] in "uU" and len(sign) > 1:
            return chr(int(sign[1:], 16))
        return ESCAPES[sign]
    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[tnr\\])",
                  replace, text)


def read(path, escaped):
    names = None
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line or (line.startswith("#") and escaped):
            continue
        values = line.split("\t")
        if names is None:
            names = values
            continue
        if escaped:
            values = [unescape(value) for value in values]
        row = dict(zip(names, values))
        for name in ("canonical", "position", "sqlstate", "hint", "note"):
            row.setdefault(name, "")
        assert row["mode"] in CALLS and \
            row["expected"] in ("match", "nomatch", "error"), \
            f"{path.name}:{number}: {line}"
        yield row


def all_cases():
    if SHARED.exists():
        for row in read(SHARED, False):
            yield pytest.param(row, id=f"shared-{row['id']}")
    seen = set()
    for path in sorted((HERE / "cases").glob("*.tsv")):
        for row in read(path, True):
            assert row["id"] not in seen, f"{row['id']} twice"
            seen.add(row["id"])
            yield pytest.param(row, id=row["id"])


def parts_of(document):
    """Cut a table's document into headline, body, summary, byline."""
    fields = {}
    while found := re.match(r"<(title|byline|summary)>(.*?)</\1>", document,
                            re.S):
        fields[found.group(1)] = found.group(2)
        document = document[found.end():]
    body = document.replace("¶", "\n\n")
    return (fields.get("title"), body, fields.get("summary"),
            fields.get("byline"))


def error_position(error):
    """Where a strict call says the text went wrong, in characters."""
    if error.diag.internal_position:
        return int(error.diag.internal_position)
    told = " ".join(filter(None, [error.diag.message_primary,
                                  error.diag.message_detail]))
    found = re.search(r"(?:character|position) (\d+)", told)
    return int(found.group(1)) if found else None


@pytest.fixture(scope="module")
def con(server, database):
    with server.connect(database) as con:
        con.execute(SETUP)
        yield con


def make(con, row):
    call = CALLS[row["mode"]]
    return con.execute(
        f"SELECT {call}(%s::regconfig, %s::text)::text",
        [row["config"], row["query"]]).fetchone()[0]


def check_error(con, row):
    with pytest.raises(psycopg.Error) as raised:
        make(con, row)
    error = raised.value
    assert error.sqlstate == (row["sqlstate"] or "42601"), str(error)
    position = error_position(error)
    if row["position"]:
        assert position == int(row["position"]), str(error)
    if error.sqlstate == "42601":
        assert position is not None, f"no position: {error}"
        assert 1 <= position <= len(row["query"]) + 1
    assert row["hint"] in (error.diag.message_hint or ""), \
        error.diag.message_hint


@pytest.mark.parametrize("row", list(all_cases()))
def test_case(con, row):
    if row["expected"] == "error":
        check_error(con, row)
        return
    printed = make(con, row)
    if row["canonical"]:
        prefix = "" if row["config"] == "bisearch" else \
            "{%s} " % row["config"]
        assert printed == prefix + row["canonical"]
    expected = row["expected"] == "match"
    headline, body, summary, byline = parts_of(row["document"])
    found = con.execute(
        "WITH q AS MATERIALIZED (SELECT %s::text::bi_query AS q), "
        "d AS MATERIALIZED (SELECT bi_tsvector(%s, %s, %s, %s, %s) AS d) "
        "SELECT d @~ q, q ~@ d FROM q, d",
        [printed, headline, body, summary, byline,
         row["config"]]).fetchone()
    call = CALLS[row["mode"]]
    direct = con.execute(
        f"SELECT bi_tsvector(%s, %s, %s, %s, %s) @~ {call}(%s, %s)",
        [headline, body, summary, byline, row["config"],
         row["config"], row["query"]]).fetchone()[0]
    assert (direct, *found) == (expected,) * 3, printed
    if headline is None and summary is None and byline is None:
        found = con.execute(
            f"SELECT %s::text @~ {call}(%s, %s), {call}(%s, %s) ~@ %s::text",
            [body, row["config"], row["query"],
             row["config"], row["query"], body]).fetchone()
        assert found == (expected,) * 2, f"as text: {printed}"


@pytest.mark.parametrize("row", [p for p in all_cases()
                                 if p.values[0]["expected"] != "error"])
def test_round_trip(con, row):
    """Printing and reading back changes nothing, as text and as bytes."""
    call = CALLS[row["mode"]]
    printed, again, same, exact = con.execute(
        f"WITH q AS MATERIALIZED (SELECT {call}(%s, %s) AS q) "
        "SELECT q::text, q::text::bi_query::text, q::text::bi_query = q, "
        "bi_is_exact(q) = bi_is_exact(q::text::bi_query) FROM q",
        [row["config"], row["query"]]).fetchone()
    assert again == printed
    assert same, printed
    assert exact, printed
    value = con.execute(
        f"SELECT bi_query_send({call}(%s, %s))",
        [row["config"], row["query"]]).fetchone()[0]
    assert bytes(value), printed
    with con.cursor().copy(f"COPY (SELECT {call}("
                     f"{literal(row['config'])}, {literal(row['query'])})) "
                     "TO STDOUT (FORMAT binary)") as copy:
        stream = b"".join(bytes(block) for block in copy)
    con.execute("CREATE TEMP TABLE IF NOT EXISTS back (q bi_query)")
    con.execute("TRUNCATE back")
    with con.cursor().copy("COPY back FROM STDIN (FORMAT binary)") as copy:
        copy.write(stream)
    assert con.execute(f"SELECT q = {call}(%s, %s), q::text FROM back",
                       [row["config"], row["query"]]).fetchone() == \
        (True, printed)


def literal(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
