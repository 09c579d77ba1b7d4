/*
 * merge.c
 *	  From pending articles to segments, and from small segments to large.
 *
 * New pages are written and logged first; one record of the metapage then
 * puts the new segment in the place of what it was made from, and retires
 * that.  A crash before leaves pages of a generation that is free once the
 * next one is being written.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/accumulate.h"
#include "index/free.h"
#include "index/merge.h"
#include "index/pending.h"

/* so many neighbours of a size are merged to one */
#define MERGE_WIDTH 8

/* so many retired pages are nothing to worry about: 8 MB */
#define MIN_RETIRED_PAGES 1024

/* a segment with more than one dead article in so many is written anew */
#define DEAD_SHARE 4

/* Remove n entries from the metapage's segments, and put entry in place. */
static void
replace_entries(BisMeta *meta, int first, int n, const BisSegmentEntry *entry)
{
	int			put = entry != NULL ? 1 : 0;

	memmove(&meta->segments[first + put], &meta->segments[first + n],
			(meta->nsegments - first - n) * sizeof(BisSegmentEntry));
	if (entry != NULL)
		meta->segments[first] = *entry;
	meta->nsegments += put - n;
	memset(&meta->segments[meta->nsegments], 0,
		   (BIS_MAX_SEGMENTS - meta->nsegments) * sizeof(BisSegmentEntry));
}

/*
 * Publish entry (NULL: none) in place of the n segments from first on, and of
 * the frozen list if flushed; retire them.
 */
static void
publish(Relation index, int first, int n, const BisSegmentEntry *entry,
		bool flushed)
{
	BisStore	store = {.index = index};
	uint32		npages[BIS_MAX_SEGMENTS];
	BisMeta    *meta;
	BisMeta		copy;
	Buffer		buffer;
	GenericXLogState *state;
	Page		page;

	BiTestPointWait(BI_TEST_WRITTEN);
	/* only we change the segments */
	BisReadMeta(index, &copy);
	for (int i = 0; i < n; i++)
		npages[i] = BisSegmentPages(&store, &copy.segments[first + i]);

	buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	state = GenericXLogStart(index);
	page = GenericXLogRegisterBuffer(state, buffer, 0);
	meta = (BisMeta *) BisPageContent(page);
	replace_entries(meta, first, n, entry);
	meta->writing = 0;
	for (int i = 0; i < n; i++)
		BisRetire(meta, copy.segments[first + i].generation, npages[i]);
	if (flushed)
	{
		BisList		list = meta->frozen;

		memset(&meta->frozen, 0, sizeof(BisList));
		meta->frozen.head = meta->frozen.tail = InvalidBlockNumber;
		BisRetire(meta, list.generation, list.npages);
	}
	BisPageSetUsed(page, BisMetaUsed(meta));
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	BiTestPointWait(BI_TEST_PUBLISHED);
}

/* Merge the n segments from first on into one, with pairs or without. */
static void
merge_run(Relation index, const BisMeta *meta, int first, int n, bool pairs)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch merge",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisMeta		copy;
	BisStore	store = {.index = index, .meta = &copy, .pairs = pairs};
	BisSegment **segments = palloc_array(BisSegment *, n);
	uint64		generation = BisNewGeneration(index, &copy);
	BisSegmentEntry entry;
	bool		any;

	for (int i = 0; i < n; i++)
		segments[i] = BisSegmentOpen(&store, &meta->segments[first + i]);
	any = BisMergeSegments(segments, n, false, &store, generation, &entry);
	publish(index, first, n, any ? &entry : NULL, false);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Tier of a segment: each is MERGE_WIDTH times larger than the last. */
static int
tier_of(const BisSegmentEntry *entry)
{
	return pg_leftmost_one_pos32(Max(entry->ndocs, 1)) / 3;
}

/*
 * The first run of at least MERGE_WIDTH neighbours of one tier or lower ones.
 * Sets *first; returns their number, or 0.
 */
static int
find_run(const BisMeta *meta, int *first)
{
	for (int tier = 0; tier <= 10; tier++)
	{
		uint64		ndocs = 0;
		int			n = 0;

		for (uint32 i = 0; i < meta->nsegments; i++)
		{
			if (tier_of(&meta->segments[i]) > tier ||
				ndocs + meta->segments[i].ndocs > BIS_MAX_DOCS)
			{
				n = 0;
				ndocs = 0;
				continue;
			}
			ndocs += meta->segments[i].ndocs;
			if (++n == MERGE_WIDTH)
			{
				*first = i + 1 - n;
				return n;
			}
		}
	}
	return 0;
}

/*
 * Free a place in the full table: merge the two smallest neighbours.  An
 * insert may wait for it.
 */
static void
make_place(Relation index, const BisMeta *meta)
{
	int			best = 0;
	uint64		least = PG_UINT64_MAX;

	for (uint32 i = 0; i + 1 < meta->nsegments; i++)
	{
		uint64		ndocs = (uint64) meta->segments[i].ndocs +
			meta->segments[i + 1].ndocs;

		if (ndocs < least)
		{
			least = ndocs;
			best = i;
		}
	}
	merge_run(index, meta, best, 2, false);
}

/*
 * Freeze the current list, if none is frozen yet, and copy the metapage.
 * Returns whether one was: its flush came to no end.
 */
static bool
freeze(Relation index, BisMeta *copy)
{
	BisMeta    *meta;
	Buffer		buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	bool		left = meta->frozen.head != InvalidBlockNumber;

	if (!left && meta->current.head != InvalidBlockNumber)
	{
		Buffer		tail = BisGetBuffer(index, meta->current.tail,
										BIS_PENDING_PAGE,
										meta->current.generation,
										BUFFER_LOCK_EXCLUSIVE);
		GenericXLogState *state = GenericXLogStart(index);

		meta = (BisMeta *)
			BisPageContent(GenericXLogRegisterBuffer(state, buffer, 0));
		BisPageOpaque(GenericXLogRegisterBuffer(state, tail, 0))->closed = 1;
		meta->frozen = meta->current;
		memset(&meta->current, 0, sizeof(BisList));
		meta->current.generation = meta->next_generation++;
		meta->current.head = meta->current.tail = InvalidBlockNumber;
		GenericXLogFinish(state);
		UnlockReleaseBuffer(tail);
	}
	memcpy(copy, BisPageContent(BufferGetPage(buffer)), sizeof(BisMeta));
	UnlockReleaseBuffer(buffer);
	return left;
}

static void
accumulate(void *arg, ItemPointer tid, TSVector vector)
{
	BisAccumulatorAdd(arg, tid, vector);
}

/*
 * Make the frozen list a segment, or the current one if none is frozen.
 * Returns whether one was.
 */
static bool
flush_list(Relation index)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch flush",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisMeta		copy;
	BisStore	store = {.index = index, .meta = &copy};
	BisMeta		meta;
	bool		left = freeze(index, &meta);

	BiTestPointWait(BI_TEST_FROZEN);
	if (meta.frozen.head != InvalidBlockNumber)
	{
		BisAccumulator *accumulator = BisAccumulatorBegin();
		BisSegmentEntry entry;
		uint64		generation;
		bool		any;

		if (meta.nsegments == BIS_MAX_SEGMENTS)
		{
			make_place(index, &meta);
			BisReadMeta(index, &meta);
		}
		BisPendingScan(index, NULL, &meta.frozen, accumulate, accumulator);
		any = BisAccumulatorDocs(accumulator) > 0;
		if (any)
		{
			generation = BisNewGeneration(index, &copy);
			BisAccumulatorWrite(accumulator, &store, generation, &entry);
		}
		publish(index, meta.nsegments, 0, any ? &entry : NULL, true);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return left;
}

void
BisFlush(Relation index)
{
	if (flush_list(index))
		flush_list(index);
}

/* Write one segment with many dead articles anew, if there is one. */
static bool
rewrite_one(Relation index, const BisMeta *meta)
{
	BisStore	store = {.index = index};

	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta->segments[i]);
		uint32		ndocs = segment->header->ndocs;
		uint32		ndead = 0;

		for (uint32 doc = 0; doc < ndocs; doc++)
			ndead += BisSegmentIsDead(segment, doc);
		BisSegmentFree(segment);
		if (ndead > ndocs / DEAD_SHARE)
		{
			merge_run(index, meta, i, 1, true);
			return true;
		}
	}
	return false;
}

/*
 * Do retired pages, which a forgotten transaction may hold for long, outweigh
 * the live ones?  Then more merges would fill the disk.
 */
static bool
too_many_retired(Relation index, const BisMeta *meta)
{
	BisStore	store = {.index = index};
	uint64		live = MIN_RETIRED_PAGES;

	for (uint32 i = 0; i < meta->nsegments; i++)
		live += BisSegmentPages(&store, &meta->segments[i]);
	return BisRetiredPages(meta) > live;
}

void
BisMerge(Relation index)
{
	for (;;)
	{
		BisMeta		meta;
		int			first;
		int			n;

		CHECK_FOR_INTERRUPTS();
		BisReadMeta(index, &meta);
		if (too_many_retired(index, &meta))
			break;
		n = find_run(&meta, &first);
		if (n > 0)
			merge_run(index, &meta, first, n, true);
		else if (!rewrite_one(index, &meta))
			break;
	}
}

/* Has a segment dead articles? */
static bool
has_dead(Relation index, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = index};
	BisSegment *segment = BisSegmentOpen(&store, entry);
	bool		result = BisSegmentCountDead(segment) > 0;

	BisSegmentFree(segment);
	return result;
}

void
BisMergeAll(Relation index)
{
	uint32		first = 0;

	for (;;)
	{
		BisMeta		meta;
		uint64		ndocs = 0;
		uint32		before;
		uint32		n = 0;

		CHECK_FOR_INTERRUPTS();
		BisReadMeta(index, &meta);
		while (first + n < meta.nsegments &&
			   ndocs + meta.segments[first + n].ndocs <= BIS_MAX_DOCS)
			ndocs += meta.segments[first + n++].ndocs;
		if (n == 0)
			break;
		before = meta.nsegments;
		if (n > 1 || has_dead(index, &meta.segments[first]))
			merge_run(index, &meta, first, n, true);
		BisReadMeta(index, &meta);
		/* a run without live articles leaves no segment */
		if (meta.nsegments > before - n)
			first++;
	}
}
