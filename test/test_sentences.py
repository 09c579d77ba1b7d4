"""Where sentences end, in prose of five languages.

Each line of test/sentences is a paragraph, in which a bar stands where a
sentence ends; the line's end is one too.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FILES = sorted((HERE / "sentences").glob("*.txt"))


def paragraphs(path):
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def ends_of(con, text, config="bisearch"):
    """Positions of the last words of sentences, and the words' places."""
    ends, pieces = con.execute(
        "SELECT (SELECT array_agg(p ORDER BY p) FROM"
        "        unnest(bi_tsvector(NULL, %s, config => %s::regconfig))"
        "        AS u(lexeme, ps, ws), unnest(ps) AS p WHERE lexeme ~ '^§'),"
        "       (SELECT array_agg(ARRAY[(tokid = 12)::text, token] ORDER BY o)"
        "        FROM ts_parse('bisearch', %s) WITH ORDINALITY"
        "        AS t(tokid, token, o))", [text, config, text]).fetchone()
    starts, at = [], 0
    for blank, piece in pieces:
        if blank == "false":
            starts.append(at)
        at += len(piece)
    return ends, starts


def expected(line, starts):
    at = 0
    cuts = []
    for part in line.split("|"):
        at += len(part)
        cuts.append(sum(start < at for start in starts))
    return cuts


def test_there_are_enough_sentences():
    assert sum(line.count("|") + 1 for path in FILES
               for line in paragraphs(path)) >= 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sentences_of_prose(db, path):
    wrong = []
    for line in paragraphs(path):
        text = line.replace("|", "")
        ends, starts = ends_of(db, text)
        if ends != expected(line, starts):
            wrong.append((line, ends))
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_other_roads_end_the_same_sentences(db, path):
    """By ICU, wrapped, and after other sentences that fill its chunks."""
    fill = "Él vino y vio. " * 1200
    for line in paragraphs(path):
        text = line.replace("|", "")
        ends, _ = ends_of(db, text)
        # a letter that is not ASCII sends the paragraph to ICU
        assert ends_of(db, text + " É")[0][:len(ends) - 1] == ends[:-1], line
        assert ends_of(db, text.replace(" ", "\n"))[0] == ends, line
        if path.stem == "en":
            assert [end - 4800 for end in ends_of(db, fill + text)[0]][
                -len(ends):] == ends, line


def test_what_is_indented_more_begins_a_sentence(db):
    for text, ends in [
            ("It owns Vance Corp.\n    Mr. Dunn sold it.", [4, 8]),
            ("It owns Vance Corp.\nin Troy.", [6]),
            ("    It moved to Erie, Pa.\n    Governor Dunn came.", [8]),
            ("It moved to Erie, Pa.\n    Governor Dunn came.", [5, 8]),
            ("It moved to Erie, Pa.\n\n    x Erie, Pa.\n    Governor", [5, 9]),
            ("He spoke to Mr.\n    Dunn.", [5])]:
        assert ends_of(db, text)[0] == ends, text


def test_own_abbreviations(db):
    text = "Vgl. Kzl. Huber und Ök. Rat. Dann kam Xq. Die"
    assert ends_of(db, text)[0] == [2, 5, 6, 9, 10]
    with db.transaction(force_rollback=True):
        db.execute("SELECT bi_create_configuration('own', 'german_stem',"
                   " abbreviations => 'Kzl., Ök.  Xq.')")
        assert ends_of(db, text, "own")[0] == [6, 10]
        db.execute("ALTER TEXT SEARCH DICTIONARY own_stem"
                   " (ABBREVIATIONS = 'Rat')")
        assert ends_of(db, text, "own")[0] == [2, 5, 9, 10]
        # any configuration may have them, by a dictionary of its own
        db.execute("CREATE TEXT SEARCH DICTIONARY short (TEMPLATE ="
                   " bisearch_fold, ABBREVIATIONS = 'Kzl Ök Xq')")
        db.execute("CREATE TEXT SEARCH CONFIGURATION mixed (COPY = simple)")
        db.execute("ALTER TEXT SEARCH CONFIGURATION mixed ALTER MAPPING FOR"
                   " asciiword WITH short")
        assert ends_of(db, text, "mixed")[0] == [6, 10]
