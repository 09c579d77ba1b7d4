"""Fuzzy words: what they match by every way, against a distance of its own,
and what the rest of the extension makes of them.

Words are some that mistakes make of a few others, so that all kinds of edits
occur; BISEARCH_SEED repeats a run.
"""

import os
import random
import time

import psycopg
import pytest

from clock import cancelled, late
from oracle.distance import distance

LIMIT = 0.1
SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))

# letters of each database's words, so that characters are of several lengths
LETTERS = {
    "UTF8": "abcnr\u0431\u0436\u10d0\U00010348",
    "LATIN1": "abcnr\u00fe\u00f0",
    "EUC_JP": "abcnr\u0431\u0436\u03c9",
    "SQL_ASCII": "abcnr\u0431\u10d0",
}


def words_of(rnd, letters, number):
    """Distinct words, most of them one to three edits from another."""
    words = set()
    word = ""
    while len(words) < number:
        at = rnd.randrange(len(word) + 1)
        letter = rnd.choice(letters)
        word = rnd.choice([
            word[:at] + letter + word[at:], word[:at] + letter + word[at + 1:],
            word[:at] + word[at + 1:],
            word[:at] + word[at:at + 2][::-1] + word[at + 2:]])
        if not 1 <= len(word) <= 12 or rnd.random() < 0.05:
            word = "".join(rnd.choices(letters, k=rnd.randrange(1, 9)))
        words.add(word)
    return sorted(words)


@pytest.fixture(scope="module", params=sorted(LETTERS))
def dictionary(request, server):
    """A connection, and a table of words that the client knows, too."""
    encoding = request.param
    name = server.create_database(f"fuzzy_{encoding.lower()}", encoding)
    rnd = random.Random(f"{SEED} {encoding}")
    words = words_of(rnd, LETTERS[encoding], 3000)
    options = {"client_encoding": "SQL_ASCII"} \
        if encoding == "SQL_ASCII" else {}
    with server.connect(name, **options) as con:
        con.execute("CREATE TABLE t (id int, word text, tsv tsvector)")
        with con.cursor().copy("COPY t (id, word) FROM STDIN") as copy:
            for n, word in enumerate(words):
                copy.write_row((n, word))
        # stems, marks and continuations are no words
        other = "'" + "z" * 16 + "'"
        con.execute("UPDATE t SET tsv = array_to_tsvector(ARRAY[word, '~' || "
                    f"word, chr(167) || left(word, 1), {other}]) || "
                    f"bi_tsvector({other}, {other})"
                    if encoding == "UTF8" else
                    "UPDATE t SET tsv = array_to_tsvector("
                    f"ARRAY[word, {other}])")
        con.execute("CREATE INDEX ON t USING bisearch (tsv)")
        con.execute("VACUUM ANALYZE t")
        yield con, words, rnd
    server.drop_database(name)


def ids(con, query, index):
    con.execute(f"SET enable_seqscan = {'off' if index else 'on'}")
    con.execute(f"SET enable_bitmapscan = {'on' if index else 'off'}")
    return {row[0] for row in con.execute(
        "SELECT id FROM t WHERE tsv @~ %s::bi_query", [query], prepare=False)}


def test_every_way_finds_the_words_of_the_distance(dictionary):
    """Sequential scan and index, whose walk skips most of the dictionary."""
    con, words, rnd = dictionary
    print(f"BISEARCH_SEED={SEED}")
    wrong = []
    for _ in range(40):
        word = rnd.choice(words)
        edits = rnd.choice([1, 2])
        expected = {n for n, w in enumerate(words)
                    if abs(len(w) - len(word)) <= edits
                    and distance(w, word) <= edits}
        query = f"{word}~{edits}"
        for index in (False, True):
            found = ids(con, query, index)
            if found != expected:
                wrong.append((query, index, [words[n] for n in
                                             sorted(found ^ expected)[:5]]))
    assert wrong == []


@pytest.fixture(scope="module")
def con(server, database):
    with server.connect(database) as con:
        con.execute("CREATE TEMP TABLE a AS SELECT n AS id, w AS body, "
                    "bi_tsvector('Storm', w) AS tsv FROM (VALUES "
                    "(1, 'The flood came'), (2, 'A flod of floods'), "
                    "(3, 'Nothing'), (4, 'Food')) v(n, w)")
        yield con


def one(con, statement, *arguments):
    return con.execute(statement, arguments or None).fetchone()[0]


def test_candidates_for_gin_are_the_other_words(con):
    assert one(con, "SELECT bi_candidates('storm & flod~1')::text") == "'storm'"
    assert one(con, "SELECT bi_candidates('storm -flod~1')::text") == "'storm'"
    assert not one(con, "SELECT bi_is_exact('storm & flod~1')")
    # everything, where nothing else is asked for
    for query in ("flod~1", "flod~1 | storm", "!flod~1"):
        assert one(con, "SELECT tsv @@ bi_candidates(%s) FROM a WHERE id = 3",
                   query)


def test_a_cast_to_tsquery_names_it(con):
    with pytest.raises(psycopg.errors.FeatureNotSupported,
                       match="a fuzzy word"):
        con.execute("SELECT 'flod~1'::bi_query::tsquery")


def test_accessors_and_algebra(con):
    assert one(con, "SELECT bi_words('flod~1 & storm')") == ["flod~1", "storm"]
    assert one(con, "SELECT bi_numnode('flod~1')") == \
        one(con, "SELECT bi_numnode('flod')")
    assert one(con, "SELECT ('flod~1'::bi_query && 'x~2')::text") == \
        "flod~1 & x~2"
    assert one(con, "SELECT 'flod~'::bi_query = 'flod~1'")
    assert not one(con, "SELECT 'flod~2'::bi_query = 'flod~1'")
    assert not one(con, "SELECT 'flod'::bi_query = 'flod~1'")
    assert one(con, "SELECT 'FLOD~1'::bi_query = 'flod~1'")
    assert one(con, "SELECT bi_query_hash('Flod~1') = bi_query_hash('flod~')")


def test_explain_tells_the_words(con):
    rows = con.execute("SELECT * FROM bi_explain('flod~1')").fetchall()
    assert any('words at most 1 edit from "flod"' in str(row) for row in rows)
    rows = con.execute("SELECT * FROM bi_explain('{english} Floods~2')"
                       ).fetchall()
    assert any('stems at most 2 edits from "floods"' in str(row)
               for row in rows)
    rows = con.execute("SELECT x.* FROM a, bi_explain('flod~1', tsv) x "
                       "WHERE id = 2").fetchall()
    assert "as flod" in str(rows) and "floods" not in str(rows)
    rows = con.execute("SELECT x.* FROM a, bi_explain('flod~2', tsv) x "
                       "WHERE id = 2").fetchall()
    assert "as flod, floods" in str(rows)
    rows = con.execute("SELECT x.* FROM a, bi_explain('flod~1', body) x "
                       "WHERE id = 1").fetchall()
    assert "as flood" in str(rows)
    # a part of a phrase is a search that can be typed
    rows = con.execute("SELECT search::text FROM bi_explain('e-comerce~1')"
                       ).fetchall()
    assert ("comerce~1",) in rows


def test_hits_are_marked_counted_and_ranked(con):
    assert one(con, "SELECT bi_highlight(body, 'flod~1') FROM a "
               "WHERE id = 2") == "A <b>flod</b> of floods"
    assert one(con, "SELECT bi_highlight(body, 'flod~2') FROM a "
               "WHERE id = 2") == "A <b>flod</b> of <b>floods</b>"
    assert "<b>flood</b>" in str(con.execute(
        "SELECT bi_snippets(body, 'flod~1') FROM a WHERE id = 1").fetchall())
    assert one(con, "SELECT bi_rank(tsv, 'flod~1') FROM a WHERE id = 2") > 0
    assert one(con, "SELECT bi_rank(tsv, 'flod~1') FROM a WHERE id = 3") == 0
    con.execute("CREATE TABLE IF NOT EXISTS counted AS SELECT * FROM a")
    rows = con.execute("SELECT * FROM bi_counts('counted', 'tsv', "
                       "'flod~1 & storm')").fetchall()
    con.execute("DROP TABLE counted")
    assert any("flod~1" in map(str, row) and 3 in row for row in rows), rows


def test_a_long_article_goes_on_in_no_words(con):
    """Continuation lexemes are the word's, and no words."""
    con.execute("CREATE TEMP TABLE long AS SELECT bi_tsvector(NULL, "
                "repeat('cat dog ', 4000)) AS tsv")
    assert one(con, "SELECT tsv::text LIKE '%%cat\u00a7%%' FROM long")
    for query, answer in (("cat~2", True), ("cot~1 NEAR/1 dog", True),
                          ("ca\u00a7~2", False), ("ATLEAST255 cats~1", True),
                          ("b\u00a71~2", False)):
        assert one(con, "SELECT tsv @~ %s::bi_query FROM long",
                   query) == answer, query
    rows = con.execute("SELECT x.* FROM long, bi_explain('cat~2', tsv) x"
                       ).fetchall()
    assert "as cat" in str(rows) and "\u00a7" not in str(rows)


def test_an_index_is_estimated_by_its_dictionary(server, database):
    with server.connect(database) as con:
        con.execute("CREATE TABLE estimated AS SELECT bi_tsvector(NULL, "
                    "'w' || n %% 1000 || ' ' || CASE WHEN n %% 10 = 0 THEN "
                    "'flood' WHEN n %% 10 = 1 THEN 'flod' ELSE 'x' END) AS tsv "
                    "FROM generate_series(1, 20000) n" .replace("%%", "%"))
        con.execute("CREATE INDEX ON estimated USING bisearch (tsv)")
        con.execute("VACUUM ANALYZE estimated")
        plan = con.execute("EXPLAIN (FORMAT JSON) SELECT * FROM estimated "
                           "WHERE tsv @~ 'floood~1'").fetchone()[0][0]["Plan"]
        assert 1500 <= plan["Plan Rows"] <= 2500
        plan = con.execute("EXPLAIN (FORMAT JSON) SELECT * FROM estimated "
                           "WHERE tsv @~ 'flod~1'").fetchone()[0][0]["Plan"]
        assert 3500 <= plan["Plan Rows"] <= 4500
        con.execute("DROP TABLE estimated")


def test_long_words_take_bounded_time(server, database):
    """Of the longest word, and of many."""
    with server.connect(database) as con:
        con.execute("CREATE TEMP TABLE wide AS SELECT bi_tsvector(NULL, "
                    "repeat('ab', 1000) || n) AS tsv "
                    "FROM generate_series(1, 300) n")
        con.execute("CREATE INDEX ON wide USING bisearch (tsv)")
        con.execute("SET statement_timeout = '30s'")
        word = "ab" * 1000 + "7"
        for settings in ("SET enable_seqscan = off", "RESET enable_seqscan"):
            con.execute(settings)
            found = one(con, "SELECT count(*) FROM wide WHERE tsv @~ "
                        "%s::text::bi_query", word[:-1] + "x~1")
            assert found == 9       # one digit in its place
        query = " | ".join(f"flod{chr(97 + n % 26)}{chr(97 + n // 26)}~2"
                           for n in range(600))
        assert one(con, "SELECT count(*) FROM wide WHERE tsv @~ "
                   "%s::text::bi_query", query) == 0


def test_a_search_can_be_cancelled(server, database):
    """While it walks a dictionary, and while it matches rows."""
    query = " | ".join(f"{'abcdef'[n % 6]}{n:03d}ab{'abcdef'[n // 6 % 6]}~2"
                       for n in range(2000))
    with server.connect(database) as con:
        con.execute("CREATE TABLE many AS SELECT array_to_tsvector(array_agg("
                    "md5(n::text))) AS tsv FROM generate_series(1, 300000) n "
                    "GROUP BY n / 300")
        con.execute("CREATE INDEX ON many USING bisearch (tsv)")
        con.execute("SET max_parallel_workers_per_gather = 0")
        for scan in ("seqscan", "bitmapscan"):
            con.execute(f"SET enable_{scan} = off")
            for after in (0.1, 0.5):
                found = late(lambda wait=after: cancelled(
                    con, f"SELECT count(*) FROM many WHERE tsv @~ '{query}'",
                    wait), LIMIT)
                assert not found, (scan, after, found)
            con.execute(f"SET enable_{scan} = on")
        con.execute("DROP TABLE many")
