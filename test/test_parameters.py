"""A search that comes as a parameter, from a variable or from another table
uses the index, and is read once, not once a row."""
import json

import psycopg
import pytest

from clock import work
from test_plans import explain


@pytest.fixture
def counted(db):
    """How many words a statement had the configuration analyse."""
    db.execute("CREATE TEMP TABLE docs AS SELECT i, "
               "to_tsvector('simple', 'word' || i % 10) AS tsv "
               "FROM generate_series(1, 2000) AS i")
    yield db
    db.execute("DROP TABLE docs")


# 3,000 words take far longer to parse than to search for in a row
LONG = " OR ".join(f"word{i}" for i in range(3000))


@pytest.mark.parametrize("search", [
    "$1::text::bi_query", "to_bi_query($1)", "websearch_to_bi_query($1)",
    "to_bi_query('simple', $1)", "plainto_bi_query($1)"])
def test_parsed_once(counted, search):
    counted.execute("SET plan_cache_mode = force_generic_plan")
    counted.execute("PREPARE p(text) AS SELECT count(*) FROM docs "
                    f"WHERE tsv @~ {search}")
    counted.execute("PREPARE one(text) AS SELECT count(*) FROM "
                    f"(SELECT * FROM docs LIMIT 1) AS d WHERE tsv @~ {search}")
    query = "'" + LONG + "'"
    few = work(counted, f"EXECUTE one({query})")
    many = work(counted, f"EXECUTE p({query})")
    counted.execute("DEALLOCATE p")
    counted.execute("DEALLOCATE one")
    counted.execute("RESET plan_cache_mode")
    # 2,000 parses would take 2,000 times as long
    assert many < 200 * few + 0.1


def test_a_new_text_is_parsed_anew(db):
    rows = db.execute(
        "SELECT t, t::bi_query::text, to_bi_query(t)::text "
        "FROM unnest(ARRAY['a b', 'a b', 'b a', '\"a b\"', '', 'a b']) AS t"
    ).fetchall()
    assert [row[1] for row in rows] == [
        "a & b", "a & b", "b & a", '"a b"', "", "a & b"]
    assert all(row[1] == row[2] for row in rows)


def test_results_outlive_the_next_call(db):
    """COPY and sorts keep the results of many calls."""
    db.execute("CREATE TEMP TABLE saved (i int, q bi_query)")
    with db.cursor().copy("COPY saved FROM STDIN") as copy:
        for i in range(3000):
            copy.write_row((i, f"word{i} & other{i % 7}"))
    assert db.execute("SELECT count(*) FROM saved WHERE q::text = "
                      "'word' || i || ' & other' || i % 7"
                      ).fetchone()[0] == 3000
    db.execute("DROP TABLE saved")


def test_config_is_part_of_the_key(db):
    rows = db.execute(
        "SELECT to_bi_query(c, 'raining')::text FROM unnest("
        "ARRAY['english', 'simple', 'english']::regconfig[]) AS c").fetchall()
    assert [row[0] for row in rows] == [
        "{english} raining", "{simple} raining", "{english} raining"]


def test_a_changed_configuration_is_seen(db):
    """In the middle of a transaction, as core's to_tsquery sees it."""
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH CONFIGURATION c1 (COPY = simple)")
        db.execute("CREATE TEMP TABLE seen (ours text, core text)")
        db.execute("""
            DO $$ DECLARE t text := 'running'; BEGIN
            FOR i IN 1..3 LOOP
                IF i = 2 THEN
                    ALTER TEXT SEARCH CONFIGURATION c1
                        ALTER MAPPING FOR asciiword WITH english_stem;
                END IF;
                INSERT INTO seen VALUES ((bi_words(to_bi_query('c1', t)))[1],
                                         to_tsquery('c1', t));
            END LOOP; END $$""")
        assert db.execute("SELECT ours FROM seen").fetchall() == [
            ("running",), ("run",), ("run",)]
        assert db.execute("SELECT bool_and(core = quote_literal(ours)) "
                          "FROM seen").fetchone()[0]


def test_search_path_is_asked_each_time(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE SCHEMA s1; CREATE SCHEMA s2")
        for schema in ("s1", "s2"):
            db.execute(f"CREATE TEXT SEARCH CONFIGURATION {schema}.cc "
                       "(COPY = simple)")
        rows = db.execute("""
            SELECT set_config('search_path', p || ',public', true),
                   ('{cc} running' || left(p, 0))::bi_query::text
            FROM (VALUES ('s1'), ('s2')) AS v(p)""").fetchall()
    assert [row[1] for row in rows] == ["{s1.cc} running", "{s2.cc} running"]


def test_a_dropped_configuration_is_a_clean_error(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH CONFIGURATION zz (COPY = bisearch)")
        db.execute("CREATE TEMP TABLE k AS SELECT to_bi_query('zz', 'a') AS q")
        db.execute("""
            CREATE FUNCTION pg_temp.g() RETURNS bool LANGUAGE plpgsql AS $$
            DECLARE x bi_query;
            BEGIN SELECT q INTO x FROM k; RETURN 'a' @~ x; END $$""")
        assert db.execute("SELECT pg_temp.g()").fetchone()[0]
        db.execute("DROP TEXT SEARCH CONFIGURATION zz")
        with pytest.raises(psycopg.errors.UndefinedObject):
            db.execute("SELECT pg_temp.g()")


# A dictionary whose calls PostgreSQL counts tells how often words of searches
# are analysed: calls of a function that has a setting of its own go through
# the function manager, which keeps the numbers for functions in C.

COUNTING = """
    CREATE FUNCTION counting_lexize(internal, internal, internal, internal)
        RETURNS internal AS '$libdir/dict_snowball', 'dsnowball_lexize'
        LANGUAGE C STRICT PARALLEL SAFE SET work_mem = '4MB';
    CREATE TEXT SEARCH TEMPLATE counting
        (INIT = dsnowball_init, LEXIZE = counting_lexize);
    CREATE TEXT SEARCH DICTIONARY counting
        (TEMPLATE = counting, LANGUAGE = english);
    CREATE TEXT SEARCH CONFIGURATION counting (COPY = simple);
    ALTER TEXT SEARCH CONFIGURATION counting
        ALTER MAPPING FOR asciiword, numword WITH counting;
    CREATE TABLE docs AS SELECT n AS id, to_tsvector('simple', 'word' ||
        n % 100 || CASE WHEN n % 5 = 0 THEN ' beta gamma' ELSE '' END) AS tsv
        FROM generate_series(1, 3000) AS n;
    CREATE INDEX docs_tsv ON docs USING gin (tsv);
    CREATE TABLE saved (n int, q bi_query, t text);
    INSERT INTO saved SELECT n, t::bi_query, t FROM (VALUES
        (1, '{counting} word1'), (2, '{counting} "beta gamma" -word5'),
        (3, '{counting} word3 | word4'), (4, '{counting} gamma beta'))
        AS v(n, t)"""
PHRASE = '{counting} "beta gamma"'
FOUND = list(range(5, 3001, 5))
CALLS = ["$1::text::bi_query", "to_bi_query($1)", "websearch_to_bi_query($1)",
         "to_bi_query('counting', ltrim($1, '{counting}'))",
         "websearch_to_bi_query('counting', ltrim($1, '{counting}'))"]
# each place where a plan has the call may read the search once, and so may
# each estimate
PLACES = 6


@pytest.fixture(scope="module")
def parameters_database(server):
    server.create_database("parameters")
    with server.connect("parameters") as con:
        con.execute(COUNTING)
        con.execute("VACUUM ANALYZE docs")
        con.execute("ANALYZE saved")
    yield "parameters"
    server.drop_database("parameters")


@pytest.fixture
def con(server, parameters_database):
    """A session whose plans use the index wherever they can."""
    with server.connect(parameters_database) as con:
        con.execute("SET enable_seqscan = off; SET track_functions = 'all'; "
                    "SET jit = off")
        yield con


def told(con):
    """Words analysed, and scans of the index, in this transaction."""
    return con.execute(
        "SELECT coalesce(pg_stat_get_xact_function_calls("
        "'counting_lexize'::regproc), 0), "
        "pg_stat_get_xact_numscans('docs_tsv'::regclass)").fetchone()


def measured(con, sql, parameters=None):
    """The rows of a statement, and what it alone did of what told() tells;
    one column's values are a list."""
    with con.transaction():
        before = told(con)
        cursor = con.execute(sql, parameters)
        rows = cursor.fetchall()
        if len(cursor.description) == 1:
            rows = [value for value, in rows]
        after = told(con)
    return rows, after[0] - before[0], after[1] - before[1]


def scans_of_index(nodes):
    return [node for node in nodes if node.get("Index Name") == "docs_tsv"]


@pytest.mark.parametrize("mode", ["custom", "generic"])
@pytest.mark.parametrize("call", CALLS)
def test_text_parameter_uses_the_index_and_is_read_once(con, call, mode):
    con.execute(f"SET plan_cache_mode = force_{mode}_plan")
    con.execute("PREPARE p(text) AS SELECT id FROM docs "
                f"WHERE tsv @~ {call} ORDER BY id")
    execute = f"EXECUTE p('{PHRASE}')"
    assert scans_of_index(explain(con, execute))
    rows, words, scans = measured(con, execute)
    assert rows == FOUND and scans == 1
    assert 0 < words <= 2 * PLACES
    # and without the index, of 3,000 rows
    con.execute("SET enable_seqscan = on; SET enable_bitmapscan = off")
    con.execute("DEALLOCATE p; PREPARE p(text) AS SELECT id FROM docs "
                f"WHERE tsv @~ {call} ORDER BY id")
    rows, words, scans = measured(con, execute)
    assert rows == FOUND and scans == 0
    assert 0 < words <= 2 * PLACES


@pytest.mark.parametrize("mode", ["custom", "generic"])
def test_parameter_of_inferred_type(con, mode):
    con.execute(f"SET plan_cache_mode = force_{mode}_plan")
    con.execute("PREPARE p AS SELECT id FROM docs WHERE tsv @~ $1 "
                "ORDER BY id")
    for search, expected in (("word1 | word2", 60), (PHRASE, 600),
                             ("word5 -beta", 0)):
        assert scans_of_index(explain(con, f"EXECUTE p('{search}')"))
        rows, words, scans = measured(con, f"EXECUTE p('{search}')")
        assert len(rows) == expected and scans == 1 and words <= 2


def test_plan_cache_goes_from_custom_to_generic(con):
    con.execute("PREPARE p AS SELECT count(*) FROM docs WHERE tsv @~ $1")
    for n in range(20):
        assert measured(con, f"EXECUTE p('word{n}')") == ([30], 0, 1)
    assert con.execute("SELECT generic_plans > 0, custom_plans >= 5 "
                       "FROM pg_prepared_statements WHERE name = 'p'"
                       ).fetchone() == \
        (True, True)


@pytest.mark.parametrize("call", ["$1::bi_query"] + CALLS)
def test_parallel_workers(con, call):
    """Each worker reads the search once."""
    con.execute("SET enable_seqscan = on; SET enable_bitmapscan = off; "
                "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
                "SET min_parallel_table_scan_size = 0; "
                "SET max_parallel_workers_per_gather = 2; "
                "SET plan_cache_mode = force_generic_plan")
    con.execute(f"PREPARE p(text) AS SELECT count(*) FROM docs "
                f"WHERE tsv @~ {call}")

    def words():
        con.execute("SELECT pg_stat_force_next_flush()")
        con.execute("SELECT pg_stat_clear_snapshot()")
        return con.execute("SELECT coalesce(pg_stat_get_function_calls("
                           "'counting_lexize'::regproc), 0)").fetchone()[0]

    before = words()
    nodes = explain(con, f"EXECUTE p('{PHRASE}')", analyze=True)
    gather = [node for node in nodes if node["Node Type"] == "Gather"]
    assert gather and gather[0]["Workers Launched"] > 0
    assert 0 < words() - before <= 2 * PLACES * 3
    assert con.execute(f"EXECUTE p('{PHRASE}')").fetchone() == (600,)


def test_parallel_workers_with_the_index(con):
    con.execute("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
                "SET cpu_operator_cost = 1; "
                "SET min_parallel_table_scan_size = 0; "
                "SET max_parallel_workers_per_gather = 2; "
                "SET plan_cache_mode = force_generic_plan")
    con.execute("PREPARE p AS SELECT count(*) FROM docs WHERE tsv @~ $1")
    nodes = explain(con, f"EXECUTE p('{PHRASE}')", analyze=True)
    assert scans_of_index(nodes)
    heap, = (n for n in nodes if n["Node Type"] == "Bitmap Heap Scan")
    assert heap["Parallel Aware"]
    assert con.execute(f"EXECUTE p('{PHRASE}')").fetchone() == (600,)


# PL/pgSQL

def plpgsql(con, declare, body, argument="text"):
    con.execute(f"CREATE OR REPLACE FUNCTION pg_temp.f(arg {argument}) "
                "RETURNS SETOF int LANGUAGE plpgsql AS "
                f"$f$ DECLARE {declare} BEGIN {body} END $f$")
    return "SELECT pg_temp.f(%s)"


@pytest.mark.parametrize("mode", ["custom", "generic"])
@pytest.mark.parametrize("declare, condition", [
    ("q bi_query := arg;", "tsv @~ q"),
    ("q text := arg;", "tsv @~ q::bi_query"),
    ("q text := arg;", "tsv @~ to_bi_query(q)"),
    ("", "tsv @~ websearch_to_bi_query(arg)"),
    ("r record;", "tsv @~ (SELECT arg::bi_query)"),
])
def test_plpgsql_variables(con, mode, declare, condition):
    con.execute(f"SET plan_cache_mode = force_{mode}_plan")
    call = plpgsql(con, declare, "RETURN QUERY SELECT id FROM docs "
                   f"WHERE {condition} ORDER BY id;")
    rows, words, scans = measured(con, call, [PHRASE])
    assert rows == FOUND and scans == 1
    assert 0 < words <= 2 * PLACES


def test_plpgsql_argument(con):
    call = plpgsql(con, "", "RETURN QUERY SELECT id FROM docs "
                   "WHERE tsv @~ arg ORDER BY id;", "bi_query")
    for _ in range(7):
        rows, words, scans = measured(con, call, [PHRASE])
        assert rows == FOUND and scans == 1 and 0 < words <= 2


@pytest.mark.parametrize("declare, condition", [
    ("q bi_query := arg;", "tsv @~ $1"),
    ("q text := arg;", "tsv @~ $1::bi_query"),
    ("q text := arg;", "tsv @~ websearch_to_bi_query($1)"),
])
def test_plpgsql_dynamic_statements(con, declare, condition):
    call = plpgsql(con, declare, "RETURN QUERY EXECUTE 'SELECT id FROM docs "
                   f"WHERE {condition} ORDER BY id' USING q;")
    rows, words, scans = measured(con, call, [PHRASE])
    assert rows == FOUND and scans == 1
    assert 0 < words <= 2 * PLACES


@pytest.mark.parametrize("column, condition, limit", [
    ("q", "tsv @~ s.q", 0),
    ("t", "tsv @~ s.t::bi_query", 8 * PLACES),
    ("t", "tsv @~ to_bi_query(s.t)", 8 * PLACES)])
def test_plpgsql_loop_over_saved_searches(con, column, condition, limit):
    """More runs than custom plans are made for."""
    call = plpgsql(con, "s record;", f"""
        FOR i IN 1..3 LOOP
            FOR s IN SELECT n, {column} FROM saved ORDER BY n LOOP
                RETURN QUERY SELECT count(*)::int FROM docs WHERE {condition};
            END LOOP;
        END LOOP;""", "int")
    rows, words, scans = measured(con, call, [0])
    assert rows == [30, 570, 60, 600] * 3 and scans == 12
    assert words <= 3 * limit


def test_plpgsql_cursor(con):
    """A cursor with a parameter, opened twice, moved and read in steps."""
    call = plpgsql(con, """c CURSOR (search bi_query) FOR SELECT id FROM docs
        WHERE tsv @~ search ORDER BY id; found int;""", """
        FOR i IN 1..2 LOOP
            OPEN c(arg::bi_query);
            MOVE FORWARD 9 FROM c;
            FOR j IN 1..3 LOOP
                FETCH c INTO found;
                RETURN NEXT found;
            END LOOP;
            CLOSE c;
        END LOOP;
        FOR r IN c(arg::bi_query) LOOP
            found := r.id;
        END LOOP;
        RETURN NEXT found;""")
    rows, words, scans = measured(con, call, [PHRASE])
    assert rows == [50, 55, 60] * 2 + [3000] and scans == 3
    assert 0 < words <= 3 * 2


def test_cursor(con):
    """Read in portions, backwards, and held past its transaction."""
    with con.transaction():
        con.execute("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT id "
                    "FROM docs WHERE tsv @~ %s::text::bi_query ORDER BY id",
                    [PHRASE])
        rows, words, scans = measured(con, "FETCH 100 FROM c")
        assert rows == FOUND[:100] and scans == 1
        assert 0 < words <= 2 * PLACES
        assert measured(con, "FETCH BACKWARD 50 FROM c")[0] == \
            FOUND[98:48:-1]
    assert measured(con, "FETCH ALL FROM c")[0] == FOUND[50:]
    con.execute("CLOSE c")


# Functions in SQL

@pytest.mark.parametrize("inlined", [True, False])
@pytest.mark.parametrize("argument, condition", [
    ("bi_query", "tsv @~ arg"), ("text", "tsv @~ arg::bi_query"),
    ("text", "tsv @~ websearch_to_bi_query(arg)")])
def test_sql_functions(con, argument, condition, inlined):
    con.execute(f"""
        CREATE FUNCTION pg_temp.find(arg {argument}) RETURNS SETOF int
        LANGUAGE sql {'STABLE' if inlined else 'VOLATILE'} AS
        $f$ SELECT id FROM docs WHERE {condition} ORDER BY id $f$""")
    sql = f"SELECT * FROM pg_temp.find('{PHRASE}') AS id"
    nodes = explain(con, sql)
    assert bool(scans_of_index(nodes)) == inlined
    assert ("Function Scan" in json.dumps(nodes)) != inlined
    rows, words, scans = measured(con, sql)
    assert rows == FOUND and scans == 1
    assert 0 < words <= 2 * PLACES
    # for each of a table's searches
    rows, words, scans = measured(
        con, "SELECT s.n, count(*) FROM saved AS s, "
        f"pg_temp.find(s.{'q' if argument == 'bi_query' else 't'}) "
        "GROUP BY 1 ORDER BY 1")
    assert rows == [(1, 30), (2, 570), (3, 60), (4, 600)] and scans == 4
    assert words <= 8 * PLACES


def test_sql_function_as_a_condition(con):
    con.execute("CREATE FUNCTION pg_temp.hits(tsvector, text) RETURNS bool "
                "LANGUAGE sql IMMUTABLE AS "
                "'SELECT $1 @~ websearch_to_bi_query($2)'")
    sql = f"SELECT id FROM docs WHERE pg_temp.hits(tsv, '{PHRASE}')"
    assert scans_of_index(explain(con, sql))
    rows, words, scans = measured(con, sql)
    assert sorted(rows) == FOUND and scans == 1 and words <= 2 * PLACES


# Joins

NUMBERS = [(1, 30), (2, 570), (3, 60), (4, 600)]


@pytest.mark.parametrize("order, scans", [("saved LEFT JOIN docs", 4),
                                          ("docs LEFT JOIN saved", 0)])
@pytest.mark.parametrize("condition", ["tsv @~ q", "q ~@ tsv"])
def test_join_in_both_orders(con, order, scans, condition):
    """An outer join has its order; the second can use no index."""
    rows, words, done = measured(
        con, f"SELECT n, count(*) FROM {order} ON {condition} GROUP BY n")
    numbers = sorted(row for row in rows if row[0])
    assert (numbers, words, done) == (NUMBERS, 0, scans)


@pytest.mark.parametrize("tables", ["saved, docs", "docs, saved"])
def test_join_uses_the_index(con, tables):
    """However it is written."""
    sql = f"SELECT n, count(*) FROM {tables} WHERE tsv @~ q " \
        "GROUP BY n ORDER BY n"
    assert measured(con, sql) == (NUMBERS, 0, 4)


@pytest.mark.parametrize("call", ["t::bi_query", "to_bi_query(t)",
                                  "websearch_to_bi_query(t)"])
def test_join_with_a_table_of_texts(con, call):
    sql = f"SELECT n, count(*) FROM saved JOIN docs ON tsv @~ {call} " \
        "GROUP BY n ORDER BY n"
    rows, words, scans = measured(con, sql)
    assert rows == NUMBERS and scans == 4
    assert words <= 8 * PLACES


@pytest.mark.parametrize("lateral", [
    "SELECT id FROM docs WHERE tsv @~ s.q",
    "SELECT id FROM docs WHERE tsv @~ s.t::bi_query",
    "SELECT id FROM docs WHERE tsv @~ to_bi_query(s.t)",
    "SELECT id FROM to_bi_query(s.t) AS p JOIN docs ON tsv @~ p",
    "SELECT id FROM (SELECT to_bi_query(s.t) AS p) AS p, docs "
    "WHERE tsv @~ p"])
def test_lateral(con, lateral):
    sql = f"SELECT n, id FROM saved AS s, LATERAL ({lateral} " \
        "ORDER BY id LIMIT 2) AS d ORDER BY n, id"
    rows, words, scans = measured(con, sql)
    assert rows == [(1, 1), (1, 101), (2, 10), (2, 15), (3, 3), (3, 4),
                    (4, 5), (4, 10)]
    assert scans == 4 and words <= 8 * PLACES


def test_alerts(con):
    """The searches that new articles wake, and the articles of any search."""
    rows, words, scans = measured(
        con, "SELECT n FROM saved WHERE EXISTS (SELECT FROM docs "
        "WHERE tsv @~ q AND id BETWEEN 2996 AND 3000) ORDER BY n")
    assert (rows, words) == ([2, 4], 0) and scans > 0
    rows, words, scans = measured(
        con, "SELECT count(*) FROM docs "
        "WHERE EXISTS (SELECT FROM saved WHERE q ~@ tsv)")
    assert (rows, words, scans) == ([690], 0, 0)
    rows, words, _ = measured(
        con, "SELECT n FROM saved "
        "WHERE q ~@ to_tsvector('simple', %s) ORDER BY n", ["word4 x"])
    assert (rows, words) == ([3], 0)


def test_alerts_of_a_trigger(con):
    """As each article arrives."""
    with con.transaction(force_rollback=True):
        con.execute("""
            CREATE TEMP TABLE woken (n int, id int);
            CREATE FUNCTION pg_temp.wake() RETURNS trigger LANGUAGE plpgsql
            AS $f$ BEGIN
                INSERT INTO woken SELECT n, NEW.id FROM saved
                    WHERE q ~@ NEW.tsv;
                RETURN NULL;
            END $f$;
            CREATE TRIGGER wake AFTER INSERT ON docs
                FOR EACH ROW EXECUTE FUNCTION pg_temp.wake();
            INSERT INTO docs VALUES (4001, 'word1:1 word5:2'),
                (4002, 'beta:1 gamma:2'), (4003, 'beta:1 gamma:2 word5:3')""")
        assert con.execute("SELECT n, id FROM woken ORDER BY id, n"
                           ).fetchall() == [(1, 4001), (2, 4002), (4, 4002),
                                            (4, 4003)]
        assert told(con)[0] == 0


# What stock GIN cannot serve, and the ways round that README shows

MANY = "{word1,word3 | word4,\"\\\"beta gamma\\\" word5\"}"


def test_any_of_an_array(con):
    """ANY uses no index; a join with its elements does."""
    con.execute("SET plan_cache_mode = force_generic_plan")
    con.execute("PREPARE p AS SELECT id FROM docs "
                "WHERE tsv @~ ANY ($1) ORDER BY id")
    con.execute("PREPARE j(bi_query[]) AS SELECT DISTINCT id "
                "FROM unnest($1) AS q JOIN docs ON tsv @~ q ORDER BY id")
    expected = [n for n in range(1, 3001) if n % 100 in (1, 3, 4, 5)]
    assert measured(con, f"EXECUTE p('{MANY}')") == (expected, 0, 0)
    assert measured(con, f"EXECUTE j('{MANY}')") == (expected, 0, 3)


@pytest.fixture
def policy(con):
    """A table of which each of ten teams sees its own rows, seen as a reader
    of one of them; all undone afterwards."""
    with con.transaction(force_rollback=True):
        con.execute("""
            CREATE ROLE bi_team_reader;
            CREATE TABLE teams AS
                SELECT id, 'team' || id % 10 AS team, tsv FROM docs;
            CREATE INDEX teams_tsv ON teams USING gin (tsv);
            ANALYZE teams;
            ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON teams
                USING (team = current_setting('app.team', true));
            CREATE FUNCTION search_teams(search bi_query) RETURNS SETOF teams
                LANGUAGE sql STABLE SECURITY DEFINER
                SET search_path = public, pg_temp
                AS $$ SELECT * FROM teams
                      WHERE tsv @@ bi_candidates(search) AND
                          CASE WHEN team = current_setting('app.team', true)
                          THEN bi_match(tsv, search) END $$;
            GRANT SELECT ON teams TO bi_team_reader""")
        con.execute("SET LOCAL ROLE bi_team_reader")
        con.execute("SET LOCAL app.team = 'team5'")
        yield con


def scans_of_teams(con):
    return con.execute("SELECT pg_stat_get_xact_numscans("
                       "'teams_tsv'::regclass)").fetchone()[0]


SEARCH_TEAMS = "SELECT id FROM {} ORDER BY id"


def test_policy_without_help(policy):
    """Right, but without the text index."""
    nodes = explain(policy, "SELECT id FROM teams WHERE tsv @~ 'word15'")
    assert nodes[0]["Node Type"] == "Seq Scan"
    assert len(policy.execute("SELECT id FROM teams "
                              "WHERE tsv @~ 'word15'").fetchall()) == 30


def test_policy_with_an_index_on_its_column(policy):
    """Only rows that the policy lets through are read."""
    policy.execute("RESET ROLE")
    policy.execute("CREATE INDEX teams_team ON teams (team)")
    policy.execute("SET LOCAL ROLE bi_team_reader")
    nodes = explain(policy, "SELECT id FROM teams WHERE tsv @~ 'word15'",
                    analyze=True)
    assert [n["Index Name"] for n in nodes if "Index Name" in n] == \
        ["teams_team"]
    assert nodes[0]["Rows Removed by Filter"] == 270


def test_policy_with_a_function_of_the_owner(policy):
    """The text index serves, and other teams' rows stay hidden."""
    for team, search, found in (
            ("team5", "word15", 30), ("team5", "beta", 300),
            ("team5", '"beta gamma" -word5', 270), ("team1", "word15", 0),
            ("team1", "word11 | word15", 30), ("", "beta", 0)):
        policy.execute("SELECT set_config('app.team', %s, true)", [team])
        before = scans_of_teams(policy)
        rows = policy.execute(SEARCH_TEAMS.format("search_teams(%s)"),
                              [search]).fetchall()
        assert scans_of_teams(policy) == before + 1
        assert len(rows) == found
        assert rows == policy.execute(
            SEARCH_TEAMS.format("teams WHERE tsv @~ %s"), [search]).fetchall()


def test_policy_and_errors_of_the_search(policy):
    """An article that a search cannot be tried on tells of itself only to
    those who may see it."""
    policy.execute("RESET ROLE")
    policy.execute("INSERT INTO teams SELECT 0, 'team1', to_tsvector('simple',"
                   " string_agg(format('flood%s loss%s', n, n), ' ')) "
                   "FROM generate_series(1, 8000) AS n")
    policy.execute("SET LOCAL ROLE bi_team_reader")
    pair = "(flood* NEAR/1000 loss*)"
    search = [f"{pair} NEAR/3 {pair}"]
    for way in ("teams WHERE tsv @~ %s", "search_teams(%s)"):
        assert policy.execute(SEARCH_TEAMS.format(way), search
                              ).fetchall() == []
    policy.execute("SET LOCAL app.team = 'team1'")
    with pytest.raises(psycopg.Error) as raised, policy.transaction():
        policy.execute(SEARCH_TEAMS.format("search_teams(%s)"), search)
    assert raised.value.sqlstate == "54000"


@pytest.mark.parametrize("sql", [
    "SELECT s.q, count(*) FROM saved AS s JOIN articles ON tsv @~ s.q "
    "GROUP BY s.q",
    "SELECT id FROM saved AS s, LATERAL (SELECT id FROM articles "
    "WHERE tsv @~ s.q ORDER BY pub_date DESC LIMIT 3) AS a",
    "SELECT q FROM saved WHERE EXISTS (SELECT FROM articles "
    "WHERE tsv @~ q AND topic = 'x')",
    "SELECT id FROM unnest(ARRAY['bank', 'oil -price']::bi_query[]) AS s "
    "JOIN articles ON tsv @~ s",
    "EXECUTE p('bank & rate')", "EXECUTE t('bank & rate')"])
def test_planner_chooses_the_index(reuters, sql):
    """Left to itself, with 15,000 articles."""
    con = reuters
    con.execute("SET plan_cache_mode = force_generic_plan; "
                "PREPARE p AS SELECT id FROM articles WHERE tsv @~ $1; "
                "PREPARE t(text) AS SELECT id FROM articles "
                "WHERE tsv @~ to_bi_query($1); "
                "CREATE TEMP TABLE saved (q bi_query); "
                "INSERT INTO saved VALUES ('bank & rate'), ('\"interest "
                "rates\"'), ('oil NEAR/3 price -gulf'); ANALYZE saved")
    nodes = explain(con, sql)
    assert [n for n in nodes if n.get("Index Name") == "articles_tsv"], nodes
