/*
 * merge_worker.c
 *	  A background worker that merges an index's segments.
 *
 * An insert that finds merges due registers one; nothing is preloaded.  It
 * waits for nothing but a flush that is under way, and a statement that wants
 * to lock the table or index, or to drop or copy the database, makes it give
 * up: a merge can begin again, and an unfinished one leaves only free pages.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/page/our_index.h"
#include "index/page/maintenance_lock.h"
#include "index/upkeep/merge_request.h"
#include "index/upkeep/upkeep.h"

/* a worker at work */
typedef struct Worker
{
	Relation	heap;			/* AccessShareLock */
	Relation	index;			/* RowExclusiveLock */
	bool		gives_up;
} Worker;

/* Does a statement wait to drop or copy the database? */
static bool
database_is_wanted(void)
{
	LOCKTAG		tag;

	/* as sessions do when they begin */
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, RowExclusiveLock, false, true) ==
		LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, false);
	return false;
}

/*
 * Does a statement wait to lock a relation on which we have AccessShareLock
 * or RowExclusiveLock?  (LockHasWaiters does not know of such locks, as they
 * may be outside the shared lock table.)
 */
static bool
relation_is_wanted(Relation relation)
{
	/* another mode, that those who wait conflict with */
	if (!ConditionalLockRelation(relation, RowShareLock))
		return true;
	UnlockRelation(relation, RowShareLock);
	return false;
}

/*
 * Give up if anybody waits for us.  If not, learn which snapshots there are
 * now, which decides about retired pages.
 */
static void
check(void *arg)
{
	Worker	   *worker = arg;

	PushActiveSnapshot(GetLatestSnapshot());
	PopActiveSnapshot();
	if (!relation_is_wanted(worker->heap) &&
		!relation_is_wanted(worker->index) && !database_is_wanted())
		return;
	worker->gives_up = true;
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("canceling merge of index \"%s\"",
					RelationGetRelationName(worker->index))));
}

/* Open a relation if it is there and nobody has locked it. */
static Relation
open_if_free(Oid relation, LOCKMODE mode)
{
	Relation	opened;

	if (!OidIsValid(relation) || !ConditionalLockRelationOid(relation, mode))
		return NULL;
	opened = try_relation_open(relation, NoLock);
	if (opened == NULL)
		UnlockRelationOid(relation, mode);
	return opened;
}

/* Open table and index; returns whether the index can be merged. */
static bool
open_index(Worker *worker, Oid index)
{
	worker->heap = open_if_free(IndexGetRelation(index, true),
								AccessShareLock);
	if (worker->heap == NULL)
		return false;
	worker->index = open_if_free(index, RowExclusiveLock);
	return worker->index != NULL &&
		worker->index->rd_rel->relkind == RELKIND_INDEX &&
		BisIsOurIndex(worker->index) &&
		worker->index->rd_index->indisvalid &&
		!RELATION_IS_OTHER_TEMP(worker->index);
}

/* Merge, in a transaction that holds no snapshot. */
static void
work(Worker *worker, const BisMergeJob *job)
{
	if (!BisMergeTakePlace(job) || !open_index(worker, job->index) ||
		!BisLockTry(worker->index, BIS_MERGE_LOCK))
		return;
	BisUpkeepMerge(worker->index, worker->heap, check, worker);
	BisLockRelease(worker->index, BIS_MERGE_LOCK);
}

extern PGDLLEXPORT void BisMergeWorkerMain(Datum arg);

/* What a worker does: the request named it. */
void
BisMergeWorkerMain(Datum arg pg_attribute_unused())
{
	Worker		worker = {0};
	BisMergeJob job;

	memcpy(&job, MyBgworkerEntry->bgw_extra, sizeof(job));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(job.database, InvalidOid, 0);
	SetConfigOption("default_transaction_isolation", "read committed",
					PGC_SUSET, PGC_S_OVERRIDE);

	StartTransactionCommand();
	pgstat_report_activity(STATE_RUNNING, "merging a bisearch index");
	PG_TRY();
	{
		work(&worker, &job);
	}
	PG_CATCH();
	{
		if (!worker.gives_up)
			PG_RE_THROW();
		FlushErrorState();
		AbortCurrentTransaction();
		proc_exit(0);
	}
	PG_END_TRY();
	if (worker.index != NULL)
		relation_close(worker.index, NoLock);
	if (worker.heap != NULL)
		relation_close(worker.heap, NoLock);
	CommitTransactionCommand();
}
