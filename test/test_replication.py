"""Logical replication between two servers, in text and in binary: initial
copies and later changes give the subscriber the same searches and articles.

The subscribing databases differ from the publishing one in the extension's
schema, default configuration and search_path; the workers that apply changes
have no search_path at all.
"""

import os
import shutil
import tempfile
import time

import psycopg
import pytest

from conftest import Server, tool
from test_plans import explain

CONFIGURATIONS = """
CREATE SCHEMA news; CREATE SCHEMA zzz;
SELECT bi_create_configuration('news.francais', 'french_stem');
SELECT bi_create_configuration('{bi}.house', 'english_stem');
CREATE TEXT SEARCH DICTIONARY zzz.inner_one
    (TEMPLATE = snowball, LANGUAGE = spanish);
CREATE TEXT SEARCH DICTIONARY {bi}.inner_two
    (TEMPLATE = snowball, LANGUAGE = dutch);
CREATE TEXT SEARCH DICTIONARY news.one
    (TEMPLATE = {bi}.bisearch_stem, DICTIONARY = 'zzz.inner_one');
CREATE TEXT SEARCH DICTIONARY news.two
    (TEMPLATE = {bi}.bisearch_stem, DICTIONARY = inner_two);
CREATE TEXT SEARCH CONFIGURATION news.castellano (PARSER = {bi}.bisearch);
CREATE TEXT SEARCH CONFIGURATION news.vlaams (PARSER = {bi}.bisearch);
ALTER TEXT SEARCH CONFIGURATION news.castellano
    ADD MAPPING FOR word, number WITH news.one;
ALTER TEXT SEARCH CONFIGURATION news.vlaams
    ADD MAPPING FOR word, number WITH news.two;
"""

TABLES = """
SET search_path = {bi};
CREATE TYPE news.note AS (who text, search bi_query);
CREATE TABLE news.keyed (q bi_query PRIMARY KEY, n int, many bi_query[],
    note news.note, notes news.note[]);
CREATE TABLE news.indexed (q bi_query NOT NULL, n int NOT NULL);
CREATE UNIQUE INDEX indexed_q ON news.indexed (q DESC, n);
ALTER TABLE news.indexed REPLICA IDENTITY USING INDEX indexed_q;
CREATE TABLE news.whole (q bi_query, n int);
ALTER TABLE news.whole REPLICA IDENTITY FULL;
CREATE TABLE news.articles (id int PRIMARY KEY, body text, given tsvector,
    plain tsvector GENERATED ALWAYS AS (bi_tsvector(NULL, body)) STORED,
    exact tsvector GENERATED ALWAYS AS
        (bi_tsvector(NULL, body, config => 'bisearch_english')) STORED,
    core tsvector GENERATED ALWAYS AS
        (to_tsvector('pg_catalog.english', coalesce(body, ''))) STORED,
    house tsvector GENERATED ALWAYS AS
        (bi_tsvector(NULL, body, config => 'house')) STORED,
    francais tsvector GENERATED ALWAYS AS
        (bi_tsvector(NULL, body, config => 'news.francais')) STORED,
    castellano tsvector GENERATED ALWAYS AS
        (bi_tsvector(NULL, body, config => 'news.castellano')) STORED,
    vlaams tsvector GENERATED ALWAYS AS
        (bi_tsvector(NULL, body, config => 'news.vlaams')) STORED,
    CHECK (body @~ '{news.francais} -publicités'));
CREATE INDEX articles_plain ON news.articles USING gin (plain);
CREATE INDEX articles_body ON news.articles
    USING gin (bi_tsvector(body, NULL, config => 'news.castellano'));
CREATE TABLE news.parts (q bi_query, n int, PRIMARY KEY (q, n))
    PARTITION BY HASH (q);
CREATE TABLE news.parts0 PARTITION OF news.parts
    FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE news.parts1 PARTITION OF news.parts
    FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE news.mark (n int PRIMARY KEY);
RESET search_path;
"""

SEARCHES = ["", "“hurricane” & “loss”", "{news.francais} assurances",
            "{house} losses PRE/3 \"of life\"", "{english} raining",
            "{news.castellano} -title:casas", "{news.vlaams} huizen | =huis",
            "Łódź \\-5 \\{x\\} 保険 wom?n", "ATLEAST2(ab*) | a /s b"]

TEXTS = [None, "", "A heavy loss of life. It is raining", "Les assurances",
         "Las casas de la casa", "De huizen, het huis", "保険 Łódź"]

TEXT, BINARY = "life_text", "life_binary"
SCHEMA = {TEXT: "public", BINARY: '"Our Search"'}


@pytest.fixture(scope="module")
def servers():
    """Publisher and subscriber."""
    made = []
    try:
        for name in "pub", "sub":
            directory = tempfile.mkdtemp(prefix=f"bi.{name}.", dir="/tmp")
            os.chmod(directory, 0o755)
            made.append(directory)
            tool("install", directory)
            with open(os.path.join(directory, "server.conf"), "w") as conf:
                conf.write("wal_level = logical\n"
                           "shared_buffers = 32MB\n"
                           "wal_retrieve_retry_interval = 100ms\n")
            tool("start", directory)
        yield tuple(Server(directory) for directory in made)
    finally:
        for directory in reversed(made):
            tool("remove", directory)
            shutil.rmtree(directory, ignore_errors=True)


def make(server, name, schema):
    server.drop_database(name)
    with server.connect() as con:
        con.execute(f"CREATE DATABASE {name} TEMPLATE template0 "
                    "ENCODING 'UTF8'")
    with server.connect(name) as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; "
                    f"CREATE EXTENSION bisearch SCHEMA {schema}; "
                    f"SET search_path = {schema}")
        for part in CONFIGURATIONS, TABLES:
            con.execute(part.replace("{bi}", schema))


def change(con, first):
    """Rows of all tables, in as many ways as they can come."""
    texts = [None if t is None else f"{t} {first}" for t in TEXTS]
    for n, search in enumerate(SEARCHES, first):
        own = search + f" n{n}"
        con.execute("INSERT INTO news.keyed VALUES (%s, %s, %s, ROW(%s, %s), "
                    "ARRAY[ROW('x', %s)::news.note])",
                    [own, n, [own, search, None], "O'Neil, \"x\"", search, own])
        for table in "indexed", "whole", "parts":
            con.execute(f"INSERT INTO news.{table} VALUES (%s, %s), (%s, %s)",
                        [own, n, search, n])
    con.execute("INSERT INTO news.whole VALUES (NULL, %s)", [first])
    con.cursor().executemany(
        "INSERT INTO news.articles (id, body, given) VALUES (%s, %s, %s)",
        [(first + n, text, "'a':1A b:2") for n, text in enumerate(texts)])


def content(con):
    """All tables, as text and as sent."""
    schema, = con.execute("SELECT extnamespace::regnamespace "
                          "FROM pg_extension WHERE extname = 'bisearch'"
                          ).fetchone()
    con.execute("SET search_path = ''")
    result = {}
    for table in "keyed", "indexed", "whole", "articles", "parts":
        more = "" if table == "articles" else (
            f", {schema}.bi_query_send(q), {schema}.bi_query_hash(q), "
            f"{schema}.bi_candidates(q)::text, {schema}.bi_config(q)::text, "
            "tableoid::regclass::text")
        result[table] = sorted(
            (tuple(str(v).replace(schema + ".", "") for v in row) for row in
             con.execute(f"SELECT t::text{more} FROM news.{table} t")))
    con.execute("RESET search_path")
    return result


def failures(con):
    """How often workers of this database's subscription failed."""
    return con.execute(
        # of synchronization there are two columns from 19 on
        "SELECT (SELECT sum(value::bigint) FROM jsonb_each_text(to_jsonb(s)) "
        "WHERE key LIKE '%error_count') FROM pg_stat_subscription_stats s "
        "WHERE subname = current_database()").fetchone()[0]


def catch_up(publisher, subscribers, errors=False):
    """Wait until what was published has been applied, without errors unless
    they are expected."""
    number, = publisher.execute(
        "INSERT INTO news.mark SELECT coalesce(max(n), 0) + 1 FROM news.mark "
        "RETURNING n").fetchone()
    end = time.monotonic() + 600
    for con in subscribers:
        while not con.execute("SELECT 1 FROM news.mark WHERE n = %s",
                              [number]).fetchone():
            assert errors or not failures(con), "see the subscriber's log"
            assert time.monotonic() < end
            time.sleep(0.05)
        while con.execute("SELECT 1 FROM pg_subscription_rel "
                          "WHERE srsubstate <> 'r'").fetchone():
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.fixture(scope="module")
def replicas(servers):
    """A connection to the publisher, and to two subscribers that have caught
    up: one asked for text, the other for binary."""
    pub, sub = servers
    make(pub, "life_source", "public")
    source = pub.connect("life_source")
    change(source, 0)
    source.execute("CREATE PUBLICATION everything FOR ALL TABLES "
                   "WITH (publish_via_partition_root = true)")
    with sub.connect() as con:
        con.execute("ALTER ROLE postgres SET default_text_search_config "
                    "= 'pg_catalog.german'")
    subscribers = []
    for name, schema in SCHEMA.items():
        make(sub, name, schema)
        con = sub.connect(name)
        con.execute(f"CREATE SUBSCRIPTION {name} CONNECTION 'host={pub.socket} "
                    "port=5432 user=postgres dbname=life_source' "
                    "PUBLICATION everything "
                    f"WITH (binary = {name == BINARY}, streaming = true)")
        subscribers.append(con)
    catch_up(source, subscribers)
    yield (source, *subscribers)
    for name, con in zip(SCHEMA, subscribers):
        con.execute(f"DROP SUBSCRIPTION {name}")
        con.close()
    source.close()


def compare(source, subscribers, errors=False):
    catch_up(source, subscribers, errors)
    expected = content(source)
    for con in subscribers:
        given = content(con)
        for table in expected:
            assert given[table] == expected[table], (con.info.dbname, table)
    return expected


def test_initial_copy(replicas):
    source, *subscribers = replicas
    expected = compare(source, subscribers)
    assert len(expected["keyed"]) == len(SEARCHES)
    assert len(expected["articles"]) == len(TEXTS)
    assert {row[-1] for row in expected["parts"]} == \
        {"news.parts0", "news.parts1"}
    articles = "".join(row[0] for row in expected["articles"])
    assert "'~cas'" in articles and "'~huiz'" in articles


def test_changes(replicas):
    """Inserts, updates of keys and of other columns, deletes: rows are found
    by the search that is their identity."""
    source, *subscribers = replicas
    change(source, 100)
    compare(source, subscribers)
    for statement in (
            "UPDATE news.keyed SET n = -n WHERE n % 2 = 0",
            "UPDATE news.keyed SET q = q || q, many = many || q "
            "WHERE n % 3 = 0",
            "UPDATE news.indexed SET q = q && q WHERE n % 2 = 0",
            "UPDATE news.whole SET q = q && !!q WHERE n % 2 = 0",
            "UPDATE news.whole SET n = -n WHERE q IS NULL",
            "UPDATE news.parts SET q = !!q",
            "UPDATE news.articles SET body = 'Las huizen ' || body",
            "DELETE FROM news.keyed WHERE n BETWEEN 2 AND 5",
            "DELETE FROM news.indexed WHERE n BETWEEN 2 AND 5",
            "DELETE FROM news.whole WHERE n BETWEEN 2 AND 5",
            "DELETE FROM news.parts WHERE n BETWEEN 2 AND 5",
            "DELETE FROM news.articles WHERE id BETWEEN 2 AND 5"):
        assert source.execute(statement).rowcount > 0
    left = compare(source, subscribers)
    assert all(left.values())
    source.execute("TRUNCATE news.whole")
    assert compare(source, subscribers)["whole"] == []


def test_a_large_transaction_is_streamed(replicas):
    source, *subscribers = replicas
    with source.transaction():
        source.execute("SET LOCAL logical_decoding_work_mem = '64kB'")
        source.execute(
            "INSERT INTO news.keyed (q, n) SELECT to_bi_query("
            "'news.francais', 'assurances w' || n), 1000 + n "
            "FROM generate_series(1, 3000) n")
    assert len(compare(source, subscribers)["keyed"]) > 3000


def test_subscribers_search(replicas):
    """Saved searches find replicated articles, through the indexes."""
    source, *subscribers = replicas
    change(source, 10000)
    catch_up(source, subscribers)
    for con, schema in zip(subscribers, SCHEMA.values()):
        con.execute("SET search_path = ''; SET enable_seqscan = off")
        match = f"OPERATOR({schema}.@~)"
        sql = f"SELECT id FROM news.articles WHERE plain {match} 'heavy loss'"
        assert "articles_plain" in str(explain(con, sql))
        assert con.execute(sql).fetchall()[-1] == (10002,)
        sql = (f"SELECT id FROM news.articles WHERE {schema}.bi_tsvector(body, "
               f"NULL, config => 'news.castellano') {match} "
               "'{news.castellano} casa'")
        assert "articles_body" in str(explain(con, sql))
        assert (10004,) in con.execute(sql).fetchall()
        assert con.execute(
            "SELECT count(*) FROM news.keyed k JOIN news.articles a "
            f"ON a.francais {match} k.q WHERE k.n = 10002").fetchone() == (0,)
        assert con.execute(
            "SELECT count(*) > 0 FROM news.indexed k JOIN news.articles a "
            f"ON a.francais {match} k.q WHERE k.n = 10002").fetchone() == \
            (True,)
        con.execute("RESET search_path; RESET enable_seqscan")


@pytest.mark.parametrize("filter", [
    "q = 'hurricane'", "q IS DISTINCT FROM NULL", "q @> 'x'"])
def test_row_filters_cannot_name_searches(replicas, filter):
    """Core allows neither types nor operators of extensions there."""
    source, *_ = replicas
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        source.execute("CREATE PUBLICATION filtered FOR TABLE news.keyed "
                       f"WHERE ({filter})")


def test_a_configuration_that_the_subscriber_lacks(replicas):
    """Searches that name it stop the subscription, and go on when it is
    there: nothing is lost."""
    source, text, binary = replicas
    source.execute("SELECT bi_create_configuration('news.late', "
                   "'italian_stem')")
    source.execute("INSERT INTO news.keyed VALUES ('{news.late} case', -7)")
    for con, schema in zip((text, binary), SCHEMA.values()):
        end = time.monotonic() + 600
        while not failures(con):
            assert time.monotonic() < end
            time.sleep(0.05)
        con.execute(f"SELECT {schema}.bi_create_configuration('news.late', "
                    "'italian_stem')")
    compare(source, (text, binary), errors=True)
