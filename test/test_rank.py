"""bi_rank: the formula, computed again here, and what people expect of it.

The formula is recomputed from the oracle's spans; the rest are orders that
must hold whatever the formula: made of Reuters articles, changed in one way.
BISEARCH_SEED repeats a run.
"""

import math
import os
import random
import sys
import time
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import compare, parser  # noqa: E402
from oracle.ast import And, AtLeast, Near, Not, Or, Words  # noqa: E402
from oracle.generate import Generator  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
QUERIES = 400
SAMPLE = 250
K1, B, LENGTH = 1.2, 0.75, 250.0
WEIGHTS = {"D": 1.0, "C": 1.5, "B": 1.0, "A": 3.0}


def rank(con, document, query, weights=None, collection=None):
    return con.execute(
        "SELECT bi_rank(%s::tsvector, %s::text::bi_query, %s::real[], "
        "%s::bi_collection)", [document, query, weights, collection]
    ).fetchone()[0]


def article(con, headline, body):
    return con.execute("SELECT bi_tsvector(%s, %s)::text",
                       [headline, body]).fetchone()[0]


# The formula again

class Formula:
    """Rank of an oracle's tree in a document, without or with statistics."""

    def __init__(self, index, doc, length, average=LENGTH, idf=None):
        self.index = index
        self.doc = doc
        self.place = index.documents[doc]
        self.k = K1 * (1 - B + B * length / average)
        self.idf_of = idf or (lambda node: self.width(node))

    def width(self, node):
        if isinstance(node, Words):
            return node.terms[-1][0] + 1
        if isinstance(node, Or):
            return min(map(self.width, node.parts))
        if node.kind == "NOT NEAR":
            return self.width(node.left)
        return self.width(node.left) + self.width(node.right)

    def idf(self, node):
        if isinstance(node, Words):
            return self.idf_of(node)
        if isinstance(node, Or):
            return max(map(self.idf, node.parts))
        if node.kind == "NOT NEAR":
            return self.idf(node.left)
        return self.idf(node.left) + self.idf(node.right)

    def weight(self, position):
        return WEIGHTS[self.place.field(position)]

    def saturated(self, tf):
        return (K1 + 1) * tf / (tf + self.k)

    def starts(self, node):
        return sorted({span[0] for span in self.index.spans(node, self.doc)})

    def chain(self, node):
        spans = {span[:2] for span in self.index.spans(node, self.doc)}
        least = [s for s in spans if not any(
            t != s and s[0] <= t[0] and t[1] <= s[1] for t in spans)]
        return sum(self.weight(s[0]) *
                   min(1, self.width(node) / (s[1] - s[0] + 1))
                   for s in least)

    def nearness(self, left, right):
        total = 0
        for a in self.starts(left):
            ways = []
            for b in self.starts(right):
                if self.place.field(a) != self.place.field(b):
                    continue
                first, step = (left, b - a) if a < b else (right, a - b)
                ways.append(step - self.width(first) + 1)
            near = [d for d in ways if d > 0]
            if near:
                total += self.weight(a) / min(near) ** 2
        return total

    def score(self, node):
        """None where it does not match."""
        if self.doc not in self.index.search(node):
            return None
        if isinstance(node, Words):
            tf = sum(map(self.weight, self.starts(node)))
            return self.idf(node) * self.saturated(tf)
        if isinstance(node, Near):
            return self.idf(node) * self.saturated(self.chain(node))
        if isinstance(node, AtLeast):
            return self.score(node.part)
        if isinstance(node, Not):
            return 0
        total = sum(filter(None, map(self.score, node.parts)))
        if type(node) is And:
            words = [p for p in node.parts if isinstance(p, Words)]
            for left, right in zip(words, words[1:]):
                tp = self.nearness(left, right)
                if tp:
                    total += min(self.idf(left), self.idf(right)) * \
                        self.saturated(tp)
        return total


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def sample(reuters, kept):
    """Some articles in a table of their own, and the oracle's index."""
    if not kept:
        articles = reuters.execute(
            "SELECT id, headline, body FROM articles ORDER BY id").fetchall()
        chosen = random.Random(SEED).sample(articles, SAMPLE)
        kept.update(articles=chosen, index=compare.reuters_index(chosen),
                    material=[[("A", h), ("D", b)] for _, h, b in chosen])
    reuters.execute("CREATE TEMP TABLE sample AS SELECT * FROM articles "
                    "WHERE id = ANY(%s)", [[r[0] for r in kept["articles"]]])
    kept["lengths"] = dict(reuters.execute(
        "SELECT id, bi_length(tsv) FROM sample").fetchall())
    return kept


def random_queries(sample, count):
    """(text, tree) of random queries that the oracle reads."""
    for number in range(count):
        query = Generator(f"{SEED}-rank-{number}", sample["material"]).query()
        try:
            node = parser.parse(query)
        except (parser.QueryError, parser.Unclear):
            continue
        if node is not None:
            yield query, node


def test_lengths(sample):
    for doc, length in sample["lengths"].items():
        fields = sample["index"].documents[doc].fields
        assert length == sum(end - start + 1 for start, end, _ in fields)


def test_lengths_of_other_vectors(db):
    for document, length in (("", 0), ("a b c", 3), ("a:1,3,7 b:2", 4),
                             ("a:1,3 b", 3), ("a:16383 '§0':16383", 2)):
        assert db.execute("SELECT bi_length(%s::tsvector)",
                          [document]).fetchone()[0] == length


def test_formula(reuters, sample):
    """The rank of every article is the formula's, for random queries."""
    wrong, positive = [], 0
    for query, node in random_queries(sample, QUERIES):
        try:
            ranks = dict(reuters.execute(
                "SELECT id, bi_rank(tsv, %s::text::bi_query) FROM sample",
                [query]).fetchall())
        except psycopg.Error as error:
            assert error.sqlstate == "42601", query
            continue
        found = sample["index"].search(node)
        assert all(math.isfinite(r) and r >= 0 for r in ranks.values())
        assert all(ranks[doc] == 0 for doc in ranks if doc not in found)
        for doc in sorted(found)[:12]:
            expected = Formula(sample["index"], doc,
                               sample["lengths"][doc]).score(node)
            positive += expected > 0
            if not math.isclose(ranks[doc], expected, rel_tol=1e-4,
                                abs_tol=1e-6):
                wrong.append((query, doc, expected, ranks[doc]))
    assert positive > 300
    assert wrong[:5] == [], f"seed {SEED}: {len(wrong)} differ"


def test_formula_with_a_collection(reuters, sample):
    average = sum(sample["lengths"].values()) / SAMPLE
    wrong, count = [], 0
    for query, node in random_queries(sample, QUERIES // 4):
        try:
            collected, told = reuters.execute(
                "SELECT c, c::text FROM bi_collect('sample', 'tsv', %s) AS c",
                [query]).fetchone()
            ranks = dict(reuters.execute(
                "SELECT id, bi_rank(tsv, %s::text::bi_query, NULL, "
                "%s::bi_collection) FROM sample", [query, told]).fetchall())
        except psycopg.Error as error:
            assert error.sqlstate == "42601", query
            continue

        def idf(words):
            n = len(sample["index"].search(words))
            return math.log(1 + (SAMPLE - n + 0.5) / (n + 0.5))

        for doc in sorted(sample["index"].search(node))[:12]:
            expected = Formula(sample["index"], doc, sample["lengths"][doc],
                               average, idf).score(node)
            count += 1
            if not math.isclose(ranks[doc], expected, rel_tol=1e-3,
                                abs_tol=1e-6):
                wrong.append((query, doc, expected, ranks[doc]))
    assert count > 100
    assert wrong[:5] == [], f"seed {SEED}: {len(wrong)} differ"


# Orders

def words_of(body):
    return [w for w in body.split() if w.isalpha() and w.islower()
            and len(w) > 3]


@pytest.fixture
def bodies(sample):
    return [b for _, _, b in sample["articles"] if len(words_of(b)) > 30][:60]


def ordered(con, query, documents, **options):
    """The documents' ranks fall, strictly."""
    ranks = [rank(con, article(con, h, b), query, **options)
             for h, b in documents]
    assert all(a > b for a, b in zip(ranks, ranks[1:])), (query, ranks)


def test_closer_before_farther(reuters, bodies):
    for body in bodies:
        filler = body.split()[:25]
        made = [("", " ".join(["zebra"] + filler[:n] + ["quagga"] +
                              filler[n:])) for n in (0, 1, 3, 8, 20)]
        for query in ("zebra & quagga", "zebra NEAR/50 quagga",
                      "zebra PRE/50 quagga", "quagga & zebra"):
            ordered(reuters, query, made)


def test_more_before_fewer(reuters, bodies):
    for body in bodies:
        filler = body.split()[:40]
        made = []
        for n in (5, 3, 2, 1, 0):
            words = list(filler)
            for at in range(n):
                words[at * 8] = "zebra quagga"
            for at in range(n, 5):
                words[at * 8] = "okapi okapi"
            made.append(("", " ".join(words)))
        for query in ("zebra", '"zebra quagga"', "zebra NEAR/3 quagga",
                      "zebra & quagga", "zebr* | okapia"):
            ordered(reuters, query, made)


def test_shorter_before_longer(reuters, bodies):
    for body in bodies:
        words = words_of(body)
        made = [("", " ".join(["zebra quagga"] + words[:n]))
                for n in (5, 10, 20, 30)]
        for query in ("zebra", '"zebra quagga"', "zebra & quagga"):
            ordered(reuters, query, made)


def test_a_headline_phrase_before_scattered_words(reuters, bodies):
    for body in bodies:
        words = words_of(body)[:30]
        scattered = list(words)
        scattered[3], scattered[26] = "zebra", "quagga"
        together = list(words)
        together[3], together[4] = "zebra", "quagga"
        heading = "Some four words here"
        made = [("Two zebra quagga words", " ".join(words)),
                (heading, " ".join(together)),
                (heading, " ".join(scattered))]
        ordered(reuters, "zebra & quagga", made)
        ordered(reuters, '"zebra quagga" | (zebra & quagga)', made)


def test_field_weights_are_obeyed(reuters, bodies):
    heading = ("one zebra two", "three four five")
    below = ("one four two", "three zebra five")
    ordered(reuters, "zebra", [heading, below])
    ordered(reuters, "zebra", [below, heading], weights=[5, 1, 1, 1])
    ranks = [rank(reuters, article(reuters, *made), "zebra",
                  weights=[1, 1, 1, 1]) for made in (heading, below)]
    assert ranks[0] == ranks[1] > 0
    assert rank(reuters, article(reuters, *below), "zebra",
                weights=[0, 1, 1, 1]) == 0


def test_what_is_excluded_gives_nothing(reuters, sample):
    for query, node in random_queries(sample, 60):
        try:
            pairs = reuters.execute(
                "SELECT bi_rank(tsv, q), bi_rank(tsv, q && !! x), tsv @~ x "
                "FROM sample, (SELECT %s::text::bi_query AS q, "
                "'zzzz | price*'::bi_query AS x) AS s", [query]).fetchall()
        except psycopg.Error as error:
            assert error.sqlstate == "42601", query
            continue
        assert all(b == (0 if excluded else a) for a, b, excluded in pairs)


def test_without_a_match_nothing(db):
    for document, query in (("a:1", "b"), ("", "a"), ("a:1", ""),
                            ("a:1 b:5", '"a b"'), ("a:1", "a & b"),
                            ("a:1", "ATLEAST2(a)"), ("a:1 b:2", "a -b"),
                            ("a:1 b:9", "a NEAR/3 b"), ("a:1", "-b"),
                            ("a:1", "title:a")):
        assert rank(db, document, query) == 0, (document, query)
    for document, query in (("a", "a"), ("a:16383", "a"), ("a b", "a & b"),
                            ("a:1", "a | b"), ("a:1", "a -b"),
                            ("a:1", "ATLEAST1(a)"), ("a:1A", "title:a"),
                            ("a:1 b:2", "a NOT NEAR/3 c")):
        assert rank(db, document, query) > 0, (document, query)


def test_rare_words_count_more(db):
    collection = "(1000,100,\"{500,3}\")"
    often = rank(db, "often:1", "often | seldom", collection=collection)
    seldom = rank(db, "seldom:1", "often | seldom", collection=collection)
    assert seldom > often > 0


def test_best_hits_of_real_articles(reuters, very_articles):
    """Of the best five for two words, most have them side by side: far more
    than of all that have both."""
    rnd = random.Random(SEED)
    best, every, tried = 0, 0, 0
    articles = reuters.execute(
        "SELECT body FROM articles WHERE id < 2000").fetchall()
    while tried < 60:
        words = rnd.choice(articles)[0].split()
        at = rnd.randrange(max(1, len(words) - 1))
        pair = words[at:at + 2]
        if len(pair) < 2 or not all(w.isalpha() and w.islower() and len(w) > 3
                                    for w in pair) or pair[0] == pair[1]:
            continue
        query, phrase = " & ".join(pair), '"%s"' % " ".join(pair)
        hits, together = reuters.execute(
            "SELECT count(*), count(*) FILTER (WHERE tsv @~ %s::bi_query) "
            "FROM articles WHERE tsv @~ %s::bi_query",
            [phrase, query]).fetchone()
        if not 5 <= together <= hits / 4:
            continue
        tried += 1
        every += together / hits
        best += sum(r[0] for r in reuters.execute(
            "SELECT tsv @~ %s::bi_query FROM articles "
            "WHERE tsv @~ %s::bi_query "
            "ORDER BY bi_rank(tsv, %s::bi_query) DESC, id LIMIT 5",
            [phrase, query, query]).fetchall()) / 5
    print(f"seed {SEED}: {best / tried:.2f} of the best, "
          f"{every / tried:.2f} of all")
    assert best / tried > 0.75
    assert best > 3 * every


def test_ranks_are_the_same_every_time(reuters):
    sql = ("SELECT id, bi_rank(tsv, q) FROM articles, "
           "(SELECT 'oil & (price* | barrel NEAR/9 opec) -gold'::bi_query q "
           "OFFSET 0) s WHERE tsv @~ q ORDER BY 2 DESC, 1 LIMIT 20")
    first = reuters.execute(sql).fetchall()
    assert len(first) == 20 and first[-1][1] > 0
    parallel = ("debug_parallel_query"
                if reuters.info.server_version >= 160000
                else "force_parallel_mode")
    for setting in ("enable_bitmapscan = off",
                    f"{parallel} = on",
                    "plan_cache_mode = force_generic_plan"):
        reuters.execute(f"SET {setting}")
        assert reuters.execute(sql).fetchall() == first


def test_state_follows_the_arguments(db):
    """Queries, weights and collections that differ from row to row."""
    db.execute("""
        CREATE TEMP TABLE args AS
        SELECT d, q, w, k.c, row_number() OVER (ORDER BY md5(
            concat_ws('/', d, q, w, k.c))) AS n
        FROM (VALUES ('a:1 b:2'::tsvector), ('a:1A c:3'), (NULL)) d(d),
             (VALUES ('a'::bi_query), ('a | "b c" | x'), ('b & a'), (NULL)) q(q),
             (VALUES ('{1,2,3,4}'::real[]), (NULL), ('{9,1,1,1}')) w(w),
             unnest('{NULL,"(10,5,)","(,,)","(7,900,)"}'::bi_collection[])
                 AS c(c1, c2, c3),
             LATERAL (SELECT CASE WHEN c2 IS NULL AND c1 IS NULL
                      THEN NULL ELSE ROW(c1, c2, c3)::bi_collection END
                      AS c) AS k""")
    made = db.execute("SELECT n, bi_rank(d, q, w, c) FROM args ORDER BY n"
                      ).fetchall()
    assert len(made) == 3 * 4 * 3 * 4
    assert len({row[1] for row in made}) > 10
    for n, given in made:
        assert given == db.execute("SELECT bi_rank(d, q, w, c) FROM args "
                                   "WHERE n = %s", [n]).fetchone()[0]


@pytest.mark.parametrize("weights, collection, error", [
    ("'{1,2,3}'", "NULL", "2202E"),
    ("'{{1,2},{3,4}}'", "NULL", "2202E"),
    ("'{1,2,NULL,4}'", "NULL", "2202E"),
    ("'{}'", "NULL", "2202E"),
    ("'{1,2,-3,4}'", "NULL", "22023"),
    ("'{1,2,NaN,4}'", "NULL", "22023"),
    ("'{1,2,Infinity,4}'", "NULL", "22023"),
    ("NULL", "(1, 2, '{1,2}')", "22023"),
    ("NULL", "(1, 2, '{NULL}')", "22023"),
    ("NULL", "(1, 2, '{}')", "22023"),
    ("NULL", "(1, 2, '{{1}}')", "22023"),
])
def test_bad_arguments(db, weights, collection, error):
    with pytest.raises(psycopg.Error) as raised:
        db.execute(f"SELECT bi_rank('a:1', 'a', {weights}, {collection})")
    assert raised.value.sqlstate == error


@pytest.mark.parametrize("collection", [
    "(0, 0, '{0}')", "(-5, -1, '{-9}')", "(1, 'NaN', '{7}')",
    "(9223372036854775807, 'Infinity', '{9223372036854775807}')",
    "(NULL, NULL, NULL)", "NULL"])
def test_odd_collections_give_finite_ranks(db, collection):
    given, = db.execute("SELECT bi_rank('a:1', 'a', NULL, "
                        f"{collection})").fetchone()
    assert math.isfinite(given) and given >= 0
