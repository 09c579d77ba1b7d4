/*
 * pending.h
 *	  Articles that are in no segment yet.
 */
#ifndef BIS_PENDING_H
#define BIS_PENDING_H

#include "tsearch/ts_type.h"

#include "index/page/page.h"

/*
 * Pages of articles, those of large ones among them, past which an insert
 * makes the current list a segment, and which it makes one at a time: 1 MB.
 */
#define BIS_PENDING_PAGES ((1024 * 1024) / BLCKSZ)

/*
 * Append an article to the current list.  Returns whether the caller should
 * flush a piece: the lists got another page, and the current one has more
 * than BIS_PENDING_PAGES pages or a frozen one is left.
 */
extern bool BisPendingAppend(Relation index, ItemPointer tid,
							 TSVector vector);

/*
 * Does something with an article, whose tsvector is size bytes that nobody
 * has checked (BisVectorCheck); they go when it returns.
 */
typedef void (*BisPendingVisit) (void *arg, ItemPointer tid, TSVector vector,
								 Size size);

/*
 * Visit the live articles of one page of a list and go on to the next page.
 * list->head, npages and nlarge become those of the rest.
 */
extern void BisPendingTake(Relation index, BisList *list,
						   BisPendingVisit visit, void *arg);

/*
 * Visit the live articles of a list, in order of arrival.  Raises if snapshot
 * (or NULL) is too old for a page of it.  What is appended
 * while it runs may or may not be visited.
 */
extern void BisPendingScan(Relation index, Snapshot snapshot,
						   const BisList *list, BisPendingVisit visit,
						   void *arg);

/*
 * Mark the articles of a list that the callback calls dead; adds to stats.
 */
extern void BisPendingVacuum(Relation index, const BisList *list,
							 IndexBulkDeleteCallback callback, void *arg,
							 IndexBulkDeleteResult *stats);

/*
 * The item at offset of a page's used bytes, and the next one's offset; raises
 * if it is not sound.
 */
extern BisPending *BisPendingItemAt(uint8 *content, Size used, Size offset,
									Size *next);

/* Pages of the large articles that a page's used bytes of items name. */
extern uint64 BisPendingLargePages(uint8 *content, Size used);

/* Raise unless the size bytes at vector are a tsvector as core makes them. */
extern void BisVectorCheck(TSVector vector, Size size);

/* larger tsvectors have pages of their own */
#define BIS_MAX_ITEM_VECTOR (BIS_PAGE_ROOM - sizeof(BisPending))

/* Pages of a tsvector of this many bytes that is on pages of its own. */
static inline uint32
BisLargePages(Size size)
{
	return (size + BIS_PAGE_ROOM - 1) / BIS_PAGE_ROOM;
}

#endif							/* BIS_PENDING_H */
