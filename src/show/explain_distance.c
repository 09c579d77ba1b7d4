/*
 * explain_distance.c
 *	  How near the operands of a phrase or proximity come to each other.
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
number_below(const uint32 *positions, int n, uint32 pos)
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

/* From one near end to the other: positions, or marks between. */
static uint32
way(uint32 from, uint32 to, const uint32 *marks, int nmarks)
{
	if (nmarks < 0)
		return to - from;
	return number_below(marks, nmarks, to) -
		number_below(marks, nmarks, from);
}

/* Take what the right spans' starts and ends give for one left span. */
static void
look_around(const BiSpan *left, const Ends *starts, const Ends *ends,
			const uint32 *marks, int nmarks, BiDistance *nearest)
{
	int			behind_field = pg_rightmost_one_pos32(left->end_field);
	int			before_field = pg_rightmost_one_pos32(left->start_field);

	for (int f = 0; f < NFIELDS; f++)
	{
		int			i = number_below(starts->positions[f], starts->n[f],
									 left->end + 1);

		if (i < starts->n[f])
		{
			if (f != behind_field)
				nearest->other_field = true;
			else
				nearest->behind = Min(nearest->behind,
									  way(left->end, starts->positions[f][i],
										  marks, nmarks));
		}
		i = number_below(ends->positions[f], ends->n[f], left->start);
		if (i > 0)
		{
			if (f != before_field)
				nearest->other_field = true;
			else
				nearest->before = Min(nearest->before,
									  way(ends->positions[f][i - 1],
										  left->start, marks, nmarks));
		}
	}
}

void
BiFindDistance(const BiSpan *left, int nleft, const BiSpan *right, int nright,
			   const uint32 *marks, int nmarks, BiDistance *nearest)
{
	Ends		starts;
	Ends		ends;

	collect_ends(right, nright, true, &starts);
	collect_ends(right, nright, false, &ends);
	nearest->behind = PG_UINT32_MAX;
	nearest->before = PG_UINT32_MAX;
	nearest->other_field = false;
	for (int l = 0; l < nleft; l++)
	{
		CHECK_FOR_INTERRUPTS();
		look_around(&left[l], &starts, &ends, marks, nmarks, nearest);
	}
}

/* one list on its way through the stretches */
typedef struct Cursor
{
	const uint32 *next;
	const uint32 *end;
} Cursor;

/* The heap has the cursor on top whose position is least. */
static int
compare_cursors(Datum a, Datum b, void *arg pg_attribute_unused())
{
	uint32		left = *((Cursor *) DatumGetPointer(a))->next;
	uint32		right = *((Cursor *) DatumGetPointer(b))->next;

	return left < right ? 1 : left > right ? -1 : 0;
}

uint32
BiShortestStretch(uint32 **lists, const int *lengths, int nlists)
{
	Cursor	   *cursors = palloc_array(Cursor, nlists);
	binaryheap *heap = binaryheap_allocate(nlists, compare_cursors, NULL);
	uint32		last = 0;
	uint32		shortest = PG_UINT32_MAX;

	for (int i = 0; i < nlists; i++)
	{
		cursors[i].next = lists[i];
		cursors[i].end = lists[i] + lengths[i];
		last = Max(last, lists[i][0]);
		binaryheap_add_unordered(heap, PointerGetDatum(&cursors[i]));
	}
	binaryheap_build(heap);

	for (;;)
	{
		Datum		top = binaryheap_first(heap);
		Cursor	   *first = (Cursor *) DatumGetPointer(top);

		CHECK_FOR_INTERRUPTS();
		shortest = Min(shortest, last - *first->next + 1);
		if (++first->next == first->end)
			return shortest;
		last = Max(last, *first->next);
		binaryheap_replace_first(heap, PointerGetDatum(first));
	}
}
