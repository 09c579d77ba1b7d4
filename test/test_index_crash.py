"""Crashes: after kill -9 at any moment an index answers as the rows do, and
both as what the client knows to be committed.

Workers insert, update and delete, others vacuum and checkpoint; then the
server, or one backend, is killed.  In half of the cycles power is lost as
well: of what was written to the index since the last checkpoint, each block
is there, or not, or half of it.  BISEARCH_CRASHES is the number of cycles of
each kind; BISEARCH_SEED repeats a run, as far as time allows.
"""

import os
import random
import shutil
import signal
import threading
import time

import psycopg
import pytest

from instances import (LOST, SEED, Instance, Library, Worker, check_ledger,
                       count_in_index, cycles, data_file, lose_writes,
                       make_tables, redo_of, sql_state)

WORKERS = 3


class Upkeep(threading.Thread):
    """Vacuums, checkpoints and, after each, a copy of the index's file."""

    def __init__(self, instance, seed, copy):
        super().__init__(daemon=True)
        self.instance = instance
        self.random = random.Random(f"{seed} upkeep")
        self.copy = copy
        self.copying = threading.Lock()     # not to be killed in between
        self.redo = None
        self.enough = threading.Event()
        self.error = None

    def checkpoint(self, con):
        with self.copying:
            con.execute("CHECKPOINT")
            shutil.copyfile(data_file(self.instance, con, "t_tsv"), self.copy)
            self.redo = redo_of(self.instance)

    def run(self):
        try:
            with self.instance.connect("crash") as con:
                self.checkpoint(con)
                while not self.enough.is_set():
                    if self.random.random() < 0.25:
                        self.checkpoint(con)
                    else:
                        con.execute(self.random.choice(
                            ["VACUUM t", "VACUUM t", "VACUUM t", "ANALYZE t",
                             "VACUUM (INDEX_CLEANUP ON, FREEZE) t"]))
                    time.sleep(self.random.random() * 0.1)
        except LOST as error:
            if sql_state(error) not in (None, "57P02", "57P01", "57P03"):
                self.error = error
        except Exception as error:
            self.error = error


@pytest.fixture(scope="module")
def instance():
    # few buffers: pages are written to make room for others
    settings = ["shared_buffers = 1MB", "checkpoint_timeout = 1d", "max_wal_size = 10GB",
                "bgwriter_delay = 10ms"]
    with Instance("crash", settings) as made:
        made.start()
        made.create_database("crash")
        yield made


class Scene:
    """The table that goes from one crash to the next."""

    def __init__(self, instance, tmp_path, name):
        self.instance = instance
        self.random = random.Random(f"{SEED} {name}")
        self.library = Library(f"{SEED} {name}")
        self.copy = tmp_path / "index"
        instance.create_database("crash")
        with instance.connect("crash") as con:
            make_tables(con, "t", self.library)
        self.workers = [Worker(instance, "crash", "t", n, self.library,
                               f"{SEED} {name}") for n in range(1, WORKERS + 1)]
        self.path = None

    def begin(self):
        with self.instance.connect("crash") as con:
            self.path = data_file(self.instance, con, "t_tsv")
        self.workers = [worker.again() for worker in self.workers]
        self.upkeep = Upkeep(self.instance, self.random.random(), self.copy)
        for thread in self.workers + [self.upkeep]:
            thread.start()
        while self.upkeep.redo is None and self.upkeep.is_alive():
            time.sleep(0.01)
        time.sleep(self.random.uniform(0.1, 0.7))

    def end(self):
        for thread in self.workers + [self.upkeep]:
            thread.enough.set()
            thread.join(600)
            assert not thread.is_alive()
            if thread.error is not None:
                raise thread.error

    def cut(self, power):
        """kill -9, and perhaps the loss of what was not synced."""
        with self.upkeep.copying:
            self.instance.kill()
        self.end()
        lost = 0
        if power and self.upkeep.redo == redo_of(self.instance):
            lost = lose_writes(self.path, self.copy, self.random)
        self.instance.start()
        return lost

    def kill_one(self):
        """Only one backend; the server restarts by itself."""
        _, children = self.instance.pids()
        with self.instance.connect("crash") as con:
            backends = [row[0] for row in con.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = 'crash' "
                "AND pid <> pg_backend_pid()")]
        os.kill(self.random.choice([p for p in backends if p in children]),
                signal.SIGKILL)
        self.end()
        deadline = time.monotonic() + 600
        while True:
            try:
                self.instance.connect("crash").close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def check(self):
        rows = {}
        with self.instance.connect("crash") as con:
            for worker in self.workers:
                worker.settle(con)
                rows.update(worker.rows)
            check_ledger(con, "t", self.library, rows, self.random)
            assert count_in_index(con, "t") == len(rows)
            check_ledger(con, "t", self.library, rows, self.random, 4)


def test_killed(instance, tmp_path):
    print(f"BISEARCH_SEED={SEED}")
    scene = Scene(instance, tmp_path, "killed")
    for cycle in range(cycles("CRASHES", 10)):
        scene.begin()
        if cycle % 4 == 3:
            scene.kill_one()
        else:
            scene.cut(False)
        scene.check()
    instance.check_log()


def test_power_lost(instance, tmp_path):
    print(f"BISEARCH_SEED={SEED}")
    scene = Scene(instance, tmp_path, "power")
    lost = 0
    for _ in range(cycles("CRASHES", 10)):
        scene.begin()
        lost += scene.cut(True)
        scene.check()
    instance.check_log()
    assert lost > 0


def test_unlogged_is_empty_after_a_crash(instance):
    with instance.connect("crash") as con:
        con.execute("DROP TABLE IF EXISTS notes")
        con.execute("CREATE UNLOGGED TABLE notes (id integer, tsv tsvector)")
        con.execute("CREATE INDEX notes_tsv ON notes USING bisearch (tsv)")
        con.execute("INSERT INTO notes SELECT n, 'hail' "
                    "FROM generate_series(1, 1000) n")
        con.execute("VACUUM notes")
    instance.kill()
    instance.start()
    with instance.connect("crash") as con:
        con.execute("SET enable_seqscan = off")
        search = "SELECT id FROM notes WHERE tsv @~ 'hail'"
        assert con.execute(search).fetchall() == []
        con.execute("INSERT INTO notes VALUES (1, 'hail'), (2, 'snow')")
        assert con.execute(search).fetchall() == [(1,)]
        con.execute("VACUUM notes")
        assert con.execute(search).fetchall() == [(1,)]
