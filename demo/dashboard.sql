-- Saved searches as views that a dashboard reads with plain SQL.
--
--	psql -f demo/dashboard.sql
--
-- in a database that has the extension and a table of articles with at least
-- the columns id, published (a date), headline and tsv.

BEGIN;

-- Who wrote the row: tells what is new, whatever else is being written.
ALTER TABLE articles
    ADD COLUMN IF NOT EXISTS added xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ON articles (added);

CREATE TABLE searches (
    name text PRIMARY KEY,
    topic text NOT NULL,
    search bi_query NOT NULL,
    seen pg_snapshot NOT NULL DEFAULT '1:1:'    -- what was there at last look
);

-- One row for each article that a saved search finds.
CREATE VIEW search_hits AS
    SELECT s.topic, s.name, a.id, a.published, a.headline, a.added
    FROM searches AS s JOIN articles AS a ON a.tsv @~ s.search;

-- Hits per period, periods without any included.
CREATE VIEW hits_per_day AS
    SELECT topic, name, day, coalesce(hits, 0) AS hits
    FROM searches
    CROSS JOIN (SELECT generate_series(min(published)::timestamp,
                                       max(published), '1 day')::date AS day
                FROM articles) AS days
    LEFT JOIN (SELECT name, published AS day, count(*) AS hits
               FROM search_hits GROUP BY 1, 2) AS found USING (name, day);

CREATE VIEW hits_per_week AS
    SELECT topic, name, date_trunc('week', day)::date AS week,
           sum(hits)::bigint AS hits
    FROM hits_per_day GROUP BY 1, 2, 3;

CREATE VIEW hits_per_month AS
    SELECT topic, name, date_trunc('month', day)::date AS month,
           sum(hits)::bigint AS hits
    FROM hits_per_day GROUP BY 1, 2, 3;

-- Articles of a topic: one that several of its searches find counts once.
CREATE VIEW topics_per_month AS
    SELECT topic, date_trunc('month', published)::date AS month,
           count(DISTINCT id) AS articles
    FROM search_hits GROUP BY 1, 2;

-- What part of a topic's hits in a month is each search's.
CREATE VIEW share_of_voice AS
    SELECT topic, name, month, hits,
           round(100 * hits / nullif(sum(hits) OVER (PARTITION BY topic, month),
                                     0), 1) AS percent
    FROM hits_per_month;

-- Hits of a month beside the month before and the average of half a year.
CREATE VIEW search_trend AS
    SELECT topic, name, month, hits, hits - lag(hits) OVER w AS change,
           round(avg(hits) OVER (w ROWS 5 PRECEDING), 2) AS average
    FROM hits_per_month
    WINDOW w AS (PARTITION BY name ORDER BY month);

-- What has come since each search was last looked at.
CREATE VIEW new_hits AS
    SELECT h.topic, h.name, h.id, h.published, h.headline
    FROM search_hits AS h JOIN searches AS s USING (name)
    WHERE h.added >= pg_snapshot_xmin(s.seen)
      AND NOT pg_visible_in_snapshot(h.added, s.seen);

-- The same for one search, and from now on they are seen: one statement, so
-- that no article comes between looking and remembering.
CREATE FUNCTION look(search_name text)
RETURNS TABLE (id integer, published date, headline text)
LANGUAGE sql AS $$
    WITH seen AS (
        UPDATE searches SET seen = pg_current_snapshot()
        WHERE name = search_name
    )
    SELECT id, published, headline FROM new_hits WHERE name = search_name
    ORDER BY published DESC, id DESC;
$$;

COMMIT;
