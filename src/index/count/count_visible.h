/*
 * count_visible.h
 *	  How many rows of a table a search finds, by index and visibility map.
 */
#ifndef BIS_TALLY_H
#define BIS_TALLY_H

#include "access/tableam.h"

#include "index/search/segment_search.h"

typedef struct BisTally BisTally;

/*
 * For counts in heap by index under snapshot, in the current memory context.
 * Both relations are locked by the caller until BisTallyEnd.
 */
extern BisTally *BisTallyBegin(Relation heap, Relation index,
							   Snapshot snapshot);

/*
 * The number of rows, visible to the snapshot, that satisfy all nplans
 * conditions.  Adds to *visits how often the heap was asked.
 */
extern int64 BisTallyRows(BisTally *tally, BisPlan **plans, int nplans,
						  int64 *visits);

/* Release what is pinned, and free tally. */
extern void BisTallyEnd(BisTally *tally);

#endif							/* BIS_TALLY_H */
