"""What is shown is exactly what matched: highlighting, snippets, matches.

The oracle (test/oracle/marks.py) says which words of a document took part in
a match; here the server's highlights are compared with it on news, on texts in
many languages and on invented ones.  BISEARCH_SEED repeats a run.
"""
import html.parser
import os
import random
import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import compare, invent, marks, parser, tokens  # noqa: E402
from oracle.generate import Generator  # noqa: E402
from oracle.evaluate import Index  # noqa: E402

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
ON, OFF = "\x02", "\x03"
QUERIES = 400
SHOWN_DOCUMENTS = 5


# what each construct highlights

EXAMPLES = [
    # query, text with the hits in brackets
    ("storm", "The [Storm] hit; stormy."),
    ("storm*", "The [Storm] hit; [stormy]."),
    ("wom?n", "A [woman], two [women], womb."),
    ('"workers compensation"',
     "[Workers’ compensation] for workers and compensation."),
    ("storm & flood", "A [storm], a [flood], a [storm]."),
    ("storm & flood", "A storm alone."),
    ("storm | flood", "A [storm] alone."),
    ("(storm & hail) | flood", "A storm, a [flood]."),
    ("(storm & hail) | flood", "A [storm], [hail], a [flood]."),
    ("flood | (storm & !hail)", "A storm, hail, a [flood]."),
    ("storm -hail", "A [storm], no snow."),
    ("!(hail | !storm)", "A storm."),
    ("storm NEAR/3 hail", "[storm] a b [hail] a b c d storm"),
    ("storm NEAR/3 hail", "hail a b c d storm x x x [hail] a b [storm]"),
    ("storm PRE/2 hail", "hail storm [storm] x [hail] storm"),
    ("storm NOT NEAR/2 hail", "storm hail x x [storm]"),
    ("storm NEAR/2 hail NEAR/2 wind",
     "storm x hail, and [hail] [storm] x [wind]"),
    ("(storm NEAR/1 hail) NEAR/1 wind", "hail hail [hail] [storm] [wind] storm"),
    ("(storm | hail) NEAR/1 wind", "[storm] [wind] x hail, storm"),
    ('"a b" NEAR/2 c', "a [a b] x [c] b"),
    ("storm /s hail", "A [storm] and [hail]. A storm. Hail."),
    ("storm +p hail", "Hail. A [storm]. [Hail].\n\nHail."),
    ("ATLEAST2(storm)", "[storm], [storm]"),
    ("ATLEAST3(storm) | x", "storm, storm, [x]"),
    ("ATLEAST2(storm NEAR/1 hail)", "[storm] [hail] x [hail] [storm] x hail"),
    ("aa NEAR/3 aa", "aa x x x x [aa] x [aa]"),
    ("AT&T e-commerce covid-19 U.S.",
     "[AT&T], [e-commerce], [Covid 19], [US]"),
    ('"a b" "b c"', "x [a b c] y"),
    ('"a * c"', "x [a b c] y"),
    ('"a b"~3', "[b] x [a] y z x b"),
    ("title:storm", "A storm."),
    ("body:storm title:x | storm", "A [storm]."),
    ("保険 損失", "台風の被害で[保険]会社の[損失]が拡大"),
    ("ประกันภัย", "บริษัท[ประกันภัย]จ่ายค่าสินไหม"),
    ("lodz", "W [Łodzi]? [Łódź]!".replace("[Łodzi]", "Łodzi")),
    ("cafe", "Le [café], le [cafe\u0301]."),
    ("", "nothing"),
]


def bracketed(con, document, query, **options):
    extra = "".join(f", {name} => %({name})s" for name in options)
    return con.execute(
        f"SELECT bi_highlight(%(d)s, %(q)s::text::bi_query, '[', ']'{extra})",
        dict(options, d=document, q=query)).fetchone()[0]


@pytest.mark.parametrize("query, text", EXAMPLES)
def test_example(db, query, text):
    document = text.replace("[", "").replace("]", "")
    assert bracketed(db, document, query) == text


@pytest.mark.parametrize("query, text", [
    ("storm & flood", "A [storm] alone."),
    ("(storm & hail) | flood", "A [storm], a [flood].".replace("[storm]",
                                                               "storm")),
    ("storm -hail", "A [storm], hail."),
    ("storm NEAR/2 flood & hail", "storm x x x flood [hail]"),
    ("ATLEAST2(storm) & hail", "storm [hail]"),
])
def test_anyway(db, query, text):
    """A text that does not match shows what would, if asked to."""
    document = text.replace("[", "").replace("]", "")
    if "|" not in query:
        assert bracketed(db, document, query) == document
    assert bracketed(db, document, query, partial=True) == text


def test_fields(db):
    assert bracketed(db, "A storm", "title:storm & flood", partial=True,
                     field="headline") == "A [storm]"
    assert bracketed(db, "A storm", "title:storm | body:a",
                     field="TITLE") == "A [storm]"
    for bad in ("", "nothing", "ab", "x" * 100):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            bracketed(db, "A storm", "storm", field=bad)


ENGLISH = [
    ("raining", "It was [raining]; the [rain] [rained]."),
    ('"up-to-date rain"', "The [up-to-date rains] of the up to date rain."),
    ("e-mail", "An [e-mail] or a mail."),
    ("mail", "An e-[mail] or a [mail]."),
    ("example.com", "See http://[example.com]/path for [example.com]."),
    ('"cost of the storm"', "the [costs of a storm], costs storm"),
    ("storm /s rain", "The [storm] and the [rain]. The sun, the storm."),
]


@pytest.mark.parametrize("query, text", ENGLISH)
def test_core_configuration(db, query, text):
    document = text.replace("[", "").replace("]", "")
    assert db.execute(
        "SELECT bi_highlight(%s, to_bi_query('english', %s), '[', ']')",
        [document, query]).fetchone()[0] == text


def test_signs_that_a_parser_leaves_out(server):
    """A hit includes a character's accents, though no word has them."""
    text = "A [storm\u200d], [1.5\u20e3\u0301] storms and a [storm]\u2026"
    name = server.create_database("bi_signs", locale="C.UTF-8")
    try:
        with server.connect(name) as con:
            shown = con.execute(
                "SELECT bi_highlight(%s, to_bi_query('simple', "
                "'storm | 1.5'), '[', ']')",
                [text.replace("[", "").replace("]", "")]).fetchone()[0]
            # a parser that takes a sign for a letter has another word
            for word, signs in (("storm", "\u200d"), ("1.5", "\u20e3\u0301")):
                if not con.execute("SELECT to_tsvector('simple', %s) @@ %s",
                                   [word + signs, word]).fetchone()[0]:
                    text = text.replace(f"[{word}{signs}]", word + signs)
    finally:
        server.drop_database(name)
    assert "[storm]" in text and shown == text


def test_thesaurus(db):
    """A dictionary that makes one word of several tokens."""
    db.execute("CREATE TEXT SEARCH DICTIONARY several (TEMPLATE = thesaurus, "
               "DictFile = thesaurus_sample, Dictionary = english_stem)")
    db.execute("CREATE TEXT SEARCH CONFIGURATION several (COPY = english)")
    db.execute("ALTER TEXT SEARCH CONFIGURATION several ALTER MAPPING FOR "
               "asciiword WITH several, english_stem")
    try:
        for query, text in (
                ("sn", "A [supernovae star] in the sky, [supernovae], a star."),
                ("sky", "A supernovae star in the [sky]."),
                ("star", "The supernovae star, a [star]."),
                ('"sn sky"', "A [supernovae star sky]."),
                ("12", "The [one two], one two three, one.")):
            document = text.replace("[", "").replace("]", "")
            shown = db.execute(
                "SELECT bi_highlight(%s, to_bi_query('several', %s), "
                "'[', ']')", [document, query]).fetchone()[0]
            assert shown == text
    finally:
        db.execute("DROP TEXT SEARCH CONFIGURATION several")
        db.execute("DROP TEXT SEARCH DICTIONARY several")


def test_several_words_for_one(server, db):
    """Of one token a dictionary makes words at positions of their own."""
    share = subprocess.check_output(
        [os.environ.get("PG_CONFIG", "pg_config"), "--sharedir"],
        text=True).strip()
    rules = Path(f"{server.dir}/pg{share}/tsearch_data/bi_several.ths")
    rules.write_text("gb : great britain\n")
    rules.chmod(0o644)
    try:
        db.execute("CREATE TEXT SEARCH DICTIONARY wordy (TEMPLATE = thesaurus,"
                   " DictFile = bi_several, Dictionary = simple)")
        db.execute("CREATE TEXT SEARCH CONFIGURATION wordy (COPY = simple)")
        db.execute("ALTER TEXT SEARCH CONFIGURATION wordy ALTER MAPPING FOR "
                   "asciiword WITH wordy, simple")
        document = "GB is not Britain, great GB trade"
        assert db.execute("SELECT to_tsvector('wordy', %s)::text",
                          [document]).fetchone()[0] == (
            "'britain':2,5,8 'great':1,6,7 'is':3 'not':4 'trade':9")
        for query, shown in (
                ('"great britain"', "[GB] is not Britain, great [GB] trade"),
                ('"britain trade"', "GB is not Britain, great [GB trade]"),
                ('"great great"', "GB is not Britain, [great GB] trade"),
                ("britain PRE/1 is", "[GB] [is] not Britain, great GB trade")):
            assert db.execute(
                "SELECT bi_highlight(%s, %s::text::bi_query, "
                "'[', ']')", [document, "{wordy} " + query]
            ).fetchone()[0] == shown, query
    finally:
        db.execute("DROP TEXT SEARCH CONFIGURATION IF EXISTS wordy")
        db.execute("DROP TEXT SEARCH DICTIONARY IF EXISTS wordy")
        rules.unlink()


@pytest.mark.parametrize("config", ["english", "simple", "bisearch_english"])
def test_texts_and_tsvectors_have_the_same_matches(reuters, config):
    """Both roads of any configuration place the words alike."""
    articles = reuters.execute(
        "SELECT body FROM articles WHERE id %% 150 = %s",
        [random.Random(SEED).randrange(150)]).fetchall()
    wrong = []
    for body, in articles:
        passage = tokens.tokens(body)
        if len(passage) < 20:
            continue
        make = Generator(SEED + body[:20], [[("D", body)]])
        make.article = None
        for query in (make.proximity(1), make.expression(1)):
            try:
                text, vector = reuters.execute(
                    "SELECT array(SELECT (number, first, last)::text FROM "
                    "bi_matches(b, q)), "
                    "array(SELECT (number, first, last)::text FROM "
                    "bi_matches(to_tsvector(%(c)s::regconfig, b), q)) "
                    "FROM (SELECT %(b)s AS b, websearch_to_bi_query("
                    "%(c)s::regconfig, regexp_replace(%(q)s, "
                    "'[/+][sp]|SENTENCE|PARAGRAPH|SAME|[Ww]/ ?[SsPp]\\w*',"
                    " 'W/3', 'g')) AS q) AS x",
                    {"b": body, "q": query, "c": config}).fetchone()
            except psycopg.errors.ProgramLimitExceeded:
                continue
            if text != vector:
                wrong.append((query, body[:40], text[:3], vector[:3]))
    assert wrong == []


# the oracle

def positive(node):
    """Whether something must be there for a query to match."""
    from oracle.ast import And, Not, Or
    if isinstance(node, Not):
        return False
    if isinstance(node, Or):
        return all(positive(part) for part in node.parts)
    if isinstance(node, And):
        return any(positive(part) for part in node.parts)
    return True


class PageReader(html.parser.HTMLParser):
    """The text of a page whose only markup is <b>, with hits highlighted."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out = []
        self.other = []

    def handle_starttag(self, tag, attrs):
        self.out.append(ON)
        if tag != "b" or attrs:
            self.other.append(tag)

    def handle_endtag(self, tag):
        self.out.append(OFF)
        if tag != "b":
            self.other.append(tag)

    def handle_data(self, data):
        self.out.append(data)

    def handle_comment(self, data):
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def page_text(page):
    reader = PageReader()
    reader.feed(page)
    reader.close()
    assert reader.other == []
    return "".join(reader.out)


def choose(rnd, found, others, number):
    """Some documents that match, and one that does not."""
    found = sorted(found)
    chosen = rnd.sample(found, min(number, len(found)))
    return chosen + rnd.sample(others, 1)


SHOW = """
SELECT id, %(text)s @~ q, bi_highlight(%(text)s, q, E'\\x02', E'\\x03'),
       bi_highlight_html(%(text)s, q),
       array(SELECT array[number, first, last, position, length]
             FROM bi_matches(%(text)s, q))
FROM %(table)s, CAST(%%s AS bi_query) AS q WHERE id = ANY(%%s)"""


def differences(con, query, tree, index, table, text, bodies, chosen):
    """What is wrong with what the server shows of these documents."""
    wrong = []
    try:
        answers = con.execute(SHOW % {"table": table, "text": text},
                              [query, chosen]).fetchall()
    except psycopg.errors.SyntaxError:
        return []               # what is refused is test_oracle's matter
    for number, matched, shown, page, rows in answers:
        body = bodies[number]
        expected = marks.Marker(index, number).marks(tree)
        places = marks.ranges(body, expected)
        if shown != marks.marked(body, places, ON, OFF):
            wrong.append((number, "highlight", places[:4], shown[:200]))
        if shown.replace(ON, "").replace(OFF, "") != body:
            wrong.append((number, "text", shown[:200]))
        if page_text(page) != shown:
            wrong.append((number, "page", page[:200]))
        if sorted(tuple(row[:3]) for row in rows) != sorted(expected):
            wrong.append((number, "matches", sorted(expected)[:4], rows[:4]))
        words = tokens.tokens(body)
        for _, first, last, position, length in rows:
            start = words[first - 1][0]
            end = marks.end_of(body, words[last - 1])
            if (position, length) != (start + 1, end - start):
                wrong.append((number, "characters", first, last, position))
        if positive(tree) and matched != bool(expected):
            wrong.append((number, "matched", matched))
    return wrong


def test_reuters(reuters):
    rnd = random.Random(SEED)
    print("BISEARCH_SEED=%s" % SEED)
    articles = reuters.execute("SELECT id, headline, body FROM articles "
                               "ORDER BY id").fetchall()
    bodies = {number: body for number, _, body in rnd.sample(articles, 900)
              if body and body.isascii()}
    index = Index(limits=False)
    for number, body in bodies.items():
        index.add(number, [("D", body)])
    material = [[("D", body)] for body in bodies.values()]
    numbers = sorted(bodies)
    wrong, shown = [], 0
    for number in range(QUERIES):
        query = Generator("%s-show-%d" % (SEED, number), material).query()
        try:
            tree = parser.parse(query)
        except (parser.QueryError, parser.Unclear):
            continue
        if tree is None:
            continue
        chosen = choose(rnd, index.search(tree), numbers, SHOWN_DOCUMENTS)
        shown += len(chosen)
        problem = differences(reuters, query, tree, index, "articles", "body",
                              bodies, chosen)
        if problem:
            wrong.append((query, problem[:2]))
    assert shown > QUERIES
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


APART = ("th", "ja", "zh", "km", "lo", "my")


def test_languages(multilingual):
    """Texts in all languages whose words the oracle can cut."""
    rnd = random.Random(SEED)
    articles = multilingual.execute(
        "SELECT id, body, lang FROM articles_ml WHERE body <> '' "
        "ORDER BY id").fetchall()
    bodies = {number: body for number, body, lang in articles
              if lang not in APART}
    bodies = dict(rnd.sample(sorted(bodies.items()), min(150, len(bodies))))
    # the oracle's words are the server's in these
    bodies = {number: body for number, body in bodies.items()
              if same_words(multilingual, body)}
    assert len(bodies) > 50
    index = Index(limits=False)
    for number, body in bodies.items():
        index.add(number, [("D", body)])
    numbers = sorted(bodies)
    wrong, shown = [], 0
    for number in range(QUERIES // 2):
        body = bodies[rnd.choice(numbers)]
        query = spoken(rnd, body)
        try:
            tree = parser.parse(query)
        except (parser.QueryError, parser.Unclear):
            continue
        if tree is None:
            continue
        chosen = choose(rnd, index.search(tree), numbers, 3)
        shown += len(chosen)
        problem = differences(multilingual, query, tree, index, "articles_ml",
                              "body", bodies, chosen)
        if problem:
            wrong.append((query, problem[:2]))
    assert shown > QUERIES // 4
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


def same_words(con, body):
    """Whether the oracle reads words and sentences as the server does."""
    words = tokens.tokens(body)
    if not words:
        return False
    theirs, ends = con.execute(
        "SELECT array_agg(lexeme ORDER BY position) FILTER (WHERE NOT mark), "
        "array_agg(position ORDER BY position) FILTER (WHERE mark) FROM "
        "(SELECT lexeme, unnest(positions) AS position, "
        "lexeme ^@ '\u00a7' AS mark FROM unnest(bi_tsvector(NULL, %s)) "
        "WHERE NOT lexeme ^@ '\u00b6') AS t", [body]).fetchone()
    return theirs == [lexeme for _, _, lexeme in words] and \
        ends == tokens.marks(words, tokens.sentences(body))


def spoken(rnd, body):
    """A query of words of a text, as it spells them."""
    words = tokens.tokens(body)

    def word(at):
        start, end, _ = words[min(at, len(words) - 1)]
        return '"%s"' % body[start:end].replace('"', "")

    at = rnd.randrange(len(words))
    kind = rnd.randrange(5)
    if kind == 0:
        return word(at)
    if kind == 1:
        start, end = words[at][0], words[min(at + 2, len(words) - 1)][1]
        return '"%s"' % body[start:end].replace('"', " ")
    if kind == 2:
        return "%s NEAR/4 %s" % (word(at), word(at + rnd.randrange(1, 5)))
    if kind == 3:
        return "%s /s %s" % (word(at), word(at + rnd.randrange(1, 9)))
    return "%s & (%s | !%s)" % (word(at), word(rnd.randrange(len(words))),
                                word(rnd.randrange(len(words))))


COLUMNS = {
    "tsv": {},
    "plain": {"marked": False, "limits": True},
    "bare": {"stripped": True, "marked": False},
}


def test_invented_tsvectors(db):
    """bi_matches on dense documents: fields, limits, stripped ones."""
    made = invent.documents(SEED, 120)
    db.execute("SET client_min_messages = error")
    db.execute("CREATE TEMP TABLE invented (id integer, tsv tsvector, "
               "plain tsvector, bare tsvector)")
    for number, fields in made:
        db.execute(
            "INSERT INTO invented SELECT %s, t, to_tsvector('bisearch', "
            "%s), strip(t) FROM bi_tsvector(%s, %s, %s, %s) AS t",
            [number, fields[3][1], fields[0][1], fields[3][1], fields[2][1],
             fields[1][1]])
    material = [fields for _, fields in made[:120]]
    wrong = []
    for column, options in COLUMNS.items():
        index = Index(**options)
        for number, fields in made:
            index.add(number, [("D", fields[3][1])] if column == "plain"
                      else fields)
        for number in range(QUERIES // 2 if column == "tsv"
                            else QUERIES // 8):
            query = Generator("%s-%s-%d" % (SEED, column, number),
                              material).query()
            try:
                tree = parser.parse(query)
            except (parser.QueryError, parser.Unclear):
                continue
            if tree is None:
                continue
            found = index.search(tree)
            chosen = choose(random.Random(query), found,
                            sorted(index.documents), 3)
            try:
                answers = db.execute(
                    "SELECT id, array(SELECT array[number, first, last] "
                    f"FROM bi_matches({column}, q)) FROM invented, "
                    "CAST(%s AS bi_query) AS q WHERE id = ANY(%s)",
                    [query, chosen]).fetchall()
            except psycopg.errors.SyntaxError:
                continue
            for doc, rows in answers:
                expected = marks.Marker(index, doc).marks(tree)
                if {tuple(row) for row in rows} != expected:
                    wrong.append((column, query, doc, len(expected),
                                  sorted(expected, key=str)[:4], rows[:4]))
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


# snippets

SNIPPETS = """
SELECT snippet, position, length, hit_positions, hit_lengths, marked
FROM bi_snippets(%(d)s, %(q)s::text::bi_query, %(n)s, %(s)s,
                 by_density => %(b)s, start_sel => E'\\x02',
                 stop_sel => E'\\x03')"""


def snippets(con, document, query, number=3, size=200, by_density=False):
    return con.execute(SNIPPETS, {"d": document, "q": query, "n": number,
                                  "s": size, "b": by_density}).fetchall()


def ends_of(breaks, text):
    """Where what an ICU iterator divides text into ends."""
    import icu
    breaks.setText(icu.UnicodeString(text))
    ends, units, at = {0}, 0, 0
    for end in breaks:
        while units < end:
            units += 2 if ord(text[at]) > 0xFFFF else 1
            at += 1
        ends.add(at)
    return ends


def graphemes(text):
    """Where characters with all that belongs to them end, or words: later
    ICUs end Burmese words between consonants that they take for one."""
    import icu
    root = icu.Locale.getRoot()
    return ends_of(icu.BreakIterator.createCharacterInstance(root), text) | \
        ends_of(icu.BreakIterator.createWordInstance(root), text)


def as_shown(text):
    """How a passage shows a piece of a text, and where each character of it
    is in the text, from 0; the last one is the end."""
    shown, places, at = "", [], 0
    for found in re.finditer(r"\s+", text):
        shown += text[at:found.start()]
        places += range(at, found.start() + 1)
        shown += found.group() if len(found.group()) == 1 and \
            unicodedata.category(found.group()) == "Zs" else " "
        at = found.end()
    return shown + text[at:], places + list(range(at, len(text) + 1))


def snippet_faults(con, document, query, number, size, by_density,
                   spaced=True):
    """What is wrong with the snippets of a document; spaced: the oracle knows
    where its words end."""
    rows = snippets(con, document, query, number, size, by_density)
    whole = con.execute(
        "SELECT bi_highlight(%s, %s::text::bi_query, E'\\x02', E'\\x03')",
        [document, query]).fetchone()[0]
    places, at, start = [], 0, 0
    for sign in whole:
        if sign == ON:
            start = at
        elif sign == OFF:
            places.append((start, at))
        else:
            at += 1
    ends = graphemes(document)
    wrong = []
    if bool(rows) != bool(places) or len(rows) > number:
        wrong.append("%d snippets of %d marks" % (len(rows), len(places)))
    taken = []
    words = tokens.tokens(document) if spaced else []
    for snippet, position, length, at, lengths, marked in rows:
        begin, end = position - 1, position - 1 + length
        taken.append((begin, end))
        expected, within = as_shown(document[begin:end])
        if expected != snippet or not snippet:
            wrong.append("not at its place: %r" % snippet)
        if marked.replace(ON, "").replace(OFF, "") != snippet:
            wrong.append("text of marks: %r" % marked)
        if not {begin, end} <= ends:
            wrong.append("a character is cut: %r" % snippet)
        if spaced and any(a < at < z for a, z, _ in words
                          for at in (begin, end)):
            wrong.append("a word is cut: %r" % snippet)
        if snippet != snippet.strip():
            wrong.append("blanks: %r" % snippet)
        inside = [(a - 1, a - 1 + n) for a, n in zip(at, lengths)]
        mine = [(begin + within[a], begin + within[z]) for a, z in inside]
        if not mine or mine != [
                (max(a, begin), min(z, end)) for a, z in places
                if a < end and z > begin]:
            wrong.append("marks %r of %r" % (mine, snippet))
        if marked != marks.marked(snippet, inside, ON, OFF):
            wrong.append("marked %r" % marked)
        cut = [(a, z) for a, z in places if a < begin < z or a < end < z]
        longest = max(len(as_shown(document[a:z])[0]) for a, z in places
                      if a < end and z > begin)
        if cut and longest <= size:
            wrong.append("a mark is cut: %r" % snippet)
        if len(snippet) > size and len(tokens.tokens(snippet)) > 1:
            wrong.append("too long: %r" % snippet)
    if len({row[0] for row in rows}) < len(rows):
        wrong.append("a passage twice")
    if not by_density and taken != sorted(taken):
        wrong.append("order %r" % taken)
    taken.sort()
    if any(a[1] > b[0] for a, b in zip(taken, taken[1:])):
        wrong.append("overlap %r" % taken)
    return wrong


def test_snippets_of_news(reuters):
    rnd = random.Random(SEED)
    bodies = [row[0] for row in reuters.execute(
        "SELECT body FROM articles WHERE length(body) > 600 ORDER BY id")]
    bodies = rnd.sample(bodies, 250)
    material = [[("D", body)] for body in bodies]
    wrong = []
    for number, body in enumerate(bodies):
        make = Generator("%s-snippet-%d" % (SEED, number), material)
        make.article = material[number]
        query = make.expression(1)
        if "-" in query or "!" in query or "not" in query.lower() \
                or "%" in query:
            continue
        try:
            problem = snippet_faults(reuters, body, query,
                                     rnd.randrange(1, 5),
                                     rnd.choice([1, 20, 60, 150, 400]),
                                     rnd.random() < 0.5)
        except (psycopg.errors.SyntaxError,
                psycopg.errors.ProgramLimitExceeded):
            continue
        if problem:
            wrong.append((query, problem[:3]))
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


def test_snippets_in_all_languages(multilingual):
    rnd = random.Random(SEED)
    articles = multilingual.execute(
        "SELECT body, lang FROM articles_ml WHERE length(body) > 60 "
        "ORDER BY id").fetchall()
    wrong, languages = [], set()
    for body, lang in rnd.sample(articles, min(len(articles), 260)):
        words = [w for w in multilingual.execute(
            "SELECT token FROM ts_parse('bisearch', %s) WHERE tokid <> 12",
            [body]).fetchall()]
        query = " | ".join('"%s"' % word[0].replace('"', "") for word in
                           rnd.sample(words, min(3, len(words))))
        problem = snippet_faults(multilingual, body, query, 3,
                                 rnd.choice([10, 40, 120]), False,
                                 lang not in APART)
        languages.add(lang)
        if problem:
            wrong.append((lang, query, problem[:3]))
    assert {"th", "ja", "zh"} <= languages or len(languages) < 5
    assert wrong[:5] == [], "seed %s: %d differ" % (SEED, len(wrong))


@pytest.mark.parametrize("size", range(14, 90, 3))
def test_snippets_cut_no_phrase(db, size):
    text = "Filler words stand here, five words long it is. " * 2
    text = (text + "Aa bb cc dd ee; ") * 6
    for number in (1, 2, 9):
        assert snippet_faults(db, text, '"aa bb cc dd ee" | long', number,
                              size, False) == []


def test_snippets_end_before_a_phrase_that_does_not_fit(db):
    text = "Rain fell on a town where heavy storm clouds stood over all of us."
    for size in range(31, 43):
        assert snippets(db, text, 'rain | "heavy storm clouds"', 1, size) == [
            ("Rain fell on a town where", 1, 25, [1], [4],
             "\x02Rain\x03 fell on a town where")]


STORY = ("A quiet day it was. Nothing happened at all in the town. "
         "Then the storm came. It took the roof of Mr. Brown and of "
         "St. Mary. Nobody was hurt in the flood, and the storm went. "
         "Later there was only rain, rain, rain.")


def test_snippets_prefer_sentences(db):
    assert [row[0] for row in snippets(db, STORY, "storm", 1, 22)] == [
        "Then the storm came."]
    assert [row[0] for row in snippets(db, STORY, "brown", 1, 64)] == [
        "It took the roof of Mr. Brown and of St. Mary."]
    # a sentence that does not fit is cut at words
    assert [row[0] for row in snippets(db, STORY, "brown", 1, 32)] == [
        "It took the roof of Mr. Brown"]
    assert [row[0] for row in snippets(db, STORY, "brown", 1, 24)] == [
        "of Mr. Brown and of St"]


def test_best_snippets(db):
    found = [row[0] for row in snippets(db, STORY, "storm flood", 1, 64)]
    assert found == ["Nobody was hurt in the flood, and the storm went."]
    by_place = snippets(db, STORY, "storm flood", 2, 64)
    by_worth = snippets(db, STORY, "storm flood", 2, 64, True)
    assert [row[1] for row in by_place] == sorted(row[1] for row in by_worth)
    assert by_worth[0][0] == found[0] and by_place[1][0] == found[0]


# how texts begin, if 20 characters are asked for
BEGINNINGS = [
    ("A quiet day.", " \n" * 50 + "A quiet day. It was so quiet."),
    ("Donaudampfschifffahrtsgesellschaft",
     "Donaudampfschifffahrtsgesellschaft im Nebel"),
    ("?" * 20, "?" * 5000 + " A quiet day."),
    ("x" * 20, "x" * 5000 + " A quiet day."),
]


def test_snippets_of_nothing(db):
    assert snippets(db, STORY, "zeppelin") == []
    assert snippets(db, STORY, "") == []
    assert snippets(db, "", "storm") == []
    # what matches without a hit shows its beginning
    assert [row[0::3] for row in snippets(db, STORY, "-zeppelin", 3, 20)] \
        == [("A quiet day it was.", [])]
    for begins, text in BEGINNINGS:
        assert [row[:3] for row in snippets(db, text, "-zeppelin", 3, 20)] \
            == [(begins, text.index(begins) + 1, len(begins))]
    assert snippets(db, " \n" * 50, "-zeppelin", 3, 20) == []
    for number, size in ((0, 10), (1001, 10), (3, 0), (3, 100001)):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            snippets(db, STORY, "storm", number, size)


def test_white_space_of_snippets(db):
    """It counts and is shown as one blank, and is not shown at the ends."""
    text = "\u00a0\u00a0A  storm\n\n \thit\r\nthe\u00a0coast \u00a0 of \t" \
        "Florida.\u00a0\u2003Rain\u00a0\u00a0"
    for size in (36, 200):
        row = snippets(db, text, '"storm hit" | florida', 1, size)[0]
        assert row[0] == "A storm hit the\u00a0coast of Florida." + (
            " Rain" if size > 40 else "")
        assert row[1:3] == (3, len(text.rstrip()) - 2 if size > 40 else
                            text.index(".") - 1)
        assert row[3:5] == ([3, 26], [9, 7])
        assert row[5] == row[0].replace(
            "storm hit", ON + "storm hit" + OFF).replace(
            "Florida", ON + "Florida" + OFF)
    blanks = "A storm" + " " * 100000 + "hit the coast. It rained."
    assert snippets(db, blanks, "storm", 1, 100)[0][0] == "A storm"
    assert snippets(db, "a" + "\n" * 200 + "b c", "a b", 1, 5)[0][0] == "a b c"


def test_no_passage_twice(db):
    text = "A storm hit the coast. It rained for days and days on end.\n\n" * 9
    assert [row[0] for row in snippets(db, text, "storm", 3, 25)] == [
        "A storm hit the coast."]
    other = text + "The storm was the worst in years. " + text
    found = [row[0] for row in snippets(db, other, "storm", 3, 34)]
    assert found == ["A storm hit the coast.",
                     "The storm was the worst in years."]
    spaced = "A storm hit. So it was.\n\nA  storm\nhit. Or was it?"
    assert len(snippets(db, spaced, "storm", 3, 14)) == 1


@pytest.mark.parametrize("text, query, shown", [
    ("He left the U.S. on Monday", '"the U.S."', "He left [the U.S.] on Monday"),
    ("The U.S. (US) of U.S", "us", "The [U.S.] ([US]) of [U.S]"),
    ("He went to the U.S.", "us", "He went to the [U.S.]"),
    ("So U.N.C.L.E. won.", "uncle", "So [U.N.C.L.E.] won."),
    ("See Amazon.com. It pays.", "com", "See Amazon.[com]. It pays."),
    ("The end. J.K. won. U.K", "end | jk | uk",
     "The [end]. [J.K.] won. [U.K]"),
])
def test_acronyms_are_marked_with_their_dot(db, text, query, shown):
    assert bracketed(db, text, query) == shown


def test_snippets_as_html(db):
    row = db.execute("SELECT snippet, marked FROM bi_snippets("
                     "'a <i>storm</i> & \"more\"', 'storm', html => true)"
                     ).fetchone()
    assert row == ("a <i>storm</i> & \"more\"", "a &lt;i&gt;<b>storm</b>"
                   "&lt;/i&gt; &amp; &quot;more&quot;")


# pages

NASTY = [
    "<script>alert(1)</script>", "</b><b>", "&lt;b&gt; &amp &#60; &#x3c;",
    "<!-- storm -->", "<![CDATA[storm]]>", "<?php storm ?>",
    "\" onclick=\"storm", "' onclick='storm", "`storm`", "<storm/>",
    "<b>storm</b>", "</title></textarea></style></script>storm",
    "javascript:storm", "storm\r\n\tstorm", "\u202estorm\u202c",
    "sto\u00adrm storm\u200d", "\ufeffstorm\u2028", "&storm;", "&amp;storm",
    "storm<", "<storm", "a&#0;b storm",
]


@pytest.mark.parametrize("text", NASTY)
def test_pages_are_safe(db, text):
    page, shown = db.execute(
        "SELECT bi_highlight_html(%(t)s, 'storm'), "
        "bi_highlight(%(t)s, 'storm', E'\\x02', E'\\x03')",
        {"t": text}).fetchone()
    assert page_text(page) == shown
    bare = page.replace("<b>", "").replace("</b>", "")
    assert not set(bare) & set("<>\"'")
    quoted = '<p title="%s">' % bare

    class Attribute(html.parser.HTMLParser):
        found = None

        def handle_starttag(self, tag, attrs):
            self.found = attrs

    reader = Attribute()
    reader.feed(quoted)
    assert reader.found == [("title", text)]


def test_control_characters_do_not_reach_a_page(db):
    assert db.execute("SELECT bi_highlight_html(E'a\\x01\\x1b\\x7fb\\n', 'a')"
                      ).fetchone()[0] == \
        "<b>a</b>&#65533;&#65533;&#65533;b\n"


def test_cut_characters(encoded_db):
    """Bytes that are no character stay in text, and not in a page."""
    con = encoded_db("SQL_ASCII", client_encoding="SQL_ASCII")
    rnd = random.Random(SEED)
    bad = [b"\xe2\x82", b"\xff", b"\xc3", b"\x80", b"\xf0\x9f\x8c"]
    for _ in range(300):
        text = b"".join(rnd.choice(
            bad + [b"storm", b" ", b"caf\xc3\xa9", b"<b>", b"\xe4\xbf\x9d"])
            for _ in range(rnd.randrange(1, 9)))
        shown, page, rows, pieces = con.execute(
            "SELECT bi_highlight(d, q, E'\\x02', E'\\x03'), "
            "bi_highlight_html(d, q, E'\\x02', E'\\x03'), "
            "array(SELECT substr(d, position, length) "
            "FROM bi_matches(d, q)), "
            "array(SELECT snippet FROM bi_snippets(d, q, 3, 12)) "
            "FROM convert_from(%s::bytea, 'SQL_ASCII') AS d, "
            "CAST(%s AS bi_query) AS q",
            [text, b"storm | caf\xc3\xa9".decode()]).fetchone()
        raw = [value.encode("utf-8", "surrogateescape")
               if isinstance(value, str) else value
               for value in (shown, page)]
        assert raw[0].replace(b"\2", b"").replace(b"\3", b"") == text
        raw[1].decode("utf-8")
        assert b"<" not in raw[1]
        for row in rows:
            row = row if isinstance(row, bytes) else row.encode()
            assert row in (b"storm", b"caf\xc3\xa9")
        assert all(pieces)


@pytest.mark.parametrize("encoding, text, query, shown", [
    ("LATIN1", "Le café à côté.", "cote", "Le café à [côté]."),
    ("EUC_JP", "台風の被害で保険会社の損失が拡大", "保険 損失",
     "台風の被害で[保険]会社の[損失]が拡大"),
])
def test_encodings(encoded_db, encoding, text, query, shown):
    con = encoded_db(encoding)
    assert bracketed(con, text, query) == shown
    assert [text[p - 1:p - 1 + n] for p, n in con.execute(
        "SELECT position, length FROM bi_matches(%s, %s::text::bi_query)",
        [text, query])] == [piece.split("]")[0]
                            for piece in shown.split("[")[1:]]
    assert snippet_faults(con, text, query, 2, 5, False, False) == []


# large and hostile documents

LARGE = {
    "english": ("repeat('The hurricane hit the coast of Florida, officials "
                "said. Workers compensation claims rose. ', 110000)"),
    "word": "repeat('a', 10000000)",
    "blanks": "repeat(' ', 10000000)",
    "lines": "repeat(E'\\n\\n', 5000000)",
    "dots": "repeat('.', 10000000)",
    "cluster": "'storm' || repeat(U&'\\0301', 5000000) || ' storm '",
    "bidi": "repeat(U&'\\202Estorm\\202C \\2066', 700000)",
    "emoji": "repeat('👨‍👩‍👧‍👦', 400000) || ' storm '",
    "thai": "repeat('ประเทศไทยสวยงามมาก', 185000)",
    "japanese": "repeat('台風の被害で保険会社の損失', 250000)",
    "same": "repeat('aa ', 3300000)",
    "names": "repeat('U.S. Dr. No. Inc. ', 550000)",
    "sentences": "repeat('Yes! ', 2000000)",
}

CALLS = [
    "SELECT length(bi_highlight(x, %s)) FROM big",
    "SELECT length(bi_highlight_html(x, %s)) FROM big",
    "SELECT count(*) FROM big, bi_snippets(x, %s)",
    "SELECT count(*) FROM big, bi_matches(x, %s)",
]

SEARCHES = ["storm | aa | florida | 損失 | ไทย | aa* | yes",
            "aa NEAR/9 aa NEAR/9 aa | yes /s yes | 台風 +p 損失",
            "{english} storm | claim | yes"]


@pytest.fixture
def big(db):
    def make(sql):
        db.execute("SET client_min_messages = error")
        db.execute("SET jit = off")
        db.execute("CREATE TEMP TABLE big (x text)")
        db.execute("ALTER TABLE big ALTER x SET STORAGE external")
        db.execute(f"INSERT INTO big SELECT {sql}")
        return db
    return make


@pytest.mark.parametrize("name", LARGE)
def test_large_documents_can_be_cancelled(big, name):
    from test_hostile import cancelled_in_time
    con = big(LARGE[name])
    wrong = []
    for call in CALLS:
        for query in SEARCHES:
            problem = cancelled_in_time(con, call, [query])
            if problem:
                wrong.append(f"{call} {query}: {problem}")
    assert not wrong, "\n".join(wrong)


SLOW = [
    "aa" + " NEAR/100 aa" * 12,
    "aa" + " NEAR/16383 aa" * 200,
    "aa" + " PRE/50 aa" * 30 + " PRE/50 bb",
    "aa NEAR/16383 (aa NEAR/16383 (aa NEAR/16383 (aa NEAR/16383 bb)))",
    "ATLEAST255(aa NEAR/16383 aa NEAR/16383 aa)",
    "(aa | aa*) NOT NEAR/16383 (aa NEAR/9 bb)",
    " | ".join(f"aa NEAR/{n} aa PRE/{n} bb" for n in range(1, 300)),
    " | ".join("aa" for _ in range(60000)),
]


@pytest.mark.parametrize("query", SLOW, ids=range(len(SLOW)))
def test_slow_searches_can_be_cancelled(big, query):
    from test_hostile import cancelled_in_time
    con = big("repeat('aa ', 20000) || 'bb'")
    wrong = [problem for call in CALLS
             if (problem := cancelled_in_time(con, call, [query]))]
    assert not wrong, "\n".join(wrong)


def peak(con):
    """Kilobytes that the server's process has had at most."""
    path = f"/proc/{con.info.backend_pid}/status"
    try:
        with open(path) as file:
            return int(file.read().split("VmHWM:")[1].split()[0])
    except OSError:
        pytest.skip("the system does not tell a process's memory")


@pytest.mark.parametrize("query", [
    "claims NEAR/3 rose & zeppelin | nothing",
    "{english} zeppelin | nothing", "{bisearch_english} zeppelin | nothing",
    "zep* | title:claims"])
def test_memory_grows_with_the_answer(server, database, big, query):
    """10 MB that hold little of the search take little memory."""
    con = big("string_agg(md5(n::text) || ' said zeppelins ' || n || '. ', "
              "E'\\n') FROM generate_series(1, 180000) AS n")
    con.execute("SELECT bi_highlight('a', %s)", [query])
    con.execute("SELECT sum(length(x || 'a')) FROM big")
    before = peak(con)
    con.execute("SELECT count(*) FROM big, bi_snippets(x, %s)", [query])
    grown = peak(con) - before
    assert grown < (30000 if "zep*" in query else 6000), grown
