"""Chinese text by words, by characters and by bigrams; see bench/cjk.

Articles are made of a word list with frequencies (jieba's dict.txt, which
BISEARCH_WORDS names), drawn at random, so that characters and their pairs are
as frequent as in real text.  Three ways to store them are compared:

words       configuration bisearch: what ICU's dictionaries cut
characters  configuration bisearch_cjk: each one is a word
bigrams     as Lucene's CJKAnalyzer: each two side by side, overlapping, and
            the last one of a run, written out with blanks for "simple"

Strings are counted in Python, to know the truth, and by each way through a
GIN index and through one USING bisearch.  Times are processor time of the
server's process.
"""
import bisect
import itertools
import os
import random
import re
import statistics

import psycopg

import bench

ARTICLES = int(os.environ.get("BISEARCH_ARTICLES") or 20_000)
LENGTH = 400                    # characters of an article, about
STRINGS = 20                    # of each class
TRIES = 4000
WAYS = {"words": "bisearch", "characters": "bisearch_cjk",
        "bigrams": "simple"}


class Words:
    """Words drawn by their frequency."""

    def __init__(self, path, rnd):
        pairs = []
        for line in open(path, encoding="utf-8"):
            word, frequency = line.split()[:2]
            if re.fullmatch("[\u4e00-\u9fff]+", word):
                pairs.append((word, int(frequency)))
        self.words = [word for word, _ in pairs]
        self.sums = list(itertools.accumulate(n for _, n in pairs))
        self.rnd = rnd

    def draw(self):
        return self.words[bisect.bisect(
            self.sums, self.rnd.random() * self.sums[-1])]

    def article(self):
        out, n = [], 0
        while n < LENGTH:
            for _ in range(self.rnd.randrange(3, 12)):
                word = self.draw()
                out.append(word)
                n += len(word)
            out.append(self.rnd.choice("，，。"))
        return "".join(out)


def bigrams(text):
    """The text as overlapping pairs, between blanks."""
    return " ".join(
        run[i:i + 2] for run in re.findall("[\u4e00-\u9fff]+", text)
        for i in range(len(run)))


def literal(way, string):
    """A search for the string."""
    words = " ".join(string[i:i + 2] for i in range(len(string) - 1)) \
        if way == "bigrams" else string
    return f"to_bi_query('{WAYS[way]}', '\"{words}\"')"


def fill(con, texts):
    con.execute("CREATE TABLE texts (id serial, body text, pairs text)")
    with con.cursor().copy("COPY texts (body, pairs) FROM STDIN") as copy:
        for text in texts:
            copy.write_row([text, bigrams(text)])
    con.execute("VACUUM ANALYZE texts")


def store(run, way):
    """One row of the table of sizes."""
    con = run.con
    column = "pairs" if way == "bigrams" else "body"
    make = f"bi_tsvector(NULL, {column}, config => '{WAYS[way]}')"
    con.execute(f"SELECT {make} FROM texts LIMIT 100")
    seconds = run.seconds(f"SELECT sum(length({make})) FROM texts")
    con.execute(f"CREATE TABLE {way}_gin AS SELECT id, {make} AS tsv "
                "FROM texts")
    con.execute(f"CREATE TABLE {way}_own AS TABLE {way}_gin")
    builds = [run.seconds(f"CREATE INDEX {way}_{index}_tsv ON {way}_{index} "
                          f"USING {method} (tsv)")
              for index, method in (("gin", "gin"), ("own", "bisearch"))]
    con.execute(f"VACUUM ANALYZE {way}_gin")
    con.execute(f"VACUUM ANALYZE {way}_own")
    sizes = con.execute(
        "SELECT (SELECT sum(pg_column_size(tsv)) FROM "
        f"{way}_gin), pg_relation_size('{way}_gin_tsv'), "
        f"pg_relation_size('{way}_own_tsv'), (SELECT sum(octet_length(body)) "
        "FROM texts)").fetchone()
    text = float(sizes[3])
    return [way, f"{seconds / ARTICLES * 1e6:.0f}",
            *(f"{float(size) / 1e6:.0f}" for size in sizes[:3]),
            *(f"{s:.1f}" for s in builds)], text


def count(run, way, index, string):
    """Median seconds of a count, and what it gives."""
    statement = (f"SELECT count(*) FROM {way}_{index} "
                 f"WHERE tsv @~ {literal(way, string)}")
    found = run.con.execute(statement).fetchone()[0]
    return statistics.median(run.seconds(statement) for _ in range(3)), found


def strings(texts, words, kind):
    """Strings of a class, words or two of them, and in how many texts."""
    size, least, most = kind
    found = {}
    for _ in range(TRIES):
        if len(found) == STRINGS:
            break
        string = words.draw()
        while len(string) < size:
            string += words.draw()
        if len(string) != size or string in found:
            continue
        n = sum(string in text for text in texts)
        if least <= n <= most:
            found[string] = n
    return found


CLASSES = {
    "2 characters, in 500 and more": (2, 500, 10 ** 9),
    "2 characters, in 20 to 200": (2, 20, 200),
    "3 characters, in 10 and more": (3, 10, 10 ** 9),
    "4 characters, in 3 and more": (4, 3, 10 ** 9),
}


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def main():
    rnd = random.Random(bench.SEED)
    words = Words(os.environ["BISEARCH_WORDS"], rnd)
    with psycopg.connect(autocommit=True) as con:
        for setting in bench.SETTINGS:
            con.execute(f"SET {setting}")
        con.execute("SET maintenance_work_mem = '256MB'")
        run = bench.Bench(con)
        texts = [words.article() for _ in range(ARTICLES)]
        fill(con, texts)
        rows = []
        for way in WAYS:
            row, text = store(run, way)
            rows.append(row)
        print(f"{ARTICLES:,} articles, {text / 1e6:.0f} MB of text\n")
        table(["way", "bi_tsvector, us", "tsvectors, MB", "GIN, MB",
               "bisearch, MB", "GIN build, s", "bisearch build, s"], rows)
        con.execute("SET enable_seqscan = off")
        rows = []
        for name, kind in CLASSES.items():
            truth = strings(texts, words, kind)
            row = [name, f"{statistics.median(truth.values()):,.0f}"]
            for way in WAYS:
                for index in "gin", "own":
                    told = [(count(run, way, index, string), n)
                            for string, n in truth.items()]
                    row.append("%.2f" % (1000 * statistics.median(
                        seconds for (seconds, _), _ in told)))
                got = sum(min(found, n) for (_, found), n in told)
                more = sum(max(found - n, 0) for (_, found), n in told)
                row.append("%.1f" % (100 * got / sum(truth.values())) +
                           (f" (+{more})" if more else ""))
            rows.append(row)
        table(["strings", "texts"] + [
            f"{way}, {what}" for way in WAYS
            for what in ("GIN ms", "bisearch ms", "found %")], rows)


if __name__ == "__main__":
    main()
