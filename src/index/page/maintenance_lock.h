/*
 * maintenance_lock.h
 *	  The heavyweight locks of an index under which articles move.
 *
 * Both are exclusive, and held until they are released or the transaction
 * ends.  A backend that wants both takes that of merges first.
 *
 *		BIS_MERGE_LOCK	segments are merged, dead articles are marked, retired
 *						pages dropped: one at a time.  Held for as long as
 *						that takes, so an insert only tries
 *		BIS_FLUSH_LOCK	pending articles are marked, or become a segment: held
 *						for one segment
 *
 * They are locks of tuples that no index has, and in pg_locks look so: page
 * 0, tuple 1 and 2 of the index.
 */
#ifndef BIS_MAINTENANCE_LOCK_H
#define BIS_MAINTENANCE_LOCK_H

#include "utils/relcache.h"

typedef enum BisLock
{
	BIS_MERGE_LOCK = 1,
	BIS_FLUSH_LOCK
} BisLock;

/* Wait for the lock and take it. */
extern void BisLockAcquire(Relation index, BisLock lock);

/* Take the lock if nobody has it; returns whether it was taken. */
extern bool BisLockTry(Relation index, BisLock lock);

/* Does somebody wait for the lock, which the caller holds? */
extern bool BisLockIsWanted(Relation index, BisLock lock);

extern void BisLockRelease(Relation index, BisLock lock);

#endif							/* BIS_MAINTENANCE_LOCK_H */
