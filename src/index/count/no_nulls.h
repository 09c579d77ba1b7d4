/*
 * no_nulls.h
 *	  Does an index have a row for each that a snapshot sees?
 */
#ifndef BIS_NO_NULLS_H
#define BIS_NO_NULLS_H

#include "access/attnum.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/*
 * Is the column of a locked table null in no row that the MVCC snapshot sees?  A
 * NOT NULL constraint that is younger than the snapshot says nothing of the
 * rows that it sees.
 */
extern bool BisHasNoNulls(Relation heap, AttrNumber column,
						  Snapshot snapshot);

#endif							/* BIS_NO_NULLS_H */
