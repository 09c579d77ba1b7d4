"""Random bytes in pages of an index, in a cluster with page checksums.

They are written while the server is stopped.  With checksums, each read of
such a page is PostgreSQL's error that names the block.  With these ignored
(ignore_checksum_failure), answers may be wrong, but whatever fails says
REINDEX.  With zero_damaged_pages a page that the index needs is missing, and
that is an error of ours.  Nothing crashes, what is answered with checksums is
right, and REINDEX mends all.  BISEARCH_CHECKSUMS is the number of damages;
BISEARCH_SEED repeats a run.
"""

import random
import re
import subprocess

import psycopg
import pytest

from index_pages import BLOCK, INVALID, Pages
from instances import (SEED, Instance, Library, by_index, by_rows, cycles,
                       data_file, make_tables)

MODES = {"checksums": [], "ignored": ["ignore_checksum_failure"],
         "zeroed": ["zero_damaged_pages"]}


def owner(pages, block):
    return pages.opaque(block).generation


class Scene:
    """A table whose index has all kinds of pages, also free ones."""

    def __init__(self, instance):
        self.instance = instance
        self.random = random.Random(f"{SEED} checksums")
        self.library = Library(f"{SEED} checksums", 300, 2500)
        instance.create_database("checksums")
        with instance.connect("checksums") as con:
            make_tables(con, "t", self.library)
            con.execute("INSERT INTO t SELECT n, tsv FROM pool")
            con.execute("REINDEX INDEX t_tsv")
            con.execute("INSERT INTO t SELECT 1000 + n, tsv FROM pool")
            con.execute("SELECT bi_index_merge('t_tsv')")
            con.execute("INSERT INTO t SELECT 2000 + n, tsv FROM pool "
                        "WHERE n < 80")
            con.execute("VACUUM t")
            con.execute("DELETE FROM t WHERE id % 9 = 0")
            con.execute("VACUUM t")
            con.execute("INSERT INTO t SELECT 3000 + n, tsv FROM pool "
                        "WHERE n < 50 ORDER BY length(tsv) % 7")
            con.execute("ANALYZE t")
            conditions = [self.library.search(self.random)[0]
                          for _ in range(8)]
            conditions += ["tsv @~ '\"w0 w1\"'", "tsv @@ 'w:*A | w2'"]
            self.truth = {condition: by_rows(con, "t", condition)
                          for condition in conditions}
            self.path = data_file(instance, con, "t_tsv")
        instance.stop()
        assert self.checked()
        self.good = self.path.read_bytes()
        pages = Pages(self.good)
        live = {pages.current.generation,
                *(pages.segment(n).generation
                  for n in range(pages.meta.nsegments))}
        assert pages.frozen.head == INVALID
        # the metapage is live, and most others are; some are of the past
        self.live = [0] + [block for block in range(1, len(self.good) // BLOCK)
                           if owner(pages, block) in live]

    def checked(self):
        """Whether all pages of the cluster have their checksum."""
        try:
            self.instance.run("pg_checksums", "--check", "-D",
                              str(self.instance.data))
            return True
        except subprocess.CalledProcessError:
            return False

    def damage(self):
        """Write the good index, but for random bytes in some blocks."""
        rnd = self.random
        content = bytearray(self.good)
        nblocks = len(content) // BLOCK
        blocks = {rnd.choice([rnd.choice(self.live), rnd.randrange(nblocks)])
                  for _ in range(rnd.choice([1, 1, 1, 3, 10]))}
        for block in blocks:
            size = rnd.choice([1, 2, 8, 100, 1000, BLOCK])
            start = block * BLOCK + rnd.randrange(BLOCK - size + 1)
            while content[start:start + size] == \
                    self.good[start:start + size]:
                content[start:start + size] = rnd.randbytes(size)
        with open(self.path, "r+b") as file:
            file.write(content)
            file.truncate(len(content))
        return blocks


class Session:
    """What is asked of an index that has these blocks damaged."""

    def __init__(self, scene, mode, blocks):
        self.scene = scene
        self.mode = mode
        self.blocks = blocks
        self.con = scene.instance.connect("checksums")
        self.con.execute("SET statement_timeout = '60s'")
        for name in MODES[mode]:
            self.con.execute(f"SET {name} = on")

    def attempt(self, action):
        """What action gives, or None if it fails as it may."""
        try:
            return action()
        except psycopg.Error as error:
            if self.mode == "checksums":
                assert error.sqlstate == "XX001", (error.sqlstate, str(error))
                block = re.search(r"invalid page in block (\d+) of", str(error))
                assert block and int(block.group(1)) in self.blocks
            elif error.sqlstate != "XX001":
                # of another version, by what the page says
                assert error.sqlstate in ("XX002", "0A000"), str(error)
                assert "REINDEX" in (error.diag.message_hint or "")
            else:
                # a page whose header makes no sense, whatever is ignored
                assert self.mode == "ignored", str(error)
            return None

    def execute(self, statement):
        return self.attempt(lambda: self.con.execute(statement))

    def count(self, condition):
        self.con.execute("SET enable_seqscan = off; "
                         "SET enable_bitmapscan = off")
        return self.con.execute(
            f"SELECT count(*) FROM t WHERE {condition}").fetchone()[0]

    def searches(self):
        con = self.con
        for condition, ids in self.scene.truth.items():
            # the planner reads the index, and can do without
            con.execute(f"EXPLAIN SELECT FROM t WHERE {condition}")
            assert by_rows(con, "t", condition) == ids
            found = self.attempt(lambda: by_index(con, "t", condition))
            count = self.attempt(lambda: self.count(condition))
            if self.mode != "ignored":
                assert found in (None, ids), condition
                assert count in (None, len(ids)), condition

    def inspect(self):
        """Whether bi_index_check finds something."""
        for function in ("bi_index_stats", "bi_index_segments",
                         "bi_index_terms"):
            self.execute(f"SELECT * FROM {function}('t_tsv')")
        return self.execute("SELECT bi_index_check('t_tsv', true)") is None

    def change(self):
        def insert():
            with self.con.transaction(force_rollback=True):
                self.con.execute("INSERT INTO t SELECT 5000 + n, tsv "
                                 "FROM pool WHERE n % 16 = 0")
        for statement in ("VACUUM (INDEX_CLEANUP ON) t", "VACUUM t",
                          "ANALYZE t", "SELECT bi_index_merge('t_tsv')"):
            self.attempt(insert)
            self.execute(statement)


def check_mended(scene, con):
    con.execute("REINDEX INDEX t_tsv")
    for condition, ids in scene.truth.items():
        assert by_index(con, "t", condition) == ids, condition
    con.execute("SELECT bi_index_check('t_tsv', true)")
    scene.path = data_file(scene.instance, con, "t_tsv")


@pytest.fixture(scope="module")
def scene():
    with Instance("checksums", ["shared_buffers = 16MB"], initdb=[
            "--data-checksums", "--encoding=UTF8",
            "--locale=C.UTF-8"]) as made:
        made.start()
        yield Scene(made)
        made.check_log()


def test_random_bytes(scene):
    print(f"BISEARCH_SEED={SEED}")
    found = {mode: 0 for mode in MODES}
    for number in range(cycles("CHECKSUMS", 6)):
        mode = list(MODES)[number % len(MODES)]
        blocks = scene.damage()
        print(number, mode, sorted(blocks))
        assert not scene.checked()
        scene.instance.start()
        session = Session(scene, mode, blocks)
        session.searches()
        wrong = session.inspect()
        found[mode] += wrong
        if mode != "ignored" and blocks & set(scene.live):
            assert wrong
        session.change()
        session.searches()
        check_mended(scene, session.con)
        session.con.close()
        scene.instance.stop()
        # what is written with a checksum of its own is as good as any
        assert scene.checked()
    assert all(found.values())
