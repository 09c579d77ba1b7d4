/*
 * lex_phrase.c
 *	  Quotations: their marks, and what follows the closing one
 *	  (query-language section 2).
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/lexer.h"

/* Is the straight mark at i doubled, as spreadsheets write it? */
static inline bool
is_doubled(const BiParseState *state, int i)
{
	return BiSignAt(state, i) == '"' && BiSignAt(state, i + 1) == '"';
}

/* Place of the first quotation mark from i on, or the end. */
static int
next_quote(const BiParseState *state, int i)
{
	while (i < state->nchars &&
		   !(BiIsQuote(state->chars[i].c) && BiQuoteAt(state, i)))
		i++;
	return i;
}

/*
 * Number of characters of the opening mark at i: two if it and the next one
 * are doubled, and one otherwise, as in "" and in "a""b".
 */
static int
opening_len(const BiParseState *state, int i)
{
	int			next;

	if (!is_doubled(state, i))
		return 1;
	next = next_quote(state, i + 2);
	return next > i + 2 && is_doubled(state, next) ? 2 : 1;
}

/* Is the chunk [from, to) the word, in capitals or with them in any case? */
static bool
is_word(const BiParseState *state, int from, int to, const char *word,
		bool capitals)
{
	for (int i = from; i < to; i++, word++)
	{
		uint32		c = state->chars[i].c;

		if ((state->chars[i].flags & BI_CHAR_TEXT) != 0 || *word == '\0' ||
			(c != (uint32) *word && (capitals || (c & ~0x20) != (uint32) *word)))
			return false;
	}
	return *word == '\0';
}

static bool
is_boolean(const BiParseState *state, int from, int to, bool capitals)
{
	return is_word(state, from, to, "AND", capitals) ||
		is_word(state, from, to, "OR", capitals) ||
		is_word(state, from, to, "NOT", capitals);
}

/*
 * Was a quotation mark of the phrase probably forgotten?  It has AND, OR or
 * NOT in capitals while its other words are not, or it begins or ends with
 * one in small letters on a side where a word is glued to it.
 */
bool
BiForgottenMark(const BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars;
	bool		capitals = false;
	bool		small = false;
	int			first = -1;
	int			i = token->from;

	while (i < token->to)
	{
		int			start = i = BiSkipSpaces(state, i);

		if (start >= token->to)
			break;
		while (i < token->to && !BiSpaceAt(state, i))
			i++;
		if (is_boolean(state, start, i, true))
			capitals = true;
		else if (is_boolean(state, start, i, false))
		{
			if (first < 0 && token->from >= 2 &&
				BiIsWordChar(chars[token->from - 2].c))
				return true;
			if (BiSkipSpaces(state, i) >= token->to &&
				token->to + 1 < state->nchars &&
				BiIsWordChar(chars[token->to + 1].c))
				return true;
		}
		for (int k = start; k < i && !small; k++)
			small = BiIsSmall(chars[k].c);
		first = start;
	}
	return capitals && small;
}

/*
 * Report that the quotation mark at i is not closed: at the first quotation
 * in which one was probably forgotten, since from there on what is inside
 * quotes and what is outside are mixed up.
 */
static void
report_unclosed(BiParseState *state, int i)
{
	int			at = i;

	for (int t = 0; t < state->ntokens && at == i; t++)
	{
		const BiQueryToken *token = &state->tokens[t];

		if (token->kind == BI_TOK_PHRASE && BiForgottenMark(state, token))
			at = token->from - 1;
	}
	BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, at, at + 1, NULL,
			   "quotation mark is not closed");
}

/*
 * Read "~n" after a phrase that ends at i, with blanks before and behind the
 * sign.  Returns where it ends, or i if there is none.
 */
static int
lex_slop(const BiParseState *state, int i, BiQueryToken *token)
{
	int			tilde = BiSkipSpaces(state, i);
	int			number;
	int			end;
	int			rest;

	if (BiSignAt(state, tilde) != '~')
		return i;
	number = BiSkipSpaces(state, tilde + 1);
	end = number + BiReadNumber(state->chars + number, state->nchars - number,
								&token->slop);
	/* after a blank it must be a chunk of its own */
	rest = end == number || (tilde == i && number == tilde + 1) ||
		BiIsAmpersand(BiSignAt(state, end)) ? end :
		BiChunkEnd(state, number, end);
	if (end == number || BiHasWordChar(state->chars + end, rest - end))
		return tilde == i ? i + 1 : i;	/* fuzziness without a number */
	token->has_slop = true;
	return end;
}

/*
 * Read a phrase whose opening quote is at i, and the suffixes after its
 * closing quote.  Returns where it ends.
 */
int
BiLexPhrase(BiParseState *state, int first, int i, bool exact, bool hash)
{
	BiQueryToken *token;
	int			mark = opening_len(state, i);
	int			from = i + mark;
	int			to = next_quote(state, from);

	token = BiAddQueryToken(state, BI_TOK_PHRASE, first, to);
	token->from = from;
	token->to = to;
	token->exact = exact;
	token->hash = hash;
	if (to == state->nchars)
	{
		report_unclosed(state, i);
		return to;
	}

	i = to + mark;
	while (BiSignAt(state, i) == '*')
	{
		token->stars++;
		i++;
	}
	i = BiSkipBoosts(state, i);
	i = lex_slop(state, i, token);
	i = BiSkipBoosts(state, i);
	token->last = i;
	return i;
}
