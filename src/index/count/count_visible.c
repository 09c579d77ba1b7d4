/*
 * count_visible.c
 *	  How many rows of a table a search finds, by index and visibility map.
 *
 * The hits of a segment are counted in batches.  Of each batch we check
 *
 *		1. the visibility map: is the hit's heap page all-visible?
 *		2. then the dead bitmap, as it is now: is the article dead?
 *		3. then the metapage: is the segment still listed?
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
 * visibility check 1: visibility check 2 finds it.  Or it was not: segments that are gone do not come
 * back, so visibility check 3 does not find it; and one that was not listed yet was made
 * from articles that had been marked, and has none of them.  Marking and
 * merging exclude each other.  Each check comes after the one before by the
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
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/count/count_visible.h"
#include "index/page/pending.h"

/* windows of hits looked at together */
#define BATCH 16

/* words of a window that a page of articles has, about */
#define FETCH_WORDS ((int) (BIS_DOCS_PER_PAGE / 64))

/* so few hits of a page are not beside each other in memory */
#define FETCH_HITS 100

typedef struct Window
{
	uint32		first;
	uint64		hits[BIS_WINDOW_WORDS]; /* but dead ones, after visibility
										 * check 2 */
	uint64		visible[BIS_WINDOW_WORDS];	/* Visibility check 1: those whose
											 * heap page is all-visible */
} Window;

struct BisCountVisible
{
	Relation	heap;
	Relation	index;
	Snapshot	snapshot;
	MemoryContext context;		/* for one count */
	BlockNumber nblocks;		/* of the heap, at least */
	IndexFetchTableData *fetch;
	TupleTableSlot *slot;
	Buffer		map;			/* page of the visibility map, or invalid */
	BisCondition **plans;
	int			nplans;
	int64		rows;
	int64		visits;
	BisSegment *segment;		/* being searched */
	int			nwindows;		/* of the batch */
	Window		windows[BATCH];
};

BisCountVisible *
BisCountVisibleBegin(Relation heap, Relation index, Snapshot snapshot)
{
	BisCountVisible *count = palloc0_object(BisCountVisible);

	count->heap = heap;
	count->index = index;
	count->snapshot = snapshot;
	count->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch count",
										   ALLOCSET_DEFAULT_SIZES);
	count->fetch = BiIndexFetchBegin(heap);
	count->slot = table_slot_create(heap, NULL);
	count->map = InvalidBuffer;
	return count;
}

void
BisCountVisibleEnd(BisCountVisible *count)
{
	if (BufferIsValid(count->map))
		ReleaseBuffer(count->map);
	table_index_fetch_end(count->fetch);
	ExecDropSingleTupleTableSlot(count->slot);
	MemoryContextDelete(count->context);
	pfree(count);
}

/* Count the row at tid if the snapshot sees it. */
static void
ask_heap(BisCountVisible *count, ItemPointerData tid)
{
	bool		again = false;

	if (ItemPointerGetBlockNumber(&tid) >= count->nblocks)
	{
		count->nblocks = RelationGetNumberOfBlocks(count->heap);
		if (ItemPointerGetBlockNumber(&tid) >= count->nblocks)
			BisCorrupted("heap address of an article");
	}
	count->visits++;
	if (table_index_fetch_tuple(count->fetch, &tid, count->snapshot,
								count->slot, &again, NULL))
	{
		count->rows++;
		pgstat_count_heap_fetch(count->index);
		ExecClearTuple(count->slot);
	}
	if (again)
		elog(ERROR, "only MVCC snapshots can be counted with");
}

/* The heap address of an article. */
static inline void
get_tid(BisCountVisible *count, uint32 doc, ItemPointer tid)
{
	memcpy(tid, BisSegmentDoc(count->segment, doc)->tid,
		   sizeof(ItemPointerData));
	if (!BisTidIsSound(tid))
		BisCorrupted("heap address of an article");
}

/*
 * Have the addresses of a window's hits brought, from word on to the end of
 * the page of articles that was read last.  Where there are many, they come
 * by themselves, one after the other.
 */
static void
fetch_ahead(const BisCountVisible *count, const Window *window, int word)
{
	const BisSegment *segment = count->segment;
	int			end = Min(word + FETCH_WORDS, BIS_WINDOW_WORDS);
	uint64		n = pg_popcount((const char *) &window->hits[word],
								(end - word) * sizeof(uint64));

	if (n > FETCH_HITS)
		return;
	for (; word < end; word++)
	{
		for (uint64 rest = window->hits[word]; rest != 0; rest &= rest - 1)
		{
			uint32		at = window->first + word * 64 +
				pg_rightmost_one_pos64(rest) - segment->first_doc;

			if (at < segment->ndocs)
				__builtin_prefetch(&segment->docs[at]);
		}
	}
}

/* Which hits of a window are on pages that are all-visible? */
static void
map_window(BisCountVisible *count, Window *window)
{
	BlockNumber last = InvalidBlockNumber;
	uint32		first_doc = BIS_NO_DOC;
	bool		visible = false;

	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint64		bits = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint64 rest = window->hits[i]; rest != 0; rest &= rest - 1)
		{
			uint32		doc = window->first + i * 64 +
				pg_rightmost_one_pos64(rest);
			ItemPointerData tid;

			get_tid(count, doc, &tid);
			if (count->segment->first_doc != first_doc)
			{
				first_doc = count->segment->first_doc;
				fetch_ahead(count, window, i);
			}
			if (ItemPointerGetBlockNumber(&tid) != last)
			{
				last = ItemPointerGetBlockNumber(&tid);
				visible = VM_ALL_VISIBLE(count->heap, last, &count->map);
			}
			if (visible)
				bits |= rest & -rest;
		}
		window->visible[i] = bits;
	}
}

/* Visibility check 1: the visibility map. */
static void
check_map(BisCountVisible *count)
{
	for (int i = 0; i < count->nwindows; i++)
		map_window(count, &count->windows[i]);
}

/* Read n bytes of the dead articles' bitmap, as it is now. */
static void
read_dead(BisCountVisible *count, uint32 page, uint32 start, uint32 n, uint8 *dead)
{
	BisSegment *segment = count->segment;
	Buffer		buffer = BisGetBuffer(count->index,
									  BisStreamBlock(segment, BIS_STREAM_DEAD, page),
									  BIS_STREAM_PAGE, segment->generation,
									  BUFFER_LOCK_SHARE);
	Size		used = BisPageUsed(BufferGetPage(buffer));

	BiTestForOldSnapshot(count->snapshot, count->index,
						 BufferGetPage(buffer));
	if (start < used)
		memcpy(dead, BisPageContent(BufferGetPage(buffer)) + start,
			   Min(n, used - start));
	UnlockReleaseBuffer(buffer);
}

/* Which hits of a window are dead?  They are no hits. */
static void
drop_dead(BisCountVisible *count, Window *window)
{
	uint8		dead[BIS_WINDOW / BITS_PER_BYTE] = {0};
	uint32		page = window->first / BIS_DEAD_PER_PAGE;
	uint32		start = window->first % BIS_DEAD_PER_PAGE / BITS_PER_BYTE;
	uint32		n = Min(sizeof(dead), BIS_PAGE_ROOM - start);

	read_dead(count, page, start, n, dead);
	if (n < sizeof(dead) &&
		page + 1 < count->segment->header->streams[BIS_STREAM_DEAD].npages)
		read_dead(count, page + 1, 0, sizeof(dead) - n, dead + n);
	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint64		bits;

		memcpy(&bits, dead + i * sizeof(bits), sizeof(bits));
#ifdef WORDS_BIGENDIAN
		bits = pg_bswap64(bits);
#endif
		window->hits[i] &= ~bits;
		window->visible[i] &= ~bits;
	}
}

/* Visibility check 2: the bitmap of the dead. */
static void
check_dead(BisCountVisible *count)
{
	for (int i = 0; i < count->nwindows; i++)
		drop_dead(count, &count->windows[i]);
}

/* Visibility check 3: is the segment still listed? */
static bool
check_listed(BisCountVisible *count)
{
	BisMeta    *meta;
	Buffer		buffer = BisGetMeta(count->index, BUFFER_LOCK_SHARE, &meta);
	bool		listed = false;

	for (uint32 i = 0; i < meta->nsegments && !listed; i++)
		listed = meta->segments[i].generation == count->segment->generation;
	UnlockReleaseBuffer(buffer);
	return listed;
}

/* Count the rows of a window's hits; listed: visibility check 3. */
static void
count_window(BisCountVisible *count, const Window *window, bool listed)
{
	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint64		known = listed ? window->visible[i] : 0;

		count->rows += pg_popcount64(known);
		for (uint64 rest = window->hits[i] & ~known; rest != 0;
			 rest &= rest - 1)
		{
			ItemPointerData tid;

			CHECK_FOR_INTERRUPTS();
			get_tid(count, window->first + i * 64 +
					pg_rightmost_one_pos64(rest), &tid);
			ask_heap(count, tid);
		}
	}
}

/* Count the batch, and empty it. */
static void
count_batch(BisCountVisible *count)
{
	bool		listed;

	if (count->nwindows == 0)
		return;
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	check_map(count);
	BiTestPointWait(BI_TEST_COUNT_CHECKED);
	check_dead(count);
	listed = check_listed(count);
	for (int i = 0; i < count->nwindows; i++)
		count_window(count, &count->windows[i], listed);
	count->nwindows = 0;
}

/* Articles of a segment were found. */
static void
found_window(void *arg, BisSegment *segment pg_attribute_unused(),
			 uint32 first, const uint64 *bits)
{
	BisCountVisible *count = arg;
	Window	   *window;

	if (count->nwindows == BATCH)
		count_batch(count);
	window = &count->windows[count->nwindows++];
	window->first = first;
	memcpy(window->hits, bits, sizeof(window->hits));
	pgstat_count_index_tuples(count->index,
							  pg_popcount((const char *) bits,
										  sizeof(window->hits)));
}

/* Look at a pending article. */
static void
visit_pending(void *arg, ItemPointer tid, TSVector vector, Size size)
{
	BisCountVisible *count = arg;

	for (int i = 0; i < count->nplans; i++)
	{
		if (!BisConditionMatchesStored(count->plans[i], vector, size))
			return;
	}
	if (!BisTidIsSound(tid))
		BisCorrupted("heap address of an article");
	pgstat_count_index_tuples(count->index, 1);
	ask_heap(count, *tid);
}

static void
count_segment(BisCountVisible *count, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = count->index};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	count->segment = BisSegmentOpen(&store, entry);
	count->nwindows = 0;
	BisSegmentPin(count->segment);
	BisSearchSegment(count->plans, count->nplans, count->segment, found_window,
					 count);
	count_batch(count);
	BisSegmentUnpin(count->segment);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

int64
BisCountVisibleRows(BisCountVisible *count, BisCondition **plans, int nplans, int64 *visits)
{
	MemoryContext caller = MemoryContextSwitchTo(count->context);
	BisMeta		meta;

	pgstat_count_index_scan(count->index);

	/*
	 * No scan of core's takes these for us.  That of the heap stands for rows
	 * that we count without reading them.
	 */
	PredicateLockRelation(count->index, count->snapshot);
	PredicateLockRelation(count->heap, count->snapshot);

	count->plans = plans;
	count->nplans = nplans;
	count->rows = count->visits = 0;
	BisReadMetaFor(count->index, count->snapshot, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
		count_segment(count, &meta.segments[i]);
	BisPendingScan(count->index, count->snapshot, &meta.frozen,
				   visit_pending, count);
	BisPendingScan(count->index, count->snapshot, &meta.current,
				   visit_pending, count);

	table_index_fetch_reset(count->fetch);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(count->context);
	*visits += count->visits;
	return count->rows;
}
