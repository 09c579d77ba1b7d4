/*
 * bigram_filter.h
 *	  Words that stand beside each other in all that a query finds.
 */
#ifndef BIS_BIGRAM_FILTER_H
#define BIS_BIGRAM_FILTER_H

#include "index/search/docset.h"
#include "index/search/cursor_source.h"

/* a word and the one right behind it; the query's bytes */
typedef struct BisBigram
{
	const char *a;
	const char *b;
	int			alen;
	int			blen;
} BisBigram;

typedef struct BisBigramFilter
{
	BisBigram  *neighbours;
	int			n;
	bool		all;			/* does the query ask for nothing but them and
								 * for words? */
} BisBigramFilter;

/*
 * The neighbours without which nothing satisfies the query: a bi_query or a
 * tsquery, the other one is NULL.  In the current memory context.
 */
extern BisBigramFilter *BisBigramFilterMake(const BiQuery *query, TSQuery tsquery);

/*
 * The lists of those neighbours that the segment has lists of, into docs,
 * which has room for all; *exact: is it all of them?  Words that such a list
 * speaks for are noted as covered.  Returns how many there are.
 */
extern int	BisBigramFilterDocs(const BisBigramFilter *phrases, BisCursorSource *cursors,
								BisDocSet **docs, bool *exact);

#endif							/* BIS_BIGRAM_FILTER_H */
