/*
 * vacuum.c
 *	  Marking dead articles, and keeping the segments few.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/am/handler.h"
#include "index/page/maintenance_lock.h"
#include "index/page/pending.h"
#include "index/segment/reader.h"
#include "index/upkeep/reclaim.h"
#include "index/upkeep/upkeep.h"

/* Set the bits of the dead articles in set, on one page of the bitmap. */
static void
mark_page(BisSegment *segment, uint32 page, const uint8 *set)
{
	Relation	index = segment->store->index;
	Buffer		buffer = BisGetBuffer(index,
									  BisStreamBlock(segment, BIS_STREAM_DEAD, page),
									  BIS_STREAM_PAGE, segment->generation,
									  BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	Page		copy = GenericXLogRegisterBuffer(state, buffer, 0);
	uint8	   *bits = BisPageContent(copy);

	for (Size i = 0; i < BisPageUsed(copy); i++)
		bits[i] |= set[i];
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

/* Ask the callback about the live articles of one page of the bitmap. */
static void
vacuum_bits(BisSegment *segment, uint32 page,
			IndexBulkDeleteCallback callback, void *arg,
			IndexBulkDeleteResult *stats)
{
	uint32		first = page * BIS_DEAD_PER_PAGE;
	uint32		n = Min(BIS_DEAD_PER_PAGE, segment->header->ndocs - first);
	uint8	   *set = palloc0(BIS_PAGE_ROOM);
	bool		any = false;

	for (uint32 i = 0; i < n; i++)
	{
		ItemPointerData tid;

		if (i % BIS_BLOCK == 0)
			BiVacuumDelay();
		if (BisSegmentIsDead(segment, first + i))
			continue;
		memcpy(&tid, BisSegmentDoc(segment, first + i)->tid, sizeof(tid));
		if (callback(&tid, arg))
		{
			set[i / BITS_PER_BYTE] |= 1 << (i % BITS_PER_BYTE);
			any = true;
			stats->tuples_removed += 1;
		}
		else
			stats->num_index_tuples += 1;
	}
	if (any)
		mark_page(segment, page, set);
	pfree(set);
}

/*
 * Also how CREATE INDEX CONCURRENTLY learns which rows the index has, so each
 * live article must be asked about.  Those that a flush makes a segment of
 * meanwhile are asked about twice.
 */
IndexBulkDeleteResult *
bisbulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
			  IndexBulkDeleteCallback callback, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch vacuum",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	BisStore	store = {.index = info->index};
	BisMeta		meta;

	if (stats == NULL)
		stats = palloc0_object(IndexBulkDeleteResult);
	stats->num_index_tuples = 0;

	caller = MemoryContextSwitchTo(context);
	BisLockAcquire(info->index, BIS_MERGE_LOCK);

	/*
	 * Pending articles first: those that flushes make segments of afterwards
	 * are marked, and left out of them.  Inserts go on meanwhile, but none of
	 * a row that VACUUM knows of, nor, in CREATE INDEX CONCURRENTLY, of one
	 * that its snapshot will look for.
	 */
	BisLockAcquire(info->index, BIS_FLUSH_LOCK);
	BisReadMeta(info->index, &meta);
	BisPendingVacuum(info->index, &meta.frozen, callback, arg, stats);
	BisPendingVacuum(info->index, &meta.current, callback, arg, stats);
	BisLockRelease(info->index, BIS_FLUSH_LOCK);
	BiTestPointWait(BI_TEST_PENDING_MARKED);

	BisReadMeta(info->index, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta.segments[i]);

		for (uint32 page = 0;
			 page < segment->header->streams[BIS_STREAM_DEAD].npages; page++)
			vacuum_bits(segment, page, callback, arg, stats);
	}
	BisLockRelease(info->index, BIS_MERGE_LOCK);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return stats;
}

/* Live articles of the segments. */
static double
count_articles(Relation index)
{
	BisStore	store = {.index = index};
	BisMeta		meta;
	double		count = 0;

	BisReadMeta(index, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta.segments[i]);

		for (uint32 doc = 0; doc < segment->header->ndocs; doc++)
			count += !BisSegmentIsDead(segment, doc);
	}
	return count;
}

IndexBulkDeleteResult *
bisvacuumcleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch cleanup",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;

	if (stats == NULL)
		stats = palloc0_object(IndexBulkDeleteResult);
	caller = MemoryContextSwitchTo(context);
	if (info->analyze_only)
		BisUpkeepFlush(info->index);
	else
	{
		BisLockAcquire(info->index, BIS_MERGE_LOCK);
		BisUpkeepMerge(info->index, BiVacuumHeap(info), NULL, NULL);
		stats->pages_free = BisReclaim(info->index, BiVacuumHeap(info),
									   info->strategy);
		/* under the lock, as VACUUM's snapshot keeps no page from reuse */
		stats->num_index_tuples = count_articles(info->index);
		BisLockRelease(info->index, BIS_MERGE_LOCK);
	}
	stats->num_pages = RelationGetNumberOfBlocks(info->index);
	stats->estimated_count = info->estimated_count;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return stats;
}
