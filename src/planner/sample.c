/*
 * sample.c
 *	  How many articles of a segment a search finds, judged by some of them.
 *
 * A segment's articles are in the order of their arrival, and what they are
 * about changes with time.  So they are looked at in windows: the segment is
 * cut into slices, and in each slice the candidates are looked at one by one
 * from its beginning, until the slice or its fraction of the work is done, or
 * there are hits enough.  What was found there is taken to go on to the
 * slice's end.
 *
 * The window ends before a candidate that is not counted: the next one, or
 * the hit that was one more than enough.  So, if they are spread evenly, the
 * expected result is the true one: in drawings until the (n + 1)-th success,
 * n of all but the last.
 *
 * Where the candidates are those of one list, their number is known, and the
 * result is corrected by how far the windows' is from it.
 *
 * A search for candidates that all lists of an AND have might read the lists
 * to their ends.  So candidates are what the rarest list of an AND has, and
 * each costs a bounded number of looks into lists: see next_candidate.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "planner/sample.h"

/* slices of a segment */
#define MAX_WINDOWS 16

/* articles that match, of a slice, that are enough to judge it by */
#define ENOUGH_HITS 12

/* what it costs to look closely at an article, and at each word there */
#define CLOSE_WORK 10
#define WORD_WORK 15

/* a segment being looked at */
typedef struct Walk
{
	BisSegmentSearch *search;
	BisDocSet  *docs;
	uint32		ndocs;
	int			nlists;
	double		candidates;		/* found, each times what it stands for */
	double		seen;
	double		hits;			/* as candidates */
	double		found;			/* hits among seen */
	int64		spent;			/* of the work */
	bool		exact;
} Walk;

static int
count_lists(const BisDocSet *docs)
{
	int			n = docs->kind == BIS_DOCSET_POSTINGS;

	check_stack_depth();
	for (int i = 0; i < docs->nchildren; i++)
		n += count_lists(docs->children[i]);
	return n;
}

/* The set that next_candidate goes through. */
static const BisDocSet *
leader(const BisDocSet *docs)
{
	while (docs->kind == BIS_DOCSET_AND)
		docs = docs->children[0];
	return docs;
}

/*
 * The first article, not before doc, of a set that docs is a part of;
 * BIS_NO_DOC at the end.
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

/* Is the article in the set?  Asked in order. */
static bool
has(BisDocSet *docs, uint32 doc)
{
	check_stack_depth();
	switch (docs->kind)
	{
		case BIS_DOCSET_NOT:
			return !has(docs->children[0], doc);
		case BIS_DOCSET_AND:
			for (int i = 0; i < docs->nchildren; i++)
			{
				if (!has(docs->children[i], doc))
					return false;
			}
			return true;
		case BIS_DOCSET_OR:
			for (int i = 0; i < docs->nchildren; i++)
			{
				if (has(docs->children[i], doc))
					return true;
			}
			return false;
		default:
			return BisDocSetAdvance(docs, doc) == doc;
	}
}

/*
 * Look at a slice of the segment, spending work on candidates, until there
 * are more than enough hits.
 */
static void
look_at_slice(Walk *walk, uint32 start, uint32 end, int64 work,
			  uint32 enough)
{
	uint32		doc = next_candidate(walk->docs, start);
	uint32		seen = 0;
	uint32		hits = 0;
	double		weight = 1;
	int64		left = work;

	while (doc < end && (seen == 0 || left > 0))
	{
		CHECK_FOR_INTERRUPTS();
		left -= walk->nlists;
		if (has(walk->docs, doc))
		{
			if (!BisSegmentSearchIsExact(walk->search))
				left -= CLOSE_WORK + WORD_WORK * walk->nlists;
			if (BisSegmentSearchMatches(walk->search, doc) && ++hits > enough)
			{
				hits--;
				break;
			}
		}
		seen++;
		doc = next_candidate(walk->docs, doc + 1);
	}
	if (doc < end)
	{
		weight = (double) (end - start) / (doc - start);
		walk->exact = false;
	}
	walk->spent += work - left;
	walk->seen += seen;
	walk->candidates += weight * seen;
	walk->hits += weight * hits;
	walk->found += hits;
}

/* Look at windows spread over the segment; the rest of work is for them. */
static void
look_at_windows(Walk *walk, int64 work)
{
	uint64		each = CLOSE_WORK +
		(WORD_WORK + BIS_SEEK_WORK / 2) * walk->nlists;
	int64		jump = (int64) walk->nlists * BIS_SEEK_WORK;
	uint32		nwindows = 1;

	/* a short list is looked at as a whole */
	if (walk->docs->cost * each > (uint64) Max(work, 0))
		nwindows = Max(BIS_MIN_WINDOWS, Min(MAX_WINDOWS, work / 3 / jump));
	nwindows = Min(nwindows, walk->ndocs);
	work -= jump * nwindows;
	walk->spent += jump * nwindows;
	for (uint32 i = 0; i < nwindows; i++)
		look_at_slice(walk, (uint64) walk->ndocs * i / nwindows,
					  (uint64) walk->ndocs * (i + 1) / nwindows,
					  nwindows == 1 ? PG_INT64_MAX : work / nwindows,
					  nwindows == 1 ? PG_UINT32_MAX : ENOUGH_HITS);
}

void
BisSampleSegment(BisCondition *plan, BisSegment *segment, int64 work,
				 BisSample *sample)
{
	Walk		walk = {.exact = true, .ndocs = segment->header->ndocs};
	const BisDocSet *lead;

	walk.search = BisSegmentSearchBegin(plan, segment, &walk.docs);
	walk.nlists = Max(count_lists(walk.docs), 1);
	lead = leader(walk.docs);
	if (walk.docs->kind == BIS_DOCSET_POSTINGS && BisSegmentSearchIsExact(walk.search))
		walk.candidates = walk.seen = walk.hits = walk.found = lead->cost;
	else
		look_at_windows(&walk, work);
	if (lead->kind == BIS_DOCSET_POSTINGS && walk.seen > 0 && !walk.exact)
	{
		walk.hits *= lead->cost / walk.candidates;
		walk.candidates = lead->cost;
	}
	sample->articles += walk.ndocs;
	sample->candidates += walk.candidates;
	sample->seen += walk.seen;
	sample->hits += Min(walk.hits, walk.ndocs);
	sample->found += walk.found;
	sample->spent += walk.spent;
	sample->exact &= walk.exact;
}
