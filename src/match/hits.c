/*
 * hits.c
 *	  What of a document made it match.
 *
 * The walk goes down from the root and leaves out each branch that fails, so
 * that what remains is true on its own.  A proximity is gone through twice:
 * forward for the spans after each link, then backward from its last link, to
 * leave only spans that lead on to one of the whole.  Links are applied to
 * sets of spans, so a set that goes back through a link leaves exactly the
 * spans that have a partner.
 *
 * Keeping the spans after every link of a long chain would take too much
 * memory; so the chain is halved again and again: forward to the middle, the
 * second half backward, then the first half, of which the spans at its end are
 * known by then.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "match/prox_join.h"

/* marks that are collected before they are sorted */
#define FIRST_COMPACT	(1 << 16)

/* what BiMatches says of a node, once asked */
typedef enum Verdict
{
	UNKNOWN,
	NO,
	YES
} Verdict;

typedef struct Marker
{
	const BiQuery *query;
	BiSource   *source;
	bool		partial;		/* AND asks for no more than OR */
	bool		nodes;			/* tell operands apart */
	uint8	   *verdicts;		/* of each node */
	uint64		held;			/* spans held while chains are halved */
	BiHit	   *marks;
	Size		n;
	Size		size;
	Size		compact;		/* sort when n gets here */
} Marker;

/* a chain being traced */
typedef struct ChainTrace
{
	Marker	   *marker;
	const BiNode **links;
} ChainTrace;

static void mark_spans(Marker *marker, const BiNode *node,
					   const BiSpanList *live);

static int
compare_marks(const void *a, const void *b)
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

/* Sort the marks and drop what is there twice. */
static void
sort_marks(Marker *marker)
{
	bool		sorted = true;

	for (Size i = 1; i < marker->n && sorted; i++)
		sorted = compare_marks(&marker->marks[i - 1], &marker->marks[i]) < 0;
	if (!sorted)
	{
		qsort(marker->marks, marker->n, sizeof(BiHit), compare_marks);
		marker->n = qunique(marker->marks, marker->n, sizeof(BiHit),
							compare_marks);
	}
	if (marker->n > BI_MAX_HITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("search has too many matches in one document"),
				 errdetail("The limit is %d.", BI_MAX_HITS)));
	marker->compact = Max(FIRST_COMPACT, 2 * marker->n);
}

static void
add_mark(Marker *marker, const BiNode *item, uint32 start, uint32 end)
{
	BiHit	   *mark;

	if (marker->n == marker->compact)
		sort_marks(marker);
	if (marker->n == marker->size)
	{
		marker->size = marker->size * 2 + 32;
		marker->marks = marker->marks == NULL ?
			palloc(marker->size * sizeof(BiHit)) :
			repalloc_huge(marker->marks, marker->size * sizeof(BiHit));
	}
	mark = &marker->marks[marker->n++];
	mark->start = start;
	mark->end = end;
	mark->node = marker->nodes ? item - marker->query->nodes : 0;
}

/* Does the document match node?  Asked once. */
static bool
matches(Marker *marker, const BiNode *node)
{
	uint8	   *verdict = &marker->verdicts[node - marker->query->nodes];
	bool		all = node->kind == BI_AND && !marker->partial;
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
				if (matches(marker, child) != all)
					result = !all;
			}
			break;
		default:
			result = BiNodeMatches(marker->query, node, marker->source);
	}
	*verdict = result ? YES : NO;
	return result;
}

/* Mark the spans of an ITEM, of which only those in live if it is given. */
static void
mark_item(Marker *marker, const BiNode *item, const BiSpanList *live)
{
	BiSpanList	list;

	BiSpanListInit(&list);
	BiNodeSpans(marker->query, item, marker->source, BI_GOAL_ALL, &list);
	for (uint32 i = 0; i < list.n; i++)
	{
		if (live == NULL || BiSpanListHolds(live, &list.spans[i]))
			add_mark(marker, item, list.spans[i].start, list.spans[i].end);
	}
	if (live == NULL)
	{
		/* what find does not tell of, nor do spans */
		if (BiNodeIsClamped(marker->query, item, marker->source))
			add_mark(marker, item, BI_CLAMPED_POSITION, BI_CLAMPED_POSITION);
		else if (list.n == 0)
			add_mark(marker, item, 0, 0);
	}
	if (list.spans != NULL)
		pfree(list.spans);
}

/* A copy of list, which counts as held. */
static BiSpanList
copy_list(Marker *marker, const BiSpanList *list)
{
	BiSpanList	copy;

	marker->held += list->n;
	BiSpansCheckNumber(marker->held);
	BiSpanListInit(&copy);
	for (uint32 i = 0; i < list->n; i++)
		BiSpanListAdd(&copy, &list->spans[i]);
	return copy;
}

static void
free_list(BiSpanList *list)
{
	if (list->spans != NULL)
		pfree(list->spans);
	BiSpanListInit(list);
}

/* Make left, the spans before link number from, those before number to. */
static void
go_forward(ChainTrace *trace, int from, int to, BiSpanList *left)
{
	BiProxJoinStep step;

	step.left = *left;
	for (int i = from; i < to && step.left.n > 0; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (BiProxJoinBegin(&step, trace->marker->query, trace->links[i],
							trace->marker->source))
			BiProxJoinApply(&step, BI_GOAL_ALL, 0);
		else if ((trace->links[i]->flags & BI_NEGATED) == 0)
			step.left.n = 0;
		free_list(&step.right);
	}
	*left = step.left;
}

/* Leave only what is in live too. */
static void
intersect(BiSpanList *list, const BiSpanList *live)
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

/* Go back through link number i, as trace_links does, and mark its operand. */
static void
trace_link(ChainTrace *trace, int i, BiSpanList *left, const BiSpanList *live)
{
	const BiNode *link = trace->links[i];
	BiProxJoinStep step;

	if (link->flags & BI_NEGATED)
	{
		go_forward(trace, i, i + 1, left);
		intersect(left, live);
		return;
	}
	step.left = *left;
	if (BiProxJoinBegin(&step, trace->marker->query, link,
						trace->marker->source))
	{
		BiProxJoinTrace(&step, live);
		if (step.right.n > 0)
			mark_spans(trace->marker, BiNodeEnd(link), &step.right);
	}
	else
		step.left.n = 0;
	free_list(&step.right);
	*left = step.left;
}

/*
 * left are all spans before link number from.  Leave only those that lead to
 * one in live (NULL: to any) before link number to, and mark the operands of
 * these links.
 */
static void
trace_links(ChainTrace *trace, int from, int to, BiSpanList *left,
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
		trace_link(trace, from, left, live);
		return;
	}
	held = left->n;
	halfway = copy_list(trace->marker, left);
	go_forward(trace, from, middle, &halfway);
	trace_links(trace, middle, to, &halfway, live);
	trace_links(trace, from, middle, left, &halfway);
	free_list(&halfway);
	trace->marker->held -= held;
}

/* Mark what takes part in the spans of a CHAIN, or in those in live. */
static void
mark_chain(Marker *marker, const BiNode *chain, const BiSpanList *live)
{
	ChainTrace	trace;
	BiSpanList	left;
	int			nlinks = 0;

	trace.marker = marker;
	trace.links = palloc_array(const BiNode *, chain->size);
	for (const BiNode *child = BiNodeEnd(BiNodeFirst(chain));
		 child < BiNodeEnd(chain); child = BiNodeEnd(BiNodeEnd(child)))
		trace.links[nlinks++] = child;

	BiSpanListInit(&left);
	BiNodeSpans(marker->query, BiNodeFirst(chain), marker->source,
				BI_GOAL_ALL, &left);
	BiSpanListSort(&left);
	trace_links(&trace, 0, nlinks, &left, live);
	if (left.n > 0)
		mark_spans(marker, BiNodeFirst(chain), &left);
	free_list(&left);
	pfree(trace.links);
}

/*
 * Mark the spans of node, an operand of proximity; with live only those that
 * are in this sorted list.
 */
static void
mark_spans(Marker *marker, const BiNode *node, const BiSpanList *live)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			mark_item(marker, node, live);
			break;
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
				mark_spans(marker, child, live);
			break;
		case BI_PROX_CHAIN:
			mark_chain(marker, node, live);
			break;
		default:
			elog(ERROR, "bi_query node of kind %d has no spans", node->kind);
	}
}

/* Mark what makes node match. */
static void
mark(Marker *marker, const BiNode *node)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->kind == BI_NOT || !matches(marker, node))
		return;
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
		case BI_OR:
		case BI_ATLEAST:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
				mark(marker, child);
			break;
		default:
			mark_spans(marker, node, NULL);
	}
}

int
BiFindHits(const BiQuery *query, BiSource *source, bool partial, bool nodes,
		   BiHit **marks)
{
	Marker		marker = {0};

	*marks = NULL;
	if (query->nnodes == 0)
		return 0;
	marker.query = query;
	marker.source = source;
	marker.nodes = nodes;
	marker.compact = FIRST_COMPACT;
	marker.verdicts = palloc0(query->nnodes);
	if (partial && !matches(&marker, query->nodes))
	{
		memset(marker.verdicts, UNKNOWN, query->nnodes);
		marker.partial = true;
	}
	mark(&marker, query->nodes);
	sort_marks(&marker);
	*marks = marker.marks;
	return (int) marker.n;
}
