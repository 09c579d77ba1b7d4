"""CREATE INDEX and REINDEX with parallel workers: the index is, byte for byte,
the one that a build without them makes, and whatever goes wrong in a worker
ends the statement and leaves nothing.

`dawdle` is an index expression that gives its argument back.  It takes its
time in the leader, so that workers get a part of a small table, and in
workers does what a test asks for.
"""
import re
import threading
import time

import psycopg
import pytest

from clock import HANG, cancelled, late, work
from test_index_cancel import LIMIT

ROWS = 4000

DAWDLE = """
    CREATE FUNCTION dawdle(tsvector) RETURNS tsvector
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
        leads constant bool :=
            pg_backend_pid() = current_setting('test.leader')::int;
    BEGIN
        IF leads THEN
            PERFORM pg_sleep(current_setting('test.delay')::float);
        ELSE
            CASE current_setting('test.task')
            WHEN 'tell' THEN
                RAISE NOTICE 'worker %', pg_backend_pid();
            WHEN 'fail' THEN
                RAISE EXCEPTION 'no such luck' USING ERRCODE = 'BI001';
            WHEN 'wait' THEN
                PERFORM pg_sleep(current_setting('test.delay')::float);
            ELSE
            END CASE;
        END IF;
        RETURN $1;
    END $$"""

SEARCHES = ["w1", "w1 & w8", "w3 | w200", "-w8", '"w1 w32"', "w1 NEAR/3 w8",
            "w2*", '"w3* w4*"', "a:w5", "atleast2(w8)", "absent", "-absent"]


@pytest.fixture(scope="module")
def table(server, database):
    """Articles with HOT chains, dead rows and NULLs, and not a tidy order."""
    with server.connect(database) as con:
        con.execute("CREATE TABLE built (id int, seen int, tsv tsvector) "
                    "WITH (autovacuum_enabled = off, fillfactor = 70)")
        con.execute(
            "INSERT INTO built SELECT n, 0, setweight(to_tsvector('simple', "
            "string_agg('w' || (k * 31 + n * 7) % (20 * k + n % 500), ' ')),"
            " (CASE n % 3 WHEN 0 THEN 'A' ELSE 'D' END)::\"char\") "
            f"FROM generate_series(1, {ROWS}) n, generate_series(1, 25) k "
            "GROUP BY n ORDER BY n * 7919 % 1000, n")
        con.execute("UPDATE built SET seen = 1 WHERE id % 7 = 0")
        con.execute("UPDATE built SET seen = 2 WHERE id % 14 = 0")
        con.execute("UPDATE built SET tsv = NULL WHERE id % 50 = 0")
        con.execute("DELETE FROM built WHERE id % 11 = 0")
        con.execute(DAWDLE)
    yield "built"
    with server.connect(database) as con:
        con.execute("DROP TABLE built")
        con.execute("DROP FUNCTION dawdle")


class Session:
    """A connection that builds, and what is said meanwhile."""

    def __init__(self, con):
        self.con = con
        self.said = []
        con.add_notice_handler(
            lambda d: self.said.append((d.severity, d.message_primary)))
        con.execute(f"SET test.leader = {con.info.backend_pid}; "
                    "SET test.delay = 0; SET test.task = ''; "
                    "SET client_min_messages = debug1")

    def workers(self):
        """Of the last build: how many there were; None: none were asked."""
        found = [m for _, m in self.said if "is built with" in m]
        return int(re.search(r"with (\d+) of", found[-1])[1]) if found else None

    def told(self):
        return {m for _, m in self.said if m.startswith("worker ")}

    def build(self, workers, memory="64MB", on="(tsv)", how="", where=""):
        """Build index built_tsv; returns the number of workers."""
        self.con.execute("DROP INDEX IF EXISTS built_tsv")
        self.con.execute(f"ALTER TABLE built SET (parallel_workers = {workers})")
        self.con.execute(f"SET max_parallel_maintenance_workers = {workers}")
        self.con.execute(f"SET maintenance_work_mem = '{memory}'")
        self.said.clear()
        self.con.execute(f"CREATE INDEX {how} built_tsv ON built "
                         f"USING bisearch {on} {where}")
        return self.workers()

    def pages(self, name="built_tsv"):
        """The index's content without LSN and checksum of its pages."""
        self.con.execute("CHECKPOINT")
        path, = self.con.execute("SELECT pg_relation_filepath(%s)",
                                 [name]).fetchone()
        content, = self.con.execute("SELECT pg_read_binary_file(%s)",
                                    [path]).fetchone()
        return [bytes(content[at + 10:at + 8192])
                for at in range(0, len(content), 8192)]

    def check(self, name="built_tsv"):
        self.con.execute("SELECT bi_index_check(%s, true)", [name])

    def search(self, column="tsv", where="true"):
        """Each search by index, and row by row."""
        for search in SEARCHES:
            found = []
            for name in ("on", "off"):
                self.con.execute(f"SET enable_bitmapscan = {name}; "
                                 "SET enable_seqscan = "
                                 + ("off" if name == "on" else "on"))
                found.append(self.con.execute(
                    f"SELECT id FROM built WHERE {column} @~ %s AND {where} "
                    "ORDER BY id", [search]).fetchall())
            assert found[0] == found[1], search


@pytest.fixture
def session(server, database, table):
    with server.connect(database) as con:
        yield Session(con)
        con.execute("DROP INDEX IF EXISTS built_tsv")


def left(con):
    """What a build that came to no end could have left."""
    return con.execute(
        "SELECT 'index', count(*) FROM pg_class WHERE relname = 'built_tsv' "
        "UNION ALL SELECT 'worker', count(*) FROM pg_stat_activity "
        "WHERE leader_pid <> pid UNION ALL SELECT 'file', count(*) FROM "
        "pg_ls_dir('base/pgsql_tmp', true, false) UNION ALL "
        "SELECT 'lock', count(*) FROM pg_locks "
        "WHERE relation = to_regclass('built') AND pid <> pg_backend_pid() "
        "ORDER BY 1").fetchall()


NOTHING = [("file", 0), ("index", 0), ("lock", 0), ("worker", 0)]


def wait(con, sql, *values):
    """Until a row comes; returns it."""
    until = time.monotonic() + HANG
    while time.monotonic() < until:
        row = con.execute(sql, values).fetchone()
        if row:
            return row
        time.sleep(0.005)
    raise AssertionError(sql)


# Same index -----------------------------------------------------------------

@pytest.mark.parametrize("workers", [1, 2, 8])
def test_any_number_of_workers(session, workers):
    assert session.build(0) is None
    alone = session.pages()
    launched = session.build(workers)
    # others may have some of the server's
    assert launched == workers or 1 <= launched and workers == 8
    assert session.pages() == alone
    session.check()
    session.search()


def test_many_runs(session):
    """As little memory as workers are started with."""
    session.build(0)
    alone = session.pages()
    assert session.build(2, "3MB") == 2
    assert session.pages() == alone
    assert session.build(8, "9MB") > 0
    assert session.pages() == alone
    session.check()


def test_more_runs_than_are_merged_at_once(session):
    """16 at a time with 1 MB.  It suffices for no worker."""
    session.con.execute("CREATE TABLE runs AS SELECT id, tsv FROM built, "
                        "generate_series(1, 10) WHERE tsv IS NOT NULL")
    session.con.execute("ALTER TABLE runs SET (parallel_workers = 2)")
    try:
        pages = []
        for memory in "256MB", "1MB":
            session.con.execute(f"SET maintenance_work_mem = '{memory}'")
            session.con.execute("SET max_parallel_maintenance_workers = 2")
            session.said.clear()
            session.con.execute("CREATE INDEX runs_tsv ON runs "
                                "USING bisearch (tsv)")
            assert session.workers() == (2 if memory == "256MB" else None)
            pages.append(session.pages("runs_tsv"))
            session.con.execute("DROP INDEX runs_tsv")
        assert pages[0] == pages[1]
    finally:
        session.con.execute("DROP TABLE runs")


def test_workers_do_their_share(session):
    """Each has some of the blocks, and numbers follow these."""
    session.build(0)
    alone = session.pages()
    session.con.execute("SET test.delay = 0.001; SET test.task = tell")
    assert session.build(2, "3MB", "(dawdle(tsv))") == 2
    assert len(session.told()) == 2
    assert session.pages() == alone
    session.con.execute("SET test.task = ''; SET test.delay = 0")
    session.check()
    session.search("dawdle(tsv)")


def test_partial_index(session):
    assert session.build(2, where="WHERE id % 3 = 1 AND seen < 2") == 2
    session.check()
    session.search(where="id %% 3 = 1 AND seen < 2")


def test_unlogged_table(session):
    session.build(0)
    alone = session.pages()
    session.con.execute("ALTER TABLE built SET UNLOGGED")
    try:
        assert session.build(2) == 2
        session.check()
        assert len(session.pages()) == len(alone)
        session.search()
    finally:
        session.con.execute("DROP INDEX built_tsv")
        session.con.execute("ALTER TABLE built SET LOGGED")


def test_reindex(session):
    session.build(0)
    alone = session.pages()
    session.con.execute("ALTER TABLE built SET (parallel_workers = 2)")
    session.con.execute("SET max_parallel_maintenance_workers = 2")
    for how in "", "CONCURRENTLY":
        session.said.clear()
        session.con.execute(f"REINDEX INDEX {how} built_tsv")
        assert session.workers() == 2
        session.check()
    session.said.clear()
    session.con.execute("REINDEX INDEX built_tsv")
    assert session.pages() == alone


def test_other_commands_that_build(session):
    con = session.con
    con.execute("SET max_parallel_maintenance_workers = 2")

    def does(statement, index):
        session.said.clear()
        con.execute(statement)
        assert session.workers() == 2, statement
        session.check(index)

    try:
        with con.transaction():
            con.execute("CREATE TABLE copied WITH (parallel_workers = 2) "
                        "AS SELECT * FROM built")
            con.execute("UPDATE copied SET seen = 7 WHERE id % 3 = 0")
            does("CREATE INDEX copied_tsv ON copied USING bisearch (tsv)",
                 "copied_tsv")
        con.execute("CREATE INDEX copied_id ON copied (id)")
        does("VACUUM FULL copied", "copied_tsv")
        does("CLUSTER copied USING copied_id", "copied_tsv")
        con.execute("CREATE MATERIALIZED VIEW kept "
                    "WITH (parallel_workers = 2) AS SELECT * FROM copied")
        does("CREATE INDEX kept_tsv ON kept USING bisearch (tsv)", "kept_tsv")
        does("REFRESH MATERIALIZED VIEW kept", "kept_tsv")
    finally:
        con.execute("DROP TABLE IF EXISTS copied CASCADE")


# No workers -----------------------------------------------------------------

@pytest.mark.parametrize("setting", [
    "max_parallel_maintenance_workers = 0", "maintenance_work_mem = '1MB'",
    "max_parallel_workers = 0"])
def test_none_are_allowed(session, setting):
    session.build(2)
    session.con.execute(f"SET {setting}")
    session.said.clear()
    session.con.execute("REINDEX INDEX built_tsv")
    assert session.workers() is None
    session.check()
    session.search()


def test_none_for_what_is_not_parallel_safe(session):
    session.con.execute("ALTER FUNCTION dawdle PARALLEL UNSAFE")
    try:
        assert session.build(2, on="(dawdle(tsv))") is None
        session.check()
        assert session.build(2, where="WHERE dawdle(tsv) IS NOT NULL") is None
        session.check()
    finally:
        session.con.execute("ALTER FUNCTION dawdle PARALLEL SAFE")


def test_none_for_temporary_and_empty_tables(session):
    con = session.con
    con.execute("SET max_parallel_maintenance_workers = 2")
    con.execute("CREATE TEMP TABLE brief WITH (parallel_workers = 2) "
                "AS SELECT * FROM built")
    session.said.clear()
    con.execute("CREATE INDEX brief_tsv ON brief USING bisearch (tsv)")
    assert session.workers() is None
    session.check("brief_tsv")
    with con.transaction():
        con.execute("CREATE TABLE bare WITH (parallel_workers = 2) "
                    "AS SELECT * FROM built")
        con.execute("TRUNCATE bare")
        con.execute("CREATE INDEX bare_tsv ON bare USING bisearch (tsv)")
        con.execute("TRUNCATE bare")
    assert session.workers() is None
    session.check("bare_tsv")
    con.execute("DROP TABLE bare")


# While others work ----------------------------------------------------------

@pytest.mark.parametrize("command", ["CREATE", "REINDEX"])
def test_concurrently(server, database, session, command):
    """Rows come and go during all phases of a concurrent build."""
    session.con.execute("SET test.delay = 0.0005; SET test.task = wait")
    done = threading.Event()
    failed = []

    def change():
        try:
            with server.connect(database) as con:
                con.execute("SET test.leader = 0; SET test.task = ''")
                n = 0
                while not done.is_set():
                    n += 1
                    with con.transaction():
                        con.execute(
                            "INSERT INTO built SELECT 10000 + %s, 0, tsv FROM "
                            "built WHERE tsv IS NOT NULL LIMIT 1", [n])
                        con.execute("UPDATE built SET seen = seen + 1 "
                                    "WHERE id %% 100 = %s", [n % 100])
                        con.execute("UPDATE built SET tsv = tsv || 'w1:9' "
                                    "WHERE id %% 200 = %s", [n % 200])
                        con.execute("DELETE FROM built WHERE id = %s",
                                    [10000 + n // 2])
                        time.sleep(0.002)
        except psycopg.Error as error:
            failed.append(error)

    if command == "REINDEX":
        session.con.execute("SET test.task = ''; SET test.delay = 0")
        session.build(2, on="(dawdle(tsv))")
        session.con.execute("SET test.delay = 0.0005; SET test.task = wait")
    changes = threading.Thread(target=change)
    changes.start()
    try:
        time.sleep(0.05)
        if command == "CREATE":
            session.build(2, on="(dawdle(tsv))", how="CONCURRENTLY")
        else:
            session.said.clear()
            session.con.execute("REINDEX INDEX CONCURRENTLY built_tsv")
        assert session.workers() == 2
    finally:
        done.set()
        changes.join()
    assert not failed
    assert not [m for m in session.said if m[0] == "WARNING"]
    session.con.execute("SET test.delay = 0; SET test.task = ''")
    session.check()
    session.search("dawdle(tsv)")
    session.con.execute("DELETE FROM built WHERE id > 10000")


def test_concurrently_has_what_the_snapshot_sees(server, database, session):
    """A row whose transaction is still open is not there when its turn comes,
    whichever process's turn it is."""
    session.con.execute("SET test.delay = 0.02; SET test.task = tell")
    with server.connect(database) as other, server.connect(database) as look:
        def build():
            session.build(2, on="(dawdle(tsv))", how="CONCURRENTLY")
        thread = threading.Thread(target=build)
        thread.start()
        wait(look, "SELECT 1 FROM pg_stat_progress_create_index "
             "WHERE phase = 'building index: scanning table' "
             "AND blocks_done > 0")
        other.execute("SET test.leader = 0; SET test.task = ''; BEGIN")
        other.execute("INSERT INTO built SELECT 20000, 0, 'w1:1 new:2' "
                      "FROM generate_series(1, 2000)")
        wait(look, "SELECT 1 FROM pg_stat_progress_create_index "
             "WHERE phase LIKE 'waiting for%%validation'")
        other.execute("ROLLBACK")
        thread.join()
    assert len(session.told()) == 2
    assert not [m for m in session.said if m[0] == "WARNING"]
    session.con.execute("SET test.delay = 0; SET test.task = ''")
    stats = session.con.execute("SELECT articles + pending_articles FROM "
                                "bi_index_stats('built_tsv')").fetchone()[0]
    assert stats == session.con.execute(
        "SELECT count(tsv) FROM built").fetchone()[0]
    session.check()


def test_broken_hot_chain_seen_by_a_worker(server, database, session):
    """Old snapshots must not use the index: indcheckxmin."""
    con = session.con
    con.execute("SET test.delay = 0.02; SET test.task = tell")
    with server.connect(database) as old:
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        last = con.execute("SELECT id FROM built WHERE tsv IS NOT NULL "
                           "AND id % 7 <> 0 ORDER BY ctid DESC LIMIT 1"
                           ).fetchone()[0]
        con.execute("UPDATE built SET tsv = tsv || 'changed:9' WHERE id = %s",
                    [last])
        session.build(2, on="(dawdle(tsv))")
        assert len(session.told()) == 2
        assert con.execute("SELECT indcheckxmin FROM pg_index WHERE "
                           "indexrelid = 'built_tsv'::regclass").fetchone()[0]
        old.execute("ROLLBACK")
    con.execute("SET test.delay = 0; SET test.task = ''")
    session.check()


def test_progress(server, database, session):
    session.con.execute("SET test.delay = 0.002; SET test.task = wait")
    with server.connect(database) as look:
        thread = threading.Thread(
            target=lambda: session.build(2, on="(dawdle(tsv))"))
        thread.start()
        # core's first report is of all blocks
        done = [(0, 0)]
        for _ in range(2):
            done.append(wait(
                look, "SELECT blocks_done, blocks_total FROM "
                "pg_stat_progress_create_index "
                "WHERE phase = 'building index: scanning table' AND "
                "blocks_done > %s AND blocks_done < blocks_total",
                done[-1][0]))
        wait(look, "SELECT 1 FROM pg_stat_activity WHERE leader_pid = %s AND "
             "pid <> leader_pid AND query LIKE 'CREATE INDEX%%built_tsv%%' "
             "HAVING count(*) = 2", session.con.info.backend_pid)
        thread.join()
    blocks, = session.con.execute("SELECT pg_relation_size('built') / 8192"
                                  ).fetchone()
    assert [total for _, total in done[1:]] == [blocks, blocks]


# What goes wrong ------------------------------------------------------------

def test_error_in_a_worker(server, database, session):
    session.con.execute("SET test.delay = 0.02; SET test.task = fail")
    with pytest.raises(psycopg.Error, match="no such luck") as caught:
        session.build(2, on="(dawdle(tsv))")
    assert caught.value.sqlstate == "BI001"
    assert left(session.con) == NOTHING


def test_no_room_for_files(session):
    """In the leader's file or a worker's."""
    session.con.execute("SET temp_file_limit = '100kB'")
    for delay in 0, 0.01:
        session.con.execute(f"SET test.delay = {delay}")
        with pytest.raises(psycopg.Error, match="temporary file size"):
            session.build(2, on="(dawdle(tsv))")
        assert left(session.con) == NOTHING


@pytest.mark.parametrize("victim", ["worker", "leader"])
def test_terminated(server, database, session, victim):
    with server.connect(database) as look, server.connect(database) as con:
        mortal = Session(con)
        con.execute("SET test.delay = 0.01; SET test.task = wait")
        ended = []

        def build():
            try:
                mortal.build(2, on="(dawdle(tsv))")
            except psycopg.Error as error:
                ended.append(error)
        thread = threading.Thread(target=build)
        thread.start()
        leader = con.info.backend_pid
        worker, = wait(look, "SELECT pid FROM pg_stat_activity WHERE "
                       "leader_pid = %s AND pid <> leader_pid", leader)
        look.execute("SELECT pg_terminate_backend(%s)",
                     [worker if victim == "worker" else leader])
        thread.join(600)
        assert not thread.is_alive()
        assert ended and "due to administrator command" in str(ended[0])
        wait(look, "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity "
             "WHERE %s IN (pid, leader_pid) AND state <> 'idle')", leader)
        assert left(look) == NOTHING


def test_cancelled(session):
    """At any moment: while workers scan, while they write, in the merge."""
    con = session.con
    con.execute("CREATE TABLE slow_to_build AS SELECT tsv FROM built, "
                "generate_series(1, 5)")
    con.execute("ALTER TABLE slow_to_build SET (parallel_workers = 2)")
    try:
        for memory in "3MB", "64MB":
            con.execute(f"SET maintenance_work_mem = '{memory}'; "
                        "SET max_parallel_maintenance_workers = 2")
            command = ("CREATE INDEX built_tsv ON slow_to_build "
                       "USING bisearch (tsv)")
            whole = work(con, command)
            assert session.workers() == 2
            con.execute("DROP INDEX built_tsv")
            for part in (0.02, 0.2, 0.4, 0.55, 0.7, 0.8, 0.9):
                def attempt():
                    took = cancelled(con, command, whole * part)
                    con.execute("DROP INDEX IF EXISTS built_tsv")
                    assert left(con) == NOTHING
                    return took
                found = late(attempt, LIMIT)
                assert not found, (memory, part, whole, found)
    finally:
        con.execute("DROP TABLE slow_to_build")


def test_timeout(session):
    session.con.execute("SET test.delay = 0.01; SET test.task = wait; "
                        "SET statement_timeout = '200ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        session.build(2, on="(dawdle(tsv))")
    session.con.execute("RESET statement_timeout")
    assert left(session.con) == NOTHING
