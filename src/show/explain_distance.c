/*
 * explain_distance.c
 *	  Finds how near the operands of a phrase or proximity come to each
 *	  other.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/compat.h"
#include "show/explain_distance.h"

#define NFIELDS 4

/* ends of spans, by field, sorted */
typedef struct Ends
{
	uint32	   *positions[NFIELDS];
	int			n[NFIELDS];
} Ends;

static int
compare_positions(const void *a, const void *b)
{
	uint32		left = *(const uint32 *) a;
	uint32		right = *(const uint32 *) b;

	CHECK_FOR_INTERRUPTS();
	return left < right ? -1 : left > right;
}

/* The starts (or ends) of spans. */
static void
collect_ends(const BiSpan *spans, int n, bool starts, Ends *ends)
{
	memset(ends, 0, sizeof(Ends));
	for (int f = 0; f < NFIELDS; f++)
		ends->positions[f] = palloc_extended(sizeof(uint32) * (n + (Size) 1),
											 MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		int			f = pg_rightmost_one_pos32(starts ? spans[i].start_field :
											   spans[i].end_field);

		ends->positions[f][ends->n[f]++] = starts ? spans[i].start :
			spans[i].end;
	}
	for (int f = 0; f < NFIELDS; f++)
		qsort(ends->positions[f], ends->n[f], sizeof(uint32),
			  compare_positions);
}

/* Number of positions below pos. */
static int
count_below(const uint32 *positions, int n, uint32 pos)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (positions[middle] < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Distance from one near end to the other: in positions, or in boundaries. */
static uint32
measure_gap(uint32 from, uint32 to, const uint32 *boundaries, int nboundaries)
{
	if (nboundaries < 0)
		return to - from;
	return count_below(boundaries, nboundaries, to) -
		count_below(boundaries, nboundaries, from);
}

/* Update distance with the right spans nearest to one left span. */
static void
update_distance(const BiSpan *left, const Ends *starts, const Ends *ends,
				const uint32 *boundaries, int nboundaries, BiDistance *distance)
{
	int			after_field = pg_rightmost_one_pos32(left->end_field);
	int			before_field = pg_rightmost_one_pos32(left->start_field);

	for (int f = 0; f < NFIELDS; f++)
	{
		int			i = count_below(starts->positions[f], starts->n[f],
									left->end + 1);

		if (i < starts->n[f])
		{
			if (f != after_field)
				distance->other_field = true;
			else
				distance->after = Min(distance->after,
									  measure_gap(left->end,
												  starts->positions[f][i],
												  boundaries, nboundaries));
		}
		i = count_below(ends->positions[f], ends->n[f], left->start);
		if (i > 0)
		{
			if (f != before_field)
				distance->other_field = true;
			else
				distance->before = Min(distance->before,
									   measure_gap(ends->positions[f][i - 1],
												   left->start, boundaries,
												   nboundaries));
		}
	}
}

void
BiFindDistance(const BiSpan *left, int nleft, const BiSpan *right, int nright,
			   const uint32 *boundaries, int nboundaries, BiDistance *distance)
{
	Ends		starts;
	Ends		ends;

	collect_ends(right, nright, true, &starts);
	collect_ends(right, nright, false, &ends);
	distance->after = PG_UINT32_MAX;
	distance->before = PG_UINT32_MAX;
	distance->other_field = false;
	for (int l = 0; l < nleft; l++)
	{
		CHECK_FOR_INTERRUPTS();
		update_distance(&left[l], &starts, &ends, boundaries, nboundaries,
						distance);
	}
}

/* an iterator over one list */
typedef struct PositionIterator
{
	const uint32 *next;
	const uint32 *end;
} PositionIterator;

/* The heap has the iterator with the lowest position on top. */
static int
compare_iterators(Datum a, Datum b, void *arg pg_attribute_unused())
{
	uint32		left = *((PositionIterator *) DatumGetPointer(a))->next;
	uint32		right = *((PositionIterator *) DatumGetPointer(b))->next;

	return left < right ? 1 : left > right ? -1 : 0;
}

uint32
BiShortestStretch(uint32 **lists, const int *lengths, int nlists)
{
	PositionIterator *iterators = palloc_array(PositionIterator, nlists);
	binaryheap *heap = binaryheap_allocate(nlists, compare_iterators, NULL);
	uint32		last = 0;
	uint32		shortest = PG_UINT32_MAX;

	for (int i = 0; i < nlists; i++)
	{
		iterators[i].next = lists[i];
		iterators[i].end = lists[i] + lengths[i];
		last = Max(last, lists[i][0]);
		binaryheap_add_unordered(heap, PointerGetDatum(&iterators[i]));
	}
	binaryheap_build(heap);

	for (;;)
	{
		Datum		top = binaryheap_first(heap);
		PositionIterator *first =
			(PositionIterator *) DatumGetPointer(top);

		CHECK_FOR_INTERRUPTS();
		shortest = Min(shortest, last - *first->next + 1);
		if (++first->next == first->end)
			return shortest;
		last = Max(last, *first->next);
		binaryheap_replace_first(heap, PointerGetDatum(first));
	}
}
