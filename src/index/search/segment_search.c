/*
 * segment_search.c
 *	  What a search asks of a segment.
 *
 * Both kinds of queries are a tsquery here that finds what they find and
 * perhaps more (candidates.h).  Of its nodes, a word without weights, and
 * what AND, OR and NOT make of such, are exact; a phrase is the AND of its
 * sides.  A NOT of what is not exact is everything, and so is one within a
 * phrase, where it is about a position.
 *
 * Of an array of queries a segment is asked for one after the other, and what
 * they find is gathered in a bitmap.  Nothing is kept of a query in between,
 * since there may be any number of them; an article that is there already is
 * not looked at closely again.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/page/pending.h"
#include "index/search/bigram_filter.h"
#include "index/search/article_vector.h"
#include "index/search/docset.h"
#include "index/search/query_array.h"
#include "index/search/position_source.h"
#include "index/search/segment_search.h"
#include "match/candidates.h"
#include "match/eval.h"
#include "match/prefilter.h"
#include "match/sources.h"
#include "match/wildcard_match.h"

/* windows are used if at least one article in N matches */
#define MIN_WINDOW_SHARE 64

struct BisCondition
{
	StrategyNumber strategy;
	bool		any;			/* of these queries? */
	int			nqueries;
	Datum	   *queries;
	BiQuery    *query;			/* else this one; NULL: for tsquery's operator */
	TSQuery		tsquery;		/* what BisConditionMatches is asked, or what
								 * finds all that it might find */
	bool		exact;			/* does it find nothing more? */
	BisQueryTerms *terms;		/* NULL: posting lists say which match */
	BisBigramFilter *phrases;
	MemoryContext scratch;		/* for one article */
	BiTsvectorSource *source;
};

/* a condition being applied to a segment */
typedef struct BisSegmentSearch
{
	BisCondition *condition;
	BisSegment *segment;
	BisTerms   *terms;
	BisCursorSource *cursors;	/* NULL: all is exact */
	BisPositionSource *words;	/* NULL: it takes a tsvector */
	BisArticleVector *vector;	/* then */
	uint32		ndocs;
	bool		lists;			/* a prefix is an OR of lists, not a bitmap */
} Search;

/* Are all operators and words of the tsquery exact? */
static bool
is_exact(TSQuery tsquery)
{
	const QueryItem *items = GETQUERY(tsquery);

	for (int i = 0; i < tsquery->size; i++)
	{
		if (items[i].type == QI_VAL ? items[i].qoperand.weight != 0 :
			items[i].qoperator.oper == OP_PHRASE)
			return false;
	}
	return true;
}

/* A condition for one query; the source may be lent by another condition. */
static BisCondition *
make_condition(StrategyNumber strategy, Datum query, BiTsvectorSource *source)
{
	BisCondition *condition = palloc0_object(BisCondition);

	condition->strategy = strategy;
	condition->source = source;
	condition->scratch = AllocSetContextCreate(CurrentMemoryContext,
											   "bisearch article",
											   ALLOCSET_DEFAULT_SIZES);
	if (strategy == BIS_MATCH_TSQUERY)
	{
		condition->tsquery = DatumGetTSQueryCopy(query);
		condition->exact = true;
	}
	else
	{
		condition->query = BiQueryGet(query);
		condition->tsquery = BiDictionaryCandidates(condition->query);
		condition->exact = BiCandidatesAreExact(condition->query);
	}
	if (!condition->exact || !is_exact(condition->tsquery))
		condition->terms = BisQueryTermsMake(condition->query, condition->tsquery);
	condition->phrases = BisBigramFilterMake(condition->query, condition->tsquery);
	return condition;
}

BisCondition *
BisConditionMake(StrategyNumber strategy, Datum query)
{
	return make_condition(strategy, query, palloc_object(BiTsvectorSource));
}

BisCondition *
BisConditionMakeAny(StrategyNumber strategy, Datum array)
{
	BisCondition *condition = palloc0_object(BisCondition);

	condition->strategy = strategy;
	condition->any = true;
	condition->nqueries = BisQueriesOf(strategy, array, &condition->queries);
	condition->scratch = AllocSetContextCreate(CurrentMemoryContext,
											   "bisearch article",
											   ALLOCSET_DEFAULT_SIZES);
	condition->source = palloc_object(BiTsvectorSource);
	return condition;
}

/* Does the tsvector satisfy a query, which is sound? */
static bool
satisfies(BisCondition *condition, TSVector vector, Datum query)
{
	MemoryContext caller = MemoryContextSwitchTo(condition->scratch);
	bool		result;

	if (condition->strategy == BIS_MATCH_TSQUERY)
		result = DatumGetBool(DirectFunctionCall2(ts_match_vq,
												  TSVectorGetDatum(vector),
												  query));
	else
	{
		BiTsvectorSourceInit(condition->source, vector);
		result = BiMatches((const BiQuery *) DatumGetPointer(query),
						   &condition->source->source);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(condition->scratch);
	return result;
}

bool
BisConditionMatches(BisCondition *condition, TSVector vector)
{
	if (!condition->any)
		return satisfies(condition, vector, condition->query != NULL ?
						 PointerGetDatum(condition->query) :
						 TSQueryGetDatum(condition->tsquery));
	for (int i = 0; i < condition->nqueries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (satisfies(condition, vector, condition->queries[i]))
			return true;
	}
	return false;
}

bool
BisConditionMatchesStored(BisCondition *condition, TSVector vector, Size size)
{
	if (!condition->any && !BiMayMatch(condition->tsquery, vector, size))
		return false;
	BisVectorCheck(vector, size);
	return BisConditionMatches(condition, vector);
}

/* Look closely at an article that may match. */
static bool
search_matches(Search *search, uint32 doc)
{
	BisCondition *condition = search->condition;
	MemoryContext caller;
	bool		result;

	if (search->words == NULL)
		return BisConditionMatches(condition, BisArticleVectorOf(search->vector, doc));
	caller = MemoryContextSwitchTo(condition->scratch);
	result = BisPositionSourceMatches(search->words, doc);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(condition->scratch);
	return result;
}

/*
 * Move to the next term that a prefix operand stands for, the first of all if
 * first is true.  Where a wildcard leads, which a tsquery that is not ours
 * cannot say, the whole dictionary goes by.
 */
static bool
next_term(Search *search, const QueryOperand *operand, bool first)
{
	const char *text = GETOPERAND(search->condition->tsquery) + operand->distance;
	int			len = operand->length;
	BisTerms   *terms = search->terms;
	bool		leads = search->condition->query != NULL &&
		BiOperandLeads(operand, text);

	if (first)
		BisTermsSeekOn(terms, search->segment, text, leads ? 0 : len);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (!leads)
			return terms->len >= len && memcmp(terms->term, text, len) == 0;
		if (BiWildcardMatches(text, len, 0, terms->term, terms->len))
			return true;
	}
	return false;
}

/* The articles with a term that a prefix operand stands for. */
static BisDocSet *
prefix_lists(Search *search, const QueryOperand *operand)
{
	BisDocSet **lists = palloc_array(BisDocSet *, 8);
	int			n = 0;

	while (next_term(search, operand, n == 0))
	{
		BisPostings *cursor = palloc_object(BisPostings);

		BisPostingsOpen(cursor, search->segment, &search->terms->entry);
		/* room for 8, 16, 32, ... */
		if (n >= 8 && (n & (n - 1)) == 0)
			lists = repalloc_huge(lists, (Size) n * 2 * sizeof(BisDocSet *));
		lists[n++] = BisDocSetPostings(search->ndocs, cursor);
	}
	return BisDocSetOr(search->ndocs, lists, n);
}

/* The articles with a word of the tsquery; top: see Place. */
static BisDocSet *
word_docs(Search *search, const QueryOperand *operand, bool top)
{
	const char *text = GETOPERAND(search->condition->tsquery) + operand->distance;
	BisPostings *cursor = NULL;
	BisDocSet  *bits;
	bool		first = true;

	if (!operand->prefix)
	{
		BisCursor  *own = top && search->cursors != NULL ?
			BisCursorFind(search->cursors, text, operand->length) : NULL;

		if (own != NULL && own->covered)
			return BisDocSetAll(search->ndocs);
		if (own != NULL)
			cursor = BisCursorLead(search->cursors, own);
		if (cursor == NULL)
		{
			if (!BisTermsFindOn(search->terms, search->segment, text,
								operand->length))
				return BisDocSetNone(search->ndocs);
			cursor = palloc_object(BisPostings);
			BisPostingsOpen(cursor, search->segment, &search->terms->entry);
		}
		return BisDocSetPostings(search->ndocs, cursor);
	}
	if (search->lists)
		return prefix_lists(search, operand);

	bits = BisDocSetBitmap(search->ndocs);
	cursor = palloc_object(BisPostings);
	while (next_term(search, operand, first))
	{
		BisPostingsOpen(cursor, search->segment, &search->terms->entry);
		BisDocSetAddPostings(bits, cursor);
		first = false;
	}
	pfree(cursor);
	return bits->cost == 0 ? BisDocSetNone(search->ndocs) : bits;
}

/* How many operands has item, with those of the same operator in it? */
static int
count_operands(const QueryItem *item, int8 oper)
{
	check_stack_depth();
	if (item->type != QI_OPR || item->qoperator.oper != oper)
		return 1;
	return count_operands(item + item->qoperator.left, oper) +
		count_operands(item + 1, oper);
}

/* how make_docs stands to the nodes above it */
typedef struct Place
{
	bool		top;			/* all articles of the walk have the node, so
								 * its cursors stand there */
	bool		in_phrase;
} Place;

static BisDocSet *make_docs(Search *search, const QueryItem *item, Place place,
							bool *exact);

/* Put the operands' articles into children; returns their number. */
static int
make_children(Search *search, const QueryItem *item, int8 oper, Place place,
			  bool *exact, BisDocSet **children)
{
	bool		child_exact;
	int			n;

	if (item->type == QI_OPR && item->qoperator.oper == oper)
	{
		n = make_children(search, item + item->qoperator.left, oper, place,
						  exact, children);
		return n + make_children(search, item + 1, oper, place, exact,
								 children + n);
	}
	children[0] = make_docs(search, item, place, &child_exact);
	*exact &= child_exact;
	return 1;
}

/* The articles of which item may be true; *exact: in which it is true. */
static BisDocSet *
make_docs(Search *search, const QueryItem *item, Place place, bool *exact)
{
	BisDocSet **children;
	BisDocSet  *child;
	int			n;
	int8		oper;

	check_stack_depth();
	*exact = true;
	if (item->type == QI_VAL)
	{
		*exact = item->qoperand.weight == 0;
		return word_docs(search, &item->qoperand, place.top);
	}
	oper = item->qoperator.oper;
	place.top &= oper == OP_AND || oper == OP_PHRASE;
	place.in_phrase |= oper == OP_PHRASE;
	if (oper == OP_NOT)
	{
		child = make_docs(search, item + 1, place, exact);
		*exact &= !place.in_phrase;
		return *exact ? BisDocSetNot(search->ndocs, child) :
			BisDocSetAll(search->ndocs);
	}
	children = palloc_array(BisDocSet *, count_operands(item, oper));
	n = make_children(search, item, oper, place, exact, children);
	if (oper == OP_OR)
		return BisDocSetOr(search->ndocs, children, n);
	*exact &= oper == OP_AND;
	return BisDocSetAnd(search->ndocs, children, n);
}

static BisDocSet *any_docs(BisCondition *condition, BisSegment *segment);

/* Begin to apply a condition; its articles.  search->terms may be lent by others. */
static BisDocSet *
begin_search(Search *search, BisCondition *condition, BisSegment *segment)
{
	Place		place = {true, false};
	BisDocSet **docs;
	bool		exact;
	bool		phrases = false;
	int			n = 0;

	search->condition = condition;
	search->segment = segment;
	search->ndocs = segment->header->ndocs;
	search->cursors = NULL;
	search->words = NULL;
	search->vector = NULL;
	if (condition->any)
		return any_docs(condition, segment);
	if (search->terms == NULL)
	{
		search->terms = palloc_object(BisTerms);
		BisTermsInit(search->terms);
	}
	if (condition->tsquery->size == 0)
		return BisDocSetNone(search->ndocs);
	docs = palloc_array(BisDocSet *, condition->phrases->n + 1);
	if (condition->terms != NULL)
	{
		search->cursors = BisCursorSourceOpen(segment, search->terms,
											  condition->terms);
		n = BisBigramFilterDocs(condition->phrases, search->cursors, docs,
								&phrases);
	}
	docs[n++] = make_docs(search, GETQUERY(condition->tsquery), place, &exact);
	if (phrases)
		search->cursors = NULL;
	if (search->cursors != NULL && condition->query != NULL)
		search->words = BisPositionSourceOpen(search->cursors, condition->query);
	if (search->cursors != NULL && search->words == NULL)
		search->vector = BisArticleVectorOpen(search->cursors);
	return BisDocSetAnd(search->ndocs, docs, n);
}

/* Does an article satisfy what the posting lists do not say? */
static bool
all_match(Search *searches, int n, uint32 doc)
{
	for (int i = 0; i < n; i++)
	{
		if (searches[i].cursors != NULL && !search_matches(&searches[i], doc))
			return false;
	}
	return true;
}

/* Look at each article of docs that is not known (or NULL) already. */
static void
walk_articles(Search *searches, int n, BisDocSet *docs, const BisDocSet *known,
			  BisSearchFound found, void *arg)
{
	BisSegment *segment = searches[0].segment;
	uint64		bits[BIS_WINDOW_WORDS] = {0};
	uint32		first = 0;
	bool		any = false;

	BisDocSetPrepare(docs, docs->ndocs);
	for (uint32 doc = BisDocSetAdvance(docs, 0); doc != BIS_NO_DOC;
		 doc = BisDocSetAdvance(docs, doc + 1))
	{
		CHECK_FOR_INTERRUPTS();
		if (known != NULL && BisDocSetHasBit(known, doc))
			continue;
		if (!all_match(searches, n, doc))
			continue;
		if (any && doc - first >= BIS_WINDOW)
		{
			found(arg, segment, first, bits);
			memset(bits, 0, sizeof(bits));
			any = false;
		}
		if (!any)
			first = doc - doc % BIS_WINDOW;
		any = true;
		bits[(doc - first) / 64] |= UINT64CONST(1) << (doc - first) % 64;
	}
	if (any)
		found(arg, segment, first, bits);
}

/* All articles of docs, window by window. */
static void
walk_windows(BisSegment *segment, BisDocSet *docs, BisSearchFound found,
			 void *arg)
{
	for (uint32 first = 0; first < docs->ndocs; first += BIS_WINDOW)
	{
		uint64		bits[BIS_WINDOW_WORDS];
		uint64		any = 0;

		CHECK_FOR_INTERRUPTS();
		BisDocSetWindow(docs, first, bits);
		for (int i = 0; i < BIS_WINDOW_WORDS; i++)
			any |= bits[i];
		if (any != 0)
			found(arg, segment, first, bits);
	}
}

/* Walk through docs; closely: is what they have to be looked at? */
static void
walk(Search *searches, int n, BisDocSet *docs, bool closely,
	 const BisDocSet *known, BisSearchFound found, void *arg)
{
	if (closely || docs->cost < docs->ndocs / MIN_WINDOW_SHARE)
		walk_articles(searches, n, docs, known, found, arg);
	else
		walk_windows(searches[0].segment, docs, found, arg);
}

/* Articles were found that one query of an array matches. */
static void
add_window(void *arg, BisSegment *segment pg_attribute_unused(),
		   uint32 first, const uint64 *bits)
{
	BisDocSetAddWindow(arg, first, bits);
}

/* Add the articles that match a query of an array to bits. */
static void
add_query(BisCondition *any, Datum query, BisSegment *segment, BisTerms *terms,
		  BisDocSet *bits)
{
	Search		search = {.terms = terms};
	BisCondition *condition = make_condition(any->strategy, query, any->source);
	BisDocSet  *docs = begin_search(&search, condition, segment);

	if (docs->kind == BIS_DOCSET_POSTINGS && search.cursors == NULL)
		BisDocSetAddPostings(bits, docs->cursor);
	else
		walk(&search, 1, docs, search.cursors != NULL, bits, add_window, bits);
}

/* The articles that match any query of an array. */
static BisDocSet *
any_docs(BisCondition *condition, BisSegment *segment)
{
	BisDocSet  *bits = BisDocSetBitmap(segment->header->ndocs);
	BisTerms   *terms = palloc_object(BisTerms);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch query",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	BisTermsInit(terms);
	for (int i = 0; i < condition->nqueries && !BisDocSetIsAll(bits); i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_query(condition, condition->queries[i], segment, terms, bits);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return bits->cost == 0 ? BisDocSetNone(bits->ndocs) : bits;
}

/*
 * The articles of all conditions.  Arrays come last: they are not asked for if
 * nothing is left.
 */
static BisDocSet *
begin_all(Search *searches, BisCondition **conditions, int nconditions, BisSegment *segment)
{
	BisDocSet **children = palloc_array(BisDocSet *, nconditions);
	BisDocSet  *docs = BisDocSetAll(segment->header->ndocs);
	int			n = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < nconditions; i++)
		{
			if (conditions[i]->any != (pass == 1))
				continue;
			searches[n].segment = segment;
			docs = begin_search(&searches[n], conditions[i], segment);
			if (docs->kind == BIS_DOCSET_NONE)
				return docs;
			children[n++] = docs;
		}
	}
	return BisDocSetAnd(segment->header->ndocs, children, n);
}

void
BisSearchSegment(BisCondition **conditions, int nconditions, BisSegment *segment,
				 BisSearchFound found, void *arg)
{
	Search	   *searches = palloc0_array(Search, nconditions);
	BisDocSet  *docs = begin_all(searches, conditions, nconditions, segment);
	bool		closely = false;

	if (docs->kind == BIS_DOCSET_NONE)
		return;
	for (int i = 0; i < nconditions; i++)
		closely |= searches[i].cursors != NULL;
	walk(searches, nconditions, docs, closely, NULL, found, arg);
}

BisSegmentSearch *
BisSegmentSearchBegin(BisCondition *condition, BisSegment *segment, BisDocSet **docs)
{
	Search	   *search = palloc0_object(Search);

	search->lists = true;
	*docs = begin_search(search, condition, segment);
	return search;
}

bool
BisSegmentSearchIsExact(const BisSegmentSearch *search)
{
	return search->cursors == NULL;
}

bool
BisSegmentSearchMatches(BisSegmentSearch *search, uint32 doc)
{
	return search->cursors == NULL || search_matches(search, doc);
}
