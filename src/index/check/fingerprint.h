/*
 * fingerprint.h
 *	  Fingerprints of articles, to compare an index with its table.
 */
#ifndef BIS_FINGERPRINT_H
#define BIS_FINGERPRINT_H

#include "storage/itemptr.h"
#include "tsearch/ts_type.h"

#include "base/occurrence.h"
#include "index/column/column_type.h"

/* A hash of a term and its n occurrences in an article. */
extern uint64 BisPostingHash(const char *term, int len, int n,
							 const BiOccurrence *occurrences);

/*
 * The sum of BisPostingHash over the words of an article, and over the
 * prefixes of its fields' values (field_prefix.h).
 */
extern uint64 BisVectorHash(TSVector vector);

/*
 * A hash of the values of an article, which is added to that; types may be
 * NULL, for 0.
 */
extern uint64 BisValuesHash(const BisColumnTypes *types,
							const BisValue *values);

/* heap addresses, each with the fingerprint of its article */
typedef struct BisFingerprint BisFingerprint;

/*
 * Gather articles, using kilobytes of memory and beyond that temporary files;
 * then sort them by address, and return them one by one.
 */
extern BisFingerprint *BisFingerprintBegin(int kilobytes);
extern void BisFingerprintAdd(BisFingerprint *articles,
							  const ItemPointerData *tid, uint64 hash);
extern void BisFingerprintSort(BisFingerprint *articles);
extern bool BisFingerprintNext(BisFingerprint *articles, ItemPointer tid,
							   uint64 *hash);
extern void BisFingerprintEnd(BisFingerprint *articles);

#endif							/* BIS_FINGERPRINT_H */
