/*
 * cursor_source.h
 *	  Owns the cursors that a query needs in a segment.
 *
 * A source has one cursor for each of the segment's terms that the query
 * asks for.  The evaluator asks it whether a cursor's posting list has an
 * article, and the source moves the cursor there.  A cursor that was handed
 * out as a leader (BisCursorLead) is moved by its taker only, and the source
 * merely reads it: before the source is asked about an article, the taker
 * must have moved the cursor to it, or past it if the list does not have it.
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
	bool		leads;			/* handed out: the source must not move it */
	bool		covered;		/* a bigram's list implies the term: every
								 * article that is asked about has it */
	BisPostings *postings;		/* NULL until opened */
} BisCursor;

typedef struct BisCursorSource
{
	BisSegment *segment;
	MemoryContext context;
	const BisQueryTerms *query_terms;
	BisCursor  *cursors;		/* sorted by term */
	int			n;
	int			max;
	int		   *of_term;		/* for each of the query's terms the number of
								 * its cursor, or -1; NULL unless all terms
								 * are exact */
	binaryheap *heap;			/* if there are many cursors: their numbers,
								 * lowest article first; none leads then */
	int		   *at_doc;			/* numbers of the cursors that BisCursorsAt
								 * found */
} BisCursorSource;

/*
 * Look up a query's terms in a segment.  Allocates in the current memory
 * context.  terms is borrowed for the lookup.
 */
extern BisCursorSource *BisCursorSourceOpen(BisSegment *segment,
											BisTerms *terms,
											const BisQueryTerms *query_terms);

/* A term's cursor; NULL if the segment or query does not have the term. */
extern BisCursor *BisCursorFind(BisCursorSource *source, const char *term,
								int len);

/* The cursor of a BI_WORD's exact term, by its node's number; else NULL. */
extern BisCursor *BisCursorOfNode(BisCursorSource *source, uint32 node);

/*
 * Hand out a cursor as a leader.  NULL if the source has a heap or the cursor
 * was handed out before; then the caller must open a cursor of its own.
 */
extern BisPostings *BisCursorLead(BisCursorSource *source, BisCursor *cursor);

/*
 * The cursor's postings, positioned at the article; NULL if the article does
 * not have the term.  Articles must be passed in ascending order.  Not for a
 * source with a heap.
 */
extern BisPostings *BisCursorAt(BisCursorSource *source, BisCursor *cursor,
								uint32 doc);

/*
 * Find the cursors whose lists have the article, and position them at it.
 * Their numbers are stored in source->at_doc, in ascending order; returns how
 * many there are.  Articles must be passed in ascending order.
 */
extern int	BisCursorsAt(BisCursorSource *source, uint32 doc);

#endif							/* BIS_CURSOR_SOURCE_H */
