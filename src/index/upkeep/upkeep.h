/*
 * upkeep.h
 *	  Deciding when to flush and to merge, and which backend does it.
 */
#ifndef BIS_UPKEEP_H
#define BIS_UPKEEP_H

#include "utils/relcache.h"

/*
 * What an insert has to do when BisPendingAppend said that a flush is due:
 * flush one piece, unless another backend is flushing, and ask for a worker
 * if merges are due.
 */
extern void BisUpkeepInsert(Relation index);

/* Turn all articles that are pending now into segments. */
extern void BisUpkeepFlush(Relation index);

/* Called again and again while segments are being merged; it may raise. */
typedef void (*BisUpkeepCheck) (void *arg);

/*
 * Flush, and merge until nothing is due.  The caller holds the merge lock.
 * heap is the index's table, which PostgreSQL 15 does not need; check (or
 * NULL) is called many times a second.  With a check, this returns after the
 * current merge once another backend waits for the merge lock.
 */
extern void BisUpkeepMerge(Relation index, Relation heap,
						   BisUpkeepCheck check, void *arg);

/*
 * Flush, and then merge all segments into as few as possible, without dead
 * articles.  The caller holds the merge lock.
 */
extern void BisUpkeepMergeAll(Relation index);

/*
 * Ask for a worker if merges are due.  To be called by a backend that has
 * held the merge lock and will not merge itself: while it held the lock, no
 * insert could ask.
 */
extern void BisUpkeepRequest(Relation index);

#endif							/* BIS_UPKEEP_H */
