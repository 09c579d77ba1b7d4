"""What the planner learns from a bisearch index: how near it comes to the
truth where statistics know next to nothing, and who may know."""

import random
import statistics
import sys

import psycopg
import pytest

from clock import cancelled, work
from conftest import TOP

sys.path.insert(0, str(TOP / "bench"))
from estimates import factor  # noqa: E402

SEED = 7
ARTICLES = 8000


def plan(con, sql):
    result, = con.execute("EXPLAIN (FORMAT JSON) " + sql,
                          prepare=False).fetchone()
    return result[0]["Plan"]


def expected(con, search, table="docs"):
    """The rows that the planner expects."""
    return plan(con, f"SELECT FROM {table} WHERE tsv @~ '{search}'"
                )["Plan Rows"]


def truth(con, search):
    return con.execute("SELECT count(*) FROM docs WHERE tsv @~ "
                       f"'{search}'").fetchone()[0]


class Texts:
    """Articles of words w0, w1, ..., of which the low ones are common; some
    words come together, and more of them in later articles."""

    def __init__(self):
        self.random = random.Random(SEED)

    def word(self):
        return f"w{int(3000 * self.random.random() ** 4)}"

    def text(self, number):
        words = [self.word() for _ in range(60)]
        if self.random.random() < 0.3:
            at = self.random.randrange(58)
            words[at:at + 2] = ["hurricane", "loss"]
        if self.random.random() < number / ARTICLES / 4:
            words += ["loss", "of", "hurricane"]
        if number % 4000 == 17:
            words.append("nowhereelse")
        words.append(f"number{number}")
        return " ".join(words) + "."


@pytest.fixture(scope="module")
def made(server, database):
    """A table whose index has several segments, dead articles and pending
    ones, and of which ANALYZE keeps ten words."""
    texts = Texts()
    with server.connect(database) as con:
        con.execute("DROP TABLE IF EXISTS docs")
        con.execute("CREATE TABLE docs (id int, body text, tsv tsvector) "
                    "WITH (autovacuum_enabled = off)")
        con.execute("CREATE TEMP TABLE raw (id int, body text)")
        with con.cursor().copy("COPY raw FROM STDIN") as copy:
            for number in range(ARTICLES):
                copy.write_row((number, texts.text(number)))
        put = ("INSERT INTO docs SELECT id, body, bi_tsvector('title ' || "
               "split_part(body, ' ', 1), body) FROM raw WHERE id {} ORDER BY id")
        con.execute(put.format("< 6000"))
        con.execute("CREATE INDEX docs_tsv ON docs USING bisearch (tsv)")
        con.execute(put.format(">= 6000"))
        con.execute("VACUUM docs")
        con.execute("DELETE FROM docs WHERE id % 50 = 0")
        con.execute("INSERT INTO docs SELECT id, body, tsv FROM docs "
                    "WHERE id % 100 = 1")
        con.execute("ALTER TABLE docs ALTER tsv SET STATISTICS 1")
        con.execute("ANALYZE docs")
        yield texts
        con.execute("DROP TABLE docs")


@pytest.fixture
def docs(made, server, database):
    with server.connect(database) as con:
        con.execute("SET max_parallel_workers_per_gather = 0")
        yield con


FORMS = {
    "word": "{0}", "and": "{0} & {1}", "or": "{0} | {1}",
    "and of or": "({0} | {1}) & {2}", "and not": "{0} & !{1}",
    "phrase": '"{0} {1}"', "near": "{0} NEAR/5 {1}",
    "ordered": "{0} PRE/9 {1}", "sentence": "{0} /s {1}",
    "not near": "{0} NOT NEAR/9 {1}", "at least": "ATLEAST2({0})",
    "field": "title:{0}", "prefix": "{0}*", "pattern": "{0}*{12}",
    "prefix and word": "{0}* & {1}", "within a field": "body:({0} & {1})",
    "many": " | ".join("{%d}" % n for n in range(12)),
}


@pytest.mark.parametrize("form", FORMS)
def test_estimates_are_near_the_truth(docs, form):
    """Half of them within a quarter, and all but a few within a factor of
    four, or where rows are few."""
    texts = Texts()
    factors = []
    for _ in range(40):
        words = [texts.word() for _ in range(12)]
        if len(set(words[:3])) < 3:
            continue
        if len(words[0]) < 4 and form == "pattern":
            continue
        search = FORMS[form].format(*words, texts.random.randrange(10))
        found = truth(docs, search)
        factors.append(factor(expected(docs, search) + 8, found + 8))
    assert statistics.median(factors) < 1.25, factors
    assert sorted(factors)[-4] < 4, factors


@pytest.mark.parametrize("search", ["hurricane", "nowhereelse", "number77",
                                    '"nowhereelse number17"', "w0 | w1 | w2",
                                    "number1* & hurricane", "nothere",
                                    "-nothere", "-number77"])
def test_what_is_rare_or_known_is_exact(docs, search):
    # dead articles and pending ones blur it
    assert factor(expected(docs, search), truth(docs, search)) < 1.1


def test_words_that_come_together(docs):
    together = expected(docs, '"hurricane loss"')
    assert factor(together, truth(docs, '"hurricane loss"')) < 1.3
    assert factor(expected(docs, '"loss * hurricane"'),
                  truth(docs, '"loss * hurricane"')) < 1.5
    assert expected(docs, '"loss hurricane"') < 30
    assert factor(expected(docs, '-"hurricane loss"'),
                  truth(docs, '-"hurricane loss"')) < 1.1
    assert factor(expected(docs, "-(hurricane | w0)"),
                  truth(docs, "-(hurricane | w0)")) < 1.4


@pytest.mark.parametrize("condition", [
    "tsv @~ 'hurricane' OR tsv @~ '\"hurricane loss\"'",
    "NOT tsv @~ 'hurricane'", "tsv @~ 'hurricane' AND id > 0"])
def test_counts_that_the_index_does_not_make(docs, condition):
    """They are estimated as the rows are."""
    rows = plan(docs, f"SELECT FROM docs WHERE {condition}")["Plan Rows"]
    node = plan(docs, f"SELECT count(*) FROM docs WHERE {condition}")
    while "Plans" in node:
        node = node["Plans"][0]
        if node.get("Relation Name") == "docs":
            break
    assert node["Plan Rows"] == pytest.approx(rows, abs=1)


def rows_in_count(con, search, table="docs"):
    """The rows that a plan of count(*) expects to be found, if it is not by
    index alone."""
    node = plan(con, f"SELECT count(*) FROM {table} WHERE tsv @~ '{search}'")
    while "Plans" in node and node.get("Relation Name") != table:
        node = node["Plans"][0]
    return node["Node Type"], node["Plan Rows"]


@pytest.mark.parametrize("search", ["hurricane", '"hurricane loss"',
                                    "nowhereelse"])
def test_counts_where_few_pages_are_all_visible(docs, search):
    """What reads rows, in place of a count by the index, is estimated."""
    # reading pages is all that matters, so parallel plans are preferred
    docs.execute("RESET max_parallel_workers_per_gather")
    with docs.transaction(force_rollback=True):
        docs.execute("CREATE TABLE fresh WITH (fillfactor = 10) AS "
                     "SELECT tsv FROM docs")
        docs.execute("CREATE INDEX ON fresh USING bisearch (tsv)")
        docs.execute("ALTER TABLE fresh ALTER tsv SET STATISTICS 1")
        docs.execute("ANALYZE fresh")
        kind, rows = rows_in_count(docs, search, "fresh")
    assert kind == "Bitmap Heap Scan"
    assert factor(rows, truth(docs, search)) < 1.2


def test_counts_of_a_small_table(docs):
    docs.execute("CREATE TEMP TABLE small AS SELECT tsv FROM docs LIMIT 40")
    docs.execute("CREATE INDEX ON small USING bisearch (tsv)")
    docs.execute("ALTER TABLE small ALTER tsv SET STATISTICS 1")
    docs.execute("VACUUM ANALYZE small")
    assert rows_in_count(docs, "-nowhereelse", "small") == \
        ("Seq Scan", 39)


def test_prefixes_of_many_terms(docs):
    """Up to some number of terms, document frequencies are added up; above it,
    statistics are used, which know nothing of the terms here."""
    assert factor(expected(docs, "number1*"), truth(docs, "number1*")) < 1.25
    assert factor(expected(docs, "num*77"), truth(docs, "num*77")) < 2
    assert expected(docs, "num*") == pytest.approx(ARTICLES * .02, rel=.1)


def test_more_words_than_are_looked_up(docs):
    search = " & ".join(["hurricane"] + [f"w{n}" for n in range(500)])
    assert expected(docs, search) == 1
    search = " | ".join(["hurricane"] + [f"w{n}" for n in range(500)])
    assert expected(docs, search) > 1000


def test_a_join_with_searches(docs):
    docs.execute("CREATE TEMP TABLE saved AS SELECT search::bi_query AS q "
                 "FROM (VALUES ('\"hurricane loss\"'), ('hurricane'), "
                 "('nowhereelse'), ('\"loss hurricane\"')) v(search)")
    docs.execute("ANALYZE saved")
    sql = "FROM docs, saved WHERE tsv @~ q"
    found, = docs.execute("SELECT count(*) " + sql).fetchone()
    assert factor(plan(docs, "SELECT " + sql)["Plan Rows"], found) < 1.2


def test_a_parameter(docs):
    docs.execute("PREPARE p(bi_query) AS SELECT FROM docs WHERE tsv @~ $1")
    docs.execute("SET plan_cache_mode = force_custom_plan")
    assert factor(plan(docs, "EXECUTE p('\"hurricane loss\"')")["Plan Rows"],
                  truth(docs, '"hurricane loss"')) < 1.3
    docs.execute("SET plan_cache_mode = force_generic_plan")
    assert plan(docs, "EXECUTE p('\"hurricane loss\"')")["Plan Rows"] == \
        pytest.approx(ARTICLES * 0.005, rel=.1)


def test_only_an_index_of_all_rows(docs):
    with docs.transaction(force_rollback=True):
        docs.execute("DROP INDEX docs_tsv")
        docs.execute("CREATE INDEX ON docs USING bisearch (tsv) "
                     "WHERE id < 3000")
        assert expected(docs, "nowhereelse") > 15
        docs.execute("UPDATE pg_index SET indisvalid = false WHERE "
                     "indrelid = 'docs'::regclass")
        docs.execute("CREATE INDEX late ON docs USING bisearch (tsv)")
        assert expected(docs, "nowhereelse") == 2
        docs.execute("UPDATE pg_index SET indisvalid = false WHERE "
                     "indexrelid = 'late'::regclass")
        assert expected(docs, "nowhereelse") > 15


def test_an_empty_index_and_one_with_pending_articles_only(docs):
    docs.execute("CREATE TEMP TABLE few (tsv tsvector); "
                 "CREATE INDEX ON few USING bisearch (tsv); ANALYZE few")
    assert expected(docs, "alpha", "few") == 1
    docs.execute("INSERT INTO few SELECT 'alpha:1' "
                 "FROM generate_series(1, 100); ANALYZE few")
    assert expected(docs, "alpha", "few") >= 1


def test_nulls_do_not_match(docs):
    with docs.transaction(force_rollback=True):
        docs.execute("UPDATE docs SET tsv = NULL WHERE id % 2 = 0")
        docs.execute("ANALYZE docs")
        docs.execute("DROP INDEX docs_tsv")
        docs.execute("CREATE INDEX docs_tsv ON docs USING bisearch (tsv)")
        assert factor(expected(docs, "-nothere"),
                      truth(docs, "-nothere")) < 1.1


def test_partitions_and_children(docs):
    docs.execute("""
        CREATE TEMP TABLE parted (id int, tsv tsvector)
            PARTITION BY RANGE (id);
        CREATE TEMP TABLE low PARTITION OF parted
            FOR VALUES FROM (0) TO (4000);
        CREATE TEMP TABLE high PARTITION OF parted
            FOR VALUES FROM (4000) TO (100000);
        INSERT INTO parted SELECT id, tsv FROM docs;
        ALTER TABLE parted ALTER tsv SET STATISTICS 1;
        CREATE INDEX ON parted USING bisearch (tsv);
        ANALYZE parted;
        CREATE TEMP TABLE parent (LIKE docs);
        CREATE TEMP TABLE child () INHERITS (parent);
        INSERT INTO child SELECT * FROM docs;
        CREATE INDEX ON child USING bisearch (tsv);
        ALTER TABLE child ALTER tsv SET STATISTICS 1;
        ANALYZE child""")
    phrase = '"loss * hurricane"'
    for table in ("parted", "parent"):
        assert factor(expected(docs, phrase, table),
                      truth(docs, phrase)) < 1.5
    assert expected(docs, "nowhereelse", "parted") <= 4
    # the later ones have more
    assert expected(docs, phrase, "high") > 2 * expected(docs, phrase, "low")


def test_an_expression_index(docs):
    with docs.transaction(force_rollback=True):
        docs.execute("CREATE INDEX said ON docs USING bisearch "
                     "(to_tsvector('bisearch', body))")
        docs.execute("ALTER INDEX said ALTER 1 SET STATISTICS 1")
        docs.execute("ANALYZE docs")
        for search in ('"hurricane loss"', "nowhereelse"):
            rows = plan(docs, "SELECT FROM docs WHERE "
                        f"to_tsvector('bisearch', body) @~ '{search}'")
            assert factor(rows["Plan Rows"], truth(docs, search)) < 1.3


def test_within_transactions(docs):
    """The estimate is made in a subtransaction, which must not be noticed."""
    docs.execute("""
        CREATE TEMP TABLE seen (n bigint);
        CREATE FUNCTION pg_temp.count_them() RETURNS trigger
            LANGUAGE plpgsql AS $$
        DECLARE
            n bigint;
        BEGIN
            EXECUTE 'SELECT count(*) FROM docs WHERE tsv @~ ''"hurricane loss"'''
                INTO n;
            INSERT INTO pg_temp.seen VALUES (n);
            RETURN NULL;
        END $$;
        CREATE TEMP TABLE changed (n int);
        CREATE CONSTRAINT TRIGGER t AFTER INSERT ON changed DEFERRABLE
            INITIALLY DEFERRED FOR EACH ROW
            EXECUTE FUNCTION pg_temp.count_them()""")
    with docs.transaction():
        docs.execute("DECLARE c CURSOR FOR SELECT 1 UNION SELECT 2")
        docs.execute("SAVEPOINT s")
        docs.execute("SET LOCAL work_mem = '77kB'")
        docs.execute("INSERT INTO changed VALUES (1)")
        assert expected(docs, "hurricane") > 1000
        assert docs.execute("SHOW work_mem").fetchone() == ("77kB",)
        docs.execute("ROLLBACK TO s")
        assert len(docs.execute("FETCH 2 FROM c").fetchall()) == 2
        docs.execute("INSERT INTO changed VALUES (2)")
        assert expected(docs, "hurricane") > 1000
    assert docs.execute("SELECT n FROM seen").fetchall() == \
        [(truth(docs, '"hurricane loss"'),)]


def test_an_interrupt_is_one(docs):
    """A cancel that comes during an estimate ends the statement."""
    notices = []
    docs.add_notice_handler(lambda n: notices.append(n.message_primary))
    docs.execute("SET client_min_messages = debug1")
    docs.execute("CREATE TEMP TABLE saved AS SELECT ('w' || n || ' NEAR/9 w'"
                 " || n + 1)::bi_query AS q FROM generate_series(1, 12) n")
    docs.execute("ANALYZE saved")
    sql = "SELECT " + " UNION ALL SELECT ".join(
        ["FROM docs, saved WHERE tsv @~ q"] * 200)
    lasts = work(docs, "EXPLAIN " + sql)
    ended = 0
    for number in range(20):
        took = cancelled(docs, "EXPLAIN " + sql, lasts * number / 20)
        ended += took is not None
    assert ended > 0
    assert not [n for n in notices if "for an estimate" in n]


@pytest.fixture
def guarded(db):
    """A table of which a reader sees half the rows; the words of the other
    half are secret."""
    db.execute("""
        DROP TABLE IF EXISTS guarded CASCADE;
        DROP ROLE IF EXISTS bi_guarded; CREATE ROLE bi_guarded;
        CREATE TABLE guarded AS SELECT n AS id, n % 2 = 0 AS open,
            bi_tsvector(NULL, CASE WHEN n % 2 = 0 THEN 'public word'
                              ELSE 'secret plan' END) AS tsv
            FROM generate_series(1, 2000) n;
        ALTER TABLE guarded SET (autovacuum_enabled = off);
        CREATE INDEX ON guarded USING bisearch (tsv);
        CREATE VIEW guarded_view WITH (security_barrier) AS
            SELECT * FROM guarded WHERE open;
        ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON guarded FOR SELECT TO bi_guarded USING (open);
        GRANT SELECT ON guarded, guarded_view TO bi_guarded""")
    yield db
    db.execute("RESET ROLE")
    db.execute("ALTER FUNCTION bi_tsvector_match NOT LEAKPROOF")
    db.execute("DROP TABLE guarded CASCADE")
    db.execute("DROP ROLE bi_guarded")


PAIRS = [("secret", "nowhere"), ('"secret plan"', '"nowhere near"'),
         ("secr*", "nowh*"), ("-secret", "-nowhere"),
         ("secret NEAR/5 plan", "some NEAR/5 where")]


@pytest.mark.parametrize("table", ["guarded", "guarded_view"])
@pytest.mark.parametrize("secret,nothing", PAIRS)
def test_hidden_frequencies_are_not_told(guarded, table, secret, nothing):
    def rows(search):
        return expected(guarded, search, table)

    # without statistics too, for which core asks nobody
    for analyzed in (False, True):
        if analyzed:
            guarded.execute("ANALYZE guarded")
        guarded.execute("SET ROLE bi_guarded")
        assert rows(secret) == rows(nothing)
        guarded.execute("RESET ROLE")
    # it is the asking that keeps it secret
    guarded.execute("ALTER FUNCTION bi_tsvector_match LEAKPROOF")
    guarded.execute("SET ROLE bi_guarded")
    assert rows(secret) != rows(nothing)


def test_who_may_not_read_the_column(guarded):
    """A view of the owner's shows some columns to a reader, who searches
    others through a leaky operator of his own."""
    guarded.execute("ANALYZE guarded")
    guarded.execute("ALTER TABLE guarded DISABLE ROW LEVEL SECURITY")
    guarded.execute("REVOKE ALL ON guarded FROM bi_guarded")
    guarded.execute("GRANT SELECT (id) ON guarded TO bi_guarded")
    guarded.execute("SET ROLE bi_guarded")
    for search in ("secret", "nowhere"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            guarded.execute(f"SELECT FROM guarded WHERE tsv @~ '{search}'")
        # EXPLAIN checks no rights before it plans
        try:
            told = expected(guarded, search, "guarded")
        except psycopg.errors.InsufficientPrivilege:
            continue
        assert told in (10, 50)


def searches(count, seed=3):
    """That many different ones, hard to estimate."""
    texts = Texts()
    texts.random = random.Random(seed)
    forms = ['"{0} {1}"', "{0} NEAR/5 {1}", "{0} & !{1}", "{0} | {1} & {2}"]
    return [texts.random.choice(forms).format(*(texts.word()
                                                for _ in range(3)))
            for _ in range(count)]


def planned(con, condition):
    """Rows that are expected, and pages read to plan."""
    result, = con.execute("EXPLAIN (FORMAT JSON, BUFFERS) SELECT FROM docs "
                          "WHERE " + condition, prepare=False).fetchone()
    reading = result[0]["Planning"]
    return (result[0]["Plan"]["Plan Rows"],
            reading["Shared Hit Blocks"] + reading["Shared Read Blocks"])


def any_of(queries):
    return "tsv @~ ANY (ARRAY['" + "', '".join(queries) + "']::bi_query[])"


def or_of(queries):
    return " OR ".join(f"tsv @~ '{query}'" for query in queries)


@pytest.mark.parametrize("together", [any_of, or_of])
def test_all_estimates_of_a_statement_share_a_budget(docs, together):
    few = planned(docs, together(searches(300)))[1]
    many = planned(docs, together(searches(3000)))[1]
    assert many < 2 * few


def test_a_join_shares_the_budget(docs):
    docs.execute("CREATE TEMP TABLE saved AS SELECT unnest(%s::bi_query[]) "
                 "AS q", [searches(12)])
    docs.execute("ANALYZE saved")
    read = []
    for times in 1, 1, 30, 300:
        result, = docs.execute(
            "EXPLAIN (FORMAT JSON, BUFFERS) SELECT " + " UNION ALL SELECT "
            .join(["FROM docs, saved WHERE tsv @~ q"] * times),
            prepare=False).fetchone()
        reading = result[0]["Planning"]
        read.append(reading["Shared Hit Blocks"])
    assert read[3] - read[2] < read[2] - read[1]


@pytest.mark.parametrize("together", [any_of, or_of])
def test_estimates_past_the_budget(docs, together):
    """They come from statistics, or are like those made before."""
    rare = [f"number{n} | number{n + 1}" for n in range(1, 3001, 2)]
    truly = truth(docs, " | ".join(f"number{n}" for n in range(1, 3001)))
    for more in (), searches(3000):
        docs.execute("SELECT")
        if more:
            assert planned(docs, together(list(more) + rare))[0] > ARTICLES / 2
        else:
            # statistics take a word that they do not know for a common one
            rows = planned(docs, together(rare))[0]
            assert truly / 2 < rows < ARTICLES


def test_the_budget_is_of_one_statement(docs):
    """Whatever became of the last one."""
    def is_fresh():
        return factor(expected(docs, '"hurricane loss"'),
                      truth(docs, '"hurricane loss"')) < 1.3

    spent = any_of(searches(3000))
    planned(docs, spent)
    assert is_fresh()
    with docs.transaction():
        planned(docs, spent)
        assert is_fresh()
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        docs.execute(f"SELECT FROM docs WHERE {spent} AND id = 'x'")
    assert is_fresh()
    with pytest.raises(psycopg.errors.DivisionByZero):
        docs.execute(f"SELECT 1/0 FROM docs WHERE {spent}")
    assert is_fresh()
    docs.execute(f"EXPLAIN SELECT FROM docs WHERE {spent}; "
                 "DISCARD PLANS")
    assert is_fresh()


def test_planning_within_planning(docs):
    """A function that is evaluated for an estimate plans a statement of its
    own, which has its own budget, and leaves the outer one's alone."""
    docs.execute("""
        CREATE TEMP TABLE inner_docs AS SELECT tsv FROM docs LIMIT 10;
        CREATE INDEX ON inner_docs USING bisearch (tsv);
        ANALYZE inner_docs;
        CREATE FUNCTION pg_temp.asked(search text) RETURNS bi_query
            LANGUAGE plpgsql STABLE AS $$
        BEGIN
            EXECUTE 'SELECT FROM inner_docs WHERE tsv @~ ''hurricane loss''';
            RETURN search;
        END $$""")

    def read(queries):
        return planned(docs, " OR ".join(f"tsv @~ pg_temp.asked('{query}')"
                                         for query in queries))[1]

    read(searches(2))
    few, some, many = (read(searches(n)) for n in (2, 300, 600))
    # what the first ones take of the table that is searched, the last do not
    assert many - some < (some - few) * 3 / 4


def test_many_partitions(docs):
    """What an index said of a search in some is taken to hold in others."""
    docs.execute("CREATE TEMP TABLE many (id int, part int, tsv tsvector) "
                 "PARTITION BY LIST (part)")
    for n in range(600):
        docs.execute(f"CREATE TEMP TABLE many{n} PARTITION OF many "
                     f"FOR VALUES IN ({n})")
    docs.execute("INSERT INTO many SELECT id, id % 600, tsv FROM docs")
    docs.execute("INSERT INTO many SELECT id, id % 600, tsv FROM docs")
    docs.execute("ALTER TABLE many ALTER tsv SET STATISTICS 1")
    docs.execute("CREATE INDEX ON many USING bisearch (tsv)")
    docs.execute("ANALYZE many")
    assert factor(expected(docs, '"hurricane loss"', "many"),
                  2 * truth(docs, '"hurricane loss"')) < 1.3
