/*
 * free.c
 *	  Pages that nobody needs any more.
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
#include "index/free.h"
#include "index/segment.h"

/* the file is swept when more than one page in so many is unaccounted for */
#define LOST_SHARE 10

/* Is some live generation in first .. last? */
static bool
any_live(const BisMeta *meta, uint64 first, uint64 last)
{
#define WITHIN(generation) ((generation) >= first && (generation) <= last)

	if (WITHIN(meta->current.generation) ||
		(meta->frozen.head != InvalidBlockNumber &&
		 WITHIN(meta->frozen.generation)))
		return true;
	for (int i = 0; i < BIS_MAX_WRITERS; i++)
	{
		if (WITHIN(meta->writing[i]))
			return true;
	}
	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		if (WITHIN(meta->segments[i].generation))
			return true;
	}
	return false;
#undef WITHIN
}

bool
BisPageIsFree(Buffer buffer, const BisMeta *meta)
{
	Page		page = BufferGetPage(buffer);
	const BisOpaque *opaque;

	if (PageIsNew(page))
		return true;
	if (((PageHeader) page)->pd_special != BLCKSZ - sizeof(BisOpaque))
		return false;
	opaque = BisPageOpaque(page);
	if (opaque->magic != BIS_MAGIC || opaque->generation == 0 ||
		opaque->block != BufferGetBlockNumber(buffer) ||
		opaque->generation >= meta->next_generation ||
		any_live(meta, opaque->generation, opaque->generation))
		return false;
	for (uint32 i = 0; i < meta->nretired; i++)
	{
		if (opaque->generation >= meta->retired[i].first &&
			opaque->generation <= meta->retired[i].last)
			return false;
	}
	return true;
}

/* Make neighbouring ranges one where no live generation is between them. */
static void
coalesce(BisMeta *meta)
{
	uint32		kept = 0;

	for (uint32 i = 1; i < meta->nretired; i++)
	{
		BisRetired *last = &meta->retired[kept];
		BisRetired *next = &meta->retired[i];

		if (any_live(meta, last->last, next->first))
		{
			meta->retired[++kept] = *next;
			continue;
		}
		last->last = next->last;
		if (FullTransactionIdPrecedes(last->xid, next->xid))
			last->xid = next->xid;
		last->npages += Min(next->npages, PG_UINT32_MAX - last->npages);
	}
	meta->nretired = kept + 1;
	memset(&meta->retired[meta->nretired], 0,
		   (BIS_MAX_RETIRED - meta->nretired) * sizeof(BisRetired));
}

void
BisRetire(BisMeta *meta, uint64 generation, uint32 npages)
{
	/* read under the metapage's lock, so it is not too low */
	FullTransactionId xid = ReadNextFullTransactionId();
	BisRetired *range;
	uint32		at;

	if (meta->nretired == BIS_MAX_RETIRED)
		coalesce(meta);
	at = meta->nretired;
	while (at > 0 && meta->retired[at - 1].first > generation)
		at--;

	/* neighbours that became one may have taken it in: it was live no more */
	if (at > 0 && meta->retired[at - 1].last >= generation)
	{
		range = &meta->retired[at - 1];
		range->npages += Min(npages, PG_UINT32_MAX - range->npages);
	}
	else
	{
		range = &meta->retired[at];
		memmove(range + 1, range,
				(meta->nretired - at) * sizeof(BisRetired));
		memset(range, 0, sizeof(BisRetired));
		range->first = range->last = generation;
		range->npages = npages;
		meta->nretired++;
	}
	range->xid = xid;
}

uint64
BisRetiredPages(const BisMeta *meta)
{
	uint64		npages = 0;

	for (uint32 i = 0; i < meta->nretired; i++)
		npages += meta->retired[i].npages;
	return npages + meta->frozen.nflushed;
}

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
		is_free = BisPageIsFree(buffer, meta);
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
BisRelease(Relation index, Relation heap, BufferAccessStrategy strategy)
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
