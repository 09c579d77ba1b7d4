/*
 * segment_merge.c
 *	  Merging several segments into one.
 *
 * The new order of the articles is a sequence of stretches, where a stretch
 * is a number of consecutive live articles of one segment.  A segment is a
 * single stretch unless articles are ordered by their rows' heap blocks.
 * Memory holds the stretches, a bit for each article of a segment that has
 * dead ones, a cursor for each segment, and the pages being read of it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/bigram/bigram_write.h"
#include "index/build/column_merge.h"
#include "index/build/segment_merge.h"
#include "index/page/abbrev_key.h"
#include "index/segment/postings.h"

/* articles of a source that stay consecutive */
typedef struct Stretch
{
	uint32		first;			/* old number of its first one */
	uint32		shift;			/* new number of an article, less the number
								 * of live articles before it in the source;
								 * may wrap around */
} Stretch;

/* a segment being merged */
typedef struct Source
{
	BisSegment *segment;
	int			place;			/* among the segments */
	uint32		ndocs;
	uint64	   *dead;			/* bitmap; NULL: no article is dead */
	uint32	   *before;			/* dead articles before each word of dead */
	uint32		nlive;

	/* while articles are numbered */
	uint32		next_doc;		/* the next to number; BIS_NO_DOC: none */
	BisBytes	stretches;

	/* while terms are merged */
	BisTerms	terms;
	bool		more;			/* is terms at a term, not at its end? */
	uint32		first_number;	/* new number of its first live article */
	uint32		stretch;		/* the one found last */
	BisPostings cursor;			/* in its posting list of the current term */
	uint32		number;			/* new number of the cursor's article, a live
								 * one; BIS_NO_DOC at the end */
} Source;

typedef struct Merge
{
	Source	   *sources;
	int			n;
	bool		by_block;
	const BisStore *store;		/* where the result is written */
	BisWriter  *writer;
	BisColumnMerge *columns;	/* NULL: there are none */
	MemoryContext context;
	Source	  **matching;		/* sources that have the current term */
	Source	  **open;			/* those of them being read */
} Merge;

/* Build the source's bitmap of dead articles. */
static void
find_dead(Source *source)
{
	Size		nwords = (Size) source->ndocs / 64 + 1;
	uint32		ndead = 0;

	source->dead = MemoryContextAllocHuge(CurrentMemoryContext,
										  nwords * sizeof(uint64));
	memset(source->dead, 0, nwords * sizeof(uint64));
	for (uint32 doc = 0; doc < source->ndocs; doc++)
	{
		if (BisSegmentIsDead(source->segment, doc))
		{
			source->dead[doc / 64] |= UINT64CONST(1) << (doc % 64);
			ndead++;
		}
	}
	source->nlive = source->ndocs - ndead;
	if (ndead == 0)
	{
		pfree(source->dead);
		source->dead = NULL;
		return;
	}
	source->before = MemoryContextAllocHuge(CurrentMemoryContext,
											nwords * sizeof(uint32));
	ndead = 0;
	for (Size i = 0; i < nwords; i++)
	{
		source->before[i] = ndead;
		ndead += pg_popcount64(source->dead[i]);
	}
}

/* Is the article dead? */
static inline bool
is_dead(const Source *source, uint32 doc)
{
	return source->dead != NULL &&
		((source->dead[doc / 64] >> (doc % 64)) & 1) != 0;
}

/* The number of live articles of the source before doc. */
static inline uint32
live_before(const Source *source, uint32 doc)
{
	uint64		lower = (UINT64CONST(1) << (doc % 64)) - 1;

	if (source->dead == NULL)
		return doc;
	return doc - source->before[doc / 64] -
		pg_popcount64(source->dead[doc / 64] & lower);
}

/* Set next_doc to the first live article that is not before doc. */
static void
skip_dead(Source *source, uint32 doc)
{
	while (doc < source->ndocs && is_dead(source, doc))
		doc++;
	source->next_doc = doc < source->ndocs ? doc : BIS_NO_DOC;
}

/* The heap block of the source's next article. */
static BlockNumber
next_block(Source *source)
{
	ItemPointerData tid;

	memcpy(&tid, BisSegmentDoc(source->segment, source->next_doc)->tid,
		   sizeof(tid));
	return ItemPointerGetBlockNumberNoCheck(&tid);
}

/*
 * The source that has the next article, or NULL at the end; in a tie the
 * first such source.  All its articles up to block *last come next.
 */
static Source *
next_source(Merge *merge, BlockNumber *last)
{
	Source	   *next = NULL;
	BlockNumber least = MaxBlockNumber;

	*last = MaxBlockNumber;
	for (Source *source = merge->sources; source < merge->sources + merge->n;
		 source++)
	{
		BlockNumber block;

		if (source->next_doc == BIS_NO_DOC)
			continue;
		if (!merge->by_block)
			return source;
		block = next_block(source);
		if (next == NULL || block < least)
		{
			/* stop before the block of the earlier source, which wins ties */
			if (next != NULL)
				*last = Min(*last, least - 1);
			next = source;
			least = block;
		}
		else
			*last = Min(*last, block);
	}
	return next;
}

/* Number the source's articles up to block last, and write them. */
static void
number_stretch(Merge *merge, Source *source, BlockNumber last,
			   uint32 *number)
{
	Stretch		stretch;

	stretch.first = source->next_doc;
	stretch.shift = *number - live_before(source, source->next_doc);
	if (source->stretches.len == 0)
		source->first_number = *number;
	BisBytesReserve(&source->stretches, sizeof(stretch), merge->context);
	BisPutBytes(&source->stretches, &stretch, sizeof(stretch));
	do
	{
		BisWriterDoc(merge->writer,
					 BisSegmentDoc(source->segment, source->next_doc));
		if (merge->columns != NULL)
			BisColumnMergeDoc(merge->columns, source->place,
							  source->next_doc);
		(*number)++;
		skip_dead(source, source->next_doc + 1);
	} while (source->next_doc != BIS_NO_DOC &&
			 (!merge->by_block || next_block(source) <= last));
}

/* Number and write all articles in their new order. */
static void
number_docs(Merge *merge)
{
	uint32		number = 0;
	BlockNumber last;
	Source	   *source;

	for (int i = 0; i < merge->n; i++)
		skip_dead(&merge->sources[i], 0);
	while ((source = next_source(merge, &last)) != NULL)
	{
		BisStoreMeanwhile(merge->store);
		number_stretch(merge, source, last, &number);
	}
}

/* Begin to merge the segments' columns, if there are any. */
static void
begin_columns(Merge *merge, BisSegment **segments,
			  const BisColumnTypes *types)
{
	uint64	  **dead = palloc_array(uint64 *, merge->n);

	if (types == NULL)
		return;
	for (int i = 0; i < merge->n; i++)
		dead[i] = merge->sources[i].dead;
	merge->columns = BisColumnMergeBegin(types, merge->writer, segments,
										 merge->n, dead);
}

/* Find the stretch that has doc, which is not before the one found last. */
static void
find_stretch(Source *source, uint32 doc)
{
	const Stretch *stretches = (const Stretch *) source->stretches.data;
	uint32		low = source->stretch;
	uint32		high = source->stretches.len / sizeof(Stretch);

	if (low + 1 == high || doc < stretches[low + 1].first)
		return;
	while (high - low > 1)
	{
		uint32		middle = low + (high - low) / 2;

		if (stretches[middle].first <= doc)
			low = middle;
		else
			high = middle;
	}
	source->stretch = low;
}

/* Advance the cursor to a live article, if it is not at one; set number. */
static void
find_live_number(Source *source)
{
	BisPostings *cursor = &source->cursor;

	while (cursor->doc != BIS_NO_DOC && is_dead(source, cursor->doc))
	{
		CHECK_FOR_INTERRUPTS();
		BisPostingsNext(cursor);
	}
	if (cursor->doc == BIS_NO_DOC)
	{
		source->number = BIS_NO_DOC;
		return;
	}
	find_stretch(source, cursor->doc);
	source->number = live_before(source, cursor->doc) +
		((const Stretch *) source->stretches.data)[source->stretch].shift;
}

/* Append the source's next posting, and all further ones below limit. */
static void
copy_postings_below(Merge *merge, Source *source, uint32 limit)
{
	do
	{
		BisWriterPosting(merge->writer, source->number,
						 BisPostingsFreq(&source->cursor),
						 BisPostingsOccurrences(&source->cursor));
		BisPostingsNext(&source->cursor);
		find_live_number(source);
	} while (source->number < limit);
}

/*
 * The one of the nopen open sources with the lowest number, or NULL if none
 * is open; *second becomes the lowest number of the others.
 */
static Source *
least_number(Merge *merge, int nopen, uint32 *second)
{
	Source	   *least = NULL;

	*second = BIS_NO_DOC;
	for (int i = 0; i < nopen; i++)
	{
		Source	   *source = merge->open[i];

		if (least == NULL || source->number < least->number)
		{
			if (least != NULL)
				*second = least->number;
			least = source;
		}
		else
			*second = Min(*second, source->number);
	}
	return least;
}

/* Remove the exhausted sources from the open ones; returns how many stay. */
static int
drop_ended(Merge *merge, int nopen)
{
	int			n = 0;

	for (int i = 0; i < nopen; i++)
	{
		if (merge->open[i]->number != BIS_NO_DOC)
			merge->open[n++] = merge->open[i];
	}
	return n;
}

/*
 * Merge the lists of the current term, which nmatching sources have.  They
 * are sorted by their first new number, and each is opened only when its
 * first article may come next: few overlap, so few are open at a time.
 */
static void
merge_lists(Merge *merge, int nmatching)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch posting lists",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	int			nopen = 0;
	int			next = 0;

	for (;;)
	{
		uint32		second;
		Source	   *least = least_number(merge, nopen, &second);

		if (next < nmatching &&
			(least == NULL ||
			 merge->matching[next]->first_number < least->number))
		{
			Source	   *source = merge->matching[next++];

			BisPostingsOpen(&source->cursor, source->segment,
							&source->terms.entry);
			source->stretch = 0;
			find_live_number(source);
			merge->open[nopen++] = source;
		}
		else if (least == NULL)
			break;
		else
		{
			if (next < nmatching)
				second = Min(second, merge->matching[next]->first_number);
			copy_postings_below(merge, least, second);
		}
		nopen = drop_ended(merge, nopen);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}

/* The first source with the lowest term, or NULL if all are exhausted. */
static Source *
least_term(Source *sources, int n)
{
	Source	   *least = NULL;

	for (int i = 0; i < n; i++)
	{
		if (sources[i].more &&
			(least == NULL ||
			 BisCompareTerms(sources[i].terms.term, sources[i].terms.len,
							 least->terms.term, least->terms.len) < 0))
			least = &sources[i];
	}
	return least;
}

/* Write all terms.  The sources are sorted by their first new number. */
static void
merge_terms(Merge *merge)
{
	Source	   *sources = merge->sources;
	Source	   *end = sources + merge->n;
	Source	   *least;

	for (Source *source = sources; source < end; source++)
	{
		BisTermsSeek(&source->terms, source->segment, "", 0);
		source->more = BisTermsNext(&source->terms);
	}
	while ((least = least_term(sources, merge->n)) != NULL)
	{
		char		term[BIS_MAX_TERM];
		int			len = least->terms.len;
		int			nmatching = 0;

		BisStoreMeanwhile(merge->store);
		memcpy(term, least->terms.term, len);
		BisWriterTerm(merge->writer, term, len);
		/* all sources before it have greater terms */
		for (Source *source = least; source < end; source++)
		{
			if (source->more && source->terms.len == len &&
				memcmp(source->terms.term, term, len) == 0)
				merge->matching[nmatching++] = source;
		}
		merge_lists(merge, nmatching);
		for (int i = 0; i < nmatching; i++)
			merge->matching[i]->more =
				BisTermsNext(&merge->matching[i]->terms);
	}
}

static int
compare_sources(const void *a, const void *b)
{
	uint32		left = ((const Source *) a)->first_number;
	uint32		right = ((const Source *) b)->first_number;

	return left < right ? -1 : left > right;
}

bool
BisMergeSegments(BisSegment **segments, int n, bool by_block,
				 const BisColumnTypes *types, BisStore *store,
				 uint64 generation, BisSegmentEntry *entry)
{
	Merge		merge = {.n = n, .by_block = by_block, .store = store};
	uint64		total = 0;

	merge.context = CurrentMemoryContext;
	merge.sources =
		MemoryContextAllocHuge(merge.context, (Size) n * sizeof(Source));
	memset(merge.sources, 0, (Size) n * sizeof(Source));
	for (int i = 0; i < n; i++)
	{
		Source	   *source = &merge.sources[i];

		source->segment = segments[i];
		source->place = i;
		source->ndocs = segments[i]->header->ndocs;
		source->first_number = BIS_NO_DOC;
		find_dead(source);
		total += source->nlive;
	}
	BiTestPointWait(BI_TEST_MERGE_BEGUN);
	if (total == 0)
		return false;

	merge.matching = palloc_array(Source *, n);
	merge.open = palloc_array(Source *, n);
	merge.writer = BisWriterBegin(store, generation);
	begin_columns(&merge, segments, types);
	number_docs(&merge);
	if (merge.columns != NULL)
		BisColumnMergeEnd(merge.columns);
	qsort(merge.sources, n, sizeof(Source), compare_sources);
	merge_terms(&merge);
	BisBigramsEnd(merge.writer, store, generation, entry);
	return true;
}
