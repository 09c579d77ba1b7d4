-- Made by test/regress_cases of test/cases/9-documents.tsv; not to be edited.
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bisearch;
CREATE FUNCTION pg_temp.answer(mode text, config regconfig, query text,
	headline text, body text, summary text, byline text,
	OUT answer text, OUT printed text)
LANGUAGE plpgsql AS $$
DECLARE
	q bi_query;
BEGIN
	IF mode = 'check' THEN
		answer := CASE WHEN EXISTS (SELECT FROM bi_check(config, query))
			THEN 'row' ELSE 'clean' END;
		RETURN;
	END IF;
	q := CASE mode
		WHEN 'strict' THEN to_bi_query(config, query)
		WHEN 'lenient' THEN websearch_to_bi_query(config, query)
		WHEN 'plain' THEN plainto_bi_query(config, query)
		WHEN 'phrase' THEN phraseto_bi_query(config, query)
	END;
	printed := q::text;
	answer := CASE
		WHEN bi_tsvector(headline, body, summary, byline, config) @~ q
		THEN 'match' ELSE 'nomatch' END;
EXCEPTION WHEN OTHERS THEN
	answer := 'error ' || SQLSTATE;
END
$$;
CREATE TEMP TABLE cases (id text, mode text, config text, query text,
	headline text, body text, summary text, byline text, expected text,
	canonical text);
INSERT INTO cases VALUES
('D001', 'strict', 'bisearch', 'storm', 'storm', 'x', NULL, NULL, 'match', NULL),
('D002', 'strict', 'bisearch', 'storm', NULL, 'x', NULL, 'storm', 'match', NULL),
('D003', 'strict', 'bisearch', 'storm', NULL, 'x', 'storm', NULL, 'match', NULL),
('D004', 'strict', 'bisearch', 'byline:smith & title:storm', 'storm', 'x', NULL, 'Smith', 'match', NULL),
('D005', 'strict', 'bisearch', 'storm & flood', 'storm', 'flood', NULL, NULL, 'match', NULL),
('D006', 'strict', 'bisearch', '"storm flood"', 'storm', 'x', NULL, 'flood', 'nomatch', NULL),
('D007', 'strict', 'bisearch', '"storm * flood"', 'storm', 'flood', NULL, NULL, 'nomatch', NULL),
('D008', 'strict', 'bisearch', 'ATLEAST2(storm)', 'storm', 'x', 'storm', NULL, 'match', NULL),
('D009', 'strict', 'bisearch', 'storm PRE/9 flood', 'storm x flood', 'rain', NULL, NULL, 'match', NULL),
('D010', 'strict', 'bisearch', 'NOT storm', NULL, '', NULL, NULL, 'match', NULL),
('D011', 'strict', 'bisearch', 'storm', NULL, '', NULL, NULL, 'nomatch', NULL),
('D012', 'strict', 'bisearch', 'storm', NULL, '...', NULL, NULL, 'nomatch', NULL),
('D013', 'strict', 'bisearch', '"storm flood"', NULL, E'storm\U0000000Aflood', NULL, NULL, 'match', NULL),
('D014', 'strict', 'bisearch', '"storm flood"', NULL, 'storm. Flood', NULL, NULL, 'match', NULL),
('D015', 'strict', 'bisearch', '"storm flood"', NULL, 'storm (flood)', NULL, NULL, 'match', NULL),
('D016', 'strict', 'bisearch', 'storm /s flood', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('D017', 'strict', 'bisearch', 'a1', NULL, 'a1', NULL, NULL, 'match', 'a1'),
('D018', 'strict', 'bisearch', 'A1 and B1', NULL, 'a1 b1', NULL, NULL, 'match', 'A1 & B1'),
('D019', 'strict', 'bisearch', '“A1 b1”', NULL, 'a1 b1', NULL, NULL, 'match', '"A1 b1"'),
('D020', 'strict', 'bisearch', 'a1 w/3 b1', NULL, 'a1 b1', NULL, NULL, 'match', 'a1 NEAR/3 b1'),
('D021', 'strict', 'bisearch', 'a1 W/S b1', NULL, 'a1 b1', NULL, NULL, 'match', 'a1 /s b1'),
('D022', 'strict', 'bisearch', 'a1 n/003 b1', NULL, 'a1 b1', NULL, NULL, 'match', 'a1 NEAR/3 b1'),
('D023', 'strict', 'bisearch', 'a1  AND   b1', NULL, 'a1 b1', NULL, NULL, 'match', 'a1 & b1'),
('D024', 'strict', 'bisearch', '((a1)) & ((b1))', NULL, 'a1 b1', NULL, NULL, 'match', 'a1 & b1'),
('D025', 'strict', 'bisearch', '(a1 & b1) | (c1 & d1)', NULL, 'c1 d1', NULL, NULL, 'match', '(a1 & b1) | (c1 & d1)'),
('D026', 'strict', 'bisearch', '(a1 | b1) (c1 | d1)', NULL, 'a1 c1', NULL, NULL, 'match', '(a1 | b1) & (c1 | d1)'),
('D027', 'strict', 'bisearch', '!a1 | !b1', NULL, 'a1', NULL, NULL, 'match', '!a1 | !b1'),
('D028', 'strict', 'bisearch', '!(a1 | b1)', NULL, 'c1', NULL, NULL, 'match', '!(a1 | b1)'),
('D029', 'strict', 'bisearch', '!(a1 & b1)', NULL, 'c1', NULL, NULL, 'match', '!(a1 & b1)'),
('D030', 'strict', 'bisearch', 'atleast2(a1 near/3 b1)', NULL, 'a1 b1 a1', NULL, NULL, 'match', 'ATLEAST2(a1 NEAR/3 b1)'),
('D031', 'strict', 'bisearch', '!atleast2 a1', NULL, 'x', NULL, NULL, 'match', '!ATLEAST2(a1)'),
('D032', 'strict', 'bisearch', 'a1 NEAR/2 b1 PRE/3 c1', NULL, 'a1 b1 c1', NULL, NULL, 'match', 'a1 NEAR/2 b1 PRE/3 c1'),
('D033', 'strict', 'bisearch', 'a1 PRE/3 (b1 | c1)', NULL, 'a1 c1', NULL, NULL, 'match', 'a1 PRE/3 (b1 | c1)'),
('D034', 'strict', 'bisearch', 'a1 NOT w/2 b1', NULL, 'a1', NULL, NULL, 'match', 'a1 NOT NEAR/2 b1'),
('D035', 'strict', 'bisearch', 'title:"a1 b1"~3', 'b1 a1', 'x', NULL, NULL, 'match', 'headline:"a1" NEAR/3 headline:"b1"'),
('D036', 'strict', 'bisearch', 'c:a1 b:b1 d:c1', NULL, 'c1', 'a1', 'b1', 'match', 'summary:a1 & byline:b1 & body:c1'),
('D037', 'strict', 'bisearch', 'acd:a1', 'a1', 'x', NULL, NULL, 'match', 'acd:a1'),
('D038', 'strict', 'bisearch', '#a1 | =b1', NULL, 'b1', NULL, NULL, 'match', '"a1" | "b1"'),
('D039', 'strict', 'bisearch', '+a1^3 +b1~1', NULL, 'a1 b1', NULL, NULL, 'nomatch', NULL),
('D040', 'strict', 'bisearch', '"a1 b1"*^2', NULL, 'a1 b1x', NULL, NULL, 'match', '"a1 b1*"'),
('D041', 'strict', 'bisearch', 'a1 but not b1', NULL, 'a1', NULL, NULL, 'match', 'a1 & !b1'),
('D042', 'strict', 'bisearch', 'a1 & (b1 & (c1 & d1))', NULL, 'd1 c1 b1 a1', NULL, NULL, 'match', 'a1 & b1 & c1 & d1'),
('D043', 'strict', 'bisearch', 'a1 | (b1 | (c1 | d1))', NULL, 'c1', NULL, NULL, 'match', 'a1 | b1 | c1 | d1'),
('D044', 'strict', 'bisearch', 'cat not dog', NULL, 'x', NULL, NULL, 'nomatch', E'cat & \\not & dog');
SELECT count(*) FROM cases;
SELECT c.id, c.query, c.expected, a.answer, c.canonical, a.printed
FROM cases AS c, pg_temp.answer(mode, config::regconfig, query, headline,
								body, summary, byline) AS a
WHERE a.answer <> c.expected AND c.expected <> 'print' OR
	a.printed <> c.canonical;
DROP TABLE cases;
