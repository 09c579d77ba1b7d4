/*
 * query_terms.h
 *	  The terms of a segment that a query's words are, and their positions.
 */
#ifndef BIS_QUERY_TERMS_H
#define BIS_QUERY_TERMS_H

#include "lib/binaryheap.h"
#include "tsearch/ts_type.h"

#include "index/segment/postings.h"
#include "query/bi_query.h"

typedef struct BisQueryTerm
{
	char	   *term;
	int			len;
	BisTerm		entry;
	bool		covered;		/* all articles of the walk have it */
	bool		taken;			/* somebody else moves the cursor */
	BisPostings *cursor;
} BisQueryTerm;

typedef struct BisQueryTerms
{
	BisSegment *segment;
	MemoryContext context;
	BisQueryTerm *wants;		/* sorted by term */
	int			n;
	int			max;
	binaryheap *heap;			/* their indexes by where they stand, if there
								 * are many */
	int		   *here;			/* indexes of those that have the article */
	BisBytes	vector;			/* of the last article */
} BisQueryTerms;

/*
 * The terms of segment that query's words and marks (bi_query), or its
 * operands (tsquery), may be; the other one is NULL.  In the current memory
 * context; terms are lent to look for them.
 */
extern BisQueryTerms *BisQueryTermsOpen(BisSegment *segment, BisTerms *terms,
										const BiQuery *query, TSQuery tsquery);

/* One of the terms, or NULL. */
extern BisQueryTerm *BisQueryTermsFind(BisQueryTerms *wants, const char *term, int len);

/*
 * The cursor of one term, for the caller to walk with, if it is among them
 * and nobody has taken it; NULL otherwise.  The caller must stand at each
 * article that BisQueryTermsVector is asked for, or not have it.
 */
extern BisPostings *BisQueryTermsTake(BisQueryTerms *wants, const char *term, int len);

/*
 * The tsvector of these terms in an article; articles must be asked for in
 * order.  Good until the next call.
 */
extern TSVector BisQueryTermsVector(BisQueryTerms *wants, uint32 doc);

#endif							/* BIS_QUERY_TERMS_H */
