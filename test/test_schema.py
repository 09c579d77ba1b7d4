"""Where the extension lives and who installs it: any schema, any
search_path, hostile neighbours, roles without privileges.

The objects of the extension are read from the catalogues, so that what is
added later is tested too.
"""

import re

import psycopg
import pytest

from fingerprint import differences, fingerprint

SCHEMA = '"Our Search"'


def fresh_database(server, name):
    server.drop_database(name)
    with server.connect() as con:
        con.execute(f"CREATE DATABASE {name} TEMPLATE template0 "
                    "ENCODING 'UTF8'")
    return name


@pytest.fixture(scope="module")
def bare(server):
    """A connection to a database without the extension."""
    name = fresh_database(server, "life_bare")
    with server.connect(name) as con:
        yield con
    server.drop_database(name)


@pytest.fixture(scope="module")
def home(server):
    """A connection to a database with the extension in SCHEMA, and nothing
    but pg_catalog in the search_path."""
    name = fresh_database(server, "life_home")
    with server.connect(name) as con:
        con.execute(f"CREATE SCHEMA {SCHEMA}; "
                    f"CREATE EXTENSION bisearch SCHEMA {SCHEMA}")
        con.execute("CREATE SCHEMA news; SELECT "
                    f"{SCHEMA}.bi_create_configuration('news.francais', "
                    "'french_stem')")
        con.execute("CREATE TABLE news.articles AS SELECT 'a b'::tsvector AS tsv")
        con.execute("CREATE INDEX articles_tsv ON news.articles "
                    "USING bisearch (tsv)")
        con.execute("CREATE SCHEMA open; CREATE TABLE open.found AS SELECT "
                    f"{SCHEMA}.bi_tsvector('a', 'b a') AS tsv; "
                    "GRANT USAGE ON SCHEMA open TO PUBLIC; "
                    "GRANT SELECT ON open.found TO PUBLIC")
        con.execute("SET search_path = ''")
        yield con
    server.drop_database(name)


def one(con, sql, parameters=None):
    row, = con.execute(sql, parameters).fetchall()
    return row[0] if len(row) == 1 else row


# what each function, operator, cast and operator class is asked, with
# {o.x} for operator x and {s} for the schema; and what it answers
QUALIFIED = [
    ("'a & b'::{s}.bi_query::text", "a & b"),
    ("CAST('a b'::text AS {s}.bi_query)::text", "a & b"),
    ("'{{news.francais}} pluies'::{s}.bi_query::text", "{news.francais} pluies"),
    ("{s}.to_bi_query('a b')::text", "a & b"),
    ("{s}.to_bi_query('news.francais', 'a b')::text", "{news.francais} a & b"),
    ("{s}.websearch_to_bi_query('a (b')::text", "a & b"),
    ("{s}.websearch_to_bi_query('english', 'a (b')::text", "{english} b"),
    ("{s}.plainto_bi_query('a (b')::text", "a & \\(b"),
    ("{s}.plainto_bi_query('english', 'c b')::text", "{english} c & b"),
    ("{s}.phraseto_bi_query('a b')::text", '"a b"'),
    ("{s}.phraseto_bi_query('simple', 'a b')::text", '{simple} "a b"'),
    ("count(*) FROM {s}.bi_check('a (b')", 1),
    ("count(*) FROM {s}.bi_check('english', 'c b')", 0),
    ("{s}.bi_tsvector('a', 'b')::text", "'a':1A 'b':102 '§0':1A,102 '¶0':1A,102"),
    ("{s}.bi_tsvector(NULL, 'pluies', config => 'news.francais') {o}@~) "
     "'{{news.francais}} pluie'", True),
    ("'b:2 a:1'::tsvector {o}@~) '\"a b\"'", True),
    ("'\"a b\"'::{s}.bi_query {o}~@) 'b:2 a:1'::tsvector", True),
    ("'a b'::text {o}@~) '\"a b\"'", True),
    ("'\"a b\"'::{s}.bi_query {o}~@) 'a b'::text", True),
    ("{s}.bi_match('a:1', 'a')", True),
    ("{s}.bi_candidates('\"a b\"')::text", "'a' & 'b'"),
    ("{s}.bi_is_exact('a & b')", True),
    ("'a'::{s}.bi_query {o}=) 'A'", True),
    ("'a'::{s}.bi_query {o}<>) 'b'", True),
    ("'a'::{s}.bi_query {o}<) 'b'", True),
    ("'a'::{s}.bi_query {o}<=) 'b'", True),
    ("'a'::{s}.bi_query {o}>) 'b'", False),
    ("'a'::{s}.bi_query {o}>=) 'b'", False),
    ("('a'::{s}.bi_query {o}&&) 'b')::text", "a & b"),
    ("('a'::{s}.bi_query {o}||) 'b')::text", "a | b"),
    ("({o}!!) 'a'::{s}.bi_query)::text", "!a"),
    ("('a'::{s}.bi_query {o}<->) 'b')::text", "a PRE/1 b"),
    ("{s}.bi_query_near('a', 'b', 3)::text", "a NEAR/3 b"),
    ("'a & b'::{s}.bi_query {o}@>) 'b'", True),
    ("'b'::{s}.bi_query {o}<@) 'b & a'", True),
    ("{s}.bi_words('a b')", ["a", "b"]),
    ("{s}.bi_config('{{news.francais}} a')::text", "news.francais"),
    ("{s}.bi_numnode('a b')", 3),
    ("{s}.bi_is_positive('a b')", True),
    ("('a b'::{s}.bi_query::tsquery)::text", "'a' & 'b'"),
    ("('a & b'::tsquery::{s}.bi_query)::text", '{simple} "a" & "b"'),
    ("count(*) FROM {s}.bi_explain('a b')", 3),
    ("count(*) FROM {s}.bi_explain('a b', 'a:1'::tsvector)", 3),
    ("count(*) FROM {s}.bi_explain('a b', 'a b'::text)", 3),
    ("array_agg(hits) FROM {s}.bi_counts('open.found', 'tsv', 'a \"b a\" -c')",
     [1, 1, 1, 1, 1, 1, 0]),
    ("({s}.bi_collect('open.found', 'tsv', 'a b'))::text", '(1,3,"{1,1}")'),
    ("{s}.bi_length(tsv) FROM open.found", 3),
    ("{s}.bi_rank(tsv, 'a', NULL, ROW(1, 3, ARRAY[1])::{s}.bi_collection) > 0 "
     "FROM open.found", True),
    ("{s}.bi_clean('<b>A</b> &lt;b')", "A <b"),
    ("{s}.bi_field('source', 'A B')::text", "'§source=a b'"),
    ("{s}.bi_field('day', '2026-03-05'::date)::text", "'§day=2026-03-05'"),
    ("count(*) FROM {s}.bi_configuration_fields('news.francais')", 0),
    ("{s}.bi_highlight('A b', 'a')", "<b>A</b> b"),
    ("{s}.bi_highlight_html('A <b', 'a')", "<b>A</b> &lt;b"),
    ("marked FROM {s}.bi_snippets('A b', 'a')", "<b>A</b> b"),
    ("count(*) FROM {s}.bi_matches('a:1'::tsvector, 'a')", 1),
    ("count(*) FROM {s}.bi_matches('a b a'::text, 'a')", 2),
    ("to_tsvector('{sq}.bisearch', 'b a')::text", "'a':2 'b':1"),
    ("to_tsvector('{sq}.bisearch_english', 'cats')::text",
     "'cats':1 '~cat':1"),
    ("to_tsvector('news.francais', 'Pluies')::text", "'pluies':1 '~plui':1"),
    ("ts_lexize('{sq}.bisearch_fold', 'Été')", ["ete"]),
    ("ts_lexize('{sq}.bisearch_english_stem', 'Cats')", ["cats", "~cat"]),
    ("array_agg(tokid || alias) FROM ts_token_type('{sq}.bisearch')",
     ["2word", "22number", "12blank", "20ampersand"]),
    ("count(*) FROM ts_parse('{sq}.bisearch', 'a b')", 3),
    ("ts_headline('{sq}.bisearch', 'a b', {s}.bi_candidates('a'))",
     "<b>a</b> b"),
    ("{s}.bi_index_check('news.articles_tsv', true)", ""),
    ("{s}.bi_index_merge('news.articles_tsv')", ""),
    ("segments FROM {s}.bi_index_stats('news.articles_tsv')", 1),
    ("articles FROM {s}.bi_index_segments('news.articles_tsv')", 1),
    ("term FROM {s}.bi_index_terms('news.articles_tsv', 1)", "a"),
]


def ask(sql):
    return "SELECT " + sql.format(s=SCHEMA, sq=SCHEMA.replace("'", "''"),
                                  o=f"OPERATOR({SCHEMA}.")


@pytest.mark.parametrize("path", ["", "pg_catalog", "nowhere"])
def test_qualified_names(home, path):
    """Everything works without search_path."""
    home.execute("SELECT set_config('search_path', %s, false)", [path or '""'])
    for sql, answer in QUALIFIED:
        assert one(home, ask(sql)) == answer, sql


def test_every_object_is_asked(home):
    """... by a line of the table above, or is not for people to call."""
    asked = "\n".join(sql for sql, _ in QUALIFIED)
    home.execute("SET search_path = ''")
    for kind, identity in [key for key in fingerprint(home)]:
        name = re.sub(r"\(.*", "", identity).replace(SCHEMA + ".", "")
        if kind == "pg_catalog.pg_proc":
            internal = "internal" in identity or "cstring" in identity
            behind = re.match("bi_query_(out|send|eq|ne|lt|le|gt|ge|cmp|hash|"
                              "hash_extended|and|or|not|phrase|contains|"
                              "contained|to_tsquery|match_|near$)|"
                              "tsquery_to|bi_(tsvector|text)_match|"
                              "bi_create_configuration", name)
            assert internal or behind or f".{name}(" in asked, \
                f"no line of QUALIFIED calls {identity}"
        elif kind == "pg_catalog.pg_operator":
            assert f"{{o}}{name})" in asked, \
                f"no line of QUALIFIED uses {identity}"


def test_tables_indexes_and_plans(home):
    """Operator classes, rewriting and index conditions find what they need
    beside the function that was called, not in the search_path."""
    home.execute("SET search_path = ''")
    with home.transaction(force_rollback=True):
        home.execute(f"""
            CREATE TABLE news.t (q {SCHEMA}.bi_query PRIMARY KEY,
                tsv tsvector NOT NULL);
            CREATE INDEX ON news.t USING hash (q);
            CREATE INDEX ON news.t USING gin (tsv);
            INSERT INTO news.t SELECT ('w' || n)::{SCHEMA}.bi_query,
                {SCHEMA}.bi_tsvector('word' || n, 'heavy loss')
                FROM generate_series(1, 300) n;
            SET LOCAL enable_seqscan = off;
            SET LOCAL plan_cache_mode = force_generic_plan""")
        match = f"OPERATOR({SCHEMA}.@~)"
        home.execute(f"PREPARE p({SCHEMA}.bi_query) AS SELECT q FROM news.t "
                     f"WHERE tsv {match} $1")
        for sql, plan, rows in (
                ("EXECUTE p('word7')", "Bitmap Index Scan", 1),
                ("EXECUTE p('\"heavy loss\"')", "Bitmap Index Scan", 300),
                (f"SELECT FROM news.t WHERE tsv {match} 'word7'",
                 "Bitmap Index Scan", 1),
                (f"SELECT FROM news.t WHERE tsv {match} '\"heavy loss\"'",
                 "Bitmap Index Scan", 300),
                (f"SELECT FROM news.t WHERE q OPERATOR({SCHEMA}.=) 'W7'",
                 "Index", 1),
                ("SELECT q FROM news.t ORDER BY q", "Index", 300),
                ("SELECT DISTINCT q FROM news.t", "", 300),
                ("SELECT q, count(*) FROM news.t GROUP BY q", "", 300),
                (f"SELECT FROM news.t a JOIN news.t b ON a.q "
                 f"OPERATOR({SCHEMA}.=) b.q", "", 300)):
            assert plan in str(home.execute("EXPLAIN " + sql).fetchall())
            assert home.execute(sql).rowcount == rows, sql
        home.execute("DEALLOCATE p")


def test_it_stays_in_its_schema(home):
    """Bare names of configurations mean the extension's schema, so moving it
    would change what stored searches say; renaming does not."""
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        home.execute("ALTER EXTENSION bisearch SET SCHEMA news")
    home.execute("SET search_path = ''")
    with home.transaction(force_rollback=True):
        home.execute(f"CREATE TABLE news.s AS SELECT "
                     f"'{{bisearch_english}} cats'::{SCHEMA}.bi_query AS q")
        home.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO renamed")
        assert one(home, "SELECT q::text, renamed.bi_config(q)::text, "
                   "'the cat'::text OPERATOR(renamed.@~) q, "
                   "q::text::renamed.bi_query OPERATOR(renamed.=) q "
                   "FROM news.s") == (
            "{bisearch_english} cats", "renamed.bisearch_english", True, True)


def test_a_renamed_configuration_is_missed(home):
    """A search says its configuration's name: it prints, and still finds in
    tsvectors, but nothing can be analysed."""
    home.execute("SET search_path = ''")
    with home.transaction(force_rollback=True):
        home.execute(f"CREATE TABLE news.s AS SELECT "
                     f"'{{news.francais}} pluie'::{SCHEMA}.bi_query AS q")
        home.execute("ALTER SCHEMA news RENAME TO older")
        assert one(home, "SELECT q::text, '~plui:1'::tsvector "
                   f"OPERATOR({SCHEMA}.@~) q FROM older.s") == (
            "{news.francais} pluie", True)
        for call in (f"q::text::{SCHEMA}.bi_query", f"{SCHEMA}.bi_config(q)",
                     f"'x'::text OPERATOR({SCHEMA}.@~) q"):
            with pytest.raises(psycopg.errors.UndefinedObject,
                               match="news.francais"), home.transaction():
                home.execute(f"SELECT {call} FROM older.s")


# -- configurations ------------------------------------------------------

def test_stored_names_do_not_depend_on_the_path(home):
    """What is typed bare is searched for in pg_catalog, our schema, and only
    then in the path; what is stored says the schema."""
    with home.transaction(force_rollback=True):
        home.execute("SET LOCAL search_path = ''; CREATE SCHEMA evil")
        for name in "evil.bisearch", "evil.francais", "evil.bisearch_english":
            home.execute(f"CREATE TEXT SEARCH CONFIGURATION {name} "
                         "(COPY = pg_catalog.english)")
        answers = set()
        for path in ("evil, news, pg_catalog", "news, evil", "evil",
                     f"evil, {SCHEMA}", ""):
            home.execute("SELECT set_config('search_path', %s, true)",
                         [path or '""'])
            q = f"{SCHEMA}.bi_query"
            for typed in ("x", "{bisearch} x", "{bisearch_english} cats",
                          "{news.francais} pluies", "{evil.francais} cats",
                          "{evil.bisearch} cats", "{english} cats"):
                answers.add((typed, *one(
                    home, f"SELECT v::text, v::{q}::text, "
                    f"{SCHEMA}.bi_candidates(v::{q})::text, encode("
                    f"{SCHEMA}.bi_query_send(v::{q}), 'escape') "
                    "FROM (VALUES (%s)) s(v)", [typed])))
        assert len(answers) == 7 and all(a[0] == a[2] or a[0] == "{bisearch} x"
                                         for a in answers)
        for path, given in (("evil, news", "{evil.francais} cats"),
                            ("news, evil", "{news.francais} cats")):
            home.execute(f"SET LOCAL search_path = {path}")
            assert one(home, f"SELECT '{{francais}} cats'::{q}::text") == given
        home.execute("SET LOCAL search_path = ''")
        with pytest.raises(psycopg.errors.UndefinedObject), home.transaction():
            home.execute(f"SELECT '{{francais}} cats'::{q}")


def test_wrapped_dictionaries_do_not_depend_on_the_path(home):
    """A dictionary's bare name is one of pg_catalog or of ours, never of the
    path: else a generated column would depend on who inserts."""
    with home.transaction(force_rollback=True):
        home.execute(f"""
            SET LOCAL search_path = '';
            CREATE SCHEMA evil;
            CREATE TEXT SEARCH DICTIONARY evil.english_stem (TEMPLATE = simple);
            CREATE TEXT SEARCH DICTIONARY evil.mine (TEMPLATE = simple);
            CREATE TEXT SEARCH DICTIONARY evil.other (TEMPLATE = simple);
            CREATE TEXT SEARCH DICTIONARY {SCHEMA}.mine
                (TEMPLATE = snowball, LANGUAGE = english);
            CREATE TEXT SEARCH DICTIONARY news.a
                (TEMPLATE = {SCHEMA}.bisearch_stem, DICTIONARY = english_stem);
            CREATE TEXT SEARCH DICTIONARY news.b
                (TEMPLATE = {SCHEMA}.bisearch_stem, DICTIONARY = mine);
            CREATE TEXT SEARCH DICTIONARY news.c
                (TEMPLATE = {SCHEMA}.bisearch_stem, DICTIONARY = other)""")
        for path in "''", "evil", "evil, pg_catalog":
            home.execute(f"SET LOCAL search_path = {path}")
            for name in "news.a", "news.b":
                assert one(home, "SELECT ts_lexize(%s, 'cats')", [name]) == \
                    ["cats", "~cat"]
            with pytest.raises(psycopg.errors.UndefinedObject,
                               match="other") as error, home.transaction():
                home.execute("SELECT ts_lexize('news.c', 'cats')")
            assert "schema" in error.value.diag.message_hint


# -- who installs and calls ----------------------------------------------

def test_installation_without_superuser(server, bare):
    """CREATE on the database is enough, also to drop it; the objects are
    not the role's to change."""
    bare.execute("CREATE ROLE life_nobody; CREATE ROLE life_installer; "
                 "GRANT CREATE ON DATABASE life_bare TO life_installer")
    try:
        bare.execute("SET ROLE life_nobody")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bare.execute("CREATE EXTENSION bisearch")
        bare.execute("SET ROLE life_installer")
        for statement in ("CREATE EXTENSION bisearch",
                          "CREATE SCHEMA own; "
                          "CREATE EXTENSION bisearch SCHEMA own"):
            bare.execute(statement)
            bare.execute("""
                SET search_path = own, public;
                CREATE SCHEMA work;
                SELECT bi_create_configuration('work.francais', 'french_stem');
                CREATE TABLE work.t (q bi_query UNIQUE, body text,
                    tsv tsvector GENERATED ALWAYS AS (bi_tsvector(NULL, body,
                        config => 'work.francais')) STORED);
                CREATE INDEX ON work.t USING gin (tsv);
                INSERT INTO work.t VALUES ('{work.francais} pluie', 'Pluies')""")
            assert one(bare, "SELECT body FROM work.t WHERE tsv @~ q") == \
                "Pluies"
            # C functions and templates stay a superuser's
            for bad in ("ALTER FUNCTION bi_query_in(cstring) VOLATILE",
                        "ALTER TEXT SEARCH CONFIGURATION bisearch "
                        "DROP MAPPING FOR word",
                        "CREATE FUNCTION bad(internal) RETURNS internal "
                        "AS '$libdir/bisearch', 'bi_fold_init' LANGUAGE c"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    bare.execute(bad)
            bare.execute("SET ROLE life_nobody")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bare.execute("DROP EXTENSION bisearch CASCADE")
            bare.execute("SET ROLE life_installer")
            with pytest.raises(psycopg.errors.DependentObjectsStillExist):
                bare.execute("DROP EXTENSION bisearch")
            bare.execute("DROP SCHEMA work CASCADE; DROP EXTENSION bisearch; "
                         "RESET search_path")
        assert one(bare, "SELECT count(*) FROM pg_proc "
                   "WHERE probin LIKE '%bisearch%'") == 0
    finally:
        bare.execute("RESET ROLE; DROP OWNED BY life_installer; "
                     "DROP ROLE life_installer; DROP ROLE life_nobody")


def test_a_user_without_any_privilege(server, home):
    """Everything that the table above asks; not even the right to use the
    schema that a configuration and its dictionary are in."""
    home.execute("CREATE ROLE life_nobody; "
                 f"GRANT USAGE ON SCHEMA {SCHEMA} TO life_nobody")
    try:
        with server.connect("life_home") as con:
            con.execute("SET ROLE life_nobody; SET search_path = ''")
            for sql, answer in QUALIFIED:
                if "'news." not in sql:
                    assert one(con, ask(sql)) == answer, sql
            for sql, answer in QUALIFIED:
                if "'news." in sql:
                    # core reads the name, and asks
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        con.execute(ask(sql))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                con.execute(f"SELECT {SCHEMA}.bi_create_configuration("
                            f"'{SCHEMA}.mine', 'french_stem')")
        # a generated column asks nobody, as core's configurations do not; a
        # fresh session has not looked up the dictionary yet
        home.execute(f"""
            CREATE TEXT SEARCH DICTIONARY news.inner
                (TEMPLATE = snowball, LANGUAGE = french);
            SELECT {SCHEMA}.bi_create_configuration('news.own', 'news.inner');
            CREATE TABLE public.open (body text, tsv tsvector GENERATED ALWAYS
                AS ({SCHEMA}.bi_tsvector(NULL, body, config =>
                    'news.own')) STORED);
            GRANT ALL ON public.open TO life_nobody""")
        with server.connect("life_home") as con:
            con.execute("SET ROLE life_nobody; SET search_path = ''; "
                        "INSERT INTO public.open VALUES ('Pluies')")
            assert one(con, "SELECT tsv::text FROM public.open").startswith(
                "'pluies':1 '~plui':1")
    finally:
        home.execute("DROP OWNED BY life_nobody; DROP ROLE life_nobody; "
                     "DROP TABLE IF EXISTS public.open")


# -- hostile neighbours --------------------------------------------------

# functions and operators in front of pg_catalog's, each of which says so
EVIL = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.hit() RETURNS bool LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'hit'; END $$;
CREATE DOMAIN evil.text AS int;
CREATE DOMAIN evil.tsvector AS int;
CREATE DOMAIN evil.tsquery AS int;
CREATE DOMAIN evil.bool AS int;
CREATE DOMAIN evil.regconfig AS int;
CREATE DOMAIN evil.bi_query AS int;
CREATE TEXT SEARCH CONFIGURATION evil.bisearch (COPY = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION evil.simple (COPY = pg_catalog.english);
CREATE TEXT SEARCH DICTIONARY evil.bisearch_fold (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY evil.english_stem (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY evil.french_stem (TEMPLATE = simple);
"""

# of a type: the argument, whether operators take it
EVIL_FUNCTIONS = ["lower", "length", "to_tsvector", "to_tsquery", "upper",
                  "textcat", "texteq", "eqsel", "ts_match_vq", "ts_lexize",
                  "format", "quote_ident", "bi_candidates", "bi_is_exact"]
EVIL_OPERATORS = ["=", "<>", "<", ">", "||", "&&", "@@", "~", "@>", "<@"]


def plant(con, schema):
    """Functions and operators on common types that raise when called."""
    con.execute(EVIL.replace("evil.", f"{schema}.").replace(
        "SCHEMA evil", f"SCHEMA {schema}"))
    types = ["text", "tsvector", "tsquery", "cstring", "name", "oid",
             "int4", "regconfig", "regdictionary", "anyelement"]
    for kind in types:
        kind = "pg_catalog." + kind
        for name in EVIL_FUNCTIONS:
            for arguments in kind, f"{kind}, {kind}":
                if "cstring" in kind:
                    continue
                con.execute(
                    f"CREATE FUNCTION {schema}.{name}({arguments}) RETURNS "
                    "pg_catalog.bool IMMUTABLE LANGUAGE sql AS "
                    f"$$ SELECT {schema}.hit() $$")
        if "any" in kind or "cstring" in kind:
            continue
        for name in EVIL_OPERATORS:
            con.execute(f"CREATE OPERATOR {schema}.{name} (FUNCTION = "
                        f"{schema}.textcat, LEFTARG = {kind}, "
                        f"RIGHTARG = {kind})")


@pytest.fixture(scope="module")
def clean(bare):
    """The fingerprint of an installation without neighbours."""
    with bare.transaction(force_rollback=True):
        bare.execute(f"CREATE SCHEMA {SCHEMA}; "
                     f"CREATE EXTENSION bisearch SCHEMA {SCHEMA}")
        return fingerprint(bare)


@pytest.mark.parametrize("path", ["evil, pg_catalog, public", "evil"])
def test_installation_with_a_hostile_path(bare, clean, path):
    with bare.transaction(force_rollback=True):
        plant(bare, "evil")
        bare.execute(f"CREATE SCHEMA {SCHEMA}; SET LOCAL search_path = {path}")
        bare.execute(f"CREATE EXTENSION bisearch SCHEMA {SCHEMA}")
        assert differences(clean, fingerprint(bare)) == {}


def test_calls_with_a_hostile_path(home):
    """All answers are the same; that the neighbours bite is shown too."""
    with home.transaction(force_rollback=True):
        plant(home, "evil")
        home.execute("SET LOCAL search_path = evil, pg_catalog")
        for bad in "lower('x')", "'a'::pg_catalog.text = 'a'":
            with pytest.raises(psycopg.errors.RaiseException, match="hit"), \
                    home.transaction():
                home.execute(f"SELECT {bad}")
        with pytest.raises(psycopg.Error), home.transaction():
            home.execute("SELECT 'x'::text")
        for sql, answer in QUALIFIED:
            # what is core's in the question is core's
            sql = re.sub(r"::(text|tsvector|tsquery)\b", r"::pg_catalog.\1",
                         sql)
            sql = re.sub(r"\b(to_tsvector|ts_lexize|array_agg)\(",
                         r"pg_catalog.\1(", sql).replace(
                             "tokid || alias",
                             "tokid OPERATOR(pg_catalog.||) alias")
            sql = sql.replace("'simple'", "'pg_catalog.simple'")
            assert one(home, ask(sql)) == answer, sql
        home.execute("SELECT " + SCHEMA + ".bi_create_configuration("
                     "'news.mine', 'pg_catalog.french_stem')")
        assert one(home, "SELECT pg_catalog.ts_lexize('news.mine_stem', "
                   "'Pluies')") == ["pluies", "~plui"]


def members(fingerprinted):
    return sorted({(kind, identity) for kind, identity in fingerprinted})


def test_nothing_of_the_name_is_taken_over(bare, clean):
    """If one of the objects to come is there already, by whomever, then the
    installation fails, and makes nothing of another's its own."""
    planted = 0
    for kind, identity in members(clean):
        made = {
            "pg_catalog.pg_proc": lambda: (
                None if "bi_query" in re.sub(r"^[^(]*", "", identity)
                or re.search("internal|cstring", identity) else
                f"CREATE FUNCTION {identity} RETURNS int LANGUAGE sql "
                "AS 'SELECT 1'"),
            "pg_catalog.pg_type": lambda: None if "[]" in identity else
                f"CREATE TYPE {identity} AS (x int)",
            "pg_catalog.pg_ts_config": lambda:
                f"CREATE TEXT SEARCH CONFIGURATION {identity} (PARSER = "
                "pg_catalog.default)",
            "pg_catalog.pg_ts_dict": lambda:
                f"CREATE TEXT SEARCH DICTIONARY {identity} (TEMPLATE = simple)",
        }.get(kind, lambda: None)()
        if made is None:
            continue
        with bare.transaction(force_rollback=True):
            bare.execute(f"CREATE SCHEMA {SCHEMA}")
            bare.execute(made)
            with pytest.raises((psycopg.errors.DuplicateObject,
                                psycopg.errors.DuplicateFunction,
                                psycopg.errors.UniqueViolation)), \
                    bare.transaction():
                bare.execute(f"CREATE EXTENSION bisearch SCHEMA {SCHEMA}")
        planted += 1
    assert planted > 10


def test_installation_beside_a_trap(bare, clean):
    """A role that may create in the schema, but is no superuser, leaves
    functions, operators and types there that a careless script would call
    instead of pg_catalog's or its own."""
    bare.execute("CREATE ROLE life_attacker")
    try:
        with bare.transaction(force_rollback=True):
            bare.execute("GRANT CREATE ON DATABASE life_bare TO life_attacker; "
                         "SET LOCAL ROLE life_attacker")
            plant(bare, SCHEMA)
            bare.execute(f"DROP DOMAIN {SCHEMA}.bi_query; DROP TEXT SEARCH "
                         f"CONFIGURATION {SCHEMA}.bisearch; DROP TEXT SEARCH "
                         f"DICTIONARY {SCHEMA}.bisearch_fold")
            # the same names as ours, with arguments that come close
            for kind, identity in members(clean):
                if kind == "pg_catalog.pg_proc":
                    name = re.sub(r"\(.*", "", identity)
                    for arguments in ("anyelement", "anyelement, anyelement",
                                      "VARIADIC text[]", "text, text"):
                        arguments = arguments.replace("text",
                                                      "pg_catalog.text")
                        bare.execute(f"CREATE OR REPLACE FUNCTION "
                                     f"{name}({arguments}) RETURNS "
                                     "pg_catalog.bool IMMUTABLE LANGUAGE sql "
                                     f"AS $$ SELECT {SCHEMA}.hit() $$") \
                            if not re.search("bi_candidates|bi_is_exact|"
                                             "bi_field", name) else None
            bare.execute("RESET ROLE")
            bare.execute(f"CREATE EXTENSION bisearch SCHEMA {SCHEMA}")
            given = fingerprint(bare)
            owner = [key for key, row in given.items()
                     if "life_attacker" in str(row)
                     and "namespace" not in key[0]]
            assert owner == []
            assert differences(clean, given) == {}
    finally:
        bare.execute("DROP OWNED BY life_attacker; DROP ROLE life_attacker")


def test_the_script_trusts_no_name():
    """Nothing in an install script replaces or skips what is there."""
    from conftest import TOP
    for path in TOP.glob("src/bisearch--*.sql"):
        script = path.read_text()
        assert not re.search(r"(?im)OR REPLACE|IF NOT EXISTS|^\s*(DO|EXECUTE)\b",
                             script), path
        assert "\\quit" in script.split("CREATE", 2)[1] + script[:400]
