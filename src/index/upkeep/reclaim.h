/*
 * reclaim.h
 *	  Reclaiming retired pages: offering them to the free space map.
 */
#ifndef BIS_RECLAIM_H
#define BIS_RECLAIM_H

#include "index/page/layout.h"

/*
 * Reclaim the retired generations that nobody can read any more.  If there
 * were any, or if many pages are unaccounted for, offer all reusable pages to
 * the free space map.  The caller holds the merge lock.  heap is the index's
 * table.  Returns the number of pages offered, 0 if the file was not read.
 */
extern BlockNumber BisReclaim(Relation index, Relation heap,
							  BufferAccessStrategy strategy);

#endif							/* BIS_RECLAIM_H */
