"""Servers of a test's own, that it may kill, and what indexes are tried with.

Instance is a private server with settings of its own.  Library is a pool of
texts that both the client and the server's table "pool" know, so that the
client says by itself what a search must find.  Worker changes a table and
keeps the ledger of what was committed.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from clock import HANG
from conftest import Server, tool

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))

BLOCK = 8192
SECTOR = 512

# errors of a session whose server went away
LOST = (psycopg.OperationalError, psycopg.InterfaceError)


def cycles(name, default):
    """How many times to do it: BISEARCH_name, as test/long sets it."""
    return int(os.environ.get(f"BISEARCH_{name}") or default)


def sql_state(error):
    return getattr(error, "sqlstate", None)


def runs(pid):
    """Is there such a process, and not only its end to be told of?"""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


class Instance(Server):
    """A private server in a directory of its own under /tmp."""

    def __init__(self, name, settings=(), initdb=()):
        directory = tempfile.mkdtemp(prefix=f"bi.{name}.", dir="/tmp")
        os.chmod(directory, 0o755)
        tool("install", directory)
        lines = ["shared_buffers = 16MB", "autovacuum = off",
                 "log_min_messages = warning", *settings]
        (Path(directory) / "server.conf").write_text("\n".join(lines) + "\n")
        super().__init__(directory)
        self.data = self.dir / "data"
        self.initdb = list(initdb)

    def start(self):
        subprocess.run([str(Path(__file__).parent / "server"), "start",
                        str(self.dir), *self.initdb], check=True,
                       stdin=subprocess.DEVNULL)

    def stop(self):
        tool("stop", self.dir)

    def execute_once(self, statement, dbname="postgres"):
        """In a session of its own."""
        with self.connect(dbname) as con:
            con.execute(statement)

    def remove(self):
        if (self.data / "postmaster.pid").exists():
            self.kill()
        tool("remove", self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def pids(self):
        """The postmaster, and its children."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return first, [int(pid) for pid in children.split()]

    def kill(self):
        """End all of its processes as a power cut does."""
        first, _ = self.pids()
        # stopped, it starts no others
        os.kill(first, signal.SIGSTOP)
        _, children = self.pids()
        for pid in [first] + children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in [first] + children:
            while runs(pid):
                time.sleep(0.005)
        # pg_ctl takes a process that nobody waits for as alive
        for file in [self.data / "postmaster.pid",
                     *Path(self.socket).glob(".s.PGSQL.*")]:
            file.unlink()

    def log(self):
        return (self.data / "server.log").read_text(errors="replace")

    def check_log(self):
        """Nothing went wrong that a session may not have been told."""
        for line in self.log().splitlines():
            for word in ("TRAP:", "PANIC", "past chunk", "problem in alloc",
                         "inconsistent page", "was terminated by signal 11",
                         "was terminated by signal 6"):
                assert word not in line, line

    def run(self, program, *args):
        """Run one of the server's programs as the server's owner."""
        info = self.data.stat()
        who = {} if os.geteuid() else {
            "user": info.st_uid, "group": info.st_gid, "extra_groups": []}
        subprocess.run([os.path.join(self.bindir, program), *args],
                       check=True, cwd="/", stdin=subprocess.DEVNULL, **who)

    def sibling(self, name, settings=()):
        """A server that has no data yet: what fills its data directory may
        bring another server's configuration along."""
        other = Instance(name, settings)
        try:
            info = self.data.stat()
            for sub in "data", "socket":
                (other.dir / sub).mkdir(mode=0o700)
                if os.geteuid() == 0:
                    os.chown(other.dir / sub, info.st_uid, info.st_gid)
            with open(other.dir / "server.conf", "a") as conf:
                conf.write(f"unix_socket_directories = '{other.socket}'\n")
            (other.dir / "ready").touch()
        except BaseException:
            other.remove()
            raise
        return other

    def base_backup(self, directory, *options):
        self.run("pg_basebackup", "-h", self.socket, "-U", "postgres",
                 "-D", str(directory), "-c", "fast", "--no-sync", *options)

    def standby(self, name, settings=()):
        """A running hot standby, made from a base backup."""
        other = self.sibling(name, settings)
        try:
            self.base_backup(other.data, "-R", "-X", "stream")
            other.start()
        except BaseException:
            other.remove()
            raise
        return other


def is_replayed(standby, lsn):
    """Whether a standby has that; replay may be in the way of any session,
    and of new ones."""
    try:
        with standby.connect() as con:
            return con.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn",
                               [lsn]).fetchone()[0]
    except psycopg.OperationalError:
        return False


def catch_up(con, standby):
    """Wait until a standby has all that the primary, through this session,
    has.  A standby gets what is flushed, as by a commit."""
    con.execute("SELECT pg_logical_emit_message(true, 'test', 'flush')")
    lsn, = con.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    deadline = time.monotonic() + HANG
    while not is_replayed(standby, lsn):
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.01)


class Library:
    """Texts of words w0, w1, ..., of which the low ones are common; two of
    them, after such a beginning, of some 17,000 words x0, x1, ..., which only
    bi_tsvector keeps all places of."""

    LONG = 7, 133

    def __init__(self, seed, size=400, vocabulary=1200):
        self.random = random.Random(f"{seed} library")
        self.vocabulary = vocabulary
        self.texts = [self.text() for _ in range(size)]
        for n in self.LONG:
            if n < size:
                self.texts[n] = self.texts[n][:60] + [
                    f"x{self.random.randrange(50)}" for _ in range(17_000)]
        self.words = [frozenset(text) for text in self.texts]

    def word(self):
        return f"w{int(self.vocabulary * self.random.random() ** 3)}"

    def text(self):
        length = self.random.choice([0, 3, 40, 200, 300, 400, 400])
        if self.random.random() < 0.02:
            # more than a page, but no word more than 255 times
            length = 1800
        return [self.word() for _ in range(length)]

    def fill(self, con, table="pool"):
        con.execute(f"CREATE TABLE {table} (n integer PRIMARY KEY, "
                    "tsv tsvector)")
        con.cursor().executemany(
            f"INSERT INTO {table} VALUES (%s, CASE WHEN %s "
            "THEN bi_tsvector(NULL, %s) ELSE to_tsvector('simple', %s) END)",
            [(n, len(text) > 2000, " ".join(text), " ".join(text))
             for n, text in enumerate(self.texts)])

    def follows(self, left, right, most):
        """Texts with right 1 to most words after left."""
        return {n for n, text in enumerate(self.texts)
                if left in self.words[n] and right in self.words[n] and any(
                    right in text[i + 1:i + 1 + most]
                    for i, word in enumerate(text) if word == left)}

    def having(self, word):
        return {n for n, words in enumerate(self.words) if word in words}

    def search(self, rnd):
        """A condition on tsv, and the texts it is true of."""
        a, b, c = (f"w{int(self.vocabulary * rnd.random() ** 3)}"
                   for _ in range(3))
        kind = rnd.randrange(10)
        everything = set(range(len(self.texts)))
        if kind == 0:
            return f"tsv @~ '{a}'", self.having(a)
        if kind == 1:
            return f"tsv @~ '{a} {b}'", self.having(a) & self.having(b)
        if kind == 2:
            return (f"tsv @@ '({a} | {b}) & {c}'",
                    (self.having(a) | self.having(b)) & self.having(c))
        if kind == 3:
            return f"tsv @~ '{a} -{b}'", self.having(a) - self.having(b)
        if kind == 4:
            return f"tsv @~ '\"{a} {b}\"'", self.follows(a, b, 1)
        if kind == 5:
            return f"tsv @@ '{a} <-> {b}'", self.follows(a, b, 1)
        if kind == 6:
            return f"tsv @~ '-{a}'", everything - self.having(a)
        if kind in (7, 8):
            a, b = f"x{rnd.randrange(51)}", f"x{rnd.randrange(51)}"
            return (f"tsv @~ '\"{a} {b}\" & ATLEAST255({b})'",
                    self.follows(a, b, 1) & {
                        n for n in self.LONG
                        if self.texts[n:] and self.texts[n].count(b) >= 255})
        prefix = a[:3]
        return (f"tsv @~ '{prefix}*'",
                {n for n, words in enumerate(self.words)
                 if any(word.startswith(prefix) for word in words)})


def by_index(con, table, condition):
    con.execute("SET enable_seqscan = off; SET enable_bitmapscan = on; "
                "SET enable_indexscan = off")
    return [row[0] for row in con.execute(
        f"SELECT id FROM {table} WHERE {condition} ORDER BY id")]


def by_rows(con, table, condition):
    con.execute("SET enable_seqscan = on; SET enable_bitmapscan = off; "
                "SET enable_indexscan = off")
    return [row[0] for row in con.execute(
        f"SELECT id FROM {table} WHERE {condition} ORDER BY id")]


def uses_index(con, table):
    con.execute("SET enable_seqscan = off; SET enable_bitmapscan = on")
    plan = con.execute(f"EXPLAIN SELECT id FROM {table} WHERE tsv @~ 'w1'")
    return any("Bitmap Index Scan" in row[0] for row in plan)


class Worker(threading.Thread):
    """Changes rows of a table in a range of ids of its own, in transactions,
    and keeps what is committed, until its server goes away or it is told to
    stop.  Set wild for statements that may fail for good reasons, such as
    cancelled ones."""

    def __init__(self, instance, database, table, number, library, seed):
        super().__init__(daemon=True)
        self.instance = instance
        self.database = database
        self.table = table
        self.number = number
        self.library = library
        self.random = random.Random(f"{seed} worker {number}")
        self.rows = {}          # id: number of its text
        self.doubt = None       # transaction that may or may not be there
        self.next = number * 10_000_000
        self.transaction = number * 10_000_000
        self.enough = threading.Event()
        self.error = None

    def again(self):
        """A worker that goes on from here, after a restart."""
        other = Worker(self.instance, self.database, self.table, self.number,
                       self.library, self.random.random())
        other.rows = self.rows
        other.next = self.next
        other.transaction = self.transaction
        return other

    def insert(self, con, rows):
        count = self.random.choice([1, 5, 20, 60])
        ids = list(range(self.next, self.next + count))
        self.next += count
        texts = [self.random.randrange(len(self.library.texts)) for _ in ids]
        con.execute(f"INSERT INTO {self.table} SELECT i, tsv FROM "
                    "unnest(%s::integer[], %s::integer[]) v (i, t) "
                    "JOIN pool ON n = t", [ids, texts])
        rows.update(zip(ids, texts))

    def update(self, con, rows):
        ids = self.random.sample(sorted(rows), min(len(rows), 10))
        texts = [self.random.randrange(len(self.library.texts)) for _ in ids]
        con.execute(f"UPDATE {self.table} u SET tsv = pool.tsv FROM "
                    "unnest(%s::integer[], %s::integer[]) v (i, t) "
                    "JOIN pool ON n = t WHERE u.id = i", [ids, texts])
        rows.update(zip(ids, texts))

    def delete(self, con, rows):
        most = max(20, len(rows) // 6)
        ids = self.random.sample(sorted(rows), min(len(rows), most))
        con.execute(f"DELETE FROM {self.table} WHERE id = ANY (%s)", [ids])
        for i in ids:
            del rows[i]

    def step(self, con):
        rows = dict(self.rows)
        self.transaction += 1
        con.execute("BEGIN")
        for _ in range(self.random.choice([1, 1, 2])):
            change = self.random.choice(
                [self.insert, self.insert, self.insert, self.update,
                 self.delete] if len(rows) < 800 else
                [self.insert, self.update, self.delete, self.delete])
            change(con, rows)
        if self.random.random() < 0.1:
            con.execute("ROLLBACK")
            return
        con.execute("INSERT INTO done VALUES (%s)", [self.transaction])
        self.doubt = (self.transaction, rows)
        con.execute("COMMIT")
        self.rows = rows
        self.doubt = None

    def run(self):
        try:
            with self.instance.connect(self.database) as con:
                con.execute("SET enable_seqscan = off")
                while not self.enough.is_set():
                    self.step(con)
        except LOST as error:
            if sql_state(error) not in (None, "57P02", "57P01", "57P03"):
                self.error = error
        except Exception as error:
            self.error = error

    def settle(self, con):
        """Find out what became of the transaction in doubt."""
        if self.doubt is not None:
            number, rows = self.doubt
            if con.execute("SELECT FROM done WHERE n = %s",
                           [number]).fetchone() is not None:
                self.rows = rows
            self.doubt = None


def make_tables(con, table, library):
    """An empty indexed table, the pool, and a table of transactions."""
    library.fill(con)
    con.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, tsv tsvector)")
    con.execute(f"CREATE INDEX {table}_tsv ON {table} USING bisearch (tsv)")
    con.execute("CREATE TABLE done (n integer PRIMARY KEY)")


def check_ledger(con, table, library, rows, rnd, searches=12):
    """By index, row by row and by the client's ledger: all the same."""
    assert uses_index(con, table)
    assert by_rows(con, table, "true") == sorted(rows)
    for _ in range(searches):
        condition, texts = library.search(rnd)
        expected = sorted(i for i, text in rows.items() if text in texts)
        assert by_rows(con, table, condition) == expected, condition
        assert by_index(con, table, condition) == expected, condition


def count_in_index(con, table):
    """Articles in the index, as VACUUM counts them.  With FREEZE it waits
    for pages that it finds pinned, as by the background writer, and does not
    leave dead rows there; with INDEX_CLEANUP it does not pass over the index
    because few of the table's pages have dead rows; rows deleted a moment ago
    it leaves while anybody, as a worker that merges, has a snapshot from
    before."""
    while con.execute("SELECT count(*) FROM pg_stat_activity WHERE "
                      "backend_xmin IS NOT NULL AND "
                      "pid <> pg_backend_pid()").fetchone()[0]:
        time.sleep(0.01)
    con.execute("VACUUM (FREEZE, DISABLE_PAGE_SKIPPING, INDEX_CLEANUP ON) "
                f"{table}")
    return int(con.execute("SELECT reltuples FROM pg_class WHERE relname = %s",
                           [f"{table}_tsv"]).fetchone()[0])


def data_file(instance, con, relation):
    """Where a relation's main fork is."""
    return instance.data / con.execute(
        "SELECT pg_relation_filepath(%s)", [relation]).fetchone()[0]


def redo_of(instance):
    """Where recovery would begin, as the control file says."""
    text = subprocess.run(
        [os.path.join(instance.bindir, "pg_controldata"), str(instance.data)],
        check=True, capture_output=True, text=True).stdout
    return re.search(r"Latest checkpoint's REDO location:\s*(\S+)",
                     text).group(1)


def lose_writes(path, copy, rnd):
    """Of each block that was written since copy was made: what came to the
    disk.  The file's length counts as written, too."""
    old = copy.read_bytes()
    new = bytearray(path.read_bytes())
    all_or_nothing = rnd.choice([0.0, 0.5, 0.5, 1.0])
    lost = 0
    for start in range(0, len(new), BLOCK):
        end = start + BLOCK
        before = old[start:end] if end <= len(old) else bytes(BLOCK)
        if new[start:end] == before:
            continue
        fate = rnd.random()
        if fate < all_or_nothing:
            new[start:end] = before
        elif fate < all_or_nothing + 0.2:
            cut = start + SECTOR * rnd.randrange(BLOCK // SECTOR)
            if rnd.random() < 0.5:
                new[start:cut] = before[:cut - start]
            else:
                new[cut:end] = before[cut - start:]
        else:
            continue
        lost += 1
    if all_or_nothing == 1.0 and rnd.random() < 0.5:
        del new[len(old):]
    with open(path, "r+b") as file:
        file.write(new)
        file.truncate(len(new))
    return lost
