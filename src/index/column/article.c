/*
 * article.c
 *	  The content of a pending article: its columns' values and its tsvector.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "index/column/article.h"

void *
BisArticleJoin(const BisColumnTypes *types, const BisValue *values,
			   TSVector vector, Size *size)
{
	BisBytes	bytes = {0};
	uint32		len = 0;
	Size		start;

	*size = VARSIZE(vector);
	if (types == NULL)
		return vector;
	BisBytesReserve(&bytes, sizeof(len), CurrentMemoryContext);
	BisPutBytes(&bytes, &len, sizeof(len));
	BisValuesPut(types, values, &bytes);
	len = bytes.len - sizeof(len);
	memcpy(bytes.data, &len, sizeof(len));
	start = MAXALIGN(bytes.len);
	if (VARSIZE(vector) > MaxAllocSize - start)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("article is too large for a bisearch index")));
	BisBytesReserve(&bytes, start - bytes.len + VARSIZE(vector),
					CurrentMemoryContext);
	memset(bytes.data + bytes.len, 0, start - bytes.len);
	bytes.len = start;
	BisPutBytes(&bytes, vector, VARSIZE(vector));
	*size = bytes.len;
	return bytes.data;
}

void
BisArticleSplit(const BisColumnTypes *types, void *content, Size size,
				BisArticle *article)
{
	BisReader	reader = {.next = content,.end = (uint8 *) content + size};
	uint32		len;
	Size		start;

	article->vector = content;
	article->size = size;
	if (types == NULL)
		return;
	memcpy(&len, BisGetBytes(&reader, sizeof(len)), sizeof(len));
	start = MAXALIGN(sizeof(len) + (Size) len);
	if (start > size || size - start < DATAHDRSIZE)
		BisCorrupted("values of a pending article");
	reader.end = reader.next + len;
	BisValuesGet(types, &reader, article->values);
	if (reader.next != reader.end)
		BisCorrupted("values of a pending article");
	article->vector = (TSVector) ((char *) content + start);
	article->size = size - start;
}
