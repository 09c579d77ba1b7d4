-- Made by test/regress_cases of test/cases/7-configurations.tsv; not to be edited.
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
('T001', 'strict', 'bisearch', 'HURRICANE', NULL, 'hurricane', NULL, NULL, 'match', NULL),
('T002', 'strict', 'bisearch', 'strasse', NULL, 'Straße', NULL, NULL, 'match', NULL),
('T003', 'strict', 'bisearch', 'STRASSE', NULL, 'straße', NULL, NULL, 'match', NULL),
('T004', 'strict', 'bisearch', 'ΟΔΟΣ', NULL, 'οδος', NULL, NULL, 'match', NULL),
('T005', 'strict', 'bisearch', 'οδός', NULL, 'ΟΔΟΣ', NULL, NULL, 'match', NULL),
('T006', 'strict', 'bisearch', 'istanbul', NULL, 'İstanbul', NULL, NULL, 'match', NULL),
('T007', 'strict', 'bisearch', 'ısparta', NULL, 'isparta', NULL, NULL, 'match', NULL),
('T008', 'strict', 'bisearch', 'café', NULL, 'CAFE', NULL, NULL, 'match', NULL),
('T009', 'strict', 'bisearch', 'café', NULL, 'café', NULL, NULL, 'match', NULL),
('T010', 'strict', 'bisearch', 'Ångström', NULL, 'angstrom', NULL, NULL, 'match', NULL),
('T011', 'strict', 'bisearch', 'Lodz', NULL, 'Łódź', NULL, NULL, 'match', NULL),
('T012', 'strict', 'bisearch', 'Oresund', NULL, 'Øresund', NULL, NULL, 'match', NULL),
('T013', 'strict', 'bisearch', 'encyclopaedia', NULL, 'encyclopædia', NULL, NULL, 'match', NULL),
('T014', 'strict', 'bisearch', 'oeuvre', NULL, 'œuvre', NULL, NULL, 'match', NULL),
('T015', 'strict', 'bisearch', 'dakovo', NULL, 'Đakovo', NULL, NULL, 'match', NULL),
('T016', 'strict', 'bisearch', 'ёлка', NULL, 'елка', NULL, NULL, 'match', NULL),
('T017', 'strict', 'bisearch', 'мой', NULL, 'мои', NULL, NULL, 'nomatch', NULL),
('T018', 'strict', 'bisearch', 'ガ', NULL, 'カ', NULL, NULL, 'nomatch', NULL),
('T019', 'strict', 'bisearch', 'हिन्दी', NULL, 'हन्द', NULL, NULL, 'nomatch', NULL),
('T020', 'strict', 'bisearch', 'Αθήνα', NULL, 'αθηνα', NULL, NULL, 'match', NULL),
('T021', 'strict', 'bisearch', 'ＡＢＣ', NULL, 'abc', NULL, NULL, 'match', NULL),
('T022', 'strict', 'bisearch', 'office', NULL, 'oﬃce', NULL, NULL, 'match', NULL),
('T023', 'strict', 'bisearch', 'ｶﾀｶﾅ', NULL, 'カタカナ', NULL, NULL, 'match', NULL),
('T024', 'strict', 'bisearch', 'nonstop', NULL, E'non\U000000ADstop', NULL, NULL, 'match', NULL),
('T025', 'strict', 'bisearch', E'non\U000000ADstop', NULL, 'nonstop', NULL, NULL, 'match', NULL),
('T026', 'strict', 'bisearch', E'pay\U00002060pal', NULL, 'paypal', NULL, NULL, 'match', NULL),
('T027', 'strict', 'bisearch', E'می\U0000200Cخواهم', NULL, 'میخواهم', NULL, NULL, 'match', NULL),
('T028', 'strict', 'bisearch', 'worker', NULL, 'the worker''s pay', NULL, NULL, 'match', NULL),
('T029', 'strict', 'bisearch', 'worker''s', NULL, 'worker', NULL, NULL, 'match', NULL),
('T030', 'strict', 'bisearch', 'worker’s', NULL, 'worker', NULL, NULL, 'match', NULL),
('T031', 'strict', 'bisearch', 'WORKER''S', NULL, 'worker', NULL, NULL, 'match', NULL),
('T032', 'strict', 'bisearch', 'workers''', NULL, 'workers', NULL, NULL, 'match', NULL),
('T033', 'strict', 'bisearch', 'workers''', NULL, 'worker', NULL, NULL, 'nomatch', NULL),
('T034', 'strict', 'bisearch', 'boss''s', NULL, 'boss', NULL, NULL, 'match', NULL),
('T035', 'strict', 'bisearch', 'it''s', NULL, 'it', NULL, NULL, 'match', NULL),
('T036', 'strict', 'bisearch', 'o''clock', NULL, 'oclock', NULL, NULL, 'nomatch', NULL),
('T037', 'strict', 'bisearch', 'US', NULL, 'U.S. troops', NULL, NULL, 'match', NULL),
('T038', 'strict', 'bisearch', 'U.S.', NULL, 'US', NULL, NULL, 'match', NULL),
('T039', 'strict', 'bisearch', 'U.S', NULL, 'U.S.', NULL, NULL, 'match', NULL),
('T040', 'strict', 'bisearch', 'U.S.A.', NULL, 'USA', NULL, NULL, 'match', NULL),
('T041', 'strict', 'bisearch', 'UNCLE', NULL, 'U.N.C.L.E.', NULL, NULL, 'match', NULL),
('T042', 'strict', 'bisearch', 'u.n.c.l.e.', NULL, 'UNCLE', NULL, NULL, 'match', NULL),
('T043', 'strict', 'bisearch', 'FBI', NULL, 'F.B.I. agents', NULL, NULL, 'match', NULL),
('T044', 'strict', 'bisearch', 'e.g.', NULL, 'eg', NULL, NULL, 'match', NULL),
('T045', 'strict', 'bisearch', 'Ph.D.', NULL, 'ph d', NULL, NULL, 'nomatch', NULL),
('T046', 'strict', 'bisearch', 'Ph.D.', NULL, 'PhD', NULL, NULL, 'match', NULL),
('T047', 'strict', 'bisearch', 'U.S.-based', NULL, 'US based', NULL, NULL, 'match', NULL),
('T048', 'strict', 'bisearch', '"the U.S. economy"', NULL, 'the US economy', NULL, NULL, 'match', NULL),
('T049', 'strict', 'bisearch', 'amazon', NULL, 'Amazon.com rose', NULL, NULL, 'match', NULL),
('T050', 'strict', 'bisearch', 'Amazon.com', NULL, 'amazon com', NULL, NULL, 'match', NULL),
('T051', 'strict', 'bisearch', 'Amazon.com', NULL, 'com amazon', NULL, NULL, 'nomatch', NULL),
('T052', 'strict', 'bisearch', 'mission', NULL, 'Mission:Impossible', NULL, NULL, 'match', NULL),
('T053', 'strict', 'bisearch', 'foo', NULL, 'foo_bar', NULL, NULL, 'match', NULL),
('T054', 'strict', 'bisearch', 'foo_bar', NULL, 'foo bar', NULL, NULL, 'match', NULL),
('T055', 'strict', 'bisearch', 'Col·lectiu', NULL, 'col lectiu', NULL, NULL, 'match', NULL),
('T056', 'strict', 'bisearch', 'jdoe', NULL, 'jdoe@example.org', NULL, NULL, 'match', NULL),
('T057', 'strict', 'bisearch', '"example org"', NULL, 'jdoe@example.org', NULL, NULL, 'match', NULL),
('T058', 'strict', 'bisearch', '1,200', NULL, 'cost 1,200', NULL, NULL, 'match', NULL),
('T059', 'strict', 'bisearch', '200', NULL, 'cost 1,200', NULL, NULL, 'nomatch', NULL),
('T060', 'strict', 'bisearch', '3.14', NULL, 'pi is 3.14', NULL, NULL, 'match', NULL),
('T061', 'strict', 'bisearch', '14', NULL, 'pi is 3.14', NULL, NULL, 'nomatch', NULL),
('T062', 'strict', 'bisearch', '12', NULL, '١٢ سنة', NULL, NULL, 'match', NULL),
('T063', 'strict', 'bisearch', '१२', NULL, '12', NULL, NULL, 'match', NULL),
('T064', 'strict', 'bisearch', '１２', NULL, '12', NULL, NULL, 'match', NULL),
('T065', 'strict', 'bisearch', 'covid19', NULL, 'COVID19', NULL, NULL, 'match', NULL),
('T066', 'strict', 'bisearch', '1987', NULL, '1987.', NULL, NULL, 'match', NULL),
('T067', 'strict', 'bisearch', '5.9', NULL, '5.9 mln', NULL, NULL, 'match', NULL),
('T068', 'strict', 'bisearch', '-1,200 cat', NULL, 'cat 1,200', NULL, NULL, 'nomatch', NULL),
('T069', 'strict', 'bisearch', '東京', NULL, '東京', NULL, NULL, 'match', NULL),
('T070', 'strict', 'bisearch', '日本語', NULL, '日本語を話す', NULL, NULL, 'match', NULL),
('T071', 'strict', 'bisearch', '"日本語"', NULL, '日本語を話す', NULL, NULL, 'match', NULL),
('T072', 'strict', 'bisearch', '政府', NULL, '대한민국 政府', NULL, NULL, 'match', NULL),
('T073', 'strict', 'bisearch', '정부', NULL, '대한민국 정부', NULL, NULL, 'match', NULL),
('T074', 'strict', 'bisearch', 'ประเทศไทย', NULL, 'ประเทศไทยสวยงาม', NULL, NULL, 'match', NULL),
('T075', 'strict', 'bisearch', 'حكومة', NULL, 'الإعلان عن حكومة جديدة', NULL, NULL, 'match', NULL),
('T076', 'strict', 'bisearch', 'правительство', NULL, 'Правительство России', NULL, NULL, 'match', NULL),
('T077', 'strict', 'bisearch', '東京 OR 大阪', NULL, '大阪', NULL, NULL, 'match', NULL),
('T078', 'strict', 'bisearch', '「東京」＆「大阪」', NULL, '大阪と東京', NULL, NULL, 'match', NULL),
('T079', 'strict', 'bisearch', 'ממשלה -מפלגה', NULL, 'ממשלה חדשה', NULL, NULL, 'match', NULL),
('T080', 'strict', 'bisearch', E'\U0000200Fעברית\U0000200F', NULL, 'עברית', NULL, NULL, 'match', NULL),
('T081', 'strict', 'simple', 'cats', NULL, 'cats', NULL, NULL, 'match', NULL),
('T082', 'strict', 'simple', 'cats', NULL, 'cat', NULL, NULL, 'nomatch', NULL),
('T083', 'strict', 'english', 'cats dogs', NULL, 'dog cat', NULL, NULL, 'match', '{english} cats & dogs'),
('T084', 'strict', 'english', '"heavy rains"', NULL, 'heavy rain', NULL, NULL, 'match', NULL),
('T085', 'strict', 'english', 'cats NEAR/3 dogs', NULL, 'dog x cat', NULL, NULL, 'match', NULL),
('T086', 'strict', 'english', 'cats /s dogs', NULL, 'The dog met a cat.', NULL, NULL, 'match', NULL),
('T087', 'strict', 'english', 'cats /s dogs', NULL, 'The dog. A cat came.', NULL, NULL, 'nomatch', NULL),
('T088', 'strict', 'english', 'title:cats', 'cat', 'x', NULL, NULL, 'match', '{english} headline:cats'),
('T089', 'strict', 'english', 'ATLEAST2(cats)', NULL, 'cat, cats', NULL, NULL, 'match', NULL),
('T090', 'strict', 'english', 'e-mail', NULL, 'an e-mail came', NULL, NULL, 'match', NULL),
('T091', 'strict', 'bisearch_english', 'title:cats -dogs', 'cat', 'x', NULL, NULL, 'match', '{bisearch_english} headline:cats & !dogs'),
('T092', 'strict', 'bisearch', '{english} cats', NULL, 'english cats', NULL, NULL, 'match', NULL),
('T093', 'strict', 'bisearch', '{english} cats', NULL, 'cat', NULL, NULL, 'nomatch', NULL);
SELECT count(*) FROM cases;
SELECT c.id, c.query, c.expected, a.answer, c.canonical, a.printed
FROM cases AS c, pg_temp.answer(mode, config::regconfig, query, headline,
								body, summary, byline) AS a
WHERE a.answer <> c.expected AND c.expected <> 'print' OR
	a.printed <> c.canonical;
DROP TABLE cases;
