/*
 * text_hits.c
 *	  A text with a query's hits.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "show/text_hits.h"

/* bytes that are counted between checks for interrupts */
#define COUNT_BYTES	65536

#define ZERO_WIDTH_JOINER	0x200D

/* bytes of an acronym */
#define MAX_ACRONYM	64

/* The field that a name stands for. */
static uint8
field_of(const text * name)
{
	uint8		fields = BiFieldsByName(VARDATA_ANY(name),
										VARSIZE_ANY_EXHDR(name));

	if (fields == 0 || (fields & (fields - 1)) != 0)
	{
		char	   *given = text_to_cstring(name);

		given[pg_mbcliplen(given, strlen(given), 64)] = '\0';
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no field \"%s\"", given),
				 errhint("Fields are headline, byline, summary and body.")));
	}
	return fields;
}

void
BiTextHitsFind(BiTextHits *text_hits, BiTextCallState *call,
			   FunctionCallInfo fcinfo,
			   const text * document, const text * field, bool partial,
			   bool nodes)
{
	uint8		field_bit = field_of(field);
	BiSource   *source;
	BiHit	   *hits;

	memset(text_hits, 0, sizeof(*text_hits));
	text_hits->query = call->cached.query;
	text_hits->text = VARDATA_ANY(document);
	text_hits->len = VARSIZE_ANY_EXHDR(document);
	if (text_hits->query->nnodes == 0)
		return;
	source = BiTextCallRead(call, fcinfo, document, field_bit, true);
	text_hits->nhits = BiFindHits(text_hits->query, source, partial, nodes,
								  true, &hits);
	text_hits->hits = hits;
	text_hits->matched = BiTextMayMatch(text_hits->query, source);
	text_hits->places = BiStreamSourcePlaces(call->stream, &text_hits->nplaces);
}

/* The place of pos, which has one. */
static const BiPlace *
place_of(const BiTextHits *text_hits, uint32 pos)
{
	int			low = 0;
	int			high = text_hits->nplaces - 1;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (text_hits->places[middle].pos < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return &text_hits->places[low];
}

/*
 * End of the character before byte end, with its accents: parsers other than
 * ours may have left them out.
 */
static int32
whole_character(const BiTextHits *text_hits, int32 end)
{
	while (end < text_hits->len && IS_HIGHBIT_SET(text_hits->text[end]))
	{
		int			len;
		uint32		c = BiDecodeChar(text_hits->text + end,
									 text_hits->text + text_hits->len, &len);

		CHECK_FOR_INTERRUPTS();
		if (c != ZERO_WIDTH_JOINER &&
			!u_hasBinaryProperty((UChar32) c, UCHAR_GRAPHEME_EXTEND))
			break;
		end += len;
	}
	return end;
}

/*
 * Is the word start .. end an acronym that lacks its last full stop: "U.S",
 * "Ph.D", "J. K"?  Tokens end before a full stop.
 */
static bool
is_acronym(const char *text, int32 start, int32 end)
{
	int			parts = 0;
	int			letters = 0;

	if (end - start > MAX_ACRONYM)
		return false;
	while (start < end)
	{
		int			len;
		uint32		c = BiDecodeChar(text + start, text + end, &len);

		if (c == '.' && letters > 0)
		{
			letters = 0;
			/* after single letters there may be a blank */
			if (start + 1 < end && text[start + 1] == ' ')
				start++;
		}
		else if (!u_isalpha((UChar32) c) || letters == 2)
			return false;
		else if (letters++ == 0)
			parts++;
		start += len;
	}
	return parts > 1 && letters > 0;
}

BiRange
BiTextHitsRange(const BiTextHits *text_hits, const BiHit *hit)
{
	const BiPlace *first = place_of(text_hits, hit->start);
	const BiPlace *last = hit->end == hit->start ? first :
		place_of(text_hits, hit->end);
	BiRange		range;

	range.start = Min(first->start, last->start);
	range.end = whole_character(text_hits, Max(first->end, last->end));
	if (range.end == last->end && range.end < text_hits->len &&
		text_hits->text[range.end] == '.' &&
		is_acronym(text_hits->text, last->start, last->end))
		range.end++;
	return range;
}

static int
compare_ranges(const void *a, const void *b)
{
	int32		left = ((const BiRange *) a)->start;
	int32		right = ((const BiRange *) b)->start;

	CHECK_FOR_INTERRUPTS();
	return left < right ? -1 : left > right;
}

int
BiTextHitsRanges(const BiTextHits *text_hits, BiRange **ranges)
{
	bool		sorted = true;
	BiRange    *all;
	int			n = 0;

	all = palloc_extended((text_hits->nhits + (Size) 1) * sizeof(BiRange),
						  MCXT_ALLOC_HUGE);
	*ranges = all;
	for (int i = 0; i < text_hits->nhits; i++)
	{
		CHECK_FOR_INTERRUPTS();
		all[i] = BiTextHitsRange(text_hits, &text_hits->hits[i]);
		sorted &= i == 0 || all[i - 1].start <= all[i].start;
	}
	if (!sorted)
		qsort(all, text_hits->nhits, sizeof(BiRange), compare_ranges);

	for (int i = 0; i < text_hits->nhits; i++)
	{
		if (all[i].start >= all[i].end)
			continue;			/* a token without a place in the text */
		if (n > 0 && all[i].start < all[n - 1].end)
			all[n - 1].end = Max(all[n - 1].end, all[i].end);
		else
			all[n++] = all[i];
	}
	return n;
}

/* Number of the n bytes at s that begin a character in UTF-8. */
static inline int32
count_utf8(const char *s, int32 n)
{
	int32		chars = n;
	uint64		bytes;

	/* eight at a time: 1 in each byte that begins with the bits 10 */
	for (; n >= (int32) sizeof(bytes); n -= sizeof(bytes), s += sizeof(bytes))
	{
		memcpy(&bytes, s, sizeof(bytes));
		bytes = (bytes >> 7) & ~(bytes >> 6) & UINT64CONST(0x0101010101010101);
		chars -= (bytes * UINT64CONST(0x0101010101010101)) >> 56;
	}
	for (; n > 0; n--, s++)
		chars -= ((unsigned char) *s & 0xC0) == 0x80;
	return chars;
}

/* Number of characters in the bytes from .. to. */
static int32
count_chars(const char *text, int32 from, int32 to)
{
	int32		n = 0;

	if (pg_database_encoding_max_length() == 1)
		return to - from;
	while (from < to)
	{
		int32		stop = Min(to - from, COUNT_BYTES) + from;

		CHECK_FOR_INTERRUPTS();
		if (GetDatabaseEncoding() == PG_UTF8)
		{
			n += count_utf8(text + from, stop - from);
			from = stop;
		}
		else
		{
			for (; from < stop; n++)
				from += pg_mblen(text + from);
		}
	}
	return n;
}

int32
BiCharCursorMove(BiCharCursor *cursor, int32 byte)
{
	if (byte >= cursor->byte)
		cursor->chars += count_chars(cursor->text, cursor->byte, byte);
	else
		cursor->chars -= count_chars(cursor->text, byte, cursor->byte);
	cursor->byte = byte;
	return cursor->chars;
}
