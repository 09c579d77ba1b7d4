"""bi_explain and bi_counts: every part of a search, by document and table.

What they say of each part is the oracle's verdict on that part, searched for
by itself; what they say of a miss is checked case by case.  BISEARCH_SEED
repeats a run.
"""

import os
import random
import sys
import time
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from clock import Clock  # noqa: E402
from oracle import compare, invent, parser  # noqa: E402
from oracle.ast import AtLeast, Near, Or, Words, holds  # noqa: E402
from oracle.ast import And, Not  # noqa: E402
from oracle.generate import Generator  # noqa: E402
from test_hostile import (GROUPS, SLOW_MATCHES,  # noqa: E402,F401
                          cancelled_in_time, quiet)

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
QUERIES = 250


def rows(con, sql, *args):
    return con.execute(sql, args).fetchall()


def tree(con, query, document, kind="tsvector"):
    """{part: (matched, hits, note)} of an explanation."""
    return {row[0].strip(): row[1:] for row in rows(
        con, "SELECT tree, matched, hits, note FROM "
        f"bi_explain(%s::text::bi_query, %s::text::{kind})", query, document)}


# The tree alone

def test_tree_as_people_read_it(db):
    assert rows(db, "SELECT tree, meaning FROM bi_explain('“workers comp*” "
                "(flood w/5 loss | title:rain) -ATLEAST3(wom?n)')") == [
        ("all of", "all 3 must match (configuration bisearch)"),
        ('  "workers comp*"', "2 words in a row"),
        ("    workers", 'the word "workers"'),
        ("    comp*", 'words that begin with "comp"'),
        ("  any of", "at least one of the 2 must match"),
        ("    near each other", "in one field, within the stated distances"),
        ("      flood", 'the word "flood"'),
        ("      NEAR/5 loss", 'the word "loss", at most 5 words apart'),
        ("    headline:rain", 'the word "rain", in the headline'),
        ("  not", "must not match"),
        ("    at least 3 times", "must occur at least 3 times"),
        ("      wom?n", 'words like "wom?n"')]


@pytest.mark.parametrize("query, meanings", [
    ("{bisearch_english} raining", [
        'words with the stem "rain" (configuration bisearch_english)']),
    ('{bisearch_english} "raining"', [
        'the word "raining" (configuration bisearch_english)']),
    ("{english} raining*", [
        'stems that begin with "raining" or stems that begin with "rain"'
        " (configuration english)"]),
    ('{english} "state of the art"', [
        "4 words in a row (configuration english)",
        'words that become "state"',
        'after 2 words of any kind, words that become "art"']),
    ('"a * b"', [
        "3 words in a row (configuration bisearch)", 'the word "a"',
        'after 1 word of any kind, the word "b"']),
    ("bc:rain", ['the word "rain", in the byline or summary'
                 " (configuration bisearch)"]),
    ("a NEAR/1 b +1 c +3 d /s e +p f NOT W/4 g", [
        "in one field, within the stated distances (configuration bisearch)",
        'the word "a"', 'the word "b", side by side',
        'the word "c", directly after', 'the word "d", at most 3 words after',
        'the word "e", in the same sentence',
        'the word "f", later in the same paragraph',
        'the word "g", not within 4 words']),
    ("", ["matches nothing"]),
])
def test_meaning(db, query, meanings):
    assert [row[0] for row in rows(
        db, "SELECT meaning FROM bi_explain(%s::text::bi_query)", query)] == \
        meanings


def test_parts_are_searches(db):
    """Each is valid, prints as it is and has the same configuration."""
    make = Generator(SEED, [fields for _, fields in invent.documents(1, 40)])
    for _ in range(200):
        query = make.query()
        for part, again, same in rows(
                db, "SELECT search::text, search::text::bi_query::text, "
                "search = search::text::bi_query FROM "
                "bi_explain(websearch_to_bi_query(%s)) "
                "WHERE search IS NOT NULL", query):
            assert part == again and same, query
    # a stem inside of a compound cannot be typed
    assert rows(db, "SELECT tree, search::text FROM bi_explain("
                "'{bisearch_english} rain-cats')") == [
        ("rain-cats", "{bisearch_english} rain-cats"),
        ("  ~rain", None), ("  ~cat", None)]


def test_a_deep_search_stays_small(db):
    """Parts overlap; what is told of them is bounded."""
    many = " ".join(f"w{n}" for n in range(3000))
    deep = "(x | (y & " * 250 + f"({many} | z)" + "))" * 250
    n, size, root = rows(
        db, "SELECT count(*), sum(pg_column_size(search)), "
        "bool_or(search = q AND depth = 0) "
        "FROM (SELECT to_bi_query(%s) AS q) AS q, bi_explain(q)", deep)[0]
    assert n > 3900 and root
    assert size < 20e6


# Against a document

MISSES = [
    # query, document, part, (matched, hits, note)
    ("storm", "storm:3,5", "storm", (True, 2, None)),
    ("storm", "storm", "storm",
     (True, None, "there, but its position is not known")),
    ("storm", "storm:16383", "storm",
     (True, None, "there, but its position is not known")),
    ("storm", "x:1", "storm", (False, 0, "not in the document")),
    ("storm", "stormy:1,4 storms:3", "storm",
     (False, 0, "not in the document, but 3 longer words begin with it")),
    ("storm*", "storm:2 storms:4 stone:5", "storm*",
     (True, 2, "as storm, storms")),
    ("storm*", "storm storms:4", "storm*", (True, 1, "as storm, storms")),
    ("st?r*m", "starm:2 stum:4 stirm:5", "st?r*m",
     (True, 2, "as starm, stirm")),
    ("b:s1*", "s11:1B s12:2 s13:3B", "byline:s1*", (True, 2, "as s11, s13")),
    ("s1*", " ".join(f"s1{n}:{n}" for n in range(1, 8)), "s1*",
     (True, 7, "as s11, s12, s13, s14, s15, ...")),
    ('"a s1*"', "a:1 s11:2", "s1*", (True, 1, "as s11")),
    ("s" * 70 + "*", "s" * 71 + ":1", "s" * 70 + "*",
     (True, 1, "as " + "s" * 64 + "...")),
    ("title:storm", "storm:1,4B", "headline:storm",
     (False, 0, "only in the byline or body")),
    ('"a b"', "a:1 b:4", '"a b"',
     (False, 0, "its words are at least 3 apart")),
    ('"a b"', "a:5 b:2,9", '"a b"',
     (False, 0, "its words are at least 3 apart, in reverse order")),
    ('"a b"', "a:1", '"a b"', (False, 0, "1 of its 2 words is missing")),
    ('"a b c"', "a:1", '"a b c"', (False, 0, "2 of its 3 words are missing")),
    ('"a b c"', "a:1 b:9 c:5,20,22", '"a b c"',
     (False, 0, "its words span at least 9 words instead of 3")),
    ('"a b c"', "a:3 b:2 c:1", '"a b c"',
     (False, 0, "its words are together, but in another order")),
    ('"a a"', "a:3", '"a a"',
     (False, 0, "the word occurs only once")),
    ('"a b"', "a b", '"a b"',
     (False, 0, "its words are there, but the document has no positions")),
    ('title:"a b"', "a:1,7A b:2", 'headline:"a b"',
     (False, 0, "only in the body")),
    ("a NEAR/2 b", "a:1,30 b:9 x:2", "near each other",
     (False, 0, "NEAR/2: they are at least 8 apart")),
    ("a PRE/2 b", "a:3 b:2", "near each other",
     (False, 0, "PRE/2: only in reverse order")),
    ("a PRE/2 b", "a:3 b:2,9", "near each other",
     (False, 0, "PRE/2: they are at least 6 apart")),
    ("a NEAR/2 b", "a:1A b:2B", "near each other",
     (False, 0, "NEAR/2: only in different fields")),
    ("a NEAR/2 b", "b:1A a:2", "near each other",
     (False, 0, "NEAR/2: only in different fields")),
    ('"a b" | (a PRE/1 b)', "a:1 b:2", "any of", (True, 1, None)),
    ("a NEAR/2 a", "a:1", "near each other",
     (False, 0, "NEAR/2: both operands match only the same word")),
    ("a NEAR/2 b NEAR/3 c", "a:1 b:2 c:9", "near each other",
     (False, 0, "NEAR/3: they are at least 7 apart")),
    ("a NEAR/2 b NEAR/3 c", "a:1 b:2", "near each other",
     (False, 0, "NEAR/3: its right operand is missing")),
    ("a NEAR/2 b", "b:2", "near each other",
     (False, 0, "its first operand is missing")),
    ("a NEAR/2 b", "a b:2", "near each other",
     (False, 0, "its words are there, but the document has no positions")),
    ("a NEAR/2 b", "a:1 b", "near each other",
     (False, 0, "NEAR/2: its words are there, but the document has no "
      "positions")),
    ("a NOT NEAR/3 b", "a:1,9 b:2,8", "near each other",
     (False, 0, "NOT NEAR/3: all 2 matches are too near")),
    ("a NOT NEAR/3 b", "a:1,19 b:2,8", "near each other", (True, 1, None)),
    ("a /s b", "a:1 b:2", "near each other",
     (False, 0, "/s: the document has no boundaries of sentences and "
      "paragraphs, which bi_tsvector adds")),
    ("a /s b", "a:1 b:9,20 '§0':3,7,12,30", "near each other",
     (False, 0, "/s: they are at least 2 sentences apart")),
    ("a +p b", "a:5 b:9,2 '¶0':3,7,12", "near each other",
     (False, 0, "+p: they are at least 1 paragraph apart")),
    ("ATLEAST3(a)", "a:1,2", "at least 3 times", (False, 2, "only 2")),
    ("ATLEAST3(a)", "a:1,2,3,4", "at least 3 times", (True, 4, None)),
    ("ATLEAST3(a)", "b:1", "at least 3 times", (False, 0, "not even once")),
    ("ATLEAST3(a)", "a", "at least 3 times", (False, 0, "only 1")),
    ("a -b", "a:1 b:2", "not", (False, None, "the excluded part matches")),
    ("a -b", "a:1 b:2", "all of", (False, None, "1 of 2 match")),
    ("a -b", "a:1", "b", (False, 0, None)),
    ('a -"b c"', "a:1 b:2 c:4", '"b c"', (False, 0, None)),
    ("a | b", "c:1", "any of", (False, 0, "0 of 2 match")),
    ("a | b", "a:1,2 b:3", "any of", (True, 3, None)),
    ("a | -b", "b:3", "any of", (False, None, "0 of 2 match")),
    ("", "a:1", "(empty)",
     (False, None, "an empty search matches nothing")),
]


@pytest.mark.parametrize("query, document, part, said", MISSES)
def test_note(db, query, document, part, said):
    assert tree(db, query, document)[part] == said


def test_a_text_is_a_document(db):
    assert tree(db, "rates /s losses", "Rates rose. Losses fell.", "text")[
        "near each other"] == (
        False, 0, "/s: they are at least 1 sentence apart")
    assert tree(db, "lo?t | ra*", "Lost rates, last rates", "text") == {
        "any of": (True, 3, None), "lo?t": (True, 1, "as lost"),
        "ra*": (True, 2, "as rates")}
    assert tree(db, "{english} raining", "It rained, it rains", "text")[
        "raining"] == (True, 2, None)


def test_literals_need_no_cast(db):
    assert rows(db, "SELECT matched FROM bi_explain('flood', 'A flood')") == \
        [(True,)]
    db.execute("CREATE TEMP TABLE t AS SELECT to_tsvector('simple', 'a') v")
    assert rows(db, "SELECT e.matched FROM t, bi_explain('a', v) AS e") == \
        [(True,)]


def expected_hits(index, node, doc):
    """How often the oracle finds a part; None where that is not asked."""
    if isinstance(node, AtLeast):
        return len({s[0] for s in index.spans(node.part, doc)})
    if isinstance(node, (Words, Near)) or isinstance(node, Or) and not any(
            holds(node, kind) for kind in (AtLeast, Not)) and not any(
            type(part) is And for part in walk(node)):
        return len({s[:2] for s in index.spans(node, doc)})
    return None


def walk(node):
    yield node
    for child in getattr(node, "parts", []):
        yield from walk(child)


def check_parts(con, table, column, index, query, doc):
    """What is wrong with the explanation of one document."""
    wrong = []
    for label, matched, hits, note, search in rows(
            con, f"SELECT e.tree, matched, hits, note, search::text "
            f"FROM {table}, bi_explain(websearch_to_bi_query(%s), {column}) "
            "AS e WHERE id = %s", query, doc):
        try:
            node = parser.parse(search) if search is not None else None
        except (parser.QueryError, parser.Unclear):
            continue
        if node is None:
            continue
        verdict = doc in index.search(node)
        if matched != verdict:
            wrong.append((query, doc, search, "matched", matched))
        places = expected_hits(index, node, doc)
        if places is None:
            continue
        if index.stripped:
            places = 0
        if hits != places and not (hits is None and matched and places == 0):
            wrong.append((query, doc, search, "hits", hits, places))
    return wrong


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def sample(reuters, kept):
    """Some articles in a table of their own, and the oracle's index."""
    if not kept:
        articles = rows(reuters, "SELECT id, headline, body FROM articles")
        chosen = random.Random(SEED).sample(sorted(articles), 300)
        kept.update(articles=chosen, index=compare.reuters_index(chosen),
                    material=[[("A", h), ("D", b)] for _, h, b in chosen])
    reuters.execute(
        "CREATE TEMP TABLE sample AS SELECT * FROM articles "
        "WHERE id = ANY(%s)", [[row[0] for row in kept["articles"]]])
    return kept


def test_parts_of_random_queries(reuters, sample):
    """Each part's verdict and hits are the oracle's for it alone."""
    wrong = []
    for number in range(QUERIES):
        make = Generator(f"{SEED}-explain-{number}", sample["material"])
        query = make.query()
        doc = random.Random(number).choice(sample["articles"])[0]
        for n, (_, fields) in enumerate(zip(sample["articles"],
                                            sample["material"])):
            if fields is make.article and number % 3:
                doc = sample["articles"][n][0]
        wrong += check_parts(reuters, "sample", "tsv", sample["index"],
                             query, doc)
    assert wrong[:5] == [], f"seed {SEED}: {len(wrong)} differ"


def test_parts_in_invented_documents(db):
    """Dense documents: fields, boundaries, clamped positions, stripped."""
    # one word three hundred times takes the oracle minutes
    made = [(n, fields) for n, fields in invent.documents(SEED, 60)
            if n != 60]
    db.execute("SET client_min_messages = error")
    db.execute("CREATE TEMP TABLE inv (id int, h text, b text, s text, t text)")
    db.cursor().executemany(
        "INSERT INTO inv VALUES (%s, %s, %s, %s, %s)",
        [(number, *(text for _, text in fields)) for number, fields in made])
    db.execute("ALTER TABLE inv ADD tsv tsvector, ADD bare tsvector")
    db.execute("UPDATE inv SET tsv = bi_tsvector(h, t, s, b), "
               "bare = strip(bi_tsvector(h, t, s, b))")
    wrong = []
    for column, options in (("tsv", {}), ("bare", {
            "stripped": True, "marked": False})):
        index = compare.Index(**options)
        for number, fields in made:
            index.add(number, fields)
        for number in range(QUERIES // 2):
            query = Generator(f"{SEED}-{column}-{number}",
                              [fields for _, fields in made[:60]]).query()
            wrong += check_parts(db, "inv", column, index, query,
                                 made[number % len(made)][0])
    assert wrong[:5] == [], f"seed {SEED}: {len(wrong)} differ"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_hostile_searches_and_documents(quiet, group):      # noqa: F811
    """Each is explained, and ranked, or refused, not much more slowly than
    it is matched."""
    wrong = []
    for text in list(group())[::3]:
        data = text if isinstance(text, bytes) else \
            text.encode("utf-8", "replace")
        given = data[:1000].decode("utf-8", "ignore").replace("\0", "")
        slow = 0
        for sql in ("SELECT t @~ q", "SELECT count(tree || meaning) FROM bi_explain(q)",
                    "SELECT count(tree || note) FROM bi_explain(q, t)",
                    "SELECT count(tree || note) FROM bi_explain(q, v)",
                    "SELECT bi_rank(v, q)"):
            clock = Clock(quiet)
            try:
                quiet.execute(
                    "SELECT (" + sql + ") FROM (SELECT t, bi_tsvector(t, t) "
                    "AS v, websearch_to_bi_query(t) AS q FROM "
                    "(SELECT %s::text AS t OFFSET 0) AS t OFFSET 0) AS x",
                    [given])
            except psycopg.errors.ProgramLimitExceeded:
                pass
            took = clock.elapsed()
            slow = slow or took
            if took > 3 + 10 * slow:
                wrong.append((sql, given[:60], took))
    assert wrong == []


@pytest.mark.parametrize("query", SLOW_MATCHES, ids=range(len(SLOW_MATCHES)))
def test_cancel(quiet, query):      # noqa: F811
    quiet.execute("CREATE TEMP TABLE m AS SELECT repeat('aa ', 20000) || 'bb' "
                  "AS d, bi_tsvector('aa', repeat('aa ', 20000)) AS t")
    for left in ("d", "t"):
        problem = cancelled_in_time(
            quiet, f"SELECT count(*) FROM m, bi_explain(%s::text::bi_query, "
            f"{left})", [query])
        assert not problem, f"{left}: {problem}"
    problem = cancelled_in_time(
        quiet, "SELECT bi_rank(t, %s::text::bi_query) FROM m", [query])
    assert not problem, f"rank: {problem}"


# Over a table

def counts(con, relation, column, query):
    return rows(con, "SELECT trim(tree), hits FROM bi_counts(%s, %s, "
                "websearch_to_bi_query(%s))", relation, column, query)


@pytest.mark.parametrize("index", [False, True])
def test_counts_of_random_queries(reuters, sample, index):
    if index:
        reuters.execute("CREATE INDEX ON sample USING gin (tsv)")
    reuters.execute("ANALYZE sample")
    wrong = []
    for number in range(QUERIES // 5):
        query = Generator(f"{SEED}-counts-{number}",
                          sample["material"]).query()
        for search, hits in rows(
                reuters, "SELECT search::text, hits FROM bi_counts('sample', "
                "'tsv', websearch_to_bi_query(%s))", query):
            try:
                node = parser.parse(search)
            except (parser.QueryError, parser.Unclear):
                continue
            if len(sample["index"].search(node)) != hits:
                wrong.append((query, search, hits))
    assert wrong[:5] == [], f"seed {SEED}: {len(wrong)} differ"


def test_stems_in_compounds_are_counted(db):
    """Though they cannot be typed."""
    db.execute("CREATE TEMP TABLE t AS SELECT bi_tsvector(NULL, x, "
               "config => 'bisearch_english') AS v FROM (VALUES "
               "('It rained'), ('cats'), ('rain cat')) AS x(x)")
    assert counts(db, "t", "v", "{bisearch_english} rain-cats") == [
        ("rain-cats", 1), ("~rain", 2), ("~cat", 2)]


HOSTILE = ['"', "'", "a b", 'x"; DROP TABLE victim; --', "$1", "é\\", "%s",
           "select", "T"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(db, name):
    def quoted(text):
        return '"' + text.replace('"', '""') + '"'
    schema = quoted("s " + name)
    db.execute("CREATE TEMP TABLE victim (x int)")
    db.execute(f"CREATE SCHEMA {schema}")
    try:
        db.execute(f"CREATE TABLE {schema}.{quoted(name)} "
                   f"({quoted(name)} text)")
        db.execute(f"INSERT INTO {schema}.{quoted(name)} VALUES ('a b'), "
                   "('a c')")
        assert counts(db, f"{schema}.{quoted(name)}", name, "a -c") == [
            ("all of", 1), ("a", 2), ("not", 1), ("c", 1)]
        with pytest.raises(psycopg.errors.UndefinedColumn):
            counts(db, f"{schema}.{quoted(name)}", name + "x", "a")
        assert rows(db, "SELECT * FROM victim") == []
    finally:
        db.execute(f"DROP SCHEMA {schema} CASCADE")


def test_names_are_not_looked_for_in_search_path(db):
    """Neither the functions nor the operator, nor the table."""
    db.execute("CREATE TEMP TABLE real (t text, v tsvector)")
    db.execute("INSERT INTO real VALUES ('a', 'a:1')")
    db.execute("CREATE SCHEMA trap")
    try:
        db.execute("CREATE FUNCTION trap.no(text, bi_query) RETURNS bool "
                   "LANGUAGE sql AS 'SELECT 1/0 = 1'")
        db.execute("CREATE OPERATOR trap.@~ (LEFTARG = text, "
                   "RIGHTARG = bi_query, FUNCTION = trap.no)")
        db.execute("CREATE FUNCTION trap.bi_length(tsvector) RETURNS int "
                   "LANGUAGE sql AS 'SELECT 1/0'")
        db.execute("CREATE AGGREGATE trap.count(*) (sfunc = int4inc, "
                   "stype = int4, initcond = '7')")
        db.execute("SET search_path = trap, pg_catalog, public")
        assert counts(db, "pg_temp.real", "t", "a") == [("a", 1)]
        assert rows(db, "SELECT bi_collect('pg_temp.real', 'v', 'a')::text") \
            == [("(1,1,{1})",)]
    finally:
        db.execute("RESET search_path")
        db.execute("DROP SCHEMA trap CASCADE")


@pytest.mark.parametrize("call, error", [
    ("bi_counts('pg_class', 'oid', 'a')", "42804"),
    ("bi_counts('pg_class', 'nothing', 'a')", "42703"),
    ("bi_counts('pg_class', '', 'a')", "42703"),
    ("bi_counts('pg_class_oid_index', 'oid', 'a')", "42804"),
    ("bi_counts(0::oid::regclass, 'x', 'a')", "42P01"),
    ("bi_counts('nowhere', 'x', 'a')", "42P01"),
    ("bi_collect('pg_description', 'description', 'a')", "42804"),
])
def test_what_cannot_be_counted(db, call, error):
    with pytest.raises(psycopg.Error) as raised:
        db.execute("SELECT " + call)
    assert raised.value.sqlstate == error


def test_views_partitions_and_domains(db):
    db.execute("""
        CREATE DOMAIN pg_temp.words AS tsvector;
        CREATE TEMP TABLE p (id int, body varchar(50), v pg_temp.words)
            PARTITION BY RANGE (id);
        CREATE TEMP TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TEMP TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (99);
        INSERT INTO p SELECT n, 'word' || n % 2, ('w' || n % 3 || ':1')::tsvector
            FROM generate_series(0, 19) n;
        CREATE TEMP VIEW made AS SELECT bi_tsvector(NULL, body) AS tsv FROM p
            WHERE id < 15""")
    assert counts(db, "p", "body", "word1") == [("word1", 10)]
    assert counts(db, "p", "v", "w1 | w2") == [
        ("any of", 13), ("w1", 7), ("w2", 6)]
    assert counts(db, "made", "tsv", "word0") == [("word0", 8)]
    assert counts(db, "made", "tsv", "") == [("(empty)", 0)]


def plans(con, sql):
    """How often the table was scanned, and its index used, by a statement."""
    def now():
        con.execute("SELECT pg_stat_force_next_flush()")
        return con.execute(
            "SELECT seq_scan, idx_scan FROM pg_stat_user_tables "
            "WHERE relname = 'plans'").fetchone()
    before = now()
    con.execute(sql)
    after = now()
    return tuple(b - a for a, b in zip(before, after))


def test_the_cheaper_way_is_taken(db):
    """Rare words by the index one by one; many common ones in one pass."""
    db.execute("""
        DROP TABLE IF EXISTS plans;
        CREATE TABLE plans AS SELECT bi_tsvector(NULL, 'common words here '
            || CASE n % 2000 WHEN 0 THEN 'rare' WHEN 1 THEN 'seldom'
               ELSE '' END) AS tsv FROM generate_series(1, 20000) n;
        CREATE INDEX ON plans USING gin (tsv);
        ALTER TABLE plans ALTER tsv SET STATISTICS 10000;
        ANALYZE plans""")
    try:
        assert plans(db, "SELECT bi_counts('plans', 'tsv', "
                     "'rare seldom')") == (0, 3)
        assert plans(db, "SELECT bi_counts('plans', 'tsv', "
                     "'common | words | here')") == (1, 0)
        assert plans(db, "SELECT bi_counts('plans', 'tsv', "
                     "'rare | common | words | here')") == (1, 1)
    finally:
        db.execute("DROP TABLE plans")


def test_rights_and_policies_hold(db):
    db.execute("""
        DROP TABLE IF EXISTS secret;
        DROP ROLE IF EXISTS bi_counter;
        CREATE ROLE bi_counter;
        CREATE TABLE secret (open bool, body text, hidden text, tsv tsvector);
        INSERT INTO secret SELECT n % 4 = 0, 'word', 'word',
            'word:1' FROM generate_series(1, 100) n;
        CREATE INDEX ON secret USING gin (tsv);
        GRANT SELECT (body, tsv) ON secret TO bi_counter;
        ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON secret TO bi_counter USING (open);
        SET ROLE bi_counter""")
    try:
        assert counts(db, "secret", "body", "word") == [("word", 25)]
        assert counts(db, "secret", "tsv", "word | x") == [
            ("any of", 25), ("word", 25), ("x", 0)]
        assert rows(db, "SELECT (bi_collect('secret', 'tsv', 'word')).*") == \
            [(25, 1.0, [25])]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            counts(db, "secret", "hidden", "word")
        db.execute("RESET ROLE")
        db.execute("ALTER TABLE secret DISABLE ROW LEVEL SECURITY")
        db.execute("SET ROLE bi_counter")
        assert counts(db, "secret", "tsv", "word") == [("word", 100)]
    finally:
        db.execute("RESET ROLE")
        db.execute("DROP TABLE secret")
        db.execute("DROP ROLE bi_counter")


def test_one_snapshot_for_all_parts(server, database):
    """Rows that come meanwhile are in no part's count or in all."""
    with server.connect(database) as con, server.connect(database) as other:
        con.execute("DROP TABLE IF EXISTS moving")
        con.execute("CREATE TABLE moving (t text)")
        con.execute("INSERT INTO moving VALUES ('a b')")
        con.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        con.execute("SELECT 1 FROM moving")
        other.execute("INSERT INTO moving VALUES ('a b')")
        assert counts(con, "moving", "t", "a b") == [
            ("all of", 1), ("a", 1), ("b", 1)]
        con.execute("COMMIT")
        assert counts(con, "moving", "t", "a b") == [
            ("all of", 2), ("a", 2), ("b", 2)]
        con.execute("DROP TABLE moving")


def test_cancel_counting(quiet):        # noqa: F811
    quiet.execute("CREATE TEMP TABLE m AS SELECT repeat('aa b ', 2000) AS d "
                  "FROM generate_series(1, 2000)")
    problem = cancelled_in_time(
        quiet, "SELECT count(*) FROM bi_counts('m', 'd', %s::text::bi_query)",
        [" ".join(f"w{n}" for n in range(700))])
    assert not problem, problem
