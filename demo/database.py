"""The demonstration's database, through psql and nothing else.

Values travel as psql variables, which psql quotes itself, so any text may be
searched for; results come back as JSON.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

from articles import FIELDS

NAME = "demo"
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SETUP = """
CREATE EXTENSION bisearch;
SELECT bi_create_configuration('news', 'english_stem',
                               fields => 'desk text, date date');
CREATE TABLE articles (
    id integer PRIMARY KEY,
    published date,
    headline text,
    byline text,
    summary text,
    body text,
    tsv tsvector GENERATED ALWAYS AS
        (bi_tsvector(headline, body, summary, byline, 'news') ||
         bi_field('desk', byline) || bi_field('date', published)) STORED
);
CREATE TABLE demo_source (path text, state text);

-- what articles come with that is not text goes before they are stored
CREATE SEQUENCE cleaned;
CREATE FUNCTION clean_article() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given record := NEW;
BEGIN
    NEW.headline := bi_clean(NEW.headline);
    NEW.byline := bi_clean(NEW.byline);
    NEW.summary := bi_clean(NEW.summary);
    NEW.body := bi_clean(NEW.body);
    IF (NEW.headline, NEW.byline, NEW.summary, NEW.body) IS DISTINCT FROM
       (given.headline, given.byline, given.summary, given.body) THEN
        PERFORM nextval('cleaned');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER clean BEFORE INSERT ON articles
    FOR EACH ROW EXECUTE FUNCTION clean_article();
"""

# what the server says while articles come in: a message, details, and where
WARNING = re.compile(r"^WARNING: *(.*)(?:\nDETAIL: *(.*))?(?:\nHINT: .*)?"
                     r"(?:\nCONTEXT: *COPY articles, line (\d+).*)?", re.M)


class Failed(Exception):
    """psql failed; the text is what it said."""


def environment():
    return dict(os.environ, PGCLIENTENCODING="UTF8", PGDATABASE=NAME,
                PGOPTIONS="-c client_min_messages=warning")


def command(database, variables):
    line = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v",
            "SHOW_CONTEXT=always", "-d", database]
    for name, value in variables.items():
        line += ["-v", f"{name}={value}"]
    return line


def run(script, database=NAME, **variables):
    """Run a script with variables; gives what it printed."""
    done = subprocess.run(
        command(database, variables) + ["-f", "-"], input=script.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    if done.returncode != 0:
        raise Failed(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "replace")


def rows(query, **variables):
    """The rows of a query, each a dict."""
    printed = run("SELECT coalesce(json_agg(r), '[]') FROM (\n"
                  f"{query}\n) AS r;\n", **variables)
    return json.loads(printed)


def exists():
    return run("SELECT count(*) FROM pg_database WHERE datname = :'name';",
               database="postgres", name=NAME).strip() == "1"


def fingerprint(path):
    """Changes with the extension's build and with the file of articles."""
    digest = hashlib.sha256()
    script = os.path.join(TOP, "src", "bisearch--1.0.sql")
    readers = [os.path.join(TOP, "demo", name) for name in (
        "database.py", "articles.py", "dates.py", "feeds.py", "files.py")]
    for part in (os.path.join(TOP, "bisearch.so"), script, *readers):
        with open(part, "rb") as file:
            digest.update(file.read())
    there = os.stat(path)
    digest.update(f"{path}|{there.st_size}|{there.st_mtime_ns}".encode(
        "utf-8", "surrogateescape"))
    return digest.hexdigest()


def source():
    """Path and fingerprint of the articles that are loaded, or None."""
    if not exists():
        return None
    try:
        found = rows("SELECT path, state FROM demo_source")
    except Failed:
        return None
    if not found:
        return None
    return urllib.parse.unquote(found[0]["path"], errors="surrogateescape"), \
        found[0]["state"]


def create():
    run("DROP DATABASE IF EXISTS :name WITH (FORCE);\n"
        "CREATE DATABASE :name TEMPLATE template0 ENCODING 'UTF8';",
        database="postgres", name=NAME)
    run(SETUP)


def copy_text(value):
    """A value in the form of COPY."""
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\n", "\\n") \
        .replace("\r", "\\r").replace("\t", "\\t")


def load(articles, every):
    """Copy articles into the table; every(n) is called as they go.

    Gives their number, the warnings the server had about them, as (article's
    number or 0, message, detail), and how many were cleaned.
    """
    line = command(NAME, {}) + [
        "-c", "COPY articles (id, published, headline, byline, summary, "
        "body) FROM STDIN"]
    count = 0
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=errors,
                              env=environment()) as psql:
            try:
                for count, article in enumerate(articles, 1):
                    values = [article[field] for field in FIELDS]
                    psql.stdin.write(("\t".join(map(
                        copy_text, [count] + values)) + "\n").encode())
                    every(count)
                psql.stdin.close()
            except BrokenPipeError:
                pass
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    if psql.returncode != 0:
        raise Failed(said)
    warnings = [(int(number or 0), message, detail) for message, detail, number
                in WARNING.findall(said)]
    cleaned = rows("SELECT CASE WHEN is_called THEN last_value ELSE 0 END "
                   "AS n FROM cleaned")[0]["n"]
    return count, warnings, cleaned


def finish(path):
    """Make what searches need, once the articles are in."""
    run("CREATE INDEX ON articles USING gin (tsv);\n"
        "CREATE INDEX ON articles (published);\n"
        "INSERT INTO demo_source VALUES (:'path', :'state');\n"
        "VACUUM ANALYZE articles;", path=urllib.parse.quote(path, errors="surrogateescape"),
        state=fingerprint(path))
