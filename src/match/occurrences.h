/*
 * occurrences.h
 *	  Helpers that the sources of documents share.
 */
#ifndef BI_OCCURRENCES_H
#define BI_OCCURRENCES_H

#include "match/eval.h"

/* tsCompareString(a, alen, b, blen, false), inlined. */
static inline int
BiCompareLexemes(const char *a, int alen, const char *b, int blen)
{
	int			result = memcmp(a, b, Min(alen, blen));

	return result != 0 ? result : alen - blen;
}

/*
 * Sort the n occurrences and remove duplicates.  Returns how many are left.
 * Answers cancel requests.
 */
extern int	BiOccurrencesSort(BiOccurrence *occurrences, int n);

#endif							/* BI_OCCURRENCES_H */
