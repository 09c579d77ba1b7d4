/*
 * expansion.h
 *	  Lists the words of a document that a prefix or wildcard matches.
 */
#ifndef BI_EXPANSION_H
#define BI_EXPANSION_H

#include "match/sources.h"

/*
 * "as hurricane, hurricanes": the first few words of the document, in sorted
 * order, that the slot's prefixes and patterns match in its fields; NULL if
 * it has none, or none matches.  The document is vector, or text if vector is
 * NULL.  Answers cancel requests.
 */
extern char *BiExpansion(const BiQuery *query, const BiNode *slot,
						 TSVector vector, const BiTextSource *text);

#endif							/* BI_EXPANSION_H */
