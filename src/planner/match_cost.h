/*
 * match_cost.h
 *	  What the planner is told that matching a row costs.
 */
#ifndef BIS_MATCH_COST_H
#define BIS_MATCH_COST_H

#include "nodes/pathnodes.h"

/*
 * What it costs to fetch vector, a tsvector of a relation that is being
 * planned for, from where the table keeps values that are too long for a row;
 * the mean of all rows.  0 where it is in the row, or nothing is known, or
 * the user may not see the statistics and function, which is to look at it,
 * is not leakproof.  The root may be NULL.
 */
extern Cost BisFetchCost(PlannerInfo *root, Node *vector, Oid function);

/*
 * Take from the bitmap scans of a table what they are charged for matching
 * rows again that a bisearch index found, and add those scans that are worth
 * it then.  Called as set_rel_pathlist_hook calls.
 */
extern void BisExactPaths(PlannerInfo *root, RelOptInfo *table);

#endif							/* BIS_MATCH_COST_H */
