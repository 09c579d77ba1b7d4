/*
 * reclaim.c
 *	  Offering the pages that nobody needs any more to the free space map.
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

/* the file is swept when more than one page in N is unaccounted for */
#define LOST_SHARE 10

/*
 * Drop retired generations that nobody can read, once standbys were told.
 * Returns whether there were any.
 */
static bool
drop_retired(Relation index, Relation heap)
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
	/* flushes may have added some; what standbys were told of may go */
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

/* Pages that the metapage's lists or the free space map account for. */
static uint64
known_pages(Relation index, const BisMeta *meta, BlockNumber nblocks)
{
	BisStore	store = {.index = index};
	uint64		known = 1 + BisRetiredPages(meta) +
		BisListPages(&meta->current) + BisListPages(&meta->frozen);

	for (uint32 i = 0; i < meta->nsegments; i++)
		known += BisSegmentPages(&store, &meta->segments[i]);
	for (BlockNumber block = 0; block < nblocks; block++)
	{
		if (block % 1024 == 0)
			BiVacuumDelay();
		known += GetRecordedFreeSpace(index, block) > 0;
	}
	return known;
}

/* Look at all pages and offer the free ones. */
static BlockNumber
sweep(Relation index, const BisMeta *meta, BlockNumber nblocks,
	  BufferAccessStrategy strategy)
{
	BlockNumber nfree = 0;

	for (BlockNumber block = BIS_METAPAGE + 1; block < nblocks; block++)
	{
		Buffer		buffer;
		bool		is_free;

		BiVacuumDelay();
		buffer = ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL,
									strategy);
		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		is_free = BisPageIsReusable(buffer, meta);
		UnlockReleaseBuffer(buffer);
		/* without its lock: the map may have to be extended */
		if (is_free)
		{
			RecordFreeIndexPage(index, block);
			nfree++;
		}
	}
	IndexFreeSpaceMapVacuum(index);
	return nfree;
}

BlockNumber
BisReclaim(Relation index, Relation heap, BufferAccessStrategy strategy)
{
	bool		dropped = drop_retired(index, heap);
	BlockNumber nblocks = BisSettledLength(index);
	BisMeta		meta;

	BisReadMeta(index, &meta);
	if (!dropped &&
		known_pages(index, &meta, nblocks) + nblocks / LOST_SHARE >= nblocks)
		return 0;
	return sweep(index, &meta, nblocks, strategy);
}
