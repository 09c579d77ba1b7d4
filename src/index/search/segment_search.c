/*
 * segment_search.c
 *	  Finds the articles of a segment that satisfy the conditions of a scan.
 *
 * A bi_query is searched as a tsquery that finds the same articles and
 * perhaps more (candidates.h).  Words without weights are exact, and so are
 * AND, OR and NOT of exact nodes.  A phrase becomes the AND of its sides,
 * which is not exact.  NOT of an inexact node becomes all articles, and so
 * does any NOT within a phrase, where it is about a position.
 *
 * The queries of an array are searched one after the other, and their matches
 * are collected in a bitmap.  There may be any number of queries, so each
 * one's memory is freed before the next.  An article that is in the bitmap
 * already is not rechecked.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/page/pending.h"
#include "index/column/article.h"
#include "index/search/bigram_filter.h"
#include "index/search/article_vector.h"
#include "index/search/docset.h"
#include "index/search/query_array.h"
#include "index/search/position_source.h"
#include "index/search/recheck_query.h"
#include "index/search/segment_search.h"
#include "index/search/term_walk.h"
#include "match/candidates.h"
#include "match/eval.h"
#include "match/prefilter.h"
#include "match/sources.h"
#include "text/continuation.h"
#include "text/field_prefix.h"

/* bitmap windows are used if at least one article in N probably matches */
#define WINDOW_FRACTION 64

struct BisCondition
{
	StrategyNumber strategy;
	bool		any;			/* match any of queries? */
	int			nqueries;
	Datum	   *queries;
	BiQuery    *query;			/* else the query; NULL if it is a tsquery */
	const BiQuery *recheck;		/* its part that candidates do not decide */
	TSQuery		tsquery;		/* the tsquery, or query's candidates */
	bool		exact;			/* are the candidates exact? */
	BisQueryTerms *terms;		/* for rechecks; NULL if none are needed */
	BisBigramFilter *bigram_filter;
	MemoryContext scratch;		/* reset after each article */
	BiTsvectorSource *source;
};

/* a condition being applied to a segment */
struct BisSegmentSearch
{
	BisCondition *condition;
	BisSegment *segment;
	BisTerms   *terms;
	BisCursorSource *cursors;	/* NULL: exact, no recheck */
	BisPositionSource *positions;	/* NULL: rechecks need a tsvector, */
	BisArticleVector *vector;	/* which this builds */
	uint32		ndocs;
	bool		prefix_lists;	/* a prefix becomes an OR of posting lists,
								 * not a bitmap */
};

/*
 * May the operand be a continuation lexeme?  The index has only the words
 * that are continued.
 */
static bool
may_be_continuation(const QueryOperand *operand, const char *operands)
{
	return BiContinuationHead(operands + operand->distance,
							  operand->length) > 0;
}

/*
 * Is the tsquery without phrases, weights and continuation lexemes?  Then
 * posting lists suffice.
 */
static bool
tsquery_is_exact(TSQuery tsquery)
{
	const QueryItem *items = GETQUERY(tsquery);

	for (int i = 0; i < tsquery->size; i++)
	{
		if (items[i].type == QI_VAL ? items[i].qoperand.weight != 0 ||
			may_be_continuation(&items[i].qoperand, GETOPERAND(tsquery)) :
			items[i].qoperator.oper == OP_PHRASE)
			return false;
	}
	return true;
}

/* A condition for one query; source may belong to another condition. */
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
		condition->exact = BiDictionaryIsExact(condition->query);
		condition->recheck = BisRecheckQuery(condition->query);
	}
	if (!condition->exact || !tsquery_is_exact(condition->tsquery))
		condition->terms = BisQueryTermsMake(condition->recheck,
											 condition->tsquery);
	condition->bigram_filter = BisBigramFilterMake(condition->recheck,
												   condition->tsquery);
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

/* Does the tsvector match a query that has been validated? */
static bool
vector_satisfies(BisCondition *condition, TSVector vector, Datum query)
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
		return vector_satisfies(condition, vector, condition->query != NULL ?
								PointerGetDatum(condition->query) :
								TSQueryGetDatum(condition->tsquery));
	for (int i = 0; i < condition->nqueries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (vector_satisfies(condition, vector, condition->queries[i]))
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

/* Recheck a candidate. */
static bool
search_matches_article(BisSegmentSearch *search, uint32 doc)
{
	BisCondition *condition = search->condition;
	MemoryContext caller;
	bool		result;

	if (search->positions == NULL)
		return vector_satisfies(condition,
								BisArticleVectorOf(search->vector, doc),
								condition->recheck != NULL ?
								PointerGetDatum(condition->recheck) :
								TSQueryGetDatum(condition->tsquery));
	caller = MemoryContextSwitchTo(condition->scratch);
	result = BisPositionSourceMatches(search->positions, doc);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(condition->scratch);
	return result;
}

/*
 * Begin a walk over the terms that match a prefix operand, with
 * search->terms.  Only candidates of a bi_query can be whole patterns.
 */
static void
begin_term_walk(BisSegmentSearch *search, const QueryOperand *operand,
				BisTermWalk *walk)
{
	const char *text = GETOPERAND(search->condition->tsquery) +
		operand->distance;
	bool		leads = search->condition->query != NULL &&
		BiOperandLeads(operand, text);

	BisTermWalkBegin(walk, search->terms, search->segment, text,
					 operand->length, leads ? 0 : (int) operand->length);
}

/* The articles with a term that a prefix operand matches: an OR of lists. */
static BisDocSet *
prefix_docset(BisSegmentSearch *search, const QueryOperand *operand)
{
	BisDocSet **lists = palloc_array(BisDocSet *, 8);
	BisTermWalk walk;
	int			n = 0;

	begin_term_walk(search, operand, &walk);
	while (BisTermWalkNext(&walk))
	{
		BisPostings *cursor = palloc_object(BisPostings);

		BisPostingsOpen(cursor, search->segment, &search->terms->entry);
		/* there is room for 8, 16, 32, ... */
		if (n >= 8 && (n & (n - 1)) == 0)
			lists = repalloc_huge(lists, (Size) n * 2 * sizeof(BisDocSet *));
		lists[n++] = BisDocSetPostings(search->ndocs, cursor);
	}
	return BisDocSetOr(search->ndocs, lists, n);
}

/*
 * The articles with a lexeme of a field that begins with the operand: one
 * list, if the index keeps it; NULL if it does not.
 */
static BisDocSet *
field_prefix_docset(BisSegmentSearch *search, const char *text, int len)
{
	char		term[BI_MAX_FIELD_PREFIX];
	BisPostings *cursor;

	if (!BiIsFieldPrefix(text, len))
		return NULL;
	memcpy(term, text, len);
	term[len] = '\0';
	if (!BisTermsFindOn(search->terms, search->segment, term, len + 1))
		return BisDocSetNone(search->ndocs);
	cursor = palloc_object(BisPostings);
	BisPostingsOpen(cursor, search->segment, &search->terms->entry);
	return BisDocSetPostings(search->ndocs, cursor);
}

/* The articles with a word of the tsquery; for top see NodeContext. */
static BisDocSet *
word_docset(BisSegmentSearch *search, const QueryOperand *operand, bool top)
{
	const char *text = GETOPERAND(search->condition->tsquery) +
		operand->distance;
	BisPostings *cursor = NULL;
	BisDocSet  *bits;
	BisTermWalk walk;

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
	bits = field_prefix_docset(search, text, operand->length);
	if (bits != NULL)
		return bits;
	if (search->prefix_lists)
		return prefix_docset(search, operand);

	bits = BisDocSetBitmap(search->ndocs);
	cursor = palloc_object(BisPostings);
	begin_term_walk(search, operand, &walk);
	while (BisTermWalkNext(&walk))
	{
		BisPostingsOpen(cursor, search->segment, &search->terms->entry);
		BisDocSetAddPostings(bits, cursor);
	}
	pfree(cursor);
	return bits->cost == 0 ? BisDocSetNone(search->ndocs) : bits;
}

/* Number of item's operands, nested ones of the same operator flattened. */
static int
count_flat_operands(const QueryItem *item, int8 oper)
{
	check_stack_depth();
	if (item->type != QI_OPR || item->qoperator.oper != oper)
		return 1;
	return count_flat_operands(item + item->qoperator.left, oper) +
		count_flat_operands(item + 1, oper);
}

/* what node_docset needs to know of the nodes above */
typedef struct NodeContext
{
	bool		top;			/* every candidate has the node, so its
								 * cursors may lead */
	bool		in_phrase;
} NodeContext;

static BisDocSet *node_docset(BisSegmentSearch *search, const QueryItem *item,
							  NodeContext above, bool *exact);

/* Store the operands' doc sets in children; returns their number. */
static int
operand_docsets(BisSegmentSearch *search, const QueryItem *item, int8 oper,
				NodeContext above, bool *exact, BisDocSet **children)
{
	bool		child_exact;
	int			n;

	if (item->type == QI_OPR && item->qoperator.oper == oper)
	{
		n = operand_docsets(search, item + item->qoperator.left, oper, above,
							exact, children);
		return n + operand_docsets(search, item + 1, oper, above, exact,
								   children + n);
	}
	children[0] = node_docset(search, item, above, &child_exact);
	*exact &= child_exact;
	return 1;
}

/* The articles in which item may be true; if *exact, in which it is true. */
static BisDocSet *
node_docset(BisSegmentSearch *search, const QueryItem *item, NodeContext above,
			bool *exact)
{
	BisDocSet **children;
	BisDocSet  *child;
	int			n;
	int8		oper;

	check_stack_depth();
	*exact = true;
	if (item->type == QI_VAL)
	{
		if (may_be_continuation(&item->qoperand,
								GETOPERAND(search->condition->tsquery)))
		{
			*exact = false;
			return BisDocSetAll(search->ndocs);
		}
		*exact = item->qoperand.weight == 0;
		return word_docset(search, &item->qoperand, above.top);
	}
	oper = item->qoperator.oper;
	above.top &= oper == OP_AND || oper == OP_PHRASE;
	above.in_phrase |= oper == OP_PHRASE;
	if (oper == OP_NOT)
	{
		child = node_docset(search, item + 1, above, exact);
		*exact &= !above.in_phrase;
		return *exact ? BisDocSetNot(search->ndocs, child) :
			BisDocSetAll(search->ndocs);
	}
	children = palloc_array(BisDocSet *, count_flat_operands(item, oper));
	n = operand_docsets(search, item, oper, above, exact, children);
	if (oper == OP_OR)
		return BisDocSetOr(search->ndocs, children, n);
	*exact &= oper == OP_AND;
	return BisDocSetAnd(search->ndocs, children, n);
}

static BisDocSet *array_docset(BisCondition *condition, BisSegment *segment);

/*
 * Begin applying a condition to a segment; returns its candidates.
 * search->terms may be set already, to be shared with other searches.
 */
static BisDocSet *
begin_search(BisSegmentSearch *search, BisCondition *condition, BisSegment *segment)
{
	NodeContext above = {true, false};
	BisDocSet **docsets;
	bool		exact;
	bool		bigrams_exact = false;
	int			n = 0;

	search->condition = condition;
	search->segment = segment;
	search->ndocs = segment->header->ndocs;
	search->cursors = NULL;
	search->positions = NULL;
	search->vector = NULL;
	if (condition->any)
		return array_docset(condition, segment);
	if (search->terms == NULL)
	{
		search->terms = palloc_object(BisTerms);
		BisTermsInit(search->terms);
	}
	if (condition->tsquery->size == 0)
		return BisDocSetNone(search->ndocs);
	docsets = palloc_array(BisDocSet *, condition->bigram_filter->n + 1);
	if (condition->terms != NULL)
	{
		search->cursors = BisCursorSourceOpen(segment, search->terms,
											  condition->terms);
		n = BisBigramFilterDocSets(condition->bigram_filter, search->cursors,
								   docsets, &bigrams_exact);
	}
	docsets[n++] = node_docset(search, GETQUERY(condition->tsquery), above,
							   &exact);
	if (bigrams_exact)
		search->cursors = NULL;
	if (search->cursors != NULL && condition->query != NULL)
		search->positions = BisPositionSourceOpen(search->cursors,
												  condition->recheck);
	if (search->cursors != NULL && search->positions == NULL)
		search->vector = BisArticleVectorOpen(search->cursors);
	return BisDocSetAnd(search->ndocs, docsets, n);
}

/* Recheck a candidate for all conditions that are not exact. */
static bool
article_matches_all(BisSegmentSearch *searches, int n, uint32 doc)
{
	for (int i = 0; i < n; i++)
	{
		if (searches[i].cursors != NULL &&
			!search_matches_article(&searches[i], doc))
			return false;
	}
	return true;
}

/*
 * The first article of docset, not before doc, that satisfies the filter
 * (NULL: none); BIS_NO_DOC if there is none.
 */
static uint32
advance_filtered(BisDocSet *docset, BisSegmentFilter *filter, uint32 doc)
{
	doc = BisDocSetAdvance(docset, doc);
	while (filter != NULL && doc != BIS_NO_DOC && !BisFilterHas(filter, doc))
	{
		CHECK_FOR_INTERRUPTS();
		doc = BisFilterAdvance(filter, doc + 1);
		if (doc != BIS_NO_DOC)
			doc = BisDocSetAdvance(docset, doc);
	}
	return doc;
}

/* Recheck the articles of docset that are not in known (NULL: none are). */
static void
report_each_article(BisSegmentSearch *searches, int n, BisDocSet *docset,
					BisSegmentFilter *filter, const BisDocSet *known,
					BisSearchFound found, void *arg)
{
	BisSegment *segment = searches[0].segment;
	uint64		bits[BIS_WINDOW_WORDS] = {0};
	uint32		first = 0;
	bool		any = false;

	BisDocSetPrepare(docset, docset->ndocs);
	for (uint32 doc = advance_filtered(docset, filter, 0); doc != BIS_NO_DOC;
		 doc = advance_filtered(docset, filter, doc + 1))
	{
		CHECK_FOR_INTERRUPTS();
		if (known != NULL && BisDocSetHasBit(known, doc))
			continue;
		if (!article_matches_all(searches, n, doc))
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

/* Report all articles of docset, one bitmap window at a time. */
static void
report_windows(BisSegment *segment, BisDocSet *docset,
			   BisSegmentFilter *filter, BisSearchFound found, void *arg)
{
	for (uint32 first = 0; first < docset->ndocs; first += BIS_WINDOW)
	{
		uint64		bits[BIS_WINDOW_WORDS];
		uint64		any = 0;

		CHECK_FOR_INTERRUPTS();
		if (filter != NULL &&
			BisFilterAdvance(filter, first) - first >= BIS_WINDOW)
			continue;
		BisDocSetWindow(docset, first, bits);
		if (filter != NULL)
			BisFilterBits(filter, first, bits, BIS_WINDOW_WORDS);
		for (int i = 0; i < BIS_WINDOW_WORDS; i++)
			any |= bits[i];
		if (any != 0)
			found(arg, segment, first, bits);
	}
}

/* Report the articles of docset; with recheck, only those that match. */
static void
report_articles(BisSegmentSearch *searches, int n, BisDocSet *docset,
				BisSegmentFilter *filter, bool recheck,
				const BisDocSet *known, BisSearchFound found, void *arg)
{
	if (recheck || docset->cost < docset->ndocs / WINDOW_FRACTION)
		report_each_article(searches, n, docset, filter, known, found, arg);
	else
		report_windows(searches[0].segment, docset, filter, found, arg);
}

/* BisSearchFound callback: add articles that match one query of an array. */
static void
add_matching_window(void *arg, BisSegment *segment pg_attribute_unused(),
					uint32 first, const uint64 *bits)
{
	BisDocSetAddWindow(arg, first, bits);
}

/* Add the articles that match one query of an array to bits. */
static void
add_query_articles(BisCondition *any, Datum query, BisSegment *segment,
				   BisTerms *terms, BisDocSet *bits)
{
	BisSegmentSearch search = {.terms = terms};
	BisCondition *condition = make_condition(any->strategy, query,
											 any->source);
	BisDocSet  *docset = begin_search(&search, condition, segment);

	if (docset->kind == BIS_DOCSET_POSTINGS && search.cursors == NULL)
		BisDocSetAddPostings(bits, docset->cursor);
	else
		report_articles(&search, 1, docset, NULL, search.cursors != NULL,
						bits, add_matching_window, bits);
}

/* The articles that match any query of an array, as a bitmap. */
static BisDocSet *
array_docset(BisCondition *condition, BisSegment *segment)
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
		add_query_articles(condition, condition->queries[i], segment, terms,
						   bits);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return bits->cost == 0 ? BisDocSetNone(bits->ndocs) : bits;
}

/*
 * The candidates of all conditions.  Arrays come last, as they are costly and
 * need not be searched if another condition finds nothing.
 */
static BisDocSet *
begin_searches(BisSegmentSearch *searches, BisCondition **conditions, int nconditions,
			   BisSegment *segment)
{
	BisDocSet **children = palloc_array(BisDocSet *, nconditions);
	BisDocSet  *docset = BisDocSetAll(segment->header->ndocs);
	int			n = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < nconditions; i++)
		{
			if (conditions[i]->any != (pass == 1))
				continue;
			searches[n].segment = segment;
			docset = begin_search(&searches[n], conditions[i], segment);
			if (docset->kind == BIS_DOCSET_NONE)
				return docset;
			children[n++] = docset;
		}
	}
	return BisDocSetAnd(segment->header->ndocs, children, n);
}

void
BisSearchMake(Relation index, ScanKey keys, int nkeys, BisSearch *search)
{
	search->nconditions = 0;
	search->conditions = palloc_array(BisCondition *, Max(nkeys, 1));
	for (int i = 0; i < nkeys; i++)
	{
		if (keys[i].sk_attno > 1)
			continue;
		search->conditions[search->nconditions++] =
			keys[i].sk_flags & SK_SEARCHARRAY ?
			BisConditionMakeAny(keys[i].sk_strategy, keys[i].sk_argument) :
			BisConditionMake(keys[i].sk_strategy, keys[i].sk_argument);
	}
	search->types = BisColumnTypesOf(index);
	search->filter = BisFilterMake(index, keys, nkeys);
}

bool
BisSearchMatches(const BisSearch *search, void *content, Size size)
{
	BisArticle	article;

	BisArticleSplit(search->types, content, size, &article);
	if (search->filter != NULL &&
		!BisFilterMatches(search->filter, article.values))
		return false;
	for (int i = 0; i < search->nconditions; i++)
	{
		if (!BisConditionMatchesStored(search->conditions[i], article.vector,
									   article.size))
			return false;
	}
	return true;
}

void
BisSearchSegment(const BisSearch *search, BisSegment *segment,
				 BisSearchCounted counted, BisSearchFound found, void *arg)
{
	int			nconditions = search->nconditions;
	BisSegmentSearch *searches = palloc0_array(BisSegmentSearch,
											   Max(nconditions, 1));
	BisDocSet  *docset = begin_searches(searches, search->conditions,
										nconditions, segment);
	BisSegmentFilter *part;
	bool		recheck = false;

	searches[0].segment = segment;
	if (docset->kind == BIS_DOCSET_NONE)
		return;
	part = BisFilterSegment(search->filter, segment);
	for (int i = 0; i < nconditions; i++)
		recheck |= searches[i].cursors != NULL;
	if (counted != NULL && !recheck && docset->kind == BIS_DOCSET_POSTINGS &&
		(part == NULL || BisFilterIsAll(part)) &&
		counted(arg, docset->cursor->term.ndocs))
		return;
	report_articles(searches, nconditions, docset, part, recheck, NULL, found,
					arg);
}

BisSegmentSearch *
BisSegmentSearchBegin(BisCondition *condition, BisSegment *segment,
					  BisDocSet **docset)
{
	BisSegmentSearch *search = palloc0_object(BisSegmentSearch);

	search->prefix_lists = true;
	*docset = begin_search(search, condition, segment);
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
	return search->cursors == NULL || search_matches_article(search, doc);
}
