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
 * Who is told which rows are counted.  The callbacks may raise; they may not
 * use the BisCountVisible.
 */
typedef struct BisVisibleVisitor
{
	void	   *arg;			/* passed to the callbacks */

	/*
	 * The segment's articles come next.  Its pages stay pinned and the
	 * current memory context is kept until they have all come.
	 */
	void		(*segment) (void *arg, BisSegment *segment);

	/*
	 * These articles of the segment were counted: at least one bit is set,
	 * and bit 0 is article first, a multiple of BIS_WINDOW.
	 */
	void		(*window) (void *arg, uint32 first,
						   const uint64 bits[BIS_WINDOW_WORDS]);

	/* A pending article, whose content BisSearchMatches found to match. */
	void		(*pending) (void *arg, void *content, Size size);
} BisVisibleVisitor;

/*
 * The number of rows visible to the snapshot that satisfy all keys, none of
 * which is null; without keys, of all rows that are in the index.  visitor
 * may be NULL.  Adds the number of heap fetches to *visits.
 */
extern int64 BisCountVisibleRows(BisCountVisible *count, ScanKey keys,
								 int nkeys, const BisVisibleVisitor *visitor,
								 int64 *visits);

/* Release all pins, and free count. */
extern void BisCountVisibleEnd(BisCountVisible *count);

#endif							/* BIS_COUNT_VISIBLE_H */
