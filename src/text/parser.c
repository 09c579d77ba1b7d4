/*
 * parser.c
 *	  The text search parser: tokens, and the blanks between them.
 *
 * The tokens cover the text without a gap, so that headlines can be assembled
 * from them.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "tsearch/ts_public.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "text/character.h"
#include "text/fold.h"
#include "text/parser.h"
#include "text/tokenize.h"

/* bytes tokenized at a time */
#define PIECE_BYTES 8192

/*
 * State of one parse.  The text belongs to the caller.  The tokens are those
 * of the piece base .. cut, with offsets from base.
 */
typedef struct ParserState
{
	char	   *text;
	int			len;
	int			pos;			/* everything before has been returned */
	int			base;
	int			cut;
	BiTokens	tokens;
	int			next;			/* index of the token to return next */
} ParserState;

/* Tokenize pieces until there is a token to return or the text ends. */
static void
refill_tokens(ParserState *state)
{
	while (state->next >= state->tokens.ntokens && state->cut < state->len)
	{
		state->base = state->cut;
		state->cut = BiPieceEnd(state->text, state->len, state->base,
								PIECE_BYTES);
		state->tokens.ntokens = 0;
		state->next = 0;
		BiTokenize(state->text + state->base, state->cut - state->base,
				   &state->tokens);
	}
}

/*
 * Length of the next piece of the blank pos .. stop.  Long blanks are cut,
 * between characters, or core would report a word that is too long.
 */
static int
blank_length(const ParserState *state, int stop)
{
	int			end = state->pos;

	if (stop - state->pos <= BI_MAX_WORD_BYTES)
		return stop - state->pos;
	while (end < stop)
	{
		int			len = BiCharLen(state->text + end, state->text + stop);

		if (end + len - state->pos > BI_MAX_WORD_BYTES)
			break;
		end += len;
	}
	return end - state->pos;
}

/*
 * Type of the token: an ampersand, or a number if it holds no letter; with
 * characters, also a character.
 */
static int
token_type(const char *token, int len, bool characters)
{
	const char *end = token + len;
	bool		ignored;

	/* core leaves it out, whatever its type */
	if (len > BI_MAX_WORD_BYTES)
		return BI_TYPE_WORD;
	if (BiIsAmpersandToken(token, len))
		return BI_TYPE_AMPERSAND;
	if (characters && BiIsCharacterToken(token, len, &ignored))
		return BI_TYPE_CHARACTER;

	while (token < end)
	{
		unsigned char c = *token;
		int			clen = 1;

		if (c < 0x80 ? (c | 0x20) >= 'a' && (c | 0x20) <= 'z' :
			u_hasBinaryProperty((UChar32) BiDecodeChar(token, end, &clen),
								UCHAR_ALPHABETIC))
			return BI_TYPE_WORD;
		token += clen;
	}
	return BI_TYPE_NUMBER;
}

/* The state of a parse of the len bytes at text. */
static ParserState *
start_parse(char *text, int len, bool characters)
{
	ParserState *state = palloc0(sizeof(ParserState));

	state->text = text;
	state->len = len;
	state->tokens.characters = characters;
	return state;
}

PG_FUNCTION_INFO_V1(bi_parser_start);

/* bi_parser_start(text, length): start of parser bisearch */
Datum
bi_parser_start(PG_FUNCTION_ARGS)
{
	char	   *text = (char *) PG_GETARG_POINTER(0);
	int			len = PG_GETARG_INT32(1);

	PG_RETURN_POINTER(start_parse(text, len, false));
}

PG_FUNCTION_INFO_V1(bi_cjk_parser_start);

/* bi_cjk_parser_start(text, length): start of parser bisearch_cjk */
Datum
bi_cjk_parser_start(PG_FUNCTION_ARGS)
{
	char	   *text = (char *) PG_GETARG_POINTER(0);
	int			len = PG_GETARG_INT32(1);

	PG_RETURN_POINTER(start_parse(text, len, true));
}

PG_FUNCTION_INFO_V1(bi_parser_token);

/* bi_parser_token(state, *token, *length): its type, 0 at the end */
Datum
bi_parser_token(PG_FUNCTION_ARGS)
{
	ParserState *state = (ParserState *) PG_GETARG_POINTER(0);
	char	  **token = (char **) PG_GETARG_POINTER(1);
	int		   *len = (int *) PG_GETARG_POINTER(2);
	int			start = state->len;
	int			type;

	CHECK_FOR_INTERRUPTS();
	refill_tokens(state);
	if (state->next < state->tokens.ntokens)
		start = state->base + state->tokens.tokens[state->next].start;

	*token = state->text + state->pos;
	if (state->pos < start)
	{
		*len = blank_length(state, start);
		type = BI_TYPE_BLANK;
	}
	else if (state->pos < state->len)
	{
		*len = state->base + state->tokens.tokens[state->next].end - start;
		type = token_type(*token, *len, state->tokens.characters);
		state->next++;
	}
	else
	{
		*len = 0;
		type = 0;
	}
	state->pos += *len;
	PG_RETURN_INT32(type);
}

PG_FUNCTION_INFO_V1(bi_parser_end);

/* bi_parser_end(state) */
Datum
bi_parser_end(PG_FUNCTION_ARGS)
{
	ParserState *state = (ParserState *) PG_GETARG_POINTER(0);

	if (state->tokens.tokens != NULL)
		pfree(state->tokens.tokens);
	pfree(state);
	PG_RETURN_VOID();
}

/* The types of token, the last one with number 0. */
static LexDescr *
token_types(bool characters)
{
	LexDescr   *types = palloc0(sizeof(LexDescr) * 6);

	types[0].lexid = BI_TYPE_WORD;
	types[0].alias = pstrdup("word");
	types[0].descr = pstrdup("Word with a letter in it");
	types[1].lexid = BI_TYPE_NUMBER;
	types[1].alias = pstrdup("number");
	types[1].descr = pstrdup("Number");
	types[2].lexid = BI_TYPE_BLANK;
	types[2].alias = pstrdup("blank");
	types[2].descr = pstrdup("Space and punctuation");
	types[3].lexid = BI_TYPE_AMPERSAND;
	types[3].alias = pstrdup("ampersand");
	types[3].descr = pstrdup("Ampersand between words");
	if (characters)
	{
		types[4].lexid = BI_TYPE_CHARACTER;
		types[4].alias = pstrdup("character");
		types[4].descr = pstrdup("Ideograph, kana or hangul");
	}
	return types;
}

PG_FUNCTION_INFO_V1(bi_parser_types);

/* bi_parser_types(0): token types of parser bisearch */
Datum
bi_parser_types(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(token_types(false));
}

PG_FUNCTION_INFO_V1(bi_cjk_parser_types);

/* bi_cjk_parser_types(0): token types of parser bisearch_cjk */
Datum
bi_cjk_parser_types(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(token_types(true));
}
