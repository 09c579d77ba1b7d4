/*
 * check_heap.h
 *	  Comparing the live articles of an index with its table.
 */
#ifndef BIS_VERIFY_ROWS_H
#define BIS_VERIFY_ROWS_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "index/check/fingerprint.h"

/* A registered snapshot that may be used with the index, or raise 40001. */
extern Snapshot BisVerifySnapshot(Relation index);

/*
 * Raise XX002 unless each row that snapshot sees has its article, once, among
 * those gathered from the index.  Ends articles, unregisters snapshot.
 */
extern void BisVerifyRows(Relation index, Relation heap, Snapshot snapshot,
						  BisArticles *articles);

#endif							/* BIS_VERIFY_ROWS_H */
