"""Long articles lose nothing: every word, phrase, proximity and boundary of
articles of up to 260,000 words is found where it is, and nowhere else.

The articles are random, with words of Zipf's law, so that some words have
tens of thousands of places.  What is expected comes from the lists of words
that the texts were made of.  BISEARCH_SEED repeats a run.
"""
import bisect
import random
import re
import string

import pytest

from instances import SEED

# words of the largest articles, and how many small ones there are besides
LARGE = [260_000, 130_000, 60_000, 40_000, 24_000, 17_000, 16_400, 16_383,
         16_382, 9_000]
SMALL = 300
PHRASES = 20_000
FIELDS = ("headline", "byline", "summary", "body")     # A to D
GAP = 100


def words_of_zipf(rnd, n):
    """A vocabulary of n short words, the most frequent first."""
    words, seen = [], set()
    while len(words) < n:
        word = "".join(rnd.choices(string.ascii_lowercase,
                                   k=rnd.randint(2, 5)))
        # neither an abbreviation nor one of the language's words
        if word not in seen and not set("aeiouy") >= set(word):
            seen.add(word)
            words.append(word + "x")
    return words


class Article:
    """An article's words by field, its sentences, and its text."""

    def __init__(self, rnd, vocabulary, weights, length):
        body = rnd.choices(vocabulary, cum_weights=weights, k=length)
        short = [rnd.choices(vocabulary, cum_weights=weights,
                             k=rnd.randint(1, 12)) for _ in range(3)]
        self.fields = dict(zip(FIELDS, short + [body]))
        if rnd.random() < 0.3:
            self.fields["summary"] = []
        self.ends = {}          # of sentences, by where their field begins
        self.text = {}
        base = 0
        self.places = {}        # positions of each word
        self.at = [None]        # the word at each position
        self.length = 0
        for name in FIELDS:
            words = self.fields[name]
            if not words:
                self.text[name] = None
                continue
            parts = []
            ends = []
            for i, word in enumerate(words):
                self.places.setdefault(word, []).append(base + i + 1)
                start = i == 0 or ends and ends[-1] == base + i
                parts.append(word.capitalize() if start else word)
                if i + 1 == len(words) or rnd.random() < 0.05:
                    parts[-1] += "."
                    ends.append(base + i + 1)
            self.ends[base] = ends
            self.text[name] = " ".join(parts)
            base += len(words) + GAP
            self.at += words + [None] * GAP
            self.length += len(words)

    def holds(self, phrase):
        """Is the phrase there, in one field?"""
        rarest = min(range(len(phrase)),
                     key=lambda i: len(self.places.get(phrase[i], ())))
        for pos in self.places.get(phrase[rarest], ()):
            start = pos - rarest
            if start > 0 and self.at[start:start + len(phrase)] == phrase:
                return True
        return False

    def near(self, a, b, n):
        """Do a and b, different words, stand within n words?"""
        if len(self.places.get(a, ())) > len(self.places.get(b, ())):
            a, b = b, a
        return any(b in self.at[max(pos - n, 1):pos + n + 1]
                   for pos in self.places.get(a, ()))

    def same_sentence(self, a, b):
        ends = [pos for base in self.ends for pos in self.ends[base]]

        def sentences(word):
            return set(bisect.bisect_left(ends, pos)
                       for pos in self.places.get(word, ()))
        return bool(sentences(a) & sentences(b))


@pytest.fixture(scope="module")
def articles():
    rnd = random.Random(f"{SEED} long articles")
    vocabulary = words_of_zipf(rnd, 4000)
    weights, total = [], 0.0
    for rank in range(1, len(vocabulary) + 1):
        total += 1 / rank
        weights.append(total)
    lengths = LARGE + [rnd.randint(50, 3000) for _ in range(SMALL)]
    return [Article(rnd, vocabulary, weights, n) for n in lengths]


@pytest.fixture(scope="module")
def pairs(articles):
    """The articles that have each pair of neighbouring words."""
    found = {}
    for number, article in enumerate(articles):
        for words in article.fields.values():
            for pair in zip(words, words[1:]):
                found.setdefault(pair, set()).add(number)
    return found


@pytest.fixture(scope="module")
def tables(server, database, articles):
    """Four tables of the articles: without an index, with GIN, and with our
    index, of one segment, or of small segments and a pending list."""
    with server.connect(database) as con:
        con.execute("SET client_min_messages = error")
        for name in ("long_rows", "long_gin", "long_merged", "long_pending"):
            con.execute(f"CREATE TABLE {name} (id int, tsv tsvector) "
                        "WITH (autovacuum_enabled = off)")
            con.execute(f"ALTER TABLE {name} ALTER tsv SET STORAGE external")
        con.execute("CREATE INDEX ON long_pending USING bisearch (tsv)")
        for number, article in enumerate(articles):
            con.execute("INSERT INTO long_rows VALUES (%s, bi_tsvector("
                        "headline => %s, byline => %s, summary => %s, "
                        "body => %s))",
                        [number] + [article.text[name] for name in FIELDS])
        for name in ("long_gin", "long_merged", "long_pending"):
            con.execute(f"INSERT INTO {name} SELECT * FROM long_rows")
        con.execute("CREATE INDEX ON long_gin USING gin (tsv)")
        con.execute("CREATE INDEX ON long_merged USING bisearch (tsv)")
        con.execute("ANALYZE")
        yield {"rows": "long_rows", "gin": "long_gin",
               "merged": "long_merged", "pending": "long_pending"}
        for name in ("long_rows", "long_gin", "long_merged", "long_pending"):
            con.execute(f"DROP TABLE {name}")


@pytest.fixture
def con(server, database):
    with server.connect(database) as con:
        con.execute("SET enable_seqscan = off; SET jit = off; "
                    "SET max_parallel_workers_per_gather = 0")
        yield con


def answers(con, table, queries):
    """The numbers of the articles that match each query."""
    found = {}
    for query, numbers in con.execute(
            "SELECT q, (SELECT coalesce(array_agg(id), '{}') FROM "
            f"{table} WHERE tsv @~ q::bi_query) FROM unnest(%s::text[]) q",
            [queries]).fetchall():
        found[query] = set(numbers)
    return found


def wrong(con, table, expected):
    """Queries whose answer is not the one expected."""
    found = answers(con, table, list(expected))
    return [(query, sorted(found[query] ^ numbers))
            for query, numbers in expected.items() if found[query] != numbers]


def test_lengths(con, tables, articles):
    """bi_length is the number of words."""
    got = dict(con.execute("SELECT id, bi_length(tsv) FROM long_rows"))
    assert got == {i: article.length for i, article in enumerate(articles)}


def test_short_articles_have_no_continuations(con, tables, articles):
    """Only where core has no room is there a lexeme with a sign inside."""
    rows = con.execute("SELECT id, count(*) FROM long_rows, unnest(tsv) "
                       "WHERE lexeme ~ '.§' GROUP BY id").fetchall()
    for number, _ in rows:
        article = articles[number]
        assert len(article.at) - GAP > 16383 or \
            max(map(len, article.places.values())) > 255
    assert {number for number, _ in rows} >= set(range(7))


@pytest.fixture(scope="module")
def phrases(articles, pairs):
    """Phrases that articles have, each with all articles that do."""
    rnd = random.Random(f"{SEED} phrases")
    expected = {}
    while len(expected) < PHRASES:
        article = articles[min(int(rnd.expovariate(0.12)), len(articles) - 1)]
        words = article.fields[rnd.choices(FIELDS, [1, 1, 1, 20])[0]]
        n = rnd.randint(2, 6)
        if len(words) < n:
            continue
        start = rnd.randrange(len(words) - n + 1)
        phrase = words[start:start + n]
        candidates = set.intersection(*(pairs[pair] for pair in
                                        zip(phrase, phrase[1:])))
        expected['"' + " ".join(phrase) + '"'] = candidates if n == 2 else \
            {i for i in candidates if articles[i].holds(phrase)}
    return expected


@pytest.mark.parametrize("way", ["merged", "pending", "gin"])
def test_every_phrase_is_found(con, tables, phrases, way):
    """A document is found by every phrase of it, and no other is."""
    expected = phrases
    if way == "gin":
        expected = dict(list(phrases.items())[:1500])
    assert wrong(con, tables[way], expected) == []


def test_every_phrase_is_found_in_rows(con, tables, phrases, articles):
    """The same row by row: in the articles that have it, and in others that
    have its words."""
    rnd = random.Random(f"{SEED} rows")
    asked = []
    for query, numbers in phrases.items():
        asked += [(query, rnd.choice(sorted(numbers)), True)]
        other = rnd.randrange(len(LARGE))
        asked += [(query, other, other in numbers)]
    got = con.execute(
        "SELECT a.n, tsv @~ q::bi_query FROM "
        "unnest(%s::text[], %s::int[]) WITH ORDINALITY a(q, id, n) "
        "JOIN long_rows USING (id)",
        [[a[0] for a in asked], [a[1] for a in asked]]).fetchall()
    assert len(got) == len(asked)
    assert [asked[n - 1] for n, matches in got
            if matches != asked[n - 1][2]] == []


def searches(articles, phrases, n):
    """Exclusions, proximities, counts, fields, prefixes: query and answer."""
    rnd = random.Random(f"{SEED} searches")
    expected = {}
    listed = list(phrases.items())
    words = [word for article in articles[:6] for word in
             rnd.sample(sorted(article.places), 60)]
    frequent = sorted(articles[0].places,
                      key=lambda word: -len(articles[0].places[word]))[:40]

    def having(test):
        return {i for i, article in enumerate(articles) if test(article)}

    for _ in range(n):
        a, b = rnd.choice(words), rnd.choice(words + frequent)
        if a == b:
            continue
        query, numbers = rnd.choice(listed)
        distance = rnd.choice([1, 3, 10, 200])
        count = rnd.choice([2, 5, 100, 255])
        word = rnd.choice(frequent + words)
        field = rnd.choice(FIELDS)
        expected |= {
            f"{a} -{query}": having(lambda x: a in x.places) - numbers,
            f"{a} NEAR/{distance} {b}":
                having(lambda x: x.near(a, b, distance)),
            f"{a} /s {b}": having(lambda x: x.same_sentence(a, b)),
            f"ATLEAST{count}({word})":
                having(lambda x: len(x.places.get(word, ())) >= count),
            f"{field}:{word}": having(lambda x: word in x.fields[field]),
            f"-{field}:{word}": having(lambda x: word not in x.fields[field]),
            f"{word[:2]}* & {a}": having(
                lambda x: a in x.places and any(w.startswith(word[:2])
                                                for w in x.places)),
        }
    return expected


@pytest.mark.parametrize("way", ["rows", "merged", "pending", "gin"])
def test_other_searches(con, tables, articles, phrases, way):
    if way == "rows":
        con.execute("SET enable_seqscan = on")
    expected = searches(articles, phrases, 6 if way in ("rows", "gin")
                        else 30)
    assert wrong(con, tables[way], expected) == []


def test_count_from_the_index(con, tables, phrases):
    """count(*) reads posting lists, and counts every article once."""
    con.execute("VACUUM long_merged")
    for query, numbers in list(phrases.items())[:300]:
        assert con.execute("SELECT count(*) FROM long_merged WHERE tsv @~ %s",
                           [query]).fetchone()[0] == len(numbers)


@pytest.mark.parametrize("table", ["long_merged", "long_pending"])
def test_core_sees_what_it_saw(con, tables, articles, table):
    """tsv @@ tsquery through the index answers as row by row: core's words,
    weights and neighbours, prefixes, and continuation lexemes by name."""
    rnd = random.Random(f"{SEED} core")
    lexemes = [row[0] for row in con.execute(
        "SELECT lexeme FROM long_rows, unnest(tsv) WHERE id < 4 "
        "ORDER BY md5(lexeme) LIMIT 300")]
    continued = [lexeme for lexeme in lexemes if "§" in lexeme[1:]]
    assert len(continued) > 50
    queries = []
    for _ in range(150):
        a, b = rnd.choice(lexemes), rnd.choice(lexemes)
        queries += [f"'{a}'", f"'{a}' <-> '{b}'", f"'{a}':B & !'{b}':A",
                    f"'{a[:2]}':* <-> '{b}'", f"'{rnd.choice(continued)}'",
                    f"!'{rnd.choice(continued)}'",
                    f"'{rnd.choice(continued)[:-1]}':* & '{a}'"]
    for query in queries:
        with_index, without = (
            con.execute(f"SELECT array_agg(id ORDER BY id) FROM {name} "
                        "WHERE tsv @@ %s::tsquery", [query]).fetchone()[0]
            for name in (table, "long_rows"))
        assert with_index == without, query


@pytest.mark.parametrize("table", ["long_merged", "long_pending"])
def test_index_is_sound(con, tables, table):
    con.execute(f"SELECT bi_index_check('{table}_tsv_idx', true)")


def test_one_word_one_term(con, tables):
    """The index has a term for a word, none for its continuations."""
    assert con.execute(
        "SELECT count(*) FROM bi_index_terms('long_merged_tsv_idx', 100000) "
        "WHERE term ~ '.§'").fetchone()[0] == 0


def test_what_is_left_out(server, database):
    """Of an article beyond a tsvector's megabyte, the end, with a warning
    that names the number of words; all before it is found."""
    rnd = random.Random(f"{SEED} left out")
    vocabulary = words_of_zipf(rnd, 30_000)
    words = rnd.choices(vocabulary, weights=[1 / (i + 5) for i in
                                             range(len(vocabulary))],
                        k=400_000)
    notices = []
    with server.connect(database) as con:
        con.add_notice_handler(lambda notice: notices.append(
            (notice.message_primary, notice.message_detail)))
        con.execute("CREATE TEMP TABLE left_out AS "
                    "SELECT bi_tsvector('head', %s) AS tsv",
                    [" ".join(words)])
        assert [primary for primary, _ in notices] == [
            "article is too long for a tsvector"]
        lost = int(re.search(r"The last (\d+) words",
                             notices[0][1]).group(1))
        kept = len(words) - lost
        assert con.execute("SELECT bi_length(tsv) FROM left_out"
                           ).fetchone()[0] == kept + 1 > 150_000
        starts = [rnd.randrange(kept - 4) for _ in range(500)] + [kept - 4]
        phrases = ['"' + " ".join(words[i:i + 4]) + '"' for i in starts]
        assert con.execute(
            "SELECT q FROM left_out, unnest(%s::text[]) q "
            "WHERE NOT tsv @~ q::bi_query", [phrases]).fetchall() == []
        assert con.execute("SELECT tsv @~ %s FROM left_out", [
            '"' + " ".join(words[kept - 3:kept + 1]) + '"']).fetchone() == (
                False,)


# positions of a word -> the lexemes that bi_tsvector makes of it
DIVIDED = [
    ("few", [3, 16382], "'wx':3,16382"),
    ("beyond", [3, 16383, 16384],
     "'wx':3,16383 'wx§64':63,64"),
    ("only beyond", [20000], "'wx':16383 'wx§78':110"),
    ("twice beyond", [16383, 16383 + 16383],
     "'wx':16383 'wx§128':126 'wx§64':63"),
]


@pytest.mark.parametrize("name,positions,lexemes", DIVIDED,
                         ids=[case[0] for case in DIVIDED])
def test_how_words_are_divided(con, name, positions, lexemes):
    text = ["-"] * max(positions)
    for i in range(1, max(positions) + 1):
        text[i - 1] = "wx" if i in positions else "qqx"
    got = con.execute(
        "SELECT string_agg(quote_literal(lexeme) || ':' || "
        "array_to_string(positions, ','), ' ' ORDER BY lexeme COLLATE \"C\") "
        "FROM unnest(bi_tsvector(NULL, %s)) WHERE lexeme LIKE 'wx%%'",
        [" ".join(text)]).fetchone()[0]
    assert got == lexemes
    assert con.execute("SELECT bi_matches(bi_tsvector(NULL, %s), 'wx')",
                       [" ".join(text)]).fetchall() is not None


# tsvectors that nobody's bi_tsvector made
FOREIGN = [
    "'ab§5':3", "'ab':1 'ab§5':3", "'ab':1,16383 'ab§5':3", "'ab':16383 'ab§64':63",
    "'ab':16383 'ab§64':64,63", "'ab':16383 'ab§64':16383", "'ab':16383 'ab§064':63",
    "'ab':16383A 'ab§64':63B", "'ab':16383 'ab§64':63 'ab§65':255",
    "'ab':16383 'ab§64':63 'ab§128':126", "'ab':16383 'ab§128':126 'ab§999999':5",
    "'ab':16383 'ab§4194303':5", "'ab':16383 'ab§4194304':5",
    "'ab':16383 'ab§99999999':5", "'ab':16383 'ab§64'", "'ab' 'ab§64':63",
    "'§0':16383 '§0§64':63 'ab':1", "'§0§64':63 'ab':16383 'ab§64':62,63",
    "'ab§5':16383 'ab§5§64':63 'ab':16383", "'ab§':1 'ab':16383",
    "'ab':16383 'ab§64':63 'ab§64§5':1 'ab§128':126 'ab§128§5':1",
    "'ab':16383 'ab§64':16383 'ab§64§64':63 'ab§64§64§1':2",
]


@pytest.mark.parametrize("vector", FOREIGN)
def test_tsvectors_from_outside(con, vector):
    """An answer, the same from every index, and an index that is sound."""
    con.execute("CREATE TEMP TABLE foreign_one (tsv tsvector)")
    con.execute("CREATE INDEX one ON foreign_one USING bisearch (tsv)")
    con.execute("INSERT INTO foreign_one VALUES (%s)", [vector])
    queries = ["ab", "ab*", '"ab ab"', "ATLEAST2(ab)", "-ab", "ab /s ab",
               "ab?5*", "title:ab"]
    core = ["ab", "'ab§5'", "'ab§64'", "ab:*", "'ab§':*", "ab:A", "ab <-> ab",
            "'ab§64':B", "!'ab§64'"]

    def ask():
        got = []
        for kind, operator, texts in (("bi_query", "@~", queries),
                                      ("tsquery", "@@", core)):
            for text in texts:
                got.append((text, con.execute(
                    f"SELECT count(*) FROM foreign_one WHERE tsv "
                    f"{operator} %s::{kind}", [text]).fetchone()[0]))
        return got

    pending = ask()
    con.execute("SELECT bi_index_check('one', true)")
    con.execute("REINDEX INDEX one")
    con.execute("SELECT bi_index_check('one', true)")
    built = ask()
    con.execute("SET enable_seqscan = on; SET enable_bitmapscan = off; "
                "SET bisearch.enable_count = off")
    assert ask() == built == pending
    con.execute("DROP TABLE foreign_one")
    for call in ("bi_length(%s::tsvector)", "bi_rank(%s::tsvector, 'ab')",
                 "bi_explain('\"ab ab\"', %s::tsvector)",
                 "bi_matches(%s::tsvector, 'ab*')"):
        con.execute(f"SELECT {call}", [vector]).fetchall()
