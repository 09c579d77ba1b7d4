/*
 * upkeep.c
 *	  Deciding when to flush and to merge, and which backend does it.
 *
 * Flushes are short, and done by inserts.  Merges may be long, and are done
 * by VACUUM and by workers that inserts ask for.  Flushes and merges have a
 * lock each, so inserts can flush while segments are being merged.  A backend
 * that merges large segments checks now and then for smaller work, and does
 * that first.  So neither the pending list nor the list of segments becomes
 * long, however long a merge takes.
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

/* microseconds after which a merge checks for smaller work again */
#define CHECK_INTERVAL 20000

/* a merge pauses to flush more pages of pending articles than this */
#define LONG_LIST (2 * BIS_PENDING_PAGES)

/* retired pages are reclaimed when they are more than 1/N of all pages */
#define RETIRED_FRACTION 8

/* this many retired pages, 8 MB, never stop merges */
#define MIN_RETIRED_PAGES 1024

/* a running merge, and what it needs to do smaller work in between */
typedef struct Merging
{
	Relation	index;
	bool		reclaims;		/* reclaim retired pages?  Then heap is as in
								 * BisUpkeepMerge */
	Relation	heap;
	int			writer;
	uint64		last;			/* generation of its run's last segment */
	int			tier;			/* of its run; lower ones are smaller work */
	TimestampTz next_check;
	BisUpkeepCheck check;
	void	   *arg;
} Merging;

static void do_smaller_work(void *arg);

/*
 * Merge a run as the writer after parent's, doing smaller work in between;
 * the index and the callbacks are parent's.  Returns whether the run had live
 * articles.
 */
static bool
merge_run(const Merging *parent, const BisMeta *meta,
		  const BisCompactionRun *run)
{
	Merging		merging = *parent;

	merging.writer++;
	merging.last = meta->segments[run->first + run->n - 1].generation;
	merging.tier = run->tier;
	return BisCompactionMerge(merging.index, meta, run, merging.writer, true,
							  do_smaller_work, &merging);
}

/*
 * Flush the lists up to generation last, unless another backend is flushing.
 */
static void
flush_if_unlocked(Relation index, uint64 last)
{
	if (!BisLockTry(index, BIS_FLUSH_LOCK))
		return;
	while (BisFlushPiece(index, last, PG_UINT64_MAX,
						 (Size) maintenance_work_mem * 1024))
		CHECK_FOR_INTERRUPTS();
	BisLockRelease(index, BIS_FLUSH_LOCK);
}

/* The index of the first segment after the run that is being merged. */
static uint32
first_after_run(const BisMeta *meta, const Merging *merging)
{
	uint32		after = meta->nsegments;

	while (after > 0 && meta->segments[after - 1].generation != merging->last)
		after--;
	return after;
}

/*
 * Are there more retired pages than live ones?  A forgotten transaction may
 * keep them from being reclaimed, and more merges would fill the disk.
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

/* Reclaim retired pages, if they are enough to be worth reading the file. */
static void
reclaim_if_due(const Merging *merging)
{
	Relation	index = merging->index;
	BufferAccessStrategy strategy;
	BisMeta		meta;

	if (!merging->reclaims)
		return;
	BisReadMeta(index, &meta);
	if (BisRetiredPages(&meta) <=
		RelationGetNumberOfBlocks(index) / RETIRED_FRACTION)
		return;
	strategy = GetAccessStrategy(BAS_VACUUM);
	(void) BisReclaim(index, merging->heap, strategy);
	FreeAccessStrategy(strategy);
}

/*
 * Should this worker leave the rest to a backend that waits for the merge
 * lock, such as VACUUM?  It might never finish otherwise, if inserts keep
 * making work for it.
 */
static bool
should_yield(const Merging *merging)
{
	return merging->check != NULL &&
		BisLockIsWanted(merging->index, BIS_MERGE_LOCK);
}

/* Do work that is smaller than the running merge: BisStore's meanwhile. */
static void
do_smaller_work(void *arg)
{
	Merging    *merging = arg;
	TimestampTz now = GetCurrentTimestamp();
	BisMeta		meta;
	BisCompactionRun run;

	if (now < merging->next_check)
		return;
	if (merging->check != NULL)
		merging->check(merging->arg);
	BisReadMeta(merging->index, &meta);
	if (BisListPages(&meta.frozen) + BisListPages(&meta.current) > LONG_LIST)
	{
		flush_if_unlocked(merging->index, meta.current.generation);
		BisReadMeta(merging->index, &meta);
	}
	if (merging->writer + 1 < BIS_MAX_WRITERS && !should_yield(merging) &&
		BisCompactionFind(&meta, first_after_run(&meta, merging),
						  merging->tier - 1, &run) &&
		!too_many_retired(merging->index, &meta))
	{
		(void) merge_run(merging, &meta, &run);
		reclaim_if_due(merging);
	}
	merging->next_check = GetCurrentTimestamp() + CHECK_INTERVAL;
}

/*
 * If the metapage has no room for another segment, make room by merging two.
 * The caller holds the merge lock.
 */
static void
make_segment_slot(Relation index)
{
	BisMeta		meta;
	BisCompactionRun run;

	BisReadMeta(index, &meta);
	if (meta.nsegments < BIS_MAX_SEGMENTS)
		return;
	run = BisCompactionLeast(&meta);
	(void) BisCompactionMerge(index, &meta, &run, BIS_MERGE_WRITER, false,
							  NULL, NULL);
}

/* Has the metapage no room for another segment? */
static bool
segments_are_full(Relation index)
{
	BisMeta		meta;

	BisReadMeta(index, &meta);
	return meta.nsegments == BIS_MAX_SEGMENTS;
}

/* Is there a run to merge, or no room for another segment? */
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
 * Merge in this backend, because there is no worker for it or a worker could
 * not see the index yet.  Does nothing if another backend is merging.
 */
static void
merge_in_foreground(Relation index)
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
			(void) merge_run(&merging, &meta, &run);
	}
	make_segment_slot(index);
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
		(!BisMergeRequest(index) && segments_are_full(index)))
		merge_in_foreground(index);
}

/* Flush the lists up to generation last; the caller holds no lock. */
static void
flush_lists_up_to(Relation index, uint64 last)
{
	bool		more = true;

	while (more)
	{
		CHECK_FOR_INTERRUPTS();
		if (segments_are_full(index) && BisLockTry(index, BIS_MERGE_LOCK))
		{
			make_segment_slot(index);
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
	flush_lists_up_to(index, meta.current.generation);
}

/* Find what to merge next; false if there is nothing, or it has to wait. */
static bool
find_next_run(Relation index, const BisMeta *meta, BisCompactionRun *run)
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
	Merging		merging = {.index = index, .reclaims = true, .heap = heap,
	.check = check, .arg = arg};
	BisMeta		meta;
	BisCompactionRun run;

	BisUpkeepFlush(index);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (check != NULL)
			check(arg);
		reclaim_if_due(&merging);
		BisReadMeta(index, &meta);
		if (should_yield(&merging) || !find_next_run(index, &meta, &run))
			break;
		(void) merge_run(&merging, &meta, &run);
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
		/* a run without live articles leaves no segment to step over */
		if ((run.n == 1 &&
			 !BisCompactionHasDead(index, &meta.segments[first])) ||
			merge_run(&merging, &meta, &run))
			first++;
		BisReadMeta(index, &meta);
	}
}
