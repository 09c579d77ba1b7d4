/*
 * estimate_budget.h
 *	  The budget that all estimates of one planner run share.
 */
#ifndef BIS_ESTIMATE_BUDGET_H
#define BIS_ESTIMATE_BUDGET_H

#include "nodes/pathnodes.h"

#include "query/bi_query.h"

/* most queries whose estimates are kept */
#define BIS_MAX_KEPT 64

/* estimates that indexes gave for one query, in one table or several */
typedef struct BisKept
{
	uint64		hash;			/* of the query */
	double		sum;			/* of the selectivities */
	double		n;				/* how many they are */
} BisKept;

typedef struct BisBudget
{
	int64		index_work;		/* left for indexes; see sample.h */
	int64		statistics_work;	/* left for statistics: values read and
									 * nodes estimated */
	int64		pattern_work;	/* left for patterns; see mcelem_estimate.h */
	double		sum;			/* of the selectivities estimated so far */
	double		n;				/* how many they are */
	int			nkept;
	BisKept		kept[BIS_MAX_KEPT];
} BisBudget;

/*
 * The budget of the planner run that root belongs to: the same one until the
 * statement is planned.
 */
extern BisBudget *BisBudgetOf(PlannerInfo *root);

/*
 * The work that an index may do for the next estimate: at most most, and 0 if
 * too little is left to be useful.
 */
extern int64 BisBudgetIndexWork(const BisBudget *budget, int64 most);

/* Keep the selectivity that an index gave for a query. */
extern void BisBudgetKeep(BisBudget *budget, const BiQuery *query,
						  double selectivity);

/* The mean of what was kept for the query; negative if nothing was. */
extern double BisBudgetKept(const BisBudget *budget, const BiQuery *query);

#endif							/* BIS_ESTIMATE_BUDGET_H */
