/*
 * index_estimate.c
 *	  Estimating a query's selectivity from a bisearch index.
 *
 * The query is applied to a sample of the articles of the largest segments
 * (sample.c).  If that is too much work, since its prefixes and patterns
 * match too many terms, or if too few sampled articles match, the index still
 * gives the document frequency of each word; for a prefix or pattern as if
 * its terms were independent of each other.  Pending articles are assumed to
 * be like the others.
 *
 * The planner must be able to plan for a table with a damaged index, or
 * nobody could read the table even without the index.  Errors are raised from
 * anywhere in the code that reads segments, with pages pinned or locked.  So
 * all reading happens in a subtransaction, and an error is cleaned up as an
 * exception is in PL/pgSQL.  Nothing is written, so the subtransaction gets
 * no transaction id, and may be used on a standby.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/search/term_walk.h"
#include "planner/index_estimate.h"
#include "planner/sample.h"
#include "text/field_prefix.h"

/* most segments that are read, and the fraction of articles that is enough */
#define MAX_SEGMENTS 4
#define ENOUGH_ARTICLES 0.9

/* the work of finding a term in a segment, in the unit of sample.h */
#define FIND_TERM_WORK 250

/* the work of opening the index, and of opening each segment */
#define OPEN_WORK 500

/* the work of reading a term that may match a prefix or pattern */
#define TERM_WORK 2

/* most terms that are read for a query's prefixes and patterns */
#define MAX_TERMS 2000

/* looking for a term that is further on takes as long as reading so many */
#define SEEK_TERMS 10

/* the index being read */
typedef struct Reading
{
	BisStore	store;
	BisMeta		meta;
	int			nopen;
	BisSegment *segments[MAX_SEGMENTS]; /* largest first */
	int			nsegments;		/* how many the current query is applied to */
	double		articles;		/* in those */
	BisTerms   *terms;
	int64		spent;			/* work done, in all */
} Reading;

static int
compare_segment_sizes(const void *a, const void *b)
{
	uint32		left = ((const BisSegmentEntry *) a)->ndocs;
	uint32		right = ((const BisSegmentEntry *) b)->ndocs;

	return left < right ? 1 : left > right ? -1 : 0;
}

/* Open the largest segments, in the current memory context. */
static void
open_segments(Reading *reading, Relation index)
{
	BisMeta    *meta = &reading->meta;
	Snapshot	snapshot = GetActiveSnapshot();
	double		total = 0;
	double		open = 0;

	reading->store.index = index;
	reading->store.snapshot = snapshot;
	BisReadMetaFor(index, snapshot, meta);
	qsort(meta->segments, meta->nsegments, sizeof(BisSegmentEntry),
		  compare_segment_sizes);
	for (uint32 i = 0; i < meta->nsegments; i++)
		total += meta->segments[i].ndocs;
	for (uint32 i = 0; i < meta->nsegments && i < MAX_SEGMENTS &&
		 open < total * ENOUGH_ARTICLES; i++)
	{
		reading->segments[reading->nopen] =
			BisSegmentOpen(&reading->store, &meta->segments[i]);
		BisSegmentPin(reading->segments[reading->nopen++]);
		open += meta->segments[i].ndocs;
	}
	reading->terms = palloc_object(BisTerms);
	reading->spent = (reading->nopen + 1) * OPEN_WORK;
}

/* Is the node a prefix or pattern? */
static inline bool
matches_many_terms(const BiNode *node)
{
	return node->kind == BI_WORD &&
		(node->flags & (BI_PREFIX | BI_PATTERN)) != 0;
}

static int
count_query_words(const BiQuery *query)
{
	int			n = 0;

	for (uint32 i = 0; i < query->nnodes; i++)
		n += query->nodes[i].kind == BI_WORD;
	return n;
}

/*
 * The fraction of a segment's articles with any of the terms that word, a
 * prefix or pattern, matches.  Adds the number of terms read to *nterms, and
 * of those that had to be looked for SEEK_TERMS; gives up once that exceeds
 * MAX_TERMS.
 */
static double
term_range_selectivity(Reading *reading, BisSegment *segment,
					   const BiQuery *query, const BiNode *word, int *nterms)
{
	BisTermWalk walk;
	double		without = 1;
	bool		matches;
	int			before = *nterms;

	const char *text = BiNodeText(query, word);
	int			prefix = BiPatternPrefix(query, word);

	if ((word->flags & BI_PREFIX) && BiIsFieldPrefix(text, prefix))
	{
		char		term[BI_MAX_FIELD_PREFIX];

		memcpy(term, text, prefix);
		term[prefix] = '\0';
		(*nterms)++;
		return BisTermsFind(reading->terms, segment, term, prefix + 1) ?
			(double) reading->terms->entry.ndocs / segment->header->ndocs : 0;
	}
	BisTermsInit(reading->terms);
	BisTermWalkBegin(&walk, reading->terms, segment, text, word->len, prefix);
	while (*nterms <= MAX_TERMS && BisTermWalkRead(&walk, &matches))
	{
		*nterms = before + walk.nread + walk.nseeks * SEEK_TERMS;
		if (matches)
			without *= 1 - (double) reading->terms->entry.ndocs /
				segment->header->ndocs;
	}
	return 1 - without;
}

/*
 * Estimate the fractions of the query's prefixes and patterns; those that
 * exceed MAX_TERMS stay unknown.  Returns the number of terms read.
 */
static int
estimate_patterns(Reading *reading, BisIndexEstimate *estimate)
{
	const BiQuery *query = estimate->query;
	int			nterms = 0;

	for (uint32 i = 0; i < query->nnodes && nterms <= MAX_TERMS; i++)
	{
		double		articles = 0;

		if (!matches_many_terms(&query->nodes[i]))
			continue;
		for (int s = 0; s < reading->nsegments; s++)
			articles += term_range_selectivity(reading, reading->segments[s],
											   query, &query->nodes[i],
											   &nterms) *
				reading->segments[s]->header->ndocs;
		if (nterms <= MAX_TERMS)
			estimate->words[i] = articles / reading->articles;
	}
	reading->spent += (int64) nterms * TERM_WORK;
	return nterms;
}

/* Look up the fractions of the query's other words. */
static void
estimate_words(Reading *reading, BisIndexEstimate *estimate)
{
	const BiQuery *query = estimate->query;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *word = &query->nodes[i];
		double		articles = 0;

		if (word->kind != BI_WORD || matches_many_terms(word))
			continue;
		for (int s = 0; s < reading->nsegments; s++)
		{
			CHECK_FOR_INTERRUPTS();
			reading->spent += FIND_TERM_WORK;
			if (BisTermsFind(reading->terms, reading->segments[s],
							 BiNodeText(query, word), word->len))
				articles += reading->terms->entry.ndocs;
		}
		estimate->words[i] = articles / reading->articles;
	}
}

/*
 * Is the query a single pattern?  Then the candidates are all articles with
 * the pattern's literal prefix, few of which may match; its terms are the
 * better estimate.
 */
static bool
is_single_pattern(const BiQuery *query)
{
	return query->nnodes == 2 && (query->nodes[1].flags & BI_PATTERN) != 0 &&
		query->nodes[1].fields == BI_ALL_FIELDS;
}

/* Estimate by applying the query to a sample of the segments' articles. */
static void
estimate_by_sampling(Reading *reading, BisIndexEstimate *estimate, int64 work)
{
	BisCondition *condition =
		BisConditionMake(BIS_MATCH_QUERY, PointerGetDatum(estimate->query));
	BisSample	sample = {.exact = true};

	for (int s = 0; s < reading->nsegments; s++)
	{
		BisSegment *segment = reading->segments[s];

		BisSampleSegment(condition, segment,
						 work * (segment->header->ndocs / reading->articles),
						 &sample);
	}
	reading->spent += (int64) count_query_words(estimate->query) *
		reading->nsegments * FIND_TERM_WORK + sample.spent;
	estimate->selectivity = sample.hits / sample.articles;
	estimate->found = sample.found;
	if (sample.exact)
		estimate->per_hit = 0;
	else if (sample.found > 0)
		estimate->per_hit = estimate->selectivity / sample.found;
	else
		estimate->per_hit = sample.candidates / sample.seen / sample.articles;
}

/* Choose as many segments as nwords can be found in with half of work. */
static void
choose_read_segments(Reading *reading, int nwords, int64 work)
{
	int64		most = work / 2 / ((int64) Max(nwords, 1) * FIND_TERM_WORK);

	reading->nsegments = Max(1, Min(most, reading->nopen));
	reading->articles = 0;
	for (int i = 0; i < reading->nsegments; i++)
		reading->articles += reading->segments[i]->header->ndocs;
}

/* Estimate one query.  The caller resets the memory context. */
static void
estimate_query(Reading *reading, BisIndexEstimate *estimate, int64 work)
{
	const BiQuery *query = estimate->query;
	int			nwords = count_query_words(query);
	int64		nlists;

	choose_read_segments(reading, nwords, work);
	nlists = (int64) nwords * reading->nsegments;
	work -= nlists * FIND_TERM_WORK;
	if (work < 0)
		return;
	nlists += estimate_patterns(reading, estimate);
	if (nlists * BIS_SEEK_WORK * BIS_MIN_WINDOWS <= work &&
		!is_single_pattern(query))
		estimate_by_sampling(reading, estimate, work);
	if (estimate->selectivity < 0 ||
		(estimate->per_hit > 0 && estimate->found < BIS_ENOUGH_FOUND))
		estimate_words(reading, estimate);
}

/* Do the work of BisIndexEstimates; returns how much was done. */
static int64
estimate_queries(Oid oid, BisIndexEstimate *estimates, int n, int64 work)
{
	Relation	index = index_open(oid, NoLock);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch question",
												  ALLOCSET_DEFAULT_SIZES);
	Reading		reading = {0};

	open_segments(&reading, index);
	for (int i = 0; i < n && reading.nopen > 0; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		CHECK_FOR_INTERRUPTS();
		estimate_query(&reading, &estimates[i], work);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	for (int i = 0; i < reading.nopen; i++)
		BisSegmentUnpin(reading.segments[i]);
	index_close(index, NoLock);
	return reading.spent;
}

static void
reset_estimates(BisIndexEstimate *estimates, int n)
{
	for (int i = 0; i < n; i++)
	{
		estimates[i].selectivity = -1;
		estimates[i].found = estimates[i].per_hit = 0;
		for (uint32 k = 0; k < estimates[i].query->nnodes; k++)
			estimates[i].words[k] = -1;
	}
}

/* Was the statement interrupted?  Any other error is about the index. */
static bool
is_interrupt(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_TRANSACTION_ROLLBACK;
}

/* Clean up after the error that was caught; raises an interrupt again. */
static void
discard_error(Oid index, MemoryContext caller, ResourceOwner owner)
{
	ErrorData  *error;

	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (is_interrupt(error))
		ReThrowError(error);
	ereport(DEBUG1,
			(errmsg_internal("index %u could not be read for an estimate: %s",
							 index, error->message)));
	FreeErrorData(error);
}

int64
BisIndexEstimates(Oid index, BisIndexEstimate *estimates, int n, int64 work)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context;
	volatile int64 spent = n * work;	/* assumed after an error */

	reset_estimates(estimates, n);
	/* only while there is a snapshot are the index's pages not reused */
	if (!OidIsValid(index) || n == 0 || !ActiveSnapshotSet() ||
		IsInParallelMode())
		return 0;
	context = AllocSetContextCreate(caller, "bisearch estimate",
									ALLOCSET_DEFAULT_SIZES);
	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		MemoryContextSwitchTo(context);
		spent = estimate_queries(index, estimates, n, work);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		discard_error(index, caller, owner);
		reset_estimates(estimates, n);
	}
	PG_END_TRY();
	MemoryContextDelete(context);
	return spent;
}
