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
typedef struct BisCompactionRun
{
	uint32		first;
	uint32		n;
	int			tier;			/* of the largest of them */
} BisCompactionRun;

/*
 * Find the run to merge next among the segments from number from on, of tiers
 * up to last.  Returns false if there is none.
 */
extern bool BisCompactionFind(const BisMeta *meta, uint32 from, int last,
							  BisCompactionRun *run);

/* Find a segment of which many articles are dead: a run of one. */
extern bool BisCompactionFindDead(Relation index, const BisMeta *meta,
								  BisCompactionRun *run);

/* The two neighbours that take the least to merge; there are two. */
extern BisCompactionRun BisCompactionLeast(const BisMeta *meta);

/* Has a segment dead articles? */
extern bool BisCompactionHasDead(Relation index, const BisSegmentEntry *entry);

/*
 * Merge the run into one segment, as this writer, with lists of bigrams or
 * without, and publish it.  Returns false if no article was live, and so the
 * run has no successor.  The caller holds the lock of merges.  See BisStore
 * about meanwhile, which may flush, and merge segments after the run.
 */
extern bool BisCompactionMerge(Relation index, const BisMeta *meta,
							   const BisCompactionRun *run, int writer, bool bigrams,
							   void (*meanwhile) (void *arg), void *arg);

#endif							/* BIS_COMPACTION_H */
