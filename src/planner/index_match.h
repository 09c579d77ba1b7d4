/*
 * index_match.h
 *	  What the indexes of a relation mean for a match that may be rewritten.
 */
#ifndef BIS_INDEX_MATCH_H
#define BIS_INDEX_MATCH_H

#include "nodes/pathnodes.h"

/*
 * Is vector, an expression of a query being planned, what a bisearch index
 * can be searched for?  False if no query is: root is NULL.
 */
extern bool BisIsIndexed(PlannerInfo *root, Node *vector);

/*
 * Does rewritten, a condition on vector without run-time values, occur in a
 * predicate or expression of any index of vector's relation?
 */
extern bool BisIndexesSay(PlannerInfo *root, Node *vector, Node *rewritten);

#endif							/* BIS_INDEX_MATCH_H */
