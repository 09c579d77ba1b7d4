/*
 * lex_own.c
 *	  Fields of one's own before their values (query-language sections 5 and
 *	  9).
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/lexer.h"
#include "text/own_fields.h"

/* how far the closing bracket of a range is looked for, in characters */
#define MAX_RANGE_CHARS 256

/* Is the name [p, q) this word, in any case? */
static bool
is_name(const BiParseState *state, int p, int q, const char *word)
{
	if (q - p != (int) strlen(word))
		return false;
	for (; p < q; p++, word++)
	{
		if ((state->chars[p].c | 0x20) != (uint32) *word)
			return false;
	}
	return true;
}

/* The number of the first field of dates, or 0. */
static int
first_date(const char *fields)
{
	BiOwnField	field;

	for (int number = 1; BiNextField(&fields, &field); number++)
	{
		if (field.type == BI_DATE_FIELD)
			return number;
	}
	return 0;
}

/* Find the field that the name [p, q) stands for: fills *own but for first. */
static void
find_field(const BiParseState *state, int p, int q, BiOwnPrefix *own)
{
	BiOwnField	field;
	char	   *name;
	int			len;

	if (is_name(state, p, q, "after") || is_name(state, p, q, "before"))
	{
		own->number = BiSignAt(state, q) != ':' ? 0 :
			first_date(state->config.fields);
		own->compare = is_name(state, p, q, "before") ? BI_COMPARE_LESS :
			BI_COMPARE_GREATER | BI_COMPARE_EQUAL;
		return;
	}
	name = BiEncodeChars(state->chars + p, q - p, &len);
	own->number = BiFindField(state->config.fields, name, len, &field);
	own->text = own->number > 0 && field.type == BI_TEXT_FIELD;
	pfree(name);
}

/* Is there a value at p, in the chunk that ends at end? */
static bool
value_at(const BiParseState *state, int p, int end)
{
	if (p >= end)
		return BiQuoteAt(state, p) || BiIsOpen(BiSignAt(state, p));
	if (BiHasWordChar(state->chars + p, end - p) ||
		BiSignAt(state, p) == '[' || BiSignAt(state, p) == '{')
		return true;
	/* "*" is any value */
	return BiSignAt(state, p) == '*';
}

/*
 * If the chunk [p, end) begins with the name of a field of one's own and a
 * sign that makes it one, with a value glued to it, fills *own and returns
 * where the value begins.  Otherwise own->number is 0, and it returns p.
 */
int
BiOwnFieldAt(const BiParseState *state, int p, int end, BiOwnPrefix *own)
{
	int			q;
	uint32		sign;

	memset(own, 0, sizeof(BiOwnPrefix));
	own->first = p;
	if (state->config.fields == NULL)
		return p;
	q = BiNameEnd(state, p, end);
	sign = BiSignAt(state, q);
	if (q - p < 2 || (q == end ? !BiIsOpen(sign) : sign != ':' &&
					  sign != '=' && sign != '<' && sign != '>'))
		return p;
	find_field(state, p, q, own);
	if (own->number == 0)
		return p;
	if (q < end && (sign == '<' || sign == '>'))
		own->compare = sign == '<' ? BI_COMPARE_LESS : BI_COMPARE_GREATER;
	q += q < end ? 1 : 0;
	if (own->compare != 0 && sign != ':' && q < end &&
		BiSignAt(state, q) == '=')
	{
		own->compare |= BI_COMPARE_EQUAL;
		q++;
	}
	/* an exact form, which every value is */
	if (own->compare == 0 && sign == ':' && BiSignAt(state, q) == '=')
		q++;
	if (!value_at(state, q, end))
	{
		own->number = 0;
		return p;
	}
	return q;
}

/* End of the range in brackets that begins at p, or p. */
static int
range_end(const BiParseState *state, int p)
{
	uint32		open = BiSignAt(state, p);

	if (open != '[' && open != '{')
		return p;
	for (int i = p + 1; i < Min(state->nchars, p + MAX_RANGE_CHARS); i++)
	{
		uint32		c = BiSignAt(state, i);

		if (c == ']' || c == '}')
			return i + 1;
		if (BiQuoteAt(state, i) || BiIsOpen(c) || BiIsClose(c))
			break;
	}
	return p;
}

/*
 * End of the value [p, end) without punctuation behind it; two dots are the
 * sign of a range.  Texts lose only what ends a sentence, and boosts.
 */
static int
strip_value(const BiParseState *state, int p, int end, bool text)
{
	int			to = end;

	while (to > p + 1)
	{
		uint32		c = state->chars[to - 1].c;

		if ((state->chars[to - 1].flags & BI_CHAR_TEXT) != 0 ||
			BiIsWordChar(c) || c == '*' || c == ']' || c == '}' ||
			(!text && c == '.' && state->chars[to - 2].c == '.'))
			break;
		if (text && c != '.' && c != ',' && c != ';' && c != ':' &&
			c != '?' && c != '!')
			break;
		to--;
	}
	return to;
}

/* Start of a boost (^2) that ends the value [p, to), or to. */
static int
boost_start(const BiParseState *state, int p, int to)
{
	int			k = to;

	while (k > p && (BiDigitValue(state->chars[k - 1].c) >= 0 ||
					 BiSignAt(state, k - 1) == '.'))
		k--;
	return k > p + 1 && k < to && BiSignAt(state, k - 1) == '^' &&
		BiNumberEnd(state, k, to) == to ? k - 1 : to;
}

/*
 * Start of a fuzziness (~1) that ends the value [p, to), or to: a value has
 * none, which is told.
 */
static int
fuzziness_start(BiParseState *state, int p, int to)
{
	int			k = to;

	while (k > p && BiDigitValue(state->chars[k - 1].c) >= 0)
		k--;
	if (k <= p + 1 || BiSignAt(state, k - 1) != '~' ||
		!BiIsLetter(state->chars[k - 2].c))
		return to;
	BiDiagnose(state, BI_WARNING, 0, k - 1, to,
			   "Write the beginning of the value and a star.",
			   "the value of a field is not looked for in other spellings");
	return k - 1;
}

/* Warn of a value that opens with a single quote and does not close it. */
static void
warn_of_single_quote(BiParseState *state, int p, int to)
{
	if (BiIsApostrophe(BiSignAt(state, p)) && to > p + 1 &&
		!BiIsApostrophe(state->chars[to - 1].c) && BiSpaceAt(state, to))
		BiDiagnose(state, BI_WARNING, 0, p, p + 1,
				   "Write double quotation marks around a value of several words.",
				   "\"%s\" does not quote", BiQuoteInput(state, p, p + 1));
}

/*
 * Read the value at p, in a chunk that ends at end, of a field that
 * BiOwnFieldAt found.  Adds its token, or before a parenthesis that of the
 * field, and returns where it ends.
 */
int
BiLexOwnValue(BiParseState *state, int p, int end, const BiOwnPrefix *own)
{
	BiQueryToken *token;
	int			range;

	if (BiQuoteAt(state, p))
	{
		end = BiLexPhrase(state, own->first, p, false, false);
		token = &state->tokens[state->ntokens - 1];
	}
	else if (p >= end)
	{
		token = BiAddQueryToken(state, BI_TOK_FIELD, own->first, p);
		token->arg = BI_ALL_FIELDS;
		if (own->compare != 0)
			BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, own->first, p,
					   "Compare with one value at a time, as in date>2019.",
					   "a field is compared with a group");
		end = p;
	}
	else
	{
		range = own->text ? p : range_end(state, p);
		if (range > p)
			end = range;
		token = BiAddQueryToken(state, BI_TOK_WORD, own->first, end);
		token->from = p;
		token->to = range > p ? range :
			boost_start(state, p, strip_value(state, p, end, own->text));
		if (own->text)
		{
			token->to = fuzziness_start(state, p, token->to);
			warn_of_single_quote(state, p, token->to);
		}
	}
	token->own = own->number;
	token->compare = own->compare;
	return end;
}
