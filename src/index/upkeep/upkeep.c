/*
 * upkeep.c
 *	  Who flushes and merges when.
 *
 * Flushes are short and belong to inserts, merges may be long and belong to
 * VACUUM and to the workers that inserts ask for.  Each has a lock of its
 * own, so inserts flush while segments are being merged; and whoever merges
 * large segments looks now and then whether there is smaller work, and does
 * that first.  So neither the pending list nor the table of segments becomes
 * long, whatever a merge takes.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "index/page/maintenance_lock.h"
#include "index/page/page_reuse.h"
#include "index/page/pending.h"
#include "index/segment/reader.h"
#include "index/upkeep/compaction.h"
#include "index/upkeep/flush.h"
#include "index/upkeep/merge_request.h"
#include "index/upkeep/reclaim.h"
#include "index/upkeep/upkeep.h"

/* how often a merge looks for smaller work, in microseconds */
#define LOOK_EVERY 20000

/* pages of pending articles that a merge stops for */
#define LONG_LIST (2 * BIS_PENDING_PAGES)

/* retired pages are reclaimed when they are more than one page in N */
#define RETIRED_SHARE 8

/* up to this many retired pages are nothing to worry about: 8 MB */
#define MIN_RETIRED_PAGES 1024

/* a merge under way, and who looks after it */
typedef struct Merging
{
	Relation	index;
	bool		releases;		/* makes retired pages free; then heap is as
								 * in BisUpkeepMerge */
	Relation	heap;
	int			writer;
	uint64		last;			/* generation of the last segment of its run */
	int			tier;			/* smaller ones are merged meanwhile */
	TimestampTz next_look;
	BisUpkeepCheck check;
	void	   *arg;
} Merging;

static void meanwhile(void *arg);

/*
 * Merge a run as parent's next writer, with smaller work in between; parent
 * has the index and whom to ask.  Returns whether it had live articles.
 */
static bool
merge(const Merging *parent, const BisMeta *meta, const BisCompactionRun *run)
{
	Merging		merging = *parent;

	merging.writer++;
	merging.last = meta->segments[run->first + run->n - 1].generation;
	merging.tier = run->tier;
	return BisCompactionMerge(merging.index, meta, run, merging.writer, true,
							  meanwhile, &merging);
}

/* Flush pieces of the lists up to generation last, if nobody else does. */
static void
flush_if_free(Relation index, uint64 last)
{
	if (!BisLockTry(index, BIS_FLUSH_LOCK))
		return;
	while (BisFlushPiece(index, last, PG_UINT64_MAX,
						 (Size) maintenance_work_mem * 1024))
		CHECK_FOR_INTERRUPTS();
	BisLockRelease(index, BIS_FLUSH_LOCK);
}

/* Number of the first segment after the run that is being merged. */
static uint32
after_run(const BisMeta *meta, const Merging *merging)
{
	uint32		after = meta->nsegments;

	while (after > 0 && meta->segments[after - 1].generation != merging->last)
		after--;
	return after;
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

/* Let retired pages be used again, if there are enough to read the file for. */
static void
release(const Merging *merging)
{
	Relation	index = merging->index;
	BufferAccessStrategy strategy;
	BisMeta		meta;

	if (!merging->releases)
		return;
	BisReadMeta(index, &meta);
	if (BisRetiredPages(&meta) <=
		RelationGetNumberOfBlocks(index) / RETIRED_SHARE)
		return;
	strategy = GetAccessStrategy(BAS_VACUUM);
	(void) BisReclaim(index, merging->heap, strategy);
	FreeAccessStrategy(strategy);
}

/*
 * Does VACUUM, say, wait to go on with the merges?  A worker that inserts keep
 * busy would not come to an end by itself.
 */
static bool
is_relieved(const Merging *merging)
{
	return merging->check != NULL &&
		BisLockIsWanted(merging->index, BIS_MERGE_LOCK);
}

/* Do what is smaller than the merge that is under way. */
static void
meanwhile(void *arg)
{
	Merging    *merging = arg;
	TimestampTz now = GetCurrentTimestamp();
	BisMeta		meta;
	BisCompactionRun run;

	if (now < merging->next_look)
		return;
	if (merging->check != NULL)
		merging->check(merging->arg);
	BisReadMeta(merging->index, &meta);
	if (BisListPages(&meta.frozen) + BisListPages(&meta.current) > LONG_LIST)
	{
		flush_if_free(merging->index, meta.current.generation);
		BisReadMeta(merging->index, &meta);
	}
	if (merging->writer + 1 < BIS_MAX_WRITERS && !is_relieved(merging) &&
		BisCompactionFind(&meta, after_run(&meta, merging), merging->tier - 1,
						  &run) &&
		!too_many_retired(merging->index, &meta))
	{
		(void) merge(merging, &meta, &run);
		release(merging);
	}
	merging->next_look = GetCurrentTimestamp() + LOOK_EVERY;
}

/*
 * Free a place in the table of segments if it is full.  The caller holds the
 * lock of merges.
 */
static void
make_place(Relation index)
{
	BisMeta		meta;
	BisCompactionRun run;

	BisReadMeta(index, &meta);
	if (meta.nsegments < BIS_MAX_SEGMENTS)
		return;
	run = BisCompactionLeast(&meta);
	(void) BisCompactionMerge(index, &meta, &run, BIS_MERGE_WRITER, false, NULL,
							  NULL);
}

/* Is the table of segments full? */
static bool
is_full(Relation index)
{
	BisMeta		meta;

	BisReadMeta(index, &meta);
	return meta.nsegments == BIS_MAX_SEGMENTS;
}

/* Is there a run to merge? */
static bool
merges_are_due(Relation index)
{
	BisMeta		meta;
	BisCompactionRun run;

	BisReadMeta(index, &meta);
	return meta.nsegments == BIS_MAX_SEGMENTS ||
		BisCompactionFind(&meta, 0, BIS_LAST_TIER, &run);
}

/*
 * Merge in the place of a worker, of which there is none, or which cannot
 * know the index yet.  Not if somebody is merging.
 */
static void
merge_here(Relation index)
{
	Merging		merging = {.index = index};

	if (!BisLockTry(index, BIS_MERGE_LOCK))
		return;
	if (RELATION_IS_LOCAL(index))
	{
		BisMeta		meta;
		BisCompactionRun run;

		BisReadMeta(index, &meta);
		if (BisCompactionFind(&meta, 0, BIS_LAST_TIER, &run))
			(void) merge(&merging, &meta, &run);
	}
	make_place(index);
	BisLockRelease(index, BIS_MERGE_LOCK);
}

void
BisUpkeepRequest(Relation index)
{
	if (merges_are_due(index) && !RELATION_IS_LOCAL(index))
		(void) BisMergeRequest(index);
}

void
BisUpkeepInsert(Relation index)
{
	if (BisLockTry(index, BIS_FLUSH_LOCK))
	{
		(void) BisFlushPiece(index, PG_UINT64_MAX, BIS_PENDING_PAGES,
							 (Size) maintenance_work_mem * 1024);
		BisLockRelease(index, BIS_FLUSH_LOCK);
	}
	if (!merges_are_due(index))
		return;
	if (RELATION_IS_LOCAL(index) ||
		(!BisMergeRequest(index) && is_full(index)))
		merge_here(index);
}

/* Flush the lists up to generation last; the caller holds no lock. */
static void
flush_up_to(Relation index, uint64 last)
{
	bool		more = true;

	while (more)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_full(index) && BisLockTry(index, BIS_MERGE_LOCK))
		{
			make_place(index);
			BisLockRelease(index, BIS_MERGE_LOCK);
		}
		BisLockAcquire(index, BIS_FLUSH_LOCK);
		more = BisFlushPiece(index, last, PG_UINT64_MAX,
							 (Size) maintenance_work_mem * 1024);
		BisLockRelease(index, BIS_FLUSH_LOCK);
	}
}

void
BisUpkeepFlush(Relation index)
{
	BisMeta		meta;

	BisReadMeta(index, &meta);
	flush_up_to(index, meta.current.generation);
}

/* Find what to merge next; false if there is nothing, or it has to wait. */
static bool
find_next(Relation index, const BisMeta *meta, BisCompactionRun *run)
{
	bool		full = meta->nsegments == BIS_MAX_SEGMENTS;

	if (!full && too_many_retired(index, meta))
		return false;
	if (BisCompactionFind(meta, 0, BIS_LAST_TIER, run))
		return true;
	if (full)
		*run = BisCompactionLeast(meta);
	return full || BisCompactionFindDead(index, meta, run);
}

void
BisUpkeepMerge(Relation index, Relation heap, BisUpkeepCheck check,
			   void *arg)
{
	Merging		merging = {.index = index, .releases = true, .heap = heap,
	.check = check, .arg = arg};
	BisMeta		meta;
	BisCompactionRun run;

	BisUpkeepFlush(index);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (check != NULL)
			check(arg);
		release(&merging);
		BisReadMeta(index, &meta);
		if (is_relieved(&merging) || !find_next(index, &meta, &run))
			break;
		(void) merge(&merging, &meta, &run);
	}
}

void
BisUpkeepMergeAll(Relation index)
{
	Merging		merging = {.index = index};
	uint32		first = 0;
	BisMeta		meta;
	uint64		later;

	BisUpkeepFlush(index);
	BisReadMeta(index, &meta);
	later = meta.next_generation;
	for (;;)
	{
		BisCompactionRun run = {.first = first, .tier = BIS_LAST_TIER};
		const BisSegmentEntry *next = &meta.segments[first];
		uint64		ndocs = 0;

		CHECK_FOR_INTERRUPTS();
		while (first + run.n < meta.nsegments && next->generation < later &&
			   ndocs + next->ndocs <= BIS_MAX_DOCS)
		{
			ndocs += next++->ndocs;
			run.n++;
		}
		if (run.n == 0)
			break;
		/* without live articles no segment is left */
		if ((run.n == 1 &&
			 !BisCompactionHasDead(index, &meta.segments[first])) ||
			merge(&merging, &meta, &run))
			first++;
		BisReadMeta(index, &meta);
	}
}
