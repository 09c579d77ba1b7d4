/*
 * lexize.c
 *	  Where in a text the words of any configuration are.
 *
 * A parser says where its tokens are, a dictionary which lexemes a token
 * becomes; core's functions that combine the two lose the places.  If each
 * dictionary takes one token at a time, as nearly all do, we call them
 * ourselves.  If one does not (a thesaurus), core's hlparsetext() gives the
 * position of every token, and we run the parser once more for its place.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "tsearch/ts_utils.h"

#include "base/compat.h"
#include "base/limits.h"
#include "text/lexize.h"

/* a run of the configuration's parser */
typedef struct Parse
{
	TSConfigCacheEntry *config;
	TSParserCacheEntry *parser;
	Datum		state;
	const char *text;
	int			start;			/* bytes of the text that are parsed */
	int			stop;
	int			last;			/* where the last token ended */
} Parse;

/* a token of it */
typedef struct ParsedToken
{
	int			type;			/* 0 at the end */
	char	   *s;
	int			len;
	BiToken		place;
} ParsedToken;

static void
begin_parse(Parse *parse, Oid config, const char *text, int start, int stop)
{
	parse->config = lookup_ts_config_cache(config);
	parse->parser = lookup_ts_parser_cache(parse->config->prsId);
	parse->text = text;
	parse->start = start;
	parse->stop = stop;
	parse->last = start;
	parse->state = FunctionCall2(&parse->parser->prsstart,
								 PointerGetDatum(text + start),
								 Int32GetDatum(stop - start));
}

/*
 * Find the place of a token.  Most parsers point into the text.  The token of
 * one that returns copies is taken to be the next occurrence of these bytes;
 * a token that is nowhere gets an empty place.
 */
static void
locate_token(Parse *parse, ParsedToken *token)
{
	uintptr_t	s = (uintptr_t) token->s;
	uintptr_t	low = (uintptr_t) (parse->text + parse->start);
	uintptr_t	high = (uintptr_t) (parse->text + parse->stop);

	token->place.start = token->place.end = parse->last;
	if (token->len <= 0)
		return;
	if (s >= low && s < high && (uintptr_t) token->len <= high - s)
		token->place.start = parse->start + (int) (s - low);
	else
	{
		const char *found = memmem(parse->text + parse->last,
								   parse->stop - parse->last,
								   token->s, token->len);

		if (found == NULL)
			return;
		token->place.start = (int) (found - parse->text);
	}
	token->place.end = token->place.start + token->len;
	parse->last = token->place.end;
}

/* The next token.  Returns false at the end. */
static bool
read_token(Parse *parse, ParsedToken *token)
{
	CHECK_FOR_INTERRUPTS();
	token->s = NULL;
	token->len = 0;
	token->type =
		DatumGetInt32(FunctionCall3(&parse->parser->prstoken,
									parse->state,
									PointerGetDatum(&token->s),
									PointerGetDatum(&token->len)));
	if (token->type <= 0)
		return false;
	locate_token(parse, token);
	return true;
}

/* The same, but skipping tokens that core leaves out as too long. */
static bool
next_short_token(Parse *parse, ParsedToken *token)
{
	do
	{
		if (!read_token(parse, token))
			return false;
	} while (token->len >= MAXSTRLEN);
	return true;
}

static void
end_parse(Parse *parse)
{
	FunctionCall1(&parse->parser->prsend, parse->state);
}

/* Does the configuration map tokens of this type to dictionaries? */
static bool
is_mapped(const Parse *parse, const ParsedToken *token)
{
	return token->type < parse->config->lenmap &&
		parse->config->map[token->type].len > 0;
}

/*
 * What the dictionaries make of the token: NULL if none knows it.  Sets
 * *ahead if one asks for the next token as well.
 */
static TSLexeme *
ask_dictionaries(const ListDictionary *map, const ParsedToken *token,
				 bool *ahead)
{
	char	   *s = token->s;
	int			len = token->len;

	for (int i = 0; i < map->len; i++)
	{
		TSDictionaryCacheEntry *dictionary =
			lookup_ts_dictionary_cache(map->dictIds[i]);
		DictSubState state = {false, false, NULL};
		TSLexeme   *found;

		found = (TSLexeme *)
			DatumGetPointer(FunctionCall4(&dictionary->lexize,
										  PointerGetDatum(dictionary->dictData),
										  PointerGetDatum(s),
										  Int32GetDatum(len),
										  PointerGetDatum(&state)));
		*ahead |= state.getnext;
		if (*ahead)
			return NULL;
		if (found == NULL)
			continue;
		if ((found->flags & TSL_FILTER) == 0)
			return found;
		s = found->lexeme;
		len = strlen(s);
	}
	return NULL;
}

/* The same, using the cache. */
static TSLexeme *
lexize_token(const Parse *parse, const ParsedToken *token,
			 BiLexemeCache *cache,
			 bool *ahead)
{
	MemoryContext caller;
	TSLexeme   *found;

	if (!is_mapped(parse, token))
		return NULL;
	if (BiLexemeCacheFind(cache, token->type, token->s, token->len, &found))
		return found;
	caller = MemoryContextSwitchTo(BiLexemeCacheContext(cache));
	found = ask_dictionaries(&parse->config->map[token->type], token, ahead);
	if (!*ahead)
		BiLexemeCacheAdd(cache, token->type, token->s, token->len, found);
	MemoryContextSwitchTo(caller);
	return found;
}

static BiLexizedWord *
add_word(BiLexized *result, const ParsedToken *token, uint32 pos)
{
	BiLexizedWord *word;

	if (result->n == result->max)
	{
		Size		room = (Size) result->max * 2 + 64;

		result->words = result->words == NULL ?
			palloc(room * sizeof(BiLexizedWord)) :
			repalloc_huge(result->words, room * sizeof(BiLexizedWord));
		result->max = (int) room;
	}
	word = &result->words[result->n++];
	memset(word, 0, sizeof(*word));
	word->pos = pos;
	word->start = token->place.start;
	word->end = token->place.end;
	return word;
}

bool
BiLexize(Oid config, BiLexemeCache *cache, const char *text, int start,
		 int stop, BiLexized *result)
{
	Parse		parse;
	ParsedToken token;
	bool		ahead = false;
	uint32		pos = 0;

	memset(result, 0, sizeof(*result));
	BiLexemeCacheTrim(cache);
	begin_parse(&parse, config, text, start, stop);
	while (!ahead && next_short_token(&parse, &token))
	{
		TSLexeme   *found = lexize_token(&parse, &token, cache, &ahead);
		uint16		variant = 1;
		uint16		last = 0;

		if (found == NULL)
			continue;
		pos++;
		if (found->lexeme == NULL)
			add_word(result, &token, pos);
		for (; found->lexeme != NULL; found++)
		{
			BiLexizedWord *word;

			if (found->flags & TSL_ADDPOS)
			{
				pos++;
				variant = 1;
			}
			else if (last != 0 && found->nvariant != last)
				variant++;
			last = found->nvariant;
			word = add_word(result, &token, pos);
			word->lexeme = found->lexeme;
			word->len = strlen(found->lexeme);
			word->variant = variant;
			word->prefix = (found->flags & TSL_PREFIX) != 0;
		}
	}
	end_parse(&parse);
	return !ahead;
}

/*
 * A parser may return a compound and then its parts.  Of a compound that is
 * too long we report the parts that are too long themselves; if there is
 * none, everything from the first part that ends past the limit on, so that
 * the parts before it are kept.
 */
void
BiFindLongTokens(Oid config, const char *text, int len, BiTokens *result)
{
	BiToken		compound = {0, 0};
	bool		whole = false;	/* have we reported the whole compound? */
	bool		parts = false;	/* or only parts of it? */
	Parse		parse;
	ParsedToken token;

	begin_parse(&parse, config, text, 0, len);
	while (read_token(&parse, &token))
	{
		BiToken    *place = &token.place;

		if (!is_mapped(&parse, &token))
			continue;
		if (place->start >= compound.start && place->end <= compound.end)
		{
			if (token.len > BI_MAX_WORD_BYTES && (whole || parts))
			{
				if (whole)
					result->ntokens--;
				BiAddToken(result, place->start, place->end);
				whole = false;
				parts = true;
			}
			else if (whole && place->end - compound.start > BI_MAX_WORD_BYTES)
			{
				result->tokens[result->ntokens - 1].start = place->start;
				whole = false;
			}
		}
		else if (token.len > BI_MAX_WORD_BYTES)
		{
			BiAddToken(result, place->start, place->end);
			compound = *place;
			whole = true;
			parts = false;
		}
	}
	end_parse(&parse);
}

/*
 * The same if the parser gets the text only up to end; 0 if there is no such
 * place far enough before end for the parser's lookahead.
 */
static int
find_border(Oid config, const char *text, int start, int end, int want)
{
	int			last = end - (end - want) / 4;
	int			word_end = start;	/* of all words so far, including
									 * compounds */
	int			border = 0;
	Parse		parse;
	ParsedToken token;

	begin_parse(&parse, config, text, start, end);
	while (border == 0 && read_token(&parse, &token) &&
		   token.place.end <= last)
	{
		if (is_mapped(&parse, &token))
			word_end = Max(word_end, token.place.end);
		else if (token.place.end > want && token.place.start >= word_end)
			border = token.place.end;
	}
	end_parse(&parse);
	return border;
}

int
BiFindBorder(Oid config, const char *text, int start, int stop, int want)
{
	int64		room = want - start;

	/* doubled, so that a long word takes time proportional to its length */
	for (;;)
	{
		int			border;

		room *= 2;
		if (start + room >= stop)
			return stop;
		border = find_border(config, text, start,
							 start + pg_mbcliplen(text + start, room, room),
							 want);
		if (border > 0)
			return border;
	}
}

BiToken *
BiFindPositions(Oid config, const char *text, int start, int stop,
				uint32 npos)
{
	BiToken    *places = palloc_extended((npos + 1) * sizeof(BiToken),
										 MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	TSQuery		none = palloc0(HDRSIZETQ);
	HeadlineParsedText words = {0};
	Parse		parse;
	ParsedToken token;

	SET_VARSIZE(none, HDRSIZETQ);
	words.lenwords = (stop - start) / 6 + 32;
	words.words = palloc(sizeof(HeadlineWordEntry) * words.lenwords);
	hlparsetext(config, &words, none, unconstify(char *, text) + start,
				stop - start);

	/* words without lexemes and blanks have no position */
	begin_parse(&parse, config, text, start, stop);
	for (int i = 0; i < words.curwords && next_short_token(&parse,
														   &token); i++)
	{
		uint32		pos = words.words[i].pos;
		BiToken    *place = &places[Min(pos, npos)];

		if (pos == 0)
			continue;
		if (place->end == 0)
			*place = token.place;
		place->start = Min(place->start, token.place.start);
		place->end = Max(place->end, token.place.end);
	}
	end_parse(&parse);
	for (uint32 pos = npos; pos-- > 1;)
	{
		if (places[pos].end == 0)
			places[pos] = places[pos + 1];
	}
	pfree(words.words);
	return places;
}
