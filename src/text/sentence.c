/*
 * sentence.c
 *	  Where sentences and paragraphs end.
 *
 * Paragraphs end at blank lines and at U+2029.  Within one, sentences end by
 * the rules of UAX #29, except that line breaks are blanks and the full stop
 * of an abbreviation and its like does not end a sentence (abbreviation.c).  A paragraph of pure ASCII is
 * split here, by those of the rules that apply to ASCII; any other by ICU.
 *
 * The rules for ASCII: a sentence ends after . ! or ? followed by any closing
 * punctuation and blanks (SB11), unless another . ! ? or one of , - : comes
 * next (SB8a).  Nor does it end after a full stop followed directly by a
 * digit (SB6), or between a letter and a capital (SB7), or if the next letter
 * is a small one with no . ! ? before it (SB8).
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/utf16.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "text/abbreviation.h"
#include "text/breaker.h"
#include "text/sentence.h"

/* bytes of text that ICU gets at a time, and between interrupt checks */
#define CHUNK_BYTES 16384

/*
 * How far ICU may look ahead, in characters, before it ends a sentence;
 * boundaries nearer to the end of a chunk are not trusted.
 */
#define LOOK_AHEAD 256

StaticAssertDecl(BI_STOP_LOOK_AHEAD < LOOK_AHEAD,
				 "abbreviations are told by text that is there");

/* what some bytes may be */
#define TERMINATOR 1
#define LINE_END 2
#define HIGH 4					/* not ASCII */

#define H8 HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH

static const uint8 byte_kind[256] = {
	['.'] = TERMINATOR,['!'] = TERMINATOR,['?'] = TERMINATOR,
	['\n'] = LINE_END,['\r'] = LINE_END,
	[0x80] = H8, H8, H8, H8, H8, H8, H8, H8,
	H8, H8, H8, H8, H8, H8, H8, H8
};

#undef H8

static void
append_boundary(BiBoundaries *result, int32 offset, bool paragraph)
{
	if (result->n >= result->max)
	{
		Size		room = Min((Size) result->max * 2 + 32, PG_INT32_MAX);

		if (result->boundaries == NULL)
			result->boundaries =
				MemoryContextAllocHuge(CurrentMemoryContext,
									   room * sizeof(BiBoundary));
		else
			result->boundaries = repalloc_huge(result->boundaries,
											   room * sizeof(BiBoundary));
		result->max = (int) room;
	}
	result->boundaries[result->n].offset = offset;
	result->boundaries[result->n].paragraph = paragraph;
	result->n++;
}

/* Check for interrupts now and then in a loop over bytes; p is the offset. */
static inline void
check_interrupts_at(int p)
{
	if (p % 65536 == 0)
		CHECK_FOR_INTERRUPTS();
}

static inline bool
is_ascii_letter(uint32 c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool
is_ascii_digit(uint32 c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_blank(uint32 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_terminator(uint32 c)
{
	return c == '.' || c == '!' || c == '?';
}

static inline bool
is_closing(uint32 c)
{
	return c == '"' || c == '\'' || c == '(' || c == ')' || c == '[' ||
		c == ']' || c == '{' || c == '}';
}

/*
 * If a sentence ends at the terminator at byte p of the paragraph of ASCII
 * start .. end, return the offset at which the next one begins; else 0.
 */
static int
ascii_sentence_end(const char *text, int start, int end, int p,
				   const char *abbreviations)
{
	BiStretch	stretch = {text, NULL, start, end, start == 0};
	bool		stop = text[p] == '.';
	int			next = p + 1;
	int			look;

	if (stop && next < end)
	{
		if (is_ascii_digit((unsigned char) text[next]))
			return 0;
		if (text[next] >= 'A' && text[next] <= 'Z' && p > start &&
			is_ascii_letter((unsigned char) text[p - 1]))
			return 0;
	}
	while (next < end && is_closing((unsigned char) text[next]))
		check_interrupts_at(next++);
	while (next < end && is_blank((unsigned char) text[next]))
		check_interrupts_at(next++);
	if (next >= end)
		return 0;
	if (is_terminator((unsigned char) text[next]) || text[next] == ',' ||
		text[next] == '-' || text[next] == ':')
		return 0;
	look = stop ? next : end;
	while (look < end && !is_ascii_letter((unsigned char) text[look]) &&
		   !is_terminator((unsigned char) text[look]))
		check_interrupts_at(look++);
	if (look < end && text[look] >= 'a' && text[look] <= 'z')
		return 0;
	return BiStopEndsNothing(&stretch, p, next, abbreviations) ? 0 : next;
}

/*
 * Offset of the first byte from p on that is of one of the kinds, or end.
 */
static inline int
find_byte(const char *text, int p, int end, int kinds)
{
	while (p < end)
	{
		int			stop = Min(end, p + CHUNK_BYTES);

		CHECK_FOR_INTERRUPTS();
		while (p < stop && (byte_kind[(unsigned char) text[p]] & kinds) == 0)
			p++;
		if (p < stop)
			break;
	}
	return p;
}

/*
 * Append the sentence boundaries inside the paragraph of ASCII start .. end.
 */
static void
cut_ascii_paragraph(const char *text, int start, int end,
					const char *abbreviations, BiBoundaries *result)
{
	int			p = start;

	while ((p = find_byte(text, p, end, TERMINATOR)) < end)
	{
		int			next = ascii_sentence_end(text, start, end, p,
											  abbreviations);

		if (next > 0)
			append_boundary(result, next, false);
		p = Max(next, p + 1);
	}
}

/*
 * Whether the boundary before character k of the n comes from a full stop
 * that ends no sentence; first says that the text begins with them.
 */
static bool
is_no_end(const uint32 *chars, int n, int k, bool first,
		  const char *abbreviations)
{
	BiStretch	stretch = {NULL, chars, 0, n, first};
	int			next = k;

	/* back over blanks and closing punctuation to the terminator */
	while (k > 0 && u_isUWhiteSpace((UChar32) chars[k - 1]))
		k--;
	while (k > 0 && !is_terminator(chars[k - 1]) &&
		   (u_getIntPropertyValue((UChar32) chars[k - 1],
								  UCHAR_SENTENCE_BREAK) == U_SB_CLOSE ||
			u_charType((UChar32) chars[k - 1]) == U_FORMAT_CHAR))
		k--;
	return k > 0 && is_terminator(chars[k - 1]) &&
		BiStopEndsNothing(&stretch, k - 1, next, abbreviations);
}

/*
 * Where to cut the n characters, in which no sentence ends before the last
 * few that ICU needs as lookahead: after a word and a blank or, if there is
 * no such place, within a word.
 */
static int
cut_without_boundary(const uint32 *chars, int n)
{
	int			last = Max(n - LOOK_AHEAD, n / 2);

	for (int i = last; i > 1; i--)
	{
		/* not before a number, which is told by the word before it */
		if (u_isUWhiteSpace((UChar32) chars[i - 1]) &&
			u_isalnum((UChar32) chars[i - 2]) &&
			u_isalpha((UChar32) chars[i]))
			return i;
	}
	for (int i = last; i > 1; i--)
	{
		if (u_isalnum((UChar32) chars[i - 1]) && u_isalnum((UChar32) chars[i]))
			return i;
	}
	return last > 0 ? last : n;
}

/*
 * Append the sentence boundaries among the n characters, which begin at byte
 * start; units is room for them in UTF-16.  Returns the number of characters
 * consumed: with whole all of them, otherwise those before the last boundary
 * or, if there is none, before a cut that cannot change later boundaries.
 */
static int
cut_chunk(const uint32 *chars, const int32 *offsets, int n, int start,
		  UChar *units, bool whole, const char *abbreviations,
		  BiBoundaries *result)
{
	UBreakIterator *breaker;
	int32		len = 0;
	int32		unit = 0;
	int			k = 0;
	int			done = 0;

	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i];

		if (c == '\n' || c == '\r' || c == 0x85 || c == 0x2028)
			c = ' ';
		U16_APPEND_UNSAFE(units, len, c);
	}
	breaker = BiSentenceBreaker(units, len);

	for (;;)
	{
		int32		boundary = ubrk_next(breaker);

		if (boundary == UBRK_DONE || boundary >= len)
			break;
		while (unit < boundary && k < n)
			unit += U16_LENGTH(chars[k++]);
		if (!whole && k > n - LOOK_AHEAD)
			break;
		if (!is_no_end(chars, n, k, start == 0, abbreviations))
			append_boundary(result, start + offsets[k], false);
		done = k;
	}
	if (whole)
		return n;
	return done > 0 ? done : cut_without_boundary(chars, n);
}

/* Append the sentence boundaries inside the paragraph start .. end. */
static void
cut_paragraph(const char *text, int start, int end,
			  const char *abbreviations, BiBoundaries *result)
{
	int			room = Min(end - start, CHUNK_BYTES);
	uint32	   *chars = palloc(sizeof(uint32) * room);
	int32	   *offsets = palloc(sizeof(int32) * (room + 1));
	UChar	   *units = palloc(sizeof(UChar) * 2 * room);

	while (start < end)
	{
		int			bytes = Min(end - start, CHUNK_BYTES);
		bool		whole = bytes == end - start;
		int			n;

		CHECK_FOR_INTERRUPTS();
		n = BiDecode(text + start, bytes, chars, offsets);
		if (!whole)
		{
			/* the last character may be truncated */
			while (n > 1 && offsets[n - 1] > bytes - MAX_MULTIBYTE_CHAR_LEN)
				n--;
		}
		start += offsets[cut_chunk(chars, offsets, n, start, units, whole,
								   abbreviations, result)];
	}
	pfree(chars);
	pfree(offsets);
	pfree(units);
}

/*
 * If the line break at p is followed by a blank line, return the offset after
 * all white space that follows; else 0.
 */
static int
skip_blank_line(const char *text, int p, int len)
{
	int			breaks = 0;

	while (p < len)
	{
		int			clen = 1;
		unsigned char c = text[p];

		check_interrupts_at(p);
		if (c == '\n' || c == '\r')
		{
			if (c == '\r' && p + 1 < len && text[p + 1] == '\n')
				clen = 2;
			breaks++;
		}
		else if (c < 0x80 ? !is_blank(c) :
				 !u_isUWhiteSpace((UChar32) BiDecodeChar(text + p, text + len,
														 &clen)))
			break;
		p += clen;
	}
	return breaks > 1 ? p : 0;
}

/*
 * Offset after the paragraph that begins at start and the blank line that
 * ends it.  Sets *ascii to whether it is pure ASCII.
 */
static int
paragraph_end(const char *text, int len, int start, bool *ascii)
{
	int			encoding = GetDatabaseEncoding();
	bool		unicode = encoding == PG_UTF8 || encoding == PG_SQL_ASCII;
	int			kinds = LINE_END | HIGH;

	*ascii = true;
	for (int p = start; (p = find_byte(text, p, len, kinds)) < len; p++)
	{
		unsigned char c = text[p];

		if (c < 0x80)
		{
			int			end = skip_blank_line(text, p, len);

			if (end > 0)
				return end;
			continue;
		}
		*ascii = false;
		if (!unicode)
			kinds = LINE_END;
		else if (c == 0xE2 && p + 2 < len &&
				 (unsigned char) text[p + 1] == 0x80 &&
				 (unsigned char) text[p + 2] == 0xA9)
			return p + 3;
	}
	return len;
}

void
BiFindBoundaries(const char *text, int len, const char *abbreviations,
				 BiBoundaries *result)
{
	int			start = 0;

	while (start < len)
	{
		bool		ascii;
		int			end;

		CHECK_FOR_INTERRUPTS();
		end = paragraph_end(text, len, start, &ascii);
		if (ascii)
			cut_ascii_paragraph(text, start, end, abbreviations, result);
		else
			cut_paragraph(text, start, end, abbreviations, result);
		append_boundary(result, end, true);
		start = end;
	}
}
