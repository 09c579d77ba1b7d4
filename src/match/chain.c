/*
 * chain.c
 *	  Proximity: spans combined from left to right.
 *
 * A pair of spans is near if no position serves both and
 *	- the one that begins later begins where the link's reach of the other
 *	  allows it (their near ends are at most n apart, or no mark ends a
 *	  sentence or paragraph between them), and
 *	- their near ends are in one field.
 * The near ends are the end of the span that begins first and the start of
 * the other, also where they overlap: then their distance is 0, and no
 * mark lies between them.  Two spans that begin at one position share it.
 *
 * How many spans a chain has.  A link over left and right spans has up to
 * left x right of them, so that a long chain of frequent words could have the
 * square of the document's length.  Where only the truth of the chain is
 * asked for, spans that cannot make a difference go:
 *
 *	- The last link is only asked whether it has a pair.
 *	- If all links to come are ordered, a span is only asked where it ends.
 *	- If all links to come are unordered and their operands single words, a
 *	  larger span of the same field is near whatever a smaller one is near,
 *	  unless the word stands on its first or last position.  m links take m
 *	  words; so of spans with one start (or one end), those with m + 1 larger
 *	  ones are never needed: one of the larger has its far end untouched by
 *	  the m words that the smaller would take.
 *
 * What is left is bounded by BI_MAX_SPANS.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/spans.h"

/* what one pass over a chain's nodes tells about it: links count from 0 */
typedef struct ChainShape
{
	int			nlinks;
	int			last_unordered; /* last link that is not ordered, or -1 */
	int			last_special;	/* last link that is ordered or negated */
	int			last_compound;	/* last link whose right operand is not made
								 * of single words */
} ChainShape;

/* one link being applied */
typedef struct ChainStep
{
	const BiNode *link;
	BiSpanList	left;
	BiSpanList	right;
	uint32		width;			/* last position of a right span is at most
								 * so far behind its first */
	const uint32 *marks;
	int			nmarks;
} ChainStep;

/* what the near end of a right span must be for a given left span */
typedef struct Reach
{
	uint32		low_end;		/* it ends here or behind */
	uint32		high_start;		/* it begins here or before */
} Reach;

/*
 * Can node have a span at all: are the words there that it needs?  Cheaper
 * than spans, and answers no for most documents.
 */
static bool
is_possible(const BiQuery *query, const BiNode *node, BiSource *source)
{
	const BiNode *end = BiNodeEnd(node);
	bool		needed = true;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	if (node->kind == BI_WORD)
		return source->holds(source, query, node);

	for (const BiNode *child = BiNodeFirst(node);
		 child < end; child = BiNodeEnd(child))
	{
		bool		found;

		if (child->kind == BI_LINK)
		{
			needed = (child->flags & BI_NEGATED) == 0;
			continue;
		}
		if (!needed)
			continue;
		found = is_possible(query, child, source);
		if (found == (node->kind == BI_OR))
			return found;
	}
	return node->kind != BI_OR;
}

/* Does node have spans of one position and field only? */
static bool
has_single_words(const BiNode *node)
{
	for (const BiNode *n = node; n < BiNodeEnd(node); n++)
	{
		if (n->kind == BI_PHRASE || n->kind == BI_CHAIN)
			return false;
	}
	return true;
}

static ChainShape
chain_shape(const BiNode *chain)
{
	ChainShape	shape = {0, -1, -1, -1};

	for (const BiNode *child = BiNodeEnd(BiNodeFirst(chain));
		 child < BiNodeEnd(chain); child = BiNodeEnd(BiNodeEnd(child)))
	{
		CHECK_FOR_INTERRUPTS();
		if ((child->flags & BI_ORDERED) == 0)
			shape.last_unordered = shape.nlinks;
		if ((child->flags & (BI_ORDERED | BI_NEGATED)) != 0)
			shape.last_special = shape.nlinks;
		if (!has_single_words(BiNodeEnd(child)))
			shape.last_compound = shape.nlinks;
		shape.nlinks++;
	}
	return shape;
}

/* Is each span of list in one field? */
static bool
has_single_fields(const BiSpanList *list)
{
	for (uint32 i = 0; i < list->n; i++)
	{
		if (list->spans[i].start_field != list->spans[i].end_field)
			return false;
	}
	return true;
}

/* Number of marks before pos. */
static int
marks_before(const ChainStep *step, uint32 pos)
{
	int			low = 0;
	int			high = step->nmarks;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (step->marks[middle] < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where a right span may be for left. */
static Reach
reach_of(const ChainStep *step, const BiSpan *left)
{
	Reach		reach;
	int			mark;

	if (step->link->flags & BI_WITHIN)
	{
		uint32		n = step->link->arg;

		reach.low_end = left->start > n ? left->start - n : 0;
		reach.high_start = left->end + n;
		return reach;
	}

	mark = marks_before(step, left->start);
	reach.low_end = mark > 0 ? step->marks[mark - 1] + 1 : 0;
	mark = marks_before(step, left->end);
	reach.high_start = mark < step->nmarks ? step->marks[mark] : PG_UINT32_MAX;
	return reach;
}

/* Index of the first right span that begins at pos or behind it. */
static uint32
first_right(const ChainStep *step, uint32 pos)
{
	uint32		low = 0;
	uint32		high = step->right.n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (step->right.spans[middle].start < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Index of the first right span that left may be near to. */
static uint32
first_near(const ChainStep *step, const BiSpan *left, const Reach *reach)
{
	if (step->link->flags & BI_ORDERED)
		return first_right(step, left->end + 1);
	return first_right(step, reach->low_end > step->width ?
					   reach->low_end - step->width : 0);
}

/* Does span occupy some position from first to last? */
static bool
occupies(const BiSpan *span, uint32 first, uint32 last)
{
	if (span->solid)
		return span->start <= last && span->end >= first;
	return (span->start >= first && span->start <= last) ||
		(span->end >= first && span->end <= last);
}

/* Does some position serve both spans? */
static bool
share_position(const BiSpan *left, const BiSpan *right)
{
	if (right->solid)
		return occupies(left, right->start, right->end);
	return occupies(left, right->start, right->start) ||
		occupies(left, right->end, right->end);
}

/* Are left and right near each other?  reach is left's. */
static bool
is_pair(const ChainStep *step, const BiSpan *left, const BiSpan *right,
		const Reach *reach)
{
	if (right->start > left->end)
		return right->start <= reach->high_start &&
			left->end_field == right->start_field;
	if (step->link->flags & BI_ORDERED)
		return false;
	if (right->end < left->start)
		return right->end >= reach->low_end &&
			right->end_field == left->start_field;
	if (left->start <= right->start
		? left->end_field != right->start_field
		: right->end_field != left->start_field)
		return false;
	return !share_position(left, right);
}

/* Is some right span near left? */
static bool
has_pair(const ChainStep *step, const BiSpan *left)
{
	Reach		reach = reach_of(step, left);

	CHECK_FOR_INTERRUPTS();
	for (uint32 r = first_near(step, left, &reach);
		 r < step->right.n &&
		 step->right.spans[r].start <= reach.high_start; r++)
	{
		if (is_pair(step, left, &step->right.spans[r], &reach))
			return true;
	}
	return false;
}

/* The span that a pair makes. */
static BiSpan
joined(const BiSpan *left, const BiSpan *right)
{
	BiSpan		span;

	span.start = Min(left->start, right->start);
	span.end = Max(left->end, right->end);
	span.start_field = left->start <= right->start ?
		left->start_field : right->start_field;
	span.end_field = left->end >= right->end ?
		left->end_field : right->end_field;
	span.solid = false;
	return span;
}

/* Append the span that a pair makes, if there is a left one. */
static inline void
add_joined(BiSpanList *out, const BiSpan *left, const BiSpan *right)
{
	if (left != NULL)
	{
		BiSpan		span = joined(left, right);

		BiSpanListAdd(out, &span);
	}
}

/* Append the spans that left makes with every right span near it. */
static void
join_all(const ChainStep *step, const BiSpan *left, BiSpanList *out)
{
	Reach		reach = reach_of(step, left);
	bool		inside = false;

	for (uint32 r = first_near(step, left, &reach);
		 r < step->right.n &&
		 step->right.spans[r].start <= reach.high_start; r++)
	{
		const BiSpan *right = &step->right.spans[r];
		bool		is_inside = right->start > left->start &&
			right->end < left->end;

		if ((is_inside && inside) || !is_pair(step, left, right, &reach))
			continue;
		add_joined(out, left, right);
		if (is_inside && left->end - step->width > right->start)
		{
			/* all that are inside make this span: go to what may not be */
			inside = true;
			r = first_right(step, left->end - step->width) - 1;
		}
	}
}

/*
 * The same where right spans are single words and links to come too: append
 * the most spans that begin first, the most that end last, and left itself.
 */
static void
join_largest(const ChainStep *step, const BiSpan *left, uint32 most,
			 BiSpanList *out)
{
	Reach		reach = reach_of(step, left);
	uint32		begin = first_near(step, left, &reach);
	uint32		after = first_right(step, left->end + 1);
	uint32		count = 0;
	uint32		r;

	for (r = begin; r < after && count < most &&
		 step->right.spans[r].start < left->start; r++)
	{
		if (is_pair(step, left, &step->right.spans[r], &reach))
		{
			add_joined(out, left, &step->right.spans[r]);
			count++;
		}
	}

	for (r = first_right(step, left->start); r < after; r++)
	{
		if (is_pair(step, left, &step->right.spans[r], &reach))
		{
			add_joined(out, left, &step->right.spans[r]);
			break;
		}
	}

	count = 0;
	r = reach.high_start == PG_UINT32_MAX ? step->right.n :
		first_right(step, reach.high_start + 1);
	while (r > after && count < most)
	{
		r--;
		if (is_pair(step, left, &step->right.spans[r], &reach))
		{
			add_joined(out, left, &step->right.spans[r]);
			count++;
		}
	}
}

/* Order by end. */
static int
compare_end(const void *a, const void *b)
{
	uint32		left = ((const BiSpan *) a)->end;
	uint32		right = ((const BiSpan *) b)->end;

	CHECK_FOR_INTERRUPTS();
	return left < right ? -1 : left > right;
}

/*
 * The same where only ends matter: append a span for each right span that is
 * the later end of some pair, then one for each left span that is.  Leaves
 * left sorted by end.
 */
static void
join_ends(ChainStep *step, BiSpanList *out)
{
	const BiSpan *left = step->left.spans;
	bool		ordered = (step->link->flags & BI_ORDERED) != 0;
	uint32		before = 0;

	qsort(step->left.spans, step->left.n, sizeof(BiSpan), compare_end);
	for (uint32 r = 0; r < step->right.n; r++)
	{
		const BiSpan *right = &step->right.spans[r];
		const BiSpan *found = NULL;

		CHECK_FOR_INTERRUPTS();
		while (before < step->left.n && left[before].end < right->start)
			before++;
		for (uint32 l = before; found == NULL && l-- > 0;)
		{
			Reach		reach = reach_of(step, &left[l]);

			if (reach.high_start < right->start)
				break;
			if (is_pair(step, &left[l], right, &reach))
				found = &left[l];
		}
		for (uint32 l = before; found == NULL && !ordered &&
			 l < step->left.n && left[l].end < right->end; l++)
		{
			Reach		reach = reach_of(step, &left[l]);

			if (is_pair(step, &left[l], right, &reach))
				found = &left[l];
		}
		add_joined(out, found, right);
	}

	for (uint32 l = 0; l < step->left.n && !ordered; l++)
	{
		Reach		reach = reach_of(step, &left[l]);

		CHECK_FOR_INTERRUPTS();
		for (uint32 r = first_near(step, &left[l], &reach);
			 r < step->right.n && step->right.spans[r].start <= left[l].end;
			 r++)
		{
			if (step->right.spans[r].end <= left[l].end &&
				is_pair(step, &left[l], &step->right.spans[r], &reach))
			{
				add_joined(out, &left[l], &step->right.spans[r]);
				break;
			}
		}
	}
}

/*
 * The same where only starts matter: append a span for each left span that
 * is the earlier start of some pair, then one for each right span that is.
 */
static void
join_starts(const ChainStep *step, BiSpanList *out)
{
	const BiSpan *left = step->left.spans;
	bool		ordered = (step->link->flags & BI_ORDERED) != 0;
	uint32		behind = 0;

	for (uint32 l = 0; l < step->left.n; l++)
	{
		Reach		reach = reach_of(step, &left[l]);

		CHECK_FOR_INTERRUPTS();
		for (uint32 r = first_right(step, ordered ? left[l].end + 1 :
									left[l].start + 1);
			 r < step->right.n &&
			 step->right.spans[r].start <= reach.high_start; r++)
		{
			if (is_pair(step, &left[l], &step->right.spans[r], &reach))
			{
				add_joined(out, &left[l], &step->right.spans[r]);
				break;
			}
		}
	}

	for (uint32 r = 0; r < step->right.n && !ordered; r++)
	{
		const BiSpan *right = &step->right.spans[r];

		CHECK_FOR_INTERRUPTS();
		while (behind < step->left.n && left[behind].start <= right->start)
			behind++;
		for (uint32 l = behind; l < step->left.n; l++)
		{
			Reach		reach = reach_of(step, &left[l]);

			if (left[l].start > right->end && reach.low_end > right->end)
				break;
			if (is_pair(step, &left[l], right, &reach))
			{
				add_joined(out, &left[l], right);
				break;
			}
		}
	}
}

/*
 * Apply step: its left spans become those of the link's result, as far as
 * goal needs them.
 */
static void
apply_link(ChainStep *step, BiSpanGoal goal, uint32 most)
{
	BiSpanList	out;

	BiSpanListInit(&out);
	if (step->link->flags & BI_NEGATED)
	{
		for (uint32 l = 0; l < step->left.n; l++)
		{
			if (!has_pair(step, &step->left.spans[l]))
				BiSpanListAdd(&out, &step->left.spans[l]);
		}
	}
	else if (goal == BI_GOAL_ENDS)
		join_ends(step, &out);
	else if (goal == BI_GOAL_STARTS)
		join_starts(step, &out);
	else
	{
		for (uint32 l = 0; l < step->left.n; l++)
		{
			CHECK_FOR_INTERRUPTS();
			if (goal == BI_GOAL_LARGEST)
				join_largest(step, &step->left.spans[l], most, &out);
			else
				join_all(step, &step->left.spans[l], &out);
			if (out.n >= out.compact)
				BiSpanListThin(&out, goal, most);
		}
	}
	BiSpanListThin(&out, goal, most);

	if (step->left.spans != NULL)
		pfree(step->left.spans);
	step->left = out;
}

/* Find the right operand's spans; false if the link can have no pair. */
static bool
begin_link(ChainStep *step, const BiQuery *query, const BiNode *link,
		   BiSource *source)
{
	step->link = link;
	step->nmarks = 0;
	if ((link->flags & BI_WITHIN) == 0)
	{
		step->nmarks = source->marks(source,
									 (link->flags & BI_PARAGRAPH) != 0,
									 &step->marks);
		if (step->nmarks < 0)
			return false;
	}

	BiSpanListInit(&step->right);
	BiNodeSpans(query, BiNodeEnd(link), source, BI_GOAL_ALL, &step->right);
	BiSpanListSort(&step->right);
	step->width = 0;
	for (uint32 r = 0; r < step->right.n; r++)
		step->width = Max(step->width, step->right.spans[r].end -
						  step->right.spans[r].start);
	return step->right.n > 0;
}

/* What of the result of link number i the rest of the chain looks at. */
static BiSpanGoal
goal_after(const ChainShape *shape, int i, const ChainStep *step,
		   BiSpanGoal goal, bool exists)
{
	if (i == shape->nlinks - 1)
		return goal;
	if (!exists)
		return BI_GOAL_ALL;
	if (shape->last_unordered <= i)
		return BI_GOAL_ENDS;
	if (shape->last_special < i && shape->last_compound < i &&
		has_single_fields(&step->left))
		return BI_GOAL_LARGEST;
	return BI_GOAL_ALL;
}

/*
 * Go along the chain.  With exists, returns whether it has a span; else puts
 * those that goal needs into *result and returns whether there are any.
 */
static bool
run_chain(const BiQuery *query, const BiNode *chain, BiSource *source,
		  bool exists, BiSpanGoal goal, BiSpanList *result)
{
	ChainShape	shape = chain_shape(chain);
	const BiNode *link = BiNodeEnd(BiNodeFirst(chain));
	ChainStep	step;

	BiSpanListInit(&step.left);
	BiNodeSpans(query, BiNodeFirst(chain), source, BI_GOAL_ALL, &step.left);
	BiSpanListSort(&step.left);

	for (int i = 0; i < shape.nlinks && step.left.n > 0; i++)
	{
		bool		negated = (link->flags & BI_NEGATED) != 0;

		CHECK_FOR_INTERRUPTS();
		if (!begin_link(&step, query, link, source))
		{
			if (!negated)
				return false;
		}
		else if (exists && i == shape.nlinks - 1)
		{
			for (uint32 l = 0; l < step.left.n; l++)
			{
				if (has_pair(&step, &step.left.spans[l]) != negated)
					return true;
			}
			return false;
		}
		else
			apply_link(&step, goal_after(&shape, i, &step, goal, exists),
					   shape.nlinks - i);
		if (step.right.spans != NULL)
			pfree(step.right.spans);
		link = BiNodeEnd(BiNodeEnd(link));
	}

	if (!exists)
		*result = step.left;
	return step.left.n > 0;
}

/* Does the chain have a span? */
bool
BiChainExists(const BiQuery *query, const BiNode *chain, BiSource *source)
{
	return is_possible(query, chain, source) &&
		run_chain(query, chain, source, true, BI_GOAL_ALL, NULL);
}

/* Append the spans of the chain that goal needs to list. */
void
BiChainSpans(const BiQuery *query, const BiNode *chain, BiSource *source,
			 BiSpanGoal goal, BiSpanList *list)
{
	BiSpanList	result;

	if (!is_possible(query, chain, source) ||
		!run_chain(query, chain, source, false, goal, &result))
		return;
	for (uint32 i = 0; i < result.n; i++)
		BiSpanListAdd(list, &result.spans[i]);
}
