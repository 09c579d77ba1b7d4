/*
 * prox_grid_points.h
 *	  Sets of spans as square bitmaps: see prox_grid.c.
 */
#ifndef BI_PROX_GRID_POINTS_H
#define BI_PROX_GRID_POINTS_H

#include "port/pg_bitutils.h"

#include "match/prox_join.h"

/* most points of a grid: this takes 8 MB for each set of spans */
#define BI_MAX_PROX_GRID_POINTS	8192

#define BI_NFIELDS		4
#define BI_WORD_BITS	64

/* the points of a join's spans, in order of position, then field */
typedef struct BiProxGridPoints
{
	int			n;
	int			nwords;			/* words of a row of bits */
	bool		doubled;		/* do two have the same position? */
	uint32	   *pos;
	uint8	   *field;			/* bit number of the field */
	int		   *first;			/* of each, the first one at its position */
	int		   *next;			/* of each, the first at a later position */
	int		   *reach;			/* of each, the first one beyond its reach */
	uint64	   *in_field[BI_NFIELDS];	/* NULL for a field without points */

	/* bitmap of the occurrences that are points, from number base on */
	uint32		base;
	uint32		npresent;
	uint64	   *present;
	int		   *rank;			/* number of points before each word of
								 * present */
} BiProxGridPoints;

/* a set of spans */
typedef struct BiProxGrid
{
	bool		single;			/* does each span begin where it ends? */
	uint64	   *all;			/* n rows of bits, one bit for each span */
	uint64	   *hollow;			/* those that are not solid */
	uint64	   *starts;			/* points at which a span begins */
	uint64	   *hollow_starts;
	bool		has_hollow;
} BiProxGrid;

/* Set bit i of row. */
static inline void
BiBitSet(uint64 *row, int i)
{
	row[i / BI_WORD_BITS] |= UINT64CONST(1) << (i % BI_WORD_BITS);
}

/* Row i of a grid's bitmap. */
static inline uint64 *
BiProxGridRow(const BiProxGridPoints *points, uint64 *bits, int i)
{
	return bits + (size_t) i * points->nwords;
}

/* Is bit end of row start set? */
static inline bool
BiProxGridHolds(const BiProxGridPoints *points, uint64 *bits, int start,
				int end)
{
	const uint64 *row = BiProxGridRow(points, bits, start);

	return (row[end / BI_WORD_BITS] >> (end % BI_WORD_BITS)) & 1;
}

/* Index of the first bit in both a and b at or after from, or n. */
extern int	BiBitNext(const BiProxGridPoints *points, const uint64 *a,
					  const uint64 *b, int from);

/* Index of the last bit in both a and b before end (not 0), or -1. */
extern int	BiBitLast(const uint64 *a, const uint64 *b, int end);

/* Add the bits in both a and b with indexes from .. end - 1 to row. */
extern void BiBitsAdd(uint64 *row, const uint64 *a, const uint64 *b, int from,
					  int end);

/* Find which occurrences are points of step's spans, and count them. */
extern void BiProxGridPointsFind(BiProxGridPoints *points,
								 const BiProxJoinStep *step);

/* Fill the arrays from what BiProxGridPointsFind found. */
extern void BiProxGridPointsList(BiProxGridPoints *points,
								 const BiProxJoinStep *step);

/* Make a grid of the spans in list. */
extern void BiProxGridMake(BiProxGrid *grid, const BiProxGridPoints *points,
						   const BiSpanList *list);

/* Index of the point at pos in field. */
extern int	BiProxGridPointAt(const BiProxGridPoints *points, uint32 pos,
							  uint8 field);

#endif							/* BI_PROX_GRID_POINTS_H */
