"""Fixtures shared by the tests written in Python.

One private server (test/server) serves a whole run.  Set BISEARCH_TEST_DIR
to the directory of one that is running already to use that and leave it
alone; without it a server is made under /tmp and removed at the end.  Both
need bisearch.so built.

BISEARCH_DATA names the directory of the sample data (articles of Reuters
and in many languages), by default ../shared/data beside the project; where it
is absent, test/newswire.py's articles stand in for them, and tests that need
those very ones are skipped.
"""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

import newswire

# Variables that tell libpq, psql or a server something else than the tests
for name in list(os.environ):
    if name.startswith("PG") and name != "PG_CONFIG" or name == "LANGUAGE":
        del os.environ[name]
os.environ["LC_ALL"] = "C.UTF-8"

TOP = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BISEARCH_DATA") or TOP / ".." / "shared" / "data")

ENCODINGS = ("UTF8", "LATIN1", "EUC_JP", "SQL_ASCII")


class Server:
    """A running private server and the ways to reach it."""

    def __init__(self, directory):
        self.dir = Path(directory)
        self.socket = str(self.dir / "socket")
        self.bindir = (self.dir / "bindir").read_text().strip()

    def connect(self, dbname="postgres", **options):
        """An autocommit connection; text comes and goes as UTF-8."""
        options.setdefault("client_encoding", "UTF8")
        return psycopg.connect(host=self.socket, port=5432, user="postgres",
                               dbname=dbname, autocommit=True, **options)

    def exists(self, dbname):
        with self.connect() as con:
            return con.execute("SELECT 1 FROM pg_database WHERE datname = %s",
                               [dbname]).fetchone() is not None

    def drop_database(self, name):
        with self.connect() as con:
            con.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def create_database(self, name, encoding="UTF8", locale="C"):
        """Make a database with the extension, replacing any of that name."""
        self.drop_database(name)
        with self.connect() as con:
            con.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 '
                        f"ENCODING '{encoding}' LOCALE '{locale}'")
        with self.connect(name) as con:
            con.execute("CREATE EXTENSION bisearch")
        return name

    def environment(self):
        """What a client program needs in its environment."""
        env = dict(os.environ)
        env.update(PATH=self.bindir + os.pathsep + env.get("PATH", ""),
                   PGHOST=self.socket, PGPORT="5432", PGUSER="postgres",
                   PGDATABASE="postgres")
        return env

    def psql(self, sql, dbname="postgres"):
        """Run statements in psql; gives its output without decoration."""
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", dbname, "-f", "-"],
            input=sql, env=self.environment(), text=True,
            capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def build(self):
        """Identifies the build of the extension the server holds."""
        digest = hashlib.sha256()
        for path in sorted((self.dir / "pg").rglob("*bisearch*")):
            if path.is_file():
                digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def tool(command, directory):
    subprocess.run([str(TOP / "test" / "server"), command, str(directory)],
                   check=True, stdin=subprocess.DEVNULL)


def is_running(directory):
    return (Path(directory) / "data" / "postmaster.pid").exists() and \
        any((Path(directory) / "socket").glob(".s.PGSQL.*"))


@pytest.fixture(scope="session")
def server():
    """A private server with this build of the extension."""
    given = os.environ.get("BISEARCH_TEST_DIR")
    if given and is_running(given):
        yield Server(given)
        return
    if not (TOP / "bisearch.so").exists():
        pytest.exit("bisearch.so is not built: run make first", returncode=2)
    directory = tempfile.mkdtemp(prefix="bi.", dir="/tmp")
    os.chmod(directory, 0o755)
    try:
        tool("install", directory)
        tool("start", directory)
        yield Server(directory)
    finally:
        tool("remove", directory)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def database(server):
    """Name of a fresh UTF8 database with the extension."""
    name = f"t{os.getpid()}"
    server.create_database(name)
    yield name
    server.drop_database(name)


@pytest.fixture
def db(server, database):
    """A new autocommit connection to the run's UTF8 database."""
    with server.connect(database) as con:
        yield con


@pytest.fixture(scope="session")
def encoded_database(server):
    """Gives, for an encoding, the name of a database that has it."""
    made = {}

    def get(encoding):
        if encoding not in made:
            name = f"t{os.getpid()}_{encoding.lower()}"
            made[encoding] = server.create_database(name, encoding)
        return made[encoding]

    yield get
    for name in made.values():
        server.drop_database(name)


@pytest.fixture
def encoded_db(server, encoded_database):
    """Gives, for an encoding, a connection to a database that has it."""
    opened = []

    def get(encoding, **options):
        con = server.connect(encoded_database(encoding), **options)
        opened.append(con)
        return con

    yield get
    for con in opened:
        con.close()


def index_copy(con, table):
    """Make {table}_bis, with the articles' tsvectors and an index of our
    own access method, that has seen all it can: a segment of CREATE INDEX,
    some of inserts, merges, dead articles and a pending list."""
    con.execute(f"CREATE TABLE {table}_bis AS SELECT id, tsv FROM {table} "
                "WHERE id % 3 = 0")
    con.execute(f"ALTER TABLE {table}_bis ADD PRIMARY KEY (id)")
    con.execute(f"CREATE INDEX {table}_bis_tsv ON {table}_bis "
                "USING bisearch (tsv)")
    con.execute(f"INSERT INTO {table}_bis SELECT id, tsv FROM {table} "
                "WHERE id % 3 = 1")
    con.execute(f"INSERT INTO {table}_bis SELECT -id, tsv FROM {table} "
                "WHERE id % 5 = 0")
    con.execute(f"DELETE FROM {table}_bis WHERE id < 0")
    con.execute(f"VACUUM {table}_bis")
    con.execute(f"INSERT INTO {table}_bis SELECT id, tsv FROM {table} "
                "WHERE id % 3 = 2")
    con.execute(f"UPDATE {table}_bis SET tsv = tsv || '' WHERE id % 7 = 0")
    con.execute(f"ANALYZE {table}_bis")


def sample(file):
    """Lines of a file of the sample data, as COPY reads them, or of the
    articles that stand in for it."""
    if (DATA / file).exists():
        with gzip.open(DATA / file) as lines:
            yield from lines
    else:
        yield from newswire.copy_lines(newswire.INSTEAD[file]())


@pytest.fixture
def very_articles():
    """For a test that knows what is in the sample articles."""
    for file in newswire.INSTEAD:
        if not (DATA / file).exists():
            pytest.skip(f"needs the articles of {file}")


def pytest_terminal_summary(terminalreporter):
    missing = [file for file in newswire.INSTEAD if not (DATA / file).exists()]
    if missing:
        terminalreporter.write_line(
            f"not in {DATA}: {', '.join(missing)}; test/newswire.py's "
            "articles stood in")


def load(server, name, table, columns, file):
    """Make database name with one table of articles, unless it is there
    from this very build with these very articles."""
    build = f"{server.build()} {(DATA / file).exists()}"
    if server.exists(name):
        with server.connect(name) as con:
            mark = con.execute(
                "SELECT shobj_description(oid, 'pg_database') "
                "FROM pg_database WHERE datname = %s", [name]).fetchone()[0]
        if mark == build:
            return name
    server.create_database(name)
    names = ", ".join(re.findall(r"(\w+) [a-z]+", columns))
    with server.connect(name) as con:
        con.execute(f"CREATE TABLE {table} ({columns}, tsv tsvector "
                    "GENERATED ALWAYS AS (bi_tsvector(headline, body)) STORED)")
        with con.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for line in sample(file):
                copy.write(line)
        con.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
        con.execute(f"CREATE INDEX {table}_tsv ON {table} USING gin (tsv)")
        con.execute(f"VACUUM ANALYZE {table}")
        index_copy(con, table)
        con.execute(f"COMMENT ON DATABASE {name} IS '{build}'")
    return name


@pytest.fixture(scope="session")
def reuters_database(server):
    """Database reuters: articles(id, pub_date, topic, headline, body, tsv)."""
    return load(server, "reuters", "articles",
                "id integer, pub_date timestamp, topic text, "
                "headline text, body text", "reuters_dev.copy.gz")


@pytest.fixture
def reuters(server, reuters_database):
    """A connection to 15,000 articles of news: Reuters', or like them."""
    with server.connect(reuters_database) as con:
        yield con


@pytest.fixture(scope="session")
def multilingual_database(server):
    """Database multilingual: articles_ml(id, lang, ..., tsv)."""
    return load(server, "multilingual", "articles_ml",
                "id integer, lang text, pub_date timestamp, source text, "
                "headline text, body text", "multilingual_sample.copy.gz")


@pytest.fixture
def multilingual(server, multilingual_database):
    """A connection to the sample of 13 languages."""
    with server.connect(multilingual_database) as con:
        yield con
