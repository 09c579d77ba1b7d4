/*
 * maintenance_lock.c
 *	  The heavyweight locks of an index that protect its maintenance.
 */
#include "postgres.h"

#include "storage/lock.h"
#include "utils/rel.h"

#include "index/page/layout.h"
#include "index/page/maintenance_lock.h"

/* The lock manager's tag of the lock. */
static LOCKTAG
maintenance_lock_tag(Relation index, BisLock lock)
{
	LOCKTAG		tag;

	SET_LOCKTAG_TUPLE(tag, index->rd_lockInfo.lockRelId.dbId,
					  index->rd_lockInfo.lockRelId.relId, BIS_METAPAGE, lock);
	return tag;
}

void
BisLockAcquire(Relation index, BisLock lock)
{
	LOCKTAG		tag = maintenance_lock_tag(index, lock);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

bool
BisLockTry(Relation index, BisLock lock)
{
	LOCKTAG		tag = maintenance_lock_tag(index, lock);

	return LockAcquire(&tag, ExclusiveLock, false, true) !=
		LOCKACQUIRE_NOT_AVAIL;
}

bool
BisLockIsWanted(Relation index, BisLock lock)
{
	LOCKTAG		tag = maintenance_lock_tag(index, lock);

	return LockHasWaiters(&tag, ExclusiveLock, false);
}

void
BisLockRelease(Relation index, BisLock lock)
{
	LOCKTAG		tag = maintenance_lock_tag(index, lock);

	LockRelease(&tag, ExclusiveLock, false);
}
