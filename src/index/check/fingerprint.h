/*
 * fingerprint.h
 *	  Articles as numbers, to compare an index with its table.
 */
#ifndef BIS_ARTICLES_H
#define BIS_ARTICLES_H

#include "storage/itemptr.h"
#include "tsearch/ts_type.h"

/* A number for a term and its positions in an article. */
extern uint64 BisPostingHash(const char *term, int len, int npositions,
							 const WordEntryPos *positions);

/* The sum of BisPostingHash over the lexemes of an article. */
extern uint64 BisVectorHash(TSVector vector);

/* heap addresses, each with a number for its article */
typedef struct BisArticles BisArticles;

/*
 * Gather articles in kilobytes of memory, the rest in temporary files; then
 * sort them by address, and take them one by one.
 */
extern BisArticles *BisArticlesBegin(int kilobytes);
extern void BisArticlesAdd(BisArticles *articles, const ItemPointerData *tid,
						   uint64 hash);
extern void BisArticlesSort(BisArticles *articles);
extern bool BisArticlesNext(BisArticles *articles, ItemPointer tid,
							uint64 *hash);
extern void BisArticlesEnd(BisArticles *articles);

#endif							/* BIS_ARTICLES_H */
