/*
 * count_visible.c
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
	uint64		hits[BIS_WINDOW_WORDS]; /* but dead ones, after look 2 */
	uint64		visible[BIS_WINDOW_WORDS];	/* look 1: those whose heap page
											 * is all-visible */
} Window;

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
	BisSegment *segment;		/* being searched */
	int			nwindows;		/* of the batch */
	Window		windows[BATCH];
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

/* The heap address of an article. */
static inline void
get_tid(BisTally *tally, uint32 doc, ItemPointer tid)
{
	memcpy(tid, BisSegmentDoc(tally->segment, doc)->tid,
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
fetch_ahead(const BisTally *tally, const Window *window, int word)
{
	const BisSegment *segment = tally->segment;
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
map_window(BisTally *tally, Window *window)
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

			get_tid(tally, doc, &tid);
			if (tally->segment->first_doc != first_doc)
			{
				first_doc = tally->segment->first_doc;
				fetch_ahead(tally, window, i);
			}
			if (ItemPointerGetBlockNumber(&tid) != last)
			{
				last = ItemPointerGetBlockNumber(&tid);
				visible = VM_ALL_VISIBLE(tally->heap, last, &tally->map);
			}
			if (visible)
				bits |= rest & -rest;
		}
		window->visible[i] = bits;
	}
}

/* Look 1: the visibility map. */
static void
look_at_map(BisTally *tally)
{
	for (int i = 0; i < tally->nwindows; i++)
		map_window(tally, &tally->windows[i]);
}

/* Read n bytes of the dead articles' bitmap, as it is now. */
static void
read_dead(BisTally *tally, uint32 page, uint32 start, uint32 n, uint8 *dead)
{
	BisSegment *segment = tally->segment;
	Buffer		buffer = BisGetBuffer(tally->index,
									  BisStreamBlock(segment, BIS_DEAD, page),
									  BIS_STREAM_PAGE, segment->generation,
									  BUFFER_LOCK_SHARE);
	Size		used = BisPageUsed(BufferGetPage(buffer));

	BiTestForOldSnapshot(tally->snapshot, tally->index,
						 BufferGetPage(buffer));
	if (start < used)
		memcpy(dead, BisPageContent(BufferGetPage(buffer)) + start,
			   Min(n, used - start));
	UnlockReleaseBuffer(buffer);
}

/* Which hits of a window are dead?  They are no hits. */
static void
drop_dead(BisTally *tally, Window *window)
{
	uint8		dead[BIS_WINDOW / BITS_PER_BYTE] = {0};
	uint32		page = window->first / BIS_DEAD_PER_PAGE;
	uint32		start = window->first % BIS_DEAD_PER_PAGE / BITS_PER_BYTE;
	uint32		n = Min(sizeof(dead), BIS_PAGE_ROOM - start);

	read_dead(tally, page, start, n, dead);
	if (n < sizeof(dead) &&
		page + 1 < tally->segment->header->streams[BIS_DEAD].npages)
		read_dead(tally, page + 1, 0, sizeof(dead) - n, dead + n);
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

/* Look 2: the bitmap of the dead. */
static void
look_at_dead(BisTally *tally)
{
	for (int i = 0; i < tally->nwindows; i++)
		drop_dead(tally, &tally->windows[i]);
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

/* Count the rows of a window's hits; listed: look 3. */
static void
count_window(BisTally *tally, const Window *window, bool listed)
{
	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint64		known = listed ? window->visible[i] : 0;

		tally->rows += pg_popcount64(known);
		for (uint64 rest = window->hits[i] & ~known; rest != 0;
			 rest &= rest - 1)
		{
			ItemPointerData tid;

			CHECK_FOR_INTERRUPTS();
			get_tid(tally, window->first + i * 64 +
					pg_rightmost_one_pos64(rest), &tid);
			ask_heap(tally, tid);
		}
	}
}

/* Count the batch, and empty it. */
static void
count_batch(BisTally *tally)
{
	bool		listed;

	if (tally->nwindows == 0)
		return;
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	look_at_map(tally);
	BiTestPointWait(BI_TEST_COUNT_LOOKED);
	look_at_dead(tally);
	listed = look_at_meta(tally);
	for (int i = 0; i < tally->nwindows; i++)
		count_window(tally, &tally->windows[i], listed);
	tally->nwindows = 0;
}

/* Articles of a segment were found. */
static void
found_window(void *arg, BisSegment *segment pg_attribute_unused(),
			 uint32 first, const uint64 *bits)
{
	BisTally   *tally = arg;
	Window	   *window;

	if (tally->nwindows == BATCH)
		count_batch(tally);
	window = &tally->windows[tally->nwindows++];
	window->first = first;
	memcpy(window->hits, bits, sizeof(window->hits));
	pgstat_count_index_tuples(tally->index,
							  pg_popcount((const char *) bits,
										  sizeof(window->hits)));
}

/* Look at a pending article. */
static void
visit_pending(void *arg, ItemPointer tid, TSVector vector, Size size)
{
	BisTally   *tally = arg;

	for (int i = 0; i < tally->nplans; i++)
	{
		if (!BisPlanMatchesStored(tally->plans[i], vector, size))
			return;
	}
	if (!BisTidIsSound(tid))
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
	tally->nwindows = 0;
	BisSegmentPin(tally->segment);
	BisPlanSearch(tally->plans, tally->nplans, tally->segment, found_window,
				  tally);
	count_batch(tally);
	BisSegmentUnpin(tally->segment);
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
