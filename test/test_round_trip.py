"""What any call gives is read again from its own text, and is the same.

A search that prints what cannot be read is lost with the next dump.  So the
words here are around every limit: bytes of a word, words, levels and bytes of
a search, alone and within all that a search is made of.
"""

import os
import random

import psycopg
import pytest

SEED = int(os.environ.get("BISEARCH_SEED") or random.randrange(1 << 30))
SEARCHES = int(os.environ.get("BISEARCH_SEARCHES") or 250)

CONFIGS = ("bisearch", "bisearch_english", "english", "simple", "french")

STRICT = ("to_bi_query", "plainto_bi_query", "phraseto_bi_query")

WORD_BYTES = 2046

# letters that long words are made of, of 1 to 4 bytes; some fold to more
# (the ligature to 18 letters), some to less, some are words of their own
LETTERS = "eX7éßﬁﷺ中かカ각กिहİ𐐀²"

SHORT = ("x", "the", "storms", "AND", "or", "NEAR/3", "title:y", "日本", "12",
         "ab*", "wo?n", "dog!", "O'Neill", "-z", "2.5", "{x}", "c\\", "w/3")

GLUE = "-./'@_&:,+=#%~!*?\\^>’·\u00ad\u0301\u200d"


@pytest.fixture
def rnd():
    print(f"BISEARCH_SEED={SEED}")
    return random.Random(SEED)


def long_word(rnd):
    """A word whose size is near the limit, or much above."""
    letter = rnd.choice(LETTERS)
    size = WORD_BYTES + rnd.randint(-3, 3)
    if rnd.random() < 0.1:
        size *= rnd.randint(2, 9)
    word = letter * (size // len(letter.encode()))
    if rnd.random() < 0.3:
        at = rnd.randrange(len(word) + 1)
        word = word[:at] + rnd.choice(LETTERS + GLUE) + word[at:]
    return word


def chunk(rnd):
    parts = []
    for _ in range(rnd.choice((1, 1, 2, 3))):
        parts.append(long_word(rnd) if rnd.random() < 0.6
                     else rnd.choice(SHORT))
        parts.append(rnd.choice(GLUE) * rnd.choice((1, 1, 1, 2)))
    if rnd.random() < 0.8:
        parts.pop()
    if rnd.random() < 0.1:
        parts.insert(0, rnd.choice(GLUE))
    return "".join(parts)


def operand(rnd):
    form = rnd.random()
    if form < 0.35:
        text = chunk(rnd)
    elif form < 0.7:
        words = [chunk(rnd) if rnd.random() < 0.5 else
                 rnd.choice(SHORT + ("*", "*")) for _ in range(rnd.randint(1, 4))]
        text = '"%s"%s' % (" ".join(words), rnd.choice(("", "", "*", "~3")))
    elif form < 0.85:
        text = "(%s %s %s)" % (chunk(rnd), rnd.choice(("|", "&", "")),
                               rnd.choice(SHORT))
    else:
        text = "ATLEAST2(%s)" % chunk(rnd)
    return rnd.choice(("", "", "", "title:", "ab:", "-", "=", "#")) + text


def search(rnd):
    parts = [operand(rnd)]
    for _ in range(rnd.choice((0, 0, 1, 2))):
        parts.append(rnd.choice(("&", "|", "", "NEAR/3", "PRE/2", "/s",
                                 "NOT NEAR/4", "and not")))
        parts.append(operand(rnd))
    return " ".join(parts)


def shown(text):
    """A search as a person can read it: runs of one sign shortened."""
    out = []
    i = 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == text[i]:
            j += 1
        out.append(text[i:j] if j - i < 9 else f"<{text[i]}*{j - i}>")
        i = j
    return "".join(out)


def check(db, call, config, text):
    """None if all is well, else what is not."""
    try:
        printed, = db.execute(f"SELECT {call}(%s::regconfig, %s)::text",
                              [config, text]).fetchone()
    except psycopg.Error as error:
        if call in STRICT and error.sqlstate in ("42601", "54000", "54001"):
            return None
        return f"fails: {str(error)[:200]}"
    try:
        again, same, sent = db.execute(
            f"SELECT p::bi_query::text, p::bi_query = {call}(%s::regconfig, %s),"
            f" p::bi_query = ({call}(%s::regconfig, %s)::text)::bi_query"
            " FROM (SELECT %s::text AS p OFFSET 0) t",
            [config, text, config, text, printed]).fetchone()
    except psycopg.Error as error:
        return f"{shown(printed)} cannot be read: {str(error)[:200]}"
    if again != printed:
        return f"{shown(printed)} prints as {shown(again)}"
    if not (same and sent):
        return f"{shown(printed)} is another search"
    return None


@pytest.mark.parametrize("call", ("websearch_to_bi_query",) + STRICT)
def test_words_near_the_limit(db, rnd, call):
    db.execute("SET client_min_messages = error")
    wrong = []
    for _ in range(SEARCHES if call not in STRICT else SEARCHES // 4):
        text = search(rnd)
        config = rnd.choice(CONFIGS)
        found = check(db, call, config, text)
        if found:
            wrong.append(f"{config}: {shown(text)}: {found}")
    assert not wrong, "\n".join(wrong[:10])


@pytest.mark.parametrize("config, typed, printed", [
    ("bisearch", '"x %s y"', '"x y"'),
    ("bisearch", "x-%s", "x"),
    ("bisearch", "%s-x", "x"),
    ("bisearch", "x-%s-y", "x>y"),
    ("english", "x-%s-y", "{english} x>y"),
    ("english", "example.com/%s", "{english} example.com"),
    ("bisearch", "%s", ""),
    ("bisearch", "-%s", ""),
    ("bisearch", "-%s & x", "x"),
    ("bisearch", "title:(%s | x)", "headline:x"),
    ("bisearch", "x NEAR/3 %s", "x"),
    ("bisearch", "%s NOT NEAR/3 x", ""),
    ("bisearch", "ATLEAST2(%s | x)", "ATLEAST2(x)"),
    ("bisearch", '"x %s"~3', '"x"'),
    ("bisearch", '"x * %s"', '"x"'),
    ("bisearch", '"x * %s * y"', '"x * * y"'),
    ("bisearch", '"%s ab*"', '"ab*"'),
    ("bisearch", "%s/wo?n", "wo\\?n"),
    ("bisearch", "%s/ab*", "ab*"),
    ("bisearch", "%s/!x", "x"),
    ("bisearch", "title:%s/title:x", "headline:title\\:x"),
    ("bisearch", "%s/NEAR/3", "\\NEAR/3"),
])
def test_a_word_that_is_too_long_goes_with_its_text(db, config, typed, printed):
    for word in "e" * 2047, "é" * 1024, "ﷺ" * 100, "e" * 20_000:
        if config == "english" and word[0] == "ﷺ":
            continue            # there it is no longer than it looks
        text = typed % word
        assert not check(db, "websearch_to_bi_query", config, text)
        assert db.execute(
            "SELECT websearch_to_bi_query(%s::regconfig, %s)::text",
            [config, text]).fetchone()[0] == (
                printed or ("{english}" if config == "english" else ""))


def test_where_the_word_is(db):
    """bi_check shows all of it, whatever stands in front."""
    text = '{bisearch} cat "x ' + "e" * 2047 + ' y"'
    assert db.execute("SELECT position, length FROM bi_check(%s) "
                      "WHERE severity = 'error'", [text]).fetchall() == \
        [(19, 2047)]


@pytest.mark.parametrize("call", ("websearch_to_bi_query", "to_bi_query"))
def test_number_of_words(db, rnd, call):
    """A proximity over AND prints more words than were typed."""
    for _ in range(5):
        ands = rnd.randint(2, 300)
        ors = rnd.randint(60_000, 68_000) // ands // rnd.choice((1, 2, 3))
        left = " & ".join("a%d" % n for n in range(ands))
        right = " | ".join("b%d" % n for n in range(max(ors, 1)))
        part = "((%s) %s (%s))" % ((left, "NEAR/3", right) if rnd.random() < .5
                                   else (right, "NOT NEAR/3", left))
        text = rnd.choice((" | ", " & ", " ")).join(
            [part, rnd.choice(("x", '"x y z"'))] * rnd.randint(1, 4))
        assert not check(db, call, "simple", text), text[-200:]


@pytest.mark.parametrize("call", ("websearch_to_bi_query", "to_bi_query"))
def test_number_of_levels(db, rnd, call):
    for _ in range(12):
        text = "(a & b)"
        for level in range(rnd.randint(990, 1006)):
            text = rnd.choice(
                ("(%s | x)", "(x & %s)", "!%s") if level < 1 or level % 3 else
                ("((x | %s) & y)",)) % text
            if level == 20:
                text = "(%s NEAR/3 (y | z))" % text.replace("!", "")
        assert not check(db, call, "simple", text)


@pytest.mark.parametrize("call", ("websearch_to_bi_query", "to_bi_query"))
def test_number_of_bytes(db, rnd, call):
    """Around a megabyte typed, and around one printed."""
    for _ in range(4):
        word = rnd.choice(("abcdefghijklmnopqr", "é" * 30, "\\(x\\*y" * 5,
                           "e" * 2046, "e" * 2047, '"a b c d e f g h i"'))
        joint = rnd.choice((" ", " | ", " & ", " NEAR/3 ", " title:", " -"))
        size = (1 << 20) + rnd.randint(-40, 40)
        text = (word + joint) * (size // len((word + joint).encode()))
        text += "z" * (size - len(text.encode()))
        assert not check(db, call, "bisearch", text)
