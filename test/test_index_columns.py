"""Columns of an index beside the tsvector: what is stored is what the rows
have, and conditions on them find, by bitmap scan and by count, what the rows
say that they find.

Tables change at random; BISEARCH_SEED repeats how.
"""

import random

import pytest
from psycopg import errors

from instances import SEED, by_index, by_rows
from test_index_count import COUNTING, both

# columns, their types, and expressions of values of theirs
COLUMNS = {
    "published": ("timestamptz", [
        "'2007-01-01'::timestamptz + {n} * interval '1 hour'",
        "'2007-01-01'::timestamptz + {n} * interval '1.000001 s'",
        "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'294276-12-31'"]),
    "written": ("timestamp", [
        "'2026-10-25'::timestamp + {n} * interval '7 min'",
        "'infinity'", "'0044-03-15 BC'"]),
    "day": ("date", ["'2007-01-01'::date + {n}", "'infinity'", "'-infinity'",
                     "'4713-01-01 BC'", "'5874897-12-31'"]),
    "small": ("int2", ["{n} % 100", "32767", "-32768"]),
    "whole": ("int4", ["{n} * 3", "2147483647", "-2147483648"]),
    "large": ("int8", ["{n}::int8 * 1000000", "9223372036854775807",
                       "-9223372036854775808"]),
    "flag": ("bool", ["{n} % 2 = 0"]),
    "letter": ('"char"', ["chr(65 + {n} % 26)", "'\\351'"]),
    "number": ("oid", ["{n}::oid", "4294967295"]),
    "topic": ("text", ["'topic ' || {n} % 9", "''", "'Ä'",
                       "repeat('x', 1 + {n} % 2000)"]),
    "code": ("varchar(9)", ["{n}::text"]),
    "padded": ("char(5)", ["'a' || {n} % 3", "'b  '"]),
    "price": ("numeric", ["{n} / 8.0", "1.0", "1.00", "'NaN'", "-7"]),
    "ratio": ("float8", ["{n} / 3.0::float8", "'NaN'", "'-0'", "0",
                         "'-infinity'"]),
    "share": ("float4", ["{n} % 5"]),
    "who": ("uuid", ["md5({n}::text)::uuid"]),
    "part": ("name", ["'n' || {n} % 4"]),
    "length": ("interval", ["{n} * interval '1 day'", "'1 mon'",
                            "'30 days'"]),
    "mood": ("columns_mood", ["'bad'", "'good'", "'best'"]),
    "score": ("columns_score", ["{n} % 7"]),
}
# types with which a column is compared as well
OTHERS = {"published": ["date", "timestamp"], "written": ["date",
          "timestamptz"], "day": ["timestamptz", "timestamp"],
          "small": ["int4", "int8"], "whole": ["int2", "int8"],
          "large": ["int2", "int4"], "ratio": ["float4"],
          "share": ["float8"], "part": ["text"]}
OPERATORS = ["<", "<=", "=", ">=", ">"]
WORDS = ["common", "w1", "w5", "v2", "rare", "common -w3", '"w1 v1"',
         "w1 | v2", "co*", "-rare"]


def value(rnd, column):
    kind, values = COLUMNS[column]
    if rnd.random() < 0.7:
        chosen = values[0]
    else:
        chosen = rnd.choice(values)
    return f"({chosen.format(n=rnd.randrange(300))})::{kind}"


def insert(con, rnd, first, n, columns):
    """Rows with ids from first."""
    rows = []
    for number in range(first, first + n):
        words = ["common"] * (rnd.random() < 0.8) + ["rare"] * (
            rnd.random() < 0.02) + [f"w{number % 7}", f"v{number % 3}"]
        tsv = "NULL" if rnd.random() < 0.02 else \
            f"to_tsvector('simple', '{' '.join(words)}')"
        rows.append(f"({number}, {tsv}, " + ", ".join(
            "NULL" if rnd.random() < 0.1 else value(rnd, column)
            for column in columns) + ")")
    for at in range(0, n, 500):
        con.execute("INSERT INTO columns VALUES " +
                    ", ".join(rows[at:at + 500]))


def condition(rnd, column):
    if rnd.random() < 0.2:
        kind = COLUMNS[column][0]
        return f"{column} = ANY (ARRAY[" + ", ".join(
            value(rnd, column) if rnd.random() < 0.9 else "NULL"
            for _ in range(rnd.randrange(1, 6))) + f"]::{kind}[])"
    compared = value(rnd, column)
    if column in OTHERS and rnd.random() < 0.4:
        other = rnd.choice(OTHERS[column])
        try_value = f"{compared}"
        if other in ("int2", "int4", "float4"):
            try_value = f"greatest(least({compared}, 32767), -32768)"
        elif "BC" in compared or "5874897" in compared or \
                "294276" in compared:
            try_value = f"'2008-02-03'::{COLUMNS[column][0]}"
        compared = f"({try_value})::{other}"
    if rnd.random() < 0.2:
        return f"{compared} {rnd.choice(OPERATORS)} {column}"
    return f"{column} {rnd.choice(OPERATORS)} {compared}"


def search(rnd, columns):
    return " AND ".join(
        [f"tsv @~ '{rnd.choice(WORDS)}'"] +
        [condition(rnd, column) for column in
         rnd.sample(columns, rnd.choice([1, 1, 2, 3]))])


def counted(con, where):
    index, rows = both(con, f"SELECT count(*) FROM columns WHERE {where}")
    assert index == rows, where


def agree(con, rnd, columns, times):
    for _ in range(times):
        where = search(rnd, columns)
        con.execute(f"SET TimeZone = '{rnd.choice(['UTC', 'Europe/Berlin', 'America/St_Johns'])}'")
        assert by_index(con, "columns", where) == \
            by_rows(con, "columns", where), where
        counted(con, where)


def change(con, rnd, columns, first):
    """Rows come, change in words or columns, and go."""
    insert(con, rnd, first, rnd.choice([1, 30, 400]), columns)
    column = rnd.choice(columns)
    con.execute(rnd.choice([
        f"DELETE FROM columns WHERE id % 6 = {rnd.randrange(6)}",
        f"UPDATE columns SET {column} = {value(rnd, column)} "
        f"WHERE id % 5 = {rnd.randrange(5)}",
        f"UPDATE columns SET {column} = NULL "
        f"WHERE id % 15 = {rnd.randrange(15)}",
        "UPDATE columns SET tsv = tsv || 'again:1' "
        f"WHERE id % 4 = {rnd.randrange(4)}"]))
    con.execute(rnd.choice([
        "VACUUM columns", "SELECT bi_index_merge('columns_tsv')",
        "VACUUM (INDEX_CLEANUP ON) columns", "SELECT 1", "SELECT 1",
        "REINDEX INDEX columns_tsv"]))


@pytest.fixture
def con(db):
    db.execute(COUNTING)
    yield db
    db.execute("RESET ALL")


@pytest.fixture
def table(con):
    con.execute("CREATE TYPE columns_mood AS ENUM ('bad', 'good')")
    con.execute("ALTER TYPE columns_mood ADD VALUE 'best' BEFORE 'good'")
    con.execute("CREATE DOMAIN columns_score AS int4 CHECK (VALUE < 100)")
    con.execute("CREATE TABLE columns (id int, tsv tsvector, " + ", ".join(
        f"{column} {kind}" for column, (kind, _) in COLUMNS.items()) +
        ") WITH (autovacuum_enabled = off)")
    con.execute(COUNTING)
    yield con
    con.execute("DROP TABLE columns")
    con.execute("DROP TYPE columns_mood")
    con.execute("DROP DOMAIN columns_score")


@pytest.mark.parametrize("number", range(3))
def test_histories(table, number):
    """Tables that change, with a few columns or all."""
    print(f"BISEARCH_SEED={SEED}")
    con = table
    rnd = random.Random(f"columns {SEED} {number}")
    columns = list(COLUMNS)
    indexed = columns if number == 0 else rnd.sample(columns, 3)
    con.execute("CREATE INDEX columns_tsv ON columns USING bisearch "
                f"(tsv, {', '.join(indexed)})")
    insert(con, rnd, 0, rnd.choice([0, 500, 2500]), columns)
    for step in range(8):
        change(con, rnd, columns, 10000 * (step + 1))
        con.execute("SELECT bi_index_check('columns_tsv', true)")
        con.execute("ANALYZE columns")
        agree(con, rnd, indexed, 12)
    con.execute("VACUUM columns")
    agree(con, rnd, indexed, 20)


def test_many_blocks(table):
    """Blocks of numbers that decide a condition and that do not, by builds
    that merge runs and by parallel ones."""
    con = table
    con.execute(
        "INSERT INTO columns (id, tsv, published, whole, topic, small) "
        "SELECT i, to_tsvector('simple', 'common w' || i % 7), "
        "'2007-01-01'::timestamptz + i * interval '1 minute', "
        "i / 3, 't' || i % 50, CASE WHEN i < 9000 THEN NULL ELSE 1 END "
        "FROM generate_series(1, 30000) i")
    make = ("CREATE INDEX columns_tsv ON columns USING bisearch "
            "(tsv, published, whole, topic) INCLUDE (small)")
    for settings in ("SET maintenance_work_mem = '1MB'; "
                     "SET max_parallel_maintenance_workers = 0",
                     "SET maintenance_work_mem = '16MB'; "
                     "SET min_parallel_table_scan_size = 0; "
                     "SET max_parallel_maintenance_workers = 2"):
        con.execute(settings)
        con.execute("DROP INDEX IF EXISTS columns_tsv")
        con.execute(make)
        con.execute("SELECT bi_index_check('columns_tsv', true)")
        con.execute("VACUUM ANALYZE columns")
        for where in (
                "whole < 1000", "whole BETWEEN 3000 AND 3010",
                "whole = 9999", "whole > 100000", "whole <= -1",
                "published >= '2007-01-10' AND published < '2007-01-12'",
                "published < '2007-01-10' AND topic = 't7'",
                "topic = 'none'", "topic LIKE 't1%' AND whole < 50",
                "topic IN ('t1', 't2', 't30') AND whole IN (1, 5000, 9000)"):
            for word in ("common", "w3", '"common w3"'):
                condition = f"tsv @~ '{word}' AND {where}"
                assert by_index(con, "columns", condition) == \
                    by_rows(con, "columns", condition), condition
                if "LIKE" not in where:
                    counted(con, condition)
    con.execute("RESET ALL")
    con.execute(COUNTING)


def explain(con, statement):
    return "\n".join(row[0] for row in con.execute(
        f"EXPLAIN (COSTS OFF) {statement}"))


def test_plans(table):
    """What is answered by the index alone, and what is not."""
    con = table
    con.execute("INSERT INTO columns (id, tsv, whole, topic, day) "
                "SELECT i, to_tsvector('simple', 'common w' || i % 70), i, "
                "'t' || i % 9, '2026-01-01'::date + i / 99 "
                "FROM generate_series(1, 20000) i")
    con.execute("CREATE INDEX columns_tsv ON columns USING bisearch "
                "(tsv, whole, topic, day) INCLUDE (small)")
    con.execute("VACUUM ANALYZE columns")
    count = "SELECT count(*) FROM columns WHERE tsv @~ 'common' AND "
    for where in ("whole < 500", "500 > whole", "topic = 't1'",
                  "topic = ANY ('{t1,t2}')", "whole = 5::int8",
                  "day >= '2026-02-01'::timestamptz"):
        assert "Custom Scan (bisearch count)" in explain(con, count + where)
    for where in ("small = 1", "whole + 1 = 5", "topic LIKE 't%'",
                  "whole <> 3", "whole IS NULL"):
        assert "bisearch count" not in explain(con, count + where), where
    # a search is needed
    assert "columns_tsv" not in explain(
        con, "SELECT count(*) FROM columns WHERE whole < 5")
    assert con.execute("SELECT count(*) FROM columns "
                       "WHERE tsv IS NULL AND whole IS NULL").fetchone() == (0,)
    # parameters, also in plans that are made once
    con.execute("SET plan_cache_mode = force_generic_plan")
    con.execute("PREPARE p AS SELECT count(*) FROM columns "
                "WHERE tsv @~ $1::bi_query AND whole < $2 AND topic = $3")
    assert con.execute("EXECUTE p ('common', 100, 't1')").fetchone() == (11,)
    assert con.execute("EXECUTE p ('common', NULL, 't1')").fetchone() == (0,)
    assert "bisearch count" in explain(con, "EXECUTE p ('common', 1, 't1')")
    con.execute("RESET plan_cache_mode; DEALLOCATE p")


def test_errors(table):
    con = table
    with pytest.raises(errors.FeatureNotSupported, match="first column"):
        con.execute("CREATE INDEX ON columns USING bisearch (whole, tsv)")
    with pytest.raises(errors.FeatureNotSupported, match="first column"):
        con.execute("CREATE INDEX ON columns USING bisearch (tsv, tsv)")
    with pytest.raises(errors.UndefinedObject, match="operator class"):
        con.execute("CREATE INDEX ON columns USING bisearch "
                    "(tsv, (ARRAY[whole]))")
    con.execute("CREATE INDEX columns_tsv ON columns USING bisearch "
                "(tsv, topic)")
    con.execute("INSERT INTO columns (tsv, topic) "
                "VALUES ('a', repeat('x', 2048))")
    with pytest.raises(errors.ProgramLimitExceeded,
                       match='value of column "topic" is too long'):
        con.execute("INSERT INTO columns (tsv, topic) "
                    "VALUES ('a', repeat('y', 2049))")
    # not in the index, so of any length
    con.execute("INSERT INTO columns (topic) VALUES (repeat('z', 9999))")
    con.execute("SELECT bi_index_check('columns_tsv', true)")


def test_opclasses(con):
    """All are what amvalidate wants, and have a btree's operators."""
    rows = con.execute(
        "SELECT opcname, amvalidate(c.oid) FROM pg_opclass c "
        "JOIN pg_am a ON a.oid = opcmethod WHERE amname = 'bisearch'"
    ).fetchall()
    assert len(rows) > 20
    assert all(valid for _, valid in rows), rows
    missing = con.execute("""
        SELECT b.amoplefttype::regtype, b.amoprighttype::regtype
        FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
        JOIN pg_opclass d ON d.opcintype = c.opcintype AND d.opcdefault
        JOIN pg_am btree ON btree.oid = d.opcmethod
        JOIN pg_amop b ON b.amopfamily = d.opcfamily
            AND b.amoplefttype = d.opcintype
        WHERE a.amname = 'bisearch' AND btree.amname = 'btree'
            AND c.opcintype <> 'tsvector'::regtype
            AND b.amoppurpose = 's' AND NOT EXISTS (
                SELECT FROM pg_amop o WHERE o.amopfamily = c.opcfamily
                    AND o.amopopr = b.amopopr
                    AND o.amopstrategy = b.amopstrategy + 2)""").fetchall()
    assert missing == []


def test_large_articles(table):
    """Values of an article that does not fit a page, pending and flushed."""
    con = table
    con.execute("CREATE INDEX columns_tsv ON columns USING bisearch "
                "(tsv, whole, topic)")
    con.execute("INSERT INTO columns (id, tsv, whole, topic) SELECT i, "
                "(SELECT array_to_tsvector(array_agg('word' || j)) "
                "FROM generate_series(1, i) j), i, repeat('t', i) "
                "FROM generate_series(1, 2000, 37) i")
    for statement in ("SELECT 1", "VACUUM columns"):
        con.execute(statement)
        con.execute("SELECT bi_index_check('columns_tsv', true)")
        for where in ("whole > 1000", "topic = repeat('t', 1000)",
                      "whole = 1999", "topic > 't'"):
            where = f"tsv @~ 'word1' AND {where}"
            assert by_index(con, "columns", where) == \
                by_rows(con, "columns", where), where


def test_check_says_what_differs(table):
    """A row whose column is not what the index has."""
    con = table
    con.execute("CREATE INDEX columns_tsv ON columns USING bisearch "
                "(tsv, whole)")
    con.execute("INSERT INTO columns (id, tsv, whole) VALUES (1, 'a', 5)")
    con.execute("VACUUM columns")
    # the next row has the same address, of which the index is not told
    con.execute("UPDATE pg_index SET indisready = false "
                "WHERE indexrelid = 'columns_tsv'::regclass")
    con.execute("DELETE FROM columns")
    con.execute("VACUUM (TRUNCATE off) columns")
    con.execute("INSERT INTO columns (id, tsv, whole) VALUES (1, 'a', 6)")
    con.execute("UPDATE pg_index SET indisready = true "
                "WHERE indexrelid = 'columns_tsv'::regclass")
    with pytest.raises(errors.IndexCorrupted) as raised:
        con.execute("SELECT bi_index_check('columns_tsv', true)")
    assert raised.value.diag.message_detail == \
        "Row (0,1) has other words, positions or column values in the index."
