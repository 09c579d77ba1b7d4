/*
 * prox_join.c
 *	  One proximity join of a chain, between the spans of its two operands.
 *
 * A pair of spans is near if they share no position and
 *	- the later one begins within the join's reach of the other (their near
 *	  ends are at most n apart, or no boundary of a sentence or paragraph is
 *	  between them), and
 *	- their near ends are in one field.
 * The near ends are the end of the span that begins first and the start of
 * the other, even if they overlap: then their distance is 0, and no boundary
 * is between them.  Two spans that begin at one position share it.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/prox_grid.h"

/* left spans of which one is likely to have a pair, if any has */
#define FIRST_TRIES		64

/* where the near end of a right span must be for a given left span */
typedef struct Reach
{
	uint32		low_end;		/* it ends here or later */
	uint32		high_start;		/* it begins here or earlier */
} Reach;

/* Number of boundaries before pos. */
static int
boundaries_before(const BiProxJoinStep *step, uint32 pos)
{
	int			low = 0;
	int			high = step->nboundaries;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (step->boundaries[middle] < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32
BiProxJoinReach(const BiProxJoinStep *step, uint32 end)
{
	int			boundary;

	if (step->join->flags & BI_WITHIN)
		return end + step->join->arg;
	boundary = boundaries_before(step, end);
	return boundary < step->nboundaries ? step->boundaries[boundary] : PG_UINT32_MAX;
}

/* Where a right span must be to be near left. */
static Reach
reach_of(const BiProxJoinStep *step, const BiSpan *left)
{
	Reach		reach;
	int			boundary;

	reach.high_start = BiProxJoinReach(step, left->end);
	if (step->join->flags & BI_WITHIN)
	{
		uint32		n = step->join->arg;

		reach.low_end = left->start > n ? left->start - n : 0;
		return reach;
	}

	boundary = boundaries_before(step, left->start);
	reach.low_end = boundary > 0 ? step->boundaries[boundary - 1] + 1 : 0;
	return reach;
}

/* Index of the first right span that begins at or after pos. */
static uint32
first_right(const BiProxJoinStep *step, uint32 pos)
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

/* Index of the first right span that may be near left. */
static uint32
first_near(const BiProxJoinStep *step, const BiSpan *left, const Reach *reach)
{
	if (step->join->flags & BI_ORDERED)
		return first_right(step, left->end + 1);
	return first_right(step, reach->low_end > step->width ?
					   reach->low_end - step->width : 0);
}

/* Index of the first right span that begins beyond reach. */
static uint32
first_beyond(const BiProxJoinStep *step, const Reach *reach)
{
	return reach->high_start == PG_UINT32_MAX ? step->right.n :
		first_right(step, reach->high_start + 1);
}

bool
BiProxJoinHasPairs(const BiProxJoinStep *step, uint64 n)
{
	uint64		pairs = 0;

	for (uint32 l = 0; l < step->left.n && pairs <= n; l++)
	{
		const BiSpan *left = &step->left.spans[l];
		Reach		reach = reach_of(step, left);
		uint32		begin = first_near(step, left, &reach);
		uint32		beyond = first_beyond(step, &reach);

		CHECK_FOR_INTERRUPTS();
		pairs += Max(begin, beyond) - begin;
	}
	return pairs > n;
}

/* Does span occupy any position from first to last? */
static bool
occupies_any(const BiSpan *span, uint32 first, uint32 last)
{
	if (span->solid)
		return span->start <= last && span->end >= first;
	return (span->start >= first && span->start <= last) ||
		(span->end >= first && span->end <= last);
}

/* Do the spans share a position? */
static bool
share_position(const BiSpan *left, const BiSpan *right)
{
	if (right->solid)
		return occupies_any(left, right->start, right->end);
	return occupies_any(left, right->start, right->start) ||
		occupies_any(left, right->end, right->end);
}

/* Are left and right near each other?  reach is that of left. */
static bool
is_pair(const BiProxJoinStep *step, const BiSpan *left, const BiSpan *right,
		const Reach *reach)
{
	if (right->start > left->end)
		return right->start <= reach->high_start &&
			left->end_field == right->start_field;
	if (step->join->flags & BI_ORDERED)
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
has_pair(const BiProxJoinStep *step, const BiSpan *left)
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

bool
BiProxJoinExists(const BiProxJoinStep *step)
{
	bool		negated = (step->join->flags & BI_NEGATED) != 0;
	BiSpanList	out;

	for (uint32 l = 0; l < step->left.n; l++)
	{
		if (has_pair(step, &step->left.spans[l]) != negated)
			return true;
		if (l == FIRST_TRIES)
		{
			BiSpanListInit(&out);
			if (BiProxGridApply(step, BI_GOAL_STARTS, 1, &out))
				return out.n > 0;
		}
	}
	return false;
}

/* The span of a pair. */
static BiSpan
span_of_pair(const BiSpan *left, const BiSpan *right)
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

/* Append the span of a pair, if left is not NULL. */
static inline void
add_span_of_pair(BiSpanList *out, const BiSpan *left, const BiSpan *right)
{
	if (left != NULL)
	{
		BiSpan		span = span_of_pair(left, right);

		BiSpanListAdd(out, &span);
	}
}

/* Append the spans of left with every right span near it. */
static void
join_all(const BiProxJoinStep *step, const BiSpan *left, BiSpanList *out)
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
		add_span_of_pair(out, left, right);
		if (is_inside && left->end > right->start + step->width)
		{
			/* all right spans inside left give this span: skip to others */
			inside = true;
			r = first_right(step, left->end - step->width) - 1;
		}
	}
}

/*
 * The same if right spans are single words, as are those of all later joins:
 * append the most spans that begin first, the most that end last, and left
 * itself.
 */
static void
join_largest(const BiProxJoinStep *step, const BiSpan *left, uint32 most,
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
			add_span_of_pair(out, left, &step->right.spans[r]);
			count++;
		}
	}

	for (r = first_right(step, left->start); r < after; r++)
	{
		if (is_pair(step, left, &step->right.spans[r], &reach))
		{
			add_span_of_pair(out, left, &step->right.spans[r]);
			break;
		}
	}

	count = 0;
	r = first_beyond(step, &reach);
	while (r > after && count < most)
	{
		r--;
		if (is_pair(step, left, &step->right.spans[r], &reach))
		{
			add_span_of_pair(out, left, &step->right.spans[r]);
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
 * The same if only ends matter: append a span for each right span that is the
 * later end of some pair, then one for each such left span.  Leaves left
 * sorted by end.
 */
static void
join_ends(BiProxJoinStep *step, BiSpanList *out)
{
	const BiSpan *left = step->left.spans;
	bool		ordered = (step->join->flags & BI_ORDERED) != 0;
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
		add_span_of_pair(out, found, right);
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
				add_span_of_pair(out, &left[l], &step->right.spans[r]);
				break;
			}
		}
	}
}

/*
 * The same if only starts matter: append a span for each left span that is
 * the earlier start of some pair, then one for each such right span.
 */
static void
join_starts(const BiProxJoinStep *step, BiSpanList *out)
{
	const BiSpan *left = step->left.spans;
	bool		ordered = (step->join->flags & BI_ORDERED) != 0;
	uint32		beyond = 0;

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
				add_span_of_pair(out, &left[l], &step->right.spans[r]);
				break;
			}
		}
	}

	for (uint32 r = 0; r < step->right.n && !ordered; r++)
	{
		const BiSpan *right = &step->right.spans[r];

		CHECK_FOR_INTERRUPTS();
		while (beyond < step->left.n && left[beyond].start <= right->start)
			beyond++;
		for (uint32 l = beyond; l < step->left.n; l++)
		{
			Reach		reach = reach_of(step, &left[l]);

			if (left[l].start > right->end && reach.low_end > right->end)
				break;
			if (is_pair(step, &left[l], right, &reach))
			{
				add_span_of_pair(out, &left[l], right);
				break;
			}
		}
	}
}

/* Put what goal needs of a join that is not negated into *out. */
static void
join_spans(BiProxJoinStep *step, BiSpanGoal goal, uint32 most, BiSpanList *out)
{
	if (goal == BI_GOAL_ENDS)
		join_ends(step, out);
	else if (goal == BI_GOAL_STARTS)
		join_starts(step, out);
	else
	{
		for (uint32 l = 0; l < step->left.n; l++)
		{
			CHECK_FOR_INTERRUPTS();
			if (goal == BI_GOAL_LARGEST)
				join_largest(step, &step->left.spans[l], most, out);
			else
				join_all(step, &step->left.spans[l], out);
			if (out->n >= out->compact)
				BiSpanListThin(out, goal, most);
		}
	}
	BiSpanListThin(out, goal, most);
}

void
BiProxJoinApply(BiProxJoinStep *step, BiSpanGoal goal, uint32 most)
{
	bool		negated = (step->join->flags & BI_NEGATED) != 0;
	BiSpanList	out;

	BiSpanListInit(&out);
	if (!BiProxGridApply(step, goal, most, &out))
	{
		if (!negated)
			join_spans(step, goal, most, &out);
		for (uint32 l = 0; l < step->left.n && negated; l++)
		{
			if (!has_pair(step, &step->left.spans[l]))
				BiSpanListAdd(&out, &step->left.spans[l]);
		}
	}
	if (negated)
		BiSpanListThin(&out, goal, most);

	if (step->left.spans != NULL)
		pfree(step->left.spans);
	step->left = out;
}

/*
 * Index of the first right span at or after r that is not found yet.  next[r]
 * is r itself, or once r is found a later index to continue from (union-find
 * with path compression: R. Tarjan, Efficiency of a Good But Not Linear Set
 * Union Algorithm, 1975).
 */
static uint32
next_unfound(uint32 *next, uint32 r)
{
	uint32		end = r;

	while (next[end] != end)
		end = next[end];
	while (next[r] != end)
	{
		uint32		after = next[r];

		next[r] = end;
		r = after;
	}
	return end;
}

/*
 * Go through the right spans near left: all of them until left has made a
 * span in live, then only those not found yet.  Returns whether it has.
 */
static bool
trace_left(const BiProxJoinStep *step, const BiSpanList *live,
		   const BiSpan *left, uint32 *next)
{
	Reach		reach = reach_of(step, left);
	bool		found = false;

	CHECK_FOR_INTERRUPTS();
	for (uint32 r = first_near(step, left, &reach); r < step->right.n; r++)
	{
		const BiSpan *right;

		if (found)
			r = next_unfound(next, r);
		if (r == step->right.n)
			break;
		right = &step->right.spans[r];
		if (right->start > reach.high_start)
			break;
		if (!is_pair(step, left, right, &reach))
			continue;
		if (live != NULL)
		{
			BiSpan		span = span_of_pair(left, right);

			if (!BiSpanListHolds(live, &span))
				continue;
		}
		found = true;
		if (next[r] == r)
			next[r] = r + 1;
	}
	return found;
}

void
BiProxJoinTrace(BiProxJoinStep *step, const BiSpanList *live)
{
	uint32	   *next = palloc_extended((step->right.n + 1) * sizeof(uint32),
									   MCXT_ALLOC_HUGE);
	uint32		n = 0;

	for (uint32 r = 0; r <= step->right.n; r++)
		next[r] = r;
	for (uint32 l = 0; l < step->left.n; l++)
	{
		if (trace_left(step, live, &step->left.spans[l], next))
			step->left.spans[n++] = step->left.spans[l];
	}
	step->left.n = n;

	n = 0;
	for (uint32 r = 0; r < step->right.n; r++)
	{
		if (next[r] != r)
			step->right.spans[n++] = step->right.spans[r];
	}
	step->right.n = n;
	pfree(next);
}
