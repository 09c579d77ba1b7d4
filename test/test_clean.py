"""bi_clean: text of what archives are fed with.

The cases are in clean.tsv; the rest is what must hold of any text.
"""

import collections
import html.entities
import os
import random
import re
import threading
import unicodedata
from pathlib import Path

import psycopg
import pytest

from conftest import sample

TABLE = Path(__file__).resolve().parent / "clean.tsv"
SEED = os.environ.get("BISEARCH_SEED") or str(random.randrange(10**9))

CLEAN = "SELECT bi_clean(%s, html => %s, hyphens => %s, spacing => %s)"


@pytest.fixture(autouse=True)
def say_seed():
    print("BISEARCH_SEED=" + SEED)


def unescape(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


def cases():
    lines = TABLE.read_text("utf-8").split("\n")
    assert lines.pop() == ""
    lines = [line for line in lines if not line.startswith("#")]
    for number, line in enumerate(lines[1:]):
        off, text, expected = line.split("\t")
        yield pytest.param(
            off.split(","), unescape(text),
            unescape(text if expected == "=" else expected),
            id=f"{number}-{text[:20]}")


def clean(con, text, off=()):
    return con.execute(CLEAN, [text] + [name not in off for name in (
        "html", "hyphens", "spacing")]).fetchone()[0]


@pytest.mark.parametrize("off, text, expected", list(cases()))
def test_case(db, off, text, expected):
    assert clean(db, text, off) == expected


def test_there_are_many_cases():
    assert len(list(cases())) >= 200


def test_what_could_not_be_found_is_found(db):
    for text, search in (
            ("The com-\npany paid", "company"),
            ("un¬\nterzeichnet", "unterzeichnet"),
            ("diffé\u00ad\nrente", "différente"),
            ("low-\nincome", "lowincome"),
            ("low-\nincome or low-income", 'atleast2("low income")'),
            ("Workers&#8217; compensation", "“workers compensation”"),
            ("Smith &amp; Co loss", '"Smith & Co loss"'),
            ("5&nbsp;million", '"5 million"'),
            ("<b>work</b>ers", "workers"),
            ("the <b>heavy</b> loss", '"heavy loss"'),
            ("The fund denied the\n\nclaim of the worker.",
             "fund /s claim"),
            ("The fund denied the\n\n12\n\nclaim.", '"denied the claim"'),
            ("<p>The fund</p><p>paid</p>", "-(fund /p paid)")):
        assert db.execute("SELECT bi_clean(%s) @~ %s::text::bi_query",
                          [text, search]).fetchone()[0], text


def test_null_and_volatility(db):
    assert db.execute(
        "SELECT bi_clean(NULL), bi_clean('a', NULL)").fetchone() == (None,) * 2
    assert db.execute(
        "SELECT provolatile, proisstrict, proparallel FROM pg_proc "
        "WHERE proname = 'bi_clean'").fetchall() == [("i", True, "s")]


def test_entities_are_those_of_html(db):
    """All of HTML 4, and whatever of HTML 5 is known."""
    names = sorted(n for n in html.entities.html5 if n.endswith(";"))
    known = 0
    for name in names:
        text = f"x&{name}x"
        given = clean(db, text)
        if given != text:
            assert given == f"x{html.entities.html5[name]}x"
            known += 1
        else:
            assert name[:-1] not in html.entities.name2codepoint
        assert clean(db, text[:-2] + " ") == text[:-2] + " " or \
            name in ("amp;", "lt;", "gt;", "quot;", "nbsp;")
    assert known >= 600
    # letters, figures and currencies are all there
    for name in names:
        value = html.entities.html5[name]
        if len(name) <= 8 and len(value) == 1 and ord(value) < 0x370 and \
                unicodedata.category(value)[:1] in "LN":
            assert clean(db, f"&{name}") == value, name


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII"])
def test_characters_that_an_encoding_lacks(encoded_db, encoding):
    con = encoded_db(encoding)
    for name in sorted(html.entities.name2codepoint):
        value = ord(html.entities.html5[name + ";"])
        has = True
        if encoding != "SQL_ASCII":
            try:
                con.execute("SELECT %s::text", [chr(value)])
            except psycopg.Error:
                has = False
        if not has and (unicodedata.category(chr(value)) in ("Zs", "Cf")):
            expected = "" if unicodedata.category(chr(value)) == "Cf" else " "
        else:
            expected = chr(value) if has else f"&{name};"
        # what the encoding makes of it
        expected = con.execute("SELECT %s::text", [expected]).fetchone()[0]
        assert clean(con, f"a&{name};b") == f"a{expected}b", name


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1", "EUC_JP",
                                      "SQL_ASCII"])
def test_other_encodings(encoded_db, encoding):
    con = encoded_db(encoding)
    assert clean(con, "<p>The com-\npany denied the\n\nclaim</p>&eacute;") == \
        "The company denied the\nclaim\n\né"
    if encoding == "EUC_JP":
        assert clean(con, "<p>保険の<b>損</b>失</p>表‐\n示-\nａ‐\nｂ") == \
            "保険の損失\n\n表‐\n示ａｂ"
    elif encoding == "LATIN1":
        assert clean(con, "é\u00ad\nè, un¬\nter, É-o é-\no &hellip;") == \
            "éè, unter, É-o é-\no &hellip;"
    else:
        assert clean(con, "é\u00ad\nè, un¬\nter, É-o é-\no &hellip;") == \
            "éè, unter, É-o é-\no …"


def test_bytes_that_are_no_text(encoded_db):
    con = encoded_db("SQL_ASCII")
    for data in (b"\xff<b>\x80</b>-\na", b"\xe2-\n\x80a\n\n\xc3",
                 b"a\xc3-\nb\xa9-\nc", b"\xa0<p>\xc2\xa0<p>\xa0"):
        given = con.execute(
            "SELECT convert_to(bi_clean(convert_from(%s, 'SQL_ASCII')), "
            "'SQL_ASCII')", [data]).fetchone()[0]
        assert len(given) <= len(data)


PARTS = ("<p>", "</p>", "<b>", "</b>", "<br>", "<div>", "<!--", "-->", "<",
         ">", "&", ";", "&amp;", "&lt;", "&#39;", "&#x", "&nbsp;", "<script>",
         "</script>", "<a href=\"", "\"", "'", "=", "<foo>", "</foo>", "<sup>",
         "</sup>", "12", "]]>", "<![CDATA[", "<?xml ", "\n", "\n\n", "\r\n",
         "\r", " ", "  ", "\f", "\u00a0", "-", "‐", "¬", "\u00ad", "-\n",
         "The fund", "denied", "the claim", "low-income", "low", "income",
         "and", ".", ",", ":", "!", "?", "Mr.", "é", "ß", "É", "e\u0301",
         "保険", "。", "שלום", "😀", "iv", "Page 3", "- 4 -", "SMITH v. JONES",
         "a line of typed text that is long enough", "i.", "b)")
PLAIN = [part for part in PARTS if not set(part) & set("<>&")]


def random_text(rng, parts):
    few = rng.sample(parts, rng.randint(2, len(parts)))
    return "".join(rng.choice(few) + rng.choice(("", "", " "))
                   for _ in range(rng.randint(1, 60)))


def words(text):
    return sum(char.isalnum() for char in text)


def test_random_texts(db):
    rng = random.Random(f"clean-{SEED}")
    for _ in range(4000):
        text = random_text(rng, PARTS)
        given = clean(db, text)
        assert len(given.encode()) <= len(text.encode()), text
        assert "\0" not in given
        assert clean(db, text, ("html", "hyphens", "spacing")) == text
        once = clean(db, text, ("hyphens", "spacing"))
        if not set(once) & set("<&"):
            assert clean(db, once, ("hyphens", "spacing")) == once, text


def test_a_second_time_changes_nothing(db):
    rng = random.Random(f"again-{SEED}")
    for _ in range(4000):
        text = random_text(rng, PLAIN)
        # a running head is known by standing there more than once
        heads = collections.Counter(
            re.sub(r"[^a-z\x80-\uffff]", "", line.lower())
            for line in re.split("[\r\n]", text))
        off = ("spacing",) if any(
            heads[head] > 1 for head in heads if len(head) > 1) else ()
        once = clean(db, text, off)
        assert clean(db, once, off) == once, text
        # neither letters nor figures are lost, but those of furniture
        spaced = clean(db, text, ("spacing",))
        assert words(spaced) == words(text), text


def test_random_texts_of_other_encodings(encoded_db):
    rng = random.Random(f"encodings-{SEED}")
    for encoding in ("LATIN1", "EUC_JP", "SQL_ASCII"):
        con = encoded_db(encoding)
        kept = []
        for part in PARTS:
            try:
                con.execute("SELECT %s::text", [part])
                kept.append(part)
            except psycopg.Error:
                assert encoding != "SQL_ASCII"
        for _ in range(500):
            text = random_text(rng, kept)
            given = clean(con, text)
            assert con.execute("SELECT octet_length(%s::text) <= "
                               "octet_length(%s::text)",
                               [given, text]).fetchone()[0], text


def typed(rng, paragraphs):
    """Paragraphs as typed with double spacing, with pages and divided
    words."""
    lines = []
    for paragraph in paragraphs:
        line = "    "
        for word in paragraph.split():
            if len(line) + len(word) < 62:
                line += " " + word
                continue
            # not into words
            if rng.random() < .3 and re.fullmatch("[a-z]{7,}", word):
                lines.append(f"{line} {word[:3]}-")
                word = word[3:]
            else:
                lines.append(line)
            line = word
        lines.append(line)
    for at in range(len(lines) // 23 * 23, 0, -23):
        lines[at:at] = [f"{'-':>25} {at // 23 + 1} -",
                        "SMITH v. JONES, No. 12-345"]
    return "\n\n".join(lines)


def test_double_spaced_news(db):
    """What stands in one sentence of news that is typed so is found there."""
    rng = random.Random(f"typed-{SEED}")
    bodies = [line.decode().rstrip("\n").split("\t")[4].replace("\\n", "\n")
              for line in sample("reuters_dev.copy.gz")]
    pairs = raw = cleaned = 0
    for body in rng.sample([b for b in bodies if len(b) > 1500], 60):
        paragraphs = [" ".join(p.split())
                      for p in re.split(r"\n\s{4,}|\n\s*\n", body)]
        paragraphs = [p for p in paragraphs if re.search(r"[a-z][.]$", p)]
        text = typed(rng, paragraphs)
        for _ in range(6 if paragraphs else 0):
            words = re.findall("[A-Za-z]+", rng.choice(paragraphs))
            given, was, now = db.execute(
                "SELECT d @~ q, t @~ q, bi_clean(t) @~ q FROM (SELECT "
                "%s::text, %s::text, websearch_to_bi_query(%s) OFFSET 0) "
                "AS made(d, t, q)", ["\n\n".join(paragraphs), text, '"%s" /s '
                                     '"%s"' % (*rng.sample(words, 2),)]
            ).fetchone()
            if given:
                pairs += 1
                raw += was
                cleaned += now
    print(pairs, raw, cleaned)
    assert pairs > 50 and raw < 0.8 * pairs and cleaned > 0.95 * pairs


# what takes time out of proportion where care is not taken
HOSTILE = ("<", "&", "-", "a-\nb", "a-b ", "<a b=\"", "<a b=\"x\" c=\"",
           "<a b='<a c=\" ", "<a b='\"", "a\n\n", "a\n\n12\n\n", "&amp;",
           "<script>", "<script><script></script ", "<!--", "<![CDATA[",
           "]]>", "<foo>", "</a", "<!a", "<?a", "a-    \n", "é\u00ad\nè",
           "é", "é\n\nè.\n\n", "&#8217;", "&#", "保険-\n", "<sup>12", "<rt>a",
           ". \n\na", " ", "\n", "\f", "<br>", "<p> ")


@pytest.mark.parametrize("part", HOSTILE)
def test_time_is_in_proportion(db, part):
    """A text of 16 times the length takes about 16 times as long."""
    def took(size):
        db.execute("CREATE TEMP TABLE IF NOT EXISTS hostile (x text)")
        db.execute("TRUNCATE hostile")
        db.execute("INSERT INTO hostile SELECT repeat(%s, %s)",
                   [part, size // len(part.encode())])
        return min(processor_time(db) for _ in range(2))

    def processor_time(con):
        pid = con.info.backend_pid
        before = ticks(pid)
        con.execute("SELECT octet_length(bi_clean(x)) FROM hostile")
        return ticks(pid) - before

    small, large = took(1 << 17), took(1 << 21)
    # a tick is 10 ms; what is quadratic takes 256 times as long
    assert large <= 60 * (small + 1), (small, large)


def ticks(pid):
    """Processor time of a process, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("part", ["a line that is typed so\n\n", "<a b=\"",
                                  "a-\nb-c ", "<p>&eacute;"])
def test_cancel(server, database, part):
    with server.connect(database) as con:
        con.execute("CREATE TEMP TABLE long (x text)")
        con.execute("INSERT INTO long SELECT repeat(%s, %s)",
                    [part, (32 << 20) // len(part)])
        timer = threading.Timer(0.3, con.cancel)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            con.execute("SELECT octet_length(bi_clean(x || x)), "
                        "octet_length(bi_clean(x || x || x)) FROM long, "
                        "generate_series(1, 100)")
        timer.join()
