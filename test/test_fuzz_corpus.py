"""What fuzzing found or passed through once, again through plain SQL.

test/fuzz/corpus holds inputs of the fuzzing targets (make fuzz), and in
cases.tsv what its naive evaluator says of queries and documents.
"""

import html
import re
import sys
from pathlib import Path

import psycopg
import pytest

HERE = Path(__file__).resolve().parent / "fuzz"
sys.path.insert(0, str(HERE))

import corpus  # noqa: E402

CONFIGS = ("bisearch", "bisearch_english", "pg_catalog.english",
           "pg_catalog.simple")

# errors that what somebody typed or sent may cause
EXPECTED = {"42601", "54000", "54001", "42704", "22023", "22P03", "08P01",
            "22021", "22P05"}

BLANKS = " \t\r\n\f\v"

SEVERE = """
SELECT count(*) FILTER (WHERE severity = 'error') FROM bi_check({config}%s)
"""


def inputs(target):
    found = corpus.read(HERE / "corpus" / f"{target}.txt")
    assert found
    return found


def clean(data):
    """Text as the targets make it of bytes in a UTF8 database."""
    text = data.replace(b"\0", b" ").decode("utf-8", "replace")
    return text.replace("\ufffd", "?")


def config_at(byte, of=4):
    """As FuzzConfig in test/fuzz/driver.c; of that many others."""
    return "bisearch_cjk" if byte >= 0x80 else CONFIGS[byte % of]


def config_of(byte):
    if byte < 0x80:
        return "" if byte % 5 == 0 else f"'{CONFIGS[byte % 5 - 1]}', "
    return "'bisearch_cjk', "


def attempt(con, statement, arguments):
    """The row of a statement, or None if it raises what it may raise."""
    try:
        return con.execute(statement, arguments).fetchone()
    except psycopg.Error as error:
        assert error.sqlstate in EXPECTED, (arguments, str(error))
        return None


def round_trip(con, call, config, text):
    """Does a call's result read back as what it is?  None if it raises."""
    row = attempt(con, f"""
        SELECT q::text, q = q::text::bi_query, q::text::bi_query::text
        FROM (SELECT {call}({config}%s) OFFSET 0) AS made(q)""", [text])
    if row is not None:
        assert row[1] and row[0] == row[2], (call, config, text, row)
    return row


def test_queries(db):
    for data in inputs("query"):
        config, text = config_of(data[0]), clean(data[1:])
        lenient = round_trip(db, "websearch_to_bi_query", config, text)
        assert lenient is not None, text
        strict = round_trip(db, "to_bi_query", config, text)
        errors = db.execute(SEVERE.format(config=config), [text]).fetchone()[0]
        assert (strict is None) == (errors > 0), text
        if strict is not None:
            assert strict[0] == lenient[0], text
        round_trip(db, "plainto_bi_query", config, text)
        round_trip(db, "phraseto_bi_query", config, text)


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "EUC_JP"])
def test_messages(encoded_db, encoding):
    con = encoded_db(encoding)
    oid = con.execute("SELECT 'bi_query'::regtype::oid").fetchone()[0]
    for data in inputs("binary"):
        result = con.pgconn.exec_params(
            b"SELECT $1::text, $1 ~@ 'a'::text, bi_candidates($1)",
            [data[1:]], param_types=[oid], param_formats=[1])
        state = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
        assert state is None or state.decode() in EXPECTED, data


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "EUC_JP"])
def test_texts(encoded_db, encoding):
    con = encoded_db(encoding)
    for data in inputs("text"):
        # our own parser sees a text and its sentences alike
        config = config_at(data[0], 2)
        text = clean(data[2:])
        row = attempt(con, f"""
            SELECT array_to_tsvector(array(
                     SELECT lexeme FROM unnest(article)
                     WHERE lexeme !~ '^[§¶]')) = strip(plain),
                   bi_tsvector(%(t)s, %(t)s, %(t)s, %(t)s, '{config}')
                     IS NOT NULL
            FROM bi_tsvector(NULL, %(t)s, config => '{config}') AS article,
                 to_tsvector('{config}', %(t)s) AS plain""", {"t": text})
        if row is not None:
            assert row == (True, True), text


HIGHLIGHTED = """
SELECT bi_highlight({d}, {q}, E'\\x02', E'\\x03'),
       bi_highlight_html({d}, {q}, E'\\x02', E'\\x03'), {d} @~ {q}
"""
SNIPPETS = """
SELECT snippet, substr({d}, position, length),
       translate(marked, E'\\x02\\x03', '') = snippet,
       cardinality(hit_positions) = regexp_count(marked, E'\\x02')
FROM bi_snippets({d}, {q}, %(number)s, %(size)s, %(density)s, E'\\x02',
                 E'\\x03')
"""
VERDICTS = """
SELECT (SELECT matched FROM bi_explain({q}, {d}) LIMIT 1),
       (SELECT count(*) FROM bi_explain({q})) > 0,
       bi_rank(bi_tsvector({t}, {d}, config => '{config}'), {q})
"""


def shown(data):
    """What the target "show" makes of its bytes."""
    typed, text = data[3:3 + data[2]], data[3 + data[2]:]
    text = clean(text).replace("\1", clean(typed))
    return {"t": clean(typed), "d": re.sub("[\2\3]", " ", text),
            "number": 1 + data[1] % 4, "size": 1 + data[1] // 8 * 5,
            "density": bool(data[1] & 4)}


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "EUC_JP"])
def test_shown_texts(encoded_db, encoding):
    con = encoded_db(encoding)
    for data in inputs("show"):
        config, given = config_at(data[0]), shown(data)
        names = {"config": config, "d": "%(d)s::text", "t": "%(t)s::text",
                 "q": f"websearch_to_bi_query('{config}', %(t)s)"}
        row = attempt(con, HIGHLIGHTED.format(**names), given)
        if row is None:
            continue
        marked, page, matches = row
        assert re.sub("[\2\3]", "", marked) == given["d"], given
        assert re.fullmatch("([^\2\3]*\2[^\2\3]+\3)*[^\2\3]*", marked,
                            re.S), given
        assert matches or "\2" not in marked, given
        if not re.search("[!-]|not", given["t"], re.I):
            assert matches == ("\2" in marked), given
        assert html.unescape(page) == re.sub(
            "[\1\4-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", marked), given
        rows = con.execute(SNIPPETS.format(**names), given).fetchall()
        for snippet, part, *right in rows:
            assert right == [True, True], given
            # white space is shown as one blank
            assert "".join(snippet.split()) == "".join(part.split()), given
        assert bool(rows) == (matches and given["d"].strip(
            BLANKS if encoding == "EUC_JP" else None) != "")
        row = attempt(con, VERDICTS.format(**names), given)
        if row is not None:
            assert row[0] == matches and row[1] and row[2] >= 0, given


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "EUC_JP"])
def test_cleaned_texts(encoded_db, encoding):
    con = encoded_db(encoding)
    for data in inputs("clean"):
        text = clean(data[1:]) * (1 + data[0] // 64)
        row = attempt(con, """
            SELECT octet_length(bi_clean(d)) <= octet_length(d),
                   bi_clean(d, false, false, false) = d,
                   bi_clean(bi_clean(d, false, true, false),
                            false, true, false) =
                     bi_clean(d, false, true, false)
            FROM (SELECT %s::text OFFSET 0) AS made(d)""", [text])
        assert row in (None, (True, True, True)), text


def test_naive_answers(db):
    for line in (HERE / "corpus" / "cases.tsv").read_text().splitlines():
        query, document, expected = line.split("\t")
        row = db.execute("""
            SELECT d @~ q, q ~@ d, d @@ bi_candidates(q), bi_is_exact(q)
            FROM (SELECT %s::tsvector, %s::bi_query OFFSET 0) AS made(d, q)""",
            [document, query]).fetchone()
        matches = expected == "1"
        assert row[:2] == (matches, matches), line
        assert row[2] or not matches, line
        assert not row[3] or row[2] == matches, line


# What is typed, by which call, and in which configuration.
UNSTABLE = [
    ("plainto_bi_query", "'bisearch', ", "(storm flood)^2"),
    ("plainto_bi_query", "'bisearch', ", "z:^2"),
    ("plainto_bi_query", "'bisearch', ", "9E~^2"),
    ("plainto_bi_query", "'bisearch', ", " and*^1"),
    ("websearch_to_bi_query", "'pg_catalog.simple', ", "~3??q"),
    ("websearch_to_bi_query", "'pg_catalog.english', ", "5~s??5"),
    ("phraseto_bi_query", "'pg_catalog.simple', ", " ~5?"),
    ("phraseto_bi_query", "'pg_catalog.simple', ", " +s \u2019"),
]


@pytest.mark.parametrize("call, config, text", UNSTABLE)
def test_unstable_text(db, call, config, text):
    round_trip(db, call, config, text)


@pytest.mark.parametrize("query, means", [
    ("a NEAR/2 b NEAR/3 (c & d)",
     "(a NEAR/2 b NEAR/3 c) & (a NEAR/2 b NEAR/3 d)"),
    ("(a NEAR/2 b) PRE/3 (c | (d & e))",
     "a NEAR/2 b PRE/3 c | (a NEAR/2 b PRE/3 d) & (a NEAR/2 b PRE/3 e)"),
])
def test_and_behind_a_chain(db, query, means):
    assert db.execute("SELECT %s::bi_query = %s::bi_query",
                      [query, means]).fetchone()[0]


@pytest.mark.parametrize("pair", [b"\xfe\xb0", b"\xcf\xef", b"\xaf\xea"])
def test_characters_that_unicode_lacks(encoded_db, pair):
    """One character of EUC_JP each, which separates words."""
    con = encoded_db("EUC_JP")
    rows = con.execute(
        "SELECT position, length, char_length(t) FROM "
        "convert_from(%s, 'EUC_JP') AS t, bi_check(t)",
        [b"ab" + pair + b"cd )"]).fetchall()
    assert rows == [(7, 1, 7)]
    assert con.execute(
        "SELECT convert_from(%s, 'EUC_JP') @~ '\"ab cd\"'",
        [b"ab" + pair + b"cd"]).fetchone()[0]
