"""Damaged indexes: a right answer, or an error that says what to do.

Each damage is done to a copy of a good index's file, under a new name which
pg_class is then told, so that no buffer knows the page.  Pages have
PostgreSQL's checksums.  Where these are believed, whatever is done to a page
is found by them or by us.  Where they are ignored, as in a cluster without,
bytes within a page may have become others that are as good, so an answer may
be wrong; but nothing may crash, hang or fail in another way than said.
BISEARCH_DAMAGES is the number of damages; BISEARCH_SEED repeats a run.
"""

import os
import random
import struct
from pathlib import Path

import psycopg
import pytest

from clock import HANG, Clock
from index_pages import DOCS, INVALID, BIGRAMS, Pages
from instances import (SEED, Instance, Library, by_index, by_rows, cycles,
                       data_file, make_tables)

BLOCK = 8192
HEADER = 24
SPECIAL = BLOCK - 24     # BisOpaque, in src/index/page/layout.h
SECTOR = 512
MEMORY = 256             # MB that a damage may make a session take

# index corrupted, data corrupted; a version that is not ours
SAID = {"XX002", "XX001", "0A000"}


@pytest.fixture(scope="module")
def instance():
    with Instance("damage", initdb=["--data-checksums", "--encoding=UTF8",
                                    "--locale=C.UTF-8"]) as made:
        made.start()
        made.create_database("damage")
        yield made


def owner(content, block):
    """Generation and kind of a page."""
    special = block * BLOCK + SPECIAL
    return struct.unpack_from("<Q4xH", content, special)


# of words that the first segment has bigrams of
PHRASES = ("tsv @~ '\"w0 w1\"'", "tsv @@ 'w1 <-> w0'",
           "tsv @~ '\"w2 w0\" w3'")


def pages_of_bigrams(content):
    """Blocks of the first segment's bigrams, from their header on."""
    p = Pages(content)
    blocks = [p.header(0).bigrams, p.map(BIGRAMS)]
    for stream in range(5):
        blocks += [p.block(BIGRAMS, stream, page)
                   for page in range(p.stream(BIGRAMS, stream).npages)]
    words = {term.text: term.ndocs for term in p.terms(0)}
    assert all(words[word] >= p.header(0).frequent
               for word in (b"w0", b"w1", b"w2"))
    assert any(term.text == b"w0\0w1" for term in p.terms(BIGRAMS))
    assert p.header(1).bigrams == INVALID
    return blocks


class Scene:
    """A table whose index has all kinds of pages."""

    def __init__(self, instance):
        self.instance = instance
        self.random = random.Random(f"{SEED} damage")
        self.library = Library(f"{SEED} damage", 300, 2500)
        self.con = instance.connect("damage")
        con = self.con
        make_tables(con, "t", self.library)
        con.execute("DROP INDEX t_tsv")
        con.execute("CREATE INDEX t_tsv ON t USING bisearch "
                    "(tsv, id, (chr(65 + id % 7)))")
        con.execute("INSERT INTO t SELECT n, tsv FROM pool")
        con.execute("REINDEX INDEX t_tsv")
        con.execute("INSERT INTO t SELECT 1000 + n, tsv FROM pool")
        con.execute("DELETE FROM t WHERE id % 9 = 0")
        con.execute("VACUUM t")
        con.execute("INSERT INTO t SELECT 2000 + n, tsv FROM pool "
                    "WHERE n < 50 ORDER BY length(tsv) % 7")
        con.execute("ANALYZE t")
        self.unread = 0
        self.errors = 0
        con.add_notice_handler(self.notice)
        con.execute("SET client_min_messages = debug1")
        self.older = self.read()
        con.execute("INSERT INTO t SELECT 3000 + n, tsv FROM pool "
                    "WHERE n < 30")
        # VACUUM must not remove rows that the copies know as alive: without
        # the heap they would be counted
        self.holder = instance.connect("damage")
        self.holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.holder.execute("SELECT txid_current_snapshot()")
        con.execute("DELETE FROM t WHERE id % 11 = 0")
        self.good = self.read()
        self.mode = data_file(instance, con, "t_tsv").stat()
        self.next = 900_000
        self.truth = {}
        for _ in range(10):
            condition, _ = self.library.search(self.random)
            self.truth[condition] = None
        for condition in ("tsv @~ 'w1* -w2'", "tsv @@ 'w:*A | w2'",
                          "tsv @~ 'w1 NEAR/3 w2'", "tsv @~ 'w1?1'",
                          "tsv @~ 'w1' AND tsv @@ '!w2'",
                          "tsv @~ 'w1' AND id BETWEEN 200 AND 2100",
                          "tsv @~ '-w2' AND chr(65 + id % 7) = ANY ('{A,C}')",
                          *PHRASES):
            self.truth[condition] = None
        for condition in self.truth:
            self.truth[condition] = by_rows(con, "t", condition)
            assert by_index(con, "t", condition) == self.truth[condition]
        self.bigrams = pages_of_bigrams(self.good)
        assert all(self.truth[condition] for condition in PHRASES)

    def notice(self, notice):
        """An estimate could not read the index."""
        self.unread += "for an estimate" in notice.message_primary

    def read(self):
        self.con.execute("CHECKPOINT")
        return data_file(self.instance, self.con, "t_tsv").read_bytes()

    def use(self, content):
        """Let the index have this content."""
        self.next += 1
        path = data_file(self.instance, self.con, "t_tsv")
        path = path.with_name(str(self.next))
        path.write_bytes(content)
        os.chmod(path, 0o600)
        os.chown(path, self.mode.st_uid, self.mode.st_gid)
        self.con.execute("UPDATE pg_class SET relfilenode = %s "
                         "WHERE relname = 't_tsv'", [self.next])

    def damage(self):
        """A damaged content, what was done, and whether it must be found if
        it matters."""
        rnd = self.random
        content = bytearray(self.good)
        nblocks = len(content) // BLOCK
        block = rnd.choice([0, rnd.randrange(nblocks), rnd.randrange(nblocks),
                            rnd.randrange(nblocks), rnd.choice(self.bigrams)])
        start = block * BLOCK
        kind = rnd.choice(["bytes"] * 6 + ["swap"] * 2 + [
            "zero", "truncate", "older", "torn", "version", "places"])
        if kind == "swap":
            like = [b for b in range(nblocks) if b != block and
                    owner(self.good, b) == owner(self.good, block)]
            other = rnd.choice(like or range(nblocks))
            content[start:start + BLOCK] = \
                self.good[other * BLOCK:(other + 1) * BLOCK]
            return content, f"block {block} was {other}", True
        if kind == "zero":
            content[start:start + BLOCK] = bytes(BLOCK)
            return content, f"block {block} zero", True
        if kind == "truncate":
            cut = max(1, block)
            return content[:cut * BLOCK], f"only {cut} blocks", True
        if kind in ("older", "torn"):
            block = rnd.randrange(len(self.older) // BLOCK)
            start = block * BLOCK
            cut = start + (0 if kind == "older" else
                           SECTOR * rnd.randrange(1, BLOCK // SECTOR))
            content[cut:start + BLOCK] = self.older[cut:start + BLOCK]
            return content, f"block {block} of an older state from " \
                f"{cut - start}", False
        if kind == "version":
            # another format's page: its sign, or what the metapage says
            where = start + (HEADER if block == 0 else SPECIAL + 16)
            struct.pack_into("<I", content, where, struct.unpack_from(
                "<I", content, where)[0] + rnd.choice([-1, 1, 256]))
            return content, f"block {block} of another version", True
        if kind == "places":
            used = struct.unpack_from("<H", content, start + 12)[0]
            for _ in range(rnd.choice([2, 5, 20])):
                content[start + rnd.randrange(HEADER, max(
                    used, HEADER + 1))] = rnd.randrange(256)
            return content, f"block {block} in many places", None
        size = rnd.choice([1, 1, 2, 4, 8, 32, 512])
        where = rnd.choice(
            [rnd.randrange(HEADER), SPECIAL + rnd.randrange(24),
             HEADER + rnd.randrange(200), HEADER + rnd.randrange(200),
             rnd.randrange(BLOCK)])
        size = min(size, BLOCK - where)
        fill = rnd.choice([bytes(size), b"\xff" * size, rnd.randbytes(size),
                           bytes([1 << rnd.randrange(8)]) * size])
        content[start + where:start + where + size] = fill
        return content, f"block {block} bytes {where}+{size}={fill.hex():.16}", None

    def attempt(self, action):
        """What action gives, or None if it fails as it may."""
        clock = Clock(self.con)
        try:
            return action()
        except psycopg.Error as error:
            assert error.sqlstate in SAID, (error.sqlstate, str(error))
            hint = error.diag.message_hint or ""
            # core's own errors about a page have no hint
            assert "REINDEX" in hint or error.sqlstate == "XX001", str(error)
            # somewhere it says which index it is
            assert error.sqlstate == "XX001" or "t_tsv" in " ".join(
                filter(None, [error.diag.message_primary,
                              error.diag.message_detail,
                              error.diag.context])), str(error)
            self.errors += 1
            return None
        finally:
            assert clock.elapsed() < 30

    def searches(self, strict):
        """Whether all that was answered was answered rightly."""
        con = self.con
        for condition, ids in self.truth.items():
            # whatever is wrong with it, without it the table can be read
            con.execute(f"EXPLAIN SELECT FROM t WHERE {condition}")
            found = self.attempt(lambda: by_index(con, "t", condition))
            if strict and found is not None:
                assert found == ids, condition
            found = self.attempt(lambda: self.count(condition))
            if strict and found is not None:
                assert found == len(ids), condition

    def count(self, condition):
        """Without the heap, or with it where a page has changed."""
        con = self.con
        con.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        return con.execute(
            f"SELECT count(*) FROM t WHERE {condition}").fetchone()[0]

    def peak(self):
        """MB of address space that the session has had at most."""
        text = Path(f"/proc/{self.con.info.backend_pid}/status").read_text()
        return int(text.split("VmPeak:")[1].split()[0]) // 1024

    def inspect(self):
        """Whether bi_index_check finds something."""
        for function in ("bi_index_stats", "bi_index_segments",
                         "bi_index_terms"):
            self.attempt(lambda: self.con.execute(
                f"SELECT * FROM {function}('t_tsv')").fetchall())
        return self.attempt(lambda: self.con.execute(
            "SELECT bi_index_check('t_tsv', true)").fetchall()) is None

    def changes(self):
        con = self.con

        def insert():
            with con.transaction(force_rollback=True):
                con.execute("INSERT INTO t SELECT 5000 + n, tsv FROM pool "
                            "WHERE n % 16 = 0")
        self.attempt(insert)
        self.attempt(lambda: con.execute("VACUUM (INDEX_CLEANUP ON) t"))
        self.attempt(insert)
        self.attempt(lambda: con.execute("VACUUM t"))
        self.attempt(lambda: con.execute("SELECT bi_index_merge('t_tsv')"))


@pytest.fixture(scope="module")
def scene(instance):
    made = Scene(instance)
    made.con.execute(f"SET statement_timeout = '{HANG}s'")
    yield made
    made.con.close()
    made.holder.close()


META, HEADER_PAGE, MAP, STREAM, PENDING, LARGE = range(1, 7)


def pages(content, kind):
    """Blocks of the pages of a kind."""
    return [b for b in range(len(content) // BLOCK)
            if owner(content, b)[1] == kind]


def put(content, block, offset, form, value):
    struct.pack_into("<" + form, content, block * BLOCK + offset, value)


def next_of(content, block):
    return struct.unpack_from("<I", content, block * BLOCK + SPECIAL + 8)[0]


def known_damages(good):
    """What a check of its own is for: its name and the content."""
    pending = pages(good, PENDING)
    live = [b for b in pending if owner(good, b)[0] ==
            max(owner(good, p)[0] for p in pending)]
    tail = next(b for b in live if next_of(good, b) == 0xFFFFFFFF)
    other = next(b for b in live if b != tail)
    first = HEADER + 16
    p = Pages(good)
    header, other_header = (p.segment(n).header for n in range(2))
    bigrams, bigrams_map, *streams = pages_of_bigrams(good)
    docs = [p.block(n, DOCS) for n in range(2)]
    changes = {
        "list without end": [(tail, SPECIAL + 8, "I", tail)],
        "list in a circle": [(tail, SPECIAL + 8, "I", other)],
        "list cut short": [(other, SPECIAL + 8, "I", 0xFFFFFFFF)],
        "closed, without reason": [(tail, SPECIAL + 14, "H", 1)],
        "pd_upper below what is appended": [(tail, 14, "H", struct.unpack_from(
            "<H", good, tail * BLOCK + 12)[0])],
        "tsvector with a short header": [
            (b, first, "B", good[b * BLOCK + first] | 1) for b in live],
        "lexeme past the end": [(b, first + 8, "I", 0xFFFFFFFE)
                                  for b in live],
        "large article nowhere": [(b, HEADER + 12, "I", 0x01000001)
                                  for b in live],
        "map that leads nowhere": [(b, HEADER + 4 * n, "I", 0xFFFFFFF0 + n)
                                   for b in pages(good, MAP)
                                   for n in range(8)],
        "fewer segments": [(0, HEADER + 4, "I", 1)],
        "a segment too many": [(0, HEADER + 4, "I", 20)],
        "too many segments": [(0, HEADER + 4, "I", 0xFFFFFFFF)],
        "rows that no page has room for": [
            (b, HEADER + 8 * n + 4, "H", 0xFFFF - n)
            for b in docs for n in range(100)],
        "bigrams nowhere": [(header, HEADER + 40, "I", 0x01000001)],
        "no bigrams, but frequent words": [(header, HEADER + 40, "I", INVALID)],
        "bigrams, but no frequent words": [(header, HEADER + 44, "I", 0)],
        "bigrams of another segment": [(other_header, HEADER + 40, "I", bigrams),
                                     (other_header, HEADER + 44, "I", 20)],
        "a segment's own header as bigrams": [
            (header, HEADER + 40, "I", header)],
        "bigrams of bigrams": [(bigrams, HEADER + 40, "I", bigrams),
                           (bigrams, HEADER + 44, "I", 20)],
        "bigrams of more articles": [(bigrams, HEADER, "I", 1 << 30)],
        "bigrams of other pages": [(bigrams_map, HEADER, "I", p.map(0))],
        "empty pages of bigrams": [(b, 12, "H", HEADER) for b in streams],
    }
    for name, parts in changes.items():
        content = bytearray(good)
        for part in parts:
            put(content, *part)
        yield name, content
    # two dictionary pages, or two of the postings, in the other's place
    for block in pages(good, STREAM):
        like = [b for b in pages(good, STREAM)
                if b > block and owner(good, b) == owner(good, block)]
        if like and block % 8 == 0:
            content = bytearray(good)
            for to, source in ((block, like[0]), (like[0], block)):
                content[to * BLOCK:(to + 1) * BLOCK] = \
                    good[source * BLOCK:(source + 1) * BLOCK]
            yield f"pages {block} and {like[0]} exchanged", content


def test_known_damages(scene):
    """Each check has a damage that it alone finds."""
    scene.con.execute("SET ignore_checksum_failure = on")
    for name, content in known_damages(scene.good):
        print(name)
        scene.use(content)
        before = scene.errors
        scene.searches(True)
        assert scene.errors > before or "bigrams" not in name
        assert scene.inspect() or "bigrams" not in name
        scene.changes()
    scene.con.execute("SET ignore_checksum_failure = off")
    assert scene.unread > 0


def test_damaged(instance, scene):
    print(f"BISEARCH_SEED={SEED}")
    con = scene.con
    peak = scene.peak()
    found = 0
    for number in range(cycles("DAMAGES", 50)):
        content, what, strict = scene.damage()
        for ignore in ("off", "on"):
            print(number, what, ignore)
            con.execute(f"SET ignore_checksum_failure = {ignore}")
            scene.use(content)
            scene.searches(strict or strict is None and ignore == "off")
            found += scene.inspect()
            scene.changes()
            assert scene.peak() < peak + MEMORY
        con.execute("SET ignore_checksum_failure = off")
        if number % 10 == 0:
            con.execute("REINDEX INDEX t_tsv")
            for condition, ids in scene.truth.items():
                assert by_index(con, "t", condition) == ids, condition
    print(f"bi_index_check found {found} of {2 * (number + 1)}")
    instance.check_log()
