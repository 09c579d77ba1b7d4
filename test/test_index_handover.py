"""What happens between two steps of an index, one at a time.

A session waits at a point of src/base/testpoint.h while others do what could
be in its way, or while the server is killed.  Each test is the one that a
planted bug turns red (test/planted.d).
"""

import os
import time

import psycopg
import pytest

from hooks import Waiting, compile_with_hooks, use_hooks
from instances import Instance, by_index, by_rows, count_in_index

BY_INDEX = "SET enable_seqscan = off; SET enable_bitmapscan = on"
FIND = "SELECT id FROM t WHERE tsv @~ 'hail' ORDER BY id"
MERGE = "SELECT bi_index_merge('t_tsv')"
VACUUM = "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) t"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compile_with_hooks(tmp_path_factory.mktemp("hooks"))


@pytest.fixture(scope="module")
def server_with_points(library):
    with Instance("hooks") as made:
        made.start()
        use_hooks(library, made)
        yield made


@pytest.fixture
def instance(server_with_points):
    """With table t: ids 1 to 40 are hail, in two segments, 41 to 45 are in
    the pending list; 1000 to 1999 are other words, in between."""
    made = server_with_points
    made.create_database("handover")
    con = made.connect("handover")
    con.execute("CREATE TABLE t (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX t_tsv ON t USING bisearch (tsv)")
    insert(con, 1, 20)
    insert(con, 1000, 1499, "snow")
    con.execute(VACUUM)
    insert(con, 21, 40)
    insert(con, 1500, 1999, "snow")
    con.execute(VACUUM)
    insert(con, 41, 45)
    con.close()
    yield made


@pytest.fixture
def con(instance):
    with instance.connect("handover") as made:
        made.execute("SET statement_timeout = '600s'")
        yield made


# so much that an insert flushes
ENOUGH = ("INSERT INTO t SELECT 9000 + n, (SELECT to_tsvector('simple', "
          "string_agg('z' || k, ' ')) FROM generate_series(1, 600) k) "
          "FROM generate_series(1, 200) n")


def insert(con, first, last, word="hail"):
    con.execute("INSERT INTO t SELECT n, to_tsvector('simple', "
                "%s || ' x' || n %% 40 || ' y' || n) "
                "FROM generate_series(%s::integer, %s) n",
                [word, first, last])


def large(con, identity):
    """An article on pages of its own."""
    con.execute("INSERT INTO t SELECT %s, to_tsvector('simple', "
                "'hail ' || string_agg('large' || n, ' ')) "
                "FROM generate_series(1, 2000) n", [identity])


def agree(con):
    """By index as row by row, each row once, and all in order."""
    for condition in ("tsv @~ 'hail'", "tsv @~ 'snow -x3'", "tsv @~ 'rain'",
                      "tsv @@ 'hail <-> x7'", "tsv @~ 'large77'",
                      "tsv @~ '-hail'"):
        assert by_index(con, "t", condition) == \
            by_rows(con, "t", condition), condition
    con.execute("SELECT bi_index_check('t_tsv', true)")


# ----------------------------------------- a search has read the metapage

def merged(con):
    con.execute(MERGE)


def deleted(con):
    con.execute("DELETE FROM t WHERE id < 30")
    con.execute(VACUUM)


def replaced(con):
    """Pages are retired, and may be reused as soon as that is safe."""
    for number in range(4):
        insert(con, 3000 + 600 * number, 3599 + 600 * number, "rain")
        con.execute(MERGE)
        con.execute("DELETE FROM t WHERE id >= 3000")
        con.execute(VACUUM)
        con.execute(VACUUM)


@pytest.mark.parametrize("meanwhile", [merged, deleted, replaced])
def test_search_finds_what_it_began_with(instance, con, meanwhile):
    """Its metapage names what stays as it was."""
    search = Waiting(instance, "handover", FIND, "SCAN_BEGUN", BY_INDEX)
    meanwhile(con)
    assert search.finish() == [(n,) for n in range(1, 46)]
    agree(con)


def test_pages_are_used_when_nobody_needs_them(con):
    """Or the test before this one would show nothing."""
    replaced(con)
    size = con.execute("SELECT pg_relation_size('t_tsv')").fetchone()
    replaced(con)
    assert con.execute("SELECT pg_relation_size('t_tsv')").fetchone() == size


# -------------------------------- an insert is about to append its article

@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("flushes", [1, 2])
def test_append_meets_flush(instance, con, size, flushes):
    """Its list has become a segment: the article goes to the new list."""
    text = "hail" if size == "small" else \
        "hail ' || (SELECT string_agg('large' || n, ' ') FROM " \
        "generate_series(1, 2000) n) || '"
    append = Waiting(
        instance, "handover",
        f"INSERT INTO t VALUES (46, to_tsvector('simple', '{text}'))",
        "APPEND")
    writer = instance.connect("handover")
    for number in range(flushes):
        con.execute(MERGE)
        # else the list is empty, and its end is nowhere
        writer.execute("BEGIN")
        assert append.is_alive()
        writer.execute("COMMIT")
    append.finish()
    assert by_index(con, "t", "tsv @~ 'hail'") == list(range(1, 47))
    agree(con)
    con.execute(VACUUM)
    agree(con)
    writer.close()


# ---------------------------------------------- a page that gets an owner

def several(first, last, table="t"):
    """Statement to insert articles on pages of their own."""
    return (f"INSERT INTO {table} SELECT n, (SELECT to_tsvector('simple', "
            "'hail ' || string_agg('large' || n, ' ')) "
            "FROM generate_series(1, 1300) n) "
            f"FROM generate_series({first}, {last}) n")


@pytest.fixture
def extending(con):
    """PostgreSQL's assertions allow no other lock while a file is being
    extended, as a test point takes one."""
    if con.execute("SHOW debug_assertions").fetchone()[0] == "on":
        pytest.skip("a server with assertions")


def test_page_being_added_is_not_offered(instance, con, extending):
    """VACUUM searches for free pages while an insert has made the file longer
    and not yet locked the new page, which is zero like a free one."""
    size = "SELECT pg_relation_size('t_tsv')"
    began = con.execute(size).fetchone()
    identity = 45
    while con.execute(size).fetchone() == began:
        # until the free space map has no more to offer
        identity += 1
        con.execute(several(identity, identity))
    con.execute(MERGE)
    for _ in range(5):
        # then VACUUM can reclaim what that has retired
        con.execute("SELECT txid_current()")
    extends = Waiting(instance, "handover", several(500, 500), "EXTENDED")
    vacuum = Waiting(instance, "handover", VACUUM)
    waits = vacuum.waits_for_lock("extend")
    # takes all that the map offers
    other = Waiting(instance, "handover", several(501, 560))
    other.waits_for_lock("extend")
    for session in extends, vacuum, other:
        session.finish()
    assert by_index(con, "t", "tsv @~ 'hail'") == [
        *range(1, identity + 1), *range(500, 561)]
    agree(con)
    assert waits


def test_pages_past_the_end_are_offered(instance, con):
    """The free space map survives a crash that the file's end does not."""
    con.execute("CREATE TABLE u (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("INSERT INTO u VALUES (1, 'hail')")
    con.execute("CREATE INDEX u_tsv ON u USING bisearch (tsv)")
    con.execute("CREATE EXTENSION IF NOT EXISTS pg_freespacemap")
    file = instance.data / con.execute(
        "SELECT pg_relation_filepath('u_tsv')").fetchone()[0]

    def restart_with(change):
        instance.stop()
        change()
        instance.start()
        return instance.connect("handover")

    end = file.stat().st_size
    assert end < 10 * 8192, "or VACUUM will not search for one free page"
    con.close()
    con = restart_with(lambda: file.open("ab").write(bytes(8192)))
    con.execute("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) u")
    con.close()
    con = restart_with(lambda: os.truncate(file, end))
    assert con.execute("SELECT pg_freespace('u_tsv', %s)",
                       [end // 8192]).fetchone()[0] > 0
    con.execute(several(2, 3, "u"))
    assert by_index(con, "u", "tsv @~ 'hail'") == [1, 2, 3]
    con.execute("SELECT bi_index_check('u_tsv', true)")
    con.close()


# ------------------------------------------------- a merge is under way

def test_vacuum_waits_for_a_merge(instance, con):
    """A merge copies articles as live that VACUUM would mark dead then."""
    # before the merge's snapshot, which would keep the rows
    con.execute("DELETE FROM t WHERE id <= 30")
    merge = Waiting(instance, "handover", MERGE, "MERGE_BEGUN")
    vacuum = Waiting(instance, "handover", VACUUM)
    assert vacuum.waits_for_lock()
    merge.finish()
    vacuum.finish()
    # the addresses of the dead have new rows
    insert(con, 5000, 5200, "rain")
    agree(con)


def test_vacuum_waits_for_a_flush(instance, con):
    """A flush takes pending articles as live that VACUUM would mark dead."""
    con.execute("DELETE FROM t WHERE id > 40 AND id < 1000")
    flush = Waiting(instance, "handover", ENOUGH, "WRITTEN")
    vacuum = Waiting(instance, "handover", VACUUM)
    assert vacuum.waits_for_lock()
    flush.finish()
    vacuum.finish()
    insert(con, 5000, 5200, "rain")
    agree(con)


def test_flush_while_vacuum_marks(instance, con):
    """It makes a segment of articles that VACUUM has been through, and not of
    one that VACUUM has yet to read."""
    # so many that others come to their addresses
    insert(con, 46, 245)
    con.execute("DELETE FROM t WHERE id > 40 AND id < 1000")
    vacuum = Waiting(instance, "handover", VACUUM, "PENDING_MARKED")
    segments = "SELECT segments FROM bi_index_stats('t_tsv')"
    before, = con.execute(segments).fetchone()
    con.execute(ENOUGH)
    assert con.execute(segments).fetchone()[0] > before
    vacuum.finish()
    insert(con, 5000, 5800, "rain")
    agree(con)


def test_merges_are_one_at_a_time(instance, con):
    merge = Waiting(instance, "handover", MERGE, "MERGE_BEGUN")
    other = Waiting(instance, "handover", MERGE)
    vacuum = Waiting(instance, "handover", VACUUM)
    assert other.waits_for_lock()
    assert vacuum.waits_for_lock()
    merge.finish()
    other.finish()
    vacuum.finish()
    agree(con)


@pytest.mark.parametrize("point", ["FROZEN", "MERGE_BEGUN", "WRITTEN",
                                   "PUBLISHED"])
def test_nobody_else_waits_for_a_merge(instance, con, point):
    """Searches, counts and inserts, of more than a list may have."""
    merge = Waiting(instance, "handover", MERGE, point)
    con.execute("SET lock_timeout = '30s'")
    con.execute(BY_INDEX)
    assert con.execute(FIND).fetchall() == [(n,) for n in range(1, 46)]
    insert(con, 46, 60)
    large(con, 61)
    con.execute(ENOUGH)
    con.execute("DELETE FROM t WHERE id = 2")
    assert con.execute(FIND).fetchall() == [
        (n,) for n in range(1, 62) if n != 2]
    merge.finish()
    agree(con)
    con.execute(VACUUM)
    agree(con)


def test_concurrent_build_learns_of_all(instance, con):
    """CREATE INDEX CONCURRENTLY learns through ambulkdelete which rows the
    index has: of segments, one of them flushed meanwhile, and of the list."""
    con.execute("DROP INDEX t_tsv")
    late = instance.connect("handover")
    holder = instance.connect("handover")
    holder.execute("BEGIN; INSERT INTO t VALUES (-1, 'hail')")
    build = Waiting(instance, "handover", "CREATE INDEX CONCURRENTLY t_tsv "
                    "ON t USING bisearch (tsv)")
    assert build.waits_for_lock("virtualxid")
    late.execute("BEGIN; INSERT INTO t VALUES (-2, 'hail')")
    holder.execute("COMMIT")
    # it has scanned, and now waits for this one
    time.sleep(0.2)
    assert build.waits_for_lock("virtualxid")
    insert(con, 46, 50)
    con.execute(ENOUGH)
    assert con.execute("SELECT segments > 1 FROM bi_index_stats('t_tsv')"
                       ).fetchone()[0]
    insert(con, 51, 60)
    late.execute("COMMIT")
    build.finish()
    rows = by_rows(con, "t", "true")
    assert count_in_index(con, "t") == len(rows)
    agree(con)
    holder.close()
    late.close()


# ------------------------------------------------ a check is under way

@pytest.mark.parametrize("meanwhile", ["large", "flush", "merge"])
def test_check_meets_changes(instance, con, meanwhile):
    """What it has read names pages past the end that the index had then."""
    large(con, 46)
    check = Waiting(instance, "handover",
                    "SELECT bi_index_check('t_tsv', true)", "CHECK_BEGUN")
    for identity in range(47, 51):
        large(con, identity)
    if meanwhile == "flush":
        con.execute("ANALYZE t")
    if meanwhile == "merge":
        con.execute(MERGE)
    for identity in range(51, 55):
        large(con, identity)
    check.finish()
    agree(con)


# --------------------------------------------------------------- crashes

LARGE = ("INSERT INTO t SELECT 46, to_tsvector('simple', "
         "string_agg('large' || n, ' ')) FROM generate_series(1, 2000) n")
CRASHES = {
    "an insert": (None, "APPEND"),
    "a large insert": (LARGE, "APPEND"),
    "a flush, frozen": (MERGE, "FROZEN"),
    "a segment, written": (MERGE, "WRITTEN"),
    "a segment, published": (MERGE, "PUBLISHED"),
    "a merge, begun": (MERGE, "MERGE_BEGUN"),
    "VACUUM, frozen": (VACUUM, "FROZEN"),
    "VACUUM, dropping": (VACUUM, "CONFLICT"),
    "VACUUM, done": (VACUUM, None),
    "nothing": (None, None),
}


@pytest.mark.parametrize("moment", CRASHES)
def test_killed_between_steps(instance, con, moment):
    """All that was committed is there, and the next flush goes on."""
    statement, point = CRASHES[moment]
    con.execute("CHECKPOINT")
    insert(con, 46, 50)
    con.execute("DELETE FROM t WHERE id IN (3, 33, 48)")
    if statement and not point:
        con.execute(statement)
        # where the dead were
        insert(con, 7400, 7410, "rain")
    if point == "CONFLICT":
        con.execute(MERGE)
        insert(con, 51, 52)
    if point:
        work = Waiting(instance, "handover", statement or
                       "INSERT INTO t VALUES (99, 'hail')", point)
    # what was logged so far comes to the disk with this
    con.execute("CREATE TABLE other ()")
    con.close()
    instance.kill()
    if point:
        work.join(600)
        work.close()
    instance.start()
    with instance.connect("handover") as con:
        expected = [n for n in range(1, 53 if point == "CONFLICT" else 51)
                    if n not in (3, 33, 48)]
        assert by_rows(con, "t", "tsv @~ 'hail'") == expected
        agree(con)
        for _ in range(2):
            insert(con, 7000, 7300, "rain")
            con.execute(VACUUM)
            agree(con)
        con.execute(MERGE)
        agree(con)
    instance.check_log()


def test_free_space_map_is_a_hint(instance, con):
    """It is not logged: after a crash it offers pages that are in use."""
    replaced(con)
    free = con.execute("SELECT unreferenced_pages "
                       "FROM bi_index_stats('t_tsv')").fetchone()[0]
    assert free > 10
    con.execute("CHECKPOINT")
    size = con.execute("SELECT pg_relation_size('t_tsv')").fetchone()
    insert(con, 6000, 6400, "rain")
    con.execute(MERGE)
    assert size == con.execute("SELECT pg_relation_size('t_tsv')").fetchone()
    con.close()
    instance.kill()
    instance.start()
    with instance.connect("handover") as con:
        agree(con)
        insert(con, 6500, 6900, "rain")
        con.execute("ANALYZE t")
        agree(con)
        con.execute(VACUUM)
        agree(con)


# --------------------------------------------------------------- standby

@pytest.fixture
def pair(library):
    settings = ["max_wal_senders = 4", "wal_retrieve_retry_interval = 50ms",
                "wal_consistency_checking = 'generic, heap2'"]
    with Instance("primary", settings) as primary:
        primary.start()
        primary.create_database("handover")
        with primary.standby("standby", [
                *settings, "hot_standby_feedback = off",
                "max_standby_streaming_delay = 0"]) as standby:
            use_hooks(library, primary, standby)
            yield primary, standby


def replay(primary, standby):
    """Wait until the standby has all that the primary has."""
    lsn, = primary.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    until = time.monotonic() + 600
    while time.monotonic() < until:
        try:
            # replay may be in the way of anybody, this session too
            with standby.connect("postgres") as con:
                if con.execute("SELECT pg_last_wal_replay_lsn() >= "
                               "%s::pg_lsn", [lsn]).fetchone()[0]:
                    return
        except psycopg.OperationalError:
            pass
        time.sleep(0.02)
    raise AssertionError("the standby does not follow")


def aborted(con):
    """Articles of rows that never were: VACUUM's removing those conflicts
    with no snapshot, so that only the index's records can."""
    with con.transaction(force_rollback=True):
        insert(con, 8000, 8400, "rain")
    con.execute(VACUUM)


def test_standby_is_told_of_reuse(pair):
    """A search on a standby has read the metapage; the pages that it names
    become others.  It is cancelled before that, and only then."""
    primary, standby = pair
    con = primary.connect("handover")
    con.execute("CREATE TABLE t (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX t_tsv ON t USING bisearch (tsv)")
    for first in (1, 11, 21):
        insert(con, first, first + 9)
        con.execute("ANALYZE t")
    con.execute("VACUUM (FREEZE, TRUNCATE OFF) t")
    con.execute("SELECT txid_current()")
    replay(con, standby)
    search = Waiting(standby, "handover", FIND, "SCAN_BEGUN", BY_INDEX)
    con.execute(MERGE)
    replay(con, standby)
    # nothing was used again yet, and a search like this one is not disturbed
    assert search.is_alive()
    for _ in range(4):
        con.execute("SELECT txid_current()")
        aborted(con)
    replay(con, standby)
    with pytest.raises(psycopg.errors.SerializationFailure):
        search.finish()
    with standby.connect("handover") as other:
        other.execute(BY_INDEX)
        assert other.execute(FIND).fetchall() == [(n,) for n in range(1, 31)]
    agree(con)
    con.close()
    primary.check_log()
    standby.check_log()
