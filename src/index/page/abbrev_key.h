/*
 * abbrev_key.h
 *	  The first bytes of a term as a number, to compare terms quickly.
 */
#ifndef BIS_ABBREV_KEY_H
#define BIS_ABBREV_KEY_H

#include "port/pg_bswap.h"

/* bytes of a term that its abbreviated key holds */
#define BIS_ABBREV_BYTES 8

/*
 * The abbreviated key of the len bytes at s: its first bytes, padded with
 * zeros, as a number that sorts as they do.  Everything before end may be
 * read.  Two terms with the same key and the same length differ only after
 * these bytes, if at all.
 */
static inline uint64
BisAbbrevKey(const char *s, int len, const char *end)
{
	uint64		key = 0;

	if (likely(end - s >= BIS_ABBREV_BYTES))
		memcpy(&key, s, BIS_ABBREV_BYTES);
	else
		memcpy(&key, s, end - s);
	key = pg_ntoh64(key);
	if (len < BIS_ABBREV_BYTES)
		key &= ~(PG_UINT64_MAX >> len * BITS_PER_BYTE);
	return key;
}

/* Compare two terms as core compares lexemes. */
static inline int
BisCompareTerms(const char *a, int alen, const char *b, int blen)
{
	int			result = memcmp(a, b, Min(alen, blen));

	return result != 0 ? result : alen - blen;
}

#endif							/* BIS_ABBREV_KEY_H */
