/*
 * column_merge.h
 *	  Merging the stored columns of several segments.
 */
#ifndef BIS_COLUMN_MERGE_H
#define BIS_COLUMN_MERGE_H

#include "index/column/column_read.h"
#include "index/column/column_write.h"

typedef struct BisColumnMerge BisColumnMerge;

/*
 * Begin to write the columns of the writer's segment, which is made of n
 * segments, in the current memory context.  dead has a bitmap of the dead
 * articles of each, or NULL if there are none.  Call BisColumnMergeDoc for
 * each article of the result, in order, then BisColumnMergeEnd.
 */
extern BisColumnMerge *BisColumnMergeBegin(const BisColumnTypes *types,
										   BisWriter *writer,
										   BisSegment **segments, int n,
										   uint64 *const *dead);

/* Article doc of the segment with this place among the n comes next. */
extern void BisColumnMergeDoc(BisColumnMerge *merge, int segment, uint32 doc);
extern void BisColumnMergeEnd(BisColumnMerge *merge);

#endif							/* BIS_COLUMN_MERGE_H */
