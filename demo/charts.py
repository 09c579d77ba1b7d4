"""Charts of the sample articles, from the views of dashboard.sql.

    charts.py DIRECTORY

A chart is one SELECT, whose first column is the horizontal axis and whose
other columns are series, and a gnuplot script that draws them.
"""

import os
import subprocess
import sys
import tempfile

import database
from articles import read_articles

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "articles.csv")

# name, topic, search
SEARCHES = (
    ("weather", "risks", "hurricane* OR storm* OR flood* OR hail*"),
    ("compensation", "risks", "compensation OR “workers comp”"),
    ("mergers", "companies", "merger* OR takeover*"),
)

QUARTERS = """
SELECT to_char(month, 'YYYY"Q"Q') AS quarter,
       sum(hits) FILTER (WHERE name = 'weather') AS weather,
       sum(hits) FILTER (WHERE name = 'compensation') AS compensation,
       sum(hits) FILTER (WHERE name = 'mergers') AS mergers
FROM hits_per_month GROUP BY 1 ORDER BY 1
"""

SHARES = """
SELECT quarter, round(100 * weather / nullif(whole, 0)) AS weather,
       round(100 * compensation / nullif(whole, 0)) AS compensation,
       round(100 * mergers / nullif(whole, 0)) AS mergers
FROM (SELECT *, weather + compensation + mergers AS whole FROM (
""" + QUARTERS + """) AS q) AS w
"""

TREND = """
SELECT to_char(month, 'YYYY-MM') AS month, hits, average
FROM search_trend WHERE name = 'weather' ORDER BY search_trend.month
"""

LOOK = """
set terminal pngcairo size 760,320 font "Sans,10"
set output "{png}"
set datafile separator ","
set border 3 lc rgb "#888888"
set tics nomirror out scale 0.5
set grid ytics lt 1 lc rgb "#dddddd"
set key bmargin center horizontal
set title "{title}"
set linetype 1 lc rgb "#0b6e99"
set linetype 2 lc rgb "#e0a030"
set linetype 3 lc rgb "#7a9e5a"
set yrange [0:*]
"""

BARS = LOOK + """
set ytics 1
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
plot for [i=2:4] "{data}" using i:xtic(1) title columnheader(i) lt i-1
"""

STACKED = LOOK + """
set yrange [0:100]
set format y "%g %%"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 noborder
set boxwidth 0.7
plot for [i=2:4] "{data}" using i:xtic(1) title columnheader(i) lt i-1
"""

LINES = LOOK + """
set ytics 1
set style fill solid 0.5 noborder
set boxwidth 0.6
set xtics rotate by -45
plot "{data}" using 2:xtic(int(column(0)) % 3 ? "" : strcol(1)) \\
         with boxes lt 1 title "articles", \\
     "" using 0:3 with lines lt 2 lw 3 title "average of six months"
"""

CHARTS = (
    ("hits", "Articles that a search finds, by quarter", QUARTERS, BARS),
    ("share", "Share of voice, by quarter", SHARES, STACKED),
    ("trend", "weather: articles by month", TREND, LINES),
)


def load():
    """The sample articles, the views, and some saved searches."""
    def fail(line, text):
        raise ValueError(f"{SAMPLE}:{line}: {text}")

    database.create()
    database.load(read_articles(SAMPLE, fail), lambda number: None)
    database.finish(SAMPLE)
    with open(os.path.join(HERE, "dashboard.sql"), encoding="utf-8") as file:
        database.run(file.read())
    for name, topic, search in SEARCHES:
        database.run("INSERT INTO searches (name, topic, search) VALUES "
                     "(:'name', :'topic', :'search');",
                     name=name, topic=topic, search=search)


def draw(directory, name, title, query, script):
    """One chart as a PNG."""
    csv = database.run(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER);")
    with tempfile.NamedTemporaryFile("w", suffix=".csv",
                                     encoding="utf-8") as data:
        data.write(csv)
        data.flush()
        subprocess.run(
            ["gnuplot"], check=True, text=True,
            input=script.replace("{data}", data.name).replace(
                "{title}", title).replace(
                "{png}", os.path.join(directory, name + ".png")))


def main():
    directory = os.path.abspath(sys.argv[1])
    os.makedirs(directory, exist_ok=True)
    load()
    for chart in CHARTS:
        draw(directory, *chart)
        print(os.path.join(sys.argv[1], chart[0] + ".png"))


if __name__ == "__main__":
    main()
