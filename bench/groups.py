"""Groups counted by our index, and by fetching the rows that it finds.

	bench/groups [NUMBER]       of articles, 100,000 unless said

Articles of 40 words and 19 years in order of arrival, of 76 topics of which a
few are common, with two columns in the index and no row that VACUUM has not
seen.  "Off" is the same statement with bisearch.enable_groups off, by the plan
that the planner likes best then.  A figure is the median of 9, in
milliseconds that the server's process spent on a processor, parsing and
planning included; "alone" is count(*) of the same search.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

TOP = Path(__file__).resolve().parent.parent
RUNS = 9

SEARCHES = ("w0", "w20", "w50", "w0 w20", "w20 OR w50", '"w0 w20"')
SHARES = ("w0", "w10", "w20", "w50", '"w0 w1"')
GROUPS = (
    ("month", "date_trunc('month', published)", ""),
    ("day", "published::date", ""),
    ("topic", "topic", ""),
    ("month, topic", "date_trunc('month', published), topic", ""),
    ("month of a topic and ten years", "date_trunc('month', published)",
     " AND topic = 't0' AND published >= '2010-01-01' "
     "AND published < '2020-01-01'"),
    ("year by extract", "extract(year FROM published)", ""),
)


def articles(number):
    rnd = random.Random(1)
    for n in range(number):
        yield (n, " ".join(f"w{int(100 * rnd.random() ** 3)}"
                           for _ in range(40)),
               int(n / number * 19 * 365.25 * 1440),
               f"t{int(76 * rnd.random() ** 3)}")


def median(con, sql):
    """Median of the server's milliseconds, and the rows in order."""
    account = Path(f"/proc/{con.info.backend_pid}/schedstat")
    times = []
    for _ in range(RUNS):
        start = int(account.read_text().split()[0])
        rows = con.execute(sql).fetchall()
        times.append((int(account.read_text().split()[0]) - start) / 1e6)
    return statistics.median(times), sorted(rows, key=repr)


def fill(con, number):
    con.execute("CREATE EXTENSION bisearch")
    con.execute("CREATE UNLOGGED TABLE plain (id int, body text, "
                "minute int, topic text)")
    with con.cursor().copy("COPY plain FROM STDIN") as copy:
        for row in articles(number):
            copy.write_row(row)
    con.execute("CREATE TABLE articles (id int, published timestamptz, "
                "topic text, tsv tsvector NOT NULL)")
    con.execute("INSERT INTO articles SELECT id, '2007-01-01'::timestamptz + "
                "minute * interval '1 minute', topic, "
                "to_tsvector('simple', body) FROM plain ORDER BY id")
    start = time.perf_counter()
    con.execute("CREATE INDEX articles_tsv ON articles USING bisearch "
                "(tsv, published, topic)")
    print(f"built in {time.perf_counter() - start:.1f} s")
    con.execute("VACUUM ANALYZE articles")


def statements():
    for search in SEARCHES:
        for name, keys, conditions in GROUPS:
            where = f"FROM articles WHERE tsv @~ '{search}'{conditions}"
            yield (search, name, f"SELECT {keys}, count(*) {where} GROUP BY "
                   + ", ".join(str(n + 1) for n in range(keys.count("topic")
                               + keys.count("published"))),
                   f"SELECT count(*) {where}")
    counts = ", ".join(f"count(*) FILTER (WHERE tsv @~ '{s}')"
                       for s in SHARES)
    yield (f"share of voice, {len(SHARES)} searches", "quarter",
           f"SELECT date_trunc('quarter', published), {counts} "
           "FROM articles GROUP BY 1", None)


def compare(con):
    print("| search | groups by | articles | groups | alone | bisearch groups "
          "| off | times |")
    print("|---|---|---|---|---|---|---|---|")
    for search, name, sql, alone in statements():
        con.execute("SET bisearch.enable_groups = on")
        plan = "\n".join(row[0] for row in con.execute("EXPLAIN " + sql))
        assert "bisearch groups" in plan, plan
        ours, groups = median(con, sql)
        con.execute("SET bisearch.enable_groups = off")
        off, same = median(con, sql)
        assert groups == same, sql
        time_alone, found = median(con, alone) if alone else (0, [("",)])
        print(f"| {search} | {name} | {found[0][0]} | {len(groups)} | "
              f"{time_alone:.2f} | {ours:.2f} | {off:.1f} | "
              f"{off / ours:.0f} |", flush=True)


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    directory = tempfile.mkdtemp(prefix="bi.groups.", dir="/tmp")
    os.chmod(directory, 0o755)
    server = [TOP / "test/server"]
    try:
        subprocess.run(server + ["install", directory], check=True)
        (Path(directory) / "server.conf").write_text(
            "shared_buffers = 512MB\nautovacuum = off\nfsync = off\n")
        subprocess.run(server + ["start", directory], check=True)
        with psycopg.connect(host=f"{directory}/socket", user="postgres",
                             dbname="postgres", autocommit=True,
                             prepare_threshold=None) as con:
            fill(con, number)
            for setting in ("jit = off",
                            "max_parallel_workers_per_gather = 0"):
                con.execute("SET " + setting)
            compare(con)
    finally:
        subprocess.run(server + ["remove", directory])


if __name__ == "__main__":
    main()
