/*
 * segment_merge.h
 *	  Merging several segments into one.
 */
#ifndef BIS_SEGMENT_MERGE_H
#define BIS_SEGMENT_MERGE_H

#include "index/column/column_type.h"
#include "index/segment/reader.h"

/*
 * Write the live articles of n segments, with their columns (or NULL, if the
 * index has none), to the store as one segment.  They
 * are ordered as the segments are or, if by_block, by their rows' heap
 * blocks; the articles of one segment keep their order in any case.  Returns
 * false, and writes nothing, if there are none.
 */
extern bool BisMergeSegments(BisSegment **segments, int n, bool by_block,
							 const BisColumnTypes *types, BisStore *store,
							 uint64 generation, BisSegmentEntry *entry);

#endif							/* BIS_SEGMENT_MERGE_H */
