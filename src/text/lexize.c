/*
 * lexize.c
 *	  Where in a text the words of any configuration stand.
 *
 * A parser says where its tokens are, a dictionary what becomes of a token;
 * core's functions that bring the two together lose the places.  Where each
 * dictionary looks at one token at a time, as nearly all do, we ask them
 * ourselves.  Where one does not (a thesaurus), core's hlparsetext() knows the
 * position of every token, and the parser is asked once more for its place.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "tsearch/ts_utils.h"

#include "base/compat.h"
#include "text/lexize.h"

/* a parse with the configuration's parser */
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
 * Find the place of a token: a parser points into the text, mostly.  One that
 * hands out copies is given the benefit of the next stretch with these bytes;
 * a token that is nowhere gets an empty place.
 */
static void
find_place(Parse *parse, ParsedToken *token)
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

/*
 * The next token.  Returns false at the end.  Those that core leaves out as
 * too long are passed over.
 */
static bool
next_token(Parse *parse, ParsedToken *token)
{
	do
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
		find_place(parse, token);
	} while (token->len >= MAXSTRLEN);
	return true;
}

static void
end_parse(Parse *parse)
{
	FunctionCall1(&parse->parser->prsend, parse->state);
}

/*
 * What the dictionaries make of the token: NULL if none knows it.  Sets
 * *ahead if one wants to see the next token as well.
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

/* The same with the cache's help. */
static TSLexeme *
lexize(const Parse *parse, const ParsedToken *token, BiWordCache *cache,
	   bool *ahead)
{
	MemoryContext caller;
	TSLexeme   *found;

	if (token->type >= parse->config->lenmap ||
		parse->config->map[token->type].len == 0)
		return NULL;
	if (BiWordCacheFind(cache, token->type, token->s, token->len, &found))
		return found;
	caller = MemoryContextSwitchTo(BiWordCacheContext(cache));
	found = ask_dictionaries(&parse->config->map[token->type], token, ahead);
	if (!*ahead)
		BiWordCacheAdd(cache, token->type, token->s, token->len, found);
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
BiLexize(Oid config, BiWordCache *cache, const char *text, int start,
		 int stop, BiLexized *result)
{
	Parse		parse;
	ParsedToken token;
	bool		ahead = false;
	uint32		pos = 0;

	memset(result, 0, sizeof(*result));
	BiWordCacheTrim(cache);
	begin_parse(&parse, config, text, start, stop);
	while (!ahead && next_token(&parse, &token))
	{
		TSLexeme   *found = lexize(&parse, &token, cache, &ahead);
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

	/* a word of no lexeme has no position, nor has a blank */
	begin_parse(&parse, config, text, start, stop);
	for (int i = 0; i < words.curwords && next_token(&parse, &token); i++)
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
