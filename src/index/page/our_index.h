/*
 * our_index.h
 *	  Is an index one of this access method?
 *
 * There may be several names for one access method, and one name for several
 * over time; what they share is the functions.
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

/* Is the open relation an index of ours, be it a partitioned one? */
static inline bool
BisIsOurIndex(Relation relation)
{
	return relation->rd_indam != NULL &&
		relation->rd_indam->amcostestimate == biscostestimate;
}

/* Is what the planner knows of an index one of ours? */
static inline bool
BisIsOurIndexInfo(const IndexOptInfo *index)
{
	return index->amcostestimate == biscostestimate;
}

#endif							/* BIS_OUR_INDEX_H */
