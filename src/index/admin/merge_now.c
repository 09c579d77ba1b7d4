/*
 * merge_now.c
 *	  bi_index_merge: merge all segments of an index now.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/xlog.h"
#include "fmgr.h"
#include "utils/rel.h"

#include "index/admin/open_index.h"
#include "index/page/error_context.h"
#include "index/page/maintenance_lock.h"
#include "index/upkeep/upkeep.h"

PG_FUNCTION_INFO_V1(bi_index_merge);
Datum
bi_index_merge(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	ErrorContextCallback callback;
	Relation	index;

	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("recovery is in progress"),
				 errhint("An index cannot be merged during recovery.")));
	index = BisIndexOpen(relation, RowExclusiveLock);
	BisErrorContextBegin(&callback, index);
	if (index->rd_index->indisvalid)
	{
		BisLockAcquire(index, BIS_MERGE_LOCK);
		BisUpkeepMergeAll(index);
		BisLockRelease(index, BIS_MERGE_LOCK);
		BisUpkeepRequest(index);
	}
	else
		ereport(DEBUG1,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" is not valid",
						RelationGetRelationName(index))));
	BisErrorContextEnd(&callback);
	index_close(index, RowExclusiveLock);
	PG_RETURN_VOID();
}
