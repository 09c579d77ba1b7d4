"""bi_highlight and bi_snippets beside ts_headline: see bench/run.

200 searches over news articles that match them, a page of results each.  Right is what the tests'
oracle says: which words of an article took part in a match.  A figure of
speed is our time by ts_headline's for the same articles, settings as equal
as they can be: the same configuration, the whole text or fragments of the
same number and about the same length.  Statements are prepared, so that what
is timed is showing, and reading the articles.
"""

import datetime
import json
import re
import statistics
import sys

import psycopg

from bench import HEADING, SETTINGS, TOP, Bench, literal, markdown

sys.path.insert(0, str(TOP / "test"))
from oracle import marks, parser, tokens  # noqa: E402
from oracle.evaluate import Index  # noqa: E402

ARTICLES = 20           # articles for each search, at most and at least
LEAST = 10
ON, OFF = "\x02", "\x03"
SELECTED = f"StartSel={ON}, StopSel={OFF}"
WHOLE = f"HighlightAll=true, {SELECTED}"
FRAGMENTS = f"MaxFragments=3, MaxWords=35, MinWords=15, {SELECTED}"
MANY, LONG = 3, 200


class Search:
    """A search in both languages, and articles whose bodies match it."""

    def __init__(self, kind, ours, theirs):
        self.kind = kind
        self.ours = ours
        self.theirs = theirs
        self.ids = []


def phrase(words):
    return " <-> ".join(f"'{w}'" for w in words)


def invent(bench, kind):
    """A search of a kind, of words as articles use them."""
    if kind == "phrase":
        words = bench.drawn(bench.random.choice((2, 2, 3)), 2)
        return Search(kind, '"%s"' % " ".join(words), phrase(words))
    if kind == "phrase and word":
        words, (a,) = bench.drawn(2, 2), bench.apart(1)
        return Search(kind, '"%s" & %s' % (" ".join(words), a),
                      f"{phrase(words)} & '{a}'")
    a, b, c = bench.apart(3)
    if kind == "a and b":
        return Search(kind, f"{a} & {b}", f"'{a}' & '{b}'")
    if kind == "a or b":
        return Search(kind, f"{a} | {b}", f"'{a}' | '{b}'")
    if kind == "a or (b and not c)":
        return Search(kind, f"{a} | ({b} & !{c})", f"'{a}' | ('{b}' & !'{c}')")
    if kind == "prefix":
        return Search(kind, f"{a[:4]}*", f"'{a[:4]}':*")
    return Search(kind, f"{a} | ({b} & {c})", f"'{a}' | ('{b}' & '{c}')")


KINDS = {"phrase": 60, "phrase and word": 30, "a and b": 30, "a or b": 20,
         "a or (b and not c)": 30, "a or (b and c)": 15, "prefix": 15}


def searches(bench):
    """200 searches that find a page of results."""
    for kind, wanted in KINDS.items():
        found = 0
        while found < wanted:
            search = invent(bench, kind)
            search.ids = [row[0] for row in bench.con.execute(
                f"SELECT id FROM articles WHERE tsv @~ {literal(search.ours)} "
                f"AND body @~ {literal(search.ours)} ORDER BY md5(id::text) "
                f"LIMIT {ARTICLES}", prepare=False)]
            if len(search.ids) >= LEAST:
                found += 1
                yield search


# what is right

def bare(shown):
    return shown.replace(ON, "").replace(OFF, "")


def marked_words(shown):
    """Numbers of the words of a text that are marked, and the pieces."""
    text, pieces, at = bare(shown), [], 0
    for part in re.split(f"([{ON}{OFF}])", shown):
        if part == ON:
            start = at
        elif part == OFF:
            pieces.append((start, at))
        else:
            at += len(part)
    words = [(a, z) for a, z, _ in tokens.tokens(text)]
    numbers = {n for n, (a, z) in enumerate(words, 1)
               if any(a < end and z > begin for begin, end in pieces)}
    whole = {tuple(n for n, (a, z) in enumerate(words, 1)
                   if a >= begin and z <= end) for begin, end in pieces}
    return numbers, whole


class Score:
    """What is counted of one way to show matches."""

    def __init__(self):
        self.shown = self.stray = self.missed = 0
        self.excluded = self.with_excluded = 0
        self.phrases = self.as_unit = 0
        self.fragments = self.in_fragment = 0

    def whole(self, search, tree, body, expected, shown):
        """A whole text with marks."""
        numbers, pieces = marked_words(shown)
        right = {n for _, first, last in expected
                 for n in range(first, last + 1)}
        self.shown += 1
        self.stray += bool(numbers - right)
        self.missed += bool(right - numbers)
        if "!" in search.ours:
            word = search.ours.rsplit("!", 1)[1].rstrip(")")
            there = {n for n, (_, _, lexeme) in
                     enumerate(tokens.tokens(body), 1) if lexeme == word}
            self.with_excluded += bool(there)
            self.excluded += bool(there & numbers)
        if search.kind == "phrase":
            self.phrases += 1
            self.as_unit += all(
                any(set(range(first, last + 1)) <= set(piece)
                    for piece in pieces) for _, first, last in expected)

    def passages(self, search, shown):
        """Fragments with marks: do they show the phrase?"""
        if not search.kind.startswith("phrase"):
            return
        words = [w for _, _, w in tokens.tokens(bare(shown))]
        phrase_words = [w for _, _, w in tokens.tokens(
            search.ours.split('"')[1])]
        size = len(phrase_words)
        self.fragments += 1
        self.in_fragment += any(
            words[n:n + size] == phrase_words
            for n in range(len(words) - size + 1))

    def rows(self):
        def share(number, of):
            return "%.1f %%" % (100 * number / of) if of else "-"
        return [
            ("words highlighted that took no part in a match",
             share(self.stray, self.shown)),
            ("words of a match not highlighted",
             share(self.missed, self.shown)),
            ("an excluded word highlighted, where it is there",
             share(self.excluded, self.with_excluded)),
            ("phrases highlighted as one piece",
             share(self.as_unit, self.phrases)),
            ("the phrase is in the fragments",
             share(self.in_fragment, self.fragments)),
        ]


def highlight(config, search):
    q = f"to_bi_query('{config}', {literal(search.ours)})"
    return f"bi_highlight(body, {q}, E'\\x02', E'\\x03')"


def headline(config, search, options):
    # the words as the configuration has them
    q = f"to_tsquery('{config}', {literal(search.theirs)})" \
        if config != "bisearch" else f"{literal(search.theirs)}::tsquery"
    return f"ts_headline('{config}', body, {q}, {literal(options)})"


def snippets(config, search):
    q = f"to_bi_query('{config}', {literal(search.ours)})"
    return (f"(SELECT string_agg(marked, ' … ') FROM bi_snippets(body, {q}, "
            f"{MANY}, {LONG}, start_sel => E'\\x02', stop_sel => E'\\x03'))")


def correctness(bench, chosen):
    """The table of what is right, as (claim, ours, theirs)."""
    ours, theirs = Score(), Score()
    for search in chosen:
        tree = parser.parse(search.ours)
        rows = bench.con.execute(
            f"SELECT body, {highlight('bisearch', search)}, "
            f"{headline('bisearch', search, WHOLE)}, "
            f"{snippets('bisearch', search)}, "
            f"{headline('bisearch', search, FRAGMENTS)} "
            "FROM articles WHERE id = ANY(%s)", [search.ids]).fetchall()
        for body, *shown in rows:
            index = Index(limits=False)
            index.add(1, [("D", body)])
            expected = marks.Marker(index, 1).marks(tree)
            ours.whole(search, tree, body, expected, shown[0])
            theirs.whole(search, tree, body, expected, shown[1])
            ours.passages(search, shown[2])
            theirs.passages(search, shown[3])
    return [(claim, mine, other) for (claim, mine), (_, other)
            in zip(ours.rows(), theirs.rows())]


def speed(bench, chosen):
    """Time by ts_headline's, for each search."""
    def total(name, call, search):
        ids = ", ".join(map(str, search.ids))
        bench.con.execute(f"PREPARE {name} AS SELECT sum(length({call})) "
                          f"FROM articles WHERE id IN ({ids})")
        return f"EXECUTE {name}"

    floors = []
    for n, search in enumerate(chosen):
        floor = total(f"floor{n}", "body", search)
        floors.append(bench.pair(floor, floor, rounds=3)[0])
    print("reading the articles, showing nothing: "
          f"{statistics.median(floors) * 1000:.3f} ms")

    for config, target in (("bisearch", 0.5), ("bisearch_english", 0.5),
                           ("english", 0.5)):
        for what, mine, options in (("whole text", highlight, WHOLE),
                                    ("fragments", snippets, FRAGMENTS)):
            bench.compare(
                f"{config}: {what}",
                [(total(f"ours{n}", mine(config, search), search),
                  total(f"theirs{n}", headline(config, search, options),
                        search))
                 for n, search in enumerate(chosen)],
                target, check=False, rounds=5)
            bench.con.execute("DEALLOCATE ALL")
            slower = bench.results[-1]["slower"] = sum(
                r > 1 for r in bench.results[-1]["ratios"])
            print(f"    slower for {slower} of {len(chosen)}")


def main():
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        for setting in SETTINGS:
            con.execute(f"SET {setting}")
        bench = Bench(con)
        bench.load()
        chosen = list(searches(bench))
        print(f"\n{len(chosen)} searches, "
              f"{sum(len(s.ids) for s in chosen)} texts shown\n")
        table = correctness(bench, chosen)
        print(f"{'fraction of the texts':<46} {'ours':>10} "
              f"{'ts_headline':>12}")
        for claim, mine, other in table:
            print(f"{claim:<46} {mine:>10} {other:>12}")
        print("\n" + HEADING)
        speed(bench, chosen)
    where = TOP / "bench" / "results"
    where.mkdir(exist_ok=True)
    stem = where / datetime.datetime.now().strftime("headline-%Y%m%d-%H%M%S")
    for result in bench.results:
        result["median"] = statistics.median(result.pop("ratios"))
    stem.with_suffix(".json").write_text(json.dumps(
        {"correctness": table, "results": bench.results}, indent=1))
    lines = ["| fraction of the texts | bisearch | `ts_headline` |",
             "|---|---|---|"]
    lines += ["| %s | %s | %s |" % row for row in table]
    stem.with_suffix(".md").write_text(
        "\n".join(lines) + "\n\n" + markdown(bench.results))
    print(f"kept in {stem.relative_to(TOP)}.json and .md")


if __name__ == "__main__":
    main()
