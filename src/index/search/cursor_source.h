/*
 * cursor_source.h
 *	  The cursors of a segment that a query needs, and who moves them.
 *
 * A source has one cursor for each term of the segment that the query asks
 * for, and owns them all.  Who evaluates the query asks it where a cursor
 * stands, and the source moves the cursor there.  A cursor that is handed out
 * as a leader (BisCursorLead) is moved by its taker alone, who must stand at
 * each article before the source is asked about it, or have found that the
 * term's list does not have it; the source only reads it then.
 */
#ifndef BIS_CURSOR_SOURCE_H
#define BIS_CURSOR_SOURCE_H

#include "lib/binaryheap.h"

#include "index/search/query_terms.h"
#include "index/segment/postings.h"

typedef struct BisCursor
{
	char	   *term;
	int			len;
	BisTerm		entry;
	bool		leads;			/* handed out: not to be moved here */
	bool		covered;		/* all articles that are asked about have it */
	BisPostings *postings;		/* NULL: not opened yet */
} BisCursor;

typedef struct BisCursorSource
{
	BisSegment *segment;
	MemoryContext context;
	const BisQueryTerms *query_terms;
	BisCursor  *cursors;		/* in the order of their terms */
	int			n;
	int			max;
	int		   *of_term;		/* for each exact one of the query's terms:
								 * its cursor, or -1; else NULL */
	binaryheap *heap;			/* numbers of the cursors by where they stand,
								 * if there are many: none leads then */
	int		   *here;			/* numbers of those that have the article */
} BisCursorSource;

/*
 * The cursors of segment for a query with these terms, in the current memory
 * context.  terms is lent to look for them.
 */
extern BisCursorSource *BisCursorSourceOpen(BisSegment *segment,
											BisTerms *terms,
											const BisQueryTerms *query_terms);

/* The cursor of a term; NULL if the segment or the query does not have it. */
extern BisCursor *BisCursorFind(BisCursorSource *source, const char *term,
								int len);

/* The cursor of a node of the query that is a word; NULL likewise. */
extern BisCursor *BisCursorOfNode(BisCursorSource *source, uint32 node);

/*
 * Hand out a cursor as a leader, once; NULL if that cannot be, and the caller
 * has to read the list by a cursor of his own.
 */
extern BisPostings *BisCursorLead(BisCursorSource *source, BisCursor *cursor);

/*
 * The cursor's postings, standing at the article; NULL if the article does not
 * have the term.  Articles must be asked for in order.  Not for a source with
 * a heap.
 */
extern BisPostings *BisCursorAt(BisCursorSource *source, BisCursor *cursor,
								uint32 doc);

/*
 * Find out which cursors have the article: their numbers to source->here, in
 * order.  Returns how many; their postings stand at it.
 */
extern int	BisCursorsAt(BisCursorSource *source, uint32 doc);

#endif							/* BIS_CURSOR_SOURCE_H */
