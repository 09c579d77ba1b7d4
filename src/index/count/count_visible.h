/*
 * count_visible.h
 *	  How many rows of a table a search finds, by index and visibility map.
 */
#ifndef BIS_COUNT_VISIBLE_H
#define BIS_COUNT_VISIBLE_H

#include "access/tableam.h"

#include "index/search/segment_search.h"

typedef struct BisCountVisible BisCountVisible;

/*
 * For counts in heap by index under snapshot, in the current memory context.
 * Both relations are locked by the caller until BisCountVisibleEnd.
 */
extern BisCountVisible *BisCountVisibleBegin(Relation heap, Relation index,
											 Snapshot snapshot);

/*
 * The number of rows, visible to the snapshot, that satisfy all nplans
 * conditions.  Adds to *visits how often the heap was asked.
 */
extern int64 BisCountVisibleRows(BisCountVisible *count, BisCondition **plans, int nplans,
								 int64 *visits);

/* Release what is pinned, and free count. */
extern void BisCountVisibleEnd(BisCountVisible *count);

#endif							/* BIS_COUNT_VISIBLE_H */
