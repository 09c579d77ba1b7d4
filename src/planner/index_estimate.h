/*
 * index_estimate.h
 *	  What a bisearch index knows of how many articles a query finds.
 */
#ifndef BIS_FREQUENCY_H
#define BIS_FREQUENCY_H

#include "query/bi_query.h"

/* if so many were found, what words tell does not matter any more */
#define BIS_ENOUGH_FOUND 50

/* what is asked of an index about a query, and its answer */
typedef struct BisFrequency
{
	const BiQuery *query;
	double	   *words;			/* room for as many as query has nodes.  Of a
								 * WORD, the share of articles with it; less
								 * than 0 if that is not known */
	double		share;			/* of the articles, those that match, as far as
								 * was seen; less than 0: nothing was */
	double		found;			/* so many articles that match were seen */
	double		one;			/* each of them is such a share; 0: the share
								 * is exact */
} BisFrequency;

/*
 * Answer n questions about the index, which the caller has locked, so far as
 * can be done with work for each; see sample.h.  Nothing is known of one for
 * which that is too little, nor if the index is damaged, or there is none
 * (InvalidOid).  Returns how much work was done, about.  Raises when
 * interrupted.
 */
extern int64 BisFrequencies(Oid index, BisFrequency *questions, int n,
							int64 work);

#endif							/* BIS_FREQUENCY_H */
