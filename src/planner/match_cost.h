/*
 * match_cost.h
 *	  Correcting what the planner assumes that matching a row costs.
 */
#ifndef BIS_MATCH_COST_H
#define BIS_MATCH_COST_H

#include "nodes/pathnodes.h"

/*
 * The mean cost per row of fetching vector, a tsvector of a relation of the
 * query being planned, from the relation's TOAST table.  0 if its values are
 * in the row, or nothing is known about them, or the user may not see the
 * statistics and function, which will read vector, is not leakproof.  root
 * may be NULL.
 */
extern Cost BisFetchCost(PlannerInfo *root, Node *vector, Oid function);

/*
 * Lower the cost of a table's bitmap scans by what they are charged for
 * rechecking rows that a bisearch index found, and add scans that core had
 * dropped because of that charge.  To be called in set_rel_pathlist_hook.
 */
extern void BisExactPaths(PlannerInfo *root, RelOptInfo *table);

#endif							/* BIS_MATCH_COST_H */
