/*
 * context.c
 *	  Where a passage around a place in a text begins and ends.
 *
 * Only as much of the text is looked at as may be shown, so that the place
 * where a sentence begins can be missed by an abbreviation, but the length of
 * the text does not matter.  All cuts are at ends of words or sentences, which
 * no character with its accents reaches across.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/limits.h"
#include "show/context.h"
#include "text/sentence.h"
#include "text/tokenize.h"

/* characters beyond what may be shown, to see where sentences end */
#define LOOK_AROUND	64

/* the text around a core: what may be shown of it and a little more */
typedef struct Region
{
	const BiTextHits *shown;
	BiRange		range;
	BiRange		limits;
	BiBoundaries sentences;		/* offsets from range.start */
	bool		cut;			/* are the words known? */
	BiTokens	words;			/* likewise; those that the range may have cut
								 * are left out */
	int			first_word;
	int			nwords;
} Region;

/* Number of characters from .. to. */
static int32
chars_between(const BiTextHits *shown, int32 from, int32 to)
{
	BiCharCursor cursor = {shown->text, from, 0};

	return BiCharCursorMove(&cursor, to);
}

static inline bool
is_continuation(char c)
{
	return ((unsigned char) c & 0xC0) == 0x80;
}

/* The byte that is n characters before from, but not before limit. */
static int32
chars_before(const BiTextHits *shown, int32 limit, int32 from, int32 n)
{
	const char *text = shown->text;
	int32		at = from;
	int32		skip;

	if (pg_database_encoding_max_length() == 1)
		return Max(from - n, limit);
	if (GetDatabaseEncoding() == PG_UTF8)
	{
		while (at > limit && n > 0)
			n -= !is_continuation(text[--at]);
		return at;
	}
	skip = chars_between(shown, limit, from) - n;
	for (at = limit; skip > 0; skip--)
		at += pg_mblen(text + at);
	return at;
}

/* The byte that is n characters behind from, but not behind limit. */
static int32
chars_behind(const BiTextHits *shown, int32 limit, int32 from, int32 n)
{
	const char *text = shown->text;

	while (from < limit && n-- > 0)
		from += IS_HIGHBIT_SET(text[from]) ? pg_mblen(text + from) : 1;
	return Min(from, limit);
}

/* Set up the region within limits. */
static void
init_region(Region *region, const BiTextHits *shown, BiRange range,
			BiRange limits)
{
	memset(region, 0, sizeof(*region));
	/* SQL_ASCII is read as UTF-8, though its characters are bytes */
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		while (range.start > limits.start &&
			   is_continuation(shown->text[range.start]))
			range.start--;
		while (range.end < limits.end &&
			   is_continuation(shown->text[range.end]))
			range.end++;
	}
	region->shown = shown;
	region->range = range;
	region->limits = limits;
}

static void
find_sentences(Region *region)
{
	BiFindBoundaries(region->shown->text + region->range.start,
					 region->range.end - region->range.start,
					 &region->sentences);
	/* the last boundary is the region's end */
	if (region->sentences.n > 0 && region->range.end < region->shown->len)
		region->sentences.n--;
}

static void
find_words(Region *region)
{
	if (region->cut)
		return;
	region->cut = true;
	BiTokenize(region->shown->text + region->range.start,
			   region->range.end - region->range.start, &region->words);
	region->nwords = region->words.ntokens;
	if (region->nwords > 0 && region->range.start > region->limits.start)
		region->first_word = 1;
	if (region->nwords > 0 && region->range.end < region->limits.end)
		region->nwords--;
}

/* Where the sentence that place lies in begins, or -1 if it is not seen. */
static int32
sentence_start(const Region *region, int32 place)
{
	int32		found = region->range.start == 0 ? 0 : -1;

	for (int i = 0; i < region->sentences.n; i++)
	{
		int32		at = region->range.start +
			region->sentences.boundaries[i].offset;

		if (at > place)
			break;
		found = at;
	}
	return found;
}

/* First word that begins at from or behind it; to if that is behind to. */
static int32
word_start(Region *region, int32 from, int32 to)
{
	if (from == 0)
		return 0;
	find_words(region);
	for (int i = region->first_word; i < region->nwords; i++)
	{
		int32		at = region->range.start + region->words.tokens[i].start;

		if (at >= to)
			break;
		if (at >= from)
			return at;
	}
	return to;
}

/* Last end of a word before to or at it; from if that is before from. */
static int32
word_end(Region *region, int32 from, int32 to)
{
	if (to == region->shown->len)
		return to;
	find_words(region);
	for (int i = region->nwords; i-- > region->first_word;)
	{
		int32		at = region->range.start + region->words.tokens[i].end;

		if (at <= from)
			break;
		if (at <= to)
			return at;
	}
	return from;
}

/* Last end of a sentence before to or at it, without blanks; or from. */
static int32
sentence_end(const Region *region, int32 from, int32 to)
{
	const char *text = region->shown->text;

	for (int i = region->sentences.n; i-- > 0;)
	{
		int32		at = region->range.start +
			region->sentences.boundaries[i].offset;

		while (at > from && strchr(" \t\r\n\f\v", text[at - 1]) != NULL)
			at--;
		if (at <= to)
			return Max(at, from);
	}
	return from;
}

/*
 * What of a core that is larger than size is shown.  Where it begins with no
 * word, or with one longer than words are, nothing keeps it from being cut.
 */
static BiRange
cut_core(const BiTextHits *shown, BiRange core, int32 size)
{
	int32		last = chars_behind(shown, core.end, core.start, size);
	Region		region;
	BiRange		range = core;
	BiRange		result = core;

	range.end = chars_behind(shown, core.end, core.start,
							 size + BI_MAX_WORD_BYTES);
	init_region(&region, shown, range, core);
	result.end = word_end(&region, core.start, last);
	if (result.end == core.start)
		result.end = region.nwords > 0 ?
			core.start + region.words.tokens[0].end : last;
	return result;
}

/* Where the passage begins: budget characters before core at most. */
static int32
choose_start(Region *region, BiRange core, int32 budget)
{
	const BiTextHits *shown = region->shown;
	int32		first = chars_before(shown, region->range.start, core.start,
									 budget);
	int32		start = sentence_start(region, core.start);

	if (start >= first)
		return start;
	first = chars_before(shown, region->range.start, core.start, budget / 2);
	return word_start(region, first, core.start);
}

/* Where the passage ends: budget characters behind core at most. */
static int32
choose_end(Region *region, BiRange core, int32 budget, int32 least)
{
	const BiTextHits *shown = region->shown;
	int32		last = chars_behind(shown, region->range.end, core.end, budget);
	int32		end = last == shown->len ? last :
		sentence_end(region, core.end, last);

	if (end > core.end && chars_between(shown, core.end, end) >= least)
		return end;
	return Max(end, word_end(region, core.end, last));
}

BiRange
BiContext(const BiTextHits *shown, BiRange core, BiRange limits, int32 size)
{
	int32		budget = size - chars_between(shown, core.start, core.end);
	Region		region;
	BiRange		range;
	BiRange		result;

	if (budget < 0)
		return cut_core(shown, core, size);
	range.start = chars_before(shown, limits.start, core.start,
							   budget + LOOK_AROUND);
	range.end = chars_behind(shown, limits.end, core.end,
							 budget + LOOK_AROUND);
	init_region(&region, shown, range, limits);
	find_sentences(&region);

	result.start = choose_start(&region, core, budget);
	budget -= chars_between(shown, result.start, core.start);
	/* a sentence's end is no place to end if half of the room is left */
	result.end = choose_end(&region, core, budget,
							Max(budget - size / 2, 0));
	while (result.start < core.start &&
		   strchr(" \t\r\n\f\v", shown->text[result.start]) != NULL)
		result.start++;
	while (result.end > core.end &&
		   strchr(" \t\r\n\f\v", shown->text[result.end - 1]) != NULL)
		result.end--;
	return result;
}
