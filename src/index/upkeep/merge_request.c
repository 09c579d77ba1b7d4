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

/* The lock that a running worker has: one of as many as there may be. */
static void
set_place_tag(LOCKTAG *tag, int place)
{
	SET_LOCKTAG_OBJECT(*tag, InvalidOid, AccessMethodRelationId, InvalidOid,
					   place + 1);
}

/*
 * Take a place among the running workers, for as long as the transaction
 * lasts; returns it, or -1 if none is left.
 */
static int
take_place(int max_workers)
{
	LOCKTAG		tag;

	for (int place = 0; place < max_workers; place++)
	{
		set_place_tag(&tag, place);
		if (LockAcquire(&tag, ExclusiveLock, false, true) !=
			LOCKACQUIRE_NOT_AVAIL)
			return place;
	}
	return -1;
}

static void
leave_place(int place)
{
	LOCKTAG		tag;

	set_place_tag(&tag, place);
	LockRelease(&tag, ExclusiveLock, false);
}

bool
BisMergeTakePlace(const BisMergeJob *job)
{
	return take_place(job->max_workers) >= 0;
}

bool
BisMergeRequest(Relation index)
{
	BackgroundWorker worker = {0};
	BisMergeJob job = {MyDatabaseId, RelationGetRelid(index),
	BisMaxMergeWorkers};
	int			place;

	if (!BisLockTry(index, BIS_MERGE_LOCK))
		return true;
	BisLockRelease(index, BIS_MERGE_LOCK);
	place = take_place(BisMaxMergeWorkers);
	if (place < 0)
		return false;
	leave_place(place);

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
