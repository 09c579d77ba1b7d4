/*
 * check_heap.h
 *	  Comparing the live articles of an index with its table.
 */
#ifndef BIS_CHECK_HEAP_H
#define BIS_CHECK_HEAP_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "index/check/fingerprint.h"

/* A registered snapshot that may be used with the index, or raise 40001. */
extern Snapshot BisCheckSnapshot(Relation index);

/*
 * Raise XX002 unless each row that snapshot sees has its article, once, among
 * those gathered from the index.  Ends articles, unregisters snapshot.
 */
extern void BisCheckHeap(Relation index, Relation heap, Snapshot snapshot,
						 BisFingerprint *articles);

#endif							/* BIS_CHECK_HEAP_H */
