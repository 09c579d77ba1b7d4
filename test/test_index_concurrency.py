"""Many sessions at one index: each search answers as the rows of its own
snapshot do, whoever flushes, merges, vacuums and builds meanwhile.

Backends are stopped (SIGSTOP) at random moments for a while, so that others
find them half way through whatever they do.  BISEARCH_SECONDS is the length
of the mix; BISEARCH_SEED repeats a run, as far as time allows.
"""

import contextlib
import os
import random
import signal
import threading
import time

import psycopg
import pytest

from instances import (SEED, Instance, Library, Worker, by_index, by_rows,
                       check_ledger, count_in_index, cycles, make_tables)

SECONDS = cycles("SECONDS", 8)


@pytest.fixture(scope="module")
def instance():
    with Instance("mix", ["shared_buffers = 64MB"]) as made:
        made.start()
        yield made


class Loop(threading.Thread):
    """Does something again and again in a session of its own."""

    def __init__(self, instance, action, pause=0.0):
        super().__init__(daemon=True)
        self.con = instance.connect("mix")
        self.pid = self.con.info.backend_pid
        self.action = action
        self.pause = pause
        self.enough = threading.Event()
        self.error = None
        self.count = 0

    def run(self):
        try:
            while not self.enough.is_set():
                self.action(self.con)
                self.count += 1
                time.sleep(self.pause)
        except Exception as error:
            self.error = error


def finish(threads):
    for thread in threads:
        thread.enough.set()
    for thread in threads:
        thread.join(600)
        assert not thread.is_alive()
        if thread.error is not None:
            raise thread.error


def searcher(library, seed):
    """Searches by index and by rows in one snapshot."""
    rnd = random.Random(f"{seed} searcher")

    def search(con):
        with con.transaction():
            con.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            con.execute("SELECT FROM t LIMIT 1")
            if rnd.random() < 0.3:
                time.sleep(rnd.random() * 0.2)
            for _ in range(rnd.choice([1, 1, 4])):
                condition, _ = library.search(rnd)
                found = by_index(con, "t", condition)
                assert found == by_rows(con, "t", condition), condition
    return search


def fetcher(library, seed):
    """A cursor that is read to its end after others went on."""
    rnd = random.Random(f"{seed} fetcher")

    def search(con):
        condition, _ = library.search(rnd)
        with con.transaction():
            con.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            expected = by_rows(con, "t", condition)
            con.execute("SET LOCAL enable_seqscan = off; "
                        "SET LOCAL enable_bitmapscan = on; "
                        "DECLARE c CURSOR FOR SELECT id FROM t WHERE "
                        + condition)
            found = con.execute("FETCH 3 FROM c").fetchall()
            time.sleep(rnd.random() * 0.3)
            found += con.execute("FETCH ALL FROM c").fetchall()
            assert sorted(row[0] for row in found) == expected, condition
    return search


def stop_for_a_while(pids, rnd, enough):
    """Halt a backend, mostly where it does something."""
    while not enough.is_set():
        pid = rnd.choice(pids)
        with stopped(pid, 1):
            time.sleep(rnd.choice([0.002, 0.02, 0.1]))
        time.sleep(rnd.random() * 0.02)


@contextlib.contextmanager
def stopped(pid, seconds):
    """Halt a backend, but not for longer than this: who waits for a lock of
    a page that it holds cannot even be cancelled."""
    timer = threading.Timer(seconds, os.kill, [pid, signal.SIGCONT])
    os.kill(pid, signal.SIGSTOP)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        os.kill(pid, signal.SIGCONT)


def test_mix(instance):
    print(f"BISEARCH_SEED={SEED}")
    library = Library(f"{SEED} mix")
    instance.create_database("mix")
    con = instance.connect("mix")
    make_tables(con, "t", library)
    workers = [Worker(instance, "mix", "t", n, library, SEED)
               for n in range(1, 4)]
    loops = [Loop(instance, lambda con: con.execute("VACUUM t"), 0.05),
             Loop(instance, lambda con: con.execute("ANALYZE t"), 0.5),
             Loop(instance, searcher(library, f"{SEED} 1")),
             Loop(instance, searcher(library, f"{SEED} 2")),
             Loop(instance, fetcher(library, SEED))]
    for thread in workers + loops:
        thread.start()
    enough = threading.Event()
    time.sleep(0.2)
    pids = [row[0] for row in con.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = 'mix' "
        "AND pid <> pg_backend_pid()")]
    stopper = threading.Thread(
        target=stop_for_a_while,
        args=(pids, random.Random(f"{SEED} stop"), enough))
    stopper.start()
    until = time.monotonic() + SECONDS
    while (time.monotonic() < until or not all(loop.count for loop in loops)) \
            and not any(thread.error for thread in workers + loops):
        time.sleep(0.1)
    enough.set()
    stopper.join()
    finish(workers + loops)
    assert all(loop.count for loop in loops)
    rows = {}
    for worker in workers:
        rows.update(worker.rows)
    check_ledger(con, "t", library, rows, random.Random(SEED))
    assert count_in_index(con, "t") == len(rows)
    check_ledger(con, "t", library, rows, random.Random(SEED), 4)
    con.close()
    instance.check_log()


@pytest.mark.parametrize("command", [
    "CREATE INDEX CONCURRENTLY t_tsv ON t USING bisearch (tsv)",
    "REINDEX INDEX CONCURRENTLY t_tsv"])
def test_built_while_rows_change(instance, command):
    """Each row is in the index once: VACUUM's count says so."""
    print(f"BISEARCH_SEED={SEED}")
    library = Library(f"{SEED} built")
    instance.create_database("mix")
    con = instance.connect("mix")
    make_tables(con, "t", library)
    workers = [Worker(instance, "mix", "t", n, library, SEED)
               for n in range(1, 4)]
    for worker in workers:
        worker.start()
    for _ in range(4):
        time.sleep(0.3)
        if command.startswith("CREATE"):
            con.execute("DROP INDEX t_tsv")
        con.execute(command)
    finish(workers)
    rows = {}
    for worker in workers:
        rows.update(worker.rows)
    check_ledger(con, "t", library, rows, random.Random(SEED))
    assert count_in_index(con, "t") == len(rows)
    con.close()
    instance.check_log()


def test_build_learns_of_pending_rows(instance):
    """CREATE INDEX CONCURRENTLY waits for a transaction that began before its
    second phase; what others insert meanwhile is in the pending list when it
    asks which rows the index has, and must not come in twice."""
    library = Library(f"{SEED} pending")
    instance.create_database("mix")
    con = instance.connect("mix")
    make_tables(con, "t", library)
    con.execute("DROP INDEX t_tsv")
    con.execute("INSERT INTO t SELECT n, tsv FROM pool")
    writer = instance.connect("mix")
    # the build waits for this one's lock before it scans the table ...
    holder = instance.connect("mix")
    holder.execute("BEGIN; INSERT INTO t VALUES (1001, 'held')")
    build = threading.Thread(target=con.execute, args=[
        "CREATE INDEX CONCURRENTLY t_tsv ON t USING bisearch (tsv)"])
    build.start()
    wait_for_lock(writer)
    late = instance.connect("mix")
    late.execute("BEGIN; INSERT INTO t VALUES (1002, 'late')")
    holder.execute("COMMIT")
    # ... and for that one's when it has scanned: the index takes inserts now
    wait_for_lock(writer, 1002, late.info.backend_pid)
    writer.execute("INSERT INTO t SELECT 2000 + n, tsv FROM pool WHERE n < 60")
    late.execute("COMMIT")
    build.join(600)
    assert not build.is_alive()
    rows = by_rows(con, "t", "true")
    assert count_in_index(con, "t") == len(rows)
    assert by_index(con, "t", "tsv @~ 'held | late'") == [1001, 1002]
    for session in (con, writer, holder, late):
        session.close()


def wait_for_lock(con, *_):
    """Until somebody waits for a transaction to end, and a moment more."""
    deadline = time.monotonic() + 600
    while not con.execute(
            "SELECT FROM pg_locks WHERE NOT granted AND "
            "locktype = 'virtualxid'").fetchall():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.1)


def flushes(con, pid):
    """Does the backend flush just now?"""
    return con.execute("SELECT FROM pg_locks WHERE locktype = 'tuple' "
                       "AND tuple = 2 AND granted AND pid = %s",
                       [pid]).fetchall() != []


def test_flush_stands_still(instance):
    """A flush by an insert that stands still: VACUUM waits for it; searches
    and further inserts do not, and nothing is lost."""
    library = Library(f"{SEED} flush", 200)
    instance.create_database("mix")
    con = instance.connect("mix")
    make_tables(con, "t", library)
    inserter = instance.connect("mix")
    pid = inserter.info.backend_pid
    for number in range(1, 10):
        run = threading.Thread(target=inserter.execute, args=[
            f"INSERT INTO t SELECT {number * 1000} + n, tsv FROM pool"])
        run.start()
        while run.is_alive() and not flushes(con, pid):
            pass
        with stopped(pid, 0.3):
            if flushes(con, pid):
                con.execute("INSERT INTO t SELECT -%s - n, tsv FROM pool "
                            "WHERE n < 5", [number * 1000])
                con.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                assert by_index(con, "t", "tsv @~ 'w1 w2'") == \
                    by_rows(con, "t", "tsv @~ 'w1 w2'")
                con.execute("COMMIT")
                con.execute("SET statement_timeout = '50ms'")
                # it ends only if the other one was let go on
                with contextlib.suppress(psycopg.errors.QueryCanceled):
                    con.execute("VACUUM t")
                con.execute("RESET statement_timeout")
        run.join(600)
        rows = by_rows(con, "t", "tsv @~ 'w3 -w4'")
        assert by_index(con, "t", "tsv @~ 'w3 -w4'") == rows
    assert count_in_index(con, "t") == len(by_rows(con, "t", "true"))
    con.close()
    inserter.close()


def insert_until(con, enough):
    while not enough.is_set():
        con.execute("INSERT INTO t SELECT n, 'w' "
                    "FROM generate_series(1, 20000) n")


def test_appends_meet_flushes(instance):
    """An insert that stood still while its list was made a segment: what it
    appends then must go to the new list.  It is stopped wherever it happens
    to be, which is sometimes after it has read the metapage."""
    instance.create_database("mix")
    con = instance.connect("mix")
    con.execute("CREATE UNLOGGED TABLE t (id integer, tsv tsvector); "
                "CREATE INDEX t_tsv ON t USING bisearch (tsv)")
    inserter = instance.connect("mix")
    pid = inserter.info.backend_pid
    enough = threading.Event()
    run = threading.Thread(target=insert_until, args=(inserter, enough))
    run.start()
    rnd = random.Random(SEED)
    con.execute("SET default_statistics_target = 1")
    until = time.monotonic() + cycles("SECONDS", 8) / 2
    while time.monotonic() < until:
        time.sleep(rnd.random() * 0.01)
        with stopped(pid, 0.2):
            con.execute("ANALYZE t (id)")
    enough.set()
    run.join(600)
    rows = by_rows(con, "t", "tsv @@ 'w'")
    assert len(by_index(con, "t", "tsv @@ 'w'")) == len(rows) > 1000
    con.close()
    inserter.close()
