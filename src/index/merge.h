/*
 * merge.h
 *	  From pending articles to segments, and from small segments to large.
 */
#ifndef BIS_MERGE_H
#define BIS_MERGE_H

#include "index/segment.h"

/*
 * All of these expect the caller to hold LockPage(metapage) exclusively: see
 * bis.h.
 */

/* Make the pending articles a segment. */
extern void BisFlush(Relation index);

/*
 * Merge segments where there are many of a size, and write anew those with
 * many dead articles.
 */
extern void BisMerge(Relation index);

/* Merge all segments into as few as there may be, without dead articles. */
extern void BisMergeAll(Relation index);

/*
 * Write the live articles of n segments, in this order, to the store as one.
 * Returns false, and writes nothing, if there are none.
 */
extern bool BisMergeSegments(BisSegment **segments, int n, BisStore *store,
							 uint64 generation, BisSegmentEntry *entry);

#endif							/* BIS_MERGE_H */
