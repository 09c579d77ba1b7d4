"""Lists of frequent words that follow each other (src/index/pairs.h): with
them an index answers as a sequential scan does.

Tables whose segments have such lists, or for a reason have none, are asked
for random phrases by a bitmap scan, by a count without the heap and row by
row.  BISEARCH_SEED repeats a run.
"""
import random
import sys
import time
from pathlib import Path

import pytest

from instances import SEED
from test_index_cancel import LIMIT, attempt

sys.path.insert(0, str(Path(__file__).resolve().parent))

# how the ways to an answer are set up, and what their plans show
WAYS = {
    "rows": ("SET enable_indexscan = off; SET enable_bitmapscan = off; "
             "SET bisearch.enable_count = off", "Seq Scan"),
    "bitmap": ("SET enable_seqscan = off; SET bisearch.enable_count = off",
               "Bitmap Index Scan"),
    "count": ("SET enable_seqscan = off; SET enable_bitmapscan = off",
              "Custom Scan (bisearch count)"),
}

LONGEST = "long" * 16       # of a pair
LONGER = LONGEST + "e"
# in most articles; the first is a prefix of others
FREQUENT = ["a", "an", "the", "of", "und", "in", "x", "ä", "größe", "保険",
            "o'neill", LONGEST, LONGER]
MIDDLING = [f"m{i}" for i in range(20)]
RARE = [f"r{i}" for i in range(300)]
WORDS = FREQUENT + MIDDLING + RARE
WEIGHTS = [10] * len(FREQUENT) + [2] * len(MIDDLING) + [0.1] * len(RARE)


class Session:
    """A table with an index, and the ways to ask for its rows."""

    def __init__(self, server, database, name, temporary=()):
        self.name = name
        self.cons = {way: server.connect(database) for way in WAYS}
        self.con = self.cons["bitmap"]
        self.rnd = random.Random(f"{SEED} {name}")
        for way, con in self.cons.items():
            con.prepare_threshold = None
            con.execute("SET client_min_messages = error")
            con.execute(WAYS[way][0])
        self.con.execute(f"CREATE TABLE {name} (id serial, tsv tsvector) "
                         "WITH (autovacuum_enabled = off)")

    def close(self):
        self.con.execute(f"DROP TABLE {self.name}")
        for con in self.cons.values():
            con.close()

    def copy(self, vectors):
        """Insert tsvectors: text, or None."""
        with self.con.cursor().copy(
                f"COPY {self.name} (tsv) FROM STDIN") as copy:
            for vector in vectors:
                copy.write_row([vector])

    def build(self, how=""):
        self.con.execute(f"DROP INDEX IF EXISTS {self.name}_tsv")
        self.con.execute(f"CREATE INDEX {how} {self.name}_tsv "
                         f"ON {self.name} USING bisearch (tsv)")
        return self.pairs()

    def pairs(self, index=None):
        """Bytes of the index's lists of pairs."""
        return self.con.execute("SELECT pairs_size FROM bi_index_stats(%s)",
                                [index or f"{self.name}_tsv"]).fetchone()[0]

    def segments(self):
        """Articles of each segment, and whether it has pairs."""
        return self.con.execute(
            "SELECT articles, pairs_size > 0 FROM bi_index_segments(%s) "
            "ORDER BY 1 DESC", [f"{self.name}_tsv"]).fetchall()

    def statement(self, way, operator):
        what = "count(*)" if way == "count" else \
            "array_agg(id ORDER BY id), count(*)"
        return f"SELECT {what} FROM {self.name} WHERE tsv {operator}"

    def plans(self):
        """The ways are what they are called."""
        for way, (_, shown) in WAYS.items():
            plan = "\n".join(row[0] for row in self.cons[way].execute(
                "EXPLAIN " + self.statement(way, "@~ '\"a b\"'")))
            assert shown in plan, plan

    def ask(self, operator, *values):
        """By all ways the same: the ids."""
        found = {way: con.execute(self.statement(way, operator),
                                  values).fetchone()
                 for way, con in self.cons.items()}
        assert found["bitmap"] == found["rows"], (operator, values)
        assert found["count"][0] == found["rows"][1], (operator, values)
        return found["rows"][0] or []

    def query(self, query):
        return self.ask("@~ %s::bi_query", query)

    def tsquery(self, query):
        return self.ask("@@ %s::tsquery", query)

    def check(self, count, queries):
        """Random queries of both kinds; some must find rows."""
        found = 0
        for _ in range(count):
            found += bool(self.query(queries.query()))
            found += bool(self.tsquery(queries.tsquery()))
            if self.rnd.random() < 0.1:
                self.ask("@~ %s::bi_query AND tsv @~ %s::bi_query "
                         "AND tsv @@ %s::tsquery", queries.phrase(),
                         queries.query(), queries.tsquery())
        return found

    def verify(self):
        self.con.execute("SELECT bi_index_check(%s, true)",
                         [f"{self.name}_tsv"])


class Queries:
    """Random queries, mostly phrases, of words and how often each comes."""

    def __init__(self, rnd, words=WORDS, weights=WEIGHTS):
        self.rnd, self.words, self.weights = rnd, words, weights

    def word(self):
        return self.rnd.choices(self.words, self.weights)[0]

    def phrase(self):
        rnd = self.rnd
        words = [self.word() for _ in range(rnd.choice([2, 2, 2, 3, 4, 5]))]
        if rnd.random() < 0.1:
            words[1] = words[0]
        if rnd.random() < 0.1:
            words.insert(1, "*")
        if rnd.random() < 0.1:
            at = rnd.randrange(len(words))
            if len(words[at]) > 2 and words[at].isalpha():
                words[at] = rnd.choice([words[at][:2] + "*",
                                        words[at][:2] + "?*"])
        return '"' + " ".join(words) + '"'

    def item(self):
        rnd = self.rnd
        field = rnd.choice(["", "", "", "", "title:", "body:", "bc:"])
        kind = rnd.random()
        if kind < 0.55:
            return field + self.phrase()
        if kind < 0.7:
            return field + self.word()
        if kind < 0.8:
            sign = rnd.choice(["PRE/1", "NEAR/1", "NEAR/3", "NOT NEAR/1",
                               "/s", "/p"])
            return f"({self.word()} {sign} {self.word()})"
        if kind < 0.85:
            return f"ATLEAST2({self.phrase()})"
        if kind < 0.9:
            return f"({self.phrase()} NEAR/2 {self.word()})"
        return f"({self.item()} | {self.item()})"

    def query(self):
        rnd = self.rnd
        return " & ".join(rnd.choice(["", "", "", "!"]) + self.item()
                          for _ in range(rnd.choice([1, 1, 1, 2, 2, 3])))

    def operand(self):
        marks = self.rnd.choice(["", "", "", "", "*", "A", "BD", "*C"])
        return "'%s'" % self.word().replace("'", "''") + (
            f":{marks}" if marks else "")

    def tsquery(self, depth=3):
        rnd = self.rnd
        if depth == 0 or rnd.random() < 0.15:
            return self.operand()
        if rnd.random() < 0.1:
            return f"!({self.tsquery(depth - 1)})"
        if rnd.random() < 0.5:
            return "(" + " <-> ".join(self.operand() for _ in range(
                rnd.choice([2, 2, 3, 4]))) + ")"
        sign = rnd.choice(["&", "&", "|", "<->", "<->", "<2>", "<0>"])
        return f"({self.tsquery(depth - 1)}) {sign} ({self.tsquery(depth - 1)})"


def vector(rnd, queries, rare_stripped=True):
    """A tsvector: words at rising positions, some at the same one."""
    places, weights, at = {}, {}, 0
    weight = "D"
    for _ in range(rnd.choice([1, 8, 30, 60])):
        at += rnd.choice([0, 1, 1, 1, 1, 1, 1, 1, 2, 40])
        if rnd.random() < 0.03:
            weight = rnd.choice("ABCD")
        places.setdefault(queries.word(), {}).setdefault(max(at, 1), weight)
    if rare_stripped:
        weights = {f"s{rnd.randrange(400)}": "" for _ in range(3)}
    return " ".join(
        ["'%s':%s" % (word.replace("'", "''"), ",".join(
            f"{at}{weight}" for at, weight in found.items()))
         for word, found in places.items()] + list(weights))


def filler(rnd, count):
    """Words that make room for pairs, which take a share of the segment."""
    return " ".join(f"{rnd.getrandbits(160):x}" for _ in range(count))


@pytest.fixture
def make(server, database, request):
    """A session with a table of that name, dropped at the end."""
    made = []

    def get(name):
        made.append(Session(server, database, name))
        return made[-1]
    print(f"BISEARCH_SEED={SEED}")
    yield get
    for session in made:
        session.close()


# Random phrases -------------------------------------------------------------

def test_random_phrases(make):
    """Of words of all kinds and frequencies, at all places."""
    session = make("random_phrases")
    rnd = session.rnd
    queries = Queries(rnd)
    session.copy(vector(rnd, queries) + " " + filler(rnd, 6)
                 for _ in range(1300))
    session.copy(["", None] * 20)
    assert session.build() > 0
    session.plans()
    assert session.check(220, queries) > 60
    for a in FREQUENT:
        for b in FREQUENT[:6]:
            session.query(f'"{a} {b}"')
            session.tsquery("'%s' <-> '%s'" % (a.replace("'", "''"), b))
    session.verify()
