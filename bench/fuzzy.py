"""Fuzzy words and leading wildcards over many terms; see bench/fuzzy.

Times are those that the process or thread that searches spent on a processor;
the server's with parsing and planning.  A figure is the median and the highest
of a class's searches, each the median of its runs.
"""

import gzip
import os
import random
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import psycopg

from peers import InServer, Lucene, execute, literal, search

TOP = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BISEARCH_DATA") or TOP.parent / "shared" / "data")
QUERIES = 30
RUNS = 3
WORDS_AN_ARTICLE = 500


def make_words(number):
    """So many distinct words, in random order."""
    rnd = random.Random(1)
    known = Counter()
    with gzip.open(DATA / "reuters_dev.copy.gz", "rt", encoding="utf-8") as file:
        for line in file:
            known.update(re.findall("[a-z]{3,}", line.lower()))
    follows = defaultdict(list)
    for word in sorted(known):
        padded = "^^" + word + "$"
        for i in range(2, len(padded)):
            follows[padded[i - 2:i]].append(padded[i])
    words = {word for word, n in known.items() if n > 1}
    while len(words) < number:
        state, word = "^^", ""
        while len(word) < 14:
            letter = rnd.choice(follows[state])
            if letter == "$":
                break
            word += letter
            state = state[1] + letter
        if len(word) >= 4:
            words.add(word)
    words = sorted(words)
    rnd.shuffle(words)
    return words


def mistyped(rnd, word, edits):
    for _ in range(edits):
        at = rnd.randrange(len(word))
        kind = rnd.randrange(4)
        letter = rnd.choice("aeinrst")
        if kind == 0:
            word = word[:at] + letter + word[at:]
        elif kind == 1:
            word = word[:at] + letter + word[at + 1:]
        elif kind == 2:
            word = word[:at] + word[at + 1:]
        else:
            word = word[:at] + word[at:at + 2][::-1] + word[at + 2:]
    return word


def classes(words):
    rnd = random.Random(2)
    chosen = [w for w in words if 5 <= len(w) <= 12][:QUERIES]
    return [
        ("word", [("w", w) for w in chosen]),
        ("word~1", [("~", 1, mistyped(rnd, w, 1)) for w in chosen]),
        ("word~2", [("~", 2, mistyped(rnd, w, 2)) for w in chosen]),
        ("*word", [("?", "*" + w[-5:]) for w in chosen[:10]]),
        ("*word*", [("?", "*" + w[1:5] + "*") for w in chosen[:10]]),
    ]


class Server:
    """The server's processor clock."""

    def __init__(self, con):
        self.con = con
        self.pid = con.info.backend_pid
        self.process = ~self.pid << 3 | 2

    def clock(self):
        last, now = None, time.clock_gettime(self.process)
        while now != last:
            last, now = now, time.clock_gettime(self.process)
        return now

    def seconds(self, statement):
        begin = self.clock()
        execute(self.con, statement)
        return self.clock() - begin

    def memory(self):
        """Bytes of its own that the process has had at most, so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) * 1024


def load(con, path):
    execute(con, "DROP EXTENSION IF EXISTS bisearch CASCADE")
    execute(con, "CREATE EXTENSION bisearch")
    execute(con, "CREATE TABLE articles (id int, tsv tsvector)")
    execute(con, "CREATE TEMP TABLE raw (id int, words text)")
    with con.cursor() as cursor, cursor.copy("COPY raw FROM STDIN") as copy:
        copy.write(path.read_bytes())
    execute(con, "INSERT INTO articles SELECT id, array_to_tsvector("
            "string_to_array(words, ' ')) FROM raw")
    execute(con, "DROP TABLE raw")
    execute(con, "VACUUM ANALYZE articles")


def main():
    work, number = Path(sys.argv[1]), int(sys.argv[2])
    words = make_words(number)
    path = work / "words"
    with open(path, "w", encoding="utf-8") as file:
        for i in range(0, len(words), WORDS_AN_ARTICLE):
            row = " ".join(words[i:i + WORDS_AN_ARTICLE])
            file.write(f"{i // WORDS_AN_ARTICLE}\t{row}\n")
    con = psycopg.connect(autocommit=True)
    for setting in ("jit = off", "max_parallel_workers_per_gather = 0",
                    "enable_seqscan = off"):
        execute(con, f"SET {setting}")
    server = Server(con)
    load(con, path)
    peers = []
    if all(Lucene.jars):
        peers.append(Lucene(work, number, path))
    peers.append(InServer(server, "ours", "bisearch (tsv)",
                          lambda q: f"tsv @~ {literal(search(q))}"))
    for peer in peers:
        seconds, size = peer.build()
        print(f"{peer.name}: built in {seconds:.1f} s, {size / 1e6:.0f} MB",
              flush=True)
    execute(con, "CHECKPOINT")
    execute(con, "SELECT count(*) FROM articles")
    for name, queries in classes(words):
        line = f"{name:<8}"
        answers = {}
        for peer in peers:
            before = server.memory()
            if peer.name == "lucene":
                end = time.monotonic() + 5
                while time.monotonic() < end:
                    for q in queries:
                        peer.count(q)
            medians = []
            for q in queries:
                runs = [peer.count(q) for _ in range(RUNS + 1)][1:]
                medians.append(statistics.median(t for t, _ in runs))
                answers.setdefault(q, runs[0][1])
                if answers[q] != runs[0][1]:
                    print(f"{peer.name} has {runs[0][1]}, not {answers[q]}: {q}")
            line += f"  {peer.name} {statistics.median(medians) * 1e3:.3g}" \
                f" / {max(medians) * 1e3:.3g} ms"
            if peer.name == "ours":
                line += f", {(server.memory() - before) / 1024:.0f} kB more"
        print(line + f"; {statistics.median(answers.values()):.0f} articles",
              flush=True)
    for peer in peers:
        peer.close()


main()
