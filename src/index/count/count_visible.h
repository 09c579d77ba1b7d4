/*
 * count_visible.h
 *	  Counting the visible rows that a search finds, by index and visibility
 *	  map.
 */
#ifndef BIS_COUNT_VISIBLE_H
#define BIS_COUNT_VISIBLE_H

#include "access/tableam.h"

#include "index/search/segment_search.h"

typedef struct BisCountVisible BisCountVisible;

/*
 * Prepare to count rows of heap with index under snapshot, in the current
 * memory context.  The caller keeps both relations locked until
 * BisCountVisibleEnd.
 */
extern BisCountVisible *BisCountVisibleBegin(Relation heap, Relation index,
											 Snapshot snapshot);

/*
 * The number of rows visible to the snapshot that satisfy all keys, none of
 * which is null.  Adds the number of heap fetches to *visits.
 */
extern int64 BisCountVisibleRows(BisCountVisible *count, ScanKey keys,
								 int nkeys, int64 *visits);

/* Release all pins, and free count. */
extern void BisCountVisibleEnd(BisCountVisible *count);

#endif							/* BIS_COUNT_VISIBLE_H */
