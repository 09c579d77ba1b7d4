/*
 * index_estimate.h
 *	  What a bisearch index knows of how many articles a query finds.
 */
#ifndef BIS_INDEX_ESTIMATE_H
#define BIS_INDEX_ESTIMATE_H

#include "query/bi_query.h"

/* once this many were found, the fractions of the words no longer matter */
#define BIS_ENOUGH_FOUND 50

/* what is asked of an index about a query, and its answer */
typedef struct BisIndexEstimate
{
	const BiQuery *query;
	double	   *words;			/* room for as many as query has nodes.  Of a
								 * WORD, the fraction of articles with it;
								 * less than 0 if that is not known */
	double		selectivity;	/* of the articles, those that match, as far
								 * as was seen; less than 0: nothing was */
	double		found;			/* number of matching articles seen */
	double		per_hit;		/* each of them is such a fraction; 0: the
								 * fraction is exact */
} BisIndexEstimate;

/*
 * Answer n questions about the index, which the caller has locked, so far as
 * can be done with work for each; see sample.h.  Nothing is known of one for
 * which that is too little, nor if the index is damaged, or there is none
 * (InvalidOid).  Returns how much work was done, about.  Raises when
 * interrupted.
 */
extern int64 BisIndexEstimates(Oid index, BisIndexEstimate *questions, int n,
							   int64 work);

#endif							/* BIS_INDEX_ESTIMATE_H */
