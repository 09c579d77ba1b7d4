"""Searches in views, materialized views and partitions, and under row
policies, security barriers and column grants.

What is hidden stays hidden: each test of that kind also lifts what hides,
and sees the very thing that it did not see before.
"""

import psycopg
import pytest

from test_plans import explain, ids

ROLE = "life_reader"


def one(con, sql):
    row, = con.execute(sql).fetchall()
    return row[0] if len(row) == 1 else row


@pytest.fixture
def here(db):
    """A transaction that is rolled back."""
    with db.transaction(force_rollback=True):
        yield db


@pytest.fixture
def articles(here):
    """Articles, and searches that some of them satisfy."""
    here.execute("""
        CREATE TABLE articles (id int PRIMARY KEY, day date, body text,
            tsv tsvector GENERATED ALWAYS AS (bi_tsvector(NULL, body)) STORED);
        CREATE INDEX articles_tsv ON articles USING gin (tsv);
        INSERT INTO articles (id, day, body)
            SELECT n, '2026-01-01'::date + n, 'word' || n % 300
                || CASE n % 3 WHEN 0 THEN ' heavy loss' WHEN 1 THEN
                    ' loss, heavy' ELSE ' spam' END
            FROM generate_series(1, 3000) n;
        CREATE TABLE saved (n int, q bi_query);
        INSERT INTO saved VALUES (1, 'word1'), (2, '"heavy loss"'),
            (3, 'spam -word2'), (4, 'word1'), (5, '');
        ANALYZE articles, saved""")
    return here


def scanned(con, sql):
    """Tables that the plan reads."""
    return [node["Relation Name"] for node in explain(con, sql)
            if "Relation Name" in node]


def plan(con, sql):
    """The plan as text, with an index wherever one can be used."""
    con.execute("SET LOCAL enable_seqscan = off")
    text = str(explain(con, sql))
    con.execute("SET LOCAL enable_seqscan = on")
    return text


# -- views ---------------------------------------------------------------

def test_views(articles):
    """Views on views, the index used through them, and CHECK OPTION."""
    articles.execute("""
        CREATE VIEW clean AS SELECT * FROM articles WHERE tsv @~ '-spam'
            WITH CHECK OPTION;
        CREATE VIEW heavy AS SELECT id, tsv FROM clean
            WHERE tsv @~ '"heavy loss"';
        CREATE VIEW alerts AS SELECT n, id FROM saved JOIN clean ON q ~@ tsv""")
    assert ids(articles, "SELECT id FROM clean") == \
        [n for n in range(1, 3001) if n % 3 != 2]
    sql = "SELECT id FROM heavy WHERE tsv @~ 'word3 | word6'"
    assert "articles_tsv" in plan(articles, sql)
    assert ids(articles, sql) == [n for n in range(3, 3001)
                                  if n % 300 in (3, 6)]
    assert "articles_tsv" in plan(articles, "SELECT * FROM alerts")
    assert one(articles, "SELECT count(*), count(DISTINCT n) FROM alerts") == \
        (10 + 1000 + 10, 3)
    articles.execute("INSERT INTO clean (id, body) VALUES (5000, 'loss')")
    with pytest.raises(psycopg.errors.WithCheckOptionViolation):
        articles.execute("INSERT INTO clean (id, body) VALUES (5001, 'SPAM')")


def test_materialized_views(articles):
    """Searches as the key of REFRESH CONCURRENTLY, which joins old and new
    rows by it."""
    articles.execute("""
        CREATE MATERIALIZED VIEW counted AS
            SELECT q, count(id) AS found, array_agg(DISTINCT q) AS same
            FROM saved LEFT JOIN articles ON tsv @~ q GROUP BY q;
        CREATE UNIQUE INDEX counted_q ON counted (q)""")

    def counted():
        return dict(articles.execute("SELECT q::text, found FROM counted"))

    assert counted() == {"word1": 20, '"heavy loss"': 1000,
                         "spam & !word2": 990, "": 0}
    articles.execute("""
        DELETE FROM saved WHERE q = 'Spam NOT Word2';
        UPDATE saved SET q = 'word4' WHERE n = 4;
        INSERT INTO saved VALUES (6, 'word0 PRE/2 loss'), (7, '{english} raining');
        INSERT INTO articles (id, body) VALUES (4000, 'word1');
        SET LOCAL search_path = ''""")
    articles.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY public.counted")
    articles.execute("SET LOCAL search_path = public")
    assert counted() == {"word1": 11, '"heavy loss"': 1000, "word4": 10,
                         "word0 PRE/2 loss": 10, "{english} raining": 0, "": 0}
    assert "counted_q" in plan(articles, "SELECT found FROM counted "
                               "WHERE q = 'WORD1'")


# -- partitions ----------------------------------------------------------

def test_partitions_by_day(articles):
    """One GIN index on the parent serves all partitions, those that come
    later and those that were tables; days prune before words do."""
    articles.execute("""
        CREATE TABLE archive (id int, day date, tsv tsvector)
            PARTITION BY RANGE (day);
        CREATE TABLE old PARTITION OF archive
            FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
        CREATE INDEX ON archive USING gin (tsv);
        CREATE TABLE new PARTITION OF archive
            FOR VALUES FROM ('2030-01-01') TO ('2033-01-01');
        CREATE TABLE last AS SELECT id, day, tsv FROM articles
            WHERE day >= '2033-01-01';
        ALTER TABLE archive ATTACH PARTITION last
            FOR VALUES FROM ('2033-01-01') TO (MAXVALUE);
        INSERT INTO archive SELECT id, day, tsv FROM articles
            WHERE day < '2033-01-01';
        ANALYZE archive""")
    assert one(articles, "SELECT count(*) FROM archive") == 3000
    for search in ("word7", '"heavy loss"', "word7 -spam", "spam word8"):
        sql = "SELECT id FROM {} WHERE tsv @~ '%s'" % search
        text = plan(articles, sql.format("archive"))
        for index in "old_tsv_idx", "new_tsv_idx", "last_tsv_idx":
            assert index in text
        assert ids(articles, sql.format("archive")) == \
            ids(articles, sql.format("articles")) != []
        sql += " AND day > '2033-02-01'"
        text = plan(articles, sql.format("archive"))
        assert "last_tsv_idx" in text and "old_tsv_idx" not in text
        assert ids(articles, sql.format("archive")) == \
            ids(articles, sql.format("articles"))
    # the newest, in order, without reading the older partitions
    articles.execute("CREATE INDEX ON archive (day)")
    sql = ("SELECT id FROM archive WHERE tsv @~ 'loss' "
           "ORDER BY day DESC LIMIT 5")
    assert [row[0] for row in articles.execute(sql)] == \
        [3000, 2998, 2997, 2995, 2994]


@pytest.mark.parametrize("key", ["HASH", "LIST", "RANGE"])
def test_partitions_by_search(articles, key):
    """A search as the key: rows go where their meaning belongs, however it
    was typed, and are found there alone."""
    bounds = {
        "HASH": ["WITH (MODULUS 2, REMAINDER 0)",
                 "WITH (MODULUS 2, REMAINDER 1)"],
        "LIST": ["IN ('hurricane & loss', NULL, '{english} rain')",
                 "IN ('flood', 'storm')"],
        "RANGE": ["FROM (MINVALUE) TO ('loss')",
                  "FROM ('loss') TO ('{english} rain')"]}[key]
    articles.execute(f"CREATE TABLE keyed (q bi_query, n int) "
                     f"PARTITION BY {key} (q)")
    for n, bound in enumerate(bounds):
        articles.execute(f"CREATE TABLE keyed{n} PARTITION OF keyed "
                         f"FOR VALUES {bound}")
    if key != "HASH":
        articles.execute("CREATE TABLE keyed2 PARTITION OF keyed DEFAULT")
    articles.execute("""
        ALTER TABLE keyed ADD UNIQUE (q, n);
        INSERT INTO keyed SELECT q, n FROM saved UNION ALL VALUES
            ('Hurricane AND Loss'::bi_query, 10), ('FLOOD', 11), (NULL, 12),
            ('“flood”', 13), ('{english} raining', 14), ('a NEAR/3 b', 15)""")
    where = {}
    for q, n, table in articles.execute(
            "SELECT q::text, n, tableoid::regclass::text FROM keyed"):
        where[n] = table
        # pruned to one partition, and found
        if q is not None:
            sql = f"SELECT n FROM keyed WHERE q = '{q}'::bi_query"
            assert scanned(articles, sql) == [table]
            assert n in ids(articles, sql)
            articles.execute("SET LOCAL plan_cache_mode = force_generic_plan;"
                             "PREPARE p(bi_query) AS "
                             "SELECT n FROM keyed WHERE q = $1")
            assert scanned(articles, f"EXECUTE p('{q}')") == [table]
            articles.execute("DEALLOCATE p")
    assert len(set(where.values())) == (2 if key == "HASH" else 3)
    assert where[11] == where[13] and where[1] == where[4]
    if key == "LIST":
        assert where[10] == where[12] == where[14] == "keyed0"
        assert where[11] == "keyed1" and where[15] == "keyed2"
    # an update that changes the meaning moves the row, no other does
    articles.execute("UPDATE keyed SET q = 'flood' WHERE n = 10; "
                     "UPDATE keyed SET q = '\"Flood\"' WHERE n = 11")
    assert one(articles, "SELECT array_agg(DISTINCT tableoid::regclass::text) "
               "FROM keyed WHERE q = 'flood'") == [where[11]]
    articles.execute("SET LOCAL enable_partitionwise_join = on; "
                     "SET LOCAL enable_partitionwise_aggregate = on")
    assert one(articles, "SELECT count(*) FROM keyed a JOIN keyed b USING (q)"
               ) == 3 * 3 + 2 * 2 + 5


# -- what is hidden ------------------------------------------------------

SECRET = "secret"

# ways to hide the articles of odd numbers from ROLE, with the table or view
# that it reads, and how to lift them
GUARDS = {
    "policy": ("guarded", "ALTER TABLE guarded DISABLE ROW LEVEL SECURITY"),
    "partitions": ("parted", "ALTER TABLE parted DISABLE ROW LEVEL SECURITY"),
    "policy behind a view": (
        "invoking", "ALTER TABLE guarded DISABLE ROW LEVEL SECURITY"),
    "barrier": ("barrier", "CREATE OR REPLACE VIEW barrier AS "
                "SELECT * FROM plain"),
    "barrier behind a view": (
        "on_barrier", "CREATE OR REPLACE VIEW barrier AS SELECT * FROM plain"),
}


@pytest.fixture
def hidden(here):
    """The articles, with each guard, and the role that reads them."""
    here.execute(f"CREATE ROLE {ROLE}")
    body = ("CASE WHEN n % 2 = 0 THEN 'open word' || n % 5 ELSE "
            "'secret plan' END || CASE n WHEN 7 THEN (SELECT "
            "string_agg(' aa' || m % 20 || ' bb' || m % 20, '') "
            "FROM generate_series(1, 3000) m) ELSE '' END")
    for table, partitioned in (("guarded", ""), ("plain", ""),
                               ("parted", "PARTITION BY RANGE (id)")):
        here.execute(f"""
            CREATE TABLE {table} (id int, open bool, body text,
                tsv tsvector) {partitioned}""")
        if partitioned:
            here.execute(f"CREATE TABLE {table}1 PARTITION OF {table} "
                         "FOR VALUES FROM (0) TO (100000)")
        here.execute(f"""
            INSERT INTO {table} SELECT n, n % 2 = 0, b, bi_tsvector(NULL, b)
                FROM generate_series(1, 2000) n, LATERAL (SELECT {body}) x(b);
            CREATE INDEX ON {table} USING gin (tsv);
            CREATE INDEX ON {table} (id) WHERE tsv @~ 'word1';
            CREATE INDEX ON {table} (id) WHERE tsv @~ '"open word1"';
            ANALYZE {table}""")
        if table != "plain":
            here.execute(f"""
                ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
                CREATE POLICY p ON {table} TO {ROLE} USING (open);
                GRANT ALL ON {table} TO {ROLE}""")
    here.execute(f"""
        CREATE VIEW invoking WITH (security_invoker) AS SELECT * FROM guarded;
        CREATE VIEW barrier WITH (security_barrier) AS
            SELECT * FROM plain WHERE open;
        CREATE VIEW on_barrier AS SELECT * FROM barrier;
        GRANT SELECT ON invoking, barrier, on_barrier TO {ROLE};
        CREATE TABLE searches AS SELECT 'secret'::bi_query AS q;
        ANALYZE searches;
        GRANT ALL ON searches TO {ROLE}""")
    return here


def seen_rows(con, table):
    """Through each way of asking; a set of numbers of found rows."""
    q = "'secret plan'"
    numbers = set()
    for clause in (f"tsv @~ {q}", f"{q}::bi_query ~@ tsv", f"body @~ {q}",
                   "tsv @~ '\"secret plan\"'", "tsv @~ 'secr* -open'",
                   f"bi_match(tsv, {q})", "tsv @@ bi_candidates('secret')"):
        numbers.add(len(ids(con, f"SELECT id FROM {table} WHERE {clause}")))
    con.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    for index in "on", "off":
        con.execute(f"SET LOCAL enable_seqscan = {index}")
        con.execute(f"PREPARE p AS SELECT id FROM {table} WHERE tsv @~ $1")
        numbers.add(len(ids(con, "EXECUTE p('secret')")))
        con.execute("DEALLOCATE p")
        numbers.add(len(ids(con, f"SELECT id FROM {table} JOIN searches "
                            "ON tsv @~ q")))
    con.execute("SET LOCAL enable_seqscan = on")
    return numbers


def seen_estimates(con, table):
    """Does the planner expect more rows of a hidden word than of none?"""
    def rows(clause):
        return explain(con, f"SELECT FROM {table} WHERE {clause}")[0][
            "Plan Rows"]

    return {rows(clause % "secret") != rows(clause % "nowhere")
            for clause in ("tsv @~ '%s'", "tsv @~ '\"%s plan\"'",
                           "'%s'::bi_query ~@ tsv",
                           "tsv @~ 'open | %s'", "bi_query '%s' ~@ tsv "
                           "AND open IS NOT NULL")}


def seen_errors(con, table):
    """Does a search that fails on a hidden article fail?"""
    found = set()
    search = "'(aa* w/16000 bb*) w/3 (aa* w/15999 bb*)'"
    for clause in (f"tsv @~ {search}", f"body @~ {search}",
                   f"bi_match(tsv, {search})"):
        try:
            with con.transaction():
                con.execute(f"SELECT id FROM {table} WHERE {clause}")
            found.add(False)
        except psycopg.errors.ProgramLimitExceeded as error:
            found.add("combinations" in str(error))
    return found


def seen_plans(con, table):
    """Does a text index serve the search?  Then hidden rows are touched,
    and the time tells."""
    con.execute("SET LOCAL enable_seqscan = off")
    found = {"Bitmap" in str(explain(con, f"SELECT FROM {table} "
                                     f"WHERE tsv @~ '{search}'"))
             for search in ("secret", '"secret plan"')}
    con.execute("SET LOCAL enable_seqscan = on")
    return found


WITHOUT = {seen_rows: {0}, seen_estimates: {False}, seen_errors: {False},
           seen_plans: {False}}
LIFTED = {seen_rows: {1000}, seen_estimates: {True}, seen_errors: {True},
          seen_plans: {True}}


@pytest.mark.parametrize("what", WITHOUT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("guard", GUARDS)
def test_hidden(hidden, guard, what):
    table, lift = GUARDS[guard]
    hidden.execute(f"SET LOCAL ROLE {ROLE}")
    assert what(hidden, table) == WITHOUT[what]
    # what is open is found
    assert len(ids(hidden, f"SELECT id FROM {table} WHERE tsv @~ 'open'")) == \
        1000
    hidden.execute(f"RESET ROLE; {lift}")
    hidden.execute(f"SET LOCAL ROLE {ROLE}")
    assert what(hidden, table) == LIFTED[what]


def test_a_plan_made_for_its_owner_hides_from_others(hidden):
    """A prepared search is planned anew when the role changes."""
    hidden.execute("SET LOCAL plan_cache_mode = force_generic_plan; "
                   "PREPARE p AS SELECT id FROM guarded WHERE tsv @~ $1; "
                   "PREPARE c AS SELECT id FROM guarded WHERE tsv @~ 'secret'")
    for _ in range(2):
        assert len(ids(hidden, "EXECUTE p('secret')")) == 1000
        assert len(ids(hidden, "EXECUTE c")) == 1000
        hidden.execute(f"SET LOCAL ROLE {ROLE}")
        assert ids(hidden, "EXECUTE p('secret')") == []
        assert ids(hidden, "EXECUTE c") == []
        hidden.execute("RESET ROLE")


def test_changes_behind_a_policy(hidden):
    """UPDATE and DELETE find what SELECT finds."""
    hidden.execute(f"SET LOCAL ROLE {ROLE}")
    for statement in ("UPDATE {} SET body = body WHERE tsv @~ 'plan | word1'",
                      "DELETE FROM {} WHERE tsv @~ 'plan | word1'"):
        for table in "guarded", "parted":
            found = hidden.execute(statement.format(table)
                                   + " RETURNING body").fetchall()
            assert len(found) == 200 and "secret plan" not in str(found)
    hidden.execute("RESET ROLE")
    assert one(hidden, "SELECT count(*) FROM guarded") == 1800


def test_a_partial_index_behind_a_policy(hidden):
    """An exact predicate is rewritten and the clause under a policy is not, so
    the index is not used; for other searches it is.  README says so."""
    sql = "SELECT id FROM guarded WHERE tsv @~ '{}' AND id < 50"
    hidden.execute("RESET ROLE; SET LOCAL enable_bitmapscan = off")
    for role, search, used in ((False, "word1", True),
                               (False, '"open word1"', True),
                               (True, "word1", False),
                               (True, '"open word1"', True)):
        if role:
            hidden.execute(f"SET LOCAL ROLE {ROLE}")
        text = plan(hidden, sql.format(search))
        assert ("Index" in text) == used, (role, search)
        assert ids(hidden, sql.format(search)) == [6, 16, 26, 36, 46]


def test_a_policy_that_searches(hidden):
    """A policy may use @~ itself, also with a search of the reader's own,
    and then the index serves it."""
    hidden.execute(f"""
        DROP POLICY p ON guarded;
        CREATE POLICY p ON guarded TO {ROLE} USING (tsv @~ 'word1 -secret');
        CREATE POLICY w ON guarded AS RESTRICTIVE FOR INSERT TO {ROLE}
            WITH CHECK (body @~ '"open word1"');
        SET LOCAL ROLE {ROLE}""")
    assert one(hidden, "SELECT count(*) FROM guarded") == 200
    assert "guarded_tsv_idx" in plan(hidden, "SELECT id FROM guarded "
                                     "WHERE tsv @~ 'open'")
    assert one(hidden, "SELECT count(*) FROM guarded "
               "WHERE tsv @~ 'secret | open'") == 200
    for body in "open word2", "word1 open", "secret plan":
        with pytest.raises(psycopg.errors.InsufficientPrivilege), \
                hidden.transaction():
            hidden.execute("INSERT INTO guarded SELECT 1, true, b, "
                           "bi_tsvector(NULL, b) FROM (VALUES (%s)) x(b)",
                           [body])
    hidden.execute("INSERT INTO guarded VALUES (1, true, 'Open word1', "
                   "bi_tsvector(NULL, 'open word1'))")
    hidden.execute(f"""
        RESET ROLE; DROP POLICY p ON guarded;
        CREATE TABLE clearance (who name, q bi_query);
        INSERT INTO clearance VALUES ('{ROLE}', 'word2 | word3');
        GRANT SELECT ON clearance TO {ROLE};
        CREATE POLICY p ON guarded TO {ROLE} USING (tsv @~
            (SELECT q FROM clearance WHERE who = current_user));
        SET LOCAL ROLE {ROLE}""")
    assert one(hidden, "SELECT count(*) FROM guarded") == 400
    assert one(hidden, "SELECT count(*) FROM guarded "
               "WHERE tsv @~ 'word3 | secret'") == 200


def test_column_grants(hidden):
    """Who may not read the column may not search it, nor see estimates."""
    hidden.execute(f"REVOKE ALL ON guarded FROM {ROLE}; ALTER TABLE guarded "
                   "DISABLE ROW LEVEL SECURITY; "
                   f"GRANT SELECT (id, open), UPDATE (open) ON guarded TO {ROLE}")
    statements = [
        "SELECT id FROM guarded WHERE tsv @~ 'secret'",
        "SELECT id FROM guarded WHERE 'secret'::bi_query ~@ tsv",
        "SELECT id FROM guarded WHERE body @~ 'secret'",
        "EXPLAIN SELECT id FROM guarded WHERE tsv @~ 'secret'",
        "SELECT g.id FROM guarded g JOIN searches ON g.tsv @~ q",
        "SELECT tsv @~ 'secret' FROM guarded",
        "SELECT guarded::text @~ 'secret' FROM guarded",
        "UPDATE guarded SET open = true WHERE tsv @~ 'secret'"]
    hidden.execute(f"SET LOCAL ROLE {ROLE}")
    assert len(ids(hidden, "SELECT id FROM guarded")) == 2000
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), \
                hidden.transaction():
            hidden.execute(statement)
    assert one(hidden, "SELECT count(*) FROM pg_stats "
               "WHERE tablename = 'guarded' AND attname = 'tsv'") == 0
    hidden.execute(f"RESET ROLE; GRANT SELECT ON guarded TO {ROLE}; "
                   f"SET LOCAL ROLE {ROLE}")
    for statement in statements:
        hidden.execute(statement)
    assert one(hidden, "SELECT count(*) FROM pg_stats "
               "WHERE tablename = 'guarded' AND attname = 'tsv'") == 1
