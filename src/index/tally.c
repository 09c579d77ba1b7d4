/*
 * tally.c
 *	  How many rows of a table a search finds, by index and visibility map.
 *
 * The hits of a segment are counted in batches.  Of each batch we look
 *
 *		1. at the visibility map: is the hit's heap page all-visible?
 *		2. then at the dead bitmap, as it is now: is the article dead?
 *		3. then at the metapage: is the segment still listed?
 *
 * in this order.  A dead article counts for nothing; any other counts if its
 * page was all-visible and the segment is listed; of the rest the heap is
 * asked.
 *
 * Why that is right: let a hit pass all three.  When its page was seen
 * all-visible, each row on it was visible to everybody, so to our snapshot,
 * and a row that is the article's counts rightly.  If it is not the
 * article's, then VACUUM had removed that before, and all of the index was
 * told still earlier: VACUUM marks dead articles in all listed segments
 * before it frees their heap addresses, and a page is not all-visible before
 * that.  So either our segment was listed then, and its bit was set before
 * look 1: look 2 finds it.  Or it was not: segments that are gone do not come
 * back, so look 3 does not find it; and one that was not listed yet was made
 * from articles that had been marked, and has none of them.  Marking and
 * merging exclude each other.  Each look comes after the one before by the
 * lock of a page, which no read is moved across.
 *
 * A dead article's heap address may belong to another row by now.  So the
 * heap is not asked of it: it would tell of the other row.  Where the heap is
 * asked of an article that is dead and not known to be, because its segment
 * is gone, an owner of the address is one that came after our snapshot, and
 * is not visible: what was freed before the snapshot was marked before we
 * read the metapage, in what is listed there.
 *
 * No heap address comes twice: an article is in one segment or pending list
 * of the metapage that we copied, and two articles of one address are never
 * alive.  Of a HOT chain the index has the first address only.
 *
 * The visibility map is read without a lock, so what we see may be old; but
 * not older than our snapshot, or than the lock under which we found the
 * article.  Inserts and deletes clear the map's bit before others can see
 * what they did: an insert before the article is in the index, a delete
 * before it commits.  So what is too old to know of them comes from a time at
 * which the row was as our snapshot sees it.
 *
 * On a standby all of this happens in the order of the log, and what removes
 * rows that our snapshot could see waits for us or ends us.
 */
#include "postgres.h"

#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/pending.h"
#include "index/tally.h"

/* hits looked at together; at most BIS_DEAD_PER_PAGE */
#define BATCH 2048

typedef struct Hit
{
	uint32		doc;
	ItemPointerData tid;
	bool		visible;		/* look 1: its page is all-visible */
	bool		dead;			/* look 2 */
} Hit;

struct BisTally
{
	Relation	heap;
	Relation	index;
	Snapshot	snapshot;
	MemoryContext context;		/* for one count */
	BlockNumber nblocks;		/* of the heap, at least */
	IndexFetchTableData *fetch;
	TupleTableSlot *slot;
	Buffer		map;			/* page of the visibility map, or invalid */
	BisPlan   **plans;
	int			nplans;
	int64		rows;
	int64		visits;
	BisSegment *segment;		/* of the batch */
	int			nhits;
	Hit			hits[BATCH];
};

BisTally *
BisTallyBegin(Relation heap, Relation index, Snapshot snapshot)
{
	BisTally   *tally = palloc0_object(BisTally);

	tally->heap = heap;
	tally->index = index;
	tally->snapshot = snapshot;
	tally->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch count",
										   ALLOCSET_DEFAULT_SIZES);
	tally->fetch = table_index_fetch_begin(heap);
	tally->slot = table_slot_create(heap, NULL);
	tally->map = InvalidBuffer;
	return tally;
}

void
BisTallyEnd(BisTally *tally)
{
	if (BufferIsValid(tally->map))
		ReleaseBuffer(tally->map);
	table_index_fetch_end(tally->fetch);
	ExecDropSingleTupleTableSlot(tally->slot);
	MemoryContextDelete(tally->context);
	pfree(tally);
}

/* Count the row at tid if the snapshot sees it. */
static void
ask_heap(BisTally *tally, ItemPointerData tid)
{
	bool		again = false;

	if (ItemPointerGetBlockNumber(&tid) >= tally->nblocks)
	{
		tally->nblocks = RelationGetNumberOfBlocks(tally->heap);
		if (ItemPointerGetBlockNumber(&tid) >= tally->nblocks)
			BisCorrupted("heap address of an article");
	}
	tally->visits++;
	if (table_index_fetch_tuple(tally->fetch, &tid, tally->snapshot,
								tally->slot, &again, NULL))
	{
		tally->rows++;
		pgstat_count_heap_fetch(tally->index);
		ExecClearTuple(tally->slot);
	}
	if (again)
		elog(ERROR, "only MVCC snapshots can be counted with");
}

/* Look 1: which pages are all-visible? */
static void
look_at_map(BisTally *tally)
{
	BlockNumber last = InvalidBlockNumber;
	bool		visible = false;

	for (int i = 0; i < tally->nhits; i++)
	{
		Hit		   *hit = &tally->hits[i];
		BlockNumber block = ItemPointerGetBlockNumber(&hit->tid);

		if (block != last)
		{
			CHECK_FOR_INTERRUPTS();
			visible = VM_ALL_VISIBLE(tally->heap, block, &tally->map);
			last = block;
		}
		hit->visible = visible;
	}
}

/* Look 2: which articles are dead?  All are on one page of the bitmap. */
static void
look_at_dead(BisTally *tally)
{
	BisSegment *segment = tally->segment;
	uint32		page = tally->hits[0].doc / BIS_DEAD_PER_PAGE;
	Buffer		buffer = BisGetBuffer(tally->index,
									  BisStreamBlock(segment, BIS_DEAD, page),
									  BIS_STREAM_PAGE, segment->generation,
									  BUFFER_LOCK_SHARE);
	const uint8 *bits = BisPageContent(BufferGetPage(buffer));
	Size		used = BisPageUsed(BufferGetPage(buffer));

	BiTestForOldSnapshot(tally->snapshot, tally->index,
						 BufferGetPage(buffer));
	for (int i = 0; i < tally->nhits; i++)
	{
		Hit		   *hit = &tally->hits[i];
		uint32		bit = hit->doc % BIS_DEAD_PER_PAGE;

		hit->dead = bit / BITS_PER_BYTE < used &&
			((bits[bit / BITS_PER_BYTE] >> (bit % BITS_PER_BYTE)) & 1) != 0;
	}
	UnlockReleaseBuffer(buffer);
}

/* Look 3: is the segment still listed? */
static bool
look_at_meta(BisTally *tally)
{
	BisMeta    *meta;
	Buffer		buffer = BisGetMeta(tally->index, BUFFER_LOCK_SHARE, &meta);
	bool		listed = false;

	for (uint32 i = 0; i < meta->nsegments && !listed; i++)
		listed = meta->segments[i].generation == tally->segment->generation;
	UnlockReleaseBuffer(buffer);
	return listed;
}

/* Count the batch, and empty it. */
static void
count_batch(BisTally *tally)
{
	bool		listed;

	if (tally->nhits == 0)
		return;
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	look_at_map(tally);
	BiTestPointWait(BI_TEST_COUNT_LOOKED);
	look_at_dead(tally);
	listed = look_at_meta(tally);

	for (int i = 0; i < tally->nhits; i++)
	{
		const Hit  *hit = &tally->hits[i];

		if (hit->dead)
			continue;
		if (hit->visible && listed)
		{
			tally->rows++;
			continue;
		}
		CHECK_FOR_INTERRUPTS();
		ask_heap(tally, hit->tid);
	}
	pgstat_count_index_tuples(tally->index, tally->nhits);
	tally->nhits = 0;
}

/* An article of a segment was found. */
static void
found_doc(void *arg, BisSegment *segment, uint32 doc)
{
	BisTally   *tally = arg;
	Hit		   *hit;

	if (tally->nhits == BATCH ||
		(tally->nhits > 0 && tally->hits[0].doc / BIS_DEAD_PER_PAGE !=
		 doc / BIS_DEAD_PER_PAGE))
		count_batch(tally);
	hit = &tally->hits[tally->nhits++];
	hit->doc = doc;
	memcpy(&hit->tid, BisSegmentDoc(segment, doc)->tid, sizeof(hit->tid));
	if (!ItemPointerIsValid(&hit->tid))
		BisCorrupted("heap address of an article");
}

/* Look at a pending article. */
static void
visit_pending(void *arg, ItemPointer tid, TSVector vector)
{
	BisTally   *tally = arg;

	for (int i = 0; i < tally->nplans; i++)
	{
		if (!BisPlanMatches(tally->plans[i], vector))
			return;
	}
	if (!ItemPointerIsValid(tid))
		BisCorrupted("heap address of an article");
	pgstat_count_index_tuples(tally->index, 1);
	ask_heap(tally, *tid);
}

static void
count_segment(BisTally *tally, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = tally->index};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	tally->segment = BisSegmentOpen(&store, entry);
	tally->nhits = 0;
	BisPlanSearch(tally->plans, tally->nplans, tally->segment, found_doc,
				  tally);
	count_batch(tally);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

int64
BisTallyRows(BisTally *tally, BisPlan **plans, int nplans, int64 *visits)
{
	MemoryContext caller = MemoryContextSwitchTo(tally->context);
	BisMeta		meta;

	pgstat_count_index_scan(tally->index);

	/*
	 * No scan of core's takes these for us.  That of the heap stands for rows
	 * that we count without reading them.
	 */
	PredicateLockRelation(tally->index, tally->snapshot);
	PredicateLockRelation(tally->heap, tally->snapshot);

	tally->plans = plans;
	tally->nplans = nplans;
	tally->rows = tally->visits = 0;
	BisReadMetaFor(tally->index, tally->snapshot, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
		count_segment(tally, &meta.segments[i]);
	BisPendingScan(tally->index, tally->snapshot, &meta.frozen,
				   visit_pending, tally);
	BisPendingScan(tally->index, tally->snapshot, &meta.current,
				   visit_pending, tally);

	table_index_fetch_reset(tally->fetch);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(tally->context);
	*visits += tally->visits;
	return tally->rows;
}
