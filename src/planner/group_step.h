/*
 * group_step.h
 *	  GROUP BY keys that are steps of a stored column.
 */
#ifndef BIS_GROUP_STEP_H
#define BIS_GROUP_STEP_H

#include "nodes/pathnodes.h"

#include "index/group/group.h"

/* a key of a query's groups that an index can count */
typedef struct BisGroupStep
{
	Node	   *key;			/* as in the query */
	int			column;			/* of the index, from 0 */
	Node	   *step;			/* the key, with a CoerceToDomainValue for the
								 * column */
	BisDayStep	day;			/* what the step depends on */
	const char *zone;			/* for BIS_DAY_OF_ZONE */
	int			least_days;		/* the key is date_trunc to a unit of that many
								 * days at least; 0: it is not */
	double		groups;			/* expected at most */
} BisGroupStep;

/*
 * Is the key a stored column of the index, or an expression of just one that
 * does not change during a scan?  Then fills in step.
 */
extern bool BisMatchStep(Node *key, IndexOptInfo *index, BisGroupStep *step);

/* The stored column, from 0, that the expression is; -1 for none. */
extern int	BisMatchColumn(Node *expression, IndexOptInfo *index);

#endif							/* BIS_GROUP_STEP_H */
