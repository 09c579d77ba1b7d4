/*
 * fn_extra_query.h
 *	  A function's last bi_query argument, prepared once and not per row.
 */
#ifndef BI_FN_EXTRA_QUERY_H
#define BI_FN_EXTRA_QUERY_H

#include "query/bi_query.h"

typedef struct BiFnExtraQuery
{
	MemoryContext context;		/* what was made of the query; goes with it */
	BiQuery    *query;			/* detoasted and validated */
	struct varlena *seen;		/* the argument it came from */
} BiFnExtraQuery;

/*
 * The state that a function keeps between its calls: size bytes, zeroed,
 * which begin with a BiFnExtraQuery.  It lives as long as the function's call site;
 * a function called without one gets a new state each time.
 */
extern BiFnExtraQuery *BiFnExtraState(FunctionCallInfo fcinfo, Size size);

/*
 * Make memo->query that of datum.  Returns false if it was, by content, as
 * the next datum may have the same address; else the context was reset and
 * all that hung on the last query is gone.
 */
extern bool BiFnExtraSet(BiFnExtraQuery *memo, Datum datum);

#endif							/* BI_FN_EXTRA_QUERY_H */
