"""What a call of each function costs; see bench/costs.

A call is timed inside a statement that makes many of them and counts the
results that are not null; the same statement that counts the argument alone
is taken away.  Both run in turn, and the figure is the median over several
rounds of the processor time the server's process needed.  One unit of COST
is what integer equality takes in the same place.
"""

import statistics
import sys

import psycopg

import bench

ROUNDS = 9
ROWS = 3000

# short searches as people type them, over words of the articles
SEARCHES = [
    "oil & prices", '"interest rates"', "bank w/5 rate*", "trade -japan",
    "(crude or gas) & opec", '"crude oil" price* or "natural gas"',
    "title:profit", "dollar /s yen", "ATLEAST3(shares)", "econom*",
]


class Costs:
    def __init__(self, con):
        self.bench = bench.Bench(con)
        self.con = con
        self.bench.load()
        con.execute(f"""
            SET jit = off; SET max_parallel_workers_per_gather = 0;
            CREATE TEMP TABLE docs AS
                SELECT * FROM articles ORDER BY id LIMIT {ROWS};
            CREATE TEMP TABLE long AS
                SELECT min(id) AS id,
                    bi_tsvector(NULL, string_agg(body, ' ')) AS tsv
                FROM docs GROUP BY id % ({ROWS} / 5);
            CREATE TEMP TABLE apart (LIKE long);
            ALTER TABLE apart ALTER tsv SET STORAGE EXTERNAL;
            INSERT INTO apart SELECT id, tsv || '' FROM long
                WHERE pg_column_size(tsv || '') < 8000;
            CREATE TEMP TABLE inside (LIKE long);
            ALTER TABLE inside ALTER tsv SET STORAGE PLAIN;
            INSERT INTO inside SELECT id, tsv || '' FROM apart;
            CREATE TEMP TABLE numbers AS
                SELECT i, i % 7 AS j FROM generate_series(1, 200000) AS i;
            CREATE TEMP TABLE queries (t text, q bi_query, p bi_query,
                                       ts tsquery, w tsquery)""")
        for n in range(ROWS):
            one = SEARCHES[n % len(SEARCHES)]
            other = SEARCHES[n // 10 % len(SEARCHES)]
            con.execute("INSERT INTO queries VALUES (%s, %s, %s, "
                        "bi_candidates(%s), 'oil & price')",
                        [one, one, other, one])
        con.execute("ANALYZE docs; ANALYZE long; ANALYZE numbers; "
                    "ANALYZE queries")

    def call(self, expression, source, base, rows):
        """Nanoseconds of one evaluation of an expression over a column."""
        ours = f"SELECT count({expression}) FROM {source}"
        theirs = f"SELECT count({base}) FROM {source}"
        a, b = self.bench.pair(ours, theirs, ROUNDS)
        return (a - b) / rows * 1e9


def expressions():
    """(name, expression, table, column that is counted else)."""
    match = [(f"bi_match, {name}", f"bi_match(tsv, '{query}')", "docs", "id")
             for name, query in (("word", "oil"), ("a & b", "oil & prices"),
                                 ("phrase", '"oil prices"'),
                                 ("frequent phrase", '"mln dlrs"'),
                                 ("within 5", "oil w/5 price*"),
                                 ("sentence", "mln /s dlrs"),
                                 ("pattern", "pr*es"))]
    core = [(f"core @@, {name}", f"ts_match_vq(tsv, '{query}')", "docs",
             "id")
            for name, query in (("word", "oil"), ("a & b", "oil & prices"),
                                ("phrase", "oil <-> prices"),
                                ("frequent phrase", "mln <-> dlrs"))]
    long = [(f"{name}, long articles", f"{call}(tsv, 'oil & prices')",
             "long", "id")
            for name, call in (("core @@", "ts_match_vq"),
                               ("bi_match", "bi_match"))]
    long += [(f"bi_match, long articles {where}",
              "bi_match(tsv, 'oil & prices')", table, "id")
             for where, table in (("in the row", "inside"),
                                  ("out of the row", "apart"))]
    return core + match + long + [
        ("@~ on text", "bi_text_match(body, 'oil & prices')", "docs", "id"),
        ("core to_tsvector", "to_tsvector('english', body)", "docs", "id"),
        ("to_tsvector, bisearch", "to_tsvector('bisearch', body)", "docs",
         "id"),
        ("bi_tsvector", "bi_tsvector(headline, body)", "docs", "id"),
        ("core websearch_to_tsquery", "websearch_to_tsquery('english', t)",
         "queries", "t"),
        ("to_bi_query", "to_bi_query(t)", "queries", "t"),
        ("websearch_to_bi_query", "websearch_to_bi_query(t)", "queries",
         "t"),
        ("plainto_bi_query", "plainto_bi_query(t)", "queries", "t"),
        ("phraseto_bi_query", "phraseto_bi_query(t)", "queries", "t"),
        ("bi_check", "(SELECT count(*) FROM bi_check(t))", "queries", "t"),
        ("bi_query_in", "t::bi_query", "queries", "t"),
        ("bi_query_out", "q::text", "queries", "q"),
        ("bi_candidates", "bi_candidates(q)", "queries", "q"),
        ("bi_is_exact", "bi_is_exact(q)", "queries", "q"),
        ("core tsquery &&", "ts && w", "queries", "q"),
        ("&&", "q && p", "queries", "q"),
        ("||", "q || p", "queries", "q"),
        ("!!", "!! q", "queries", "q"),
        ("core tsquery =", "ts = w", "queries", "q"),
        ("=", "q = p", "queries", "q"),
        ("<", "q < p", "queries", "q"),
        ("bi_query_hash", "bi_query_hash(q)", "queries", "q"),
        ("core tsquery @>", "ts @> w", "queries", "q"),
        ("@>", "q @> p", "queries", "q"),
        ("bi_words", "bi_words(q)", "queries", "q"),
        ("bi_config", "bi_config(q)", "queries", "q"),
        ("core numnode", "numnode(ts)", "queries", "q"),
        ("bi_numnode", "bi_numnode(q)", "queries", "q"),
        ("bi_is_positive", "bi_is_positive(q)", "queries", "q"),
        ("tsq::bi_query", "w::bi_query", "queries", "q"),
    ]


def main():
    with psycopg.connect(autocommit=True, client_encoding="UTF8") as con:
        costs = Costs(con)
        unit = statistics.median(
            costs.call("i = j", "numbers", "i", 200000) for _ in range(3))
        print(f"i = j: {unit:.2f} ns\n")
        print("| function | ns a call | in int4eq |\n|---|---|---|")
        for name, expression, table, base in expressions():
            rows, = con.execute(f"SELECT count(*) FROM {table}").fetchone()
            ns = costs.call(expression, table, base, rows)
            print(f"| {name} | {ns:.0f} | {ns / unit:.0f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
