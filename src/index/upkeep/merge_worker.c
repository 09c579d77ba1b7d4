/*
 * merge_worker.c
 *	  A background worker that merges an index's segments.
 *
 * An insert that finds merges due registers a worker; nothing has to be
 * preloaded.  The worker waits for nothing but a running flush.  It gives up
 * when a statement waits to lock the table or the index, for the worker's
 * transaction to end, or to drop or copy the database: a merge can be started
 * again, and an unfinished one leaves nothing but reusable pages.
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
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/page/error_context.h"
#include "index/page/maintenance_lock.h"
#include "index/page/our_index.h"
#include "index/upkeep/merge_request.h"
#include "index/upkeep/upkeep.h"

/* a running worker */
typedef struct Worker
{
	Relation	heap;			/* AccessShareLock */
	Relation	index;			/* RowExclusiveLock */
	bool		gave_up;		/* because of a waiting statement */
} Worker;

/* Is a statement waiting to drop or copy the database? */
static bool
database_has_waiters(void)
{
	LOCKTAG		tag;

	/* the lock that a session takes when it connects */
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, RowExclusiveLock, false, true) ==
		LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, false);
	return false;
}

/*
 * Is a statement waiting to lock a relation on which we hold AccessShareLock
 * or RowExclusiveLock?  LockHasWaiters cannot be asked about these: they may
 * have been taken outside the shared lock table.  So take one lock more, of a
 * mode that conflicts with such requests and that we do not hold yet.
 */
static bool
relation_has_waiters(Relation relation)
{
	LockRelId	id = relation->rd_lockInfo.lockRelId;
	LOCKTAG		tag;
	LOCALLOCK  *lock;
	bool		has_waiters;

	SET_LOCKTAG_RELATION(tag, id.dbId, id.relId);
	/* refused because of a waiter, unless we may go before him (since 18) */
	if (BiLockIfAvailable(&tag, RowShareLock, &lock) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	/* nor is it in the shared table if nobody asks for a strong lock */
	has_waiters = lock->lock != NULL &&
		LockHasWaiters(&tag, RowShareLock, false);
	LockRelease(&tag, RowShareLock, false);
	return has_waiters;
}

/*
 * Is a statement waiting for our transaction to end?  REINDEX CONCURRENTLY
 * and its kin wait so for all that have locked the table.  Who waits has put
 * our transaction's lock, which we took outside the shared lock table, there;
 * nobody else does.
 */
static bool
transaction_has_waiters(void)
{
	return !((volatile PGPROC *) MyProc)->fpVXIDLock;
}

/*
 * Give up if anybody waits for us.  If not, take a snapshot, to learn which
 * snapshots exist by now: they decide which retired pages can be reclaimed.
 */
static void
check_for_waiters(void *arg)
{
	Worker	   *worker = arg;

	PushActiveSnapshot(GetLatestSnapshot());
	PopActiveSnapshot();
	if (!relation_has_waiters(worker->heap) &&
		!relation_has_waiters(worker->index) &&
		!transaction_has_waiters() && !database_has_waiters())
		return;
	worker->gave_up = true;
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("canceling merge of index \"%s\"",
					RelationGetRelationName(worker->index))));
}

/* Open a relation if it exists and can be locked without waiting. */
static Relation
open_if_lockable(Oid relation, LOCKMODE mode)
{
	Relation	opened;

	if (!OidIsValid(relation) || !ConditionalLockRelationOid(relation, mode))
		return NULL;
	opened = try_relation_open(relation, NoLock);
	if (opened == NULL)
		UnlockRelationOid(relation, mode);
	return opened;
}

/* Open the table and the index; returns whether the index can be merged. */
static bool
open_table_and_index(Worker *worker, Oid index)
{
	worker->heap = open_if_lockable(IndexGetRelation(index, true),
									AccessShareLock);
	if (worker->heap == NULL)
		return false;
	worker->index = open_if_lockable(index, RowExclusiveLock);
	return worker->index != NULL &&
		worker->index->rd_rel->relkind == RELKIND_INDEX &&
		BisIsOurIndex(worker->index) &&
		worker->index->rd_index->indisvalid &&
		!RELATION_IS_OTHER_TEMP(worker->index);
}

/* Merge what is due, in a transaction that holds no snapshot. */
static void
merge_index(Worker *worker, const BisMergeJob *job)
{
	ErrorContextCallback callback;

	if (!BisMergeTakeSlot(job) || !open_table_and_index(worker, job->index) ||
		!BisLockTry(worker->index, BIS_MERGE_LOCK))
		return;
	BisErrorContextBegin(&callback, worker->index);
	BisUpkeepMerge(worker->index, worker->heap, check_for_waiters, worker);
	BisErrorContextEnd(&callback);
	BisLockRelease(worker->index, BIS_MERGE_LOCK);
}

extern PGDLLEXPORT void BisMergeWorkerMain(Datum arg);

/* A worker's main function; BisMergeRequest passes its name. */
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
		merge_index(&worker, &job);
	}
	PG_CATCH();
	{
		if (!worker.gave_up)
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
