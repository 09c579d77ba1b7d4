/*
 * pending.h
 *	  The pending lists: articles that are not in a segment yet.
 */
#ifndef BIS_PENDING_H
#define BIS_PENDING_H

#include "tsearch/ts_type.h"

#include "index/page/page.h"

/*
 * Pages of pending articles, including those of large ones, at which an
 * insert starts to flush the current list, and that one flush turns into a
 * segment: 1 MB.
 */
#define BIS_PENDING_PAGES ((1024 * 1024) / BLCKSZ)

/*
 * Append an article to the current list: size bytes of content (article.h).  Returns whether the caller should
 * flush a piece: the list has grown by a page, and either it has at least
 * BIS_PENDING_PAGES pages or there is still a frozen list.
 */
extern bool BisPendingAppend(Relation index, ItemPointer tid,
							 const void *content, Size size);

/*
 * Called for an article.  Its content is size bytes that nobody has checked
 * yet and that are gone once the callback returns.
 */
typedef void (*BisPendingVisit) (void *arg, ItemPointer tid, void *content,
								 Size size);

/*
 * Visit the live articles of a list's first page, and remove that page from
 * *list: head, npages and nlarge become those of the rest.
 */
extern void BisPendingTake(Relation index, BisList *list,
						   BisPendingVisit visit, void *arg);

/*
 * Visit the live articles of a list, in order of arrival.  Raises if snapshot
 * (or NULL) is too old for one of its pages.  Articles that are appended
 * meanwhile may or may not be visited.
 */
extern void BisPendingScan(Relation index, Snapshot snapshot,
						   const BisList *list, BisPendingVisit visit,
						   void *arg);

/*
 * Mark those articles of a list dead for which the callback returns true;
 * adds to stats.
 */
extern void BisPendingVacuum(Relation index, const BisList *list,
							 IndexBulkDeleteCallback callback, void *arg,
							 IndexBulkDeleteResult *stats);

/*
 * The item at offset of a page's used bytes of content; *next becomes the
 * next item's offset.  Raises if the item is not sound.
 */
extern BisPending *BisPendingItemAt(uint8 *content, Size used, Size offset,
									Size *next);

/* Pages of the large articles whose items are in a page's used bytes. */
extern uint64 BisPendingLargePages(uint8 *content, Size used);

/* Raise unless the size bytes at vector are a tsvector as core makes one. */
extern void BisVectorCheck(TSVector vector, Size size);

/* larger content is on pages of its own */
#define BIS_MAX_ITEM_CONTENT (BIS_PAGE_ROOM - sizeof(BisPending))

/* Pages that size bytes of content need as large ones. */
static inline uint32
BisLargePages(Size size)
{
	return (size + BIS_PAGE_ROOM - 1) / BIS_PAGE_ROOM;
}

#endif							/* BIS_PENDING_H */
