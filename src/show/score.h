/*
 * score.h
 *	  How relevant one article is to a query.
 */
#ifndef BI_SCORE_H
#define BI_SCORE_H

#include "tsearch/ts_type.h"

#include "match/eval.h"

#define BI_NWEIGHTS 4

/* what does not depend on the article */
typedef struct BiScoring
{
	const BiQuery *query;
	double	   *idf;			/* by node, of ITEMs, PROX_CHAINs and nodes
								 * inside PROX_CHAINs */
	uint32	   *width;			/* by node, least number of positions that it
								 * takes */
	double		average;		/* average length of an article */
	double		weights[BI_NWEIGHTS];	/* of fields, by number of the
										 * tsvector's weight */
} BiScoring;

/*
 * The score of vector, whose source is source: 0 if it does not match, never
 * negative.  Allocates in the current memory context, which the caller
 * resets.  Answers cancel requests, and raises what BiSpans raises.
 */
extern double BiScore(const BiScoring *scoring, BiSource *source,
					  TSVector vector);

#endif							/* BI_SCORE_H */
