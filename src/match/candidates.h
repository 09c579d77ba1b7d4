/*
 * candidates.h
 *	  The part of a query that core's tsquery can express, for indexes on
 *	  tsvectors.
 */
#ifndef BI_CANDIDATES_H
#define BI_CANDIDATES_H

#include "tsearch/ts_type.h"

#include "query/bi_query.h"

typedef enum BiPrecision
{
	BI_EXACT,					/* the tsquery matches exactly what the query
								 * does */
	BI_SUPERSET,				/* ... and perhaps more */
	BI_EVERYTHING				/* ... every document */
} BiPrecision;

/* How exact is BiCandidates(query)? */
extern BiPrecision BiCandidatesPrecision(const BiQuery *query);

/*
 * Does BiDictionaryCandidates(query) match exactly what the query does in an
 * index where all terms of an article appear at once?  There a NOT is exact if
 * its operand is.
 */
extern bool BiDictionaryIsExact(const BiQuery *query);

/* The tsquery, in the current memory context. */
extern TSQuery BiCandidates(const BiQuery *query);

/*
 * The same for an index that can scan its dictionary.  It also has patterns
 * without a literal prefix, those with a leading wildcard and fuzzy words, as
 * prefix operands whose text is the whole pattern.
 */
extern TSQuery BiDictionaryCandidates(const BiQuery *query);

/* Is a prefix operand such a pattern? */
static inline bool
BiOperandLeads(const QueryOperand *operand, const char *text)
{
	return operand->prefix && operand->length > 0 &&
		(unsigned char) *text <= BI_LAST_SIGN;
}

#endif							/* BI_CANDIDATES_H */
