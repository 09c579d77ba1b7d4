"""Soft errors (PostgreSQL 16 and later): text that is no search is told from
text that is one without an exception, and with the same words.

COPY ... ON_ERROR and SQL/JSON's ON ERROR came with PostgreSQL 17.
"""

import psycopg
import pytest

VALID = ["", "storm", "“hurricane” & “loss”", "a w/5 b", "{english} raining",
         "{pg_catalog.english} x", "-storm", "title:x OR y"]

# text, SQLSTATE, and what the primary message says
INVALID = [
    ("(", "42601", 'syntax error in bi_query: "("'),
    ("a AND", "42601", 'syntax error in bi_query: "a AND"'),
    ("“open", "42601", 'syntax error in bi_query: "“open"'),
    ("a w/0 b", "42601", 'syntax error in bi_query: "a w/0 b"'),
    ("*x", "42601", 'syntax error in bi_query: "*x"'),
    ("!!! ???", "42601", 'syntax error in bi_query: "!!! ???"'),
    ("{nowhere} x", "42704",
     'text search configuration "nowhere" does not exist'),
    ("{no.such} x", "42704",
     'text search configuration "no.such" does not exist'),
    ("x" * 2047, "54000", None),
    ("(a | (b & " * 501 + "c" + "))" * 501, "54001", None),
    ("a" * (1 << 20) + "b", "54000", None),
    ("a " * 65536, "54000", None),
]


@pytest.fixture
def soft(db):
    """A connection to a server that knows soft errors."""
    if db.info.server_version < 160000:
        pytest.skip("soft errors came with PostgreSQL 16")
    return db


@pytest.fixture
def copying(soft):
    """A connection to a server whose COPY can go on after an error."""
    if soft.info.server_version < 170000:
        pytest.skip("COPY ... ON_ERROR came with PostgreSQL 17")
    soft.execute("CREATE TEMP TABLE saved (who text, search bi_query)")
    return soft


def raised(con, text):
    """What the cast raises: message, detail, hint and SQLSTATE."""
    with pytest.raises(psycopg.Error) as error:
        con.execute("SELECT %s::text::bi_query", [text])
    diag = error.value.diag
    return (diag.message_primary, diag.message_detail, diag.message_hint,
            diag.sqlstate)


def copy(con, rows, options):
    """COPY these lines into saved; gives the notices."""
    notices = []
    con.add_notice_handler(lambda diag: notices.append(diag.message_primary))
    with con.cursor().copy(
            f"COPY saved FROM STDIN WITH ({options})") as stream:
        for row in rows:
            stream.write("\t".join(row).replace("\\", "\\\\") + "\n")
    return notices


@pytest.mark.parametrize("text", VALID)
def test_what_is_a_search_is_valid(soft, text):
    assert soft.execute(
        "SELECT pg_input_is_valid(%s, 'bi_query'), "
        "(pg_input_error_info(%s, 'bi_query')).message",
        [text, text]).fetchone() == (True, None)


@pytest.mark.parametrize("text, sqlstate, message", INVALID,
                         ids=lambda value: str(value)[:20])
def test_what_is_none_is_told_without_raising(soft, text, sqlstate, message):
    valid, found = soft.execute(
        "SELECT pg_input_is_valid(%s, 'bi_query'), pg_input_error_info("
        "%s, 'bi_query')::text = row(%s::text, %s::text, %s::text, "
        "%s::text)::text", [text, text, *raised(soft, text)]).fetchone()
    assert (valid, found) == (False, True)
    assert raised(soft, text)[3] == sqlstate
    assert message in (None, raised(soft, text)[0])


def test_an_error_outlives_the_memory_of_a_large_search(soft):
    """The report of a search of half a megabyte is read afterwards."""
    text = "word " * 60000 + "("
    expected = raised(soft, text)
    for _ in range(3):
        assert soft.execute("SELECT * FROM pg_input_error_info(%s, 'bi_query')",
                            [text]).fetchone() == expected


def test_good_and_bad_take_turns(soft):
    texts = ["storm", "(", "storm", "a AND", "(", "loss"]
    rows = soft.execute(
        "SELECT pg_input_is_valid(t, 'bi_query') FROM "
        "unnest(%s::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n",
        [texts]).fetchall()
    assert [row[0] for row in rows] == [True, False, True, False, False, True]


def test_arrays_domains_and_rows_are_as_their_members(soft):
    soft.execute("CREATE DOMAIN pg_temp.wish AS bi_query "
                 "CHECK (bi_is_positive(VALUE))")
    soft.execute("CREATE TYPE pg_temp.pair AS (who text, search bi_query)")
    for text, type_, valid in [
            ('{storm,"a & b"}', "bi_query[]", True),
            ('{storm,"a &"}', "bi_query[]", False),
            ("storm", "pg_temp.wish", True),
            ("-storm", "pg_temp.wish", False),
            ("storm -", "pg_temp.wish", True),
            ("storm (", "pg_temp.wish", False),
            ("(Ann,storm)", "pg_temp.pair", True),
            ("(Ann,storm AND)", "pg_temp.pair", False)]:
        assert soft.execute("SELECT pg_input_is_valid(%s, %s)",
                            [text, type_]).fetchone() == (valid,), text
    soft.execute("DROP DOMAIN pg_temp.wish; DROP TYPE pg_temp.pair")


def test_copy_leaves_out_bad_rows(copying):
    rows = [("Ann", "storm"), ("Ben", "storm AND"), ("Cleo", "“open"),
            ("Dan", "{nowhere} x"), ("Eve", "x" * 2047), ("Fay", "storm"),
            ("Guy", "\\N"), ("Hal", "a w/5 b")]
    lines = [row if row[1] != "\\N" else ("Guy", "null") for row in rows]
    notices = copy(copying, lines, "ON_ERROR ignore, NULL 'null'")
    assert copying.execute("SELECT * FROM saved ORDER BY who").fetchall() == [
        ("Ann", "storm"), ("Fay", "storm"), ("Guy", None),
        ("Hal", "a NEAR/5 b")]
    assert any("4" in notice for notice in notices)


def test_copy_leaves_out_many_bad_rows(copying):
    rows = [(str(n), "storm" if n % 3 == 0 else f"storm {n} AND (")
            for n in range(3000)]
    copy(copying, rows, "ON_ERROR ignore")
    assert copying.execute("SELECT count(*), count(DISTINCT search) "
                           "FROM saved").fetchone() == (1000, 1)


def test_copy_names_the_column_and_the_row(copying):
    notices = copy(copying, [("Ann", "storm"), ("Ben", "storm AND")],
                   "ON_ERROR ignore, LOG_VERBOSITY verbose")
    assert any("search" in notice and "storm AND" in notice
               for notice in notices)


def test_copy_stops_by_default(copying):
    with pytest.raises(psycopg.errors.SyntaxError, match="storm AND"):
        copy(copying, [("Ann", "storm"), ("Ben", "storm AND")],
             "ON_ERROR stop")


def test_json_falls_back_to_its_default(copying):
    data = '{"good": "storm & loss", "bad": "storm & ("}'
    assert copying.execute(
        "SELECT JSON_VALUE(%s::jsonb, '$.good' RETURNING bi_query "
        "NULL ON ERROR), JSON_VALUE(%s::jsonb, '$.bad' RETURNING bi_query "
        "NULL ON ERROR)", [data, data]).fetchone() == ("storm & loss", None)


def test_other_errors_are_raised(soft):
    """A dictionary that cannot do its work is no matter of the input."""
    soft.execute("CREATE SCHEMA IF NOT EXISTS soft")
    soft.execute("SELECT public.bi_create_configuration('soft.orphan', "
                 "'pg_catalog.english_stem')")
    soft.execute("CREATE TEXT SEARCH DICTIONARY soft.inner ("
                 "TEMPLATE = simple)")
    name = soft.execute(
        "SELECT dictname FROM pg_ts_dict d JOIN pg_namespace n "
        "ON n.oid = dictnamespace WHERE nspname = 'soft' "
        "AND dictname <> 'inner'").fetchone()[0]
    try:
        soft.execute(f"ALTER TEXT SEARCH DICTIONARY soft.{name} "
                     "(DICTIONARY = 'soft.inner')")
        assert soft.execute("SELECT pg_input_is_valid("
                            "'{soft.orphan} x', 'bi_query')").fetchone()[0]
        soft.execute("DROP TEXT SEARCH DICTIONARY soft.inner")
        with pytest.raises(psycopg.errors.UndefinedObject):
            soft.execute("SELECT pg_input_is_valid("
                         "'{soft.orphan} x', 'bi_query')")
    finally:
        soft.execute("DROP SCHEMA soft CASCADE")
