/*
 * index_estimate.h
 *	  Estimating a query's selectivity from a bisearch index.
 */
#ifndef BIS_INDEX_ESTIMATE_H
#define BIS_INDEX_ESTIMATE_H

#include "query/bi_query.h"

/* with this many hits in the sample, the words' fractions do not matter */
#define BIS_ENOUGH_FOUND 50

/* an estimate of a query by an index */
typedef struct BisIndexEstimate
{
	const BiQuery *query;
	double	   *words;			/* array of the caller's, with an element for
								 * each node of query: for a WORD, the
								 * fraction of articles with it, or negative
								 * if unknown */
	double		selectivity;	/* fraction of articles that match, judging by
								 * the sample; negative without a sample */
	double		found;			/* number of hits in the sample */
	double		per_hit;		/* selectivity of one sampled hit; 0 if
								 * selectivity is exact */
} BisIndexEstimate;

/*
 * Fill in n estimates, whose query and words the caller has set, from the
 * index, which the caller has locked.  Spends up to work (see sample.h) on
 * each.  An estimate stays unknown if that is too little, if the index is
 * damaged, or if there is none (InvalidOid).  Returns roughly how much work
 * was done.  Raises only when interrupted.
 */
extern int64 BisIndexEstimates(Oid index, BisIndexEstimate *estimates, int n,
							   int64 work);

#endif							/* BIS_INDEX_ESTIMATE_H */
