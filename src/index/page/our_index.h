/*
 * our_index.h
 *	  Does an index belong to this access method?
 *
 * An access method is recognized by its functions: there may be several names
 * for it, and its name may have belonged to another one.
 */
#ifndef BIS_OUR_INDEX_H
#define BIS_OUR_INDEX_H

#include "access/amapi.h"
#include "nodes/pathnodes.h"
#include "utils/rel.h"

extern void biscostestimate(struct PlannerInfo *root, struct IndexPath *path,
							double loops, Cost *startup, Cost *total,
							Selectivity *selectivity, double *correlation,
							double *pages);

/* Is the open relation one of our indexes?  It may be a partitioned index. */
static inline bool
BisIsOurIndex(Relation relation)
{
	return relation->rd_indam != NULL &&
		relation->rd_indam->amcostestimate == biscostestimate;
}

/* The same for the planner's description of an index. */
static inline bool
BisIsOurIndexInfo(const IndexOptInfo *index)
{
	return index->amcostestimate == biscostestimate;
}

#endif							/* BIS_OUR_INDEX_H */
