/*
 * vacuum.c
 *	  VACUUM: marking articles dead; then flushing, merging and reclaiming.
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
#include "index/page/error_context.h"
#include "index/page/maintenance_lock.h"
#include "index/page/pending.h"
#include "index/segment/reader.h"
#include "index/upkeep/reclaim.h"
#include "index/upkeep/upkeep.h"

/* Set the bits of newly_dead on one page of the dead bitmap. */
static void
mark_bitmap_page(BisSegment *segment, uint32 page, const uint8 *newly_dead)
{
	Relation	index = segment->store->index;
	BlockNumber block = BisStreamBlock(segment, BIS_STREAM_DEAD, page);
	Buffer		buffer = BisGetBuffer(index, block, BIS_STREAM_PAGE,
									  segment->generation,
									  BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	Page		copy = GenericXLogRegisterBuffer(state, buffer, 0);
	uint8	   *bits = BisPageContent(copy);

	for (Size i = 0; i < BisPageUsed(copy); i++)
		bits[i] |= newly_dead[i];
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

/* Call the callback for the live articles of one page of the dead bitmap. */
static void
vacuum_bitmap_page(BisSegment *segment, uint32 page,
				   IndexBulkDeleteCallback callback, void *arg,
				   IndexBulkDeleteResult *stats)
{
	uint32		first = page * BIS_DEAD_PER_PAGE;
	uint32		n = Min(BIS_DEAD_PER_PAGE, segment->header->ndocs - first);
	uint8	   *newly_dead = palloc0(BIS_PAGE_ROOM);
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
			newly_dead[i / BITS_PER_BYTE] |= 1 << (i % BITS_PER_BYTE);
			any = true;
			stats->tuples_removed += 1;
		}
		else
			stats->num_index_tuples += 1;
	}
	if (any)
		mark_bitmap_page(segment, page, newly_dead);
	pfree(newly_dead);
}

/*
 * CREATE INDEX CONCURRENTLY uses this too, to learn which rows the index has,
 * so the callback must be called for each live article.  It is called twice
 * for articles that a flush turns into a segment meanwhile.
 */
IndexBulkDeleteResult *
bisbulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
			  IndexBulkDeleteCallback is_dead, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch vacuum",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	ErrorContextCallback callback;
	BisStore	store = {.index = info->index};
	BisMeta		meta;

	if (stats == NULL)
		stats = palloc0_object(IndexBulkDeleteResult);
	stats->num_index_tuples = 0;

	caller = MemoryContextSwitchTo(context);
	BisErrorContextBegin(&callback, info->index);
	BisLockAcquire(info->index, BIS_MERGE_LOCK);

	/*
	 * Pending articles come first: a flush afterwards leaves out those that
	 * are marked, so that its segment need not be vacuumed.  Inserts go on
	 * meanwhile, but never insert a row that VACUUM is removing, nor, in
	 * CREATE INDEX CONCURRENTLY, one that its snapshot will look for.
	 */
	BisLockAcquire(info->index, BIS_FLUSH_LOCK);
	BisReadMeta(info->index, &meta);
	BisPendingVacuum(info->index, &meta.frozen, is_dead, arg, stats);
	BisPendingVacuum(info->index, &meta.current, is_dead, arg, stats);
	BisLockRelease(info->index, BIS_FLUSH_LOCK);
	BiTestPointWait(BI_TEST_PENDING_MARKED);

	BisReadMeta(info->index, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		BisSegment *segment = BisSegmentOpen(&store, &meta.segments[i]);

		for (uint32 page = 0;
			 page < segment->header->streams[BIS_STREAM_DEAD].npages; page++)
			vacuum_bitmap_page(segment, page, is_dead, arg, stats);
	}
	BisLockRelease(info->index, BIS_MERGE_LOCK);
	BisErrorContextEnd(&callback);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return stats;
}

/* The number of live articles of all segments. */
static double
count_live_articles(Relation index)
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
	ErrorContextCallback callback;

	if (stats == NULL)
		stats = palloc0_object(IndexBulkDeleteResult);
	BisErrorContextBegin(&callback, info->index);
	caller = MemoryContextSwitchTo(context);
	if (info->analyze_only)
		BisUpkeepFlush(info->index);
	else
	{
		BisLockAcquire(info->index, BIS_MERGE_LOCK);
		BisUpkeepMerge(info->index, BiVacuumHeap(info), NULL, NULL);
		stats->pages_free = BisReclaim(info->index, BiVacuumHeap(info),
									   info->strategy);
		/* keep the merge lock: VACUUM has no snapshot that prevents reuse */
		stats->num_index_tuples = count_live_articles(info->index);
		BisLockRelease(info->index, BIS_MERGE_LOCK);
	}
	stats->num_pages = RelationGetNumberOfBlocks(info->index);
	stats->estimated_count = info->estimated_count;
	BisErrorContextEnd(&callback);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return stats;
}
