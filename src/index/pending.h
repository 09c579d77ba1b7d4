/*
 * pending.h
 *	  Articles that are in no segment yet.
 */
#ifndef BIS_PENDING_H
#define BIS_PENDING_H

#include "tsearch/ts_type.h"

#include "index/store.h"

/* pages of the current list past which an insert makes it a segment: 1 MB */
#define BIS_PENDING_PAGES ((1024 * 1024) / BLCKSZ)

/*
 * Append an article to the current list.  Returns whether the list has more
 * than BIS_PENDING_PAGES pages.
 */
extern bool BisPendingAppend(Relation index, ItemPointer tid,
							 TSVector vector);

/* Does something with an article; the vector goes when it returns. */
typedef void (*BisPendingVisit) (void *arg, ItemPointer tid, TSVector vector);

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

/* Raise unless the size bytes at vector are a tsvector as core makes them. */
extern void BisVectorCheck(TSVector vector, Size size);

/* larger tsvectors have pages of their own */
#define BIS_MAX_ITEM_VECTOR (BIS_PAGE_ROOM - sizeof(BisPending))

#endif							/* BIS_PENDING_H */
