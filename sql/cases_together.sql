-- Made by test/regress_cases of test/cases/6-together.tsv; not to be edited.
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
('R001', 'strict', 'bisearch', 'title:-(xx yy)', 'xx', 'q', NULL, NULL, 'match', '!(headline:xx & headline:yy)'),
('R002', 'strict', 'bisearch', 'title:-"xx"', 'q', 'xx', NULL, NULL, 'match', '!headline:"xx"'),
('R003', 'strict', 'bisearch', 'title:-"xx"', 'xx', 'q', NULL, NULL, 'nomatch', '!headline:"xx"'),
('R004', 'strict', 'bisearch', 'body:+(xx yy)', NULL, 'xx and yy', NULL, NULL, 'match', 'body:xx & body:yy'),
('R005', 'strict', 'bisearch', 'title:=xx', 'xx', 'q', NULL, NULL, 'match', 'headline:"xx"'),
('R006', 'strict', 'bisearch', 'hurric!*', NULL, 'hurricanes', NULL, NULL, 'match', E'hurric*\\*'),
('R007', 'lenient', 'bisearch', '*a:x', NULL, 'a x', NULL, NULL, 'match', E'\\*a:x'),
('R008', 'lenient', 'bisearch', '*a:ATLEAST2', NULL, 'a atleast2', NULL, NULL, 'match', '*a:ATLEAST2'),
('R009', 'lenient', 'bisearch', '-*b:x', NULL, 'no such words', NULL, NULL, 'match', E'!\\*b:x'),
('R010', 'lenient', 'bisearch', '*ne', NULL, 'a ne', NULL, NULL, 'match', 'ne'),
('R011', 'lenient', 'english', 'e-*c', NULL, 'an e c thing', NULL, NULL, 'match', E'{english} e-\\*c'),
('R012', 'strict', 'english', '“... ~30 people”', NULL, 'some 30 people', NULL, NULL, 'nomatch', '{english} "~30 people"'),
('R013', 'strict', 'bisearch', 'storm^2, flood~, x', NULL, 'storm flood x', NULL, NULL, 'match', 'storm & flood~1 & x'),
('R014', 'lenient', 'bisearch', 'x~1^2', NULL, 'x', NULL, NULL, 'match', 'x~1'),
('R015', 'strict', 'bisearch', 'aa /6 bb /1 (cc dd)', NULL, 'aa cc bb dd', NULL, NULL, 'match', '(aa NEAR/6 bb NEAR/1 cc) & (aa NEAR/6 bb NEAR/1 dd)'),
('R016', 'strict', 'bisearch', 'aa /6 bb /1 (cc dd)', NULL, 'aa bb cc dd', NULL, NULL, 'nomatch', '(aa NEAR/6 bb NEAR/1 cc) & (aa NEAR/6 bb NEAR/1 dd)'),
('R017', 'lenient', 'bisearch', 'a W/3 BUT NOT b', NULL, 'a c', NULL, NULL, 'match', 'a & !b'),
('R018', 'lenient', 'bisearch', '/3 but not b', NULL, 'c', NULL, NULL, 'match', '!b'),
('R019', 'strict', 'bisearch', '"a b" ~2AND?', NULL, 'a b 2and', NULL, NULL, 'match', '"a b" & ~2AND?'),
('R020', 'lenient', 'bisearch', '!+!+p x', NULL, 'x', NULL, NULL, 'match', E'!\\!+p & x'),
('R021', 'strict', 'english', '#C:to storm', NULL, 'C to storm', NULL, NULL, 'match', E'{english} C\\:to & storm'),
('R022', 'strict', 'bisearch', E'storm^2\\/', NULL, 'storm', NULL, NULL, 'match', 'storm');
SELECT count(*) FROM cases;
SELECT c.id, c.query, c.expected, a.answer, c.canonical, a.printed
FROM cases AS c, pg_temp.answer(mode, config::regconfig, query, headline,
								body, summary, byline) AS a
WHERE a.answer <> c.expected AND c.expected <> 'print' OR
	a.printed <> c.canonical;
DROP TABLE cases;
