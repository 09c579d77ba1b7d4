"""Speed of bisearch beside what PostgreSQL has; see bench/run.

Each comparison runs two statements in turn, A B B A A B ..., several times
for each of at least 30 queries, over one connection and one set of articles.
A query's figure is the ratio of the two medians; a class's figures are the
median and the 95th percentile of its queries' ratios.  Times are those the
server's process spent on a processor, parsing and planning included, where
the system tells them (Linux): other work on the machine then disturbs less.
Elsewhere they are the client's.
"""

import csv
import datetime
import gzip
import json
import os
import random
import re
import statistics
import sys
import time
from pathlib import Path

import psycopg

TOP = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BISEARCH_DATA") or TOP.parent / "shared" / "data")
SEED = int(os.environ.get("BISEARCH_SEED", "1"))
QUERIES = 30
ROUNDS = 7

# words that are operators
NAMES = {"and", "or", "not", "but", "near"}

SETTINGS = ("jit = off", "max_parallel_workers_per_gather = 0",
            "work_mem = '64MB'")


class Bench:
    def __init__(self, con):
        self.con = con
        self.random = random.Random(SEED)
        self.results = []
        # Linux's number of another process's clock (CPUCLOCK_SCHED)
        self.process = ~con.info.backend_pid << 3 | 2
        try:
            self.clock()
        except OSError:
            self.process = None

    # measuring

    def clock(self):
        """Seconds the server's process has run, once it rests."""
        if self.process is None:
            return time.perf_counter()
        last, now = None, time.clock_gettime(self.process)
        while now != last:
            last, now = now, time.clock_gettime(self.process)
        return now

    def seconds(self, statement):
        begin = self.clock()
        self.con.execute(statement, prepare=False)
        return self.clock() - begin

    def pair(self, ours, theirs, rounds=ROUNDS):
        """Median seconds of two statements, run in turn."""
        times = ([], [])
        for statement in (ours, theirs):
            self.con.execute(statement, prepare=False)      # warm
        for number in range(rounds):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            for which in order:
                times[which].append(self.seconds((ours, theirs)[which]))
        return tuple(statistics.median(t) for t in times)

    def compare(self, what, pairs, target, at_least=False, check=True,
                rounds=ROUNDS):
        """Compare many pairs of statements; a figure is ours by theirs, or
        with at_least theirs by ours, so that target is the least speed."""
        ratios, mine, other = [], [], []
        for ours, theirs in pairs:
            if check:
                same = [self.con.execute(s, prepare=False).fetchone()
                        for s in (ours, theirs)]
                if same[0] != same[1]:
                    print(f"  different answers {same}: {ours}",
                          file=sys.stderr)
            a, b = self.pair(ours, theirs, rounds)
            ratios.append(b / a if at_least else a / b)
            mine.append(a)
            other.append(b)
        ratio = statistics.median(ratios)
        ratios.sort(reverse=at_least)
        self.report(
            what=what, ratio=ratio, at_least=at_least, target=target,
            p95=ratios[min(len(ratios) - 1, int(len(ratios) * 0.95))],
            ours_ms=statistics.median(mine) * 1000,
            theirs_ms=statistics.median(other) * 1000, n=len(ratios),
            ratios=ratios,
            met=ratio >= target if at_least else ratio <= target)

    def report(self, **result):
        self.results.append(result)
        print(row(result), flush=True)

    # what to ask

    def load(self):
        self.con.execute("DROP EXTENSION IF EXISTS bisearch CASCADE")
        self.con.execute("DROP TABLE IF EXISTS articles")
        self.con.execute("CREATE EXTENSION bisearch")
        self.con.execute("CREATE TABLE articles (id integer PRIMARY KEY, "
                         "headline text, body text, tsv tsvector)")
        self.articles = list(read_articles())
        with self.con.cursor() as cursor, cursor.copy(
                "COPY articles (id, headline, body) FROM STDIN") as copy:
            for article in self.articles:
                copy.write_row(article)
        self.con.execute("UPDATE articles SET "
                         "tsv = bi_tsvector(headline, body)")
        self.con.execute("VACUUM FULL articles")
        self.con.execute("CREATE INDEX ON articles USING gin (tsv)")
        self.con.execute("VACUUM ANALYZE articles")
        self.words = [re.findall(r"[a-z]+(?:-[a-z]+)?", body.lower())
                      for _, _, body in self.articles]

    def drawn(self, number, least=3):
        """Words in a row from one article, so words are drawn by use."""
        while True:
            words = self.random.choice(self.words)
            if len(words) < number:
                continue
            at = self.random.randrange(len(words) - number + 1)
            found = words[at:at + number]
            if all(len(w) >= least and w.isalpha() and w not in NAMES
                   for w in found) and len(set(found)) == number:
                return found

    def apart(self, number):
        """Words of one article, anywhere in it."""
        while True:
            words = [w for w in self.random.choice(self.words)
                     if w.isalpha() and len(w) > 2 and w not in NAMES]
            if len(set(words)) >= number:
                return self.random.sample(sorted(set(words)), number)

    def classes(self):
        """(name, [(search, tsquery)]) of what both can say."""
        def make(function):
            return [function() for _ in range(QUERIES)]

        def one():
            w, = self.apart(1)
            return w, f"'{w}'"

        def both():
            a, b = self.apart(2)
            return f"{a} & {b}", f"'{a}' & '{b}'"

        def either():
            a, b = self.apart(2)
            return f"{a} | {b}", f"'{a}' | '{b}'"

        def mixed():
            a, b, c, d = self.apart(4)
            return (f"({a} | {b}) & ({c} | {d})",
                    f"('{a}' | '{b}') & ('{c}' | '{d}')")

        def prefixed():
            while True:
                a, b = self.apart(2)
                if len(a) >= 4:
                    return f"{b} & {a[:4]}*", f"'{b}' & '{a[:4]}':*"

        def field():
            a, b = self.apart(2)
            return f"title:{a} | {b}", f"'{a}':A | '{b}'"

        def phrase2():
            a, b = self.drawn(2)
            return f'"{a} {b}"', f"'{a}' <-> '{b}'"

        def phrase3():
            a, b, c = self.drawn(3, 2)
            return f'"{a} {b} {c}"', f"'{a}' <-> '{b}' <-> '{c}'"

        return [("one word", make(one)), ("a and b", make(both)),
                ("a or b", make(either)),
                ("(a or b) and (c or d)", make(mixed)),
                ("a and prefix*", make(prefixed)), ("field", make(field)),
                ("phrase of 2", make(phrase2)),
                ("phrase of 3", make(phrase3))]

    # the parts

    def rows(self):
        """Matching itself, row by row, without index and rewriting."""
        self.con.execute("SET enable_bitmapscan = off")
        for name, queries in self.classes():
            self.compare(
                f"row by row: {name}",
                [(f"SELECT count(*) FROM articles WHERE "
                  f"bi_match(tsv, {literal(search)})",
                  f"SELECT count(*) FROM articles WHERE "
                  f"tsv @@ {literal(ts)}::tsquery") for search, ts in queries],
                1.0, rounds=5)
        self.con.execute("RESET enable_bitmapscan")

    def gin(self):
        """Constants through stock GIN."""
        for name, queries in self.classes():
            self.compare(
                f"GIN, constant: {name}",
                [(f"SELECT count(*) FROM articles WHERE "
                  f"tsv @~ {literal(search)}",
                  f"SELECT count(*) FROM articles WHERE "
                  f"tsv @@ {literal(ts)}::tsquery") for search, ts in queries],
                1.05, rounds=15)

    def generic(self):
        """Parameters in generic plans through stock GIN."""
        self.con.execute("SET plan_cache_mode = force_generic_plan")
        self.con.execute("SET enable_seqscan = off")
        self.con.execute("PREPARE ours(bi_query) AS SELECT count(*) "
                         "FROM articles WHERE tsv @~ $1")
        self.con.execute("PREPARE theirs(tsquery) AS SELECT count(*) "
                         "FROM articles WHERE tsv @@ $1")
        for name, queries in self.classes():
            self.compare(
                f"GIN, parameter: {name}",
                [(f"EXECUTE ours({literal(search)})",
                  f"EXECUTE theirs({literal(ts)})")
                 for search, ts in queries], 1.25, rounds=15)
        self.con.execute("DEALLOCATE ALL")
        self.con.execute("RESET enable_seqscan")
        self.con.execute("RESET plan_cache_mode")

    def searches(self):
        """Typical searches of three to six words, as both can read them."""
        def one():
            kind = self.random.randrange(4)
            if kind == 0:
                return " ".join(self.apart(self.random.randint(3, 6)))
            if kind == 1:
                a, b = self.drawn(2)
                c, d = self.apart(2)
                return f'"{a} {b}" {c} or {d}'
            if kind == 2:
                a, b, c, d = self.apart(4)
                return f"{a} {b} {c} -{d}"
            a, b, c = self.drawn(3, 2)
            d, e = self.apart(2)
            return f'"{a} {b} {c}" {d} {e}'
        return [one() for _ in range(QUERIES)]

    def input(self):
        """Reading a search.  Every second one has a blank at its end: no call
        can answer from what it kept of the call before."""
        def many(call):
            return ("SELECT count({}) FROM generate_series(1, 1000) AS i"
                    .format(call))

        for name, ours, theirs in (
                ("bisearch, lenient", "websearch_to_bi_query({})",
                 "websearch_to_tsquery('english', {})"),
                ("bisearch, strict", "to_bi_query({})",
                 "websearch_to_tsquery('english', {})"),
                ("bisearch_english", "to_bi_query('bisearch_english', {})",
                 "websearch_to_tsquery('english', {})"),
                ("english", "to_bi_query('english', {})",
                 "websearch_to_tsquery('english', {})")):
            arguments = [literal(s) + " || repeat(' ', i % 2)"
                         for s in self.searches()]
            self.compare(f"input: {name}",
                         [(many(ours.format(a)), many(theirs.format(a)))
                          for a in arguments], 2.0, check=False, rounds=5)

    def large(self):
        """Inputs of 1 MB: answered or refused within a second."""
        size = 2**20
        kinds = {
            "one word": "a" * size,
            "words of one letter": "a " * (size // 2),
            "65,000 words": " ".join(f"word{i:09}" for i in range(65000)),
            "or between": " or ".join(f"word{i:05}" for i in range(65000)),
            "opening parentheses": "(" * size,
            "pairs of parentheses": "(" * (size // 2) + ")" * (size // 2),
            "quotation marks": '"' * size,
            "phrases": '"a b" ' * (size // 6),
            "one phrase": '"' + "ab " * (size // 3 - 1) + '"',
            "not": "not " * (size // 4),
            "minus": "-a " * (size // 3),
            "near": "a near/5 " * (size // 9) + "a",
            "wildcards": "ab*c?d* " * (size // 8),
            "stars": "ab" + "*" * (size - 2),
            "fields": "title:" * (size // 6),
            "backslashes": "\\" * size,
            "Japanese": "保険会社の損失" * (size // 21),
            "accents": "e" + "\u0301" * (size // 2 - 1),
        }
        worst = {}
        self.con.execute("SET statement_timeout = '20s'")
        for name, text in kinds.items():
            text = text.encode()[:size].decode(errors="ignore")
            for call in ("to_bi_query", "websearch_to_bi_query", "bi_check"):
                begin = self.clock()
                try:
                    self.con.execute(f"SELECT count(*) FROM {call}(%s)",
                                     [text])
                except psycopg.Error as error:
                    if error.sqlstate in (None, "XX000"):
                        print(f"  {name}: {error}", file=sys.stderr)
                worst[f"{name}, {call}"] = self.clock() - begin
        self.con.execute("RESET statement_timeout")
        slowest = max(worst, key=worst.get)
        spread = sorted(worst.values())
        self.report(what=f"1 MB input, slowest: {slowest}", ratio=None,
                    target=1000, ours_ms=spread[-1] * 1000, theirs_ms=None,
                    p95=None, at_least=False, n=len(worst),
                    met=spread[-1] <= 1)

    def analysis(self):
        """Words a second, in portions of the articles."""
        last = max(a[0] for a in self.articles)
        step = max(1, last // QUERIES)
        portions = [f"WHERE id BETWEEN {at} AND {at + step - 1}"
                    for at in range(1, step * QUERIES, step)]
        words = sum(len(w) for w in self.words) / last * step

        def total(call, portion):
            return f"SELECT sum(length({call})) FROM articles {portion}"

        for name, call, target in (
                ("to_tsvector('bisearch')", "to_tsvector('bisearch', body)",
                 1.0),
                ("to_tsvector('bisearch_english')",
                 "to_tsvector('bisearch_english', body)", None),
                ("bi_tsvector", "bi_tsvector(headline, body)", 3.0)):
            theirs = "to_tsvector('english', body)"
            self.compare(
                f"words a second: {name}",
                [(total(call, p), total(theirs, p)) for p in portions],
                target or 0, at_least=True, check=False, rounds=3)
            self.results[-1]["words_per_second"] = round(
                words / self.results[-1]["ours_ms"] * 1000)
            print(f"    {self.results[-1]['words_per_second']:,} words a "
                  "second")


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def row(result):
    """One line of the table."""
    def figure(value, form):
        return format(value, form) if value is not None else "-"

    sign = ">=" if result["at_least"] else "<="
    target = "-" if not result["target"] else f"{sign} {result['target']:g}"
    return (f"{result['what']:<46.46} {figure(result['ratio'], '6.2f'):>6} "
            f"{figure(result['p95'], '6.2f'):>6} {target:>8} "
            f"{'' if not result['target'] else 'met' if result['met'] else 'MISSED':<6} "
            f"{figure(result['ours_ms'], '9.3f'):>9} "
            f"{figure(result['theirs_ms'], '9.3f'):>9} {result['n']:>4}")


HEADING = (f"{'what':<46} {'ratio':>6} {'p95':>6} {'target':>8} {'':<6} "
           f"{'ours ms':>9} {'theirs ms':>9} {'n':>4}")


def read_articles():
    """(id, headline, body) of the articles to measure with."""
    path = DATA / "reuters_dev.copy.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                number, _, _, headline, body = line.rstrip("\n").split("\t")
                yield (int(number), unescape(headline), unescape(body) or "")
        return
    with open(TOP / "demo" / "articles.csv", encoding="utf-8",
              newline="") as file:
        sample = list(csv.DictReader(file))
    shuffle = random.Random(SEED)
    for number in range(1, 10001):
        parts = [shuffle.choice(sample)["body"] for _ in range(3)]
        yield number, shuffle.choice(sample)["headline"], "\n\n".join(parts)


def unescape(value):
    if value == "\\N":
        return None
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(
        m[1], m[1]), value)


def markdown(results):
    """The table for RESULTS.md."""
    lines = ["| what | ratio | p95 | target | met | ours, ms | theirs, ms |",
             "|---|---|---|---|---|---|---|"]
    for r in results:
        def figure(key, form):
            return format(r[key], form) if r[key] is not None else ""
        sign = "≥" if r["at_least"] else "≤"
        unit = " ms" if r["ratio"] is None else ""
        lines.append(
            f"| {r['what']} | {figure('ratio', '.2f')} | "
            f"{figure('p95', '.2f')} | "
            f"{sign + ' ' + format(r['target'], 'g') + unit if r['target'] else ''} | "
            f"{('yes' if r['met'] else 'no') if r['target'] else ''} | "
            f"{figure('ours_ms', '.3f')} | {figure('theirs_ms', '.3f')} |")
    return "\n".join(lines) + "\n"


PARTS = ("rows", "gin", "generic", "input", "large", "analysis")


def main():
    choice = sys.argv[1:] or PARTS
    wrong = set(choice) - set(PARTS)
    if wrong:
        sys.exit(f"bench: no part {' '.join(sorted(wrong))}; parts are "
                 f"{' '.join(PARTS)}")
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        for setting in SETTINGS:
            con.execute(f"SET {setting}")
        bench = Bench(con)
        print("Loading articles ...", flush=True)
        bench.load()
        print(f"{len(bench.articles):,} articles, "
              f"{sum(map(len, bench.words)):,} words, seed {SEED}\n")
        print(HEADING, flush=True)
        for part in choice:
            getattr(bench, part)()
    met = [r["met"] for r in bench.results if r["target"]]
    print(f"\n{sum(met)} of {len(met)} targets met")
    where = TOP / "bench" / "results"
    where.mkdir(exist_ok=True)
    stem = where / datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    stem.with_suffix(".json").write_text(
        json.dumps({"seed": SEED, "articles": len(bench.articles),
                    "results": bench.results}, indent=1))
    stem.with_suffix(".md").write_text(markdown(bench.results))
    print(f"kept in {stem.relative_to(TOP)}.json and .md")


if __name__ == "__main__":
    main()
