/*
 * column_gather.h
 *	  Gathering articles' column values in memory, for a segment.
 */
#ifndef BIS_COLUMN_GATHER_H
#define BIS_COLUMN_GATHER_H

#include "index/column/column_write.h"

typedef struct BisColumnGather BisColumnGather;

/*
 * Begin to gather values of these columns, in context, which has all that is
 * gathered.
 */
extern BisColumnGather *BisColumnGatherBegin(const BisColumnTypes *types,
											 MemoryContext context);

/* Add the values of the next article. */
extern void BisColumnGatherAdd(BisColumnGather *gather,
							   const BisValue *values);

/* Write the columns of the segment that has the articles. */
extern void BisColumnGatherWrite(BisColumnGather *gather, BisWriter *writer);

#endif							/* BIS_COLUMN_GATHER_H */
