"""What a search takes from memory does not grow with the number of articles.

Each search runs in a session of its own; how far its address space has grown
at most (VmPeak) tells what it allocated, whatever pages of shared memory it
touched.  With BISEARCH_CORPUS naming a file of bench/'s articles, as
generate_corpus.py makes it, 10,000 and 100,000 of these are searched as well.
"""

import os
import time
from pathlib import Path

import pytest

WIDE = 10_000       # words that begin with "pre"

# kinds of searches, and kB that each may take, apart from a bit for each
# article of a segment and word with a wildcard
CURSOR = 3          # kB for a word's list, if positions are read from it
SEARCHES = {
    "word": ("common", 1024),
    "rare word": ("pre77", 1024),
    "exclusion": ("-common", 1024),
    "or": ("common | half | pre1 | pre2 | pre3", 1024),
    "and": ("common half -pre1", 1024),
    "phrase": ('"half common"', 1024),
    "proximity": ("half NEAR/5 common", 1024),
    "field": ("a:common", 1024),
    "prefix": ("pre*", 1024),
    "wildcard": ("pr?1*", 1024 + CURSOR * WIDE),
    "phrase with a prefix": ('"half pre*"', 1024 + CURSOR * WIDE),
    "proximity of prefixes": ("pre* NEAR/3 pre*", 1024 + CURSOR * WIDE),
    # at most so many letters more: not the same, but they mean the same words
    "a prefix often": ('"half pre*' + "".join(
        " pre" + n * "*" for n in range(5, 104)) + '"',
        1024 + CURSOR * WIDE),
}
WAYS = {
    "bitmap": ("count(id)", "Bitmap Index Scan"),
    "count": ("count(*)", "Custom Scan (bisearch count)"),
}


def peak(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmPeak:")[1].split()[0])


def taken(server, database, table, query, way):
    """kB that a search takes at its peak."""
    what, shown = WAYS[way]
    with server.connect(database) as con:
        con.execute("SET enable_seqscan = off; SET work_mem = '1MB'; "
                    "SET jit = off; SET max_parallel_workers_per_gather = 0")
        search = f"SELECT {what} FROM %s WHERE tsv @~ %%s::bi_query"
        plan = con.execute("EXPLAIN " + search % table, [query]).fetchall()
        assert any(shown in row[0] for row in plan), plan
        # libraries, catalogs, and what is kept of them
        con.execute(search % "few", [query])
        before = peak(con.info.backend_pid)
        con.execute(search % table, [query])
        return peak(con.info.backend_pid) - before


def make(con, table, articles):
    con.execute(f"CREATE TABLE {table} (id integer, tsv tsvector)")
    con.execute(f"""
        INSERT INTO {table} SELECT n, to_tsvector('simple',
            string_agg(CASE k % 3 WHEN 0 THEN 'pre' || (n * 37 + k * 101) %
                                                       {WIDE}
                       WHEN 1 THEN 'half' ELSE 'w' || (n * k) % 5003 END
                       || CASE WHEN k % 10 = 1 AND n % 2 = 0 THEN ' common'
                          ELSE '' END, ' '))
        FROM generate_series(1, {articles}) n, generate_series(1, 45) k
        GROUP BY n""")
    con.execute(f"CREATE INDEX ON {table} USING bisearch (tsv)")
    con.execute(f"ANALYZE {table}")


def check(server, database, small, large, allowed=SEARCHES):
    """What a search takes from large is within its bound, and no more than
    it takes from small, but for bits."""
    wrong = []
    with server.connect(database) as con:
        articles = {table: con.execute(f"SELECT count(*) FROM {table}"
                                       ).fetchone()[0]
                    for table in (small, large)}
    print(f"kB, from {articles[small]} and {articles[large]} articles")
    for name, (query, most) in allowed.items():
        for way in WAYS:
            little = taken(server, database, small, query, way)
            much = taken(server, database, large, query, way)
            print(f"{name}, {way}: {little}, {much}")
            room = 2 * articles[large] // 8192 + 256
            if way == "bitmap":
                room += 1024        # work_mem is for the bitmap
            # of a real vocabulary, more words begin alike
            more = much > most if small == "c10" and most > 1024 else \
                much > little * 1.3 + room
            if more or much > most + room:
                wrong.append((name, way, little, much))
    assert wrong == []


@pytest.fixture(scope="module")
def tables(server, database):
    with server.connect(database) as con:
        make(con, "few", 10)
        make(con, "small", 2_500)
        make(con, "large", 10_000)
        assert con.execute("SELECT count(*) FROM bi_index_terms("
                           "'large_tsv_idx', 100000) WHERE term ~ '^pre'"
                           ).fetchone()[0] == WIDE
    yield
    with server.connect(database) as con:
        con.execute("DROP TABLE few, small, large")


def test_memory_of_a_search(server, database, tables):
    check(server, database, "small", "large")


@pytest.mark.skipif("not os.environ.get('BISEARCH_CORPUS')",
                    reason="BISEARCH_CORPUS is not set")
def test_memory_over_a_corpus(server, database, tables):
    """Real sizes of lists; prefixes have as many words as there are."""
    with server.connect(database) as con:
        for table, articles in (("c10", 10_000), ("c100", 100_000)):
            con.execute(f"DROP TABLE IF EXISTS {table}")
            con.execute(f"CREATE TABLE {table} (id integer, day timestamp, "
                        "topic text, headline text, body text)")
            with con.cursor().copy(f"COPY {table} FROM STDIN") as copy, \
                    open(os.environ["BISEARCH_CORPUS"], "rb") as lines:
                for _, line in zip(range(articles), lines):
                    copy.write(line)
            con.execute("SET client_min_messages = error")
            con.execute(f"CREATE TABLE {table}_tsv AS SELECT id, "
                        f"bi_tsvector(headline, body) AS tsv FROM {table}")
            con.execute(f"DROP TABLE {table}")
            con.execute(f"ALTER TABLE {table}_tsv RENAME TO {table}")
            begin = time.monotonic()
            con.execute(f"CREATE INDEX ON {table} USING bisearch (tsv)")
            con.execute(f"ANALYZE {table}")
            print(f"{articles} indexed in {time.monotonic() - begin:.0f} s")
    try:
        check(server, database, "c10", "c100", {
            "word": ("said", 1024), "or": ("said OR oil OR bank", 1024),
            "and": ("said oil -bank", 1024),
            "phrase": ('"oil prices"', 1024),
            "proximity": ("oil NEAR/10 prices", 1024),
            "sentence": ("oil /s prices", 1024),
            "field": ("title:oil", 1024), "prefix": ("co*", 1024),
            "phrase with a prefix": ('"oil pr*"', 65536),
            "proximity of prefixes": ("sto* NEAR/5 co*", 65536),
            "wildcard": ("co?p*", 65536)})
    finally:
        with server.connect(database) as con:
            con.execute("DROP TABLE c10, c100")
