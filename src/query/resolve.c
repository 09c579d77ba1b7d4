/*
 * resolve.c
 *	  Which tokens are operators, and which are words after all
 *	  (query-language section 3).
 *
 * Some forms depend on adjacent tokens: "and" at the start of a group is a
 * word, NEAR is an operator only between two operands, "not" only after an
 * AND.  One pass from left to right decides each token from the decisions
 * before it and from what follows.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/chars.h"
#include "query/diagnostic.h"
#include "query/lexer.h"

/* Does token, which is decided, end an operand? */
static bool
ends_operand(const BiQueryToken *token)
{
	return token != NULL && (token->kind == BI_TOK_WORD ||
							 token->kind == BI_TOK_PHRASE ||
							 token->kind == BI_TOK_CLOSE);
}

/* Is it NEAR/n in one of its forms, which NOT may precede? */
static bool
is_near(const BiQueryToken *token)
{
	return token->kind == BI_TOK_PROX && token->flags == BI_WITHIN;
}

/*
 * Does the undecided token start an operand, after a token that was decided
 * to be an operator?  An exclusion does not.
 */
static bool
starts_operand(const BiQueryToken *token)
{
	while ((token->form & BI_FORM_PERCENT) != 0)
		token++;				/* only punctuation there */

	switch (token->kind)
	{
		case BI_TOK_WORD:
			return (token->form & BI_FORM_BUT) == 0 ||
				token[1].kind != BI_TOK_NOT;
		case BI_TOK_PHRASE:
		case BI_TOK_OPEN:
		case BI_TOK_FIELD:
		case BI_TOK_ATLEAST:
			return true;
		case BI_TOK_PROX:
			/* with an operator before it, it would be a word */
			return (token->form & BI_FORM_CONTEXT) != 0;
		case BI_TOK_NOT:
			return (token->form & BI_FORM_LOWER) != 0 && !is_near(&token[1]);
		default:
			return false;
	}
}

/* Is token a bare number, after which % is a per cent sign? */
static bool
is_number(const BiParseState *state, const BiQueryToken *token)
{
	if (token->kind != BI_TOK_WORD || token->exact || token->own > 0)
		return false;
	for (int i = token->from; i < token->to; i++)
	{
		if (BiIsLetter(state->chars[i].c))
			return false;
	}
	return true;
}

/* Report a number out of range, and set it to the nearest bound. */
static void
check_range(BiParseState *state, BiQueryToken *token, uint32 max,
			const char *what)
{
	if (token->arg >= 1 && token->arg <= max)
		return;
	BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first, token->last,
			   psprintf("A %s is a number from 1 to %u.", what, max),
			   "%s of \"%s\" is out of range", what,
			   BiQuoteInput(state, token->first, token->last));
	token->arg = token->arg < 1 ? 1 : max;
}

/* Does the token, or what its parentheses begin with, begin with a digit? */
static bool
starts_number(const BiParseState *state, const BiQueryToken *token)
{
	if (token->kind == BI_TOK_OPEN)
		token++;
	return token->kind == BI_TOK_WORD &&
		BiIsDigit(state->chars[token->first].c);
}

/*
 * Is token, written in a form that is an operator only between two operands,
 * one here?  "+3" is not before a number, nor "%" after one.
 */
static bool
is_operator_here(const BiParseState *state, const BiQueryToken *token,
				 const BiQueryToken *prev)
{
	if (!ends_operand(prev) || !starts_operand(&token[1]))
		return false;
	if ((token->form & BI_FORM_PLUS) != 0 && (token->flags & BI_WITHIN) != 0)
		return !starts_number(state, &token[1]);
	return token->kind != BI_TOK_ANDNOT || !is_number(state, prev);
}

static void
turn_into_word(BiQueryToken *token)
{
	if ((token->form & BI_FORM_PLUS) != 0)
		token->from++;
	token->kind = BI_TOK_WORD;
	token->form = 0;
}

/*
 * Decide about token, a NOT: exclusion, the first half of NOT NEAR (then the
 * second half is changed), or a word.  Returns false if the token itself is
 * no longer needed.
 */
static bool
resolve_not(BiParseState *state, BiQueryToken *token, BiQueryToken *prev)
{
	if ((token->form & BI_FORM_SIGN) != 0)
		return true;

	if (is_near(&token[1]) &&
		((token[1].form & BI_FORM_CONTEXT) == 0 ||
		 (ends_operand(prev) && starts_operand(&token[2]))))
	{
		token[1].flags |= BI_NEGATED;
		token[1].form = 0;
		token[1].first = token->first;
		return false;
	}

	if ((token->form & BI_FORM_LOWER) != 0 &&
		(prev == NULL || prev->kind != BI_TOK_AND))
	{
		BiDiagnose(state, BI_WARNING, 0, token->first, token->last,
				   "Write NOT, or a minus sign glued to the word.",
				   "\"%s\" in small letters is searched as a word",
				   BiQuoteInput(state, token->first, token->last));
		turn_into_word(token);
	}
	return true;
}

/*
 * Decide about token, a "but": if "not" follows, that becomes an operator.
 * Returns false if the token itself is no longer needed.
 */
static bool
resolve_but(BiQueryToken *token, bool opening)
{
	bool		capitals;

	token->form &= ~BI_FORM_BUT;
	if (token[1].kind != BI_TOK_NOT || (token[1].form & BI_FORM_SIGN) != 0)
		return true;
	capitals = ((token->form | token[1].form) & BI_FORM_LOWER) == 0;
	if (opening && !capitals)
		return true;
	token[1].kind = BI_TOK_ANDNOT;
	token[1].form = 0;
	token[1].first = token->first;
	return false;
}

/* Decide about token; false if it is no longer needed.  prev is decided. */
static bool
resolve_token(BiParseState *state, BiQueryToken *token, BiQueryToken *prev)
{
	bool		opening = prev == NULL || prev->kind == BI_TOK_OPEN;

	if (token->kind == BI_TOK_NOT)
		return resolve_not(state, token, prev);
	if ((token->form & BI_FORM_BUT) != 0)
		return resolve_but(token, opening);
	if ((token->kind == BI_TOK_AND || token->kind == BI_TOK_OR) &&
		(token->form & BI_FORM_LOWER) != 0 && opening)
		turn_into_word(token);
	else if ((token->form & BI_FORM_CONTEXT) != 0)
	{
		bool		here = is_operator_here(state, token, prev);

		if (!here && (token->form & BI_FORM_PERCENT) != 0)
			return false;
		if (!here)
			turn_into_word(token);
		else if ((token->form & BI_FORM_EXACTLY) != 0 && token->arg > 1)
			BiDiagnose(state, BI_WARNING, 0, token->first, token->last,
					   "For words in between, write a phrase with a lone * for each, as in \"cherry * banana\".",
					   "\"%s\" finds words up to %u apart here, in tsquery exactly %u",
					   BiQuoteInput(state, token->first, token->last),
					   token->arg, token->arg);
	}

	if (token->kind == BI_TOK_PROX && (token->flags & BI_WITHIN) != 0)
		check_range(state, token, BI_MAX_DISTANCE, "distance");
	else if (token->kind == BI_TOK_ATLEAST)
		check_range(state, token, BI_MAX_COUNT, "count");
	else if (token->kind == BI_TOK_PHRASE && token->has_slop)
	{
		token->arg = token->slop;
		check_range(state, token, BI_MAX_DISTANCE, "distance");
		token->slop = token->arg;
	}
	return true;
}

/*
 * Decide about all tokens, in place.  The tokens end with BI_TOK_END, which
 * is not counted.
 */
void
BiResolve(BiParseState *state)
{
	int			n = 0;

	for (int i = 0; i < state->ntokens; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (resolve_token(state, &state->tokens[i],
						  n > 0 ? &state->tokens[n - 1] : NULL))
			state->tokens[n++] = state->tokens[i];
	}
	state->tokens[n] = state->tokens[state->ntokens];
	state->ntokens = n;
}
