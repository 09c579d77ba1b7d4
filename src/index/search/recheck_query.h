/*
 * recheck_query.h
 *	  The part of a query that posting lists alone do not decide.
 */
#ifndef BIS_RECHECK_QUERY_H
#define BIS_RECHECK_QUERY_H

#include "query/bi_query.h"

/*
 * Of a query that is an AND, the operands for which its candidates
 * (BiDictionaryCandidates) are not exact: an article among the candidates
 * matches the query if it matches these.  The query itself if that is all of
 * it, or if it is no AND.  Otherwise in the current memory context.
 */
extern const BiQuery *BisRecheckQuery(const BiQuery *query);

#endif							/* BIS_RECHECK_QUERY_H */
