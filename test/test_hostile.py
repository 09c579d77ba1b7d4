"""Hostile text, in four encodings, through everything that takes text.

Each input goes through the strict, lenient, plain and phrase calls and
bi_check, as a query against articles and as an article against queries, in
both directions.  Each statement is to answer or refuse within a second,
never with an internal error, never losing the connection; and the calls that
never fail must not.

BISEARCH_SEED sets the seed of what is random.  The second half cancels the
slowest things we do and expects an answer within 100 ms.
"""

import os
import random

import psycopg
import pytest

from clock import HANG, Clock, cancelled, late
from conftest import ENCODINGS

SEED = int(os.environ.get("BISEARCH_SEED") or 20241)
# processor time: some five times what it is, since a machine that others use
# has slower caches, and less of each second
LIMIT = 5.0
MB = 2 ** 20

QUOTES = '"“”„‟«»＂〝〞「」『』'
APOSTROPHES = "'’‘ʼ＇‛"
SIGNS = list("\"'()&|!-+*?:=#^~%\\/.,;@_{}<>[]$§¶") + [
    "“", "”", "«", "（", "）", "＆", "｜", "–", "…", "\u200b", "\u00ad",
    "\u0301", "\u202e"]
OPERATORS = ["&", "&&", "|", "||", "!", "-", "+", "%", "AND", "OR", "NOT",
             "and", "or", "not", "BUT NOT", "but not", "NEAR", "NEAR/3",
             "W/3", "N/3", "/3", "WITHIN/3", "PRE/3", "P/3", "ONEAR/3",
             "ADJ/3", "BEFORE/3", "+3", "NOT W/3", "NOTNEAR/3", "/s", "+s",
             "W/S", "W/SENT", "SENTENCE", "/p", "+p", "W/PARA", "PARAGRAPH",
             "ATLEAST2", "(", ")", "title:", "=", "#", "＆", "｜", "（", "）"]


def open_quotes():
    for q in QUOTES:
        for form in ("%s", "%scat", "cat %s", "cat %sdog bird", "(%scat)",
                     "%scat%s %sdog", "title:%scat", "cat %s*", "%s %s %s",
                     "-%scat"):
            yield form.replace("%s", q)
    for q in APOSTROPHES:
        yield q
        yield q * 1000
        yield f"{q}cat{q}s{q}"


def operators():
    for o in OPERATORS:
        yield o
        yield f"{o} {o}"
        yield f"cat {o} {o} dog"
        yield f"{o} cat {o}"
        yield f"({o})"
        yield o * 100
        yield " ".join([o] * 1000)
        yield f"cat {o} " * 1000


def operators_many():
    for n, o in enumerate(OPERATORS):
        yield (" ".join([o] * (MB // (len(o.encode()) + 1))),
               f"cat {o} dog " * 20000,
               o * (MB // len(o.encode())))[n % 3]


def parentheses():
    for n in (10000, 500000):
        yield "(" * n
        yield ")" * n
        yield "(" * n + "cat" + ")" * n
        yield "()" * n
        yield ")(" * n
        yield "(" * n + "cat"
        yield "cat" + ")" * n
    for n in (1000, 1001, 10000, 100000):
        yield "(cat " * n + ")" * n
        yield "(cat | " * n + "dog" + ")" * n
        yield "NOT (" * n + "cat" + ")" * n
        yield "-(" * n + "cat" + ")" * n
        yield "(cat & (dog | " * (n // 2) + "bird" + ")" * (n // 2 * 2)
        yield "ATLEAST2(" * n + "cat" + ")" * n
        yield "title:(" * n + "cat" + ")" * n
        yield "(" * n + "cat" + " NEAR/3 dog)" * n
        yield "(cat NEAR/3 " * n + "dog" + ")" * n
        yield "(cat NOT NEAR/3 " * n + "dog" + ")" * n
        yield "((cat dog) NEAR/3 " * n + "bird" + ")" * n
    yield "（" * 10000 + "cat" + ")" * 10000
    yield "(“" * 50000
    yield "\"(" * 50000


def words():
    yield "a" * 2046
    yield "a" * 2047
    yield "é" * 1023
    yield "é" * 1024
    yield "a" * MB
    yield "a" * (MB + 1)
    yield "9" * MB
    yield "é" * (MB // 2)
    yield "漢" * (MB // 3)
    yield "😀" * (MB // 4)
    yield "a-" * (MB // 2)
    yield "a." * (MB // 2)
    yield "a'" * (MB // 2)
    yield "a&b" * (MB // 3)
    yield "." * MB
    yield "'" * MB
    yield " " * MB
    yield " " * (MB + 1)
    yield "\u3000" * (MB // 3)
    yield "a " * 65535
    yield "a " * 65536
    yield "a " * (MB // 2)
    yield "ab " * (MB // 3)
    yield "@" * MB
    yield "cat:" * (MB // 4)
    yield "title:" * (MB // 6)
    yield "=" * MB
    yield "=a" * (MB // 2)
    yield "\\" * MB
    yield "\\a" * (MB // 2)
    yield "^2" * (MB // 2)
    yield "cat" + "^2" * (MB // 4)
    yield "cat" + "~1" * (MB // 4)
    yield "\"" * MB
    yield "\"\"" * (MB // 2)
    yield "\"a\"" * (MB // 4)
    yield "\"" + "a " * 65535 + "\""
    yield "\"" + "a " * 65535 + "\"~5"
    yield "\"a" + " *" * 65000 + " b\""
    yield "\"a" + " *" * 500000 + " b\""
    yield "a" * 4 * MB
    yield "cat dog " * MB


def lists():
    some = [f"w{n}" for n in range(100000)]
    for joint in (" OR ", " NEAR/3 ", "* "):
        yield joint.join(some)
        yield joint.join(some[:65535])
        yield joint.join(["ab"] * 65535)
    for joint in ("|", " AND ", " ", " PRE/9999 ", " NOT NEAR/3 ", " /s ",
                  " NOT ", " -", " OR NOT ", "** | ", " W/3 (", ") | (",
                  " +p "):
        yield joint.join(some[:20000])
    yield "(" + " | ".join(some[:20000]) + ") NEAR/5 (" + \
        " | ".join(some[:20000]) + ")"
    yield "(" + " ".join(some[:20000]) + ") NEAR/5 (cat | dog)"
    yield "(" + " ".join(some[:200]) + ") NEAR/5 " + \
        " NEAR/5 ".join(f"({a} | {b})" for a, b in zip(some, some[1:500]))
    yield "((a1 b1) | c1) NEAR/3 " * 500 + "d1"
    yield " ".join(f"\"{a} {b}\"" for a, b in zip(some, some[1:30000]))


def wildcards():
    for tail in ("*", "**", "?", "*?", "?*", "!"):
        yield "ab" + tail * 1000
        yield "ab" + (tail + "a") * 500
        yield "ab" + tail * 200000
        yield ("ab" + tail + " ") * 20000
        yield "ab" + (tail + "c") * 100000
        yield "\"ab" + tail * 5000 + "\""
        yield tail * 1000
        yield "a" + tail
    yield "aa" + "*a" * 30 + "b"
    yield "aa" + "*a" * 1000 + "b"
    yield "aa" + "?*" * 500 + "b"
    yield "a" * 2000 + "*"
    yield "*" * MB
    yield "?" * MB
    yield "~*" * 1000
    yield "§*"
    yield "¶*"
    yield "~ra*"


def numbers():
    for n in ("0", "00", "1", "255", "256", "16383", "16384", "65535",
              "65536", "2147483647", "2147483648", "4294967295",
              "4294967296", "9223372036854775807", "18446744073709551616",
              "9" * 400, "0" * 400 + "3", "-1", "+1", "1e9", "0x10", "١٢",
              "１２", "²", "½"):
        for form in ("cat W/%s dog", "cat /%s dog", "cat +%s dog",
                     "cat PRE/%s dog", "\"cat dog\"~%s", "ATLEAST%s(cat)",
                     "cat^%s", "cat~%s", "cat NOT W/%s dog", "%s",
                     "%s %% cat"):
            yield form.replace("%%", "\0").replace("%s", n) \
                .replace("\0", "%")


def scripts():
    yield "\u202ecat\u202c dog"
    yield "cat\u202e AND dog"
    yield "\u2066(\u2069cat)"
    yield "".join(map(chr, range(0x2000, 0x2070)))
    yield "\u200b" * 100000
    yield "\u200d" * 100000
    yield "\ufeffcat"
    yield "cat\ufeff dog"
    yield "a" + "\u0301" * 100000
    yield "a\u0301" * 100000
    yield "\u0301" * 100000
    yield "\u0301cat"
    yield "\"\u0301cat\""
    yield "(\u0301cat)"
    yield "cat -\u0301dog"
    yield "a" + "".join(chr(0x300 + k % 0x70) for k in range(50000))
    yield "\u0e01\u0e33" * 50000
    yield "ประเทศไทย" * 30000
    yield "สวัสดีครับ" * 30000
    yield "ខ្មែរ" * 40000
    yield "ကမ္ဘာ" * 40000
    yield "ລາວ" * 80000
    yield "กกกก" * 60000
    yield "ក" * 300000
    yield "က" * 300000
    yield "日本語" * 100000
    yield "東京都に住む人々" * 30000
    yield "カ" * 300000
    yield "가" * 300000
    yield "\u1100\u1161" * 100000
    yield "\u1100" * 100000
    yield "👨‍👩‍👧‍👦" * 20000
    yield "🇩🇪" * 50000
    yield "\U000e0041" * 50000
    yield "\ufe0f" * 50000
    yield "\ufdfa" * 50000
    yield "\ufdfa" * 2046
    yield "ß" * 100000
    yield "İ" * 100000
    yield "\u1e9b\u0323" * 50000
    yield "\ufffe\uffff"
    yield "\U0010ffff cat \U000f0000"
    yield "\u0378\u0379"
    yield "".join(map(chr, range(0x80, 0x100)))
    yield "".join(map(chr, range(0x2e80, 0x3100)))
    yield "".join(map(chr, range(0xfb00, 0xfffe)))
    yield "צה\"ל" * 20000
    yield "צ\"" * 50000
    yield "\"צ\"" * 50000
    yield "שלום \"עולם"
    yield "ѐ\u0306" * 1000
    yield "ﷺ NEAR/3 ﷽"
    yield "Ⅷ ① ㊗ ㏂ ㎜"
    yield "𝐀𝐍𝐃 cat"
    yield "cat ＡＮＤ dog"
    yield "cat ＮＥＡＲ／３ dog"
    yield "cat Ｗ/3 dog"
    yield "title：cat"
    yield "cat＊"
    yield "wom？n"
    yield "＝cat ＃cat －cat ！cat"
    yield "\u0130\u0131ſK"


def controls():
    for code in list(range(1, 32)) + list(range(127, 160)):
        yield f"cat{chr(code)}dog"
        yield chr(code)
        yield f"\"{chr(code)}\""
        yield chr(code) * 1000
    yield "".join(map(chr, range(1, 128)))
    yield "".join(map(chr, range(127, 0, -1)))


def braces():
    for text in ("{", "}", "{}", "{} cat", "{english", "{english}",
                 "{english}cat", "{english} {english} cat", "{{english}} cat",
                 "{\"english\"} cat", "{\"} cat", "{\"\"} cat", "{.} cat",
                 "{..} cat", "{a.b.c} cat", "{a.b.c.d} cat",
                 "{pg_catalog.english} cat", "{nope.english} cat",
                 "{pg_temp.english} cat", "{english;} cat", "{'english'} cat",
                 "{ english } cat", "{ENGLISH} cat", "{english\\} cat",
                 "{%s} cat", "{%n%n} cat", "{-1} cat", "{0} cat", "{3748} cat",
                 "{-} cat", "{bisearch} {", "{\u202eenglish} cat"):
        yield text
    yield "{" * 100000
    yield "{" + "a" * MB + "}"
    yield "{" + "a" * 63 + "} cat"
    yield "{" + "a" * 64 + "} cat"
    yield "{" + "é" * 63 + "} cat"
    yield "{" + "a." * 10000 + "} cat"
    yield "{\"" + "\"\"" * 10000 + "\"} cat"


def escapes():
    for n in (1, 2, 3, 4, 1001, 100000, 100001):
        yield "\\" * n
        yield "cat" + "\\" * n
        yield "\"cat" + "\\" * n
        yield "\"cat" + "\\" * n + "\""
        yield "\\\"" * n
    for sign in SIGNS:
        yield "\\" + sign
        yield f"cat\\{sign}dog"
        yield f"\"cat \\{sign} dog\""
    yield "%s%s%s%n" * 10
    yield "%1$s %99999d"
    yield "'; DROP TABLE articles; --"
    yield "\\x00\\u0000\\U00110000"
    yield "$$ $1 $2"


def pairs():
    for a in SIGNS:
        for b in SIGNS:
            yield f"cat{a}{b}dog"
            yield f"{a}{b}cat {a}{b}"


def soup():
    """Random words, operators and signs."""
    some = random.Random(SEED)
    pieces = OPERATORS + SIGNS + ["cat", "dog*", "\"red dog\"", "title:x",
                                  "wom?n", "U.S.", "AT&T", "5", "café",
                                  " ", " ", " ", "{english} ", "日本"]
    for _ in range(400):
        joint = some.choice(["", " ", " "])
        yield joint.join(some.choice(pieces)
                         for _ in range(some.randint(1, 40)))
    for _ in range(10):
        yield " ".join(some.choice(pieces) for _ in range(20000))


def random_bytes():
    some = random.Random(SEED + 1)
    for _ in range(200):
        yield bytes(some.randint(1, 255) for _ in range(some.randint(1, 300)))
    for code in range(0x80, 0x100):
        yield bytes([code])
        yield b"cat " + bytes([code]) + b"dog"
        yield b"caf" + bytes([code, code]) + b"* \"x" + bytes([code]) + b"\""
    for cut in (b"\xe2\x80", b"\xe2", b"\xf0\x9f\x98", b"\xc3", b"\xc0\x80",
                b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff\xfe",
                b"\xe2\x80\x9c", b"\x8f\xa2", b"\x8e", b"\xa1"):
        for form in (b"%s", b"cat%s", b"%scat", b"\"%s", b"\"cat%s\"",
                     b"cat %s dog", b"cat%s*", b"(%s", b"\\%s", b"-%s"):
            yield form.replace(b"%s", cut)
    yield bytes(some.randint(128, 255) for _ in range(MB))
    yield bytes(some.randint(1, 255) for _ in range(MB))
    yield b"\x80" * MB
    yield b"\xe2\x80" * (MB // 2)


# Statements that say little more about a large input than the others.
SMALL_ONLY = {"strict english", "query, tsvector", "query, other way",
              "article, other way"}

# Groups of large inputs: other encodings than UTF8 get one in four of them.
LARGE = (operators_many, parentheses, words, lists)

GROUPS = [open_quotes, operators, operators_many, parentheses, words, lists,
          wildcards, numbers, scripts, controls, braces, escapes, pairs, soup,
          random_bytes]

PYTHON_NAMES = {"UTF8": "utf-8", "LATIN1": "latin-1", "EUC_JP": "euc_jp",
                "SQL_ASCII": "utf-8"}


def encoded(text, encoding):
    """The bytes of an input in an encoding, without what it cannot hold."""
    name = PYTHON_NAMES[encoding]
    if isinstance(text, str):
        return text.replace("\0", "").encode(name, "ignore")
    if encoding in ("LATIN1", "SQL_ASCII"):
        return text
    return text.decode(name, "ignore").replace("\0", "").encode(name)


ARTICLE = ("The hurricane and the cat met a red dog. A bird w3 sang in the "
           "U.S. on Monday; the café closed.\n\nWomen ab abc said 5 % of "
           "AT&T. Cat dog cat.") * 20

# What each input goes through: a name, the statement, and whether it may
# refuse the input (True, or with which SQLSTATE: the plain calls know no bad
# syntax, but limits).  x is the input, d an article, t its tsvector.
STATEMENTS = [
    ("input", "SELECT octet_length(x::bi_query::text)", True),
    ("strict", "SELECT octet_length("
               "to_bi_query('bisearch_english', x)::text)", True),
    ("strict english", "SELECT octet_length("
                       "to_bi_query('english', x)::text)", True),
    ("lenient", "SELECT octet_length(websearch_to_bi_query(x)::text)", False),
    ("lenient english",
     "SELECT octet_length(websearch_to_bi_query('bisearch_english', x)"
     "::text)", False),
    ("plain", "SELECT octet_length(plainto_bi_query(x)::text)", "54000"),
    ("phrase", "SELECT octet_length(phraseto_bi_query(x)::text)", "54000"),
    ("check", "SELECT count(*), sum(octet_length(message)), "
              "sum(octet_length(hint)) FROM bi_check(x)", False),
    ("query", "SELECT d @~ websearch_to_bi_query(x)", False),
    ("query, tsvector", "SELECT t @~ websearch_to_bi_query(x)", False),
    ("query, other way", "SELECT websearch_to_bi_query(x) ~@ t", False),
    ("candidates", "SELECT length(bi_candidates("
                   "websearch_to_bi_query(x))::text)", True),
    ("article", "SELECT x @~ '\"heavy rain\" | cat /s dog | ab*'::bi_query",
     False),
    ("article, other way", "SELECT '{bisearch_english} cats NEAR/5 dogs'"
                           "::bi_query ~@ x", False),
    ("tsvector", "SELECT length(bi_tsvector(left(x, 20), x))", False),
]


def attempt(con, sql, data, may_fail, limit=LIMIT):
    """Run a statement on an input.  Gives what is wrong with the answer, or
    None; asks again when it came late."""
    for _ in range(2):
        clock = Clock(con)
        try:
            con.execute(sql, [data]).fetchall()
            failure = None
        except psycopg.Error as error:
            state = error.sqlstate or ""
            if con.closed or not state:
                return f"connection lost: {error}"
            if state.startswith(("XX", "58", "57")):
                return f"{state}: {str(error)[:200]}"
            if may_fail is not True and may_fail != state:
                return f"failed, {state}: {str(error)[:200]}"
            failure = state
        took = clock.elapsed()
        if took <= limit:
            return None
    return f"took {took:.2f} s ({failure or 'answered'})"


def shown(data):
    return f"{data[:60]!r}{'...' if len(data) > 60 else ''} " \
        f"({len(data)} bytes)"


@pytest.fixture
def arena(encoded_db):
    def get(encoding):
        options = {"client_encoding": "SQL_ASCII"} \
            if encoding == "SQL_ASCII" else {}
        con = encoded_db(encoding, **options)
        con.execute("SET client_min_messages = error")
        con.execute("SET jit = off")
        con.execute(f"SET statement_timeout = '{HANG}s'")
        return con
    return get


def statement(sql, encoding):
    """Put the input into a statement."""
    given = f"convert_from(%s::bytea, '{encoding}')"
    if " FROM bi_check(x)" in sql:
        return f"WITH i AS MATERIALIZED (SELECT {given} AS x) " + \
            sql.replace("bi_check(x)", "i, bi_check(i.x)")
    return f"WITH i AS MATERIALIZED (SELECT {given} AS x) {sql} " \
        "FROM i, article"


def together(encoding):
    """All that must not fail, in one statement, for small inputs."""
    parts = [sql.replace("SELECT ", "", 1) for _, sql, may in STATEMENTS
             if may is not True and " FROM " not in sql]
    return statement("SELECT " + ", ".join(parts), encoding)


def run_group(get, encoding, group):
    texts = list(group())
    if group in LARGE and encoding != "UTF8":
        texts = texts[::4]
    con = get(encoding)
    name = PYTHON_NAMES[encoding]

    def prepare(con):
        con.execute("CREATE TEMP TABLE article AS "
                    "SELECT x AS d, bi_tsvector(left(x, 30), x) AS t FROM "
                    f"convert_from(%s::bytea, '{encoding}') AS x",
                    [ARTICLE.encode(name)])

    prepare(con)
    statements = [(what, statement(sql, encoding), may)
                  for what, sql, may in STATEMENTS]
    quick = together(encoding)
    wrong = []
    count = 0
    for text in texts:
        data = encoded(text, encoding)
        count += 1
        well = len(data) < 5000 and not attempt(con, quick, data, False)
        for what, sql, may_fail in statements:
            if what in SMALL_ONLY and len(data) > 100000:
                continue
            if well and may_fail is not True and " FROM bi_check" not in sql:
                continue
            # a text beyond the limit may be a long article
            limit = LIMIT * max(1, len(data) / MB)
            problem = attempt(con, sql, data, may_fail, limit)
            if problem:
                wrong.append(f"{what}: {shown(data)}: {problem}")
            if con.closed:
                con = get(encoding)
                prepare(con)
        if len(wrong) >= 20:
            break
    assert not wrong, f"seed {SEED}, {count} inputs:\n" + "\n".join(wrong)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_hostile(arena, encoding, group):
    run_group(arena, encoding, group)


def test_there_are_enough():
    assert sum(1 for group in GROUPS for _ in group()) >= 500


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_repaired_queries_round_trip(arena, group):
    """What the lenient calls make of hostile text prints as a valid query
    that means the same."""
    con = arena("UTF8")
    wrong = []
    for text in group():
        data = encoded(text, "UTF8")
        if len(data) > 100000:
            continue
        for call in ("websearch_to_bi_query", "plainto_bi_query",
                     "phraseto_bi_query"):
            try:
                same, again = con.execute(
                    f"SELECT q::text::bi_query = q, "
                    f"q::text::bi_query::text = q::text "
                    f"FROM {call}(convert_from(%s::bytea, 'UTF8')) AS q",
                    [data]).fetchone()
                if same and again:
                    continue
                problem = "differs"
            except psycopg.errors.ProgramLimitExceeded as error:
                if call != "websearch_to_bi_query":
                    continue
                problem = str(error)
            except psycopg.Error as error:
                problem = str(error)
            printed = con.execute(
                f"SELECT left({call}(convert_from(%s::bytea, 'UTF8'))::text, "
                "80)", [data]).fetchone()[0]
            wrong.append(f"{call}: {shown(data)}: {printed!r}: {problem}")
        if len(wrong) >= 20:
            break
    assert not wrong, f"seed {SEED}:\n" + "\n".join(wrong)


# Cancelling

CANCEL_AFTER = 0.050
# core's to_tsvector sorts a text's words in one go, 50 ms for the largest
CANCEL_WITHIN = 0.300

BIG = {
    "english": "repeat('The hurricane hit the coast of Florida, officials "
               "said. Workers compensation claims rose. ', 300000)",
    "word": "repeat('a', 30000000)",
    "punctuation": "repeat('.', 30000000)",
    "blanks": "repeat(' ', 30000000)",
    "lines": "repeat(E'\\n\\n', 15000000)",
    "thai": "repeat('ประเทศไทยสวยงามมาก', 400000)",
    "khmer": "repeat('ខ្មែរ', 1000000)",
    "chinese": "repeat('東京都に住む人々', 600000)",
    "marks": "'a' || repeat(U&'\\0301', 10000000)",
    "emoji": "repeat('👨‍👩‍👧‍👦', 600000)",
    "names": "repeat('U.S. Dr. No. Inc. ', 1000000)",
    "stems": "(SELECT string_agg(md5(n::text), ' ') "
             "FROM generate_series(1, 500000) AS n)",
    "same": "repeat('aa ', 5000000)",
}

SLOW_ON_TEXT = [
    "SELECT length(to_tsvector('bisearch', left(x, 5000000))) FROM big",
    "SELECT length(bi_tsvector(x, x)) FROM big",
    "SELECT length(bi_tsvector(NULL, x, config => 'bisearch_english')) "
    "FROM big",
    "SELECT x @~ 'nothing'::bi_query FROM big",
    "SELECT x @~ 'nothing /s storm'::bi_query FROM big",
    "SELECT x @~ '{bisearch_english} nothing NEAR/3 storm'::bi_query "
    "FROM big",
    "SELECT length(websearch_to_bi_query(x)::text) FROM big",
    "SELECT length(phraseto_bi_query(x)::text) FROM big",
    "SELECT count(*) FROM big, bi_check(x)",
]

SLOW_PARSES = {
    "or": "string_agg('w' || n, ' OR ') FROM generate_series(1, 65535) AS n",
    "blank": "repeat('ab ', 65535)",
    "near": "repeat('ab NEAR/3 ', 65534) || 'ab'",
    "groups": "repeat('(', 500000) || 'ab' || repeat(')', 500000)",
    "open": "repeat('(', 1000000)",
    "not": "repeat('-(', 300000) || 'ab'",
    "quotes": "repeat('\"ab\" ', 65535)",
    "bad": "repeat(') h* W/0 ', 100000)",
    "phrase": "'\"' || repeat('ab ', 65535) || '\"'",
    "stars": "'\"ab' || repeat(' *', 500000) || ' cd\"'",
    "deep": "repeat('(ab & (cd | ', 50000)",
    "fields": "repeat('title:(', 100000) || 'ab'",
    "word": "repeat('a', 1048576)",
    "hyphens": "repeat('ab-', 65535)",
    "distribute": "repeat('((ab cd) | ef) NEAR/3 ', 10000) || 'gh'",
    "operators": "repeat('AND OR NOT ', 90000)",
    "braces": "'{' || repeat('a.', 500000) || '}'",
}

SLOW_MATCHES = [
    "aa" + " NEAR/100 aa" * 12,
    "aa" + " NEAR/16383 aa" * 200,
    "aa" + " PRE/50 aa" * 30 + " PRE/50 bb",
    "aa NEAR/16383 (aa NEAR/16383 (aa NEAR/16383 (aa NEAR/16383 bb)))",
    "ATLEAST255(aa NEAR/16383 aa NEAR/16383 aa)",
    "(aa | aa*) NOT NEAR/16383 (aa NEAR/9 bb)",
    '"' + "aa " * 3000 + 'bb"',
    '"aa * * aa * aa" NEAR/100 "aa aa * aa" NEAR/100 bb',
    "aa /p aa /p aa /p aa /p bb",
    "aa?*a*?a* NEAR/9 aa*a*a*a*b",
    " | ".join(f"aa NEAR/{n} aa PRE/{n} bb" for n in range(1, 300)),
    "(" + " | ".join(f'"aa{" *" * n} bb"' for n in range(1, 200)) +
    ") NEAR/9999 aa",
]


# refused meanwhile: nothing is left to cancel
REFUSED = (psycopg.errors.ProgramLimitExceeded,
           psycopg.errors.StatementTooComplex)


def cancelled_in_time(con, sql, args=(), refused=REFUSED):
    """Whether the server works no longer than that after the statement was
    cancelled.  Gives what is wrong, or None."""
    try:
        found = late(lambda: cancelled(con, sql, CANCEL_AFTER, args or None,
                                       refused), CANCEL_WITHIN)
    except psycopg.Error as error:
        return f"{error.sqlstate}: {error}"
    return found and f"{min(found) * 1000:.0f} ms late"


@pytest.fixture
def quiet(db):
    db.execute("SET client_min_messages = error")
    db.execute("SET jit = off")
    return db


@pytest.mark.parametrize("name", BIG)
def test_cancel_analysis(quiet, name):
    # uncompressed, so that fetching the text takes little of the time
    quiet.execute("CREATE TEMP TABLE big (x text)")
    quiet.execute("ALTER TABLE big ALTER x SET STORAGE external")
    quiet.execute(f"INSERT INTO big SELECT {BIG[name]}")
    wrong = []
    for sql in SLOW_ON_TEXT:
        problem = cancelled_in_time(quiet, sql)
        if problem:
            wrong.append(f"{sql}: {problem}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("call", ["to_bi_query", "websearch_to_bi_query",
                                  "bi_check", "plainto_bi_query"])
@pytest.mark.parametrize("name", SLOW_PARSES)
def test_cancel_parse(quiet, name, call):
    sql = SLOW_PARSES[name]
    quiet.execute("CREATE TEMP TABLE parsed AS SELECT " +
                  (sql.replace(" FROM ", " AS x FROM ") if " FROM " in sql
                   else sql + " AS x"))
    what = "count(*) FROM parsed, bi_check(x)" if call == "bi_check" else \
        f"length({call}('bisearch_english', x)::text) FROM parsed"
    # that is how a strict call ends that is about to be cancelled
    problem = cancelled_in_time(quiet, "SELECT " + what,
                                refused=(*REFUSED, psycopg.errors.SyntaxError))
    assert not problem, problem


@pytest.mark.parametrize("query", SLOW_MATCHES, ids=range(len(SLOW_MATCHES)))
@pytest.mark.parametrize("document", [
    "repeat('aa ', 200000)", "repeat('aa aab ', 100000)",
    "repeat('aa. ', 5000)", "repeat('aa ', 250) || 'bb'",
    "repeat('aa ', 20000) || 'bb'"])
def test_cancel_match(quiet, query, document):
    quiet.execute(f"CREATE TEMP TABLE m AS SELECT d AS d, "
                  f"bi_tsvector(d, d) AS t FROM (SELECT {document} AS d) AS d")
    for left in ("d", "t"):
        problem = cancelled_in_time(
            quiet, f"SELECT {left} @~ %s::text::bi_query FROM m", [query])
        assert not problem, f"{left}: {problem}"


@pytest.mark.parametrize("query", SLOW_MATCHES, ids=range(len(SLOW_MATCHES)))
def test_match_is_fast_enough(quiet, query):
    """One article never takes more than a second on an idle machine,
    whatever the query."""
    quiet.execute("CREATE TEMP TABLE m AS SELECT bi_tsvector(NULL, d) AS t, "
                  "d AS d FROM (SELECT repeat('aa ', 250) || 'bb ' || "
                  "repeat('aa ', 250) AS d) AS d")
    for left in ("t", "d"):
        best = min(elapsed(quiet, f"SELECT {left} @~ %s::text::bi_query "
                           "FROM m", query) for _ in range(3))
        assert best <= LIMIT, f"{left}: {best:.2f} s"


def elapsed(con, sql, *args):
    """Processor time of a statement, which ends soon after the limit."""
    clock = Clock(con)
    cancelled(con, sql, LIMIT + 1, args)
    return clock.elapsed()
