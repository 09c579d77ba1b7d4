"""Chinese, Japanese and Korean: configuration bisearch_cjk.

Each ideograph, kana and hangul is a word there, so that every string of them
that stands in a text is found in quotes, however a dictionary would cut it.
BISEARCH_SEED repeats a run.
"""

import os
import random
import re
import time
import unicodedata

import psycopg
import pytest

from clock import cancelled, late
from oracle import compare, marks, parser, tokens
from oracle.characters import clusters, is_character

SEED = os.environ.get("BISEARCH_SEED") or str(int(time.time()))
PATHS = {"seq": ("articles", True), "gin": ("articles", False),
         "own": ("own", False), "text": ("articles", True)}

# letters, digits, signs and marks of all kinds around ideographs
PIECES = ["東京都", "庁", "の", "サッカー", "ｶﾞﾝﾊﾞ", "がき\u3099", "上海市长", "臺北", "서울에서",
          "\u1109\u1165\u110b\u116e\u11af", "ㅋㅋ", "\U00020bb7野", "葛\U000e0100",
          "々", "〆切", "二〇", "⽇", "\uf9dc", "ー", "・", "。", "、", "？", "「", "」", "　",
          " ", "\n", "\n\n", "iPhone", "U.S.", "AT&T", "&", "LG", "ＡＢＣ", "１２",
          "1,200", "3", "worker's", "l'eau", "é", "CO₂", "₂", "²", "km", "½", "①",
          "❤\ufe0f", "🔥", "\U0001f468\u200d\U0001f469", "\u200d", "\u200b", "\u2060",
          "\ufe00", "\u3099", "\uff9e", "\u3164", "\u0301", "_", ".", "@", ":", "~",
          "ราคาน้ำมัน", "שלום", "㌔", "㍿", "ヿ", "\u115f", "\ua960\ud7b0\ud7cb",
          "가\u11a8", "\U0003ff00", "𗀀", "𛀂", "〱", "ﾞ", "ￂﾡ", "ㄅㄆ", "\U0001f1ef"]

# those of which the oracle knows what they do beside any other: not marks and
# joiners by themselves, nor ideographs that are numbers
CLEAR = [piece for piece in PIECES if piece not in (
    "二〇", "⽇", "\u200b", "\U0003ff00", "\u200d", "\u2060", "\ufe00", "\u3099", "\u0301", "\uff9e", "\u2082")]


@pytest.fixture
def rnd():
    print(f"BISEARCH_SEED={SEED}")
    return random.Random(SEED)


def one(con, sql, *args):
    return con.execute(sql, args).fetchone()[0]


def quoted(text):
    """The text as a quotation, its signs as text."""
    return '"' + re.sub(r'([\\"*?“”„«»「」『』《》〝〞＂‹›])', r"\\\1", text) + '"'


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def sample(multilingual, kept):
    """A connection to the texts in these languages, with both indexes, and
    the oracle's view of them."""
    con = multilingual
    con.execute("CREATE TEMP TABLE articles AS SELECT id, headline, body, "
                "bi_tsvector(headline, body, config => 'bisearch_cjk') AS tsv "
                "FROM articles_ml WHERE lang IN ('ja', 'zh', 'ko')")
    con.execute("CREATE TEMP TABLE own AS SELECT id, tsv FROM articles")
    con.execute("CREATE INDEX ON articles USING gin (tsv)")
    con.execute("CREATE INDEX ON own USING bisearch (tsv)")
    if not kept:
        rows = con.execute("SELECT id, headline, body FROM articles "
                           "ORDER BY id").fetchall()
        kept["articles"] = rows
        kept["texts"] = [text for _, headline, body in rows
                         for text in (headline, body) if text]
        kept["index"] = compare.Index(characters=True)
        kept["bodies"] = compare.Index(characters=True)
        for number, headline, body in rows:
            kept["index"].add(number, [("A", headline), ("D", body)])
            kept["bodies"].add(number, [("D", body)])
    return con


def ids(con, path, query):
    """The articles that a search finds, by one of the paths."""
    table, seq = PATHS[path]
    con.execute("SET enable_seqscan = %s" % ("on" if seq else "off"))
    con.execute("SET enable_bitmapscan = %s" % ("off" if seq else "on"))
    column = "coalesce(body, '')" if path == "text" else "tsv"
    return {row[0] for row in con.execute(
        f"SELECT id FROM {table} WHERE {column} @~ "
        "to_bi_query('bisearch_cjk', %s)", [query])}


def pieces(text, rnd, count, longest=8):
    """Strings of 1 .. longest characters that stand in the text."""
    runs = [run for run in character_runs(text) if len(run) > 1]
    for _ in range(count if runs else 0):
        run = rnd.choice(runs)
        size = rnd.randrange(2, min(longest, len(run)) + 1)
        at = rnd.randrange(len(run) - size + 1)
        yield text[run[at][0]:run[at + size - 1][1]]


def character_runs(text):
    """Lists of adjacent characters' places."""
    runs = [[]]
    for start, end in clusters(text):
        if is_character(text[start]):
            if runs[-1] and runs[-1][-1][1] != start:
                runs.append([])
            runs[-1].append((start, end))
    return runs


# -- what stands in a text is found --------------------------------------

def test_every_string_of_a_text_is_found(sample, kept, rnd):
    """Thousands of strings of 2 to 8 characters, by every path; and nothing
    else is found than the oracle finds."""
    count = 0
    for number, headline, body in kept["articles"]:
        for piece in pieces(body, rnd, 40):
            query = '"' + piece + '"'
            expected = kept["index"].search(
                parser.parse(query, characters=True))
            assert number in expected
            for path in "seq", "gin", "own":
                assert ids(sample, path, query) == expected, (path, piece)
            assert number in ids(sample, "text", piece)
            count += 1
    print(f"{count} strings")
    assert count >= 1500


def test_strings_are_found_where_python_finds_them(sample, kept, rnd):
    """Without punctuation between, a string is found in just those texts
    that have it."""
    bare = {number: "\0".join(
        re.sub(r"[^\w\u3099\u309a\uff9e\uff9f]|_", "", unicodedata.normalize(
            "NFKC", text or "")) for text in (headline, body))
        for number, headline, body in kept["articles"]}
    for number, headline, body in kept["articles"]:
        for piece in pieces(body, rnd, 20):
            wanted = unicodedata.normalize("NFKC", piece)
            assert ids(sample, "own", '"' + piece + '"') == {
                n for n, text in bare.items() if wanted in text}, piece


def test_words_are_found_alone_and_side_by_side(sample, kept):
    """What ICU's dictionaries take for words."""
    for text in kept["texts"][::4]:
        cut = [(a, b) for a, b in tokens.icu_segments(text)
               if tokens.has_letter_or_digit(text[a:b])]
        pairs = [(a, d) for (a, b), (c, d) in zip(cut, cut[1:]) if b == c]
        row = sample.execute(
            "SELECT bool_and(t @~ phraseto_bi_query('bisearch_cjk', w)), "
            "bool_and(t @~ plainto_bi_query('bisearch_cjk', w)) FROM "
            "(SELECT bi_tsvector(NULL, %s, config => 'bisearch_cjk') AS t) x, "
            "unnest(%s::text[]) w",
            [text, [text[a:b] for a, b in cut + pairs]]).fetchone()
        assert row == (True, True), text[:40]


def test_names_inside_longer_names(db):
    """Common words that ICU's dictionaries hide in other surroundings."""
    pairs = """東京都:東京都庁 上海市:上海市长 北京市:北京市政府 大阪府:大阪府警
        国会:国会議員 市長:名古屋市長選挙 銀行:中央銀行総裁 保険:生命保険会社
        空港:関西国際空港 大学:北京大学生 委员会:国家发展和改革委员会
        公司:有限公司 银行:中国人民银行 总统:美国总统府 研究:研究生院
        人民:人民共和国 南京市:南京市长江大桥 長江:南京市長江大橋 汽车:公共汽车站
        台風:台風情報 地震:地震計 首相:元首相 政府:政府系 서울:서울에서
        대통령:대통령은 정부:정부가 경제:한국경제 은행:한국은행장 학교:학교에서는
        보험:보험회사 사람:사람들이 나라:우리나라는 일본:일본에서도 영화:영화관""".split()
    for pair in pairs:
        word, name = pair.split(":")
        for query in f'"{word}"', word:
            assert one(db, "SELECT bi_tsvector(NULL, %s, config => "
                       "'bisearch_cjk') @~ to_bi_query('bisearch_cjk', %s)",
                       f"昨日、{name}の話。", query), (word, name)


# -- marks -----------------------------------------------------------------

def test_exactly_what_is_found_is_marked(sample, kept, rnd):
    for number, _, body in kept["articles"]:
        for piece in pieces(body, rnd, 6):
            query = '"' + piece + '"'
            shown = one(sample, "SELECT bi_highlight(%s, to_bi_query("
                        "'bisearch_cjk', %s), E'\\x01', E'\\x02')", body, query)
            assert shown.replace("\1", "").replace("\2", "") == body
            found = re.findall("\1([^\2]*)\2", shown)
            plain = [re.sub(r"[^\w\u3099\u309a]", "", text) for text in found]
            bare = re.sub(r"[^\w\u3099\u309a]", "", piece)
            # places that overlap are marked as one
            assert all(text.startswith(bare) and text.endswith(bare)
                       for text in plain), (piece, found)
            expected = marks.ranges(body, places(body, piece), True)
            at = []
            for match in re.finditer("\1([^\2]*)\2", shown):
                begin = match.start() - 2 * len(at)
                at.append((begin, begin + len(match[1])))
            assert at == expected, piece


def places(body, piece):
    """Where the words of the piece are a phrase of the body."""
    words = [lexeme for _, _, lexeme in tokens.tokens(body, True)]
    wanted = [lexeme for _, _, lexeme in tokens.tokens(piece, True)]
    return [(0, n, n + len(wanted) - 1) for n in range(1, len(words) + 1)
            if words[n - 1:n - 1 + len(wanted)] == wanted]


@pytest.mark.parametrize("text, query, shown", [
    ("東京都庁。", '"京都"', "東[京都]庁。"),
    ("葛\U000e0100城市", "葛城", "[葛\U000e0100城]市"),
    ("ｼﾞｮﾝ・ﾚﾉﾝ", '"ジョンレノン"', "[ｼﾞｮﾝ・ﾚﾉﾝ]"),
    ("서울에서", "서울", "[서울]에서"),
    ("\u1109\u1165\u110b\u116e\u11af에", "서울", "[\u1109\u1165\u110b\u116e\u11af]에"),
    ("𠮷野家", "𠮷", "[𠮷]野家"),
    ("東京、大阪", "東京 NEAR/3 大阪", "[東京]、[大阪]"),
    ("東京都庁", "東?都", "[東京都]庁"),
    ("iPhone手机", "iph* 手", "[iPhone][手]机"),
    ("東\u200d🔥京", "東", "[東\u200d]🔥京"),
    ("天天天", '"天天"', "[天天天]"),
])
def test_marks(db, text, query, shown):
    assert one(db, "SELECT bi_highlight(%s, to_bi_query('bisearch_cjk', %s), "
               "'[', ']')", text, query) == shown


def test_snippets_are_whole_sentences_with_the_strings_marked(sample, kept, rnd):
    for number, _, body in kept["articles"][::3]:
        for piece in pieces(body, rnd, 2, 4):
            rows = sample.execute(
                "SELECT snippet, position, length, hit_positions, "
                "hit_lengths, marked FROM bi_snippets(%s, to_bi_query("
                "'bisearch_cjk', %s), size => 60, start_sel => '<', "
                "stop_sel => '>')", [body, '"' + piece + '"']).fetchall()
            assert rows
            for snippet, position, length, at, lengths, marked in rows:
                assert len(snippet) <= 60 and at
                for p, n in zip(at, lengths):
                    assert re.sub(r"\W", "", unicodedata.normalize(
                        "NFKC", snippet[p - 1:p - 1 + n])).startswith(
                        re.sub(r"\W", "", unicodedata.normalize(
                            "NFKC", piece)))


# -- random searches against the oracle -------------------------------------

class Searches:
    """Random searches over these texts."""

    def __init__(self, seed, texts):
        self.rnd = random.Random(seed)
        self.texts = texts

    def piece(self, longest):
        while True:
            for piece in pieces(self.rnd.choice(self.texts), self.rnd, 1,
                                longest):
                return piece

    def word(self):
        rnd = self.rnd
        piece = self.piece(6)
        if rnd.random() < 0.2:
            piece = piece[:1]
        kind = rnd.random()
        if kind < 0.15 and len(piece) > 2:
            i = rnd.randrange(1, len(piece) - 1)
            piece = piece[:i] + "?" + piece[i + 1:]
        elif kind < 0.25:
            piece = rnd.choice(["*", ""]) + piece + rnd.choice(["*", "**"])
        elif kind < 0.28:
            piece += "*" + self.piece(2)
        if rnd.random() < 0.1:
            piece = rnd.choice(["title:", "body:"]) + piece
        elif rnd.random() < 0.5:
            piece = '"' + piece + (" " + self.piece(2)
                                   if rnd.random() < 0.1 else "") + '"'
        return piece

    def near(self):
        rnd = self.rnd
        text = rnd.choice(self.texts)
        words = [text[a:b] for a, b, _ in tokens.tokens(text, True)
                 if not set(text[a:b]) & set(" &")]
        if len(words) < 20:
            return self.word()
        i = rnd.randrange(len(words) - 15)
        j = i + rnd.randrange(2, 12)
        left, right = words[i:i + 2], words[j:j + 2]
        if rnd.random() < 0.3:
            left, right = right, left
        operator = rnd.choice(["NEAR/%d", "PRE/%d", "NOT NEAR/%d", "/s", "+s",
                               "/p", "W/%d"])
        if "%" in operator:
            operator %= rnd.randrange(1, 12)
        return '"%s" %s "%s"' % ("".join(left), operator, "".join(right))

    def query(self):
        rnd = self.rnd
        parts = []
        for _ in range(rnd.choice([1, 1, 2, 2, 3])):
            kind = rnd.random()
            part = self.near() if kind < 0.35 else self.word()
            if 0.9 < kind:
                part = "ATLEAST%d(%s)" % (rnd.randrange(1, 4), part)
            parts.append("(%s)" % part if " " in part else part)
        query = parts[0]
        for part in parts[1:]:
            query += rnd.choice([" ", " & ", " | ", " OR ", " -", " AND NOT "])
            query += part
        return query


def test_random_searches_are_the_oracles(sample, kept):
    print(f"BISEARCH_SEED={SEED}")
    searches = Searches(SEED, kept["texts"])
    found = refused = 0
    made = int(os.environ.get("BISEARCH_QUERIES") or 1500)
    for _ in range(made):
        query = searches.query()
        try:
            tree = parser.parse(query, characters=True)
        except parser.QueryError:
            with pytest.raises(psycopg.errors.SyntaxError):
                ids(sample, "seq", query)
            refused += 1
            continue
        except parser.Unclear:
            continue
        expected = kept["index"].search(tree)
        found += bool(expected)
        for path in "seq", "gin", "own":
            assert ids(sample, path, query) == expected, (path, query)
        assert ids(sample, "text", query) == kept["bodies"].search(tree), query
        printed, again, same = sample.execute(
            "SELECT q::text, q::text::bi_query::text, q::text::bi_query = q "
            "FROM to_bi_query('bisearch_cjk', %s) q", [query]).fetchone()
        assert printed == again and same
        assert printed.startswith("{bisearch_cjk} ")
        back = parser.parse(printed.removeprefix("{bisearch_cjk} "),
                            characters=True)
        assert back.key() == tree.key(), (query, printed)
    print(f"{found} found something, {refused} were refused")
    assert found > made / 3


SIGNS = ["*", "?", "**", '"', "“", "」", "(", ")", " ", " | ", " & ", "&", "-", "!",
         "~2", "~", "title:", " NEAR/3 ", " /s ", "ATLEAST2(", "=", "#", "\\", "OR",
         "、", "，", "^2", ":*", "$"]


def test_any_search_reads_back(db, rnd):
    """Of signs and characters in any order: the lenient call never fails,
    bi_check has an error exactly where the strict one raises, and both print
    what they read again."""
    texts = ["".join(rnd.choice(PIECES if rnd.random() < 0.6 else SIGNS)
                     for _ in range(rnd.randint(1, 12))) for _ in range(3000)]
    db.execute("SET client_min_messages = error")
    strict = 0
    for text in texts:
        rows = db.execute(
            "SELECT q = q::text::bi_query, q::text = q::text::bi_query::text, "
            "(SELECT count(*) FROM bi_check('bisearch_cjk', %(t)s) "
            "WHERE severity = 'error') FROM websearch_to_bi_query("
            "'bisearch_cjk', %(t)s) q", {"t": text}).fetchone()
        assert rows[:2] == (True, True), text
        try:
            same = one(db, "SELECT q = q::text::bi_query AND q = "
                       "websearch_to_bi_query('bisearch_cjk', %s) "
                       "FROM to_bi_query('bisearch_cjk', %s) q", text, text)
            assert same and rows[2] == 0, text
            strict += 1
        except psycopg.Error as error:
            assert error.sqlstate == "42601" and rows[2] > 0, (text, error)
    db.execute("RESET client_min_messages")
    assert strict > 500


# -- tokens ------------------------------------------------------------------

def random_text(rnd, of=PIECES):
    return "".join(rnd.choice(of) for _ in range(rnd.randint(0, 40)))


def places_of(value):
    """A tsvector as (position, lexeme), without boundaries."""
    found = []
    for lexeme, at in re.findall(r"'((?:[^']|'')*)':([\d,A-D]+)", value):
        if not re.fullmatch(r"[§¶]\d+", lexeme):
            found += [(int(p.rstrip("ABCD")), lexeme.replace("''", "'"))
                      for p in at.split(",")]
    return sorted(found)


def test_words_are_the_oracles_by_both_roads(db, rnd):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH CONFIGURATION long_cjk "
                   "(COPY = bisearch_cjk)")
        db.execute("CREATE TEXT SEARCH DICTIONARY also_folds "
                   "(TEMPLATE = bisearch_fold)")
        db.execute("ALTER TEXT SEARCH CONFIGURATION long_cjk ALTER MAPPING "
                   "FOR number WITH also_folds")
        texts = [random_text(rnd, CLEAR) for _ in range(3000)]
        for text, direct, core, plain in db.execute(
                "SELECT t, bi_tsvector(NULL, t, config => 'bisearch_cjk')::text, "
                "bi_tsvector(NULL, t, config => 'long_cjk')::text, "
                "to_tsvector('bisearch_cjk', t)::text "
                "FROM unnest(%s::text[]) t", [texts]):
            expected = sorted(
                (n, lexeme) for n, (_, _, lexeme) in
                enumerate(tokens.tokens(text, True), 1))
            assert places_of(direct) == places_of(core) == \
                places_of(plain), text
            assert places_of(direct) == expected, text


def test_parts_of_any_text_are_found(db, rnd):
    """Adjacent characters of texts with marks, joiners and jamo."""
    for _ in range(400):
        # what joins nothing is no part of what people see as a character
        text = re.sub("[\u200d\u2060]", "", random_text(rnd))
        for piece in pieces(text, rnd, 5):
            if not any(c.isalpha() and c not in "\u115f\u3164"
                       for c in piece):
                continue        # radicals, which are symbols, and fillers
            assert one(db, "SELECT %s::text @~ to_bi_query('bisearch_cjk', %s)",
                       text, quoted(piece)), (text, piece)


def test_token_types(db):
    assert db.execute("SELECT alias, token FROM ts_debug('bisearch_cjk', "
                      "'東か\u3099 iPhone 12월 &') WHERE alias <> 'blank'"
                      ).fetchall() == [
        ("character", "東"), ("character", "か\u3099"), ("word", "iPhone"),
        ("number", "12"), ("character", "월"), ("ampersand", "&")]
    assert db.execute("SELECT alias FROM ts_token_type('bisearch') EXCEPT "
                      "SELECT alias FROM ts_token_type('bisearch_cjk')"
                      ).fetchall() == []
    assert [row[0] for row in db.execute(
        "SELECT alias FROM ts_token_type('bisearch_cjk') EXCEPT "
        "SELECT alias FROM ts_token_type('bisearch')")] == ["character"]


def test_what_the_parser_hands_out_makes_up_the_text(db, rnd):
    for text in [random_text(rnd) for _ in range(500)]:
        assert one(db, "SELECT coalesce(string_agg(token, ''), '') FROM "
                   "ts_parse('bisearch_cjk', %s)", text) == text


def test_a_text_without_blanks_is_cut_as_its_parts(db):
    for unit in "東京都", "サッカーが", "서울에서", "東京iPhone", "\U00020bb7", "ｶﾞ":
        text = unit * (200_000 // len(unit))
        whole = one(db, "SELECT count(*) FROM ts_parse('bisearch_cjk', %s)",
                    text)
        part = one(db, "SELECT count(*) FROM ts_parse('bisearch_cjk', %s)",
                   unit * 10)
        assert whole * 10 == part * (200_000 // len(unit)), unit


def test_latin_words_are_as_in_bisearch(reuters):
    wrong = one(reuters, "SELECT count(*) FROM articles WHERE tsv <> "
                "bi_tsvector(headline, body, config => 'bisearch_cjk')")
    assert wrong == 0


def test_other_scripts_are_as_in_bisearch(multilingual):
    rows = multilingual.execute(
        "SELECT lang, count(*) FROM articles_ml WHERE "
        "lang NOT IN ('ja', 'zh', 'ko') AND tsv <> "
        "bi_tsvector(headline, body, config => 'bisearch_cjk') "
        "GROUP BY lang").fetchall()
    assert rows == []


# -- configurations ----------------------------------------------------------

def test_with_stems_of_another_language(db):
    """The parser with a dictionary that stems: characters have no stem."""
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH CONFIGURATION mixed "
                   "(PARSER = bisearch_cjk)")
        db.execute("ALTER TEXT SEARCH CONFIGURATION mixed ADD MAPPING FOR "
                   "word, number, ampersand WITH bisearch_english_stem")
        db.execute("ALTER TEXT SEARCH CONFIGURATION mixed ADD MAPPING FOR "
                   "character WITH bisearch_fold")
        assert one(db, "SELECT bi_tsvector(NULL, '東京raining', "
                   "config => 'mixed')::text") == \
            "'raining':3 '~rain':3 '§0':3 '¶0':3 '东':1".replace(
                "'东':1", "'京':2 '東':1")
        for query, found in [("東京", True), ('"京raining"', True),
                             ("rains", True), ('"rain"', False),
                             ("京rains", True), ('"京" PRE/1 rained', True)]:
            assert one(db, "SELECT bi_tsvector(NULL, '東京raining', config => "
                       "'mixed') @~ to_bi_query('mixed', %s)", query) == found
            assert one(db, "SELECT '東京raining' @~ to_bi_query('mixed', %s)",
                       query) == found


def test_searches_of_another_configuration(db):
    """Which words a document has, its configuration says: a search of the
    default one finds single characters there, and Latin words."""
    rows = dict(db.execute(
        "SELECT q, bi_tsvector(NULL, '東京都庁 flood', config => "
        "'bisearch_cjk') @~ q::bi_query FROM unnest(ARRAY['東', 'flood', "
        "'東京', '{bisearch_cjk} 東京']) q").fetchall())
    assert rows == {"東": True, "flood": True, "東京": False,
                    "{bisearch_cjk} 東京": True}
    assert not one(db, "SELECT bi_tsvector(NULL, '東京') @~ "
                   "'{bisearch_cjk} 東京'")
    assert one(db, "SELECT '東京' @~ '{bisearch_cjk} 東京'::bi_query")


def test_lengths_count_characters(db):
    assert one(db, "SELECT bi_length(bi_tsvector(NULL, '東京iPhone 12', config "
               "=> 'bisearch_cjk'))") == 4


def test_explain(db):
    rows = [row[0] for row in db.execute(
        "SELECT tree FROM bi_explain(to_bi_query('bisearch_cjk', "
        "'東京都 | \"iphone 手\"'), bi_tsvector(NULL, '東京都庁', config => "
        "'bisearch_cjk'))")]
    assert [row.strip() for row in rows] == [
        "any of", "東京都", "東", "京", "都", '"iphone 手"', "iphone", "手"]


@pytest.mark.parametrize("encoding, text, word, other", [
    ("EUC_JP", "東京都庁で iPhone ｶﾞｽ。", "京都", "都京"),
    ("EUC_JP", "東京都庁で iPhone ｶﾞｽ。", "ガス", "カス"),
    ("EUC_KR", "서울에서 만나요. 韓國", "서울", "울서"),
    ("EUC_CN", "上海市长和iPhone手机", "上海市", "上市"),
    ("EUC_TW", "臺北市政府", "北市", "市北"),
    ("EUC_JIS_2004", "東京都庁と𠮟る", "と𠮟", "𠮟と"),
    ("SQL_ASCII", "東京都庁", "京都", "都京"),
])
def test_other_encodings(server, encoded_db, encoding, text, word, other):
    options = {"client_encoding": "SQL_ASCII"} \
        if encoding == "SQL_ASCII" else {}
    con = encoded_db(encoding, **options)
    for string, found in ((word, True), (other, False)):
        for query in f'"{string}"', string:
            assert con.execute(
                "SELECT bi_tsvector(NULL, %(t)s, config => 'bisearch_cjk') @~ "
                "to_bi_query('bisearch_cjk', %(q)s), "
                "%(t)s::text @~ to_bi_query('bisearch_cjk', %(q)s)",
                {"t": text, "q": query}).fetchone() == (found, found)
    shown = one(con, "SELECT bi_highlight(%s, to_bi_query('bisearch_cjk', %s), "
                "'[', ']')", text, word)
    shown = shown if isinstance(shown, str) else shown.decode()
    # half-width kana are as they stand
    assert "[" + (word if word in text else "ｶﾞｽ") + "]" in shown


def test_latin1_has_no_such_characters(encoded_db):
    con = encoded_db("LATIN1")
    assert one(con, "SELECT bi_tsvector(NULL, 'Café no. 1', config => "
               "'bisearch_cjk') = bi_tsvector(NULL, 'Café no. 1')")


def test_bad_bytes_separate(encoded_db):
    con = encoded_db("SQL_ASCII", client_encoding="SQL_ASCII")
    for bad in b"\xe6\x9d", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80":
        text = "東".encode() + bad + "京".encode()
        row = con.execute(
            b"SELECT to_tsvector('bisearch_cjk', '" + text + b"') = "
            b"to_tsvector('bisearch_cjk', '" + "東 京".encode() + b"')"
        ).fetchone()
        assert row[0] is True


# -- limits --------------------------------------------------------------------

@pytest.mark.parametrize("unit", ["東", "か\u3099", "\u1100", "\u1109\u1165", "ㅋ",
                                  "\U00020bb7", "東a", "。東", "ｶﾞ", "東\u200d"])
def test_cancel(db, unit):
    text = unit * (10_000_000 // len(unit.encode()))
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEMP TABLE t (x text)")
        db.execute("ALTER TABLE t ALTER x SET STORAGE EXTERNAL")
        db.execute("INSERT INTO t VALUES (%s)", [text])

        def attempt():
            with db.transaction(force_rollback=True):
                return cancelled(
                    db, "SELECT length(bi_tsvector(NULL, x, config => "
                    "'bisearch_cjk')) FROM t", 0.05,
                    other=(psycopg.errors.ProgramLimitExceeded,))
        assert not late(attempt, 0.3)


def test_a_character_with_too_many_marks_is_left_out(db):
    """As a word that is too long; a search says so."""
    text = "東か" + "\u0301" * 2000 + "京"
    assert one(db, "SELECT bi_tsvector(NULL, %s, config => 'bisearch_cjk') @~ "
               "'{bisearch_cjk} 東京'", text)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded):
        one(db, "SELECT to_bi_query('bisearch_cjk', %s)", '"' + text + '"')
    assert one(db, "SELECT websearch_to_bi_query('bisearch_cjk', %s)::text",
               "x " + text) == "{bisearch_cjk} x & 東>京"


def test_long_articles(db):
    """Past a lexeme's 255 places and a tsvector's 16,383 positions."""
    text = "天地" * 20000 + "東京" + "天地" * 20000 + "京東"
    row = db.execute(
        "SELECT t @~ '{bisearch_cjk} \"地東京天\"', t @~ '{bisearch_cjk} "
        "\"京東\"', t @~ '{bisearch_cjk} \"東天\"', bi_length(t) FROM "
        "(SELECT bi_tsvector(NULL, %s, config => 'bisearch_cjk') AS t) x",
        [text]).fetchone()
    assert row == (True, True, False, 80004)
