/*
 * explain_distance.h
 *	  Finds how near the operands of a phrase or proximity come to each
 *	  other.
 */
#ifndef BI_EXPLAIN_DISTANCE_H
#define BI_EXPLAIN_DISTANCE_H

#include "match/eval.h"

/* shortest distances from one operand to the other; PG_UINT32_MAX for none */
typedef struct BiDistance
{
	uint32		after;			/* the right one is after the left one */
	uint32		before;			/* the right one is before the left one */
	bool		other_field;	/* some pair is in two fields */
} BiDistance;

/*
 * Find the distances of spans sorted by start.  They count positions from
 * near end to near end, within one field; or with boundaries (nboundaries at
 * least 0) the boundaries in between.  Overlapping pairs do not count.
 * Answers cancel requests.
 */
extern void BiFindDistance(const BiSpan *left, int nleft,
						   const BiSpan *right, int nright,
						   const uint32 *boundaries, int nboundaries,
						   BiDistance *distance);

/*
 * Length in positions of the shortest stretch that has one of each of nlists
 * lists of positions, which are sorted and not empty.  Answers cancel
 * requests.
 */
extern uint32 BiShortestStretch(uint32 **lists, const int *lengths,
								int nlists);

#endif							/* BI_EXPLAIN_DISTANCE_H */
