/*
 * compaction.h
 *	  From small segments to large ones: which are merged, and merging them.
 */
#ifndef BIS_COMPACTION_H
#define BIS_COMPACTION_H

#include "index/page/page.h"

/* a tier that every segment is in, or in a lower one */
#define BIS_LAST_TIER 15

/* neighbours that should be one segment: n from first on of the metapage's */
typedef struct BisRunToMerge
{
	uint32		first;
	uint32		n;
	int			tier;			/* of the largest of them */
} BisRunToMerge;

/*
 * Find the run to merge next among the segments from number from on, of tiers
 * up to last.  Returns false if there is none.
 */
extern bool BisMergeFind(const BisMeta *meta, uint32 from, int last,
						 BisRunToMerge *run);

/* Find a segment of which many articles are dead: a run of one. */
extern bool BisMergeFindDead(Relation index, const BisMeta *meta,
							 BisRunToMerge *run);

/* The two neighbours that take the least to merge; there are two. */
extern BisRunToMerge BisMergeLeast(const BisMeta *meta);

/* Has a segment dead articles? */
extern bool BisMergeHasDead(Relation index, const BisSegmentEntry *entry);

/*
 * Merge the run into one segment, as this writer, with lists of pairs or
 * without, and publish it.  Returns false if no article was live, and so the
 * run has no successor.  The caller holds the lock of merges.  See BisStore
 * about meanwhile, which may flush, and merge segments after the run.
 */
extern bool BisMergeRun(Relation index, const BisMeta *meta,
						const BisRunToMerge *run, int writer, bool pairs,
						void (*meanwhile) (void *arg), void *arg);

#endif							/* BIS_COMPACTION_H */
