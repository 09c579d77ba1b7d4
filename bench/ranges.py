"""Ranges of field values through our index, GIN and SQLite's FTS5.

	bench/ranges [NUMBER]       of articles, 200,000 unless said

Articles of 40 words, of which a few are common, with a day of 26 years, a
number and a source each.  Beside a word, FTS5 asks a table with an index on
the day or number, as it has no values of its own.  Lucene (LongPoint) is left
out: it would need its index made anew with points, which bench/index's has
not.  A figure is the median of 9 counts, in milliseconds that the server's
process, or for FTS5 this one, spent on a processor; "alone" is the word's own
count.
"""

import datetime
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

TOP = Path(__file__).resolve().parent.parent
RUNS = 9
FIRST = datetime.date(2000, 1, 1)

WORDS = ("w0", "w20", "w50", "x777")
RANGES = (
    ("ten years", "date:2010..2019", ("day", "2010-01-01", "2019-12-31")),
    ("ten years, any days", "date:2008-02-03..2018-02-02",
     ("day", "2008-02-03", "2018-02-02")),
    ("a month", "date:2010-06", ("day", "2010-06-01", "2010-06-30")),
    ("a day", "date:2010-06-05", ("day", "2010-06-05", "2010-06-05")),
    ("500 to 1000", "words:500..1000", ("words", 500, 1000)),
    ("above 500", "words>500", ("words", 501, 10**9)),
    ("a value", 'source:"paper 7"', ("source", "paper 7", "paper 7")),
)


def articles(number):
    rnd = random.Random(1)
    for n in range(1, number + 1):
        words = [f"w{int(100 * rnd.random() ** 3)}" for _ in range(40)]
        words.append(f"x{rnd.randrange(20000)}")
        yield (n, " ".join(words),
               (FIRST + datetime.timedelta(rnd.randrange(26 * 365))
                ).isoformat(),
               rnd.randrange(3000), f"paper {rnd.randrange(50)}")


def spent(pid):
    """Milliseconds that a process, or this one, spent on a processor."""
    if pid == "self":
        return time.process_time() * 1000
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def median(run, pid):
    times = []
    for _ in range(RUNS):
        start = spent(pid)
        found = run()
        times.append(spent(pid) - start)
    return statistics.median(times), found


def fill(con, lite, number):
    con.execute("CREATE EXTENSION bisearch")
    con.execute("SELECT bi_create_configuration('news', 'simple', fields => "
                "'source text, date date, words number')")
    con.execute("CREATE UNLOGGED TABLE plain (id int, body text, day date, "
                "words int, source text)")
    lite.execute("CREATE VIRTUAL TABLE a USING fts5(body)")
    lite.execute("CREATE TABLE f (id integer primary key, day text, words "
                 "integer, source text)")
    with con.cursor().copy("COPY plain FROM STDIN") as copy:
        for row in articles(number):
            copy.write_row(row)
            lite.execute("INSERT INTO a (rowid, body) VALUES (?, ?)", row[:2])
            lite.execute("INSERT INTO f VALUES (?, ?, ?, ?)",
                         (row[0], *row[2:]))
    for column in ("day", "words", "source"):
        lite.execute(f"CREATE INDEX f_{column} ON f ({column})")
    lite.execute("ANALYZE")
    lite.commit()
    for kind in ("bisearch", "gin"):
        con.execute(
            f"CREATE UNLOGGED TABLE {kind} AS SELECT id, bi_tsvector(NULL, "
            "body, config => 'news') || bi_field('date', day) || "
            "bi_field('words', words) || bi_field('source', source) AS tsv "
            "FROM plain ORDER BY id")
        start = time.perf_counter()
        con.execute(f"CREATE INDEX ON {kind} USING {kind} (tsv)")
        print(f"{kind}: built in {time.perf_counter() - start:.1f} s")
        con.execute(f"VACUUM ANALYZE {kind}")


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200000
    directory = tempfile.mkdtemp(prefix="bi.ranges.", dir="/tmp")
    os.chmod(directory, 0o755)
    server = [TOP / "test/server"]
    try:
        subprocess.run(server + ["install", directory], check=True)
        (Path(directory) / "server.conf").write_text(
            "shared_buffers = 512MB\nautovacuum = off\nfsync = off\n")
        subprocess.run(server + ["start", directory], check=True)
        lite = sqlite3.connect(":memory:")
        with psycopg.connect(host=f"{directory}/socket", user="postgres",
                             dbname="postgres", autocommit=True) as con:
            fill(con, lite, number)
            for setting in ("jit = off", "enable_seqscan = off",
                            "max_parallel_workers_per_gather = 0"):
                con.execute("SET " + setting)
            compare(con, lite)
    finally:
        subprocess.run(server + ["remove", directory])


def compare(con, lite):
    server = con.info.backend_pid
    print("| word | range | articles | alone | bisearch | GIN | FTS5 |")
    print("|---|---|---|---|---|---|---|")
    for word in WORDS:
        alone = None
        for name, typed, (column, low, high) in (("", "", ("", 0, 0)),) \
                + RANGES:
            figures = []
            for kind in ("bisearch", "gin"):
                figures.append(median(lambda: con.execute(
                    f"SELECT count(*) FROM {kind} WHERE tsv @~ "
                    "to_bi_query('news', %s)",
                    [f'"{word}" {typed}']).fetchone()[0], server))
            query = "SELECT count(*) FROM a WHERE a MATCH ?"
            if typed:
                query = ("SELECT count(*) FROM a JOIN f ON f.id = a.rowid "
                         f"WHERE a MATCH ? AND f.{column} BETWEEN ? AND ?")
            figures.append(median(lambda: lite.execute(
                query, (word, low, high) if typed else (word,)
            ).fetchone()[0], "self"))
            assert len({found for _, found in figures}) == 1, figures
            alone = alone or figures[0][0]
            print(f"| {word} | {name} | {figures[0][1]} | {alone:.2f} | "
                  + " | ".join(f"{ms:.2f}" for ms, _ in figures) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
