"""Indexes come through recovery of every kind: standbys that are killed while
they replay, and when they have been promoted; servers that are recovered from
an archive to moments between the steps of flushes, merges and vacuums;
pg_rewind of a primary that went on by itself.

Each time an index must answer as the rows do and be sound, heap and all, and
stay so over further inserts, vacuums and merges.  BISEARCH_RECOVERIES is the
number of cycles of each kind; BISEARCH_SEED repeats a run, as far as time
allows.
"""

import os
import random
import shutil
import signal
import time

import pytest

from clock import HANG
from instances import (LOST, SEED, Instance, Library, Worker, by_index,
                       by_rows, catch_up, count_in_index, cycles, data_file,
                       lose_writes, make_tables, redo_of, runs, uses_index)

DATABASE = "recovery"
SETTINGS = ["max_wal_senders = 4", "wal_retrieve_retry_interval = 50ms",
            "wal_keep_size = 256MB", "max_standby_streaming_delay = 0",
            # pages go to the disk while they are replayed
            "shared_buffers = 1MB", "checkpoint_timeout = 1d",
            "max_wal_size = 10GB", "wal_log_hints = on"]
VACUUMS = ["VACUUM t", "VACUUM t", "VACUUM (INDEX_CLEANUP ON, FREEZE) t",
           "SELECT bi_index_merge('t_tsv')"]


def until(condition, what):
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def sound(con):
    assert uses_index(con, "t")
    con.execute("SELECT bi_index_check('t_tsv', true)")


def agree(con, conditions, other=None):
    """By index as row by row, on another server as well."""
    for condition in conditions:
        ids = by_rows(con, "t", condition)
        assert by_index(con, "t", condition) == ids, condition
        if other:
            assert by_index(other, "t", condition) == ids, condition
    sound(con)
    if other:
        sound(other)


def change(con, rnd, first):
    """Rows come, change and go, in transactions of several sizes."""
    for start in range(0, 200, 50):
        con.execute("INSERT INTO t SELECT %s + n, tsv FROM pool "
                    "WHERE n >= %s AND n < %s",
                    [first, start, start + rnd.choice([1, 20, 50])])
    con.execute("DELETE FROM t WHERE id %% 5 = %s", [rnd.randrange(5)])
    con.execute("UPDATE t SET tsv = tsv || 'w0' WHERE id %% 7 = %s",
                [rnd.randrange(7)])


def go_on(con, rnd, conditions, first):
    """It can be written to, now that recovery is over."""
    for _ in range(2):
        change(con, rnd, first)
        first += 1000
        con.execute(rnd.choice(VACUUMS))
        agree(con, conditions)
    con.execute("SELECT bi_index_merge('t_tsv')")
    agree(con, conditions)
    assert count_in_index(con, "t") == len(by_rows(con, "t", "true"))


class Scene:
    """A primary whose table workers change; what is asked about it."""

    def __init__(self, primary, name):
        print(f"BISEARCH_SEED={SEED}")
        self.primary = primary
        self.random = random.Random(f"{SEED} {name}")
        self.library = Library(f"{SEED} {name}", 200)
        primary.create_database(DATABASE)
        self.con = primary.connect(DATABASE)
        make_tables(self.con, "t", self.library)
        self.conditions = [self.library.search(self.random)[0]
                           for _ in range(8)]
        self.workers = [Worker(primary, DATABASE, "t", n, self.library, SEED)
                        for n in range(1, 3)]

    def work(self, times=None):
        """Workers, VACUUM and merges, for that many of these."""
        self.workers = [worker.again() for worker in self.workers]
        for worker in self.workers:
            worker.start()
        for _ in range(times or self.random.randrange(1, 6)):
            time.sleep(self.random.random() * 0.1)
            self.con.execute(self.random.choice(VACUUMS))

    def rest(self):
        for worker in self.workers:
            worker.enough.set()
            worker.join(HANG)
            if worker.error:
                raise worker.error


# -------------------------------------------------- crashes of a standby

@pytest.fixture(scope="module")
def primary():
    with Instance("primary", SETTINGS) as made:
        made.start()
        yield made
        made.check_log()


def kill_replay(standby):
    """kill -9 of the process that replays: the whole server ends."""
    with standby.connect() as con:
        pid, = con.execute("SELECT pid FROM pg_stat_activity WHERE "
                           "backend_type = 'startup'").fetchone()
    first, _ = standby.pids()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not runs(first), "the server goes on without replay")


def stop_immediately(standby):
    standby.run("pg_ctl", "-D", str(standby.data), "-m", "immediate", "-s",
                "stop")


def kill_other(standby):
    """Any other process: the server begins recovery anew by itself."""
    first, children = standby.pids()
    with standby.connect() as con:
        pid, = con.execute("SELECT pid FROM pg_stat_activity WHERE "
                           "backend_type = 'background writer'").fetchone()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not set(children) & set(standby.pids()[1]),
          "the server goes on")


def ready(standby):
    try:
        standby.connect().close()
        return True
    except LOST:
        return False


class Disk:
    """What of the index was on the standby's disk at a restart point."""

    def __init__(self, scene, standby, path):
        self.standby = standby
        self.copy = path
        scene.con.execute("CHECKPOINT")
        catch_up(scene.con, standby)
        with standby.connect(DATABASE) as con:
            con.execute("CHECKPOINT")
            self.file = data_file(standby, con, "t_tsv")
        shutil.copyfile(self.file, path)
        self.redo = redo_of(standby)

    def lose(self, rnd):
        if redo_of(self.standby) == self.redo:
            return lose_writes(self.file, self.copy, rnd)
        return 0


KILLS = {"writes": Instance.kill, "replay": kill_replay,
         "other": kill_other, "power": Instance.kill,
         "immediate": stop_immediately}


def test_standby_killed(primary, tmp_path):
    """In the middle of replay."""
    scene = Scene(primary, "killed")
    rnd = scene.random
    lost = 0
    with primary.standby("standby", SETTINGS) as standby:
        for cycle in range(cycles("RECOVERIES", 3)):
            kind = list(KILLS)[cycle % len(KILLS)]
            disk = Disk(scene, standby, tmp_path / "index")
            scene.work()
            KILLS[kind](standby)
            if kind == "writes":
                lost += disk.lose(rnd)
            scene.con.execute(rnd.choice(VACUUMS))
            if kind != "other":
                standby.start()
            until(lambda: ready(standby), "the standby does not start")
            scene.rest()
            catch_up(scene.con, standby)
            with standby.connect(DATABASE) as reader:
                agree(scene.con, scene.conditions, reader)
            if rnd.random() < 0.2:
                scene.con.execute("REINDEX INDEX t_tsv")
        assert lost > 0 or cycle < 20
        standby.check_log()
    scene.con.close()


def test_promoted_and_killed(primary):
    """A standby becomes a primary in the middle of what it replays, is
    killed, written to, and killed again."""
    scene = Scene(primary, "promoted")
    for _ in range(max(1, cycles("RECOVERIES", 3) // 5)):
        with primary.standby("promoted", SETTINGS) as standby:
            scene.work()
            standby.execute_once("SELECT pg_promote()")
            standby.kill()
            scene.rest()
            standby.start()
            with standby.connect(DATABASE) as con:
                agree(con, scene.conditions)
                con.execute("CHECKPOINT")
                go_on(con, scene.random, scene.conditions, 1_000_000)
                change(con, scene.random, 2_000_000)
                con.execute(scene.random.choice(VACUUMS))
            standby.kill()
            standby.start()
            with standby.connect(DATABASE) as con:
                agree(con, scene.conditions)
                go_on(con, scene.random, scene.conditions, 3_000_000)
            standby.check_log()
    scene.con.close()


# ------------------------------------------------ point-in-time recovery

class Archive:
    """A base backup, and the steps that were archived after it."""

    def __init__(self, scene, directory):
        self.scene = scene
        self.wal = directory / "wal"
        self.base = directory / "base"
        self.steps = []
        scene.primary.base_backup(self.base, "-X", "none")

    def step(self, name, statements):
        """Do it, and know what was so at its end."""
        con = self.scene.con
        begin, = con.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        xid = None
        for statement in statements:
            if statement.startswith(("VACUUM", "CHECKPOINT")):
                con.execute(statement)
                xid = None
            else:
                with con.transaction():
                    con.execute(statement)
                    xid, = con.execute(
                        "SELECT pg_current_xact_id_if_assigned()").fetchone()
        end, = con.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        name = f"{len(self.steps)} {name}"
        con.execute("SELECT pg_create_restore_point(%s)", [name])
        found = {condition: by_rows(con, "t", condition)
                 for condition in self.scene.conditions}
        self.steps.append((name, begin, end, xid, found))

    def finish(self):
        con = self.scene.con
        last, = con.execute("SELECT pg_walfile_name(pg_switch_wal())"
                            ).fetchone()
        until(lambda: (self.wal / last).exists(), "WAL is not archived")

    def target(self, rnd):
        """A moment, as parameters say it, and what is so then, if that is
        known."""
        name, begin, end, xid, found = rnd.choice(self.steps)
        kind = rnd.choice(["name", "lsn", "lsn", "lsn", "xid"])
        if kind == "name":
            return f"recovery_target_name = '{name}'", name, found
        if kind == "xid" and xid:
            return f"recovery_target_xid = '{xid}'", name, found
        first, last = (int(high, 16) << 32 | int(low, 16) for high, low in (
            lsn.split("/") for lsn in (begin, end)))
        lsn = rnd.randrange(first, last + 1)
        return (f"recovery_target_lsn = '{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}'",
                name, None)


def restored(instance, archive, target):
    """Recover the base backup to there, and let it be written to."""
    if instance.data.exists():
        if (instance.data / "postmaster.pid").exists():
            instance.kill()
        shutil.rmtree(instance.data)
    shutil.copytree(archive.base, instance.data, symlinks=True)
    with open(instance.data / "postgresql.auto.conf", "a") as conf:
        conf.write(f"restore_command = 'cp {archive.wal}/%f %p'\n{target}\n"
                   "recovery_target_action = 'promote'\n")
    (instance.data / "recovery.signal").touch()
    info = (archive.base / "PG_VERSION").stat()
    for path in (instance.data, *instance.data.rglob("*")):
        os.chown(path, info.st_uid, info.st_gid)
    instance.data.chmod(0o700)
    instance.start()
    con = instance.connect(DATABASE)
    until(lambda: not con.execute("SELECT pg_is_in_recovery()").fetchone()[0],
          "recovery does not end")
    return con


@pytest.fixture
def archiving():
    """A primary that archives its WAL; the archive's directory."""
    with Instance("archive", [*SETTINGS, "archive_mode = on"]) as made:
        made.start()
        directory = made.dir / "archive"
        info = made.data.stat()
        for made_for_it in directory, directory / "wal":
            made_for_it.mkdir(mode=0o700)
            os.chown(made_for_it, info.st_uid, info.st_gid)
        with made.connect() as con:
            con.execute("ALTER SYSTEM SET archive_command = "
                        f"'cp %p {directory}/wal/%f'")
            con.execute("SELECT pg_reload_conf()")
        yield made, directory


def put(first, some="true"):
    return f"INSERT INTO t SELECT {first} + n, tsv FROM pool WHERE {some}"


VACUUM = "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) t"
MERGE = "SELECT bi_index_merge('t_tsv')"
STEPS = {
    "inserts": [put(0, "n < 50"), put(1000, "n % 7 = 1"), put(2000, "n = 3")],
    "a flush by inserts": [put(3000 + 1000 * n) for n in range(3)],
    "a flush by VACUUM": [put(10_000, "n < 80"), VACUUM],
    "marks": ["DELETE FROM t WHERE id % 3 = 0", VACUUM],
    "new rows": [put(11_000), "UPDATE t SET tsv = tsv || 'w1' "
                 "WHERE id % 11 = 2"],
    "a merge": [MERGE],
    "release": [put(12_000, "n < 20"), VACUUM, put(13_000), VACUUM],
    "reuse": [put(14_000), put(15_000), "DELETE FROM t WHERE id % 4 = 1",
              MERGE, VACUUM],
    "REINDEX": ["REINDEX INDEX t_tsv", put(16_000, "n < 30")],
    "a checkpoint": ["CHECKPOINT", put(17_000, "n < 30"), MERGE],
}


def test_point_in_time(archiving):
    """Recovery to moments between the records of inserts, flushes, merges,
    marking dead and reuse."""
    primary, directory = archiving
    scene = Scene(primary, "archive")
    rnd = scene.random
    archive = Archive(scene, directory)
    for name, statements in STEPS.items():
        archive.step(name, statements)
    archive.finish()
    with primary.sibling("restored", [*SETTINGS, "archive_mode = off"]) as made:
        for _ in range(cycles("RECOVERIES", 3)):
            target, name, found = archive.target(rnd)
            print(name, target)
            con = restored(made, archive, target)
            if found is not None:
                for condition, ids in found.items():
                    assert by_rows(con, "t", condition) == ids, condition
            agree(con, scene.conditions)
            go_on(con, rnd, scene.conditions, 1_000_000)
            con.close()
            made.check_log()
    scene.con.close()


# -------------------------------------------------------------- pg_rewind

def rewind(old, new):
    """Make of a primary that went on by itself a standby of another."""
    old.run("pg_rewind", "--target-pgdata", str(old.data), "--no-sync", "-R",
            "--source-server", f"host={new.socket} port=5432 user=postgres "
            "dbname=postgres")
    # what is the other's in the configuration is overridden
    conf = old.dir / "server.conf"
    line = f"unix_socket_directories = '{old.socket}'\n"
    if line not in conf.read_text():
        with open(conf, "a") as file:
            file.write(line)
    old.start()


def test_rewind(primary):
    scene = Scene(primary, "rewind")
    rnd = scene.random
    scene.work(3)
    scene.rest()
    scene.con.close()
    old = primary
    with primary.standby("rewound", SETTINGS) as new:
        for cycle in range(max(2, cycles("RECOVERIES", 3) // 5)):
            with old.connect(DATABASE) as con:
                change(con, rnd, 1_000_000 + 100_000 * cycle)
                catch_up(con, new)
                new.execute_once("SELECT pg_promote()")
                # both go on from here
                for n, server in enumerate((old, new)):
                    with server.connect(DATABASE) as con:
                        go_on(con, rnd, scene.conditions,
                              2_000_000 + 100_000 * cycle + 5000 * n)
            with new.connect() as con:
                con.execute("CHECKPOINT")
            if cycle % 2:
                old.kill()
            else:
                old.stop()
            rewind(old, new)
            with new.connect(DATABASE) as con:
                catch_up(con, old)
                with old.connect(DATABASE) as reader:
                    agree(con, scene.conditions, reader)
                go_on(con, rnd, scene.conditions, 3_000_000 + 100_000 * cycle)
                catch_up(con, old)
                with old.connect(DATABASE) as reader:
                    agree(con, scene.conditions, reader)
            old, new = new, old
        for server in old, new:
            server.check_log()
