/*
 * compaction.c
 *	  Choosing the segments to merge, and merging them.
 *
 * Segments belong to tiers by size, each tier MERGE_WIDTH times larger than
 * the one before.  At least MERGE_WIDTH adjacent segments of a tier or lower
 * ones are merged into one (tiered merging, as in Lucene's LogMergePolicy).
 * A crash during a merge leaves pages of a generation that become reusable
 * when the same writer begins the next segment.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/build/segment_merge.h"
#include "index/upkeep/compaction.h"
#include "index/upkeep/publish.h"

/*
 * A run to merge has at least MERGE_WIDTH segments, and at most MAX_WIDTH if
 * more have accumulated.  A smaller width would leave fewer segments to
 * search, at the price of more merging.
 */
#define MERGE_WIDTH 4
#define MAX_WIDTH 16

/*
 * The result must have at least MIN_GROWTH times the articles of the run's
 * largest segment; otherwise a large segment would be rewritten for every few
 * small ones after it.
 */
#define MIN_GROWTH 2

/* a segment is rewritten when more than 1/N of its articles are dead */
#define DEAD_FRACTION 4

/* the base-2 logarithm of MERGE_WIDTH */
#define TIER_BITS 2

StaticAssertDecl(1 << TIER_BITS == MERGE_WIDTH, "tiers are of that width");

/* The tier of a segment. */
static int
tier_of(const BisSegmentEntry *entry)
{
	return pg_leftmost_one_pos32(Max(entry->ndocs, 1)) / TIER_BITS;
}

/*
 * Set *run to the run that begins at first: adjacent segments of the tier or
 * lower ones.  Returns whether it is due, that is worth merging.
 */
static bool
run_is_due(const BisMeta *meta, uint32 first, int tier, BisCompactionRun *run)
{
	uint64		ndocs = 0;
	uint32		largest = 0;
	uint32		end = first;

	while (end < meta->nsegments && end - first < MAX_WIDTH &&
		   tier_of(&meta->segments[end]) <= tier &&
		   ndocs + meta->segments[end].ndocs <= BIS_MAX_DOCS)
	{
		ndocs += meta->segments[end].ndocs;
		largest = Max(largest, meta->segments[end].ndocs);
		end++;
	}
	run->first = first;
	run->n = end - first;
	run->tier = tier;
	return run->n >= MERGE_WIDTH && ndocs >= (uint64) largest * MIN_GROWTH;
}

bool
BisCompactionFind(const BisMeta *meta, uint32 from, int last,
				  BisCompactionRun *run)
{
	for (int tier = 0; tier <= last; tier++)
	{
		for (uint32 first = from; first < meta->nsegments; first++)
		{
			if (run_is_due(meta, first, tier, run))
				return true;
		}
	}
	return false;
}

bool
BisCompactionFindDead(Relation index, const BisMeta *meta,
					  BisCompactionRun *run)
{
	BisStore	store = {.index = index};

	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta->segments[i]);
		uint32		ndocs = segment->header->ndocs;
		uint32		ndead = BisSegmentCountDead(segment);

		BisSegmentFree(segment);
		if (ndead > ndocs / DEAD_FRACTION)
		{
			run->first = i;
			run->n = 1;
			run->tier = tier_of(&meta->segments[i]);
			return true;
		}
	}
	return false;
}

BisCompactionRun
BisCompactionLeast(const BisMeta *meta)
{
	BisCompactionRun best = {.n = 2, .tier = BIS_LAST_TIER};
	uint64		least = PG_UINT64_MAX;

	for (uint32 i = 0; i + 1 < meta->nsegments; i++)
	{
		uint64		ndocs = (uint64) meta->segments[i].ndocs +
			meta->segments[i + 1].ndocs;

		if (ndocs < least)
		{
			least = ndocs;
			best.first = i;
		}
	}
	return best;
}

bool
BisCompactionHasDead(Relation index, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = index};
	BisSegment *segment = BisSegmentOpen(&store, entry);
	bool		result = BisSegmentCountDead(segment) > 0;

	BisSegmentFree(segment);
	return result;
}

bool
BisCompactionMerge(Relation index, const BisMeta *meta,
				   const BisCompactionRun *run, int writer, bool bigrams,
				   void (*meanwhile) (void *arg), void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch merge",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	const BisSegmentEntry *entries = &meta->segments[run->first];
	BisMeta		copy;
	BisStore	read = {.index = index};
	BisStore	store = {.index = index, .meta = &copy, .bigrams = bigrams,
	.meanwhile = meanwhile, .meanwhile_arg = arg};
	BisSegment **segments = palloc_array(BisSegment *, run->n);
	uint64		generation = BisNewGeneration(index, writer, &copy);
	BisSegmentEntry entry;
	bool		any;

	for (uint32 i = 0; i < run->n; i++)
		segments[i] = BisSegmentOpen(&read, &entries[i]);
	any = BisMergeSegments(segments, run->n, false, BisColumnTypesOf(index),
						   &store, generation, &entry);
	BisPublishMerge(index, writer, entries, run->n, any ? &entry : NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return any;
}
