"""What partitions, workers, a replica and shards cost; see bench/scaling.

Every figure is a median of several runs of each of several searches, in
milliseconds of the client's clock, since several processes may have a part
in it.  The layouts that are compared run in turn, A B C A B C ..., so that
other work on the machine disturbs all alike.
"""

import gzip
import os
import random
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psycopg

TOP = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BISEARCH_DATA") or TOP.parent / "shared" / "data")
SEARCHES = 8
ROUNDS = 5
PARTS = 8
REPLICATED = 2000

COLUMNS = """id integer, pub_date timestamp, topic text, headline text,
    body text, tsv tsvector GENERATED ALWAYS AS
    (bi_tsvector(headline, body)) STORED"""
INPUT = "id, pub_date, topic, headline, body"


def connect(directory):
    return psycopg.connect(
        host=str(directory / "socket"), port=5432, user="postgres",
        dbname="postgres", autocommit=True, client_encoding="UTF8")


def articles(number, directory):
    """A file of articles for COPY: generated ones, with plain Reuters as
    the model."""
    plain = directory / "reuters.copy"
    with gzip.open(DATA / "reuters_dev.copy.gz") as rows:
        plain.write_bytes(rows.read())
    made = directory / "articles.copy"
    subprocess.run([sys.executable, str(DATA / "generate_corpus.py"),
                    str(plain), "-n", str(number), "-o", str(made)],
                   check=True, stdout=subprocess.DEVNULL)
    return made.read_text(encoding="utf-8").splitlines(keepends=True)


def fill(con, table, rows):
    with con.cursor().copy(f"COPY {table} ({INPUT}) FROM STDIN") as copy:
        for row in rows:
            copy.write(row)


def index(con, table):
    con.execute(f"CREATE INDEX ON {table} USING gin (tsv)")
    con.execute(f"CREATE INDEX ON {table} (pub_date)")
    con.execute(f"VACUUM ANALYZE {table}")


class Archive:
    """The articles in every layout, and connections to the servers."""

    def __init__(self, work, rows):
        self.work = work
        self.main = connect(work / "main")
        self.shards = [connect(work / f"shard{n}") for n in range(2)]
        for con in [self.main] + self.shards:
            con.execute("CREATE EXTENSION bisearch; SET jit = off; "
                        "SET max_parallel_workers_per_gather = 0; "
                        "ALTER DATABASE postgres SET jit = off; "
                        "ALTER DATABASE postgres "
                        "SET max_parallel_workers_per_gather = 0")
        self.single(rows)
        self.partitioned(len(rows))
        for number, con in enumerate(self.shards):
            con.execute(f"CREATE TABLE articles ({COLUMNS})")
            fill(con, "articles", rows[number::2])
            index(con, "articles")
        self.foreign()

    def single(self, rows):
        self.main.execute(f"CREATE TABLE single ({COLUMNS})")
        fill(self.main, "single", rows)
        index(self.main, "single")

    def partitioned(self, number):
        """By date; ids grow with it."""
        self.main.execute(f"CREATE TABLE parts ({COLUMNS}) "
                          "PARTITION BY RANGE (pub_date)")
        bounds = [d for d, in self.main.execute(
            "SELECT unnest(percentile_disc(%s::float8[]) "
            "WITHIN GROUP (ORDER BY pub_date))::text FROM single",
            [[n / PARTS for n in range(PARTS + 1)]])]
        for n in range(PARTS):
            low = "MINVALUE" if n == 0 else f"'{bounds[n]}'"
            high = "MAXVALUE" if n == PARTS - 1 else f"'{bounds[n + 1]}'"
            self.main.execute(f"CREATE TABLE parts{n} PARTITION OF parts FOR "
                              f"VALUES FROM ({low}) TO ({high})")
        self.main.execute(f"INSERT INTO parts ({INPUT}) "
                          f"SELECT {INPUT} FROM single")
        index(self.main, "parts")
        self.recent = bounds[PARTS - 1]

    def foreign(self):
        self.main.execute("CREATE EXTENSION postgres_fdw")
        self.main.execute(f"CREATE TABLE articles ({COLUMNS}) "
                          "PARTITION BY HASH (id)")
        for n in range(2):
            self.main.execute(f"""
                CREATE SERVER shard{n} FOREIGN DATA WRAPPER postgres_fdw
                    OPTIONS (host '{self.work}/shard{n}/socket', port '5432',
                        dbname 'postgres', extensions 'bisearch',
                        async_capable 'true');
                CREATE USER MAPPING FOR postgres SERVER shard{n}
                    OPTIONS (user 'postgres');
                CREATE FOREIGN TABLE articles{n} PARTITION OF articles
                    FOR VALUES WITH (MODULUS 2, REMAINDER {n})
                    SERVER shard{n} OPTIONS (table_name 'articles');
                ANALYZE articles{n}""")


# ------------------------------------------------------------ what to ask

def searches(con, rows):
    """{class: searches}: words by how many articles have them, and more."""
    rng = random.Random(1)
    number = len(rows)
    frequency = dict(con.execute(
        "SELECT word, ndoc FROM ts_stat('SELECT tsv FROM single WHERE "
        "id % 4 = 0') WHERE word ~ '^[a-z]{3,}$'").fetchall())
    bands = {"rare word, 1 in 5,000": (1 / 10000, 1 / 2500),
             "medium word, 1 in 100": (1 / 200, 1 / 50),
             "common word, 1 in 4": (1 / 8, 1 / 2)}
    found = {}
    for name, (low, high) in bands.items():
        words = sorted(w for w, n in frequency.items()
                       if low <= n * 4 / number <= high
                       and w not in ("and", "or", "not", "but", "near"))
        found[name] = rng.sample(words, SEARCHES)
    phrases, near = [], []
    while len(phrases) < SEARCHES:
        words = re.findall(r"[a-z]+", rng.choice(rows).split("\t")[4])
        if len(words) < 20:
            continue
        at = rng.randrange(len(words) - 5)
        a, b, c = words[at], words[at + 1], words[at + 4]
        if min(map(len, (a, b, c))) > 2 and len({a, b, c}) == 3:
            phrases.append(f'"{a} {b}"')
            near.append(f'"{a}" NEAR/5 "{c}"')
    found["phrase of 2"] = phrases
    found["within 5"] = near
    return found


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def count(table):
    return f"SELECT count(*) FROM {table} WHERE tsv @~ {{}}"


def newest(table, what="id"):
    return (f"SELECT {what} FROM {table} WHERE tsv @~ {{}} "
            "ORDER BY pub_date DESC LIMIT 10")


COUNT_SHARDS = ("SELECT sum(n) FROM ("
                + count("articles0").replace("count(*)", "count(*) AS n")
                + " UNION ALL " + count("articles1") + ") s")
NEWEST_SHARDS = ("SELECT id FROM ((" + newest("articles0", "id, pub_date")
                 + ") UNION ALL (" + newest("articles1", "id, pub_date")
                 + ")) s ORDER BY pub_date DESC LIMIT 10")


def milliseconds(con, statement):
    begin = time.perf_counter()
    con.execute(statement, prepare=False)
    return (time.perf_counter() - begin) * 1000


def compare(con, statements, queries, same=()):
    """Median milliseconds of each statement, run in turn for each query.
    Those whose numbers are in same must give the same."""
    medians = [[] for _ in statements]
    for query in queries:
        texts = [s.replace("{}", literal(query)) for s in statements]
        answers = [con.execute(t, prepare=False).fetchall() for t in texts]
        if any(answers[n] != answers[same[0]] for n in same):
            print(f"  different answers: {query}", file=sys.stderr)
        times = [[] for _ in texts]
        for _ in range(ROUNDS):
            for number, text in enumerate(texts):
                times[number].append(milliseconds(con, text))
        for number, measured in enumerate(times):
            medians[number].append(statistics.median(measured))
    return [statistics.median(m) for m in medians]


def table(title, columns, rows):
    print(f"\n{title}\n\n| | {' | '.join(columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for name, figures in rows:
        print(f"| {name} | " + " | ".join(
            f if isinstance(f, str) else f"{f:.1f}" if f < 100 else f"{f:.0f}"
            for f in figures) + " |", flush=True)


# -------------------------------------------------------------- the parts

def partitions(archive, classes):
    recent = f" AND pub_date >= '{archive.recent}'"
    for name, make in (("count", count), ("newest 10", newest)):
        pruned = make("parts").replace("{}", "{}" + recent)
        plain = make("single").replace("{}", "{}" + recent)
        table(f"{name}: one table, {PARTS} partitions by date; the last of "
              "them alone", ["table", "partitions", "table, last eighth",
                             "partitions, last eighth"],
              [(kind, compare(archive.main,
                              [make("single"), make("parts"), plain, pruned],
                              queries))
               for kind, queries in classes.items()])


def workers(archive, classes):
    con = archive.main
    con.execute("SET min_parallel_table_scan_size = 0; "
                "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0")
    for name, setting in (("with the index", "on"),
                          ("every article read", "off")):
        con.execute(f"SET enable_bitmapscan = {setting}")
        rows = []
        for kind, queries in classes.items():
            figures = []
            for number in range(3):
                con.execute("SET max_parallel_workers_per_gather = "
                            f"{number}")
                figures += compare(con, [count("single")], queries)
            rows.append((kind, figures))
        table(f"count: parallel workers, {name}", ["none", "1", "2"], rows)
    for setting in ("enable_bitmapscan", "min_parallel_table_scan_size",
                    "parallel_setup_cost", "parallel_tuple_cost",
                    "max_parallel_workers_per_gather"):
        con.execute(f"RESET {setting}")
    con.execute("SET max_parallel_workers_per_gather = 0")


def shards(archive, classes):
    con = archive.main
    table("count: one server, the parent of two shards, shards summed",
          ["one server", "parent", "summed"],
          [(kind, compare(con, [count("single"), count("articles"),
                                COUNT_SHARDS], queries, (0, 1, 2)))
           for kind, queries in classes.items()])
    for fraction in ("0.1", "1"):
        for shard in archive.shards:
            shard.execute("ALTER DATABASE postgres "
                          f"SET cursor_tuple_fraction = {fraction}")
        con.execute("SELECT postgres_fdw_disconnect_all()")
        table("newest 10: one server, the parent, newest of each shard; "
              f"cursor_tuple_fraction = {fraction} on the shards",
              ["one server", "parent", "of each"],
              [(kind, compare(con, [newest("single"), newest("articles"),
                                    NEWEST_SHARDS], queries))
               for kind, queries in classes.items()])
    empty = compare(con, [count("single"), COUNT_SHARDS], ["qqqq"])
    table("a word that is nowhere: what is left is overhead",
          ["one server", "summed"], [("count", empty)])


def stated(archive, classes):
    """The same with what core's @@ costs told to the planner."""
    figures = {}
    statements = [count("single"), count("parts"), newest("single"),
                  newest("parts")]
    for cost in (1, 100):
        archive.main.execute("ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, "
                             f"tsquery) COST {cost}")
        for kind, queries in classes.items():
            figures.setdefault(kind, []).extend(
                compare(archive.main, statements, queries))
    archive.main.execute("ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, "
                         "tsquery) COST 1")
    order = (0, 4, 1, 5, 2, 6, 3, 7)
    names = ("count", "count, partitions", "newest", "newest, partitions")
    table("core's @@ at COST 1, as it is, and at 100",
          [f"{name}, {cost}" for name in names for cost in (1, 100)],
          [(kind, [f[n] for n in order]) for kind, f in figures.items()])


def make_replica(work):
    """A standby of the main server in the directory test/server made."""
    main, replica = work / "main", work / "replica"
    bindir = Path((main / "bindir").read_text().strip())
    owner = (main / "data").stat()
    as_owner = dict(cwd="/", check=True, stdin=subprocess.DEVNULL)
    if os.geteuid() == 0:
        as_owner.update(user=owner.st_uid, group=owner.st_gid,
                        extra_groups=[])
    (replica / "socket").mkdir()
    (replica / "data").mkdir(mode=0o700)
    for name in ("socket", "data"):
        os.chown(replica / name, owner.st_uid, owner.st_gid)
    subprocess.run([str(bindir / "pg_basebackup"), "-h",
                    str(main / "socket"), "-p", "5432", "-U", "postgres",
                    "-D", str(replica / "data"), "-R", "-c", "fast"],
                   **as_owner)
    (replica / "server.conf").write_text(
        f"unix_socket_directories = '{replica}/socket'\n")
    (replica / "ready").touch()
    subprocess.run([str(TOP / "test" / "server"), "start", str(replica)],
                   check=True, stdin=subprocess.DEVNULL)
    return connect(replica)


def replication(archive, rows):
    """What a replica does for new articles, and how far behind it is."""
    con = archive.main
    replica = make_replica(archive.work)
    replayer, = replica.execute("SELECT pid FROM pg_stat_activity WHERE "
                                "backend_type = 'startup'").fetchone()
    clock = ~replayer << 3 | 2          # Linux's number of its clock
    con.execute(f"CREATE TABLE fresh ({COLUMNS}); "
                "CREATE INDEX ON fresh USING gin (tsv); "
                "CREATE INDEX ON fresh (pub_date); CHECKPOINT")
    start, = con.execute("SELECT pg_current_wal_lsn()").fetchone()
    cpu = time.clock_gettime(clock)
    begin = time.perf_counter()
    fill(con, "fresh", rows[:REPLICATED])
    wrote = time.perf_counter() - begin
    end, = con.execute("SELECT pg_current_wal_lsn()").fetchone()
    while replica.execute("SELECT pg_last_wal_replay_lsn() < %s",
                          [end]).fetchone()[0]:
        time.sleep(0.001)
    lag = time.perf_counter() - begin - wrote
    cpu = time.clock_gettime(clock) - cpu
    size, = con.execute("SELECT pg_wal_lsn_diff(%s, %s)",
                        [end, start]).fetchone()
    same = [c.execute("SELECT count(*) FROM fresh "
                      "WHERE tsv @~ 'oil w/9 price*'").fetchone()
            for c in (con, replica)]
    if same[0] != same[1]:
        print("  different answers on the replica", file=sys.stderr)
    table("a replica, for each of "
          f"{REPLICATED:,} new articles", ["per article"],
          [("written by the primary, ms", [f"{wrote / REPLICATED * 1e3:.2f}"]),
           ("log sent, kB", [f"{float(size) / REPLICATED / 1024:.1f}"]),
           ("replayed, ms of one processor",
            [f"{cpu / REPLICATED * 1e3:.2f}"]),
           ("behind after the last, ms in all", [f"{lag * 1e3:.0f}"])])


def main():
    work = Path(sys.argv[1])
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 60000
    wanted = sys.argv[3:]
    rows = articles(number, work)
    archive = Archive(work, rows)
    classes = searches(archive.main, rows)
    print(f"{number:,} articles, {SEARCHES} searches a class, "
          f"{ROUNDS} runs each; medians, milliseconds")
    for name, part in (("partitions", partitions), ("cost", stated),
                       ("workers", workers), ("shards", shards)):
        if not wanted or name in wanted:
            part(archive, classes)
    if not wanted or "replica" in wanted:
        replication(archive, rows)


if __name__ == "__main__":
    main()
