"""A search that comes as a parameter is parsed once, not once a row."""
import psycopg
import pytest


@pytest.fixture
def counted(db):
    """How many words a statement had the configuration analyse."""
    db.execute("CREATE TEMP TABLE docs AS SELECT i, "
               "to_tsvector('simple', 'word' || i % 10) AS tsv "
               "FROM generate_series(1, 2000) AS i")
    yield db
    db.execute("DROP TABLE docs")


def elapsed(db, statement, *args):
    row = db.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement,
                     args).fetchone()[0]
    return row[0]["Execution Time"]


# 3,000 words take far longer to parse than to look for in a row
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
    few = elapsed(counted, f"EXECUTE one({query})")
    many = elapsed(counted, f"EXECUTE p({query})")
    counted.execute("DEALLOCATE p")
    counted.execute("DEALLOCATE one")
    counted.execute("RESET plan_cache_mode")
    # 2,000 parses would take 2,000 times as long
    assert many < 200 * few + 100


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
