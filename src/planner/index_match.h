/*
 * index_match.h
 *	  Examining a relation's indexes, to decide whether a match is rewritten.
 */
#ifndef BIS_INDEX_MATCH_H
#define BIS_INDEX_MATCH_H

#include "nodes/pathnodes.h"

/*
 * Is there a bisearch index on vector, an expression of the query being
 * planned?  False if root is NULL, since then no query is being planned.
 */
extern bool BisIsIndexed(PlannerInfo *root, Node *vector);

/*
 * Does rewritten, a condition on vector without run-time values, occur in the
 * predicate or an expression of any index of vector's relation?
 */
extern bool BisIndexesSay(PlannerInfo *root, Node *vector, Node *rewritten);

#endif							/* BIS_INDEX_MATCH_H */
