/*
 * estimate_budget.h
 *	  What the estimates of one statement may cost together.
 */
#ifndef BIS_ESTIMATE_BUDGET_H
#define BIS_ESTIMATE_BUDGET_H

#include "nodes/pathnodes.h"

#include "query/bi_query.h"

/* searches whose estimates are kept */
#define BIS_MAX_KEPT 64

/* what an index said of one search, in one table or several */
typedef struct BisKept
{
	uint64		hash;			/* of the search */
	double		sum;			/* of the fractions */
	double		n;				/* of the estimates in it */
} BisKept;

typedef struct BisBudget
{
	int64		index_work;		/* left for indexes; see sample.h */
	int64		statistics_work;	/* left for statistics: values read and
									 * nodes estimated */
	int64		pattern_work;	/* left for patterns; see mcelem_estimate.h */
	double		sum;			/* of the fractions estimated so far */
	double		n;				/* of the estimates in it */
	int			nkept;
	BisKept		kept[BIS_MAX_KEPT];
} BisBudget;

/*
 * The budget of the planner's run that root is a part of: the same one until
 * the statement is planned.
 */
extern BisBudget *BisBudgetOf(PlannerInfo *root);

/*
 * What an index may do for the next estimate, of which most would be wanted;
 * 0 if nothing is left.
 */
extern int64 BisBudgetIndexWork(const BisBudget *budget, int64 most);

/* Keep what an index said of a search. */
extern void BisBudgetKeep(BisBudget *budget, const BiQuery *query,
						  double selectivity);

/* The mean of what indexes said of a search; less than 0 if they did not. */
extern double BisBudgetKept(const BisBudget *budget, const BiQuery *query);

#endif							/* BIS_ESTIMATE_BUDGET_H */
