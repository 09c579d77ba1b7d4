/*
 * mcelem_estimate.h
 *	  What fraction of a column's rows matches a query, by its common lexemes.
 */
#ifndef BIS_MCELEM_ESTIMATE_H
#define BIS_MCELEM_ESTIMATE_H

#include <math.h>

#include "query/bi_query.h"

/* a word of which nothing is known, and whatever else is not; as core's @@ */
#define BIS_DEFAULT_SELECTIVITY	0.005

/* the column's most common lexemes, sorted by length and then by bytes */
typedef struct BisLexemes
{
	const Datum *values;		/* texts */
	const float4 *fractions;	/* of rows */
	int			n;				/* 0 if nothing is known */
	double		rare;			/* fraction of a lexeme that is not here */
	double		any;			/* fraction of rows with any of these */
	int64	   *work;			/* left for prefixes and patterns, in bytes
								 * compared */
	Oid			index;			/* that may be asked; or InvalidOid */
	const double *words;		/* what it says of the query's nodes, as
								 * BisIndexEstimate has it */
} BisLexemes;

/* What lies between 0 and 1, whatever it was. */
static inline double
BisProbability(double selectivity)
{
	if (isnan(selectivity) || selectivity < 0)
		return 0;
	return Min(selectivity, 1);
}

/* Of two independent things, at least one. */
static inline double
BisEither(double a, double b)
{
	return a + b - a * b;
}

/*
 * The fraction of rows that match a node of the query; takes its work off the
 * lexemes'.
 */
extern double BisNodeSelectivity(const BiQuery *query, const BiNode *node,
								 BisLexemes *lexemes);

#endif							/* BIS_MCELEM_ESTIMATE_H */
