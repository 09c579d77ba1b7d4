"""Whatever an index does can be cancelled within a tenth of a second.

Each slow thing is begun and cancelled after a part of the work it is; what
the server's process and its parallel workers work from then to the error is
counted, and what is too much at the same moment three times is late.
"""

import psycopg
import pytest

from clock import Clock, cancelled, late

ROWS = 20_000
LIMIT = 0.1
LONGEST = 1.0       # seconds of a statement's work that are tested

SEARCHES = ["tsv @~ '-absent'", "tsv @@ 'w:*'", "tsv @@ 'w:*A | w1 <-> w:*'",
            "tsv @~ '\"w1* w2*\"'", "tsv @~ 'w1* NEAR/5 w2*'",
            "tsv @~ 'w1?3*'", "WIDE", "ARRAY"]


@pytest.fixture(scope="module")
def table(server, database):
    with server.connect(database) as con:
        con.execute("CREATE TABLE slow (id integer, tsv tsvector)")
        con.execute("ALTER TABLE slow SET (autovacuum_enabled = off)")
        con.execute(
            "INSERT INTO slow SELECT n, to_tsvector('simple', string_agg('w' ||"
            " (k * 31 + n * 7) % (40 * k + n % 5000), ' ')) FROM "
            f"generate_series(1, {ROWS}) n, generate_series(1, 40) k "
            "GROUP BY n")
        con.execute("CREATE INDEX slow_tsv ON slow USING bisearch (tsv)")
    yield "slow"
    with server.connect(database) as con:
        con.execute("DROP TABLE slow")


def check_cancel(server, database, statement, prepare="SELECT"):
    with server.connect(database) as con:
        def attempt(after):
            con.execute(prepare)
            return cancelled(con, statement, after)
        con.execute(prepare)
        con.execute("SET maintenance_work_mem = '64MB'")
        clock = Clock(con)
        cancelled(con, statement, LONGEST)
        whole = clock.elapsed()
        for part in (0.02, 0.3, 0.6, 0.8, 0.95):
            found = late(lambda: attempt(whole * part), LIMIT)
            assert not found, (statement, part, whole, found)


@pytest.mark.parametrize("condition", SEARCHES)
def test_searches(server, database, table, condition):
    if condition == "WIDE":
        condition = "tsv @~ '" + " | ".join(
            f'"w{n} w{n + 7}"' for n in range(800)) + "'"
    if condition == "ARRAY":
        condition = "tsv @~ ANY ('{" + ", ".join(
            f"w{n} NEAR/5 w{n * 7 % 4001}" for n in range(4000)) + "}')"
    check_cancel(server, database, f"SELECT count(*) FROM {table} WHERE "
                 + condition, "SET enable_seqscan = off")


@pytest.mark.parametrize("together", ["ANY", "OR"])
def test_planning(server, database, table, together):
    searches = [f"w{n} NEAR/5 w{n * 7 % 4001}" for n in range(4000)]
    if together == "ANY":
        condition = "tsv @~ ANY ('{" + ", ".join(searches * 5) + "}')"
    else:
        condition = " OR ".join(f"tsv @~ '{search}'" for search in searches)
    check_cancel(server, database,
                 f"EXPLAIN SELECT FROM {table} WHERE {condition}",
                 f"ANALYZE {table}")


def test_build(server, database, table):
    for memory in "1MB", "64MB":
        check_cancel(server, database, f"REINDEX INDEX {table}_tsv",
                     f"SET maintenance_work_mem = '{memory}'")


def test_upkeep(server, database, table):
    """Flushes by an insert, marking, and merges."""
    more = (f"INSERT INTO {table} SELECT id + 1000000, tsv FROM {table} "
            f"WHERE id <= {ROWS} LIMIT 4000")
    check_cancel(server, database, more)
    check_cancel(server, database, f"VACUUM {table}",
                 f"{more}; DELETE FROM {table} WHERE id > {ROWS}; "
                 f"DELETE FROM {table} WHERE ctid IN "
                 f"(SELECT ctid FROM {table} LIMIT 1500)")


def test_timeout(server, database, table):
    """statement_timeout ends a search as promptly."""
    with server.connect(database) as con:
        con.execute("SET enable_seqscan = off; SET statement_timeout = '20ms'")

        def attempt():
            clock = Clock(con)
            with pytest.raises(psycopg.errors.QueryCanceled):
                con.execute(f"SELECT count(*) FROM {table} WHERE "
                            "tsv @@ 'w:*A | w1 <-> w:*'")
            return clock.elapsed() - 0.02
        found = late(attempt, LIMIT)
        assert not found, found
