"""An index that only gets inserts, with autovacuum off; see bench/upkeep.

One session inserts one row a statement.  A row's time is the session's
processor time, and, for the longest, the client's clock as well, since an
insert may also wait; the clock is that of an idle machine or says nothing.
Searches are counts of visible rows, medians of several runs.
"""

import itertools
import os
import random
import signal
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "test"))
os.environ.setdefault("BISEARCH_SEED", "1")

from instances import Instance  # noqa: E402

SETTINGS = ["shared_buffers = 1GB", "synchronous_commit = off",
            "max_wal_size = 8GB", "autovacuum = off", "jit = off",
            "max_parallel_workers_per_gather = 0"]
RUNS = 15
HELD = 60                   # seconds that a merge stands still
WORDS = 60000
RATE = 500                  # large articles a second: 43 million a day

# number of each word by how common it is; a word's rank is in its name
SEARCHES = {
    "one word, common": "c5", "one word, rare": "c20000",
    "a & b": "c20 & c40", "a & b & rare": "c3 & c7 & c9000",
    "a | b": "c30 | c50", "phrase, common": '"c1 c2"',
    "phrase, medium": '"c150 c200"', "3 words": '"c1 c2 c4"',
    "within 5": "c30 w/5 c60", "prefix*": "c199*",
}


class Words:
    """Articles of words by Zipf's law, made once."""

    def __init__(self, number, length):
        rnd = random.Random(f"{os.environ['BISEARCH_SEED']} {length}")
        weights = list(itertools.accumulate(
            1 / (n + 1) ** 1.05 for n in range(WORDS)))
        self.articles = []
        for _ in range(number):
            places = {}
            size = max(20, int(rnd.gauss(length, length / 4)))
            for place, word in enumerate(rnd.choices(
                    range(WORDS), cum_weights=weights, k=size)):
                places.setdefault(f"c{word}", []).append(str(place + 1))
            self.articles.append(" ".join(
                f"{word}:{','.join(at[:255])}"
                for word, at in sorted(places.items())))


class Archive:
    """A table that gets inserts, and the session that does it."""

    def __init__(self, server, words):
        self.server = server
        server.create_database("upkeep")
        self.con = con = server.connect("upkeep")
        # Linux's number of another process's clock (CPUCLOCK_SCHED)
        self.process = (~con.info.backend_pid << 3) | 2
        con.execute("CREATE TABLE pool (n integer PRIMARY KEY, tsv tsvector)")
        with con.cursor().copy("COPY pool FROM STDIN") as copy:
            for number, article in enumerate(words.articles):
                copy.write_row([number, article])
        con.execute("VACUUM ANALYZE pool")
        con.execute("CREATE TABLE a (id integer, tsv tsvector)")
        con.execute("CREATE INDEX a_tsv ON a USING bisearch (tsv)")
        con.execute("PREPARE put(integer, integer) AS "
                    "INSERT INTO a SELECT $1, tsv FROM pool WHERE n = $2")
        self.pool = len(words.articles)
        self.number = 0
        self.sizes()

    def sizes(self):
        self.article, self.lexemes = self.con.execute(
            "SELECT avg(pg_column_size(tsv))::integer, "
            "avg(length(tsv))::integer FROM pool").fetchone()

    def clock(self):
        return time.clock_gettime(self.process)

    def insert(self, number, rate=None):
        """Rows one by one, no more than rate a second: processor time of each
        on average and at worst, and the longest by the client's clock, in
        seconds."""
        times, longest = [], 0
        start = time.perf_counter()
        for n in range(number):
            if rate:
                time.sleep(max(0, start + n / rate - time.perf_counter()))
            began, clock = time.perf_counter(), self.clock()
            self.con.execute(f"EXECUTE put({self.number}, "
                             f"{self.number % self.pool})")
            times.append(self.clock() - clock)
            longest = max(longest, time.perf_counter() - began)
            self.number += 1
        return statistics.mean(times), max(times), longest

    def memory(self):
        """MB of address space that the session has had at most."""
        text = Path(f"/proc/{self.con.info.backend_pid}/status").read_text()
        return int(text.split("VmPeak:")[1].split()[0]) / 1024

    def figures(self):
        return self.con.execute(
            "SELECT segments, pending_pages, total_pages, retired_pages, "
            "unreferenced_pages FROM bi_index_stats('a_tsv')").fetchone()

    def search(self):
        """Milliseconds of each search."""
        result = {}
        self.con.execute("VACUUM (INDEX_CLEANUP OFF) a")
        for name, query in SEARCHES.items():
            times = []
            for _ in range(RUNS):
                began = self.clock()
                self.con.execute("SELECT count(*) FROM a WHERE tsv @~ "
                                 f"'{query}'::bi_query").fetchone()
                times.append(self.clock() - began)
            result[name] = statistics.median(times) * 1000
        return result

    def wait_for_workers(self):
        began = time.monotonic()
        while self.con.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE "
                "backend_type = 'bisearch merge worker')").fetchone()[0]:
            time.sleep(0.1)
        return time.monotonic() - began


def table(head, rows):
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def ms(seconds):
    return f"{seconds * 1000:.1f}"


def grow(name, number, words, rate=None):
    with Instance("upkeep", SETTINGS) as server:
        server.start()
        archive = Archive(server, words)
        pace = f", {rate} a second" if rate else ""
        print(f"### {number:,} {name} articles: {archive.lexemes} lexemes, "
              f"{archive.article} bytes each{pace}\n")
        rows, states = [], {}
        for part in range(1, 11):
            mean, worst, longest = archive.insert(number // 10, rate)
            segments, pending, total, retired, free = archive.figures()
            rows.append((f"{archive.number:,}", f"{mean * 1e6:.0f}",
                         ms(worst), ms(longest), segments, pending, total,
                         total - retired - free - pending))
            if part in (5, 10):
                states[f"at {archive.number:,}"] = archive.search()
        table(["articles", "µs a row", "worst, ms of processor",
               "longest, ms", "segments", "pending pages", "pages in all",
               "of segments"], rows)
        waited = archive.wait_for_workers()
        archive.con.execute("SELECT bi_index_check('a_tsv')")
        states[f"{waited:.0f} s later ({archive.figures()[0]} segments)"] = \
            archive.search()
        began = archive.clock()
        archive.con.execute("SELECT bi_index_merge('a_tsv')")
        merge = archive.clock() - began
        states["merged"] = merged = archive.search()
        table(["COUNT, ms"] + list(states), [
            [search] + [f"{state[search]:.2f} "
                        f"({state[search] / merged[search]:.1f})"
                        for state in states.values()]
            for search in SEARCHES])
        print(f"Merging all took {merge:.1f} s of processor time.\n")
        server.check_log()


# locks that a backend has when it stands still there
HELD_AT = {"flush": "tuple = 2", "merge": "tuple = 1 AND NOT EXISTS (SELECT "
           "FROM pg_locks o WHERE o.pid = l.pid AND o.tuple = 2)"}


def held(words, what):
    """A flush or merge that stands still."""
    with Instance("upkeep", SETTINGS) as server:
        server.start()
        archive = Archive(server, words)
        archive.insert(20000)
        archive.wait_for_workers()
        merger = server.connect("upkeep")
        pid = merger.info.backend_pid
        run = threading.Thread(target=merger.execute, args=(
            "SELECT bi_index_merge('a_tsv')",))
        run.start()
        while not archive.con.execute(
                "SELECT EXISTS (SELECT FROM pg_locks l WHERE pid = %s AND "
                f"granted AND {HELD_AT[what]})", [pid]).fetchone()[0]:
            pass
        os.kill(pid, signal.SIGSTOP)
        rows = []
        try:
            end = time.monotonic() + HELD
            worst = longest = 0
            while time.monotonic() < end:
                mean, most, clock = archive.insert(2000)
                worst, longest = max(worst, most), max(longest, clock)
            segments, pending, *_ = archive.figures()
            rows.append(("stands still", f"{archive.number:,}", ms(worst),
                         ms(longest), segments, pending))
            state = archive.search()
        finally:
            os.kill(pid, signal.SIGCONT)
        memory = archive.memory()
        mean, worst, longest = archive.insert(2000)
        segments, pending, *_ = archive.figures()
        rows.append(("goes on", f"{archive.number:,}", ms(worst),
                     ms(longest), segments, pending))
        memory = archive.memory() - memory
        run.join()
        merger.close()
        archive.wait_for_workers()
        segments, pending, *_ = archive.figures()
        rows.append(("is done", f"{archive.number:,}", "", "", segments,
                     pending))
        print(f"### A {what} that stands still for {HELD} s\n")
        table([f"the {what}", "articles", "worst insert, ms of processor",
               "longest, ms", "segments", "pending pages"], rows)
        print(f"The inserts after it took {memory:.0f} MB of memory more "
              "than those before.\n")
        after = archive.search()
        table(["COUNT, ms", "while it stood still", "afterwards"],
              [[search, f"{state[search]:.2f}", f"{after[search]:.2f}"]
               for search in SEARCHES])
        server.check_log()


def main():
    number = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 \
        else 1000000
    parts = sys.argv[2:] or ["small", "large", "paced", "held"]
    if "small" in parts:
        grow("small", number, Words(20000, 140))
    if "large" in parts:
        grow("large", number // 20, Words(1000, 2600))
    if "paced" in parts:
        grow("large", number // 20, Words(1000, 2600), RATE)
    if "held" in parts:
        for what in HELD_AT:
            held(Words(20000, 140), what)


if __name__ == "__main__":
    main()
