/*
 * reclaim.h
 *	  Offering the pages that nobody needs any more to the free space map.
 */
#ifndef BIS_RECLAIM_H
#define BIS_RECLAIM_H

#include "index/page/layout.h"

/*
 * Drop the retired generations that nobody can read any more, and offer the
 * pages that are free, if there are many, to the free space map.  The caller
 * holds the lock of merges.  heap is the index's table.  Returns the pages
 * offered, so far as known.
 */
extern BlockNumber BisReclaim(Relation index, Relation heap,
							  BufferAccessStrategy strategy);

#endif							/* BIS_RECLAIM_H */
