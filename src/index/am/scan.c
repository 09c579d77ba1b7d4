/*
 * scan.c
 *	  Bitmap scans.
 *
 * A scan reads the metapage once, and uses the segments and lists that it
 * names: what becomes of them meanwhile does not matter, since no page that a
 * metapage ever named is overwritten.  An article that is in the copy and was
 * deleted since, or inserted since, is one that the snapshot judges.
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
#include "index/page/pending.h"
#include "index/search/segment_search.h"

/* heap addresses handed over at a time */
#define MAX_TIDS 256

/* a scan's state, in the scan's memory context */
typedef struct ScanState
{
	MemoryContext context;		/* for one bitmap */
	BisCondition **plans;
	int			nplans;
	Oid			heap;			/* of the index */
	BlockNumber nblocks;		/* of the heap, at least */
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

/* Hand over what was found so far. */
static void
flush_tids(ScanState *state)
{
	tbm_add_tuples(state->bitmap, state->tids, state->ntids, false);
	state->total += state->ntids;
	state->ntids = 0;
}

/*
 * Has the table such a block?  The executor, which has locked the table, reads
 * ahead whatever a bitmap names.
 */
static bool
heap_has(ScanState *state, BlockNumber block)
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
		!heap_has(state, ItemPointerGetBlockNumberNoCheck(tid)))
		BisCorrupted("heap address of an article");
	state->tids[state->ntids++] = *tid;
	if (state->ntids == MAX_TIDS)
		flush_tids(state);
}

/* Articles of a segment were found. */
static void
found_window(void *arg, BisSegment *segment, uint32 first, const uint64 *bits)
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

/* Look at a pending article. */
static void
visit_pending(void *arg, ItemPointer tid, TSVector vector, Size size)
{
	ScanState  *state = arg;

	for (int i = 0; i < state->nplans; i++)
	{
		if (!BisConditionMatchesStored(state->plans[i], vector, size))
			return;
	}
	add_tid(state, tid);
}

/*
 * Make the plans; false if a condition is null, query or array, and nothing
 * satisfies it.
 */
static bool
make_plans(IndexScanDesc scan, ScanState *state)
{
	state->nplans = scan->numberOfKeys;
	state->plans = palloc_array(BisCondition *, Max(state->nplans, 1));
	for (int i = 0; i < state->nplans; i++)
	{
		ScanKey		key = &scan->keyData[i];

		if (key->sk_flags & SK_ISNULL)
			return false;
		state->plans[i] = key->sk_flags & SK_SEARCHARRAY ?
			BisConditionMakeAny(key->sk_strategy, key->sk_argument) :
			BisConditionMake(key->sk_strategy, key->sk_argument);
	}
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
		BisSearchSegment(state->plans, state->nplans, segment, found_window,
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
	BisMeta		meta;

	pgstat_count_index_scan(scan->indexRelation);
	state->heap = scan->indexRelation->rd_index->indrelid;
	state->nblocks = 0;
	state->bitmap = bitmap;
	state->total = 0;
	state->ntids = 0;
	if (make_plans(scan, state))
	{
		BisReadMetaFor(scan->indexRelation, scan->xs_snapshot, &meta);
		BiTestPointWait(BI_TEST_SCAN_BEGUN);
		search_segments(scan, state, &meta);
		BisPendingScan(scan->indexRelation, scan->xs_snapshot, &meta.frozen,
					   visit_pending, state);
		BisPendingScan(scan->indexRelation, scan->xs_snapshot, &meta.current,
					   visit_pending, state);
		flush_tids(state);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->context);
	return state->total;
}
