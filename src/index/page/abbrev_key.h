/*
 * abbrev_key.h
 *	  The first bytes of a term as a number, to compare terms quickly.
 */
#ifndef BIS_ABBREV_KEY_H
#define BIS_ABBREV_KEY_H

#include "port/pg_bswap.h"

/* bytes that the number has */
#define BIS_ABBREV_BYTES 8

/*
 * The first bytes of the len bytes at s, zeroes behind them, as a number that
 * sorts as they do.  What is before end may be read.  Terms of the same
 * number and length differ behind these bytes, if at all.
 */
static inline uint64
BisAbbrevKey(const char *s, int len, const char *end)
{
	uint64		head = 0;

	if (likely(end - s >= BIS_ABBREV_BYTES))
		memcpy(&head, s, BIS_ABBREV_BYTES);
	else
		memcpy(&head, s, end - s);
	head = pg_ntoh64(head);
	if (len < BIS_ABBREV_BYTES)
		head &= ~(PG_UINT64_MAX >> len * BITS_PER_BYTE);
	return head;
}

/* Compare as core compares lexemes. */
static inline int
BisCompareTerms(const char *a, int alen, const char *b, int blen)
{
	int			result = memcmp(a, b, Min(alen, blen));

	return result != 0 ? result : alen - blen;
}

#endif							/* BIS_ABBREV_KEY_H */
