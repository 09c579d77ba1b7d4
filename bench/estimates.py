"""How near the planner's estimate for @~ comes to the truth.

Needs a database with a table articles(headline, body, tsv), as bench/run and
the tests make it, analyzed; the usual PG... variables say which.  Words are
drawn by use: a place in an article is drawn, and the words that stand there
are taken.  An estimate's factor is how many times it is too large or too
small, both numbers of rows being at least 1, as the planner has it.  Core's
estimate is that for the tsquery that means the same, where there is one.

The estimator is asked through an operator of its own, as the planner would
ask core's about a search that tsquery can say exactly; and about a copy of the
articles that has a bisearch index, which it may look into.
"""

import os
import random
import statistics
import sys

import psycopg

QUERIES = 200
SEED = int(os.environ.get("BISEARCH_SEED", "1"))
OPERATORS = {"and", "or", "not", "but", "near", "sentence", "paragraph"}


def is_word(word):
    return (word.isascii() and word.isalpha() and len(word) > 1 and
            word not in OPERATORS)


class Draw:
    """Words and searches, drawn by use."""

    def __init__(self, con, seed=SEED):
        self.random = random.Random(seed)
        self.texts = [
            [chunk.strip(".,;:\"'()") for chunk in body.lower().split()]
            for body, in con.execute(
                "SELECT body FROM articles WHERE body <> '' ORDER BY id")]

    def places(self, *offsets):
        """Words of one article that stand so far from each other."""
        while True:
            # each place of the archive alike: long articles more often
            words = self.random.choice(self.texts)
            if self.random.random() * 1000 > len(words):
                continue
            at = self.random.randrange(len(words))
            if at + offsets[-1] >= len(words):
                continue
            found = [words[at + o] for o in offsets]
            if all(map(is_word, found)) and len(set(found)) == len(found):
                return found

    def run(self, number):
        return self.places(*range(number))

    def near(self, distance):
        return self.places(0, self.random.randint(1, distance))

    def together(self, number):
        """Words of one article, anywhere in it."""
        while True:
            words = self.random.choice(self.texts)
            words = [w for w in words if is_word(w)]
            if len(set(words)) >= number:
                found = self.random.sample(words, number)
                if len(set(found)) == number:
                    return found

    def apart(self, number):
        """Words that have nothing to do with each other."""
        while True:
            found = [self.run(1)[0] for _ in range(number)]
            if len(set(found)) == number:
                return found


def quoted(words):
    return ["'%s'" % w for w in words]


def joined(sign):
    return lambda words: (f" {sign} ".join(words),
                          f" {sign} ".join(quoted(words)))


def phrase(words):
    return '"%s"' % " ".join(words), " <-> ".join(quoted(words))


def within(distance):
    """NEAR/n, and a tsquery that lists all distances in either order."""
    def make(words):
        a, b = quoted(words)
        steps = range(1, distance + 1)
        return (f"{words[0]} NEAR/{distance} {words[1]}",
                " | ".join([f"{a} <{d}> {b}" for d in steps] +
                           [f"{b} <{d}> {a}" for d in steps]))
    return make


def ordered(distance):
    def make(words):
        a, b = quoted(words)
        return (f"{words[0]} PRE/{distance} {words[1]}",
                " | ".join(f"{a} <{d}> {b}" for d in range(1, distance + 1)))
    return make


def only(form):
    """What tsquery has not."""
    return lambda words: (form.format(*words), None)


def classes(draw):
    """(kind, name, how words are drawn, how they become a search and its
    tsquery)."""
    return [
        ("word", "word", lambda: draw.run(1), lambda w: (w[0], f"'{w[0]}'")),
        ("and", "a & b, same article", lambda: draw.together(2), joined("&")),
        ("and", "a & b, any articles", lambda: draw.apart(2), joined("&")),
        ("and", "a & b & c, same article", lambda: draw.together(3),
         joined("&")),
        ("or", "a | b", lambda: draw.apart(2), joined("|")),
        ("or", "a | b | c", lambda: draw.apart(3), joined("|")),
        ("mixed", "(a | b) & c", lambda: draw.together(3),
         lambda w: ("({} | {}) & {}".format(*w),
                    "({} | {}) & {}".format(*quoted(w)))),
        ("mixed", "a & !b", lambda: draw.apart(2),
         lambda w: ("{} -{}".format(*w), "{} & !{}".format(*quoted(w)))),
        ("prefix", "prefix*",
         lambda: next(w for w in iter(lambda: draw.run(1), None)
                      if len(w[0]) > 4),
         lambda w: (w[0][:4] + "*", f"'{w[0][:4]}':*")),
        ("pattern", "pa*ern",
         lambda: next(w for w in iter(lambda: draw.run(1), None)
                      if len(w[0]) > 4),
         lambda w: (w[0][:2] + "*" + w[0][4:], None)),
        ("phrase", "phrase of 2", lambda: draw.run(2), phrase),
        ("phrase", "phrase of 3", lambda: draw.run(3), phrase),
        ("phrase", "phrase of 4", lambda: draw.run(4), phrase),
        ("near", "a NEAR/3 b", lambda: draw.near(3), within(3)),
        ("near", "a NEAR/10 b", lambda: draw.near(10), within(10)),
        ("near", "a NEAR/10 b, same article", lambda: draw.together(2),
         within(10)),
        ("near", "a PRE/5 b", lambda: draw.near(5), ordered(5)),
        ("near", "a NEAR/5 b NEAR/5 c", lambda: draw.run(3),
         only("{} NEAR/5 {} NEAR/5 {}")),
        ("near", "a /s b", lambda: draw.near(5), only("{} /s {}")),
        ("near", "a /p b", lambda: draw.near(20), only("{} /p {}")),
        ("near", "a NOT NEAR/5 b", lambda: draw.together(2),
         only("{} NOT NEAR/5 {}")),
        ("atleast", "ATLEAST2(a)", lambda: draw.run(1), only("ATLEAST2({})")),
        ("atleast", "ATLEAST5(a)", lambda: draw.run(1), only("ATLEAST5({})")),
        ("field", "title:a", lambda: draw.run(1),
         lambda w: ("title:" + w[0], f"'{w[0]}':A")),
        ("field", "body:a", lambda: draw.run(1),
         lambda w: ("body:" + w[0], f"'{w[0]}':D")),
    ]


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Estimates:
    def __init__(self, con):
        self.con = con
        con.execute("DROP OPERATOR IF EXISTS "
                    "pg_temp.@@@ (tsvector, bi_query)")
        con.execute("CREATE OPERATOR pg_temp.@@@ (LEFTARG = tsvector, "
                    "RIGHTARG = bi_query, FUNCTION = bi_match, "
                    "RESTRICT = bi_matchsel, JOIN = bi_matchjoinsel)")
        self.indexed = False

    def rows(self, condition, table="articles"):
        plan, = self.con.execute("EXPLAIN (FORMAT JSON) SELECT FROM "
                                 f"{table} WHERE {condition}",
                                 prepare=False).fetchone()
        return plan[0]["Plan"]["Plan Rows"]

    def ours(self, search):
        return self.rows(f"tsv OPERATOR(pg_temp.@@@) {literal(search)}")

    def own(self, search):
        if not self.indexed:
            self.con.execute("CREATE TEMP TABLE indexed AS "
                             "SELECT tsv FROM articles ORDER BY id")
            self.con.execute("CREATE INDEX ON indexed USING bisearch (tsv)")
            self.con.execute("ANALYZE indexed")
            self.indexed = True
        return self.rows(f"tsv @~ {literal(search)}", "indexed")

    def core(self, tsquery):
        return self.rows(f"tsv @@ {literal(tsquery)}::tsquery")

    def truth(self, search):
        return self.con.execute("SELECT count(*) FROM articles WHERE tsv @~ "
                                + literal(search), prepare=False).fetchone()[0]


def factor(estimate, truth):
    a, b = max(1, estimate), max(1, truth)
    return max(a / b, b / a)


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def measure(con, number=QUERIES, seed=SEED):
    """A row for each class: (kind, name, median factors of ours, of core's
    and of ours with an index of our own, 95th percentiles of the three); None
    where there is no tsquery."""
    estimates = Estimates(con)
    for kind, name, words, form in classes(Draw(con, seed)):
        ours, core, own = [], [], []
        for _ in range(number):
            search, tsquery = form(words())
            truth = estimates.truth(search)
            ours.append(factor(estimates.ours(search), truth))
            own.append(factor(estimates.own(search), truth))
            if tsquery is not None:
                core.append(factor(estimates.core(tsquery), truth))
        yield (kind, name, statistics.median(ours),
               statistics.median(core) if core else None,
               statistics.median(own), percentile(ours, .95),
               percentile(core, .95) if core else None, percentile(own, .95))


def figure(value):
    return "-" if value is None else f"{value:.2f}" if value < 100 else \
        f"{value:.0f}"


def main():
    # explicit, or libpq's defaults
    with psycopg.connect(" ".join(sys.argv[1:]), autocommit=True,
                         client_encoding="UTF8") as con:
        con.execute("SET jit = off")
        count, = con.execute("SELECT count(*) FROM articles").fetchone()
        print(f"{count:,} articles, {QUERIES} searches a class, seed {SEED}; "
              "factors, median and 95th percentile\n")
        print(f"{'class':<28} {'ours':>8} {'core':>8} {'index':>8} "
              f"{'p95':>8} {'core':>8} {'index':>8}")
        for _, name, *factors in measure(con):
            print(f"{name:<28} " + " ".join(f"{figure(f):>8}"
                                           for f in factors), flush=True)


if __name__ == "__main__":
    main()
