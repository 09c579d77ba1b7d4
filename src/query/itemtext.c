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

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/lexer.h"

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

/* Bytes that n characters take at most. */
static Size
bytes_for(int n)
{
	return (Size) n * MAX_MULTIBYTE_CHAR_LEN + 1;
}

/* Write c at *to, which has room for any character, and move on. */
static inline void
put_char(char **to, uint32 c)
{
	int			len = 1;

	if (c < 0x80)
		**to = (char) c;
	else if ((c & BI_RAW_CHAR) != 0)
	{
		len = (c >> 24) & 0x03;
		for (int i = 0; i < len; i++)
			(*to)[i] = (char) (c >> 8 * (len - 1 - i));
	}
	else if ((len = BiEncodeChar(c, *to)) == 0)
	{
		**to = '>';				/* separates as well */
		len = 1;
	}
	*to += len;
}

/*
 * The characters in the database encoding, terminated; the length in bytes
 * to *len if len is not NULL.
 */
char *
BiEncodeChars(const BiChar *chars, int n, int *len)
{
	char	   *text = palloc(bytes_for(n + 1));
	char	   *to = text;

	for (int i = 0; i < n; i++)
		put_char(&to, chars[i].c);
	*to = '\0';
	if (len != NULL)
		*len = to - text;
	return text;
}

/* Bytes of one of them. */
int
BiEncodedLen(const BiChar *ch)
{
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	char	   *to = bytes;

	put_char(&to, ch->c);
	return to - bytes;
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
			return i > 0;
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

/*
 * Take bad wildcards off the ends of a chunk, if what is left is letters and
 * digits alone: then they say nothing, and without them nothing else acts.
 */
void
BiTrimRefused(BiChar **chars, int *n)
{
	int			from = 0;
	int			to = *n;

	while (to > 0 && ((*chars)[to - 1].flags & BI_CHAR_REFUSED) != 0)
		to--;
	while (from < to && ((*chars)[from].flags & BI_CHAR_REFUSED) != 0)
		from++;
	for (int i = from; i < to; i++)
	{
		if (!BiIsWordChar((*chars)[i].c))
			return;
	}
	*chars += from;
	*n = to - from;
}

/*
 * Does the chunk start with a sign that was not at the start of its chunk,
 * but would exclude there?
 */
static bool
excludes(const BiChar *chars, int n)
{
	return n > 1 && (chars[0].flags & BI_CHAR_TEXT) == 0 &&
		(chars[0].c == '!' || chars[0].c == '-') &&
		chars[1].c != '!' && chars[1].c != '-';
}

/* Write one chunk at *to. */
static void
put_chunk(char **to, BiChar *chars, int n, bool quoted)
{
	BiQueryToken ignored;

	BiTrimRefused(&chars, &n);
	if (!quoted &&
		(BiReadOperator(chars, n, &ignored) || excludes(chars, n)))
		put_char(to, '\\');

	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;

		if (chars[i].wild == BI_WILD_STAR)
			c = '*';			/* was a "!" perhaps */
		else if (c == '\\')
		{
			/* alone it would take the next sign, or our closing quote */
			if (i + 1 == n || !BiIsWordChar(chars[i + 1].c))
				put_char(to, '\\');
		}
		else if ((chars[i].flags & BI_CHAR_TEXT) != 0 &&
				 (quoted ? acts_quoted(chars, i) : acts_bare(chars, n, i)))
			put_char(to, '\\');
		put_char(to, c);
	}
}

/*
 * Canonical text of a bare word or, with straight quotes around it, of a
 * phrase; its length to *len.  Blanks, and chunks without a letter or digit,
 * become one blank.
 */
char *
BiItemText(BiChar *chars, int n, bool quoted, int *len)
{
	/* a backslash before each, and one before all; quotes */
	char	   *text = palloc(bytes_for(2 * n + 3));
	char	   *to = text;
	bool		first = true;
	int			i = 0;

	if (quoted)
		put_char(&to, '"');
	while (i < n)
	{
		int			start = i;

		while (i < n && !BiIsSpace(chars[i].c))
			i++;
		if (BiHasWordChar(chars + start, i - start) ||
			(i == start + 1 && chars[start].wild == BI_WILD_LONE))
		{
			if (!first)
				put_char(&to, ' ');
			put_chunk(&to, chars + start, i - start, quoted);
			first = false;
		}
		while (i < n && BiIsSpace(chars[i].c))
			i++;
	}
	if (quoted)
		put_char(&to, '"');
	*len = to - text;
	return repalloc(text, *len + 1);
}
