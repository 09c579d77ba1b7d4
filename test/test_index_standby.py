"""A hot standby answers as its primary does, through sessions that never
reconnect: over flushes, vacuums, merges, restarts of the primary and, at the
end, promotion.  Replay compares each page with the primary's
(wal_consistency_checking).  BISEARCH_ROUNDS is the number of rounds;
BISEARCH_SEED repeats a run, as far as time allows.
"""

import random
import time

import psycopg
import pytest

from instances import (SEED, Instance, Library, Worker, by_index, by_rows,
                       check_ledger, count_in_index, cycles, make_tables)


@pytest.fixture(scope="module")
def pair():
    settings = ["wal_consistency_checking = 'all'", "max_wal_senders = 4",
                "hot_standby_feedback = on", "wal_keep_size = 256MB",
                "wal_retrieve_retry_interval = 50ms"]
    with Instance("primary", settings) as primary:
        primary.start()
        primary.create_database("pair")
        with primary.standby("standby", settings) as standby:
            yield primary, standby


def wait_for_replay(primary, standby):
    """Until the standby, through this session, has all of the primary's."""
    lsn = primary.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
    deadline = time.monotonic() + 600
    while not standby.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn",
                              [lsn]).fetchone()[0]:
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.01)


def search(con, condition):
    """By index; again where replay had to cancel it."""
    while True:
        try:
            return by_index(con, "t", condition)
        except psycopg.errors.SerializationFailure:
            pass


class Old:
    """A snapshot on the standby, held over a round."""

    def __init__(self, con, conditions):
        self.con = con
        con.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.found = {c: by_rows(con, "t", c) for c in conditions}

    def check(self):
        for condition, ids in self.found.items():
            assert by_index(self.con, "t", condition) == ids, condition
        self.con.execute("COMMIT")


def upkeep(con, rnd):
    """What needs no lock that a reader on the standby would be in the way
    of."""
    con.execute(rnd.choice(["VACUUM (TRUNCATE OFF) t",
                            "VACUUM (TRUNCATE OFF) t",
                            "VACUUM (TRUNCATE OFF, INDEX_CLEANUP ON, FREEZE) t",
                            "CHECKPOINT"]))


def test_standby_follows(pair):
    print(f"BISEARCH_SEED={SEED}")
    primary, standby = pair
    rnd = random.Random(f"{SEED} standby")
    library = Library(f"{SEED} standby", 200)
    con = primary.connect("pair")
    make_tables(con, "t", library)
    workers = [Worker(primary, "pair", "t", n, library, SEED)
               for n in range(1, 3)]
    reader = standby.connect("pair")
    holder = standby.connect("pair")
    wait_for_replay(con, reader)
    for number in range(cycles("ROUNDS", 5)):
        conditions = [library.search(rnd)[0] for _ in range(8)]
        old = Old(holder, conditions)
        workers = [worker.again() for worker in workers]
        for worker in workers:
            worker.start()
        for _ in range(4):
            time.sleep(0.1)
            upkeep(con, rnd)
            search(reader, rnd.choice(conditions))
        for worker in workers:
            worker.enough.set()
            worker.join(600)
            if worker.error:
                raise worker.error
        wait_for_replay(con, reader)
        old.check()
        if rnd.random() < 0.3:
            con.execute(rnd.choice(["REINDEX INDEX t_tsv",
                                    "REINDEX INDEX CONCURRENTLY t_tsv",
                                    "VACUUM t"]))
            wait_for_replay(con, reader)
        for condition in conditions:
            found = search(reader, condition)
            assert found == by_rows(con, "t", condition), condition
            assert found == by_index(con, "t", condition), condition
        if number % 2 == 1:
            con.close()
            if number % 4 == 1:
                primary.stop()
            else:
                primary.kill()
            primary.start()
            con = primary.connect("pair")
            con.execute("INSERT INTO t SELECT -%s - n, tsv FROM pool",
                        [number * 1000])
            con.execute("DELETE FROM t WHERE id < 0")
            con.execute("VACUUM t")
            wait_for_replay(con, reader)
    con.close()

    # the same sessions go on when the standby has become the primary
    rows = {}
    for worker in workers:
        rows.update(worker.rows)
    reader.execute("SELECT pg_promote()")
    assert not reader.execute("SELECT pg_is_in_recovery()").fetchone()[0]
    check_ledger(reader, "t", library, rows, rnd)
    reader.execute("INSERT INTO t SELECT -1 - n, tsv FROM pool")
    reader.execute("DELETE FROM t WHERE id < 0")
    assert count_in_index(reader, "t") == len(rows)
    check_ledger(reader, "t", library, rows, rnd)
    reader.close()
    holder.close()
    primary.check_log()
    standby.check_log()
