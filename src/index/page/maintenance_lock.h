/*
 * maintenance_lock.h
 *	  The heavyweight locks of an index that protect its maintenance.
 *
 * Both are exclusive, and held until they are released or the transaction
 * ends.  A backend that needs both takes the merge lock first.
 *
 *		BIS_MERGE_LOCK	to merge segments, mark articles of segments dead and
 *						reclaim retired pages.  Held for as long as that
 *						takes, so an insert only tries to take it
 *		BIS_FLUSH_LOCK	to mark pending articles dead and to turn them into a
 *						segment.  Held for one segment
 *
 * They are tuple locks on tuples that no index has: pg_locks shows them as
 * tuples 1 and 2 of page 0 of the index.
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

/* Take the lock if no other backend holds it; returns whether it did. */
extern bool BisLockTry(Relation index, BisLock lock);

/* Is another backend waiting for the lock, which the caller holds? */
extern bool BisLockIsWanted(Relation index, BisLock lock);

extern void BisLockRelease(Relation index, BisLock lock);

#endif							/* BIS_MAINTENANCE_LOCK_H */
