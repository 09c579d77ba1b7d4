/*
 * shown_text.c
 *	  Text as a passage shows it: white space counts as one blank.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "show/shown_text.h"

/* steps between checks for interrupts */
#define STEPS	65536

/*
 * Bytes of white space that are counted as one character, so that what is
 * read of a text for a passage is bounded; that more are shown as one does no
 * harm.
 */
#define MAX_WHITE	256

static inline bool
is_continuation(char c)
{
	return ((unsigned char) c & 0xC0) == 0x80;
}

static inline bool
is_utf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8 ||
		GetDatabaseEncoding() == PG_SQL_ASCII;
}

/* Bytes of the white space that the byte at s begins, 0 if it is none. */
static int
white_length(const char *s, const char *end)
{
	unsigned char c = *s;
	int			len;

	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	/* the first bytes of white space in UTF-8 */
	if (is_utf8() ? c != 0xC2 && (c < 0xE1 || c > 0xE3) :
		GetDatabaseEncoding() != PG_LATIN1)
		return 0;
	return u_isUWhiteSpace((UChar32) BiDecodeChar(s, end, &len)) ? len : 0;
}

/* Bytes of the white space that ends at s, 0 if it is none. */
static int
white_before(const char *start, const char *s)
{
	const char *p = s - 1;

	if (is_utf8())
	{
		while (p > start && s - p < 3 && is_continuation(*p))
			p--;
	}
	return white_length(p, s) == s - p ? s - p : 0;
}

/* Bytes of the character at s, as SQL counts them. */
static inline int
char_length(const char *s)
{
	return IS_HIGHBIT_SET(*s) ? pg_mblen(s) : 1;
}

int32
BiSkipWhite(const char *text, int32 from, int32 to)
{
	int			len;

	while (from < to && (len = white_length(text + from, text + to)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		from += len;
	}
	return from;
}

int32
BiTrimWhite(const char *text, int32 from, int32 to)
{
	int			len;

	while (from < to && (len = white_before(text + from, text + to)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		to -= len;
	}
	return to;
}

/* The end of the character that is shown for what begins at byte from. */
static inline int32
shown_end(const char *text, int32 from, int32 limit)
{
	if (white_length(text + from, text + limit) > 0)
		return BiSkipWhite(text, from, from + Min(limit - from, MAX_WHITE));
	return Min(from + char_length(text + from), limit);
}

int32
BiShownChars(const char *text, int32 from, int32 to)
{
	int32		n = 0;

	while (from < to)
	{
		if (++n % STEPS == 0)
			CHECK_FOR_INTERRUPTS();
		from = shown_end(text, from, to);
	}
	return n;
}

int32
BiShownAfter(const char *text, int32 limit, int32 from, int32 n)
{
	while (from < limit && n-- > 0)
		from = shown_end(text, from, limit);
	return from;
}

int32
BiShownBefore(const char *text, int32 limit, int32 from, int32 n)
{
	/* where the start of a character is only known from the left */
	if (pg_database_encoding_max_length() > 1 && !is_utf8())
		return BiShownAfter(text, from, limit,
							BiShownChars(text, limit, from) - n);
	while (from > limit && n-- > 0)
	{
		int32		end = from;

		from = BiTrimWhite(text, end - Min(end - limit, MAX_WHITE), end);
		if (from < end)
			continue;
		from--;
		while (from > limit && GetDatabaseEncoding() == PG_UTF8 &&
			   is_continuation(text[from]))
			from--;
	}
	return from;
}

/* Does white space of one character stay as it is? */
static bool
is_lone_blank(const char *s, const char *end)
{
	int			len;
	int			kind = u_charType((UChar32) BiDecodeChar(s, end, &len));

	return len == end - s && kind == U_SPACE_SEPARATOR;
}

void
BiAppendShown(StringInfo buf, const char *text, int32 from, int32 to)
{
	while (from < to)
	{
		int32		plain = from;
		int32		white;

		CHECK_FOR_INTERRUPTS();
		while (from < to && white_length(text + from, text + to) == 0)
			from++;
		appendBinaryStringInfo(buf, text + plain, from - plain);
		white = from;
		from = BiSkipWhite(text, from, to);
		if (from == white)
			break;
		if (is_lone_blank(text + white, text + from))
			appendBinaryStringInfo(buf, text + white, from - white);
		else
			appendStringInfoChar(buf, ' ');
	}
}
