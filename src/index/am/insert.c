/*
 * insert.c
 *	  Inserting a single article.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "index/am/handler.h"
#include "index/column/article.h"
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
	MemoryContext context;
	MemoryContext caller;
	BisColumnTypes *types;
	BisValue	converted[INDEX_MAX_KEYS];
	void	   *content;
	Size		size;

	if (isnull[0])
		return false;
	context = AllocSetContextCreate(CurrentMemoryContext, "bisearch insert",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	BisErrorContextBegin(&callback, index);
	types = BisColumnTypesOf(index);
	if (types != NULL)
		BisValuesOf(index, types, values, isnull, converted);
	content = BisArticleJoin(types, converted, DatumGetTSVector(values[0]),
							 &size);
	if (BisPendingAppend(index, tid, content, size))
		BisUpkeepInsert(index);
	BisErrorContextEnd(&callback);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return false;
}
