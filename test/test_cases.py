"""The language, case by case.

Each line of the tables in test/cases (and of $BISEARCH_CASES, by default
../shared/language-cases*.tsv beside the project, where there are any) is one
test: a query, how it is made, a document, and whether that matches.

Columns, separated by tabs, named by the first line that is no comment:
id area mode config query document expected note, and in our own files also
canonical (what the query prints as), position (of an error, in characters
from 1), sqlstate, and hint (a part of the error's hint).

mode      strict, lenient, plain, phrase: which call makes the query; check:
          bi_check; print and lprint: strict and lenient, of which only the
          text is looked at
expected  match, nomatch, or error; of check: row or clean; of print and
          lprint: the text
document  <title>..</title>, <byline>..</byline>, <summary>..</summary> at
          the front are fields, the rest is the body; a pilcrow stands for a
          paragraph break.  Before them stand fields of one's own, as in
          <source=Daily Mail>

Our own files know the escapes \\t \\n \\r \\\\ \\uXXXX and \\UXXXXXXXX.
"""

import os
import re
from pathlib import Path

import psycopg
import pytest

HERE = Path(__file__).resolve().parent
SHARED = [Path(os.environ["BISEARCH_CASES"])] \
    if os.environ.get("BISEARCH_CASES") else sorted(
        (HERE.parent / ".." / "shared").glob("language-cases*.tsv"))

CALLS = {"strict": "to_bi_query", "lenient": "websearch_to_bi_query",
         "plain": "plainto_bi_query", "phrase": "phraseto_bi_query",
         "check": "bi_check"}
PRINTS = {"print": "strict", "lprint": "lenient"}

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


# Further configurations of the shared tables.  What this build cannot make
# is left out, and its cases are skipped.
LANGUAGES = """
DO $$ BEGIN
    PERFORM bi_create_configuration('bisearch_french', 'french_stem');
    PERFORM bi_create_configuration('bisearch_italian', 'italian_stem');
EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL; END $$;
DO $$ BEGIN
    PERFORM bi_create_configuration('news', 'english_stem',
        fields => 'source text, topic text, date date, words number');
EXCEPTION WHEN undefined_function OR unique_violation OR duplicate_object
THEN NULL; END $$;
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
        row["sqlstate"] = row["sqlstate"] or (
            "42601" if escaped else "42601 54000 54001")
        if not escaped:
            row["query"] = row["query"].replace("⏎", "\n")
        if row["mode"] in PRINTS:
            row.update(mode=PRINTS[row["mode"]], expected="print",
                       canonical=row["expected"].removeprefix(
                           "{%s} " % row["config"]))
        assert row["mode"] in CALLS and row["expected"] in (
            ("row", "clean") if row["mode"] == "check" else
            ("match", "nomatch", "error", "print")), \
            f"{path.name}:{number}: {line}"
        yield row


def all_cases():
    for path in SHARED:
        for row in read(path, False):
            yield pytest.param(row, id=f"shared-{row['id']}")
    seen = set()
    for path in sorted((HERE / "cases").glob("*.tsv")):
        for row in read(path, True):
            assert row["id"] not in seen, f"{row['id']} twice"
            seen.add(row["id"])
            yield pytest.param(row, id=row["id"])


def own_fields(document):
    """(name, value) of the fields of one's own, and the rest."""
    fields = []
    while found := re.match(r"<(\w+)=(.*?)>", document, re.S):
        fields.append(found.groups())
        document = document[found.end():]
    return fields, document


def parts_of(document):
    """Cut a table's document into headline, body, summary, byline."""
    fields = {}
    document = own_fields(document)[1]
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
        con.execute("SET client_min_messages = error")
        con.execute(LANGUAGES)
        yield con


# shared cases that the text of the language contradicts, which is right then
CONTRADICTED = {
    "M167": "the superscript behind km belongs to the unit (section 7)",
    "M168": "the superscript behind km belongs to the unit (section 7)",
}


def skip_unknown(con, row):
    """Skip what this build does not have, a configuration that it cannot
    make, and what the text contradicts."""
    if row["id"] in CONTRADICTED:
        pytest.skip(CONTRADICTED[row["id"]])
    if con.execute("SELECT NOT EXISTS (SELECT FROM pg_ts_config WHERE "
                   "cfgname = %s)", [row["config"].split(".")[-1]]
                   ).fetchone()[0]:
        pytest.skip(f"there is no configuration {row['config']}")


def document_of(row):
    """An expression that makes the document, and its values."""
    headline, body, summary, byline = parts_of(row["document"])
    sql = "bi_tsvector(%s, %s, %s, %s, %s)"
    values = [headline, body, summary, byline, row["config"]]
    for name, value in own_fields(row["document"])[0]:
        kind = {"date": "date", "words": "integer"}.get(name, "text")
        sql += f" || bi_field(%s, %s::{kind})"
        values += [name, value]
    return sql, values


def make(con, row):
    call = CALLS[row["mode"]]
    return con.execute(
        f"SELECT {call}(%s::regconfig, %s::text)::text",
        [row["config"], row["query"]]).fetchone()[0]


def check_error(con, row):
    with pytest.raises(psycopg.Error) as raised:
        make(con, row)
    error = raised.value
    assert error.sqlstate in row["sqlstate"].split(), str(error)
    position = error_position(error)
    if row["position"]:
        assert position == int(row["position"]), str(error)
    if error.sqlstate == "42601":
        assert position is not None, f"no position: {error}"
        assert 1 <= position <= len(row["query"]) + 1
    assert row["hint"] in (error.diag.message_hint or ""), \
        error.diag.message_hint


def check_rows(rows, row):
    """Each row has a place in the search, and says what to write instead."""
    for severity, position, length, message, hint in rows:
        assert severity in ("warning", "error")
        assert 1 <= position <= position + length - 1 <= len(row["query"])
        assert message and message[0] not in " ." and message[-1] != "."
        assert hint is None or hint[0].isupper()
    if row["position"]:
        assert int(row["position"]) in [r[1] for r in rows], rows
    if row["hint"]:
        assert any(row["hint"] in (r[4] or "") for r in rows), rows


@pytest.mark.parametrize("row", list(all_cases()))
def test_case(con, row):
    skip_unknown(con, row)
    if row["mode"] == "check":
        rows = con.execute(
            "SELECT severity, position, length, message, hint "
            "FROM bi_check(%s::regconfig, %s::text)",
            [row["config"], row["query"]]).fetchall()
        assert bool(rows) == (row["expected"] == "row"), rows
        check_rows(rows, row)
        return
    if row["expected"] == "error":
        check_error(con, row)
        return
    printed = make(con, row)
    if row["canonical"]:
        prefix = "" if row["config"] == "bisearch" else \
            "{%s} " % row["config"]
        assert printed == prefix + row["canonical"]
    if row["expected"] == "print":
        return
    expected = row["expected"] == "match"
    document, values = document_of(row)
    found = con.execute(
        "WITH q AS MATERIALIZED (SELECT %s::text::bi_query AS q), "
        f"d AS MATERIALIZED (SELECT {document} AS d) "
        "SELECT d @~ q, q ~@ d FROM q, d", [printed, *values]).fetchone()
    call = CALLS[row["mode"]]
    direct = con.execute(
        f"SELECT ({document}) @~ {call}(%s, %s)",
        [*values, row["config"], row["query"]]).fetchone()[0]
    assert (direct, *found) == (expected,) * 3, printed
    headline, body, summary, byline = parts_of(row["document"])
    if values[0] is None and values[2:4] == [None, None] and \
            body == row["document"].replace("¶", "\n\n"):
        found = con.execute(
            f"SELECT %s::text @~ {call}(%s, %s), {call}(%s, %s) ~@ %s::text",
            [body, row["config"], row["query"],
             row["config"], row["query"], body]).fetchone()
        assert found == (expected,) * 2, f"as text: {printed}"


@pytest.mark.parametrize("row", [p for p in all_cases()
                                 if p.values[0]["expected"] != "error" and
                                 p.values[0]["mode"] != "check"])
def test_round_trip(con, row):
    """Printing and reading back changes nothing, as text and as bytes."""
    skip_unknown(con, row)
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
