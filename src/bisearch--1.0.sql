/* src/bisearch--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION bisearch" to load this file. \quit

--
-- Text search: parser, dictionaries, configurations
--

CREATE FUNCTION bi_parser_start(internal, int4) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_parser_token(internal, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_parser_end(internal) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_parser_types(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;

CREATE TEXT SEARCH PARSER bisearch (
	START = bi_parser_start,
	GETTOKEN = bi_parser_token,
	END = bi_parser_end,
	LEXTYPES = bi_parser_types,
	HEADLINE = pg_catalog.prsd_headline
);
COMMENT ON TEXT SEARCH PARSER bisearch IS 'ICU word boundaries';

CREATE FUNCTION bi_cjk_parser_start(internal, int4) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_cjk_parser_types(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;

CREATE TEXT SEARCH PARSER bisearch_cjk (
	START = bi_cjk_parser_start,
	GETTOKEN = bi_parser_token,
	END = bi_parser_end,
	LEXTYPES = bi_cjk_parser_types,
	HEADLINE = pg_catalog.prsd_headline
);
COMMENT ON TEXT SEARCH PARSER bisearch_cjk IS
	'ICU word boundaries, and each ideograph, kana and hangul by itself';

CREATE FUNCTION bi_fold_init(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_fold_lexize(internal, internal, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;

CREATE TEXT SEARCH TEMPLATE bisearch_fold (
	INIT = bi_fold_init,
	LEXIZE = bi_fold_lexize
);
COMMENT ON TEXT SEARCH TEMPLATE bisearch_fold IS
	'folds case, compatibility forms, accents, apostrophes and acronyms';

CREATE FUNCTION bi_stem_init(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_stem_lexize(internal, internal, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;

CREATE TEXT SEARCH TEMPLATE bisearch_stem (
	INIT = bi_stem_init,
	LEXIZE = bi_stem_lexize
);
COMMENT ON TEXT SEARCH TEMPLATE bisearch_stem IS
	'folds, and adds the stem that another dictionary gives to the exact form';

CREATE TEXT SEARCH DICTIONARY bisearch_fold (TEMPLATE = bisearch_fold);
COMMENT ON TEXT SEARCH DICTIONARY bisearch_fold IS 'folding, no stemming';

CREATE TEXT SEARCH DICTIONARY bisearch_english_stem (
	TEMPLATE = bisearch_stem, DICTIONARY = 'pg_catalog.english_stem'
);
COMMENT ON TEXT SEARCH DICTIONARY bisearch_english_stem IS
	'folding, English stems beside exact forms';

CREATE TEXT SEARCH CONFIGURATION bisearch (PARSER = bisearch);
ALTER TEXT SEARCH CONFIGURATION bisearch
	ADD MAPPING FOR word, number, ampersand WITH bisearch_fold;
COMMENT ON TEXT SEARCH CONFIGURATION bisearch IS
	'exact words of any language';

CREATE TEXT SEARCH CONFIGURATION bisearch_english (PARSER = bisearch);
ALTER TEXT SEARCH CONFIGURATION bisearch_english
	ADD MAPPING FOR word, number, ampersand WITH bisearch_english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION bisearch_english IS
	'English stems and exact words side by side';

CREATE TEXT SEARCH CONFIGURATION bisearch_cjk (PARSER = bisearch_cjk);
ALTER TEXT SEARCH CONFIGURATION bisearch_cjk
	ADD MAPPING FOR word, number, ampersand, character WITH bisearch_fold;
COMMENT ON TEXT SEARCH CONFIGURATION bisearch_cjk IS
	'Chinese, Japanese and Korean, character by character; exact words of other languages';

CREATE FUNCTION bi_create_configuration(name text, stemmer regdictionary,
										abbreviations text DEFAULT '',
										fields text DEFAULT '')
RETURNS regconfig
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION bi_create_configuration(text, regdictionary, text, text) IS
	'create a configuration that keeps a dictionary''s stems beside exact forms';

CREATE FUNCTION bi_configuration_fields(config regconfig,
										OUT name text, OUT type text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE
COST 10 ROWS 5;
COMMENT ON FUNCTION bi_configuration_fields(regconfig) IS
	'the fields of one''s own that searches of a configuration know';

CREATE FUNCTION bi_tsvector(headline text, body text,
							summary text DEFAULT NULL,
							byline text DEFAULT NULL,
							config regconfig DEFAULT 'bisearch')
RETURNS tsvector
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3000;
COMMENT ON FUNCTION bi_tsvector(text, text, text, text, regconfig) IS
	'an article as a tsvector with fields, sentences and paragraphs';

CREATE FUNCTION bi_field(name text, value text) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_text' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value text[]) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_texts' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value date) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value timestamp) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value timestamptz) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value int2) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_int2' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value int4) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_int4' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value int8) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value numeric) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION bi_field(name text, value bool) RETURNS tsvector
AS 'MODULE_PATHNAME', 'bi_field_bool' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bi_field(text, text) IS
	'value of a field of one''s own: a text, folded as words are';
COMMENT ON FUNCTION bi_field(text, text[]) IS
	'value of a field of one''s own: several texts';
COMMENT ON FUNCTION bi_field(text, date) IS
	'value of a field of one''s own: a day';
COMMENT ON FUNCTION bi_field(text, timestamp) IS
	'value of a field of one''s own: a day';
COMMENT ON FUNCTION bi_field(text, timestamptz) IS
	'value of a field of one''s own: a day, in UTC';
COMMENT ON FUNCTION bi_field(text, int2) IS
	'value of a field of one''s own: a number';
COMMENT ON FUNCTION bi_field(text, int4) IS
	'value of a field of one''s own: a number';
COMMENT ON FUNCTION bi_field(text, int8) IS
	'value of a field of one''s own: a number';
COMMENT ON FUNCTION bi_field(text, numeric) IS
	'value of a field of one''s own: a number';
COMMENT ON FUNCTION bi_field(text, bool) IS
	'value of a field of one''s own: true or false';

CREATE FUNCTION bi_clean(document text, html bool DEFAULT true,
						 hyphens bool DEFAULT true,
						 spacing bool DEFAULT true)
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 400;
COMMENT ON FUNCTION bi_clean(text, bool, bool, bool) IS
	'text without tags, entities, divided words and double spacing';

--
-- The type
--

CREATE TYPE bi_query;

CREATE FUNCTION bi_query_in(cstring) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION bi_query_out(bi_query) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_recv(internal) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION bi_query_send(bi_query) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50;

CREATE TYPE bi_query (
	INPUT = bi_query_in,
	OUTPUT = bi_query_out,
	RECEIVE = bi_query_recv,
	SEND = bi_query_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE bi_query IS 'a Boolean article search';

CREATE FUNCTION to_bi_query(query text) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION to_bi_query(config regconfig, query text) RETURNS bi_query
AS 'MODULE_PATHNAME', 'to_bi_query_byid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 300;
COMMENT ON FUNCTION to_bi_query(text) IS
	'parse a search; what is invalid is an error';
COMMENT ON FUNCTION to_bi_query(regconfig, text) IS
	'parse a search; what is invalid is an error';

CREATE FUNCTION websearch_to_bi_query(query text) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION websearch_to_bi_query(config regconfig, query text) RETURNS bi_query
AS 'MODULE_PATHNAME', 'websearch_to_bi_query_byid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 300;
COMMENT ON FUNCTION websearch_to_bi_query(text) IS
	'parse a search; what is invalid is repaired';
COMMENT ON FUNCTION websearch_to_bi_query(regconfig, text) IS
	'parse a search; what is invalid is repaired';

CREATE FUNCTION plainto_bi_query(query text) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION plainto_bi_query(config regconfig, query text) RETURNS bi_query
AS 'MODULE_PATHNAME', 'plainto_bi_query_byid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 300;
COMMENT ON FUNCTION plainto_bi_query(text) IS 'make a search for all words of a plain text';
COMMENT ON FUNCTION plainto_bi_query(regconfig, text) IS 'make a search for all words of a plain text';

CREATE FUNCTION phraseto_bi_query(query text) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 300;
CREATE FUNCTION phraseto_bi_query(config regconfig, query text) RETURNS bi_query
AS 'MODULE_PATHNAME', 'phraseto_bi_query_byid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 300;
COMMENT ON FUNCTION phraseto_bi_query(text) IS 'make a search for a plain text as one phrase';
COMMENT ON FUNCTION phraseto_bi_query(regconfig, text) IS 'make a search for a plain text as one phrase';

CREATE FUNCTION bi_check(query text,
						 OUT severity text, OUT "position" int4,
						 OUT length int4, OUT message text, OUT hint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 400 ROWS 5;
CREATE FUNCTION bi_check(config regconfig, query text,
						 OUT severity text, OUT "position" int4,
						 OUT length int4, OUT message text, OUT hint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'bi_check_byid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 400 ROWS 5;
COMMENT ON FUNCTION bi_check(text) IS 'errors and warnings about a search';
COMMENT ON FUNCTION bi_check(regconfig, text) IS
	'errors and warnings about a search';

--
-- Comparison
--

CREATE FUNCTION bi_query_eq(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_ne(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_lt(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_le(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_gt(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_ge(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_cmp(bi_query, bi_query) RETURNS int4
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_hash(bi_query) RETURNS int4
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_hash_extended(bi_query, int8) RETURNS int8
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE OPERATOR = (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
CREATE OPERATOR <> (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR < (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);

CREATE OPERATOR CLASS bi_query_ops DEFAULT FOR TYPE bi_query USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 bi_query_cmp(bi_query, bi_query);

CREATE OPERATOR CLASS bi_query_ops DEFAULT FOR TYPE bi_query USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 bi_query_hash(bi_query),
	FUNCTION 2 bi_query_hash_extended(bi_query, int8);

--
-- Combining queries, and inspecting them
--

CREATE FUNCTION bi_query_and(bi_query, bi_query) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION bi_query_or(bi_query, bi_query) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION bi_query_not(bi_query) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION bi_query_phrase(bi_query, bi_query) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION bi_query_near(bi_query, bi_query, distance int4,
							  ordered bool DEFAULT false) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION bi_query_contains(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_query_contained(bi_query, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

CREATE OPERATOR && (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_and
);
CREATE OPERATOR || (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_or
);
CREATE OPERATOR !! (RIGHTARG = bi_query, FUNCTION = bi_query_not);
CREATE OPERATOR <-> (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_phrase
);
CREATE OPERATOR @> (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_contains,
	COMMUTATOR = <@, RESTRICT = matchingsel, JOIN = matchingjoinsel
);
CREATE OPERATOR <@ (
	LEFTARG = bi_query, RIGHTARG = bi_query, FUNCTION = bi_query_contained,
	COMMUTATOR = @>, RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR && (bi_query, bi_query) IS 'both searches';
COMMENT ON OPERATOR || (bi_query, bi_query) IS 'either search';
COMMENT ON OPERATOR !! (NONE, bi_query) IS 'not the search';
COMMENT ON OPERATOR <-> (bi_query, bi_query) IS
	'the second directly after the first';
COMMENT ON OPERATOR @> (bi_query, bi_query) IS
	'has all words of the other search';
COMMENT ON OPERATOR <@ (bi_query, bi_query) IS
	'all words are in the other search';
COMMENT ON FUNCTION bi_query_near(bi_query, bi_query, int4, bool) IS
	'two searches within a distance of each other';

CREATE FUNCTION bi_words(bi_query) RETURNS text[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_config(bi_query) RETURNS regconfig
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_numnode(bi_query) RETURNS int4
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25;
CREATE FUNCTION bi_is_positive(bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION bi_words(bi_query) IS 'the words searched for';
COMMENT ON FUNCTION bi_config(bi_query) IS 'the text search configuration';
COMMENT ON FUNCTION bi_numnode(bi_query) IS
	'number of words, phrases and operators';
COMMENT ON FUNCTION bi_is_positive(bi_query) IS
	'whether a match requires any word to be present';

CREATE FUNCTION bi_query_to_tsquery(bi_query) RETURNS tsquery
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION tsquery_to_bi_query(tsquery) RETURNS bi_query
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 700;
CREATE CAST (bi_query AS tsquery) WITH FUNCTION bi_query_to_tsquery(bi_query);
CREATE CAST (tsquery AS bi_query) WITH FUNCTION tsquery_to_bi_query(tsquery);

--
-- Matching
--

CREATE FUNCTION bi_match_support(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
CREATE FUNCTION bi_is_exact_support(internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;

CREATE FUNCTION bi_matchsel(internal, oid, internal, int4) RETURNS float8
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bi_matchjoinsel(internal, oid, internal, int2, internal)
RETURNS float8
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;

CREATE FUNCTION bi_tsvector_match(tsvector, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
SUPPORT bi_match_support;
CREATE FUNCTION bi_query_match_tsvector(bi_query, tsvector) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
SUPPORT bi_match_support;
CREATE FUNCTION bi_text_match(text, bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3500;
CREATE FUNCTION bi_query_match_text(bi_query, text) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3500;

CREATE OPERATOR @~ (
	LEFTARG = tsvector, RIGHTARG = bi_query, FUNCTION = bi_tsvector_match,
	COMMUTATOR = ~@, RESTRICT = bi_matchsel, JOIN = bi_matchjoinsel
);
CREATE OPERATOR ~@ (
	LEFTARG = bi_query, RIGHTARG = tsvector, FUNCTION = bi_query_match_tsvector,
	COMMUTATOR = @~, RESTRICT = bi_matchsel, JOIN = bi_matchjoinsel
);
CREATE OPERATOR @~ (
	LEFTARG = text, RIGHTARG = bi_query, FUNCTION = bi_text_match,
	COMMUTATOR = ~@, RESTRICT = bi_matchsel, JOIN = bi_matchjoinsel
);
CREATE OPERATOR ~@ (
	LEFTARG = bi_query, RIGHTARG = text, FUNCTION = bi_query_match_text,
	COMMUTATOR = @~, RESTRICT = bi_matchsel, JOIN = bi_matchjoinsel
);
COMMENT ON OPERATOR @~ (tsvector, bi_query) IS 'article matches search';
COMMENT ON OPERATOR ~@ (bi_query, tsvector) IS 'search matches article';
COMMENT ON OPERATOR @~ (text, bi_query) IS 'text matches search';
COMMENT ON OPERATOR ~@ (bi_query, text) IS 'search matches text';

-- What @~ becomes in a plan (see README); users need not call these.
CREATE FUNCTION bi_match(tsvector, bi_query) RETURNS bool
AS 'MODULE_PATHNAME', 'bi_tsvector_match' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
COST 100;
CREATE FUNCTION bi_candidates(bi_query) RETURNS tsquery
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
CREATE FUNCTION bi_is_exact(bi_query) RETURNS bool
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25
SUPPORT bi_is_exact_support;
COMMENT ON FUNCTION bi_match(tsvector, bi_query) IS
	'article matches search, without help from an index';
COMMENT ON FUNCTION bi_candidates(bi_query) IS
	'a tsquery that matches all that the search matches, and perhaps more';
COMMENT ON FUNCTION bi_is_exact(bi_query) IS
	'whether bi_candidates matches nothing more';

--
-- Explaining what a search finds
--

CREATE FUNCTION bi_explain(query bi_query,
						   OUT tree text, OUT meaning text,
						   OUT depth int4, OUT search bi_query)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 10;
CREATE FUNCTION bi_explain(query bi_query, document tsvector,
						   OUT tree text, OUT matched bool, OUT hits int4,
						   OUT note text, OUT depth int4, OUT search bi_query)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'bi_explain_tsvector' LANGUAGE C STABLE STRICT
PARALLEL SAFE COST 100 ROWS 10;
CREATE FUNCTION bi_explain(query bi_query, document text,
						   OUT tree text, OUT matched bool, OUT hits int4,
						   OUT note text, OUT depth int4, OUT search bi_query)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'bi_explain_text' LANGUAGE C STABLE STRICT
PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION bi_explain(bi_query) IS
	'a search in plain words, and what its words became';
COMMENT ON FUNCTION bi_explain(bi_query, tsvector) IS
	'which parts of a search match an article, and why the others do not';
COMMENT ON FUNCTION bi_explain(bi_query, text) IS
	'which parts of a search match a text, and why the others do not';

CREATE FUNCTION bi_counts(relation regclass, "column" name, query bi_query,
						  OUT tree text, OUT hits int8,
						  OUT depth int4, OUT search bi_query)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
COST 10000 ROWS 10;
COMMENT ON FUNCTION bi_counts(regclass, name, bi_query) IS
	'how many rows of a table each part of a search matches';

--
-- Relevance
--

CREATE FUNCTION bi_length(tsvector) RETURNS int4
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bi_length(tsvector) IS 'number of words of an article';

CREATE TYPE bi_collection AS (
	documents int8,
	words float4,
	hits int8[]
);
COMMENT ON TYPE bi_collection IS 'statistics of all articles, for bi_rank';
COMMENT ON COLUMN bi_collection.documents IS 'number of articles';
COMMENT ON COLUMN bi_collection.words IS
	'average number of words of an article';
COMMENT ON COLUMN bi_collection.hits IS
	'number of articles that each word and phrase of a search matches, in its order';

CREATE FUNCTION bi_rank(document tsvector, query bi_query,
						weights float4[] DEFAULT NULL,
						collection bi_collection DEFAULT NULL)
RETURNS float4
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bi_rank(tsvector, bi_query, float4[], bi_collection) IS
	'relevance of an article to a search';

CREATE FUNCTION bi_collect(relation regclass, "column" name, query bi_query)
RETURNS bi_collection
AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION bi_collect(regclass, name, bi_query) IS
	'statistics of all articles of a table, for bi_rank';

--
-- Showing what a search found
--

CREATE FUNCTION bi_highlight(document text, query bi_query,
							 start_sel text DEFAULT '<b>',
							 stop_sel text DEFAULT '</b>',
							 partial bool DEFAULT false,
							 field text DEFAULT 'body')
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION bi_highlight_html(document text, query bi_query,
								  start_sel text DEFAULT '<b>',
								  stop_sel text DEFAULT '</b>',
								  partial bool DEFAULT false,
								  field text DEFAULT 'body')
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bi_highlight(text, bi_query, text, text, bool, text) IS
	'a text with the hits of a search highlighted';
COMMENT ON FUNCTION bi_highlight_html(text, bi_query, text, text, bool, text) IS
	'a text as HTML, with the hits of a search highlighted';

CREATE FUNCTION bi_snippets(document text, query bi_query,
							number int4 DEFAULT 3, size int4 DEFAULT 200,
							by_density bool DEFAULT false,
							start_sel text DEFAULT '<b>',
							stop_sel text DEFAULT '</b>',
							html bool DEFAULT false,
							partial bool DEFAULT false,
							field text DEFAULT 'body',
							OUT snippet text, OUT "position" int4,
							OUT length int4, OUT hit_positions int4[],
							OUT hit_lengths int4[], OUT marked text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION bi_snippets(text, bi_query, int4, int4, bool, text, text,
								bool, bool, text) IS
	'the passages of a text that show best what a search found in it';

CREATE FUNCTION bi_matches(document tsvector, query bi_query,
						   OUT operand text, OUT number int4,
						   OUT first int4, OUT last int4)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'bi_matches_tsvector' LANGUAGE C IMMUTABLE STRICT
PARALLEL SAFE COST 10 ROWS 10;
CREATE FUNCTION bi_matches(document text, query bi_query,
						   field text DEFAULT 'body',
						   OUT operand text, OUT number int4,
						   OUT first int4, OUT last int4,
						   OUT "position" int4, OUT length int4)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'bi_matches_text' LANGUAGE C IMMUTABLE STRICT
PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION bi_matches(tsvector, bi_query) IS
	'where in an article each word and phrase of a search was found';
COMMENT ON FUNCTION bi_matches(text, bi_query, text) IS
	'where in a text each word and phrase of a search was found';

--
-- Comments on functions that users do not call
--

COMMENT ON FUNCTION bi_parser_start(internal, int4) IS
	'start of parser bisearch';
COMMENT ON FUNCTION bi_parser_token(internal, internal, internal) IS
	'next token of parser bisearch';
COMMENT ON FUNCTION bi_parser_end(internal) IS 'end of parser bisearch';
COMMENT ON FUNCTION bi_parser_types(internal) IS
	'token types of parser bisearch';
COMMENT ON FUNCTION bi_cjk_parser_start(internal, int4) IS
	'start of parser bisearch_cjk';
COMMENT ON FUNCTION bi_cjk_parser_types(internal) IS
	'token types of parser bisearch_cjk';
COMMENT ON FUNCTION bi_fold_init(internal) IS
	'options of template bisearch_fold';
COMMENT ON FUNCTION bi_fold_lexize(internal, internal, internal, internal) IS
	'lexemes of template bisearch_fold';
COMMENT ON FUNCTION bi_stem_init(internal) IS
	'options of template bisearch_stem';
COMMENT ON FUNCTION bi_stem_lexize(internal, internal, internal, internal) IS
	'lexemes of template bisearch_stem';
COMMENT ON FUNCTION bi_query_in(cstring) IS 'I/O';
COMMENT ON FUNCTION bi_query_out(bi_query) IS 'I/O';
COMMENT ON FUNCTION bi_query_recv(internal) IS 'I/O';
COMMENT ON FUNCTION bi_query_send(bi_query) IS 'I/O';
COMMENT ON FUNCTION bi_query_eq(bi_query, bi_query) IS
	'implementation of = operator';
COMMENT ON FUNCTION bi_query_ne(bi_query, bi_query) IS
	'implementation of <> operator';
COMMENT ON FUNCTION bi_query_lt(bi_query, bi_query) IS
	'implementation of < operator';
COMMENT ON FUNCTION bi_query_le(bi_query, bi_query) IS
	'implementation of <= operator';
COMMENT ON FUNCTION bi_query_gt(bi_query, bi_query) IS
	'implementation of > operator';
COMMENT ON FUNCTION bi_query_ge(bi_query, bi_query) IS
	'implementation of >= operator';
COMMENT ON FUNCTION bi_query_cmp(bi_query, bi_query) IS 'less-equal-greater';
COMMENT ON FUNCTION bi_query_hash(bi_query) IS 'hash';
COMMENT ON FUNCTION bi_query_hash_extended(bi_query, int8) IS 'hash';
COMMENT ON FUNCTION bi_query_and(bi_query, bi_query) IS
	'implementation of && operator';
COMMENT ON FUNCTION bi_query_or(bi_query, bi_query) IS
	'implementation of || operator';
COMMENT ON FUNCTION bi_query_not(bi_query) IS 'implementation of !! operator';
COMMENT ON FUNCTION bi_query_phrase(bi_query, bi_query) IS
	'implementation of <-> operator';
COMMENT ON FUNCTION bi_query_contains(bi_query, bi_query) IS
	'implementation of @> operator';
COMMENT ON FUNCTION bi_query_contained(bi_query, bi_query) IS
	'implementation of <@ operator';
COMMENT ON FUNCTION bi_query_to_tsquery(bi_query) IS
	'the same search as a tsquery';
COMMENT ON FUNCTION tsquery_to_bi_query(tsquery) IS
	'the same search as a bi_query';
COMMENT ON FUNCTION bi_match_support(internal) IS 'planner support for @~';
COMMENT ON FUNCTION bi_is_exact_support(internal) IS
	'planner support for bi_is_exact';
COMMENT ON FUNCTION bi_tsvector_match(tsvector, bi_query) IS
	'implementation of @~ operator';
COMMENT ON FUNCTION bi_query_match_tsvector(bi_query, tsvector) IS
	'implementation of ~@ operator';
COMMENT ON FUNCTION bi_text_match(text, bi_query) IS
	'implementation of @~ operator';
COMMENT ON FUNCTION bi_query_match_text(bi_query, text) IS
	'implementation of ~@ operator';
COMMENT ON OPERATOR = (bi_query, bi_query) IS 'equal';
COMMENT ON OPERATOR <> (bi_query, bi_query) IS 'not equal';
COMMENT ON OPERATOR < (bi_query, bi_query) IS 'less than';
COMMENT ON OPERATOR <= (bi_query, bi_query) IS 'less than or equal';
COMMENT ON OPERATOR > (bi_query, bi_query) IS 'greater than';
COMMENT ON OPERATOR >= (bi_query, bi_query) IS 'greater than or equal';
COMMENT ON FUNCTION bi_matchsel(internal, oid, internal, int4) IS
	'restriction selectivity of @~';
COMMENT ON FUNCTION bi_matchjoinsel(internal, oid, internal, int2, internal) IS
	'join selectivity of @~';

/* the access method */

CREATE FUNCTION bishandler(internal) RETURNS index_am_handler
	LANGUAGE C AS 'MODULE_PATHNAME', 'bishandler';
COMMENT ON FUNCTION bishandler(internal) IS
	'bisearch index access method handler';
CREATE ACCESS METHOD bisearch TYPE INDEX HANDLER bishandler;
COMMENT ON ACCESS METHOD bisearch IS
	'tsvector index with positions, for Boolean article search';
CREATE OPERATOR CLASS tsvector_bisearch_ops
	DEFAULT FOR TYPE tsvector USING bisearch AS
	OPERATOR 1 @~ (tsvector, bi_query),
	OPERATOR 2 pg_catalog.@@ (tsvector, tsquery);

/* the other columns of an index: strategies 3 to 7 are a btree's 1 to 5 */

CREATE OPERATOR FAMILY integer_bisearch_ops USING bisearch;
CREATE OPERATOR CLASS int2_bisearch_ops
	DEFAULT FOR TYPE int2 USING bisearch FAMILY integer_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS int4_bisearch_ops
	DEFAULT FOR TYPE int4 USING bisearch FAMILY integer_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS int8_bisearch_ops
	DEFAULT FOR TYPE int8 USING bisearch FAMILY integer_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
ALTER OPERATOR FAMILY integer_bisearch_ops USING bisearch ADD
	OPERATOR 3 pg_catalog.< (int2, int4),
	OPERATOR 4 pg_catalog.<= (int2, int4),
	OPERATOR 5 pg_catalog.= (int2, int4),
	OPERATOR 6 pg_catalog.>= (int2, int4),
	OPERATOR 7 pg_catalog.> (int2, int4),
	OPERATOR 3 pg_catalog.< (int2, int8),
	OPERATOR 4 pg_catalog.<= (int2, int8),
	OPERATOR 5 pg_catalog.= (int2, int8),
	OPERATOR 6 pg_catalog.>= (int2, int8),
	OPERATOR 7 pg_catalog.> (int2, int8),
	OPERATOR 3 pg_catalog.< (int4, int2),
	OPERATOR 4 pg_catalog.<= (int4, int2),
	OPERATOR 5 pg_catalog.= (int4, int2),
	OPERATOR 6 pg_catalog.>= (int4, int2),
	OPERATOR 7 pg_catalog.> (int4, int2),
	OPERATOR 3 pg_catalog.< (int4, int8),
	OPERATOR 4 pg_catalog.<= (int4, int8),
	OPERATOR 5 pg_catalog.= (int4, int8),
	OPERATOR 6 pg_catalog.>= (int4, int8),
	OPERATOR 7 pg_catalog.> (int4, int8),
	OPERATOR 3 pg_catalog.< (int8, int2),
	OPERATOR 4 pg_catalog.<= (int8, int2),
	OPERATOR 5 pg_catalog.= (int8, int2),
	OPERATOR 6 pg_catalog.>= (int8, int2),
	OPERATOR 7 pg_catalog.> (int8, int2),
	OPERATOR 3 pg_catalog.< (int8, int4),
	OPERATOR 4 pg_catalog.<= (int8, int4),
	OPERATOR 5 pg_catalog.= (int8, int4),
	OPERATOR 6 pg_catalog.>= (int8, int4),
	OPERATOR 7 pg_catalog.> (int8, int4);
CREATE OPERATOR FAMILY datetime_bisearch_ops USING bisearch;
CREATE OPERATOR CLASS date_bisearch_ops
	DEFAULT FOR TYPE date USING bisearch FAMILY datetime_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS timestamp_bisearch_ops
	DEFAULT FOR TYPE timestamp USING bisearch FAMILY datetime_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS timestamptz_bisearch_ops
	DEFAULT FOR TYPE timestamptz USING bisearch FAMILY datetime_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
ALTER OPERATOR FAMILY datetime_bisearch_ops USING bisearch ADD
	OPERATOR 3 pg_catalog.< (date, timestamp),
	OPERATOR 4 pg_catalog.<= (date, timestamp),
	OPERATOR 5 pg_catalog.= (date, timestamp),
	OPERATOR 6 pg_catalog.>= (date, timestamp),
	OPERATOR 7 pg_catalog.> (date, timestamp),
	OPERATOR 3 pg_catalog.< (date, timestamptz),
	OPERATOR 4 pg_catalog.<= (date, timestamptz),
	OPERATOR 5 pg_catalog.= (date, timestamptz),
	OPERATOR 6 pg_catalog.>= (date, timestamptz),
	OPERATOR 7 pg_catalog.> (date, timestamptz),
	OPERATOR 3 pg_catalog.< (timestamp, date),
	OPERATOR 4 pg_catalog.<= (timestamp, date),
	OPERATOR 5 pg_catalog.= (timestamp, date),
	OPERATOR 6 pg_catalog.>= (timestamp, date),
	OPERATOR 7 pg_catalog.> (timestamp, date),
	OPERATOR 3 pg_catalog.< (timestamp, timestamptz),
	OPERATOR 4 pg_catalog.<= (timestamp, timestamptz),
	OPERATOR 5 pg_catalog.= (timestamp, timestamptz),
	OPERATOR 6 pg_catalog.>= (timestamp, timestamptz),
	OPERATOR 7 pg_catalog.> (timestamp, timestamptz),
	OPERATOR 3 pg_catalog.< (timestamptz, date),
	OPERATOR 4 pg_catalog.<= (timestamptz, date),
	OPERATOR 5 pg_catalog.= (timestamptz, date),
	OPERATOR 6 pg_catalog.>= (timestamptz, date),
	OPERATOR 7 pg_catalog.> (timestamptz, date),
	OPERATOR 3 pg_catalog.< (timestamptz, timestamp),
	OPERATOR 4 pg_catalog.<= (timestamptz, timestamp),
	OPERATOR 5 pg_catalog.= (timestamptz, timestamp),
	OPERATOR 6 pg_catalog.>= (timestamptz, timestamp),
	OPERATOR 7 pg_catalog.> (timestamptz, timestamp);
CREATE OPERATOR FAMILY float_bisearch_ops USING bisearch;
CREATE OPERATOR CLASS float4_bisearch_ops
	DEFAULT FOR TYPE float4 USING bisearch FAMILY float_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS float8_bisearch_ops
	DEFAULT FOR TYPE float8 USING bisearch FAMILY float_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
ALTER OPERATOR FAMILY float_bisearch_ops USING bisearch ADD
	OPERATOR 3 pg_catalog.< (float4, float8),
	OPERATOR 4 pg_catalog.<= (float4, float8),
	OPERATOR 5 pg_catalog.= (float4, float8),
	OPERATOR 6 pg_catalog.>= (float4, float8),
	OPERATOR 7 pg_catalog.> (float4, float8),
	OPERATOR 3 pg_catalog.< (float8, float4),
	OPERATOR 4 pg_catalog.<= (float8, float4),
	OPERATOR 5 pg_catalog.= (float8, float4),
	OPERATOR 6 pg_catalog.>= (float8, float4),
	OPERATOR 7 pg_catalog.> (float8, float4);
CREATE OPERATOR FAMILY text_bisearch_ops USING bisearch;
CREATE OPERATOR CLASS text_bisearch_ops
	DEFAULT FOR TYPE text USING bisearch FAMILY text_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS name_bisearch_ops
	DEFAULT FOR TYPE name USING bisearch FAMILY text_bisearch_ops AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
ALTER OPERATOR FAMILY text_bisearch_ops USING bisearch ADD
	OPERATOR 3 pg_catalog.< (text, name),
	OPERATOR 4 pg_catalog.<= (text, name),
	OPERATOR 5 pg_catalog.= (text, name),
	OPERATOR 6 pg_catalog.>= (text, name),
	OPERATOR 7 pg_catalog.> (text, name),
	OPERATOR 3 pg_catalog.< (name, text),
	OPERATOR 4 pg_catalog.<= (name, text),
	OPERATOR 5 pg_catalog.= (name, text),
	OPERATOR 6 pg_catalog.>= (name, text),
	OPERATOR 7 pg_catalog.> (name, text);
CREATE OPERATOR CLASS bool_bisearch_ops
	DEFAULT FOR TYPE bool USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS char_bisearch_ops
	DEFAULT FOR TYPE "char" USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS oid_bisearch_ops
	DEFAULT FOR TYPE oid USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS money_bisearch_ops
	DEFAULT FOR TYPE money USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS time_bisearch_ops
	DEFAULT FOR TYPE time USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS timetz_bisearch_ops
	DEFAULT FOR TYPE timetz USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS interval_bisearch_ops
	DEFAULT FOR TYPE interval USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS numeric_bisearch_ops
	DEFAULT FOR TYPE numeric USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS bpchar_bisearch_ops
	DEFAULT FOR TYPE bpchar USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS bytea_bisearch_ops
	DEFAULT FOR TYPE bytea USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS uuid_bisearch_ops
	DEFAULT FOR TYPE uuid USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS inet_bisearch_ops
	DEFAULT FOR TYPE inet USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS macaddr_bisearch_ops
	DEFAULT FOR TYPE macaddr USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;
CREATE OPERATOR CLASS anyenum_bisearch_ops
	DEFAULT FOR TYPE anyenum USING bisearch AS
	OPERATOR 3 pg_catalog.<,
	OPERATOR 4 pg_catalog.<=,
	OPERATOR 5 pg_catalog.=,
	OPERATOR 6 pg_catalog.>=,
	OPERATOR 7 pg_catalog.>;

/* inspecting an index; for its owner only */

CREATE FUNCTION bi_index_check(index regclass, heapallindexed boolean DEFAULT false)
	RETURNS void LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 100000
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION bi_index_check(regclass, boolean) IS
	'raise an error if a bisearch index is damaged, or does not agree with its table';

CREATE FUNCTION bi_index_stats(index regclass,
	OUT format_version int4, OUT segments int4,
	OUT articles int8, OUT dead_articles int8, OUT dead_fraction float8,
	OUT pending_articles int8, OUT pending_pages int8,
	OUT dictionary_size int8, OUT postings_size int8,
	OUT positions_size int8, OUT bigrams_size int8,
	OUT documents_size int8, OUT maps_size int8,
	OUT total_pages int8, OUT retired_pages int8,
	OUT unreferenced_pages int8)
	RETURNS record LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 1000
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION bi_index_stats(regclass) IS
	'the contents of a bisearch index, and the sizes of its parts';

CREATE FUNCTION bi_index_segments(index regclass,
	OUT segment int4, OUT generation int8,
	OUT articles int8, OUT dead_articles int8,
	OUT terms int8, OUT postings int8,
	OUT dictionary_size int8, OUT postings_size int8,
	OUT positions_size int8, OUT bigrams_size int8,
	OUT documents_size int8, OUT maps_size int8)
	RETURNS SETOF record LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
	COST 1000 ROWS 8
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION bi_index_segments(regclass) IS
	'the segments of a bisearch index, oldest articles first';

CREATE FUNCTION bi_index_terms(index regclass, n int4 DEFAULT 20,
	OUT term text, OUT articles int8, OUT size int8)
	RETURNS SETOF record LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
	COST 100000 ROWS 20
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION bi_index_terms(regclass, int4) IS
	'the most frequent terms of a bisearch index';

CREATE FUNCTION bi_index_merge(index regclass)
	RETURNS void LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION bi_index_merge(regclass) IS
	'merge all segments of a bisearch index into one, without its dead articles';
