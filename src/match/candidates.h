/*
 * candidates.h
 *	  What of a query core's tsquery can say, for indexes on tsvectors.
 */
#ifndef BI_CANDIDATES_H
#define BI_CANDIDATES_H

#include "tsearch/ts_type.h"

#include "query/bi_query.h"

typedef enum BiPrecision
{
	BI_EXACT,					/* the tsquery matches what the query does */
	BI_SUPERSET,				/* and perhaps more */
	BI_EVERYTHING				/* it matches every document */
} BiPrecision;

/* How near to query does BiCandidates come? */
extern BiPrecision BiCandidatesPrecision(const BiQuery *query);

/*
 * Does it match what the query does in an index where an article has all of
 * its terms at once?  There a NOT is as sure as what it is about.
 */
extern bool BiCandidatesAreExact(const BiQuery *query);

/* The tsquery, in the current memory context. */
extern TSQuery BiCandidates(const BiQuery *query);

/*
 * The same for an index that can walk its dictionary.  A pattern that a
 * wildcard leads is there too, not under NOT: a prefix operand, its text the
 * whole pattern.
 */
extern TSQuery BiDictionaryCandidates(const BiQuery *query);

/* Is a prefix operand such a pattern? */
static inline bool
BiOperandLeads(const QueryOperand *operand, const char *text)
{
	return operand->prefix && operand->length > 0 &&
		(unsigned char) *text <= BI_UPTO_CHARS;
}

#endif							/* BI_CANDIDATES_H */
