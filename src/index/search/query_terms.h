/*
 * query_terms.h
 *	  The terms of a segment that a query's words are, and their positions.
 */
#ifndef BIS_WANTS_H
#define BIS_WANTS_H

#include "lib/binaryheap.h"
#include "tsearch/ts_type.h"

#include "index/segment/postings.h"
#include "query/bi_query.h"

typedef struct BisWant
{
	char	   *term;
	int			len;
	BisTerm		entry;
	bool		covered;		/* all articles of the walk have it */
	bool		taken;			/* somebody else moves the cursor */
	BisCursor  *cursor;
} BisWant;

typedef struct BisWants
{
	BisSegment *segment;
	MemoryContext context;
	BisWant    *wants;			/* sorted by term */
	int			n;
	int			max;
	binaryheap *heap;			/* their indexes by where they stand, if there
								 * are many */
	int		   *here;			/* indexes of those that have the article */
	BisBytes	vector;			/* of the last article */
} BisWants;

/*
 * The terms of segment that query's words and marks (bi_query), or its
 * operands (tsquery), may be; the other one is NULL.  In the current memory
 * context; terms are lent to look for them.
 */
extern BisWants *BisWantsOpen(BisSegment *segment, BisTerms *terms,
							  const BiQuery *query, TSQuery tsquery);

/* One of the terms, or NULL. */
extern BisWant *BisWantsFind(BisWants *wants, const char *term, int len);

/*
 * The cursor of one term, for the caller to walk with, if it is among them
 * and nobody has taken it; NULL otherwise.  The caller must stand at each
 * article that BisWantsVector is asked for, or not have it.
 */
extern BisCursor *BisWantsTake(BisWants *wants, const char *term, int len);

/*
 * The tsvector of these terms in an article; articles must be asked for in
 * order.  Good until the next call.
 */
extern TSVector BisWantsVector(BisWants *wants, uint32 doc);

#endif							/* BIS_WANTS_H */
