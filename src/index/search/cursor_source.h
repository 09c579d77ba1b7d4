/*
 * cursor_source.h
 *	  Articles of a segment as the cursors of a query's words tell of them.
 */
#ifndef BIS_CURSOR_SOURCE_H
#define BIS_CURSOR_SOURCE_H

#include "index/search/query_terms.h"
#include "match/eval.h"

typedef struct BisCursorSource BisCursorSource;

/*
 * For asking whether articles match query, by the terms in wants, in the
 * current memory context.  NULL where cursors are not enough: for queries
 * with prefixes, patterns, sentences, paragraphs or many words.
 */
extern BisCursorSource *BisCursorSourceOpen(BisQueryTerms *wants, const BiQuery *query);

/*
 * Does the article match the query, as its tsvector would?  Articles must be
 * asked for in order.  Allocates in the current memory context, which the
 * caller resets.
 */
extern bool BisCursorSourceMatches(BisCursorSource *words, uint32 doc);

#endif							/* BIS_CURSOR_SOURCE_H */
