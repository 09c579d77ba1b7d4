/*
 * cursor_source.h
 *	  Articles of a segment as the cursors of a query's words tell of them.
 */
#ifndef BIS_WORDS_H
#define BIS_WORDS_H

#include "index/search/query_terms.h"
#include "match/eval.h"

typedef struct BisWords BisWords;

/*
 * For asking whether articles match query, by the terms in wants, in the
 * current memory context.  NULL where cursors are not enough: for queries
 * with prefixes, patterns, sentences, paragraphs or many words.
 */
extern BisWords *BisWordsOpen(BisWants *wants, const BiQuery *query);

/*
 * Does the article match the query, as its tsvector would?  Articles must be
 * asked for in order.  Allocates in the current memory context, which the
 * caller resets.
 */
extern bool BisWordsMatch(BisWords *words, uint32 doc);

#endif							/* BIS_WORDS_H */
