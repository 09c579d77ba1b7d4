/*
 * hits.c
 *	  Finds the hits in a document: what made it match.
 *
 * The query is traversed from the root, skipping each branch that fails, so
 * that what remains is true on its own.  A proximity takes two passes:
 * forward for the spans after each join, then backward from the last join, to
 * keep only spans that lead to a span of the whole chain.  Joins apply to
 * sets of spans, so tracing a set back through a join leaves exactly the
 * spans that have a partner.
 *
 * Keeping the spans after every join of a long chain would take too much
 * memory; so the chain is halved recursively: forward to the middle, then the
 * second half backward, then the first half, whose final spans are known by
 * then.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "match/prox_join.h"

/* hits that are collected before they are sorted */
#define FIRST_COMPACT	(1 << 16)

/* result of BiNodeMatches for a node, once known */
typedef enum Verdict
{
	UNKNOWN,
	NO,
	YES
} Verdict;

typedef struct HitFinder
{
	const BiQuery *query;
	BiSource   *source;
	bool		partial;		/* treat AND as OR */
	bool		nodes;			/* distinguish operands */
	bool		values;			/* are values of fields unknown? */
	uint8	   *verdicts;		/* of each node */
	uint64		held;			/* spans kept while chains are halved */
	BiHit	   *hits;
	Size		n;
	Size		size;
	Size		compact;		/* sort when n gets here */
} HitFinder;

/* a chain being traced */
typedef struct ChainTrace
{
	HitFinder  *finder;
	const BiNode **joins;
} ChainTrace;

static void add_span_hits(HitFinder *finder, const BiNode *node,
						  const BiSpanList *live);

static int
compare_hits(const void *a, const void *b)
{
	const BiHit *left = a;
	const BiHit *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	if (left->node != right->node)
		return left->node < right->node ? -1 : 1;
	return 0;
}

/* Sort the hits and remove duplicates. */
static void
sort_hits(HitFinder *finder)
{
	bool		sorted = true;

	for (Size i = 1; i < finder->n && sorted; i++)
		sorted = compare_hits(&finder->hits[i - 1], &finder->hits[i]) < 0;
	if (!sorted)
	{
		qsort(finder->hits, finder->n, sizeof(BiHit), compare_hits);
		finder->n = qunique(finder->hits, finder->n, sizeof(BiHit),
							compare_hits);
	}
	if (finder->n > BI_MAX_HITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("search has too many matches in one document"),
				 errdetail("The limit is %d.", BI_MAX_HITS)));
	finder->compact = Max(FIRST_COMPACT, 2 * finder->n);
}

static void
add_hit(HitFinder *finder, const BiNode *item, uint32 start, uint32 end)
{
	BiHit	   *hit;

	if (finder->n == finder->compact)
		sort_hits(finder);
	if (finder->n == finder->size)
	{
		finder->size = finder->size * 2 + 32;
		finder->hits = finder->hits == NULL ?
			palloc(finder->size * sizeof(BiHit)) :
			repalloc_huge(finder->hits, finder->size * sizeof(BiHit));
	}
	hit = &finder->hits[finder->n++];
	hit->start = start;
	hit->end = end;
	hit->node = finder->nodes ? item - finder->query->nodes : 0;
}

static bool
has_values(const BiQuery *query)
{
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (BiIsValue(&query->nodes[i]))
			return true;
	}
	return false;
}

/* May node be true (false, if not wanted), whatever the fields' values are? */
static bool
is_possible(const BiQuery *query, const BiNode *node, BiSource *source,
			bool wanted)
{
	bool		all = (node->kind == BI_AND) == wanted;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (BiIsValue(node))
		return true;
	if (node->kind == BI_NOT)
		return is_possible(query, BiNodeFirst(node), source, !wanted);
	if (node->kind != BI_AND && node->kind != BI_OR)
		return BiNodeMatches(query, node, source) == wanted;
	for (const BiNode *child = BiNodeFirst(node); child < BiNodeEnd(node);
		 child = BiNodeEnd(child))
	{
		if (is_possible(query, child, source, wanted) != all)
			return !all;
	}
	return all;
}

bool
BiTextMayMatch(const BiQuery *query, BiSource *source)
{
	if (!has_values(query))
		return BiMatches(query, source);
	return is_possible(query, query->nodes, source, true);
}

/* Does the document match node?  Evaluated once for each node. */
static bool
is_matched(HitFinder *finder, const BiNode *node)
{
	uint8	   *verdict = &finder->verdicts[node - finder->query->nodes];
	bool		all = node->kind == BI_AND && !finder->partial;
	bool		result;

	if (*verdict != UNKNOWN)
		return *verdict == YES;
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
		case BI_OR:
			result = all;
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node) && result == all;
				 child = BiNodeEnd(child))
			{
				if (is_matched(finder, child) != all)
					result = !all;
			}
			break;
		default:
			result = finder->values ?
				is_possible(finder->query, node, finder->source, true) :
				BiNodeMatches(finder->query, node, finder->source);
	}
	*verdict = result ? YES : NO;
	return result;
}

/* Add the spans of an ITEM as hits; with live only those in it. */
static void
add_item_hits(HitFinder *finder, const BiNode *item, const BiSpanList *live)
{
	BiSpanList	list;

	BiSpanListInit(&list);
	BiNodeSpans(finder->query, item, finder->source, BI_GOAL_ALL, &list);
	for (uint32 i = 0; i < list.n; i++)
	{
		if (live == NULL || BiSpanListHolds(live, &list.spans[i]))
			add_hit(finder, item, list.spans[i].start, list.spans[i].end);
	}
	if (live == NULL)
	{
		/* occurrences that neither find nor spans include */
		if (BiNodeIsClamped(finder->query, item, finder->source))
			add_hit(finder, item, BI_CLAMPED_POSITION, BI_CLAMPED_POSITION);
		else if (list.n == 0)
			add_hit(finder, item, 0, 0);
	}
	if (list.spans != NULL)
		pfree(list.spans);
}

/* A copy of list, which counts towards held. */
static BiSpanList
copy_span_list(HitFinder *finder, const BiSpanList *list)
{
	BiSpanList	copy;

	finder->held += list->n;
	BiSpansCheckNumber(finder->held);
	BiSpanListInit(&copy);
	for (uint32 i = 0; i < list->n; i++)
		BiSpanListAdd(&copy, &list->spans[i]);
	return copy;
}

static void
free_span_list(BiSpanList *list)
{
	if (list->spans != NULL)
		pfree(list->spans);
	BiSpanListInit(list);
}

/*
 * Turn left, the spans before join number from, into those before number to.
 */
static void
join_forward(ChainTrace *trace, int from, int to, BiSpanList *left)
{
	BiProxJoinStep step;

	step.left = *left;
	for (int i = from; i < to && step.left.n > 0; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (BiProxJoinBegin(&step, trace->finder->query, trace->joins[i],
							trace->finder->source))
			BiProxJoinApply(&step, BI_GOAL_ALL, 0);
		else if ((trace->joins[i]->flags & BI_NEGATED) == 0)
			step.left.n = 0;
		free_span_list(&step.right);
	}
	*left = step.left;
}

/* Keep only spans that are also in live, if not NULL. */
static void
keep_live(BiSpanList *list, const BiSpanList *live)
{
	uint32		n = 0;

	for (uint32 i = 0; i < list->n && live != NULL; i++)
	{
		if (BiSpanListHolds(live, &list->spans[i]))
			list->spans[n++] = list->spans[i];
	}
	if (live != NULL)
		list->n = n;
}

/*
 * Trace back through join number i, as trace_joins, and add its operand's
 * hits.
 */
static void
trace_join(ChainTrace *trace, int i, BiSpanList *left, const BiSpanList *live)
{
	const BiNode *join = trace->joins[i];
	BiProxJoinStep step;

	if (join->flags & BI_NEGATED)
	{
		join_forward(trace, i, i + 1, left);
		keep_live(left, live);
		return;
	}
	step.left = *left;
	if (BiProxJoinBegin(&step, trace->finder->query, join,
						trace->finder->source))
	{
		BiProxJoinTrace(&step, live);
		if (step.right.n > 0)
			add_span_hits(trace->finder, BiNodeEnd(join), &step.right);
	}
	else
		step.left.n = 0;
	free_span_list(&step.right);
	*left = step.left;
}

/*
 * left has all spans before join number from.  Keep only those that lead to
 * one in live (NULL: to any) before join number to, and add the hits of the
 * right operands of these joins.
 */
static void
trace_joins(ChainTrace *trace, int from, int to, BiSpanList *left,
			const BiSpanList *live)
{
	int			middle = from + (to - from) / 2;
	BiSpanList	halfway;
	uint32		held;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (left->n == 0)
		return;
	if (to - from == 1)
	{
		trace_join(trace, from, left, live);
		return;
	}
	held = left->n;
	halfway = copy_span_list(trace->finder, left);
	join_forward(trace, from, middle, &halfway);
	trace_joins(trace, middle, to, &halfway, live);
	trace_joins(trace, from, middle, left, &halfway);
	free_span_list(&halfway);
	trace->finder->held -= held;
}

/* Add what takes part in the spans of a PROX_CHAIN, or in those in live. */
static void
add_chain_hits(HitFinder *finder, const BiNode *chain, const BiSpanList *live)
{
	ChainTrace	trace;
	BiSpanList	left;
	int			njoins = 0;

	trace.finder = finder;
	trace.joins = palloc_array(const BiNode *, chain->size);
	for (const BiNode *child = BiNodeEnd(BiNodeFirst(chain));
		 child < BiNodeEnd(chain); child = BiNodeEnd(BiNodeEnd(child)))
		trace.joins[njoins++] = child;

	BiSpanListInit(&left);
	BiNodeSpans(finder->query, BiNodeFirst(chain), finder->source,
				BI_GOAL_ALL, &left);
	BiSpanListSort(&left);
	trace_joins(&trace, 0, njoins, &left, live);
	if (left.n > 0)
		add_span_hits(finder, BiNodeFirst(chain), &left);
	free_span_list(&left);
	pfree(trace.joins);
}

/*
 * Add the hits of node, an operand of a proximity; with live only those in
 * this sorted list of spans.
 */
static void
add_span_hits(HitFinder *finder, const BiNode *node, const BiSpanList *live)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			add_item_hits(finder, node, live);
			break;
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_span_hits(finder, child, live);
			break;
		case BI_PROX_CHAIN:
			add_chain_hits(finder, node, live);
			break;
		default:
			elog(ERROR, "bi_query node of kind %d has no spans", node->kind);
	}
}

/* Add what makes node match. */
static void
add_node_hits(HitFinder *finder, const BiNode *node)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->kind == BI_NOT || BiIsValue(node) || !is_matched(finder, node))
		return;
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
		case BI_OR:
		case BI_ATLEAST:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_node_hits(finder, child);
			break;
		default:
			add_span_hits(finder, node, NULL);
	}
}

int
BiFindHits(const BiQuery *query, BiSource *source, bool partial, bool nodes,
		   bool text, BiHit **hits)
{
	HitFinder	finder = {0};

	*hits = NULL;
	if (query->nnodes == 0)
		return 0;
	finder.query = query;
	finder.source = source;
	finder.nodes = nodes;
	finder.values = text && has_values(query);
	finder.compact = FIRST_COMPACT;
	finder.verdicts = palloc0(query->nnodes);
	if (partial && !is_matched(&finder, query->nodes))
	{
		memset(finder.verdicts, UNKNOWN, query->nnodes);
		finder.partial = true;
	}
	add_node_hits(&finder, query->nodes);
	sort_hits(&finder);
	*hits = finder.hits;
	return (int) finder.n;
}
