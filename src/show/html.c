/*
 * html.c
 *	  Escapes text that becomes part of an HTML page.
 *
 * Five characters are written as entities.  A byte that belongs to no
 * character could swallow adjacent ones when the page is parsed; such bytes,
 * and control characters, which neither HTML nor XML allows, become U+FFFD.
 * Everything else is unchanged.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "show/html.h"

/* bytes between checks for interrupts */
#define CHUNK_BYTES	65536

#define REPLACEMENT	"&#65533;"

/* The entity for an ASCII character, or NULL if it is written as itself. */
static const char *
html_entity(char c)
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

/* Append the characters that begin in s .. end; returns where they end. */
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
			instead = html_entity(*s);
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
BiAppendText(StringInfo buf, const char *s, int len, bool html)
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
