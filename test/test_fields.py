"""Fields of one's own: values, their order, and searches of them."""

import datetime
import decimal
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import compare, fields, invent, own, parser  # noqa: E402
from oracle.chunks import QueryError, Unclear  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
QUERIES = int(os.environ.get("BISEARCH_QUERIES") or 3000) // 3
DOCUMENTS = 600

FIELDS = own.declared(fields.DECLARED)


def value(con, expression, *args):
    return con.execute("SELECT " + expression, args).fetchone()[0]


def refusal(con, expression, *args):
    with pytest.raises(psycopg.Error) as raised:
        con.execute("SELECT " + expression, args)
    return raised.value


@pytest.fixture(scope="module")
def con(server):
    """A database with a configuration of exact words and fields."""
    name = server.create_database(f"t{os.getpid()}_fields")
    with server.connect(name) as con:
        con.execute("SET client_min_messages = error")
        con.execute(
            "CREATE TEXT SEARCH DICTIONARY fielded (TEMPLATE = bisearch_fold,"
            f" FIELDS = '{fields.DECLARED}')")
        con.execute("CREATE TEXT SEARCH CONFIGURATION fielded "
                    "(COPY = bisearch)")
        con.execute("ALTER TEXT SEARCH CONFIGURATION fielded ALTER MAPPING "
                    "REPLACE bisearch_fold WITH fielded")
        con.execute(
            "SELECT bi_create_configuration('news', 'english_stem', fields "
            "=> 'source text, topic text, date date, words number')")
        yield con
    server.drop_database(name)


# ------------------------------------------------------------------ bi_field

@pytest.mark.parametrize("expression, expected", [
    ("bi_field('source', 'Daily   Mail ')", "'§source=daily mail'"),
    ("bi_field('source', ARRAY['B', NULL, 'a', 'b', ''])",
     "'§source=a' '§source=b'"),
    ("bi_field('source', ARRAY[]::text[])", ""),
    ("bi_field('Date', date '2026-03-05')", "'§date=2026-03-05'"),
    ("bi_field('date', date '0001-01-01')", "'§date=0001-01-01'"),
    ("bi_field('date', date '9999-12-31')", "'§date=9999-12-31'"),
    ("bi_field('date', date '0001-12-31 BC')", ""),
    ("bi_field('date', date '10000-01-01')", ""),
    ("bi_field('date', date 'infinity')", ""),
    ("bi_field('date', timestamp '2026-03-05 23:59:59.9')",
     "'§date=2026-03-05'"),
    ("bi_field('date', timestamptz '2026-03-05 23:30:00-05')",
     "'§date=2026-03-06'"),
    ("bi_field('date', timestamp '-infinity')", ""),
    ("bi_field('words', 740::smallint)", "'§words=a274'"),
    ("bi_field('words', 740)", "'§words=a274'"),
    ("bi_field('words', 740::bigint)", "'§words=a274'"),
    ("bi_field('words', 740.00)", "'§words=a274'"),
    ("bi_field('words', -740)", "'§words=-Z725~'"),
    ("bi_field('words', 0.0)", "'§words=0'"),
    ("bi_field('words', 'NaN'::numeric)", ""),
    ("bi_field('words', 'infinity'::numeric)", ""),
    ("bi_field('flag', true)", "'§flag=true'"),
    ("bi_field('flag', false)", "'§flag=false'"),
    ("bi_field('source', NULL::text)", ""),
    ("bi_field('source', NULL::text[])", ""),
    ("bi_field('words', NULL::integer)", ""),
    ("bi_field('words', NULL::numeric)", ""),
    ("bi_field('date', NULL::date)", ""),
    ("bi_field('date', NULL::timestamptz)", ""),
    ("bi_field('flag', NULL::boolean)", ""),
    ("bi_field('Größe', E'a\\tb\\x01c')", "'§grosse=a b c'"),
])
def test_lexemes(con, expression, expected):
    assert value(con, f"({expression})::text") == expected
    assert value(con, f"({expression}) = ({expression})::text::tsvector")


def test_first_bytes_of_a_text_count(con):
    assert value(con, "length((tsvector_to_array(bi_field('s1', "
                      "repeat('x', 501))))[1])") == 504
    assert value(con, "bi_field('s1', repeat('x', 501)) = "
                      "bi_field('s1', repeat('x', 2000000))")
    assert value(con, "octet_length((tsvector_to_array(bi_field('s1', "
                      "repeat('x', 499) || 'é漢漢')))[1])") <= 505
    assert value(con, "bi_field('s1', 'a ' || repeat('x', 9000000)) "
                      "@~ to_bi_query('news', 'a') IS NOT NULL")


def test_sizes(con):
    assert refusal(
        con, "bi_field('s1', array_agg(g || repeat('x', 495))) "
        "FROM generate_series(1, 5000) g").sqlstate == "54000"
    # a number of any size is a short lexeme
    assert value(con, "octet_length(bi_field('n1', "
                      "repeat('7', 100000)::numeric)::text)") < 130


@pytest.mark.parametrize("name", ["", "a", "1a", "a b", "a=b", "a:b", "é",
                                  "x" * 64, "§a", "a§"])
def test_names(con, name):
    assert refusal(con, "bi_field(%s, 'x')", name).sqlstate == "22023"
    if name:
        assert refusal(con, "bi_create_configuration('n1', 'simple', fields "
                       "=> %s)", name + " text").sqlstate == "22023"


def test_name_is_not_null(con):
    assert refusal(con, "bi_field(NULL, 'x')").sqlstate == "22004"


def numbers(rnd):
    out = [decimal.Decimal(x) for x in fields.NUMBERS]
    for _ in range(400):
        out.append(decimal.Decimal(rnd.randrange(-10**rnd.randrange(1, 25),
                                                 10**rnd.randrange(1, 25)))
                   .scaleb(rnd.choice([0, 0, 0, -1, -3, -20, 5, 300, -300])))
    return out


def test_order_of_numbers(con):
    """The bytes of the lexemes sort as the numbers do."""
    drawn = numbers(random.Random(SEED))
    rows = con.execute(
        "SELECT n, (tsvector_to_array(bi_field('n1', n)))[1] COLLATE \"C\" "
        "FROM unnest(%s::numeric[]) n ORDER BY n, 2", [drawn]).fetchall()
    assert len(rows) == len(drawn)
    for (a, x), (b, y) in zip(rows, rows[1:]):
        assert (a < b) == (x < y) and (a == b) == (x == y), (a, b, SEED)


def test_order_of_huge_numbers(con):
    assert con.execute(
        "SELECT array_agg(g ORDER BY (tsvector_to_array(bi_field('n1', "
        "sign(g) * 10::numeric ^ (abs(g) - 16000))))[1] COLLATE \"C\") = "
        "array_agg(g ORDER BY sign(g) * 10::numeric ^ (abs(g) - 16000)) "
        "FROM unnest(ARRAY[-140000, -20000, -16001, -16000, -15999, -1, 1, "
        "2, 15999, 16000, 16001, 20000, 140000]::numeric[]) g"
    ).fetchone()[0]


# ------------------------------------------------------------- declarations

def test_declared_fields(con):
    assert con.execute("SELECT * FROM bi_configuration_fields('news')"
                       ).fetchall() == [
        ("source", "text"), ("topic", "text"), ("date", "date"),
        ("words", "number")]
    assert con.execute("SELECT * FROM bi_configuration_fields('bisearch')"
                       ).fetchall() == []
    assert con.execute("SELECT * FROM bi_configuration_fields('english')"
                       ).fetchall() == []


TAKEN = ("headline title hl hd ti byline author by au summary lead abstract "
         "lp body text tx td hlp tiab ab abcd bd after before and or not "
         "near TITLE").split()


@pytest.mark.parametrize("declared", [name + " text" for name in TAKEN] + [
    "source", "source text,", ", source text", "source texts", "source text "
    "topic text", "source text, Source date", "source text date", "a text",
    ", ".join(f"f{n} text" for n in range(65))])
def test_bad_declarations(con, declared):
    error = refusal(con, "bi_create_configuration('bad', 'simple', fields "
                    "=> %s)", declared)
    assert error.sqlstate == "22023" and error.diag.message_hint


def test_declarations_are_read_leniently(con):
    con.execute("SELECT bi_create_configuration('odd', 'simple', fields => "
                "E' Größe\\tNUMBER ,x_1 Text\\n')")
    assert con.execute("SELECT * FROM bi_configuration_fields('odd')"
                       ).fetchall() == [("grosse", "number"), ("x_1", "text")]
    assert value(con, "to_bi_query('odd', 'GRÖSSE>5 X_1:y')::text") == \
        "{odd} grosse>5 & x_1:y"


def test_fields_change(con):
    """What is stored stays as it is; what is typed follows at once."""
    con.execute("SELECT bi_create_configuration('changing', 'simple', "
                "fields => 'code text')")
    con.execute("CREATE TEMP TABLE stored AS SELECT "
                "to_bi_query('changing', 'code:\"x y\"') AS q")
    con.execute("ALTER TEXT SEARCH DICTIONARY changing_stem "
                "(FIELDS = 'other number')")
    assert value(con, "q::text FROM stored") == '{changing} code:"x y"'
    assert value(con, "bi_field('code', 'X Y') @~ q FROM stored")
    assert refusal(con, "q::text::bi_query FROM stored").sqlstate == "42601"
    assert value(con, "to_bi_query('changing', 'other>5')::text") == \
        "{changing} other>5"
    con.execute("ALTER TEXT SEARCH DICTIONARY changing_stem "
                "(FIELDS = 'code text')")
    assert value(con, "q::text::bi_query = q FROM stored")
    with pytest.raises(psycopg.Error) as raised:
        con.execute("ALTER TEXT SEARCH DICTIONARY changing_stem "
                    "(FIELDS = 'title text')")
    assert raised.value.sqlstate == "22023"


# ------------------------------------------------------------------- ranges

def covers(con, name, text):
    """The operands by which a range is found."""
    return re.findall(r"'§\w+=(.*?)'(:\*)?", value(
        con, "bi_candidates(to_bi_query('news', %s))::text", name + text))


@pytest.mark.parametrize("typed, parts", [
    ("date:2010..2019", 1), ("date:2010-01-01..2019-12-31", 1),
    ("date:2026", 1), ("date:2024-02", 1), ("date:2024-02-01..2024-02-29", 1),
    ("date:2023-02-01..2023-02-28", 1), ("date:2023-04-01..2023-04-30", 1),
    ("date:2008-02-03..2018-07-05", 37), ("date:*", 1), ("words:*", 1),
    ("words:500..599", 21), ("words:500..1000", 6), ("words:5", 1),
])
def test_few_parts(con, typed, parts):
    name, text = re.match(r"(\w+)(.*)", typed).groups()
    assert len(covers(con, name, text)) == parts


def test_ranges_of_days_are_exact(con):
    """Against core's own comparison, of all days of years with and without
    a leap day, for ends everywhere."""
    rnd = random.Random(SEED)
    con.execute("CREATE TEMP TABLE days AS SELECT d::date AS d, "
                "bi_field('date', d::date) AS v FROM generate_series("
                "timestamp '1999-12-01', '2001-02-01', '1 day') d "
                "UNION ALL SELECT d, bi_field('date', d) FROM unnest("
                "ARRAY['0001-01-01', '0999-12-31', '1000-01-01', "
                "'1900-02-28', '9999-12-31']::date[]) d")
    days = [row[0] for row in con.execute("SELECT d FROM days")]
    for _ in range(150):
        low, high = sorted(rnd.sample(days, 2))
        for typed, test, args in (
                (f"date:{low}..{high}", "d BETWEEN %s AND %s", [low, high]),
                (f"date>{low}", "d > %s", [low]),
                (f"date>={low}", "d >= %s", [low]),
                (f"date<{high}", "d < %s", [high]),
                (f"date<={high}", "d <= %s", [high])):
            if low == datetime.date.min and typed.startswith("date<") \
                    or typed == "date>9999-12-31":
                continue
            wrong = con.execute(
                "SELECT d FROM days WHERE (v @~ to_bi_query('news', %s)) <> "
                f"({test})", [typed, *args]).fetchall()
            assert wrong == [], (typed, wrong, SEED)


def test_ranges_of_numbers_are_exact(con):
    rnd = random.Random(SEED)
    drawn = numbers(rnd)
    con.execute("CREATE TEMP TABLE drawn AS SELECT n, bi_field('words', n) "
                "AS v FROM unnest(%s::numeric[]) n", [drawn])
    for _ in range(200):
        low, high = sorted(rnd.sample(drawn, 2))
        for typed, test, args in (
                (f"words:{low}..{high}", "n BETWEEN %s AND %s", [low, high]),
                (f"words>{low}", "n > %s", [low]),
                (f"words:{low}", "n = %s", [low]),
                (f"words<={high}", "n <= %s", [high])):
            wrong = con.execute(
                "SELECT n FROM drawn WHERE (v @~ to_bi_query('news', %s)) "
                f"<> ({test})", [typed, *args]).fetchall()
            assert wrong == [], (typed, wrong, SEED)


# ------------------------------------------------------------ random queries

def parse(query, strict=True):
    return parser.parse(query, strict, fields=FIELDS)


@pytest.fixture(scope="module")
def documents(con):
    """Invented articles with values, and the oracle's view of them."""
    rnd = random.Random(SEED)
    made = [(number, texts, fields.values(rnd)) for number, texts in
            invent.documents(SEED, DOCUMENTS)]
    con.execute("CREATE TABLE docs (id integer, n integer GENERATED ALWAYS "
                "AS (id * 7919 %% 1009) STORED, tsv tsvector)"
                .replace("%%", "%"))
    index = compare.Index()
    for number, texts, values in made:
        index.add(number, texts, values)
        headline, byline, summary, body = (text for _, text in texts)
        sql = "bi_tsvector(%s, %s, %s, %s)"
        args = [headline, body, summary, byline]
        for name, each in values:
            sql += " || bi_field(%s, %s)"
            args += [name, each]
        con.execute("INSERT INTO docs (id, tsv) SELECT %s, " + sql, [number, *args])
    for kind in ("gin", "bisearch"):
        con.execute(f"CREATE TABLE docs_{kind} AS SELECT * FROM docs")
        con.execute(f"CREATE INDEX docs_{kind}_i ON docs_{kind} "
                    f"USING {kind} (tsv)")
        con.execute(f"VACUUM ANALYZE docs_{kind}")
    # in several segments, and pending
    con.execute("CREATE TABLE docs_parts AS SELECT * FROM docs LIMIT 0")
    con.execute("CREATE INDEX docs_parts_i ON docs_parts "
                "USING bisearch (tsv)")
    for n in range(4):
        con.execute("INSERT INTO docs_parts SELECT * FROM docs "
                    "WHERE id %% 4 = %s", [n])
        if n < 3:
            con.execute("VACUUM docs_parts")
    con.execute("ANALYZE docs_parts")
    return made, index


PLANS = {
    "docs": ("seqscan",), "docs_gin": ("bitmapscan",),
    "docs_bisearch": ("bitmapscan",), "docs_parts": ("bitmapscan",)}


def found(con, table, query):
    for plan in ("seqscan", "bitmapscan", "indexscan"):
        con.execute(f"SET enable_{plan} = "
                    + ("on" if plan in PLANS[table] else "off"))
    return {row[0] for row in con.execute(
        f"SELECT id FROM {table} WHERE tsv @~ to_bi_query('fielded', %s)",
        [query])}


def check(con, index, query):
    """What is wrong with the server's answers, or None."""
    try:
        tree = parse(query)
    except Unclear:
        return None
    except QueryError as error:
        try:
            text = value(con, "to_bi_query('fielded', %s)::text", query)
        except psycopg.Error as refused:
            if refused.sqlstate in ("42601", "54000", "54001"):
                return None
            return str(refused)
        return f"accepted as {text}: {error}"
    if tree is None:
        return None
    try:
        text, again, same = con.execute(
            "SELECT q::text, q::text::bi_query::text, q::text::bi_query = q "
            "FROM to_bi_query('fielded', %s) q", [query]).fetchone()
    except psycopg.Error as refused:
        return f"refused: {refused}"
    if again != text or not same:
        return f"printed {text}, again {again}"
    if parse(text.removeprefix("{fielded} ")).key() != tree.key():
        return f"means {text}, not {parser.canonical(tree)}"
    expected = index.search(tree)
    for table in PLANS:
        got = found(con, table, query)
        if got != expected:
            return (f"{table}: {text}: missing {sorted(expected - got)[:5]}"
                    f", too many {sorted(got - expected)[:5]}")
    counted = value(con, "count(*) FROM docs_bisearch WHERE tsv @~ "
                    "to_bi_query('fielded', %s)", query)
    if counted != len(expected):
        return f"counted {counted}, not {len(expected)}: {text}"
    return None


def test_random_queries(con, documents):
    made, index = documents
    material = [texts for _, texts, _ in made]
    wrong = []
    for number in range(QUERIES):
        query = fields.FieldGenerator(f"{SEED}-{number}", material).query()
        told = check(con, index, query)
        if told:
            wrong.append((query, told))
    for told in wrong[:20]:
        print(*told, sep="\n    ")
    assert wrong[:5] == [], "seed %s: %d of %d" % (SEED, len(wrong), QUERIES)


def test_mangled_queries(con, documents):
    """No mangled query raises what it may not, or prints what is not read."""
    material = [texts for _, texts, _ in documents[0]]
    for number in range(QUERIES // 3):
        query = fields.FieldGenerator(f"{SEED}-m{number}", material).mangled()
        text, same = con.execute(
            "SELECT q::text, q::text::bi_query = q "
            "FROM websearch_to_bi_query('fielded', %s) q",
            [query]).fetchone()
        assert same, (query, text, SEED)
        rows = con.execute("SELECT severity FROM bi_check('fielded', %s)",
                           [query]).fetchall()
        try:
            con.execute("SELECT to_bi_query('fielded', %s)", [query])
            assert ("error",) not in rows, query
        except psycopg.Error as error:
            assert error.sqlstate in ("42601", "54000", "54001"), query
            assert ("error",) in rows, query


def test_plans_agree(con, documents):
    """Ordered and plain index scans, ANY of an array, and the joins."""
    for query in ("storm date:2016..2020", "date:2018 -topic:oil",
                  "\"storm fire\" words>500", "source:daily*"):
        expected = found(con, "docs", query)
        assert expected
        con.execute("SET enable_seqscan = off")
        con.execute("SET enable_bitmapscan = off")
        con.execute("SET enable_indexscan = on")
        rows = con.execute(
            "SELECT id FROM docs_bisearch WHERE tsv @~ ANY (ARRAY["
            "to_bi_query('fielded', %s), to_bi_query('fielded', 'zebra')])",
            [query]).fetchall()
        assert {row[0] for row in rows} == expected
        con.execute("RESET enable_bitmapscan")
        rows = con.execute(
            "SELECT id FROM docs_bisearch WHERE tsv @~ "
            "to_bi_query('fielded', %s) ORDER BY n LIMIT 5",
            [query]).fetchall()
        assert len(rows) == min(5, len(expected))
    con.execute("RESET ALL")
    con.execute("SET client_min_messages = error")


# ------------------------------------------------------------------- index

def test_index_has_what_the_table_has(con, documents):
    for table in ("docs_bisearch", "docs_parts"):
        con.execute(f"SELECT bi_index_check('{table}_i', true)")
    con.execute("SELECT bi_index_merge('docs_parts_i')")
    con.execute("SELECT bi_index_check('docs_parts_i', true)")


def test_prefixes_are_not_shown(con, documents):
    """bi_index_terms shows lexemes, as ts_stat does, and no lists of
    prefixes, although these are the longest."""
    shown = con.execute("SELECT * FROM bi_index_terms('docs_bisearch_i', "
                        "100000)").fetchall()
    assert {row[0] for row in shown} >= {
        row[0] for row in con.execute(
            "SELECT word FROM ts_stat('SELECT tsv FROM docs_bisearch') "
            "WHERE word NOT LIKE '%%§%%' OR word LIKE '§%%=%%'"
            .replace("%%", "%"))}
    assert not any(row[0].endswith("=") or re.fullmatch(
        "§date=.{0,9}", row[0]) for row in shown)


def test_core_searches_agree(con, documents):
    """@@ with prefixes of values, through our index and without."""
    for query in ("'§date=2018':*", "'§date=201':* & storm", "'§words=a':*",
                  "'§words=':* & !'§source=':*", "'§date=2018':*A",
                  "'§topic=oil':*", "'§date=2018-0':*", "'§date=2018-':*",
                  "'§source=2026':* | '§source=a2':*"):
        expected = None
        for table, seqscan in (("docs", "on"), ("docs_gin", "off"),
                               ("docs_bisearch", "off"),
                               ("docs_parts", "off")):
            con.execute(f"SET enable_seqscan = {seqscan}")
            rows = {row[0] for row in con.execute(
                f"SELECT id FROM {table} WHERE tsv @@ %s::tsquery", [query])}
            expected = rows if expected is None else expected
            assert rows == expected, (table, query)
        assert expected or query.endswith("A")
    con.execute("RESET enable_seqscan")


def test_lexemes_of_others(con):
    """Lexemes that only look like values, with places and weights: every way
    gives the same."""
    con.execute("CREATE TABLE odd (id integer, tsv tsvector)")
    for number, text in enumerate([
            "'§date=2018-05-05':3A", "'§date=2018'", "'§date=20180'",
            "'§date=2018-99-99'", "'§date='", "'§words=a2x'",
            "'§words=a274':1,2,3", "'§=2018'", "'§date=a=2018'",
            "'§" + "n" * 240 + "=2018-01-01'",
            "'§" + "n" * 300 + "=2018-01-01'",
            "'§date=2018-05-05' '§date=2018-05-05§64':5",
            "'§date=2018§64'", "storm:1 '§source=x§1':2"]):
        con.execute("INSERT INTO odd VALUES (%s, %s)", [number, text])
    con.execute("CREATE INDEX odd_i ON odd USING bisearch (tsv)")
    con.execute("SELECT bi_index_check('odd_i', true)")
    queries = ["SELECT to_bi_query('news', '%s')" % q for q in (
        "date:2018", "date:2018-05", "date:*", "words:740", "words>1",
        "words:*", "date:2018 -words:*", "source:\"x§1\"", "source:x*")]
    for query in queries:
        ids = []
        for seqscan in ("on", "off"):
            con.execute(f"SET enable_seqscan = {seqscan}")
            ids.append(con.execute(
                f"SELECT array_agg(id ORDER BY id) FROM odd WHERE tsv @~ "
                f"({query})").fetchone()[0])
        assert ids[0] == ids[1], query
    for query in ("'§date=2018':*", "'§date=2018':*A", "'§date':*",
                  "'§date=2018':* <-> storm", "'§%s=2018':*" % ("n" * 240),
                  "'§%s=2018':*" % ("n" * 300), "'§=':*", "'§date=a':*"):
        ids = []
        for seqscan in ("on", "off"):
            con.execute(f"SET enable_seqscan = {seqscan}")
            ids.append(con.execute(
                "SELECT array_agg(id ORDER BY id) FROM odd WHERE tsv @@ "
                "%s::tsquery", [query]).fetchone()[0])
        assert ids[0] == ids[1], query
    con.execute("RESET enable_seqscan")


def buffers(con, query):
    """Pages of our index that finding articles reads."""
    plan = con.execute(
        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF, FORMAT JSON) "
        "SELECT * FROM ten WHERE tsv @~ to_bi_query('news', %s)",
        [query]).fetchone()[0][0]["Plan"]["Plans"][0]
    assert plan["Node Type"] == "Bitmap Index Scan", plan
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_work_of_ten_years(con):
    """A range of ten years of days beside a word reads at most twice the
    pages that the word does, although each of its days has a list."""
    con.execute("CREATE TABLE ten AS SELECT bi_tsvector(NULL, 'word' || "
                "CASE WHEN g % 3 > 0 THEN ' storm' ELSE '' END) || "
                "bi_field('date', date '2005-01-01' + g % 7300) AS tsv "
                "FROM generate_series(1, 60000) g")
    con.execute("CREATE INDEX ten_i ON ten USING bisearch (tsv)")
    con.execute("VACUUM ANALYZE ten")
    con.execute("SET enable_seqscan = off")
    con.execute("SET enable_indexscan = off")
    alone = buffers(con, '"storm"')
    for years in ("2010..2019", "2010-01-01..2019-12-31"):
        assert buffers(con, '"storm" date:' + years) <= 2 * alone
    # between any two days there are more lists, each of which is looked up
    years = "2008-02-03..2018-02-02"
    assert buffers(con, '"storm" date:' + years) <= \
        2 * alone + len(covers(con, "date:", years))
    con.execute("RESET enable_seqscan")
    con.execute("RESET enable_indexscan")


def test_estimates(con):
    """Ranges are estimated from the index, within a factor of 2."""
    for query, true in (("date:2010..2019", 30000), ("date:2010", 3000),
                        ("date>=2015-01-01", 30000),
                        ('"storm" date:2008..2017', 20000)):
        plan = con.execute(
            "EXPLAIN (FORMAT JSON) SELECT * FROM ten WHERE tsv @~ "
            "to_bi_query('news', %s)", [query]).fetchone()[0][0]["Plan"]
        assert true / 2 < plan["Plan Rows"] < true * 2, (query, plan)


# --------------------------------------------------------------------- dumps

def test_dump_and_restore(server, con, documents):
    """Fields are part of the dictionary, and what is stored of them comes
    back: generated columns, searches, indexes."""
    con.execute("CREATE TABLE kept (id integer, day date, q bi_query, tsv "
                "tsvector GENERATED ALWAYS AS (bi_field('date', day)) STORED)")
    con.execute("INSERT INTO kept VALUES (1, '2026-03-05', to_bi_query("
                "'news', 'date:2026 -source:\"x y\"'))")
    con.execute("CREATE INDEX kept_i ON kept USING bisearch (tsv)")
    name = server.create_database(f"t{os.getpid()}_restored")
    old = con.info.dbname
    env = server.environment()
    try:
        dump = subprocess.run(["pg_dump", old], env=env, check=True,
                              capture_output=True).stdout
        with server.connect(name) as fresh:
            fresh.execute("DROP EXTENSION bisearch CASCADE")
        subprocess.run(["psql", "-qXv", "ON_ERROR_STOP=1", name], env=env,
                       input=dump, check=True, capture_output=True)
        with server.connect(name) as fresh:
            assert fresh.execute("SELECT * FROM bi_configuration_fields("
                                 "'news')").fetchall() == con.execute(
                "SELECT * FROM bi_configuration_fields('news')").fetchall()
            assert value(fresh, "tsv @~ q AND q = to_bi_query('news', "
                                "'date:2026 -source:\"x y\"') FROM kept")
            fresh.execute("SELECT bi_index_check('kept_i', true)")
    finally:
        server.drop_database(name)


# ---------------------------------------------------------------- what shows

def test_words_and_candidates(con):
    query = "to_bi_query('news', 'storms date:2008-02-03..2018-07-05 " \
            "-source:x')"
    assert value(con, f"bi_words({query})") == ["~storm"]
    assert value(con, f"bi_numnode({query})") == 6
    assert value(con, "bi_is_exact(to_bi_query('news', "
                      "'storms date:2018'))")
    assert not value(con, "bi_is_positive(to_bi_query('news', "
                          "'-date:2018'))")


def test_casts(con):
    error = refusal(con, "to_bi_query('news', 'storm source:\"x y\"')"
                    "::tsquery")
    assert error.sqlstate == "0A000" and 'source:"x y"' in str(error)


def test_algebra(con):
    a = "to_bi_query('news', 'date:2018..2019')"
    b = "to_bi_query('news', 'storm')"
    assert value(con, f"({a} && {b})::text") == \
        "{news} date:2018..2019 & storm"
    assert value(con, f"(!! {a} || {b})::text") == \
        "{news} !date:2018..2019 | storm"
    assert value(con, f"({a} && {b})::text::bi_query = ({a} && {b})")
    assert refusal(con, f"{a} <-> {b}").sqlstate == "22023"
    assert refusal(con, f"bi_query_near({b}, {a}, 3)").sqlstate == "22023"
    for one, other in (("date:2018", "date:[2018-01-01 TO 2018-12-31]"),
                       ("date>2018", "date:2019.."), ("words=5", "words:5.0"),
                       ("source:\"DAILY  Mail\"", "source=\"daily mail\""),
                       ("after:2018-05-01", "date>=2018-05-01")):
        assert value(con, "to_bi_query('news', %s) = to_bi_query('news', %s)",
                     one, other)
        assert value(con, "bi_query_hash(to_bi_query('news', %s)) = "
                     "bi_query_hash(to_bi_query('news', %s))", one, other)
    for one, other in (("date:2018", "date:2019"), ("words>5", "words:5.."),
                       ("source:x", "topic:x"), ("source:x", "source:x*")):
        assert not value(con, "to_bi_query('news', %s) = "
                         "to_bi_query('news', %s)", one, other)


def test_explained(con):
    rows = con.execute(
        "SELECT tree, meaning FROM bi_explain(to_bi_query('news', "
        "'date:2018..2019 source:\"Daily Mail\" words>5 topic:o* -source:*'))"
    ).fetchall()
    assert [(t.strip(), m.split(" (conf")[0]) for t, m in rows[1:]] == [
        ("date:2018..2019", 'the field "date" is in 2018..2019'),
        ('source:"Daily Mail"', 'the field "source" is "Daily Mail"'),
        ("words>5", 'the field "words" is above 5'),
        ("topic:o*", 'the field "topic" is like o*'),
        ("not", "must not match"),
        ("source:*", 'the field "source" has a value')]
    rows = con.execute(
        "SELECT tree, matched, hits, note FROM bi_explain(to_bi_query("
        "'news', '\"storm\" date:2018 date:2019'), bi_tsvector(NULL, 'A storm') "
        "|| bi_field('date', date '2018-05-05'))").fetchall()
    assert [row[1:] for row in rows] == [
        (False, None, "2 of 3 match"), (True, 1, None), (True, None, None),
        (False, None, "the field does not have it")]
    rows = con.execute(
        "SELECT note FROM bi_explain(to_bi_query('news', 'date:2018'), "
        "'A storm'::text)").fetchall()
    assert rows == [("a text has no fields of one's own",)]


def test_a_text_has_no_values(con):
    assert not value(con, "'date=2018 storm'::text @~ to_bi_query('news', "
                          "'date:2018')")
    assert value(con, "'storm'::text @~ to_bi_query('news', "
                      "'storm -date:2018')")


@pytest.mark.parametrize("query, marked", [
    ("storm date:2018", "A <b>storm</b>."),
    ("storm -date:2018", "A <b>storm</b>."),
    ("storm or source:storm", "A <b>storm</b>."),
    ("flood or date:2018", "A storm."),
    ("storm -(storm date:2018)", "A <b>storm</b>."),
    ("storm flood date:2018", "A storm."),
    ("storm -(date:2018 or storm)", "A storm."),
    ("date:2018", "A storm."),
    ("source:storm", "A storm."),
])
def test_marks_look_at_words_alone(con, query, marked):
    """A passage is marked as it may be part of an article that matches."""
    assert value(con, "bi_highlight('A storm.', to_bi_query('news', %s))",
                 query) == marked


def test_matches_rank_and_length(con):
    article = ("(bi_tsvector(NULL, 'A storm and a flood', config => 'news')"
               " || bi_field("
               "'date', date '2018-05-05') || bi_field('source', 'storm'))")
    assert con.execute(
        f"SELECT operand FROM bi_matches({article}, to_bi_query('news', "
        "'storm date:2018 source:storm'))").fetchall() == [("storm",)]
    assert value(con, f"bi_rank({article}, to_bi_query('news', 'storm'))") \
        == value(con, f"bi_rank({article}, to_bi_query('news', "
                      "'storm date:2018 source:storm'))") > 0
    assert value(con, f"bi_rank({article}, to_bi_query('news', "
                      "'storm date:2019'))") == 0
    assert value(con, f"bi_rank({article}, to_bi_query('news', "
                      "'date:2018'))") == 0
    assert value(con, f"bi_length({article})") == 5
    assert value(con, f"bi_length(strip({article}))") == value(
        con, "bi_length(strip(bi_tsvector(NULL, 'A storm and a flood', "
        "config => 'news')))")


def test_counts(con, documents):
    rows = con.execute(
        "SELECT tree, hits FROM bi_counts('docs_bisearch', 'tsv', "
        "to_bi_query('fielded', 'date:2018 | source:daily*'))").fetchall()
    assert [row[1] for row in rows] == [
        len(found(con, "docs", query)) for query in
        ("date:2018 | source:daily*", "date:2018", "source:daily*")]
    con.execute("RESET ALL")


# ------------------------------------------------------------------ hostile

def test_size_of_a_search(con):
    """Ranges count as the words that cover them."""
    many = " | ".join("date:2008-02-03..2018-07-05" for _ in range(2000))
    error = refusal(con, "to_bi_query('news', %s)", many)
    assert error.sqlstate == "54000"
    assert value(con, "numnode(bi_candidates(to_bi_query('news', %s)))",
                 " | ".join("date:2018-0%d-%02d" % (m, d)
                            for m in range(1, 10) for d in range(1, 29))) > 1
    assert value(con, "to_bi_query('news', %s) IS NOT NULL",
                 "words:-%s..%s" % ("1" * 5000, "7" * 5000))
    assert refusal(con, "to_bi_query('news', %s)",
                   "words:1e9999999999999").sqlstate == "42601"
    assert refusal(con, "to_bi_query('news', %s)",
                   "source:" + "ab*" * 1500).sqlstate == "54000"


def test_time_of_reading(con):
    """Nothing that is left open makes reading slower than its length."""
    for text in ("date:[ ", "date:{", "source:\" ", "date:.. ", "words>",
                 "source:*x*", "date:[2020 TO ", "-date:["):
        start = time.monotonic()
        con.execute("SELECT count(*) FROM bi_check('news', %s)",
                    [text * (200000 // len(text))])
        con.execute("SELECT websearch_to_bi_query('news', %s) IS NULL",
                    [text * (200000 // len(text))])
        assert time.monotonic() - start < 20, text


def binary(con, data):
    with con.cursor().copy("COPY wire FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\x01" +
                   len(data).to_bytes(4, "big") + data + b"\xff\xff")


def test_wire(con):
    """What comes over the wire is read as if it were typed."""
    con.execute("CREATE TEMP TABLE wire (q bi_query)")
    good = bytes(value(con, "bi_query_send(to_bi_query('news', "
                            "'source:\"x y\" date>2018'))"))
    binary(con, good)
    assert value(con, "q = to_bi_query('news', 'source:\"x y\" date>2018') "
                      "FROM wire")
    for at in range(len(good)):
        for bad in (0, 0x22, 0x3E, 0xFF):
            try:
                binary(con, good[:at] + bytes([bad]) + good[at + 1:])
            except psycopg.Error as error:
                assert error.sqlstate in (
                    "22P03", "42704", "42601", "22021", "54000"), error


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII"])
def test_encodings(encoded_db, encoding):
    con = encoded_db(encoding)
    con.execute("SET client_min_messages = error")
    con.execute("SELECT bi_create_configuration('enc', 'simple', fields => "
                "'source text, date date, words number')")
    assert value(con, "(bi_field('source', 'Daily  Mail') || bi_field('date',"
                      " date '2026-03-05')) @~ to_bi_query('enc', "
                      "'source:\"daily mail\" date:2026-03')")
    con.execute("CREATE TABLE enc AS SELECT bi_field('words', g) AS tsv "
                "FROM generate_series(-300, 300) g")
    con.execute("CREATE INDEX enc_i ON enc USING bisearch (tsv)")
    con.execute("SELECT bi_index_check('enc_i', true)")
    con.execute("SET enable_seqscan = off")
    assert value(con, "count(*) FROM enc WHERE tsv @~ to_bi_query('enc', "
                      "'words:-17..123')") == 141
    con.execute("RESET enable_seqscan")


def test_encoding_without_the_sign(server):
    """LATIN2 has it; KOI8R does not: a clean error, and words still work."""
    name = server.create_database(f"t{os.getpid()}_koi8r", "KOI8R")
    try:
        with server.connect(name) as con:
            con.execute("SET client_min_messages = error")
            con.execute("SELECT bi_create_configuration('enc', 'simple', "
                        "fields => 'source text')")
            assert refusal(con, "bi_field('source', 'x')").sqlstate == "0A000"
            assert refusal(con, "to_bi_query('enc', 'source:x')"
                           ).sqlstate in ("0A000", "42601")
            assert value(con, "websearch_to_bi_query('enc', 'source:x storm')"
                              "::text") == "{enc} storm"
            con.execute("CREATE TABLE enc AS SELECT bi_tsvector(NULL, "
                        "'A storm', config => 'enc') AS tsv")
            con.execute("CREATE INDEX ON enc USING bisearch (tsv)")
            assert value(con, "count(*) FROM enc WHERE tsv @~ "
                              "to_bi_query('enc', 'storm')") == 1
    finally:
        server.drop_database(name)
