/*
 * read_chars.c
 *	  What was typed as characters, backslashes resolved.
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/lexer.h"

/* The len bytes at s, which are not a Unicode character, as a BI_RAW_CHAR. */
static uint32
raw_char(const char *s, int len)
{
	uint32		c = 0;

	if (len > 3)
		return BI_BAD_CHAR;
	for (int i = 0; i < len; i++)
		c = c << 8 | (unsigned char) s[i];
	return BI_RAW_CHAR | (uint32) len << 24 | c;
}

/*
 * Decode the input.  With escapes, a backslash before a sign is dropped and
 * the sign is flagged as text; before a letter, digit or blank the backslash
 * itself is punctuation, as it is before a byte that is not a character but
 * might become one with the next byte.  Without escapes, everything is text.
 */
void
BiReadChars(BiParseState *state, const char *text, int len, bool escapes)
{
	uint32	   *codes = palloc_array(uint32, Max(len, 1));
	int32	   *offsets = palloc_array(int32, len + 1);
	int			n = BiDecode(text, len, codes, offsets);
	BiChar	   *out;

	state->chars = out = palloc0_array(BiChar, Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		bool		escaped = escapes && codes[i] == '\\' && i + 1 < n &&
			!BiIsWordChar(codes[i + 1]) && !BiIsSpace(codes[i + 1]) &&
			codes[i + 1] != BI_BAD_CHAR;

		out->src = i;
		if (escaped)
			i++;
		out->c = codes[i];
		if (codes[i] == BI_BAD_CHAR)
			out->c = raw_char(text + offsets[i], offsets[i + 1] - offsets[i]);
		if (escaped || (!escapes && !BiIsSpace(codes[i])))
			out->flags = BI_CHAR_TEXT;
		out++;
	}
	state->nchars = out - state->chars;
	pfree(codes);
	pfree(offsets);
}

/*
 * Is the whole search a spreadsheet's cell, which begins and ends with a
 * straight mark and has all others doubled?  Then make those two blanks.
 */
void
BiUnwrapCell(BiParseState *state)
{
	int			first = 0;
	int			last = state->nchars - 1;
	int			ndoubled = 0;

	while (first < last && BiSpaceAt(state, first))
		first++;
	while (first < last && BiSpaceAt(state, last))
		last--;
	if (first >= last || BiSignAt(state, first) != '"' ||
		BiSignAt(state, last) != '"')
		return;
	for (int i = first + 1; i < last; i++)
	{
		if (BiSignAt(state, i) != '"' || !BiQuoteAt(state, i))
			continue;
		if (i + 1 == last || BiSignAt(state, i + 1) != '"')
			return;
		ndoubled++;
		i++;
	}
	/* two phrases side by side have an odd number */
	if (ndoubled == 0 || ndoubled % 2 != 0)
		return;
	state->chars[first].c = state->chars[last].c = ' ';
}
