/*
 * article_vector.c
 *	  Builds a tsvector of the query's terms that an article has.
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

/* At most how many bytes a tsvector of the first n terms at at_doc takes. */
static Size
tsvector_bound(const BisCursorSource *source, int n)
{
	Size		size = CALCDATASIZE(n, 0);

	for (int k = 0; k < n; k++)
	{
		const BisCursor *cursor = &source->cursors[source->at_doc[k]];

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
	BisBytesReserve(&vector->bytes, tsvector_bound(source, n),
					source->context);
	result = (TSVector) vector->bytes.data;
	result->size = n;
	for (int k = 0; k < n; k++)
	{
		const BisCursor *cursor = &source->cursors[source->at_doc[k]];
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
