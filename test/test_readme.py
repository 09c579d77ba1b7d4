"""README is true: its statements run, and give what it says they give.

The ```sql blocks run in their order in one fresh database.  Lines that begin
with "--> " are what the statement before them gives, columns parted by " | ",
or the error it raises.  Each row of the table of examples prints as its third
column says.
"""

import re

import psycopg
import pytest

from conftest import TOP

README = (TOP / "README.md").read_text(encoding="utf-8")
MARK = "--> "


def blocks():
    """(line, text) of each ```sql block."""
    for found in re.finditer(r"^```sql\n(.*?)^```$", README, re.M | re.S):
        yield README.count("\n", 0, found.start()) + 1, found.group(1)


def statements(text):
    """(statement, expected lines or None) of a block."""
    result, lines = [], []
    for line in text.split("\n"):
        if line.startswith(MARK.rstrip()):
            result[-1][1].append(line[len(MARK):])
        elif line.strip():
            lines.append(line)
            if line.endswith(";"):
                result.append(("\n".join(lines), []))
                lines = []
    assert not lines, f"unfinished statement: {lines}"
    return [(statement, expected or None) for statement, expected in result]


def outcome(con, statement):
    """What psql would print, without header and alignment."""
    try:
        cursor = con.execute(statement)
    except psycopg.Error as error:
        said = error.diag
        return [f"{label}:  {text}" for label, text in (
            ("ERROR", said.message_primary), ("DETAIL", said.message_detail),
            ("HINT", said.message_hint)) if text]
    if cursor.description is None:
        return []
    result = cursor.pgresult
    return [" | ".join((result.get_value(row, column) or b"").decode()
                       for column in range(result.nfields))
            for row in range(result.ntuples)]


@pytest.fixture(scope="module")
def fresh(server):
    """A connection to a database without the extension."""
    server.drop_database("readme")
    with server.connect() as con:
        con.execute("CREATE DATABASE readme TEMPLATE template0 "
                    "ENCODING 'UTF8'")
    with server.connect("readme") as con:
        yield con
    server.drop_database("readme")


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=f"line{line}") for line, text in blocks()])
def test_block(fresh, text):
    for statement, expected in statements(text):
        given = outcome(fresh, statement)
        if expected is None:
            assert not any(line.startswith("ERROR") for line in given), given
        else:
            assert given == expected, statement


def examples():
    """(typed, canonical) of the table of examples."""
    table = README.split("| what people type |", 1)[1].split("\n\n", 1)[0]
    for row in table.split("\n")[2:]:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        yield tuple(cell.strip("`").replace("\\|", "|")
                    for cell in (cells[0], cells[2]))


@pytest.mark.parametrize("typed, canonical", list(examples()))
def test_example(db, typed, canonical):
    printed = db.execute("SELECT to_bi_query(%s)::text, "
                         "to_bi_query(%s)::text", [typed, canonical]).fetchone()
    assert printed == (canonical, canonical)


def test_functions_exist(db):
    named = set(re.findall(r"\b(bi_\w+|\w+_bi_query)\b", README))
    known = {row[0] for row in db.execute(
        "SELECT proname FROM pg_proc UNION SELECT typname FROM pg_type")}
    assert named <= known


def test_targets_exist():
    makefile = (TOP / "Makefile").read_text()
    for target in re.findall(r"(?:`|^    )make ([a-z-]+)", README,
                             re.M):
        if target != "install":
            assert re.search(rf"^{target}:", makefile, re.M), target
