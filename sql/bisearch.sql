--
-- A short tour of the type: reading, printing, comparing, matching.
--
CREATE EXTENSION bisearch;

-- what is typed, and what it means
SELECT typed, to_bi_query(typed) FROM (VALUES
	('“workers compensation”'),
	('“hurricane” & “loss”'),
	('flood OR storm -snow'),
	('insurance flood OR storm'),
	('hurricane w/5 (loss or losses)'),
	('rates pre/3 rise'),
	('storm not near/5 snow'),
	('takeover /s regulator'),
	('atleast2(flood)'),
	('hurric! wom?n colo*r jur**'),
	('title:(merger takeover) -byline:desk'),
	('AT&T R&D U.S. covid-19'),
	('"a b c"~5'),
	('')) AS v(typed);

-- printing again changes nothing
SELECT count(*) FROM (VALUES
	('“a” & “b cd*” | !d'), ('a near/3 (b | c) pre/2 d'), ('ab:x not near/4 y')
) AS v(typed)
WHERE to_bi_query(typed)::text <> to_bi_query(typed)::text::bi_query::text;

-- strict calls refuse, the lenient one mends
SELECT 'hurricane AND (loss'::bi_query;
SELECT to_bi_query('flood near/5');
SELECT websearch_to_bi_query('hurricane AND (loss'),
	   websearch_to_bi_query('flood near/5'),
	   websearch_to_bi_query('!!!') = ''::bi_query AS empty;
SELECT * FROM bi_check('hurricane AND (loss');

-- other ways in
SELECT plainto_bi_query('rates (rise)'), phraseto_bi_query('law and order'),
	   to_bi_query('english', 'raining losses');

-- comparison sees what a search means
SELECT to_bi_query('“Hurricane” and loss') = to_bi_query('hurricane & LOSS') AS same,
	   to_bi_query('a b') = to_bi_query('b a') AS turned,
	   to_bi_query('english', 'storm') = to_bi_query('storm') AS configured;

-- matching, of texts and of articles, both ways round
SELECT 'The state''s workers’ compensation fund' @~ '“workers compensation”' AS phrase,
	   '“workers compensation”' ~@ 'compensation for workers'::text AS apart,
	   bi_tsvector('Merger', 'Rates rose. Losses fell.') @~ 'title:merger rates /s rose' AS fields,
	   'rates /s losses'::bi_query ~@ bi_tsvector('Merger', 'Rates rose. Losses fell.') AS sentences;

-- NULL in, NULL out
SELECT to_bi_query(NULL) IS NULL AS query, NULL::text @~ 'a' IS NULL AS text;

-- a search as a key
CREATE TABLE searches (search bi_query PRIMARY KEY);
INSERT INTO searches VALUES ('b'), ('a'), ('a & b');
INSERT INTO searches VALUES ('“A”');
SELECT search FROM searches ORDER BY search::text;
DROP TABLE searches;

-- why, how many, how good
SELECT tree, meaning FROM bi_explain('“workers comp*” (flood w/5 loss) -title:rain');
SELECT tree, matched, hits, note
FROM bi_explain('“workers comp*” (flood w/5 loss) -title:rain',
				'Workers want compensation. The flood was no loss to them.');
CREATE TABLE articles (id int, tsv tsvector);
INSERT INTO articles VALUES (1, bi_tsvector('Flood', 'A heavy loss')),
	(2, bi_tsvector('Rain', 'No flood, no loss'));
SELECT tree, hits FROM bi_counts('articles', 'tsv', 'flood (loss | gain)');
SELECT id FROM articles WHERE tsv @~ 'flood & loss'
ORDER BY bi_rank(tsv, 'flood & loss') DESC;
SELECT bi_collect('articles', 'tsv', 'flood & loss');
DROP TABLE articles;
