/*
 * itemtext.c
 *	  A word or phrase as it prints (query-language section 10): as typed,
 *	  with a backslash before what would otherwise act.
 *
 * Whether a sign would act is judged by its kind and its place in the chunk,
 * and only signs that were marked as text are judged: the others have been
 * seen not to act where they are.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "query/chars.h"
#include "query/syntax.h"

bool
BiHasWordChar(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (BiIsWordChar(chars[i].c))
			return true;
	}
	return false;
}

static void
append_char(StringInfo buf, uint32 c)
{
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			len = c < 0x80 ? 1 : BiEncodeChar(c, bytes);

	if (c < 0x80)
		appendStringInfoCharMacro(buf, (char) c);
	else if (len > 0)
		appendBinaryStringInfo(buf, bytes, len);
	else
		appendStringInfoCharMacro(buf, '>');	/* separates as well */
}

/*
 * The characters in the database encoding, terminated; the length in bytes
 * to *len if len is not NULL.
 */
char *
BiEncodeChars(const BiChar *chars, int n, int *len)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		append_char(&buf, chars[i].c);
	if (len != NULL)
		*len = buf.len;
	return buf.data;
}

/* Would the sign at i, which is marked as text, act in a bare word? */
static bool
acts_bare(const BiChar *chars, int n, int i)
{
	uint32		c = chars[i].c;
	bool		after_word = i > 0 && BiIsWordChar(chars[i - 1].c);

	if (BiIsQuote(c) || BiIsOpen(c) || BiIsClose(c) || BiIsBar(c) ||
		BiIsAmpersand(c))
		return true;
	switch (c)
	{
		case '*':
		case '?':
			return true;
		case '!':
			return i == 0 || after_word;
		case '-':
		case '+':
		case '=':
		case '#':
			return i == 0;
		case ':':
			return i + 1 < n && BiReadField(chars, i) != 0;
		case '^':
		case '~':
			return after_word;
		default:
			return false;
	}
}

/* Would it act inside quotes? */
static bool
acts_quoted(const BiChar *chars, int i)
{
	uint32		c = chars[i].c;

	return BiIsQuote(c) || c == '*' || c == '?';
}

/* One chunk. */
static void
append_chunk(StringInfo buf, const BiChar *chars, int n, bool quoted)
{
	BiQueryToken ignored;

	if (!quoted && BiReadOperator(chars, n, &ignored))
		appendStringInfoChar(buf, '\\');

	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;

		if (chars[i].wild == BI_WILD_STAR)
			c = '*';			/* was a "!" perhaps */
		else if (c == '\\')
		{
			/* alone it would take the next sign, or our closing quote */
			if (i + 1 == n || !BiIsWordChar(chars[i + 1].c))
				appendStringInfoChar(buf, '\\');
		}
		else if ((chars[i].flags & BI_CHAR_TEXT) != 0 &&
				 (quoted ? acts_quoted(chars, i) : acts_bare(chars, n, i)))
			appendStringInfoChar(buf, '\\');
		append_char(buf, c);
	}
}

/*
 * Canonical text of a bare word or, with straight quotes around it, of a
 * phrase; its length to *len.  Blanks, and chunks without a letter or digit,
 * become one blank.
 */
char *
BiItemText(const BiChar *chars, int n, bool quoted, int *len)
{
	StringInfoData buf;
	int			i = 0;

	initStringInfo(&buf);
	if (quoted)
		appendStringInfoChar(&buf, '"');
	while (i < n)
	{
		int			start = i;

		while (i < n && !BiIsSpace(chars[i].c))
			i++;
		if (BiHasWordChar(chars + start, i - start) ||
			(i == start + 1 && chars[start].wild == BI_WILD_LONE))
		{
			if (buf.len > 1)
				appendStringInfoChar(&buf, ' ');
			append_chunk(&buf, chars + start, i - start, quoted);
		}
		while (i < n && BiIsSpace(chars[i].c))
			i++;
	}
	if (quoted)
		appendStringInfoChar(&buf, '"');
	*len = buf.len;
	return buf.data;
}
