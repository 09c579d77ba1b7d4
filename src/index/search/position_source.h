/*
 * position_source.h
 *	  Articles of a segment as documents, by the cursors of a query's words.
 */
#ifndef BIS_POSITION_SOURCE_H
#define BIS_POSITION_SOURCE_H

#include "index/search/cursor_source.h"
#include "match/eval.h"

typedef struct BisPositionSource BisPositionSource;

/*
 * For asking whether articles match query, whose cursors these are, in the
 * current memory context.  NULL where cursors are not enough: for queries with
 * prefixes, patterns, sentences, paragraphs or many words.
 */
extern BisPositionSource *BisPositionSourceOpen(BisCursorSource *cursors,
												const BiQuery *query);

/*
 * Does the article match the query, as its tsvector would?  Articles must be
 * asked for in order.  Allocates in the current memory context, which the
 * caller resets.
 */
extern bool BisPositionSourceMatches(BisPositionSource *words, uint32 doc);

#endif							/* BIS_POSITION_SOURCE_H */
