"""Speed of bi_rank beside ts_rank and ts_rank_cd; see bench/rank.

Both sides rank the same hits, found by the same tsquery; what finding them
takes is measured by itself, and the last table leaves it out.
"""

import statistics

import psycopg

import bench

HITS = "FROM articles WHERE tsv @@ {}"
CLASSES = ("one word", "a and b", "a or b", "a and prefix*", "phrase of 2",
           "phrase of 3")


def statements(search, tsquery):
    """Ours, theirs twice, and finding alone."""
    hits = HITS.format(f"{bench.literal(tsquery)}::tsquery")
    query = bench.literal(search) + "::bi_query"
    theirs = bench.literal(tsquery) + "::tsquery"
    return {"bi_rank": f"SELECT sum(bi_rank(tsv, {query})) {hits}",
            "ts_rank": f"SELECT sum(ts_rank(tsv, {theirs}, 1)) {hits}",
            "ts_rank_cd": f"SELECT sum(ts_rank_cd(tsv, {theirs}, 1)) {hits}",
            "finding": f"SELECT sum(length(tsv)) {hits}"}


def medians(run, made):
    """Median milliseconds of each of several statements run in turn."""
    times = {name: [] for name in made}
    for statement in made.values():
        run.con.execute(statement, prepare=False)
    for _ in range(bench.ROUNDS):
        for name, statement in made.items():
            times[name].append(run.seconds(statement) * 1000)
    return {name: statistics.median(t) for name, t in times.items()}


def main():
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        for setting in bench.SETTINGS:
            con.execute(f"SET {setting}")
        run = bench.Bench(con)
        run.load()
        print(f"{len(run.articles):,} articles, seed {bench.SEED}; ranking "
              "all hits of a search, medians of 30 searches\n")
        print("| search | bi_rank, ms | by ts_rank | by ts_rank_cd "
              "| without finding | |\n|---|---|---|---|---|---|")
        for name, queries in run.classes():
            if name not in CLASSES:
                continue
            found = [medians(run, statements(*q)) for q in queries]
            row = [statistics.median(f["bi_rank"] for f in found)]
            for base in (0, 1):
                for other in ("ts_rank", "ts_rank_cd"):
                    row.append(statistics.median(
                        (f["bi_rank"] - base * f["finding"]) /
                        max(f[other] - base * f["finding"], 1e-3)
                        for f in found))
            print(f"| {name} | {row[0]:.3f} | " +
                  " | ".join(f"{r:.2f}" for r in row[1:]) + " |", flush=True)


if __name__ == "__main__":
    main()
