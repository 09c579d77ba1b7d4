/*
 * article_vector.h
 *	  Builds a tsvector of the query's terms that an article has.
 */
#ifndef BIS_ARTICLE_VECTOR_H
#define BIS_ARTICLE_VECTOR_H

#include "tsearch/ts_type.h"

#include "index/page/codec.h"
#include "index/search/cursor_source.h"

typedef struct BisArticleVector
{
	BisCursorSource *source;
	BisBytes	lexemes;		/* of the last article's tsvector */
	MemoryContext names;		/* those of continuation lexemes */
	BisBytes	bytes;			/* the tsvector */
} BisArticleVector;

/*
 * For the articles of the source's segment.  Allocates in the current memory
 * context.
 */
extern BisArticleVector *BisArticleVectorOpen(BisCursorSource *source);

/*
 * The tsvector of an article, valid until the next call.  Articles must be
 * passed in ascending order.
 */
extern TSVector BisArticleVectorOf(BisArticleVector *vector, uint32 doc);

#endif							/* BIS_ARTICLE_VECTOR_H */
