/*
 * fn_extra_query.h
 *	  A function's last bi_query argument, cached in fn_extra.
 */
#ifndef BI_FN_EXTRA_QUERY_H
#define BI_FN_EXTRA_QUERY_H

#include "query/bi_query.h"

typedef struct BiFnExtraQuery
{
	MemoryContext context;		/* of everything derived from the query; reset
								 * with it */
	BiQuery    *query;			/* detoasted and validated */
	struct varlena *seen;		/* the argument from which it was made */
} BiFnExtraQuery;

/*
 * The state that a function keeps between its calls: size bytes, zeroed,
 * which begin with a BiFnExtraQuery.  It lives as long as the function's call
 * site; without a call site (flinfo), each call gets a new state.
 */
extern BiFnExtraQuery *BiFnExtraState(FunctionCallInfo fcinfo, Size size);

/*
 * Set cached->query to that of datum.  Returns false if it is unchanged; they
 * are compared by content, as another datum may have the same address.
 * Otherwise the context was reset, and all that was derived from the last
 * query is gone.
 */
extern bool BiFnExtraSet(BiFnExtraQuery *cached, Datum datum);

#endif							/* BI_FN_EXTRA_QUERY_H */
