"""On a hot standby, searches, counts and checks end promptly when they are
cancelled: by a request, by statement_timeout, by replay that needs what they
read.

What counts is the processor time that the backend takes from the request to
its end.  BISEARCH_CANCELS is the number of moments of each at which it is
cancelled.
"""

import os
import signal
import threading
import time

import psycopg
import pytest

from clock import HANG, Clock, cancelled, late, used
from instances import Instance, catch_up, cycles, is_replayed

ROWS = 20_000
LIMIT = 0.1
LONGEST = 0.5       # seconds of a statement's work that are tested

WAYS = {"bitmap": "SET enable_seqscan = off; SET enable_bitmapscan = on",
        "count": "SET enable_seqscan = off; SET enable_bitmapscan = off"}
WIDE = "tsv @~ '" + " | ".join(f'"w{n} w{n + 7}"' for n in range(400)) + "'"
STATEMENTS = {
    "phrase": ("SELECT count(id) FROM slow WHERE tsv @@ 'w:*A | w1 <-> w:*'",
               "bitmap"),
    "proximity": ("SELECT count(*) FROM slow WHERE tsv @~ 'w1* NEAR/5 w2*'",
                  "count"),
    "wide": (f"SELECT count(*) FROM slow WHERE {WIDE}", "count"),
    "wildcard": ("SELECT count(id) FROM slow WHERE tsv @~ 'w1?3*'", "bitmap"),
    "check": ("SELECT bi_index_check('slow_tsv', true)", "bitmap"),
    "terms": ("SELECT bi_index_terms('slow_tsv', 100000)", "bitmap"),
}
SETTINGS = ["max_wal_senders = 4", "wal_retrieve_retry_interval = 50ms",
            "max_standby_streaming_delay = 0", "shared_buffers = 64MB",
            "log_recovery_conflict_waits = on", "deadlock_timeout = 10ms"]


@pytest.fixture(scope="module")
def pair():
    with Instance("primary", SETTINGS) as primary:
        primary.start()
        primary.create_database("cancel")
        with primary.connect("cancel") as con:
            con.execute("CREATE TABLE slow (id integer, tsv tsvector) "
                        "WITH (autovacuum_enabled = off)")
            con.execute(
                "INSERT INTO slow SELECT n, to_tsvector('simple', "
                "string_agg('w' || (k * 31 + n * 7) % (40 * k + n % 5000), "
                f"' ')) FROM generate_series(1, {ROWS}) n, "
                "generate_series(1, 40) k GROUP BY n")
            con.execute("CREATE INDEX slow_tsv ON slow USING bisearch (tsv)")
            # some that are only pending
            con.execute("INSERT INTO slow SELECT id, tsv FROM slow LIMIT 900")
            con.execute("VACUUM (INDEX_CLEANUP OFF) slow")
            with primary.standby("standby", SETTINGS) as standby:
                catch_up(con, standby)
                yield con, standby
                standby.check_log()


def moments():
    count = cycles("CANCELS", 2)
    return [0.02 + 0.93 * n / (count - 1 or 1) for n in range(count)]


def whole(con, statement):
    clock = Clock(con)
    cancelled(con, statement, LONGEST)
    return clock.elapsed()


@pytest.mark.parametrize("name", STATEMENTS)
def test_request(pair, name):
    """pg_cancel_backend sends the signal that this does."""
    statement, way = STATEMENTS[name]
    with pair[1].connect("cancel") as con:
        con.execute(WAYS[way])
        work = whole(con, statement)
        for part in moments():
            found = late(lambda: cancelled(con, statement, work * part),
                         LIMIT)
            assert not found, (part, work, found)


@pytest.mark.parametrize("name", STATEMENTS)
def test_timeout(pair, name):
    """It cannot have worked longer than time has passed."""
    statement, way = STATEMENTS[name]
    with pair[1].connect("cancel") as con:
        con.execute(WAYS[way])

        def attempt():
            con.execute("SET statement_timeout = '15ms'")
            clock = Clock(con)
            try:
                con.execute(statement)
            except psycopg.errors.QueryCanceled:
                return clock.elapsed() - 0.015
            finally:
                con.execute("SET statement_timeout = 0")
            return None
        found = late(attempt, LIMIT)
        assert not found, found


class Running(threading.Thread):
    """A statement that is stopped (SIGSTOP) half way."""

    def __init__(self, con, statement, after):
        super().__init__(daemon=True)
        self.con = con
        self.pid = con.info.backend_pid
        self.statement = statement
        self.error = None
        start = used(self.pid)
        self.start()
        while self.is_alive() and (used(self.pid) or 0) < start + after:
            time.sleep(0.0005)
        os.kill(self.pid, signal.SIGSTOP)

    def run(self):
        try:
            self.con.execute(self.statement)
        except psycopg.Error as error:
            self.error = error

    def go_on(self):
        """What it works from here to its end; None if the session ends."""
        before = used(self.pid)
        os.kill(self.pid, signal.SIGCONT)
        self.join(HANG)
        assert not self.is_alive()
        after = used(self.pid)
        return after and after - before


class Replay:
    """Knows when replay waits for somebody: with no time to wait, it sends
    its signals first, and again and again."""

    def __init__(self, standby):
        self.standby = standby
        self.con = standby.connect()
        self.told = self.log()

    def log(self):
        return self.standby.log().count("recovery still waiting")

    def waits(self):
        return self.log() > self.told or self.con.execute(
            "SELECT FROM pg_stat_activity JOIN pg_locks USING (pid) "
            "WHERE backend_type = 'startup' AND NOT granted").fetchall()

    def wait(self, primary):
        """Whether it comes to wait, rather than to the end of what there is:
        then nobody was in its way."""
        primary.execute("SELECT pg_logical_emit_message(true, 'test', '')")
        lsn, = primary.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
        deadline = time.monotonic() + HANG
        while not self.waits():
            if is_replayed(self.standby, lsn):
                return False
            assert time.monotonic() < deadline, "the standby does not follow"
            time.sleep(0.01)
        time.sleep(0.02)
        self.told = self.log()
        return True


def remove_rows(con):
    """That a snapshot sees which was taken before."""
    con.execute("DELETE FROM slow WHERE id = (SELECT max(id) FROM slow)")
    con.execute("VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) slow")


def lock_table(con):
    con.execute("ALTER TABLE slow SET (fillfactor = 90)")
    con.execute("ALTER TABLE slow ALTER id SET NOT NULL")
    con.execute("ALTER TABLE slow ALTER id DROP NOT NULL")


def lock_index(con):
    con.execute("REINDEX INDEX slow_tsv")


@pytest.mark.parametrize("conflict", [remove_rows, lock_table])
@pytest.mark.parametrize("name", STATEMENTS)
def test_conflict(pair, name, conflict):
    """Replay needs what a session reads; what that session works from then
    on is counted.  To say try again is the right error."""
    primary, standby = pair
    statement, way = STATEMENTS[name]
    if name == "terms" and conflict is lock_table:
        # it opens the index alone
        conflict = lock_index
    with standby.connect("cancel") as con:
        con.execute(WAYS[way])
        work = whole(con, statement)
    replay = Replay(standby)

    def attempt(part):
        # a session that has not got all of its statement yet is ended
        with standby.connect("cancel") as con:
            con.execute(WAYS[way])
            # with all catalogs read, it soon comes to work
            cancelled(con, statement, work / 2)
            waits = False
            run = Running(con, statement, work * part)
            try:
                if not run.is_alive():
                    return None
                conflict(primary)
                waits = replay.wait(primary)
            finally:
                took = run.go_on()
        catch_up(primary, standby)
        if not waits:
            return None
        # near its end it may come to it before it hears of anything
        if run.error is not None:
            assert isinstance(run.error, psycopg.errors.SerializationFailure), \
                run.error
            met.append(part)
        return took

    met = []

    for part in moments():
        found = late(lambda: attempt(part), LIMIT)
        assert not found, (part, work, found)
    assert met or work < 0.05, "nobody was in the way of replay"
    replay.con.close()
