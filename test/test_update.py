"""ALTER EXTENSION UPDATE: whoever updates has exactly what a fresh
installation has.

There is one version yet, so older ones are made of the current script by
leaving objects out, with an update script that adds them.  The real paths,
as soon as there are any, are walked by the same code.
"""

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from conftest import TOP
from fingerprint import differences, fingerprint

DEFAULT = re.search(r"default_version = '(.*)'",
                    (TOP / "bisearch.control").read_text()).group(1)
OLDEST, OLD = "0.0.1", "0.0.2"
GUARD = r'\echo Use "ALTER EXTENSION bisearch UPDATE" to load this. \quit'


def statements(script):
    """The statements of an install script, without comments."""
    script = re.sub(r"(?m)^(--|\\|/\*).*\n", "", script)
    found = re.findall(r"\S.*?;\n", script, re.S)
    assert "".join(found).split() == script.split()
    return found


@pytest.fixture(scope="module")
def directory(server):
    """Where the private server looks for extensions."""
    control, = Path(server.dir, "pg").rglob("bisearch.control")
    return control.parent


@pytest.fixture(scope="module")
def script(directory):
    """Statements of the current version, which may come in steps."""
    path = directory / f"bisearch--{DEFAULT}.sql"
    if not path.exists():
        pytest.skip("the current version has no script of its own")
    return statements(path.read_text())


@pytest.fixture
def plant(directory):
    """Gives {version or versions: statements} to the server as scripts."""
    planted = []

    def put(scripts):
        for version, content in scripts.items():
            path = directory / f"bisearch--{version}.sql"
            assert path in planted or not path.exists()
            path.write_text(GUARD + "\n" + "\n".join(content))
            planted.append(path)

    yield put
    for path in set(planted):
        path.unlink()


@pytest.fixture(scope="module")
def empty(server):
    """A connection to a database without the extension."""
    name = "life_update"
    server.drop_database(name)
    with server.connect() as con:
        con.execute(f"CREATE DATABASE {name} TEMPLATE template0 "
                    "ENCODING 'UTF8'")
    with server.connect(name) as con:
        yield con
    server.drop_database(name)


def install(con, version=DEFAULT, schema="public"):
    con.execute(f'CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION '
                f"bisearch SCHEMA {schema} VERSION '{version}'")


def installed(con, version=DEFAULT, update=False, schema="public"):
    """Fingerprint of one way to come to the current version."""
    with con.transaction(force_rollback=True):
        install(con, version, schema)
        if update:
            con.execute("ALTER EXTENSION bisearch UPDATE")
        return fingerprint(con)


def walk(con):
    """Update every version that has a way to the current one; returns the
    versions, and those that end with anything else."""
    fresh = installed(con)
    walked, wrong = set(), {}
    for version, path in con.execute(
            "SELECT source, path FROM pg_extension_update_paths('bisearch') "
            "WHERE target = %s", [DEFAULT]).fetchall():
        walked.add(version)
        if path is None:
            wrong[version] = "there is no way to the current version"
        elif unlike := differences(fresh, installed(con, version, True)):
            wrong[version] = unlike
    return walked, wrong


# left out of the older versions: nothing else in the script needs them
LATE = ("OPERATOR CLASS", "CAST", "bi_query_near", "bi_words", "bi_is_exact",
        "OPERATOR ~@", "OPERATOR @>", "OPERATOR <@", "COMMENT",
        r"bisearch_english\b", "bi_create_configuration", "bi_check")


def split(script):
    """(Statements of an older version, those that an update adds)"""
    late = [s for s in script if re.search("|".join(LATE), s)]
    assert len(late) > 50
    return [s for s in script if s not in late], late


def test_fresh_installations_are_alike(empty):
    """Also in another schema, but for its name."""
    fresh = installed(empty)
    assert len(fresh) > 90
    assert differences(fresh, installed(empty)) == {}

    def moved(value):
        if isinstance(value, dict):
            return {moved(key): moved(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(moved, value))
        return re.sub(r"\belsewhere\b", "public", value) \
            if isinstance(value, str) else value

    assert differences(fresh, moved(installed(empty, schema="elsewhere"))) == {}


def test_updated_equals_fresh(empty, script, plant):
    older, late = split(script)
    plant({OLDEST: older, f"{OLDEST}--{OLD}": late[:20],
           f"{OLD}--{DEFAULT}": late[20:]})
    assert len(installed(empty, OLDEST)) < len(installed(empty)) - 15
    walked, wrong = walk(empty)
    assert walked >= {OLDEST, OLD} and not wrong


def test_every_real_path(empty):
    assert walk(empty)[1] == {}


@pytest.mark.parametrize("kind", [
    "CREATE OPERATOR CLASS bi_query_ops DEFAULT FOR TYPE bi_query USING hash",
    "CREATE CAST (bi_query", "CREATE FUNCTION bi_check(config",
    "COMMENT ON FUNCTION bi_words", "COMMENT ON OPERATOR ~@ (bi_query, text)",
    "COMMENT ON TEXT SEARCH CONFIGURATION bisearch_english",
    "ALTER TEXT SEARCH CONFIGURATION bisearch_english",
    "CREATE OPERATOR <@"])
def test_a_forgotten_statement_shows(empty, script, plant, kind):
    older, late = split(script)
    forgotten = [s for s in late if s.startswith(kind)]
    assert len(forgotten) == 1
    # nor what is said of it
    named = re.match(r"CREATE (OPERATOR <@|FUNCTION bi_check)", kind)
    late = [s for s in late if s not in forgotten and not (
        named and s.startswith("COMMENT") and (
            "<@" in s or "bi_check(regconfig" in s))]
    plant({OLD: older, f"{OLD}--{DEFAULT}": late})
    walked, wrong = walk(empty)
    assert set(wrong) == {OLD}


@pytest.mark.parametrize("kind,old,new", [
    ("CREATE FUNCTION bi_words", "IMMUTABLE", "STABLE"),
    ("CREATE FUNCTION bi_words", "STRICT", ""),
    ("CREATE FUNCTION bi_words", "PARALLEL SAFE", ""),
    ("COMMENT ON FUNCTION bi_words", ";",
     ";\nALTER FUNCTION bi_words(bi_query) COST 7;"),
    ("CREATE FUNCTION bi_check(config", "ROWS 5", "ROWS 6"),
    ("CREATE FUNCTION bi_check(config", "'bi_check_byid'", "'bi_check'"),
    ("CREATE FUNCTION bi_query_near", "DEFAULT false", "DEFAULT true"),
    ("CREATE FUNCTION bi_query_near", "distance", "far"),
    ("CREATE FUNCTION bi_is_exact", "SUPPORT bi_is_exact_support", ""),
    ("CREATE OPERATOR ~@ (\n\tLEFTARG = bi_query, RIGHTARG = text",
     "JOIN = bi_matchjoinsel", "JOIN = matchingjoinsel"),
    ("CREATE OPERATOR ~@ (\n\tLEFTARG = bi_query, RIGHTARG = text",
     "RESTRICT = bi_matchsel, ", ""),
    ("CREATE OPERATOR CLASS bi_query_ops DEFAULT FOR TYPE bi_query USING hash",
     ",\n\tFUNCTION 2 bi_query_hash_extended(bi_query, int8)", ""),
    ("CREATE OPERATOR CLASS bi_query_ops DEFAULT FOR TYPE bi_query USING hash",
     "DEFAULT ", ""),
    ("CREATE CAST (tsquery", ";", " AS ASSIGNMENT;"),
    ("ALTER TEXT SEARCH CONFIGURATION bisearch_english", ", number", ""),
    ("ALTER TEXT SEARCH CONFIGURATION bisearch_english",
     "bisearch_english_stem", "bisearch_fold"),
    ("COMMENT ON FUNCTION bi_words", "searched", "asked"),
    ("COMMENT ON FUNCTION bi_words", ";", ";\nREVOKE EXECUTE ON FUNCTION "
     "bi_words(bi_query) FROM PUBLIC;"),
    ("COMMENT ON FUNCTION bi_words", ";", ";\nALTER FUNCTION "
     "bi_words(bi_query) SET search_path = pg_catalog;"),
    ("COMMENT ON FUNCTION bi_words", ";",
     ";\nCREATE FUNCTION further(int) RETURNS int RETURN 1;"),
    ("COMMENT ON FUNCTION bi_words", ";", ";\nALTER EXTENSION bisearch "
     "DROP FUNCTION bi_words(bi_query);")])
def test_a_changed_statement_shows(empty, script, plant, kind, old, new):
    older, late = split(script)
    changed = [s.replace(old, new) if s.startswith(kind) else s for s in late]
    assert sum(a != b for a, b in zip(changed, late)) == 1
    plant({OLD: older, f"{OLD}--{DEFAULT}": changed})
    with empty.transaction(force_rollback=True):
        walked, wrong = walk(empty)
    assert set(wrong) == {OLD}


def test_data_survive_an_update(server, empty, script, plant):
    """Columns, indexes and plans of the older version go on, and its owner
    need not be a superuser."""
    older, late = split(script)
    plant({OLD: older, f"{OLD}--{DEFAULT}": late})
    with server.connect() as con:
        con.execute("DROP ROLE IF EXISTS life_owner; CREATE ROLE life_owner; "
                    "GRANT CREATE ON DATABASE life_update TO life_owner")
    empty.execute("SET ROLE life_owner; CREATE SCHEMA own")
    install(empty, OLD, "own")
    empty.execute("""
        SET search_path = own;
        CREATE TABLE t (q bi_query, body text, tsv tsvector GENERATED ALWAYS AS
            (bi_tsvector(NULL, body)) STORED);
        CREATE INDEX ON t USING gin (tsv);
        INSERT INTO t VALUES ('heavy & loss', 'heavy'), ('flood', 'storm');
        PREPARE p AS SELECT q::text FROM t WHERE tsv @~ $1 AND q <> 'x'""")
    assert empty.execute("EXECUTE p('heavy')").fetchall() == \
        [("heavy & loss",)]
    with pytest.raises(psycopg.Error):
        empty.execute("CREATE INDEX ON t USING hash (q)")
    empty.execute("ALTER EXTENSION bisearch UPDATE")
    assert empty.execute("EXECUTE p('heavy')").fetchall() == \
        [("heavy & loss",)]
    empty.execute("CREATE INDEX ON t USING hash (q); "
                  "SET enable_seqscan = off")
    assert empty.execute("SELECT bi_words(q) FROM t WHERE q = 'FLOOD'"
                         ).fetchall() == [(["flood"],)]
    empty.execute("DROP EXTENSION bisearch CASCADE; RESET ROLE; "
                  "DROP OWNED BY life_owner; DROP ROLE life_owner")


def test_the_makefile_installs_every_script():
    """make install takes what the server's directory is made of here."""
    scripts = sorted(TOP.glob("src/bisearch--*.sql"))
    assert scripts
    told = subprocess.run(
        ["make", "-s", "-f", "-", "data"], cwd=TOP, text=True, check=True,
        input="include Makefile\n.PHONY: data\ndata: ; @echo $(DATA)\n",
        stdout=subprocess.PIPE).stdout
    assert told.split() == [str(s.relative_to(TOP)) for s in scripts]
