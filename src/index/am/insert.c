/*
 * insert.c
 *	  Inserting a single article.
 */
#include "postgres.h"

#include "base/compat.h"
#include "index/am/handler.h"
#include "index/page/error_context.h"
#include "index/page/pending.h"
#include "index/upkeep/upkeep.h"

bool
bisinsert(Relation index, Datum *values, bool *isnull, ItemPointer tid,
		  Relation heap pg_attribute_unused(),
		  IndexUniqueCheck unique pg_attribute_unused(),
		  bool unchanged pg_attribute_unused(),
		  struct IndexInfo *info pg_attribute_unused())
{
	ErrorContextCallback callback;
	TSVector	vector;

	if (isnull[0])
		return false;
	vector = DatumGetTSVector(values[0]);
	BisErrorContextBegin(&callback, index);
	if (BisPendingAppend(index, tid, vector))
		BisUpkeepInsert(index);
	BisErrorContextEnd(&callback);
	if ((Pointer) vector != DatumGetPointer(values[0]))
		pfree(vector);
	return false;
}
