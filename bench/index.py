"""Our index beside GIN, RUM, SQLite's FTS5 and Lucene; see bench/index.

All have the same words: the lexemes that configuration bisearch makes of an
article's body.  FTS5 and Lucene get them as a text with blanks between.  All
of a peer's index is in memory, and each search runs in one thread.

The searches of a class run in turn, one after the other through all peers,
then all again: other work on the machine then disturbs all alike.  A search's
figure is the median of its runs, a class's the median and the 95th percentile
over its searches; a ratio is the median of the searches' ratios.  Times are
those that the process or thread that searches spent on a processor: the
server's for GIN, RUM and ours, parsing and planning included, this one for
FTS5, and the searching thread for Lucene.
"""

import datetime
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psycopg

from peers import InServer, Lucene, execute, expands, find_peers, literal

TOP = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BISEARCH_DATA") or TOP.parent / "shared" / "data")
SEED = int(os.environ.get("BISEARCH_SEED", "1"))
QUERIES = int(os.environ.get("BISEARCH_QUERIES", "30"))
ROUNDS = int(os.environ.get("BISEARCH_ROUNDS", "3"))
SAMPLE = 20000
INSERTED = 4000
BATCH = 250
PARTS = ("build", "count", "newest", "insert", "growth")

SETTINGS = ("jit = off", "max_parallel_workers_per_gather = 0",
            "max_parallel_maintenance_workers = 0", "work_mem = '64MB'",
            "maintenance_work_mem = '256MB'", "synchronous_commit = off",
            "enable_seqscan = off")

# what design asks of a class: so many times a peer's speed, at least
PHRASE2 = {"gin": 25, "lucene": 1}
PHRASES = {"gin": 10, "rum": 40, "lucene": 1}
NEAR = {"lucene": 1}
COMMON = {"gin": 15, "lucene": 0.5}
BOOLEAN = {"gin": 1, "lucene": 0.5}


class Server:
    """The PostgreSQL server: its processor clock, and the articles."""

    def __init__(self, con, number):
        self.con = con
        self.number = number
        # Linux's number of another process's clock (CPUCLOCK_SCHED)
        self.process = ~con.info.backend_pid << 3 | 2

    def clock(self):
        """Seconds the server's process has run, once it rests."""
        last, now = None, time.clock_gettime(self.process)
        while now != last:
            last, now = now, time.clock_gettime(self.process)
        return now

    def seconds(self, statement):
        begin = self.clock()
        execute(self.con, statement)
        return self.clock() - begin

    def load(self, articles):
        """The extension anew, and the articles unless they are there."""
        execute(self.con, "DROP EXTENSION IF EXISTS bisearch CASCADE")
        execute(self.con, "CREATE EXTENSION bisearch")
        there = execute(self.con, "SELECT to_regclass('loaded') IS NOT NULL"
                        ).fetchone()[0]
        if there:
            execute(self.con, "UPDATE pg_index SET indisvalid = true "
                    "WHERE NOT indisvalid")
            return
        print("Loading articles ...", flush=True)
        execute(self.con, "DROP TABLE IF EXISTS articles")
        execute(self.con, "CREATE TABLE articles (id integer PRIMARY KEY, "
                "pub_date timestamp, topic text, headline text, body text, "
                "tsv tsvector)")
        execute(self.con, "CREATE TEMP TABLE raw (LIKE articles)")
        with self.con.cursor() as cursor, cursor.copy(
                "COPY raw (id, pub_date, topic, headline, body) "
                "FROM STDIN") as copy:
            for path in articles:
                with open(path, "rb") as file:
                    while block := file.read(1 << 20):
                        copy.write(block)
        execute(self.con, "INSERT INTO articles SELECT id, pub_date, topic, "
                "headline, body, to_tsvector('bisearch', body) FROM raw")
        execute(self.con, "DROP TABLE raw")
        execute(self.con, "CREATE INDEX ON articles (pub_date)")
        execute(self.con, "VACUUM ANALYZE articles")
        execute(self.con, "CREATE TABLE loaded ()")

    def words(self, path):
        """Write the articles' words to a file: id, tab, words."""
        if path.exists():
            return
        print("Writing words ...", flush=True)
        part = path.with_suffix(".part")
        with open(part, "wb") as file, self.con.cursor() as cursor, \
                cursor.copy("COPY (SELECT id, (SELECT string_agg(lexeme, ' ' "
                            "ORDER BY position) FROM unnest(tsv), "
                            "unnest(positions) AS position) FROM articles "
                            "ORDER BY id) TO STDOUT") as copy:
            for block in copy:
                file.write(block)
        part.rename(path)


class Drawer:
    """Draws searches from the articles, by use."""

    def __init__(self, words, number):
        self.random = random.Random(SEED)
        step = max(1, number // SAMPLE)
        self.articles = []
        with open(words, encoding="utf-8") as file:
            for at, line in enumerate(file):
                if at % step == 0:
                    self.articles.append(line.rstrip("\n").split("\t")[1]
                                         .split(" "))
        self.share = Counter()
        for article in self.articles:
            self.share.update(set(article))
        for word in self.share:
            self.share[word] /= len(self.articles)

    def common(self, word):
        return word.isalpha() and 0.05 <= self.share[word] <= 0.6

    def medium(self, word):
        return word.isalpha() and 0.002 <= self.share[word] <= 0.02

    def any(self, word):
        return word.isalpha()

    def row(self, *kinds):
        """Words in a row, one of each kind."""
        while True:
            article = self.random.choice(self.articles)
            if len(article) < len(kinds):
                continue
            at = self.random.randrange(len(article) - len(kinds) + 1)
            words = article[at:at + len(kinds)]
            if len(set(words)) == len(kinds) and all(
                    kind(word) for kind, word in zip(kinds, words)):
                return words

    def mixed(self, number):
        """Words in a row, of them a common one and a rarer one."""
        while True:
            words = self.row(*[self.any] * number)
            if any(map(self.common, words)) and any(
                    self.share[word] < 0.02 for word in words):
                return words

    def one(self, kind):
        return self.row(kind)[0]

    def apart(self, *kinds):
        while True:
            words = [self.one(kind) for kind in kinds]
            if len(set(words)) == len(kinds):
                return words

    def absent(self):
        return "".join(self.random.choices("bcdfghjklm", k=12))

    def prefix(self):
        while True:
            word = self.one(self.any)
            if len(word) >= 5:
                return word[:4]

    def mistyped(self, edits):
        """A word of at least five letters with so many mistakes."""
        while True:
            word = self.one(self.any)
            if len(word) >= 5:
                break
        for _ in range(edits):
            at = self.random.randrange(len(word))
            kind = self.random.randrange(4)
            letter = self.random.choice("aeinrst")
            if kind == 0:
                word = word[:at] + letter + word[at:]
            elif kind == 1:
                word = word[:at] + letter + word[at + 1:]
            elif kind == 2:
                word = word[:at] + word[at + 1:]
            else:
                word = word[:at] + word[at:at + 2][::-1] + word[at + 2:]
        return word

    def ending(self):
        while True:
            word = self.one(self.any)
            if len(word) >= 6:
                return "*" + word[-4:]

    def many(self, name, make):
        """Searches of a class, each but once as far as there are so many;
        the same whatever was drawn before."""
        self.random.seed(f"{SEED} {name}")
        found = {}
        for _ in range(QUERIES * 50):
            found.setdefault(make())
            if len(found) == QUERIES:
                break
        return list(found)

    def counts(self):
        """(class, what is asked of it, searches)"""
        c, m = self.common, self.medium

        def w(word):
            return "w", word

        def phrase(*kinds):
            return ("p", *self.row(*kinds))

        classes = [
            ("2-word phrase, common", PHRASE2, lambda: phrase(c, c)),
            ("2-word phrase, medium", NEAR, lambda: phrase(m, m)),
            ("3-word phrase, common", PHRASES, lambda: phrase(c, c, c)),
            ("3-word phrase, mixed", PHRASES, lambda: ("p", *self.mixed(3))),
            ("4-word phrase, mixed", PHRASES, lambda: ("p", *self.mixed(4))),
            ("phrase & phrase, common", NEAR,
             lambda: ("&", phrase(c, c), phrase(c, c))),
            ("within 5, common", NEAR,
             lambda: ("n", 5, *self.apart(c, c))),
            ("within 5, medium", NEAR,
             lambda: ("n", 5, *self.row(m, self.any, m)[::2])),
            ("one word, common", BOOLEAN, lambda: w(self.one(c))),
            ("one word, medium", BOOLEAN, lambda: w(self.one(m))),
            ("a & b, common", COMMON,
             lambda: ("&", *map(w, self.apart(c, c)))),
            ("a & b, medium", BOOLEAN,
             lambda: ("&", *map(w, self.apart(m, m)))),
            ("a & b, common and medium", BOOLEAN,
             lambda: ("&", *map(w, self.apart(c, m)))),
            ("a | b, common", COMMON,
             lambda: ("|", *map(w, self.apart(c, c)))),
            ("a | b, medium", BOOLEAN,
             lambda: ("|", *map(w, self.apart(m, m)))),
            ("a & !b, common", COMMON,
             lambda: ("!", *map(w, self.apart(c, c)))),
            ("a & (b | c | d), common", COMMON, lambda: (
                lambda a, *rest: ("&", w(a), ("|", *map(w, rest))))(
                    *self.apart(c, c, c, c))),
            ("a word of no article", {}, lambda: w(self.absent())),
            ("prefix*", BOOLEAN, lambda: ("*", self.prefix())),
            ("a & prefix*", BOOLEAN,
             lambda: ("&", w(self.one(c)), ("*", self.prefix()))),
            ("fuzzy~1", NEAR, lambda: ("~", 1, self.mistyped(1))),
            ("fuzzy~2", NEAR, lambda: ("~", 2, self.mistyped(2))),
            ("a & fuzzy~1", NEAR,
             lambda: ("&", w(self.one(c)), ("~", 1, self.mistyped(1)))),
            ("*leading wildcard", NEAR, lambda: ("?", self.ending())),
        ]
        return [(name, target, self.many(name, make))
                for name, target, make in classes]

    def newests(self):
        c, m = self.common, self.medium
        classes = [
            ("2-word phrase, common", lambda: ("p", *self.row(c, c))),
            ("2-word phrase, medium", lambda: ("p", *self.row(m, m))),
            ("4-word phrase, mixed", lambda: ("p", *self.mixed(4))),
            ("one word, medium", lambda: ("w", self.one(m))),
            ("a & b, common",
             lambda: ("&", *(("w", x) for x in self.apart(c, c)))),
        ]
        return [(name, self.many(f"newest {name}", make))
                for name, make in classes]


def percentile(values, share=0.95):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def milliseconds(seconds):
    return f"{seconds * 1000:.3g}" if seconds < 1 else f"{seconds * 1000:,.0f}"


class Bench:
    def __init__(self, server, peers, ours, cache, words):
        self.server = server
        self.peers = peers
        self.ours = ours
        self.cache = cache
        self.words = words
        self.drawer = None
        self.results = {}

    def measure(self, name, queries, how, peers):
        """Run the searches through the peers; seconds of each, by peer."""
        times = {peer.name: [[] for _ in queries] for peer in peers}
        answers = {}
        wrong = 0
        for peer in peers:
            peer.elsewhere = 0
        for turn in range(ROUNDS + 1):
            for peer in peers:
                peer.use()
                for at, q in enumerate(queries):
                    seconds, answer = getattr(peer, how)(q)
                    if turn > 0:
                        times[peer.name][at].append(seconds)
                        continue
                    # the first turn warms up
                    expected = answers.setdefault(at, answer)
                    if answer != expected:
                        wrong += 1
                        print(f"  {peer.name} has {answer}, "
                              f"{peers[0].name} {expected}: {q}",
                              file=sys.stderr)
        result = {"n": len(queries), "wrong": wrong, "median": {},
                  "p95": {}, "times_ours": {},
                  "elsewhere": {p.name: p.elsewhere / (ROUNDS + 1)
                                for p in peers if p.elsewhere}}
        if how == "count":
            result["answer"] = statistics.median(answers.values())
        medians = {peer: [statistics.median(t) for t in times[peer]]
                   for peer in times}
        for peer in times:
            result["median"][peer] = statistics.median(medians[peer])
            result["p95"][peer] = percentile(medians[peer])
            # how many times its speed ours has
            result["times_ours"][peer] = statistics.median(
                t / o for t, o in zip(medians[peer], medians["ours"]))
        self.results.setdefault(how, {})[name] = result
        return result

    def ready(self):
        self.drawer = self.drawer or Drawer(self.words, self.server.number)
        for peer in self.peers:
            if not peer.there():
                self.built(peer)
        # what else went on may have kept VACUUM from marking pages visible
        execute(self.server.con, "VACUUM articles")
        execute(self.server.con, "SELECT count(*) FROM articles")
        for peer in self.peers:
            if peer.name == "lucene":
                peer.warm([q for _, _, queries in self.drawer.counts()
                           for q in queries])

    def built(self, peer):
        peer.use()
        seconds, size = peer.build()
        figures = self.cache / f"built-{self.server.number}.json"
        known = json.loads(figures.read_text()) if figures.exists() else {}
        known[peer.name] = {"seconds": seconds, "bytes": size}
        figures.write_text(json.dumps(known))
        print(f"  {peer.name:<8} {seconds:8.1f} s "
              f"{size / 1e6:8.0f} MB", flush=True)

    # the parts

    def build(self):
        print("\nBuild, seconds of processor time, and size")
        for peer in self.peers:
            if peer.name == "ours" or not peer.there() or \
                    "build" in sys.argv:
                self.built(peer)
        execute(self.server.con, "CHECKPOINT")
        self.results["build"] = json.loads(
            (self.cache / f"built-{self.server.number}.json").read_text())

    def count(self):
        self.ready()
        peers = [p for p in self.peers if p.name != "rumdate"]
        print("\nCOUNT, ms (median / 95th percentile); "
              "x: so many times the time of ours")
        all_peers = peers
        for name, target, queries in self.drawer.counts():
            peers = [p for p in all_peers
                     if p.expands or not any(map(expands, queries))]
            result = self.measure(name, queries, "count", peers)
            known = {p: t for p, t in target.items()
                     if p in result["times_ours"]}
            result["target"] = known
            result["met"] = all(result["times_ours"][p] >= t
                                for p, t in known.items())
            print(f"{name:<26} {result['answer']:>8.0f} " + " ".join(
                f"{p.name} {milliseconds(result['median'][p.name])}/"
                f"{milliseconds(result['p95'][p.name])}" +
                (f" {result['times_ours'][p.name]:.3g}x"
                 if p is not self.ours else "") for p in peers) +
                ("  met" if result["met"] else "  MISSED") +
                (f"  without index: {result['elsewhere']}"
                 if result["elsewhere"] else ""), flush=True)

    def newest(self):
        self.ready()
        peers = [p for p in self.peers if p.name != "rum"]
        print("\nNewest 10 by date, ms (median / 95th percentile)")
        for name, queries in self.drawer.newests():
            result = self.measure(name, queries, "newest", peers)
            result["met"] = result["p95"]["ours"] <= 0.010
            print(f"{name:<26} " + " ".join(
                f"{p.name} {milliseconds(result['median'][p.name])}/"
                f"{milliseconds(result['p95'][p.name])}" for p in peers) +
                ("  met" if result["met"] else "  MISSED") +
                (f"  without index: {result['elsewhere']}"
                 if result["elsewhere"] else ""), flush=True)

    def insert(self):
        """Rows one by one, a batch in turn into each of the tables, which
        hold a tenth of the articles."""
        print(f"\nInsert, {INSERTED} rows: microseconds of processor time a "
              "row, over none; worst row in ms", flush=True)
        con = self.server.con
        tenth = max(1000, self.server.number // 10)
        times = {}
        execute(con, "DROP TABLE IF EXISTS supply")
        execute(con, "CREATE TABLE supply AS SELECT row_number() OVER "
                "(ORDER BY id DESC)::int AS n, id, tsv FROM articles "
                f"ORDER BY id DESC LIMIT {INSERTED}")
        execute(con, "ALTER TABLE supply ADD PRIMARY KEY (n)")
        peers = [p for p in self.peers
                 if isinstance(p, InServer) and p.name != "rumdate"]
        for name, definition in [("none", None)] + [
                (p.name, p.definition) for p in peers]:
            table = f"inserts_{name}"
            execute(con, f"DROP TABLE IF EXISTS {table}")
            execute(con, f"CREATE TABLE {table} AS SELECT id, tsv FROM "
                    f"articles WHERE id <= {tenth}")
            if definition:
                execute(con, f"CREATE INDEX ON {table} USING {definition}")
            execute(con, f"PREPARE {table}(int) AS INSERT INTO {table} "
                    "SELECT id, tsv FROM supply WHERE n = $1")
            times[name] = []
        for first in range(1, INSERTED + 1, BATCH):
            for name, spent in times.items():
                for n in range(first, first + BATCH):
                    spent.append(self.server.seconds(
                        f"EXECUTE inserts_{name}({n})"))
        none = statistics.mean(times["none"])
        result = {name: {"us": (statistics.mean(spent) -
                                none * (name != "none")) * 1e6,
                         "worst_ms": max(spent) * 1000}
                  for name, spent in times.items()}
        execute(con, "DEALLOCATE ALL")
        for name in times:
            execute(con, f"DROP TABLE inserts_{name}")
        execute(con, "DROP TABLE supply")
        by_name = {p.name: p for p in self.peers}
        if "fts5" in by_name:
            result["fts5"] = self.insert_fts5(by_name["fts5"], tenth)
        if "lucene" in by_name:
            result["lucene"] = self.insert_lucene(by_name["lucene"])
        if "gin" in result:
            result["met"] = (result["ours"]["us"] <= result["gin"]["us"] / 4
                             and result["ours"]["worst_ms"] <= 20)
        self.results["insert"] = result
        for name, figures in result.items():
            if name != "met":
                worst = figures["worst_ms"]
                print(f"  {name:<8} {figures['us']:8.1f} " +
                      (f"{worst:8.1f}" if worst is not None else ""))

    def lines(self):
        with open(self.words, encoding="utf-8") as file:
            return file.readlines()[-INSERTED:]

    def insert_fts5(self, peer, tenth):
        """All into one transaction, on top of a tenth of the articles."""
        path = self.cache / "inserts.sqlite"
        con = peer.table(path)
        con.execute("BEGIN")
        with open(self.words, encoding="utf-8") as file:
            for _, line in zip(range(tenth), file):
                con.execute("INSERT INTO t (body) VALUES (?)",
                            (line.split("\t")[1],))
        con.execute("COMMIT")
        con.execute("BEGIN")
        times = []
        for line in self.lines():
            text = line.split("\t")[1]
            begin = time.thread_time()
            con.execute("INSERT INTO t (body) VALUES (?)", (text,))
            times.append(time.thread_time() - begin)
        begin = time.thread_time()
        con.execute("COMMIT")
        times[-1] += time.thread_time() - begin
        con.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return {"us": statistics.mean(times) * 1e6,
                "worst_ms": max(times) * 1000}

    def insert_lucene(self, peer):
        file = self.cache / "inserts.words"
        file.write_text("".join(self.lines()))
        where = self.cache / "inserts.lucene"
        Lucene.remove(where)
        answer = subprocess.run(
            peer.java + ["insert", str(where), str(file)], check=True,
            capture_output=True, text=True).stdout
        Lucene.remove(where)
        file.unlink()
        return {"us": int(answer) / 1000, "worst_ms": None}

    def growth(self):
        """The same answer in a tenth of the articles and in all of them."""
        print("\nGrowth: ms in a tenth of the articles, in all, their ratio; "
              "100 articles have the rarest word", flush=True)
        con = self.server.con
        self.drawer = self.drawer or Drawer(self.words, self.server.number)
        execute(con, "DROP TABLE IF EXISTS small, big")
        draw = random.Random(SEED)
        common = self.drawer.common
        pairs = self.drawer.many(
            "growth", lambda: tuple(self.drawer.row(common, common)))
        tenth = self.server.number // 10
        execute(con, "CREATE TEMP TABLE planted (id int, tsv tsvector)")
        for at, (a, b) in enumerate(pairs):
            ids = draw.sample(range(1, tenth + 1), min(100, tenth // 10))
            execute(con, "INSERT INTO planted SELECT id * 10, to_tsvector("
                    f"'bisearch', '{a} {b} planted{at}') "
                    f"FROM unnest(ARRAY{ids}) AS id")
        for table, condition in (("small", "WHERE id % 10 = 0"),
                                 ("big", "")):
            execute(con, f"CREATE TABLE {table} AS SELECT id, tsv "
                    f"FROM articles {condition}")
            execute(con, f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
            for at in range(len(pairs)):
                execute(con, f"UPDATE {table} AS t SET tsv = t.tsv || p.tsv "
                        "FROM planted AS p WHERE p.id = t.id AND "
                        f"p.tsv @@ 'planted{at}'::tsquery")
            execute(con, f"VACUUM ANALYZE {table}")
            execute(con, f"CREATE INDEX ON {table} USING bisearch (tsv)")
        result = {}
        shapes = {
            "3-word phrase": '"{a} {b} {p}"',
            "a & b & rare": '"{a}" & "{b}" & {p}',
            "a NEAR/5 rare": '"{a}" NEAR/5 {p}',
            "rare & (a | b)": '{p} & ("{a}" | "{b}")',
        }
        for name, shape in shapes.items():
            ratios, small, big = [], [], []
            for at, (a, b) in enumerate(pairs):
                q = literal(shape.format(a=a, b=b, p=f"planted{at}"))
                times = {"small": [], "big": []}
                counts = set()
                for turn in range(ROUNDS * 2 + 1):
                    for table in times:
                        statement = (f"SELECT count(*) FROM {table} "
                                     f"WHERE tsv @~ {q}")
                        begin = self.server.clock()
                        answer = execute(con, statement).fetchone()[0]
                        if turn > 0:
                            times[table].append(self.server.clock() - begin)
                        counts.add(answer)
                if len(counts) > 1:
                    print(f"  different answers {counts}: {q}",
                          file=sys.stderr)
                small.append(statistics.median(times["small"]))
                big.append(statistics.median(times["big"]))
                ratios.append(big[-1] / small[-1])
            result[name] = {
                "small": statistics.median(small),
                "big": statistics.median(big),
                "ratio": statistics.median(ratios),
                "p95": percentile(ratios),
                "met": statistics.median(ratios) < 2}
            r = result[name]
            print(f"  {name:<16} {r['small'] * 1000:8.3f} "
                  f"{r['big'] * 1000:8.3f} {r['ratio']:6.2f} "
                  f"(p95 {r['p95']:.2f})  "
                  f"{'met' if r['met'] else 'MISSED'}", flush=True)
        execute(con, "DROP TABLE small, big, planted")
        self.results["growth"] = result


def table(head, rows):
    def line(cells):
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
    return [line(head), "|" + "---|" * len(head), *map(line, rows), ""]


def markdown(results, number):
    """The tables of INDEX.md."""
    lines = [f"### {number:,} articles", ""]

    def cell(result, peer):
        if peer not in result["median"]:
            return "–"
        """Median / 95th percentile (times the time of ours)."""
        figure = (f"{milliseconds(result['median'][peer])} / "
                  f"{milliseconds(result['p95'][peer])}")
        if peer != "ours":
            figure += f" ({result['times_ours'][peer]:.3g})"
        return figure

    def yes(result):
        return "yes" if result["met"] else "no"

    if "build" in results:
        lines += table(["index", "build, s", "MB"], [
            [peer, f"{r['seconds']:.1f}", f"{r['bytes'] / 1e6:.0f}"]
            for peer, r in results["build"].items()])
    for how, title in (("count", "COUNT of"), ("newest", "newest 10 of")):
        if how not in results:
            continue
        peers = list(next(iter(results[how].values()))["median"])
        head = [title] + (["articles"] if how == "count" else []) + \
            [f"{peer}, ms" for peer in peers] + ["asked", "met"]
        rows = []
        for name, r in results[how].items():
            asked = ", ".join(f"{peer} × {least:g}" for peer, least
                              in r["target"].items()) \
                if how == "count" else "p95 ≤ 10 ms"
            rows.append([name] + ([f"{r['answer']:.0f}"]
                                  if how == "count" else []) +
                        [cell(r, peer) for peer in peers] + [asked, yes(r)])
        lines += table(head, rows)
    if "insert" in results:
        lines += table(["insert", "µs a row", "worst row, ms"], [
            [peer, f"{r['us']:.1f}", f"{r['worst_ms']:.1f}"
             if r["worst_ms"] is not None else ""]
            for peer, r in results["insert"].items() if peer != "met"])
    if "growth" in results:
        lines += table(["growth", "a tenth, ms", "all, ms", "ratio", "met"], [
            [name, f"{r['small'] * 1000:.3f}", f"{r['big'] * 1000:.3f}",
             f"{r['ratio']:.2f}", yes(r)]
            for name, r in results["growth"].items()])
    return "\n".join(lines)


def generate(cache, number):
    """Files of the articles, made unless they are there.  An article depends
    on its number only: a larger set begins with a smaller one's."""
    files, first = [], 1
    while first <= number:
        known = [p for p in cache.glob(f"articles-{first}-*.copy")
                 if int(p.stem.rsplit("-", 1)[1]) <= number]
        if known:
            files.append(max(known, key=lambda p: p.stat().st_size))
        else:
            print("Making articles ...", flush=True)
            plain = cache / "reuters.copy"
            with gzip.open(DATA / "reuters_dev.copy.gz") as rows:
                plain.write_bytes(rows.read())
            made = cache / f"articles-{first}-{number}.copy"
            part = made.with_suffix(".part")
            subprocess.run(
                [sys.executable, str(DATA / "generate_corpus.py"), str(plain),
                 "-n", str(number - first + 1), "--first", str(first), "-o",
                 str(part)], check=True)
            part.rename(made)
            files.append(made)
        first = int(files[-1].stem.rsplit("-", 1)[1]) + 1
    return files


def main():
    cache, number = Path(sys.argv[1]), int(sys.argv[2])
    parts = sys.argv[3:] or PARTS
    if wrong := set(parts) - set(PARTS):
        sys.exit(f"index: no part {' '.join(sorted(wrong))}; parts are "
                 f"{' '.join(PARTS)}")
    words = cache / f"words-{number}"
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        for setting in SETTINGS:
            con.execute(f"SET {setting}")
        server = Server(con, number)
        server.load(generate(cache, number))
        server.words(words)
        peers, ours = find_peers(server, cache, number, words)
        bench = Bench(server, peers, ours, cache, words)
        try:
            for part in parts:
                getattr(bench, part)()
        finally:
            for peer in peers:
                peer.close()
            keep(bench.results, number)


def keep(results, number):
    where = TOP / "bench" / "results"
    where.mkdir(exist_ok=True)
    stem = where / datetime.datetime.now().strftime("index-%Y%m%d-%H%M%S")
    results.update(articles=number, seed=SEED, load=os.getloadavg())
    stem.with_suffix(".json").write_text(json.dumps(results, indent=1))
    stem.with_suffix(".md").write_text(markdown(results, number))
    print(f"\nkept in {stem.relative_to(TOP)}.json and .md")


if __name__ == "__main__":
    main()
