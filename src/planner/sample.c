/*
 * sample.c
 *	  Estimating by sampling how many articles of a segment a search finds.
 *
 * A segment's articles are in order of arrival, and their subjects change
 * with time.  So the sample is spread over the segment: it is divided into
 * slices, and in each slice candidates are matched one by one from its
 * beginning, until the slice ends, its part of the work is spent, or enough
 * hits were found.  The result for this window at the beginning of the slice
 * is extrapolated to the whole slice.
 *
 * The window ends before a candidate that is not counted: the next one, or
 * the hit that was one more than enough.  This makes the estimate unbiased if
 * hits are spread evenly: when one draws until the (n + 1)-th success,
 * n / (draws - 1) is an unbiased estimate of the probability of success.
 *
 * If the candidates are those of a single posting list, their true number is
 * known, and the result is scaled by the ratio of it to the extrapolated one.
 *
 * Searching for candidates that all posting lists of an AND have in common
 * might read these lists to their ends.  So the candidates of an AND are
 * those of its rarest operand, and each of them costs a bounded number of
 * lookups in posting lists: see next_candidate.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "planner/sample.h"

/* most slices of a segment */
#define MAX_WINDOWS 16

/* hits in a slice after which its window ends */
#define ENOUGH_HITS 12

/* the work of matching an article by positions, and for each of its words */
#define MATCH_WORK 10
#define MATCH_WORD_WORK 15

/* a segment being sampled */
typedef struct Sampling
{
	BisSegmentSearch *search;
	BisDocSet  *docs;
	uint32		ndocs;
	int			nlists;
	double		candidates;		/* extrapolated to the whole segment */
	double		seen;			/* candidates that were matched */
	double		hits;			/* extrapolated to the whole segment */
	double		found;			/* hits that were seen */
	int64		spent;			/* work done */
	bool		exact;			/* were all candidates matched? */
} Sampling;

/* The number of posting lists in a set. */
static int
count_lists(const BisDocSet *docs)
{
	int			n = docs->kind == BIS_DOCSET_POSTINGS;

	check_stack_depth();
	for (int i = 0; i < docs->nchildren; i++)
		n += count_lists(docs->children[i]);
	return n;
}

/* The operand from which next_candidate takes its candidates. */
static const BisDocSet *
leading_set(const BisDocSet *docs)
{
	while (docs->kind == BIS_DOCSET_AND)
		docs = docs->children[0];
	return docs;
}

/*
 * The first candidate that is not before doc, or BIS_NO_DOC at the end.  The
 * candidates are a superset of docs.
 */
static uint32
next_candidate(BisDocSet *docs, uint32 doc)
{
	uint32		least = BIS_NO_DOC;

	check_stack_depth();
	switch (docs->kind)
	{
		case BIS_DOCSET_NOT:
			return doc < docs->ndocs ? doc : BIS_NO_DOC;
		case BIS_DOCSET_AND:
			return next_candidate(docs->children[0], doc);
		case BIS_DOCSET_OR:
			for (int i = 0; i < docs->nchildren && least > doc; i++)
				least = Min(least, next_candidate(docs->children[i], doc));
			return least;
		default:
			return BisDocSetAdvance(docs, doc);
	}
}

/* Is the article in the set?  Must be called with ascending articles. */
static bool
docset_contains(BisDocSet *docs, uint32 doc)
{
	check_stack_depth();
	switch (docs->kind)
	{
		case BIS_DOCSET_NOT:
			return !docset_contains(docs->children[0], doc);
		case BIS_DOCSET_AND:
			for (int i = 0; i < docs->nchildren; i++)
			{
				if (!docset_contains(docs->children[i], doc))
					return false;
			}
			return true;
		case BIS_DOCSET_OR:
			for (int i = 0; i < docs->nchildren; i++)
			{
				if (docset_contains(docs->children[i], doc))
					return true;
			}
			return false;
		default:
			return BisDocSetAdvance(docs, doc) == doc;
	}
}

/*
 * Sample the slice from start to end: match candidates until work is spent or
 * there are more than enough hits.
 */
static void
sample_slice(Sampling *sampling, uint32 start, uint32 end, int64 work,
			 uint32 enough)
{
	uint32		doc = next_candidate(sampling->docs, start);
	uint32		seen = 0;
	uint32		hits = 0;
	double		weight = 1;
	int64		left = work;

	while (doc < end && (seen == 0 || left > 0))
	{
		CHECK_FOR_INTERRUPTS();
		left -= sampling->nlists;
		if (docset_contains(sampling->docs, doc))
		{
			if (!BisSegmentSearchIsExact(sampling->search))
				left -= MATCH_WORK + MATCH_WORD_WORK * sampling->nlists;
			if (BisSegmentSearchMatches(sampling->search, doc) &&
				++hits > enough)
			{
				hits--;
				break;
			}
		}
		seen++;
		doc = next_candidate(sampling->docs, doc + 1);
	}
	if (doc < end)
	{
		weight = (double) (end - start) / (doc - start);
		sampling->exact = false;
	}
	sampling->spent += work - left;
	sampling->seen += seen;
	sampling->candidates += weight * seen;
	sampling->hits += weight * hits;
	sampling->found += hits;
}

/* Sample windows spread over the segment, spending about work. */
static void
sample_windows(Sampling *sampling, int64 work)
{
	uint64		each = MATCH_WORK +
		(MATCH_WORD_WORK + BIS_SEEK_WORK / 2) * sampling->nlists;
	int64		jump = (int64) sampling->nlists * BIS_SEEK_WORK;
	uint32		nwindows = 1;

	/* if there are few candidates, match them all */
	if (sampling->docs->cost * each > (uint64) Max(work, 0))
		nwindows = Max(BIS_MIN_WINDOWS, Min(MAX_WINDOWS, work / 3 / jump));
	nwindows = Min(nwindows, sampling->ndocs);
	work -= jump * nwindows;
	sampling->spent += jump * nwindows;
	for (uint32 i = 0; i < nwindows; i++)
		sample_slice(sampling, (uint64) sampling->ndocs * i / nwindows,
					 (uint64) sampling->ndocs * (i + 1) / nwindows,
					 nwindows == 1 ? PG_INT64_MAX : work / nwindows,
					 nwindows == 1 ? PG_UINT32_MAX : ENOUGH_HITS);
}

void
BisSampleSegment(BisCondition *condition, BisSegment *segment, int64 work,
				 BisSample *sample)
{
	Sampling	sampling = {.exact = true, .ndocs = segment->header->ndocs};
	const BisDocSet *leading;

	sampling.search = BisSegmentSearchBegin(condition, segment,
											&sampling.docs);
	sampling.nlists = Max(count_lists(sampling.docs), 1);
	leading = leading_set(sampling.docs);
	if (sampling.docs->kind == BIS_DOCSET_POSTINGS &&
		BisSegmentSearchIsExact(sampling.search))
		sampling.candidates = sampling.seen = sampling.hits =
			sampling.found = leading->cost;
	else
		sample_windows(&sampling, work);
	if (leading->kind == BIS_DOCSET_POSTINGS && sampling.seen > 0 &&
		!sampling.exact)
	{
		sampling.hits *= leading->cost / sampling.candidates;
		sampling.candidates = leading->cost;
	}
	sample->articles += sampling.ndocs;
	sample->candidates += sampling.candidates;
	sample->seen += sampling.seen;
	sample->hits += Min(sampling.hits, sampling.ndocs);
	sample->found += sampling.found;
	sample->spent += sampling.spent;
	sample->exact &= sampling.exact;
}
