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
 * Write the live articles of n segments to the store as one.  Their order is
 * that of the segments or, if by_block, that of their rows' heap blocks; a
 * segment's own articles keep theirs in any case.  Returns false, and writes
 * nothing, if there are none.
 */
extern bool BisMergeSegments(BisSegment **segments, int n, bool by_block,
							 BisStore *store, uint64 generation,
							 BisSegmentEntry *entry);

#endif							/* BIS_MERGE_H */
