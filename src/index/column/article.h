/*
 * article.h
 *	  The content of a pending article: its columns' values and its tsvector.
 *
 * In an index without columns, it is the tsvector.  Otherwise it is the
 * length of what BisValuesPut wrote, as a uint32, those bytes, zeros up to
 * MAXALIGN, and the tsvector.
 */
#ifndef BIS_ARTICLE_H
#define BIS_ARTICLE_H

#include "access/htup_details.h"
#include "tsearch/ts_type.h"

#include "index/column/column_type.h"

typedef struct BisArticle
{
	TSVector	vector;			/* size bytes that nobody has checked yet */
	Size		size;
	BisValue	values[INDEX_MAX_KEYS];
} BisArticle;

/*
 * The content of an article of an index with these columns (NULL: none), in
 * the current memory context; *size becomes its bytes.  Raises 54000 if that
 * is more than can be stored.
 */
extern void *BisArticleJoin(const BisColumnTypes *types,
							const BisValue *values, TSVector vector,
							Size *size);

/*
 * The article that has this content, whose memory it refers to.  Raises XX002
 * if the values are not sound.
 */
extern void BisArticleSplit(const BisColumnTypes *types, void *content,
							Size size, BisArticle *article);

#endif							/* BIS_ARTICLE_H */
