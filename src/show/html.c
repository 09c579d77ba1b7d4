/*
 * html.c
 *	  Text that becomes part of a page.
 *
 * Five signs are written as entities.  A byte that belongs to no character
 * could take its neighbours with it where the page is read; it and control
 * characters, which neither HTML nor XML has, become U+FFFD.  All else stays.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "show/html.h"

/* bytes between looks for a cancel request */
#define CHUNK_BYTES	65536

#define REPLACEMENT	"&#65533;"

/* What an ASCII character is written as, or NULL: as itself. */
static const char *
entity(char c)
{
	switch (c)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '"':
			return "&quot;";
		case '\'':
			return "&#39;";
		case '\t':
		case '\n':
		case '\r':
			return NULL;
		default:
			return (unsigned char) c < 0x20 || c == 0x7F ? REPLACEMENT : NULL;
	}
}

/* Append the bytes from s on that end before end, or with a character. */
static const char *
append_chunk(StringInfo buf, const char *s, const char *end,
			 const char *text_end, int encoding)
{
	const char *plain = s;

	while (s < end)
	{
		const char *instead = NULL;
		int			len = 1;

		if (IS_HIGHBIT_SET(*s))
		{
			len = pg_encoding_verifymbchar(encoding, s, text_end - s);
			if (len < 0)
			{
				instead = REPLACEMENT;
				len = 1;
			}
		}
		else
			instead = entity(*s);
		if (instead != NULL)
		{
			appendBinaryStringInfo(buf, plain, s - plain);
			appendStringInfoString(buf, instead);
			plain = s + len;
		}
		s += len;
	}
	appendBinaryStringInfo(buf, plain, s - plain);
	return s;
}

void
BiAppendHits(StringInfo buf, const char *s, int len, bool html)
{
	const char *end = s + len;
	int			encoding = GetDatabaseEncoding();

	if (!html)
	{
		appendBinaryStringInfo(buf, s, len);
		return;
	}
	/* as everywhere, SQL_ASCII is read as UTF-8 */
	if (encoding == PG_SQL_ASCII)
		encoding = PG_UTF8;
	while (s < end)
	{
		CHECK_FOR_INTERRUPTS();
		s = append_chunk(buf, s, s + Min(end - s, CHUNK_BYTES), end,
						 encoding);
	}
}
