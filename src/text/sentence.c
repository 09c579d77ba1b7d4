/*
 * sentence.c
 *	  Where sentences and paragraphs end.
 *
 * Paragraphs end at blank lines and at U+2029.  Within one, sentences end by
 * the rules of UAX #29, except that line breaks are blanks and the full stop
 * of an abbreviation does not end a sentence.  A paragraph of pure ASCII is
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
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "text/breaker.h"
#include "text/sentence.h"

/* bytes of text that ICU gets at a time, and between interrupt checks */
#define CHUNK_BYTES 16384

/*
 * How far ICU may look ahead, in characters, before it ends a sentence;
 * boundaries nearer to the end of a chunk are not trusted.
 */
#define LOOK_AHEAD 256

/*
 * Single letters with a vowel sign whose full stop does not end a sentence in
 * the scripts of northern India: the names of b c d g j k p t v, in initials,
 * and Doctor, Mohammad, Mister, rupees, Miss.  Any other such letter is a
 * word, often a verb.  The blocks of these scripts have the same layout, so
 * each pair is written in Devanagari.
 */
static const uint16 indic_abbreviations[][2] = {
	{0x092C, 0x0940}, {0x092C, 0x093F}, {0x0938, 0x0940}, {0x0938, 0x093F},
	{0x0921, 0x0940}, {0x0921, 0x093F}, {0x091C, 0x0940}, {0x091C, 0x093F},
	{0x091C, 0x0947}, {0x0915, 0x0947}, {0x092A, 0x0940}, {0x092A, 0x093F},
	{0x091F, 0x0940}, {0x091F, 0x093F}, {0x0935, 0x0940}, {0x092D, 0x093F},
	{0x0921, 0x0949}, {0x0921, 0x094B}, {0x0921, 0x093E}, {0x092E, 0x094B},
	{0x092E, 0x093F}, {0x0930, 0x0941}, {0x0930, 0x0942}, {0x0915, 0x0941}
};

/* words, besides single letters, whose full stop does not end a sentence */
static const char *const abbreviations[] = {
	"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Jr", "Gov", "Sen", "Rep", "Gen",
	"No", "vs", "Inc", "Corp", "Co", "Ltd"
};

#define MAX_ABBREVIATION 4

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

static bool
is_abbreviation(const char *word, int len)
{
	for (int i = 0; i < (int) lengthof(abbreviations); i++)
		if (abbreviations[i][0] == word[0] &&
			strlen(abbreviations[i]) == (size_t) len &&
			memcmp(abbreviations[i], word, len) == 0)
			return true;
	return false;
}

/*
 * Whether the full stop at byte p of a paragraph of ASCII that begins at
 * start follows a single letter or an abbreviation.
 */
static bool
is_abbreviated_ascii(const char *text, int start, int p)
{
	int			from = p;

	while (from > start && p - from <= MAX_ABBREVIATION &&
		   (is_ascii_letter((unsigned char) text[from - 1]) ||
			is_ascii_digit((unsigned char) text[from - 1])))
		from--;
	/* after an apostrophe, as in a possessive, it is not a word */
	if (from > start + 1 && text[from - 1] == '\'' &&
		(is_ascii_letter((unsigned char) text[from - 2]) ||
		 is_ascii_digit((unsigned char) text[from - 2])))
		return false;
	if (p - from == 1)
		return is_ascii_letter((unsigned char) text[from]);
	return p - from > 1 && is_abbreviation(text + from, p - from);
}

/*
 * If a sentence ends at the terminator at byte p of the paragraph of ASCII
 * start .. end, return the offset at which the next one begins; else 0.
 */
static int
ascii_sentence_end(const char *text, int start, int end, int p)
{
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
	if (!stop)
		return next;

	look = next;
	while (look < end && !is_ascii_letter((unsigned char) text[look]) &&
		   !is_terminator((unsigned char) text[look]))
		check_interrupts_at(look++);
	if (look < end && text[look] >= 'a' && text[look] <= 'z')
		return 0;
	return is_abbreviated_ascii(text, start, p) ? 0 : next;
}

/*
 * Append the sentence boundaries inside the paragraph of ASCII start .. end.
 */
static void
cut_ascii_paragraph(const char *text, int start, int end,
					BiBoundaries *result)
{
	for (int p = start; p < end; p++)
	{
		int			next;

		check_interrupts_at(p);
		if (!is_terminator((unsigned char) text[p]))
			continue;
		next = ascii_sentence_end(text, start, end, p);
		if (next > 0)
		{
			append_boundary(result, next, false);
			p = next - 1;
		}
	}
}

/*
 * Whether a letter with a vowel sign is a word if a full stop and a blank
 * follow.  It is in scripts that end sentences with a full stop (perhaps
 * besides a sign of their own) and have words this short: those of northern
 * India, Sinhala and Lao.  It is mostly an initial in those of southern
 * India, and an abbreviation in Thai, Khmer and Burmese, which end sentences
 * in another way.
 */
static bool
is_short_word(uint32 letter, uint32 vowel)
{
	switch (u_getIntPropertyValue((UChar32) letter, UCHAR_SCRIPT))
	{
		case USCRIPT_DEVANAGARI:
		case USCRIPT_BENGALI:
		case USCRIPT_GURMUKHI:
		case USCRIPT_GUJARATI:
		case USCRIPT_ORIYA:
			letter = 0x0900 | (letter & 0x7F);
			vowel = 0x0900 | (vowel & 0x7F);
			for (int i = 0; i < (int) lengthof(indic_abbreviations); i++)
			{
				if (indic_abbreviations[i][0] == letter &&
					indic_abbreviations[i][1] == vowel)
					return false;
			}
			return true;
		case USCRIPT_SINHALA:
		case USCRIPT_LAO:
			return true;
		default:
			return false;
	}
}

/*
 * Whether the single letter at character k, followed by its marks and the
 * full stop at character stop, is an initial or the like, not a word.
 */
static bool
is_initial(const uint32 *chars, int k, int stop, int end)
{
	/* next to another full stop it is part of an acronym */
	if (stop + 1 < end && u_isalnum((UChar32) chars[stop + 1]))
		return true;
	if (k > 0 && chars[k - 1] == '.')
		return true;
	for (int i = k + 1; i < stop; i++)
	{
		if (u_getIntPropertyValue((UChar32) chars[i],
								  UCHAR_INDIC_SYLLABIC_CATEGORY) ==
			U_INSC_VOWEL_DEPENDENT)
			return !is_short_word(chars[k], chars[i]);
	}
	return true;
}

/*
 * Whether the boundary before character k comes from a full stop after a
 * single letter or an abbreviation.
 */
static bool
is_abbreviated(const uint32 *chars, int k)
{
	char		word[MAX_ABBREVIATION + 1];
	int			end = k + 1;
	int			stop;
	int			letter = 0;
	int			len = 0;
	int			letters = 0;

	/* back over blanks and closing punctuation to the terminator */
	while (k > 0 && u_isUWhiteSpace((UChar32) chars[k - 1]))
		k--;
	while (k > 0 && chars[k - 1] != '.' &&
		   (u_getIntPropertyValue((UChar32) chars[k - 1],
								  UCHAR_SENTENCE_BREAK) == U_SB_CLOSE ||
			u_charType((UChar32) chars[k - 1]) == U_FORMAT_CHAR))
		k--;
	if (k == 0 || chars[k - 1] != '.')
		return false;
	stop = --k;

	for (; k > 0; k--)
	{
		uint32		c = chars[k - 1];

		if ((U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) != 0)
			continue;
		if (!u_isalnum((UChar32) c))
			break;
		if (++letters > MAX_ABBREVIATION)
			return false;
		letter = k - 1;
		if (c < 0x80)
			word[MAX_ABBREVIATION - ++len] = (char) c;
		else if (letters == 1 && u_isalpha((UChar32) c))
			len = -1;
		else
			return false;
	}
	/* after an apostrophe, as in a possessive, it is not a word */
	if (k > 1 && BiIsApostrophe(chars[k - 1]) &&
		u_isalnum((UChar32) chars[k - 2]))
		return false;
	if (letters == 1)
		return len < 0 ? is_initial(chars, letter, stop, end) :
			is_ascii_letter((unsigned char) word[MAX_ABBREVIATION - 1]);
	return len == letters &&
		is_abbreviation(word + MAX_ABBREVIATION - len, len);
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
		if (u_isUWhiteSpace((UChar32) chars[i - 1]) &&
			u_isalnum((UChar32) chars[i - 2]))
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
		  UChar *units, bool whole, BiBoundaries *result)
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
		if (!is_abbreviated(chars, k))
			append_boundary(result, start + offsets[k], false);
		done = k;
	}
	if (whole)
		return n;
	return done > 0 ? done : cut_without_boundary(chars, n);
}

/* Append the sentence boundaries inside the paragraph start .. end. */
static void
cut_paragraph(const char *text, int start, int end, BiBoundaries *result)
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
								   result)];
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

	*ascii = true;
	for (int p = start; p < len; p++)
	{
		unsigned char c = text[p];

		check_interrupts_at(p);
		if (c >= 0x80)
		{
			*ascii = false;
			if (unicode && c == 0xE2 && p + 2 < len &&
				(unsigned char) text[p + 1] == 0x80 &&
				(unsigned char) text[p + 2] == 0xA9)
				return p + 3;
		}
		else if (c == '\n' || c == '\r')
		{
			int			end = skip_blank_line(text, p, len);

			if (end > 0)
				return end;
		}
	}
	return len;
}

void
BiFindBoundaries(const char *text, int len, BiBoundaries *result)
{
	int			start = 0;

	while (start < len)
	{
		bool		ascii;
		int			end;

		CHECK_FOR_INTERRUPTS();
		end = paragraph_end(text, len, start, &ascii);
		if (ascii)
			cut_ascii_paragraph(text, start, end, result);
		else
			cut_paragraph(text, start, end, result);
		append_boundary(result, end, true);
		start = end;
	}
}
