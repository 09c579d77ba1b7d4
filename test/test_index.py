"""The access method bisearch: an index answers as a sequential scan does.

Random histories of inserts, updates, deletes, vacuums and rebuilds; at random
points of each, random searches of both kinds (bi_query and tsquery) by index
and row by row.  BISEARCH_SEED repeats a run.
"""
import os
import random
import sys
import time
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import invent  # noqa: E402
from oracle.generate import Generator  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
HISTORIES = int(os.environ.get("BISEARCH_HISTORIES") or 3)
FIELDS = "ADCB"     # bi_tsvector's arguments


def documents(seed):
    """Invented articles, as bi_tsvector's four arguments."""
    return [[dict(fields).get(name) for name in FIELDS]
            for _, fields in invent.documents(seed, 300)]


class History:
    """A table with an index, and what may happen to it."""

    def __init__(self, con, number):
        self.con = con
        self.rnd = random.Random(f"{SEED} {number}")
        self.documents = documents(f"{SEED} {number}")
        self.queries = Generator(
            f"{SEED} {number}",
            [[(name, text) for name, text in zip(FIELDS, d) if text]
             for d in self.documents])
        self.table = f"history_{number}"
        self.next = 0
        con.execute(f"DROP TABLE IF EXISTS {self.table}")
        con.execute(f"CREATE TABLE {self.table} "
                    "(id integer, tsv tsvector) WITH (autovacuum_enabled = off)")
        if self.rnd.random() < 0.5:
            self.insert()
        con.execute(f"CREATE INDEX {self.table}_tsv ON {self.table} "
                    "USING bisearch (tsv)")

    def vector(self):
        """A tsvector: of an article, stripped, of both, empty or NULL."""
        kind = self.rnd.random()
        if kind < 0.02:
            return "NULL", []
        if kind < 0.04:
            return "''::tsvector", []
        article = "bi_tsvector(%s, %s, %s, %s)"
        values = self.rnd.choice(self.documents)
        if kind < 0.10:
            return f"strip({article})", values
        if kind < 0.13:
            return (f"strip({article}) || {article}",
                    values + self.rnd.choice(self.documents))
        return article, values

    def insert(self):
        for _ in range(self.rnd.choice([1, 10, 60, 60, 400])):
            sql, values = self.vector()
            self.con.execute(
                f"INSERT INTO {self.table} VALUES (%s, {sql})",
                [self.next] + values)
            self.next += 1

    def copies(self):
        """Enough to make segments of, and to merge them."""
        self.con.execute(
            f"INSERT INTO {self.table} SELECT %s + row_number() OVER (), tsv "
            f"FROM {self.table}, generate_series(1, 3) LIMIT 6000",
            [self.next])
        self.next += 6001

    def update(self):
        sql, values = self.vector()
        self.con.execute(f"UPDATE {self.table} SET tsv = {sql} "
                         "WHERE id %% 13 = %s",
                         values + [self.rnd.randrange(13)])

    def delete(self):
        modulus = self.rnd.choice([3, 7, 20])
        self.con.execute(f"DELETE FROM {self.table} WHERE id %% %s = %s",
                         [modulus, self.rnd.randrange(modulus)])

    def rolled_back(self):
        with pytest.raises(ZeroDivisionError):
            with self.con.transaction():
                self.insert()
                raise ZeroDivisionError

    def vacuum(self):
        self.con.execute(f"VACUUM {self.table}")

    def analyze(self):
        self.con.execute(f"ANALYZE {self.table}")

    def rebuild(self):
        self.con.execute(self.rnd.choice([
            f"REINDEX INDEX {self.table}_tsv",
            f"REINDEX INDEX CONCURRENTLY {self.table}_tsv",
            f"VACUUM FULL {self.table}"]))

    def step(self):
        self.rnd.choice([self.insert, self.insert, self.insert, self.copies,
                         self.update, self.update, self.delete,
                         self.rolled_back, self.vacuum, self.vacuum,
                         self.analyze, self.rebuild])()

    def tsquery(self, depth=3):
        rnd = self.rnd
        if depth == 0 or rnd.random() < 0.3:
            word = rnd.choice(invent.WORDS + ["st", "f", "x1", "absent"])
            marks = rnd.choice(["", "", "", "*", "A", "BD", "*C"])
            return f"'{word}'" + (f":{marks}" if marks else "")
        kind = rnd.random()
        if kind < 0.2:
            return f"!({self.tsquery(depth - 1)})"
        sign = rnd.choice(["&", "&", "|", "<->", "<->", "<2>", "<0>"])
        return f"({self.tsquery(depth - 1)}) {sign} ({self.tsquery(depth - 1)})"

    def search(self, operator, query):
        """Ids by index, and row by row."""
        found = []
        for name in ("on", "off"):
            self.con.execute(f"SET enable_seqscan = "
                             f"{'off' if name == 'on' else 'on'}")
            self.con.execute(f"SET enable_bitmapscan = {name}")
            found.append(self.con.execute(
                f"SELECT id FROM {self.table} WHERE tsv {operator} "
                "ORDER BY id", [query]).fetchall())
        return found

    def check(self, number):
        for _ in range(number):
            try:
                query = self.queries.query()
                self.con.execute("SELECT %s::bi_query", [query])
            except psycopg.Error:
                continue
            index, rows = self.search("@~ %s::bi_query", query)
            assert index == rows, query
            query = self.tsquery()
            index, rows = self.search("@@ %s::tsquery", query)
            assert index == rows, query


@pytest.fixture
def con(db):
    db.execute("SET client_min_messages = error")
    db.execute("SET work_mem = '64MB'")
    return db


@pytest.mark.parametrize("number", range(HISTORIES))
def test_index_answers_as_rows_do(con, number):
    print(f"BISEARCH_SEED={SEED}")
    history = History(con, number)
    for _ in range(25):
        history.step()
        history.check(6)
    con.execute(f"DROP TABLE {history.table}")


def leading(rnd, words):
    """A wildcard that leads, made of a word; letters of it may be lost."""
    word = rnd.choice(words)
    rest = word[rnd.randrange(len(word) - 2):]
    if len(rest) > 3 and rnd.random() < 0.3:
        at = rnd.randrange(1, len(rest) - 1)
        rest = rest[:at] + rnd.choice("?*") + rest[at + 1:]
        return "*" + rest + rnd.choice("*abc")
    return rnd.choice(["*", "?", "??", "?*"]) + rest + rnd.choice(
        ["", "", "*", "**"])


def search_of(rnd, words, depth=2):
    """Such wildcards under all operators, among words."""
    kind = rnd.random()
    if depth == 0 or kind < 0.3:
        word = leading(rnd, words) if rnd.random() < 0.7 else rnd.choice(words)
        return rnd.choice(["", "", "", "title:", "body:"]) + word
    left, right = (search_of(rnd, words, depth - 1) for _ in range(2))
    if kind < 0.5:
        return f"({left}) & ({right})"
    if kind < 0.65:
        return f"({left}) | ({right})"
    if kind < 0.8:
        return f"({left}) & !({right})"
    if kind < 0.85:
        return f"!({left})"
    if kind < 0.9:
        return f'"{rnd.choice(words)} {leading(rnd, words)}"'
    return (f"{leading(rnd, words)} {rnd.choice(['NEAR/4', 'PRE/2', '/s'])} "
            f"{leading(rnd, words)}")


def test_a_wildcard_that_leads_finds_the_same_by_every_way(con):
    """Row by row, through GIN, by our index, and by its pending list.

    Words of few letters, so that wildcards match many; among the terms are
    stems and boundaries, which begin with signs that are no letters.
    """
    print(f"BISEARCH_SEED={SEED}")
    rnd = random.Random(f"{SEED} leading")
    words = ["".join(rnd.choice("abcé1") for _ in range(rnd.randrange(3, 7)))
             for _ in range(150)] + ["running", "raining", "storms"]
    con.execute("CREATE TABLE wilds (id serial, tsv tsvector)")
    con.execute("CREATE INDEX wilds_gin ON wilds USING gin (tsv)")
    con.execute("CREATE INDEX wilds_bis ON wilds USING bisearch (tsv)")

    def fill(n):
        for _ in range(n):
            text = " ".join(rnd.choice(words) + rnd.choice(["", "", ".", ","])
                            for _ in range(rnd.randrange(1, 12)))
            con.execute("INSERT INTO wilds (tsv) VALUES (bi_tsvector(%s, %s,"
                        " config => 'bisearch_english'))",
                        [rnd.choice(words), text])

    def found(query, *settings):
        with con.transaction():
            for setting in settings:
                con.execute(f"SET LOCAL {setting}")
            return con.execute(
                "SELECT array_agg(id ORDER BY id) FROM wilds "
                "WHERE tsv @~ %s::bi_query", [query]).fetchone()[0]

    for round in range(2):
        fill(250)
        if round == 0:
            con.execute("VACUUM ANALYZE wilds")
            con.execute("REINDEX INDEX wilds_bis")
        some = 0
        for _ in range(150):
            query = "{bisearch_english} " + search_of(rnd, words)
            rows = found(query, "enable_bitmapscan = off",
                         "enable_indexscan = off")
            some += rows is not None
            for index in ("gin", "bis"):
                with con.transaction(force_rollback=True):
                    con.execute("DROP INDEX wilds_" +
                                ("bis" if index == "gin" else "gin"))
                    assert found(query, "enable_seqscan = off") == rows, query
        assert 20 < some
    con.execute("DROP TABLE wilds")


def test_positions_in_long_lists(con):
    """Phrases, proximity and fields where a block of a list has hundreds of
    positions, and ORs that are iterated or turned into bitmaps."""
    print(f"BISEARCH_SEED={SEED}")
    rnd = random.Random(f"{SEED} positions")
    words = [f"w{i}" for i in range(12)]
    weights = [1.0 / (1 + i) ** 2 for i in range(12)]

    def vector():
        weight, entries, at = "D", {}, 0
        for _ in range(rnd.choice([3, 30, 120])):
            at += rnd.choice([1, 1, 1, 1, 2, 60, 200])
            if rnd.random() < 0.03:
                weight = rnd.choice("ABCDDD")
            entries.setdefault(rnd.choices(words, weights)[0], []).append(
                f"{at}{weight}")
        if rnd.random() < 0.05:
            entries["w1"] = entries.get("w1", []) + ["16383"]
        return " ".join(f"{word}:{','.join(places)}"
                        for word, places in entries.items())

    def query():
        def word():
            return rnd.choice(["", "", "", "title:", "bc:"]) + rnd.choice(words)

        def item():
            kind = rnd.randrange(5)
            if kind == 0:
                return word()
            if kind == 4:
                return f"(w1* & !{rnd.choice(words[5:])})"
            if kind == 1:
                return (rnd.choice(["", "", "ad:"]) + '"' + " ".join(
                    rnd.choices(words, weights, k=rnd.choice([2, 2, 3, 4])))
                    + '"')
            if kind == 2:
                return f"({word()} {rnd.choice(['PRE', 'NEAR'])}/3 {word()})"
            return "(" + " or ".join(item() for _ in range(
                rnd.choice([2, 2, 3, 6]))) + ")"

        return " & ".join(rnd.choice(["", "", "", "!"]) + item()
                          for _ in range(rnd.choice([1, 1, 2, 3])))

    con.execute("CREATE TEMP TABLE long_lists (id serial, tsv tsvector)")
    with con.cursor().copy("COPY long_lists (tsv) FROM STDIN") as copy:
        for _ in range(3000):
            copy.write_row([vector()])
    con.execute("CREATE INDEX ON long_lists USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    for _ in range(250):
        condition = "tsv @~ '%s'" % query()
        index, rows = [con.execute(
            f"SELECT array_agg(id ORDER BY id) FROM long_lists WHERE {c}"
        ).fetchone() for c in (condition, condition.replace(
            "tsv @~", "bi_match(tsv,") + ")")]
        assert index == rows, condition


def test_index_is_used(con):
    con.execute("CREATE TEMP TABLE used (tsv tsvector)")
    con.execute("CREATE INDEX ON used USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    for condition in ("tsv @~ 'a NEAR/3 b'", "tsv @~ 'a -b'", "'a b' ~@ tsv",
                      "tsv @@ 'a <-> b'", "tsv @~ ANY (ARRAY['a', 'b']::bi_query[])"):
        plan = con.execute("EXPLAIN (COSTS off) SELECT FROM used WHERE "
                           + condition).fetchall()
        text = "\n".join(row[0] for row in plan)
        assert "Index Cond" in text, text
        assert "Filter" not in text, text


def test_runs_are_merged(con):
    """A build that does not fit into maintenance_work_mem."""
    con.execute("SET maintenance_work_mem = '1MB'")
    con.execute("CREATE TEMP TABLE runs AS SELECT n AS id, to_tsvector("
                "'simple', 'w' || n % 997 || ' w' || n % 31 || ' w' || n) "
                "AS tsv FROM generate_series(1, 30000) n")
    con.execute("CREATE INDEX ON runs USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    for query in ('"w996 w30"', "w5 & w12", "w29999", "w299* -w31*", "!w1"):
        found = con.execute("SELECT count(*), sum(id) FROM runs "
                            "WHERE tsv @~ %s::bi_query", [query]).fetchone()
        con.execute("SET enable_bitmapscan = off")
        assert found == con.execute(
            "SELECT count(*), sum(id) FROM runs WHERE tsv @~ %s::bi_query",
            [query]).fetchone(), query
        con.execute("RESET enable_bitmapscan")


def test_large_articles(con):
    """tsvectors of many pages, in the pending list and in segments."""
    con.execute("CREATE TEMP TABLE large (id integer, tsv tsvector)")
    con.execute("CREATE INDEX ON large USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    con.execute("INSERT INTO large SELECT n, to_tsvector('simple', "
                "string_agg('w' || k * n, ' ')) FROM generate_series(1, 40) n,"
                " generate_series(1, 9000) k GROUP BY n")
    expected = [(n,) for n in (1, 2, 4, 7, 8, 14, 28)]
    for _ in range(2):
        assert con.execute("SELECT id FROM large WHERE tsv @~ 'w56' "
                           "ORDER BY id").fetchall() == expected
        con.execute("VACUUM large")


def test_most_positions_of_a_lexeme(con):
    """A tsvector that is not made by to_tsvector may have one more."""
    con.execute("CREATE TEMP TABLE often (tsv tsvector)")
    con.execute("CREATE INDEX ON often USING bisearch (tsv)")
    con.execute("INSERT INTO often SELECT ('a:' || string_agg(n::text, ','))"
                "::tsvector FROM generate_series(1, 300) n")
    assert con.execute("SELECT cardinality(positions) FROM often, unnest(tsv)"
                       ).fetchone() == (256,)
    con.execute("SET enable_seqscan = off")
    for _ in range(2):
        assert con.execute("SELECT count(*) FROM often WHERE tsv @~ "
                           "'ATLEAST255(a)'").fetchone() == (1,)
        con.execute("VACUUM often")


@pytest.mark.parametrize("words", [3000, 70000])
def test_terms_in_memory(con, words):
    """Terms that begin alike, in lists with long gaps and many positions:
    built at once, and from pending articles."""
    con.execute("CREATE TABLE alike (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    insert = (
        "INSERT INTO alike SELECT n, array_to_tsvector(ARRAY['all', "
        "left('abcdefghijklmnopqrstuvwxyz', n %% 26 + 1), "
        "left('abcdefg\u00e4\u00f6\u00fc\u4e00', n %% 11 + 1), "
        "'word' || n %% %s, 'beginning' || n * 7919 %% %s, "
        "repeat('x', n %% 40 + 1)]) || CASE WHEN n %% 9001 <> 1 AND n %% 50 <> 0 "
        "THEN '' ELSE (SELECT CASE n %% 50 WHEN 0 THEN 'some:' ELSE 'rare:' "
        "END || string_agg(k::text, ',') "
        "FROM generate_series(1, n / 50 %% 300 + 1) k) END::tsvector "
        "FROM generate_series(1, %s) n")
    con.execute(insert % (words, words, 36100))
    con.execute("CREATE INDEX alike_tsv ON alike USING bisearch (tsv)")
    con.execute("SELECT bi_index_check('alike_tsv', true)")
    con.execute(insert % (words, words, 2000))
    con.execute("SELECT bi_index_merge('alike_tsv')")
    con.execute("SELECT bi_index_check('alike_tsv', true)")
    con.execute("DROP TABLE alike")


def test_file_grows_by_several_pages(con):
    """All of which are used before it grows again."""
    con.execute("CREATE TABLE grown (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX grown_tsv ON grown USING bisearch (tsv)")
    fill(con, "grown", 1)
    con.execute("SELECT bi_index_merge('grown_tsv')")
    sizes = [index_pages(con, "grown")]
    for first in range(100):
        # a page each
        con.execute("INSERT INTO grown SELECT %s::int, to_tsvector('simple', "
                    "string_agg('w' || k * 1001, ' ')) "
                    "FROM generate_series(1, 400) k", [first])
        sizes.append(index_pages(con, "grown"))
    grown = [b - a for a, b in zip(sizes, sizes[1:]) if a != b]
    assert set(grown) == {16} and 5 <= len(grown) <= 7, sizes
    con.execute("SELECT bi_index_check('grown_tsv', true)")
    con.execute("DROP TABLE grown")


def fill(con, table, first):
    con.execute(f"INSERT INTO {table} SELECT n, to_tsvector('simple', "
                "string_agg('w' || (n * k) %% 5003, ' ')) "
                "FROM generate_series(%s::int, %s) n, generate_series(1, 200) k "
                "GROUP BY n", [first, first + 1999])


def index_pages(con, table):
    return con.execute("SELECT pg_relation_size(%s) / 8192",
                       [f"{table}_tsv"]).fetchone()[0]


def test_pages_are_used_again(con, server, database):
    """But not while somebody may read them."""
    con.execute("CREATE TABLE reused (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX reused_tsv ON reused USING bisearch (tsv)")
    sizes = []
    for round in range(8):
        con.execute("DELETE FROM reused")
        fill(con, "reused", round * 2000)
        con.execute("VACUUM reused")
        con.execute("VACUUM reused")
        sizes.append(index_pages(con, "reused"))
    assert sizes[-1] < 1.3 * sizes[3], sizes

    with server.connect(database) as old:
        old.autocommit = False
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SET enable_seqscan = off")
        query = "SELECT count(*), sum(id) FROM reused WHERE tsv @~ 'w77 -w3'"
        before = old.execute(query).fetchone()
        for round in range(8, 14):
            con.execute("DELETE FROM reused")
            fill(con, "reused", round * 2000)
            con.execute("VACUUM reused")
            assert old.execute(query).fetchone() == before
    con.execute("VACUUM reused")
    con.execute("VACUUM reused")
    size = index_pages(con, "reused")
    for round in range(14, 18):
        con.execute("DELETE FROM reused")
        fill(con, "reused", round * 2000)
        con.execute("VACUUM reused")
    assert index_pages(con, "reused") <= size
    con.execute("DROP TABLE reused")


def test_more_is_retired_than_there_is_room_for(con, server, database):
    """Adjacent ranges of retired generations are joined, and stay sorted."""
    con.execute("CREATE TABLE ranges (id integer, tsv tsvector) "
                "WITH (autovacuum_enabled = off)")
    con.execute("CREATE INDEX ranges_tsv ON ranges USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    with server.connect(database) as old:
        old.autocommit = False
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM ranges").fetchone()
        for n in range(300):
            con.execute("INSERT INTO ranges VALUES (%s, 'a')", [n])
            if n % 7 == 0:
                con.execute("SELECT bi_index_merge('ranges_tsv')")
            else:
                con.execute("ANALYZE ranges")
        con.execute("SELECT bi_index_check('ranges_tsv', true)")
        assert old.execute("SELECT count(*) FROM ranges WHERE tsv @~ 'a'"
                           ).fetchone() == (0,)
    assert con.execute("SELECT count(*) FROM ranges WHERE tsv @~ 'a'"
                       ).fetchone() == (300,)
    con.execute("DROP TABLE ranges")


def test_operator_class_is_valid(con):
    assert con.execute(
        "SELECT bool_and(amvalidate(oid)) FROM pg_opclass WHERE opcmethod = "
        "(SELECT oid FROM pg_am WHERE amname = 'bisearch')").fetchone()[0]


def test_unlogged_and_partitioned(con):
    con.execute("CREATE UNLOGGED TABLE notes (id integer, tsv tsvector)")
    con.execute("CREATE INDEX ON notes USING bisearch (tsv)")
    con.execute("INSERT INTO notes VALUES (1, 'hail'), (2, 'storm')")
    con.execute("CREATE TABLE parts (id integer, tsv tsvector) "
                "PARTITION BY HASH (id)")
    for n in range(2):
        con.execute(f"CREATE TABLE parts_{n} PARTITION OF parts "
                    f"FOR VALUES WITH (MODULUS 2, REMAINDER {n})")
    con.execute("CREATE INDEX ON parts USING bisearch (tsv) "
                "WHERE id % 10 <> 0")
    con.execute("INSERT INTO parts SELECT n, to_tsvector('simple', "
                "'w' || n % 5) FROM generate_series(1, 200) n")
    con.execute("SET enable_seqscan = off")
    assert con.execute("SELECT id FROM notes WHERE tsv @~ 'hail'"
                       ).fetchall() == [(1,)]
    assert con.execute("SELECT count(*) FROM parts WHERE tsv @~ 'w3' "
                       "AND id % 10 <> 0").fetchone() == (40,)
    con.execute("DROP TABLE notes, parts")


def test_concurrent_build_sees_every_row(con):
    con.execute("DROP TABLE IF EXISTS building")
    con.execute("CREATE TABLE building (id integer, tsv tsvector)")
    con.execute("INSERT INTO building SELECT n, to_tsvector('simple', "
                "'w' || n % 50) FROM generate_series(1, 5000) n")
    con.execute("CREATE INDEX CONCURRENTLY building_tsv ON building "
                "USING bisearch (tsv)")
    con.execute("SET enable_seqscan = off")
    assert con.execute("SELECT count(*) FROM building WHERE tsv @~ 'w7'"
                       ).fetchone() == (100,)
    con.execute("DROP TABLE building")


def test_index_searches_are_told(db):
    """By EXPLAIN (ANALYZE), where it knows the word."""
    if db.info.server_version < 180000:
        pytest.skip("PostgreSQL 18 brought index searches")
    db.execute("CREATE TEMP TABLE s AS SELECT to_tsvector('simple', "
               "'hail w' || n) AS tsv FROM generate_series(1, 1000) n")
    db.execute("CREATE INDEX ON s USING bisearch (tsv)")
    db.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in db.execute(
        "EXPLAIN (ANALYZE, TIMING OFF) SELECT tsv FROM s WHERE tsv @~ 'w7'"))
    assert "Index Searches: 1" in plan, plan
