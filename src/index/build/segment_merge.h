/*
 * segment_merge.h
 *	  Writing the articles of several segments as one segment.
 */
#ifndef BIS_SEGMENT_MERGE_H
#define BIS_SEGMENT_MERGE_H

#include "index/segment/reader.h"

/*
 * Write the live articles of n segments to the store as one.  Their order is
 * that of the segments or, if by_block, that of their rows' heap blocks; a
 * segment's own articles keep theirs in any case.  Returns false, and writes
 * nothing, if there are none.
 */
extern bool BisMergeSegments(BisSegment **segments, int n, bool by_block,
							 BisStore *store, uint64 generation,
							 BisSegmentEntry *entry);

#endif							/* BIS_SEGMENT_MERGE_H */
