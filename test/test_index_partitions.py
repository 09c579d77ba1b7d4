"""A table of very many partitions, most of them empty: what an index on it
costs grows as the number of partitions that a search has to do with, and is
about what core's GIN index costs there.

BISEARCH_PARTITIONS is how many there are.
"""

from pathlib import Path

import psycopg
import pytest

from clock import cancelled, late, used, work
from instances import Instance, cycles

PARTITIONS = cycles("PARTITIONS", 1000)
GROUP = 100         # partitions of a partition
LIMIT = 0.1         # seconds of work within which anything is cancelled
FIND = "SELECT id FROM d WHERE tsv @~ 'hail w3'"
CORE = "SELECT id FROM d WHERE tsv @@ 'hail & w3'"
COUNT = "SELECT count(*) FROM d WHERE tsv @~ 'hail w3'"
GENERIC = "SET plan_cache_mode = force_generic_plan"


def peak(con):
    """kB of address space that a session has had at most."""
    text = Path(f"/proc/{con.info.backend_pid}/status").read_text()
    return int(text.split("VmPeak:")[1].split()[0])


@pytest.fixture(scope="module")
def instance():
    """Table d: a partition for each day, a hundred of them to one; on every
    tenth day are articles 10 * day + 0 to 4."""
    with Instance("days", ["shared_buffers = 128MB", "max_connections = 10",
                           "max_locks_per_transaction = "
                           f"{max(64, PARTITIONS // 2)}"]) as made:
        made.start()
        made.create_database("days")
        with made.connect("days") as con:
            con.execute("CREATE TABLE d (id integer, day integer, tsv tsvector)"
                        " PARTITION BY RANGE (day)")
            for first in range(0, PARTITIONS, GROUP):
                con.execute(f"""
                    DO $$ BEGIN
                        CREATE TABLE g{first} PARTITION OF d FOR VALUES
                            FROM ({first}) TO ({first + GROUP})
                            PARTITION BY RANGE (day);
                        FOR n IN {first}..{first + GROUP - 1} LOOP
                            EXECUTE format('CREATE UNLOGGED TABLE d%s '
                                'PARTITION OF g{first} FOR VALUES FROM (%s) '
                                'TO (%s) WITH (autovacuum_enabled = off)',
                                n, n, n + 1);
                        END LOOP;
                    END $$""")
            insert(con, "k < 4")
        yield made


def insert(con, which):
    con.execute(
        "INSERT INTO d SELECT n * 10 + k, n, to_tsvector('simple', "
        f"'hail w' || k || ' y' || n) FROM generate_series(0, {PARTITIONS - 1}"
        f", 10) n, generate_series(0, 4) k WHERE {which}")


def session(instance):
    con = instance.connect("days")
    con.execute("SET enable_seqscan = off; SET jit = off; "
                "SET max_parallel_workers_per_gather = 0")
    return con


def costs(instance, search):
    """Seconds and kB that planning and running a search over all partitions,
    a quarter of them and one take."""
    found = {}
    for name, days in (("all", PARTITIONS), ("quarter", PARTITIONS // 4),
                       ("one", 1)):
        statement = f"{search} AND day < {days}"
        con = session(instance)
        before = peak(con)
        con.execute(statement)
        memory = peak(con) - before
        plan = min(work(con, "EXPLAIN " + statement) for _ in range(3))
        run = min(work(con, statement) for _ in range(3))
        found[name] = plan, run, memory
        con.close()
    return found


@pytest.fixture(scope="module")
def gin(instance):
    """What it costs with a GIN index in place of ours."""
    with session(instance) as con:
        build = work(con, "CREATE INDEX d_gin ON d USING gin (tsv)")
        yield build, costs(instance, CORE)
        # created last, so dropped here, before any other test


@pytest.fixture(scope="module")
def indexed(instance, gin):
    """With our index; what its creation cost."""
    with session(instance) as con:
        con.execute("DROP INDEX d_gin")
        build = work(con, "CREATE INDEX d_tsv ON d USING bisearch (tsv)")
        # some are pending
        insert(con, "k = 4")
        yield build
        # all of their locks at once
        con.execute("DROP INDEX d_tsv")
        assert con.execute("SELECT count(*) FROM pg_index WHERE indrelid IN "
                           "(SELECT relid FROM pg_partition_tree('d'))"
                           ).fetchone() == (0,)
        con.execute("DROP TABLE d")


@pytest.fixture
def con(instance, indexed):
    with session(instance) as con:
        yield con


def test_build(gin, indexed):
    assert indexed < 3 * gin[0] + 0.1, (indexed, gin[0])


def test_costs_are_linear(instance, indexed, gin):
    """In the partitions that are left, and about what GIN's are."""
    ours, theirs = costs(instance, FIND), gin[1]
    print(ours, theirs)
    for what in range(3):
        whole, quarter, one = (ours[part][what]
                               for part in ("all", "quarter", "one"))
        # some kB are for the first partition
        slack = 2000 if what == 2 else 0.01
        assert whole < 3 * theirs["all"][what] + slack
        assert whole < 8 * quarter + slack
        assert one < whole / 20 + slack


def test_right_answers(con):
    def found(statement):
        return sorted(con.execute(statement).fetchall())

    every = [(10 * day + 3,) for day in range(0, PARTITIONS, 10)]
    assert found(FIND) == found(CORE) == every
    assert found(COUNT) == [(len(every),)]
    assert found(COUNT + " AND day BETWEEN 20 AND 59") == [(4,)]
    # the fourth is in pending lists only
    assert found(COUNT.replace("w3", "w4 | w2")) == [(2 * len(every),)]
    assert found(FIND.replace("w3", "y70") + " ORDER BY day LIMIT 1") == [
        (700,)]
    assert found(FIND.replace("hail w3", "snow")) == []


def removed(con, execute):
    plan = [row[0] for row in con.execute(
        f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {execute}")]
    return sum(int(line.split(":")[1]) for line in plan
               if "Subplans Removed" in line), plan


def test_prepared(con):
    """A plan for any days and any search leaves partitions out when it is
    run."""
    con.execute(GENERIC)
    con.execute("PREPARE find(integer, integer, bi_query) AS SELECT id FROM d "
                "WHERE day BETWEEN $1 AND $2 AND tsv @~ $3")
    assert con.execute("EXECUTE find(20, 59, 'w3')").fetchall() == [
        (203,), (303,), (403,), (503,)]
    assert con.execute("EXECUTE find(50, 50, '(w4 | w1) y50')"
                       ).fetchall() in ([(501,), (504,)], [(504,), (501,)])
    assert con.execute("EXECUTE find(51, 59, 'hail')").fetchall() == []
    number, plan = removed(con, "EXECUTE find(20, 59, 'w3')")
    # whole groups, or partitions of the group that is left
    assert number > 0
    assert sum("Bitmap Index Scan" in line for line in plan) <= GROUP


def test_figures_of_the_parent(con):
    """It has no pages; each partition's index has."""
    for function in "stats", "segments", "terms", "check", "merge":
        with pytest.raises(psycopg.Error) as caught:
            con.execute(f"SELECT bi_index_{function}('d_tsv')")
        assert caught.value.sqlstate == "42809"
    con.execute("SELECT bi_index_check(i.indexrelid, true) FROM pg_index i "
                "WHERE i.indrelid = 'd10'::regclass")
    con.execute("VACUUM d10, d20")
    assert con.execute(FIND + " AND day < 30").fetchall() == [
        (3,), (103,), (203,)]


@pytest.mark.parametrize("statement", [
    "EXPLAIN " + FIND, FIND, COUNT, "VACUUM ANALYZE d",
    "CREATE INDEX other ON d USING bisearch (tsv)"])
def test_cancel(con, statement):
    """While it plans, searches, builds and vacuums."""
    start = used(con.info.backend_pid)
    cancelled(con, statement, 1)
    whole = used(con.info.backend_pid) - start
    con.execute("DROP INDEX IF EXISTS other")
    for part in 0.1, 0.6:
        found = late(lambda: cancelled(con, statement, whole * part), LIMIT)
        con.execute("DROP INDEX IF EXISTS other")
        assert not found, (part, whole, found)
