/*
 * upkeep.h
 *	  Who flushes and merges when.
 */
#ifndef BIS_UPKEEP_H
#define BIS_UPKEEP_H

#include "utils/relcache.h"

/*
 * The share of an insert to which BisPendingAppend said that a flush is due:
 * one piece, if nobody else is at it, and a worker for merges that are due.
 */
extern void BisUpkeepInsert(Relation index);

/* Make segments of all articles that are pending now. */
extern void BisUpkeepFlush(Relation index);

/* Called while segments are being merged; it may raise. */
typedef void (*BisUpkeepCheck) (void *arg);

/*
 * Flush, and merge what is due, while there is anything.  The caller holds
 * the lock of merges.  heap is the index's table, which PostgreSQL 15 does not
 * ask for; check (or NULL) is called many times a second.  With a check, it
 * ends after the merge under way once somebody waits for the lock of merges.
 */
extern void BisUpkeepMerge(Relation index, Relation heap,
						   BisUpkeepCheck check, void *arg);

/*
 * Flush, and merge the segments that there are then into as few as possible,
 * without dead articles.  The caller holds the lock of merges.
 */
extern void BisUpkeepMergeAll(Relation index);

/*
 * Ask for a worker if merges are due.  For who has held the lock of merges,
 * during which nobody asks, and now leaves the index to itself.
 */
extern void BisUpkeepRequest(Relation index);

#endif							/* BIS_UPKEEP_H */
