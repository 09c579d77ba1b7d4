/*
 * no_nulls.c
 *	  Does an index have a row for each that a snapshot sees?
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_constraint.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "index/count/no_nulls.h"

/*
 * Was the catalog's row, or none, committed before the snapshot?  A row of the
 * snapshot's own transaction was not, as a statement takes its snapshot first.
 */
static bool
is_from_before(HeapTuple tuple, Snapshot snapshot)
{
	return !HeapTupleIsValid(tuple) ||
		!XidInMVCCSnapshot(HeapTupleHeaderGetXmin(tuple->t_data), snapshot);
}

bool
BisHasNoNulls(Relation heap, AttrNumber column, Snapshot snapshot)
{
	HeapTuple	attribute;
	bool		before;

	if (!BiIsNotNull(heap, column))
		return false;
	attribute = SearchSysCache2(ATTNUM, ObjectIdGetDatum(heap->rd_id),
								Int16GetDatum(column));
	if (!HeapTupleIsValid(attribute))
		return false;
	before = is_from_before(attribute, snapshot) &&
		is_from_before(BiNotNullConstraint(heap, column), snapshot);
	ReleaseSysCache(attribute);
	return before;
}
