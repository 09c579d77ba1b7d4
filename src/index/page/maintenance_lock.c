/*
 * maintenance_lock.c
 *	  The heavyweight locks of an index under which articles move.
 */
#include "postgres.h"

#include "storage/lock.h"
#include "utils/rel.h"

#include "index/page/layout.h"
#include "index/page/maintenance_lock.h"

/* The tag of the lock. */
static LOCKTAG
tag_of(Relation index, BisLock lock)
{
	LOCKTAG		tag;

	SET_LOCKTAG_TUPLE(tag, index->rd_lockInfo.lockRelId.dbId,
					  index->rd_lockInfo.lockRelId.relId, BIS_METAPAGE, lock);
	return tag;
}

void
BisLockAcquire(Relation index, BisLock lock)
{
	LOCKTAG		tag = tag_of(index, lock);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

bool
BisLockTry(Relation index, BisLock lock)
{
	LOCKTAG		tag = tag_of(index, lock);

	return LockAcquire(&tag, ExclusiveLock, false, true) !=
		LOCKACQUIRE_NOT_AVAIL;
}

bool
BisLockIsWanted(Relation index, BisLock lock)
{
	LOCKTAG		tag = tag_of(index, lock);

	/* another mode, that those who wait conflict with, and we do not */
	if (LockAcquire(&tag, RowShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowShareLock, false);
	return false;
}

void
BisLockRelease(Relation index, BisLock lock)
{
	LOCKTAG		tag = tag_of(index, lock);

	LockRelease(&tag, ExclusiveLock, false);
}
