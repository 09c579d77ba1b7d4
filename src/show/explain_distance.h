/*
 * explain_distance.h
 *	  How near two operands of a proximity come to each other.
 */
#ifndef BI_EXPLAIN_DISTANCE_H
#define BI_EXPLAIN_DISTANCE_H

#include "match/eval.h"

/* shortest ways from one operand to the other; PG_UINT32_MAX for none */
typedef struct BiDistance
{
	uint32		behind;			/* the right one stands behind the left one */
	uint32		before;			/* ... before it */
	bool		other_field;	/* some pair is in two fields */
} BiDistance;

/*
 * Find them among spans sorted by start.  Distances are of positions, from
 * near end to near end within one field; with marks (their number may be 0,
 * below it there are none), how many of them lie between.  Overlapping pairs
 * do not count.  Answers cancel requests.
 */
extern void BiFindDistance(const BiSpan *left, int nleft,
						   const BiSpan *right, int nright,
						   const uint32 *marks, int nmarks,
						   BiDistance *nearest);

/*
 * Length in positions of the shortest stretch that has one of each of nlists
 * lists of positions, which are sorted and not empty.  Answers cancel
 * requests.
 */
extern uint32 BiShortestStretch(uint32 **lists, const int *lengths,
								int nlists);

#endif							/* BI_EXPLAIN_DISTANCE_H */
