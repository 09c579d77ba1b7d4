"""One archive on several servers: partitions that are postgres_fdw's tables.

Three servers on local sockets: the run's own, which coordinates and keeps
all articles in one table besides, and two shards with half of them each.
The second shard analyses text as German where nobody says how, looks for
names elsewhere, and sorts differently.
"""

import itertools
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import Server, sample, tool

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle.generate import Generator  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED", "1")
ARTICLES = 3000
RANDOM_QUERIES = 50

COLUMNS = """
    id integer NOT NULL, part integer NOT NULL, pub_date timestamp,
    headline text, body text,
    tsv tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body)) STORED,
    tsv_english tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body,
        config => 'bisearch_english')) STORED,
    tsv_news tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body,
        config => 'news.stems')) STORED"""
INPUT = "id, part, pub_date, headline, body"

# in every database: a configuration of the user's own, outside search_path
CONFIGURATION = """
    CREATE EXTENSION bisearch;
    CREATE SCHEMA news;
    SET search_path = news, public;
    SELECT bi_create_configuration('stems', 'pg_catalog.english_stem');
    RESET search_path"""

SHARD = f"""
    CREATE TABLE articles ({COLUMNS});
    CREATE INDEX ON articles USING gin (tsv);
    CREATE INDEX ON articles USING gin (tsv_english);
    CREATE INDEX ON articles USING gin (tsv_news);
    CREATE INDEX ON articles (pub_date);
    CREATE TABLE kept (n integer PRIMARY KEY, q bi_query);
    ALTER DATABASE postgres SET session_preload_libraries = 'auto_explain';
    ALTER DATABASE postgres SET auto_explain.log_min_duration = 0"""

# what of a shard must not matter
OTHER_SHARD = """
    CREATE SCHEMA elsewhere;
    CREATE TEXT SEARCH CONFIGURATION elsewhere.bisearch (COPY = german);
    CREATE TEXT SEARCH CONFIGURATION elsewhere.stems (COPY = german);
    ALTER DATABASE postgres SET default_text_search_config = 'german';
    ALTER DATABASE postgres SET search_path = elsewhere"""

# every construct of the language, with words of the Reuters articles
CONSTRUCTS = """
oil
rates
-oil
oil & prices
oil prices
oil | gas
trade -japan
(oil | gas) & (price or prices) -opec
"interest rates"
"the bank * england"
"crude oil price*"
"oil prices"~4
oil NEAR/5 prices
oil w/3 price* pre/10 mln
bank PRE/2 england
oil NOT NEAR/10 opec
(oil or gas) w/5 (price & rise)
japan /s trade
japan +s trade
dollar /p yen
bank +p rate
"interest rates" w/s (cut or raise)
ATLEAST3(oil)
ATLEAST2("mln dlrs")
ATLEAST2(pric*)
econom*
econom!
pri??
wom?n
rat**
pr*es
title:oil
headline:(oil & price*)
body:"interest rates"
ab:oil -d:opec
hl:trade w/4 deficit
-title:oil & oil
U.S. & AT&T
covid-19 | three-month
9.3 pct
1,200
"shr 34 cts"
oil~ price^2
\\-5 | title\\:x

""".split("\n")[1:]

CONFIGURATIONS = [("tsv", "bisearch"), ("tsv_english", "bisearch_english"),
                  ("tsv_news", "news.stems")]


@pytest.fixture(scope="module")
def servers(server):
    """The coordinator, and two further servers."""
    made = []
    try:
        for _ in range(2):
            directory = tempfile.mkdtemp(prefix="bi.", dir="/tmp")
            made.append(directory)
            os.chmod(directory, 0o755)
        with ThreadPoolExecutor() as together:
            for command in ("install", "start"):
                list(together.map(lambda d: tool(command, d), made))
        yield [server] + [Server(directory) for directory in made]
    finally:
        for directory in made:
            tool("remove", directory)
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def articles():
    """(id, pub_date, headline, body) of some articles."""
    lines = itertools.islice(sample("reuters_dev.copy.gz"), ARTICLES)
    fields = [line.decode().rstrip("\n").split("\t") for line in lines]
    return [(f[0], f[1], f[3], f[4]) for f in fields]


def attach(con, number, shard):
    """Make a shard a foreign server, and its tables partitions."""
    con.execute(f"""
        CREATE SERVER shard{number} FOREIGN DATA WRAPPER postgres_fdw
            OPTIONS (host '{shard.socket}', port '5432', dbname 'postgres',
                     extensions 'bisearch', async_capable 'true',
                     batch_size '100');
        CREATE USER MAPPING FOR postgres SERVER shard{number}
            OPTIONS (user 'postgres');
        CREATE FOREIGN TABLE articles{number} PARTITION OF articles
            FOR VALUES IN ({number}, {number + 2}) SERVER shard{number}
            OPTIONS (table_name 'articles');
        CREATE FOREIGN TABLE kept{number} (n integer, q bi_query)
            SERVER shard{number} OPTIONS (table_name 'kept')""")


@pytest.fixture(scope="module")
def sharded(servers, articles):
    """Name of the coordinator's database.  Articles go to their shards
    through the coordinator."""
    server, *shards = servers
    for number, shard in enumerate(shards):
        with shard.connect() as con:
            con.execute(CONFIGURATION)
            con.execute(SHARD)
            if number == 1:
                con.execute(OTHER_SHARD)
    name = f"t{os.getpid()}_sharded"
    server.create_database(name)
    with server.connect(name) as con:
        con.execute(CONFIGURATION.replace("CREATE EXTENSION bisearch;", ""))
        con.execute(f"CREATE EXTENSION postgres_fdw; "
                    f"CREATE TABLE single ({COLUMNS}); "
                    f"CREATE TABLE articles ({COLUMNS}) "
                    "PARTITION BY LIST (part)")
        for number, shard in enumerate(shards):
            attach(con, number, shard)
        with con.cursor().copy("COPY single (id, pub_date, headline, body, "
                               "part) FROM STDIN") as copy:
            for article in articles:
                copy.write("\t".join(article)
                           + f"\t{int(article[0]) % 4}\n")
        con.execute(f"INSERT INTO articles ({INPUT}) "
                    f"SELECT {INPUT} FROM single")
    for shard in shards:
        with shard.connect() as con:
            con.execute("VACUUM ANALYZE public.articles")
    with server.connect(name) as con:
        con.execute("ANALYZE single; ANALYZE articles0; ANALYZE articles1")
    yield name
    server.drop_database(name)


@pytest.fixture
def con(server, sharded):
    with server.connect(sharded) as con:
        con.execute("SET jit = off")
        yield con


@pytest.fixture(scope="module")
def queries(server, sharded, articles):
    """Searches of every construct, and random ones, as they print."""
    make = Generator(SEED, [[("A", a[2]), ("D", a[3])] for a in articles])
    typed = CONSTRUCTS + [make.query() for _ in range(RANDOM_QUERIES)]
    with server.connect(sharded) as con:
        return [con.execute("SELECT websearch_to_bi_query(%s)::text",
                            [text]).fetchone()[0] for text in typed]


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def plan(con, sql):
    """All nodes of a statement's plan."""
    result, = con.execute("EXPLAIN (VERBOSE, FORMAT JSON) " + sql,
                          prepare=False).fetchone()
    nodes = []

    def walk(node):
        nodes.append(node)
        for child in node.get("Plans", []):
            walk(child)

    walk((json.loads(result) if isinstance(result, str) else
          result)[0]["Plan"])
    return nodes


def remote(con, sql):
    """The statements sent to shards, with nothing left to filter here."""
    nodes = plan(con, sql)
    for node in nodes:
        assert "Filter" not in node and "Join Filter" not in node, node
    found = [n["Remote SQL"] for n in nodes if "Remote SQL" in n]
    assert found, nodes
    return found


def ids(con, sql, parameters=None):
    return sorted(r[0] for r in con.execute(sql, parameters).fetchall())


def as_constants(con, table, column, queries, config):
    return [ids(con, f"SELECT id FROM {table} WHERE {column} @~ "
                f"to_bi_query('{config}', {literal(query)})")
            for query in queries]


@pytest.fixture
def estimated(con):
    """Shards that are asked for estimates, and rows that cost what they do
    by default since PostgreSQL 17."""
    with con.transaction(force_rollback=True):
        for number in range(2):
            con.execute(f"ALTER SERVER shard{number} OPTIONS "
                        "(ADD use_remote_estimate 'true', "
                        "ADD fdw_tuple_cost '0.2')")
        yield con


# ------------------------------------------------------------- pushed down

def test_an_exact_constant_is_sent_as_core_operator(con):
    assert remote(con, "SELECT id FROM articles WHERE tsv @~ 'oil & pric*'") \
        == ["SELECT id FROM public.articles WHERE "
            "((tsv @@ '''oil'' & ''pric'':*'::tsquery))"] * 2


@pytest.mark.parametrize("config,prefix", [
    ("bisearch", ""), ("bisearch_english", "{bisearch_english} "),
    ("english", "{english} "), ("news.stems", "{news.stems} ")])
def test_other_constants_are_sent_with_schema_and_configuration(
        con, config, prefix):
    sent = (f"SELECT id FROM public.articles WHERE ((tsv OPERATOR(public.@~) "
            f"'{prefix}\"oil prices\" & !opec'::public.bi_query))")
    for search_path in ("public", "news, public", "pg_catalog, news, public"):
        con.execute(f"SET search_path = {search_path}")
        assert remote(con, "SELECT id FROM public.articles WHERE tsv @~ "
                      f"to_bi_query('{config}', '\"oil prices\" -opec')") == \
            [sent] * 2


def test_expressions_are_sent_with_their_configuration(con):
    search = ("SELECT id FROM articles WHERE bi_tsvector(headline, body, "
              "config => 'news.stems') @~ '{news.stems} \"oil price\"'")
    # since 16 a configuration that is not of an extension stays at home
    if con.info.server_version >= 160000:
        assert ids(con, search) == ids(
            con, search.replace("FROM articles", "FROM single"))
        return
    for sql in remote(con, search):
        assert "public.bi_tsvector(headline, body, NULL::text, NULL::text, " \
            "'news.stems'::regconfig)" in sql
        assert "'{news.stems} \"oil price\"'::public.bi_query" in sql


GENERIC = ("((tsv @@ public.bi_candidates($1::public.bi_query))) AND "
           "((public.bi_is_exact($1::public.bi_query) OR "
           "public.bi_match(tsv, $1::public.bi_query)))")


@pytest.mark.parametrize("kind,parameter", [
    ("bi_query", "$1"), ("text", "(SELECT websearch_to_bi_query($1))"),
    ("text", "(SELECT $1::bi_query)")], ids=["bi_query", "call", "cast"])
def test_parameters_are_sent(con, kind, parameter):
    con.execute(f"PREPARE p({kind}) AS SELECT id FROM articles "
                f"WHERE tsv @~ {parameter}")
    expected = ids(con, "SELECT id FROM single WHERE tsv @~ '\"oil prices\"'")
    assert expected
    for mode in ("custom", "generic"):
        con.execute(f"SET plan_cache_mode = force_{mode}_plan")
        clause = GENERIC
        if (kind, mode) == ("bi_query", "custom"):
            clause = ("((tsv OPERATOR(public.@~) "
                      "'\"oil prices\"'::public.bi_query))")
        assert remote(con, "EXECUTE p('\"oil prices\"')") == \
            ["SELECT id FROM public.articles WHERE " + clause] * 2
        assert ids(con, "EXECUTE p('\"oil prices\"')") == expected


def test_a_call_over_a_text_parameter_is_kept_here(con):
    """Why doc/scaling.md puts it into a subselect: postgres_fdw takes the
    collation of a text that is no column's for one the shard may lack."""
    con.execute("SET plan_cache_mode = force_generic_plan")
    con.execute("PREPARE p(text) AS SELECT id FROM articles "
                "WHERE tsv @~ to_bi_query($1)")
    scans = [n for n in plan(con, "EXECUTE p('oil')") if "Remote SQL" in n]
    assert all("@~" in n["Filter"] for n in scans)


@pytest.fixture
def searches(con):
    """Saved searches, in a table of the coordinator."""
    con.execute("""
        CREATE TEMP TABLE saved (n integer, q bi_query);
        INSERT INTO saved VALUES (1, 'oil & gas'), (2, '"oil prices"'),
            (3, 'trade -japan'), (4, 'japan /s trade'),
            (5, '{news.stems} rate'), (6, 'nowhere');
        ANALYZE saved""")


def test_saved_searches_are_sent_by_a_lateral_join(con, searches):
    newest = """SELECT n, id FROM saved, LATERAL (
        SELECT id FROM {} WHERE tsv @~ q
        ORDER BY pub_date DESC, id LIMIT 3) newest ORDER BY n, id"""
    for sql in remote(con, newest.format("articles")):
        assert GENERIC in sql and "ORDER BY pub_date DESC" in sql
    found = con.execute(newest.format("articles")).fetchall()
    assert found == con.execute(newest.format("single")).fetchall()
    assert len(found) >= 12


JOIN = "SELECT n, id FROM saved JOIN {} ON tsv @~ q ORDER BY n, id"


def test_saved_searches_are_answered_here_without_remote_estimates(
        con, searches):
    """postgres_fdw then makes no path that takes a value of another table."""
    assert any("bi_candidates" in n.get("Join Filter", "")
               for n in plan(con, JOIN.format("articles")))
    found = con.execute(JOIN.format("articles")).fetchall()
    assert found and found == con.execute(JOIN.format("single")).fetchall()


def test_saved_searches_are_sent_by_a_join_with_remote_estimates(
        con, searches, estimated):
    for sql in remote(con, JOIN.format("articles")):
        assert GENERIC in sql
    found = con.execute(JOIN.format("articles")).fetchall()
    assert found and found == con.execute(JOIN.format("single")).fetchall()


# -------------------------------------------------------- counts, newest

COUNT = """SELECT sum(n) FROM (
    SELECT count(*) AS n FROM articles0 WHERE tsv @~ {0}
    UNION ALL SELECT count(*) FROM articles1 WHERE tsv @~ {0}) shards"""


def test_counts_of_shards_are_summed(con):
    sql = COUNT.format("'\"oil prices\"'")
    assert all(s.startswith("SELECT count(*) FROM") for s in remote(con, sql))
    assert con.execute(sql).fetchone() == con.execute(
        "SELECT count(*) FROM single WHERE tsv @~ '\"oil prices\"'"
    ).fetchone()


def test_counts_by_the_partition_key_are_made_by_shards(con):
    sql = ("SELECT part, count(*) FROM {} WHERE tsv @~ 'oil pre/3 price*' "
           "GROUP BY part ORDER BY part")
    con.execute("SET enable_partitionwise_aggregate = on")
    sent = remote(con, sql.format("articles"))
    assert len(sent) == 2
    assert all("count(*)" in s and "GROUP BY 1" in s for s in sent)
    found = con.execute(sql.format("articles")).fetchall()
    assert len(found) == 4
    assert found == con.execute(sql.format("single")).fetchall()


NEWEST = """SELECT id FROM (
    (SELECT id, pub_date FROM articles0 WHERE tsv @~ {0}
     ORDER BY pub_date DESC, id LIMIT 10)
    UNION ALL
    (SELECT id, pub_date FROM articles1 WHERE tsv @~ {0}
     ORDER BY pub_date DESC, id LIMIT 10)) shards
    ORDER BY pub_date DESC, id LIMIT 10"""


@pytest.mark.parametrize("query", ["oil", '"mln dlrs"', "mln w/5 dlrs",
                                   "oil -prices"])
def test_newest_are_taken_from_each_shard(con, query):
    """LIMIT goes along where a shard is expected to find more."""
    sql = NEWEST.format(literal(query))
    for sent in remote(con, sql):
        assert sent.endswith("ORDER BY pub_date DESC NULLS FIRST, "
                             "id ASC NULLS LAST LIMIT 10::bigint")
    newest = ("SELECT id FROM {} WHERE tsv @~ %s "
              "ORDER BY pub_date DESC, id LIMIT 10")
    expected = con.execute(newest.format("single"), [query]).fetchall()
    assert len(expected) == 10
    assert con.execute(sql).fetchall() == expected
    # the partitioned table gives the same, by longer ways
    assert con.execute(newest.format("articles"), [query]).fetchall() == \
        expected


def test_shards_work_at_the_same_time(con):
    nodes = plan(con, "SELECT id FROM articles WHERE tsv @~ '\"oil prices\"'")
    scans = [n for n in nodes if "Remote SQL" in n]
    assert len(scans) == 2 and all(n["Async Capable"] for n in scans)
    result, = con.execute(
        "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) "
        + COUNT.format("'\"oil prices\"'")).fetchone()
    assert json.dumps(result).count('"Async Capable": true') >= 2


def test_partitions_that_cannot_match_are_not_asked(con):
    assert len(remote(con, "SELECT id FROM articles WHERE part = 1 "
                      "AND tsv @~ 'oil'")) == 1


# ------------------------------------------------------- the same answers

@pytest.mark.parametrize("column,config", CONFIGURATIONS)
def test_answers_are_those_of_one_server(con, queries, column, config):
    expected = as_constants(con, "single", column, queries, config)
    assert sum(map(bool, expected)) > len(queries) / 2
    assert as_constants(con, "articles", column, queries, config) == expected
    con.execute("SET plan_cache_mode = force_generic_plan")
    con.execute(f"PREPARE p(bi_query) AS SELECT id FROM articles "
                f"WHERE {column} @~ $1")
    assert [ids(con, f"EXECUTE p(to_bi_query('{config}', {literal(query)}))")
            for query in queries] == expected


def test_answers_are_the_same_with_remote_estimates(con, queries, estimated):
    assert as_constants(con, "articles", "tsv", queries, "bisearch") == \
        as_constants(con, "single", "tsv", queries, "bisearch")


def test_texts_are_analysed_alike(con):
    """text @~ analyses on the shard, by the search's configuration."""
    for query in ("oil prices", "{bisearch_english} price",
                  "{news.stems} price", "{english} prices"):
        where = " WHERE body @~ " + literal(query)
        assert all("body OPERATOR(public.@~)" in s for s in
                   remote(con, "SELECT id FROM articles" + where))
        found = ids(con, "SELECT id FROM articles" + where)
        assert found and found == ids(con, "SELECT id FROM single" + where)


def test_the_shards_do_differ(servers, sharded):
    """Else the tests here would say less than they seem to."""
    settings = []
    for shard in servers[1:]:
        with shard.connect() as con:
            settings.append(con.execute(
                "SELECT current_setting('default_text_search_config'), "
                "current_setting('search_path')").fetchone())
    assert settings[0][0] != settings[1][0]
    assert settings[0][1] != settings[1][1]


# --------------------------------------------------------- on the shards

class Log:
    """What a server writes to its log from now on."""

    def __init__(self, server):
        self.path = server.dir / "data" / "server.log"
        self.start = self.path.stat().st_size

    def text(self):
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read().decode(errors="replace")


@pytest.mark.parametrize("parameter", [False, True])
@pytest.mark.parametrize("query", ["opec & gas", '"opec ministers"',
                                   "opec w/5 quota*"])
def test_shards_use_their_index(con, servers, query, parameter):
    logs = [Log(shard) for shard in servers[1:]]
    if parameter:
        con.execute("SET plan_cache_mode = force_generic_plan")
        con.execute("PREPARE p(bi_query) AS "
                    "SELECT count(*) FROM articles WHERE tsv @~ $1")
        con.execute(f"EXECUTE p({literal(query)})")
    else:
        con.execute("SELECT count(*) FROM articles WHERE tsv @~ "
                    + literal(query))
    for log in logs:
        assert "Bitmap Index Scan on articles_tsv_idx" in log.text()


# --------------------------------------------------------------- searches

SAVED = ['oil & gas', '“Interest  Rates” and (bank OR banks)', "{english} oil",
         '{news.stems} "oil price" -opec', "{bisearch_english} rates", "",
         "title:oil w/5 price*", "{news.stems} "]


def test_searches_come_back_as_they_were(con, servers):
    """Through text, whatever their configuration."""
    with con.transaction(force_rollback=True):
        for number in range(2):
            for n, query in enumerate(SAVED):
                con.execute(f"INSERT INTO kept{number} VALUES (%s, %s)",
                            [n, query])
        for number in range(2):
            assert con.execute(
                f"SELECT q::text, q = t.typed::bi_query FROM kept{number} "
                "JOIN unnest(%s::text[]) WITH ORDINALITY t(typed, m) "
                "ON m = n + 1 ORDER BY n", [SAVED]).fetchall() == \
                [(con.execute("SELECT %s::bi_query::text",
                              [q]).fetchone()[0], True) for q in SAVED]
        # equality and grouping are the shard's work
        assert "(q OPERATOR(public.=) 'gas & oil')" in \
            remote(con, "SELECT n FROM kept1 WHERE q = 'gas & oil'")[0]
        assert ids(con, "SELECT n FROM kept1 WHERE q = 'Oil and “gas”'") == \
            ids(con, "SELECT n FROM kept1 WHERE q = 'oil AND gas'") == [0]
        assert "GROUP BY" in remote(
            con, "SELECT q, count(*) FROM kept1 GROUP BY q")[0]
        # so is a match of both on the same shard
        join = ("SELECT n, id FROM kept1 JOIN articles1 ON tsv @~ q "
                "ORDER BY n, id")
        assert con.execute(join).fetchall() == con.execute(
            "SELECT n, id FROM kept1 JOIN single ON tsv @~ q "
            "WHERE part IN (1, 3) ORDER BY n, id").fetchall() != []


# ----------------------------------------------------------------- writes

def test_articles_are_written_through_the_coordinator(con, servers):
    """The shard makes the tsvectors itself, and its own are what is read."""
    new = [(900000 + n, n, "Quokka crossing", "Quokkas crossed the road.")
           for n in range(4)]
    with con.transaction(force_rollback=True):
        written = con.cursor()
        for row in new:
            written.execute(
                "INSERT INTO articles (id, part, headline, body) "
                "VALUES (%s, %s, %s, %s) RETURNING tsv = "
                "bi_tsvector(headline, body)", row)
            assert written.fetchone() == (True,)
        assert ids(con, "SELECT id FROM articles WHERE tsv @~ "
                   "'\"quokka crossing\"'") == [r[0] for r in new]
        assert ids(con, "SELECT id FROM articles WHERE tsv_news @~ "
                   "'{news.stems} quokka w/9 cross'") == [r[0] for r in new]
        con.execute("UPDATE articles SET body = 'Okapis stood still.' "
                    "WHERE part >= 2 AND tsv @~ 'quokka w/3 crossing'")
        assert ids(con, "SELECT id FROM articles WHERE tsv @~ "
                   "'okapis & still'") == [900002, 900003]
        assert ids(con, "SELECT id FROM articles WHERE tsv_english @~ "
                   "'{bisearch_english} okapi'") == [900002, 900003]
        con.execute("DELETE FROM articles WHERE tsv @~ 'title:quokka -okapis'")
        assert ids(con, "SELECT id FROM articles WHERE tsv @~ 'quokka'") == \
            [900002, 900003]


def test_articles_move_between_shards(con):
    """An UPDATE of the partition key is not PostgreSQL's to do between
    foreign tables, but one statement can."""
    with con.transaction(force_rollback=True):
        expected = ids(con, "SELECT id FROM articles WHERE tsv @~ '\"oil "
                       "prices\"'")
        con.execute(
            "WITH moved AS (DELETE FROM articles WHERE part = 0 AND "
            f"tsv @~ '\"oil prices\"' RETURNING {INPUT}) "
            f"INSERT INTO articles ({INPUT}) SELECT id, 1, pub_date, "
            "headline, body FROM moved")
        assert ids(con, "SELECT id FROM articles WHERE tsv @~ "
                   "'\"oil prices\"'") == expected
        assert ids(con, "SELECT id FROM articles WHERE part = 0 AND tsv @~ "
                   "'\"oil prices\"'") == []
