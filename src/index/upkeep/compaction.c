/*
 * compaction.c
 *	  From small segments to large ones: which are merged, and merging them.
 *
 * Segments are in tiers, each MERGE_WIDTH times larger than the one before;
 * as many neighbours of a tier and lower ones, or more, are made one (tiered
 * merging, as in Lucene's LogMergePolicy).  A crash during a merge leaves pages of a
 * generation that is free once the next one is being written.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/build/segment_merge.h"
#include "index/upkeep/compaction.h"
#include "index/upkeep/publish.h"

/*
 * So many neighbours of a tier are merged, or more, up to MAX_WIDTH, if that
 * many came together: few segments at other times cost more merging then.
 */
#define MERGE_WIDTH 4
#define MAX_WIDTH 16

/*
 * and only if the result has so many times the articles of the largest, or a
 * large segment would be written anew for each few small ones after it
 */
#define MIN_GROWTH 2

/* a segment with more than one dead article in so many is written anew */
#define DEAD_SHARE 4

/* bits of a tier's number of articles that those of the one before lack */
#define TIER_BITS 2

StaticAssertDecl(1 << TIER_BITS == MERGE_WIDTH, "tiers are of that width");

/* Tier of a segment. */
static int
tier_of(const BisSegmentEntry *entry)
{
	return pg_leftmost_one_pos32(Max(entry->ndocs, 1)) / TIER_BITS;
}

/*
 * The run that begins at first: neighbours of the tier or lower ones.  Returns
 * whether it is worth merging.
 */
static bool
is_due(const BisMeta *meta, uint32 first, int tier, BisRunToMerge *run)
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
	*run = (BisRunToMerge) {.first = first, .n = end - first, .tier = tier};
	return run->n >= MERGE_WIDTH && ndocs >= (uint64) largest * MIN_GROWTH;
}

bool
BisMergeFind(const BisMeta *meta, uint32 from, int last, BisRunToMerge *run)
{
	for (int tier = 0; tier <= last; tier++)
	{
		for (uint32 first = from; first < meta->nsegments; first++)
		{
			if (is_due(meta, first, tier, run))
				return true;
		}
	}
	return false;
}

bool
BisMergeFindDead(Relation index, const BisMeta *meta, BisRunToMerge *run)
{
	BisStore	store = {.index = index};

	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta->segments[i]);
		uint32		ndocs = segment->header->ndocs;
		uint32		ndead = BisSegmentCountDead(segment);

		BisSegmentFree(segment);
		if (ndead > ndocs / DEAD_SHARE)
		{
			*run = (BisRunToMerge) {.first = i, .n = 1,
				.tier = tier_of(&meta->segments[i])};
			return true;
		}
	}
	return false;
}

BisRunToMerge
BisMergeLeast(const BisMeta *meta)
{
	BisRunToMerge best = {.n = 2, .tier = BIS_LAST_TIER};
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
BisMergeHasDead(Relation index, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = index};
	BisSegment *segment = BisSegmentOpen(&store, entry);
	bool		result = BisSegmentCountDead(segment) > 0;

	BisSegmentFree(segment);
	return result;
}

bool
BisMergeRun(Relation index, const BisMeta *meta, const BisRunToMerge *run,
			int writer, bool pairs, void (*meanwhile) (void *arg),
			void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch merge",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	const BisSegmentEntry *entries = &meta->segments[run->first];
	BisMeta		copy;
	BisStore	read = {.index = index};
	BisStore	store = {.index = index, .meta = &copy, .pairs = pairs,
		.meanwhile = meanwhile, .meanwhile_arg = arg};
	BisSegment **segments = palloc_array(BisSegment *, run->n);
	uint64		generation = BisNewGeneration(index, writer, &copy);
	BisSegmentEntry entry;
	bool		any;

	for (uint32 i = 0; i < run->n; i++)
		segments[i] = BisSegmentOpen(&read, &entries[i]);
	any = BisMergeSegments(segments, run->n, false, &store, generation,
						   &entry);
	BisPublishMerge(index, writer, entries, run->n, any ? &entry : NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return any;
}
