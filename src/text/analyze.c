/*
 * analyze.c
 *	  Text to lexemes with positions: the one path that documents and
 *	  queries share.
 *
 * If parser and dictionary are ours, the text is tokenized and folded here
 * (the direct path).  With any other configuration core's parsetext() does
 * it, in pieces small enough that its positions are never clamped.  Both give
 * the same result for the same configuration.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_utils.h"
#include "utils/memutils.h"

#include "base/limits.h"
#include "text/analyze.h"
#include "text/character.h"
#include "text/dict_template.h"
#include "text/lexeme.h"
#include "text/lexize.h"
#include "text/parser.h"
#include "text/sentence.h"
#include "text/tokenize.h"

/* bytes tokenized at a time on the direct path */
#define DIRECT_PIECE_BYTES 8192

/* bytes that parsetext() gets at a time, if the text can be cut there */
#define CORE_PIECE_BYTES 32768

/* and without white space, unless a word is longer */
#define MAX_CORE_PIECE_BYTES (1 << 18)

/* words whose stems are remembered while a text is analysed */
#define MAX_STEM_ENTRIES 65536

/* bytes of lexemes allocated at a time */
#define ARENA_BYTES 8192

/* an analysis in progress */
typedef struct Analyzer
{
	BiAnalysis *result;
	Size		maxterms;
	Size		maxboundaries;	/* of sentences, and of paragraphs */
	int			text_len;		/* of the whole text */
	char	   *arena;			/* where the next lexeme goes */
	int			room;			/* bytes left there */
	BiBoundaries boundaries;	/* empty unless asked for */
	int			next_boundary;
	BiTokens   *too_long;		/* receives the tokens left out, or NULL */
	BiTermSink *sink;			/* receives the terms, or NULL: collect them */
	int32		start;			/* byte range of the current token */
	int32		end;
	bool		looks_ahead;	/* a dictionary asks for several tokens at
								 * once */
} Analyzer;

/*
 * Return the array of n elements, enlarged if it has no room for one more;
 * *max is its capacity.
 */
static void *
grow_array(void *array, Size n, Size *max, Size size)
{
	if (n < *max)
		return array;
	*max = *max * 2 + 4;
	if (array == NULL)
		return MemoryContextAllocHuge(CurrentMemoryContext, *max * size);
	return repalloc_huge(array, *max * size);
}

/*
 * Return room for a lexeme of len bytes; keep_lexeme() claims what was used.
 */
static inline char *
lexeme_room(Analyzer *a, int len)
{
	if (a->room < len)
	{
		/* a query's words are analyzed one by one, and most are short */
		a->room = Max(len, Min(a->text_len, ARENA_BYTES));
		a->arena = palloc(a->room);
	}
	return a->arena;
}

static inline void
keep_lexeme(Analyzer *a, int len)
{
	a->arena += len;
	a->room -= len;
}

/* Append a term; the lexeme is not copied. */
static inline void
add_term(Analyzer *a, char *lexeme, int len, uint32 pos, uint16 variant,
		 bool prefix)
{
	BiAnalysis *result = a->result;
	BiTerm	   *term;

	if (a->sink != NULL)
	{
		BiTerm		sent = {lexeme, len, pos, variant, prefix};

		a->sink->term(a->sink, &sent, a->start, a->end);
		return;
	}
	if ((Size) result->nterms >= a->maxterms)
	{
		if (result->nterms == PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("text has too many words")));
		result->terms = grow_array(result->terms, result->nterms, &a->maxterms,
								   sizeof(BiTerm));
	}
	term = &result->terms[result->nterms++];
	term->lexeme = lexeme;
	term->len = len;
	term->pos = pos;
	term->variant = variant;
	term->prefix = prefix;
}

/* Record that a sentence, or also a paragraph, ends at position pos. */
static void
add_boundary(Analyzer *a, uint32 pos, bool paragraph)
{
	BiAnalysis *result = a->result;

	if (a->sink != NULL)
	{
		if (pos > 0)
			a->sink->boundary(a->sink, pos, paragraph);
		return;
	}
	if (pos > 0 && (result->nsentences == 0 ||
					result->sentences[result->nsentences - 1] < pos))
	{
		Size		max = a->maxboundaries;

		result->sentences = grow_array(result->sentences, result->nsentences,
									   &max, sizeof(uint32));
		if (max > a->maxboundaries)
		{
			/* never more paragraphs than sentences */
			result->paragraphs = result->paragraphs == NULL ?
				MemoryContextAllocHuge(CurrentMemoryContext,
									   max * sizeof(uint32)) :
				repalloc_huge(result->paragraphs, max * sizeof(uint32));
			a->maxboundaries = max;
		}
		result->sentences[result->nsentences++] = pos;
	}
	if (paragraph && pos > 0 &&
		(result->nparagraphs == 0 ||
		 result->paragraphs[result->nparagraphs - 1] < pos))
		result->paragraphs[result->nparagraphs++] = pos;
}

/* Record all boundaries up to byte offset. */
static inline void
add_boundaries_up_to(Analyzer *a, int offset)
{
	while (a->next_boundary < a->boundaries.n &&
		   a->boundaries.boundaries[a->next_boundary].offset <= offset)
		add_boundary(a, a->result->npos,
					 a->boundaries.boundaries[a->next_boundary++].paragraph);
}

/* Leave out the current token, which is too long. */
static void
leave_out_long_token(Analyzer *a)
{
	if (a->too_long != NULL)
		BiAddToken(a->too_long, a->start, a->end);
}

/*
 * Fold the token of len bytes at s.  Returns the folded form, which stays
 * valid (with a sink, until the next token is folded), and sets *folded_len;
 * 0 means that the token takes no position.
 */
static inline char *
fold_token(Analyzer *a, const char *s, int len, const BiFoldOptions *options,
		   int *folded_len)
{
	char	   *lexeme;

	*folded_len = 0;
	if (len > BI_MAX_WORD_BYTES)
	{
		leave_out_long_token(a);
		return NULL;
	}

	lexeme = lexeme_room(a, len);
	*folded_len = BiFoldAscii(s, len, true, lexeme);
	if (*folded_len < 0)
	{
		StringInfoData folded;

		initStringInfo(&folded);
		BiFold(s, len, options, true, &folded);
		if (folded.len > BI_MAX_WORD_BYTES)
			leave_out_long_token(a);
		*folded_len = folded.len <= BI_MAX_WORD_BYTES ? folded.len : 0;
		lexeme = lexeme_room(a, *folded_len);
		memcpy(lexeme, folded.data, *folded_len);
		pfree(folded.data);
	}
	if (a->sink == NULL)
		keep_lexeme(a, *folded_len);
	return lexeme;
}

/* Append the word at the next position; the lexeme is not copied. */
static inline void
add_word(Analyzer *a, char *lexeme, int len)
{
	a->result->npos++;
	add_term(a, lexeme, len, a->result->npos, 1, false);
}

/* The same for a lexeme that is copied; it is returned. */
static char *
add_copied_word(Analyzer *a, const char *word, int len)
{
	char	   *lexeme = lexeme_room(a, len);

	memcpy(lexeme, word, len);
	if (a->sink == NULL)
		keep_lexeme(a, len);
	add_word(a, lexeme, len);
	return lexeme;
}

/*
 * Append the stems of the word that was just added; type tells dictionaries
 * apart in the cache.
 */
static void
add_word_stems(Analyzer *a, BiLexemeCache *cache, BiDictionary *dictionary,
			   int type, const char *lexeme, int len)
{
	TSLexeme   *stems;

	BiLexemeCacheTrim(cache);
	if (!BiLexemeCacheFind(cache, type, lexeme, len, &stems))
	{
		MemoryContext caller =
			MemoryContextSwitchTo(BiLexemeCacheContext(cache));
		char	   *terminated = pnstrdup(lexeme, len);

		stems = BiStems(dictionary, terminated, len);
		pfree(terminated);
		BiLexemeCacheAdd(cache, type, lexeme, len, stems);
		MemoryContextSwitchTo(caller);
	}
	if (stems == NULL)
		return;
	for (TSLexeme *stem = stems; stem->lexeme != NULL; stem++)
		add_term(a, stem->lexeme, strlen(stem->lexeme), a->result->npos,
				 stem->nvariant, (stem->flags & TSL_PREFIX) != 0);
}

/*
 * Append the words that the dictionary gives for an ampersand or a fraction,
 * and return true; false if the token is neither.  Without a dictionary, an
 * ampersand gives none.
 */
static bool
add_sign_token(Analyzer *a, BiLexemeCache *cache, BiDictionary *ampersand,
			   const char *token, int len)
{
	char		parts[2][BI_FRACTION_BYTES];
	char	   *lexeme;
	int			nparts;

	if (BiIsAmpersandToken(token, len))
	{
		int			n = ampersand == NULL ? 0 : strlen(ampersand->ampersand);

		if (n == 0 || n > BI_MAX_WORD_BYTES)
			return true;
		lexeme = add_copied_word(a, ampersand->ampersand, n);
		if (cache != NULL && ampersand->wrapped_name != NULL)
			add_word_stems(a, cache, ampersand, BI_TYPE_AMPERSAND, lexeme, n);
		return true;
	}
	nparts = BiFoldFraction(token, len, parts);
	for (int i = 0; i < nparts; i++)
		add_copied_word(a, parts[i], strlen(parts[i]));
	return nparts > 0;
}

/*
 * Append the word that the dictionary makes of a character, and return true;
 * false if the token is none.
 */
static inline bool
add_character_token(Analyzer *a, const BiDictionary *characters,
					const char *token, int len)
{
	bool		plain;
	char	   *lexeme;
	int			lexeme_len;

	if (!BiIsCharacterToken(token, len, &plain))
		return false;
	if (plain)
		add_copied_word(a, token, len);
	else
	{
		lexeme = fold_token(a, token, len, &characters->fold, &lexeme_len);
		if (lexeme_len > 0)
			add_word(a, lexeme, lexeme_len);
	}
	return true;
}

/*
 * The direct path: our parser and our dictionaries; with stems, also the
 * stems that those of template bisearch_stem give.  If characters is not
 * NULL, the parser is bisearch_cjk.
 */
static void
analyze_directly(Analyzer *a, BiDictionary *dictionary,
				 BiDictionary *ampersand, const BiDictionary *characters,
				 bool stems, const char *text, int len)
{
	BiFoldOptions options = dictionary->fold;
	BiLexemeCache *cache = NULL;
	BiTokens	tokens = {.characters = characters != NULL};
	int			start = 0;

	if (stems && (dictionary->wrapped_name != NULL ||
				  (ampersand != NULL && ampersand->wrapped_name != NULL)))
		cache = a->sink != NULL ? a->sink->cache :
			BiLexemeCacheCreate(MAX_STEM_ENTRIES, true);
	while (start < len)
	{
		int			stop = BiPieceEnd(text, len, start, DIRECT_PIECE_BYTES);

		CHECK_FOR_INTERRUPTS();
		tokens.ntokens = 0;
		BiTokenize(text + start, stop - start, &tokens);
		for (int i = 0; i < tokens.ntokens; i++)
		{
			const char *token = text + start + tokens.tokens[i].start;
			int			token_len = tokens.tokens[i].end -
				tokens.tokens[i].start;
			char	   *lexeme;
			int			lexeme_len;

			a->start = token - text;
			a->end = a->start + token_len;
			add_boundaries_up_to(a, a->start);
			/* these are single characters */
			if (token_len <= MAX_MULTIBYTE_CHAR_LEN &&
				(IS_HIGHBIT_SET(*token) || *token == '&') &&
				add_sign_token(a, cache, ampersand, token, token_len))
				continue;
			if (characters != NULL && IS_HIGHBIT_SET(*token) &&
				add_character_token(a, characters, token, token_len))
				continue;
			lexeme = fold_token(a, token, token_len, &options, &lexeme_len);
			if (lexeme_len == 0)
				continue;
			add_word(a, lexeme, lexeme_len);
			if (cache != NULL && dictionary->wrapped_name != NULL)
				add_word_stems(a, cache, dictionary, BI_TYPE_WORD, lexeme,
							   lexeme_len);
		}
		start = stop;
	}
	if (tokens.tokens != NULL)
		pfree(tokens.tokens);
}

/* Whether the piece ends inside a tag, which core's parser recognizes. */
static bool
in_tag(const char *text, int start, int stop)
{
	for (int p = stop - 1; p >= start; p--)
	{
		if (text[p] == '>')
			return false;
		if (text[p] == '<')
			return p + 1 < stop && strchr(" \t\r\n", text[p + 1]) == NULL;
	}
	return false;
}

/*
 * End of the piece for parsetext() that begins at start: after white space,
 * outside tags, and at the next boundary if it is such a place; without white
 * space, after a character that belongs to no word.
 */
static int
core_piece_end(const Analyzer *a, Oid config, const char *text, int len,
			   int start)
{
	int			stop = BiPieceEnd(text, len, start, CORE_PIECE_BYTES);

	for (int i = a->next_boundary; i < a->boundaries.n; i++)
	{
		int			offset = a->boundaries.boundaries[i].offset;

		if (offset >= stop)
			break;
		if (offset > start &&
			strchr(" \t\r\n\f\v", text[offset - 1]) != NULL &&
			!in_tag(text, start, offset))
			return offset;
	}
	if (stop < len && in_tag(text, start, stop))
	{
		int			later = BiPieceEnd(text, len, start,
									   2 * CORE_PIECE_BYTES);
		const char *close = memchr(text + stop, '>', later - stop);

		if (close != NULL)
			stop = BiPieceEnd(text, len, start, close - (text + start));
	}
	if (stop - start > MAX_CORE_PIECE_BYTES)
		stop = BiFindBorder(config, text, start, stop,
							start + MAX_CORE_PIECE_BYTES);
	return stop;
}

/*
 * Append the words that parsetext() found, whose positions count from
 * a->result->npos; ranges, if not NULL, has the byte range of each position.
 */
static void
add_parsed_words(Analyzer *a, const ParsedText *parsed, const BiToken *ranges)
{
	uint32		base = a->result->npos;
	uint16		variant = 1;

	for (int i = 0; i < parsed->curwords; i++)
	{
		const ParsedWord *word = &parsed->words[i];
		size_t		len = strlen(word->word);

		if (i > 0 && parsed->words[i - 1].pos.pos != word->pos.pos)
			variant = 1;
		else if (i > 0 && parsed->words[i - 1].nvariant != word->nvariant)
			variant++;
		if (ranges != NULL)
		{
			a->start = ranges[word->pos.pos].start;
			a->end = ranges[word->pos.pos].end;
		}
		if (len > 0 && len <= BI_MAX_WORD_BYTES)
			add_term(a, word->word, len, base + word->pos.pos, variant,
					 (word->flags & TSL_PREFIX) != 0);
	}
	a->result->npos = base + parsed->pos;
}

/*
 * Run parsetext() over the piece start .. stop, or over its halves if it
 * takes more positions than core can count.
 */
static void
analyze_piece(Analyzer *a, Oid config, const char *text, int start, int stop)
{
	ParsedText	parsed;
	int			middle;

	CHECK_FOR_INTERRUPTS();
	parsed.lenwords = (stop - start) / 6 + 16;
	parsed.curwords = 0;
	parsed.pos = 0;
	parsed.words = palloc(sizeof(ParsedWord) * parsed.lenwords);
	parsetext(config, &parsed, unconstify(char *, text) + start,
			  stop - start);

	middle = BiPieceEnd(text, stop, start, (stop - start) / 2);
	if (parsed.pos >= MAXENTRYPOS && middle < stop)
	{
		check_stack_depth();
		analyze_piece(a, config, text, start, middle);
		analyze_piece(a, config, text, middle, stop);
	}
	else if (a->sink != NULL && a->sink->places)
		add_parsed_words(a, &parsed, BiFindPositions(config, text, start, stop,
													 parsed.pos));
	else
		add_parsed_words(a, &parsed, NULL);
	pfree(parsed.words);
}

/* Number of positions that the bytes from .. to take when parsed alone. */
static uint32
count_positions(Oid config, const char *text, int from, int to)
{
	ParsedText	parsed;

	parsed.lenwords = (to - from) / 6 + 16;
	parsed.curwords = 0;
	parsed.pos = 0;
	parsed.words = palloc(sizeof(ParsedWord) * parsed.lenwords);
	parsetext(config, &parsed, unconstify(char *, text) + from, to - from);
	for (int i = 0; i < parsed.curwords; i++)
		pfree(parsed.words[i].word);
	pfree(parsed.words);
	return parsed.pos;
}

/*
 * Record the boundaries inside the piece start .. stop, whose positions are
 * those after base.  parsetext() does not say where in the text its words
 * are, so the text between boundaries is parsed again.
 */
static void
add_boundaries_inside(Analyzer *a, Oid config, const char *text, int start,
					  int stop, uint32 base)
{
	while (a->next_boundary < a->boundaries.n)
	{
		BiBoundary	boundary = a->boundaries.boundaries[a->next_boundary];

		if (boundary.offset >= stop)
			break;
		CHECK_FOR_INTERRUPTS();
		base += count_positions(config, text, start, boundary.offset);
		base = Min(base, a->result->npos);
		add_boundary(a, base, boundary.paragraph);
		start = boundary.offset;
		a->next_boundary++;
	}
}

/*
 * Pass the terms of the piece start .. stop to the sink, token by token.
 * Returns false, having passed nothing, if a dictionary asks for several
 * tokens at once.
 */
static bool
lexize_piece(Analyzer *a, Oid config, const char *text, int start, int stop)
{
	uint32		base = a->result->npos;
	BiLexized	lexized;

	if (a->looks_ahead || !BiLexize(config, a->sink->cache, text, start, stop,
									&lexized))
		return false;
	for (int i = 0; i < lexized.n; i++)
	{
		const BiLexizedWord *word = &lexized.words[i];

		a->start = word->start;
		a->end = word->end;
		if (i == 0 || word->pos != lexized.words[i - 1].pos)
			add_boundaries_up_to(a, word->start);
		a->result->npos = base + word->pos;
		if (word->len > 0 && word->len <= BI_MAX_WORD_BYTES)
			add_term(a, word->lexeme, word->len, a->result->npos,
					 word->variant, word->prefix);
	}
	return true;
}

/*
 * Any other configuration: core's parsetext() does it, or for a sink, unless
 * a dictionary asks for several tokens at once, lexize_piece().
 */
static void
analyze_by_core(Analyzer *a, Oid config, const char *text, int len)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext piece = NULL;
	int			start = 0;

	if (a->sink != NULL)
		piece = AllocSetContextCreate(caller, "bisearch piece of text",
									  ALLOCSET_DEFAULT_SIZES);
	while (start < len)
	{
		int			stop = core_piece_end(a, config, text, len, start);
		uint32		base = a->result->npos;

		if (piece != NULL)
			MemoryContextSwitchTo(piece);
		if (a->sink == NULL || !lexize_piece(a, config, text, start, stop))
		{
			a->looks_ahead = true;
			analyze_piece(a, config, text, start, stop);
			add_boundaries_inside(a, config, text, start, stop, base);
		}
		add_boundaries_up_to(a, stop);
		MemoryContextSwitchTo(caller);
		if (piece != NULL)
			MemoryContextReset(piece);
		start = stop;
	}
	if (piece != NULL)
		MemoryContextDelete(piece);
}

/* What the dictionary keeps, one of ours; NULL without dictionary. */
static BiDictionary *
dictionary_data(Oid dictionary)
{
	return OidIsValid(dictionary) ?
		lookup_ts_dictionary_cache(dictionary)->dictData : NULL;
}

/* Analyze the text; everything in a but the result is set. */
static void
analyze_text(Analyzer *a, const BiConfig *config, const char *text, int len,
			 bool with_boundaries)
{
	BiConfigMap map;

	if (with_boundaries)
		BiFindBoundaries(text, len, config->abbreviations, &a->boundaries);
	if (BiConfigIsDirect(config->oid, &map))
		analyze_directly(a, dictionary_data(map.words),
						 dictionary_data(map.ampersand),
						 dictionary_data(map.characters),
						 a->sink == NULL || a->sink->stems, text, len);
	else
		analyze_by_core(a, config->oid, text, len);
	add_boundaries_up_to(a, len);
	if (a->boundaries.boundaries != NULL)
		pfree(a->boundaries.boundaries);
}

BiAnalysis *
BiAnalyze(const BiConfig *config, const char *text, int len, bool boundaries,
		  BiTokens *too_long)
{
	Analyzer	a = {0};
	BiConfigMap ignored;

	a.text_len = len;
	a.too_long = too_long;
	a.result = palloc0(sizeof(BiAnalysis));
	analyze_text(&a, config, text, len, boundaries);
	if (too_long != NULL && len > BI_MAX_WORD_BYTES &&
		!BiConfigIsDirect(config->oid, &ignored))
		BiFindLongTokens(config->oid, text, len, too_long);
	return a.result;
}

void
BiAnalyzeTo(const BiConfig *config, const char *text, int len,
			BiTermSink *sink)
{
	BiAnalysis	result = {0};
	Analyzer	a = {0};

	a.text_len = len;
	a.result = &result;
	a.sink = sink;
	analyze_text(&a, config, text, len, sink->boundary != NULL);
}
