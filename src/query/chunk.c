/*
 * chunk.c
 *	  Where a chunk ends, and the signs that it may end with
 *	  (query-language sections 1 and 2).
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/lexer.h"

/* on one side of a & that belongs to a name, as in AT&T */
#define MAX_NAME_LETTERS	2

/* in parentheses that belong to the chunk before them, as in 12(b)(6) */
#define MAX_PAREN_LETTERS	2
#define MAX_PAREN_DIGITS	3
#define MAX_ROMAN_LETTERS	15

/* no field has a longer name */
#define MAX_FIELD_CHARS 64

/* Append a token. */
BiQueryToken *
BiAddQueryToken(BiParseState *state, BiTokenKind kind, int first, int last)
{
	BiQueryToken *token;

	if (state->ntokens == state->maxtokens)
	{
		state->maxtokens = Max(16, state->maxtokens * 2);
		if (state->tokens == NULL)
			state->tokens = palloc_array(BiQueryToken, state->maxtokens);
		else
			state->tokens = repalloc_huge(state->tokens,
										  sizeof(BiQueryToken) *
										  (Size) state->maxtokens);
	}
	token = &state->tokens[state->ntokens++];
	memset(token, 0, sizeof(BiQueryToken));
	token->kind = kind;
	token->first = token->from = first;
	token->last = token->to = last;
	return token;
}

int
BiSkipSpaces(const BiParseState *state, int i)
{
	while (i < state->nchars && BiSpaceAt(state, i))
		i++;
	return i;
}

/* Is there a Hebrew letter before i, perhaps with points? */
static bool
follows_hebrew(const BiParseState *state, int i)
{
	while (i > 0 && BiIsHebrewPoint(state->chars[i - 1].c))
		i--;
	return i > 0 && BiIsHebrew(state->chars[i - 1].c);
}

/* Is there a quotation mark at i? */
bool
BiQuoteAt(const BiParseState *state, int i)
{
	uint32		c = BiSignAt(state, i);

	if (!BiIsQuote(c))
		return false;
	/* gershayim: the mark in the middle of a Hebrew abbreviation */
	return !(BiIsGershayim(c) && i + 1 < state->nchars &&
			 BiIsHebrew(state->chars[i + 1].c) && follows_hebrew(state, i));
}

/* Do the characters [start, i) end with a boost or fuzziness? */
static bool
ends_with_suffix(const BiParseState *state, int start, int i)
{
	while (i > start && (BiDigitValue(state->chars[i - 1].c) >= 0 ||
						 state->chars[i - 1].c == '.'))
		i--;
	return i > start && (state->chars[i - 1].c == '^' ||
						 state->chars[i - 1].c == '~');
}

/*
 * Is the & at i the operator, in a chunk that begins at start?  Between
 * letters or digits it belongs to a name if either side has at most two of
 * them, and if not both are numbers.
 */
static bool
ampersand_is_operator(const BiParseState *state, int start, int i)
{
	const BiChar *chars = state->chars;
	int			left = i;
	int			right = i + 1;
	bool		letters = false;

	while (left > start && BiIsWordChar(chars[left - 1].c))
		letters |= BiIsLetter(chars[--left].c);
	while (right < state->nchars && BiIsWordChar(chars[right].c))
		letters |= BiIsLetter(chars[right++].c);
	return left == i || right == i + 1 || !letters ||
		(i - left > MAX_NAME_LETTERS && right - i - 1 > MAX_NAME_LETTERS) ||
		ends_with_suffix(state, start, i);
}

/*
 * Does a comma or semicolon at i, inside a chunk, end it?  Before what ends
 * the chunk anyway it does not, so that and, is no operator; but before a
 * quotation mark or parenthesis that opens it does.
 */
bool
BiBreaksAt(const BiParseState *state, int i)
{
	return BiIsComma(BiSignAt(state, i)) &&
		!BiSpaceAt(state, i + 1) && !BiIsClose(BiSignAt(state, i + 1)) &&
		!(BiIsDigit(state->chars[i - 1].c) &&
		  BiIsDigit(state->chars[i + 1].c));
}

/* End of the chunk that begins at start, and of which from is no end. */
int
BiChunkEnd(const BiParseState *state, int start, int from)
{
	int			i = from;

	for (; i < state->nchars; i++)
	{
		uint32		c = state->chars[i].c;

		if (c < 0x80 && BiIsWordChar(c))
			continue;
		if (BiIsSpace(c) && !BiJoinsInitials(state->chars, state->nchars, i))
			break;
		c = BiSignAt(state, i);
		if (BiIsOpen(c) || BiIsClose(c) || BiIsBar(c) || BiQuoteAt(state, i))
			break;
		if (BiIsAmpersand(c) && ampersand_is_operator(state, start, i))
			break;
		if (i > start && BiBreaksAt(state, i))
			break;
	}
	return i;
}

/* Are the n characters a Roman numeral as people write it? */
static bool
is_roman(const BiChar *chars, int n)
{
	static const char *const digits[] = {
		"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"
	};
	static const char ones[] = "ivxlcdm";
	int			i = 0;

	/* thousands, then a digit each for hundreds, tens and ones */
	while (i < n && i < 3 && (chars[i].c | 0x20) == 'm')
		i++;
	for (int place = 4; place >= 0; place -= 2)
	{
		int			longest = 0;

		for (int d = 1; d < (int) lengthof(digits); d++)
		{
			int			len = strlen(digits[d]);
			int			k = 0;

			while (k < len && i + k < n)
			{
				/* the symbols of this place, for i, v and x */
				char		symbol = digits[d][k] == 'i' ? ones[place] :
					digits[d][k] == 'v' ? ones[place + 1] : ones[place + 2];

				if ((chars[i + k].c | 0x20) != (uint32) symbol)
					break;
				k++;
			}
			if (k == len)
				longest = Max(longest, len);
		}
		i += longest;
	}
	return n > 0 && i == n;
}

/*
 * End of the parentheses at i, if they belong to the chunk that ends there:
 * with one or two letters, one to three digits or a Roman numeral.  Otherwise
 * i itself.
 */
int
BiParenEnd(const BiParseState *state, int i)
{
	const BiChar *inside = state->chars + i + 1;
	int			k = i + 1;
	int			letters = 0;
	int			digits = 0;

	if (!BiIsOpen(BiSignAt(state, i)))
		return i;
	while (k < state->nchars && k - i <= MAX_ROMAN_LETTERS &&
		   BiIsWordChar(state->chars[k].c))
	{
		if (BiIsLetter(state->chars[k].c))
			letters++;
		else
			digits++;
		k++;
	}
	if (!BiIsClose(BiSignAt(state, k)))
		return i;
	if (letters == 0 ? digits >= 1 && digits <= MAX_PAREN_DIGITS :
		digits == 0 && (letters <= MAX_PAREN_LETTERS ||
						is_roman(inside, letters)))
		return k + 1;
	return i;
}

/* End of the number with an optional fraction that begins at i, or i. */
int
BiNumberEnd(const BiParseState *state, int i, int end)
{
	uint32		ignored;
	int			len = BiReadNumber(state->chars + i, end - i, &ignored);
	int			fraction;

	if (len == 0)
		return i;
	i += len;
	if (i < end && BiSignAt(state, i) == '.')
	{
		fraction = BiReadNumber(state->chars + i + 1, end - i - 1, &ignored);
		if (fraction > 0)
			i += 1 + fraction;
	}
	return i;
}

/* End of the boosts (^2) at i, after a phrase or group. */
int
BiSkipBoosts(const BiParseState *state, int i)
{
	int			end;

	while (BiSignAt(state, i) == '^' &&
		   (end = BiNumberEnd(state, i + 1, state->nchars)) > i + 1)
		i = end;
	return i;
}

/*
 * End of the name at p, letters, digits and "_" of which the first is a
 * letter; p if there is none.
 */
int
BiNameEnd(const BiParseState *state, int p, int end)
{
	int			i = p;

	if (p >= end || !BiIsLetter(state->chars[p].c))
		return p;
	while (i < end && i - p < MAX_FIELD_CHARS &&
		   (BiIsWordChar(state->chars[i].c) || BiSignAt(state, i) == '_'))
		i++;
	return i;
}
