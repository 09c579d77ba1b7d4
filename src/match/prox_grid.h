/*
 * prox_grid.h
 *	  Proximity joins of many spans on few positions.
 */
#ifndef BI_PROX_GRID_H
#define BI_PROX_GRID_H

#include "match/prox_join.h"

/*
 * Put the spans of step's join into *out, an empty list, as far as goal needs
 * them (most is what BI_GOAL_LARGEST keeps), sorted and distinct; for a
 * negated join, all left spans without a pair.  Returns false, and does
 * nothing, if enumerating pairs is less work, or the grid would be too large.
 * Raises 54000 if there are more than BI_MAX_SPANS.
 */
extern bool BiProxGridApply(const BiProxJoinStep *step, BiSpanGoal goal,
							uint32 most, BiSpanList *out);

#endif							/* BI_PROX_GRID_H */
