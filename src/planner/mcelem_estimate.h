/*
 * mcelem_estimate.h
 *	  Estimating a query's selectivity from a column's most common lexemes.
 */
#ifndef BIS_MCELEM_ESTIMATE_H
#define BIS_MCELEM_ESTIMATE_H

#include <math.h>

#include "query/bi_query.h"

/* selectivity of whatever nothing is known about; the same as core's of @@ */
#define BIS_DEFAULT_SELECTIVITY	0.005

/* the column's most common lexemes, sorted by length and then by bytes */
typedef struct BisLexemes
{
	const Datum *values;		/* of type text */
	const float4 *fractions;	/* of rows that have each */
	int			n;				/* 0 if nothing is known */
	double		rare;			/* fraction assumed for other lexemes */
	double		any;			/* fraction of rows with any of these */
	int64	   *work;			/* left for prefixes and patterns, in bytes
								 * compared */
	Oid			index;			/* that may be asked; or InvalidOid */
	const double *words;		/* the words of BisIndexEstimate */
} BisLexemes;

/* Clamp to the range from 0 to 1; NaN becomes 0. */
static inline double
BisProbability(double selectivity)
{
	if (isnan(selectivity) || selectivity < 0)
		return 0;
	return Min(selectivity, 1);
}

/* The probability of at least one of two independent events. */
static inline double
BisEither(double a, double b)
{
	return a + b - a * b;
}

/*
 * The fraction of rows that match a node of the query; subtracts the work
 * from *lexemes->work.
 */
extern double BisNodeSelectivity(const BiQuery *query, const BiNode *node,
								 BisLexemes *lexemes);

#endif							/* BIS_MCELEM_ESTIMATE_H */
