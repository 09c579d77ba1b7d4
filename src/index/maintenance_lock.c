/*
 * maintenance_lock.c
 *	  The heavyweight locks of an index under which articles move.
 */
#include "postgres.h"

#include "storage/lock.h"
#include "utils/rel.h"

#include "index/bis.h"
#include "index/maintenance_lock.h"

/* Take the lock; wait: or else only if nobody has it.  Returns whether. */
static bool
acquire(Relation index, BisLock lock, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_TUPLE(tag, index->rd_lockInfo.lockRelId.dbId,
					  index->rd_lockInfo.lockRelId.relId, BIS_METAPAGE, lock);
	return LockAcquire(&tag, ExclusiveLock, false, !wait) !=
		LOCKACQUIRE_NOT_AVAIL;
}

void
BisLockAcquire(Relation index, BisLock lock)
{
	(void) acquire(index, lock, true);
}

bool
BisLockTry(Relation index, BisLock lock)
{
	return acquire(index, lock, false);
}

void
BisLockRelease(Relation index, BisLock lock)
{
	LOCKTAG		tag;

	SET_LOCKTAG_TUPLE(tag, index->rd_lockInfo.lockRelId.dbId,
					  index->rd_lockInfo.lockRelId.relId, BIS_METAPAGE, lock);
	LockRelease(&tag, ExclusiveLock, false);
}
