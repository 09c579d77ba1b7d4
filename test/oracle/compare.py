"""The oracle against the server, query by query.

A Checker holds one connection and gives, for a query, what is wrong with
the server's answers to it: a list of (kind, what was expected, what came).
A query that fails is shrunk before it is reported.
"""
import multiprocessing
import re

import psycopg
from psycopg import sql
from psycopg.adapt import Dumper
from psycopg.pq import Format

from . import parser
from .ast import Words, children
from .evaluate import Index
from .generate import Generator

SIMPLE_WORD = re.compile(r"[A-Za-z0-9]+(?:[*]+[A-Za-z0-9]*|[?][A-Za-z0-9]+)*"
                         r"|[A-Za-z0-9]+~[12]")
REFUSALS = ("42601", "54000", "54001", "42704")
TEXT_SAMPLE = 60


class Binary(bytes):
    """A bi_query in its binary form."""


class BinaryDumper(Dumper):
    """Sends a Binary as it is; the type is bound per connection."""

    format = Format.BINARY

    def dump(self, obj):
        return bytes(obj)


def simple(node):
    """Whether all words of a tree print exactly as they were typed."""
    if isinstance(node, Words):
        return all(SIMPLE_WORD.fullmatch(word)
                   and (node.quoted or not word.startswith("\\"))
                   for word in node.typed.split(" "))
    return all(simple(child) for child in children(node))


def reuters_index(articles, limits=False, stem=None):
    """An Index of (id, headline, body) rows, as bi_tsvector holds them."""
    index = Index(limits, stem)
    for number, headline, body in articles:
        index.add(number, [("A", headline), ("D", body)])
    return index


class Checker:
    """Compares one server's answers with the oracle's."""

    def __init__(self, connect, index, texts=None, table="articles",
                 column="tsv"):
        self.con = connect()
        self.index = index
        self.texts = texts
        self.table = sql.Identifier(table)
        self.column = sql.Identifier(column)
        self.own = self.con.execute(
            "SELECT to_regclass('articles_bis')").fetchone()[0] is not None
        self.bind_binary()
        for command in ("SET max_parallel_workers_per_gather = 0",
                        "SET client_min_messages = error",
                        "SET jit = off"):
            self.con.execute(command)

    def bind_binary(self):
        oid = self.con.execute("SELECT 'bi_query'::regtype::oid").fetchone()[0]
        bound = type("BoundDumper", (BinaryDumper,), {"oid": oid})
        self.con.adapters.register_dumper(Binary, bound)

    # ------------------------------------------------------------ parts

    def refusal(self, query, function=None):
        """The SQLSTATE a query is refused with, or None."""
        try:
            if function:
                self.con.execute(
                    sql.SQL("SELECT {}(%s)::text").format(
                        sql.Identifier(function)), [query])
            else:
                self.con.execute("SELECT %s::bi_query", [query])
        except psycopg.Error as error:
            return error.sqlstate
        return None

    def scan(self, query, path, function=None):
        """The ids the server finds by a sequential scan, through GIN, or
        through an index of our own access method on a copy of the table."""
        seq = path == "seq"
        table = sql.Identifier("articles_bis") if path == "own" \
            else self.table
        for name, on in (("seqscan", seq), ("bitmapscan", not seq),
                         ("indexscan", not seq)):
            self.con.execute("SET enable_%s = %s" % (
                name, "on" if on else "off"))
        self.con.execute("SET plan_cache_mode = %s" % (
            "force_generic_plan" if path == "generic" else "auto"))
        value = sql.Literal(query) if path != "generic" else sql.SQL("%s")
        if function:
            value = sql.SQL("{}({})").format(sql.Identifier(function), value)
        rows = self.con.execute(
            sql.SQL("SELECT id FROM {} WHERE {} @~ {}").format(
                table, self.column, value),
            [query] if path == "generic" else None,
            prepare=path == "generic")
        return {row[0] for row in rows}

    def prints(self, query, tree, wrong):
        """Printing, reading back, equality, and the binary form."""
        text, again, same = self.con.execute(
            "SELECT a::text, a::text::bi_query::text, a::text::bi_query = a "
            "FROM (SELECT %s::bi_query a) x", [query]).fetchone()
        mine = parser.canonical(tree)
        if again != text:
            wrong.append(("print again", text, again))
        if not same:
            wrong.append(("input of output", text, "another value"))
        if simple(tree) and mine != text:
            wrong.append(("print", mine, text))
        try:
            back = parser.parse(text)
        except parser.QueryError as error:
            wrong.append(("the oracle reads the print", text, str(error)))
        else:
            if key(back) != key(tree):
                wrong.append(("meaning of the print", mine, text))
        try:
            if not self.con.execute("SELECT %s::bi_query = %s::bi_query",
                                    [query, mine]).fetchone()[0]:
                wrong.append(("the server reads the oracle's print", mine,
                              text))
        except psycopg.Error as error:
            wrong.append(("the server reads the oracle's print", mine,
                          str(error)))
        self.binary(query, wrong)

    def binary(self, query, wrong):
        cursor = self.con.cursor(binary=True)
        value = cursor.execute("SELECT %s::bi_query", [query]).fetchone()[0]
        text, same = self.con.execute(
            "SELECT a::text = b::text, a = b FROM "
            "(SELECT %s a, %s::bi_query b) x",
            [Binary(value), query]).fetchone()
        if not (text and same):
            wrong.append(("binary round trip", query, "another value"))

    # ----------------------------------------------------------- checks

    def strict(self, query, number=0):
        """What is wrong with a query typed into the strict calls."""
        wrong = []
        try:
            tree = parser.parse(query)
            refused = None
        except parser.Unclear:
            return wrong
        except parser.QueryError as error:
            refused = error
        state = self.refusal(query)
        if state and (not refused or state not in REFUSALS):
            return [("refused", str(refused or "accepted"), state)]
        if refused:
            return [] if state else [
                ("accepted", str(refused), self.printed(query))]
        if tree is None:
            return wrong
        self.prints(query, tree, wrong)
        self.compare(query, self.index.search(tree), wrong,
                     ("seq", "gin" if number % 2 else "generic", "own")
                     if self.own else
                     ("seq", "gin" if number % 2 else "generic"))
        if self.texts and number % 5 == 0:
            self.compare_texts(query, tree, wrong)
        return wrong

    def printed(self, query):
        return self.con.execute("SELECT %s::bi_query::text",
                                [query]).fetchone()[0]

    def compare(self, query, expected, wrong, paths, function=None):
        for path in paths:
            try:
                found = self.scan(query, path, function)
            except psycopg.Error as error:
                wrong.append((path, "ids", "%s %s" % (error.sqlstate, error)))
                continue
            if found != expected:
                wrong.append((path, "%d ids, missing %s" % (
                    len(expected), sorted(expected - found)[:5]),
                    "%d ids, too many %s" % (
                        len(found), sorted(found - expected)[:5])))

    def compare_texts(self, query, tree, wrong):
        """text @~ bi_query on a sample."""
        expected = self.texts.search(tree)
        rows = self.con.execute(
            sql.SQL("SELECT id FROM {} WHERE id = ANY({}) AND body @~ {}")
            .format(self.table, sql.Literal(sorted(self.texts.documents)),
                    sql.Literal(query)))
        found = {row[0] for row in rows}
        if found != expected:
            wrong.append(("text", "missing %s" % sorted(expected - found)[:5],
                          "too many %s" % sorted(found - expected)[:5]))

    def only(self, query, number=0):
        """What is wrong with the ids of one scan; no other checks."""
        try:
            tree = parser.parse(query)
        except (parser.QueryError, parser.Unclear):
            return []
        wrong = []
        self.compare(query, self.index.search(tree), wrong, ("seq",))
        return wrong

    def lenient(self, query, number=0):
        """What is wrong with a query typed into the call that repairs."""
        try:
            wrong = self.strict_only(query)
            tree = parser.parse(query, strict=False)
        except parser.Unclear:
            return []
        function = "websearch_to_bi_query"
        state = self.refusal(query, function)
        if state:
            return wrong + [("websearch refused", "an answer", state)]
        self.compare(query, self.index.search(tree), wrong,
                     ("gin" if number % 2 else "generic",), function)
        if wrong:
            text = self.con.execute("SELECT websearch_to_bi_query(%s)::text",
                                    [query]).fetchone()[0]
            wrong.append(("repaired as", parser.canonical(tree), text))
        return wrong

    def strict_only(self, query):
        """Whether strict calls accept exactly what the oracle accepts."""
        try:
            tree = parser.parse(query)
        except parser.QueryError as error:
            state = self.refusal(query)
            if state in REFUSALS:
                return []
            return [("accepted", str(error),
                     state or self.printed(query))]
        state = self.refusal(query)
        if state:
            return [("refused", parser.canonical(tree), state)]
        text = self.printed(query)
        try:
            if key(parser.parse(text)) == key(tree):
                return []
        except parser.QueryError:
            pass
        return [("meaning", parser.canonical(tree), text)]

    def shrink(self, query, check, kind):
        """A shorter query that fails in the same way."""
        def fails(text):
            try:
                return any(w[0] == kind for w in check(text, 5))
            except psycopg.Error:
                return False
        parts = re.findall(r"\s+|\w+|.", query)
        size = len(parts) // 2
        tries = 0
        while size and tries < 150:
            at = 0
            while at < len(parts) and tries < 150:
                tries += 1
                less = parts[:at] + parts[at + size:]
                if less and fails("".join(less)):
                    parts = less
                else:
                    at += size
            size //= 2
        return "".join(parts)


def key(tree):
    return None if tree is None else tree.key()


# ------------------------------------------------------------- many at once

SHARED = {}


def work(job):
    """Check one share of the queries; gives the failures, shrunk."""
    seed, numbers, mode = job
    checker = Checker(SHARED["connect"], SHARED["index"], SHARED["texts"])
    check = checker.lenient if mode == "mangled" else checker.strict
    failures = []
    for number in numbers:
        make = Generator("%s-%s-%d" % (seed, mode, number),
                         SHARED["material"], mode == "fuzzy")
        query = make.mangled() if mode == "mangled" else make.query()
        try:
            wrong = check(query, number)
        except psycopg.Error as error:
            wrong = [("error", "an answer",
                      "%s %s" % (error.sqlstate, error))]
            if checker.con.closed:
                return failures + [(number, query, query, wrong)]
        if wrong:
            small = query
            if len(failures) < SHARED["shrink"]:
                small = checker.shrink(query, check, wrong[0][0])
                wrong = check(small, 5) or wrong
            failures.append((number, query, small, wrong))
    checker.con.close()
    return failures


def run(seed, count, mode, processes=2, shrink=6, **shared):
    """Check count queries in several processes; gives all failures."""
    SHARED.update(shared, shrink=shrink)
    share = 50
    jobs = [(seed, range(first, min(first + share, count)), mode)
            for first in range(0, count, share)]
    context = multiprocessing.get_context("fork")
    with context.Pool(processes) as pool:
        results = pool.map(work, jobs, chunksize=1)
    return [failure for result in results for failure in result]


def report(seed, mode, failures, most=8):
    """Failures as text for a person."""
    lines = ["seed %s: %d %s fail" % (
        seed, len(failures),
        {"query": "queries"}.get(mode, mode + " queries"))]
    for number, query, small, wrong in failures[:most]:
        lines.append("#%d %s" % (number, small))
        if small != query:
            lines.append("    from %s" % query)
        for kind, expected, got in wrong[:4]:
            lines.append("    %s: expected %s" % (kind, expected))
            lines.append("    %s  got      %s" % (" " * len(kind), got))
    return "\n".join(lines)
