"""Speed with articles of 2,000, 20,000 and 200,000 words; see bench/long.

Articles are joined until they are long enough; there are as many of each
length as make LENGTH words in all.  Phrases of three words are taken from the
articles.  Their tsvectors, made by bi_tsvector, are searched row by row and
through an index, beside the texts themselves.  Times are processor time of
the server's process.
"""
import random
import re
import statistics

import psycopg

import bench

LENGTHS = (2_000, 20_000, 200_000)
LENGTH = 2_000_000
PHRASES = 20


def joined(articles, length):
    """Texts of at least that many words each."""
    texts, text, n = [], [], 0
    for _, _, body in articles:
        text.append(body)
        n += body.count(" ") + 1
        if n >= length:
            texts.append("\n\n".join(text))
            text, n = [], 0
            if len(texts) * length >= LENGTH:
                return texts
    return texts


def phrases(rnd, texts):
    """Phrases of words between blanks only."""
    found = []
    while len(found) < PHRASES:
        words = re.findall(r"[a-z]+(?: [a-z]+){2}",
                           rnd.choice(texts)[rnd.randrange(5000):][:3000])
        if words:
            found.append('"' + rnd.choice(words) + '"')
    return found


def median(run, statement, rounds=5):
    return statistics.median(run.seconds(statement) for _ in range(rounds))


def measure(run, texts, length):
    rnd = random.Random(f"{bench.SEED} {length}")
    con = run.con
    con.execute("DROP TABLE IF EXISTS long_articles")
    con.execute("CREATE TABLE long_articles (id serial, body text, "
                "tsv tsvector)")
    with con.cursor().copy("COPY long_articles (body) FROM STDIN") as copy:
        for text in texts:
            copy.write_row([text])
    make = median(run, "SELECT sum(length(bi_tsvector(NULL, body))) "
                  "FROM long_articles", 3)
    core = median(run, "SELECT sum(length(to_tsvector('simple', body))) "
                  "FROM long_articles", 3)
    con.execute("UPDATE long_articles SET tsv = bi_tsvector(NULL, body)")
    con.execute("VACUUM FULL long_articles")
    build = run.seconds("CREATE INDEX ON long_articles USING bisearch (tsv)")
    con.execute("VACUUM ANALYZE long_articles")
    n = len(texts)
    asked = [bench.literal(phrase) for phrase in phrases(rnd, texts)]
    row = [f"{length:,}", str(n), f"{make / n * 1000:.1f}",
           f"{core / make:.2f}", f"{build / n * 1000:.2f}"]
    times = {}
    for way, settings, column in (
            ("count", "enable_seqscan = off", "tsv"),
            ("rows", "enable_bitmapscan = off; SET bisearch.enable_count = "
             "off", "tsv"),
            ("text", "enable_bitmapscan = off", "body")):
        con.execute(f"RESET ALL; SET jit = off; "
                    f"SET max_parallel_workers_per_gather = 0; "
                    f"SET {settings}")
        times[way] = statistics.median(
            median(run, f"SELECT count(*) FROM long_articles WHERE {column} "
                   f"@~ {phrase}", 3) for phrase in asked)
    row += [f"{times['count'] * 1000:.3f}", f"{times['rows'] / n * 1e6:.0f}",
            f"{times['text'] / n * 1e6:.0f}"]
    size, = con.execute("SELECT pg_relation_size('long_articles_tsv_idx')::float8 / "
                        "sum(pg_column_size(tsv)) FROM long_articles"
                        ).fetchone()
    print("| " + " | ".join(row) + f" | {size:.2f} |", flush=True)


def main():
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        con.execute("SET client_min_messages = error")
        con.execute("CREATE EXTENSION IF NOT EXISTS bisearch")
        run = bench.Bench(con)
        articles = list(bench.read_articles())
        print("| words | articles | bi_tsvector, ms | speed by to_tsvector | "
              "index build, ms an article | count, ms | tsv @~, us an article "
              "| text @~, us an article | index by tsvectors |\n"
              "|---|---|---|---|---|---|---|---|---|")
        for length in LENGTHS:
            texts = joined(articles, length)
            measure(run, texts or joined(articles * 20, length), length)


if __name__ == "__main__":
    main()
