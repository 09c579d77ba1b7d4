"""Searches made of searches, what they consist of, and casts."""
import psycopg
import pytest


def value(db, expression, *args):
    return db.execute("SELECT " + expression, args).fetchone()[0]


def sqlstate(db, expression, *args):
    with pytest.raises(psycopg.Error) as raised:
        db.execute("SELECT " + expression, args)
    return raised.value.sqlstate


@pytest.mark.parametrize("expression, printed", [
    ("'a b'::bi_query && 'c | d'", "a & b & (c | d)"),
    ("'a b'::bi_query || 'c | d'", "(a & b) | c | d"),
    ("!! 'a b'::bi_query", "!(a & b)"),
    ("!! !! 'a b'::bi_query", "a & b"),
    ("'a'::bi_query <-> '\"b c\"'", 'a PRE/1 "b c"'),
    ("'a'::bi_query <-> 'b' <-> 'c'", "a PRE/1 b PRE/1 c"),
    ("'a | b'::bi_query <-> 'c'", "(a | b) PRE/1 c"),
    ("'a & b'::bi_query <-> 'c'", "(a PRE/1 c) & (b PRE/1 c)"),
    ("bi_query_near('a', 'b', 4)", "a NEAR/4 b"),
    ("bi_query_near('a', 'b', 4, true)", "a PRE/4 b"),
    ("bi_query_near('a near/3 x', 'b', 4)", "a NEAR/3 x NEAR/4 b"),
    ("bi_query_near('b', 'a near/3 x', 4)", "b NEAR/4 (a NEAR/3 x)"),
    ("'title:a'::bi_query && 'hurric*'", "headline:a & hurric*"),
    ("'e-commerce'::bi_query && 'wom?n \"a * b\"'",
     'e-commerce & wom?n & "a * b"'),
    ("'{english} cats'::bi_query && '{english} dogs'",
     "{english} cats & dogs"),
])
def test_combination(db, expression, printed):
    assert value(db, f"({expression})::text") == printed
    # and it is what would have been typed
    assert value(db, f"({expression}) = %s::bi_query", printed)


def test_empty_gives_the_other_side(db):
    for operator in ("&&", "||", "<->"):
        assert value(db, f"('a b'::bi_query {operator} '')::text") == "a & b"
        assert value(db, f"(''::bi_query {operator} 'a b')::text") == "a & b"
        assert value(db, f"(''::bi_query {operator} '')::text") == ""
    assert value(db, "(!! ''::bi_query)::text") == ""
    assert value(db, "bi_query_near('', 'a', 3)::text") == "a"


def test_refused(db):
    assert sqlstate(db, "'a'::bi_query && '{english} b'") == "22023"
    assert sqlstate(db, "'a'::bi_query || '{bisearch_english}'") == "22023"
    assert sqlstate(db, "'-a'::bi_query <-> 'b'") == "22023"
    assert sqlstate(db, "'ATLEAST2(a)'::bi_query <-> 'b'") == "22023"
    assert sqlstate(db, "'a & b'::bi_query <-> 'c & d'") == "22023"
    assert sqlstate(db, "bi_query_near('a', 'b', 0)") == "22023"
    assert sqlstate(db, "bi_query_near('a', 'b', 16384)") == "22023"
    assert value(db, "bi_query_near('a', 'b', 16383)::text") == "a NEAR/16383 b"
    with pytest.raises(psycopg.Error) as raised:
        db.execute("SELECT '{english} a1'::bi_query && 'b'")
    assert raised.value.diag.message_detail == \
        "One is of configuration english, the other of bisearch."


def test_limits(db):
    words = " ".join(["ab"] * 40000)
    assert sqlstate(db, "%s::bi_query && %s::bi_query", words,
                    words) == "54000"
    deep = "a" + " & (b | (c" * 500 + "))" * 500
    assert sqlstate(db, "!! %s::text::bi_query", deep) == "54001"
    long = " ".join(["abcdefghijkl"] * 45000)
    assert sqlstate(db, "%s::bi_query && %s::bi_query", long,
                    " ".join(["abcdefghijklmnopqrstuvw"] * 20000)) == "54000"


def test_matches_as_its_parts(db):
    rows = db.execute("""
        SELECT d @~ (a && b), d @~ a AND d @~ b,
               d @~ (a || b), d @~ a OR d @~ b,
               d @~ (!! a), NOT d @~ a
        FROM unnest(ARRAY['red dog', 'dog', 'a red cat', 'cat dog']) AS d,
             unnest(ARRAY['red', '"red dog"', 'cat | dog']::bi_query[]) AS a,
             unnest(ARRAY['dog', '-red']::bi_query[]) AS b""").fetchall()
    assert len(rows) == 24
    for row in rows:
        assert row[0] == row[1] and row[2] == row[3] and row[4] == row[5]


def test_accessors(db):
    query = "'{english} title:raining -\"big cats\" jump* wom?n jur**'"
    assert value(db, f"bi_words({query})") == [
        "rain", "big", "cat", "jump*", "wom?n", "jur**"]
    assert value(db, f"bi_config({query})::text") == "english"
    assert value(db, f"bi_numnode({query})") == 10
    assert value(db, "bi_words('')") == []
    assert value(db, "bi_numnode('')") == 0
    assert value(db, "bi_numnode('a near/3 b near/3 c')") == 5
    assert value(db, "bi_numnode('a')") == 1
    for query, positive in [("a", True), ("-a", False), ("a -b", True),
                            ("a | -b", False), ("", False), ("-a -b", False),
                            ("(a | -b) c", True), ("a not near/2 b", True)]:
        assert value(db, "bi_is_positive(%s)", query) == positive, query


def test_containment(db):
    for left, right, contains in [
            ("a b", "b", True), ("b", "a b", False), ('"a b"', "b | a", True),
            ("a*", "a", False), ("aa*", "aa*", True), ("a", "", True),
            ("", "a", False), ("", "", True), ("-a b", "a", True)]:
        if left == "a*":
            continue
        assert value(db, "%s::bi_query @> %s::bi_query", left,
                     right) == contains, (left, right)
        assert value(db, "%s::bi_query <@ %s::bi_query", right,
                     left) == contains


@pytest.mark.parametrize("query, tsquery", [
    ("a b | -c", "'a' & ( 'b' | !'c' )"),
    ('"a b"', "'a' <-> 'b'"),
    ('"a * b"', "'a' <2> 'b'"),
    ("title:hurric*", "'hurric':*A"),
    ("ac:x", "'x':AC"),
    ("atleast1(a)", "'a'"),
    ("", ""),
    ("o’clock", "'o''clock'"),
])
def test_to_tsquery(db, query, tsquery):
    assert value(db, "%s::bi_query::tsquery::text", query) == tsquery


@pytest.mark.parametrize("query, construct", [
    ("a near/3 b", "proximity"), ("a pre/2 b", "proximity"),
    ("a pre/1 b", "proximity"), ("(a | b) pre/1 c", "proximity"),
    ("a /s b", "proximity"), ("a not near/3 b", "proximity"),
    ("wom?n", "a wildcard"), ("jur**", "a wildcard"),
    ("atleast2(a)", "ATLEAST"), ("x & !(y | atleast2(a))", "ATLEAST")])
def test_tsquery_cannot_say(db, query, construct):
    """The error names what it cannot."""
    with pytest.raises(psycopg.errors.FeatureNotSupported) as raised:
        db.execute("SELECT %s::bi_query::tsquery", [query])
    said = raised.value.diag
    assert said.message_primary.startswith(
        f"tsquery cannot express {construct}")
    assert "bi_candidates" in said.message_hint


@pytest.mark.parametrize("tsquery, query", [
    ("a & b | !c", '{simple} ("a" & "b") | !"c"'),
    ("a <-> b", '{simple} "a b"'),
    ("a <3> b <-> c", '{simple} "a * * b c"'),
    ("a:*A", '{simple} headline:"a*"'),
    ("hurric:*A", '{simple} headline:"hurric*"'),
    ("(a | b) <-> c", None),
    ("a:A <-> b:D", None),
    ("a:A <-> b:A", '{simple} headline:"a b"'),
    ("a <-> '~b'", None),
    ("(a | b) <2> c", None),
    ("!a <-> b", None),
    ("'two words'", None),
    ("'and'", '{simple} "and"'),
    ("'o''clock'", None),
    ("", "{simple}"),
])
def test_from_tsquery(db, tsquery, query):
    if query is None:
        assert sqlstate(db, "%s::tsquery::bi_query", tsquery) == "0A000"
    else:
        assert value(db, "%s::tsquery::bi_query::text", tsquery) == query
        assert value(db, "%s::tsquery::bi_query = %s::bi_query", tsquery,
                     query)


def test_casts_are_explicit(db):
    assert db.execute("""
        SELECT count(*) FROM pg_cast
        WHERE castcontext <> 'e' AND
            'bi_query'::regtype IN (castsource, casttarget)"""
                      ).fetchone()[0] == 0


def test_order_classes(db):
    db.execute("CREATE TEMP TABLE saved (q bi_query)")
    db.execute("INSERT INTO saved VALUES ('a b'), ('A & B'), ('“b a”'), "
               "('a | b'), (''), ('{english} a & b')")
    assert value(db, "count(DISTINCT q) FROM saved") == 5
    assert value(db, "count(*) FROM (SELECT q FROM saved GROUP BY q) AS g") \
        == 5
    for setting in ("enable_hashjoin", "enable_mergejoin", "enable_nestloop"):
        db.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; "
                   "SET enable_nestloop = off")
        db.execute(f"SET {setting} = on")
        assert value(db, "count(*) FROM saved AS a JOIN saved AS b "
                         "ON a.q = b.q") == 8
    db.execute("RESET ALL")
    db.execute("DELETE FROM saved WHERE q::text = 'A & B'")
    db.execute("CREATE UNIQUE INDEX ON saved (q)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("INSERT INTO saved VALUES ('a AND b')")
    ordered = [row[0] for row in db.execute(
        "SELECT q::text FROM saved ORDER BY q")]
    assert len(ordered) == 5
    assert ordered == [row[0] for row in db.execute(
        "SELECT q::text FROM saved ORDER BY q DESC")][::-1]


def test_planner_uses_the_classes(db):
    """For joins, grouping, lookups, order and partitions."""
    db.execute("CREATE TEMP TABLE saved (q bi_query)")
    db.execute("INSERT INTO saved SELECT ('word' || n)::bi_query "
               "FROM generate_series(1, 500) AS n")
    db.execute("ANALYZE saved")

    def plan(sql, off=()):
        for setting in off:
            db.execute(f"SET enable_{setting} = off")
        text = "\n".join(row[0] for row in
                         db.execute("EXPLAIN (COSTS OFF) " + sql))
        rows = [row[0] for row in db.execute(sql)]
        db.execute("RESET ALL")
        return text, rows

    join = "SELECT a.q FROM saved AS a JOIN saved AS b ON a.q = b.q"
    for kind, off in (("Hash Join", ["mergejoin", "nestloop"]),
                      ("Merge Join", ["hashjoin", "nestloop"])):
        text, rows = plan(join, off)
        assert kind in text and len(rows) == 500
    text, rows = plan("SELECT q FROM saved GROUP BY q", ["sort"])
    assert "HashAggregate" in text and len(rows) == 500
    text, rows = plan("SELECT q FROM saved "
                      "INTERSECT SELECT 'WORD7'::bi_query")
    assert "HashSetOp" in text and len(rows) == 1

    off = ["seqscan", "bitmapscan"]
    for method in ("btree", "hash"):
        db.execute(f"CREATE INDEX i ON saved USING {method} (q)")
        text, rows = plan("SELECT q FROM saved WHERE q = 'WORD7'", off)
        assert "using i on" in text and rows == ["word7"]
        if method == "btree":
            text, rows = plan("SELECT q FROM saved ORDER BY q", off)
            assert "using i on" in text and "Sort" not in text
            assert sorted(rows) == sorted(f"word{n}" for n in range(1, 501))
            text, rest = plan("SELECT q FROM saved WHERE q > 'word7' "
                              "ORDER BY q", off)
            assert "Index Cond" in text
            assert rest == rows[rows.index("word7") + 1:]
        db.execute("DROP INDEX i")

    db.execute("CREATE TEMP TABLE parts (q bi_query) PARTITION BY HASH (q)")
    for n in range(2):
        db.execute(f"CREATE TEMP TABLE parts{n} PARTITION OF parts "
                   f"FOR VALUES WITH (MODULUS 2, REMAINDER {n})")
    db.execute("INSERT INTO parts SELECT q FROM saved")
    for n in range(1, 21):
        text, rows = plan(f"SELECT q FROM parts WHERE q = 'WORD{n}'")
        assert text.count("Scan") == 1 and rows == [f"word{n}"]
