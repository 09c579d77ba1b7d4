/*
 * foreign.c
 *	  Another system's syntax, as far as it takes several tokens to see it
 *	  (query-language section 12).
 *
 * Only bi_check asks.  These are guesses at what somebody meant, so each has
 * conditions under which a newspaper's reader would hardly have typed it as
 * plain words.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/diagnostic.h"
#include "query/foreign.h"
#include "query/lexer.h"

/* Nn and Wn with a larger n are words, such as N95 */
#define MAX_BARE_DISTANCE 30

typedef struct Foreign
{
	BiParseState *state;
	bool		acting;			/* an operator that is a sign or in capitals */
	bool		capitals;		/* all of its letters are capitals */
} Foreign;

/* Words that are proximities elsewhere, and what to write instead */
static const struct
{
	const char *word;
	const char *hint;
}			proximity_words[] =

{
	{"same", "Write SAME, or /p, for the same paragraph."},
	{"with", "Write /s for the same sentence, or W/10 for a distance."},
	{"near", "Write NEAR, which is within 10 words, or NEAR/5 for any other distance."},
	{"adj", "Write ADJ, or PRE/1, for one word right after the other."},
};

/* Fields that stand before what is searched, without a sign */
static const struct
{
	const char *word;
	const char *hint;
}			field_words[] =

{
	{"TI", "Write title: glued to the word, as in title:merger."},
	{"HD", "Write headline: glued to the word, as in headline:merger."},
	{"AB", "Write abstract: glued to the word, as in abstract:merger."},
	{"TW", "Leave it out: all fields are searched."},
	{"KW", "Leave it out: all fields are searched."},
};

/* Is the token's text this word?  Small letters match capitals as well. */
static bool
is_text(const BiParseState *state, const BiQueryToken *token, const char *word)
{
	int			n = strlen(word);

	if (token->kind != BI_TOK_WORD || token->to - token->from != n)
		return false;
	for (int i = 0; i < n; i++)
	{
		uint32		c = state->chars[token->from + i].c;

		if (c != (uint32) word[i] &&
			!(word[i] >= 'a' && c == (uint32) (word[i] - 0x20)))
			return false;
	}
	return true;
}

static bool
is_small(const BiParseState *state, const BiQueryToken *token)
{
	return BiIsSmall(state->chars[token->from].c);
}

static bool
is_operator(const BiQueryToken *token)
{
	return token->kind == BI_TOK_AND || token->kind == BI_TOK_OR ||
		token->kind == BI_TOK_NOT || token->kind == BI_TOK_ANDNOT ||
		token->kind == BI_TOK_PROX;
}

static bool
ends_operand(const BiQueryToken *token)
{
	return token->kind == BI_TOK_WORD || token->kind == BI_TOK_PHRASE ||
		token->kind == BI_TOK_CLOSE;
}

static bool
starts_operand(const BiQueryToken *token)
{
	return token->kind == BI_TOK_WORD || token->kind == BI_TOK_PHRASE ||
		token->kind == BI_TOK_OPEN || token->kind == BI_TOK_FIELD ||
		token->kind == BI_TOK_ATLEAST;
}

/* Is the token a quotation, a parenthesis, or a word with a wildcard or "~"? */
static bool
is_special(const BiParseState *state, const BiQueryToken *token)
{
	if (token->kind != BI_TOK_WORD || token->fuzziness != BI_EDITS_NONE)
		return true;
	for (int i = token->from; i < token->to; i++)
	{
		if (state->chars[i].wild != BI_WILD_NONE)
			return true;
	}
	return false;
}

/* If the word is Nn or Wn, n up to 30, its distance; otherwise 0. */
static uint32
bare_distance(const BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = token->to - token->from;
	uint32		distance;

	if (token->kind != BI_TOK_WORD || n < 2 ||
		(chars[0].c != 'N' && chars[0].c != 'W') ||
		BiReadNumber(chars + 1, n - 1, &distance) != n - 1 ||
		distance > MAX_BARE_DISTANCE)
		return 0;
	return distance;
}

/* A word between two operands that is a proximity elsewhere. */
static void
check_proximity_word(Foreign *foreign, const BiQueryToken *token)
{
	BiParseState *state = foreign->state;
	uint32		distance = bare_distance(state, token);
	const char *hint = NULL;

	if (token == state->tokens || !ends_operand(&token[-1]) ||
		!starts_operand(&token[1]))
		return;
	if (!foreign->acting && !is_special(state, &token[-1]) &&
		!is_special(state, &token[1]) &&
		(distance == 0 || state->chars[token->from].c != 'N'))
		return;

	for (int i = 0; i < (int) lengthof(proximity_words) && hint == NULL; i++)
	{
		if (is_text(state, token, proximity_words[i].word) &&
			(is_small(state, token) ||
			 (i == 1 && is_text(state, token, "WITH"))))
			hint = proximity_words[i].hint;
	}
	if (distance > 0)
		hint = psprintf("Write %s/%u.",
						state->chars[token->from].c == 'N' ? "NEAR" : "PRE",
						distance);
	if (hint != NULL)
		BiDiagnose(state, BI_WARNING, 0, token->first, token->last, hint,
				   "\"%s\" is searched as a word, not read as an operator",
				   BiQuoteInput(state, token->first, token->last));
}

/* NEAR, ADJ or SAME in a search of capitals, which may be meant as words. */
static void
check_capital_operator(Foreign *foreign, const BiQueryToken *token)
{
	BiParseState *state = foreign->state;

	if (foreign->capitals && token->kind == BI_TOK_PROX &&
		(token->form & BI_FORM_CONTEXT) != 0 &&
		token->last - token->first <= 4 &&
		BiIsLetter(state->chars[token->first].c) &&
		BiIsLetter(state->chars[token->last - 1].c))
		BiDiagnose(state, BI_WARNING, 0, token->first, token->last,
				   "Write it in small letters to search for the word.",
				   "\"%s\" is read as an operator",
				   BiQuoteInput(state, token->first, token->last));
}

/* TI, AB and their like alone before what is searched */
static void
check_field_word(Foreign *foreign, const BiQueryToken *token)
{
	BiParseState *state = foreign->state;

	if (foreign->capitals || !starts_operand(&token[1]) ||
		!(token == state->tokens || is_operator(&token[-1]) ||
		  token[-1].kind == BI_TOK_OPEN))
		return;
	for (int i = 0; i < (int) lengthof(field_words); i++)
	{
		if (is_text(state, token, field_words[i].word))
			BiDiagnose(state, BI_WARNING, 0, token->first, token->last,
					   field_words[i].hint,
					   "\"%s\" is searched as a word, not read as a field",
					   field_words[i].word);
	}
}

/* Is the token a bare word that a blank joins to the one before it? */
static bool
is_joined(const BiParseState *state, const BiQueryToken *token)
{
	return token > state->tokens && token->kind == BI_TOK_WORD &&
		token[-1].kind == BI_TOK_WORD &&
		!(token - state->tokens >= 2 && token[-2].kind == BI_TOK_NOT);
}

/* Several bare words on a side of OR. */
static void
check_or_sides(BiParseState *state, const BiQueryToken *token)
{
	int			first = -1;
	int			last = -1;

	if (token == state->tokens)
		return;
	if (is_joined(state, &token[-1]))
	{
		first = token[-2].first;
		last = token[-1].last;
	}
	else if (token[1].kind == BI_TOK_WORD && token[2].kind == BI_TOK_WORD)
	{
		first = token[1].first;
		last = token[2].last;
	}
	if (first >= 0)
		BiDiagnose(state, BI_WARNING, 0, first, last,
				   "Put quotation marks around a phrase, or parentheses around what belongs together.",
				   "\"%s\" takes one word on each side here, other systems take all of them",
				   BiQuoteInput(state, token->first, token->last));
}

/*
 * The parentheses of a quotation, if there are any, with "or" between them:
 * sets *open and *close.
 */
static bool
find_alternatives(const BiParseState *state, const BiQueryToken *token,
				  int *open, int *close)
{
	const BiChar *chars = state->chars;
	bool		either = false;

	*open = token->from;
	while (*open < token->to && !BiIsOpen(BiSignAt(state, *open)))
		(*open)++;
	for (*close = *open; *close < token->to; (*close)++)
	{
		if (BiIsClose(BiSignAt(state, *close)))
			return either;
		either |= *close > *open && *close + 3 < token->to &&
			BiSpaceAt(state, *close) && BiSpaceAt(state, *close + 3) &&
			(chars[*close + 1].c | 0x20) == 'o' &&
			(chars[*close + 2].c | 0x20) == 'r';
	}
	return false;
}

/* A quotation that holds operators */
static void
check_phrase(BiParseState *state, const BiQueryToken *token)
{
	int			open;
	int			close;
	int			mark = token->from - 1;
	const char *hint;

	if (find_alternatives(state, token, &open, &close))
	{
		hint = "Write the alternatives outside, as in \"heart\" PRE/1 (disease | failure).";
		if (open > token->from && BiSkipSpaces(state, close + 1) >= token->to)
		{
			int			last = open;

			while (last > token->from && BiSpaceAt(state, last - 1))
				last--;
			hint = psprintf("Write \"%s\" PRE/1 %s.",
							BiQuoteInput(state, token->from, last),
							BiQuoteInput(state, open, close + 1));
		}
		BiDiagnose(state, BI_WARNING, 0, mark, token->to + 1, hint,
				   "alternatives inside a quotation are searched as words");
	}
	else if (BiForgottenMark(state, token))
		BiDiagnose(state, BI_WARNING, 0, mark, mark + 1,
				   "Close the quotation before the operator, or write it in small letters if it belongs to the phrase.",
				   "an operator inside quotation marks is a word: perhaps one was forgotten");
}

/* Is the word a line's number elsewhere, #1 or S1? */
static bool
is_line_number(const BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars;
	int			from = token->first;
	uint32		ignored;

	return token->kind == BI_TOK_WORD &&
		(chars[from].c == '#' || chars[from].c == 'S' || chars[from].c == 's') &&
		token->to - from >= 2 &&
		BiReadNumber(chars + from + 1, token->to - from - 1, &ignored) ==
		token->to - from - 1;
}

/* All operands are numbers of lines. */
static void
check_line_numbers(BiParseState *state)
{
	const BiQueryToken *first = NULL;
	int			noperators = 0;

	for (int i = 0; i < state->ntokens; i++)
	{
		const BiQueryToken *token = &state->tokens[i];

		if (is_operator(token))
			noperators++;
		else if (is_line_number(state, token))
			first = first ? first : token;
		else if (token->kind != BI_TOK_OPEN && token->kind != BI_TOK_CLOSE)
			return;
	}
	if (first != NULL && noperators > 0)
		BiDiagnose(state, BI_WARNING, 0, first->first, first->last,
				   "Write the search itself in place of its number.",
				   "\"%s\" is searched as a word, not read as an earlier search",
				   BiQuoteInput(state, first->first, first->last));
}

/* What the conditions need to know of the search as a whole. */
static void
describe_search(Foreign *foreign)
{
	BiParseState *state = foreign->state;
	int			nwords = 0;

	foreign->capitals = true;
	for (int i = 0; i < state->ntokens; i++)
	{
		const BiQueryToken *token = &state->tokens[i];

		if (is_operator(token) && (token->form & BI_FORM_LOWER) == 0)
			foreign->acting = true;
		if (token->kind != BI_TOK_WORD && token->kind != BI_TOK_PHRASE)
			continue;
		nwords++;
		for (int k = token->from; k < token->to && foreign->capitals; k++)
			foreign->capitals = !BiIsSmall(state->chars[k].c);
	}
	foreign->capitals &= nwords >= 2;
}

/*
 * Record a diagnostic for whatever looks like another system's syntax and
 * was not read as such.  The operators have been resolved and the words
 * bound.
 */
void
BiCheckForeign(BiParseState *state)
{
	Foreign		foreign = {.state = state};

	describe_search(&foreign);
	for (int i = 0; i < state->ntokens; i++)
	{
		const BiQueryToken *token = &state->tokens[i];

		CHECK_FOR_INTERRUPTS();
		if (token->own > 0)
			continue;
		switch (token->kind)
		{
			case BI_TOK_WORD:
				check_proximity_word(&foreign, token);
				check_field_word(&foreign, token);
				BiCheckForeignWord(state, token);
				BiCheckTildes(state, token);
				break;
			case BI_TOK_PHRASE:
				check_phrase(state, token);
				BiCheckTildes(state, token);
				break;
			case BI_TOK_OR:
				check_or_sides(state, token);
				break;
			case BI_TOK_PROX:
				check_capital_operator(&foreign, token);
				break;
			default:
				break;
		}
	}
	check_line_numbers(state);
	BiCheckForeignSigns(state);
}
