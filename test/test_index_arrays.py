"""tsv @~ ANY (array): one scan of the index, whatever the array has."""

import random
import re

import psycopg
import pytest

SEED = 11
ARTICLES = 4000
KINDS = ("bi_query", "tsquery")


class Words:
    def __init__(self, seed=SEED):
        self.random = random.Random(seed)

    def word(self):
        return f"w{int(800 * self.random.random() ** 3)}"

    def text(self):
        return " ".join(self.word() for _ in range(30)) + "."

    def query(self, kind):
        """Most find few articles, some many."""
        form = self.random.choice({
            "bi_query": ["{0}", "{0} & {1}", '"{0} {1}"', "{0} NEAR/4 {1}",
                         "{0} & !{1}", "{0} & {1} & {2}", "{0}* & {1}",
                         "({0} | {1}) & {2}", "ATLEAST2({0})", "title:{0}",
                         "{0} /s {1}", "{0}?", "-w1 & -w0", "nothing"],
            "tsquery": ["{0}", "{0} & {1}", "{0} <-> {1}", "{0} <3> {1}",
                        "{0} & !{1}", "{0}:* & {1}", "{0}:A",
                        "({0} | {1}) & {2}", "!w1 & !w0", "nothing"]}[kind])
        return form.format(*(self.word() for _ in range(3)))

    def array(self, kind, n):
        """With nulls, and some of them several times."""
        queries = [self.query(kind) for _ in range(n)]
        return [self.random.choice(queries + [None] * (n // 8))
                for _ in range(n)]


@pytest.fixture(scope="module")
def made(server, database):
    """A table whose index has several segments, dead articles, and pending
    ones, large and small."""
    words = Words()
    with server.connect(database) as con:
        con.execute("DROP TABLE IF EXISTS arrays")
        con.execute("CREATE TABLE arrays (id serial, body text, tsv tsvector) "
                    "WITH (autovacuum_enabled = off)")
        con.execute("CREATE TEMP TABLE raw (n int, body text)")
        with con.cursor().copy("COPY raw FROM STDIN") as copy:
            for number in range(ARTICLES):
                copy.write_row((number, words.text()))
        put = ("INSERT INTO arrays (body, tsv) SELECT body, bi_tsvector("
               "split_part(body, ' ', 1), body) FROM raw WHERE n {}")
        con.execute(put.format("< 2000"))
        con.execute("CREATE INDEX arrays_tsv ON arrays USING bisearch (tsv)")
        con.execute(put.format("BETWEEN 2000 AND 2999"))
        con.execute("SELECT bi_index_merge('arrays_tsv')")
        con.execute("INSERT INTO arrays (tsv) VALUES (NULL), ('')")
        con.execute("DELETE FROM arrays WHERE id % 10 = 0")
        con.execute("VACUUM arrays")
        con.execute(put.format(">= 3000"))
        con.execute(
            "INSERT INTO arrays (tsv) SELECT to_tsvector('simple', "
            "string_agg('w' || k * n, ' ')) FROM generate_series(1, 5) n, "
            "generate_series(1, 3000) k GROUP BY n")
        con.execute("ANALYZE arrays")
        yield
        con.execute("DROP TABLE arrays")


@pytest.fixture
def con(made, server, database):
    with server.connect(database) as con:
        con.execute("SET max_parallel_workers_per_gather = 0")
        yield con


def operator(kind):
    return "@~" if kind == "bi_query" else "@@"


def ids(con, condition, params=None, by="index"):
    con.execute(f"SET enable_seqscan = {'off' if by == 'index' else 'on'}")
    con.execute(f"SET enable_bitmapscan = {'on' if by == 'index' else 'off'}")
    sql = f"SELECT id FROM arrays WHERE {condition} ORDER BY id"
    plan = "\n".join(row[0] for row in con.execute(
        "EXPLAIN (COSTS off) " + sql, params))
    assert ("Bitmap Index Scan" in plan) == (by == "index"), plan
    return [row[0] for row in con.execute(sql, params)]


def counted(con, condition, params=None):
    con.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    return con.execute(f"SELECT count(*) FROM arrays WHERE {condition}",
                       params).fetchone()[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 5, 30, 200])
def test_index_row_by_row_and_one_by_one(con, kind, n):
    words = Words(n)
    for _ in range(6 if n < 100 else 2):
        array = words.array(kind, n)
        condition = f"tsv {operator(kind)} ANY (%s::{kind}[])"
        found = ids(con, condition, [array])
        assert found == ids(con, condition, [array], "rows"), array
        each = set()
        for query in set(array) - {None}:
            each.update(ids(con, f"tsv {operator(kind)} %s::{kind}", [query]))
        assert found == sorted(each), array
        assert counted(con, condition, [array]) == len(found)


def test_several_keys_at_once(con):
    words = Words(5)
    for _ in range(25):
        parts = []
        params = []
        for _ in range(words.random.randint(2, 3)):
            kind = words.random.choice(KINDS)
            if words.random.random() < 0.6:
                parts.append(f"tsv {operator(kind)} ANY (%s::{kind}[])")
                params.append(words.array(kind, words.random.randint(1, 20)))
            else:
                parts.append(f"tsv {operator(kind)} %s::{kind}")
                params.append(words.query(kind))
        condition = " AND ".join(parts)
        found = ids(con, condition, params)
        assert found == ids(con, condition, params, "rows"), params
        assert found == ids(con, condition + " AND id > 0", params), params
        assert counted(con, condition, params) == len(found), params


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("array,like", [
    ("NULL", None), ("'{}'", None), ("'{NULL}'", None),
    ("'{NULL, w1, NULL}'", "w1"), ("'{w1, w1, w1}'", "w1"),
    ("'{{w1, w2}, {w3, NULL}}'", "w1 | w2 | w3"),
    ("'[3:4]={w1, w2}'", "w1 | w2"), ("'{\"\", w1}'", "w1"),
    ("array_fill('w1'::KIND, ARRAY[3000])", "w1")])
def test_odd_arrays(con, kind, array, like):
    """Null ones as constants are simplified away, so as parameters too."""
    array = array.replace("KIND", kind)
    condition = f"tsv {operator(kind)} ANY ({array}::{kind}[])"
    like = [] if like is None else \
        ids(con, f"tsv {operator(kind)} '{like}'::{kind}", by="rows")
    con.execute("SET enable_seqscan = off")
    rows = con.execute(f"SELECT id FROM arrays WHERE {condition} ORDER BY id")
    assert [row[0] for row in rows] == like
    con.execute("SET plan_cache_mode = force_generic_plan")
    for what in "id", "count(*)":
        con.execute(f"PREPARE p ({kind}[]) AS SELECT {what} FROM arrays "
                    f"WHERE tsv {operator(kind)} ANY ($1) ORDER BY 1")
        rows = [row[0] for row in con.execute(
            f"EXECUTE p ({array})")]
        assert rows == (like if what == "id" else [len(like)])
        plan = "\n".join(row[0] for row in con.execute(
            f"EXPLAIN EXECUTE p ({array})"))
        assert "Index Cond" in plan
        con.execute("DEALLOCATE p")


def test_arrays_of_an_outer_row(con):
    """The scan begins again with another array each time."""
    words = Words(8)
    con.execute("CREATE TEMP TABLE lists (n int, queries bi_query[])")
    for n in range(20):
        con.execute("INSERT INTO lists VALUES (%s, %s::bi_query[])",
                    [n, None if n == 7 else words.array("bi_query", n)])
    sql = ("SELECT n, id FROM lists, LATERAL (SELECT id FROM arrays WHERE "
           "tsv @~ ANY (queries) OFFSET 0) s ORDER BY n, id")
    counts = ("SELECT n, (SELECT count(*) FROM arrays WHERE "
              "tsv @~ ANY (queries)) FROM lists ORDER BY n")
    con.execute("SET enable_seqscan = off")
    found = con.execute(sql).fetchall()
    assert con.execute(counts).fetchall() == [
        (n, sum(row[0] == n for row in found)) for n in range(20)]
    con.execute("SET enable_seqscan = on; SET enable_bitmapscan = off")
    assert found == con.execute(sql).fetchall()
    assert len(found) > 1000


def test_a_domain_and_a_column_of_arrays(con):
    con.execute("CREATE DOMAIN pg_temp.search AS bi_query")
    found = ids(con, "tsv @~ ANY ('{w1 & w2, w5}'::bi_query[])")
    con.execute("SET enable_seqscan = off")
    assert [row[0] for row in con.execute(
        "SELECT id FROM arrays WHERE tsv @~ ANY "
        "(ARRAY['w1 & w2', 'w5']::pg_temp.search[]) ORDER BY id")] == found
    assert [row[0] for row in con.execute(
        "SELECT id FROM arrays WHERE tsv @~ ALL "
        "('{w1, w5}'::bi_query[]) ORDER BY id")] == \
        ids(con, "tsv @~ 'w1 & w5'")


def buffers(con, array, table="arrays"):
    """Pages that the scan of the index asks for."""
    con.execute("SET enable_seqscan = off")
    result, = con.execute(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM {table} "
        "WHERE tsv @~ ANY (%s::bi_query[])", [array]).fetchone()
    node = result[0]["Plan"]
    while node["Node Type"] != "Bitmap Index Scan":
        node = node["Plans"][0]
    return node["Shared Hit Blocks"] + node["Shared Read Blocks"]


def index_pages(con):
    return con.execute("SELECT pg_relation_size('arrays_tsv') / 8192"
                       ).fetchone()[0]


def test_pages_are_read_once_for_all(con):
    """Pending lists, headers, and dictionaries: no more than for one, and
    what the others' words have themselves."""
    absent = [f"w{n}x" for n in range(3000)]
    assert buffers(con, absent) < 4 * buffers(con, absent[:1])
    each = sum(buffers(con, [f"w{n}"]) for n in range(0, 800, 8))
    assert buffers(con, [f"w{n}" for n in range(0, 800, 8)]) < each / 10
    assert buffers(con, [f"w{n}" for n in range(800)]) < index_pages(con)
    # once, also of what is hard to find
    one = buffers(con, ["w1 NEAR/3 w2"])
    assert buffers(con, ["w1 NEAR/3 w2"] * 1000) == one


def test_one_scan(con):
    def scans():
        return con.execute("SELECT pg_stat_get_xact_numscans("
                           "'arrays_tsv'::regclass)").fetchone()[0]
    with con.transaction():
        before = scans()
        ids(con, "tsv @~ ANY (%s::bi_query[])", [["w1", "w2", "w3 w4"]])
        assert scans() == before + 1


def test_memory(con, server, database):
    """It does not grow with the number of queries but by the array."""
    def peak(array):
        with server.connect(database) as one:
            one.execute("SET enable_seqscan = off")
            one.execute("SELECT id FROM arrays WHERE tsv @~ ANY "
                        f"({array}::bi_query[])")
            path = f"/proc/{one.info.backend_pid}/status"
            return int(re.search(r"VmHWM:\s*(\d+)", open(path).read())[1])

    make = ("(SELECT array_agg(('w' || n || ' NEAR/3 w' || n + 1)::bi_query) "
            "FROM generate_series(1, {}) n)")
    base = peak(make.format(10))
    assert peak(make.format(20000)) - base < 40_000


@pytest.mark.parametrize("sql", [
    "SELECT id FROM arrays WHERE tsv @~ ANY (%s::bi_query[])",
    "SELECT count(*) FROM arrays WHERE tsv @~ ANY (%s::bi_query[])"])
def test_it_can_be_cancelled(con, sql):
    array = [f"w{n} NEAR/{n % 9 + 1} w{n % 97}" for n in range(20000)]
    con.execute("SET enable_seqscan = off")
    con.execute("SET statement_timeout = '50ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        con.execute(sql, [array])


def test_counts_are_made_by_the_index(con):
    con.execute("VACUUM arrays")
    plan = "\n".join(row[0] for row in con.execute(
        "EXPLAIN SELECT count(*) FROM arrays WHERE "
        "tsv @~ ANY ('{w1 w2, w7}'::bi_query[])"))
    assert "bisearch count" in plan and "ANY" in plan


def test_costs(con):
    """More queries cost more, and reading rows one by one still more."""
    con.execute("SET enable_seqscan = off")
    costs = []
    for n in 1, 10, 100, 1000:
        result, = con.execute(
            "EXPLAIN (FORMAT JSON) SELECT id FROM arrays WHERE "
            "tsv @~ ANY (%s::bi_query[])",
            [[f"nothing{k}" for k in range(n)]]).fetchone()
        costs.append(result[0]["Plan"]["Total Cost"])
    assert costs == sorted(costs) and len(set(costs)) == 4
    con.execute("RESET enable_seqscan")
    plan = "\n".join(row[0] for row in con.execute(
        "EXPLAIN SELECT id FROM arrays WHERE tsv @~ ANY (%s::bi_query[])",
        [[f"nothing{k}" for k in range(1000)]]))
    assert "Bitmap Index Scan" in plan


@pytest.mark.parametrize("condition", [
    "tsv @~ '-nothing'", "tsv @~ ANY (ARRAY['w0', '-w0']::bi_query[])",
    "tsv @~ ANY ('{-nothing, w1 w2}') AND id > 0"])
def test_searches_that_nearly_all_rows_match(con, condition):
    """Reading all rows by the index is less than matching each, though core
    takes both for matching."""
    sql = f"FROM arrays WHERE {condition}"
    plan = "\n".join(row[0] for row in con.execute("EXPLAIN SELECT id " + sql))
    assert "Bitmap Index Scan" in plan
    assert "Bitmap" not in "\n".join(row[0] for row in con.execute(
        "EXPLAIN SELECT id FROM arrays TABLESAMPLE system (50) WHERE "
        + condition))
    assert "Bitmap" not in "\n".join(row[0] for row in con.execute(
        f"EXPLAIN SELECT id {sql} LIMIT 1"))
