"""The calls that make a bi_query, bi_check, comparison, and bi_tsvector."""

import psycopg
import pytest

from test_cases import all_cases, error_position

CALLS = ("to_bi_query", "websearch_to_bi_query", "plainto_bi_query",
         "phraseto_bi_query")

CASES = [p.values[0] for p in all_cases()
         if p.values[0]["config"] in ("bisearch", "bisearch_english",
                                      "english", "simple")
         or p.values[0]["config"].startswith("cases.")]


def value(con, sql, *args):
    return con.execute(sql, args).fetchone()[0]


def notices(con):
    """A list that fills with (severity, message) of what con is told."""
    told = []
    con.add_notice_handler(lambda diagnostic: told.append(
        (diagnostic.severity_nonlocalized, diagnostic.message_primary)))
    return told


def check(con, query, config=None):
    if config:
        return con.execute(
            'SELECT severity, "position", length, message, hint '
            "FROM bi_check(%s::regconfig, %s::text)",
            [config, query]).fetchall()
    return con.execute('SELECT severity, "position", length, message, hint '
                       "FROM bi_check(%s::text)", [query]).fetchall()


# Signatures

@pytest.mark.parametrize("call", CALLS)
def test_null_gives_null(db, call):
    assert value(db, f"SELECT {call}(NULL) IS NULL")
    assert value(db, f"SELECT {call}('english', NULL) IS NULL")
    assert value(db, f"SELECT {call}(NULL::regconfig, 'cat') IS NULL")


def test_null_match(db):
    assert value(db, "SELECT (NULL::tsvector @~ 'cat'::bi_query) IS NULL")
    assert value(db, "SELECT (NULL::text @~ 'cat'::bi_query) IS NULL")
    assert value(db, "SELECT ('cat'::text @~ NULL::bi_query) IS NULL")
    assert value(db, "SELECT (NULL::bi_query ~@ 'cat'::text) IS NULL")


def test_check_of_null(db):
    assert check(db, None) == []


@pytest.mark.parametrize("call", CALLS)
def test_volatility(db, call):
    assert set(db.execute(
        "SELECT provolatile, proparallel, proisstrict FROM pg_proc "
        "WHERE proname = %s", [call]).fetchall()) == {("i", "s", True)}
    assert value(db, "SELECT provolatile FROM pg_proc "
                     "WHERE proname = 'bi_query_in'") == "s"


def test_match_needs_no_cast(db):
    db.execute("CREATE TEMP TABLE a (tsv tsvector, body text)")
    db.execute("INSERT INTO a SELECT bi_tsvector(NULL, t), t FROM "
               "(VALUES ('hurricane loss'), ('rain')) AS v (t)")
    assert value(db, "SELECT count(*) FROM a "
                     "WHERE tsv @~ '“hurricane” & “loss”'") == 1
    assert value(db, "SELECT count(*) FROM a "
                     "WHERE body @~ '“hurricane” & “loss”'") == 1
    assert value(db, "SELECT count(*) FROM a WHERE tsv @~ %s",
                 "hurricane") == 1
    # and core's operator is as it was
    assert value(db, "SELECT count(*) FROM a WHERE tsv @@ 'rain'") == 1


# Configurations

def test_default_configuration_is_ours(db):
    db.execute("SET default_text_search_config = 'pg_catalog.english'")
    assert value(db, "SELECT to_bi_query('cats')::text") == "cats"
    for call in CALLS:
        assert not value(db, f"SELECT 'cat'::text @~ {call}('cats')")
        assert value(db, f"SELECT {call}('cats') = "
                         f"{call}('bisearch', 'cats')")


@pytest.mark.parametrize("call", CALLS[:2])
def test_prefix_is_read(db, call):
    assert value(db, f"SELECT {call}('{{english}} cats')::text") == \
        "{english} cats"
    assert value(db, f"SELECT 'a cat'::text @~ {call}('{{english}} cats')")
    assert value(db, f"SELECT {call}('{{pg_catalog.english}} cats') = "
                     f"{call}('english', 'cats')")
    assert value(db, f"SELECT {call}('{{bisearch}} cats')::text") == "cats"


@pytest.mark.parametrize("call", CALLS)
def test_prefix_only_at_the_start(db, call):
    for text in (" {english} cats", "cats {english}", "({english} cats)"):
        assert not value(db, f"SELECT {call}(%s)::text", text) \
            .startswith("{")
    assert not value(db, f"SELECT {call}('simple', '{{english}} cats')::text") \
        .startswith("{english}")


def test_unknown_prefix(db):
    with pytest.raises(psycopg.Error) as raised:
        db.execute("SELECT to_bi_query('{nope} cats')")
    assert raised.value.sqlstate == "42704"
    assert value(db, "SELECT 'cats nope'::text @~ "
                     "websearch_to_bi_query('{nope} cats')")
    assert check(db, "{nope} cats")


def test_names_with_schemas(db):
    """A name prints with its schema unless it is core's or ours, and is
    found whatever the search path is."""
    db.execute('CREATE SCHEMA IF NOT EXISTS "O""dd {} s"')
    db.execute('CREATE TEXT SEARCH CONFIGURATION "O""dd {} s"."My.Conf}" '
               "(COPY = english)")
    db.execute('SET search_path = "O""dd {} s", public')
    printed = value(db, """SELECT to_bi_query('"My.Conf}"', 'cats')::text""")
    assert "O" in printed and printed.endswith(" cats")
    db.execute("SET search_path = pg_catalog")
    extension = value(db, "SELECT extnamespace::regnamespace::text "
                          "FROM pg_extension WHERE extname = 'bisearch'")
    assert value(db, f"SELECT %s::text::{extension}.bi_query::text",
                 printed) == printed
    assert value(db, f"SELECT {extension}.to_bi_query("
                     "'bisearch_english'::text)::text") == "bisearch_english"
    assert value(db, f"SELECT '{{bisearch_english}} cats'::{extension}."
                     "bi_query::text") == "{bisearch_english} cats"
    db.execute('DROP SCHEMA "O""dd {} s" CASCADE')


def test_core_and_ours_are_found_first(db):
    """A configuration of the same name elsewhere does not get in the way."""
    db.execute("CREATE SCHEMA shadow")
    db.execute("CREATE TEXT SEARCH CONFIGURATION shadow.english "
               "(COPY = simple)")
    db.execute("SET search_path = shadow, public, pg_catalog")
    assert value(db, "SELECT 'a cat'::text @~ '{english} cats'::bi_query")
    assert value(db, "SELECT to_bi_query('shadow.english', 'cats')::text") \
        == "{shadow.english} cats"
    db.execute("DROP SCHEMA shadow CASCADE")


# The empty query

@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("text", ["", "   ", "\t\n", "\u3000\u00a0"])
def test_empty(db, call, text):
    assert value(db, f"SELECT {call}(%s)::text", text) == ""
    assert value(db, f"SELECT {call}('english', %s)::text", text).strip() \
        == "{english}"
    assert not value(db, f"SELECT 'x'::text @~ {call}(%s)", text)
    assert not value(db, f"SELECT to_tsvector('x') @~ {call}(%s)", text)
    assert value(db, f"SELECT {call}(%s) = ''::bi_query", text)


def test_empty_keeps_its_prefix(db):
    assert value(db, "SELECT q::text::bi_query = q FROM "
                     "to_bi_query('english', '') AS q")
    assert value(db, "SELECT to_bi_query('english', '') <> ''::bi_query")


@pytest.mark.parametrize("text", ["!!! ???", "...", "😀", "-", "* *"])
def test_no_word(db, text):
    for call in ("to_bi_query(%s)", "%s::text::bi_query"):
        with pytest.raises(psycopg.Error) as raised:
            db.execute("SELECT " + call, [text])
        assert raised.value.sqlstate == "42601"
    for call in CALLS[1:]:
        assert value(db, f"SELECT {call}(%s)::text", text) == ""


# Stop words

@pytest.mark.parametrize("text", [
    "the cat", "cat NOT the", "the", "cat NEAR/3 the", "the of",
    "cat OR (the AND of)"])
def test_notice_for_stop_words(db, text):
    told = notices(db)
    db.execute("SELECT to_bi_query('english', %s)", [text])
    assert [n for n in told if n[0] == "NOTICE"]


def test_no_notice_without_stop_words(db):
    told = notices(db)
    db.execute("SELECT to_bi_query('english', 'cats dogs')")
    db.execute("SELECT to_bi_query('the cat')")
    db.execute("SELECT to_bi_query('bisearch_english', 'the cat')")
    assert not told


# The lenient call

@pytest.mark.parametrize("row", CASES, ids=lambda row: row["id"])
def test_lenient_equals_strict(db, row):
    """What the strict call takes, the lenient one reads alike; what it
    refuses, the lenient one repairs to something strict takes; and bi_check
    agrees with both."""
    config, query = row["config"], row["query"]
    if config.startswith("cases."):
        pytest.skip("a configuration of another test")
    lenient = value(db, "SELECT websearch_to_bi_query(%s, %s)::text",
                    config, query)
    problems = [r for r in check(db, query, config) if r[0] == "error"]
    try:
        strict = value(db, "SELECT to_bi_query(%s, %s)::text", config, query)
    except psycopg.Error as error:
        assert problems, lenient
        assert error_position(error) in [r[1] for r in problems]
        assert value(db, "SELECT %s::text::bi_query::text",
                     lenient) == lenient
    else:
        assert strict == lenient
        assert not problems


# bi_check

@pytest.mark.parametrize("query", [
    "", "   ", "hurricane", "“workers compensation”",
    "“hurricane” & “loss”", "hurricane AND loss", "cat OR dog",
    "(wine OR beer) AND cheese", "wine OR (beer AND cheese)", "cat -dog",
    "cat NOT dog", "cat but not dog", "cat and not dog", "title:storm flood",
    "cat W/3 dog", "cat NEAR/3 dog PRE/2 bird", "cat /s dog",
    "ATLEAST3(cat)", "hurric*", "wom?n", '"exact * terms"', '"cat dog"~5',
    "e-commerce", "AT&T", "U.S. economy", "storm; flood", "=storm",
    "cat NOT W/3 dog", "東京 大阪", "can't"])
def test_check_clean(db, query):
    assert check(db, query) == []


@pytest.mark.parametrize("query,config", [
    ("wine OR beer AND cheese", None),
    ("wine | beer & cheese", None),
    ("cat AND dog OR bird", None),
    ("cat not dog", None),
    ("Yahoo! earnings", None),
    ("-cat", None),
    ("NOT cat", None),
    ("-cat -dog", None),
    ("the cat", "english"),
    ("xyz:storm", None),
    ("titel:storm", None),
])
def test_check_surprises(db, query, config):
    """Surprises are told, but are no errors."""
    rows = check(db, query, config)
    assert rows
    for severity, position, length, message, hint in rows:
        assert severity != "error"
        assert 1 <= position <= len(query) + 1
        assert 0 <= length <= len(query) + 1 - position
        assert message
    if config:
        db.execute("SELECT to_bi_query(%s, %s)", [config, query])
    else:
        db.execute("SELECT to_bi_query(%s)", [query])


@pytest.mark.parametrize("query,position,length", [
    ("cat not dog", 5, 3),
    ("big Yahoo! earnings", 5, 6),
    ("big xyz:storm", 5, 4),
    ("été not dog", 5, 3),
])
def test_check_places(db, query, position, length):
    """Where it points: the word, sign or name itself, within its chunk."""
    rows = check(db, query)
    assert rows
    found = [r for r in rows if r[1] >= position - 0 and
             r[1] <= position + length - 1]
    assert found, rows


@pytest.mark.parametrize("query", [
    '"cat', "(cat", "cat)", "cat AND", "AND cat", "cat AND OR dog",
    "cat () dog", 'cat "" dog', "*ne", "h*", "cat W/0 dog",
    "ATLEAST999(cat)", "cat W/3 (NOT dog)", "(cat dog) W/2 (bird fish)",
    "ATLEAST2(cat dog)", "!!! ???", "NOT NOT cat", "{nope} cat",
    "a" * 2047])
def test_check_repairs(db, query):
    """Each repair of the lenient call is told, with its place."""
    rows = check(db, query)
    assert rows
    for severity, position, length, message, hint in rows:
        assert severity and message
        assert 1 <= position <= len(query) + 1
        assert length >= 0
    assert value(db, "SELECT websearch_to_bi_query(%s) IS NOT NULL", query)


def test_check_counts_each(db):
    """One row at least for each of several repairs."""
    rows = check(db, "cat) W/0 dog AND () h* \"bird")
    assert len({r[1] for r in rows if r[0] == "error"}) >= 5, rows


def test_check_exact_without_exact_forms(db):
    rows = check(db, "=losses", "english")
    assert [r for r in rows if r[0] == "error" and r[1] == 1]
    assert check(db, "=losses", "bisearch_english") == []


def test_check_is_in_order(db):
    rows = check(db, "cat) W/0 dog AND () h* \"bird")
    places = [r[1] for r in rows]
    assert places == sorted(places)


# The plain and the phrase call

@pytest.mark.parametrize("typed, at, length", [
    ("foo:bar", 1, 4), ("x foo:bar", 3, 4), ("x y (foo:bar)", 6, 4),
    ('x "y z', 3, 1)])
def test_check_says_where(db, typed, at, length):
    """Where in the search it is, and how long."""
    assert db.execute("SELECT position, length FROM bi_check(%s)",
                      [typed]).fetchall() == [(at, length)]


@pytest.mark.parametrize("text", [
    'cat OR dog', '"cat', '(cat', 'cat)', '-cat', '!cat', 'title:cat', 'h*',
    '*cat', 'c?t', '=cat', '#cat', 'cat^2', 'cat~1', 'cat W/0 dog',
    'AND', 'NOT NOT cat', 'ATLEAST999(cat)', 'cat |', '\\', '\\and', '()',
    '""', 'cat & | dog', '/0', 'cat /s', '+3', '%', 'NEAR'])
@pytest.mark.parametrize("call", CALLS[2:])
def test_no_syntax(db, call, text):
    """All of it is text: a document with the same text is found, and what
    the query prints means the same again."""
    for config in ("bisearch", "bisearch_english", "english"):
        printed, same, found = db.execute(
            f"SELECT q::text, q::text::bi_query = q, %s::text @~ q "
            f"FROM {call}(%s::regconfig, %s::text) AS q",
            [text, config, text]).fetchone()
        assert same, printed
        if any(c.isalnum() for c in text) and config != "english":
            assert found, printed


def test_plain_is_bare_and_phrase_is_quoted(db):
    assert value(db, "SELECT plainto_bi_query('heavy rain') = "
                     "'heavy & rain'::bi_query")
    assert value(db, "SELECT phraseto_bi_query('heavy rain') = "
                     "'\"heavy rain\"'::bi_query")
    assert value(db, "SELECT 'it rained'::text @~ "
                     "plainto_bi_query('bisearch_english', 'raining')")
    assert not value(db, "SELECT 'it rained'::text @~ "
                         "phraseto_bi_query('bisearch_english', 'raining')")


# Comparison

EQUAL = [
    ("“Hurricane” and loss", "hurricane & LOSS"),
    ("hurric!", "hurric*"), ("a:storm", "TITLE:storm"),
    ("cat W/3 dog", "cat near/3 dog"), ("cat AND (dog AND bird)",
                                        "cat dog bird"),
    ("=storm", "storm"), ('"cat dog"~3', "cat NEAR/3 dog"),
    ("-(-cat)", "cat"), ("cat but not dog", "cat & !dog"),
    ("((cat))", "cat"), ("abcd:cat", "cat"), ("cat^2", "cat"),
    ("U.S.", "us"), ("CAFÉ", "cafe"), ("e-commerce", '"e commerce"'),
    ("AT&T", '"at and t"'), ("ATLEAST2 cat", "atleast2(CAT)"),
    ("ab:storm", "AB:storm"), ("title:(cat dog)", "title:cat title:dog"),
    ("cat PRE/3 dog", "cat +3 dog"), ("cat /s dog", "cat SENTENCE dog"),
]

UNEQUAL = [
    ("cat & dog", "dog & cat"), ("cat & dog", "cat | dog"),
    ("cat NEAR/3 dog", "cat NEAR/4 dog"), ("cat NEAR/3 dog", "cat PRE/3 dog"),
    ("cat", "title:cat"), ("title:cat", "body:cat"), ("cat", "cat*"),
    ("cat*", "cat**"), ("cat**", "cat***"), ("cat", "!cat"),
    ("ATLEAST2(cat)", "ATLEAST3(cat)"), ("cat /s dog", "cat /p dog"),
    ("cat /s dog", "cat +s dog"), ("cat", "{english} cat"),
    ("cat", "{bisearch_english} cat"), ('"cat dog"', "cat & dog"),
    ('"cat dog"', '"cat * dog"'), ("wom?n", "wom*n"), ("cat", ""),
    ("cat NEAR/3 dog", "cat NOT NEAR/3 dog"),
    ("{bisearch_english} cats", '{bisearch_english} "cats"'),
]


@pytest.mark.parametrize("left,right", EQUAL)
def test_equal(db, left, right):
    assert db.execute(
        "SELECT l = r, l <> r, l < r, l <= r, l > r, l >= r, "
        "bi_query_cmp(l, r), bi_query_hash(l) = bi_query_hash(r), "
        "bi_query_hash_extended(l, 7) = bi_query_hash_extended(r, 7) "
        "FROM (SELECT %s::text::bi_query AS l, %s::text::bi_query AS r) AS v",
        [left, right]).fetchone() == \
        (True, False, False, True, False, True, 0, True, True)


@pytest.mark.parametrize("left,right", UNEQUAL)
def test_unequal(db, left, right):
    equal, unequal, less, greater, one, other = db.execute(
        "SELECT l = r, l <> r, l < r, l > r, bi_query_cmp(l, r), "
        "bi_query_cmp(r, l) "
        "FROM (SELECT %s::text::bi_query AS l, %s::text::bi_query AS r) AS v",
        [left, right]).fetchone()
    assert not equal and unequal and less != greater
    assert (one < 0) != (other < 0)


def test_order_is_total(db):
    """Comparison is transitive and sorting, grouping and hashing agree."""
    queries = sorted({q for pair in EQUAL + UNEQUAL for q in pair})
    db.execute("CREATE TEMP TABLE q (t text, q bi_query)")
    with db.cursor() as cursor:
        cursor.executemany("INSERT INTO q VALUES (%s, %s::text::bi_query)",
                           [(q, q) for q in queries])
    assert value(db, """
        SELECT count(*) FROM q a, q b, q c
        WHERE a.q < b.q AND b.q < c.q AND NOT a.q < c.q""") == 0
    db.execute("SET enable_hashagg = off")
    by_sort = value(db, "SELECT count(*) FROM (SELECT DISTINCT q FROM q) d")
    db.execute("SET enable_hashagg = on; SET enable_sort = off")
    by_hash = value(db, "SELECT count(*) FROM (SELECT DISTINCT q FROM q) d")
    assert by_sort == by_hash < len(queries)
    db.execute("CREATE UNIQUE INDEX ON q (q, t)")
    db.execute("SET enable_seqscan = off")
    assert value(db, "SELECT count(*) FROM q WHERE q = 'cat'") >= 3


# Combining

def has_operator(con, name):
    return value(con, "SELECT count(*) FROM pg_operator "
                      "WHERE oprname = %s AND oprright = 'bi_query'::regtype "
                      "AND oprresult = 'bi_query'::regtype", name)


@pytest.mark.parametrize("sql,expected", [
    ("''::bi_query && 'cat'::bi_query", "cat"),
    ("'cat'::bi_query && ''::bi_query", "cat"),
    ("''::bi_query || 'cat'::bi_query", "cat"),
    ("'cat'::bi_query <-> ''::bi_query", "cat"),
    ("!! ''::bi_query", ""),
    ("'cat'::bi_query && 'dog | bird'::bi_query", "cat & (dog | bird)"),
    ("'cat'::bi_query || 'dog'::bi_query", "cat | dog"),
    ("!! 'cat'::bi_query", "!cat"),
    ("!! '!cat'::bi_query", "cat"),
])
def test_combine(db, sql, expected):
    for name in ("&&", "||", "<->", "!!"):
        if f" {name} " in f" {sql} " and not has_operator(db, name):
            pytest.skip(f"no operator {name}")
    assert value(db, f"SELECT ({sql})::text") == expected


def test_two_configurations_do_not_combine(db):
    if not has_operator(db, "&&"):
        pytest.skip("no operator &&")
    with pytest.raises(psycopg.Error) as raised:
        db.execute("SELECT 'cat'::bi_query && '{english} cat'::bi_query")
    assert raised.value.sqlstate == "22023"


# bi_tsvector

def lexemes(con, call, *args):
    """A tsvector as {lexeme: [position and weight, ...]}."""
    return {row[0]: [f"{p}{w}" for p, w in zip(row[1] or [], row[2] or [])]
            for row in con.execute(
                f"SELECT lexeme, positions, weights FROM unnest({call})",
                args).fetchall()}


def test_fields_and_gaps(db):
    """Weights in the order A to D with 100 free positions between."""
    tsv = lexemes(db, "bi_tsvector('one two', 'seven', 'five', 'three four')")
    words = {k: v for k, v in tsv.items() if k[0] not in "§¶"}
    assert words == {"one": ["1A"], "two": ["2A"], "three": ["103B"],
                     "four": ["104B"], "five": ["205C"], "seven": ["306D"]}


def test_null_parts_are_skipped(db):
    tsv = lexemes(db, "bi_tsvector(NULL, 'one two')")
    assert tsv["one"] == ["1D"] and tsv["two"] == ["2D"]
    assert value(db, "SELECT length(bi_tsvector(NULL, NULL))") == 0
    assert value(db, "SELECT length(bi_tsvector('', ''))") == 0


def test_marks(db):
    """A sentence's or paragraph's boundary is at its last word."""
    tsv = lexemes(db, "bi_tsvector(NULL, %s)",
                  "One two. Three four.\n\nFive. Six")

    def places(mark):
        return [int(p[:-1]) for p in tsv[mark]]

    assert places("§0") == [2, 4, 5, 6]
    assert places("¶0") == [4, 6]


def test_marks_are_numbered(db):
    """A lexeme keeps 255 positions, so after 255 boundaries comes another."""
    tsv = lexemes(db, "bi_tsvector(NULL, repeat('Cats sleep. ', 600))")
    assert [len(tsv[f"§{n}"]) for n in range(3)] == [255, 255, 90]
    assert "§3" not in tsv
    assert value(db, "SELECT bi_tsvector(NULL, repeat('Cats sleep. ', 600) "
                     "|| 'A bird and a dog. A cow.') @~ 'bird /s dog'")
    assert not value(db, "SELECT bi_tsvector(NULL, repeat('Cats sleep. ', "
                         "600) || 'A bird and a dog. A cow.') @~ 'cow /s dog'")


def test_long_article(db):
    """Words past position 16382 are found as in the text itself."""
    told = notices(db)
    words = " ".join(f"w{n}" for n in range(1, 20001))
    db.execute("CREATE TEMP TABLE l AS SELECT bi_tsvector(NULL, %s) AS tsv, "
               "%s::text AS body", [words, words])
    assert told == []
    for query, tsv, text in [
            ("w20000", True, True), ('"w100 w101"', True, True),
            ('"w16381 w16382"', True, True),
            ('"w19999 w20000"', True, True),
            ("w19999 NEAR/3 w20000", True, True),
            ("w16382 NEAR/3 w16400", False, False),
            ("w16382 NEAR/3 w16384", True, True),
            ("w19999 & w20000", True, True),
            ("w19999 NOT NEAR/3 w100", None, True)]:
        if tsv is not None:
            assert value(db, "SELECT tsv @~ %s FROM l", query) is tsv, query
        assert value(db, "SELECT body @~ %s FROM l", query) is text, query


def test_huge_article(db):
    """What exceeds tsvector's 1 MB is left out from the end, with a
    warning."""
    told = notices(db)
    db.execute("CREATE TEMP TABLE h AS SELECT bi_tsvector('storm', "
               "string_agg(md5(n::text) || md5((-n)::text), ' ')) AS tsv "
               "FROM generate_series(1, 40000) AS n")
    assert [n for n in told if n[0] == "WARNING"]
    assert value(db, "SELECT tsv @~ 'title:storm' FROM h")
    assert value(db, "SELECT tsv @~ (md5('1') || md5('-1'))::bi_query FROM h")
    assert not value(db, "SELECT tsv @~ (md5('40000') || md5('-40000'))"
                         "::bi_query FROM h")


def test_many_occurrences(db):
    """Positions past the 255th of a lexeme go silently, as in core."""
    told = notices(db)
    assert value(db, "SELECT bi_tsvector(NULL, repeat('cat ', 300)) "
                     "@~ 'ATLEAST255(cat)'")
    assert not told


def test_too_long_word_takes_no_position(db):
    for body in ("'cat ' || repeat('a', 2047) || ' dog'",):
        assert value(db, f"SELECT bi_tsvector(NULL, {body}) @~ '\"cat dog\"'")
        assert value(db, f"SELECT ({body}) @~ '\"cat dog\"'")
    assert not value(db, "SELECT bi_tsvector(NULL, 'cat ' || "
                         "repeat('a', 2046) || ' dog') @~ '\"cat dog\"'")


def test_stripped(db):
    """Words yes, in any field; phrase, proximity, ATLEAST above 1 no."""
    db.execute("CREATE TEMP TABLE s AS SELECT "
               "strip(bi_tsvector('storm', 'cat dog cat')) AS tsv")
    for query, expected in [
            ("storm", True), ("title:storm", True), ("body:storm", True),
            ("title:cat", True), ("cat & dog", True), ("sto*", True),
            ("bird", False), ('"cat dog"', False), ("cat NEAR/3 dog", False),
            ("cat PRE/3 dog", False), ("cat /s dog", False),
            ("cat /p dog", False), ("ATLEAST2(cat)", False),
            ("ATLEAST1(cat)", True), ("-bird", True), ("-storm", False)]:
        assert value(db, "SELECT tsv @~ %s FROM s", query) is expected, query


def test_without_marks(db):
    """A tsvector made elsewhere answers no to /s and /p."""
    db.execute("CREATE TEMP TABLE m AS "
               "SELECT to_tsvector('bisearch', 'cat dog') AS tsv")
    for query, expected in [
            ("cat NEAR/3 dog", True), ("cat /s dog", False),
            ("cat /p dog", False), ("cat +s dog", False),
            ("body:cat", True), ("title:cat", False)]:
        assert value(db, "SELECT tsv @~ %s FROM m", query) is expected, query
    assert value(db, "SELECT setweight(to_tsvector('bisearch', 'cat'), 'A') "
                     "@~ 'title:cat'")


def test_english_documents_serve_plain_queries(db):
    """A bisearch query finds its exact words in bisearch_english documents,
    and core's to_tsquery asks for either form."""
    db.execute("CREATE TEMP TABLE e AS SELECT bi_tsvector(NULL, "
               "'It was raining', config => 'bisearch_english') AS tsv")
    assert value(db, "SELECT tsv @~ 'raining' FROM e")
    assert not value(db, "SELECT tsv @~ 'rain' FROM e")
    assert value(db, "SELECT tsv @~ '{bisearch_english} rains' FROM e")
    assert value(db, "SELECT tsv @@ to_tsquery('bisearch_english', 'rains') "
                     "FROM e")
    tsv = lexemes(db, "(SELECT tsv FROM e)")
    assert tsv["raining"] == tsv["~rain"] == ["3D"]


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII"])
def test_sentences_in_other_encodings(encoded_db, encoding):
    con = encoded_db(encoding)
    assert value(con, "SELECT bi_tsvector(NULL, 'A cat. A dog.') @~ "
                      "'cat NEAR/2 dog'")
    if encoding == "SQL_ASCII":
        return
    assert value(con, "SELECT bi_tsvector(NULL, 'A cat and a dog.') @~ "
                      "'cat /s dog'")
    assert not value(con, "SELECT bi_tsvector(NULL, 'A cat. A dog.') @~ "
                          "'cat /s dog'")


def test_latin1(encoded_db):
    con = encoded_db("LATIN1")
    assert value(con, "SELECT 'Le café fermé'::text @~ '\"CAFE FERME\"'")
    assert value(con, "SELECT 'caf\u00e9'::bi_query::text") == "caf\u00e9"
    assert value(con, "SELECT 'cat dog'::text @~ '«cat dog»'")


def test_euc_jp(encoded_db):
    con = encoded_db("EUC_JP")
    assert value(con, "SELECT '東京都に住む'::text @~ '「東京都」'")
    assert value(con, "SELECT '大阪'::text @~ '東京｜大阪'")
    assert value(con, "SELECT '「東京」'::bi_query::text") == '"東京"'


def test_expression_index(db):
    """bi_tsvector is immutable: it serves in indexes and generated
    columns."""
    db.execute("CREATE TEMP TABLE g (h text, b text, tsv tsvector "
               "GENERATED ALWAYS AS (bi_tsvector(h, b)) STORED)")
    db.execute("CREATE INDEX ON g USING gin (bi_tsvector(h, b))")
    db.execute("INSERT INTO g VALUES ('storm', 'cat dog')")
    assert value(db, "SELECT count(*) FROM g WHERE tsv @~ 'title:storm' "
                     "AND bi_tsvector(h, b) @~ '\"cat dog\"'") == 1
