/*
 * segment.c
 *	  The tokens of text that is not pure ASCII, by ICU's word boundaries.
 *
 * ICU gets UTF-16 in which what always separates (white space, @, the colon
 * and bytes that are no character) is a blank and every apostrophe the
 * straight one, so that versions of ICU that treat these differently agree.
 *
 * A text is handed over in chunks.  They are cut behind punctuation at which
 * ICU breaks whatever stands around it, so that cutting changes nothing;
 * only in a text without any such place for thousands of characters is a
 * chunk cut at one of ICU's own boundaries.
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/utf16.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "text/breaker.h"
#include "text/segment.h"

/* bytes of a chunk at most */
#define CHUNK_BYTES 16384

/* a chunk of text in its three shapes */
typedef struct Chunk
{
	uint32	   *chars;			/* as ICU sees them, see above */
	int32	   *offsets;		/* byte offsets in the text, one more */
	UChar	   *units;			/* the same in UTF-16 */
	int			n;				/* characters */
} Chunk;

/* What ICU is shown for character c. */
static inline uint32
shown(uint32 c)
{
	if (c < 0x80)
		return c == '@' || c == ':' ? ' ' : c;
	if (BiIsApostrophe(c))
		return '\'';
	switch (c)
	{
		case 0xFE6B:			/* @ */
		case 0xFF20:
		case 0xFE13:			/* : */
		case 0xFE55:
		case 0xFF1A:
		case BI_BAD_CHAR:
			return ' ';
		default:
			return u_isUWhiteSpace((UChar32) c) ? ' ' : c;
	}
}

static inline bool
is_letter(uint32 c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	return u_hasBinaryProperty((UChar32) c, UCHAR_ALPHABETIC) &&
		(U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) == 0;
}

static inline bool
is_digit(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return u_charType((UChar32) c) == U_DECIMAL_DIGIT_NUMBER;
}

/* Marks and format characters, which belong to the character before. */
static inline bool
is_attached(uint32 c)
{
	return c >= 0x80 &&
		(U_GET_GC_MASK((UChar32) c) & (U_GC_M_MASK | U_GC_CF_MASK)) != 0;
}

/* The full stop in all its forms. */
static inline bool
is_stop(uint32 c)
{
	return c == '.' || c == 0x2024 || c == 0xFE52 || c == 0xFF0E;
}

/* Signs that separate between two letters. */
static inline bool
is_cut_sign(uint32 c)
{
	return is_stop(c) || c == '_' || c == 0x00B7 || c == 0x0387 ||
		c == 0x2027 || c == 0x30FB || c == 0xFF65 || c == 0xFF3F;
}

/* Whether ICU breaks on both sides of c, whatever stands there. */
static inline bool
is_safe_cut(uint32 c)
{
	return c == ' ' || c == '!' || c == '?' || c == '(' || c == ')' ||
		c == 0x3001 || c == 0x3002 || c == 0xFF01 || c == 0xFF0C ||
		c == 0xFF1F || (c >= 0x3008 && c <= 0x300F);
}

/*
 * Whether the characters from .. to are an acronym: single letters, marks
 * with them, with full stops between, a possessive behind allowed.
 */
static bool
is_acronym(const Chunk *chunk, int from, int to)
{
	const uint32 *c = chunk->chars;
	bool		letter = false;
	int			stops = 0;

	if (to - from > 3 && c[to - 2] == '\'' && (c[to - 1] | 0x20) == 's')
		to -= 2;
	for (int i = from; i < to; i++)
	{
		if (is_attached(c[i]))
			continue;
		if (is_stop(c[i]) && letter)
		{
			letter = false;
			stops++;
		}
		else if (is_letter(c[i]) && !letter)
			letter = true;
		else
			return false;
	}
	return stops > 0 && letter;
}

/* Whether letters stand on both sides of sign i of the token from .. to. */
static bool
between_letters(const Chunk *chunk, int from, int to, int i)
{
	int			before = i - 1;
	int			after = i + 1;

	while (before > from && is_attached(chunk->chars[before]))
		before--;
	while (after < to - 1 && is_attached(chunk->chars[after]))
		after++;
	return before >= from && after < to &&
		is_letter(chunk->chars[before]) && is_letter(chunk->chars[after]);
}

/*
 * Append the characters from .. to, which hold a letter or digit.  Marks in
 * front, which have no letter to stand on, belong to no word; nor does a
 * blank or control character, to which ICU lets a mark belong.
 */
static void
add_part(const Chunk *chunk, int from, int to, BiTokens *result)
{
	while (from < to - 1 &&
		   (is_attached(chunk->chars[from]) || chunk->chars[from] < ' ' ||
			u_isUWhiteSpace(chunk->chars[from])))
		from++;
	BiAddToken(result, chunk->offsets[from], chunk->offsets[to]);
}

/* Append what ICU cut, from .. to, cut further, if it is a token at all. */
static void
add_segment(const Chunk *chunk, int from, int to, BiTokens *result)
{
	bool		word = false;
	bool		cuts = false;

	for (int i = from; i < to; i++)
	{
		uint32		c = chunk->chars[i];

		if (is_cut_sign(c))
			cuts = true;
		else if (!word && (is_letter(c) || is_digit(c)))
			word = true;
	}
	if (!word)
		return;
	if (cuts && !is_acronym(chunk, from, to))
	{
		int			start = from;

		for (int i = from + 1; i < to - 1; i++)
		{
			if (is_cut_sign(chunk->chars[i]) &&
				between_letters(chunk, start, to, i))
			{
				add_part(chunk, start, i, result);
				start = i + 1;
			}
		}
		from = start;
	}
	add_part(chunk, from, to, result);
}

/*
 * Append the tokens of the chunk.  If more text follows with no safe place
 * to cut, the last quarter is left for the next chunk.  Returns the
 * characters done with, at least one.
 */
static int
segment_chunk(Chunk *chunk, bool unsafe_end, BiTokens *result)
{
	UBreakIterator *breaker;
	int32		len = 0;
	int32		unit = 0;
	int			from = 0;
	int			to = 0;
	int			stop = unsafe_end ? chunk->n - chunk->n / 4 : chunk->n;

	for (int i = 0; i < chunk->n; i++)
		U16_APPEND_UNSAFE(chunk->units, len, chunk->chars[i]);
	breaker = BiWordBreaker(chunk->units, len);

	while (from < stop)
	{
		int32		boundary = ubrk_next(breaker);

		if (boundary == UBRK_DONE)
			break;
		while (unit < boundary && to < chunk->n)
			unit += U16_LENGTH(chunk->chars[to++]);
		add_segment(chunk, from, to, result);
		from = to;
	}
	return Max(from, 1);
}

/*
 * Fill the chunk from the bytes start .. end of text.  Returns true if more
 * follows and the chunk does not end at a safe place.
 */
static bool
fill_chunk(Chunk *chunk, const char *text, int start, int end)
{
	int			bytes = Min(end - start, CHUNK_BYTES);
	bool		more = bytes < end - start;
	int			n;

	n = BiDecode(text + start, bytes, chunk->chars, chunk->offsets);
	if (more)
	{
		/* the last character may be cut short */
		while (n > 1 &&
			   chunk->offsets[n - 1] > bytes - MAX_MULTIBYTE_CHAR_LEN)
			n--;
	}
	for (int i = 0; i < n; i++)
	{
		chunk->chars[i] = shown(chunk->chars[i]);
		chunk->offsets[i] += start;
	}
	chunk->offsets[n] += start;
	chunk->n = n;

	for (int k = n - 1; more && k > 0; k--)
	{
		if (is_safe_cut(chunk->chars[k - 1]) && !is_attached(chunk->chars[k]))
		{
			chunk->n = k;
			return false;
		}
	}
	return more;
}

void
BiSegment(const char *text, int start, int end, BiTokens *result)
{
	int			room = Min(end - start, CHUNK_BYTES);
	Chunk		chunk;

	chunk.chars = palloc(sizeof(uint32) * room);
	chunk.offsets = palloc(sizeof(int32) * (room + 1));
	chunk.units = palloc(sizeof(UChar) * 2 * room);

	while (start < end)
	{
		bool		unsafe_end;

		CHECK_FOR_INTERRUPTS();
		unsafe_end = fill_chunk(&chunk, text, start, end);
		start = chunk.offsets[segment_chunk(&chunk, unsafe_end, result)];
	}

	pfree(chunk.chars);
	pfree(chunk.offsets);
	pfree(chunk.units);
}
