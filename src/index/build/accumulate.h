/*
 * accumulate.h
 *	  Articles, turned into posting lists in memory.
 */
#ifndef BIS_ACCUMULATE_H
#define BIS_ACCUMULATE_H

#include "tsearch/ts_type.h"

#include "index/page/page.h"

typedef struct BisAccumulator BisAccumulator;

/* An empty accumulator, in a child of the current memory context. */
extern BisAccumulator *BisAccumulatorBegin(void);

/* Add an article.  The vector is not needed afterwards. */
extern void BisAccumulatorAdd(BisAccumulator *accumulator, ItemPointer tid,
							  TSVector vector);

/* Articles so far. */
extern uint32 BisAccumulatorDocs(const BisAccumulator *accumulator);

/* Bytes of memory that they take, or will when one more comes or they are
 * written. */
extern Size BisAccumulatorMemory(const BisAccumulator *accumulator);

/*
 * Write all that was added to the store as a segment, and free the
 * accumulator.
 */
extern void BisAccumulatorWrite(BisAccumulator *accumulator, BisStore *store,
								uint64 generation, BisSegmentEntry *entry);

#endif							/* BIS_ACCUMULATE_H */
