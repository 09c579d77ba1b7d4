-- Made by test/regress_cases of test/cases/1-words.tsv; not to be edited.
\set ECHO none
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bisearch;
CREATE SCHEMA IF NOT EXISTS cases;
CREATE TEXT SEARCH DICTIONARY cases.compounds (
    TEMPLATE = ispell, DICTFILE = ispell_sample, AFFFILE = ispell_sample);
CREATE TEXT SEARCH DICTIONARY cases.synonyms (
    TEMPLATE = synonym, SYNONYMS = synonym_sample);
CREATE TEXT SEARCH CONFIGURATION cases.compounds (COPY = english);
ALTER TEXT SEARCH CONFIGURATION cases.compounds
    ALTER MAPPING FOR asciiword WITH cases.compounds, simple;
CREATE TEXT SEARCH CONFIGURATION cases.synonyms (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION cases.synonyms
    ALTER MAPPING FOR asciiword WITH cases.synonyms, simple;
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
('W001', 'strict', 'bisearch', E'storm\U00003000flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W002', 'strict', 'bisearch', E'storm\U00002003flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W003', 'strict', 'bisearch', E'storm\U000000A0flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W004', 'strict', 'bisearch', E'storm\U00001680flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W005', 'strict', 'bisearch', E'storm\U00002028flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W006', 'strict', 'bisearch', E'storm\U00002029flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W007', 'strict', 'bisearch', E'storm\U0000205Fflood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W008', 'strict', 'bisearch', E'storm\U00000085flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W009', 'strict', 'bisearch', E'storm\U00000009flood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W010', 'strict', 'bisearch', E'storm\U0000000Aflood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W011', 'strict', 'bisearch', E'storm\U0000000D\U0000000Aflood', NULL, 'A flood, then a storm.', NULL, NULL, 'match', 'storm & flood'),
('W012', 'strict', 'bisearch', E'cat\U000000A0OR\U00003000dog', NULL, 'A dog.', NULL, NULL, 'match', 'cat | dog'),
('W013', 'strict', 'bisearch', E'"heavy\U00003000rain"', NULL, 'heavy rain fell', NULL, NULL, 'match', '"heavy rain"'),
('W014', 'strict', 'bisearch', E'storm\U00003000', NULL, 'A storm.', NULL, NULL, 'match', 'storm'),
('W015', 'strict', 'bisearch', E'\U00003000', NULL, 'x', NULL, NULL, 'nomatch', NULL),
('W016', 'strict', 'bisearch', '"cat"OR"dog"', NULL, 'A dog.', NULL, NULL, 'match', '"cat" | "dog"'),
('W017', 'strict', 'bisearch', 'cat"red dog"', NULL, 'A cat and a red dog.', NULL, NULL, 'match', 'cat & "red dog"'),
('W018', 'strict', 'bisearch', 'cat"red dog"', NULL, 'A cat red dog? No: dog red.', NULL, NULL, 'match', 'cat & "red dog"'),
('W019', 'strict', 'bisearch', '"red dog"cat', NULL, 'A cat met a red dog.', NULL, NULL, 'match', '"red dog" & cat'),
('W020', 'strict', 'bisearch', '"cat""dog"', NULL, 'dog and cat', NULL, NULL, 'match', '"cat" & "dog"'),
('W021', 'strict', 'bisearch', 'cat|dog', NULL, 'A dog.', NULL, NULL, 'match', 'cat | dog'),
('W022', 'strict', 'bisearch', 'cat||dog', NULL, 'A dog.', NULL, NULL, 'match', 'cat | dog'),
('W023', 'strict', 'bisearch', 'cat|dog', NULL, 'A bird.', NULL, NULL, 'nomatch', NULL),
('W024', 'strict', 'bisearch', '(cat)(dog)', NULL, 'dog, cat', NULL, NULL, 'match', 'cat & dog'),
('W025', 'strict', 'bisearch', 'cat(dog)', NULL, 'dog, cat', NULL, NULL, 'match', 'cat & dog'),
('W026', 'strict', 'bisearch', 'cat(dog)', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W027', 'strict', 'bisearch', 'NOT"red dog"', NULL, 'A dog, red.', NULL, NULL, 'match', '!"red dog"'),
('W028', 'strict', 'bisearch', '(cat)OR(dog)', NULL, 'dog', NULL, NULL, 'match', 'cat | dog'),
('W029', 'strict', 'bisearch', 'cat W/3(dog)', NULL, 'dog cat', NULL, NULL, 'match', 'cat NEAR/3 dog'),
('W030', 'strict', 'bisearch', 'cat or, dog', NULL, 'cat or dog', NULL, NULL, 'match', NULL),
('W031', 'strict', 'bisearch', 'cat or, dog', NULL, 'dog', NULL, NULL, 'nomatch', NULL),
('W032', 'strict', 'bisearch', 'cat AND. dog', NULL, 'cat and dog', NULL, NULL, 'match', NULL),
('W033', 'strict', 'bisearch', 'cat AND. dog', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('W034', 'strict', 'bisearch', 'cat W/three dog', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('W035', 'strict', 'bisearch', 'cat W/3x dog', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('W036', 'strict', 'bisearch', 'cat W/3x dog', NULL, 'a dog, w 3x, a cat', NULL, NULL, 'match', NULL),
('W037', 'strict', 'bisearch', 'cat NEAR/ dog', NULL, 'cat near dog', NULL, NULL, 'match', NULL),
('W038', 'strict', 'bisearch', 'cat NEAR/ dog', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('W039', 'strict', 'bisearch', 'storm / flood', NULL, 'flood storm', NULL, NULL, 'match', 'storm & flood'),
('W040', 'strict', 'bisearch', 'storm -- flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W041', 'strict', 'bisearch', 'storm * flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W042', 'strict', 'bisearch', 'storm ??? flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W043', 'strict', 'bisearch', 'storm <> flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W044', 'strict', 'bisearch', 'storm = flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W045', 'strict', 'bisearch', 'storm # flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W046', 'strict', 'bisearch', 'storm ^ flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W047', 'strict', 'bisearch', 'storm ~ flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W048', 'strict', 'bisearch', 'storm : flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W049', 'strict', 'bisearch', 'storm '' flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W050', 'strict', 'bisearch', 'storm 😀 flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W051', 'strict', 'bisearch', '"storm & flood"', NULL, 'storm and flood', NULL, NULL, 'match', NULL),
('W052', 'strict', 'bisearch', '"storm | flood"', NULL, 'flood storm', NULL, NULL, 'nomatch', NULL),
('W053', 'strict', 'bisearch', '"storm -- flood"', NULL, 'storm flood', NULL, NULL, 'match', NULL),
('W054', 'strict', 'bisearch', 'e-commerce', NULL, 'e commerce', NULL, NULL, 'match', 'e-commerce'),
('W055', 'strict', 'bisearch', 'e-commerce', NULL, 'commerce e', NULL, NULL, 'nomatch', NULL),
('W056', 'strict', 'bisearch', 'e-commerce', NULL, 'e x commerce', NULL, NULL, 'nomatch', NULL),
('W057', 'strict', 'bisearch', '9/11', NULL, 'On 9/11 it fell.', NULL, NULL, 'match', NULL),
('W058', 'strict', 'bisearch', '9/11', NULL, '11 of 9', NULL, NULL, 'nomatch', NULL),
('W059', 'strict', 'bisearch', '24/7', NULL, 'open 24/7', NULL, NULL, 'match', NULL),
('W060', 'strict', 'bisearch', 'long/short', NULL, 'short long', NULL, NULL, 'nomatch', NULL),
('W061', 'strict', 'bisearch', 'john@provider.com', NULL, 'Write to john@provider.com now.', NULL, NULL, 'match', NULL),
('W062', 'strict', 'bisearch', 'john@provider.com', NULL, 'john provider.com', NULL, NULL, 'match', NULL),
('W063', 'strict', 'bisearch', 'john@provider.com', NULL, 'provider.com john', NULL, NULL, 'nomatch', NULL),
('W064', 'strict', 'bisearch', 'well-known author', NULL, 'An author is well known.', NULL, NULL, 'match', NULL),
('W065', 'strict', 'bisearch_english', 'insurance-claims', NULL, 'An insurance claim.', NULL, NULL, 'match', NULL),
('W066', 'strict', 'bisearch_english', '"insurance-claims"', NULL, 'An insurance claim.', NULL, NULL, 'nomatch', NULL),
('W067', 'strict', 'bisearch', 'storm—flood', NULL, 'storm flood', NULL, NULL, 'match', NULL),
('W068', 'strict', 'bisearch', 'storm—flood', NULL, 'flood storm', NULL, NULL, 'nomatch', NULL),
('W069', 'strict', 'bisearch', 'P/E ratio', NULL, 'The P/E ratio.', NULL, NULL, 'match', NULL),
('W070', 'strict', 'bisearch', '24-hour cat', NULL, 'cat in a 24 hour ward', NULL, NULL, 'match', NULL),
('W071', 'strict', 'bisearch', E'storm\U0000200Bloss', NULL, 'storm loss', NULL, NULL, 'match', NULL),
('W072', 'strict', 'bisearch', 'R&D', NULL, 'Spending on R&D rose.', NULL, NULL, 'match', 'R&D'),
('W073', 'strict', 'bisearch', 'R&D', NULL, 'D and R', NULL, NULL, 'nomatch', NULL),
('W074', 'strict', 'bisearch', 'S&P 500', NULL, 'The S&P 500 fell.', NULL, NULL, 'match', NULL),
('W075', 'strict', 'bisearch', 'B&B', NULL, 'a B&B inn', NULL, NULL, 'match', NULL),
('W076', 'strict', 'bisearch', 'hi&bye', NULL, 'bye, hi', NULL, NULL, 'nomatch', NULL),
('W077', 'strict', 'bisearch', 'hi&bye', NULL, 'hi and bye', NULL, NULL, 'match', NULL),
('W078', 'strict', 'bisearch', 'bye&hi', NULL, 'hi, bye', NULL, NULL, 'nomatch', NULL),
('W079', 'strict', 'bisearch', 'cat&dog', NULL, 'dog, cat', NULL, NULL, 'match', 'cat & dog'),
('W080', 'strict', 'bisearch', 'cat&dog', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W081', 'strict', 'bisearch', 'hurricane&&loss', NULL, 'loss, hurricane', NULL, NULL, 'match', 'hurricane & loss'),
('W082', 'strict', 'bisearch', 'at& tea', NULL, 'tea at noon', NULL, NULL, 'match', 'at & tea'),
('W083', 'strict', 'bisearch', 'at &tea', NULL, 'tea at noon', NULL, NULL, 'match', 'at & tea'),
('W084', 'strict', 'bisearch', '5&6', NULL, '6 then 5', NULL, NULL, 'match', '5 & 6'),
('W085', 'strict', 'bisearch', '"cat"&"dog"', NULL, 'dog cat', NULL, NULL, 'match', '"cat" & "dog"'),
('W086', 'strict', 'bisearch', '"AT&T shares"', NULL, 'AT&T shares rose', NULL, NULL, 'match', NULL),
('W087', 'strict', 'bisearch', '"AT&T shares"', NULL, 'A T shares rose', NULL, NULL, 'nomatch', NULL),
('W088', 'strict', 'bisearch', E'AT\\&T', NULL, 'AT&T', NULL, NULL, 'match', NULL),
('W089', 'strict', 'bisearch', E'cat\\&dog', NULL, 'dog, cat', NULL, NULL, 'nomatch', NULL),
('W090', 'strict', 'bisearch', E'cat\\&dog', NULL, 'cat and dog', NULL, NULL, 'match', NULL),
('W091', 'strict', 'bisearch', 'storm; flood: fire', NULL, 'fire flood storm', NULL, NULL, 'match', NULL),
('W092', 'strict', 'bisearch', 'storm, flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W093', 'strict', 'bisearch', 'storm. flood.', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W094', 'strict', 'bisearch', '$5', NULL, 'It cost 5.', NULL, NULL, 'match', NULL),
('W095', 'strict', 'bisearch', '5%', NULL, 'rose by 5 percent', NULL, NULL, 'match', NULL),
('W096', 'strict', 'bisearch', '€1,200', NULL, 'for 1,200 euros', NULL, NULL, 'match', NULL),
('W097', 'strict', 'bisearch', '[storm] flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W098', 'strict', 'bisearch', 'storm?', NULL, 'storm', NULL, NULL, 'match', NULL),
('W099', 'strict', 'bisearch', 'storm?', NULL, 'storms', NULL, NULL, 'nomatch', NULL),
('W100', 'strict', 'bisearch', 'storm!?', NULL, 'storm', NULL, NULL, 'match', NULL),
('W101', 'strict', 'bisearch', 'storm — flood', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W102', 'strict', 'bisearch', 'storm −losses', NULL, 'storm losses', NULL, NULL, 'match', NULL),
('W103', 'strict', 'bisearch', '–losses', NULL, 'losses', NULL, NULL, 'match', NULL),
('W104', 'strict', 'bisearch', 'storm {flood}', NULL, 'flood storm', NULL, NULL, 'match', NULL),
('W105', 'strict', 'bisearch', 'John Doe <john@provider.com>', NULL, 'Doe: john@provider.com', NULL, NULL, 'match', NULL),
('W106', 'strict', 'bisearch', '§5', NULL, 'paragraph 5', NULL, NULL, 'match', NULL),
('W107', 'strict', 'bisearch', '§0', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('W108', 'strict', 'bisearch', '¶0', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('W109', 'strict', 'bisearch', E'\\-5', NULL, 'minus 5', NULL, NULL, 'match', NULL),
('W110', 'strict', 'bisearch', E'cat \\-dog', NULL, 'cat dog', NULL, NULL, 'match', NULL),
('W111', 'strict', 'bisearch', E'title\\:x y', NULL, 'title x and y', NULL, NULL, 'match', NULL),
('W112', 'strict', 'bisearch', E'19\\" rack', NULL, 'a 19 rack', NULL, NULL, 'match', NULL),
('W113', 'strict', 'bisearch', E'\\(cat\\) | dog', NULL, 'cat', NULL, NULL, 'match', NULL),
('W114', 'strict', 'bisearch', E'cat \\| dog', NULL, 'cat', NULL, NULL, 'nomatch', 'cat & dog'),
('W115', 'strict', 'bisearch', E'cat \\& dog', NULL, 'dog cat', NULL, NULL, 'match', NULL),
('W116', 'strict', 'bisearch', E'cat \\and dog', NULL, 'cat and dog', NULL, NULL, 'match', NULL),
('W117', 'strict', 'bisearch', E'cat \\OR dog', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W118', 'strict', 'bisearch', E'cat \\OR dog', NULL, 'dog or cat', NULL, NULL, 'match', NULL),
('W119', 'strict', 'bisearch', E'cat \\NOT dog', NULL, 'cat not dog', NULL, NULL, 'match', NULL),
('W120', 'strict', 'bisearch', E'cat \\NOT dog', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W121', 'strict', 'bisearch', E'cat W\\/3 dog', NULL, 'dog, w 3, cat', NULL, NULL, 'match', NULL),
('W122', 'strict', 'bisearch', E'cat \\W/3 dog', NULL, 'cat dog', NULL, NULL, 'nomatch', NULL),
('W123', 'strict', 'bisearch', E'storm\\*', NULL, 'storms', NULL, NULL, 'nomatch', NULL),
('W124', 'strict', 'bisearch', E'storm\\*', NULL, 'storm', NULL, NULL, 'match', NULL),
('W125', 'strict', 'bisearch', E'wom\\?n', NULL, 'women', NULL, NULL, 'nomatch', NULL),
('W126', 'strict', 'bisearch', E'wom\\?n', NULL, 'wom n', NULL, NULL, 'match', NULL),
('W127', 'strict', 'bisearch', E'hurric\\!', NULL, 'hurricane', NULL, NULL, 'nomatch', NULL),
('W128', 'strict', 'bisearch', E'\\!storm', NULL, 'storm', NULL, NULL, 'match', NULL),
('W129', 'strict', 'bisearch', E'\\=storm', NULL, 'storm', NULL, NULL, 'match', NULL),
('W130', 'strict', 'english', E'\\=storms', NULL, 'storm', NULL, NULL, 'match', NULL),
('W131', 'strict', 'bisearch', E'\\{english} cats', NULL, 'english cats', NULL, NULL, 'match', NULL),
('W132', 'strict', 'bisearch', E'storm\\', NULL, 'storm', NULL, NULL, 'match', NULL),
('W133', 'strict', 'bisearch', E'storm \\ flood', NULL, 'storm flood', NULL, NULL, 'match', NULL),
('W134', 'strict', 'bisearch', E'storm\\\\flood', NULL, 'storm flood', NULL, NULL, 'match', NULL),
('W135', 'strict', 'bisearch', E'storm\\\\flood', NULL, 'flood storm', NULL, NULL, 'nomatch', NULL),
('W136', 'strict', 'bisearch', E'"19\\" rack"', NULL, 'a 19 rack unit', NULL, NULL, 'match', NULL),
('W137', 'strict', 'bisearch', E'"heavy rai\\*"', NULL, 'heavy rain', NULL, NULL, 'nomatch', NULL),
('W138', 'strict', 'bisearch', E'"\\“heavy\\” rain"', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('W139', 'strict', 'bisearch', E'\\\\', NULL, 'x', NULL, NULL, 'error 42601', NULL),
('W140', 'strict', 'bisearch', E'\\5', NULL, '5', NULL, NULL, 'match', NULL),
('W141', 'strict', 'bisearch', E'\\AND', NULL, 'and', NULL, NULL, 'match', NULL),
('W142', 'strict', 'bisearch', E'cat \\%dog', NULL, 'dog cat', NULL, NULL, 'match', NULL),
('W143', 'strict', 'bisearch', E'\\+5', NULL, '5', NULL, NULL, 'match', NULL),
('W144', 'strict', 'bisearch', E'storm\\^2', NULL, 'storm 2', NULL, NULL, 'match', NULL),
('W145', 'strict', 'bisearch', E'storm\\^2', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('W146', 'strict', 'bisearch', E'storm\\~1', NULL, 'storm 1', NULL, NULL, 'match', NULL),
('W147', 'strict', 'bisearch', E'storm\\~1', NULL, 'storm', NULL, NULL, 'nomatch', NULL),
('W148', 'strict', 'english', '"company of America"', NULL, 'company in America', NULL, NULL, 'match', NULL),
('W149', 'strict', 'english', '"company of America"', NULL, 'company America', NULL, NULL, 'nomatch', NULL),
('W150', 'strict', 'english', '"the company"', NULL, 'A company.', NULL, NULL, 'match', NULL),
('W151', 'strict', 'english', '"company of"', NULL, 'company', NULL, NULL, 'match', NULL),
('W152', 'strict', 'english', '"company of the year"', NULL, 'company year', NULL, NULL, 'nomatch', NULL),
('W153', 'strict', 'english', '"company of the year"', NULL, 'company by any year', NULL, NULL, 'match', NULL),
('W154', 'strict', 'english', 'cat of dog', NULL, 'dog, cat', NULL, NULL, 'match', '{english} cat & dog'),
('W155', 'strict', 'english', 'the OR cat', NULL, 'dog', NULL, NULL, 'nomatch', '{english} cat'),
('W156', 'strict', 'english', 'the OR cat', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W157', 'strict', 'english', 'cat NOT the', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W158', 'strict', 'english', 'cat AND NOT (the OR of)', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W159', 'strict', 'english', 'ATLEAST3(the) cat', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W160', 'strict', 'english', 'cat NOT NEAR/3 the', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W161', 'strict', 'english', 'the NOT NEAR/3 cat', NULL, 'dog', NULL, NULL, 'nomatch', NULL),
('W162', 'strict', 'english', 'the NOT NEAR/3 cat dog', NULL, 'dog', NULL, NULL, 'match', '{english} dog'),
('W163', 'strict', 'english', 'cat PRE/3 the', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W164', 'strict', 'english', 'cat NEAR/2 the NEAR/2 dog', NULL, 'cat x dog', NULL, NULL, 'match', '{english} cat NEAR/2 dog'),
('W165', 'strict', 'english', 'cat NEAR/2 the NEAR/2 dog', NULL, 'cat x x dog', NULL, NULL, 'nomatch', NULL),
('W166', 'strict', 'english', '"to be or not to be"', NULL, 'to be or not to be', NULL, NULL, 'nomatch', NULL),
('W167', 'strict', 'english', 'the of a', NULL, 'the', NULL, NULL, 'nomatch', NULL),
('W168', 'strict', 'english', '(the (of (a))) cat', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W169', 'strict', 'english', 'cat | (the & dog)', NULL, 'dog', NULL, NULL, 'match', '{english} cat | dog'),
('W170', 'strict', 'english', 'title:the cat', NULL, 'cat', NULL, NULL, 'match', '{english} cat'),
('W171', 'strict', 'bisearch', 'the cat', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W172', 'strict', 'bisearch_english', 'the cat', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('W173', 'strict', 'bisearch_english', 'the cats', NULL, 'the cat', NULL, NULL, 'match', NULL),
('W174', 'strict', 'bisearch_english', '"the who"', NULL, 'the who', NULL, NULL, 'match', NULL),
('W175', 'strict', 'bisearch_english', '"the who"', NULL, 'a who', NULL, NULL, 'nomatch', NULL),
('W176', 'strict', 'cases.compounds', 'footballklubber', NULL, 'footballklubber', NULL, NULL, 'match', NULL),
('W177', 'strict', 'cases.compounds', 'klubber', NULL, 'footballklubber', NULL, NULL, 'match', NULL),
('W178', 'strict', 'cases.compounds', 'footballklubber', NULL, 'ball klubber', NULL, NULL, 'nomatch', NULL),
('W179', 'strict', 'cases.compounds', 'footballklubber', NULL, 'foot ball klubber', NULL, NULL, 'nomatch', NULL),
('W180', 'strict', 'cases.compounds', '"footballklubber storm"', NULL, 'footballklubber storm', NULL, NULL, 'match', NULL),
('W181', 'strict', 'cases.compounds', '"footballklubber storm"', NULL, 'footballklubber x storm', NULL, NULL, 'nomatch', NULL),
('W182', 'strict', 'cases.synonyms', 'postgres', NULL, 'postgresql', NULL, NULL, 'match', NULL);
SELECT count(*) FROM cases;
SELECT c.id, c.query, c.expected, a.answer, c.canonical, a.printed
FROM cases AS c, pg_temp.answer(mode, config::regconfig, query, headline,
								body, summary, byline) AS a
WHERE a.answer <> c.expected AND c.expected <> 'print' OR
	a.printed <> c.canonical;
DROP TABLE cases;
