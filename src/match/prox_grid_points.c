/*
 * prox_grid_points.c
 *	  Sets of spans as square bitmaps: see prox_grid.c.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/prox_grid_points.h"

int
BiBitNext(const BiProxGridPoints *points, const uint64 *a, const uint64 *b,
		  int from)
{
	int			w = from / BI_WORD_BITS;
	uint64		word;

	if (from >= points->n)
		return points->n;
	word = a[w] & b[w] & (~UINT64CONST(0) << (from % BI_WORD_BITS));
	while (word == 0)
	{
		if (++w == points->nwords)
			return points->n;
		word = a[w] & b[w];
	}
	return w * BI_WORD_BITS + pg_rightmost_one_pos64(word);
}

int
BiBitLast(const uint64 *a, const uint64 *b, int end)
{
	int			w = (end - 1) / BI_WORD_BITS;
	uint64		word = a[w] & b[w] &
		(~UINT64CONST(0) >> (BI_WORD_BITS - 1 - (end - 1) % BI_WORD_BITS));

	while (word == 0)
	{
		if (w-- == 0)
			return -1;
		word = a[w] & b[w];
	}
	return w * BI_WORD_BITS + pg_leftmost_one_pos64(word);
}

void
BiBitsAdd(uint64 *row, const uint64 *a, const uint64 *b, int from, int end)
{
	int			first = from / BI_WORD_BITS;
	int			last = (end - 1) / BI_WORD_BITS;
	uint64		head = ~UINT64CONST(0) << (from % BI_WORD_BITS);
	uint64		tail;

	if (from >= end)
		return;
	tail = ~UINT64CONST(0) >> (BI_WORD_BITS - 1 - (end - 1) % BI_WORD_BITS);
	if (first == last)
	{
		row[first] |= a[first] & b[first] & head & tail;
		return;
	}
	row[first] |= a[first] & b[first] & head;
	for (int w = first + 1; w < last; w++)
		row[w] |= a[w] & b[w];
	row[last] |= a[last] & b[last] & tail;
}

/* Number of the occurrence at pos in field, counted from points->base. */
static inline uint32
occurrence_number(const BiProxGridPoints *points, uint32 pos, uint8 field)
{
	return BiOccurrenceMake(pos, pg_rightmost_one_pos32(field)) -
		points->base;
}

int
BiProxGridPointAt(const BiProxGridPoints *points, uint32 pos, uint8 field)
{
	uint32		number = occurrence_number(points, pos, field);
	uint64		before = (UINT64CONST(1) << (number % BI_WORD_BITS)) - 1;

	return points->rank[number / BI_WORD_BITS] +
		pg_popcount64(points->present[number / BI_WORD_BITS] & before);
}

void
BiProxGridPointsFind(BiProxGridPoints *points, const BiProxJoinStep *step)
{
	const BiSpanList *lists[] = {&step->left, &step->right};
	uint32		first = PG_UINT32_MAX;
	uint32		last = 0;

	for (int side = 0; side < 2; side++)
	{
		for (uint32 i = 0; i < lists[side]->n; i++)
		{
			first = Min(first, lists[side]->spans[i].start);
			last = Max(last, lists[side]->spans[i].end);
		}
	}
	points->base = BiOccurrenceMake(first, 0);
	points->npresent =
		BiOccurrenceMake(last - first + 1, 0) / BI_WORD_BITS + 1;
	points->present = palloc0(points->npresent * sizeof(uint64));
	for (int side = 0; side < 2; side++)
	{
		for (uint32 i = 0; i < lists[side]->n; i++)
		{
			const BiSpan *span = &lists[side]->spans[i];

			CHECK_FOR_INTERRUPTS();
			BiBitSet(points->present,
					 occurrence_number(points, span->start, span->start_field));
			BiBitSet(points->present,
					 occurrence_number(points, span->end, span->end_field));
		}
	}

	points->n = 0;
	points->rank = palloc(points->npresent * sizeof(int));
	for (uint32 w = 0; w < points->npresent; w++)
	{
		points->rank[w] = points->n;
		points->n += pg_popcount64(points->present[w]);
	}
	points->nwords = (points->n + BI_WORD_BITS - 1) / BI_WORD_BITS;
}

void
BiProxGridPointsList(BiProxGridPoints *points, const BiProxJoinStep *step)
{
	int			n = 0;
	int			reach = 0;

	points->pos = palloc(points->n * sizeof(uint32));
	points->field = palloc(points->n * sizeof(uint8));
	points->first = palloc(points->n * sizeof(int));
	points->next = palloc(points->n * sizeof(int));
	points->reach = palloc(points->n * sizeof(int));
	points->doubled = false;
	memset(points->in_field, 0, sizeof(points->in_field));
	for (uint32 w = 0; w < points->npresent; w++)
	{
		for (uint64 word = points->present[w]; word != 0; word &= word - 1)
		{
			uint32		number = points->base + w * BI_WORD_BITS +
				pg_rightmost_one_pos64(word);
			int			field = number & (BI_NFIELDS - 1);

			points->pos[n] = BiOccurrencePos(number);
			points->field[n] = field;
			if (points->in_field[field] == NULL)
				points->in_field[field] =
					palloc0(points->nwords * sizeof(uint64));
			BiBitSet(points->in_field[field], n);
			n++;
		}
	}

	for (int i = n - 1; i >= 0; i--)
	{
		bool		same = i + 1 < n && points->pos[i + 1] == points->pos[i];

		points->next[i] = same ? points->next[i + 1] : i + 1;
		points->doubled |= same;
	}
	for (int i = 0; i < n; i++)
	{
		uint32		last = BiProxJoinReach(step, points->pos[i]);
		bool		same = i > 0 && points->pos[i - 1] == points->pos[i];

		points->first[i] = same ? points->first[i - 1] : i;
		while (reach < n && points->pos[reach] <= last)
			reach++;
		points->reach[i] = reach;
	}
}

void
BiProxGridMake(BiProxGrid *grid, const BiProxGridPoints *points,
			   const BiSpanList *list)
{
	Size		row_size = points->nwords * sizeof(uint64);
	const BiSpan *before = NULL;
	int			start = 0;

	grid->single = true;
	grid->has_hollow = false;
	grid->all = palloc0(points->n * row_size);
	grid->hollow = palloc0(points->n * row_size);
	grid->starts = palloc0(row_size);
	grid->hollow_starts = palloc0(row_size);
	for (uint32 i = 0; i < list->n; i++)
	{
		const BiSpan *span = &list->spans[i];
		int			end = BiProxGridPointAt(points, span->end, span->end_field);

		CHECK_FOR_INTERRUPTS();
		if (before == NULL || before->start != span->start ||
			before->start_field != span->start_field)
			start = BiProxGridPointAt(points, span->start, span->start_field);
		before = span;
		BiBitSet(BiProxGridRow(points, grid->all, start), end);
		BiBitSet(grid->starts, start);
		if (start != end)
			grid->single = false;
		if (!span->solid)
		{
			BiBitSet(BiProxGridRow(points, grid->hollow, start), end);
			BiBitSet(grid->hollow_starts, start);
			grid->has_hollow = true;
		}
	}
}
