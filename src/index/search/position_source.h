/*
 * position_source.h
 *	  A segment's articles as a BiSource, read through the query's cursors.
 */
#ifndef BIS_POSITION_SOURCE_H
#define BIS_POSITION_SOURCE_H

#include "index/search/cursor_source.h"
#include "match/eval.h"

typedef struct BisPositionSource BisPositionSource;

/*
 * A source that matches articles against query through its cursors.
 * Allocates in the current memory context.  NULL if cursors are not enough:
 * for queries with prefixes, patterns, sentences, paragraphs or many words.
 */
extern BisPositionSource *BisPositionSourceOpen(BisCursorSource *cursors,
												const BiQuery *query);

/*
 * Does the article match the query?  Answers exactly as for the article's
 * tsvector.  Articles must be passed in ascending order.  Allocates in the
 * current memory context, which the caller resets.
 */
extern bool BisPositionSourceMatches(BisPositionSource *source, uint32 doc);

#endif							/* BIS_POSITION_SOURCE_H */
