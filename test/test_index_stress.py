"""Large and small articles come and go while an index is flushed, merged,
vacuumed, rebuilt and checked at the same time.

Each search answers as the rows of its own snapshot do, and no check finds
anything: neither while the others work nor afterwards.  BISEARCH_STRESS is
how many seconds each mixture lasts; BISEARCH_SEED repeats what is inserted.
"""

import random
import threading
import time

import pytest
from psycopg import errors

from clock import HANG
from instances import SEED, Instance, by_index, by_rows, cycles

SECONDS = cycles("STRESS", 6)
CHECK = "SELECT bi_index_check('t_tsv', true)"


@pytest.fixture(scope="module")
def server():
    with Instance("stress", ["shared_buffers = 64MB"]) as made:
        made.start()
        yield made


def fill(con):
    """Articles of many sizes in table pool."""
    con.execute("CREATE TABLE pool (n integer PRIMARY KEY, tsv tsvector)")
    rnd = random.Random(f"{SEED} pool")
    with con.cursor().copy("COPY pool FROM STDIN") as copy:
        for number in range(120):
            size = rnd.choice([10, 100, 300, 1200, 2500, 6000])
            words = {f"w{int(8000 * rnd.random() ** 3)}" for _ in range(size)}
            copy.write_row([number, " ".join(
                f"{word}:{place + 1}" for place, word in
                enumerate(sorted(words)))])
    con.execute("CREATE TABLE t (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX t_tsv ON t USING bisearch (tsv)")


def insert(con, rnd):
    con.execute("INSERT INTO t SELECT %s, tsv FROM pool WHERE n %% %s = %s",
                [rnd.randrange(1000000), *rnd.choice(
                    [(120, rnd.randrange(120)), (20, rnd.randrange(20))])])


def change(con, rnd):
    at = rnd.randrange(1000000)
    con.execute(rnd.choice([
        "DELETE FROM t WHERE id BETWEEN {0} AND {0} + 100000",
        "UPDATE t SET tsv = tsv || 'again:1' "
        "WHERE id BETWEEN {0} AND {0} + 20000"]).format(at))


def search(con, rnd):
    a, b = (f"w{int(8000 * rnd.random() ** 3)}" for _ in range(2))
    condition = "tsv @~ '" + rnd.choice(
        [a, f"{a} {b}", f"{a} -{b}", f'"{a} {b}"', f"{a} NEAR/9 {b}"]) + "'"
    with con.transaction():
        con.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        con.execute("SELECT FROM t LIMIT 1")
        assert by_index(con, "t", condition) == \
            by_rows(con, "t", condition), condition


def statement(text):
    return lambda con, _: con.execute(text)


def by_name(text):
    """A statement that names the index.  While it is rebuilt, its name may
    be looked up before the new index takes it over, and the lock then
    granted on the old one, which is no longer valid or already gone: amcheck
    refuses that as well."""
    def action(con, _):
        try:
            con.execute(text)
        except errors.FeatureNotSupported as error:
            if "_ccold" not in str(error):
                raise
        except errors.UndefinedTable:
            pass
    return action


VACUUM = statement("VACUUM (INDEX_CLEANUP ON) t")
MERGE = by_name("SELECT bi_index_merge('t_tsv')")
MIXTURES = {
    "merges": [MERGE, VACUUM],
    "workers": [VACUUM],
    "rebuilds": [statement("REINDEX INDEX CONCURRENTLY t_tsv"), MERGE,
                 VACUUM],
}


class Session(threading.Thread):
    """Does something again and again."""

    def __init__(self, server, number, action, enough):
        super().__init__(daemon=True)
        self.con = server.connect("stress")
        self.rnd = random.Random(f"{SEED} {number}")
        self.action = action
        self.enough = enough
        self.error = None
        self.count = 0

    def run(self):
        try:
            while not self.enough.is_set():
                self.action(self.con, self.rnd)
                self.count += 1
        except Exception as error:
            self.error = error
            self.enough.set()


@pytest.mark.parametrize("mixture", MIXTURES)
def test_stress(server, mixture):
    print(f"BISEARCH_SEED={SEED}")
    server.create_database("stress")
    con = server.connect("stress")
    fill(con)
    if mixture != "workers":
        con.execute("ALTER DATABASE stress SET "
                    "bisearch.max_merge_workers = 0")
    enough = threading.Event()
    actions = [insert, insert, insert, change, search, by_name(CHECK),
               *MIXTURES[mixture]]
    sessions = [Session(server, number, action, enough)
                for number, action in enumerate(actions)]
    for session in sessions:
        session.start()
    enough.wait(SECONDS)
    # something was done by each, however busy the machine is
    end = time.monotonic() + HANG
    while not enough.is_set() and time.monotonic() < end and \
            not all(session.count for session in sessions):
        time.sleep(0.1)
    enough.set()
    for session in sessions:
        session.join(HANG)
        assert not session.is_alive()
        session.con.close()
    for session in sessions:
        if session.error is not None:
            raise session.error
    print(mixture, [session.count for session in sessions])
    assert all(session.count for session in sessions)
    con.execute(CHECK)
    for action in MIXTURES[mixture]:
        action(con, None)
        con.execute(CHECK)
    rnd = random.Random(SEED)
    for _ in range(20):
        search(con, rnd)
    con.close()
    server.check_log()
