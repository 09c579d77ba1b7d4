/*
 * itemtext.c
 *	  A word or phrase as it prints (query-language section 10): as typed,
 *	  with a backslash before each sign that would otherwise act.
 *
 * Whether a sign would act depends on its kind and its place in the chunk.
 * Only signs flagged as text are tested: the others did not act where they
 * are.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/lexer.h"
#include "text/own_fields.h"

bool
BiHasWordChar(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (BiIsBaseChar(chars[i].c))
			return true;
	}
	return false;
}

/* Is the chunk something to search for inside a phrase?  A lone & is. */
bool
BiIsPhraseChunk(const BiChar *chars, int n)
{
	return BiHasWordChar(chars, n) || (n == 1 && BiIsAmpersand(chars[0].c));
}

/* Most bytes that n characters take. */
static Size
max_encoded_bytes(int n)
{
	return (Size) n * MAX_MULTIBYTE_CHAR_LEN + 1;
}

/* Write c at *to, which has room for any character, and advance *to. */
static inline void
write_char(char **to, uint32 c)
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
		**to = '>';				/* separates just as well */
		len = 1;
	}
	*to += len;
}

/*
 * The characters in the database encoding, terminated; sets *len to the
 * length in bytes if len is not NULL.
 */
char *
BiEncodeChars(const BiChar *chars, int n, int *len)
{
	char	   *text = palloc(max_encoded_bytes(n + 1));
	char	   *to = text;

	for (int i = 0; i < n; i++)
		write_char(&to, chars[i].c);
	*to = '\0';
	if (len != NULL)
		*len = to - text;
	return text;
}

/* Bytes of one such character. */
int
BiEncodedLen(const BiChar *ch)
{
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	char	   *to = bytes;

	write_char(&to, ch->c);
	return to - bytes;
}

/*
 * Are the n characters before a sign the name of a field of one's own, among
 * those of the configuration?
 */
static bool
is_own_name(const char *fields, const BiChar *chars, int n)
{
	char	   *name;
	int			len;
	bool		found;
	BiOwnField	field;

	if (fields == NULL || n < 2 || n > BI_MAX_FIELD_NAME)
		return false;
	name = BiEncodeChars(chars, n, &len);
	found = BiFindField(fields, name, len, &field) > 0 ||
		pg_strcasecmp(name, "after") == 0 || pg_strcasecmp(name, "before") == 0;
	pfree(name);
	return found;
}

/*
 * Would the sign at i, which is flagged as text, act in a bare word?  fields
 * are the configuration's own.
 */
static bool
acts_bare(const char *fields, const BiChar *chars, int n, int i)
{
	uint32		c = chars[i].c;
	bool		after_word = i > 0 && BiIsWordChar(chars[i - 1].c);
	bool		ignored;

	if (BiIsQuote(c) || BiIsOpen(c) || BiIsClose(c) || BiIsBar(c) ||
		BiIsAmpersand(c))
		return true;
	if (BiIsComma(c))
		return i == 0 || i + 1 == n || !BiIsDigit(chars[i - 1].c) ||
			!BiIsDigit(chars[i + 1].c);
	switch (c)
	{
		case '*':
		case '?':
			return true;
		case '!':
			return i == 0 || after_word;
		case '-':
		case '+':
		case '#':
			return i == 0;
		case '=':
			return i == 0 || (i >= 2 && BiReadField(chars, i) != 0) ||
				is_own_name(fields, chars, i);
		case '<':
		case '>':
			return is_own_name(fields, chars, i);
		case ':':
			return i > 0 && i + 1 < n &&
				(BiReadField(chars, i) != 0 || is_own_name(fields, chars, i) ||
				 BiReadWeights(chars + i + 1, n - i - 1, &ignored) != 0);
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
 * Remove refused wildcards from the ends of a chunk, if only letters and
 * digits are left: then they mean nothing, and without them nothing else
 * acts.
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
 * Does the chunk begin with a sign that was not at the start of its chunk,
 * but would now exclude the word?
 */
static bool
begins_with_exclusion(const BiChar *chars, int n)
{
	return n > 1 && (chars[0].flags & BI_CHAR_TEXT) == 0 &&
		(chars[0].c == '!' || chars[0].c == '-') &&
		chars[1].c != '!' && chars[1].c != '-';
}

/* Write one chunk at *to. */
static void
write_chunk(char **to, const char *fields, BiChar *chars, int n, bool quoted)
{
	BiQueryToken ignored;

	BiTrimRefused(&chars, &n);
	if (!quoted &&
		(BiReadOperator(chars, n, &ignored) || begins_with_exclusion(chars, n)))
		write_char(to, '\\');

	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;

		if (chars[i].wild == BI_WILD_STAR)
			c = '*';			/* perhaps typed as "!" */
		else if (c == '\\')
		{
			/* alone it would escape the next sign, or our closing quote */
			if (i + 1 == n || !BiIsWordChar(chars[i + 1].c))
				write_char(to, '\\');
		}
		else if ((chars[i].flags & BI_CHAR_TEXT) != 0 &&
				 (quoted ? acts_quoted(chars, i) : acts_bare(fields, chars, n, i)))
			write_char(to, '\\');
		write_char(to, c);
	}
}

/*
 * Canonical text of a bare word or, in straight quotes, of a phrase, in a
 * configuration with these fields of its own; sets *len to its length.  Blanks, and chunks without a letter or digit, become
 * one blank.
 */
char *
BiItemText(const char *fields, BiChar *chars, int n, bool quoted, int *len)
{
	/* a backslash before each character and one before all, and quotes */
	char	   *text = palloc(max_encoded_bytes(2 * n + 3));
	char	   *to = text;
	bool		first = true;
	int			i = 0;

	if (quoted)
		write_char(&to, '"');
	while (i < n)
	{
		int			start = i;

		while (i < n && !BiIsSpace(chars[i].c))
			i++;
		if ((quoted ? BiIsPhraseChunk(chars + start, i - start) :
			 BiHasWordChar(chars + start, i - start)) ||
			(i == start + 1 && chars[start].wild == BI_WILD_LONE))
		{
			if (!first)
				write_char(&to, ' ');
			write_chunk(&to, fields, chars + start, i - start, quoted);
			first = false;
		}
		while (i < n && BiIsSpace(chars[i].c))
			i++;
	}
	if (quoted)
		write_char(&to, '"');
	*len = to - text;
	return repalloc(text, *len + 1);
}
