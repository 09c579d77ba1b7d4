/*
 * article_vector.c
 *	  The tsvector of those terms of an article that a query asks for.
 */
#include "postgres.h"

#include "base/compat.h"
#include "index/search/article_vector.h"

BisArticleVector *
BisArticleVectorOpen(BisCursorSource *source)
{
	BisArticleVector *vector = palloc0_object(BisArticleVector);

	vector->source = source;
	return vector;
}

/* Bytes that a tsvector of the n cursors at source->here has at most. */
static Size
vector_size(const BisCursorSource *source, int n)
{
	Size		size = CALCDATASIZE(n, 0);

	for (int k = 0; k < n; k++)
	{
		const BisCursor *cursor = &source->cursors[source->here[k]];

		size += SHORTALIGN(cursor->len) + sizeof(uint16) +
			BisPostingsFreq(cursor->postings) * sizeof(WordEntryPos);
	}
	return size;
}

TSVector
BisArticleVectorOf(BisArticleVector *vector, uint32 doc)
{
	const BisCursorSource *source = vector->source;
	int			n = BisCursorsAt(vector->source, doc);
	Size		used = 0;
	TSVector	result;

	vector->bytes.len = 0;
	BisBytesReserve(&vector->bytes, vector_size(source, n), source->context);
	result = (TSVector) vector->bytes.data;
	result->size = n;
	for (int k = 0; k < n; k++)
	{
		const BisCursor *cursor = &source->cursors[source->here[k]];
		WordEntry  *entry = &ARRPTR(result)[k];
		char	   *to = STRPTR(result) + used;

		if (used > MAXSTRPOS)
			BisCorrupted("article with too many terms");
		entry->haspos = BisPostingsFreq(cursor->postings) > 0;
		entry->len = cursor->len;
		entry->pos = used;
		memcpy(to, cursor->term, cursor->len);
		used += cursor->len;
		if (entry->haspos)
		{
			WordEntryPosVector *positions;

			used = SHORTALIGN(used);
			positions = (WordEntryPosVector *) (STRPTR(result) + used);
			positions->npos = BisPostingsFreq(cursor->postings);
			BisPostingsPositions(cursor->postings, positions->pos);
			used += sizeof(uint16) + positions->npos * sizeof(WordEntryPos);
		}
	}
	SET_VARSIZE(result, CALCDATASIZE(n, used));
	return result;
}
