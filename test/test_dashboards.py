"""The views of demo/dashboard.sql, counted again by hand; README's charts."""

import collections
import datetime
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import TOP

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(TOP / "demo"))

from oracle import compare, parser  # noqa: E402
import charts  # noqa: E402
import database as demo_database  # noqa: E402

SEARCHES = [("oil", "energy", "oil OR crude* OR petrol*"),
            ("gas", "energy", "“natural gas” OR gas"),
            ("nothing", "energy", "zzzz"),
            ("rates", "money", "(interest OR discount) NEAR/3 rate*"),
            ("banks", "money", "bank* -“world bank”")]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def board(server, reuters_database):
    """A database with the views over some articles; and by name of search
    the days of its hits."""
    with server.connect(reuters_database) as con:
        articles = con.execute(
            "SELECT id, pub_date::date, headline, body FROM articles "
            "WHERE pub_date IS NOT NULL ORDER BY id").fetchall()
    articles = random.Random(7).sample(articles, 1200)
    name = server.create_database("dashboards")
    with server.connect(name) as con:
        con.execute("CREATE TABLE articles (id integer PRIMARY KEY, "
                    "published date, headline text, body text, tsv tsvector "
                    "GENERATED ALWAYS AS (bi_tsvector(headline, body)) "
                    "STORED)")
        with con.cursor().copy("COPY articles (id, published, headline, body) "
                               "FROM STDIN") as copy:
            for row in articles:
                copy.write_row(row)
        con.execute((TOP / "demo" / "dashboard.sql").read_text())
        con.cursor().executemany(
            "INSERT INTO searches (name, topic, search) VALUES (%s, %s, %s)",
            SEARCHES)
        index = compare.reuters_index([(n, h, b) for n, _, h, b in articles])
        when = {number: day for number, day, _, _ in articles}
        hits = {search: {n: when[n] for n in
                         index.search(parser.parse(text))}
                for search, _, text in SEARCHES}
        yield con, hits, (min(when.values()), max(when.values()))
    server.drop_database(name)


def periods(first, last, of):
    found = {of(first + datetime.timedelta(n))
             for n in range((last - first).days + 1)}
    return sorted(found)


PERIODS = {
    "day": lambda d: d,
    "week": lambda d: d - datetime.timedelta(d.weekday()),
    "month": lambda d: d.replace(day=1),
}


@pytest.mark.parametrize("period", PERIODS)
def test_hits_per_period(board, period):
    con, hits, (first, last) = board
    of = PERIODS[period]
    expected = sorted(
        (name, p, collections.Counter(map(of, hits[name].values()))[p])
        for name, _, _ in SEARCHES for p in periods(first, last, of))
    given = con.execute(f"SELECT name, {period}, hits FROM hits_per_{period} "
                        "ORDER BY 1, 2").fetchall()
    assert given == expected
    assert sum(row[2] for row in given) > 200


def test_topics_count_each_article_once(board):
    con, hits, _ = board
    expected = collections.Counter()
    for topic in ("energy", "money"):
        found = {}
        for name, of, _ in SEARCHES:
            if of == topic:
                found.update(hits[name])
        expected.update((topic, day.replace(day=1))
                        for day in found.values())
    assert {row[:2]: row[2] for row in con.execute(
        "SELECT topic, month, articles FROM topics_per_month")} == expected


def test_share_of_voice(board):
    con, hits, _ = board
    shares = con.execute("SELECT topic, month, hits, percent "
                         "FROM share_of_voice").fetchall()
    for topic, month in {row[:2] for row in shares}:
        mine = [row for row in shares if row[:2] == (topic, month)]
        whole = sum(row[2] for row in mine)
        for row in mine:
            if whole == 0:
                assert row[3] is None
            else:
                assert abs(float(row[3]) - 100 * row[2] / whole) <= 0.05


def test_one_pass_gives_the_same_shares(board):
    con, hits, _ = board
    columns = ", ".join(f"count(*) FILTER (WHERE tsv @~ '{text}')"
                        for _, _, text in SEARCHES)
    assert con.execute(f"SELECT {columns} FROM articles").fetchone() == tuple(
        len(hits[name]) for name, _, _ in SEARCHES)


def test_trend(board):
    con, _, _ = board
    months = dict()
    for name, month, count in con.execute(
            "SELECT name, month, hits FROM hits_per_month ORDER BY 1, 2"):
        months.setdefault(name, []).append(count)
    for name, series in months.items():
        trend = con.execute(
            "SELECT hits, change, average FROM search_trend "
            "WHERE name = %s ORDER BY month", [name]).fetchall()
        for n, (count, change, average) in enumerate(trend):
            last = series[max(0, n - 5):n + 1]
            assert count == series[n]
            assert change == (series[n] - series[n - 1] if n else None)
            assert abs(float(average) - sum(last) / len(last)) <= 0.005


def look(con, name):
    return {row[0] for row in con.execute("SELECT id FROM look(%s)", [name])}


def test_new_hits_are_seen_once_and_none_is_lost(board, server):
    """Also those of a transaction that was open while somebody looked."""
    con, hits, _ = board
    insert = ("INSERT INTO articles (id, published, headline) "
              "VALUES (%s, current_date, 'Oil')")
    assert look(con, "oil") == set(hits["oil"])
    assert look(con, "oil") == set()
    assert con.execute("SELECT count(DISTINCT id) FROM new_hits WHERE "
                       "name = 'gas'").fetchone()[0] == len(hits["gas"])
    with server.connect("dashboards") as slow:
        slow.execute("BEGIN")
        slow.execute(insert, [1000001])
        con.execute(insert, [1000002])
        assert look(con, "oil") == {1000002}
        slow.execute("COMMIT")
    assert look(con, "oil") == {1000001}
    assert look(con, "oil") == set()
    con.execute("DELETE FROM articles WHERE id > 1000000")


def test_crosstab_in_psql(board, server):
    """Searches across, months down, without any tool but psql."""
    con, _, _ = board
    printed = server.psql(
        "SELECT month, name, hits FROM hits_per_month WHERE topic = 'energy' "
        "ORDER BY month, name \\crosstabview month name hits\n", "dashboards")
    lines = [line.split("|") for line in printed.strip().split("\n")]
    expected = con.execute(
        "SELECT month::text, sum(hits) FILTER (WHERE name = 'gas'), "
        "sum(hits) FILTER (WHERE name = 'nothing'), "
        "sum(hits) FILTER (WHERE name = 'oil') "
        "FROM hits_per_month GROUP BY 1 ORDER BY 1").fetchall()
    given = [tuple(line) for line in lines if line[0][:2] == "19"]
    assert given == [tuple(map(str, row)) for row in expected]


@pytest.fixture(scope="module")
def sample(server):
    """The sample articles with the charts' searches."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        charts.load()
        yield
    server.drop_database(demo_database.NAME)


def test_charts_have_something_to_show(sample):
    rows = demo_database.rows(charts.QUARTERS)
    assert len(rows) == 9
    for name, _, _ in charts.SEARCHES:
        assert sum(row[name] for row in rows) >= 5
    assert all(sum(row[name] or 0 for name, _, _ in charts.SEARCHES)
               in (0, 99, 100, 101)
               for row in demo_database.rows(charts.SHARES))
    assert len(demo_database.rows(charts.TREND.replace(
        "ORDER BY search_trend.month", ""))) == 27


@pytest.mark.skipif(not shutil.which("gnuplot"), reason="no gnuplot")
def test_charts_are_drawn(sample, tmp_path):
    for chart in charts.CHARTS:
        try:
            charts.draw(str(tmp_path), *chart)
        except subprocess.CalledProcessError as error:
            pytest.fail(str(error))
        assert (tmp_path / f"{chart[0]}.png").read_bytes()[:8] == PNG


def test_readme_shows_the_charts():
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    for name, *_ in charts.CHARTS:
        assert f"](doc/charts/{name}.png)" in readme
        data = (TOP / "doc" / "charts" / f"{name}.png").read_bytes()
        assert data[:8] == PNG and len(data) < 60000
