/*
 * scan.c
 *	  Bitmap scans.
 *
 * A scan copies the metapage once, and uses the segments and lists that the
 * copy names.  Whether they are merged or flushed meanwhile does not matter,
 * since their pages are not reused while the scan's snapshot exists.  Whether
 * a row that was inserted or deleted meanwhile is visible, the snapshot
 * decides.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/table.h"
#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "pgstat.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/am/handler.h"
#include "index/page/error_context.h"
#include "index/page/pending.h"
#include "index/search/segment_search.h"

/* heap addresses that are passed to the bitmap at a time */
#define MAX_TIDS 256

/* a scan's state, in the memory context of bisbeginscan */
typedef struct ScanState
{
	MemoryContext context;		/* reset after each bitmap */
	BisSearch	search;
	Oid			heap;			/* the index's table */
	BlockNumber nblocks;		/* of the heap; it may have grown since */
	TIDBitmap  *bitmap;
	int64		total;
	int			ntids;
	ItemPointerData tids[MAX_TIDS];
} ScanState;

IndexScanDesc
bisbeginscan(Relation index, int nkeys, int norderbys)
{
	IndexScanDesc scan = RelationGetIndexScan(index, nkeys, norderbys);
	ScanState  *state = palloc0_object(ScanState);

	state->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch scan",
										   ALLOCSET_DEFAULT_SIZES);
	scan->opaque = state;
	return scan;
}

void
bisrescan(IndexScanDesc scan, ScanKey keys, int nkeys,
		  ScanKey orderbys pg_attribute_unused(),
		  int norderbys pg_attribute_unused())
{
	if (keys != NULL && nkeys > 0)
		memmove(scan->keyData, keys, nkeys * sizeof(ScanKeyData));
}

void
bisendscan(IndexScanDesc scan)
{
	ScanState  *state = scan->opaque;

	MemoryContextDelete(state->context);
	pfree(state);
}

/* Pass the heap addresses gathered so far to the bitmap. */
static void
pass_tids_to_bitmap(ScanState *state)
{
	tbm_add_tuples(state->bitmap, state->tids, state->ntids, false);
	state->total += state->ntids;
	state->ntids = 0;
}

/*
 * Does the table have such a block?  This must be checked, since the
 * executor, which has locked the table, prefetches any block of a bitmap.
 */
static bool
heap_has_block(ScanState *state, BlockNumber block)
{
	if (block >= state->nblocks)
	{
		Relation	heap = table_open(state->heap, NoLock);

		state->nblocks = RelationGetNumberOfBlocks(heap);
		table_close(heap, NoLock);
	}
	return block < state->nblocks;
}

static void
add_tid(ScanState *state, ItemPointer tid)
{
	if (!BisTidIsSound(tid) ||
		!heap_has_block(state, ItemPointerGetBlockNumberNoCheck(tid)))
		BisCorrupted("heap address of an article");
	state->tids[state->ntids++] = *tid;
	if (state->ntids == MAX_TIDS)
		pass_tids_to_bitmap(state);
}

/* Add the live hits of a window: the callback of BisSearchSegment. */
static void
add_window_tids(void *arg, BisSegment *segment, uint32 first,
				const uint64 *bits)
{
	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		for (uint64 rest = bits[i]; rest != 0; rest &= rest - 1)
		{
			uint32		doc = first + i * 64 + pg_rightmost_one_pos64(rest);
			ItemPointerData tid;

			if (BisSegmentIsDead(segment, doc))
				continue;
			memcpy(&tid, BisSegmentDoc(segment, doc)->tid, sizeof(tid));
			add_tid(arg, &tid);
		}
	}
}

/* Add a pending article if it satisfies all conditions. */
static void
add_pending_tid(void *arg, ItemPointer tid, void *content, Size size)
{
	ScanState  *state = arg;

	if (BisSearchMatches(&state->search, content, size))
		add_tid(state, tid);
}

/*
 * Make the conditions from the scan keys.  Returns false if the query or
 * array of one is null, so that nothing satisfies it.
 */
static bool
make_conditions(IndexScanDesc scan, ScanState *state)
{
	for (int i = 0; i < scan->numberOfKeys; i++)
	{
		if (scan->keyData[i].sk_flags & SK_ISNULL)
			return false;
	}
	BisSearchMake(scan->indexRelation, scan->keyData, scan->numberOfKeys,
				  &state->search);
	return true;
}

static void
search_segments(IndexScanDesc scan, ScanState *state, const BisMeta *meta)
{
	BisStore	store = {.index = scan->indexRelation,
	.snapshot = scan->xs_snapshot};

	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
													  "bisearch segment",
													  ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(context);
		BisSegment *segment = BisSegmentOpen(&store, &meta->segments[i]);

		BisSegmentPin(segment);
		BisSearchSegment(&state->search, segment, NULL, add_window_tids,
						 state);
		BisSegmentUnpin(segment);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
}

int64
bisgetbitmap(IndexScanDesc scan, TIDBitmap *bitmap)
{
	ScanState  *state = scan->opaque;
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	ErrorContextCallback callback;
	BisMeta		meta;

	BisErrorContextBegin(&callback, scan->indexRelation);
	pgstat_count_index_scan(scan->indexRelation);
	BiCountIndexSearch(scan);
	state->heap = scan->indexRelation->rd_index->indrelid;
	state->nblocks = 0;
	state->bitmap = bitmap;
	state->total = 0;
	state->ntids = 0;
	if (make_conditions(scan, state))
	{
		BisReadMetaFor(scan->indexRelation, scan->xs_snapshot, &meta);
		BiTestPointWait(BI_TEST_SCAN_BEGUN);
		search_segments(scan, state, &meta);
		BisPendingScan(scan->indexRelation, scan->xs_snapshot, &meta.frozen,
					   add_pending_tid, state);
		BisPendingScan(scan->indexRelation, scan->xs_snapshot, &meta.current,
					   add_pending_tid, state);
		pass_tids_to_bitmap(state);
	}
	BisErrorContextEnd(&callback);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->context);
	return state->total;
}
