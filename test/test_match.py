"""Matching: each rule of proximity and of documents, from both sides.

Documents are tsvectors written out, so that a position is what it says; the
same words as text must give the same answer where a text can say them.
"""

import os
import random
import time

import psycopg
import pytest

from clock import Clock, cancelled, late

# rule, document (a tsvector), query, whether it matches
RULES = [
    # distance is the difference of positions, from the near ends
    ("within", "a:1 b:4", "a NEAR/3 b", True),
    ("within", "a:1 b:5", "a NEAR/3 b", False),
    ("within, other order", "b:1 a:4", "a NEAR/3 b", True),
    ("adjacent is 1", "a:1 b:2", "a NEAR/1 b", True),
    ("adjacent is 1", "a:1 b:3", "a NEAR/1 b", False),
    ("near end of a phrase", "a:1 b:2 c:4", '"a b" NEAR/2 c', True),
    ("near end of a phrase", "a:1 b:2 c:5", '"a b" NEAR/2 c', False),
    ("near end of a phrase after it", "c:1 a:3 b:4", '"a b" NEAR/2 c', True),
    ("near end of a span", "a:1 b:9 c:11", "a NEAR/8 b NEAR/2 c", True),
    ("near end of a span", "a:1 b:9 c:12", "a NEAR/8 b NEAR/2 c", False),
    ("inside a span is 0 apart", "a:1 c:5 b:9", "a NEAR/8 b NEAR/1 c", True),
    ("far distance", "a:1 b:16382", "a NEAR/16383 b", True),
    # ordered
    ("ordered", "a:1 b:4", "a PRE/3 b", True),
    ("ordered", "b:1 a:4", "a PRE/3 b", False),
    ("ordered, too far", "a:1 b:5", "a PRE/3 b", False),
    ("begins after the left one ends", "a:1 b:9 c:5", "a NEAR/8 b PRE/5 c",
     False),
    ("begins after the left one ends", "a:1 b:9 c:12", "a NEAR/8 b PRE/5 c",
     True),
    # operands match different occurrences
    ("two of one word", "a:3", "a NEAR/5 a", False),
    ("two of one word", "a:3,8", "a NEAR/5 a", True),
    ("three of one word", "a:3,8", "a NEAR/5 a NEAR/5 a", False),
    ("three of one word", "a:3,5,8", "a NEAR/5 a NEAR/5 a", True),
    ("a phrase occupies its positions", "a:1 b:2 c:3", '"a b c" NEAR/5 b',
     False),
    ("a phrase occupies its gaps", "a:1 b:2 c:3", '"a * c" NEAR/5 b', False),
    ("a phrase occupies its positions", "a:1 b:2,6 c:3", '"a b c" NEAR/5 b',
     True),
    ("a proximity occupies its ends only", "a:1 c:3 b:5",
     "a NEAR/5 b NEAR/1 c", True),
    ("a proximity occupies its ends", "a:1 b:5", "a NEAR/5 b NEAR/5 b", False),
    ("overlapping phrases", "a:1 b:2 c:3", '"a b" NEAR/3 "b c"', False),
    ("two proximities share an end", "a:1 b:3 c:5",
     "(a NEAR/2 b) NEAR/3 (b NEAR/2 c)", False),
    ("two proximities cross", "a:1 b:3 c:2 d:4",
     "(a NEAR/2 b) NEAR/1 (c NEAR/2 d)", True),
    # every combination counts
    ("not the first found", "b:1 a:4,30 c:31", "a NEAR/3 b NEAR/40 c", True),
    ("another start of one end", "c:1 a:3,7 b:8", "a NEAR/5 b NEAR/2 c", True),
    ("another end of one start", "b:1 a:2,6 c:8", "b NEAR/5 a NEAR/2 c", True),
    ("later pair", "a:1,20 b:22 c:3", "a NEAR/2 b NEAR/5 c", False),
    ("all pairs", "b:1,7 a:4 c:9", "a NEAR/3 b NEAR/2 c", True),
    ("shorter span inside a longer one", "a:1,5 b:7 c:3",
     "a PRE/6 b NEAR/2 c", True),
    ("one after it, after one inside and a wide one",
     "a:6 b:10 c:8,14 d:1 e:30 f:15 g:16",
     "a NEAR/4 b NEAR/5 (c | (d NEAR/70 e)) PRE/1 f NEAR/1 g", True),
    # not near
    ("none near", "x:1 y:9", "x NOT NEAR/3 y", True),
    ("one near", "x:1 y:3", "x NOT NEAR/3 y", False),
    ("one occurrence is free", "x:1,20 y:3", "x NOT NEAR/3 y", True),
    ("no y at all", "x:1", "x NOT NEAR/3 y", True),
    ("no x at all", "y:1", "x NOT NEAR/3 y", False),
    ("itself is not near itself", "x:5", "x NOT NEAR/3 x", True),
    ("another is", "x:5,6", "x NOT NEAR/3 x", False),
    ("spans stay as they are", "x:1,20 y:3 z:21", "x NOT NEAR/3 y NEAR/1 z",
     True),
    ("spans stay as they are", "x:1,20 y:3 z:2", "x NOT NEAR/3 y NEAR/1 z",
     False),
    ("a phrase stays solid", "a:1 b:2 c:3 y:9",
     '"a b c" NOT NEAR/3 y NEAR/5 b', False),
    # sentences and paragraphs
    ("one sentence", "a:1 b:3 '§0':5", "a /s b", True),
    ("a mark between", "a:1 b:6 '§0':5,9", "a /s b", False),
    ("a mark at the left near end", "a:5 b:6 '§0':5,9", "a /s b", False),
    ("a mark at the right near end", "a:1 b:5 '§0':5,9", "a /s b", True),
    ("other order", "b:1 a:5 '§0':5,9", "a /s b", True),
    ("ordered", "a:1 b:3 '§0':5", "a +s b", True),
    ("ordered", "b:1 a:3 '§0':5", "a +s b", False),
    ("no marks", "a:1 b:3", "a /s b", False),
    ("marks of the other kind", "a:1 b:3 '¶0':5", "a /s b", False),
    ("marks in several lexemes", "a:6 b:12 '§0':5,20 '§1':10", "a /s b",
     False),
    ("marks in several lexemes", "a:6 b:9 '§0':5,20 '§1':10", "a /s b", True),
    ("numbers of two digits", "a:6 b:12 '§0':5,20 '§12':10", "a /s b", False),
    ("a word that is no mark", "a:1 b:6 '§0':9 '§x':5", "a /s b", True),
    ("paragraph", "a:1 b:6 '§0':5,9 '¶0':9", "a /p b", True),
    ("paragraph", "a:1 b:11 '§0':5,9,12 '¶0':9,12", "a /p b", False),
    ("paragraph, ordered", "a:1 b:6 '¶0':9", "b +p a", False),
    ("overlapping operands", "a:1 b:9 c:5 '§0':4,9", "a NEAR/8 b /s c", True),
    ("overlapping operands without marks", "a:1 b:9 c:5", "a NEAR/8 b /s c",
     False),
    # fields
    ("same field", "a:1A b:2A", "a NEAR/3 b", True),
    ("different fields", "a:1A b:2B", "a NEAR/3 b", False),
    ("different fields, sentence", "a:1A b:2 '§0':9", "a /s b", False),
    ("some pair in one field", "a:1A,7 b:2B,9", "a NEAR/3 b", True),
    ("phrases compare positions only", "a:1A b:2B", '"a b"', True),
    ("each operand in its field", "a:1A b:2B", "title:a & byline:b", True),
    ("a word outside its field", "a:1B", "title:a", False),
    ("word in one of its fields", "a:1B,4A", "title:a", True),
    ("a phrase outside its field", "a:1 b:2", 'title:"a b"', False),
    ("a phrase half in its field", "a:1A b:2", 'title:"a b"', False),
    # at least
    ("enough", "a:1,2,3", "ATLEAST3(a)", True),
    ("too few", "a:1,2,3", "ATLEAST4(a)", False),
    ("positions, not words", "a:1 b:1", "ATLEAST2(a OR b)", False),
    ("any of them", "a:1 b:2", "ATLEAST2(a OR b)", True),
    ("phrases", "a:1,4 b:2,5", 'ATLEAST2("a b")', True),
    ("phrases", "a:1,4 b:2,9", 'ATLEAST2("a b")', False),
    ("starts of proximity", "a:1 b:2,3", "ATLEAST2(a NEAR/3 b)", False),
    ("starts of proximity", "a:1,4 b:2,3", "ATLEAST2(a NEAR/3 b)", True),
    ("starts of proximity", "a:3 b:1,2", "ATLEAST2(a NEAR/3 b)", True),
    ("prefixes", "ab1:1 ab2:2", "ATLEAST2(ab*)", True),
    ("in a field", "a:1A,2", "title:ATLEAST2(a)", False),
    # phrases
    ("phrase", "a:1 b:2", '"a b"', True),
    ("phrase", "a:1 b:3", '"a b"', False),
    ("phrase in order", "b:1 a:2", '"a b"', False),
    ("phrase, later", "a:1,5,9 b:3,7,10", '"a b"', True),
    ("phrase of one word", "a:4,5", '"a a"', True),
    ("phrase of one word", "a:4,6", '"a a"', False),
    ("one word between", "a:1 b:3", '"a * b"', True),
    ("one word between", "a:1 b:2", '"a * b"', False),
    ("phrase with a prefix", "a:1 bcd:2", '"a bc*"', True),
    ("phrase at the first position", "b:1 a:5", '"a b"', False),
    ("phrase with a late word first", "x:5,9,20 a:6,10,21 b:1,7",
     '"x a b"', True),
    # patterns
    ("one character", "woman:1", "wom?n", True),
    ("one character", "womn:1", "wom?n", False),
    ("one character of several bytes", "womän:1", "wom?n", True),
    ("two of them", "womäün:1", "wom?n", False),
    ("any run", "colouur:1", "colo*r", True),
    ("empty run", "color:1", "colo*r", True),
    ("run not at the end", "colored:1", "colo*r", False),
    ("at most two more", "jury:1", "jur**", True),
    ("at most two more", "jur:1", "jur**", True),
    ("at most two more", "jurät:1", "jur**", True),
    ("at most two more", "juror:1", "jur**", True),
    ("at most two more", "jurors:1", "jur**", False),
    ("several runs", "abxxcyyd:1", "ab*c*d", True),
    ("several runs", "abxxcyyde:1", "ab*c*d", False),
    ("prefix", "hurricane:1", "hurric*", True),
    ("prefix", "hurri:1", "hurric*", False),
    ("prefix of several lexemes", "ab1:1 ab2:9 c:10", "ab* NEAR/1 c", True),
    ("leading run", "hurricane:1", "*icane", True),
    ("leading run, empty", "icane:1", "*icane", True),
    ("leading run, not at the end", "hurricanes:1", "*icane", False),
    ("leading character", "abb:1", "?abb", False),
    ("leading character", "cabb:1", "?abb", True),
    ("leading character of several bytes", "éabb:1", "?abb", True),
    ("both ends", "xabcy:1", "*abc*", True),
    ("leading, in its field", "xabc:1A yabc:2B", "byline:*abc", True),
    ("leading, outside its field", "xabc:1A yabc:2B", "summary:*abc", False),
    ("leading, several lexemes", "xabc:1 yabc:3", "ATLEAST2(*abc)", True),
    ("leading, near", "xabc:1 z:3 yabc:9", "*abc NEAR/2 z", True),
    ("leading, not near", "xabc:1 z:4 yabc:9", "*abc NEAR/2 z", False),
    ("leading, excluded", "xabc:1 z:4", "z !*abc", False),
    ("leading, in a phrase", "a:1 xb:2", '"a *b"', True),
    ("one letter in a phrase", "a:1 bcd:2", '"a b*"', True),
    ("marks have no words", "'§0':1 '§123':1 '¶123':2", "*123 | ?123", False),
    ("stems are no words", "'~abc':1 b:2", "*abc | ?abc", False),
    ("leading, stripped", "xabc", "title:*abc", True),
    ("marks are no words", "'§0':1 '¶0':2", "ab* | a", False),
    # stripped and clamped
    ("stripped", "a b", "a & b", True),
    ("stripped, any field", "a", "title:a", True),
    ("stripped, absent", "b", "a", False),
    ("stripped, prefix", "abc", "ab*", True),
    ("stripped, pattern", "abc", "title:ab*c", True),
    ("stripped phrase", "a b", '"a b"', False),
    ("stripped proximity", "a b", "a NEAR/5 b", False),
    ("stripped not near", "a b", "a NOT NEAR/5 b", False),
    ("stripped ATLEAST1", "a", "ATLEAST1(a)", True),
    ("stripped ATLEAST2", "a", "ATLEAST2(a)", False),
    ("stripped sentence", "a b '§0'", "a /s b", False),
    ("half stripped", "a b:2", "a & title:b", False),
    ("half stripped phrase", "a b:2", '"a b"', False),
    ("clamped words", "a:16383 b:16383", "a & b", True),
    ("clamped field", "a:16383A", "title:a", True),
    ("clamped field", "a:16383A", "body:a", False),
    ("clamped phrase", "a:16382 b:16383", '"a b"', False),
    ("not clamped yet", "a:16381 b:16382", '"a b"', True),
    ("clamped proximity", "a:16382 b:16383", "a NEAR/5 b", False),
    ("clamped not near", "a:16382 b:16383", "a NOT NEAR/5 b", True),
    ("clamped counts once", "a:5,16383", "ATLEAST2(a)", True),
    ("clamped counts once", "a:16383 b:16383", "ATLEAST2(a | b)", False),
    ("clamped phrase does not", "a:1,16382 b:2,16383", 'ATLEAST2("a b")',
     False),
    # truth
    ("exclusions only", "a:1", "-b", True),
    ("exclusions only", "b:1", "-b", False),
    ("exclusions of an empty document", "", "-b", True),
    ("empty document", "", "b", False),
    ("the empty query", "a:1", "", False),
    ("not of a phrase", "a:1 b:3", 'a -"a b"', True),
    ("not of a phrase", "a:1 b:2", 'a -"a b"', False),
    ("excluded pair", "a:1 b:2", "-a NEAR/3 b", False),
    ("excluded pair", "a:1 b:9", "-a NEAR/3 b", True),
    ("or in proximity", "a:1 c:3", "(a | b) NEAR/2 (c | d)", True),
    ("or in proximity", "a:1 c:4 b:9", "(a | b) NEAR/2 (c | d)", False),
    ("and in proximity distributes", "a:1 b:30 c:3,29",
     "(a & b) NEAR/2 c", True),
    ("and in proximity distributes", "a:1 b:30 c:3",
     "(a & b) NEAR/2 c", False),
]


def matches(db, document, query):
    forward, back, candidates = db.execute(
        "SELECT v @~ q, q ~@ v, v @@ bi_candidates(q) "
        "FROM (SELECT %s::tsvector AS v, %s::text::bi_query AS q OFFSET 0) t",
        [document, query]).fetchone()
    assert forward == back
    # what an index may offer is never less
    assert candidates or not forward
    return forward


@pytest.mark.parametrize("rule,document,query,expected", RULES)
def test_rule(db, rule, document, query, expected):
    assert matches(db, document, query) == expected


def as_text(document):
    """A text with these words at their positions, '.' where nothing is said;
    None where a text cannot say it."""
    words = {}
    for entry in document.split():
        word, _, positions = entry.rpartition(":")
        if not word or word.strip("'")[0] in "§¶~":
            return None
        for position in positions.split(","):
            if not position.isdigit() or int(position) in words or \
                    int(position) > 1000:
                return None
            words[int(position)] = word
    last = max(words, default=0)
    return " ".join(words.get(i, "zzz") for i in range(1, last + 1))


TEXTS = [(r, as_text(d), q, e) for r, d, q, e in RULES
         if as_text(d) is not None and "title:" not in q
         and " /s" not in q]        # a text has its own boundaries


@pytest.mark.parametrize("rule,document,query,expected", TEXTS)
def test_rule_on_text(db, rule, document, query, expected):
    forward, back = db.execute(
        "SELECT v @~ q, q ~@ v "
        "FROM (SELECT %s::text AS v, %s::text::bi_query AS q OFFSET 0) t",
        [document, query]).fetchone()
    assert forward == back == expected


def test_text_is_body(db):
    assert db.execute("SELECT 'a b'::text @~ 'body:a'").fetchone()[0]
    assert not db.execute("SELECT 'a b'::text @~ 'title:a'").fetchone()[0]


def test_text_has_sentences_and_no_limits(db):
    far = "word " * 40000 + "alpha beta. Gamma delta."
    for query, expected in [('"alpha beta"', True), ("alpha /s beta", True),
                            ("beta /s gamma", False), ("beta /p gamma", True),
                            ("ATLEAST255(word)", True),
                            ("beta NEAR/2 delta", True)]:
        assert db.execute("SELECT %s::text @~ %s::text::bi_query",
                          [far, query]).fetchone()[0] == expected, query


def test_text_uses_the_configuration_of_the_query(db):
    for config, expected in [("bisearch", False), ("english", True),
                             ("bisearch_english", True)]:
        assert db.execute("SELECT 'it rained'::text @~ to_bi_query(%s, 'rain')",
                          [config]).fetchone()[0] == expected, config


def test_another_query_in_each_row(db):
    rows = db.execute("""
        SELECT q::text, 'a:1 b:2'::tsvector @~ q, 'a b'::text @~ q
        FROM unnest('{a,b,c,a,"\\"a b\\"","\\"b a\\"",c}'::bi_query[])
             WITH ORDINALITY u(q, n) ORDER BY n""").fetchall()
    assert [r[1] for r in rows] == [True, True, False, True, True, False,
                                    False]
    assert [r[2] for r in rows] == [r[1] for r in rows]


def test_toasted_queries(db):
    """Queries out of line, in rows that follow each other."""
    db.execute("CREATE TEMP TABLE long_queries (n int, q bi_query)")
    db.execute("ALTER TABLE long_queries ALTER q SET STORAGE external")
    for n, word in enumerate(["a", "b", "c"]):
        filler = " ".join(f"x{word}{i}" for i in range(3000))
        db.execute("INSERT INTO long_queries VALUES (%s, %s::text::bi_query)",
                   [n, f"({filler}) | {word}"])
    rows = db.execute("SELECT 'a:1 c:2'::tsvector @~ q FROM long_queries "
                      "ORDER BY n").fetchall()
    assert rows == [(True,), (False,), (True,)]


def test_an_alternative_of_several_lexemes_needs_one_position(db):
    """PostgreSQL's sample dictionary takes compounds apart."""
    db.execute("CREATE TEXT SEARCH DICTIONARY sample_compounds (TEMPLATE = "
               "ispell, DictFile = ispell_sample, AffFile = ispell_sample)")
    db.execute("CREATE TEXT SEARCH CONFIGURATION sample (COPY = simple)")
    db.execute("ALTER TEXT SEARCH CONFIGURATION sample ALTER MAPPING FOR "
               "asciiword WITH sample_compounds, simple")
    try:
        tsquery, = db.execute(
            "SELECT to_tsquery('sample', 'footballklubber')::text").fetchone()
        assert "&" in tsquery
        for document, expected in [
                ("foot:1 ball:1 klubber:1", True),
                ("foot:1 ball:2 klubber:1", False),
                ("football:4 klubber:4", True),
                ("football:3,7 klubber:4,7", True),
                ("football:3 klubber:4", False),
                ("football:16383 klubber:16383", True),
                ("football:5 klubber:16383", False),
                ("football klubber", True), ("football klubber:4", True),
                ("football", False)]:
            assert db.execute(
                "SELECT %s::tsvector @~ to_bi_query('sample', "
                "'footballklubber')", [document]).fetchone()[0] == expected, \
                document
        for document, expected in [("a:1 football:2 klubber:2", True),
                                   ("a:1 football:2 klubber:3", False),
                                   ("a:2 football:2 klubber:2", False)]:
            assert db.execute(
                "SELECT %s::tsvector @~ to_bi_query('sample', "
                "'\"a footballklubber\"')", [document]
                ).fetchone()[0] == expected, document
        assert db.execute("SELECT 'footballklubber'::text @~ "
                          "to_bi_query('sample', 'footballklubber')"
                          ).fetchone()[0]
    finally:
        db.execute("DROP TEXT SEARCH CONFIGURATION sample")
        db.execute("DROP TEXT SEARCH DICTIONARY sample_compounds")


class Naive:
    """Chains of words over a document without fields, by brute force."""

    def __init__(self, document):
        self.document = document

    def near(self, left, right, link, n):
        if {left[0], left[1]} & {right[0], right[1]}:
            return False
        if link == "PRE":
            return 0 < right[0] - left[1] <= n
        first, second = sorted([left, right])
        return max(0, second[0] - first[1]) <= n

    def matches(self, chain):
        spans = {(p, p) for p in self.document.get(chain[0], ())}
        for link, n, word in chain[1:]:
            right = {(p, p) for p in self.document.get(word, ())}
            if link == "NOT NEAR":
                spans = {s for s in spans if not any(
                    self.near(s, r, link, n) for r in right)}
            else:
                spans = {(min(s[0], r[0]), max(s[1], r[1]))
                         for s in spans for r in right
                         if self.near(s, r, link, n)}
        return bool(spans)


def test_long_chains_against_brute_force(db):
    """Chains drop spans that can make no difference; all others count."""
    seed = int(time.time())
    print("seed", seed)
    rng = random.Random(seed)
    hits = 0
    for _ in range(150):
        document = {w: sorted(rng.sample(range(1, 30), rng.randint(1, 5)))
                    for w in "abcd"}
        vector = " ".join(f"{w}:{','.join(map(str, p))}"
                          for w, p in document.items())
        chains = []
        for _ in range(20):
            links = rng.choice([["NEAR"], ["PRE"], ["NEAR", "PRE"],
                                ["NEAR", "PRE", "NOT NEAR"]])
            chain = [rng.choice("abcd")]
            for _ in range(rng.randint(1, 5)):
                chain.append((rng.choice(links), rng.randint(1, 5),
                              rng.choice("abcd")))
            chains.append(chain)
        queries = [" ".join([c[0]] + [f"{link}/{n} {w}"
                                      for link, n, w in c[1:]])
                   for c in chains]
        got = [row[0] for row in db.execute(
            "SELECT %s::tsvector @~ q::bi_query FROM unnest(%s::text[]) "
            "WITH ORDINALITY u(q, n) ORDER BY n", [vector, queries])]
        for chain, query, found in zip(chains, queries, got):
            expected = Naive(document).matches(chain)
            assert found == expected, (vector, query)
            hits += expected
    assert hits > 100


def near(left, right, link, marks):
    """The span that two (start, end, fields of both, solid) make, or None."""
    kind, _, n = link.partition("/")
    if kind == "PRE" and right[0] <= left[1]:
        return None
    first, second = (left, right) if left[0] < right[0] else (right, left)
    if left[0] == right[0] or first[3] != second[2]:
        return None
    if first[1] >= second[0] and (
            first[4] or first[1] in (second[0], second[1]) or
            second[4] and first[1] < second[1]):
        return None
    if n == "s":
        if any(first[1] <= m < second[0] for m in marks):
            return None
    elif second[0] - first[1] > int(n):
        return None
    last = left if left[1] > right[1] else right
    return first[0], last[1], first[2], last[3], False


def link_spans(left, right, link, marks):
    if link.startswith("NOT "):
        return {x for x in left if not any(
            near(x, y, link[4:], marks) for y in right)}
    return {near(x, y, link, marks) for x in left for y in right} - {None}


def test_many_spans_against_brute_force(db):
    """More than a join compares one by one."""
    seed = int(time.time())
    print("seed", seed)
    rng = random.Random(seed)
    compared = set()
    for round in range(8):
        fields = "DDDA" if round % 2 else "D"
        placed = {w: {p: rng.choice(fields)
                      for p in rng.sample(range(1, 50), 24)} for w in "abcd"}
        marks = rng.sample(range(1, 50), 3)
        vector = " ".join(
            f"{w}:{','.join(f'{p}{f}' for p, f in ps.items())}"
            for w, ps in placed.items()) + \
            f" '§0':{','.join(map(str, sorted(marks)))}"
        words = {w: {(p, p, f, f, True) for p, f in ps.items()}
                 for w, ps in placed.items()}
        phrase = {(p, p + 2, f, placed["b"][p + 2], True)
                  for p, f in placed["a"].items() if p + 2 in placed["b"]}
        inner = [(f"a NEAR/{n} b", link_spans(words["a"], words["b"],
                                              f"NEAR/{n}", marks))
                 for n in (20, 60)]
        inner += [("c PRE/60 d",
                   link_spans(words["c"], words["d"], "PRE/60", marks)),
                  ("c /s d", link_spans(words["c"], words["d"], "NEAR/s",
                                        marks)),
                  ("a NEAR/60 c", link_spans(words["a"], words["c"],
                                             "NEAR/60", marks))]
        for _ in range(5):
            (x, left), (y, right) = rng.sample(inner, 2)
            link = rng.choice(["NEAR/1", "NEAR/4", "NEAR/60", "PRE/4",
                               "PRE/60", "NOT NEAR/1", "NEAR/s"])
            if rng.random() < 0.5:
                y, right = f'{y}) | "a * b"', right | phrase
                y = f"({y}"
            result = link_spans(left, right, link, marks)
            query = f"({x}) {link.replace('NEAR/s', '/s')} ({y})"
            starts = len({s[0] for s in result})
            # ATLEAST counts starts; the last word follows what ends there
            tries = [(f"ATLEAST{max(n, 1)}({query})", starts >= n and starts)
                     for n in (starts, starts + 1)]
            tries += [(f"{query} PRE/{n} d", link_spans(
                result, words["d"], f"PRE/{n}", marks)) for n in (1, 2)]
            tries.append((f"{query} NOT NEAR/1 ({y})", link_spans(
                result, right, "NOT NEAR/1", marks)))
            for query, expected in tries:
                found = db.execute(
                    "SELECT %s::tsvector @~ %s::text::bi_query",
                    [vector, query]).fetchone()[0]
                assert found == bool(expected), (vector, query)
                compared.add((query, found))
    assert {found for _, found in compared} == {True, False}


WORST = "repeat('a b ', 60000) || 'z'"


@pytest.mark.parametrize("query,expected", [
    ("a NEAR/16383 b NEAR/16383 a NEAR/16383 zz", False),
    ("a PRE/16383 b PRE/16383 a PRE/16383 b PRE/1 z", True),
    ("a /s b /s a /s z", True),
    ("ATLEAST200(a NEAR/16383 b)", True),
    ("ATLEAST200(a /s b)", True),
    ("a NOT NEAR/16383 b", False),
])
def test_frequent_words_far_apart(db, query, expected):
    clock = Clock(db)
    assert db.execute(f"SELECT ({WORST})::text @~ %s::text::bi_query",
                      [query]).fetchone()[0] == expected
    assert clock.elapsed() < 20


def test_too_many_combinations(db):
    with pytest.raises(psycopg.Error) as raised:
        db.execute(f"SELECT ({WORST})::text @~ %s::text::bi_query",
                   ["(a NEAR/16383 b) NEAR/3 (a NEAR/16383 b)"])
    assert raised.value.sqlstate == "54000"
    assert raised.value.diag.message_hint


@pytest.mark.parametrize("query", [
    "(a NEAR/16383 b) NEAR/3 (a NEAR/16383 b)",
    "a PRE/16000 b NEAR/16000 a PRE/16000 b NEAR/16000 z",
])
def test_cancel(db, query):
    db.execute("CREATE TEMP TABLE worst AS "
               f"SELECT to_tsvector('simple', '') AS v, {WORST} AS t")
    found = late(lambda: cancelled(
        db, "SELECT t @~ %s::text::bi_query FROM worst, "
        "generate_series(1, 50)", 0.2, [query],
        (psycopg.errors.ProgramLimitExceeded,)), 0.3)
    assert not found, found


def test_pattern_takes_no_exponential_time(db):
    word = "a" * 2000
    clock = Clock(db)
    for query in ["aa" + "*a" * 300 + "*b", "aa" + "a**" * 200 + "b"]:
        assert not db.execute(
            "SELECT %s::tsvector @~ %s::text::bi_query",
            [f"{word}:1", query]).fetchone()[0]
    assert clock.elapsed() < 2


def test_wide_or(db):
    """A query near the limit of words."""
    words = " OR ".join(f"w{i}" for i in range(60000))
    for document, expected in [("w59999:1", True), ("w60000:1", False)]:
        assert matches(db, document, words) == expected


# -- NOT NEAR and alternatives ---------------------------------------------

@pytest.fixture(scope="module")
def small_articles(server, database):
    """Short articles of few words, with GIN and with our index."""
    with server.connect(database) as con:
        seed = int(os.environ.get("BISEARCH_SEED") or random.randrange(1 << 30))
        print(f"BISEARCH_SEED={seed}")
        rnd = random.Random(seed)
        con.execute("CREATE TABLE small_articles (id int, tsv tsvector)")
        for number in range(600):
            places = {}
            for at in range(rnd.randint(1, 24)):
                places.setdefault(rnd.choice("abcdefgxxx"), []).append(
                    f"{at + 1}{'A' if at < 5 and number % 3 else ''}")
            con.execute("INSERT INTO small_articles VALUES (%s, %s)", [
                number, " ".join(f"{word}:{','.join(at)}"
                                 for word, at in places.items())])
        con.execute("CREATE TABLE small_articles_own AS TABLE small_articles")
        con.execute("CREATE INDEX ON small_articles USING gin (tsv)")
        con.execute("CREATE INDEX ON small_articles_own USING bisearch (tsv)")
        con.execute("VACUUM ANALYZE small_articles, small_articles_own")
        yield con, rnd
        con.execute("DROP TABLE small_articles, small_articles_own")


def group(rnd, depth, conjunctive):
    """Something that proximity holds."""
    form = rnd.random()
    if depth == 0 or form < 0.3:
        return rnd.choice("abcdefg")
    if form < 0.4:
        return '"%s %s"' % (rnd.choice("abcd"), rnd.choice("abcd"))
    parts = [group(rnd, depth - 1, conjunctive)
             for _ in range(rnd.choice((2, 2, 3)))]
    if form < 0.55:
        return "(%s NEAR/2 %s)" % (rnd.choice("abc"),
                                   group(rnd, depth - 1, False))
    return "(" + rnd.choice((" | ", " & ") if conjunctive else (" | ",)).join(
        parts) + ")"


def all_found(con, query):
    """The ids that a query finds, by each road the same."""
    answers = []
    for table, seq in (("small_articles", "on"), ("small_articles", "off"),
                       ("small_articles_own", "off")):
        con.execute(f"SET enable_seqscan = {seq}")
        answers.append({number for number, in con.execute(
            f"SELECT id FROM {table} WHERE tsv @~ %s::text::bi_query",
            [query])})
    con.execute("RESET enable_seqscan")
    assert answers[0] == answers[1] == answers[2], query
    return answers[0]


def test_an_alternative_never_finds_more_after_not_near(small_articles):
    con, rnd = small_articles
    different = 0
    for _ in range(150):
        left = rnd.choice((group(rnd, 1, False), "x", "(x | a)", "x NEAR/3 a"))
        one, two = group(rnd, 2, True), group(rnd, 3, True)
        operator = f"NOT NEAR/{rnd.randint(1, 4)}"
        both = [all_found(con, f"{left} {operator} ({first} | {second})")
                for first, second in ((one, two), (two, one))]
        for alone in one, two:
            more = all_found(con, f"{left} {operator} {alone}")
            assert both[0] <= more, (left, operator, one, two)
            different += both[0] != more
        assert both[0] == both[1]
    assert different > 50
