/*
 * query_array.h
 *	  The queries of an array, of which a scan wants any.
 */
#ifndef BIS_QUERY_ARRAY_H
#define BIS_QUERY_ARRAY_H

#include "access/stratnum.h"

/*
 * The queries of array, bi_query[] or tsquery[] as the strategy says: detoasted
 * and sound, each once, and those of neighbouring words together.  Nulls are
 * left out, which nothing satisfies.  They may point into array; what is new
 * is in the current memory context.  Returns their number.
 */
extern int	BisQueriesOf(StrategyNumber strategy, Datum array,
						 Datum **queries);

#endif							/* BIS_QUERY_ARRAY_H */
