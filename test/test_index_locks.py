"""Who waits for whom at an index, on a primary and on a hot standby.

A session is held half way through what it does, by an advisory lock that the
indexed expression or, in a build that only this session has, a point of
src/base/testpoint.h asks for; others come and end, or wait for it.  Searches,
inserts and checks wait for nothing but statements that change the table or
index itself; these wait for everybody, and what comes after them waits for
them; there are no deadlocks.
BISEARCH_LOCKS is the number of statements that each session of the mix runs;
BISEARCH_SEED repeats a run, as far as time allows.
"""

import random
import threading
import time

import psycopg
import pytest

from clock import HANG
from conftest import TOP
from hooks import POINTS, compile_with_hooks, use_hooks
from instances import SEED, Instance, catch_up, cycles

BY_INDEX = "SET enable_seqscan = off; SET enable_bitmapscan = on"
BY_COUNT = "SET enable_seqscan = off; SET enable_bitmapscan = off"
HELD = "SET test.held = 'on'"
HOLD = 7000         # the advisory lock that held() asks for

FIND = "SELECT id FROM t WHERE held(body) @~ 'hail' ORDER BY id"
COUNT = "SELECT count(*) FROM t WHERE tsv @~ 'hail'"
INSERT = "INSERT INTO t VALUES (0, 'rain', 'rain')"
# more than a pending list may have
MUCH = "INSERT INTO t SELECT 0, body, tsv FROM much"
MERGE = "SELECT bi_index_merge('t_tsv'), bi_index_merge('t_held')"
CREATE = ("CREATE INDEX t_tsv ON t USING bisearch (tsv);"
          "CREATE INDEX t_held ON t USING bisearch (held(body))")
VACUUM = "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) t"
CHECK = "SELECT bi_index_check('t_held', true)"
FIGURES = ("SELECT FROM bi_index_stats('t_tsv'), bi_index_segments('t_tsv'), "
           "bi_index_terms('t_tsv')")
REINDEX = "REINDEX INDEX CONCURRENTLY t_held"

# statements that wait for nothing below, and how they are to be run
FREE = {
    "search": (FIND, BY_INDEX),
    "count": (COUNT, BY_COUNT),
    "plan": ("EXPLAIN " + FIND, BY_INDEX),
    "insert": (INSERT, None),
    "inserts": (MUCH, None),
    "update": ("UPDATE t SET tsv = 'snow' WHERE id = 1001", None),
    "check": (CHECK, None),
    "figures": (FIGURES, None),
}
# what is held: its statement, where, how, and what comes before it
HOLDERS = {
    "search": (FIND, "SCAN_BEGUN", BY_INDEX, None),
    "count": (COUNT, "COUNT_FOUND", BY_COUNT, None),
    "insert": (INSERT, "APPEND", None, None),
    "flush": (MERGE, "FROZEN", None, INSERT),
    "merge": (MERGE, "MERGE_BEGUN", None, None),
    "segment": (MERGE, "WRITTEN", None, INSERT),
    "vacuum": (VACUUM, "FROZEN", None, INSERT),
    "release": (VACUUM, "CONFLICT", None, MERGE),
    "check": (CHECK, None, HELD, None),
    "reindex": (REINDEX, None, HELD, None),
}
DDL = {
    "drop": "DROP INDEX t_tsv, t_held",
    # writes the table anew, and its indexes
    "alter": "ALTER TABLE t ALTER id TYPE bigint",
    "reindex": "REINDEX TABLE t",
}
HAIL = [(n,) for n in range(1, 41)]
TOO_LATE = psycopg.errors.LockNotAvailable
# what may come of a statement that waited for one of these
GONE = psycopg.errors.UndefinedTable, psycopg.errors.UndefinedObject

SETTINGS = ["max_wal_senders = 4", "wal_retrieve_retry_interval = 50ms",
            "hot_standby_feedback = on", "max_standby_streaming_delay = -1",
            "wal_receiver_status_interval = 1s"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compile_with_hooks(tmp_path_factory.mktemp("hooks"))


@pytest.fixture(scope="module")
def primary(library):
    with Instance("locks", SETTINGS) as made:
        made.start()
        made.with_points = library
        made.create_database("made")
        with made.connect("made") as con:
            make(con)
        yield made
        made.check_log()


@pytest.fixture(scope="module")
def standby(primary, library):
    with primary.standby("locks2", SETTINGS) as made:
        made.with_points = library
        yield made
        made.check_log()


def make(con):
    """Table t: ids 1 to 40 are hail, in two segments and the list."""
    con.execute(f"""
        CREATE FUNCTION held(text) RETURNS tsvector
        LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED AS $$
        BEGIN
            IF current_setting('test.held', true) = 'on' THEN
                PERFORM pg_advisory_lock_shared({HOLD});
                PERFORM pg_advisory_unlock_shared({HOLD});
            END IF;
            RETURN to_tsvector('simple', $1);
        END $$;
        CREATE TABLE t (id integer, body text, tsv tsvector)
        WITH (autovacuum_enabled = off);
        CREATE TABLE much AS SELECT body, to_tsvector('simple', body) tsv
        FROM (SELECT string_agg('z' || k || 'y' || n, ' ') body
              FROM generate_series(1, 600) k, generate_series(1, 200) n
              GROUP BY n) _""")
    con.execute(CREATE)
    for first, last, word in ((1, 20, "hail"), (1000, 1099, "snow"),
                              (21, 35, "hail"), (1100, 1199, "snow"),
                              (36, 40, "hail")):
        if first in (21, 36):
            con.execute(VACUUM)
        con.execute("INSERT INTO t SELECT n, s, to_tsvector('simple', s) "
                    "FROM (SELECT n, %s || ' x' || n %% 40 s FROM "
                    "generate_series(%s::integer, %s) n) _",
                    [word, first, last])


@pytest.fixture
def con(primary):
    primary.drop_database("locks")
    with primary.connect() as con:
        con.execute("CREATE DATABASE locks TEMPLATE made")
    with primary.connect("locks") as con:
        yield con


class Session(threading.Thread):
    """Runs a statement, and knows for whom it waits."""

    def __init__(self, instance, watch, statement, setup=None):
        super().__init__(daemon=True)
        self.con = instance.connect("locks")
        self.pid = self.con.info.backend_pid
        self.watch = watch
        self.statement = statement
        self.rows = None
        self.error = None
        if setup:
            self.con.execute(setup)

    def run(self):
        try:
            cursor = self.con.execute(self.statement)
            if cursor.description:
                self.rows = cursor.fetchall()
        except Exception as error:
            self.error = error

    def blocked_by(self, *pids):
        """Whether it comes to wait for one of these, rather than to its
        end."""
        until = time.monotonic() + HANG
        while self.is_alive():
            blockers, = self.watch.execute(
                "SELECT pg_blocking_pids(%s)", [self.pid]).fetchone()
            if set(blockers) & set(pids):
                return True
            assert time.monotonic() < until, (self.statement, blockers)
            time.sleep(0.002)
        return False

    def result(self, allowed=()):
        """What it gave, or the error if it may give that."""
        self.join(HANG)
        assert not self.is_alive()
        self.con.close()
        if self.error and not isinstance(self.error, allowed):
            raise self.error
        return self.error or self.rows


def begin(instance, watch, statement, setup=None):
    session = Session(instance, watch, statement, setup)
    session.start()
    return session


class Held(Session):
    """A session that is half way through its statement until it is let go
    on.  Only it has the points."""

    def __init__(self, instance, name):
        statement, point, setup, _ = HOLDERS[name]
        self.holder = instance.connect("locks")
        self.holder.execute("SELECT pg_advisory_lock(%s)",
                            [POINTS[point] if point else HOLD])
        super().__init__(instance, self.holder, statement, setup)
        use_hooks(instance.with_points, instance)
        self.con.execute("LOAD 'bisearch'")
        use_hooks(TOP / "bisearch.so", instance)
        self.start()
        assert self.blocked_by(self.holder.info.backend_pid), self.error

    def result(self, allowed=()):
        self.holder.execute("SELECT pg_advisory_unlock_all()")
        try:
            return super().result(allowed)
        finally:
            self.holder.close()


def prepare(con, name):
    """What comes before it is held."""
    if HOLDERS[name][3]:
        con.execute(HOLDERS[name][3])
        # what is retired now can be reclaimed by the next VACUUM
        con.execute("SELECT txid_current()")


def sound(con):
    """By index as row by row, and both indexes as they should be."""
    for name, in con.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = "
            "'t'::regclass AND NOT indisvalid").fetchall():
        con.execute(f"DROP INDEX {name}")
    if con.execute("SELECT to_regclass('t_tsv')").fetchone()[0] is None:
        con.execute(CREATE)
    con.execute(BY_INDEX)
    assert con.execute(FIND).fetchall() == HAIL
    con.execute(BY_COUNT)
    assert con.execute(COUNT).fetchone() == (40,)
    con.execute("SELECT bi_index_check('t_tsv', true),"
                "bi_index_check('t_held', true)")


# ------------------------------------------------------------ the primary

@pytest.mark.parametrize("name", HOLDERS)
def test_nobody_waits(primary, con, name):
    """For searches, counts, inserts, flushes, merges, VACUUM, checks and
    REINDEX CONCURRENTLY.  Those of these that move articles do so one at a
    time, but never wait for a search or an insert."""
    prepare(con, name)
    held = Held(primary, name)
    more = dict(FREE)
    if name in ("search", "count", "insert", "check"):
        more.update(vacuum=(VACUUM, None), merge=(MERGE, None))
    for what, (statement, setup) in more.items():
        other = begin(primary, con, statement, setup)
        assert not other.blocked_by(held.pid), what
        other.result()
    assert held.is_alive()
    held.result()
    sound(con)


def crowd(instance, watch, setup):
    """Everything else at once."""
    statements = {**FREE, "vacuum": (VACUUM, None), "merge": (MERGE, None)}
    return {name: begin(instance, watch, statement,
                        "; ".join(filter(None, (how, setup))))
            for name, (statement, how) in statements.items()}


def is_of_reindex(error):
    """REINDEX CONCURRENTLY of any index waits for older snapshots to go, such
    as that of a DROP INDEX that waits for its lock: PostgreSQL's own circle.
    Locks of ours are not part of it."""
    return isinstance(error, psycopg.errors.DeadlockDetected) and \
        "on virtual transaction" in (error.diag.message_detail or "") and \
        not any(word in error.diag.message_detail
                for word in ("on page", "on tuple", "on advisory"))


def ddl_of(name):
    """Each for each in test/long; one for some otherwise."""
    if cycles("LOCKS", 0):
        return list(DDL)
    return {"search": ["drop"], "insert": ["reindex"], "merge": ["alter"],
            "vacuum": ["drop"], "check": ["reindex"]}.get(name, [])


@pytest.mark.parametrize("name,ddl", [
    (name, ddl) for name in HOLDERS for ddl in ddl_of(name)])
def test_ddl_waits(primary, con, name, ddl):
    """What changes the table or index waits for everybody who is using it, and
    later ones wait for that; lock_timeout ends both; then all goes on."""
    prepare(con, name)
    held = Held(primary, name)
    short, look = "SET lock_timeout = '20ms'", "SET deadlock_timeout = '10ms'"
    change = begin(primary, con, DDL[ddl], short)
    assert change.result(TOO_LATE)
    change = begin(primary, con, DDL[ddl], look)
    assert change.blocked_by(held.pid)
    ended = {what: session.result(TOO_LATE)
             for what, session in crowd(primary, con, short).items()}
    if ddl != "reindex":
        for what in "search", "count", "insert", "check":
            assert isinstance(ended[what], TOO_LATE), what
    assert change.is_alive()
    others = crowd(primary, con, look)
    for session in (held, change, *others.values()):
        # the index may have gone while they waited
        error = session.result((psycopg.errors.DeadlockDetected,
                                *(GONE if ddl == "drop" else ())))
        assert not isinstance(error, psycopg.errors.DeadlockDetected) or \
            name == "reindex" and is_of_reindex(error)
    sound(con)


@pytest.mark.parametrize("statement", [
    "SELECT bi_index_merge('t_tsv')", "SELECT bi_index_check('t_tsv', true)",
    "SELECT bi_index_stats('t_tsv')", "SELECT bi_index_segments('t_tsv')",
    "SELECT bi_index_terms('t_tsv')"])
def test_dropped_meanwhile(primary, con, statement):
    """Who waits for an index that goes is told that there is none."""
    with primary.connect("locks") as other, other.transaction():
        other.execute("DROP INDEX t_tsv")
        waits = begin(primary, con, statement)
        assert waits.blocked_by(other.info.backend_pid)
    assert isinstance(waits.result(GONE), GONE)


class Client(threading.Thread):
    """Statements of all kinds, in transactions of one or some."""

    def __init__(self, instance, number, count):
        super().__init__(daemon=True)
        self.con = instance.connect("locks")
        self.con.execute("SET deadlock_timeout = '5ms'; " + BY_INDEX)
        self.random = random.Random(f"{SEED} client {number}")
        # two that drop an index by its name at a time, or one and REINDEX
        # INDEX, may each wait for what the name stood for before: core's own
        self.drops = number == 0
        self.count = count
        self.error = None

    def step(self):
        rnd, con = self.random, self.con
        con.execute("SET lock_timeout = %s" % rnd.choice([0, 0, 1, 5, 20]))
        con.execute("SET statement_timeout = %s" % rnd.choice([0, 0, 0, 20]))
        kind = rnd.random()
        if kind < 0.5:
            with con.transaction():
                # who has searched, and inserts then, and REINDEX TABLE would
                # wait for each other, whatever the index
                con.execute("LOCK TABLE t IN ROW EXCLUSIVE MODE")
                for _ in range(rnd.choice([1, 1, 3])):
                    con.execute(rnd.choice([
                        FIND, COUNT, INSERT, INSERT, MUCH, CHECK, FIGURES,
                        "DELETE FROM t WHERE id = 0"]))
        elif kind < 0.6 and self.drops:
            with con.transaction():
                con.execute(DDL["drop"])
                con.execute(CREATE)
        else:
            con.execute(rnd.choice([
                VACUUM, VACUUM, "VACUUM t", "ANALYZE t", MERGE, MERGE,
                "REINDEX TABLE CONCURRENTLY t", "REINDEX TABLE t", "ALTER TABLE t ADD more integer",
                "ALTER TABLE t DROP more"]))

    def run(self):
        for _ in range(self.count):
            try:
                self.step()
            except (psycopg.errors.LockNotAvailable,
                    psycopg.errors.QueryCanceled,
                    psycopg.errors.DuplicateColumn,
                    psycopg.errors.UndefinedColumn, *GONE):
                pass
            except Exception as error:
                if not is_of_reindex(error):
                    self.error = error
                    return


def test_no_circles(primary, con):
    """Whatever comes together, the search for deadlocks finds none."""
    print(f"BISEARCH_SEED={SEED}")
    clients = [Client(primary, number, cycles("LOCKS", 15))
               for number in range(6)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
        client.con.close()
        if client.error:
            raise client.error
    sound(con)


# ------------------------------------------------------------ the standby

def setting(standby, name, value):
    with standby.connect() as con:
        con.execute(f"ALTER SYSTEM SET {name} = {value}")
        con.execute("SELECT pg_reload_conf()")
        # the process that replays reads it at its next record


def replay_waits(standby):
    """Until replay waits for a lock or a snapshot."""
    until = time.monotonic() + HANG
    with standby.connect() as con:
        while not con.execute(
                "SELECT FROM pg_stat_activity a WHERE backend_type = 'startup'"
                " AND (wait_event LIKE 'RecoveryConflict%' OR EXISTS (SELECT "
                "FROM pg_locks l WHERE l.pid = a.pid AND NOT granted))"
                ).fetchall():
            assert time.monotonic() < until, "replay does not wait"
            time.sleep(0.005)


READERS = {name: HOLDERS[name] for name in ("search", "count", "check")}


@pytest.mark.parametrize("name", READERS)
def test_replay_waits(primary, con, standby, name):
    """A standby that has time: what changes the table waits for a reader,
    and others for that; all then find what they should."""
    catch_up(con, standby)
    held = Held(standby, name)
    # none of these does
    for statement in MUCH, VACUUM, MERGE, VACUUM, INSERT:
        con.execute(statement)
    catch_up(con, standby)
    assert held.is_alive()
    con.execute("ALTER TABLE t ADD more integer")
    con.execute("SELECT pg_logical_emit_message(true, 'test', 'flush')")
    replay_waits(standby)
    watch = standby.connect("locks")
    late = begin(standby, watch, FIND, "SET lock_timeout = '20ms'; "
                 + BY_INDEX)
    assert isinstance(late.result(TOO_LATE), TOO_LATE)
    late = begin(standby, watch, FIND, BY_INDEX)
    rows = held.result()
    assert rows == {"search": HAIL, "count": [(40,)]}.get(name, rows)
    assert late.result() == HAIL
    watch.close()
    catch_up(con, standby)
    sound(con)


@pytest.mark.parametrize("name,ddl", [
    (name, ddl) for n, name in enumerate(READERS)
    for d, ddl in enumerate(DDL) if n == d or cycles("LOCKS", 0)])
def test_replay_cancels(primary, con, standby, name, ddl):
    """A standby that has no time: readers are cancelled by what changes the
    table, with the error that says try again, and by nothing else."""
    catch_up(con, standby)
    setting(standby, "max_standby_streaming_delay", 0)
    try:
        held = Held(standby, name)
        for statement in MUCH, VACUUM, MERGE, VACUUM, INSERT:
            con.execute(statement)
        catch_up(con, standby)
        assert held.is_alive()
        con.execute(DDL[ddl])
        held.join(HANG)
        assert held.result(psycopg.errors.SerializationFailure)
        assert held.error, held.rows
        catch_up(con, standby)
    finally:
        setting(standby, "max_standby_streaming_delay", -1)
    sound(con)
    catch_up(con, standby)
    with standby.connect("locks") as reader:
        sound(reader)


def waits_for_a_lock(session):
    until = time.monotonic() + HANG
    while not session.watch.execute(
            "SELECT FROM pg_locks WHERE pid = %s AND NOT granted",
            [session.pid]).fetchall():
        assert session.is_alive() and time.monotonic() < until
        time.sleep(0.005)


ENDS = {"SET lock_timeout = '20ms'": TOO_LATE,
        "SET statement_timeout = '20ms'": psycopg.errors.QueryCanceled}


def test_lock_of_the_primary(primary, con, standby):
    """Who comes to a table that the primary has locked waits: no longer than
    lock_timeout and statement_timeout say, and until he is cancelled."""
    catch_up(con, standby)
    watch = standby.connect("locks")
    with con.transaction():
        con.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with primary.connect("locks") as other:
            catch_up(other, standby)
        # these open the index alone, which is not locked
        begin(standby, watch, FIGURES).result()
        for name in "search", "count", "plan", "check":
            statement, how = FREE[name]
            for setup, expected in ENDS.items():
                waits = begin(standby, watch, statement,
                              "; ".join(filter(None, (how, setup))))
                assert isinstance(waits.result(expected), expected)
            waits = begin(standby, watch, statement, how)
            waits_for_a_lock(waits)
            watch.execute("SELECT pg_cancel_backend(%s)", [waits.pid])
            assert waits.result(psycopg.errors.QueryCanceled)
        waits = begin(standby, watch, FIND, BY_INDEX)
    assert waits.result() == HAIL
    watch.close()
