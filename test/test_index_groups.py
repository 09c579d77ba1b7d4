"""Groups counted by a bisearch index without the heap: when that is planned,
and that the groups are a sequential scan's, whatever happens meanwhile.

Tables change at random; BISEARCH_SEED repeats how.
"""

import random
import threading

import psycopg
import pytest

from instances import SEED
from test_index_count import vacuum
from test_plans import explain

GROUPING = ("SET enable_seqscan = off; SET enable_bitmapscan = off; "
            "SET enable_indexscan = off; SET bisearch.enable_groups = on; "
            "SET work_mem = '64MB'")
READING = ("SET enable_seqscan = on; SET enable_bitmapscan = off; "
           "SET bisearch.enable_count = off; "
           "SET bisearch.enable_groups = off")

# instants at which some clock is set: in Newfoundland at 00:01, in Samoa by
# a day, in Alaska by a day the other way
CHANGES = ["2009-11-01 02:31:00+00", "2009-03-08 03:31:00+00",
           "2026-10-25 01:00:00+00", "2026-03-29 01:00:00+00",
           "2011-12-30 10:00:00+00", "1867-10-19 15:02:19+00",
           "2018-02-18 02:00:00+00", "1999-12-31 23:59:59.999999+00",
           "2024-02-29 12:00:00+00"]
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "America/Sao_Paulo",
         "Asia/Kolkata", "Pacific/Apia", "America/Juneau", "Asia/Tokyo",
         "Africa/Casablanca", "<A>-3<B>,M3.5.0/2,M10.5.0/0:01", "<-05>5"]
UNITS = ["hour", "day", "week", "Month", "quarter", "year", "decade",
         "century", "millennium"]
FIELDS = ["hour", "Day", "dow", "isodow", "doy", "week", "month", "quarter",
          "year", "isoyear", "decade", "century", "millennium", "epoch"]
FORMATS = ["YYYY-MM", "YYYY/MM/DD", "IYYY-IW", "YYYY Q", "DD.MM.YY HH24",
           "MMSS", "YYYY-MM-DDTZ", "WW", "FMMM", "D", "J"]

COLUMNS = {
    "published": "timestamptz", "written": "timestamp", "day": "date",
    "topic": "text", "price": "numeric", "ratio": "float8", "whole": "int4",
    "large": "int8", "flag": "bool"}


def value(rnd, column, null=0.1):
    """An expression of a random value."""
    n = rnd.randrange(400)
    at = rnd.choice(CHANGES)
    chosen = {
        "published": [f"'{at}'::timestamptz + {n - 200} * interval '47 s'",
                      f"'{at}'::timestamptz + {n - 200} * interval '1 day'",
                      f"'2007-01-01'::timestamptz + {n} * interval '5 h'",
                      "'infinity'", "'-infinity'", "'0044-03-15 BC'",
                      "'12000-01-01'"],
        "written": [f"'{at[:19]}'::timestamp + {n - 200} * interval '47 s'",
                    f"'2026-01-01'::timestamp + {n} * interval '31 h'",
                    "'infinity'", "'1999-12-31 23:59:59.999999'"],
        "day": [f"'2026-01-01'::date + {n}", "'infinity'", "'-infinity'",
                "'0044-03-15 BC'"],
        "topic": [f"'t{n % 9}'", f"'T{n % 9}'", "''", f"'topic {n}'"],
        "price": [f"{n % 7}", "1.0", "1.00", "'NaN'", "-7.5"],
        "ratio": [f"{n % 5} / 2.0", "'NaN'", "'-0'", "0", "'-infinity'"],
        "whole": [f"{n % 30}", "0", "2147483647", "-2147483648"],
        "large": [f"{n % 30}::int8 * 1000000000", "9223372036854775807",
                  "-9223372036854775808", "0"],
        "flag": [f"{n} % 2 = 0"]}[column]
    pick = chosen[0] if rnd.random() < 0.4 else rnd.choice(chosen)
    return "NULL" if rnd.random() < null else f"({pick})::{COLUMNS[column]}"


def insert(con, rnd, first, n):
    """Rows with ids from first."""
    rows = []
    for number in range(first, first + n):
        words = ["common"] * (rnd.random() < 0.8) + ["rare"] * (
            rnd.random() < 0.02) + [f"w{number % 7}", f"v{number % 3}"]
        rows.append(f"({number}, 'x', to_tsvector('simple', "
                    f"'{' '.join(words)}'), " + ", ".join(
                        value(rnd, column) for column in COLUMNS) + ")")
    for at in range(0, n, 500):
        con.execute("INSERT INTO grouped VALUES " +
                    ", ".join(rows[at:at + 500]))


def key(rnd):
    """A key, and what of it to compare: values that are equal may look
    different."""
    unit = rnd.choice(UNITS)
    zone = rnd.choice(["Europe/Berlin", "America/St_Johns", "Pacific/Apia",
                       "America/Juneau", "UTC", "EST", "msk", "Asia/Kolkata"])
    plain = "({})::text"
    return rnd.choice([
        (f"date_trunc('{unit}', published)", plain),
        (f"date_trunc('{unit}', published)", plain),
        (f"date_trunc('{unit}', published, '{zone}')", plain),
        (f"date_trunc('{unit}', published AT TIME ZONE '{zone}')", plain),
        (f"date_trunc('{unit}', published)::date", plain),
        (f"(published AT TIME ZONE '{zone}')::date", plain),
        ("published::date", plain), ("published", plain),
        (f"date_trunc('{unit}', date_trunc('day', published))", plain),
        (f"date_trunc('{unit}', date_trunc('day', published) "
         f"AT TIME ZONE '{zone}')", plain),
        (f"coalesce(date_trunc('{unit}', published), 'infinity')", plain),
        (f"date_trunc('{unit}', published) = published", plain),
        (f"greatest(date_trunc('{unit}', published), published::date)",
         plain),
        (f"extract({rnd.choice(FIELDS)} FROM published)", plain),
        (f"date_part('{rnd.choice(FIELDS)}', written)", plain),
        (f"extract({rnd.choice(FIELDS)} FROM published AT TIME ZONE "
         f"'{zone}')", plain),
        (f"to_char({rnd.choice(['published', 'written'])}, "
         f"'{rnd.choice(FORMATS)}')", plain),
        (f"date_trunc('{unit}', written)", plain), ("written::date", plain),
        ("day", plain), (f"date_trunc('{unit}', day)", plain),
        ("extract(quarter FROM day)", plain),
        ("topic", plain), ("lower(topic)", plain), ("topic IS NULL", plain),
        ("topic COLLATE loose", "lower({})"), ("topic <> 't1'", plain),
        ("length(topic)", plain), ("price", "trim_scale({})::text"),
        ("round(price)", "trim_scale({})::text"), ("price <> 1", plain),
        ("ratio", "({} + 0)::text"), ("whole", plain),
        ("whole % 10", plain), ("large", plain), ("flag", plain),
        ("NOT flag", plain)])


WORDS = ["common", "w1", "w5", "v2", "rare", "common -w3", '"w1 v1"',
         "w1 | v2", "co*", "-rare", "absent"]


def condition(rnd, column=None):
    column = column or rnd.choice(list(COLUMNS))
    if column == "flag":
        return "topic = ANY (ARRAY['t1', 'T2', NULL, 't3'])"
    return f"{column} {rnd.choice(['<', '<=', '=', '>=', '>'])} " + \
        value(rnd, column, 0)


def conditions(rnd):
    return " AND ".join(
        [f"tsv @~ '{rnd.choice(WORDS)}'"] +
        [condition(rnd, column) for column in
         rnd.sample(list(COLUMNS), rnd.choice([0, 0, 0, 1, 2]))])


def statement(rnd):
    """A random query of groups."""
    keys = [key(rnd) for _ in range(rnd.choice([0, 1, 1, 1, 2, 2, 3, 4]))]
    counts = []
    searched = rnd.random() < 0.85
    for _ in range(rnd.choice([1, 1, 2, 3])):
        counted = rnd.choice(["*", "*", "*"] + list(COLUMNS)[:5])
        within = condition(rnd) if rnd.random() < 0.2 else conditions(rnd)
        filtered = f" FILTER (WHERE {within})" if rnd.random() < 0.4 else ""
        counts.append(f"count({counted}){filtered}")
    if not keys:            # a mere count(*) is another node's
        counts.append("count(flag)")
    if not searched:
        counts.append("count(*) FILTER (WHERE tsv @~ 'w3 | rare')")
    inner = [f"{text} AS k{n}" for n, (text, _) in enumerate(keys)] + \
        [f"{text} AS c{n}" for n, text in enumerate(counts)] + \
        ["count(*) AS all_rows"]
    rnd.shuffle(inner)
    where = [conditions(rnd)] * searched or \
        [condition(rnd)] * (rnd.random() < 0.3)
    sql = f"SELECT {', '.join(inner)} FROM grouped" + \
        (f" WHERE {where[0]}" if where else "") + \
        (" GROUP BY " + ", ".join(text for text, _ in keys) if keys else "") \
        + (" HAVING count(*) > 1" if rnd.random() < 0.2 else "")
    outer = [shown.format(f"k{n}") for n, (_, shown) in enumerate(keys)] + \
        [f"c{n}" for n in range(len(counts))] + ["all_rows"]
    # a subquery that is not pulled up: what is shown is no matter of groups
    return f"SELECT {', '.join(outer)} FROM ({sql} OFFSET 0) g"


def is_grouped(con, sql, parameters=None):
    return any(node.get("Custom Plan Provider") == "bisearch groups"
               for node in explain(con, sql, parameters))


def result(con, sql, parameters=None):
    """The rows in an order of their own, or the error."""
    try:
        with con.transaction():
            return sorted(con.execute(sql, parameters).fetchall(), key=repr)
    except psycopg.errors.DataError as error:
        return error.sqlstate


def same_groups(con, sql, parameters=None):
    """The groups, which are a sequential scan's."""
    con.execute(GROUPING + "; DISCARD PLANS")
    assert is_grouped(con, sql, parameters), sql
    found = result(con, sql, parameters)
    con.execute(READING + "; DISCARD PLANS")
    assert not is_grouped(con, sql, parameters)
    assert found == result(con, sql, parameters), sql
    return found


def agree(con, rnd, times):
    for _ in range(times):
        con.execute(f"SET TimeZone = '{rnd.choice(ZONES)}'")
        same_groups(con, statement(rnd))
        con.execute("RESET TimeZone")


def change(con, rnd, first):
    """Rows come, change in words, columns or neither, and go."""
    insert(con, rnd, first, rnd.choice([1, 30, 300]))
    column = rnd.choice(list(COLUMNS))
    con.execute(rnd.choice([
        f"DELETE FROM grouped WHERE id % 6 = {rnd.randrange(6)}",
        f"UPDATE grouped SET {column} = {value(rnd, column)} "
        f"WHERE id % 5 = {rnd.randrange(5)}",
        f"UPDATE grouped SET other = 'y' WHERE id % 3 = {rnd.randrange(3)}",
        "UPDATE grouped SET tsv = tsv || 'again:1' "
        f"WHERE id % 4 = {rnd.randrange(4)}"]))


def tidy(con, rnd):
    con.execute(rnd.choice([
        "VACUUM grouped", "SELECT bi_index_merge('grouped_tsv')",
        "VACUUM (INDEX_CLEANUP ON) grouped", "SELECT 1", "SELECT 1"]))


@pytest.fixture
def table(db):
    db.execute("DROP TABLE IF EXISTS grouped; "
               "DROP COLLATION IF EXISTS loose")
    try:
        db.execute("CREATE COLLATION loose (provider = icu, "
                   "locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("PostgreSQL without ICU")
    db.execute("CREATE TABLE grouped (id int, other text, "
               "tsv tsvector NOT NULL, " +
               ", ".join(f"{c} {t}" for c, t in COLUMNS.items()) +
               ") WITH (autovacuum_enabled = off, fillfactor = 70); "
               "CREATE INDEX grouped_tsv ON grouped USING bisearch (tsv, " +
               ", ".join(c for c in COLUMNS if c != "flag") +
               ") INCLUDE (flag)")
    yield db
    db.execute("RESET ALL; RESET ROLE; DROP TABLE grouped CASCADE; "
               "DROP COLLATION loose")


@pytest.mark.parametrize("number", range(4))
def test_histories(table, server, database, number):
    """Tables that change, while others have changed and not committed, or
    see what was."""
    print(f"BISEARCH_SEED={SEED}")
    con = table
    rnd = random.Random(f"groups {SEED} {number}")
    insert(con, rnd, 0, rnd.choice([0, 300, 2000]))
    with server.connect(database) as writer, \
            server.connect(database) as reader:
        for step in range(6):
            change(con, rnd, 10000 * (step + 1))
            reader.execute("COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ")
            reader.execute("SELECT FROM grouped")
            writer.execute("BEGIN")
            change(writer, rnd, 10000 * (step + 1) + 5000)
            agree(con, rnd, 6)
            agree(writer, rnd, 2)
            agree(reader, rnd, 3)
            writer.execute(rnd.choice(["COMMIT", "ROLLBACK"]))
            tidy(con, rnd)
            con.execute("ANALYZE grouped")
            agree(con, rnd, 6)
            agree(reader, rnd, 3)
        reader.execute("COMMIT")
    con.execute("VACUUM grouped")
    agree(con, rnd, 25)


def fill(con, n, vacuumed=True):
    """Rows whose groups are known, in a few segments' blocks."""
    con.execute("INSERT INTO grouped (id, tsv, published, topic, whole, "
                "flag, price) SELECT i, to_tsvector('simple', 'common w' || "
                "i % 7), '2020-01-01'::timestamptz + i * interval '1 h', "
                "CASE WHEN i % 10 > 0 THEN 't' || i % 9 END, i / 3, "
                "CASE WHEN i % 4 > 0 THEN i % 2 = 0 END, "
                "CASE WHEN i % 2 = 0 THEN 1.0 ELSE 1.00 END "
                f"FROM generate_series(1, {n}) i")
    if vacuumed:
        vacuum(con, "grouped")


def test_many_blocks(table):
    """More groups and articles than an array or a block has."""
    con = table
    fill(con, 30000)
    rnd = random.Random(f"blocks {SEED}")
    for keys in ("whole", "whole * 1000", "whole, topic", "published",
                 "date_trunc('month', published)", "published::date, flag",
                 "whole, published, topic, flag", "price"):
        for count in ("count(*)", "count(flag), count(topic) "
                      "FILTER (WHERE tsv @~ 'w3 | w4')"):
            con.execute(f"SET TimeZone = '{rnd.choice(ZONES)}'")
            same_groups(con, f"SELECT {keys}, {count} FROM grouped WHERE "
                        f"tsv @~ 'common' GROUP BY {keys}")
    con.execute("RESET TimeZone")
    assert len(same_groups(con, "SELECT whole, count(*) FROM grouped "
                           "WHERE tsv @~ 'common' GROUP BY 1")) == 10001
    assert same_groups(con, "SELECT trim_scale(price), count(*) FROM grouped "
                       "WHERE tsv @~ 'common' GROUP BY price") == \
        [(1, 30000)]
    # what is forgotten of many numbers is found again
    con.execute("UPDATE grouped SET large = id * 1000003::int8")
    con.execute(GROUPING)
    sql = "SELECT large, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY 1"
    con.execute("PREPARE p AS " + sql)
    con.execute("SET plan_cache_mode = force_generic_plan")
    assert is_grouped(con, "EXECUTE p")
    con.execute("SET work_mem = '64kB'")
    assert len(con.execute("EXECUTE p").fetchall()) == 4286
    con.execute("DEALLOCATE p")


GROUPED = [
    "SELECT topic, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT 1 FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT DISTINCT count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT count(*), lower(topic) || count(*), topic FROM grouped g "
    "WHERE 'w3' ~@ tsv GROUP BY g.topic HAVING count(*) > 400 ORDER BY 1, 3",
    "SELECT rank() OVER (ORDER BY count(*)), topic FROM grouped "
    "WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT date_trunc('month', published) AS m, topic, count(*) "
    "FROM grouped WHERE tsv @~ 'w3' AND published >= '2020-02-01' AND "
    "topic IN ('t1', 't2') GROUP BY m, topic ORDER BY m, topic",
    "SELECT count(*) FROM grouped WHERE tsv @~ 'w3' HAVING count(*) > 5",
    "SELECT count(*) FROM grouped WHERE tsv @~ 'w3' HAVING count(*) > 50000",
    "SELECT count(*) FROM grouped WHERE tsv @~ 'w3' HAVING count(flag) > 5",
    "SELECT count(flag), count(*), count(*) FILTER (WHERE tsv @~ 'w3') "
    "FROM grouped WHERE tsv @~ 'common'",
    "SELECT count(*) FILTER (WHERE tsv @~ 'w3') FROM grouped",
    "SELECT count(*) FILTER (WHERE tsv @~ 'w3' AND topic = 't1'), "
    "count(*) FILTER (WHERE topic = 't2'), count(*) FROM grouped "
    "WHERE whole < 500",
    "SELECT flag, count(*) FILTER (WHERE tsv @~ (SELECT NULL::bi_query)), "
    "count(*) FILTER (WHERE tsv @~ 'w3') FROM grouped GROUP BY flag",
    "SELECT flag, count(*) FROM grouped "
    "WHERE tsv @~ current_setting('no.search', true)::bi_query GROUP BY flag",
    "SELECT count(flag) FROM grouped WHERE tsv @~ (SELECT NULL::bi_query)",
    "SELECT topic, (SELECT count(*) FROM pg_class WHERE relname = g.topic), "
    "count(*) FROM grouped g WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT whole % (SELECT 7), count(*) FROM grouped "
    "WHERE tsv @~ (SELECT 'w3'::bi_query) GROUP BY 1",
    "SELECT q, (SELECT sum(n) FROM (SELECT topic, count(*) AS n FROM grouped "
    "WHERE tsv @~ q GROUP BY topic) s WHERE topic > 't') "
    "FROM unnest('{w3, w4, NULL, w5 & w6}'::bi_query[]) q",
    "SELECT flag, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY 1 "
    "UNION ALL SELECT NOT flag, count(*) FROM grouped WHERE tsv @~ 'w4' "
    "GROUP BY flag",
]


@pytest.fixture
def filled(table):
    fill(table, 12000)
    yield table


def test_groups(filled):
    for sql in GROUPED:
        same_groups(filled, sql)


NOT_GROUPED = [
    "SELECT id, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY id",
    "SELECT topic, count(*) FROM grouped WHERE tsv @~ 'w3' AND id > 7 "
    "GROUP BY topic",
    "SELECT topic, count(*) FROM grouped GROUP BY topic",
    "SELECT topic, count(*) FROM grouped WHERE topic > 't3' GROUP BY topic",
    "SELECT topic, count(DISTINCT flag) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY topic",
    "SELECT topic, count(flag ORDER BY flag) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY topic",
    "SELECT topic, max(whole) FROM grouped WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic, count(whole + 1) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY topic",
    "SELECT topic, count(*) FILTER (WHERE id > 7) FROM grouped "
    "WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic || whole, count(*) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY 1",
    "SELECT whole * (random() < 2)::int, count(*) FROM grouped "
    "WHERE tsv @~ 'w3' GROUP BY 1",
    "SELECT topic, flag, count(*) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY GROUPING SETS (1, 2)",
    "SELECT topic, flag, count(*) FROM grouped WHERE tsv @~ 'w3' "
    "GROUP BY ROLLUP (1, 2)",
    "SELECT topic, count(*) FROM grouped TABLESAMPLE SYSTEM (100) "
    "WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT a.topic, count(*) FROM grouped a JOIN grouped b USING (id) "
    "WHERE a.tsv @~ 'w3' GROUP BY a.topic",
    "SELECT topic, generate_series(1, 2), count(*) FROM grouped "
    "WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic = 't1', count(*) FROM grouped WHERE tsv @~ 'w3' AND "
    "topic = 't1' GROUP BY 1",
    "SELECT topic, count(*) FROM barrier WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic, count(*) FROM parent WHERE tsv @~ 'w3' GROUP BY topic",
    "SELECT topic, count(*) FROM (SELECT * FROM grouped WHERE tsv @~ 'w3' "
    "LIMIT 5) s GROUP BY topic",
]


def test_nothing_else(filled):
    con = filled
    con.execute("""
        CREATE TEMP VIEW barrier WITH (security_barrier) AS
            SELECT * FROM grouped WHERE whole > 100;
        CREATE TEMP TABLE parent (LIKE grouped);
        CREATE INDEX ON parent USING bisearch (tsv, topic);
        CREATE TEMP TABLE child () INHERITS (parent)""")
    for sql in NOT_GROUPED:
        con.execute(GROUPING)
        assert not is_grouped(con, sql), sql
        con.execute(sql)
    con.execute("DROP TABLE parent CASCADE")


def test_constraint_younger_than_snapshot(table, server, database):
    """A snapshot sees nulls that were gone when NOT NULL was added.  Without
    JIT, as core's compiled reading of rows believes the constraint, and
    crashes the server."""
    con = table
    con.execute("ALTER TABLE grouped ALTER tsv DROP NOT NULL")
    con.execute("INSERT INTO grouped (topic, tsv) VALUES ('t', 'a'), "
                "('t', NULL)")
    sql = ("SELECT topic, count(*), count(*) FILTER (WHERE tsv @~ 'a') "
           "FROM grouped GROUP BY topic")
    with server.connect(database) as reader:
        reader.execute("SET jit = off")
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")          # takes the snapshot, and no lock
        con.execute("UPDATE grouped SET tsv = 'a' WHERE tsv IS NULL")
        con.execute("ALTER TABLE grouped ALTER tsv SET NOT NULL")
        reader.execute(GROUPING)
        assert reader.execute(sql).fetchall() == [("t", 2, 1)]
        reader.execute("COMMIT")
        # whatever else has been running since before
        with server.connect(database) as older:
            older.execute("BEGIN")
            older.execute("SELECT txid_current()")
            con.execute("ALTER TABLE grouped ALTER tsv SET STATISTICS 50")
            assert is_grouped(reader, sql)
            assert reader.execute(sql).fetchall() == [("t", 2, 2)]
        # the constraint is its own, and still younger than its snapshot
        con.execute("ALTER TABLE grouped ALTER tsv DROP NOT NULL")
        con.execute("INSERT INTO grouped (topic, tsv) VALUES ('t', NULL)")
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        con.execute("DELETE FROM grouped WHERE tsv IS NULL")
        reader.execute("ALTER TABLE grouped ALTER tsv SET NOT NULL")
        assert reader.execute(sql).fetchall() == [("t", 3, 2)]
        reader.execute("ROLLBACK")


def test_rows_that_the_index_has_not(filled):
    """Filters stand for a search in WHERE only if all rows are indexed."""
    con = filled
    sql = ("SELECT topic, count(*), count(*) FILTER (WHERE tsv @~ 'w3') "
           "FROM grouped GROUP BY topic")
    same_groups(con, sql)
    con.execute("ALTER TABLE grouped ALTER tsv DROP NOT NULL")
    con.execute("INSERT INTO grouped (topic) VALUES ('t1')")
    con.execute(GROUPING)
    assert not is_grouped(con, sql)
    con.execute("DELETE FROM grouped WHERE tsv IS NULL")
    con.execute("ALTER TABLE grouped ALTER tsv SET NOT NULL")
    con.execute("DROP INDEX grouped_tsv; CREATE INDEX grouped_part "
                "ON grouped USING bisearch (tsv, topic) WHERE whole < 900")
    assert not is_grouped(con, sql)
    same_groups(con, sql.replace("GROUP BY", "WHERE whole < 900 GROUP BY"))
    same_groups(con, "SELECT topic, count(*) FROM grouped WHERE whole < 900 "
                "AND tsv @~ 'w3' GROUP BY topic")
    con.execute(GROUPING)
    assert not is_grouped(con, "SELECT topic, count(*) FROM grouped WHERE "
                          "whole < 800 AND tsv @~ 'w3' GROUP BY topic")


def test_expressions(filled):
    """Columns of the index that are expressions."""
    con = filled
    con.execute("DROP INDEX grouped_tsv; CREATE INDEX ON grouped USING "
                "bisearch (tsv, lower(topic), (whole % 10))")
    for keys in ("lower(topic)", "whole % 10, lower(topic)",
                 "upper(lower(topic))", "whole % 10 + 1"):
        same_groups(con, f"SELECT {keys}, count(*), count(whole % 10) "
                    "FROM grouped WHERE tsv @~ 'w3' AND lower(topic) > 't2' "
                    f"GROUP BY {keys}")
    con.execute(GROUPING)
    for keys in ("topic", "whole", "whole % 11", "lower(topic) || topic"):
        assert not is_grouped(con, f"SELECT {keys}, count(*) FROM grouped "
                              f"WHERE tsv @~ 'w3' GROUP BY {keys}")


def test_chosen(filled):
    """Left alone, it is the plan; not where the groups may not fit."""
    con = filled
    con.execute("RESET ALL")
    for sql in (
            "SELECT topic, count(*) FROM grouped WHERE tsv @~ 'common' "
            "GROUP BY topic",
            "SELECT date_trunc('month', published), topic, count(*) "
            "FROM grouped WHERE tsv @~ 'common' GROUP BY 1, 2",
            "SELECT date_trunc('month', published), count(*) FILTER "
            "(WHERE tsv @~ 'w3') FROM grouped GROUP BY 1"):
        assert is_grouped(con, sql), sql
    wide = ("SELECT published, count(*) FROM grouped WHERE tsv @~ 'common' "
            "GROUP BY 1")
    con.execute("SET work_mem = '64kB'; SET hash_mem_multiplier = 1")
    assert not is_grouped(con, wide)
    con.execute("RESET work_mem")
    con.execute("SET bisearch.enable_groups = off")
    assert not is_grouped(con, sql)


def test_generic_plans(filled):
    """Parameters everywhere, also NULL."""
    con = filled
    con.execute(GROUPING + "; SET plan_cache_mode = force_generic_plan")
    con.execute(
        "PREPARE p (bi_query, timestamptz, text, bi_query, text, int) AS "
        "SELECT date_trunc($5, published), whole / $6, count(*), "
        "count(*) FILTER (WHERE tsv @~ $4) FROM grouped WHERE tsv @~ $1 "
        "AND published >= $2 AND topic = $3 GROUP BY 1, 2 "
        "HAVING count(*) > $6 - 1000")
    for values in ("'common', '2020-03-01', 't1', 'w3', 'month', 1000",
                   "'w3', '2020-03-01', 't1', NULL, 'day', 900",
                   "'common', NULL, 't1', 'w3', 'month', 1000",
                   "NULL, '2020-03-01', 't1', 'w3', 'month', 1000",
                   "'w3', '2020-03-01', 't1', 'w3', NULL, 1000",
                   "'w3', '-infinity', 't1', 'w3', 'hour', NULL"):
        same_groups(con, f"EXECUTE p ({values})")
    con.execute(GROUPING)
    with pytest.raises(psycopg.errors.DivisionByZero):
        con.execute("EXECUTE p ('w3', '2020-03-01', 't1', 'w3', 'day', 0)")
    con.execute("DEALLOCATE p")


def test_errors_are_those_of_rows(filled):
    """A step is evaluated only for rows that are found and visible."""
    con = filled
    sql = ("SELECT 1000 / (whole - {}), count(*) FROM grouped "
           "WHERE tsv @~ 'common' AND whole > 100 GROUP BY 1")
    same_groups(con, sql.format(50))
    con.execute("DELETE FROM grouped WHERE whole = 200")
    same_groups(con, sql.format(200))
    con.execute(GROUPING)
    with pytest.raises(psycopg.errors.DivisionByZero):
        con.execute(sql.format(300))
    same_groups(con, "SELECT count(*) FROM grouped WHERE tsv @~ 'w3' "
                "HAVING count(*) > 1")


def test_explain(filled):
    plan = "\n".join(row[0] for row in filled.execute(
        "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, BUFFERS OFF) "
        "SELECT date_trunc('year', published), topic, count(*) "
        "FROM grouped g WHERE tsv @~ 'w3' AND topic > 't6' GROUP BY 1, 2 "
        "HAVING count(*) > 100"))
    # 18 tells rows to two places
    assert plan.replace(".00 loops", " loops") == """\
Custom Scan (bisearch groups) on grouped g (actual rows=2 loops=1)
  Filter: ((count(*)) > 100)
  Rows Removed by Filter: 2
  Index Name: grouped_tsv
  Index Cond: ((tsv @~ 'w3'::bi_query) AND (topic > 't6'::text))
  Group Key: date_trunc('year'::text, published), topic
  Heap Fetches: 0"""


def test_policies(filled):
    con = filled
    sql = "SELECT topic, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY 1"
    con.execute("DROP ROLE IF EXISTS grouper; CREATE ROLE grouper; "
                "GRANT SELECT (tsv) ON grouped TO grouper; " + GROUPING)
    try:
        con.execute("SET ROLE grouper")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            con.execute(sql)
        con.execute("RESET ROLE; GRANT SELECT ON grouped TO grouper; "
                    "SET ROLE grouper")
        assert is_grouped(con, sql)
        con.execute("RESET ROLE; ALTER TABLE grouped ENABLE ROW LEVEL "
                    "SECURITY; CREATE POLICY half ON grouped "
                    "USING (tsv @~ 'w3'); SET ROLE grouper")
        assert not is_grouped(con, sql)
    finally:
        con.execute("RESET ROLE; DROP OWNED BY grouper; DROP ROLE grouper")


def test_concurrent_updates(filled, server, database):
    """Rows move between groups, and none is missed or counted twice."""
    sql = ("SELECT topic, count(*), count(*) FILTER (WHERE tsv @~ 'w3') "
           "FROM grouped WHERE tsv @~ 'common' GROUP BY topic")
    stop = threading.Event()

    def move(number):
        rnd = random.Random(f"moves {SEED} {number}")
        with server.connect(database) as con:
            while not stop.is_set():
                con.execute(
                    "UPDATE grouped SET topic = 't' || %s WHERE id IN "
                    "(SELECT (%s + i * 37) %% 12000 + 1 "
                    "FROM generate_series(1, 40) i) AND id %% 2 = %s",
                    [rnd.randrange(20), rnd.randrange(12000), number])
                if number == 0 and rnd.random() < 0.2:
                    con.execute("VACUUM grouped")

    movers = [threading.Thread(target=move, args=[n], daemon=True)
              for n in range(2)]
    with server.connect(database) as con:
        con.execute(GROUPING)
        assert is_grouped(con, sql)
        for mover in movers:
            mover.start()
        try:
            for _ in range(60):
                groups = con.execute(sql).fetchall()
                assert sum(row[1] for row in groups) == 12000
                assert sum(row[2] for row in groups) == 1714
        finally:
            stop.set()
            for mover in movers:
                mover.join()
    same_groups(filled, sql)


def test_serializable(filled, server, database):
    """Two transactions that count groups, and then change one."""
    sql = "SELECT topic, count(*) FROM grouped WHERE tsv @~ 'w3' GROUP BY 1"
    with server.connect(database) as other:
        for con in (filled, other):
            con.execute(GROUPING)
            con.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
            con.execute(sql)
        filled.execute("INSERT INTO grouped (tsv, topic) VALUES ('w3', 'a')")
        with pytest.raises(psycopg.errors.SerializationFailure):
            other.execute("INSERT INTO grouped (tsv, topic) "
                          "VALUES ('w3', 'b')")
            filled.execute("COMMIT")
            other.execute("COMMIT")
        for con in (filled, other):
            con.execute("ROLLBACK")
