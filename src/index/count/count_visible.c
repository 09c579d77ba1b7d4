/*
 * count_visible.c
 *	  Counting the visible rows that a search finds, by index and visibility
 *	  map.
 *
 * The hits of a segment are counted in batches.  For each batch we make three
 * visibility checks, in this order:
 *
 *		1. the visibility map: is the hit's heap page all-visible?
 *		2. the dead bitmap as it is now: is the article marked dead?
 *		3. the metapage: does it still list the segment?
 *
 * A dead article is not counted.  Any other article is counted without the
 * heap if its page was all-visible and the segment is still listed; for the
 * rest we fetch the row from the heap.
 *
 * The first check looks at all heap pages of a window's articles at once,
 * which the segment has the range of; where one of them is not all-visible,
 * or there are far more of them than hits, at the pages of the hits.  If the
 * hits of a whole segment are one posting list, all pages of its articles are
 * all-visible and none of the articles is dead, the hits are as many as the
 * dictionary says, and are not looked at.
 *
 * Proof that this is correct: let a hit pass all three checks.  When check 1
 * saw its page all-visible, each row on the page was visible to everybody,
 * and so to our snapshot.  If the row at the hit's address is the article's,
 * counting it is right.  If it is not, VACUUM had removed the article's row
 * before, and had marked the article dead even earlier: VACUUM marks dead
 * articles in all listed segments before it frees their heap addresses, and
 * only after that can the page become all-visible.  Now, when VACUUM marked,
 * either our segment was listed, so the article's bit was set before check 1,
 * and check 2 finds it.  Or our segment was no longer listed; segments that
 * are gone do not come back, so check 3 fails.  Or it was not listed yet;
 * then it was made from articles that had been marked already, and does not
 * contain them, since marking and merging exclude each other.  The three
 * checks cannot be reordered: each of them after the first takes the lock of
 * a page, which no read is moved across.
 *
 * A dead article's heap address may belong to another row by now.  So we must
 * not fetch that address: we would count the other row.  If the article is
 * dead but we cannot know it, because its segment is no longer listed, we do
 * fetch it; but then any new owner of the address was inserted after our
 * snapshot was taken, and is not visible.  For an address that was freed
 * before the snapshot, the article was marked in all listed segments before
 * we read the metapage.
 *
 * No heap address is counted twice: an article is in exactly one segment or
 * pending list of our copy of the metapage, and two articles with the same
 * address are never alive together.  For a HOT chain the index has only the
 * first address.
 *
 * The visibility map is read without a lock, so what we see may be out of
 * date; but it is not older than our snapshot, nor than the lock under which
 * we found the article.  Inserts and deletes clear the map's bit before
 * others can see their effect: an insert before the article is in the index,
 * a delete before it commits.  So if the bit that we see is too old to show
 * them, it is from a time when the row was as our snapshot sees it.
 *
 * On a standby, all of this happens in the order of the WAL, and replay that
 * would remove rows which our snapshot could see waits for us or cancels us.
 *
 * Who wants more than the number of rows passes a visitor, which is told which
 * articles were counted.  It gets the same ones, so the proof holds for it.
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
#include "index/count/heap_visible.h"
#include "index/page/error_context.h"
#include "index/page/pending.h"

/* windows of hits that are checked together */
#define BATCH_WINDOWS 16

/* looking at that many pages in the map takes as long as looking at a hit */
#define PAGES_PER_HIT 512

/* a list is counted as a whole if one article in N is in it */
#define DOCS_PER_HIT 256

StaticAssertDecl(BIS_RANGE_DOCS == BIS_WINDOW, "a window has one range");

/* approximate number of a window's words that one page of BisDoc covers */
#define PREFETCH_WORDS ((int) (BIS_DOCS_PER_PAGE / 64))

/* hits on such a page that are too few to be adjacent in memory */
#define PREFETCH_MAX_HITS 100

typedef struct Window
{
	uint32		first;
	uint64		hits[BIS_WINDOW_WORDS]; /* without dead articles after
										 * visibility check 2 */
	uint64		visible[BIS_WINDOW_WORDS];	/* after visibility check 1: hits
											 * on all-visible heap pages */
} Window;

struct BisCountVisible
{
	Relation	heap;
	Relation	index;
	Snapshot	snapshot;
	MemoryContext context;		/* reset after each count */
	BlockNumber nblocks;		/* of the heap; it may have grown since */
	IndexFetchTableData *fetch;
	TupleTableSlot *slot;
	Buffer		map;			/* page of the visibility map, or invalid */
	const BisVisibleVisitor *visitor;	/* NULL: rows are only counted */
	BisSearch	search;
	int64		rows;
	int64		visits;
	BisSegment *segment;		/* being searched */
	int			nwindows;		/* of the batch */
	Window		windows[BATCH_WINDOWS];
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

/*
 * Fetch the row at tid from the heap, and count it if it is visible.  Returns
 * whether it is.
 */
static bool
count_if_visible(BisCountVisible *count, ItemPointerData tid)
{
	bool		again = false;
	bool		visible;

	if (ItemPointerGetBlockNumber(&tid) >= count->nblocks)
	{
		count->nblocks = RelationGetNumberOfBlocks(count->heap);
		if (ItemPointerGetBlockNumber(&tid) >= count->nblocks)
			BisCorrupted("heap address of an article");
	}
	count->visits++;
	visible = table_index_fetch_tuple(count->fetch, &tid, count->snapshot,
									  count->slot, &again, NULL);
	if (visible)
	{
		count->rows++;
		pgstat_count_heap_fetch(count->index);
		ExecClearTuple(count->slot);
	}
	if (again)
		elog(ERROR, "only MVCC snapshots can be counted with");
	return visible;
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
 * Prefetch the heap addresses of a window's hits, from word to the end of the
 * page of BisDoc that was read last.  If there are many, the processor's own
 * prefetching of sequential reads is enough.
 */
static void
prefetch_tids(const BisCountVisible *count, const Window *window, int word)
{
	const BisSegment *segment = count->segment;
	int			end = Min(word + PREFETCH_WORDS, BIS_WINDOW_WORDS);
	uint64		n = pg_popcount((const char *) &window->hits[word],
								(end - word) * sizeof(uint64));

	if (n > PREFETCH_MAX_HITS)
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

/* Are all heap pages of the articles of a window all-visible? */
static bool
window_is_visible(BisCountVisible *count, uint32 number)
{
	BisHeapRange range = BisSegmentHeapRange(count->segment, number);

	return BisHeapIsVisible(count->heap, range.first, range.last,
							&count->map);
}

/*
 * The same, where that is less work than looking at the pages of the hits.
 */
static bool
check_map_for_range(BisCountVisible *count, const Window *window)
{
	uint32		number = window->first / BIS_RANGE_DOCS;
	BisHeapRange range = BisSegmentHeapRange(count->segment, number);
	uint64		nhits = pg_popcount((const char *) window->hits,
									sizeof(window->hits));

	return (range.last - range.first) / PAGES_PER_HIT <= nhits &&
		window_is_visible(count, number);
}

/* Find those hits of a window whose heap pages are all-visible. */
static void
check_map_for_window(BisCountVisible *count, Window *window)
{
	BlockNumber last = InvalidBlockNumber;
	uint32		first_doc = BIS_NO_DOC;
	bool		visible = false;

	if (check_map_for_range(count, window))
	{
		memcpy(window->visible, window->hits, sizeof(window->visible));
		return;
	}
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
				prefetch_tids(count, window, i);
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
		check_map_for_window(count, &count->windows[i]);
}

/* Read n bytes of a page of the dead bitmap as it is now, from byte start. */
static void
read_dead_bits(BisCountVisible *count, uint32 page, uint32 start, uint32 n,
			   uint8 *dead)
{
	BisSegment *segment = count->segment;
	BlockNumber block = BisStreamBlock(segment, BIS_STREAM_DEAD, page);
	Buffer		buffer = BisGetBuffer(count->index, block, BIS_STREAM_PAGE,
									  segment->generation,
									  BUFFER_LOCK_SHARE);
	Size		used = BisPageUsed(BufferGetPage(buffer));

	BiTestForOldSnapshot(count->snapshot, count->index,
						 BufferGetPage(buffer));
	if (start < used)
		memcpy(dead, BisPageContent(BufferGetPage(buffer)) + start,
			   Min(n, used - start));
	UnlockReleaseBuffer(buffer);
}

/* Remove the dead articles from a window's hits. */
static void
clear_dead_hits(BisCountVisible *count, Window *window)
{
	uint8		dead[BIS_WINDOW / BITS_PER_BYTE] = {0};
	uint32		page = window->first / BIS_DEAD_PER_PAGE;
	uint32		start = window->first % BIS_DEAD_PER_PAGE / BITS_PER_BYTE;
	uint32		n = Min(sizeof(dead), BIS_PAGE_ROOM - start);

	read_dead_bits(count, page, start, n, dead);
	if (n < sizeof(dead) &&
		page + 1 < count->segment->header->streams[BIS_STREAM_DEAD].npages)
		read_dead_bits(count, page + 1, 0, sizeof(dead) - n, dead + n);
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

/* Visibility check 2: the dead bitmap. */
static void
check_dead(BisCountVisible *count)
{
	for (int i = 0; i < count->nwindows; i++)
		clear_dead_hits(count, &count->windows[i]);
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

/* Tell the visitor, if there is one, which articles were counted. */
static void
visit_window(BisCountVisible *count, uint32 first, const uint64 *counted)
{
	const BisVisibleVisitor *visitor = count->visitor;
	uint64		any = 0;

	if (visitor == NULL)
		return;
	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
		any |= counted[i];
	if (any != 0)
		visitor->window(visitor->arg, first, counted);
}

/* Count the rows of a window's hits; listed is visibility check 3. */
static void
count_window(BisCountVisible *count, const Window *window, bool listed)
{
	uint64		counted[BIS_WINDOW_WORDS];

	for (int i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint64		known = listed ? window->visible[i] : 0;

		count->rows += pg_popcount64(known);
		counted[i] = known;
		for (uint64 rest = window->hits[i] & ~known; rest != 0;
			 rest &= rest - 1)
		{
			ItemPointerData tid;

			CHECK_FOR_INTERRUPTS();
			get_tid(count, window->first + i * 64 +
					pg_rightmost_one_pos64(rest), &tid);
			if (count_if_visible(count, tid))
				counted[i] |= rest & -rest;
		}
	}
	visit_window(count, window->first, counted);
}

/* Make the visibility checks for the batch, count it, and empty it. */
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

/* Is no article of the segment dead? */
static bool
none_is_dead(BisCountVisible *count)
{
	uint32		npages =
		count->segment->header->streams[BIS_STREAM_DEAD].npages;

	for (uint32 page = 0; page < npages; page++)
	{
		uint8		dead[BIS_PAGE_ROOM] = {0};

		CHECK_FOR_INTERRUPTS();
		read_dead_bits(count, page, 0, sizeof(dead), dead);
		if (pg_popcount((const char *) dead, sizeof(dead)) > 0)
			return false;
	}
	return true;
}

/*
 * Count the segment's hits, of which there are n, without looking at them, if
 * the visibility checks allow that: the BisSearchCounted callback of
 * BisSearchSegment.
 */
static bool
count_whole_list(void *arg, uint32 n)
{
	BisCountVisible *count = arg;
	uint32		ndocs = count->segment->header->ndocs;

	if (n > ndocs)
		BisCorrupted("number of articles of a term");
	if (n < ndocs / DOCS_PER_HIT)
		return false;
	BiTestPointWait(BI_TEST_COUNT_FOUND);
	for (uint32 i = 0; i < BisRangesOf(ndocs); i++)
	{
		if (!window_is_visible(count, i))
			return false;
	}
	BiTestPointWait(BI_TEST_COUNT_CHECKED);
	if (!none_is_dead(count) || !check_listed(count))
		return false;
	count->rows += n;
	pgstat_count_index_tuples(count->index, n);
	return true;
}

/* Add a window of hits to the batch: the callback of BisSearchSegment. */
static void
add_window(void *arg, BisSegment *segment pg_attribute_unused(),
		   uint32 first, const uint64 *bits)
{
	BisCountVisible *count = arg;
	Window	   *window;

	if (count->nwindows == BATCH_WINDOWS)
		count_batch(count);
	window = &count->windows[count->nwindows++];
	window->first = first;
	memcpy(window->hits, bits, sizeof(window->hits));
	pgstat_count_index_tuples(count->index,
							  pg_popcount((const char *) bits,
										  sizeof(window->hits)));
}

/* Count a pending article's row, if the article matches and it is visible. */
static void
count_pending_article(void *arg, ItemPointer tid, void *content, Size size)
{
	BisCountVisible *count = arg;
	const BisVisibleVisitor *visitor = count->visitor;

	if (!BisSearchMatches(&count->search, content, size))
		return;
	if (!BisTidIsSound(tid))
		BisCorrupted("heap address of an article");
	pgstat_count_index_tuples(count->index, 1);
	if (count_if_visible(count, *tid) && visitor != NULL)
		visitor->pending(visitor->arg, content, size);
}

static void
count_segment(BisCountVisible *count, const BisSegmentEntry *entry)
{
	const BisVisibleVisitor *visitor = count->visitor;
	BisStore	store = {.index = count->index};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	count->segment = BisSegmentOpen(&store, entry);
	count->nwindows = 0;
	BisSegmentPin(count->segment);
	if (visitor != NULL)
		visitor->segment(visitor->arg, count->segment);
	BisSearchSegment(&count->search, count->segment,
					 visitor == NULL ? count_whole_list : NULL, add_window,
					 count);
	count_batch(count);
	BisSegmentUnpin(count->segment);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

int64
BisCountVisibleRows(BisCountVisible *count, ScanKey keys, int nkeys,
					const BisVisibleVisitor *visitor, int64 *visits)
{
	MemoryContext caller = MemoryContextSwitchTo(count->context);
	ErrorContextCallback callback;
	BisMeta		meta;

	BisErrorContextBegin(&callback, count->index);
	pgstat_count_index_scan(count->index);

	/*
	 * No scan of core's takes these predicate locks for us.  The heap's
	 * covers the rows that we count without reading them.
	 */
	PredicateLockRelation(count->index, count->snapshot);
	PredicateLockRelation(count->heap, count->snapshot);

	BisSearchMake(count->index, keys, nkeys, &count->search);
	count->visitor = visitor;
	count->rows = count->visits = 0;
	BisReadMetaFor(count->index, count->snapshot, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
		count_segment(count, &meta.segments[i]);
	BisPendingScan(count->index, count->snapshot, &meta.frozen,
				   count_pending_article, count);
	BisPendingScan(count->index, count->snapshot, &meta.current,
				   count_pending_article, count);

	table_index_fetch_reset(count->fetch);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(count->context);
	*visits += count->visits;
	BisErrorContextEnd(&callback);
	return count->rows;
}
