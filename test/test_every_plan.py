"""Every plan that the planner can choose for a search gives the same ids.

Random searches over all constructs, drawn from the Reuters articles, run
under each plan in turn; that the plan was indeed the one that was meant is
checked too.  BISEARCH_SEED repeats a run.
"""

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle.generate import Generator  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED", "1")
QUERIES = 200
ARTICLES = 2500

PATHS = ("seqscan", "indexscan", "indexonlyscan", "bitmapscan", "tidscan",
         "hashjoin", "mergejoin", "nestloop")


@pytest.fixture(scope="module")
def plans_database(server, reuters_database):
    """The first articles in a table with indexes of each kind, the same by
    parts, and the searches."""
    name = f"t{os.getpid()}_plans"
    server.create_database(name)
    columns = "id, pub_date, headline, body, tsv"
    with server.connect(reuters_database) as source, \
            server.connect(name) as con:
        con.execute("CREATE TABLE docs (id integer, pub_date timestamp, "
                    "headline text, body text, tsv tsvector)")
        with source.cursor().copy(
                f"COPY (SELECT {columns} FROM articles ORDER BY id "
                f"LIMIT {ARTICLES}) TO STDOUT") as out, \
                con.cursor().copy("COPY docs FROM STDIN") as into:
            for block in out:
                into.write(block)
        con.execute(f"""
            CREATE TABLE parts (LIKE docs) PARTITION BY RANGE (id);
            CREATE TABLE parts1 PARTITION OF parts
                FOR VALUES FROM (MINVALUE) TO (900);
            CREATE TABLE parts2 PARTITION OF parts
                FOR VALUES FROM (900) TO (MAXVALUE);
            INSERT INTO parts SELECT {columns} FROM docs;
            CREATE TABLE saved (n integer PRIMARY KEY, q bi_query)""")
        for table in ("docs", "parts"):
            con.execute(f"""
                CREATE INDEX {table}_tsv ON {table} USING gin (tsv);
                CREATE INDEX {table}_expression ON {table}
                    USING gin (bi_tsvector(headline, body));
                CREATE INDEX {table}_date ON {table} (pub_date);
                CREATE UNIQUE INDEX {table}_id ON {table} (id)""")
        make = Generator(SEED, [[("A", h), ("D", b)] for h, b in con.execute(
            "SELECT headline, body FROM docs ORDER BY id")])
        with con.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO saved VALUES (%s, websearch_to_bi_query(%s))",
                [(n, make.query()) for n in range(QUERIES)])
        for table in ("docs", "parts", "saved"):
            con.execute(f"VACUUM ANALYZE {table}")
    yield name
    server.drop_database(name)


@pytest.fixture
def con(server, plans_database):
    with server.connect(plans_database) as con:
        con.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
        yield con


@pytest.fixture(scope="module")
def queries(server, plans_database):
    """The searches, as they print."""
    with server.connect(plans_database) as con:
        return [q for q, in con.execute(
            "SELECT q::text FROM saved ORDER BY n")]


@pytest.fixture(scope="module")
def expected(server, plans_database):
    """What the match function alone says, article by article."""
    found = [[] for _ in range(QUERIES)]
    with server.connect(plans_database) as con:
        con.execute("SET jit = off")
        for n, i in con.execute("SELECT n, id FROM saved, docs "
                                "WHERE bi_match(tsv, q) ORDER BY n, id"):
            found[n].append(i)
    # not all of nothing
    assert sum(map(bool, found)) > QUERIES / 2
    return found


def only(con, *paths):
    """Leave the planner these ways to read and join, where there are."""
    for path in PATHS:
        con.execute(f"SET enable_{path} = "
                    + ("on" if path in paths else "off"))


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def nodes(con, sql):
    """Kinds of the plan's nodes, and of the indexes that they use."""
    result, = con.execute("EXPLAIN (FORMAT JSON) " + sql,
                          prepare=False).fetchone()
    found = set()

    def walk(node):
        found.add(node["Node Type"])
        found.add(node.get("Index Name"))
        for child in node.get("Plans", []):
            walk(child)

    walk((json.loads(result) if isinstance(result, str) else
          result)[0]["Plan"])
    return found


def differences(con, queries, expected, statement):
    """Searches for which a statement gives other ids."""
    wrong = []
    for query, ids in zip(queries, expected):
        found = sorted(i for i, in con.execute(
            statement.replace("$query", literal(query)), prepare=False))
        if found != ids:
            wrong.append((query, set(found) ^ set(ids)))
    return wrong


def share(con, queries, statement, *kinds):
    """How many of the searches have all these in their plan."""
    plans = [nodes(con, statement.replace("$query", literal(q)))
             for q in queries]
    return sum(set(kinds) <= plan for plan in plans) / len(plans)


DOCS = "SELECT id FROM docs WHERE tsv @~ $query"
PARTS = "SELECT id FROM parts WHERE tsv @~ $query"
EXPRESSION = ("SELECT id FROM docs "
              "WHERE bi_tsvector(headline, body) @~ $query")
REVERSED = "SELECT id FROM docs WHERE $query::bi_query ~@ tsv"
NEWEST = DOCS + " ORDER BY pub_date DESC"

# name, ways left, statement, what most plans must have
FORCED = [
    ("seqscan", ["seqscan"], DOCS, ["Seq Scan"]),
    ("seqscan, reversed", ["seqscan"], REVERSED, ["Seq Scan"]),
    ("seqscan, parts", ["seqscan"], PARTS, ["Seq Scan", "Append"]),
    ("gin", ["bitmapscan"], DOCS, ["Bitmap Heap Scan", "docs_tsv"]),
    ("gin, reversed", ["bitmapscan"], REVERSED,
     ["Bitmap Heap Scan", "docs_tsv"]),
    ("gin, expression", ["bitmapscan"], EXPRESSION,
     ["Bitmap Heap Scan", "docs_expression"]),
    ("gin, parts", ["bitmapscan"], PARTS, ["Append", "parts1_tsv_idx",
                                           "parts2_tsv_idx"]),
    ("date", ["indexscan"], NEWEST, ["Index Scan", "docs_date"]),
    ("gin, sorted", ["bitmapscan"], NEWEST, ["Sort", "docs_tsv"]),
    ("both indexes", ["bitmapscan"],
     DOCS + " AND id >= 0 AND id < 20000 AND pub_date > '1980-01-01'",
     ["Bitmap Heap Scan", "docs_tsv"]),
]


@pytest.mark.parametrize("ways,statement,kinds",
                         [f[1:] for f in FORCED], ids=[f[0] for f in FORCED])
def test_constants(con, queries, expected, ways, statement, kinds):
    only(con, *ways)
    assert differences(con, queries, expected, statement) == []
    # what has no candidates cannot use a text index
    assert share(con, queries[:40], statement, *kinds) > 0.8


@pytest.mark.parametrize("ways,kind", [
    (["seqscan"], "Parallel Seq Scan"), (["bitmapscan"], "docs_tsv")],
    ids=["seqscan", "gin"])
def test_parallel(con, queries, expected, ways, kind):
    con.execute("SET max_parallel_workers_per_gather = 2; "
                "SET min_parallel_table_scan_size = 0; "
                "SET min_parallel_index_scan_size = 0; "
                "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
                "SET cpu_tuple_cost = 10")
    only(con, *ways)
    some = queries[::4]
    assert differences(con, some, expected[::4], DOCS) == []
    assert share(con, some, DOCS, "Gather") > 0.8


@pytest.mark.parametrize("mode", ["custom", "generic"])
@pytest.mark.parametrize("ways,table,kinds", [
    (["seqscan"], "docs", ["Seq Scan"]),
    (["bitmapscan"], "docs", ["Bitmap Heap Scan", "docs_tsv"]),
    (["indexscan"], "docs", ["Index Scan", "docs_date"]),
    (["bitmapscan"], "parts", ["Append", "parts2_tsv_idx"])],
    ids=["seqscan", "gin", "date", "gin, parts"])
def test_prepared(con, queries, expected, mode, ways, table, kinds):
    only(con, *ways)
    con.execute(f"SET plan_cache_mode = force_{mode}_plan")
    order = " ORDER BY pub_date" if ways == ["indexscan"] else ""
    con.execute("PREPARE p(bi_query) AS "
                f"SELECT id FROM {table} WHERE tsv @~ $1{order}")
    assert differences(con, queries, expected, "EXECUTE p($query)") == []
    assert share(con, queries[:40], "EXECUTE p($query)", *kinds) > 0.8


@pytest.mark.parametrize("call", [
    "to_bi_query($1)", "$1::text::bi_query", "(SELECT $1::bi_query)"])
def test_prepared_text(con, queries, expected, call):
    only(con, "bitmapscan")
    con.execute("SET plan_cache_mode = force_generic_plan")
    con.execute("PREPARE p(text) AS "
                f"SELECT id FROM docs WHERE tsv @~ {call}")
    assert differences(con, queries, expected, "EXECUTE p($query)") == []
    assert {"Bitmap Heap Scan", "docs_tsv"} <= nodes(con, "EXECUTE p('oil')")


JOIN = "SELECT n, id FROM saved JOIN {} ON tsv @~ q"
LATERAL = ("SELECT n, id FROM saved, LATERAL (SELECT id FROM {} "
           "WHERE tsv @~ q OFFSET 0) found")

JOINS = [
    ("nested loop, seqscan", ["nestloop", "seqscan"], JOIN.format("docs"),
     ["Nested Loop", "Seq Scan"]),
    ("nested loop, gin", ["nestloop", "bitmapscan"], JOIN.format("docs"),
     ["Nested Loop", "docs_tsv"]),
    ("nested loop, gin, parts", ["nestloop", "bitmapscan"],
     JOIN.format("parts"), ["Nested Loop", "parts1_tsv_idx"]),
    ("lateral, gin", ["nestloop", "bitmapscan"], LATERAL.format("docs"),
     ["Nested Loop", "docs_tsv"]),
    ("lateral, seqscan", ["nestloop", "seqscan"], LATERAL.format("parts"),
     ["Nested Loop", "Seq Scan"]),
]


@pytest.mark.parametrize("ways,statement,kinds",
                         [j[1:] for j in JOINS], ids=[j[0] for j in JOINS])
def test_joined_with_a_table_of_searches(con, expected, ways, statement,
                                         kinds):
    only(con, *ways)
    assert set(kinds) <= nodes(con, statement)
    found = [[] for _ in expected]
    for n, i in con.execute(statement):
        found[n].append(i)
    assert [sorted(ids) for ids in found] == expected


@pytest.mark.parametrize("way,kind", [
    ("hashjoin", "Hash Join"), ("mergejoin", "Merge Join"),
    ("nestloop", "Nested Loop")])
def test_joined_by_id(con, queries, expected, way, kind):
    statement = ("SELECT d.id FROM docs d JOIN parts p USING (id) "
                 "WHERE p.tsv @~ $query AND $query ~@ d.tsv")
    only(con, way, "bitmapscan", "seqscan", "indexscan")
    some = queries[1::4]
    assert differences(con, some, expected[1::4], statement) == []
    assert share(con, some, statement, kind) > 0.8


def test_the_newest_are_the_newest(con, queries, expected):
    """LIMIT takes the same articles from the date index and from GIN."""
    statement = ("SELECT id FROM docs WHERE tsv @~ $query "
                 "ORDER BY pub_date DESC, id LIMIT 10")
    newest = {i: at for at, (i,) in enumerate(con.execute(
        "SELECT id FROM docs ORDER BY pub_date DESC, id"))}
    firsts = [sorted(sorted(ids, key=newest.get)[:10]) for ids in expected]
    for ways in (["bitmapscan"], ["indexscan"], ["seqscan"], list(PATHS)):
        only(con, *ways)
        assert differences(con, queries, firsts, statement) == []


def test_the_cost_of_each_function_is_stated(con):
    """All but what the planner never counts."""
    assert con.execute("""
        SELECT proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid
        JOIN pg_extension e ON d.refobjid = e.oid
        WHERE e.extname = 'bisearch' AND p.procost = 1
        AND d.classid = 'pg_proc'::regclass
        AND prorettype <> 'internal'::regtype
        AND 'internal'::regtype <> ALL (proargtypes)
        AND provolatile <> 'v'""").fetchall() == []
