/*
 * merge_request.c
 *	  Asking for a background worker that merges an index's segments.
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/lock.h"
#include "utils/rel.h"

#include "index/page/maintenance_lock.h"
#include "index/upkeep/merge_request.h"

StaticAssertDecl(sizeof(BisMergeJob) <= BGW_EXTRALEN,
				 "a job fits bgw_extra");

int			BisMaxMergeWorkers = 2;

/*
 * The lock of a worker slot.  Each running worker holds the lock of one slot,
 * which limits their number.
 */
static void
set_slot_tag(LOCKTAG *tag, int slot)
{
	SET_LOCKTAG_OBJECT(*tag, InvalidOid, AccessMethodRelationId, InvalidOid,
					   slot + 1);
}

/*
 * Take a worker slot until the end of the transaction; returns its number, or
 * -1 if all are taken.
 */
static int
take_worker_slot(int max_workers)
{
	LOCKTAG		tag;

	for (int slot = 0; slot < max_workers; slot++)
	{
		set_slot_tag(&tag, slot);
		if (LockAcquire(&tag, ExclusiveLock, false, true) !=
			LOCKACQUIRE_NOT_AVAIL)
			return slot;
	}
	return -1;
}

static void
release_worker_slot(int slot)
{
	LOCKTAG		tag;

	set_slot_tag(&tag, slot);
	LockRelease(&tag, ExclusiveLock, false);
}

bool
BisMergeTakeSlot(const BisMergeJob *job)
{
	return take_worker_slot(job->max_workers) >= 0;
}

bool
BisMergeRequest(Relation index)
{
	BackgroundWorker worker = {0};
	BisMergeJob job = {MyDatabaseId, RelationGetRelid(index),
	BisMaxMergeWorkers};
	int			slot;

	if (!BisLockTry(index, BIS_MERGE_LOCK))
		return true;
	BisLockRelease(index, BIS_MERGE_LOCK);
	slot = take_worker_slot(BisMaxMergeWorkers);
	if (slot < 0)
		return false;
	release_worker_slot(slot);

	strlcpy(worker.bgw_name, "bisearch merge worker", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "bisearch merge worker", BGW_MAXLEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "$libdir/bisearch", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "BisMergeWorkerMain", BGW_MAXLEN);
	memcpy(worker.bgw_extra, &job, sizeof(job));
	return RegisterDynamicBackgroundWorker(&worker, NULL);
}
