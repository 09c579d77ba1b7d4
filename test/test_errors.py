"""What the strict calls refuse: SQLSTATE, position, hint, limits."""

import psycopg
import pytest

from test_cases import error_position

# query, position of the error in characters from 1 (None: not fixed)
SYNTAX = [
    # unbalanced quote: the opening one
    ('"cat', 1), ('cat "dog', 5), ('"cat" "dog', 7), ('“cat', 1),
    ('été «cat', 5), ('cat 「犬', 5), ('19" rack', 3), ('"', 1),
    ('(cat "dog) bird', None), ('title:"cat', 7), ('-"cat', 2),
    # unbalanced parenthesis: the opening or the stray one
    ('(cat', 1), ('cat (dog', 5), ('(cat (dog)', 1), ('((cat)', 1),
    ('cat)', 4), (')', 1), ('(cat)) dog', 6), ('cat) (dog', 4),
    ('（cat', 1), ('cat）', 4), ('title:(cat', 7), ('東京 (大阪', 4),
    # operator without its operand
    ('cat AND', 5), ('AND cat', 1), ('cat OR', 5), ('OR cat', 1),
    ('cat &', 5), ('& cat', 1), ('cat |', 5), ('| cat', 1), ('NOT', 1),
    ('cat NOT', 5), ('cat W/3', 5), ('W/3 cat', 1), ('cat /s', 5),
    ('/p cat', 1), ('cat PRE/3', 5), ('cat NOT W/3', 5), ('ATLEAST2', 1),
    ('(cat AND) dog', 6), ('cat (OR dog)', 6), ('cat or', 5),
    ('cat BUT NOT', 5), ('AND', 1),
    # two operators in a row: the second has no operand
    ('cat AND OR dog', None), ('cat & & dog', None), ('cat | | dog', None),
    ('cat OR AND dog', None), ('NOT NOT cat', None), ('cat W/3 W/2 dog', None),
    ('cat W/3 NOT dog', None), ('cat NOT OR dog', None),
    ('cat NOT -dog', None), ('cat NOT PRE/2 dog', None),
    ('cat NOT /s dog', None), ('cat AND W/3 dog', None),
    # empty group or phrase
    ('()', 1), ('cat ()', 5), ('cat AND () dog', 9), ('""', 1), ('“”', 1),
    ('cat ""', 5), ('ATLEAST2()', None), ('"..."', 1), ('"*"', 1),
    ('(())', None), ('(!!!)', 1),
    # nothing to search for
    ('!!! ???', None), ('...', None), ('*', None), ('-', None),
    # wildcard with too few letters beside it
    ('*ne', 1), ('cat *ne', 5), ('?at', 1), ('h*', 2), ('h?t', 2),
    ('cat h*', 6), ('title:h*', 8), ('title:*h', 7), ('=h*', 3),
    # distance or count out of range
    ('cat W/0 dog', 5), ('cat W/16384 dog', 5), ('cat PRE/0 dog', 5),
    ('cat NEAR/99999999999999999999 dog', 5), ('"cat dog"~0', None),
    ('"cat dog"~16384', None), ('ATLEAST0(cat)', 1), ('ATLEAST256(cat)', 1),
    ('cat /0 dog', 5), ('cat NOT W/0 dog', None),
    # proximity or ATLEAST over what it cannot hold
    ('cat W/3 (NOT dog)', None), ('(cat dog) W/2 (bird fish)', None),
    ('cat W/2 ATLEAST2(dog)', None), ('ATLEAST2(cat dog)', None),
    ('ATLEAST2(NOT cat)', None), ('ATLEAST2(ATLEAST2(cat))', None),
    ('cat W/3 (dog OR (bird -fish))', None),
]


def refused(con, query, config=None):
    with pytest.raises(psycopg.Error) as raised:
        if config:
            con.execute("SELECT to_bi_query(%s::regconfig, %s::text)",
                        [config, query])
        else:
            con.execute("SELECT %s::text::bi_query", [query])
    return raised.value


@pytest.mark.parametrize("query,position", SYNTAX)
def test_syntax(db, query, position):
    error = refused(db, query)
    assert error.sqlstate == "42601", str(error)
    assert error.diag.message_primary
    found = error_position(error)
    assert found is not None and 1 <= found <= len(query) + 1, str(error)
    if position is not None:
        assert found == position, str(error)
    # every way in answers alike
    for call in ("to_bi_query(%s::text)", "to_bi_query('bisearch', %s)"):
        with pytest.raises(psycopg.Error) as raised:
            db.execute("SELECT " + call, [query])
        assert raised.value.sqlstate == "42601"
        assert error_position(raised.value) == found


@pytest.mark.parametrize("query", [q for q, _ in SYNTAX])
def test_hint_repairs(db, query):
    """The hint offers what the lenient call makes of the text, and that is
    a query the strict call takes."""
    repaired = db.execute("SELECT websearch_to_bi_query(%s)::text",
                          [query]).fetchone()[0]
    error = refused(db, query)
    assert error.diag.message_hint, str(error)
    if repaired:
        assert repaired in error.diag.message_hint
        assert db.execute("SELECT %s::text::bi_query::text",
                          [repaired]).fetchone()[0] == repaired


@pytest.mark.parametrize("query", [q for q, _ in SYNTAX])
def test_check_tells_the_error(db, query):
    """bi_check lists the error where the strict call reports it."""
    position = error_position(refused(db, query))
    rows = db.execute('SELECT severity, "position" FROM bi_check(%s)',
                      [query]).fetchall()
    assert ("error", position) in rows, rows


def test_message_is_cut(db):
    """An error quotes at most 64 characters of what was typed."""
    error = refused(db, "é" * 500 + " AND")
    for text in (error.diag.message_primary, error.diag.message_detail):
        assert not text or text.count("é") <= 64


def test_exact_without_exact_forms(db):
    error = refused(db, "cat =losses", "english")
    assert error.sqlstate == "42601"
    assert error_position(error) == 5
    assert error.diag.message_hint
    for config in ("bisearch", "bisearch_english", "simple"):
        db.execute("SELECT to_bi_query(%s, '=losses')", [config])


def test_position_counts_the_prefix(db):
    """Positions are those of the whole text, its prefix included."""
    error = refused(db, '{english} "cat')
    assert error_position(error) == 11


@pytest.mark.parametrize("query", [
    "{nope} cat", "{nope.english} cat", "{pg_catalog.nope} cat", "{} cat",
    "{a.b.c.d.e} cat"])
def test_unknown_configuration(db, query):
    assert refused(db, query).sqlstate == "42704"


@pytest.mark.parametrize("query", ["{english cat", "{"])
def test_open_brace(db, query):
    """An unclosed brace is no prefix; what else it is, is not an accident."""
    try:
        db.execute("SELECT %s::text::bi_query", [query])
    except psycopg.Error as error:
        assert error.sqlstate in ("42601", "42704")


def test_unknown_configuration_as_argument(db):
    assert refused(db, "cat", "nope").sqlstate == "42704"


# Limits: at the limit, and one past it.

def length(con, query):
    return con.execute("SELECT octet_length(%s::text::bi_query::text)",
                       [query]).fetchone()[0]


def test_bytes_typed(db):
    query = "cat" + " " * (2 ** 20 - 6) + "dog"
    assert len(query) == 2 ** 20
    assert length(db, query) == len("cat & dog")
    assert refused(db, query + " ").sqlstate == "54000"


def test_bytes_printed(db):
    """A query that would print longer than 1 MB is refused, since it could
    not be read again."""
    words = " ".join(["aaaaaaaaaaaaaa"] * 65535)
    assert len(words) < 2 ** 20
    error = refused(db, words)
    assert error.sqlstate == "54000"
    fields = "abc:(" + " ".join(["aaaaa"] * 65535) + ")"
    assert len(fields) < 2 ** 20
    try:
        assert length(db, fields) <= 2 ** 20
    except psycopg.Error as error:
        assert error.sqlstate == "54000"


@pytest.mark.parametrize("joint", [" ", "|", " NEAR/3 "])
def test_words(db, joint):
    query = joint.join(["ab"] * 65535)
    assert length(db, query)
    assert refused(db, query + joint + "ab").sqlstate == "54000"


def test_words_of_a_phrase(db):
    words = " ".join(["ab"] * 65535)
    assert length(db, f'"{words}"')
    assert refused(db, f'"{words} ab"').sqlstate == "54000"


def test_combinations_of_alternatives_behind_not_near(db):
    """One operand of each alternative in each of them: 2 ** n."""
    def query(n):
        return "bird NOT NEAR/2 (" + " | ".join(
            f"(a{i} & b{i})" for i in range(n)) + ")"

    assert length(db, query(11))
    error = refused(db, query(17))
    assert error.sqlstate == "54000"
    assert "for each operand of an AND" in error.diag.message_hint


def test_a_long_number_in_digits_of_any_script(db):
    for digits in "9" * 60, "٩" * 60, "９" * 5000:
        assert refused(db, f"cat NEAR/{digits} dog").sqlstate == "42601"
        assert db.execute("SELECT websearch_to_bi_query(%s)::text",
                          [f"cat NEAR/{digits} dog"]).fetchone()[0] == \
            "cat NEAR/16383 dog"


def test_words_count_after_analysis(db):
    """A chunk counts as the words it becomes."""
    query = "ab-" * 65535 + "ab"
    assert refused(db, query).sqlstate == "54000"


@pytest.mark.parametrize("form", ["%s", '"%s"', "cat %s", "title:%s"])
def test_word_bytes(db, form):
    assert length(db, form % ("a" * 2046))
    assert refused(db, form % ("a" * 2047)).sqlstate == "54000"


def test_word_bytes_are_bytes(db):
    assert length(db, "я" * 1023)
    assert refused(db, "я" * 1024).sqlstate == "54000"


def nested(levels):
    """Operators within operators, count levels deep: and, or, and, or ..."""
    query = "a1"
    for level in range(levels):
        query = f"(b1 {'&|'[level % 2]} {query})"
    return query


def test_depth(db):
    assert length(db, nested(1000))
    assert refused(db, nested(1001)).sqlstate == "54001"


def test_depth_is_printed_and_read_again(db):
    assert db.execute("SELECT q::text::bi_query = q FROM "
                      "(SELECT %s::text::bi_query AS q) AS q",
                      [nested(1000)]).fetchone()[0]


@pytest.mark.parametrize("count", [1000, 1001, 10000, 500000])
def test_needless_parentheses(db, count):
    """Needless parentheses are no levels."""
    assert db.execute("SELECT (%s::text::bi_query)::text",
                      ["(" * count + "cat" + ")" * count]).fetchone()[0] \
        == "cat"


def test_chains_are_no_levels(db):
    assert length(db, "NOT (NOT (" * 20000 + "cat" + "))" * 20000) == 3
    assert length(db, " NEAR/2 ".join(["cat"] * 20000))
    assert length(db, " & ".join(["cat"] * 20000))
    assert length(db, "(cat & " * 20000 + "dog" + ")" * 20000)
    assert length(db, "(" * 20000 + "cat" + " NEAR/2 dog)" * 20000)


@pytest.mark.parametrize("make", [
    lambda: "cat" + " " * 2 ** 20 + "dog",
    lambda: " ".join(["ab"] * 65536),
    lambda: "a" * 2047,
    lambda: nested(1001),
    lambda: nested(20000),
    lambda: " ".join(["aaaaaaaaaaaaaa"] * 65535),
])
def test_lenient_cuts(db, make):
    """What is over a limit is cut off, and what stays is a query."""
    query = make()
    assert db.execute(
        "SELECT q::text::bi_query = q FROM "
        "(SELECT websearch_to_bi_query(%s) AS q) AS q",
        [query]).fetchone()[0]
    assert db.execute("SELECT count(*) FROM bi_check(%s) "
                      "WHERE severity = 'error'", [query]).fetchone()[0]


def test_bad_binary_value(db):
    """recv trusts nothing: 22P03 whatever is wrong."""
    good = db.execute(
        "SELECT bi_query_send('\"red dog\" NEAR/3 (cat | bird)')").fetchone()[0]
    db.execute("CREATE TEMP TABLE received (q bi_query)")

    def receive(value):
        """COPY a table of one row with one value."""
        stream = b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1" + \
            len(value).to_bytes(4, "big") + value + b"\xff\xff"
        with db.cursor().copy(
                "COPY received FROM STDIN (FORMAT binary)") as copy:
            copy.write(stream)

    receive(good)
    states = set()
    bad = [good[:cut] for cut in range(len(good))] + [good + b"\0"]
    for place in range(len(good)):
        for mask in (0x01, 0x80, 0xff):
            changed = bytearray(good)
            changed[place] ^= mask
            bad.append(bytes(changed))
    for value in bad:
        try:
            receive(value)
        except psycopg.Error as error:
            states.add(error.sqlstate)
    assert states <= {"22P03", "22021", "42704", "42601", "54000"}, states
    assert "22P03" in states
    # whatever was accepted can be printed, read again and matched
    assert db.execute("SELECT bool_and(q::text::bi_query::text = q::text), "
                      "count('cat'::text @~ q) FROM received").fetchone()[0]


def test_unknown_settings_are_refused(db):
    """A setting of ours that is misspelt is not taken without a word."""
    db.execute("LOAD 'bisearch'")
    with pytest.raises(psycopg.errors.InvalidName):
        db.execute("SET bisearch.enable_cout = off")


def test_a_forgotten_mark_is_told_where_it_was_forgotten(db):
    """The closing mark of one of 3,000 quotations is missing."""
    quotations = [f'"heavy rain {n}"' for n in range(3000)]
    for at in (0, 1500, 2999):
        before = " OR ".join(quotations[:at] + [""])
        query = " OR ".join(
            quotations[:at] + [quotations[at][:-1]] + quotations[at + 1:])
        assert error_position(refused(db, query)) == len(before) + 1


@pytest.mark.parametrize("query,hint", [
    ("&quot;heavy rain&quot; AND", "quotation mark instead"),
    ("AT&amp;T (merger", "Write & instead"),
    ("%22heavy rain%22 OR", "quotation mark instead"),
])
def test_what_was_pasted_from_a_page_is_told(db, query, hint):
    error = refused(db, query)
    assert error.sqlstate == "42601"
    assert hint in error.diag.message_hint


def test_braces_around_words_name_no_configuration(db):
    assert db.execute("SELECT '{flood OR storm} AND hail'::bi_query::text"
                      ).fetchone()[0] == "\\{flood | (storm} & hail)"
    assert refused(db, "{flood} hail").sqlstate == "42704"


@pytest.mark.parametrize("unit", [
    "[a ", "-[a ", "NOT [a ", "-'a ", "'a ", "{a ", '""a ', '"a" ', "x&",
    "\U0001f525 ", "> ", "a? ", "w/ ", "NEAR (5) ", "a(k)", "title(",
    "-site:", "a+", "a$", "a,", ":A", '"a or "b" ', "<-> "])
def test_guesses_take_time_in_proportion(db, unit):
    """bi_check of a megabyte of what it may look for."""
    db.execute("SET statement_timeout = '100s'")
    db.execute("SELECT count(*) FROM bi_check(repeat(%s::text, %s))",
               [unit, 1000000 // len(unit.encode())])
    db.execute("RESET statement_timeout")
