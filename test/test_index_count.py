"""Counting by a bisearch index without the heap: when it is planned, and that
it counts as a sequential scan does, whatever happens meanwhile.

The three visibility checks of index/count/count_visible.c are tested with
builds of that file that leave one of them out or reorder them: with each of
these, a schedule that finds the right count as it is finds a wrong one.
"""
import itertools
import os
import random
import shlex
import shutil
import subprocess
import tempfile
import threading
import time

import psycopg
import pytest

from conftest import TOP, Server, tool
from hooks import build_flags
from test_index import SEED, History
from test_plans import explain

COUNTING = ("SET enable_seqscan = off; SET enable_bitmapscan = off; "
            "SET bisearch.enable_count = on")
READING = ("SET enable_seqscan = on; SET enable_bitmapscan = off; "
           "SET bisearch.enable_count = off")


def counts(con, sql, parameters=None):
    """Is it planned as a count by the index?"""
    return any(node.get("Custom Plan Provider") == "bisearch count"
               for node in explain(con, sql, parameters))


def both(con, sql, parameters=None):
    """The answers of a count by the index and of reading all rows."""
    con.execute(COUNTING)
    assert counts(con, sql, parameters), sql
    counted = con.execute(sql, parameters).fetchall()
    con.execute(READING)
    assert not counts(con, sql, parameters)
    return counted, con.execute(sql, parameters).fetchall()


def heap_fetches(con, sql):
    node, = [n for n in explain(con, sql, analyze=True)
             if "Heap Fetches" in n]
    return node["Heap Fetches"]


def vacuum(con, table):
    """Until all of it is all-visible: others may hold VACUUM up."""
    for _ in range(10000):
        con.execute(f"VACUUM ANALYZE {table}")
        if con.execute("SELECT relallvisible = relpages FROM pg_class "
                       "WHERE oid = %s::regclass", [table]).fetchone()[0]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{table} does not become all-visible")


ARTICLES = """
    CREATE TABLE {name} (id int, body text, tsv tsvector)
        WITH (autovacuum_enabled = off);
    INSERT INTO {name} SELECT n, 'w' || n % 7 || ' x' || n % 100,
        to_tsvector('simple', 'w' || n % 7 || ' x' || n % 100 || ' every')
        FROM generate_series(1, 3000) n;
    CREATE INDEX {name}_tsv ON {name} USING bisearch (tsv)"""


@pytest.fixture
def articles(db):
    """3,000 articles, vacuumed; counting is what the planner prefers."""
    db.execute("DROP TABLE IF EXISTS counted CASCADE")
    db.execute(ARTICLES.format(name="counted"))
    vacuum(db, "counted")
    yield db
    db.execute("RESET ROLE")
    db.execute("DROP TABLE IF EXISTS counted CASCADE")


COUNTED = [
    ("SELECT count(*) FROM counted WHERE tsv @~ 'w3'", 429),
    ("SELECT count(*) FROM counted c WHERE 'w3' ~@ c.tsv", 429),
    ("SELECT count(*) FROM counted WHERE tsv @~ '\"w3 x5\"'", 4),
    ("SELECT count(*) FROM counted WHERE tsv @~ '-w3'", 2571),
    ("SELECT count(*) FROM counted WHERE tsv @~ ''", 0),
    ("SELECT count(*) FROM counted WHERE tsv @@ 'w3' ", 429),
    ("SELECT count(*) FROM counted WHERE tsv @@ '!w3' AND tsv @~ 'x5'", 26),
    ("SELECT count(*) FROM counted "
     "WHERE tsv @~ to_bi_query(lower('W3')) AND tsv @~ 'x5'", 4),
    ("SELECT count(*) FROM counted "
     "WHERE tsv @~ current_setting('my.search')::bi_query", 429),
    ("SELECT count(*) + 1, 2 * count(*), (SELECT 7) "
     "FROM counted WHERE tsv @~ 'w3' LIMIT 5", 430),
    ("SELECT n + 1 FROM (SELECT count(*) AS n FROM counted "
     "WHERE tsv @~ 'w3') s ORDER BY n DESC", 430),
    ("SELECT sum((SELECT count(*) FROM counted WHERE tsv @~ q)) FROM "
     "unnest('{w3, x5, NULL, \"w3 & x5\", \"\"}'::bi_query[]) q", 463),
    ("SELECT count(*) FROM counted JOIN (SELECT 1) one ON true "
     "WHERE tsv @~ 'w3'", 429),
    ("SELECT count(*) FROM counted LEFT JOIN pg_class ON oid = id "
     "WHERE tsv @~ 'w3'", 429),
    ("SELECT count(*) FROM counted JOIN "
     "(SELECT 'w3'::bi_query AS q) s ON true WHERE tsv @~ q", 429),
    ("SELECT count(*) FROM counted WHERE tsv @~ "
     "(SELECT q FROM unnest('{w3}'::bi_query[]) q)", 429),
    ("SELECT n FROM (VALUES ('w3'::bi_query)) v (q) LEFT JOIN LATERAL "
     "(SELECT count(*) AS n FROM counted WHERE tsv @~ q) c ON true", 429),
    ("WITH c AS MATERIALIZED (SELECT count(*) FROM counted WHERE tsv @~ 'w3') "
     "SELECT * FROM c", 429),
]


@pytest.mark.parametrize("sql,expected", COUNTED)
def test_counts(articles, sql, expected):
    articles.execute("SET my.search = 'w3'")
    assert counts(articles, sql)        # left alone, it is the best plan
    counted, read = both(articles, sql)
    assert counted == read
    assert counted[0][0] == expected


NOT_COUNTED = [
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' AND id > 100",
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' OR tsv @~ 'x5'",
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' AND my_limit() > 0",
    "SELECT count(*) FROM counted WHERE tsv @~ "
    "CASE WHEN random() > 2 THEN 'w3' ELSE 'x5' END::bi_query",
    "SELECT count(*) FROM counted WHERE body @~ 'w3'",
    "SELECT count(*) FROM counted WHERE tsv @~ body::bi_query",
    "SELECT count(*) FROM counted",
    "SELECT count(id) FROM counted WHERE tsv @~ 'w3'",
    "SELECT count(*), max(id) FROM counted WHERE tsv @~ 'w3'",
    "SELECT count(*) FILTER (WHERE id > 9) FROM counted WHERE tsv @~ 'w3'",
    "SELECT count(DISTINCT id) FROM counted WHERE tsv @~ 'w3'",
    "SELECT count(*) OVER () FROM counted WHERE tsv @~ 'w3' LIMIT 1",
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' GROUP BY id % 2 ORDER BY 1",
    "SELECT count(*) FROM counted WHERE tsv @~ 'absent' GROUP BY 'a'::text",
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' GROUP BY GROUPING SETS (())",
    "SELECT count(*) FROM counted WHERE tsv @~ 'w3' HAVING count(*) > 5",
    "SELECT count(*) FROM counted TABLESAMPLE SYSTEM (100) WHERE tsv @~ 'w3'",
    "SELECT count(*) FROM counted a JOIN counted b USING (id) "
    "WHERE a.tsv @~ 'w3'",
    "SELECT count(*) FROM (SELECT FROM counted WHERE tsv @~ 'w3' LIMIT 5) s",
    "SELECT count(*) FROM parent WHERE tsv @~ 'w3'",
    "SELECT count(*) FROM barrier WHERE tsv @~ 'w3'",
    "SELECT 1 FROM counted WHERE tsv @~ 'w3' HAVING true",
    "SELECT 1 FROM (SELECT count(*) FROM counted WHERE tsv @~ 'w3') s",
]


@pytest.mark.parametrize("sql", NOT_COUNTED)
def test_counts_nothing_else(articles, sql):
    """What the index does not know of, or may not tell of."""
    articles.execute("""
        CREATE TEMP TABLE parent (id int, body text, tsv tsvector);
        CREATE INDEX ON parent USING bisearch (tsv);
        CREATE TEMP TABLE child () INHERITS (parent);
        INSERT INTO child SELECT * FROM counted;
        CREATE FUNCTION pg_temp.my_limit() RETURNS int LANGUAGE plpgsql
            STABLE AS 'BEGIN RETURN 1; END';
        CREATE TEMP VIEW barrier WITH (security_barrier) AS
            SELECT * FROM counted WHERE id > 100""")
    sql = sql.replace("my_limit", "pg_temp.my_limit")
    articles.execute(COUNTING)
    assert not counts(articles, sql)
    found = articles.execute(sql).fetchall()
    articles.execute(READING)
    assert found == articles.execute(sql).fetchall()


def test_setting_turns_it_off(articles):
    sql = "SELECT count(*) FROM counted WHERE tsv @~ 'w3'"
    assert counts(articles, sql)
    articles.execute("SET bisearch.enable_count = off")
    assert not counts(articles, sql)


def test_first_query_of_a_session(articles, server, database):
    """Nothing needs to be preloaded."""
    with server.connect(database) as con:
        assert counts(con, "SELECT count(*) FROM counted WHERE tsv @@ 'w3'")


def test_explain(articles):
    sql = "SELECT count(*) FROM counted c WHERE tsv @~ 'w3 | \"w4 x5\"'"
    plan = "\n".join(row[0] for row in articles.execute(
        "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, BUFFERS OFF) "
        + sql))
    # 18 tells rows to two places
    assert plan.replace("rows=1.00", "rows=1") == """\
Custom Scan (bisearch count) on counted c (actual rows=1 loops=1)
  Index Name: counted_tsv
  Index Cond: (tsv @~ 'w3 | "w4 x5"'::bi_query)
  Heap Fetches: 0"""


def test_heap_is_visited_where_it_must_be(articles):
    sql = "SELECT count(*) FROM counted WHERE tsv @~ 'every'"
    assert heap_fetches(articles, sql) == 0
    # of the first page's rows, one is deleted
    page, = articles.execute("SELECT count(*) FROM counted WHERE "
                             "(ctid::text::point)[0] = 0").fetchone()
    articles.execute("DELETE FROM counted WHERE id = 1")
    assert heap_fetches(articles, sql) == page
    # and one article is in no segment
    articles.execute("INSERT INTO counted (tsv) VALUES ('every')")
    last, = articles.execute(
        "SELECT count(*) FROM counted WHERE (ctid::text::point)[0] = "
        "(SELECT max((ctid::text::point)[0]) FROM counted)").fetchone()
    visits = heap_fetches(articles, sql)
    # from 19 on, whoever reads a page may mark it as all-visible
    assert visits == page + last or (
        articles.info.server_version >= 190000 and 0 < visits < page + last)
    assert both(articles, sql) == ([(3000,)], [(3000,)])
    vacuum(articles, "counted")
    articles.execute(COUNTING)
    assert heap_fetches(articles, sql) == 0
    assert both(articles, sql) == ([(3000,)], [(3000,)])


def test_generic_plan(articles):
    articles.execute(COUNTING)
    articles.execute("SET plan_cache_mode = force_generic_plan")
    articles.execute("PREPARE p (bi_query) AS "
                     "SELECT count(*) FROM counted WHERE tsv @~ $1")
    assert counts(articles, "EXECUTE p('w3')")
    for query, expected in (("'w3'", 429), ("'\"w3 x5\"'", 4), ("''", 0),
                            ("NULL", 0), ("'-w3'", 2571)):
        assert articles.execute(f"EXECUTE p({query})").fetchone()[0] == \
            expected
    # the plan goes with the index
    articles.execute("DROP INDEX counted_tsv")
    assert not counts(articles, "EXECUTE p('w3')")
    assert articles.execute("EXECUTE p('w3')").fetchone() == (429,)


def test_own_changes_of_a_transaction(articles):
    sql = "SELECT count(*) FROM counted WHERE tsv @~ 'every'"
    with articles.transaction(force_rollback=True):
        articles.execute(
            f"DECLARE before CURSOR FOR {sql};"
            "DELETE FROM counted WHERE id <= 10;"
            "INSERT INTO counted (tsv) VALUES ('every')")
        assert both(articles, sql) == ([(2991,)], [(2991,)])
        assert articles.execute("FETCH before").fetchone() == (3000,)
    with articles.transaction(force_rollback=True):
        articles.execute(f"DECLARE here SCROLL CURSOR FOR {sql}")
        for direction in ("NEXT", "PRIOR", "NEXT", "FIRST", "LAST"):
            assert articles.execute(f"FETCH {direction} here").fetchone() == \
                (None if direction == "PRIOR" else (3000,))
        articles.execute(f"DECLARE there CURSOR FOR {sql}")
        articles.execute("FETCH there")
        with pytest.raises(psycopg.errors.InvalidCursorState):
            articles.execute("DELETE FROM counted WHERE CURRENT OF there")


def test_kinds_of_tables_and_indexes(articles):
    articles.execute("""
        CREATE TEMP TABLE temporary AS SELECT * FROM counted;
        CREATE UNLOGGED TABLE unlogged AS SELECT * FROM counted;
        CREATE MATERIALIZED VIEW stored AS SELECT * FROM counted;
        CREATE MATERIALIZED VIEW empty AS SELECT * FROM counted WITH NO DATA;
        CREATE TABLE partitioned (id int, tsv tsvector)
            PARTITION BY RANGE (id);
        CREATE TABLE part PARTITION OF partitioned
            FOR VALUES FROM (0) TO (9999);
        INSERT INTO part SELECT id, tsv FROM counted;
        CREATE INDEX ON temporary USING bisearch (tsv);
        CREATE INDEX ON unlogged USING bisearch (tsv);
        CREATE INDEX ON stored USING bisearch (tsv);
        CREATE INDEX ON empty USING bisearch (tsv);
        CREATE INDEX ON partitioned USING bisearch (tsv);
        CREATE TEMP TABLE partial AS SELECT * FROM counted;
        CREATE INDEX ON partial USING bisearch (tsv) WHERE id > 1000;
        CREATE TEMP TABLE expression AS SELECT * FROM counted;
        CREATE INDEX ON expression
            USING bisearch (bi_tsvector(NULL, body)) WHERE body @~ 'w3'""")
    try:
        for table in ("temporary", "unlogged", "stored", "part"):
            articles.execute(f"VACUUM ANALYZE {table}")
            assert both(articles, f"SELECT count(*) FROM {table} "
                        "WHERE tsv @~ 'w3'") == ([(429,)], [(429,)])
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            articles.execute(COUNTING)
            articles.execute("SELECT count(*) FROM empty WHERE tsv @~ 'w3'")
        sql = "SELECT count(*) FROM {} WHERE tsv @~ 'w3' AND id > {}"
        assert both(articles, sql.format("partial", 1000)) == \
            ([(286,)], [(286,)])
        articles.execute(COUNTING)
        for table, least in (("partial", 1001), ("partial", 999),
                             ("partitioned", 0)):
            assert not counts(articles, sql.format(table, least))
        sql = ("SELECT count(*) FROM expression "
               "WHERE bi_tsvector(NULL, body) @~ '{}' AND body @~ 'w3'")
        assert both(articles, sql.format("x5")) == ([(4,)], [(4,)])
    finally:
        articles.execute("RESET enable_bitmapscan")
        articles.execute("DROP TABLE unlogged, partitioned")


def test_no_rewriting_where_an_index_of_ours_is(articles):
    """The operator reaches the index as it was written, unless the predicate
    of an index says what it would be rewritten to."""
    sql = "SELECT count(*) FROM counted WHERE tsv @~ '{}'"

    def condition(query):
        return explain(articles, sql.format(query))[0]["Index Cond"]

    assert condition("w3") == "(tsv @~ 'w3'::bi_query)"
    articles.execute("CREATE INDEX third ON counted (id) WHERE tsv @~ 'w3'")
    assert condition("w4") == "(tsv @~ 'w4'::bi_query)"
    assert condition("w3") == "(tsv @@ '''w3'''::tsquery)"
    articles.execute("SET enable_seqscan = off")
    assert explain(articles, sql.format("w3") + " AND id = 3")[-1][
        "Index Name"] == "third"
    articles.execute("DROP INDEX third")
    joined = explain(articles, "SELECT FROM counted JOIN "
                     "unnest('{w3, x5}'::bi_query[]) q ON tsv @~ q")
    assert "(tsv @~ q.q)" in [n.get("Index Cond") for n in joined]
    assert not any("Filter" in n for n in joined)
    # an index that may not be used is none
    articles.execute("UPDATE pg_index SET indisvalid = false "
                     "WHERE indexrelid = 'counted_tsv'::regclass")
    assert "@@" in explain(articles, sql.format("w3"))[-1]["Filter"]


def test_policies_and_grants(articles):
    """Rows that a policy hides are not counted; who may not read a column may
    not count by it."""
    sql = "SELECT count(*) FROM counted WHERE tsv @~ 'w3'"
    articles.execute("DROP ROLE IF EXISTS counter")
    articles.execute("CREATE ROLE counter")
    try:
        articles.execute("GRANT SELECT (id, body) ON counted TO counter")
        articles.execute(COUNTING)
        articles.execute("SET ROLE counter")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            articles.execute(sql)
        articles.execute("RESET ROLE")
        articles.execute("GRANT SELECT (tsv) ON counted TO counter")
        articles.execute("SET ROLE counter")
        assert counts(articles, sql)
        assert articles.execute(sql).fetchone() == (429,)
        articles.execute("RESET ROLE")

        articles.execute("ALTER TABLE counted ENABLE ROW LEVEL SECURITY")
        articles.execute("PREPARE p AS " + sql)
        assert articles.execute("EXECUTE p").fetchone() == (429,)
        articles.execute("CREATE POLICY half ON counted USING (id % 2 = 0)")
        articles.execute("SET ROLE counter")
        assert not counts(articles, sql) and not counts(articles, "EXECUTE p")
        assert articles.execute(sql).fetchone() == (214,)
        assert articles.execute("EXECUTE p").fetchone() == (214,)
        articles.execute("RESET ROLE")
        assert counts(articles, sql)
        # a policy that the index could answer is one all the same
        articles.execute("ALTER POLICY half ON counted USING (tsv @~ 'x5')")
        articles.execute("SET ROLE counter")
        assert not counts(articles, sql)
        assert articles.execute(sql).fetchone() == (4,)
    finally:
        articles.execute("RESET ROLE")
        articles.execute("DROP OWNED BY counter; DROP ROLE counter")


def test_serializable(articles, server, database):
    """Two transactions that count, and then write what the other counted."""
    for write in ("INSERT INTO counted (tsv) VALUES ('every')",
                  "DELETE FROM counted WHERE ctid = '({},1)'"):
        with server.connect(database) as other:
            for number, con in enumerate((articles, other)):
                con.execute(COUNTING)
                con.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
                con.execute("SELECT count(*) FROM counted "
                            "WHERE tsv @~ 'every'")
            articles.execute(write.format(0))
            with pytest.raises(psycopg.errors.SerializationFailure):
                other.execute(write.format(20))
                articles.execute("COMMIT")
                other.execute("COMMIT")
            for con in (articles, other):
                con.execute("ROLLBACK")


class Counts(History):
    """A history of which counts are asked, some of them by transactions that
    began long ago."""

    def __init__(self, con, number, others):
        super().__init__(con, number)
        self.others = [(other, []) for other in others]

    def statement(self):
        """A random count: SQL and its parameters."""
        while True:
            operator = self.rnd.choice(["@~ %s::bi_query"] * 3 +
                                       ["@@ %s::tsquery"])
            query = self.tsquery() if "@@" in operator else \
                self.queries.query()
            sql = f"SELECT count(*) FROM {self.table} WHERE tsv {operator}"
            try:
                self.con.execute("SELECT %s" + operator[5:], [query])
            except psycopg.Error:
                continue
            return sql, [query]

    def rebuild(self):
        """Not while others hold locks."""

    def check(self, number):
        for _ in range(number):
            sql, parameters = self.statement()
            counted, read = both(self.con, sql, parameters)
            assert counted == read, parameters

    def check_others(self):
        for other, expected in self.others:
            for sql, parameters, count in expected:
                other.execute(COUNTING)
                assert other.execute(sql, parameters).fetchone() == count, \
                    parameters
            if self.rnd.random() < 0.3:
                other.execute("ROLLBACK")
                other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                other.execute(READING)
                expected.clear()
                for _ in range(4):
                    sql, parameters = self.statement()
                    expected.append((sql, parameters, other.execute(
                        sql, parameters).fetchone()))


@pytest.mark.parametrize("number", range(100, 102))
def test_histories(db, server, database, number):
    print(f"BISEARCH_SEED={SEED}")
    db.execute("SET client_min_messages = error")
    with server.connect(database) as old, server.connect(database) as older:
        for con in (old, older):
            con.execute("SET client_min_messages = error")
            con.execute("BEGIN")
        history = Counts(db, number, (old, older))
        for _ in range(20):
            history.step()
            history.check(4)
            history.check_others()
    db.execute(f"DROP TABLE {history.table}")


def test_counts_while_others_write(articles, server, database):
    """Counts agree with rows read under the same snapshot, while another
    session changes, vacuums and merges as fast as it can."""
    until = time.monotonic() + 4
    enough = threading.Event()
    failure = []

    def write():
        rnd = random.Random(SEED)
        try:
            with server.connect(database) as con:
                while not enough.is_set():
                    con.execute(rnd.choice([
                        "INSERT INTO counted SELECT id, body, tsv FROM counted"
                        " LIMIT 50",
                        "DELETE FROM counted WHERE ctid IN (SELECT ctid FROM "
                        "counted OFFSET random() * 1000 LIMIT 50)",
                        "UPDATE counted SET body = 'x' WHERE id % 50 = 7",
                        "UPDATE counted SET tsv = tsv || '' WHERE id % 50 = 9",
                        "VACUUM (INDEX_CLEANUP ON) counted"]))
        except psycopg.Error as error:
            failure.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    number = 0
    sql = "SELECT count(*) FROM counted WHERE tsv @~ 'every -x5'"
    try:
        while writer.is_alive() and (time.monotonic() < until or number < 6):
            with articles.transaction():
                articles.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                counted, read = both(articles, sql)
                assert counted == read
                number += 1
    finally:
        enough.set()
        writer.join()
    assert not failure and number > 5


# What index/count/count_visible.c must not do; the first is what it does.
# Each is a list of replacements in its text, of the schedules that find a
# wrong count then, and of what is counted.
WINDOWS, LIST = ["hail | sleet"], ["hail"]
CHECKS = """\
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	check_map(count);
	BiTestPointWait(BI_TEST_COUNT_CHECKED);
	check_dead(count);
	listed = check_listed(count);
"""
MAP = "\tcheck_map(count);\n"
DEAD = "\tcheck_dead(count);\n"
HITS = "\tmemcpy(window->hits, bits, sizeof(window->hits));\n"
META = "\tlisted = check_listed(count);\n"
WHOLE_MAP = """\
		if (!window_is_visible(count, i))
			return false;
"""
WHOLE = """\
	if (!none_is_dead(count) || !check_listed(count))
		return false;
"""
WHOLE_FOUND = """\
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	for (uint32"""
BUILDS = {
    "as it is": ([], [], WINDOWS + LIST),
    "no check of the map": (
        [("visible = VM_ALL_VISIBLE(count->heap, last, &count->map);",
          "visible = true;")], ["deleted"], WINDOWS),
    "no check of the map for a window": (
        [("\treturn BisHeapIsVisible(", "\treturn true || BisHeapIsVisible(")],
        ["deleted"], WINDOWS + LIST),
    "no check of the dead": (
        [(DEAD, "")], ["vacuumed before the checks"], WINDOWS),
    "the dead as they were": (
        [(DEAD, ""), (HITS, HITS + """
	for (uint32 i = 0; i < BIS_WINDOW && first + i < segment->header->ndocs;
		 i++)
	{
		if (BisSegmentIsDead(segment, first + i))
			window->hits[i / 64] &= ~(UINT64CONST(1) << i % 64);
	}
""")],
        ["vacuumed before the checks"], WINDOWS),
    "no check of the metapage": (
        [(META, "\tlisted = true;\n")], ["merged and vacuumed"], WINDOWS),
    "the dead before the map": (
        [(CHECKS, CHECKS.replace(DEAD, "").replace(MAP, DEAD).replace(
            "CHECKED);\n", "CHECKED);\n" + MAP))],
        ["vacuumed between the checks"], WINDOWS),
    "the metapage before the map": (
        [(CHECKS, META + CHECKS.replace(META, ""))],
        ["merged and vacuumed"], WINDOWS),
    "the heap asked of the dead": (
        [("\t\twindow->hits[i] &= ~bits;\n", "")],
        ["vacuumed and used again"], WINDOWS),
    "a list, no check of the map": (
        [(WHOLE_MAP, "\t\t(void) i;\n")], ["deleted"], LIST),
    "a list, no check of the dead": (
        [(WHOLE, WHOLE.replace("!none_is_dead(count) || ", ""))],
        ["vacuumed before the checks"], LIST),
    "a list, no check of the metapage": (
        [(WHOLE, WHOLE.replace(" || !check_listed(count)", ""))],
        ["merged and vacuumed"], LIST),
    "a list, the dead before the map": (
        [(WHOLE, WHOLE.replace("!none_is_dead(count) || ", "")),
         (WHOLE_FOUND, "\tif (!none_is_dead(count))\n\t\treturn false;\n"
          "\tBiTestPointWait(BI_TEST_COUNT_CHECKED);\n" + WHOLE_FOUND),
         ("\tBiTestPointWait(BI_TEST_COUNT_CHECKED);\n\tif (!check", "\tif (!check")],
        ["vacuumed between the checks"], LIST),
    "a list, the metapage before the map": (
        [(WHOLE, WHOLE.replace(" || !check_listed(count)", "")),
         (WHOLE_FOUND, "\tif (!check_listed(count))\n\t\treturn false;\n" +
          WHOLE_FOUND)],
        ["merged and vacuumed"], LIST),
}
FOUND, CHECKED = 7001, 7002


class Builds:
    """A server of its own, on which builds with test points take turns."""

    def __init__(self, server):
        self.server = server
        pkglibdir = subprocess.check_output(
            [os.environ.get("PG_CONFIG", "pg_config"), "--pkglibdir"],
            text=True).strip()
        self.library = server.dir / f"pg{pkglibdir}" / "bisearch.so"

    def use(self, replacements):
        """New sessions get a build of count_visible.c with these in its text."""
        text = (TOP / "src/index/count/count_visible.c").read_text()
        for old, new in replacements:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        include = subprocess.check_output(
            [os.environ.get("PG_CONFIG", "pg_config"), "--includedir-server"],
            text=True).strip()
        icu = subprocess.run(["pkg-config", "--libs", "icu-uc"], text=True,
                             stdout=subprocess.PIPE).stdout
        objects = [str(p) for p in sorted((TOP / "src").glob("**/*.o"))
                   if p.with_suffix(".c").exists()
                   and p.name != "count_visible.o"]
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, "count_visible.c")
            with open(source, "w") as file:
                file.write(text)
            made = os.path.join(directory, "count_visible.o")
            subprocess.run(
                ["gcc", "-O2", "-fPIC", "-D_GNU_SOURCE",
                 "-DBISEARCH_TEST_HOOKS", f"-I{TOP}/src", "-isystem", include,
                 "-c", source, "-o", made] + build_flags(), check=True)
            library = os.path.join(directory, "bisearch.so")
            subprocess.run(["gcc", "-shared", "-o", library, made] + objects +
                           (shlex.split(icu) or ["-licuuc", "-licudata"]) +
                           build_flags(), check=True)
            self.library.unlink()
            shutil.copy(library, self.library)
            self.library.chmod(0o755)


@pytest.fixture(scope="module")
def builds():
    directory = tempfile.mkdtemp(prefix="bi.", dir="/tmp")
    os.chmod(directory, 0o755)
    try:
        tool("install", directory)
        # nothing but the schedules is to hold up VACUUM
        with open(os.path.join(directory, "server.conf"), "w") as file:
            file.write("autovacuum = off\n")
        tool("start", directory)
        server = Server(directory)
        server.create_database("looks")
        yield Builds(server)
    finally:
        tool("remove", directory)
        shutil.rmtree(directory, ignore_errors=True)


class Counter(threading.Thread):
    """A session that counts, and comes to wait where it is told."""

    def __init__(self, server, point):
        super().__init__()
        self.con = server.connect("looks")
        self.holder = server.connect("looks")
        self.con.execute(COUNTING)
        self.con.execute("LOAD 'bisearch'")
        self.query, = self.con.execute("SELECT query FROM asked").fetchone()
        self.count = None
        if point:
            self.holder.execute("SELECT pg_advisory_lock(%s)", [point])
        self.start()
        while point and not self.holder.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND "
                "wait_event = 'advisory'",
                [self.con.info.backend_pid]).fetchone()[0]:
            assert self.is_alive()
            time.sleep(0.01)

    def run(self):
        self.count, = self.con.execute(
            f"SELECT count(*) FROM looks WHERE tsv @~ '{self.query}'"
        ).fetchone()

    def result(self):
        """Let it go on; how many did it count too many or too few?"""
        self.holder.execute("SELECT pg_advisory_unlock_all()")
        self.join()
        expected, = self.holder.execute(
            "SELECT count(*) FROM looks "
            "WHERE tsv::text ~ replace(%s, ' ', '')", [self.query]).fetchone()
        self.con.close()
        self.holder.close()
        return self.count - expected


VACUUM = "VACUUM (INDEX_CLEANUP ON) looks"


def deleted(server, con):
    con.execute("DELETE FROM looks WHERE id = 1")
    return Counter(server, None).result()


def vacuumed(server, con, point):
    con.execute("DELETE FROM looks WHERE id = 1")
    counter = Counter(server, point)
    con.execute(VACUUM)
    return counter.result()


def merged_and_vacuumed(server, con):
    """The first segment is merged with others while the article cannot be
    removed yet; VACUUM marks it dead in the new segment only."""
    for n in range(3):
        con.execute("INSERT INTO looks SELECT n, 'other' "
                    "FROM generate_series(20, 29) n")
        if n < 2:
            con.execute("VACUUM looks")
    with server.connect("looks") as holder:
        holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT FROM looks")
        con.execute("DELETE FROM looks WHERE id = 1")
        counter = Counter(server, FOUND)
        con.execute("VACUUM looks")
        holder.execute("COMMIT")
    con.execute(VACUUM)
    return counter.result()


def used_again(server, con):
    """Another row has the dead article's place."""
    con.execute("DELETE FROM looks WHERE id = 1")
    con.execute(VACUUM)
    place = con.execute("INSERT INTO looks VALUES (99, 'snow') "
                        "RETURNING ctid").fetchone()
    assert place == ("(0,1)",)
    return Counter(server, None).result()


SCHEDULES = {
    "deleted": deleted,
    "vacuumed before the checks": lambda s, c: vacuumed(s, c, FOUND),
    "vacuumed between the checks": lambda s, c: vacuumed(s, c, CHECKED),
    "merged and vacuumed": merged_and_vacuumed,
    "vacuumed and used again": used_again,
}


@pytest.mark.parametrize("build", BUILDS)
def test_visibility_checks(builds, build):
    """Each schedule finds the right count, but a build with other checks
    counts an article that is gone, or a row that is another's."""
    replacements, finding, queries = BUILDS[build]
    builds.use(replacements)
    for name, query in itertools.product(finding or SCHEDULES, queries):
        with builds.server.connect("looks") as con:
            con.execute("DROP TABLE IF EXISTS looks")
            con.execute("CREATE TABLE looks (id int, tsv tsvector) "
                        "WITH (autovacuum_enabled = off)")
            con.execute("CREATE INDEX ON looks USING bisearch (tsv)")
            con.execute("DROP TABLE IF EXISTS asked")
            con.execute("CREATE TABLE asked AS SELECT %s AS query", [query])
            con.execute("INSERT INTO looks SELECT n, 'hail' "
                        "FROM generate_series(1, 10) n")
            con.execute("INSERT INTO looks VALUES (11, 'sleet')")
            con.execute("VACUUM looks")
            wrong = SCHEDULES[name](builds.server, con)
        assert wrong == (1 if finding else 0), (name, query)
