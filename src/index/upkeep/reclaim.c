/*
 * reclaim.c
 *	  Reclaiming retired pages: offering them to the free space map.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/gist_private.h"
#include "access/xlog.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "storage/freespace.h"
#include "storage/indexfsm.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/page/page.h"
#include "index/page/page_reuse.h"
#include "index/segment/reader.h"
#include "index/upkeep/reclaim.h"

/* the file is swept when more than 1/N of its pages are unaccounted for */
#define LOST_FRACTION 10

/*
 * Reclaim the retired generations that nobody can read any more, after a
 * record was logged that cancels their readers on standbys.  Returns whether
 * there were any.
 */
static bool
reclaim_generations(Relation index, Relation heap)
{
	BisMeta		meta;
	BisMeta    *shared;
	Buffer		buffer;
	GenericXLogState *state;
	Page		page;
	FullTransactionId newest = {0};
	uint32		kept = 0;
	bool		any = false;

	BisReadMeta(index, &meta);
	for (uint32 i = 0; i < meta.nretired; i++)
	{
		FullTransactionId xid = meta.retired[i].xid;

		if (!GlobalVisCheckRemovableFullXid(NULL, xid))
			continue;
		any = true;
		if (FullTransactionIdPrecedes(newest, xid))
			newest = xid;
	}
	if (!any)
		return false;
	if (XLogStandbyInfoActive() && RelationNeedsWAL(index))
		BiLogPageReuse(index, heap, BIS_METAPAGE, newest);
	BiTestPointWait(BI_TEST_CONFLICT);

	buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &shared);
	state = GenericXLogStart(index);
	page = GenericXLogRegisterBuffer(state, buffer, 0);
	shared = (BisMeta *) BisPageContent(page);

	/*
	 * Flushes may have retired more meanwhile.  The logged xid covers every
	 * range that is not newer, so exactly those are reclaimed.
	 */
	for (uint32 i = 0; i < shared->nretired; i++)
	{
		if (FullTransactionIdPrecedes(newest, shared->retired[i].xid))
			shared->retired[kept++] = shared->retired[i];
	}
	memset(&shared->retired[kept], 0,
		   (BIS_MAX_RETIRED - kept) * sizeof(BisRetired));
	shared->nretired = kept;
	BisPageSetUsed(page, BisMetaUsed(shared));
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	return true;
}

/* The number of pages that the metapage or the free space map knows of. */
static uint64
accounted_pages(Relation index, const BisMeta *meta, BlockNumber nblocks)
{
	BisStore	store = {.index = index};
	uint64		accounted = 1 + BisRetiredPages(meta) +
		BisListPages(&meta->current) + BisListPages(&meta->frozen);

	for (uint32 i = 0; i < meta->nsegments; i++)
		accounted += BisSegmentPages(&store, &meta->segments[i]);
	for (BlockNumber block = 0; block < nblocks; block++)
	{
		if (block % 1024 == 0)
			BiVacuumDelay();
		accounted += GetRecordedFreeSpace(index, block) > 0;
	}
	return accounted;
}

/* Read the whole file, and offer all reusable pages; returns how many. */
static BlockNumber
sweep_file(Relation index, const BisMeta *meta, BlockNumber nblocks,
		   BufferAccessStrategy strategy)
{
	BlockNumber nreusable = 0;

	for (BlockNumber block = BIS_METAPAGE + 1; block < nblocks; block++)
	{
		Buffer		buffer;
		bool		is_reusable;

		BiVacuumDelay();
		buffer = ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL,
									strategy);
		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		is_reusable = BisPageIsReusable(buffer, meta);
		UnlockReleaseBuffer(buffer);
		/* with the page unlocked, since the map may have to be extended */
		if (is_reusable)
		{
			RecordFreeIndexPage(index, block);
			nreusable++;
		}
	}
	IndexFreeSpaceMapVacuum(index);
	return nreusable;
}

BlockNumber
BisReclaim(Relation index, Relation heap, BufferAccessStrategy strategy)
{
	bool		reclaimed = reclaim_generations(index, heap);
	BlockNumber nblocks = BisSettledLength(index);
	BisMeta		meta;

	BisReadMeta(index, &meta);
	if (!reclaimed &&
		accounted_pages(index, &meta, nblocks) +
		nblocks / LOST_FRACTION >= nblocks)
		return 0;
	return sweep_file(index, &meta, nblocks, strategy);
}
