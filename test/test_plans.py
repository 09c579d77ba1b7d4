"""Which plans @~ gets on stock GIN, and that they answer alike."""

import json

import pytest


def explain(con, sql, parameters=None, analyze=False):
    """The plan's nodes, from the top, as PostgreSQL's JSON says them."""
    options = "ANALYZE, TIMING OFF, FORMAT JSON" if analyze else "FORMAT JSON"
    plan, = con.execute(f"EXPLAIN ({options}) {sql}", parameters).fetchone()
    if isinstance(plan, str):
        plan = json.loads(plan)
    nodes = []

    def walk(node):
        nodes.append(node)
        for child in node.get("Plans", []):
            walk(child)

    walk(plan[0]["Plan"])
    return nodes


def one(nodes, kind):
    found = [n for n in nodes if n["Node Type"] == kind]
    assert len(found) == 1, nodes
    return found[0]


def index_condition(nodes):
    return one(nodes, "Bitmap Index Scan")["Index Cond"]


def ids(con, sql, parameters=None):
    return sorted(r[0] for r in con.execute(sql, parameters).fetchall())


@pytest.fixture
def small(db):
    """A table of a few thousand rows with a GIN index, and one of queries."""
    db.execute("""
        CREATE TEMP TABLE docs AS
            SELECT n AS id, bi_tsvector(
                CASE WHEN n % 50 = 0 THEN 'alpha' END,
                'word' || n % 100 || ' and word' || n % 77
                || CASE n % 10 WHEN 0 THEN ' beta gamma'
                               WHEN 1 THEN ' gamma beta' ELSE '' END) AS tsv,
                'word' || n % 100 AS body
            FROM generate_series(1, 3000) n;
        CREATE INDEX docs_tsv ON docs USING gin (tsv);
        CREATE TEMP TABLE saved (n int, q bi_query);
        INSERT INTO saved VALUES (1, 'word1 & word2'), (2, '"beta gamma"'),
            (3, 'word3 -word5'), (4, '-word6'), (5, ''), (6, 'word4'),
            (7, 'title:alpha'), (8, 'wor*11'), (9, 'beta NEAR/3 gamma');
        ANALYZE docs; ANALYZE saved""")
    return db


# what a tsquery says exactly, and that tsquery
EXACT = [
    ("word1", "'word1'"),
    ("word1 & word2", "'word1' & 'word2'"),
    ("word1 | word2", "'word1' | 'word2'"),
    ("word1*", "'word1':*"),
    ("(word1 | word2) & beta", "( 'word1' | 'word2' ) & 'beta'"),
    ("ATLEAST1(word1)", "'word1'"),
]

# what it does not: the candidates in the index condition
SUPERSETS = [
    ('"beta gamma"', "'beta' & 'gamma'"),
    ("beta NEAR/3 gamma", "'beta' & 'gamma'"),
    ("beta NOT NEAR/3 gamma", "'beta'"),
    ("beta /s gamma", "'beta' & 'gamma'"),
    ("beta -word1", "'beta' & !'word1'"),
    ('beta -"beta gamma"', "'beta'"),
    ("beta -wor*1", "'beta'"),
    ("ATLEAST2(word1)", "'word1'"),
    ("wor*11", "'wor':*"),
    ("title:alp*a & beta", "'alp':* & 'beta'"),
    ("title:alpha", "'alpha'"),
    ("ab:alpha*", "'alpha':*"),
    ("beta -title:alpha", "'beta' & !'alpha':A"),
    ("(word1 | word2) PRE/3 beta", "( 'word1' | 'word2' ) & 'beta'"),
]


@pytest.mark.parametrize("query,tsquery", EXACT)
def test_exact_constants_become_core_operators(small, query, tsquery):
    for clause in ("tsv @~ '{}'", "'{}'::bi_query ~@ tsv"):
        nodes = explain(small, "SELECT id FROM docs WHERE "
                        + clause.format(query))
        scan = nodes[0]
        text = json.dumps(nodes)
        assert "@~" not in text and "~@" not in text
        condition = scan.get("Recheck Cond") or scan.get("Filter")
        assert condition == "(tsv @@ '%s'::tsquery)" % \
            tsquery.replace("'", "''")
        assert not ("Recheck Cond" in scan and "Filter" in scan)
    assert small.execute("SELECT bi_is_exact(%s), bi_candidates(%s)::text",
                         [query, query]).fetchone() == (True, tsquery)


@pytest.mark.parametrize("query,tsquery", SUPERSETS)
def test_other_constants_get_a_lossy_index_condition(small, query, tsquery):
    small.execute("SET enable_seqscan = off")
    for clause in ("tsv @~ '{}'", "'{}'::bi_query ~@ tsv"):
        nodes = explain(small, "SELECT id FROM docs WHERE "
                        + clause.format(query))
        assert index_condition(nodes) == "(tsv @@ '%s'::tsquery)" % \
            tsquery.replace("'", "''")
        # GIN's answer is not the last word
        scan = one(nodes, "Bitmap Heap Scan")
        assert "@~" in scan["Filter"] or "~@" in scan["Filter"]
    assert small.execute("SELECT bi_is_exact(%s), bi_candidates(%s)::text",
                         [query, query]).fetchone() == (False, tsquery)


@pytest.mark.parametrize("query", ['-"beta gamma"', "word1 | -wor*1",
                                   "-ATLEAST2(beta)"])
def test_no_index_condition_where_everything_is_a_candidate(small, query):
    small.execute("SET enable_seqscan = off")
    nodes = explain(small, f"SELECT id FROM docs WHERE tsv @~ '{query}'")
    assert nodes[0]["Node Type"] == "Seq Scan"
    # at run time it is known too late: then all rows must come
    every, = small.execute(
        "SELECT count(*) FROM docs WHERE tsv @@ bi_candidates(%s)",
        [query]).fetchone()
    assert every == 3000


def test_the_empty_query_finds_nothing(small):
    assert ids(small, "SELECT id FROM docs WHERE tsv @~ ''") == []
    small.execute("SET plan_cache_mode = force_generic_plan")
    assert ids(small, "SELECT id FROM docs WHERE tsv @~ %s::bi_query",
               [""]) == []


ALL = [q for q, _ in EXACT + SUPERSETS] + ['-"beta gamma"', "-beta", ""]


@pytest.mark.parametrize("query", ALL)
def test_all_plans_answer_alike(small, query):
    expected = ids(small, "SELECT id FROM docs WHERE bi_match(tsv, %s)",
                   [query])
    literal = query.replace("'", "''")
    constant = f"SELECT id FROM docs WHERE tsv @~ '{literal}'"
    for setting in ("enable_seqscan", "enable_bitmapscan"):
        small.execute(f"SET {setting} = off")
        assert ids(small, constant) == expected
        small.execute("SET plan_cache_mode = force_generic_plan")
        small.execute("PREPARE p(bi_query) AS "
                      "SELECT id FROM docs WHERE tsv @~ $1")
        assert ids(small, f"EXECUTE p('{literal}')") == expected
        small.execute("DEALLOCATE p")
        small.execute(f"RESET {setting}")


RUN_TIME = "(bi_is_exact({0}) OR bi_match(tsv, {0}))"


@pytest.mark.parametrize("clause", ["tsv @~ $1", "$1 ~@ tsv"])
def test_generic_plan(small, clause):
    small.execute("SET plan_cache_mode = force_generic_plan")
    small.execute("SET enable_seqscan = off")
    small.execute(f"PREPARE p(bi_query) AS SELECT id FROM docs WHERE {clause}")
    nodes = explain(small, "EXECUTE p('word1')")
    assert index_condition(nodes) == "(tsv @@ bi_candidates($1))"
    assert one(nodes, "Bitmap Heap Scan")["Filter"] == RUN_TIME.format("$1")


def test_parameter_of_unknown_type_needs_no_cast(small):
    small.execute("PREPARE p AS SELECT id FROM docs WHERE tsv @~ $1")
    assert small.execute(
        "SELECT parameter_types::text FROM pg_prepared_statements "
        "WHERE name = 'p'").fetchone() == ("{bi_query}",)


def calls(con, function):
    """Calls of a function in this transaction."""
    return con.execute("SELECT coalesce(pg_stat_get_xact_function_calls("
                       "%s::regproc), 0)", [function]).fetchone()[0]


def test_exact_values_recheck_no_row(small):
    """The second half of a generic plan rechecks no row of an exact value,
    and only at candidates of any other."""
    small.execute("SET plan_cache_mode = force_generic_plan")
    small.execute("SET enable_seqscan = off")
    small.execute("SET track_functions = 'all'")
    small.execute("PREPARE p(bi_query) AS "
                  "SELECT count(*) FROM docs WHERE tsv @~ $1")
    with small.transaction():
        assert small.execute("EXECUTE p('beta')").fetchone() == (600,)
        assert calls(small, "bi_match") == 0
        assert small.execute("EXECUTE p('\"beta gamma\"')").fetchone() == \
            (300,)
        assert calls(small, "bi_match") == 600


def test_join_with_a_table_of_queries(small):
    small.execute("SET enable_seqscan = off")
    sql = "SELECT s.n, d.id FROM saved s JOIN docs d ON d.tsv @~ s.q"
    nodes = explain(small, sql)
    assert index_condition(nodes) == "(tsv @@ bi_candidates(s.q))"
    joined = sorted(small.execute(sql).fetchall())
    naive = sorted(small.execute(
        "SELECT s.n, d.id FROM saved s, docs d "
        "WHERE bi_match(d.tsv, s.q)").fetchall())
    assert joined == naive and {n for n, _ in joined} == {1, 2, 3, 4, 6, 7, 8,
                                                          9}


def test_queries_against_one_document_are_not_rewritten(small):
    """No index can serve them, and candidates cost more than they save."""
    for vector in ("to_tsvector('bisearch', 'word1 word2')", "$1::tsvector"):
        small.execute("SET plan_cache_mode = force_generic_plan")
        small.execute(f"PREPARE p AS SELECT n FROM saved WHERE q ~@ {vector}")
        parameters = "('word1')" if "$" in vector else ""
        text = json.dumps(explain(small, "EXECUTE p" + parameters))
        assert "bi_candidates" not in text and "~@" in text
        small.execute("DEALLOCATE p")


def test_expression_index(small):
    small.execute("CREATE INDEX ON docs USING gin (bi_tsvector(NULL, body))")
    small.execute("SET enable_seqscan = off")
    expression = "bi_tsvector(NULL, body)"
    nodes = explain(small, f"SELECT id FROM docs WHERE {expression} "
                    "@~ 'word1 | word2'")
    assert index_condition(nodes).endswith(
        "@@ '''word1'' | ''word2'''::tsquery)")
    nodes = explain(small, f"SELECT id FROM docs WHERE '\"word1 word2\"'"
                    f"::bi_query ~@ {expression}")
    assert index_condition(nodes).endswith(
        "@@ '''word1'' & ''word2'''::tsquery)")


def test_partial_index(small):
    """Predicates are simplified without a query: to the same clause."""
    small.execute("CREATE INDEX docs_part ON docs (id) WHERE tsv @~ 'beta'")
    small.execute("CREATE INDEX docs_phrase ON docs (id) "
                  "WHERE tsv @~ '\"beta gamma\"'")
    small.execute("DROP INDEX docs_tsv; SET enable_seqscan = off")
    for query, index in (("beta", "docs_part"),
                         ('"beta gamma"', "docs_phrase")):
        nodes = explain(small, f"SELECT id FROM docs WHERE tsv @~ '{query}' "
                        "AND id < 100")
        assert index in json.dumps(nodes)


def test_volatile_vectors_are_evaluated_once(small):
    small.execute("SET plan_cache_mode = force_generic_plan")
    small.execute("PREPARE p(bi_query) AS SELECT id FROM docs WHERE "
                  "array_to_tsvector(ARRAY[random()::text, id::text]) "
                  "@~ $1")
    text = json.dumps(explain(small, "EXECUTE p('word1')"))
    assert text.count("random") == 1


def test_other_indexes(small):
    """GiST has the operator too; a btree has not."""
    small.execute("DROP INDEX docs_tsv; SET enable_seqscan = off")
    expected = list(range(10, 3001, 10))
    for method, used in (("btree", False), ("gist", True)):
        small.execute(f"CREATE INDEX docs_other ON docs USING {method} (tsv)")
        sql = "SELECT id FROM docs WHERE tsv @~ '\"beta gamma\"'"
        assert ("docs_other" in json.dumps(explain(small, sql))) == used
        assert ids(small, sql) == expected
        small.execute("DROP INDEX docs_other")


def test_partitions_are_rewritten_once(db):
    db.execute("""
        CREATE TEMP TABLE parts (id int, tsv tsvector) PARTITION BY RANGE (id);
        CREATE TEMP TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
        CREATE TEMP TABLE parts2 PARTITION OF parts
            FOR VALUES FROM (9) TO (99);
        INSERT INTO parts VALUES (1, 'a:1 b:2'), (10, 'a:1 b:2'), (11, 'a:1');
        CREATE INDEX ON parts USING gin (tsv);
        SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan;
        PREPARE p(bi_query) AS SELECT id FROM parts WHERE tsv @~ $1""")
    nodes = explain(db, "EXECUTE p('a')")
    scans = [n for n in nodes if n["Node Type"] == "Bitmap Heap Scan"]
    assert len(scans) == 2
    for scan in scans:
        assert json.dumps(scan).count("bi_match") == 1
    assert ids(db, "EXECUTE p('\"a b\"')") == [1, 10]
    assert ids(db, "EXECUTE p('a -b')") == [11]


@pytest.fixture
def guarded(db):
    """A partitioned table of which a reader sees some rows only."""
    db.execute("""
        DROP TABLE IF EXISTS guarded;
        DROP ROLE IF EXISTS bi_reader; CREATE ROLE bi_reader;
        CREATE TABLE guarded (id int, open bool, tsv tsvector)
            PARTITION BY RANGE (id);
        CREATE TABLE guarded1 PARTITION OF guarded
            FOR VALUES FROM (0) TO (10000);
        INSERT INTO guarded SELECT n, n % 2 = 0,
            ('word' || n % 7)::tsvector FROM generate_series(1, 2000) n;
        CREATE INDEX ON guarded USING gin (tsv);
        ANALYZE guarded;
        ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON guarded FOR SELECT TO bi_reader USING (open);
        GRANT SELECT ON guarded TO bi_reader""")
    db.execute("SET ROLE bi_reader")
    yield db
    db.execute("RESET ROLE")
    db.execute("DROP TABLE guarded")
    db.execute("DROP ROLE bi_reader")


def test_behind_a_row_policy_nothing_is_rewritten(guarded):
    """Core's estimate would show frequencies of hidden rows; the policy
    comes before our operator."""
    guarded.execute("SET plan_cache_mode = force_generic_plan")
    guarded.execute("PREPARE p(bi_query) AS "
                    "SELECT id FROM guarded WHERE tsv @~ $1")
    for sql in ("SELECT id FROM guarded WHERE tsv @~ 'word3'",
                "EXECUTE p('word3')",
                "SELECT (SELECT count(*) FROM (VALUES (1)) v(x) "
                "WHERE g.tsv @~ 'word3') FROM guarded g"):
        text = json.dumps(explain(guarded, sql))
        assert "@~" in text and "@@" not in text, sql
    rare, common = (
        explain(guarded, f"SELECT id FROM guarded WHERE tsv @~ '{word}'")
        [0]["Plan Rows"] for word in ("nowhere", "word3"))
    assert rare == common
    assert ids(guarded, "SELECT id FROM guarded WHERE tsv @~ 'word3'") == \
        [n for n in range(1, 2001) if n % 7 == 3 and n % 2 == 0]


def test_the_owner_of_a_policy_gets_the_index(guarded):
    guarded.execute("RESET ROLE")
    guarded.execute("SET enable_seqscan = off")
    text = json.dumps(explain(
        guarded, "SELECT id FROM guarded WHERE tsv @~ 'word3'"))
    assert "@@" in text


def test_the_estimate_of_a_generic_plan_is_that_of_its_index_half(small):
    small.execute("SET plan_cache_mode = force_generic_plan")
    small.execute("PREPARE p(bi_query) AS SELECT id FROM docs WHERE tsv @~ $1")
    small.execute("PREPARE c(tsquery) AS SELECT id FROM docs WHERE tsv @@ $1")
    assert explain(small, "EXECUTE p('beta')")[0]["Plan Rows"] == \
        explain(small, "EXECUTE c('beta')")[0]["Plan Rows"]


def test_calls_are_found_without_search_path(small):
    small.execute("SET plan_cache_mode = force_generic_plan")
    small.execute("CREATE FUNCTION pg_temp.bi_match(tsvector, bi_query) "
                  "RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT false'")
    small.execute("SET search_path = pg_temp")
    small.execute("PREPARE p AS SELECT id FROM docs "
                  "WHERE tsv OPERATOR(public.@~) '\"beta gamma\"'"
                  "::public.bi_query OR tsv OPERATOR(public.@~) $1")
    assert len(ids(small, "EXECUTE p('\"gamma beta\"')")) == 600
    small.execute("RESET search_path")


def test_a_query_is_prepared_once_and_not_per_row(db):
    """Reading a long query takes milliseconds, and rows are quick."""
    words = " OR ".join(["alpha"] + [f"w{i}" for i in range(30000)])
    db.execute("CREATE TEMP TABLE docs AS SELECT 'alpha:1'::tsvector AS tsv "
               "FROM generate_series(1, 4000)")
    db.execute("CREATE TEMP TABLE one AS SELECT tsv FROM docs LIMIT 1")
    db.execute("CREATE TEMP TABLE q AS SELECT %s::text::bi_query AS q",
               [words])
    db.execute("SET jit = off")

    def took(table):
        plan = []
        for _ in range(3):
            result, = db.execute(
                "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT count(*) "
                f"FROM {table} WHERE bi_match(tsv, (SELECT q FROM q))"
                ).fetchone()
            plan.append(result[0]["Execution Time"])
        return min(plan)

    assert took("docs") < 400 * took("one")


def test_large_queries(small):
    """An index is asked for 4,096 words at most, of which a balanced tree is
    made for core; with more words all rows are candidates."""
    for n in (4096, 4097, 60000):
        wide = " OR ".join(f"word{i}" for i in range(n))
        assert small.execute(
            "SELECT bi_is_exact(q), bi_candidates(q)::text LIKE '%%!%%' "
            "FROM to_bi_query(%s) AS q", [wide]).fetchone() == (
                n <= 4096, n > 4096)
        expected = small.execute("SELECT count(*) FROM docs WHERE "
                                 "bi_match(tsv, to_bi_query(%s)) "
                                 "AND id < 100", [wide]).fetchone()
        assert expected == (99,)
        for setting in ("enable_seqscan", "enable_bitmapscan"):
            small.execute(f"SET {setting} = off")
            for search in ("to_bi_query(%s)", "(SELECT to_bi_query(%s))"):
                assert small.execute(
                    f"SELECT count(*) FROM docs WHERE tsv @~ {search} "
                    "AND id < 100", [wide]).fetchone() == expected
            small.execute(f"RESET {setting}")

    wide = " OR ".join(f"word{i}" for i in range(11, 1000))
    deep = "word1 & (word2 | " * 400 + "word3" + ")" * 400
    small.execute("SET enable_seqscan = off")
    for query in (wide, deep):
        expected = ids(small, "SELECT id FROM docs WHERE "
                       "bi_match(tsv, to_bi_query(%s))", [query])
        assert ids(small, "SELECT id FROM docs WHERE "
                   "tsv @~ to_bi_query(%s)", [query]) == expected


def test_what_a_tsquery_cannot_hold(small):
    """More than 1 MB of lexemes: everything is a candidate.  The Roman
    number is 3 bytes as typed and 4 as folded."""
    for n, everything in ((60, False), (80, True)):
        words = " ".join("\u2167" * n + "%03x" % i for i in range(4090))
        small.execute("CREATE TEMP TABLE q AS "
                      "SELECT phraseto_bi_query(%s) AS q", [words])
        assert small.execute(
            "SELECT bi_is_exact(q), bi_candidates(q)::text LIKE '%%!%%' "
            "FROM q").fetchone() == (False, everything)
        assert small.execute(
            "SELECT count(*) FROM docs, q WHERE tsv @@ bi_candidates(q) "
            "AND id < 100").fetchone() == (99 if everything else 0,)
        small.execute("DROP TABLE q")


def test_an_or_of_two_searches(small):
    small.execute("SET enable_seqscan = off")
    nodes = explain(small, "SELECT id FROM docs WHERE tsv @~ 'word1' "
                    "OR tsv @~ '\"beta gamma\"'")
    assert len([n for n in nodes
                if n["Node Type"] == "Bitmap Index Scan"]) == 2


def test_reuters_through_the_index_and_without(reuters):
    for query in ("bank & rate", '"interest rates"', "oil -price",
                  "bank NEAR/5 (rate | rates)", "title:bank", "econom* /s growth",
                  "dollar NOT NEAR/10 yen", "ATLEAST5(trade)"):
        expected = ids(reuters, "SELECT id FROM articles WHERE "
                       "bi_match(tsv, %s)", [query])
        reuters.execute("SET enable_seqscan = off")
        assert ids(reuters, f"SELECT id FROM articles WHERE tsv @~ '{query}'"
                   ) == expected
        assert expected
        nodes = explain(reuters,
                        f"SELECT id FROM articles WHERE tsv @~ '{query}'")
        assert one(nodes, "Bitmap Index Scan")
        reuters.execute("RESET enable_seqscan")
