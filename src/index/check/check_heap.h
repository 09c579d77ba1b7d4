/*
 * check_heap.h
 *	  Comparing the live articles of an index with its table.
 */
#ifndef BIS_CHECK_HEAP_H
#define BIS_CHECK_HEAP_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "index/check/fingerprint.h"

/*
 * Register and return a snapshot that may be used with the index; raises
 * 40001 if the transaction's may not be.
 */
extern Snapshot BisCheckSnapshot(Relation index);

/*
 * Raise XX002 unless each row that the snapshot sees has its article exactly
 * once among those gathered from the index.  Ends articles, and unregisters
 * snapshot.
 */
extern void BisCheckHeap(Relation index, Relation heap, Snapshot snapshot,
						 BisFingerprint *articles);

#endif							/* BIS_CHECK_HEAP_H */
