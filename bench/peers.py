"""The indexes that bench/index.py compares, and what a search is to each.

A peer has a name; expands tells whether its index finds fuzzy words and
wildcards that lead by itself; build() gives seconds and bytes, there() whether that was
done, use() gets ready, count(q) and newest(q) give seconds and the answer.
"""

import os
import resource
import sqlite3
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


# Queries are trees: ("w", word) ("p", word...) ("*", prefix)
# ("n", distance, word, word) ("&", query...) ("|", query...) ("!", one, other)
# ("~", edits, word) ("?", pattern)

def expands(q):
    """Does it have a fuzzy word, or a wildcard that leads?"""
    return isinstance(q, tuple) and (q[0] in "~?" or any(map(expands, q[1:])))

def quoted(word):
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def tsquery(q):
    """As tsquery's input."""
    kind, *rest = q
    if kind == "w":
        return quoted(rest[0])
    if kind == "*":
        return quoted(rest[0]) + ":*"
    if kind == "p":
        return "(" + " <-> ".join(map(quoted, rest)) + ")"
    if kind == "n":
        n, a, b = rest
        return "(" + " | ".join(
            f"{quoted(x)} <{d}> {quoted(y)}" for d in range(1, n + 1)
            for x, y in ((a, b), (b, a))) + ")"
    if kind == "!":
        return f"({tsquery(rest[0])} & !{tsquery(rest[1])})"
    return "(" + f" {kind} ".join(map(tsquery, rest)) + ")"


def search(q):
    """As bi_query's input."""
    kind, *rest = q
    if kind == "w":
        return f'"{rest[0]}"'
    if kind == "*":
        return rest[0] + "*"
    if kind == "~":
        return f"{rest[1]}~{rest[0]}"
    if kind == "?":
        return rest[0]
    if kind == "p":
        return '"' + " ".join(rest) + '"'
    if kind == "n":
        return f'("{rest[1]}" NEAR/{rest[0]} "{rest[2]}")'
    if kind == "!":
        return f"({search(rest[0])} & !{search(rest[1])})"
    return "(" + f" {kind} ".join(map(search, rest)) + ")"


def fts5(q):
    """As FTS5's MATCH has it."""
    kind, *rest = q
    if kind == "w":
        return f'"{rest[0]}"'
    if kind == "*":
        return f'"{rest[0]}" *'
    if kind == "p":
        return '"' + " ".join(rest) + '"'
    if kind == "n":
        return f'NEAR("{rest[1]}" "{rest[2]}", {rest[0] - 1})'
    if kind == "!":
        return f"({fts5(rest[0])} NOT {fts5(rest[1])})"
    word = {"&": "AND", "|": "OR"}[kind]
    return "(" + f" {word} ".join(map(fts5, rest)) + ")"


def polish(q):
    """As LuceneBench reads it."""
    kind, *rest = q
    if kind in "w*?":
        return f"{kind} {rest[0]}"
    if kind in "n~":
        return " ".join(map(str, q))
    if kind == "p":
        return f"p {len(rest)} {' '.join(rest)}"
    if kind == "!":
        return f"! {polish(rest[0])} {polish(rest[1])}"
    return f"{kind} {len(rest)} {' '.join(map(polish, rest))}"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def execute(con, statement):
    return con.execute(statement, prepare=False)


class InServer:
    """An index of the server: GIN, RUM or ours."""
    kind = "index"
    expands = False

    def __init__(self, server, name, definition, shape, newest=None):
        self.server = server
        self.name = name
        self.definition = definition
        self.condition = shape
        self.elsewhere = 0      # searches planned without this index
        self.newest_shape = newest or (
            "SELECT id FROM articles WHERE {} "
            "ORDER BY pub_date DESC LIMIT 10")

    def build(self):
        """(seconds, bytes)"""
        execute(self.server.con, f"DROP INDEX IF EXISTS articles_{self.name}")
        seconds = self.server.seconds(
            f"CREATE INDEX articles_{self.name} ON articles USING "
            f"{self.definition}")
        return seconds, self.size()

    def there(self):
        return execute(self.server.con, "SELECT to_regclass("
                       f"'articles_{self.name}') IS NOT NULL").fetchone()[0]

    def size(self):
        return execute(self.server.con, "SELECT pg_relation_size("
                       f"'articles_{self.name}')").fetchone()[0]

    def use(self):
        """Hide the other indexes of words from the planner."""
        execute(self.server.con, "UPDATE pg_index AS i SET indisvalid = "
                f"(c.relname = 'articles_{self.name}') FROM pg_class AS c "
                "WHERE c.oid = i.indexrelid AND c.relname IN "
                "('articles_gin', 'articles_rum', 'articles_rumdate', "
                "'articles_ours')")

    def count_statement(self, q):
        return f"SELECT count(*) FROM articles WHERE {self.condition(q)}"

    def newest_statement(self, q):
        return self.newest_shape.format(self.condition(q))

    def run(self, statement):
        """(seconds, answer) of a statement, after what is known of the
        table was read."""
        plan = str(execute(self.server.con, "EXPLAIN " + statement).fetchall())
        self.elsewhere += f"articles_{self.name}" not in plan
        begin = self.server.clock()
        rows = execute(self.server.con, statement).fetchall()
        return self.server.clock() - begin, rows

    def count(self, q):
        seconds, rows = self.run(self.count_statement(q))
        return seconds, rows[0][0]

    def newest(self, q):
        seconds, rows = self.run(self.newest_statement(q))
        return seconds, sorted((row[0] for row in rows), reverse=True)

    def close(self):
        pass


class Fts5:
    name = "fts5"
    expands = False

    def __init__(self, cache, number, words):
        self.path = cache / f"fts5-{number}.sqlite"
        self.words = words
        self.con = None

    def table(self, path):
        con = sqlite3.connect(path, isolation_level=None)
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("PRAGMA synchronous = OFF")
        con.execute("PRAGMA cache_size = -4000000")
        con.execute("PRAGMA mmap_size = 10000000000")
        con.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5 (body, "
            "content = '', tokenize = \"unicode61 remove_diacritics 0 "
            "tokenchars '!#$%&()*+,-./:;<=>?@[]^_`{|}~''\"\"'\")")
        return con

    def build(self):
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self.con = self.table(self.path)
        begin = time.process_time()
        self.con.execute("BEGIN")
        for line in open(self.words, encoding="utf-8"):
            number, text = line.rstrip("\n").split("\t")
            self.con.execute("INSERT INTO t (rowid, body) VALUES (?, ?)",
                             (int(number), text))
        self.con.execute("COMMIT")
        self.con.execute("INSERT INTO t (t) VALUES ('optimize')")
        self.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        seconds = time.process_time() - begin
        self.con.execute("VACUUM")
        return seconds, self.size()

    def there(self):
        if self.path.exists() and self.con is None:
            self.con = self.table(self.path)
        return self.path.exists()

    def size(self):
        return self.path.stat().st_size

    def use(self):
        pass

    def run(self, statement, q):
        begin = time.thread_time()
        rows = self.con.execute(statement, (fts5(q),)).fetchall()
        return time.thread_time() - begin, [row[0] for row in rows]

    def count(self, q):
        seconds, rows = self.run("SELECT count(*) FROM t WHERE t MATCH ?", q)
        return seconds, rows[0]

    def newest(self, q):
        return self.run("SELECT rowid FROM t WHERE t MATCH ? "
                        "ORDER BY rowid DESC LIMIT 10", q)

    def close(self):
        if self.con is not None:
            self.con.close()
            self.con = None


class Lucene:
    name = "lucene"
    expands = True
    jars = [next(iter(sorted(Path("/usr/share/java").glob(
        f"lucene-{part}-8*.jar"))), None)
        for part in ("core", "analyzers-common")]

    def __init__(self, cache, number, words):
        self.path = cache / f"lucene-{number}"
        self.words = words
        self.server = None
        classes = cache / "classes"
        classes.mkdir(exist_ok=True)
        path = ":".join(map(str, self.jars))
        subprocess.run(["javac", "-d", str(classes), "-cp", path,
                        str(TOP / "bench" / "LuceneBench.java")], check=True)
        self.java = ["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp",
                     f"{path}:{classes}", "LuceneBench"]

    @staticmethod
    def remove(path):
        if path.exists():
            for file in path.iterdir():
                file.unlink()

    def build(self):
        self.close()
        self.remove(self.path)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(self.java + ["build", str(self.path),
                                    str(self.words)], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime -
                before.ru_stime), self.size()

    def there(self):
        return self.path.exists()

    def size(self):
        return sum(f.stat().st_size for f in self.path.iterdir())

    def use(self):
        pass

    def ask(self, request):
        if self.server is None:
            self.server = subprocess.Popen(
                self.java + ["serve", str(self.path)], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server.stdin.write(request + "\n")
        self.server.stdin.flush()
        nanoseconds, _, answer = self.server.stdout.readline().partition(" ")
        return int(nanoseconds) / 1e9, answer

    def count(self, q):
        seconds, answer = self.ask("count " + polish(q))
        return seconds, int(answer)

    def newest(self, q):
        seconds, answer = self.ask("newest 10 " + polish(q))
        return seconds, [int(word) for word in answer.split()]

    def warm(self, queries):
        """Let its compiler see each kind of search."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for q in queries:
                self.ask("count " + polish(q))

    def close(self):
        if self.server is not None:
            self.server.stdin.close()
            self.server.wait()
            self.server = None


def find_peers(server, cache, number, words):
    """Peers that are wanted and there, and ours, which is last."""
    wanted = os.environ.get("BISEARCH_PEERS", "gin rum fts5 lucene").split()
    peers = []

    def by_tsquery(q):
        return f"tsv @@ {literal(tsquery(q))}::tsquery"

    if "gin" in wanted:
        peers.append(InServer(server, "gin", "gin (tsv)", by_tsquery))
    if "rum" in wanted and execute(
            server.con, "SELECT count(*) FROM pg_available_extensions "
            "WHERE name = 'rum'").fetchone()[0]:
        execute(server.con, "CREATE EXTENSION IF NOT EXISTS rum")
        peers.append(InServer(server, "rum", "rum (tsv rum_tsvector_ops)",
                              by_tsquery))
        peers.append(InServer(
            server, "rumdate", "rum (tsv rum_tsvector_addon_ops, pub_date) "
            "WITH (attach = 'pub_date', to = 'tsv')", by_tsquery,
            "SELECT id FROM articles WHERE {} ORDER BY "
            "pub_date <=| '2100-01-01'::timestamp LIMIT 10"))
    if "fts5" in wanted:
        peers.append(Fts5(cache, number, words))
    if "lucene" in wanted and all(Lucene.jars):
        peers.append(Lucene(cache, number, words))
    ours = InServer(server, "ours", "bisearch (tsv)",
                    lambda q: f"tsv @~ {literal(search(q))}")
    ours.expands = True
    return peers + [ours], ours
