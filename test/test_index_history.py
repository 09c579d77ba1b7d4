"""A random history, and at random points of it random queries by every way.

A table of real and odd articles (stripped, of weights, clamped, with 255
positions, of many pages, empty, NULL; in the first half of it no stripped or
clamped ones, so that segments have bigrams) is inserted into, updated, deleted
from, vacuumed, merged, rebuilt, and its server is restarted and killed.  At
each point of that history queries of the language must find the same rows by
sequential scan, by GIN, by our index, by a count without the heap, and by the
oracle, which has no code in common with the server; tsqueries by all but the
oracle.  So must they in a transaction whose snapshot is from an earlier point.

BISEARCH_HISTORY is how many queries are asked, BISEARCH_SEED repeats a run.
"""

import collections
import gzip
import random
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from conftest import DATA
from index_pages import INVALID, Pages
from instances import LOST, SEED, Instance, cycles, data_file

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import compare, invent, parser, tokens  # noqa: E402
from oracle.generate import Generator  # noqa: E402

QUERIES = cycles("HISTORY", 400)
REAL, INVENTED = 300, 120
MOST_ROWS = 2500
FIELDS = "ABCD"

# how the ways to an answer are set up, and what their plans show
WAYS = {
    "seq": ("SET enable_indexscan = off; SET enable_bitmapscan = off; "
            "SET bisearch.enable_count = off", "Seq Scan on history"),
    "gin": ("SET enable_seqscan = off", "Bitmap Index Scan on history_gin"),
    "own": ("SET enable_seqscan = off; SET bisearch.enable_count = off",
            "Bitmap Index Scan on history_tsv"),
    "count": ("SET enable_seqscan = off; SET enable_bitmapscan = off",
              "Custom Scan (bisearch count) on history"),
}


def plain_copy(text):
    """A field of COPY's text format."""
    return None if text == r"\N" else text.replace(r"\n", "\n").replace(
        r"\t", "\t").replace(r"\\", "\\")


def real_articles(rnd):
    """Headline and body of some Reuters articles, if they are there."""
    path = DATA / "reuters_dev.copy.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        lines = file.read(12_000_000).split("\n")[:-1]
    rows = [line.split("\t") for line in rnd.sample(lines, REAL)]
    return [[("A", plain_copy(row[3])), ("D", plain_copy(row[4]))]
            for row in rows]


def documents(rnd):
    """Articles as lists of (field, text), by kind."""
    made = [fields for _, fields in invent.documents(rnd.random(), INVENTED)]
    huge = [d for d in made if len(d[3][1]) > 50_000]
    large = []
    for number in range(8):     # of more than one page
        words = [f"y{n * (number + 1)}" for n in range(1500)]
        for _ in range(200):
            words[rnd.randrange(1500)] = rnd.choice(invent.WORDS)
        large.append([("A", invent.text(rnd, 9)), ("D", " ".join(words))])
    return {"real": real_articles(rnd) or [d for d in made if d not in huge],
            "invented": [d for d in made if d not in huge],
            "huge": huge, "large": large, "empty": [[("D", "")]]}


class Pool:
    """The tsvectors that rows have, as the oracle sees them: each is a view
    ("full", "bare" without positions, "plain" without boundaries and
    weights) of a document.  "mixed" have some lexemes with positions and
    some without, which the oracle knows nothing of."""

    def __init__(self, rnd, instance):
        kinds = documents(rnd)
        self.documents = [d for made in kinds.values() for d in made]
        self.views = {"full": compare.Index(),
                      "bare": compare.Index(stripped=True, marked=False),
                      "plain": compare.Index(marked=False, limits=True)}
        self.numbers = {}
        for kind, made in kinds.items():
            first = sum(len(numbers) for numbers in self.numbers.values())
            self.numbers[kind] = range(first, first + len(made))
        self.words = sorted({word for d in self.documents[:80]
                             for _, text in d if text
                             for _, _, word in tokens.tokens(text[:300])})
        self.neighbours = [
            two for d in self.documents[:80] for _, text in d if text
            for words in [[w for _, _, w in tokens.tokens(text[:300])]]
            for two in zip(words, words[1:])]
        for number, fields in enumerate(self.documents):
            body = [f for f in fields if f[0] == "D"]
            self.views["full"].add(number, fields)
            self.views["bare"].add(number, fields)
            self.views["plain"].add(number, body)
        self.fill(instance)

    def fill(self, instance):
        with instance.connect("history") as con:
            con.execute("SET client_min_messages = error")
            con.execute("CREATE TABLE articles (n integer, a text, b text, "
                        "c text, d text)")
            con.cursor().executemany(
                "INSERT INTO articles VALUES (%s, %s, %s, %s, %s)",
                [[n, *(dict(fields).get(name) for name in FIELDS)]
                 for n, fields in enumerate(self.documents)])
            con.execute("""
                CREATE TABLE pool (view text, n integer, tsv tsvector,
                                   PRIMARY KEY (view, n));
                INSERT INTO pool SELECT 'full', n, bi_tsvector(a, d, c, b)
                    FROM articles;
                INSERT INTO pool SELECT 'bare', n, strip(tsv) FROM pool;
                INSERT INTO pool SELECT 'plain', n, to_tsvector('bisearch', d)
                    FROM articles;
                INSERT INTO pool SELECT 'mixed', p.n, strip(p.tsv) || q.tsv
                    FROM pool p JOIN pool q ON p.view = q.view
                    AND q.n = (p.n * 7 + 1) % 100
                    WHERE p.view = 'full' AND p.n % 4 = 0
                    AND length(p.tsv) + length(q.tsv) < 1000;
                INSERT INTO pool VALUES ('null', 0, NULL)""")
            self.mixed = [row[0] for row in con.execute(
                "SELECT n FROM pool WHERE view = 'mixed' ORDER BY n")]
            # what is here is what the tests are about
            assert con.execute(
                "SELECT max(pg_column_size(tsv)) > 8192, "
                "bool_or(tsv = ''), (SELECT max(cardinality(positions)) "
                "FROM pool p, unnest(p.tsv) WHERE view = 'full') >= 255, "
                "(SELECT count(DISTINCT w) FROM pool p, unnest(p.tsv), "
                "unnest(weights) w) = 4 FROM pool"
            ).fetchone() == (True, True, True, True)

    def pick(self, rnd, odd):
        """What a row is: a view and a number; odd: does any kind do, or only
        what a segment with bigrams may have?"""
        kind = rnd.random()
        if not odd and 0.02 <= kind < 0.12:
            kind = 1
        if kind < 0.02:
            return "null", 0
        if kind < 0.05:
            return "mixed", rnd.choice(self.mixed)
        view = "bare" if kind < 0.12 else "plain" if kind < 0.19 else "full"
        kind = rnd.choices(["real", "invented", "large", "huge", "empty"],
                           [60, 30, 2, 0.3 * odd, 1])[0]
        return view, rnd.choice(self.numbers[kind])

    def search(self, query):
        """What the oracle says of a query: for each view, the numbers.
        Raises what its parser raises."""
        tree = parser.parse(query)
        return {view: index.search(tree)
                for view, index in self.views.items()}


class Old:
    """A transaction that goes on seeing the rows there were."""

    def __init__(self, history):
        self.con = history.connect("own")
        self.con.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.con.execute("SELECT FROM history LIMIT 1")
        self.rows = dict(history.rows)


class History:
    def __init__(self, instance, number):
        self.instance = instance
        self.random = random.Random(f"{SEED} history {number}")
        self.pool = Pool(self.random, instance)
        self.queries = Generator(f"{SEED} history {number}",
                                 [[(name, text) for name, text in d if text]
                                  for d in self.pool.documents
                                  if d[-1][1] and len(d[-1][1]) < 50_000])
        self.rows = {}          # id: view and number
        self.next = 0
        self.old = None
        self.torn = False       # see fair()
        self.done = collections.Counter()
        self.cons = {}
        self.con = instance.connect("history")
        self.con.execute(
            "CREATE TABLE history (id integer PRIMARY KEY, tsv tsvector, "
            "gin tsvector GENERATED ALWAYS AS (tsv) STORED) "
            "WITH (autovacuum_enabled = off)")
        self.insert(700)
        self.con.execute("CREATE INDEX history_tsv ON history "
                         "USING bisearch (tsv)")
        self.con.execute("CREATE INDEX history_gin ON history "
                         "USING gin (gin)")
        self.reconnect()

    # ------------------------------------------------------ connections

    def connect(self, way):
        con = self.instance.connect("history")
        con.execute("SET client_min_messages = error; SET jit = off; "
                    "SET max_parallel_workers_per_gather = 0; "
                    "SET default_statistics_target = 10")
        con.execute(WAYS[way][0])
        return con

    def reconnect(self):
        """New sessions, whose plans are what they should be."""
        self.old = None
        self.con = self.instance.connect("history")
        self.con.execute("SET client_min_messages = error; "
                         "SET default_statistics_target = 10")
        self.cons = {way: self.connect(way) for way in WAYS}
        for way, (_, shown) in WAYS.items():
            plan = "\n".join(row[0] for row in self.cons[way].execute(
                "EXPLAIN " + self.statement(way, "@~ 'storm'")))
            assert shown in plan, plan

    def close(self):
        for con in [self.con, *self.cons.values()] + (
                [self.old.con] if self.old else []):
            con.close()

    # ---------------------------------------------------------- changes

    def some(self, most):
        return self.random.sample(sorted(self.rows),
                                  min(most, len(self.rows)))

    def put(self, ids, sql):
        """Give these ids new contents by a statement."""
        odd = self.done["queries"] >= QUERIES / 2
        made = [self.pool.pick(self.random, odd) for _ in ids]
        self.con.execute(
            sql, [ids, [view for view, _ in made], [n for _, n in made]])
        self.rows.update(zip(ids, made))

    def insert(self, count=None):
        if len(self.rows) > MOST_ROWS:
            return self.delete()
        count = count or self.random.choice([1, 10, 60, 300, 700])
        ids = list(range(self.next, self.next + count))
        self.next += count
        self.put(ids, "INSERT INTO history SELECT i, tsv FROM "
                 "unnest(%s::integer[], %s::text[], %s::integer[]) v (i, w, m)"
                 " JOIN pool ON view = w AND n = m")

    def update(self):
        self.put(self.some(self.random.choice([1, 20, 150])),
                 "UPDATE history h SET tsv = pool.tsv FROM "
                 "unnest(%s::integer[], %s::text[], %s::integer[]) v (i, w, m)"
                 " JOIN pool ON view = w AND n = m WHERE h.id = i")

    def delete(self):
        if self.random.random() < 0.5:
            gone = self.some(len(self.rows) // self.random.choice([4, 20]))
        else:       # adjacent rows: whole pages
            first = self.random.choice(sorted(self.rows) or [0])
            gone = [i for i in self.rows if first <= i < first + 300]
        self.con.execute("DELETE FROM history WHERE id = ANY (%s)", [gone])
        for i in gone:
            del self.rows[i]

    def rolled_back(self):
        before, first = dict(self.rows), self.next
        with self.con.transaction(force_rollback=True):
            self.insert()
            self.delete()
        self.rows, self.next = before, first

    def vacuum(self):
        self.con.execute("VACUUM (INDEX_CLEANUP ON) history")
        self.torn = False

    def flush(self):
        self.con.execute("ANALYZE history")

    def merge(self):
        self.con.execute("SELECT bi_index_merge('history_tsv')")

    def forget(self):
        """What waits for old snapshots would wait for ours."""
        if self.old is not None:
            self.old.con.close()
            self.old = None

    def reindex(self):
        self.forget()
        self.con.execute("REINDEX INDEX CONCURRENTLY history_tsv")

    def create(self):
        self.forget()
        self.con.execute("DROP INDEX history_tsv")
        self.con.execute(self.random.choice([
            "CREATE INDEX CONCURRENTLY history_tsv ON history "
            "USING bisearch (tsv)",
            "CREATE INDEX history_tsv ON history USING bisearch (tsv)"]))

    def rewrite(self):
        self.forget()
        self.con.execute("VACUUM FULL history")
        self.torn = False

    def frozen(self):
        """Is there a frozen list?"""
        self.con.execute("CHECKPOINT")
        path = data_file(self.instance, self.con, "history_tsv")
        return Pages(path.read_bytes()).frozen.head != INVALID

    def interrupted(self):
        """A flush or merge that comes to no end: the list stays frozen."""
        if len(self.rows) < MOST_ROWS:
            self.insert()
        for wait in (2, 3, 4, 6, 9, 14, 20, 30):
            self.con.execute(f"SET statement_timeout = {wait}")
            try:
                self.merge()
            except psycopg.errors.QueryCanceled:
                pass
            self.con.execute("RESET statement_timeout")
            if self.frozen():
                self.done["a frozen list"] += 1
                break

    def restart(self):
        self.close()
        mode = self.random.choice(["immediate", "immediate", "fast"])
        self.instance.run("pg_ctl", "-D", str(self.instance.data), "-s", "-w",
                          "-m", mode, "stop")
        self.instance.start()
        self.reconnect()

    def killed(self):
        """Killed while it vacuums or merges."""
        work = threading.Thread(target=self.lost, args=[self.random.choice(
            [self.vacuum, self.merge, self.flush])])
        if self.random.random() < 0.5:
            self.insert()
        work.start()
        time.sleep(self.random.random() * 0.05)
        self.instance.kill()
        work.join(600)
        self.torn = True
        self.close()
        self.instance.start()
        self.reconnect()

    @staticmethod
    def lost(action):
        try:
            action()
        except LOST:
            pass

    def step(self):
        changes = {self.insert: 5, self.update: 4, self.delete: 3,
                   self.rolled_back: 1, self.vacuum: 4, self.flush: 1,
                   self.merge: 2, self.reindex: 1, self.create: 1,
                   self.rewrite: 0.5, self.interrupted: 2, self.restart: 1.5,
                   self.killed: 1.5}
        for change in self.random.choices(
                list(changes), list(changes.values()),
                k=self.random.choice([1, 1, 2])):
            change()
            self.done[change.__name__] += 1

    # ---------------------------------------------------------- queries

    @staticmethod
    def statement(way, condition):
        column = "gin" if way == "gin" else "tsv"
        what = "count(*)" if way == "count" else "id"
        condition = condition.replace(" AND @", f" AND {column} @")
        return f"SELECT {what} FROM history WHERE {column} {condition}"

    def ask(self, con, way, condition, values):
        """The ids that are found, or their number."""
        found = con.execute(self.statement(way, condition), values)
        if way == "count":
            return found.fetchone()[0]
        found = [row[0] for row in found]
        assert len(found) == len(set(found))
        return set(found)

    def tsquery(self, depth=3):
        rnd = self.random
        if depth == 0 or rnd.random() < 0.3:
            word = rnd.choice(self.pool.words if rnd.random() < 0.5
                              else invent.WORDS + ["st", "f", "y1", "absent"])
            marks = rnd.choice(["", "", "", "*", "A", "BD", "*C"])
            return "'%s'" % word.replace("'", "''") + (
                f":{marks}" if marks else "")
        kind = rnd.random()
        if kind < 0.2:
            return f"!({self.tsquery(depth - 1)})"
        if kind < 0.4:
            return "('%s' <-> '%s')" % tuple(
                word.replace("'", "''")
                for word in rnd.choice(self.pool.neighbours))
        sign = rnd.choice(["&", "&", "|", "<->", "<->", "<2>", "<0>"])
        return "(%s) %s (%s)" % (self.tsquery(depth - 1), sign,
                                 self.tsquery(depth - 1))

    def query(self):
        """A query that both sides take, and what the oracle says of it."""
        while True:
            query = self.queries.query()
            try:
                found = self.pool.search(query)
                self.con.execute("SELECT %s::bi_query", [query])
                return query, found
            except (parser.QueryError, parser.Unclear, psycopg.Error):
                continue

    @staticmethod
    def of_oracle(rows, found):
        """The ids of rows that the oracle finds."""
        return {i for i, (view, n) in rows.items()
                if view in found and n in found[view]}

    def check(self, count):
        self.done["checks with pairs" if self.con.execute(
            "SELECT bigrams_size > 0 FROM bi_index_stats('history_tsv')"
        ).fetchone()[0] else "checks without"] += 1
        for _ in range(count):
            query, oracle = self.query()
            self.compare("@~ %s::bi_query", [query], oracle)
            tsquery = self.tsquery()
            self.compare("@@ %s::tsquery", [tsquery])
            if self.random.random() < 0.15:
                self.compare("@~ %s::bi_query AND @@ %s::tsquery",
                             [query, tsquery])
        if self.old is None:
            self.old = Old(self)
        elif self.random.random() < 0.3:
            self.forget()

    def compare(self, condition, values, oracle=None):
        """By all ways the same."""
        rows = self.ask(self.cons["seq"], "seq", condition, values)
        if oracle is not None:
            mine = self.of_oracle(self.rows, oracle)
            theirs = {i for i in rows if self.rows[i][0] != "mixed"}
            assert theirs == mine, ("oracle", values, self.points())
        self.cons["own"].execute("SET work_mem = '%s'" % self.random.choice(
            ["64kB", "64MB"]))
        for way in ("gin", "own", "count"):
            if way == "gin" and not self.fair(condition, values):
                continue
            found = self.ask(self.cons[way], way, condition, values)
            assert found == (len(rows) if way == "count" else rows), \
                (way, values, self.points())
        if self.old is not None and oracle is not None:
            found = self.ask(self.old.con, "own", condition, values)
            found = {i for i in found if self.old.rows[i][0] != "mixed"}
            assert found == self.of_oracle(self.old.rows, oracle), \
                ("an old snapshot", values, self.points())
            self.done["old snapshots asked"] += 1
        self.done["queries" if oracle is not None else "tsqueries"] += 1
        self.done["found something"] += bool(rows)

    def fair(self, condition, values):
        """Not to GIN, which moves the words of its pending list to its tree
        one by one: when it was killed meanwhile, a row is found there by
        some of its words, so that tsqueries with a NOT find rows that do not
        match, until the list has been moved.  Queries of ours are rechecked
        for that."""
        return not (self.torn and condition.startswith("@@")
                    and "!" in values[0])

    def points(self):
        return dict(self.done)


@pytest.fixture
def instance():
    with Instance("history", ["shared_buffers = 32MB"]) as made:
        made.start()
        made.create_database("history")
        yield made


def test_every_way_finds_the_same(instance):
    print(f"BISEARCH_SEED={SEED}")
    history = History(instance, 0)
    while history.done["queries"] < QUERIES:
        history.step()
        history.check(12)
        assert {row[0] for row in history.con.execute(
            "SELECT id FROM history")} == set(history.rows)
        if history.random.random() < 0.1:
            history.con.execute("SELECT bi_index_check('history_tsv', true)")
    print(history.points())
    assert history.done["checks with pairs"] > 0
    history.close()
    instance.check_log()
