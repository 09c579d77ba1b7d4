/*
 * accumulate.h
 *	  Turning articles into posting lists in memory.
 */
#ifndef BIS_ACCUMULATE_H
#define BIS_ACCUMULATE_H

#include "tsearch/ts_type.h"

#include "index/column/column_type.h"
#include "index/page/page.h"

typedef struct BisAccumulator BisAccumulator;

/*
 * Create an accumulator, in a child of the current memory context, for an
 * index with these columns (NULL: none).
 */
extern BisAccumulator *BisAccumulatorBegin(const BisColumnTypes *types);

/*
 * Add an article, with the values of all columns.  The vector and the values
 * are not needed afterwards.
 */
extern void BisAccumulatorAdd(BisAccumulator *accumulator, ItemPointer tid,
							  TSVector vector, const BisValue *values);

/* The number of articles that were added. */
extern uint32 BisAccumulatorDocs(const BisAccumulator *accumulator);

/*
 * Bytes of memory that the accumulator uses, or will use to add one more
 * article or to write them all.
 */
extern Size BisAccumulatorMemory(const BisAccumulator *accumulator);

/*
 * Write all articles to the store as a segment, and free the accumulator.
 */
extern void BisAccumulatorWrite(BisAccumulator *accumulator, BisStore *store,
								uint64 generation, BisSegmentEntry *entry);

#endif							/* BIS_ACCUMULATE_H */
