/*
 * context.c
 *	  Chooses where a passage around a place in a text begins and ends.
 *
 * Only as much of the text is read as may be shown.  So an abbreviation may
 * be mistaken for the end of a sentence, but the length of the text does not
 * matter.  All cuts are at the ends of words or sentences, which never
 * separate a character from its accents.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/limits.h"
#include "show/context.h"
#include "show/shown_text.h"
#include "text/sentence.h"
#include "text/tokenize.h"

/* characters read beyond what may be shown, to find where sentences end */
#define LOOK_AROUND	64

/* the text around a core: what may be shown and a little more */
typedef struct Region
{
	const BiTextHits *hits;
	BiRange		range;
	BiRange		limits;
	BiBoundaries sentences;		/* offsets from range.start */
	bool		cut;			/* have the words been found? */
	BiTokens	words;			/* likewise; words that the range may have cut
								 * are left out */
	int			first_word;
	int			nwords;
} Region;

static inline bool
is_continuation(char c)
{
	return ((unsigned char) c & 0xC0) == 0x80;
}

/* Initialize the region within limits. */
static void
init_region(Region *region, const BiTextHits *hits, BiRange range,
			BiRange limits)
{
	memset(region, 0, sizeof(*region));
	/* SQL_ASCII is read as UTF-8, though its characters are bytes */
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		while (range.start > limits.start &&
			   is_continuation(hits->text[range.start]))
			range.start--;
		while (range.end < limits.end &&
			   is_continuation(hits->text[range.end]))
			range.end++;
	}
	region->hits = hits;
	region->range = range;
	region->limits = limits;
}

static void
find_region_sentences(Region *region)
{
	BiFindBoundaries(region->hits->text + region->range.start,
					 region->range.end - region->range.start, NULL,
					 &region->sentences);
	/* the last boundary is the region's end */
	if (region->sentences.n > 0 && region->range.end < region->hits->len)
		region->sentences.n--;
}

static void
find_region_words(Region *region)
{
	if (region->cut)
		return;
	region->cut = true;
	BiTokenize(region->hits->text + region->range.start,
			   region->range.end - region->range.start, &region->words);
	region->nwords = region->words.ntokens;
	if (region->nwords > 0 && region->range.start > region->limits.start)
		region->first_word = 1;
	if (region->nwords > 0 && region->range.end < region->limits.end)
		region->nwords--;
}

/*
 * Start of the sentence that contains place, or -1 if it is not in the
 * region.
 */
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

/*
 * Start of the first word at or after from, or to if there is none before to.
 */
static int32
word_start(Region *region, int32 from, int32 to)
{
	if (from == 0)
		return 0;
	find_region_words(region);
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

/* Last end of a word at or before to, or from if there is none after from. */
static int32
word_end(Region *region, int32 from, int32 to)
{
	if (to == region->hits->len)
		return to;
	find_region_words(region);
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

/* Last end of a sentence at or before to, without blanks; or from. */
static int32
sentence_end(const Region *region, int32 from, int32 to)
{
	const char *text = region->hits->text;

	for (int i = region->sentences.n; i-- > 0;)
	{
		int32		at = region->range.start +
			region->sentences.boundaries[i].offset;

		if (at > from)
			at = BiTrimWhite(text, from, at);
		if (at <= to)
			return Max(at, from);
	}
	return from;
}

/*
 * The part of a core larger than size that is shown.  If it does not begin
 * with a word, or with one over the limit of words, it is cut anywhere.
 */
static BiRange
cut_core(const BiTextHits *hits, BiRange core, int32 size)
{
	int32		last = BiShownAfter(hits->text, core.end, core.start, size);
	Region		region;
	BiRange		range = core;
	BiRange		result = core;

	range.end = BiShownAfter(hits->text, core.end, core.start,
							 size + BI_MAX_WORD_BYTES);
	init_region(&region, hits, range, core);
	result.end = word_end(&region, core.start, last);
	if (result.end == core.start)
		result.end = region.nwords > 0 ?
			core.start + region.words.tokens[0].end : last;
	return result;
}

/* Where the passage begins: at most budget characters before core. */
static int32
choose_start(Region *region, BiRange core, int32 budget)
{
	const BiTextHits *hits = region->hits;
	int32		first = BiShownBefore(hits->text, region->range.start,
									  core.start, budget);
	int32		start = sentence_start(region, core.start);

	if (start >= first)
		return start;
	first = BiShownBefore(hits->text, region->range.start, core.start,
						  budget / 2);
	return word_start(region, first, core.start);
}

/* Where the passage ends: at most budget characters after core. */
static int32
choose_end(Region *region, BiRange core, int32 budget, int32 least)
{
	const BiTextHits *hits = region->hits;
	int32		last = BiShownAfter(hits->text, region->range.end, core.end,
									budget);
	int32		end = last == hits->len ? last :
		sentence_end(region, core.end, last);

	if (end > core.end && BiShownChars(hits->text, core.end, end) >= least)
		return end;
	return Max(end, word_end(region, core.end, last));
}

BiRange
BiContext(const BiTextHits *hits, BiRange core, BiRange limits, int32 size)
{
	int32		budget = size -
		BiShownChars(hits->text, core.start, core.end);
	Region		region;
	BiRange		range;
	BiRange		result;

	if (budget < 0)
		return cut_core(hits, core, size);
	range.start = BiShownBefore(hits->text, limits.start, core.start,
								budget + LOOK_AROUND);
	range.end = BiShownAfter(hits->text, limits.end, core.end,
							 budget + LOOK_AROUND);
	init_region(&region, hits, range, limits);
	find_region_sentences(&region);

	result.start = choose_start(&region, core, budget);
	budget -= BiShownChars(hits->text, result.start, core.start);
	/* do not end at a sentence if that leaves half of the size unused */
	result.end = choose_end(&region, core, budget,
							Max(budget - size / 2, 0));
	result.start = BiSkipWhite(hits->text, result.start, core.start);
	result.end = BiTrimWhite(hits->text, core.end, result.end);
	return result;
}
