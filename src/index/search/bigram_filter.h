/*
 * bigram_filter.h
 *	  Bigrams that every article matching a query must have.
 */
#ifndef BIS_BIGRAM_FILTER_H
#define BIS_BIGRAM_FILTER_H

#include "index/search/docset.h"
#include "index/search/cursor_source.h"

/* a word and the one right after it; the text belongs to the query */
typedef struct BisBigram
{
	const char *a;
	const char *b;
	int			alen;
	int			blen;
} BisBigram;

typedef struct BisBigramFilter
{
	BisBigram  *bigrams;
	int			n;
	bool		core;			/* is it a tsquery? */
	bool		exact;			/* does the query consist of nothing but these
								 * bigrams and single words in any field? */
} BisBigramFilter;

/*
 * The bigrams without which no article matches the query, which is a bi_query
 * or a tsquery; the other argument is NULL.  Allocates in the current memory
 * context.
 */
extern BisBigramFilter *BisBigramFilterMake(const BiQuery *query,
											TSQuery tsquery);

/*
 * Store the doc sets of those bigrams that the segment has posting lists of
 * in docsets, which has room for all, and return their number.  *exact tells
 * whether their intersection with the query's other words is its exact
 * answer.  Cursors of both words of such a bigram are set to covered.
 */
extern int	BisBigramFilterDocSets(const BisBigramFilter *filter,
								   BisCursorSource *cursors,
								   BisDocSet **docsets, bool *exact);

#endif							/* BIS_BIGRAM_FILTER_H */
