/*
 * prox_grid.h
 *	  Links between many spans on few positions.
 */
#ifndef BI_PROX_GRID_H
#define BI_PROX_GRID_H

#include "match/prox_join.h"

/*
 * Put the spans of step's link into *out, an empty list, as far as goal needs
 * them (most is what BI_GOAL_LARGEST keeps), sorted, no two alike; but all
 * left spans that a negated link leaves.  Returns false, and does nothing,
 * where going through the pairs is less work, or a grid too large.  Raises
 * 54000 if there are more than BI_MAX_SPANS.
 */
extern bool BiProxGridApply(const BiProxJoinStep *step, BiSpanGoal goal, uint32 most,
							BiSpanList *out);

#endif							/* BI_PROX_GRID_H */
