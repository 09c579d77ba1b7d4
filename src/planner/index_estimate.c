/*
 * index_estimate.c
 *	  What a bisearch index knows of how many articles a query finds.
 *
 * The query is applied to some articles of the largest segments (sample.c).
 * If it cannot be, as its prefixes and patterns have too many terms, or if
 * none of those articles matches, the index tells at least how many articles
 * have each word; of a prefix or pattern, as if its terms were independent
 * of each other.  What pending lists hold is taken to be like the rest.
 *
 * The planner asks this, and a table with a damaged index must be planned
 * for: or else nobody could read it without the index.  Errors are raised
 * from anywhere in the code that reads segments, with pages pinned or locked.
 * So all of the reading is done in a subtransaction, and what an error leaves
 * is cleaned up as after an exception in PL/pgSQL.  Nothing is written, so it
 * gets no transaction id, and does no harm on a standby.
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
#include "match/wildcard_match.h"
#include "planner/index_estimate.h"
#include "planner/sample.h"

/* segments that are looked into, and the fraction of articles that is enough */
#define MAX_SEGMENTS 4
#define ENOUGH_ARTICLES 0.9

/* what it costs to find a term, as work is counted */
#define FIND_WORK 250

/* what it costs to open the index, and each segment */
#define OPEN_WORK 500

/* what it costs to read a term of a prefix or pattern */
#define TERM_WORK 2

/* terms of a query's prefixes and patterns that are read */
#define MAX_TERMS 2000

/* the index being read */
typedef struct Reading
{
	BisStore	store;
	BisMeta		meta;
	int			nopen;
	BisSegment *segments[MAX_SEGMENTS]; /* largest first */
	int			nsegments;		/* of them, asked this question */
	double		articles;		/* of these */
	BisTerms   *terms;
	int64		spent;			/* of the work, in all */
} Reading;

static int
compare_entries(const void *a, const void *b)
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
		  compare_entries);
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

static inline bool
is_range(const BiNode *node)
{
	return node->kind == BI_WORD &&
		(node->flags & (BI_PREFIX | BI_PATTERN)) != 0;
}

static int
count_words(const BiQuery *query)
{
	int			n = 0;

	for (uint32 i = 0; i < query->nnodes; i++)
		n += query->nodes[i].kind == BI_WORD;
	return n;
}

/*
 * Fraction of a segment's articles with any of the terms that word, a prefix or
 * pattern, matches.  Counts the terms looked at in *nterms; gives up past
 * MAX_TERMS.
 */
static double
range_selectivity(Reading *reading, BisSegment *segment, const BiQuery *query,
				  const BiNode *word, int *nterms)
{
	BisTerms   *terms = reading->terms;
	const char *text = BiNodeText(query, word);
	int			prefix = BiPatternPrefix(query, word);
	double		without = 1;

	BisTermsSeek(terms, segment, text, prefix);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (terms->len < prefix || memcmp(terms->term, text, prefix) != 0)
			break;
		if (++*nterms > MAX_TERMS)
			break;
		if ((word->flags & BI_PREFIX) ||
			BiWildcardMatches(text, word->len, prefix, terms->term,
							  terms->len))
			without *= 1 - (double) terms->entry.ndocs /
				segment->header->ndocs;
	}
	return 1 - without;
}

/*
 * Read the fractions of the question's prefixes and patterns; those past
 * MAX_TERMS stay unknown.  Returns their number of terms in all segments.
 */
static int
read_ranges(Reading *reading, BisIndexEstimate *question)
{
	const BiQuery *query = question->query;
	int			nterms = 0;

	for (uint32 i = 0; i < query->nnodes && nterms <= MAX_TERMS; i++)
	{
		double		articles = 0;

		if (!is_range(&query->nodes[i]))
			continue;
		for (int s = 0; s < reading->nsegments; s++)
			articles += range_selectivity(reading, reading->segments[s], query,
										  &query->nodes[i], &nterms) *
				reading->segments[s]->header->ndocs;
		if (nterms <= MAX_TERMS)
			question->words[i] = articles / reading->articles;
	}
	reading->spent += (int64) nterms * TERM_WORK;
	return nterms;
}

/* Read the fractions of the question's other words. */
static void
read_words(Reading *reading, BisIndexEstimate *question)
{
	const BiQuery *query = question->query;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *word = &query->nodes[i];
		double		articles = 0;

		if (word->kind != BI_WORD || is_range(word))
			continue;
		for (int s = 0; s < reading->nsegments; s++)
		{
			CHECK_FOR_INTERRUPTS();
			reading->spent += FIND_WORK;
			if (BisTermsFind(reading->terms, reading->segments[s],
							 BiNodeText(query, word), word->len))
				articles += reading->terms->entry.ndocs;
		}
		question->words[i] = articles / reading->articles;
	}
}

/*
 * Is the query one pattern?  The articles that may match it are those of its
 * literal beginning, of which few may; what its terms tell is better.
 */
static bool
is_pattern(const BiQuery *query)
{
	return query->nnodes == 2 && (query->nodes[1].flags & BI_PATTERN) != 0 &&
		query->nodes[1].fields == BI_ALL_FIELDS;
}

/* Apply the question's query to articles of the segments. */
static void
read_sample(Reading *reading, BisIndexEstimate *question, int64 work)
{
	BisCondition *plan = BisConditionMake(BIS_MATCH_QUERY,
										  PointerGetDatum(question->query));
	BisSample	sample = {.exact = true};

	for (int s = 0; s < reading->nsegments; s++)
	{
		BisSegment *segment = reading->segments[s];

		BisSampleSegment(plan, segment,
						 work * (segment->header->ndocs / reading->articles),
						 &sample);
	}
	reading->spent += (int64) count_words(question->query) *
		reading->nsegments * FIND_WORK + sample.spent;
	question->selectivity = sample.hits / sample.articles;
	question->found = sample.found;
	if (sample.exact)
		question->per_hit = 0;
	else if (sample.found > 0)
		question->per_hit = question->selectivity / sample.found;
	else
		question->per_hit = sample.candidates / sample.seen / sample.articles;
}

/* Ask as many segments as half of work will do to find nwords there. */
static void
choose_segments(Reading *reading, int nwords, int64 work)
{
	int64		most = work / 2 / ((int64) Max(nwords, 1) * FIND_WORK);

	reading->nsegments = Max(1, Min(most, reading->nopen));
	reading->articles = 0;
	for (int i = 0; i < reading->nsegments; i++)
		reading->articles += reading->segments[i]->header->ndocs;
}

/* Answer a question; what is allocated may be freed. */
static void
answer(Reading *reading, BisIndexEstimate *question, int64 work)
{
	const BiQuery *query = question->query;
	int			nwords = count_words(query);
	int64		nlists;

	choose_segments(reading, nwords, work);
	nlists = (int64) nwords * reading->nsegments;
	work -= nlists * FIND_WORK;
	if (work < 0)
		return;
	nlists += read_ranges(reading, question);
	if (nlists * BIS_SEEK_WORK * BIS_MIN_WINDOWS <= work &&
		!is_pattern(query))
		read_sample(reading, question, work);
	if (question->selectivity < 0 ||
		(question->per_hit > 0 && question->found < BIS_ENOUGH_FOUND))
		read_words(reading, question);
}

/* Answer the questions; see BisFrequencies.  Returns what was spent. */
static int64
answer_all(Oid oid, BisIndexEstimate *questions, int n, int64 work)
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
		answer(&reading, &questions[i], work);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	for (int i = 0; i < reading.nopen; i++)
		BisSegmentUnpin(reading.segments[i]);
	index_close(index, NoLock);
	return reading.spent;
}

static void
know_nothing(BisIndexEstimate *questions, int n)
{
	for (int i = 0; i < n; i++)
	{
		questions[i].selectivity = -1;
		questions[i].found = questions[i].per_hit = 0;
		for (uint32 k = 0; k < questions[i].query->nnodes; k++)
			questions[i].words[k] = -1;
	}
}

/* Was the statement interrupted?  Other errors are about the index. */
static bool
is_interrupt(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_TRANSACTION_ROLLBACK;
}

/* Clean up after the error that was caught, and raise interrupts again. */
static void
forget_error(Oid index, MemoryContext caller, ResourceOwner owner)
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
BisIndexEstimates(Oid index, BisIndexEstimate *questions, int n, int64 work)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context;
	volatile int64 spent = n * work;	/* if it ends in an error */

	know_nothing(questions, n);
	/* pages that the index names stay as they are while there is a snapshot */
	if (!OidIsValid(index) || n == 0 || !ActiveSnapshotSet() ||
		IsInParallelMode())
		return 0;
	context = AllocSetContextCreate(caller, "bisearch estimate",
									ALLOCSET_DEFAULT_SIZES);
	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		MemoryContextSwitchTo(context);
		spent = answer_all(index, questions, n, work);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		forget_error(index, caller, owner);
		know_nothing(questions, n);
	}
	PG_END_TRY();
	MemoryContextDelete(context);
	return spent;
}
