"""The server against an oracle that has no code in common with it.

Random queries over all constructs of the language are drawn from the
Reuters articles; the oracle's ids must be the server's, by sequential scan
and through GIN.  BISEARCH_SEED repeats a run, BISEARCH_QUERIES says how many
queries it makes.
"""
import os
import random
import sys
import time
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import cases, compare, invent, parser, tokens  # noqa: E402
from oracle.generate import Generator  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
QUERIES = int(os.environ.get("BISEARCH_QUERIES") or 3000)
MANGLED = max(1, QUERIES // 3)
HERE = Path(__file__).resolve().parent
CASES = sorted(HERE.glob("cases/*.tsv")) + (
    [Path(os.environ["BISEARCH_CASES"])] if os.environ.get("BISEARCH_CASES")
    else sorted((HERE.parent / ".." / "shared").glob("language-cases*.tsv")))


@pytest.fixture(scope="module")
def kept():
    """What the tests of this file build only once."""
    return {}


@pytest.fixture
def material(reuters, kept):
    """The articles, indexed by the oracle, and how to reach the server."""
    if not kept:
        articles = reuters.execute(
            "SELECT id, headline, body FROM articles ORDER BY id").fetchall()
        sample = random.Random(SEED).sample(articles, compare.TEXT_SAMPLE)
        texts = compare.Index(limits=False)
        for number, _, body in sample:
            texts.add(number, [("D", body)])
        kept.update(
            index=compare.reuters_index(articles), texts=texts,
            material=[[("A", h), ("D", b)] for _, h, b in articles],
            articles=articles)
    parameters = reuters.info.get_parameters()

    def connect():
        return psycopg.connect(**parameters, autocommit=True)

    return dict(kept, connect=connect)


def shared(material):
    return {name: material[name]
            for name in ("connect", "index", "texts", "material")}


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.name)
def test_oracle_answers_the_case_table(path):
    wrong = []
    for row in cases.rows(path):
        if cases.difference(row):
            wrong.append((row["id"], row["query"], row["expected"]))
    assert wrong == []


def test_oracle_prints_what_it_reads(material):
    make = Generator(SEED, material["material"])
    for _ in range(300):
        query = make.query()
        try:
            tree = parser.parse(query)
        except (parser.QueryError, parser.Unclear):
            continue
        text = parser.canonical(tree)
        assert parser.parse(text).key() == tree.key(), query
        assert parser.canonical(parser.parse(text)) == text, query


def test_documents_are_cut_alike(material, reuters):
    """Words, positions, weights and boundaries of a third of the articles."""
    wrong = []
    chosen = sorted(random.Random(SEED).sample(
        [row[0] for row in material["articles"]],
        len(material["articles"]) // 3))
    index = material["index"]
    server = {}
    for number, lexeme, positions, weights in reuters.execute(
            "SELECT id, lexeme, positions, weights FROM articles, "
            "unnest(tsv) WHERE id = ANY(%s)", [chosen]):
        server.setdefault(number, {})[lexeme] = (positions, weights)
    mine = {number: {} for number in chosen}
    for lexeme, (docs, starts, flat) in index.postings.items():
        ends = list(starts[1:]) + [len(flat)]
        for doc, start, end in zip(docs, starts, ends):
            if doc in mine:
                mine[doc][lexeme] = list(flat[start:end])
    for number, found in mine.items():
        place = index.documents[number]
        theirs = server.get(number, {})
        words = {lexeme: value[0] for lexeme, value in theirs.items()
                 if lexeme[0] not in "\u00a7\u00b6"}
        if words != found:
            wrong.append((number, "words", sorted(
                k for k in words.keys() | found.keys()
                if words.get(k) != found.get(k))[:6]))
        for sign, ends in (("\u00a7", place.sentences),
                           ("\u00b6", place.paragraphs)):
            marks = sorted(p for lexeme, value in theirs.items()
                           if lexeme[0] == sign for p in value[0])
            if marks != ends:
                wrong.append((number, sign,
                              sorted(set(marks) ^ set(ends))[:6]))
        for lexeme, (positions, weights) in theirs.items():
            if [place.field(p) for p in positions] != list(weights):
                wrong.append((number, "weights", lexeme))
    assert wrong[:10] == [], "%d differences" % len(wrong)


def test_random_queries(material):
    print("BISEARCH_SEED=%s BISEARCH_QUERIES=%d" % (SEED, QUERIES))
    failures = compare.run(SEED, QUERIES, "query", **shared(material))
    assert not failures, compare.report(SEED, "query", failures)


def test_fuzzy_queries(material):
    """Queries of which most words are fuzzy."""
    print("BISEARCH_SEED=%s BISEARCH_QUERIES=%d" % (SEED, QUERIES))
    failures = compare.run(SEED, QUERIES // 5, "fuzzy", **shared(material))
    assert not failures, compare.report(SEED, "fuzzy", failures)


def test_mangled_queries(material):
    print("BISEARCH_SEED=%s BISEARCH_QUERIES=%d" % (SEED, QUERIES))
    failures = compare.run(SEED, MANGLED, "mangled", **shared(material))
    assert not failures, compare.report(SEED, "mangled", failures)


def test_stemming_queries(material, reuters):
    """The configuration that keeps exact forms and stems side by side."""
    articles = random.Random(SEED).sample(material["articles"], 1200)
    stems = Stems(reuters)
    reuters.execute(
        "CREATE TEMP TABLE english AS SELECT id, bi_tsvector(headline, body, "
        "config => 'bisearch_english') AS tsv FROM articles "
        "WHERE id = ANY(%s)", [[row[0] for row in articles]])
    index = compare.reuters_index(articles, stem=stems)
    wrong = []
    for number in range(QUERIES // 10):
        query = Generator("%s-english-%d" % (SEED, number),
                          material["material"]).query()
        try:
            expected = index.search(parser.parse(query, stem=stems))
        except (parser.QueryError, parser.Unclear):
            continue
        found = {row[0] for row in reuters.execute(
            "SELECT id FROM english WHERE tsv @~ "
            "to_bi_query('bisearch_english', %s)", [query])}
        if found != expected:
            wrong.append((query, sorted(expected - found)[:5],
                          sorted(found - expected)[:5]))
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


class Stems:
    """English stems, asked of core's dictionary and kept."""

    def __init__(self, con):
        self.con = con
        self.known = {}

    def __call__(self, lexeme):
        if not any(c.isalpha() for c in lexeme):
            return None
        if lexeme not in self.known:
            self.known[lexeme] = self.con.execute(
                "SELECT (ts_lexize('english_stem', %s))[1]",
                [lexeme]).fetchone()[0]
        return self.known[lexeme]


def segments(text):
    """ICU's segments with a letter or digit, as (start, end)."""
    return [(start, end) for start, end in tokens.icu_segments(text)
            if tokens.has_letter_or_digit(text[start:end])]


def test_multilingual_texts_are_found_by_their_own_phrases(multilingual):
    """Three to eight segments in a row find the text they come from."""
    rnd = random.Random(SEED)
    wrong, count, apart = [], 0, 0
    for number, lang, headline, body in multilingual.execute(
            "SELECT id, lang, headline, body FROM articles_ml "
            "ORDER BY id").fetchall():
        for text in (headline, body):
            cut = segments(text or "")
            if len(cut) < 3:
                continue
            for _ in range(4):
                length = rnd.randrange(3, 9)
                first = rnd.randrange(max(1, len(cut) - length + 1))
                last = min(first + length, len(cut)) - 1
                piece = text[cut[first][0]:cut[last][1]]
                if set(piece) & set(parser.QUOTES + "*?\\"):
                    continue
                count += 1
                if [piece[a:b] for a, b in segments(piece)] != [
                        text[a:b] for a, b in cut[first:last + 1]]:
                    # a dictionary cuts it otherwise out of its sentence
                    apart += 1
                    continue
                found = multilingual.execute(
                    "SELECT tsv @~ %(q)s::bi_query, %(t)s @~ %(q)s::bi_query, "
                    "tsv @~ phraseto_bi_query(%(p)s) "
                    "FROM articles_ml WHERE id = %(id)s",
                    {"q": '"%s"' % piece, "t": text, "p": piece,
                     "id": number}).fetchone()
                if found != (True, True, True):
                    wrong.append((number, lang, piece, found))
    print("seed %s: %d phrases, %d cut otherwise" % (SEED, count, apart))
    assert count > 500
    assert apart < count / 20
    assert wrong[:10] == [], "%d of %d" % (len(wrong), count)


COLUMNS = {
    # column of the table: how the oracle sees it
    "tsv": {},
    "plain": {"marked": False, "limits": True},
    "bare": {"stripped": True, "marked": False},
    "body": {},
}


@pytest.fixture
def invented(db):
    """A table of invented documents, and the oracle's view of its columns."""
    made = invent.documents(SEED, 300)
    db.execute("DROP TABLE IF EXISTS invented")
    db.execute("CREATE TABLE invented (id integer, headline text, byline "
               "text, summary text, body text)")
    db.cursor().executemany(
        "INSERT INTO invented VALUES (%s, %s, %s, %s, %s)",
        [(number, *(text for _, text in fields)) for number, fields in made])
    db.execute("SET client_min_messages = error")
    db.execute(
        "ALTER TABLE invented ADD tsv tsvector, ADD plain tsvector, "
        "ADD bare tsvector")
    db.execute(
        "UPDATE invented SET tsv = bi_tsvector(headline, body, summary, "
        "byline), plain = to_tsvector('bisearch', body), "
        "bare = strip(bi_tsvector(headline, body, summary, byline))")
    views = {}
    for column, options in COLUMNS.items():
        views[column] = compare.Index(**options)
        for number, fields in made:
            views[column].add(number, fields if column in ("tsv", "bare")
                              else [("D", fields[3][1])])
    yield made, views
    db.execute("DROP TABLE invented")


def test_invented_documents(db, invented):
    """Boundaries or none, stripped, clamped, plain text: dense documents."""
    made, views = invented
    parameters = db.info.get_parameters()
    material = [fields for _, fields in made[:300]]
    failures = []
    for column, view in views.items():
        checker = compare.Checker(
            lambda: psycopg.connect(**parameters, autocommit=True),
            view, table="invented", column=column)
        for number in range(QUERIES // (4 if column == "tsv" else 12)):
            query = Generator("%s-%s-%d" % (SEED, column, number),
                              material).query()
            wrong = checker.only(query)
            if wrong:
                small = checker.shrink(query, checker.only, wrong[0][0]) \
                    if len(failures) < 6 else query
                failures.append((number, column + ": " + query,
                                 column + ": " + small,
                                 checker.only(small) or wrong))
        checker.con.close()
    assert not failures, compare.report(SEED, "query", failures)
