/*
 * prox_grid.c
 *	  Proximity joins of many spans on few positions.
 *
 * P occurrences make up to P * P spans, and two such operands the square of
 * that number of pairs.  But they all begin and end at the same few points (a
 * point is a position and its field), so here a set of spans is a square
 * bitmap: a row for each point where a span may begin, a column for each
 * where it may end.  Everything below processes a row of bits at a time.
 *
 * In a pair, call the span that begins first A and the other one B (they
 * never begin at one position: see prox_join.c, which also defines "near").
 * The pair is near in these cases, in each of which A's last and B's first
 * point are in one field:
 *
 *	- A ends before B begins, and B's start is within reach of A's end.  They
 *	  make the span from A's start to B's end.  A later point reaches further,
 *	  so the points within reach of a row are a few runs of points.
 *	- Both are hollow, and B begins inside A and ends after it.  They make
 *	  the same span; of A's ends after B's start, the first allows most.
 *	- A is hollow and B is inside it.  They make A: of the spans that begin
 *	  after A's start, the one that ends first decides.
 *
 * For a negated join, pair_after and pair_before find by the same cases which
 * left spans have a pair, as A and as B.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "match/prox_grid.h"
#include "match/prox_grid_points.h"

/* product of left and right spans below which a grid never pays */
#define MIN_PRODUCT		(1 << 16)

/* Add the points within reach of one of ends, in the same field, to found. */
static void
add_reach(const BiProxGridPoints *points, const uint64 *ends, uint64 *found)
{
	for (int field = 0; field < BI_NFIELDS; field++)
	{
		const uint64 *in_field = points->in_field[field];
		int			end;

		if (in_field == NULL)
			continue;
		end = BiBitNext(points, ends, in_field, 0);
		while (end < points->n)
		{
			int			from = points->next[end];
			int			last = end;

			/* extend the reach from end to end */
			do
			{
				end = last;
				last = BiBitLast(ends, in_field, points->reach[end]);
			} while (last > end);
			BiBitsAdd(found, in_field, in_field, from, points->reach[end]);
			end = BiBitNext(points, ends, in_field, points->reach[end]);
		}
	}
}

/* Case 1, A before B: add the spans of A's row start to row. */
static void
join_apart(const BiProxGridPoints *points, const BiProxGrid *a,
		   const BiProxGrid *b, int start, uint64 *row)
{
	uint64		found[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};

	add_reach(points, BiProxGridRow(points, a->all, start), found);
	if (b->single)
	{
		BiBitsAdd(row, found, b->starts, 0, points->n);
		return;
	}
	for (int i = BiBitNext(points, found, b->starts, 0);
		 i < points->n; i = BiBitNext(points, found, b->starts, i + 1))
	{
		const uint64 *ends = BiProxGridRow(points, b->all, i);

		BiBitsAdd(row, ends, ends, i, points->n);
	}
}

/*
 * Case 2, B begins in A and ends after it: add the spans of A's row start to
 * row.
 */
static void
join_crossing(const BiProxGridPoints *points, const BiProxGrid *a,
			  const BiProxGrid *b, int start, uint64 *row)
{
	const uint64 *ends = BiProxGridRow(points, a->hollow, start);

	for (int field = 0; field < BI_NFIELDS; field++)
	{
		const uint64 *in_field = points->in_field[field];
		int			i;

		if (in_field == NULL)
			continue;
		for (i = BiBitNext(points, b->hollow_starts, in_field,
						   points->next[start]);
			 i < points->n;
			 i = BiBitNext(points, b->hollow_starts, in_field, i + 1))
		{
			const uint64 *b_ends = BiProxGridRow(points, b->hollow, i);
			int			end = BiBitNext(points, ends, in_field,
										points->next[i]);

			if (end == points->n)
				break;
			BiBitsAdd(row, b_ends, b_ends, points->next[end], points->n);
		}
	}
}

/*
 * For each point, and for n, the first end of a span of b that begins at or
 * after it in field; n if there is none.
 */
static int *
least_ends(const BiProxGridPoints *points, const BiProxGrid *b, int field)
{
	int		   *least = palloc((points->n + 1) * sizeof(int));

	least[points->n] = points->n;
	for (int i = points->n - 1; i >= 0; i--)
	{
		const uint64 *ends = BiProxGridRow(points, b->all, i);

		least[i] = least[i + 1];
		if (points->field[i] == field)
			least[i] = Min(least[i], BiBitNext(points, ends, ends, i));
	}
	return least;
}

/* Add the spans of all pairs of A and B, where A begins first, to out. */
static void
join_first_second(const BiProxGridPoints *points, const BiProxGrid *a,
				  const BiProxGrid *b, bool ordered, uint64 *out)
{
	int		   *least[BI_NFIELDS] = {NULL};
	bool		overlap = !ordered && a->has_hollow;

	for (int field = 0; field < BI_NFIELDS && overlap; field++)
	{
		if (points->in_field[field] != NULL)
			least[field] = least_ends(points, b, field);
	}

	for (int start = BiBitNext(points, a->starts, a->starts, 0);
		 start < points->n;
		 start = BiBitNext(points, a->starts, a->starts, start + 1))
	{
		uint64	   *row = BiProxGridRow(points, out, start);

		CHECK_FOR_INTERRUPTS();
		join_apart(points, a, b, start, row);
		if (!overlap)
			continue;
		if (b->has_hollow)
			join_crossing(points, a, b, start, row);
		for (int field = 0; field < BI_NFIELDS; field++)
		{
			int			end;

			if (least[field] == NULL)
				continue;
			end = least[field][points->next[start]];
			if (end < points->n)
				BiBitsAdd(row, BiProxGridRow(points, a->hollow, start),
						  points->in_field[field], points->next[end],
						  points->n);
		}
	}
}

/* Keep what goal needs of the spans in bits; returns how many are left. */
static uint64
thin_rows(const BiProxGridPoints *points, uint64 *bits, BiSpanGoal goal,
		  uint32 most)
{
	uint64		seen[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};
	Size		row_size = points->nwords * sizeof(uint64);
	uint64		n = 0;

	for (int start = 0; start < points->n; start++)
	{
		uint64	   *row = BiProxGridRow(points, bits, start);
		uint64		count = pg_popcount((char *) row, row_size);

		CHECK_FOR_INTERRUPTS();
		if (goal == BI_GOAL_ENDS)
		{
			for (int w = 0; w < points->nwords; w++)
			{
				row[w] &= ~seen[w];
				seen[w] |= row[w];
			}
			count = pg_popcount((char *) row, row_size);
		}
		else if (goal != BI_GOAL_ALL)
		{
			uint64		keep = goal == BI_GOAL_STARTS ? 1 : most;

			for (int w = 0; count > keep; w++)
			{
				while (row[w] != 0 && count > keep)
				{
					row[w] &= row[w] - 1;
					count--;
				}
			}
		}
		n += count;
	}
	return n;
}

/* Put the n spans in bits, all hollow, into list, which is empty. */
static void
list_spans(const BiProxGridPoints *points, const uint64 *bits, uint64 n,
		   BiSpanList *list)
{
	list->size = n;
	list->spans = n > 0 ? palloc(n * sizeof(BiSpan)) : NULL;
	for (int start = 0; start < points->n; start++)
	{
		for (int w = 0; w < points->nwords; w++)
		{
			for (uint64 word = *bits++; word != 0; word &= word - 1)
			{
				int			end = w * BI_WORD_BITS +
					pg_rightmost_one_pos64(word);
				BiSpan	   *span = &list->spans[list->n++];

				span->start = points->pos[start];
				span->end = points->pos[end];
				span->start_field = 1 << points->field[start];
				span->end_field = 1 << points->field[end];
				span->solid = false;
			}
		}
	}
	if (points->doubled)
		BiSpanListSort(list);
}

/*
 * Which left spans have a pair that begins after them?  Add them to paired,
 * and those that have one only if they are hollow to hollow.
 */
static void
pair_after(const BiProxGridPoints *points, const BiProxGrid *right,
		   uint64 *paired, uint64 *hollow)
{
	uint64		followed[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};
	uint64		inside[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};
	int		   *least[BI_NFIELDS] = {NULL};
	int			added = points->n;

	for (int field = 0; field < BI_NFIELDS; field++)
	{
		if (points->in_field[field] != NULL)
			least[field] = least_ends(points, right, field);
	}
	for (int end = 0; end < points->n; end++)
	{
		if (BiBitNext(points, right->starts,
					  points->in_field[points->field[end]],
					  points->next[end]) < points->reach[end])
			BiBitSet(followed, end);
	}

	for (int start = points->n - 1; start >= 0; start--)
	{
		uint64	   *row = BiProxGridRow(points, hollow, start);

		CHECK_FOR_INTERRUPTS();
		BiBitsAdd(BiProxGridRow(points, paired, start), followed, followed, 0,
				  points->n);
		/* ends inside a hollow right span that begins after start */
		while (added > points->next[start])
		{
			const uint64 *in_field = points->in_field[points->field[--added]];
			const uint64 *ends = BiProxGridRow(points, right->hollow, added);
			int			last = BiBitLast(ends, ends, points->n);

			if (last >= 0)
				BiBitsAdd(inside, in_field, in_field, points->next[added],
						  points->first[last]);
		}
		BiBitsAdd(row, inside, inside, 0, points->n);
		/* ends after a right span that begins after start */
		for (int field = 0; field < BI_NFIELDS; field++)
		{
			const uint64 *in_field = points->in_field[field];
			int			end;

			if (in_field == NULL)
				continue;
			end = least[field][points->next[start]];
			if (end < points->n)
				BiBitsAdd(row, in_field, in_field, points->next[end],
						  points->n);
		}
	}
}

/* The same for pairs that begin before them. */
static void
pair_before(const BiProxGridPoints *points, const BiProxGrid *right,
			uint64 *paired, uint64 *hollow)
{
	Size		row_size = points->nwords * sizeof(uint64);
	uint64		every[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS];
	uint64		ends[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};
	uint64		reached[BI_MAX_PROX_GRID_POINTS / BI_WORD_BITS] = {0};
	int			added = 0;

	memset(every, 0xFF, row_size);
	for (int i = 0; i < points->n; i++)
		BiBitsAdd(ends, BiProxGridRow(points, right->all, i), every, i,
				  points->n);
	add_reach(points, ends, reached);

	memset(ends, 0, row_size);
	for (int start = 0; start < points->n; start++)
	{
		const uint64 *in_field = points->in_field[points->field[start]];
		uint64	   *row = BiProxGridRow(points, paired, start);
		int			end;

		CHECK_FOR_INTERRUPTS();
		if (BiBitNext(points, reached, every, start) == start)
			BiBitsAdd(row, every, every, start, points->n);
		/* ends of hollow right spans that begin before start */
		for (; points->next[added] <= start; added++)
			BiBitsAdd(ends, BiProxGridRow(points, right->hollow, added), every,
					  added, points->n);
		end = BiBitLast(ends, in_field, points->n);
		if (end >= 0)
			BiBitsAdd(row, every, every, start, points->first[end]);
		end = BiBitNext(points, ends, in_field, points->next[start]);
		if (end < points->n)
			BiBitsAdd(BiProxGridRow(points, hollow, start), every, every,
					  points->next[end], points->n);
	}
}

/* Is a grid less work for step than enumerating pairs?  If so, makes it. */
static bool
make_grids(const BiProxJoinStep *step, BiProxGridPoints *points,
		   BiProxGrid *left, BiProxGrid *right)
{
	BiProxGridPointsFind(points, step);
	if (points->n > BI_MAX_PROX_GRID_POINTS ||
		!BiProxJoinHasPairs(step, (uint64) points->n * points->n / 16))
		return false;
	BiProxGridPointsList(points, step);
	BiProxGridMake(left, points, &step->left);
	BiProxGridMake(right, points, &step->right);
	return true;
}

/* Put the spans of a join that is not negated into *out. */
static void
grid_join(const BiProxJoinStep *step, const BiProxGridPoints *points,
		  const BiProxGrid *left, const BiProxGrid *right,
		  BiSpanGoal goal, uint32 most, BiSpanList *out,
		  MemoryContext context)
{
	bool		ordered = (step->join->flags & BI_ORDERED) != 0;
	uint64	   *bits = palloc0(points->n * points->nwords * sizeof(uint64));
	uint64		n;

	join_first_second(points, left, right, ordered, bits);
	if (!ordered)
		join_first_second(points, right, left, false, bits);
	n = thin_rows(points, bits, goal, most);
	BiSpansCheckNumber(n);
	MemoryContextSwitchTo(context);
	list_spans(points, bits, n, out);
}

/* Put the left spans of a negated join that have no pair into *out. */
static void
grid_unpaired(const BiProxJoinStep *step, const BiProxGridPoints *points,
			  const BiProxGrid *right, BiSpanList *out, MemoryContext context)
{
	uint64	   *paired = palloc0(points->n * points->nwords * sizeof(uint64));
	uint64	   *hollow = palloc0(points->n * points->nwords * sizeof(uint64));

	pair_after(points, right, paired, hollow);
	pair_before(points, right, paired, hollow);
	MemoryContextSwitchTo(context);
	for (uint32 l = 0; l < step->left.n; l++)
	{
		const BiSpan *left = &step->left.spans[l];
		int			start = BiProxGridPointAt(points, left->start,
											  left->start_field);
		int			end = BiProxGridPointAt(points, left->end, left->end_field);

		CHECK_FOR_INTERRUPTS();
		if (!BiProxGridHolds(points, paired, start, end) &&
			(left->solid || !BiProxGridHolds(points, hollow, start, end)))
			BiSpanListAdd(out, left);
	}
}

bool
BiProxGridApply(const BiProxJoinStep *step, BiSpanGoal goal, uint32 most,
				BiSpanList *out)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext scratch;
	BiProxGridPoints points;
	BiProxGrid	left;
	BiProxGrid	right;
	bool		worth;

	if ((uint64) step->left.n * step->right.n < MIN_PRODUCT)
		return false;

	scratch = AllocSetContextCreate(context, "bisearch proximity grid",
									ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	worth = make_grids(step, &points, &left, &right);
	if (worth && (step->join->flags & BI_NEGATED) != 0)
		grid_unpaired(step, &points, &right, out, context);
	else if (worth)
		grid_join(step, &points, &left, &right, goal, most, out, context);
	MemoryContextSwitchTo(context);
	MemoryContextDelete(scratch);
	return worth;
}
