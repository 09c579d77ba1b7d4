"""pg_upgrade of databases with bisearch in them, from one PostgreSQL to a
later one beside it.

    BISEARCH_OLD_PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config test/run upgrade

builds the extension for the older PostgreSQL in a directory of its own,
fills a private server of it, upgrades that to the PostgreSQL the extension
here was built for, and asks both the same questions.  make test-versions
does this where Debian's packages for both are.
"""

import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from conftest import TOP, Server, tool

OLD = os.environ.get("BISEARCH_OLD_PG_CONFIG")

# The database "plain" has the extension in public, "apart" in a schema ext
# that is not on the search path.  What follows is said with names that both
# need: every type, function and operator bears its schema.
PLAIN = """
CREATE EXTENSION bisearch;
CREATE SCHEMA firm;
CREATE SCHEMA "Odd Name";
CREATE TEXT SEARCH DICTIONARY "Odd Name".inner (
    TEMPLATE = pg_catalog.snowball, LANGUAGE = german);
SELECT bi_create_configuration('firm.french', 'pg_catalog.french_stem');
SELECT bi_create_configuration('a_first', '"Odd Name".inner');
SELECT bi_create_configuration('"Odd Name"."My German"', '"Odd Name".inner');
CREATE TEXT SEARCH CONFIGURATION firm.copy (COPY = bisearch_english);

CREATE DOMAIN firm.wish AS bi_query CHECK (bi_is_positive(VALUE));
CREATE TYPE firm.pair AS (who text, search bi_query);

CREATE TABLE articles (
    id integer PRIMARY KEY, published date, headline text, body text,
    tsv tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body)) STORED,
    english tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body,
        config => 'bisearch_english')) STORED,
    odd tsvector GENERATED ALWAYS AS (bi_tsvector(headline, body,
        config => '"Odd Name"."My German"')) STORED);
CREATE INDEX articles_tsv ON articles USING gin (tsv);
CREATE INDEX articles_english ON articles USING gin (english)
    WITH (fastupdate = off);
CREATE INDEX articles_french ON articles USING gin (
    bi_tsvector(headline, body, NULL, NULL, 'firm.french'));
CREATE INDEX articles_storms ON articles (published)
    WHERE tsv @~ 'storm NEAR/3 loss*';

CREATE TABLE saved (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who text,
    search bi_query UNIQUE, more bi_query[], wish firm.wish, pair firm.pair,
    fallback bi_query DEFAULT '“heavy loss” | storm' CHECK (
        fallback <> 'nothing'));
CREATE INDEX saved_btree ON saved (search, who);
CREATE INDEX saved_hash ON saved USING hash (search);
CREATE TABLE spread (search bi_query, n integer) PARTITION BY HASH (search);
CREATE TABLE spread0 PARTITION OF spread FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE spread1 PARTITION OF spread FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE spread2 PARTITION OF spread FOR VALUES WITH (MODULUS 3, REMAINDER 2);

CREATE VIEW about_storms AS SELECT id, headline FROM articles
    WHERE tsv @~ 'storm* & !snow' OR 'headline:flood' ~@ tsv;
CREATE VIEW alerts AS SELECT saved.id AS saved, articles.id AS article
    FROM saved JOIN articles ON tsv @~ search;
CREATE MATERIALIZED VIEW woken AS SELECT * FROM alerts;
CREATE VIEW combined AS SELECT id, search && !! 'snow'::bi_query AS search,
    bi_query_near('a', 'b', 4), to_bi_query('firm.french', 'pertes') AS french
    FROM saved WHERE bi_config(search) = 'bisearch'::regconfig;
CREATE FUNCTION find(bi_query) RETURNS SETOF integer LANGUAGE SQL STABLE
BEGIN ATOMIC SELECT id FROM articles WHERE tsv @~ $1 ORDER BY id; END;
"""

APART = """
CREATE SCHEMA ext;
CREATE EXTENSION bisearch SCHEMA ext;
CREATE TEXT SEARCH CONFIGURATION public.bisearch (COPY = english);
SELECT ext.bi_create_configuration('public.mine', 'pg_catalog.english_stem');
CREATE TABLE articles (
    id integer PRIMARY KEY, headline text, body text,
    tsv tsvector GENERATED ALWAYS AS (ext.bi_tsvector(headline, body)) STORED);
CREATE INDEX articles_tsv ON articles USING gin (tsv);
CREATE INDEX articles_mine ON articles USING gin (
    ext.bi_tsvector(headline, body, NULL, NULL, 'public.mine'));
CREATE TABLE saved (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    search ext.bi_query UNIQUE);
CREATE INDEX saved_hash ON saved USING hash (search);
CREATE VIEW alerts AS SELECT saved.id AS saved, articles.id AS article
    FROM saved JOIN articles ON tsv OPERATOR(ext.@~) search;
"""

SEARCHES = [
    "", "storm", "hurricane & loss", "“heavy loss”", "storm | flood",
    "storm -snow", "-storm", "flood w/5 loss", "storm pre/3 loss",
    "storm NOT w/5 snow", "storm /s loss", "storm /p loss",
    "atleast2(storm)", "hurric*", "lo?s", "fl*d", "headline:storm",
    "ab:(storm loss)", "{english} raining", "{bisearch_english} claims",
    '{bisearch_english} "claims"', "covid-19", "Zürich", "台風 & 損失",
    "((storm | flood) & (loss | snow)) w/9 town",
]
PLAIN_SEARCHES = ["{firm.french} assurances", "{firm.copy} =raining",
                  '{"Odd Name"."My German"} Schäden', "{a_first} \"Schäden\""]
APART_SEARCHES = ["{public.bisearch} raining", "{mine} raining"]

WORDS = ("storm storms flood floods heavy loss losses snow hurricane town "
         "insurer claims claim raining rain Schäden Schaden pertes "
         "assurances Zürich covid-19 U.S. the a of and").split()

# What is asked before and after: database, name, statement.  Array types
# became members of extensions in one version of PostgreSQL.
QUESTIONS = [
    ("plain", "searches as text and on the wire",
     "SELECT id, search::text, bi_query_send(search), more::text, wish::text,"
     " pair::text, fallback::text FROM saved ORDER BY id"),
    ("plain", "order, hashes and accessors",
     "SELECT id, bi_query_hash(search), bi_query_hash_extended(search, 7),"
     " bi_words(search), bi_config(search)::text, bi_numnode(search),"
     " bi_candidates(search)::text, bi_is_exact(search)"
     " FROM saved ORDER BY search, id"),
    ("plain", "what saved searches find", "SELECT * FROM alerts ORDER BY 1, 2"),
    ("plain", "what they find in other columns",
     "SELECT saved.id, array_agg(articles.id ORDER BY articles.id),"
     " count(*) FILTER (WHERE english @~ search) FROM saved, articles"
     " WHERE english @~ search OR odd @~ search"
     " OR bi_tsvector(headline, body, NULL, NULL, 'firm.french') @~ search"
     " GROUP BY saved.id ORDER BY 1"),
    ("plain", "articles",
     "SELECT id, headline, md5(tsv::text), md5(english::text), md5(odd::text)"
     " FROM articles ORDER BY id"),
    ("plain", "views",
     "SELECT 1, id, headline FROM about_storms UNION ALL"
     " SELECT 2, article, saved::text FROM woken UNION ALL"
     " SELECT 3, id, (search, bi_query_near, french)::text FROM combined"
     " ORDER BY 1, 2, 3"),
    ("plain", "functions", "SELECT find('storm | loss')"),
    ("plain", "defaults and constraints",
     "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
     " WHERE conrelid = 'saved'::regclass AND contype = 'c'"),
    ("plain", "parts of a table", "SELECT tableoid::regclass::text,"
     " search::text, n FROM spread ORDER BY n"),
    ("plain", "configurations",
     "SELECT c.oid::regconfig::text, to_tsvector(c.oid, 'Raining les pertes"
     " die Schäden')::text FROM pg_ts_config c JOIN pg_namespace n"
     " ON n.oid = cfgnamespace WHERE nspname <> 'pg_catalog' ORDER BY 1"),
    ("apart", "searches as text and on the wire",
     "SELECT id, search::text, ext.bi_query_send(search) FROM saved"
     " ORDER BY id"),
    ("apart", "what saved searches find", "SELECT * FROM alerts ORDER BY 1, 2"),
    ("apart", "articles", "SELECT id, md5(tsv::text) FROM articles ORDER BY id"),
] + [
    (database, "members of the extension",
     "SELECT classid::regclass::text, d.type, d.identity FROM pg_depend,"
     " pg_identify_object(classid, objid, objsubid) d"
     " WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'"
     " AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'bisearch')"
     " AND d.identity NOT LIKE '%[]' ORDER BY 1, 2, 3") for database in ("plain", "apart")
] + [
    (database, "comments on its members",
     "SELECT d.type, d.identity, c.description FROM pg_description c,"
     " pg_identify_object(c.classoid, c.objoid, c.objsubid) d"
     " WHERE c.classoid <> 'pg_extension'::regclass AND EXISTS ("
     "SELECT FROM pg_depend WHERE classid = c.classoid AND objid = c.objoid"
     " AND deptype = 'e') AND d.identity NOT LIKE 'plpgsql%' ORDER BY 1, 2")
    for database in ("plain", "apart")
]

# Indexes, and a search that each serves.
INDEXED = [
    ("plain", "articles_tsv", "SELECT id FROM articles WHERE tsv @~ %s"),
    ("plain", "articles_english",
     "SELECT id FROM articles WHERE english @~ %s"),
    ("plain", "articles_french", "SELECT id FROM articles WHERE "
     "bi_tsvector(headline, body, NULL, NULL, 'firm.french') @~ %s"),
    ("apart", "articles_tsv",
     "SELECT id FROM articles WHERE tsv OPERATOR(ext.@~) %s"),
    ("apart", "articles_mine", "SELECT id FROM articles WHERE "
     "ext.bi_tsvector(headline, body, NULL, NULL, 'public.mine') "
     "OPERATOR(ext.@~) %s"),
]


def article(rng, id_):
    """A headline and a body that the searches find now and then."""
    body = "\n\n".join(
        " ".join(rng.choices(WORDS, k=rng.randint(3, 12))) + "."
        for _ in range(rng.randint(1, 4)))
    if id_ % 97 == 0:
        body += " 台風の被害で保険会社の損失が拡大"
    return " ".join(rng.choices(WORDS, k=4)), body


def fill(con, searches, type_):
    """Articles and saved searches; the last articles stay in the indexes'
    lists of pending entries."""
    rng = random.Random(3)
    rows = [(n, *article(rng, n)) for n in range(1, 2001)]
    add = "INSERT INTO articles (id, headline, body) VALUES (%s, %s, %s)"
    with con.cursor() as cur:
        cur.executemany(add, rows[:1900])
        con.execute("VACUUM ANALYZE articles")
        con.execute("DELETE FROM articles WHERE id % 41 = 0")
        cur.executemany(add, rows[1900:])
        cur.executemany(f"INSERT INTO saved (search) VALUES (%s::{type_})",
                        [(search,) for search in searches])
        cur.executemany(
            f"INSERT INTO saved (search) VALUES (%s::{type_})",
            [(f"storm w/{n} loss",) for n in range(6, 255)])
    con.execute("ANALYZE saved")


def fill_plain(con):
    fill(con, SEARCHES + PLAIN_SEARCHES, "bi_query")
    con.execute("UPDATE articles SET published = "
                "date '2026-01-01' + (id % 300) WHERE id % 10 = 0")
    con.execute("UPDATE saved SET more = ARRAY[search, 'a', NULL]::bi_query[],"
                " wish = 'storm', pair = ROW('Ann', search) WHERE id % 3 = 0")
    con.execute("INSERT INTO spread SELECT search, id FROM saved")
    con.execute("REFRESH MATERIALIZED VIEW woken")


def answers(server):
    found = {}
    for database, name, statement in QUESTIONS:
        with server.connect(database) as con:
            found[database, name] = con.execute(statement).fetchall()
    return found


def searched(con, statement, search, scan):
    """The ids that one plan finds: "seqscan" or "bitmapscan"."""
    with con.transaction():
        for kind in ("seqscan", "indexscan", "bitmapscan"):
            con.execute(f"SET LOCAL enable_{kind} = "
                        f"{'on' if kind == scan else 'off'}")
        return sorted(row[0] for row in con.execute(statement, [search]))


def by_index(server):
    """What each index finds for each search."""
    found = {}
    for database, index, statement in INDEXED:
        with server.connect(database, cursor_factory=psycopg.ClientCursor) \
                as con:
            for search in SEARCHES:
                found[index, database, search] = searched(
                    con, statement, search, "bitmapscan")
    return found


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout


class Upgrade:
    """The older server's answers, and the upgraded server."""

    def __init__(self, work):
        self.work = work
        sources = work / "sources"
        shutil.copytree(TOP, sources, ignore=shutil.ignore_patterns(
            "*.o", "*.so", "*.bc", ".git", ".ci", ".demo", "tmp"))
        env = dict(os.environ, PG_CONFIG=OLD)
        run(["make", "-s", "-j2", "with_llvm=no", f"PG_CONFIG={OLD}"],
            cwd=sources, env=env)
        old, new = work / "old", work / "new"
        # 18 makes checksums unless told otherwise, and both must agree
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        run([sources / "test/server", "install", old], env=env)
        # nothing may change what the tests compare
        (old / "server.conf").write_text("autovacuum = off\n")
        run([sources / "test/server", "start", old, *options], env=env)
        try:
            self.before = self.make_databases(Server(old))
        finally:
            run([sources / "test/server", "stop", old], env=env)
        tool("install", new)
        (new / "server.conf").write_text("autovacuum = off\n")
        run([TOP / "test/server", "start", new, *options])
        tool("stop", new)
        self.forget_options(old, new, env)
        self.said = self.upgrade(Server(old), Server(new))
        tool("start", new)
        self.server = Server(new)
        self.after = answers(self.server)

    def forget_options(self, old, new, env):
        """Debian's 15.20 and 17.12 give each column an option, pg_attver,
        that 18.6 and 19rc1 refuse, so that pg_upgrade fails for any table.
        Where the new server does not know it, the old one forgets it."""
        tool("start", new)
        try:
            with Server(new).connect() as con:
                con.execute("CREATE TEMP TABLE t (a int)")
                con.execute("ALTER TABLE t ALTER a SET (pg_attver = 1)")
            return
        except psycopg.errors.InvalidParameterValue:
            pass
        finally:
            tool("stop", new)
        run([self.work / "sources/test/server", "start", old], env=env)
        try:
            for name in ("postgres", "template1", "plain", "apart"):
                with Server(old).connect(name) as con:
                    con.execute("UPDATE pg_attribute SET attoptions = NULL "
                                "WHERE attoptions::text LIKE '{pg_attver=%}'")
        finally:
            run([self.work / "sources/test/server", "stop", old], env=env)

    def make_databases(self, server):
        with server.connect() as con:
            self.old_version = con.info.server_version
            for name in ("plain", "apart"):
                con.execute(f"CREATE DATABASE {name}")
        with server.connect("plain") as con:
            con.execute(PLAIN)
            fill_plain(con)
        with server.connect("apart") as con:
            con.execute(APART)
            fill(con, SEARCHES + APART_SEARCHES, "ext.bi_query")
        self.indexed_before = by_index(server)
        with server.connect("plain") as con:
            self.statistics = con.execute(STATISTICS).fetchall()
        return answers(server)

    def upgrade(self, old, new):
        """Run pg_upgrade as the clusters' owner; gives what it printed."""
        owner = (old.dir / "data").stat()
        place = self.work / "pg_upgrade"
        place.mkdir()
        os.chown(place, owner.st_uid, owner.st_gid)
        options = {}
        if os.getuid() == 0:
            options = {"user": owner.st_uid, "group": owner.st_gid,
                       "extra_groups": []}
        try:
            return run([f"{new.bindir}/pg_upgrade", "-b", old.bindir, "-B",
                        new.bindir, "-d", old.dir / "data", "-D",
                        new.dir / "data", "-s", place, "-U", "postgres"],
                       cwd=place, env=dict(new.environment(), HOME=str(place)),
                       **options)
        except AssertionError as error:
            logs = [path.read_text(errors="replace")[-3000:] for path in
                    sorted((new.dir / "data").rglob("pg_upgrade*/**/*.log"))
                    + sorted((new.dir / "data").rglob("pg_upgrade*/*.txt"))]
            raise AssertionError("\n".join([str(error), *logs])) from None


STATISTICS = """
SELECT tablename, attname, null_frac, n_distinct, most_common_vals::text,
       most_common_freqs, most_common_elems::text, histogram_bounds::text
FROM pg_stats WHERE tablename IN ('articles', 'saved')
    AND attname IN ('tsv', 'english', 'odd', 'search', 'more') ORDER BY 1, 2
"""


@pytest.fixture(scope="session")
def upgraded():
    if not OLD:
        pytest.skip("BISEARCH_OLD_PG_CONFIG names no older PostgreSQL")
    work = Path(tempfile.mkdtemp(prefix="bi.up.", dir="/tmp"))
    work.chmod(0o755)
    try:
        yield Upgrade(work)
    finally:
        for name in ("old", "new"):
            if (work / name).exists():
                tool("remove", work / name)
        shutil.rmtree(work, ignore_errors=True)


@pytest.fixture
def plain(upgraded):
    with upgraded.server.connect("plain") as con:
        yield con


def test_a_later_version_was_reached(upgraded, plain):
    assert plain.info.server_version // 10000 > upgraded.old_version // 10000
    assert "Upgrade Complete" in upgraded.said


@pytest.mark.parametrize("database, name", [q[:2] for q in QUESTIONS])
def test_same_answer(upgraded, database, name):
    before = upgraded.before[database, name]
    assert len(before) > 0
    assert upgraded.after[database, name] == before


def test_every_search_finds_the_same_through_each_index(upgraded):
    after = by_index(upgraded.server)
    assert after == upgraded.indexed_before
    assert sum(map(len, after.values())) > 10000


def test_every_search_finds_the_same_without_index(upgraded):
    for database, index, statement in INDEXED:
        with upgraded.server.connect(
                database, cursor_factory=psycopg.ClientCursor) as con:
            for search in SEARCHES:
                assert searched(con, statement, search, "seqscan") == \
                    upgraded.indexed_before[index, database, search], search


@pytest.mark.parametrize("database, index, statement", INDEXED)
def test_gin_index_is_used(upgraded, database, index, statement):
    with upgraded.server.connect(
            database, cursor_factory=psycopg.ClientCursor) as con:
        con.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in con.execute(
            "EXPLAIN " + statement, ["storm & loss"]))
    assert f"Bitmap Index Scan on {index}" in plan


@pytest.mark.parametrize("index", ["saved_search_key", "saved_btree",
                                   "saved_hash"])
def test_index_on_searches_is_used_and_finds(upgraded, plain, index):
    """Each alone, with the others dropped for a moment."""
    with plain.transaction(force_rollback=True):
        plain.execute("ALTER TABLE saved DROP CONSTRAINT saved_search_key"
                      if index != "saved_search_key" else "SELECT")
        for other in {"saved_btree", "saved_hash"} - {index}:
            plain.execute(f"DROP INDEX {other}")
        plain.execute("SET LOCAL enable_seqscan = off")
        rows = plain.execute("SELECT id, search FROM saved").fetchall()
        assert len(rows) > 250
        for id_, search in rows:
            literal = psycopg.sql.quote(search)
            found = plain.execute("SELECT id FROM saved "
                                  f"WHERE search = {literal}").fetchall()
            assert found == [(id_,)], search
        plan = str(plain.execute("EXPLAIN SELECT id FROM saved "
                                 f"WHERE search = {literal}").fetchall())
        assert index in plan


def test_partial_index_is_used_and_complete(plain):
    statement = ("SELECT id FROM articles WHERE tsv @~ 'storm NEAR/3 loss*' "
                 "AND published > '2026-02-01' ORDER BY id")
    expected = plain.execute(statement.replace(
        "tsv @~ 'storm NEAR/3 loss*'",
        "bi_match(tsv, 'storm NEAR/3 loss*')")).fetchall()
    plain.execute("SET enable_seqscan = off")
    with plain.transaction(force_rollback=True):
        plain.execute("DROP INDEX articles_tsv")
        plan = str(plain.execute("EXPLAIN " + statement).fetchall())
        assert "articles_storms" in plan
        assert plain.execute(statement).fetchall() == expected
    assert len(expected) > 10


@pytest.mark.parametrize("database", ["plain", "apart"])
def test_indexes_and_tables_are_sound(upgraded, database):
    """By the contrib module amcheck, as far as it goes in this version."""
    with upgraded.server.connect(database) as con:
        assert con.execute("SELECT count(*) FROM pg_index "
                           "WHERE NOT indisvalid").fetchone() == (0,)
        try:
            con.execute("CREATE EXTENSION amcheck")
        except psycopg.errors.FeatureNotSupported:
            pytest.skip("the contrib module amcheck is not installed")
        try:
            checks = {"btree": "bt_index_check(%s::regclass, true)"}
            if con.info.server_version >= 180000:
                checks["gin"] = "gin_index_check(%s::regclass)"
            checked = 0
            for index, method in con.execute(
                    "SELECT indexrelid::regclass::text, amname FROM pg_index "
                    "JOIN pg_class c ON c.oid = indexrelid "
                    "JOIN pg_am a ON a.oid = relam WHERE relkind = 'i' "
                    "AND indrelid >= 16384").fetchall():
                if method in checks:
                    con.execute(f"SELECT {checks[method]}", [index])
                    checked += 1
            assert checked >= 3
            for table in ("articles", "saved"):
                assert con.execute(
                    "SELECT * FROM verify_heapam(%s::regclass)",
                    [table]).fetchall() == []
        finally:
            con.execute("DROP EXTENSION amcheck")


def test_a_search_that_means_the_same_is_still_refused(plain):
    with pytest.raises(psycopg.errors.UniqueViolation):
        plain.execute("INSERT INTO saved (search) VALUES "
                      "('“Heavy” pre/1 “LOSS” and Hurricane'), "
                      "('hurricane AND LOSS')")


def test_rows_are_in_the_part_where_equality_looks(plain):
    for search, n in plain.execute("SELECT search, n FROM spread").fetchall():
        literal = psycopg.sql.quote(search)
        assert plain.execute("SELECT n FROM spread WHERE search = "
                             f"{literal}").fetchall() == [(n,)], search


def test_generated_columns_and_new_rows(plain):
    with plain.transaction(force_rollback=True):
        assert plain.execute(
            "SELECT count(*) FROM articles "
            "WHERE tsv <> bi_tsvector(headline, body) "
            "OR english <> bi_tsvector(headline, body, "
            "config => 'bisearch_english') OR odd <> bi_tsvector(headline, "
            "body, config => '\"Odd Name\".\"My German\"')"
        ).fetchone() == (0,)
        before = plain.execute("SELECT tsv, english, odd FROM articles "
                               "ORDER BY id").fetchall()
        plain.execute("UPDATE articles SET headline = headline || ''")
        assert plain.execute("SELECT tsv, english, odd FROM articles "
                             "ORDER BY id").fetchall() == before
        plain.execute("INSERT INTO articles (id, headline, body) VALUES "
                      "(9001, 'Avalanche', 'Pertes. Schäden. It rained.')")
        for column, search in [
                ("tsv", "headline:avalanche"),
                ("english", "{bisearch_english} raining avalanche"),
                ("odd", '{"Odd Name"."My German"} Schaden avalanche'),
                ("bi_tsvector(headline, body, NULL, NULL, 'firm.french')",
                 "{firm.french} perte avalanche")]:
            plain.execute("SET LOCAL enable_seqscan = off")
            assert plain.execute(
                f"SELECT id FROM articles WHERE {column} @~ '{search}'"
            ).fetchall() == [(9001,)], column


def test_built_anew_the_indexes_find_the_same(upgraded):
    for database in ("plain", "apart"):
        with upgraded.server.connect(database) as con:
            con.execute("REINDEX TABLE articles")
            con.execute("REINDEX TABLE saved")
    assert by_index(upgraded.server) == upgraded.indexed_before


def test_statistics_came_along(upgraded):
    """18 and later carry them over, through the types' input."""
    with upgraded.server.connect("plain") as con:
        if con.info.server_version < 180000:
            pytest.skip("pg_upgrade carries no statistics before 18")
        assert len(upgraded.statistics) == 5
        assert con.execute(STATISTICS).fetchall() == upgraded.statistics


def test_a_dump_of_the_upgraded_database_restores(upgraded):
    server = upgraded.server
    env = server.environment()
    dump = upgraded.work / "plain.dump"
    run(["pg_dump", "-Fc", "-f", dump, "plain"], env=env)
    with server.connect() as con:
        con.execute("CREATE DATABASE again TEMPLATE template0")
    run(["pg_restore", "--exit-on-error", "-d", "again", dump], env=env)
    for database, name, statement in QUESTIONS:
        if database == "plain" and not name.startswith("parts"):
            with server.connect("again") as con:
                assert con.execute(statement).fetchall() == \
                    upgraded.before[database, name], name
