/*
 * field_prefix.c
 *	  Prefixes of field values for which an index keeps lists of their own.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/encoding.h"
#include "mb/pg_wchar.h"
#include "text/field_prefix.h"
#include "text/tsvector_layout.h"

/* the longest prefix of a value */
#define MAX_PREFIX 9

/* bytes before a value; a longer lexeme is no field's */
#define MAX_START 256

StaticAssertDecl(BI_PREFIX_DIGITS + 2 <= MAX_PREFIX,
				 "numbers have longer prefixes");
StaticAssertDecl(MAX_START + MAX_PREFIX < BI_MAX_FIELD_PREFIX,
				 "terms are longer");

/* Where the value of a field's lexeme begins; 0 if it is none. */
static int
value_start(const char *lexeme, int len)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	const char *equals;

	if (signlen == 0 || len <= signlen || memcmp(lexeme, sign, signlen) != 0)
		return 0;
	equals = memchr(lexeme + signlen, '=', Min(len, MAX_START) - signlen);
	return equals == NULL ? 0 : equals + 1 - lexeme;
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Are the n bytes digits, but for those of "-" in a date? */
static bool
is_date_prefix(const char *value, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i == 4 || i == 7 ? value[i] != '-' : !is_digit(value[i]))
			return false;
	}
	return n > 0 && n < 10 && n != 5 && n != 8;
}

/* A number's sign, letter and first digits? */
static bool
is_number_prefix(const char *value, int n)
{
	int			i = n > 0 && value[0] == '-' ? 1 : 0;

	if (i == n)
		return n > 0;
	if (n - i - 1 > BI_PREFIX_DIGITS ||
		!((value[i] >= 'a' && value[i] <= 'f') ||
		  (value[i] >= 'U' && value[i] <= 'Z')))
		return false;
	while (++i < n)
	{
		if (!is_digit(value[i]))
			return false;
	}
	return true;
}

static bool
is_value_prefix(const char *value, int n)
{
	return n == 0 || is_date_prefix(value, n) || is_number_prefix(value, n);
}

bool
BiIsFieldLexeme(const char *lexeme, int len)
{
	return value_start(lexeme, len) > 0;
}

bool
BiIsFieldPrefix(const char *prefix, int len)
{
	int			start = value_start(prefix, len);

	return start > 0 && is_value_prefix(prefix + start, len - start);
}

void
BiFieldPrefixesBegin(BiFieldPrefixes *terms, TSVector vector)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	bool		found;

	terms->vector = vector;
	terms->lexeme = NULL;
	terms->next = signlen == 0 ? vector->size :
		BiFirstLexeme(vector, sign, signlen, &found);
}

/* How many bytes the lexeme shares with the current one. */
static int
shared_bytes(const BiFieldPrefixes *terms, const char *lexeme, int len)
{
	int			n = 0;

	if (terms->lexeme == NULL)
		return -1;
	while (n < Min(len, terms->len) && lexeme[n] == terms->lexeme[n])
		n++;
	return n;
}

/*
 * Move to the next lexeme of a field.  Prefixes that it shares with the one
 * before, its neighbour, have been given.
 */
static bool
next_lexeme(BiFieldPrefixes *terms)
{
	while (terms->next < terms->vector->size)
	{
		const WordEntry *entry = ARRPTR(terms->vector) + terms->next++;
		const char *lexeme = STRPTR(terms->vector) + entry->pos;
		int			len = entry->len;
		int			start = value_start(lexeme, len);
		int			shared = shared_bytes(terms, lexeme, len);

		CHECK_FOR_INTERRUPTS();
		if (start == 0)
			continue;
		terms->lexeme = lexeme;
		terms->len = len;
		terms->at = Max(start, shared + 1);
		return true;
	}
	return false;
}

int
BiNextFieldPrefix(BiFieldPrefixes *terms)
{
	while (terms->lexeme != NULL || next_lexeme(terms))
	{
		int			start = value_start(terms->lexeme, terms->len);
		int			last = Min(terms->len, start + MAX_PREFIX);

		while (terms->at <= last)
		{
			int			len = terms->at++;

			if (!is_value_prefix(terms->lexeme + start, len - start))
				continue;
			memcpy(terms->term, terms->lexeme, len);
			terms->term[len] = '\0';
			return len + 1;
		}
		if (!next_lexeme(terms))
			return 0;
	}
	return 0;
}
