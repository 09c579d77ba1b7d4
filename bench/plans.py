"""Which plan the planner takes, and what the others would have cost; see
bench/plans.

Each search runs as a count and as the newest ten by date, as the planner
wants it and with each way to read the table forced.  Times are medians of
several rounds in turn, of the processor time the server's process needed.
"""

import statistics
import sys

import psycopg

import bench

ROUNDS = 7
WAYS = {"GIN": "bitmapscan", "date index": "indexscan",
        "sequential": "seqscan"}
SEARCHES = [
    ("rare", ["hurricane", "tornado", "parmesan", '"tropical storm"',
              "hurricane w/10 damage", "hurricane -insurance"]),
    ("medium", ["opec", "wheat", '"crude oil"', '"central bank"',
                "bank NEAR/10 rate", "japan /s trade", "wheat -corn",
                "ATLEAST3(oil)", "econ*ic"]),
    ("common", ["the", "said", "said -bank", '"of the"', '"mln dlrs"',
                "the NEAR/20 of", "said /s company", "ATLEAST3(the)"]),
]
NOTES = """
- A count of one common word: the search is rewritten to core's `@@`, whose
  cost PostgreSQL states as 1, though it fetches and unpacks the tsvector of
  each row. A superuser can tell the truth in a database, and then the index
  is used: `ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) COST
  100`. A dump does not keep that.
- The newest ten of words that belong together (*central bank*): statistics
  know single words only, so the phrase is expected to be rarer than it is,
  and GIN looks cheaper than it is. A phrase's estimate is within 10 at the
  median (`bench/ESTIMATES.md`), not in each case."""
STATEMENTS = {
    "count": "SELECT count(*) FROM articles WHERE tsv @~ {}",
    "newest 10": "SELECT id FROM articles WHERE tsv @~ {} "
                 "ORDER BY pub_date DESC LIMIT 10",
}


class Plans:
    def __init__(self, con):
        self.con = con
        self.bench = bench.Bench(con)
        self.bench.load()
        con.execute("""
            ALTER TABLE articles ADD pub_date timestamp;
            UPDATE articles SET pub_date = timestamp '1987-02-26'
                + id * interval '4 minutes'""")
        con.execute("VACUUM FULL articles")
        con.execute("CREATE INDEX ON articles (pub_date)")
        con.execute("VACUUM ANALYZE articles")
        con.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")

    def force(self, way):
        for setting in WAYS.values():
            state = "on" if way is None or WAYS[way] == setting else "off"
            self.con.execute(f"SET enable_{setting} = {state}")

    def explain(self, statement, analyze=False):
        options = "ANALYZE, TIMING OFF, SUMMARY OFF" if analyze else "COSTS ON"
        return "\n".join(line for line, in self.con.execute(
            f"EXPLAIN ({options}) {statement}", prepare=False))

    def way(self, plan):
        """Which of the ways a plan goes."""
        if "Bitmap Heap Scan" in plan:
            return "GIN"
        return "date index" if "Index Scan" in plan else "sequential"

    def times(self, statement):
        """Milliseconds of each way that is there for a statement."""
        possible = {}
        for way in WAYS:
            self.force(way)
            if self.way(self.explain(statement)) == way:
                possible[way] = []
        for _ in range(ROUNDS):
            for way in possible:
                self.force(way)
                possible[way].append(self.bench.seconds(statement) * 1000)
        self.force(None)
        return {way: statistics.median(t) for way, t in possible.items()}


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def figure(ms):
    return "-" if ms is None else f"{ms:.2f}" if ms < 10 else f"{ms:.0f}"


def measure(plans):
    """Print the table; gives the plans of the last search of each kind."""
    print("| | search | found | chosen | "
          + " | ".join(WAYS) + " | chosen / best |")
    print("|---" * (len(WAYS) + 5) + "|")
    examples, slow = [], []
    for name, form in STATEMENTS.items():
        for kind, searches in SEARCHES:
            for search in searches:
                statement = form.format(literal(search))
                found, = plans.con.execute(STATEMENTS["count"].format(
                    literal(search)), prepare=False).fetchone()
                way = plans.way(plans.explain(statement))
                times = plans.times(statement)
                ratio = times[way] / min(times.values())
                print(f"| {name}, {kind} | `{search}` | {found:,} | {way} | "
                      + " | ".join(figure(times.get(w)) for w in WAYS)
                      + f" | {ratio:.2f} |", flush=True)
                if ratio > 2:
                    slow.append((ratio, name, search))
                if search in ("hurricane", "opec", "the", '"tropical storm"',
                              '"crude oil"', '"of the"'):
                    examples.append((name, search, plans.explain(
                        statement, analyze=True)))
    return examples, slow


def main():
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        plans = Plans(con)
        count, = con.execute("SELECT count(*) FROM articles").fetchone()
        print("# Plans\n\nMade by `bench/plans`: which way the planner goes, "
              "and what each way takes, in milliseconds of the processor "
              f"(median of {ROUNDS}).\n{count:,} articles, cached; `-` where "
              "the way is not there. PostgreSQL "
              f"{con.execute('SHOW server_version').fetchone()[0]}.\n")
        examples, slow = measure(plans)
        print("\n## More than twice the best\n")
        for ratio, name, search in sorted(slow, reverse=True):
            print(f"- {name}, `{search}`: {ratio:.1f}")
        print(NOTES)
        print("\n## As EXPLAIN shows them")
        for name, search, plan in examples:
            print(f"\n{name}, `{search}`:\n\n```\n{plan}\n```")


if __name__ == "__main__":
    sys.exit(main())
