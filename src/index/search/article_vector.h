/*
 * article_vector.h
 *	  The tsvector of those terms of an article that a query asks for.
 */
#ifndef BIS_ARTICLE_VECTOR_H
#define BIS_ARTICLE_VECTOR_H

#include "tsearch/ts_type.h"

#include "index/page/codec.h"
#include "index/search/cursor_source.h"

typedef struct BisArticleVector
{
	BisCursorSource *source;
	BisBytes	bytes;			/* of the last article's */
} BisArticleVector;

/* For the articles of the source's segment, in the current memory context. */
extern BisArticleVector *BisArticleVectorOpen(BisCursorSource *source);

/*
 * The tsvector of an article, good until the next call.  Articles must be
 * asked for in order.
 */
extern TSVector BisArticleVectorOf(BisArticleVector *vector, uint32 doc);

#endif							/* BIS_ARTICLE_VECTOR_H */
