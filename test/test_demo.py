"""The demonstration: reading people's files, and the whole of it."""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from conftest import TOP

sys.path.insert(0, str(TOP / "demo"))
import articles  # noqa: E402
import dates  # noqa: E402
import files  # noqa: E402
import terminal  # noqa: E402


def read(tmp_path, data):
    """Articles and reports of a file with these bytes."""
    path = tmp_path / "a.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    reports = []
    found = list(articles.read_articles(
        str(path), lambda line, text: reports.append((line, text))))
    return found, reports


def test_sample_articles_are_sound():
    reports = []
    path = TOP / "demo" / "articles.csv"
    found = list(articles.read_articles(
        str(path), lambda line, text: reports.append((line, text))))
    assert len(found) >= 64
    assert reports == []
    assert all(a["date"] and a["headline"] and a["body"] for a in found)


def test_columns_in_any_order_and_case(tmp_path):
    found, reports = read(tmp_path, "Body,x,HEADLINE\nb,1,h\n")
    assert [(a["headline"], a["body"], a["date"]) for a in found] == [
        ("h", "b", None)]
    assert reports == []


@pytest.mark.parametrize("names", [
    "title,text,author,published,lead",
    "Headline,Content,Authors,Publish_Date,Abstract",
    "TITLE,full_text,creator,created_at,Description",
    "title,article,dc:creator,pubDate,excerpt",
    "Title,Full Text,By,Publication Date,Summary",
    "headline_text,articleBody,writer,datePublished,standfirst",
    "title,content:encoded,author,dc:date,description",
])
def test_names_of_columns(tmp_path, names):
    found, reports = read(tmp_path, names + "\nh,b,a,2026-01-31,s\n")
    found[0].pop("line")
    found[0]["date"] = str(found[0]["date"])
    assert found == [{"headline": "h", "body": "b", "byline": "a",
                      "date": "2026-01-31", "summary": "s"}]
    assert reports == []


def test_of_several_columns_the_best_is_taken(tmp_path):
    found, reports = read(tmp_path, "id,updated_at,published,text,content,title"
                          "\n1,2026-02-01,2026-01-31,t,c,h\n")
    assert found[0]["body"] == "c" and str(found[0]["date"]) == "2026-01-31"
    assert [line for line, _ in reports] == [0, 0]
    assert any("column content, not from text" in text for _, text in reports)


def test_no_headline_and_no_body(tmp_path):
    found, reports = read(tmp_path, "text\nThe storm, \n", )
    assert found == [] and "left out: 2 fields" in reports[1][1]
    found, reports = read(tmp_path, "id;text\n1;The storm\n")
    assert (found[0]["headline"], found[0]["body"]) == (None, "The storm")
    assert len(reports) == 1 and "without one" in reports[0][1]
    found, reports = read(tmp_path, "title,description\nh,The storm\n")
    assert found[0]["body"] == "The storm" and "description" in reports[0][1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("said", [False, True])
def test_delimiters(tmp_path, delimiter, said):
    text = "headline,body\nh,b\n".replace(",", delimiter)
    found, reports = read(tmp_path, f"sep={delimiter}\r\n" * said + text)
    assert found[0]["headline"] == "h" and found[0]["body"] == "b"
    assert found[0]["line"] == 2 + said and reports == []


def test_what_a_spreadsheet_says_goes_before_what_it_looks_like(tmp_path):
    found, _ = read(tmp_path, "\ufeffsep=;\nheadline,x,y;body\nh;b\n")
    assert [(a["headline"], a["body"]) for a in found] == [(None, "b")]


def test_byte_order_mark_and_line_ends(tmp_path):
    found, reports = read(
        tmp_path, b'\xef\xbb\xbfheadline,body\r\nh,"one\r\ntwo ""x"""\r\n')
    assert found[0]["headline"] == "h"
    assert found[0]["body"] == 'one\ntwo "x"'
    assert reports == []


def test_aliases_and_dates(tmp_path):
    found, reports = read(
        tmp_path, "title,text,published\na,b,2025-01-31\nc,d,31.1.2025\n"
        "e,f,2025-01-31T10:00:00Z\ng,h,soon\ni,j,\n")
    assert [str(a["date"]) for a in found] == ["2025-01-31"] * 3 + ["None"] * 2
    assert [line for line, _ in reports] == [5]


@pytest.mark.parametrize("text", [
    "2024-01-31", "2024/01/31", "2024.01.31", "2024-1-31", "20240131",
    "20240131T130000Z", "20240131130000", "2024-01-31 13:00",
    "2024-01-31 13:00:00 UTC", "2024-01-31T13:00:00+01:00",
    "2024-01-31T13:00:00.123Z", "2024-01-31 13:00:00.000 +0000 UTC",
    "Wed, 31 Jan 2024 13:00:00 GMT", "Wed, 31 Jan 2024 13:00:00 +0100",
    "31 Jan 2024", "31-Jan-2024", "31-Jan-24", "Wednesday, 31 January 2024",
    "January 31, 2024", "Jan 31, 2024", "Jan. 31, 2024 1:00 pm",
    "January 31st, 2024", "JANUARY 31 2024", "Wed, January 31, 2024",
    "31st January 2024", "Wednesday January 31, 2024 13:00", "31.01.2024",
    "31.1.2024 13:00", "31.1.24", "31. Januar 2024", "Mittwoch, 31. Jan. 2024",
    "31 janvier 2024", "31 de enero de 2024", "31 gennaio 2024",
    "1/31/2024", "01/31/2024 13:00:00", "1/31/24", "31/01/2024", "31/1/24",
    "31-01-2024", "1706706000", "1706706000000", " 2024-01-31 ",
])
def test_dates(text):
    assert str(dates.read_date(text)) == "2024-01-31"


@pytest.mark.parametrize("text", [
    "", "soon", "2024", "January 2024", "32 January 2024", "2024-02-30",
    "31/31/2024", "Foo 31, 2024", "31 Foo 2024", "2024-01-311", "12:30",
    "1/2/3/4", "99999999", "٣١/٠١/٢٠٢٤x", "²/²/2024"])
def test_no_dates(text):
    assert dates.read_date(text) is None


def test_order_of_day_and_month(tmp_path):
    """What one date of a file leaves open, others tell."""
    def read_dates(*texts):
        found, reports = read(tmp_path, "title,text,date\n" + "".join(
            f"h,b,{text}\n" for text in texts))
        return [str(a["date"]) for a in found], reports

    assert read_dates("3/4/2024", "31/1/2024") == (
        ["2024-04-03", "2024-01-31"], [])
    assert read_dates("3/4/2024", "1/31/2024") == (
        ["2024-03-04", "2024-01-31"], [])
    found, reports = read_dates("3/4/2024", "5/6/2024")
    assert found == ["2024-03-04", "2024-05-06"]
    assert len(reports) == 1 and "read as month/day/year" in reports[0][1]
    assert "3/4/2024" in reports[0][1]


def test_bad_rows_are_named_and_the_rest_is_kept(tmp_path):
    found, reports = read(
        tmp_path,
        b"headline,body\n"
        b"good,1\n"
        b"too,many,fields\n"
        b'"two\nlines",2\n'
        b"few\n"
        b"bad \xff byte,x\n"
        b",\n"
        b'"a"b,x\n'
        b"zero \0,x\n"
        b'"open,x\n'
        b"good,3\n"
        b"\n"
        b"good,4\n")
    assert [a["body"] for a in found] == ["1", "2", "x", "3", "4"]
    assert [line for line, _ in reports] == [0, 3, 6, 7, 9, 11]
    reasons = dict(reports)
    assert reasons[0] == "1 zero byte dropped"
    assert "3 fields instead of 2" in reasons[3]
    assert "UTF-8" in reasons[7]
    assert "never closed" in reasons[11]


def test_stray_quote_costs_one_article(tmp_path):
    found, reports = read(
        tmp_path, 'headline,body\n"stray,x\n"h","b"\n"i","c"\n')
    assert [a["headline"] for a in found] == ["h", "i"]
    assert [line for line, _ in reports] == [2]


def test_row_of_blanks_only_is_no_article(tmp_path):
    found, reports = read(tmp_path, "headline,body,date\n , ,2025-01-01\n")
    assert found == [] and len(reports) == 1


@pytest.mark.parametrize("nothing", ["\\N", "NULL", "null", "None", "nan",
                                     "NaN", "", " "])
def test_what_stands_for_nothing_is_no_headline(tmp_path, nothing):
    found, reports = read(tmp_path, f"headline,body,date\n{nothing},b,"
                          f"{nothing}\nNull and void,\\NO,\n")
    assert [(a["headline"], a["body"]) for a in found] == [
        (None, "b"), ("Null and void", "\\NO")]
    assert reports == []


# packed files, encodings


def test_gzip(tmp_path):
    data = b"headline,body\nh,b\n"
    for packed in (gzip.compress(data),
                   gzip.compress(data[:9]) + gzip.compress(data[9:])):
        found, reports = read(tmp_path, packed)
        assert found[0]["body"] == "b" and reports == []
    with pytest.raises(files.Unusable, match="its end is missing"):
        read(tmp_path, gzip.compress(data)[:-9])
    with pytest.raises(files.Unusable, match="can't be unpacked"):
        read(tmp_path, b"\x1f\x8b\x08\0garbage")


def test_gzip_that_grows_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with pytest.raises(files.Unusable, match="more than 2 GB"):
        read(tmp_path, gzip.compress(b"a" * (4 << 20)))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be",
                                      "utf-32"])
def test_wide_encodings(tmp_path, encoding):
    text = "headline,body\nStörm,“The coast”\n"
    found, reports = read(tmp_path, text.encode(encoding))
    assert (found[0]["headline"], found[0]["body"]) == ("Störm", "“The coast”")
    assert len(reports) == 1 and "is UTF-" in reports[0][1]


def test_windows_1252(tmp_path):
    text = "headline,body\nStörm – “loss”,Café\nh,b\n"
    found, reports = read(tmp_path, text.encode("cp1252"))
    assert found[0]["headline"] == "Störm – “loss”"
    assert found[0]["body"] == "Café" and len(found) == 2
    assert reports == [(0, "the file is not UTF-8; it is read as "
                        "Windows-1252")]


def test_a_row_of_another_encoding_is_left_out(tmp_path):
    found, reports = read(tmp_path, "headline,body\nStörm über München,b\n"
                          .encode() + b"St\xf6rm,c\n")
    assert [a["body"] for a in found] == ["b"]
    assert reports == [(3, "left out: not UTF-8 text")]


def test_zero_bytes_are_counted(tmp_path):
    found, reports = read(tmp_path, b"headline,body\nh\0,b\0\0c\n")
    assert (found[0]["headline"], found[0]["body"]) == ("h", "bc")
    assert reports == [(0, "3 zero bytes dropped")]


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return file.getvalue()


@pytest.mark.parametrize("data, part", [
    (b"", "is empty"),
    (b"sep=;\n", "is empty"),
    (b"headline,text body\nx,y\n", "no column named body"),
    (b"date\n", "no column named headline and none named body"),
    (b"headline,body,body\nx,y,z\n", "two columns are named body"),
    (zipped("[Content_Types].xml", "xl/workbook.xml"),
     "Excel workbook.*CSV UTF-8"),
    (zipped("word/document.xml"), "Word document"),
    (zipped("articles.csv"), "ZIP archive. Unpack it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel or Word"),
    (b"%PDF-1.7", "is a PDF"),
    (b"BZh91AY", "bunzip2"),
    (b"PAR1\x15\x04", "Parquet"),
    (bytes(range(1, 32)) * 30, "is no text"),
    (b"<html><body>x</body></html>", "is a page, not a feed"),
    (b"<!DOCTYPE html>\n<html>", "is a page, not a feed"),
    (b"<x><y/></x>", "no RSS or Atom feed"),
    (b"<rss><channel/></rss>", "no RSS or Atom feed"),
    (b"<rss><channel>", "no XML that can be read"),
    (b"[1, 2]", "no list of objects"),
    (b"{\"a\": 1", "no JSON that can be read"),
    (b"{\"a\": 1}", "no column named headline and none named body"),
    (b"[" * 100000, "JSON"),
])
def test_unusable_files(tmp_path, data, part):
    with pytest.raises(files.Unusable, match=part) as raised:
        read(tmp_path, data)
    assert str(raised.value).isprintable() and len(str(raised.value)) < 600


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(articles.Unusable, match="can't be read"):
        list(articles.read_articles(str(tmp_path / "no.csv"), None))


# JSON


def test_json_lines(tmp_path):
    found, reports = read(tmp_path, "\n".join((
        json.dumps({"title": "h", "content": "b", "authors": ["A", "B"],
                    "publish_date": "2024-01-31", "id": 7, "tags": [1]}),
        "", "{broken", "[1]",
        json.dumps({"content": {"rendered": "<p>c"}, "title": {
            "rendered": "i"}, "publish_date": 1706706000, "authors": [
                {"name": "C"}, None]}),
        json.dumps({"content": None, "title": "j", "authors": None}),
        json.dumps({"title": None, "x": 1}),
        '{"title": "a\\u0000b", "content": "\\ud83d x \\ud83d\\ude00"}')))
    for article in found:
        article["date"] = article["date"] and str(article["date"])
    assert [tuple(a[f] for f in ("line", "headline", "body", "byline", "date"))
            for a in found] == [
        (1, "h", "b", "A, B", "2024-01-31"),
        (5, "i", "<p>c", "C", "2024-01-31"),
        (6, "j", None, None, None),
        (8, "ab", "\ufffd x 😀", None, None)]
    assert [line for line, _ in reports] == [3, 4, 7]
    assert "no JSON" in reports[0][1] and "no object" in reports[1][1]


@pytest.mark.parametrize("value", [
    [{"title": "h", "text": "b"}, {"title": "i", "text": "c"}],
    {"articles": [{"title": "h", "text": "b"}, {"title": "i", "text": "c"}]},
    {"response": {"n": 2, "docs": [{"title": "h", "text": "b"},
                                   {"title": "i", "text": "c"}]}},
])
@pytest.mark.parametrize("indent", [None, 2])
def test_json_lists(tmp_path, value, indent):
    found, reports = read(tmp_path, json.dumps(value, indent=indent))
    assert [(a["headline"], a["body"]) for a in found] == [
        ("h", "b"), ("i", "c")]
    assert reports == []


def test_deep_json(tmp_path):
    deep = '{"title": "h", "text": %s1%s}\n'
    found, reports = read(tmp_path, "".join(
        deep % ("[" * n, "]" * n) for n in (2, 400, 900, 100000)))
    assert found[0]["body"] == "1"
    assert len(found) + len(reports) == 4
    assert all("too deep" in text for _, text in reports) and reports


# feeds

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>News</title><description>All of it</description>
<item><title>Storm &amp; hail</title><media:title>Picture</media:title>
<description>Short &lt;b&gt;one&lt;/b&gt;</description>
<content:encoded><![CDATA[<p>The storm.</p><p>5 < 6</p>]]></content:encoded>
<pubDate>Wed, 31 Jan 2024 13:00:00 GMT</pubDate>
<dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator></item>
<item><description>Only this&nbsp;one</description></item>
</channel></rss>
"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<author><name>Nobody</name></author>
<entry><title type="html">Caf&amp;eacute;</title>
<summary>Short</summary><updated>2024-02-01T00:00:00Z</updated>
<published>2024-01-31T13:00:00Z</published>
<author><name>Ann</name><uri>x</uri></author><author><name>Ben</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The
<b>storm</b> &lt; hail</p></div></content></entry>
<entry><title>Two</title><content type="html">&lt;p&gt;x</content>
<updated>2024-02-01</updated></entry></feed>
"""


def test_rss(tmp_path):
    found, reports = read(tmp_path, RSS)
    assert reports == []
    assert [dict(a, date=str(a["date"])) for a in found] == [
        {"line": 6, "date": "2024-01-31", "headline": "Storm & hail",
         "byline": "Ann, Ben", "summary": "Short <b>one</b>",
         "body": "<p>The storm.</p><p>5 < 6</p>"},
        {"line": 11, "date": "None", "headline": None, "byline": None,
         "summary": None, "body": "Only this\u00a0one"}]


def test_atom(tmp_path):
    found, reports = read(tmp_path, ATOM)
    assert reports == []
    assert [dict(a, date=str(a["date"])) for a in found] == [
        {"line": 3, "date": "2024-01-31", "headline": "Caf&eacute;",
         "byline": "Ann, Ben", "summary": "Short",
         "body": "<div><p>The\n<b>storm</b> &lt; hail</p></div>"},
        {"line": 9, "date": "2024-02-01", "headline": "Two", "byline": None,
         "summary": None, "body": "<p>x"}]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16"])
@pytest.mark.parametrize("declared", [True, False])
def test_encodings_of_feeds(tmp_path, encoding, declared):
    text = RSS.replace("Storm &amp; hail", "Störm").replace(
        '"1.0"?', f'"1.0" encoding="{encoding}"?' if declared else '"1.0"?')
    found, _ = read(tmp_path, text.encode(encoding))
    assert found[0]["headline"] == "Störm"


def test_a_feed_that_breaks_off(tmp_path):
    found, reports = read(tmp_path, RSS[:RSS.index("<item><desc")] + "<item><x")
    assert len(found) == 1
    assert len(reports) == 1 and "all from here on" in reports[0][1]


@pytest.mark.parametrize("declaration, part", [
    ('<!ENTITY a SYSTEM "file:///etc/passwd">', "entities of its own"),
    ('<!ENTITY % a SYSTEM "http://127.0.0.1:1/x">%a;', "entities of its own"),
    ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
     "entities of its own"),
])
def test_feeds_that_attack(tmp_path, declaration, part):
    text = RSS.replace("<rss", f"<!DOCTYPE rss [{declaration}]>\n<rss", 1)
    for body in (text, text.replace("The storm.", "]]>&a;&b;<![CDATA[")):
        with pytest.raises(files.Unusable, match=part):
            read(tmp_path, body)


def test_a_feed_that_names_a_file(tmp_path):
    """An outer DTD is not read, and entities of HTML are known without."""
    (tmp_path / "x.dtd").write_text('<!ENTITY secret "told">')
    text = RSS.replace("<rss", f'<!DOCTYPE rss SYSTEM "{tmp_path}/x.dtd">\n'
                       "<rss", 1).replace("Only this", "&secret;Only &eacute;")
    found, _ = read(tmp_path, text)
    assert found[1]["body"] == "Only é\u00a0one"


def test_a_deep_feed(tmp_path):
    with pytest.raises(files.Unusable, match="too deep"):
        read(tmp_path, "<rss>" + "<a>" * 100000)


def test_terminal_signs_are_not_passed_on():
    assert "\x1b" not in terminal.clean("a\x1b[31mb\x9b")


def test_lines_of_wide_characters_fit():
    for line in terminal.wrap("保険会社" * 60, 4):
        assert terminal.columns(line) <= 78 - 4


# the whole of it, on a server of its own


@pytest.fixture(scope="module")
def demo(server):
    """Runs the demonstration: demo(SEARCH=..., ARTICLES=...)."""
    place = f"/tmp/bi.demo.{os.getpid()}"

    def run(*arguments, **variables):
        env = {k: v for k, v in os.environ.items()
               if k not in ("SEARCH", "ARTICLES", "NO_COLOR")}
        env.update(variables)
        env.setdefault("BISEARCH_DEMO_DIR", place)
        return subprocess.run([str(TOP / "demo" / "demo"), *arguments],
                              env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=3000)

    run.place = place
    yield run
    run("--stop")
    shutil.rmtree(place, ignore_errors=True)


def test_tour(demo):
    done = demo()
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    said = done.stdout
    assert "“workers compensation”\n" in said
    assert "“hurricane” & “loss”\n" in said
    assert "[workers’ compensation]" in said
    assert "After the [hurricane], a [loss] of trust" in said
    assert "[workers] [compensation]" not in said
    assert "Why was that article not found?" in said
    assert "test/server psql" in said and "make demo-stop" in said
    # a fuzzy word, a range of dates, a field of one's own, a pasted search
    assert "[Hurricane] losses push [reinsurance] prices up" in said
    assert "Captive [insurers] flock to Vermont" in said
    assert "-desk:“travel desk”" in said
    assert '"N5" is searched as a word, not read as an operator' in said
    assert '"[tiab]" has no meaning here' in said
    assert "\x1b" not in said
    assert "no article" not in said


# what would send libpq, psql or the server elsewhere, or make them fail
ELSEWHERE = {
    "PGHOST": "nowhere.invalid", "PGHOSTADDR": "192.0.2.1", "PGPORT": "5433",
    "PGDATABASE": "none", "PGUSER": "nobody", "PGPASSWORD": "x",
    "PGPASSFILE": "/none", "PGSERVICE": "none", "PGSERVICEFILE": "/none",
    "PGOPTIONS": "-c search_path=none -c default_transaction_read_only=on",
    "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/none",
    "PGREQUIRESSL": "1", "PGREQUIREPEER": "nobody", "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require", "PGREQUIREAUTH": "scram-sha-256",
    "PGTARGETSESSIONATTRS": "standby", "PGCONNECT_TIMEOUT": "x",
    "PGCLIENTENCODING": "LATIN1", "PGTZ": "Mars/Utopia",
    "PGDATESTYLE": "none", "PGGEQO": "none", "PGAPPNAME": "'",
    "PGDATA": "/none", "PGLOCALEDIR": "/none", "PGSYSCONFDIR": "/none",
    "PG_COLOR": "always", "PGCTLTIMEOUT": "0", "PSQLRC": "/none",
    "PSQL_PAGER": "false", "PAGER": "false", "LANG": "xx_XX.ISO-8859-1",
    "LC_ALL": "xx_XX.ISO-8859-1", "LC_MESSAGES": "xx_XX", "LANGUAGE": "de",
}


def test_variables_that_say_something_else(demo, tmp_path):
    """Neither the making of a server nor a search heeds them, nor does a
    server that runs already, nor stopping it."""
    (tmp_path / "psqlrc").write_text("\\q\n")
    env = dict(ELSEWHERE, BISEARCH_DEMO_DIR=f"{demo.place}.else",
               PSQLRC=str(tmp_path / "psqlrc"))
    try:
        for _ in range(2):
            done = demo(SEARCH="flood NEAR/5 map*", **env)
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stderr == ""
            assert "1 article" in done.stdout
    finally:
        done = demo("--stop", **env)
    assert done.returncode == 0
    assert not os.path.exists(env["BISEARCH_DEMO_DIR"])


def test_a_port_alone(demo):
    place = f"{demo.place}.port"
    try:
        done = demo(SEARCH="hurricane", PGPORT="5433", BISEARCH_DEMO_DIR=place)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        demo("--stop", BISEARCH_DEMO_DIR=place)


def test_tests_do_not_heed_them_either(server, tmp_path):
    """A test of another run, on a server of its own."""
    env = dict(os.environ, **ELSEWHERE)
    env.pop("BISEARCH_TEST_DIR", None)
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
         str(TOP / "test/test_match.py"), "-k", "test_wide_or"],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_tour_a_second_time_says_the_same(demo):
    first, second = demo(), demo()
    assert second.returncode == 0
    assert second.stdout == first.stdout


def test_search(demo):
    done = demo(SEARCH="flood NEAR/5 map*")
    assert done.returncode == 0, done.stderr
    assert "1 article" in done.stdout
    assert "Flood map redrawn for three counties" in \
        done.stdout.replace("[", "").replace("]", "")


def test_marks_are_in_colour_on_a_terminal(demo):
    """A terminal gets colours, and no brackets."""
    reader, writer = os.openpty()
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    env.update(BISEARCH_DEMO_DIR=demo.place, TERM="xterm",
               SEARCH="“workers compensation”")
    said = b""
    with subprocess.Popen([str(TOP / "demo" / "demo")], env=env,
                          stdin=subprocess.DEVNULL, stdout=writer,
                          stderr=subprocess.DEVNULL) as process:
        os.close(writer)
        try:
            while block := os.read(reader, 65536):
                said += block
        except OSError:                 # the other end is closed
            pass
    os.close(reader)
    assert process.returncode == 0
    assert "\x1b[1;33mworkers’ compensation\x1b[0m" in said.decode()
    assert "[workers" not in said.decode()


@pytest.mark.parametrize("search", [
    "it's $(touch x) `y` $HOME %s \\' :x :'x' {y}", "; DROP TABLE articles",
    "a\nb", "台風 & \"損失\"", "-- x",
    pytest.param("é" * 1000, id="long")])
def test_search_is_taken_as_it_is(demo, search):
    done = demo(SEARCH=search)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def test_make_passes_a_search_as_it_is(demo):
    env = dict(os.environ, BISEARCH_DEMO_DIR=demo.place)
    done = subprocess.run(
        ["make", "-s", "-C", str(TOP), "demo", "SEARCH=$5 'hurricane' #x"],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "$5 'hurricane' #x\n" in done.stdout


def test_syntax_error_is_shown_with_its_place(demo):
    done = demo(SEARCH="hurricane AND (loss")
    assert done.returncode == 1
    lines = done.stdout.split("\n")
    at = lines.index("    hurricane AND (loss")
    assert lines[at + 1] == "                  ^"
    assert "Error: " in lines[at + 2]
    assert "Try: hurricane & loss" in done.stdout


def test_search_that_finds_nothing_counts_its_words(demo):
    done = demo(SEARCH="hurricane zeppelin")
    assert done.returncode == 0
    assert "no article" in done.stdout
    assert "0  zeppelin" in done.stdout


def test_search_in_bytes_that_are_no_text(demo):
    done = demo(SEARCH=os.fsdecode(b"a \xff b"))
    assert done.returncode == 1
    assert "not UTF-8" in done.stdout


def test_own_articles(demo, tmp_path):
    path = tmp_path / "own file.csv"
    path.write_text("Body;Headline\n\"the zeppelin\nlands\";One\nbad\n",
                    encoding="utf-8-sig")
    done = demo(ARTICLES=str(path))
    assert done.returncode == 0, done.stderr
    assert "Loaded 1 article from own file.csv; 1 row left out." in done.stdout
    assert "line 4: left out" in done.stderr
    # searches go on in these articles until others are loaded
    assert "the [zeppelin] lands" in demo(SEARCH="zeppelin").stdout
    assert "Loaded" not in demo(SEARCH="zeppelin").stdout


def test_own_feed(demo, tmp_path):
    """Packed, with markup, in the tour."""
    path = tmp_path / "feed.xml.gz"
    path.write_bytes(gzip.compress(RSS.encode()))
    done = demo(ARTICLES=str(path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Loaded 2 articles from feed.xml.gz." in done.stdout
    assert "1 article had tags, entities, divided words" in done.stdout
    assert "No article here has both workers and compensation" in done.stdout
    said = demo(SEARCH="“the storm”").stdout
    assert "2024-01-31 Storm & hail" in said
    assert "[The storm]. 5 < 6" in said and "<p>" not in said


def test_own_windows_text_with_an_endless_article(demo, tmp_path):
    """Remarks say which article it was and what comes of it."""
    path = tmp_path / "own.csv"
    endless = " ".join(f"w{i}" for i in range(320000))
    path.write_bytes("title;text\nStörm;“loss”\n\\N;b\nEndless;".encode(
        "cp1252") + endless.encode() + b"\n")
    done = demo(ARTICLES=str(path))
    assert done.returncode == 0, done.stderr
    assert "Loaded 3 articles from own.csv." in done.stdout
    assert "Note: the file is not UTF-8; it is read as Windows-1252" in \
        done.stderr
    assert "line 4: “Endless”: article is too long" in done.stderr
    assert "these words are not found" in done.stderr
    said = demo(SEARCH="b").stdout
    assert "(no headline)" in said and "\\N" not in said
    assert "Störm" in demo(SEARCH="“loss”").stdout


def test_own_spreadsheet(demo, tmp_path):
    path = tmp_path / "own.xlsx"
    path.write_bytes(zipped("xl/workbook.xml"))
    done = demo(ARTICLES=str(path))
    assert done.returncode == 1
    assert 'Open it and save it as "CSV UTF-8"' in done.stderr


def test_articles_that_cannot_be_loaded(demo, tmp_path):
    done = demo(ARTICLES=str(tmp_path / "none.csv"))
    assert done.returncode == 1
    assert "There is no file" in done.stderr
    path = tmp_path / "empty.csv"
    path.write_text("headline,body\n")
    done = demo(ARTICLES=str(path))
    assert done.returncode == 1
    assert "no article" in done.stderr


def test_stop(demo):
    assert demo("--stop").returncode == 0
    assert not os.path.exists(demo.place)
    done = demo("--stop")
    assert done.returncode == 0
    assert "no demonstration" in done.stdout
