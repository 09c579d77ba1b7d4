/*
 * heap_visible.h
 *	  Are all heap pages of a range all-visible?
 */
#ifndef BIS_HEAP_VISIBLE_H
#define BIS_HEAP_VISIBLE_H

#include "storage/bufmgr.h"
#include "utils/relcache.h"

/*
 * Whether the visibility map says that all heap pages first .. last are
 * all-visible.  *map is a pinned page of the map, or invalid, as for core's
 * visibilitymap_get_status().  Each bit is read without a lock, as it does.
 */
extern bool BisHeapIsVisible(Relation heap, BlockNumber first,
							 BlockNumber last, Buffer *map);

#endif							/* BIS_HEAP_VISIBLE_H */
