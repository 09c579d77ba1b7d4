-- Made by test/regress_cases of test/cases/2-quotes.tsv; not to be edited.
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
('Q001', 'strict', 'bisearch', '''heavy rain''', NULL, 'rain, heavy', NULL, NULL, 'match', NULL),
('Q002', 'strict', 'bisearch', '‘heavy rain’', NULL, 'rain, heavy', NULL, NULL, 'match', NULL),
('Q003', 'strict', 'bisearch', '‛heavy rain’', NULL, 'rain, heavy', NULL, NULL, 'match', NULL),
('Q004', 'strict', 'bisearch', 'can''t', NULL, 'You can’t.', NULL, NULL, 'match', NULL),
('Q005', 'strict', 'bisearch', 'can’t', NULL, 'You can''t.', NULL, NULL, 'match', NULL),
('Q006', 'strict', 'bisearch', 'can‘t', NULL, 'You can''t.', NULL, NULL, 'match', NULL),
('Q007', 'strict', 'bisearch', 'canʼt', NULL, 'You can''t.', NULL, NULL, 'match', NULL),
('Q008', 'strict', 'bisearch', 'can＇t', NULL, 'You can''t.', NULL, NULL, 'match', NULL),
('Q009', 'strict', 'bisearch', 'can‛t', NULL, 'You can''t.', NULL, NULL, 'match', NULL),
('Q010', 'strict', 'bisearch', 'can''t', NULL, 'You can‛t.', NULL, NULL, 'match', NULL),
('Q011', 'strict', 'bisearch', 'can''t', NULL, 'can t', NULL, NULL, 'nomatch', NULL),
('Q012', 'strict', 'bisearch', 'rock ''n'' roll', NULL, 'rock n roll', NULL, NULL, 'match', NULL),
('Q013', 'strict', 'bisearch', 'O''Brien', NULL, 'O’Brien spoke', NULL, NULL, 'match', NULL),
('Q014', 'strict', 'bisearch', 'O''Brien', NULL, 'OBrien spoke', NULL, NULL, 'nomatch', NULL),
('Q015', 'strict', 'bisearch', '"O’Brien spoke"', NULL, 'O''Brien spoke', NULL, NULL, 'match', NULL),
('Q016', 'strict', 'bisearch', '''tis', NULL, 'tis', NULL, NULL, 'match', NULL),
('Q017', 'strict', 'bisearch', 'rock''n''roll', NULL, 'rock’n’roll', NULL, NULL, 'match', NULL),
('Q018', 'strict', 'bisearch', 'צה"ל', NULL, 'צה״ל הודיע', NULL, NULL, 'match', NULL),
('Q019', 'strict', 'bisearch', 'צה"ל', NULL, 'צהל הודיע', NULL, NULL, 'match', NULL),
('Q020', 'strict', 'bisearch', '"צה"ל הודיע"', NULL, 'צה״ל הודיע', NULL, NULL, 'match', NULL),
('Q021', 'strict', 'bisearch', 'צה”ל', NULL, 'צהל', NULL, NULL, 'match', NULL),
('Q022', 'strict', 'bisearch', '“heavy rain"', NULL, 'rain heavy', NULL, NULL, 'nomatch', '"heavy rain"'),
('Q023', 'strict', 'bisearch', '"heavy AND rain"', NULL, 'heavy and rain', NULL, NULL, 'match', '"heavy AND rain"'),
('Q024', 'strict', 'bisearch', '"heavy AND rain"', NULL, 'heavy rain', NULL, NULL, 'nomatch', NULL),
('Q025', 'strict', 'bisearch', '"cat W/3 dog"', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('Q026', 'strict', 'bisearch', '"cat W/3 dog"', NULL, 'cat w/3 dog', NULL, NULL, 'match', NULL),
('Q027', 'strict', 'bisearch', '"cat OR dog"', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('Q028', 'strict', 'bisearch', '"-cat dog"', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('Q029', 'strict', 'bisearch', '"=cat dog"', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('Q030', 'strict', 'english', '"=cats dog"', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('Q031', 'strict', 'bisearch', '"(cat dog)"', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('Q032', 'strict', 'bisearch', '"cat (dog"', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('Q033', 'strict', 'bisearch', '"storm^2"', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('Q034', 'strict', 'bisearch', '"title:storm rain"', NULL, 'title storm rain', NULL, NULL, 'match', NULL),
('Q035', 'strict', 'bisearch', '"heav* rain"', NULL, 'heavily rain, heavy rain', NULL, NULL, 'match', NULL),
('Q036', 'strict', 'bisearch', '"heav* rain"', NULL, 'heavy light rain', NULL, NULL, 'nomatch', NULL),
('Q037', 'strict', 'bisearch', '"hurric! storm"', NULL, 'hurricane storm', NULL, NULL, 'nomatch', NULL),
('Q038', 'strict', 'bisearch', '"hurric! storm"', NULL, 'hurric storm', NULL, NULL, 'match', NULL),
('Q039', 'strict', 'bisearch', '"wom?n vote"', NULL, 'woman vote', NULL, NULL, 'match', NULL),
('Q040', 'strict', 'bisearch', '"jur** vote"', NULL, 'juror vote', NULL, NULL, 'match', NULL),
('Q041', 'strict', 'bisearch', '"jur** vote"', NULL, 'jurors vote', NULL, NULL, 'nomatch', NULL),
('Q042', 'strict', 'bisearch', '"storm * damage"', NULL, 'storm did damage', NULL, NULL, 'match', '"storm * damage"'),
('Q043', 'strict', 'bisearch', '"storm * damage"', NULL, 'storm damage', NULL, NULL, 'nomatch', NULL),
('Q044', 'strict', 'bisearch', '"storm * damage"', NULL, 'storm did much damage', NULL, NULL, 'nomatch', NULL),
('Q045', 'strict', 'bisearch', '"storm * * damage"', NULL, 'storm did much damage', NULL, NULL, 'match', NULL),
('Q046', 'strict', 'bisearch', '"storm * * damage"', NULL, 'storm did damage', NULL, NULL, 'nomatch', NULL),
('Q047', 'strict', 'bisearch', '"* damage"', NULL, 'damage', NULL, NULL, 'match', '"damage"'),
('Q048', 'strict', 'bisearch', '"storm *"', NULL, 'storm', NULL, NULL, 'match', '"storm"'),
('Q049', 'strict', 'bisearch', '"heavy rai"*', NULL, 'heavy rains', NULL, NULL, 'match', '"heavy rai*"'),
('Q050', 'strict', 'bisearch', '"heavy rai"*', NULL, 'heavy rains, heavily rai', NULL, NULL, 'match', NULL),
('Q051', 'strict', 'bisearch', '"heav rai"*', NULL, 'heavy rains', NULL, NULL, 'nomatch', NULL),
('Q052', 'strict', 'bisearch', '"heavy jur"**', NULL, 'heavy jurors', NULL, NULL, 'nomatch', '"heavy jur**"'),
('Q053', 'strict', 'bisearch', '"heavy jur"**', NULL, 'heavy juror', NULL, NULL, 'match', NULL),
('Q054', 'strict', 'bisearch', '"heavy rain"~3', NULL, 'rain was heavy', NULL, NULL, 'match', '"heavy" NEAR/3 "rain"'),
('Q055', 'strict', 'bisearch', '"heavy rain"~3', NULL, 'rain was not so heavy', NULL, NULL, 'nomatch', NULL),
('Q056', 'strict', 'bisearch', '"heavy rain" ~3', NULL, 'rain was heavy', NULL, NULL, 'match', '"heavy" NEAR/3 "rain"'),
('Q057', 'strict', 'bisearch', '"a1 b1 c1"~5', NULL, 'c1 b1 a1', NULL, NULL, 'match', '"a1" NEAR/5 "b1" NEAR/5 "c1"'),
('Q058', 'strict', 'bisearch', '"storm"~3', NULL, 'storm', NULL, NULL, 'match', '"storm"'),
('Q059', 'strict', 'bisearch', '"heavy rai"*~3', NULL, 'rains are heavy', NULL, NULL, 'match', '"heavy" NEAR/3 "rai*"'),
('Q060', 'strict', 'bisearch', '"heavy rain"^2', NULL, 'heavy rain', NULL, NULL, 'match', '"heavy rain"'),
('Q061', 'strict', 'bisearch', '"heavy rain"^2.5 flood', NULL, 'flood, heavy rain', NULL, NULL, 'match', '"heavy rain" & flood'),
('Q062', 'strict', 'bisearch', '"cats"', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('Q063', 'strict', 'bisearch_english', '"cats"', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('Q064', 'strict', 'bisearch_english', 'cats', NULL, 'cat', NULL, NULL, 'match', NULL),
('Q065', 'strict', 'english', '"cats"', NULL, 'cat', NULL, NULL, 'match', NULL),
('Q066', 'strict', 'bisearch', E'"heavy  \U00000009 rain"', NULL, 'heavy rain', NULL, NULL, 'match', '"heavy rain"'),
('Q067', 'strict', 'bisearch', '"heavy, rain"', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q068', 'strict', 'bisearch', '"New York''s finest"', NULL, 'New York finest', NULL, NULL, 'match', NULL),
('Q069', 'strict', 'bisearch', '”storm“', NULL, 'storm', NULL, NULL, 'match', NULL),
('Q070', 'strict', 'bisearch', '«heavy rain»', NULL, 'heavy rain', NULL, NULL, 'match', '"heavy rain"'),
('Q071', 'strict', 'bisearch', '»heavy rain«', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q072', 'strict', 'bisearch', '„heavy rain“', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q073', 'strict', 'bisearch', '「heavy rain」', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q074', 'strict', 'bisearch', '『heavy rain』', NULL, 'rain heavy', NULL, NULL, 'nomatch', NULL),
('Q075', 'strict', 'bisearch', '〝heavy rain〞', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q076', 'strict', 'bisearch', '＂heavy rain＂', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q077', 'strict', 'bisearch', '‟heavy rain”', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('Q078', 'strict', 'bisearch', '"heavy rain“', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q079', 'strict', 'bisearch', '"heavy rain"', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q080', 'strict', 'bisearch', 'cat "heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q081', 'strict', 'bisearch', '“heavy rain”', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q082', 'strict', 'bisearch', '“heavy rain“', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q083', 'strict', 'bisearch', 'cat “heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q084', 'strict', 'bisearch', '”heavy rain„', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q085', 'strict', 'bisearch', '”heavy rain”', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q086', 'strict', 'bisearch', 'cat ”heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q087', 'strict', 'bisearch', '„heavy rain‟', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q088', 'strict', 'bisearch', '„heavy rain„', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q089', 'strict', 'bisearch', 'cat „heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q090', 'strict', 'bisearch', '‟heavy rain«', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q091', 'strict', 'bisearch', '‟heavy rain‟', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q092', 'strict', 'bisearch', 'cat ‟heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q093', 'strict', 'bisearch', '«heavy rain»', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q094', 'strict', 'bisearch', '«heavy rain«', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q095', 'strict', 'bisearch', 'cat «heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q096', 'strict', 'bisearch', '»heavy rain＂', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q097', 'strict', 'bisearch', '»heavy rain»', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q098', 'strict', 'bisearch', 'cat »heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q099', 'strict', 'bisearch', '＂heavy rain〝', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q100', 'strict', 'bisearch', '＂heavy rain＂', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q101', 'strict', 'bisearch', 'cat ＂heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q102', 'strict', 'bisearch', '〝heavy rain〞', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q103', 'strict', 'bisearch', '〝heavy rain〝', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q104', 'strict', 'bisearch', 'cat 〝heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q105', 'strict', 'bisearch', '〞heavy rain「', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q106', 'strict', 'bisearch', '〞heavy rain〞', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q107', 'strict', 'bisearch', 'cat 〞heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q108', 'strict', 'bisearch', '「heavy rain」', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q109', 'strict', 'bisearch', '「heavy rain「', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q110', 'strict', 'bisearch', 'cat 「heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q111', 'strict', 'bisearch', '」heavy rain『', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q112', 'strict', 'bisearch', '」heavy rain」', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q113', 'strict', 'bisearch', 'cat 」heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q114', 'strict', 'bisearch', '『heavy rain』', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q115', 'strict', 'bisearch', '『heavy rain『', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q116', 'strict', 'bisearch', 'cat 『heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('Q117', 'strict', 'bisearch', '』heavy rain"', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('Q118', 'strict', 'bisearch', '』heavy rain』', NULL, 'rain, heavy', NULL, NULL, 'nomatch', NULL),
('Q119', 'strict', 'bisearch', 'cat 』heavy rain', NULL, 'x', NULL, NULL, 'error 42601', NULL);
SELECT count(*) FROM cases;
SELECT c.id, c.query, c.expected, a.answer, c.canonical, a.printed
FROM cases AS c, pg_temp.answer(mode, config::regconfig, query, headline,
								body, summary, byline) AS a
WHERE a.answer <> c.expected AND c.expected <> 'print' OR
	a.printed <> c.canonical;
DROP TABLE cases;
