"""Posting lists whose blocks are bits where articles are close together, and
counts by ranges of heap pages: words in every k-th article, for k from 1 to
4,096, from every residue that matters, in bursts, and beside each other.
"""
import itertools
import random

import pytest

from test_index import SEED
from test_index_count import COUNTING, both, heap_fetches, vacuum

ARTICLES = 21000
GAPS = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128,
        129, 255, 256, 1000, 4095, 4096]
PHASES = [0, 1, 63]


def lists(rnd):
    """The articles (from 0) of each word."""
    words = {f"g{gap}p{phase}": range(phase, ARTICLES, gap)
             for gap, phase in itertools.product(GAPS, PHASES)}
    # a block, one article less and more; bits at the ends of words and windows
    for n in (127, 128, 129, 255, 256, 257):
        words[f"first{n}"] = range(n)
        words[f"last{n}"] = range(ARTICLES - n, ARTICLES)
        words[f"across{n}"] = range(4096 - n // 2, 4096 - n // 2 + n)
    # as words are spread in articles: most of their blocks are dense, or none
    for share in (2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 30, 60):
        words[f"random{share}"] = [a for a in range(ARTICLES)
                                   if rnd.random() < 1 / share]
    # dense blocks beside others, and blocks that just are, or are not, dense
    for number in range(20):
        articles, at = [], 0
        while at < ARTICLES:
            step = rnd.choice([1, 1, 2, 5, 16, 31, 32, 33, 300])
            for _ in range(rnd.choice([1, 60, 128, 200, 700])):
                articles.append(at)
                at += rnd.randint(1, step)
            at += rnd.choice([0, 1, 63, 64, 4000])
        words[f"burst{number}"] = [a for a in articles if a < ARTICLES]
    return words


@pytest.fixture(scope="module")
def dense(server, database):
    """The lists, in a segment of a build."""
    rnd = random.Random(f"dense {SEED}")
    words = lists(rnd)
    texts = [[] for _ in range(ARTICLES)]
    for word, articles in words.items():
        for article in articles:
            # most words have one position, some have none
            texts[article].append(f"{word}:{rnd.randint(1, 9)}"
                                  if rnd.random() < 0.9 else word)
    with server.connect(database) as con:
        con.execute("CREATE TABLE dense (id int, tsv tsvector) "
                    "WITH (autovacuum_enabled = off)")
        with con.cursor() as cursor, cursor.copy(
                "COPY dense FROM STDIN") as copy:
            for article, text in enumerate(texts):
                copy.write_row((article, " ".join(text)))
        con.execute("CREATE INDEX dense_tsv ON dense USING bisearch (tsv)")
        vacuum(con, "dense")
        yield con, {word: set(articles) for word, articles in words.items()}
        con.execute("DROP TABLE dense")


def found(con, query):
    con.execute("SET enable_seqscan = off; SET enable_bitmapscan = on")
    return {row[0] for row in con.execute(
        "SELECT id FROM dense WHERE tsv @~ %s::bi_query", [query])}


def counted(con, query):
    con.execute(COUNTING)
    return con.execute("SELECT count(*) FROM dense WHERE tsv @~ %s::bi_query",
                       [query]).fetchone()[0]


def check_lists(con, words, rnd, searches):
    """Each list, and random searches, as sets of Python's say."""
    everything = set().union(*words.values())
    for word, articles in words.items():
        assert found(con, word) == articles, word
        assert counted(con, word) == len(articles), word
    names = sorted(words)
    for _ in range(searches):
        a, b, c = rnd.sample(names, 3)
        for query, articles in [
                (f"{a} & {b}", words[a] & words[b]),
                (f"{a} | {b}", words[a] | words[b]),
                (f"{a} & !{b}", words[a] - words[b]),
                (f"{a} & ({b} | {c})", words[a] & (words[b] | words[c])),
                (f"!{a} & !{b}", everything - words[a] - words[b])]:
            assert counted(con, query) == len(articles), query
            assert found(con, query) == articles, query


def test_lists_of_a_build(dense):
    con, words = dense
    check_lists(con, words, random.Random(f"searches {SEED}"), 60)
    con.execute("SELECT bi_index_check('dense_tsv', true)")


def test_lists_after_changes(dense):
    """Deleted, inserted, merged: the lists are written again."""
    con, words = dense
    rnd = random.Random(f"changes {SEED}")
    con.execute("CREATE TABLE was AS TABLE dense")
    try:
        gone = set(rnd.sample(range(ARTICLES), 3000)) | set(range(8192, 8400))
        con.execute("DELETE FROM dense WHERE id = ANY (%s)", [sorted(gone)])
        left = {word: articles - gone for word, articles in words.items()}
        check_lists(con, left, rnd, 5)
        vacuum(con, "dense")
        check_lists(con, left, rnd, 5)
        con.execute("INSERT INTO dense SELECT was.* FROM was "
                    "WHERE id = ANY (%s) ORDER BY random()", [sorted(gone)])
        check_lists(con, words, rnd, 5)
        vacuum(con, "dense")
        con.execute("SELECT bi_index_merge('dense_tsv')")
        vacuum(con, "dense")
        check_lists(con, words, rnd, 10)
        con.execute("SELECT bi_index_check('dense_tsv', true)")
    finally:
        con.execute("TRUNCATE dense")
        con.execute("INSERT INTO dense TABLE was ORDER BY id")
        con.execute("DROP TABLE was")
        vacuum(con, "dense")


def test_heap_pages_of_a_window(dense):
    """Only the rows of the windows that have a changed page are visited."""
    con, words = dense
    con.execute(COUNTING)
    for word in ("g1p0", "g16p0"):
        sql = f"SELECT count(*) FROM dense WHERE tsv @~ '{word}'"
        assert heap_fetches(con, sql) == 0
    con.execute("BEGIN")
    con.execute("DELETE FROM dense WHERE id = 5000")
    page, = con.execute(
        "SELECT count(*) FROM dense WHERE (ctid::text::point)[0] = "
        "(SELECT (ctid::text::point)[0] FROM dense WHERE id = 5001)"
    ).fetchone()
    sql = "SELECT count(*) FROM dense WHERE tsv @~ 'g1p0'"
    visits = heap_fetches(con, sql)
    assert page <= visits <= page + 1
    assert both(con, sql) == ([(ARTICLES - 1,)],) * 2
    con.execute("ROLLBACK")
    vacuum(con, "dense")


def test_heap_pages_of_two_pages_of_the_map(db):
    """A page of the map is for 32,672 heap pages; a row takes one here."""
    db.execute("CREATE UNLOGGED TABLE wide (id int, tsv tsvector, pad text) "
               "WITH (autovacuum_enabled = off)")
    try:
        db.execute("ALTER TABLE wide ALTER pad SET STORAGE PLAIN")
        db.execute("INSERT INTO wide SELECT n, CASE n % 2 WHEN 0 THEN "
                   "'every even' ELSE 'every' END::tsvector, repeat('x', 7000)"
                   " FROM generate_series(0, 33999) n")
        db.execute("CREATE INDEX wide_tsv ON wide USING bisearch (tsv)")
        vacuum(db, "wide")
        pages, = db.execute("SELECT relpages FROM pg_class "
                            "WHERE relname = 'wide'").fetchone()
        assert pages == 34000
        every = "SELECT count(*) FROM wide WHERE tsv @~ 'every'"
        either = "SELECT count(*) FROM wide WHERE tsv @~ 'even | odd | every'"
        even = "SELECT count(*) FROM wide WHERE tsv @~ 'even & every'"
        db.execute(COUNTING)
        for sql, n in ((every, 34000), (either, 34000), (even, 17000)):
            assert heap_fetches(db, sql) == 0
            assert db.execute(sql).fetchone()[0] == n
        # the last page of the map's first page, the first one of its second,
        # one in the middle of a word of the map, the first and the last
        for page in (32671, 32672, 32690, 0, 33999):
            db.execute("BEGIN")
            db.execute("DELETE FROM wide WHERE id = %s", [page])
            for sql, n in ((every, 34000), (either, 34000), (even, 17000)):
                visits = page % 2 == 0 or sql != even
                assert heap_fetches(db, sql) == visits, (page, sql)
                assert db.execute(sql).fetchone()[0] == n - visits
            db.execute("ROLLBACK")
            vacuum(db, "wide")
            db.execute(COUNTING)
    finally:
        db.execute("DROP TABLE wide")
