/*
 * spans.c
 *	  Lists of spans, and the spans of any operand of proximity.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "match/spans.h"

/* spans that a list collects before it is thinned */
#define FIRST_COMPACT	(1 << 16)

/* Make an empty list. */
void
BiSpanListInit(BiSpanList *list)
{
	list->spans = NULL;
	list->n = 0;
	list->size = 0;
	list->compact = FIRST_COMPACT;
}

/* Make room for at least one more span. */
void
BiSpanListGrow(BiSpanList *list)
{
	if (list->spans == NULL)
	{
		list->size = 16;
		list->spans = palloc(list->size * sizeof(BiSpan));
		return;
	}
	if (list->size > MaxAllocSize / (2 * sizeof(BiSpan)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many occurrences in one document")));
	list->size *= 2;
	list->spans = repalloc(list->spans, list->size * sizeof(BiSpan));
}

/* Order of spans in a list; a long sort can be cancelled here. */
static int
compare_spans(const void *a, const void *b)
{
	const BiSpan *left = a;
	const BiSpan *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	if (left->solid != right->solid)
		return left->solid ? 1 : -1;
	if (left->start_field != right->start_field)
		return left->start_field < right->start_field ? -1 : 1;
	if (left->end_field != right->end_field)
		return left->end_field < right->end_field ? -1 : 1;
	return 0;
}

/* Order that puts spans with one end and end field together. */
static int
compare_ends(const void *a, const void *b)
{
	const BiSpan *left = a;
	const BiSpan *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	if (left->end_field != right->end_field)
		return left->end_field < right->end_field ? -1 : 1;
	return 0;
}

/* Is list sorted already, without duplicates? */
static bool
is_sorted(const BiSpanList *list)
{
	for (uint32 i = 1; i < list->n; i++)
	{
		if (compare_spans(&list->spans[i - 1], &list->spans[i]) >= 0)
			return false;
	}
	return true;
}

void
BiSpanListSort(BiSpanList *list)
{
	if (is_sorted(list))
		return;
	qsort(list->spans, list->n, sizeof(BiSpan), compare_spans);
	list->n = qunique(list->spans, list->n, sizeof(BiSpan), compare_spans);
}

bool
BiSpanListHolds(const BiSpanList *list, const BiSpan *span)
{
	uint32		low = 0;
	uint32		high = list->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		int			order = compare_spans(&list->spans[middle], span);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Keep one span of each end. */
static void
keep_ends(BiSpanList *list)
{
	qsort(list->spans, list->n, sizeof(BiSpan), compare_ends);
	list->n = qunique(list->spans, list->n, sizeof(BiSpan), compare_ends);
}

/* Keep one span of each start. */
static void
keep_starts(BiSpanList *list)
{
	uint32		n = 0;

	for (uint32 i = 0; i < list->n; i++)
	{
		if (n == 0 || list->spans[n - 1].start != list->spans[i].start)
			list->spans[n++] = list->spans[i];
	}
	list->n = n;
}

/*
 * Of the spans with one start and start field, keep the most that end last.
 * Called for spans whose two fields are equal.
 */
static void
keep_largest(BiSpanList *list, uint32 most)
{
	uint32		begin = 0;
	uint32		n = 0;

	while (begin < list->n)
	{
		uint32		left[BI_ALL_FIELDS + 1] = {0};
		uint32		end = begin;

		while (end < list->n &&
			   list->spans[end].start == list->spans[begin].start)
			left[list->spans[end++].start_field & BI_ALL_FIELDS]++;
		for (; begin < end; begin++)
		{
			if (left[list->spans[begin].start_field & BI_ALL_FIELDS]-- <= most)
				list->spans[n++] = list->spans[begin];
		}
	}
	list->n = n;
}

void
BiSpansCheckNumber(uint64 n)
{
	if (n > BI_MAX_SPANS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("proximity search has too many combinations of occurrences in one document"),
				 errdetail("The limit is %d.", BI_MAX_SPANS),
				 errhint("Use smaller distances or rarer words.")));
}

void
BiSpanListThin(BiSpanList *list, BiSpanGoal goal, uint32 most)
{
	if (goal == BI_GOAL_ENDS)
		keep_ends(list);
	BiSpanListSort(list);
	if (goal == BI_GOAL_STARTS)
		keep_starts(list);
	else if (goal == BI_GOAL_LARGEST)
		keep_largest(list, most);

	BiSpansCheckNumber(list->n);
	list->compact = Max(FIRST_COMPACT, 2 * list->n);
}

/* Append the occurrences of a slot as spans of one position. */
static void
slot_spans(const BiQuery *query, const BiNode *slot, BiSource *source,
		   BiSpanList *list)
{
	const BiOccurrence *occurrences;
	int			n = BiSlotFind(query, slot, source, &occurrences);

	for (int i = 0; i < n; i++)
	{
		BiSpan		span;

		span.start = span.end = BiOccurrencePos(occurrences[i]);
		span.start_field = span.end_field = BiOccurrenceField(occurrences[i]);
		span.solid = true;
		BiSpanListAdd(list, &span);
	}
}

void
BiNodeSpans(const BiQuery *query, const BiNode *node, BiSource *source,
			BiSpanGoal goal, BiSpanList *list)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			BiNodeSpans(query, BiNodeFirst(node), source, goal, list);
			break;
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
				BiNodeSpans(query, child, source, goal, list);
			BiSpanListThin(list, BI_GOAL_ALL, 0);
			break;
		case BI_WORD:
		case BI_SAME:
			slot_spans(query, node, source, list);
			break;
		case BI_PHRASE:
			BiPhraseSpans(query, node, source, list);
			break;
		case BI_PROX_CHAIN:
			BiProxChainSpans(query, node, source, goal, list);
			break;
		default:
			elog(ERROR, "bi_query node of kind %d has no spans", node->kind);
	}
}

int
BiSpans(const BiQuery *query, const BiNode *node, BiSource *source,
		BiSpan **spans)
{
	BiSpanList	list;

	BiSpanListInit(&list);
	BiNodeSpans(query, node, source, BI_GOAL_ALL, &list);
	BiSpanListSort(&list);
	*spans = list.spans;
	return list.n;
}
