/*
 * query_array.h
 *	  The queries of an array, any of which an article has to match.
 */
#ifndef BIS_QUERY_ARRAY_H
#define BIS_QUERY_ARRAY_H

#include "access/stratnum.h"

/*
 * The distinct queries of array, a bi_query[] or tsquery[] as the strategy
 * says: detoasted, validated, and sorted so that those with nearby words are
 * next to each other.  Nulls, which no article matches, are left out.
 * Queries may point into array; copies are in the current memory context.
 * Returns their number.
 */
extern int	BisQueriesOf(StrategyNumber strategy, Datum array,
						 Datum **queries);

#endif							/* BIS_QUERY_ARRAY_H */
