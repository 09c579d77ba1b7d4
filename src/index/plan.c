/*
 * plan.c
 *	  What a search asks of a segment.
 *
 * Both kinds of queries are a tsquery here that finds what they find and
 * perhaps more (candidates.h).  Of its nodes, a word without weights, and
 * what AND, OR and NOT make of such, are exact; a phrase is the AND of its
 * sides.  A NOT of what is not exact is everything, and so is one within a
 * phrase, where it is about a position.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/candidates.h"
#include "index/docs.h"
#include "index/plan.h"
#include "index/wants.h"
#include "match/eval.h"
#include "match/sources.h"

struct BisPlan
{
	BiQuery    *query;			/* NULL: for tsquery's operator */
	TSQuery		tsquery;		/* what BisPlanMatches is asked, or what
								 * finds all that it might find */
	bool		same;			/* does it find nothing more? */
	MemoryContext scratch;		/* for one article */
	BiTsvectorSource source;
};

/* a plan being applied to a segment */
typedef struct BisSearch
{
	BisPlan    *plan;
	BisSegment *segment;
	BisTerms   *terms;
	BisWants   *wants;			/* NULL: all is exact */
	uint32		ndocs;
	bool		lists;			/* a prefix is an OR of lists, not a bitmap */
} Search;

/*
 * Does query say no more than BiCandidates can?  A NOT counts here, unlike
 * with GIN: an article comes into an index like ours with all of its terms.
 */
static bool
is_plain(const BiQuery *query)
{
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		switch ((BiNodeKind) node->kind)
		{
			case BI_AND:
			case BI_OR:
			case BI_NOT:
			case BI_ITEM:
				break;
			case BI_ATLEAST:
				if (node->arg > 1)
					return false;
				break;
			case BI_WORD:
				if (node->flags & BI_PATTERN)
					return false;
				break;
			default:
				return false;
		}
	}
	return BiCandidatesPrecision(query) != BI_EVERYTHING;
}

BisPlan *
BisPlanMake(StrategyNumber strategy, Datum query)
{
	BisPlan    *plan = palloc0_object(BisPlan);

	plan->scratch = AllocSetContextCreate(CurrentMemoryContext,
										  "bisearch article",
										  ALLOCSET_DEFAULT_SIZES);
	if (strategy == BIS_MATCH_TSQUERY)
	{
		plan->tsquery = DatumGetTSQueryCopy(query);
		plan->same = true;
	}
	else
	{
		plan->query = BiQueryGet(query);
		plan->tsquery = BiCandidates(plan->query);
		plan->same = is_plain(plan->query);
	}
	return plan;
}

bool
BisPlanMatches(BisPlan *plan, TSVector vector)
{
	MemoryContext caller = MemoryContextSwitchTo(plan->scratch);
	bool		result;

	if (plan->query != NULL)
	{
		BiTsvectorSourceInit(&plan->source, vector);
		result = BiMatches(plan->query, &plan->source.source);
	}
	else
		result = DatumGetBool(DirectFunctionCall2(ts_match_vq,
												  TSVectorGetDatum(vector),
												  TSQueryGetDatum(plan->tsquery)));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(plan->scratch);
	return result;
}

/* Look closely at an article that may match. */
static bool
search_matches(Search *search, uint32 doc)
{
	BisPlan    *plan = search->plan;
	BiSource   *source = BisWantsSource(search->wants, doc);
	MemoryContext caller;
	bool		result;

	if (source == NULL)
		return BisPlanMatches(plan, BisWantsVector(search->wants, doc));
	caller = MemoryContextSwitchTo(plan->scratch);
	result = BiMatches(plan->query, source);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(plan->scratch);
	return result;
}

/* The articles with a term that begins with the operand. */
static BisDocs *
prefix_lists(Search *search, const QueryOperand *operand)
{
	const char *text = GETOPERAND(search->plan->tsquery) + operand->distance;
	BisDocs   **lists = palloc_array(BisDocs *, 8);
	int			n = 0;

	BisTermsSeek(search->terms, search->segment, text, operand->length);
	while (BisTermsNext(search->terms) &&
		   search->terms->len >= (int) operand->length &&
		   memcmp(search->terms->term, text, operand->length) == 0)
	{
		BisCursor  *cursor = palloc_object(BisCursor);

		CHECK_FOR_INTERRUPTS();
		BisCursorOpen(cursor, search->segment, &search->terms->entry);
		/* room for 8, 16, 32, ... */
		if (n >= 8 && (n & (n - 1)) == 0)
			lists = repalloc_huge(lists, (Size) n * 2 * sizeof(BisDocs *));
		lists[n++] = BisDocsList(search->ndocs, cursor);
	}
	return BisDocsOr(search->ndocs, lists, n);
}

/* The articles with a word of the tsquery; top: see Place. */
static BisDocs *
word_docs(Search *search, const QueryOperand *operand, bool top)
{
	const char *text = GETOPERAND(search->plan->tsquery) + operand->distance;
	BisCursor  *cursor = NULL;
	BisDocs    *bits;

	if (!operand->prefix)
	{
		if (top && search->wants != NULL)
			cursor = BisWantsTake(search->wants, text, operand->length);
		if (cursor == NULL)
		{
			if (!BisTermsFind(search->terms, search->segment, text,
							  operand->length))
				return BisDocsNone(search->ndocs);
			cursor = palloc_object(BisCursor);
			BisCursorOpen(cursor, search->segment, &search->terms->entry);
		}
		return BisDocsList(search->ndocs, cursor);
	}
	if (search->lists)
		return prefix_lists(search, operand);

	bits = BisDocsBits(search->ndocs);
	cursor = palloc_object(BisCursor);
	BisTermsSeek(search->terms, search->segment, text, operand->length);
	while (BisTermsNext(search->terms) &&
		   search->terms->len >= (int) operand->length &&
		   memcmp(search->terms->term, text, operand->length) == 0)
	{
		CHECK_FOR_INTERRUPTS();
		BisCursorOpen(cursor, search->segment, &search->terms->entry);
		BisDocsAddList(bits, cursor);
	}
	pfree(cursor);
	return bits->cost == 0 ? BisDocsNone(search->ndocs) : bits;
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

static BisDocs *make_docs(Search *search, const QueryItem *item, Place place,
						  bool *exact);

/* Put the operands' articles into children; returns their number. */
static int
make_children(Search *search, const QueryItem *item, int8 oper, Place place,
			  bool *exact, BisDocs **children)
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
static BisDocs *
make_docs(Search *search, const QueryItem *item, Place place, bool *exact)
{
	BisDocs   **children;
	BisDocs    *child;
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
		return *exact ? BisDocsNot(search->ndocs, child) :
			BisDocsAll(search->ndocs);
	}
	children = palloc_array(BisDocs *, count_operands(item, oper));
	n = make_children(search, item, oper, place, exact, children);
	if (oper == OP_OR)
		return BisDocsOr(search->ndocs, children, n);
	*exact &= oper == OP_AND;
	return BisDocsAnd(search->ndocs, children, n);
}

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

/* Begin to apply a plan; its articles. */
static BisDocs *
begin_search(Search *search, BisPlan *plan, BisSegment *segment)
{
	Place		place = {true, false};
	bool		exact;

	search->plan = plan;
	search->segment = segment;
	search->ndocs = segment->header->ndocs;
	search->terms = palloc_object(BisTerms);
	search->wants = NULL;
	if (plan->tsquery->size == 0)
		return BisDocsNone(search->ndocs);
	if (!plan->same || !is_exact(plan->tsquery))
		search->wants = BisWantsOpen(segment, plan->query, plan->tsquery);
	return make_docs(search, GETQUERY(plan->tsquery), place, &exact);
}

void
BisPlanSearch(BisPlan **plans, int nplans, BisSegment *segment,
			  BisPlanFound found, void *arg)
{
	Search	   *searches = palloc0_array(Search, nplans);
	BisDocs   **children = palloc_array(BisDocs *, nplans);
	BisDocs    *docs;

	for (int i = 0; i < nplans; i++)
		children[i] = begin_search(&searches[i], plans[i], segment);
	docs = BisDocsAnd(segment->header->ndocs, children, nplans);
	BisDocsPrepare(docs, segment->header->ndocs);
	for (uint32 doc = BisDocsSeek(docs, 0); doc != BIS_NO_DOC;
		 doc = BisDocsSeek(docs, doc + 1))
	{
		bool		matches = true;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nplans && matches; i++)
		{
			if (searches[i].wants != NULL)
				matches = search_matches(&searches[i], doc);
		}
		if (matches)
			found(arg, segment, doc);
	}
}

BisSearch *
BisPlanBegin(BisPlan *plan, BisSegment *segment, BisDocs **docs)
{
	Search	   *search = palloc0_object(Search);

	search->lists = true;
	*docs = begin_search(search, plan, segment);
	return search;
}

bool
BisSearchIsExact(const BisSearch *search)
{
	return search->wants == NULL;
}

bool
BisSearchMatches(BisSearch *search, uint32 doc)
{
	return search->wants == NULL || search_matches(search, doc);
}
