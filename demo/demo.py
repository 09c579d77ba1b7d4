"""Load articles into the private server and search them; see demo/demo.

ARTICLES (a file of them) and SEARCH (what to search for) come from the
environment, so that any text can be passed by "make".
"""

import os
import shlex
import sys

import database
from articles import Unusable, read_articles
from terminal import (MARK_OFF, MARK_ON, caret, clean, heading, progress, say,
                      style)

SAMPLE = os.path.join(database.TOP, "demo", "articles.csv")
SHOWN = 3               # hits shown of each search in the tour
SHOWN_ALONE = 10        # and of a single one
LONGEST = 300           # characters shown of a search
REPORTED = 20           # rows with defects named one by one

MISSION = "“workers compensation”"

TOUR = (
    (MISSION,
     "Words in quotation marks, curly or straight, are found as that "
     "combination of words. “workers’ compensation” is the same words."),
    ("“hurricane” & “loss”",
     "& finds articles that have both, anywhere and in any order."),
    ("hurricane NEAR/5 loss*",
     "NEAR/5: at most five words apart. loss*: loss, losses, or any other "
     "ending."),
    ("title:(merger or takeover) -“life insurers”",
     "title: looks in the headline only; a minus sign leaves out what "
     "follows it."),
    ("takeover /s regulator*",
     "/s: both in one sentence."),
    ("e-commerce OR covid-19",
     "Hyphen or blank makes no difference: covid-19 finds Covid 19."),
    ("U.S. R&D",
     "U.S. is US, and the & in R&D belongs to the name. A blank means and."),
    ("Lodz or ZURICH or 保険 or ประกันภัย or Versicherer or تعويضات",
     "Accents and capitals make no difference; words are found in every "
     "language, also where none are written apart."),
    ("huricane~ reinsurence~",
     "A tilde finds words that are one or two letters off, as in scanned "
     "papers and hasty typing."),
    ("{news} insuring date:2024-09..2024-11",
     "{news} is a configuration of this demonstration's own: it knows stems, "
     "so insuring is insurance, too, and a field of dates. Both ends of .. "
     "belong to the range."),
    ("{news} storm -desk:“travel desk” after:2024-07-01",
     "desk is a field of its own as well; its values are exact. after: and "
     "before: stand for the field that is a date."),
)

# pasted from another system, which means something else by it
PASTED = "storm[tiab] AND hurrican$ AND flood N5 insurance"

# what is shown of the newest hits: each part of an article by itself
HITS = """
SELECT published,
       bi_highlight(headline, q, :'on', :'off', true, 'headline') AS headline,
       bi_highlight(summary, q, :'on', :'off', true, 'summary') AS summary,
       (SELECT coalesce(json_agg(json_build_object(
                   'text', marked, 'start', position,
                   'end', position + length - 1)), '[]')
        FROM bi_snippets(body, q, number => 2, size => 150, start_sel => :'on',
                         stop_sel => :'off', partial => true)) AS passages,
       left(body, 160) AS beginning, length(body) AS length
FROM (SELECT published, id, q, coalesce(headline, '') AS headline,
             coalesce(summary, '') AS summary, coalesce(body, '') AS body
      FROM articles, to_bi_query(:'search') AS q WHERE tsv @~ q
      ORDER BY published DESC NULLS LAST, id DESC LIMIT :shown) AS hit
ORDER BY published DESC NULLS LAST, id DESC"""

# in how many articles each word of a search stands
WORDS = """
SELECT word, (SELECT count(*) FROM articles WHERE tsv @@ word::tsquery) AS n
FROM (SELECT m[1] || coalesce(m[2], '') AS word, min(i) AS i
      FROM regexp_matches(bi_candidates(to_bi_query(:'search'))::text,
                          '(''(?:[^'']|'''')*'')(:[*A-D]+)?', 'g')
           WITH ORDINALITY AS f(m, i)
      GROUP BY 1) AS words
ORDER BY i LIMIT 20"""

# an article with both words that the phrase misses, newest first
MISSED = """
SELECT id, published, headline,
       (SELECT positions FROM unnest(tsv) WHERE lexeme = :'one') AS first,
       (SELECT positions FROM unnest(tsv) WHERE lexeme = :'two') AS second
FROM articles
WHERE tsv @~ to_bi_query(:'both') AND NOT tsv @~ to_bi_query(:'phrase')
ORDER BY published DESC NULLS LAST, id DESC LIMIT 1"""


def counted(number, one, many=None):
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def count(search):
    return database.rows("SELECT count(*) AS n FROM articles "
                         "WHERE tsv @~ to_bi_query(:'search')",
                         search=search)[0]["n"]


def tell(defects):
    """Print what is to be said of lines of a file, the first ones of many;
    line 0 is the whole file."""
    for line, text in defects[:REPORTED]:
        where = f"line {line}: " if line else "Note: "
        print(f"    {where}{clean(text)}", file=sys.stderr)
    if len(defects) > REPORTED:
        print(f"    ... and {len(defects) - REPORTED:,} more like these",
              file=sys.stderr)


def remark(warning, places):
    """What the server said of an article, with which it was and what comes
    of it: (line, text)."""
    number, message, detail = warning
    line, headline = places[number - 1] if number else (0, None)
    named = f"“{headline[:60]}”" if headline else "the article without headline"
    result = "these words are not found" if "left out" in detail else \
        "words there are found, but no phrase or proximity" \
        if "position" in detail else ""
    parts = filter(None, (message, detail.rstrip("."), result))
    return line, f"{named}: {'; '.join(parts)}"


def load(path):
    """Load a file of articles, with a report of what could not be."""
    defects = []
    places = []

    def report(line, text):
        defects.append((line, text))

    def every(number):
        if number % 500 == 0:
            progress(f"Loading articles: {number:,} ...")

    def noted(articles):
        for article in articles:
            places.append((article["line"], article["headline"]))
            yield article

    articles = read_articles(path, report)
    first = next(articles, None)
    if first is not None:
        database.create()
        number, warnings, cleaned = database.load(
            noted(a for group in ((first,), articles) for a in group), every)
    progress("")
    tell([(0, text) for line, text in defects if line == 0])
    tell([defect for defect in defects if defect[0] != 0])
    if first is None:
        raise Unusable(f"{path} holds no article that could be loaded.")
    left_out = sum(text.startswith("left out") for _, text in defects)
    progress(f"Loaded {counted(number, 'article')} from "
             f"{clean(os.path.basename(path))}" +
             (f"; {counted(left_out, 'row')} left out." if left_out else "."),
             last=True)
    if cleaned:
        say(f"{counted(cleaned, 'article')} had tags, entities, divided words "
            "or double spacing, which bi_clean has removed.", 4)
    tell([remark(warning, places) for warning in warnings])
    progress("Making the index ...")
    database.finish(path)
    progress("")


def prepare(wanted, search):
    """See that the right articles are loaded."""
    loaded = database.source()
    path = wanted or (loaded[0] if loaded and search else SAMPLE)
    if not wanted and not os.path.exists(path):
        path = SAMPLE
    if not os.path.isfile(path):
        raise Unusable(f"There is no file {path}.")
    if search and loaded == (path, database.fingerprint(path)):
        return path
    load(path)
    return path


def show_remarks(search, remarks):
    """What bi_check says of a search; True when the search can't be run."""
    broken = False
    for remark in remarks:
        wrong = remark["severity"].lower() == "error"
        broken = broken or wrong
        if remark["position"]:
            caret(search, remark["position"], remark["length"] or 1, 4)
        text = remark["message"]
        label = "Error: " if wrong else "Note: "
        say(label + text[:1].upper() + text[1:] + ".", 4)
        if remark["hint"]:
            say(remark["hint"], 4)
    return broken


def passage(hit):
    """The passages of a body that match, with dots for what is left out."""
    passages = hit["passages"]
    if not passages:
        if hit["length"] == len(hit["beginning"]):
            return hit["beginning"]
        return hit["beginning"].rpartition(" ")[0] + " …"
    text = "" if passages[0]["start"] == 1 else "… "
    text += " … ".join(part["text"] for part in passages)
    return text if passages[-1]["end"] == hit["length"] else text + " …"


def show_hits(search, shown):
    """Run one search and print what it finds."""
    number = count(search)
    if number == 0:
        print("    no article")
        return 0
    hits = database.rows(HITS, search=search, shown=shown, on=MARK_ON,
                         off=MARK_OFF)
    print("    " + counted(number, "article") +
          (f", the newest {len(hits)}:" if number > len(hits) else ":"))
    for hit in hits:
        print()
        say(f"{hit['published'] or 'no date'}  "
            f"{hit['headline'] or '(no headline)'}", 4)
        body = passage(hit)
        if MARK_ON in hit["summary"] and MARK_ON not in body:
            say(hit["summary"], 16)
        elif body:
            say(body, 16)
    return number


def explain_nothing(search):
    """Why a search found nothing: how often each of its words occurs."""
    words = database.rows(WORDS, search=search)
    if words:
        say("Articles that have each of its words:", 4)
    for word in words:
        text = word["word"].replace("'", "").replace(":*", "*")
        print(f"    {word['n']:>8,}  {clean(text)}")


def nearest(first, second):
    return min((abs(a - b), a, b) for a in first for b in second)[0]


def explain_miss():
    """Why the phrase misses an article that has both its words."""
    one, two = "workers", "compensation"
    missed = database.rows(MISSED, one=one, two=two, both=f"{one} & {two}",
                           phrase=MISSION)
    heading("Why was that article not found?")
    if not missed and not count(f"{one} & {two}"):
        say(f"No article here has both {one} and {two}, so there is none that "
            f"{MISSION} could miss.", 4)
        return
    if not missed:
        say(f"Every article here that has {one} and {two} has them side by "
            f"side, so {MISSION} misses none.", 4)
        return
    article = missed[0]
    say(f"{article['published'] or ''} "
        f"{article['headline'] or '(no headline)'}", 4)
    say(f"is not among the answers to {MISSION}. Counting tells why:", 4)
    print()
    for search, meaning in (
            (one, "the one word"), (two, "the other"),
            (f"{one} & {two}", "both, anywhere"),
            (f"{one} NEAR/5 {two}", "at most five words apart"),
            (MISSION, "side by side, in this order")):
        print(f"    {count(search):>6,}  {search:<28}{meaning}")
    print()
    say(f"In this article {one} stands {times(article['first'])} and {two} "
        f"{times(article['second'])}, but at the closest "
        f"{nearest(article['first'], article['second'])} words apart. "
        f"{one} & {two} finds it.", 4)
    print()
    say("Each number is one statement:", 4)
    print("    SELECT count(*) FROM articles "
          f"WHERE tsv @~ '{one} NEAR/5 {two}';")


def times(positions):
    return {1: "once", 2: "twice"}.get(len(positions),
                                       f"{len(positions)} times")


def single(search):
    """One search, with what there is to say of it."""
    heading(search if len(search) <= LONGEST else search[:LONGEST] + " …")
    if not search.strip():
        say("The search is empty.", 4)
        return 1
    if has_bad_bytes(search):
        say("The search is not UTF-8 text.", 4)
        return 1
    remarks = database.rows("SELECT * FROM bi_check(:'search')",
                            search=search)
    try:
        database.run("SELECT to_bi_query(:'search');", search=search)
    except database.Failed as error:
        if not show_remarks(search, remarks):
            say(str(error), 4)
        elif "HINT:" in str(error):
            hint = str(error).split("HINT:")[1].split("\nQUERY:")[0]
            for remark in remarks:
                hint = hint.replace(remark["hint"] or "\n", " ")
            say(hint.strip(), 4)
        return 1
    show_remarks(search, remarks)
    if show_hits(search, SHOWN_ALONE) == 0:
        explain_nothing(search)
    return 0


def has_bad_bytes(text):
    return any("\ud800" <= char <= "\udfff" for char in text)


def check_pasted():
    """What bi_check says of a search that another system's user wrote."""
    heading(PASTED)
    say("Pasted from another system. Nothing is misread in silence; bi_check "
        "says what is not read as it was meant:", 4)
    print()
    show_remarks(PASTED, database.rows("SELECT * FROM bi_check(:'search')",
                                       search=PASTED))


def tour():
    for search, meaning in TOUR:
        heading(search)
        say(meaning, 4)
        show_hits(search, SHOWN)
    check_pasted()
    explain_miss()


def how_to_go_on(path):
    place = shlex.quote(os.environ.get("BISEARCH_DEMO_PLACE", ".demo"))
    print()
    if path == SAMPLE:
        print("Search yourself:      make demo SEARCH='flood NEAR/5 map*'")
        print("Your own articles:    make demo ARTICLES=file.csv "
              "(or JSON lines, RSS, Atom)")
    else:
        print("Search them:          make demo SEARCH='...'")
        print("The sample again:     make demo")
    print(f"Open psql on them:    test/server psql {place} demo")
    print("Stop and clean up:    make demo-stop", flush=True)


def main():
    search = os.environ.get("SEARCH", "")
    wanted = os.environ.get("ARTICLES", "")
    if wanted:
        wanted = os.path.abspath(os.path.expanduser(wanted))
    try:
        path = prepare(wanted, search)
        if search:
            status = single(search)
        else:
            tour()
            status = 0
        how_to_go_on(path)
        return status
    except Unusable as error:
        print(clean(str(error)), file=sys.stderr)
    except database.Failed as error:
        print("The database said:", error, sep="\n", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
    except BrokenPipeError:             # who reads us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


if __name__ == "__main__":
    sys.exit(main())
