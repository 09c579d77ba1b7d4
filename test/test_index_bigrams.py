"""With posting lists of bigrams (src/index/bigram/bigram_write.h), an index
answers as a sequential scan does.

Tables whose segments have bigrams, or have none for a reason, are searched
for random phrases by a bitmap scan, by a count without the heap and row by
row.  BISEARCH_SEED repeats a run.
"""
import itertools
import random
import struct
import sys
from pathlib import Path

import pytest

from clock import cancelled, late, work
from instances import SEED
from test_index_cancel import LIMIT
from test_index_memory import peak

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

LONGEST = "long" * 16       # of a bigram
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

    def __init__(self, server, database, name):
        self.name = name
        self.cons = {way: server.connect(database) for way in WAYS}
        self.con = self.cons["bitmap"]
        self.rnd = random.Random(f"{SEED} {name}")
        for way, con in self.cons.items():
            con.prepare_threshold = None
            con.execute("SET client_min_messages = error; SET jit = off")
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
        return self.bigrams()

    def bigrams(self, index=None):
        """Bytes of the index's posting lists of bigrams."""
        return self.con.execute("SELECT bigrams_size FROM bi_index_stats(%s)",
                                [index or f"{self.name}_tsv"]).fetchone()[0]

    def segments(self):
        """Articles of each segment, and whether it has bigrams."""
        return self.con.execute(
            "SELECT articles, bigrams_size > 0 FROM bi_index_segments(%s) "
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


def vector(rnd, queries):
    """A tsvector: words at rising positions, some at the same one, and rare
    ones without positions."""
    places, at = {}, 0
    weight = "D"
    for _ in range(rnd.choice([1, 8, 30, 60])):
        at += rnd.choice([0, 1, 1, 1, 1, 1, 1, 1, 2, 40])
        if rnd.random() < 0.03:
            weight = rnd.choice("ABCD")
        places.setdefault(queries.word(), {}).setdefault(max(at, 1), weight)
    return " ".join(
        ["'%s':%s" % (word.replace("'", "''"), ",".join(
            f"{at}{weight}" for at, weight in found.items()))
         for word, found in places.items()] +
        [f"s{rnd.randrange(400)}" for _ in range(3)])


def filler(rnd, count):
    """Words that make room for bigrams, whose size is limited to a fraction
    of the segment's."""
    return " ".join(f"{rnd.getrandbits(160):x}" for _ in range(count))


@pytest.fixture
def make(server, database):
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


def test_phrases_of_both_forms(make):
    """bi_tsvector of sentences: words with their stems, and boundaries."""
    session = make("both_forms")
    rnd = session.rnd
    words = ["run", "running", "runs", "storm", "storms", "flood", "flooded",
             "the", "e-commerce", "loss", "U.S.", "St", "9/11"]
    queries = Queries(rnd, words + ["rare", "absent"],
                      [5] * len(words) + [1, 1])

    def text(count):
        return "".join(
            rnd.choices(words, [3] * 8 + [1] * 5)[0].capitalize() +
            rnd.choice([" "] * 7 + [". ", ", ", ".\n\n"])
            for _ in range(count)) + rnd.choice(["", "rare", "Rare storm."])
    session.con.cursor().executemany(
        f"INSERT INTO {session.name} (tsv) SELECT bi_tsvector(%s, %s, %s, "
        "NULL, %s::regconfig) || strip(array_to_tsvector(%s))",
        [[text(4), text(rnd.choice([5, 30, 50])), text(6),
          rnd.choice(["bisearch_english", "bisearch_english", "bisearch"]),
          filler(rnd, 5).split()] for _ in range(700)])
    assert session.build() > 0
    found = 0
    for _ in range(150):
        query = rnd.choice(["", "{english} "] + ["{bisearch_english} "] * 3
                           ) + queries.query()
        found += bool(session.query(query))
        session.tsquery(rnd.choice(["'%s' <-> '%s'", "'%s':A <-> '%s'"]) % (
            rnd.choice(["~run", "~storm", "§0", "¶0", "running", "the"]),
            rnd.choice(["~flood", "~run", "§0", "¶0", "storm", "the"])))
    assert found > 40
    for sign in "/s", "+s", "/p", "+p", "PRE/1", "NEAR/1":
        assert session.query(f'"the storm" {sign} flood')
    session.verify()


def test_a_phrase_is_more_than_its_bigrams(make):
    """Bigrams that the article has somewhere, but not as the query says."""
    session = make("more_than_bigrams")
    vectors = ["a:1 b:2 c:3", "a:1 b:2,5 c:6", "a:1 b:2 c:4", "a:1 b:3 c:4",
               "a:1A b:2D c:3A", "a:1A b:2A c:3A", "a:1A,5D b:2D,8A,6D c:9",
               "a:1,2 b:5 c:6", "a:1,3 b:2,4 c:5", "c:1 b:2 a:3",
               "a:5 b:5 c:5", "a:5,6 b:5,6 c:5,6", "a:1 b:5 c:9",
               "b:1 c:2 a:4,5", "a:1 b:2 c:2", "a:1 b:2,7 c:3D,8A"]
    session.copy(v + " " + filler(session.rnd, 6) for v in vectors * 40)
    assert session.build() > 0

    places = [{entry.split(":")[0]: {int(at.rstrip("ABCD"))
                                     for at in entry.split(":")[1].split(",")}
               for entry in v.split()} for v in vectors]

    def holds(article, phrase):
        """Do words stand at these distances from somewhere?"""
        return any(all(at + distance in article[word]
                       for word, distance in phrase) for at in range(10))

    def check(query, condition):
        ask = session.query if '"' in query else session.tsquery
        assert {(i - 1) % len(vectors) for i in ask(query)} == {
            n for n, article in enumerate(places) if condition(article)}, query

    for words in itertools.product("abc", repeat=3):
        a, b, c = words
        ab, bc = [(a, 0), (b, 1)], [(b, 0), (c, 1)]
        abc = [(a, 0), (b, 1), (c, 2)]
        for query in (f'"{a} {b} {c}"', f"({a} <-> {b}) <-> {c}",
                      f"{a} <-> ({b} <-> {c})", f"{a} <-> {b} <-> {c}"):
            check(query, lambda x: holds(x, abc))
        for query in f'"{a} * {c}"', f"{a} <2> {c}":
            check(query, lambda x: holds(x, [(a, 0), (c, 2)]))
        for query in f"{a} <-> {b} <2> {c}", f'"{a} {b} * {c}"':
            check(query, lambda x: holds(x, ab + [(c, 3)]))
        for query in f"{a} <2> {b} <-> {c}", f'"{a} * {b} {c}"':
            check(query, lambda x: holds(x, [(a, 0), (b, 2), (c, 3)]))
        for query in f"({a} <0> {b}) <-> {c}", f"{a} <0> {b} <-> {c}":
            check(query, lambda x: holds(x, [(a, 0), (b, 0), (c, 1)]))
        check(f'"{a} {b}"', lambda x: holds(x, ab))
        check(f'"{a} {b}" & "{b} {c}"',
              lambda x: holds(x, ab) and holds(x, bc))
        check(f'"{a} {b}" & !"{b} {c}"',
              lambda x: holds(x, ab) and not holds(x, bc))
        check(f"{a} & !({b} <-> {c})", lambda x: not holds(x, bc))
        check(f'"{a} {b}" | "{b} {c}"',
              lambda x: holds(x, ab) or holds(x, bc))
        check(f"!{a} <-> {b} <-> {c}", lambda x: any(
            at in x[b] and at + 1 in x[c] and at - 1 not in x[a]
            for at in range(10)))
    for query, numbers in (('title:"a b"', {5}), ("a:A <-> b:A", {5}),
                           ("a:A <-> b", {4, 5, 6}),
                           ("a <-> b:A", {5})):
        found = {(i - 1) % len(vectors) for i in (
            session.query if '"' in query else session.tsquery)(query)}
        assert found == numbers, query
    session.verify()


# Segments with bigrams and without --------------------------------------------

def article(words, first=1):
    """A tsvector of words that follow each other."""
    places = {}
    for at, word in enumerate(words, first):
        places.setdefault(word, []).append(str(at))
    return " ".join(f"{word}:{','.join(at)}" for word, at in places.items())


def ask_all(session, words):
    """All bigrams of these words, some with words about them."""
    for a, b in itertools.product(words, repeat=2):
        session.query(f'"{a} {b}"')
        session.tsquery(f"{a} <-> {b}")
    a, b, c = (session.rnd.choice(words) for _ in range(3))
    session.query(f'"{a} {b} {c}"')
    session.query(f'"{a} {b}" & -"{b} {c}"')
    session.tsquery(f"{a} <-> ({b} <-> {c})")


EVERYWHERE = ["a", "b", "c", "d"]
# what one article of them is, and whether there are bigrams then
ODD = {
    "nothing": ("", True),
    "a frequent word without positions": ("a b:2 c:3", True),
    "a rare word without positions": ("a:1 b:2 c:3 rare", True),
    "a frequent word at the end": ("a:16382 b:16383", True),
    "a frequent word before the end": ("a:1 b:16381 c:16382", True),
    "a rare word at the end": ("a:1 b:2 rare:16383", True),
    "a mark without positions": ("a:1 b:2 §0", True),
    "a long word without positions": (f"a:1 b:2 {LONGER}", True),
    "a word of the longest without positions": (f"a:1 {LONGEST}", True),
}


@pytest.mark.parametrize("odd", ODD)
def test_words_that_keep_bigrams_away(make, odd):
    session = make("kept_away")
    rnd = session.rnd
    words = EVERYWHERE + [LONGEST, LONGER]
    vectors = [article(rnd.choices(words, k=rnd.choice([3, 9])) + ["§0"]) +
               " " + filler(rnd, 6) for _ in range(600)]
    session.copy(vectors)
    session.copy([ODD[odd][0]])
    session.copy(vectors[:100])
    size = session.build()
    ask_all(session, EVERYWHERE[:3] + [LONGEST, LONGER])
    session.tsquery("a <-> §0")
    session.tsquery("c:* <-> rare")
    session.verify()
    assert (size > 0) == ODD[odd][1]


@pytest.mark.parametrize("count", [255, 256])
def test_articles_that_bigrams_are_made_for(make, count):
    session = make("few_articles")
    session.copy(article(session.rnd.choices(EVERYWHERE, k=6)) + " " +
                 filler(session.rnd, 20) for _ in range(count))
    assert (session.build() > 0) == (count == 256)
    ask_all(session, EVERYWHERE[:3])


def test_no_room(make):
    """All words are frequent, and follow each other in any order."""
    session = make("no_room")
    words = [f"w{i}" for i in range(40)]
    session.copy(article(session.rnd.sample(words, 40)) for _ in range(300))
    assert session.build() == 0
    ask_all(session, words[:3])


def test_words_that_are_never_neighbours(make):
    """A bigram segment without any bigrams."""
    session = make("strangers")
    session.copy(article(session.rnd.sample("abcd", 3))
                 .replace(":1", ":10").replace(":2", ":20") + " " +
                 filler(session.rnd, 20) for _ in range(300))
    assert session.build() > 0
    ask_all(session, "abcd")
    session.verify()
    session.con.execute(f"SELECT bi_index_merge('{session.name}_tsv')")
    session.con.execute(f"VACUUM {session.name}")
    ask_all(session, "abcd")


def test_window_limits(make):
    """Bigrams in the first and last articles of what is processed at a time,
    and of a block of a posting list."""
    session = make("windows")
    here = {0, 1, 63, 64, 65, 127, 128, 510, 511, 512, 513, 1022, 1023, 1024,
            1025, 1535, 1536, 1599}
    session.copy(("a:1 b:2 " if n in here else "a:1 b:3 " if n % 5 else "a:1 ")
                 + filler(session.rnd, 6) for n in range(1600))
    assert session.build() > 0
    for ask, query in ((session.query, '"a b"'), (session.tsquery, "a <-> b")):
        assert {i - 1 for i in ask(query)} == here
    session.verify()


@pytest.mark.parametrize("words, more, bigrams", [
    (384, 0, True), (385, 0, False), (376, 16, True), (376, 8, True)])
def test_most_words(make, words, more, bigrams):
    """384 words have bigrams; of those that are in as many articles as the
    385th, none has.  Each word is in an eighth of the articles, or, if it is
    one of more, in a few less."""
    session = make("most_words")
    rnd = session.rnd
    blocks = [[f"w{i}" for i in range(words)[n::8]] for n in range(8)]
    rarer = [[f"v{i}" for i in range(more)[n::8]] for n in range(8)]
    vectors = []
    for n in range(800):
        some = blocks[n % 8] + (rarer[n % 8] if n >= 80 else [])
        if n % 3 == 0:
            some.reverse()
        elif n % 3 == 1:
            some[1:1] = [f"r{n}"]
        vectors.append(article(some) + " " + filler(rnd, 12))
    session.copy(vectors)
    size = session.build()
    for some in [b + r for b, r in zip(blocks, rarer)]:
        for a, b in zip(some, some[1:]):
            assert session.query(f'"{a} {b}"'), (a, b)
        session.query(f'"{some[-1]} {some[-2]}"')
        session.tsquery(f"{some[-1]} <-> {some[-2]}")
    session.verify()
    assert size > 16384 if bigrams else size == 0


def test_least_words(make):
    """Words of a sixteenth of the articles, one more and one less."""
    session = make("least_words")
    vectors = []
    for n in range(640):
        words = ["a", "b"] + ["c"] * (n % 16 == 0) + ["d"] * (n % 16 == 1) + \
            ["e"] * (n % 16 == 2 and n > 2) + ["d"] * (n == 3)
        session.rnd.shuffle(words)
        vectors.append(article(words) + " " + filler(session.rnd, 6))
    session.copy(vectors)
    assert session.build() > 0
    ask_all(session, "abcde")
    session.verify()


def test_position_zero(make):
    """Which a tsvector has only by binary input."""
    session = make("position_zero")

    def binary(places):
        """As tsvectorsend writes it."""
        return struct.pack("!i", len(places)) + b"".join(
            word.encode() + b"\0" + struct.pack(f"!{len(at) + 1}H",
                                                len(at), *at)
            for word, at in sorted(places.items()))
    vectors = [{"a": [0], "b": [1]}, {"a": [0, 1], "b": [0]},
               {"a": [1], "b": [0, 2]}, {"a": [0], "b": [2]}, {"b": [0]}]
    with session.con.cursor().copy(f"COPY {session.name} (tsv) FROM STDIN "
                                   "(FORMAT binary)") as copy:
        for n in range(400):
            places = dict(vectors[n % len(vectors)])
            for word in filler(session.rnd, 6).split():
                places[word] = []
            copy.write_row([binary(places)])
    assert session.build() > 0
    ask_all(session, "ab")
    session.verify()


# What happens to a table ----------------------------------------------------

def vectors(session, queries, count):
    return [vector(session.rnd, queries) + " " + filler(session.rnd, 6)
            for _ in range(count)]


def test_life_of_a_table(make):
    """Segments with bigrams beside those without, pending and dead articles."""
    session = make("life")
    con, name = session.con, session.name
    queries = Queries(session.rnd)

    def step(statement=None):
        if statement:
            con.execute(statement)
        session.check(12, queries)
        session.verify()

    session.build()
    session.copy(vectors(session, queries, 300))
    step()
    con.execute(f"ANALYZE {name}")
    session.copy(vectors(session, queries, 200))
    step()
    assert session.bigrams() == 0             # flushed, or pending
    step(f"SELECT bi_index_merge('{name}_tsv')")
    assert session.segments() == [(500, True)]
    session.copy(vectors(session, queries, 120))
    step()                                  # pending
    step(f"ANALYZE {name}")                 # flushed
    assert session.segments() == [(500, True), (120, False)]
    step(f"DELETE FROM {name} WHERE id % 5 = 0")
    step(f"UPDATE {name} SET tsv = tsv || 'a:1 an:2' WHERE id % 7 = 0")
    step(f"VACUUM {name}")
    step(f"INSERT INTO {name} VALUES (1000, 'b:2 a:16383'), (1001, NULL), "
         "(1002, ''), (1003, 'a b:2')")
    step(f"SELECT bi_index_merge('{name}_tsv')")
    # "a" is somewhere at the last position
    assert [bigrams for _, bigrams in session.segments()] == [True]
    step(f"DELETE FROM {name} WHERE id = 1000")
    step(f"VACUUM {name}")
    step(f"SELECT bi_index_merge('{name}_tsv')")
    assert [bigrams for _, bigrams in session.segments()] == [True]
    step(f"DELETE FROM {name} WHERE id > 250")
    step(f"VACUUM {name}")
    step(f"SELECT bi_index_merge('{name}_tsv')")
    assert [bigrams for _, bigrams in session.segments()] == [False]
    session.copy(vectors(session, queries, 300))
    step(f"REINDEX INDEX {name}_tsv")
    assert [bigrams for _, bigrams in session.segments()] == [True]
    step(f"REINDEX INDEX CONCURRENTLY {name}_tsv")
    assert [bigrams for _, bigrams in session.segments()] == [True]
    session.copy(vectors(session, queries, 100))
    step(f"VACUUM FULL {name}")
    assert session.build("CONCURRENTLY") > 0
    step()


def test_many_segments(make):
    """Several with bigrams of their own: a word is frequent in some."""
    session = make("many_segments")
    queries = []
    session.build()
    for n in range(4):
        weights = WEIGHTS[:]
        session.rnd.shuffle(weights)
        queries.append(Queries(session.rnd, WORDS, weights))
        session.copy(vectors(session, queries[n], 300 + 200 * (n == 0)))
        session.con.execute(
            f"INSERT INTO {session.name} (tsv) SELECT tsv FROM "
            f"{session.name} WHERE id % 2 = 0 AND id > 300 * {n}")
        if n == 0:
            session.con.execute(
                f"SELECT bi_index_merge('{session.name}_tsv')")
        session.con.execute(f"ANALYZE {session.name}")
    assert len(session.segments()) > 1
    for some in queries:
        session.check(15, some)
    session.con.execute(f"SELECT bi_index_merge('{session.name}_tsv')")
    for some in queries:
        session.check(15, some)
    session.verify()


def test_partitioned(make):
    session = make("parted")
    con, name = session.con, session.name
    con.execute(f"DROP TABLE {name}")
    con.execute(f"CREATE TABLE {name} (id serial, tsv tsvector) "
                "PARTITION BY RANGE (id)")
    con.execute(f"CREATE TABLE {name}_1 PARTITION OF {name} "
                "FOR VALUES FROM (1) TO (401)")
    con.execute(f"CREATE TABLE {name}_2 PARTITION OF {name} "
                "FOR VALUES FROM (401) TO (601)")
    con.execute(f"CREATE INDEX {name}_tsv ON {name} USING bisearch (tsv)")
    queries = Queries(session.rnd)
    session.copy(vectors(session, queries, 600))
    con.execute(f"REINDEX TABLE {name}")
    assert session.bigrams(f"{name}_1_tsv_idx") > 0
    assert session.bigrams(f"{name}_2_tsv_idx") == 0
    assert session.check(40, queries) > 10


# How they are made ----------------------------------------------------------

@pytest.fixture(scope="module")
def large(server, database):
    """A table whose bigrams' posting lists take more than half of the least
    maintenance_work_mem."""
    with server.connect(database) as con:
        con.execute("CREATE TABLE large_bigrams (tsv tsvector) WITH "
                    "(autovacuum_enabled = off, parallel_workers = 2)")
        con.execute("SELECT setseed(0.5)")
        con.execute(
            "INSERT INTO large_bigrams SELECT to_tsvector('simple', "
            "string_agg('w' || (100 * random() ^ 2)::int, ' ')) || "
            "array_to_tsvector(array_agg(md5(n::text || k)) "
            "FILTER (WHERE k <= 20)) FROM generate_series(1, 14000) n, "
            "generate_series(1, 60) k GROUP BY n")
    yield "large_bigrams"
    with server.connect(database) as con:
        con.execute("DROP TABLE large_bigrams")


def pages(con, index):
    """The index's content without LSN and checksum of its pages."""
    con.execute("CHECKPOINT")
    content, = con.execute("SELECT pg_read_binary_file("
                           "pg_relation_filepath(%s))", [index]).fetchone()
    return [bytes(content[at + 10:at + 8192])
            for at in range(0, len(content), 8192)]


def test_memory_makes_no_difference(db, large):
    """The index is the same, byte for byte, in how ever many parts its bigrams
    are made, and by whom its lists are."""
    built = []
    for memory, workers in (("64MB", 0), ("1MB", 0), ("64MB", 2)):
        db.execute(f"SET maintenance_work_mem = '{memory}'; "
                   f"SET max_parallel_maintenance_workers = {workers}")
        db.execute(f"CREATE INDEX {large}_tsv ON {large} "
                   "USING bisearch (tsv)")
        assert db.execute(f"SELECT bigrams_size FROM bi_index_stats("
                          f"'{large}_tsv')").fetchone()[0] > 1024 * 1024
        built.append(pages(db, f"{large}_tsv"))
        if len(built) == 1:
            db.execute(f"SELECT bi_index_check('{large}_tsv')")
        db.execute(f"DROP INDEX {large}_tsv")
    assert built[0] == built[1]
    assert built[0] == built[2]


# tsvectors that take long to make bigrams of
HEAVY = {
    "many positions": "FROM generate_series(1, 64) w, "
                      "generate_series(0, 249) k",
    "many words at a position": "FROM generate_series(1, 190) w, "
                                "generate_series(1, 20) k",
}


@pytest.mark.parametrize("kind", HEAVY)
def test_making_is_bounded(db, kind):
    """Within a tenth of a second, at any moment; and in how much memory they
    are made."""
    place = "k * 64 + w" if kind == "many positions" else "k"
    db.execute("CREATE TABLE heavy AS SELECT t.tsv || (CASE n % 3 WHEN 0 THEN "
               "'a:1 b:2' ELSE 'a:1 b:3' END)::tsvector AS tsv FROM (SELECT "
               "string_agg(word, ' ')::tsvector AS tsv FROM (SELECT 'w' || w "
               f"|| ':' || string_agg(({place})::text, ',') AS word "
               f"{HEAVY[kind]} GROUP BY w) x) t, generate_series(1, 400) n")
    try:
        db.execute("SET enable_seqscan = off; SET maintenance_work_mem = '1MB'"
                   "; SET max_parallel_maintenance_workers = 0")
        before = peak(db.info.backend_pid)
        whole = work(db, "CREATE INDEX heavy_tsv ON heavy "
                     "USING bisearch (tsv)")
        assert peak(db.info.backend_pid) - before < 64 * 1024
        assert db.execute("SELECT bigrams_size > 0 FROM bi_index_stats("
                          "'heavy_tsv')").fetchone()[0] == (
                              kind == "many positions")
        assert db.execute("SELECT count(*) FROM heavy WHERE tsv @~ '\"a b\"'"
                          ).fetchone()[0] == 133
        for part in (0.2, 0.4, 0.6, 0.8):
            found = late(lambda: cancelled(db, "REINDEX INDEX heavy_tsv",
                                           whole * part), LIMIT)
            assert not found, (part, whole, found)
    finally:
        db.execute("DROP TABLE heavy")


# Searches -------------------------------------------------------------------

def test_memory_of_a_session(server, database, large):
    """Phrases leave no memory allocated, however many there were."""
    with server.connect(database) as con:
        con.prepare_threshold = None
        con.execute(f"CREATE INDEX IF NOT EXISTS {large}_tsv ON {large} "
                    "USING bisearch (tsv)")
        con.execute("SET enable_seqscan = off; SET work_mem = '1MB'; "
                    "SET jit = off")

        def search(times):
            for n in range(times):
                for what in "count(*)", "count(tsv)":
                    con.execute(f"SELECT {what} FROM {large} WHERE tsv @~ "
                                "%s::bi_query", [f'"w{n % 9} w{n % 7}" & -"w{n % 5} w1 w2"'])
            return con.execute(
                "SELECT sum(used_bytes) FROM pg_backend_memory_contexts"
            ).fetchone()[0]
        few = search(60)
        assert search(240) < few + 20_000
        con.execute(f"DROP INDEX {large}_tsv")
