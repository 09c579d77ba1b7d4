"""bisearch through psycopg, JDBC and node-postgres.

The programs in test/clients print a line for each claim, which is a test
here; psycopg's claims are the tests below.  Each driver's snippet in README
runs as it stands there, on the articles of README's first search, and prints
what its comments "--> " say.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading

import psycopg
import pytest
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from psycopg.types import TypeInfo

from conftest import TOP
from test_readme import README, blocks, statements

CLIENTS = TOP / "test" / "clients"
SEARCHES = CLIENTS / "searches.txt"
JDBC = "/usr/share/java/postgresql.jar"
FOUND = "SELECT id FROM articles WHERE tsv @~ {} ORDER BY id"
PHRASE = [50, 100, 150, 200]


def tool(name, packages):
    path = shutil.which(name)
    assert path, (f"{name} is not installed; test/packages test installs it "
                  f"(Debian: {packages})")
    return path


class Forwarder:
    """A TCP port on this machine that leads to the server's Unix socket:
    JDBC knows no other way in, and the server listens on nothing else."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(one, other),
                                 daemon=True).start()

    @staticmethod
    def copy(one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


@pytest.fixture(scope="module")
def forwarder(server):
    forwarder = Forwarder(f"{server.socket}/.s.PGSQL.5432")
    yield forwarder
    forwarder.close()


@pytest.fixture(scope="module")
def articles(server):
    """A database with 200 articles."""
    server.create_database("drivers")
    with server.connect("drivers") as con:
        con.execute("""
            CREATE TABLE articles (id int PRIMARY KEY, tsv tsvector);
            INSERT INTO articles SELECT n, bi_tsvector('Report ' || n,
                'word' || n || CASE n % 50 WHEN 0 THEN ' hurricane loss'
                    WHEN 1 THEN ' loss hurricane' ELSE '' END)
                FROM generate_series(1, 200) AS n;
            CREATE INDEX ON articles USING gin (tsv);
            ANALYZE articles""")
    yield "drivers"
    server.drop_database("drivers")


@pytest.fixture(scope="module")
def node_modules():
    """A directory with what package.json names, installed from npm once for
    each version of that file."""
    npm = tool("npm", "nodejs npm")
    package = CLIENTS / "package.json"
    directory = TOP / "tmp" / "clients" / \
        hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    if not (directory / "done").exists():
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, directory)
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--no-package-lock",
             "--ignore-scripts", "--fetch-timeout=20000",
             "--fetch-retries=1", "--prefix", str(directory)],
            text=True, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            pytest.fail("npm could not install node-postgres, which needs its "
                        f"registry:\n{done.stderr[:1000]}", pytrace=False)
        (directory / "done").touch()
    return directory


def run(command, server, dbname, **options):
    """Run a client program; gives its output."""
    environment = server.environment()
    environment.update(PGDATABASE=dbname, PGCLIENTENCODING="UTF8",
                       PYTHONIOENCODING="UTF-8", PYTHONUTF8="1")
    done = subprocess.run(
        command, env=environment, timeout=3000, encoding="utf-8",
        stdin=subprocess.DEVNULL, capture_output=True, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def java(program, *arguments):
    """The command that runs a program of one file."""
    assert os.path.exists(JDBC), \
        f"{JDBC} is missing (Debian: libpostgresql-jdbc-java)"
    return [tool("java", "default-jdk-headless"), "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", "-cp", JDBC,
            str(program), *arguments]


def jdbc_url(forwarder, dbname):
    return f"jdbc:postgresql://127.0.0.1:{forwarder.port}/{dbname}" \
        "?user=postgres"


def node(program, directory, *arguments):
    """The command that runs a module beside its packages."""
    copy = directory / program.name
    shutil.copy(program, copy)
    return [tool("node", "nodejs"), str(copy), *arguments]


def results(output):
    """What a program said: the reason why not for each claim, or None."""
    said = {}
    for line in output.splitlines():
        if found := re.match(r"(not )?ok (.*)", line):
            name = found.group(2)
            said[name] = "" if found.group(1) else None
        elif line.startswith("# "):
            said[name] += line[2:] + "\n"
    return said


def judge(said, claim):
    reason = said.get(claim, "did not run")
    if reason is not None:
        pytest.fail(reason, pytrace=False)


def claims(program):
    """The claims that a program makes, without running it."""
    text = (CLIENTS / program).read_text(encoding="utf-8")
    return re.findall(r"^\s*(?:await )?claim\([\"'](.*?)[\"'],", text, re.M)


@pytest.fixture(scope="module")
def jdbc_results(server, articles, forwarder):
    return results(run(java(CLIENTS / "Client.java",
                            jdbc_url(forwarder, articles), str(SEARCHES)),
                       server, articles))


@pytest.fixture(scope="module")
def node_results(server, articles, node_modules):
    return results(run(node(CLIENTS / "client.mjs", node_modules,
                            str(SEARCHES)), server, articles))


@pytest.mark.parametrize("claim", claims("Client.java"))
def test_jdbc(jdbc_results, claim):
    judge(jdbc_results, claim)


@pytest.mark.parametrize("claim", claims("client.mjs"))
def test_node(node_results, claim):
    judge(node_results, claim)


# psycopg

SAVED = SEARCHES.read_text(encoding="utf-8").split("\n")


class Search(str):
    """A search as applications may type it."""


class SearchDumper(Dumper):
    def dump(self, obj):
        return obj.encode()


class SearchBinaryDumper(SearchDumper):
    format = Format.BINARY

    def dump(self, obj):
        return b"\1" + obj.encode()


class SearchLoader(Loader):
    def load(self, data):
        return Search(bytes(data).decode())


class SearchBinaryLoader(Loader):
    format = Format.BINARY

    def load(self, data):
        data = bytes(data)
        assert data[0] == 1
        return Search(data[1:].decode())


@pytest.fixture
def con(server, articles):
    """A connection that knows the type no more than by default."""
    with server.connect(articles) as con:
        yield con


@pytest.fixture
def adapted(con):
    """A connection with the classes above for bi_query."""
    info = TypeInfo.fetch(con, "bi_query")
    info.register(con)
    for dumper in (SearchBinaryDumper, SearchDumper):
        kind = type(dumper.__name__, (dumper,), {"oid": info.oid})
        con.adapters.register_dumper(Search, kind)
    con.adapters.register_loader(info.oid, SearchLoader)
    con.adapters.register_loader(info.oid, SearchBinaryLoader)
    return con


def found(con, search, placeholder="%s", **options):
    return [row[0] for row in con.execute(FOUND.format(placeholder),
                                          [search], **options)]


def value(con, sql, *parameters, **options):
    return con.execute("SELECT " + sql, parameters, **options).fetchone()[0]


def refused(con, sql, *parameters, **options):
    with pytest.raises(psycopg.Error) as raised:
        con.execute(sql, parameters, **options)
    return raised.value


def test_psycopg_text_parameter(con):
    assert found(con, '"hurricane loss"') == PHRASE
    assert found(con, "title:9 | title:11") == [9, 11]
    assert found(con, "") == []
    for call in ("%s::text::bi_query", "to_bi_query(%s)", "%s::bi_query",
                 "websearch_to_bi_query(%s)", "%b::bi_query",
                 "to_bi_query(%b)"):
        assert found(con, '"hurricane loss"', call) == PHRASE, call


@pytest.mark.parametrize("placeholder", ["%s", "%t", "%b"])
def test_psycopg_own_class(adapted, placeholder):
    assert found(adapted, Search('"hurricane loss"'), placeholder) == PHRASE
    assert value(adapted, f"pg_typeof({placeholder})::text",
                 Search("a")) == "bi_query"


def test_psycopg_null_parameter(adapted):
    for placeholder in ("%s", "%b"):
        assert found(adapted, None, placeholder) == []
        assert value(adapted, f"{placeholder}::bi_query", None,
                     binary=placeholder == "%b") is None


@pytest.mark.parametrize("placeholder", ["%s", "%b"])
def test_psycopg_prepared(adapted, placeholder):
    """Through custom and generic plans."""
    for n in range(1, 21):
        search = f'"word{n} hurricane"' if n % 3 == 0 else f"title:{n}"
        assert found(adapted, Search(search), placeholder, prepare=True) == \
            ([] if n % 3 == 0 else [n])
    assert adapted.execute(
        "SELECT generic_plans > 0, parameter_types::text "
        "FROM pg_prepared_statements WHERE statement LIKE '%%@~ $1%%'",
        []).fetchone() == (True, "{bi_query}")


def test_psycopg_server_side_cursor(con):
    with con.transaction(), con.cursor("searching", scrollable=True) as cur:
        cur.execute(FOUND.format("%s"), ["word*"])
        assert cur.fetchmany(7)[-1] == (7,)
        cur.scroll(-1)
        assert cur.fetchone() == (7,)
        assert len(cur.fetchall()) == 193


def test_psycopg_results(con):
    assert value(con, "'a and b'::bi_query") == "a & b"
    assert value(con, "'a and b'::bi_query", binary=True) == b"\1a & b"


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_saved_searches(adapted, binary):
    """They come back byte for byte, and go in again unchanged."""
    adapted.execute("CREATE TEMP TABLE saved (n int, q bi_query)")
    adapted.cursor().executemany(
        "INSERT INTO saved VALUES (%s, %b)" if binary else
        "INSERT INTO saved VALUES (%s, %t)",
        [(n, Search(search)) for n, search in enumerate(SAVED)])
    rows = adapted.execute("SELECT q, q::text, n FROM saved ORDER BY n",
                           binary=binary).fetchall()
    assert len(rows) == len(SAVED)
    for read, printed, n in rows:
        assert isinstance(read, Search) and read == printed
        for again in ("%s", "%b"):
            assert adapted.execute(
                f"SELECT q = {again} AND q::text = {again}::text "
                "FROM saved WHERE n = %s", [read, read, n]).fetchone()[0]


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_arrays(adapted, binary):
    mark = "%b" if binary else "%t"
    some = [Search("title:7"), Search('"hurricane loss"'), None,
            Search("title:50")]
    assert [row[0] for row in adapted.execute(
        f"SELECT DISTINCT id FROM unnest({mark}) AS q "
        "JOIN articles ON tsv @~ q ORDER BY id", [some])] == [7] + PHRASE
    assert value(adapted, "count(*) FROM articles "
                 f"WHERE tsv @~ ANY ({mark})", some[:2]) == 5
    sent = [Search(search) for search in SAVED] + [None]
    got = value(adapted, mark, sent, binary=binary)
    assert got == [search and value(adapted, "%s::text", search)
                   for search in sent[:-1]] + [None]
    assert value(adapted, mark, got, binary=binary) == got
    assert value(adapted, f"{mark} = {mark}", sent, got)
    assert value(adapted, f"{mark}::bi_query[]", [], binary=binary) == []


def test_psycopg_array_of_strings(con):
    TypeInfo.fetch(con, "bi_query").register(con)
    assert value(con, "%s::bi_query[]", ['a and "b, c"', "\\-5"]) == \
        ['a & "b, c"', "\\-5"]


def test_psycopg_array_read_as_strings(con):
    """Without knowing the type."""
    assert value(con, "%s::bi_query[]::text[]", ['a and "b, c"', None]) == \
        ['a & "b, c"', None]


@pytest.mark.parametrize("sql", [
    "SELECT %s::bi_query", "SELECT to_bi_query(%s)", "SELECT %b::bi_query",
    FOUND.format("%s")])
def test_psycopg_error_fields(con, sql):
    error = refused(con, sql, "été AND (cat")
    assert isinstance(error, psycopg.errors.SyntaxError)
    said = error.diag
    assert (said.sqlstate, said.severity_nonlocalized) == ("42601", "ERROR")
    assert said.message_primary == \
        'syntax error in bi_query: "été AND (cat"'
    assert said.message_detail == "At position 9: parenthesis is not closed."
    assert said.message_hint == "Try: été & cat"
    assert (said.internal_position, said.internal_query) == \
        ("9", "été AND (cat")
    assert said.statement_position is None


def test_psycopg_position_of_a_literal(con):
    said = refused(con, "SELECT 1, 'cat AND'::bi_query").diag
    assert (said.statement_position, said.internal_position) == ("11", "5")


@pytest.mark.parametrize("kind, search", [
    ("UndefinedObject", b"\1{nope} cat"),
    ("ProgramLimitExceeded", b"\1" + b"a" * 2047),
    ("InvalidBinaryRepresentation", b"\2cat"),
    ("InvalidBinaryRepresentation", b""),
    ("SyntaxError", b"\1cat AND"),
    ("CharacterNotInRepertoire", b"\1a\0b"),
    ("CharacterNotInRepertoire", b"\1\xff")])
def test_psycopg_errors_of_binary_values(con, kind, search):
    """Sent as they are, by COPY."""
    con.execute("CREATE TEMP TABLE saved (q bi_query)")
    stream = b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1" + \
        len(search).to_bytes(4, "big") + search + b"\xff\xff"
    with pytest.raises(getattr(psycopg.errors, kind)):
        with con.cursor().copy("COPY saved FROM STDIN (FORMAT binary)") as c:
            c.write(stream)
    assert value(con, "count(*) FROM saved") == 0


def test_psycopg_error_leaves_the_session(con):
    with con.transaction():
        with pytest.raises(psycopg.errors.SyntaxError), con.transaction():
            found(con, "cat AND")
        assert found(con, "title:9") == [9]


@pytest.mark.parametrize("text", [
    "'; DROP TABLE articles; --", "' OR 'a'='a", "\\", "\\'", "$1x", "%s",
    "E'\\x27'", '"', "\u202e", "\ufeff", "?", "\n\r\t", "{}",
    "a" * 100000], ids=lambda text: ascii(text)[:12])
def test_psycopg_hostile_text(con, text):
    """It is only text."""
    assert found(con, text, "websearch_to_bi_query(%s)") == []
    for mark in ("%s", "%b"):
        printed = value(con, f"plainto_bi_query({mark})", text[:2000])
        assert value(con, f"{mark}::bi_query", printed) == printed


def test_psycopg_nul_and_half_surrogates(con):
    """The driver refuses what is no text."""
    for text, kind in (("cat\0dog", psycopg.DataError),
                       ("cat\ud83d", UnicodeEncodeError)):
        with pytest.raises(kind):
            value(con, "websearch_to_bi_query(%s)", text)


def test_psycopg_executemany(con):
    con.execute("CREATE TEMP TABLE saved (n int, q bi_query)")
    con.cursor().executemany(
        "INSERT INTO saved VALUES (%s, %s)",
        [(n, f'word{n} AND NOT "a b"') for n in range(500)])
    assert value(con, "count(*) FROM saved WHERE "
                 "q::text = 'word' || n || ' & !\"a b\"'") == 500
    with pytest.raises(psycopg.errors.SyntaxError) as raised, \
            con.transaction():
        con.cursor().executemany("INSERT INTO saved VALUES (%s, %s)",
                                 [(1, "cat"), (2, "cat AND"), (3, "dog")])
    assert raised.value.diag.message_hint == "Try: cat"
    assert value(con, "count(*) FROM saved") == 500


@pytest.mark.parametrize("options", ["", " (FORMAT binary)"])
def test_psycopg_copy(adapted, options):
    adapted.execute("CREATE TEMP TABLE saved (n int4, q bi_query)")
    rows = [(n, Search(search)) for n, search in enumerate(SAVED)]
    rows.append((len(rows), None))
    with adapted.cursor().copy(f"COPY saved FROM STDIN{options}") as copy:
        copy.set_types(["int4", "bi_query"])
        for row in rows:
            copy.write_row(row)
    with adapted.cursor().copy(f"COPY saved TO STDOUT{options}") as copy:
        copy.set_types(["int4", "bi_query"])
        got = list(copy.rows())
    assert got == [(n, search and value(adapted, "%s::text", search))
                   for n, search in rows]


# README

def snippet(language):
    """The one block in a language, and the lines it is said to print."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    assert len(found) == 1
    return found[0], re.findall(r"(?:#|//) --> (.*)", found[0])


@pytest.fixture
def readme_database(server):
    """README's first search, up to where the drivers are."""
    server.drop_database("readme_drivers")
    with server.connect() as con:
        con.execute("CREATE DATABASE readme_drivers TEMPLATE template0 "
                    "ENCODING 'UTF8'")
    with server.connect("readme_drivers") as con:
        for _, text in list(blocks())[:2]:
            for statement, _ in statements(text):
                con.execute(statement)
    yield "readme_drivers"
    server.drop_database("readme_drivers")


@pytest.mark.parametrize("language", ["python", "java", "js"])
def test_readme(server, readme_database, tmp_path, language, request):
    text, expected = snippet(language)
    program = tmp_path / {"python": "search.py", "java": "Search.java",
                          "js": "search.mjs"}[language]
    program.write_text(text, encoding="utf-8")
    if language == "python":
        command = ["/usr/bin/python3", str(program)]
    elif language == "java":
        url = jdbc_url(request.getfixturevalue("forwarder"), readme_database)
        command = java(program, url)
    else:
        command = node(program, request.getfixturevalue("node_modules"))
    assert expected
    assert run(command, server, readme_database).splitlines() == expected
