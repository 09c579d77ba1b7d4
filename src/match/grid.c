/*
 * grid.c
 *	  Links between many spans on few positions.
 *
 * P occurrences make up to P * P spans, and two such operands the square of
 * that number of pairs.  But they all begin and end at the same few points (a
 * point is a position and its field), so that here a set of spans is a square
 * of bits: a row for each point where a span may begin, a column for each
 * where it may end.  Everything below does a row of bits at a time.
 *
 * Of a pair, call the span that begins first A and the other one B (they
 * never begin at one position: see link.c, also for what near means).  A's
 * last and B's first point are in one field in each of these cases:
 *
 *	- A ends before B begins, and B's start is in reach of A's end.  They make
 *	  the span from A's start to B's end.  A point further behind reaches
 *	  further, so the points in reach of a row are few runs of points.
 *	- Both are hollow, and B begins inside A and ends behind it.  They make
 *	  the same span; of A's ends behind B's start, the first allows most.
 *	- A is hollow and B all inside.  They make A: of the spans that begin
 *	  behind A's start, the one that ends first tells.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "match/grid.h"

/* larger grids are not made: this is 2 MB for each set of spans */
#define MAX_POINTS		4096

/* left times right spans below which a grid is never worth its making */
#define MIN_PRODUCT		(1 << 16)

#define NFIELDS			4
#define WORD_BITS		64

/* the points of a link's spans, in order of position, then field */
typedef struct Points
{
	int			n;
	int			nwords;			/* words of a row of bits */
	bool		doubled;		/* are two at one position? */
	uint32	   *pos;
	uint8	   *field;			/* its bit's number */
	int		   *next;			/* for each, the first one at a later
								 * position */
	int		   *reach;			/* for each, the first one out of its reach */
	uint64	   *in_field[NFIELDS];	/* NULL for a field without points */

	/* which occurrences are points, from that of number base on */
	uint32		base;
	uint32		npresent;
	uint64	   *present;
	int		   *rank;			/* points before each word of present */
} Points;

/* a set of spans */
typedef struct Grid
{
	bool		single;			/* does each of them begin where it ends? */
	uint64	   *all;			/* n rows of bits */
	uint64	   *hollow;			/* those that are not solid */
	uint64	   *starts;			/* rows of all that are not empty */
	uint64	   *hollow_starts;
	bool		has_hollow;
} Grid;

/* Index of the first bit in both a and b at from or behind it, or n. */
static int
next_bit(const Points *points, const uint64 *a, const uint64 *b, int from)
{
	int			w = from / WORD_BITS;
	uint64		word;

	if (from >= points->n)
		return points->n;
	word = a[w] & b[w] & (~UINT64CONST(0) << (from % WORD_BITS));
	while (word == 0)
	{
		if (++w == points->nwords)
			return points->n;
		word = a[w] & b[w];
	}
	return w * WORD_BITS + pg_rightmost_one_pos64(word);
}

/* Index of the last bit in both a and b before end, which is not 0, or -1. */
static int
last_bit(const uint64 *a, const uint64 *b, int end)
{
	int			w = (end - 1) / WORD_BITS;
	uint64		word = a[w] & b[w] &
		(~UINT64CONST(0) >> (WORD_BITS - 1 - (end - 1) % WORD_BITS));

	while (word == 0)
	{
		if (w-- == 0)
			return -1;
		word = a[w] & b[w];
	}
	return w * WORD_BITS + pg_leftmost_one_pos64(word);
}

/* Add the bits in both a and b from from on, and before end, to row. */
static void
add_bits(uint64 *row, const uint64 *a, const uint64 *b, int from, int end)
{
	int			first = from / WORD_BITS;
	int			last = (end - 1) / WORD_BITS;

	if (from >= end)
		return;
	for (int w = first; w <= last; w++)
	{
		uint64		word = a[w] & b[w];

		if (w == first)
			word &= ~UINT64CONST(0) << (from % WORD_BITS);
		if (w == last)
			word &= ~UINT64CONST(0) >>
				(WORD_BITS - 1 - (end - 1) % WORD_BITS);
		row[w] |= word;
	}
}

static inline void
set_bit(uint64 *row, int i)
{
	row[i / WORD_BITS] |= UINT64CONST(1) << (i % WORD_BITS);
}

/* Row i of a grid's bits. */
static inline uint64 *
row_of(const Points *points, uint64 *bits, int i)
{
	return bits + (size_t) i * points->nwords;
}

/* Number of the occurrence at pos in field, above points' first. */
static inline uint32
occurrence(const Points *points, uint32 pos, uint8 field)
{
	return BiOccurrenceMake(pos, pg_rightmost_one_pos32(field)) -
		points->base;
}

/* Index of the point at pos in field. */
static inline int
point_at(const Points *points, uint32 pos, uint8 field)
{
	uint32		number = occurrence(points, pos, field);
	uint64		before = (UINT64CONST(1) << (number % WORD_BITS)) - 1;

	return points->rank[number / WORD_BITS] +
		pg_popcount64(points->present[number / WORD_BITS] & before);
}

/* Find out which occurrences are points, and how many. */
static void
mark_points(Points *points, const BiLinkStep *step)
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
	points->npresent = BiOccurrenceMake(last - first + 1, 0) / WORD_BITS + 1;
	points->present = palloc0(points->npresent * sizeof(uint64));
	for (int side = 0; side < 2; side++)
	{
		for (uint32 i = 0; i < lists[side]->n; i++)
		{
			const BiSpan *span = &lists[side]->spans[i];

			set_bit(points->present,
					occurrence(points, span->start, span->start_field));
			set_bit(points->present,
					occurrence(points, span->end, span->end_field));
		}
	}

	points->n = 0;
	points->rank = palloc(points->npresent * sizeof(int));
	for (uint32 w = 0; w < points->npresent; w++)
	{
		points->rank[w] = points->n;
		points->n += pg_popcount64(points->present[w]);
	}
	points->nwords = (points->n + WORD_BITS - 1) / WORD_BITS;
}

/* Make points' list of what mark_points found. */
static void
list_points(Points *points, const BiLinkStep *step)
{
	int			n = 0;
	int			reach = 0;

	points->pos = palloc(points->n * sizeof(uint32));
	points->field = palloc(points->n * sizeof(uint8));
	points->next = palloc(points->n * sizeof(int));
	points->reach = palloc(points->n * sizeof(int));
	points->doubled = false;
	memset(points->in_field, 0, sizeof(points->in_field));
	for (uint32 w = 0; w < points->npresent; w++)
	{
		for (uint64 word = points->present[w]; word != 0; word &= word - 1)
		{
			uint32		number = points->base + w * WORD_BITS +
				pg_rightmost_one_pos64(word);
			int			field = number & (NFIELDS - 1);

			points->pos[n] = BiOccurrencePos(number);
			points->field[n] = field;
			if (points->in_field[field] == NULL)
				points->in_field[field] =
					palloc0(points->nwords * sizeof(uint64));
			set_bit(points->in_field[field], n);
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
		uint32		last = BiLinkReach(step, points->pos[i]);

		while (reach < n && points->pos[reach] <= last)
			reach++;
		points->reach[i] = reach;
	}
}

/* Make a grid of the spans in list. */
static void
make_grid(Grid *grid, const Points *points, const BiSpanList *list)
{
	Size		row_size = points->nwords * sizeof(uint64);

	grid->single = true;
	grid->has_hollow = false;
	grid->all = palloc0(points->n * row_size);
	grid->hollow = palloc0(points->n * row_size);
	grid->starts = palloc0(row_size);
	grid->hollow_starts = palloc0(row_size);
	for (uint32 i = 0; i < list->n; i++)
	{
		const BiSpan *span = &list->spans[i];
		int			start = point_at(points, span->start, span->start_field);
		int			end = point_at(points, span->end, span->end_field);

		set_bit(row_of(points, grid->all, start), end);
		set_bit(grid->starts, start);
		if (start != end)
			grid->single = false;
		if (!span->solid)
		{
			set_bit(row_of(points, grid->hollow, start), end);
			set_bit(grid->hollow_starts, start);
			grid->has_hollow = true;
		}
	}
}

/* Add the points in reach of one of ends, in the same field, to found. */
static void
add_reach(const Points *points, const uint64 *ends, uint64 *found)
{
	for (int field = 0; field < NFIELDS; field++)
	{
		const uint64 *in_field = points->in_field[field];
		int			end;

		if (in_field == NULL)
			continue;
		end = next_bit(points, ends, in_field, 0);
		while (end < points->n)
		{
			int			from = points->next[end];
			int			last = end;

			/* as far as it goes from end to end */
			do
			{
				end = last;
				last = last_bit(ends, in_field, points->reach[end]);
			} while (last > end);
			add_bits(found, in_field, in_field, from, points->reach[end]);
			end = next_bit(points, ends, in_field, points->reach[end]);
		}
	}
}

/* Row start of A before B: add to row. */
static void
join_apart(const Points *points, const Grid *a, const Grid *b, int start,
		   uint64 *row)
{
	uint64		found[MAX_POINTS / WORD_BITS] = {0};

	add_reach(points, row_of(points, a->all, start), found);
	if (b->single)
	{
		add_bits(row, found, b->starts, 0, points->n);
		return;
	}
	for (int i = next_bit(points, found, b->starts, 0);
		 i < points->n; i = next_bit(points, found, b->starts, i + 1))
	{
		const uint64 *ends = row_of(points, b->all, i);

		add_bits(row, ends, ends, i, points->n);
	}
}

/* Row start of A that B begins in and ends behind: add to row. */
static void
join_crossing(const Points *points, const Grid *a, const Grid *b, int start,
			  uint64 *row)
{
	const uint64 *ends = row_of(points, a->hollow, start);

	for (int field = 0; field < NFIELDS; field++)
	{
		const uint64 *in_field = points->in_field[field];
		int			i;

		if (in_field == NULL)
			continue;
		for (i = next_bit(points, b->hollow_starts, in_field,
						  points->next[start]);
			 i < points->n;
			 i = next_bit(points, b->hollow_starts, in_field, i + 1))
		{
			const uint64 *b_ends = row_of(points, b->hollow, i);
			int			end = next_bit(points, ends, in_field,
									   points->next[i]);

			if (end == points->n)
				break;
			add_bits(row, b_ends, b_ends, points->next[end], points->n);
		}
	}
}

/*
 * For each point, the first end of a span of b in field that begins there or
 * behind it; and so for one point too many.  n where there is none.
 */
static int *
least_ends(const Points *points, const Grid *b, int field)
{
	int		   *least = palloc((points->n + 1) * sizeof(int));

	least[points->n] = points->n;
	for (int i = points->n - 1; i >= 0; i--)
	{
		const uint64 *ends = row_of(points, b->all, i);

		least[i] = least[i + 1];
		if (points->field[i] == field)
			least[i] = Min(least[i], next_bit(points, ends, ends, i));
	}
	return least;
}

/* Add the spans that B makes with an A that begins before it to out. */
static void
join_sides(const Points *points, const Grid *a, const Grid *b, bool ordered,
		   uint64 *out)
{
	int		   *least[NFIELDS] = {NULL};
	bool		overlap = !ordered && a->has_hollow;

	for (int field = 0; field < NFIELDS && overlap; field++)
	{
		if (points->in_field[field] != NULL)
			least[field] = least_ends(points, b, field);
	}

	for (int start = next_bit(points, a->starts, a->starts, 0);
		 start < points->n;
		 start = next_bit(points, a->starts, a->starts, start + 1))
	{
		uint64	   *row = row_of(points, out, start);

		CHECK_FOR_INTERRUPTS();
		join_apart(points, a, b, start, row);
		if (!overlap)
			continue;
		if (b->has_hollow)
			join_crossing(points, a, b, start, row);
		for (int field = 0; field < NFIELDS; field++)
		{
			int			end;

			if (least[field] == NULL)
				continue;
			end = least[field][points->next[start]];
			if (end < points->n)
				add_bits(row, row_of(points, a->hollow, start),
						 points->in_field[field], points->next[end],
						 points->n);
		}
	}
}

/* Leave what goal needs of the spans in bits; returns how many are left. */
static uint64
thin_rows(const Points *points, uint64 *bits, BiSpanGoal goal, uint32 most)
{
	uint64		seen[MAX_POINTS / WORD_BITS] = {0};
	Size		row_size = points->nwords * sizeof(uint64);
	uint64		n = 0;

	for (int start = 0; start < points->n; start++)
	{
		uint64	   *row = row_of(points, bits, start);
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

/* Put the n spans in bits, all of them hollow, into list, which is empty. */
static void
list_spans(const Points *points, const uint64 *bits, uint64 n,
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
				int			end = w * WORD_BITS + pg_rightmost_one_pos64(word);
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

bool
BiGridJoin(const BiLinkStep *step, BiSpanGoal goal, uint32 most,
		   BiSpanList *out)
{
	MemoryContext scratch;
	MemoryContext old;
	Points		points;
	bool		worth;

	if ((uint64) step->left.n * step->right.n < MIN_PRODUCT)
		return false;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "bisearch grid",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	mark_points(&points, step);
	worth = points.n <= MAX_POINTS &&
		BiLinkHasPairs(step, (uint64) points.n * points.n / 16);
	if (worth)
	{
		bool		ordered = (step->link->flags & BI_ORDERED) != 0;
		Grid		left;
		Grid		right;
		uint64	   *bits;
		uint64		n;

		list_points(&points, step);
		make_grid(&left, &points, &step->left);
		make_grid(&right, &points, &step->right);
		bits = palloc0(points.n * points.nwords * sizeof(uint64));
		join_sides(&points, &left, &right, ordered, bits);
		if (!ordered)
			join_sides(&points, &right, &left, false, bits);
		n = thin_rows(&points, bits, goal, most);
		BiSpansCheckNumber(n);
		MemoryContextSwitchTo(old);
		list_spans(&points, bits, n, out);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return worth;
}
