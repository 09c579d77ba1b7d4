"""The demonstration: reading people's CSV files, and the whole of it."""

import os
import shutil
import subprocess
import sys

import pytest

from conftest import TOP

sys.path.insert(0, str(TOP / "demo"))
import articles  # noqa: E402
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


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path, delimiter):
    found, _ = read(tmp_path, "headline,body\nh,b\n".replace(",", delimiter))
    assert found[0]["headline"] == "h" and found[0]["body"] == "b"


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
    assert [a["body"] for a in found] == ["1", "2", "3", "4"]
    assert [line for line, _ in reports] == [3, 6, 7, 9, 10, 11]
    reasons = dict(reports)
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


@pytest.mark.parametrize("data, part", [
    (b"", "is empty"),
    (b"headline,text body\nx,y\n", "no column named body"),
    (b"date\n", "no column named headline and none named body"),
    (b"headline,body,body\nx,y,z\n", "two columns are named body"),
    ("headline,body\n".encode("utf-16"), "UTF-16"),
])
def test_unusable_files(tmp_path, data, part):
    with pytest.raises(articles.Unusable, match=part):
        read(tmp_path, data)


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(articles.Unusable, match="can't be read"):
        list(articles.read_articles(str(tmp_path / "no.csv"), None))


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
