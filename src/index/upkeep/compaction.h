/*
 * compaction.h
 *	  Choosing the segments to merge, and merging them.
 */
#ifndef BIS_COMPACTION_H
#define BIS_COMPACTION_H

#include "index/page/page.h"

/* the highest tier: no segment is larger */
#define BIS_LAST_TIER 15

/* adjacent segments to merge: n of the metapage's, the first being first */
typedef struct BisCompactionRun
{
	uint32		first;
	uint32		n;
	int			tier;			/* of the largest of them */
} BisCompactionRun;

/*
 * Find the run to merge next: only segments from number from on, and only
 * those of tiers up to last.  Returns false if no run is due.
 */
extern bool BisCompactionFind(const BisMeta *meta, uint32 from, int last,
							  BisCompactionRun *run);

/* Find a segment with many dead articles; the run has only that one. */
extern bool BisCompactionFindDead(Relation index, const BisMeta *meta,
								  BisCompactionRun *run);

/* The two adjacent segments with the fewest articles, of at least two. */
extern BisCompactionRun BisCompactionLeast(const BisMeta *meta);

/* Does a segment have dead articles? */
extern bool BisCompactionHasDead(Relation index,
								 const BisSegmentEntry *entry);

/*
 * Merge the run into one segment as this writer, with or without bigrams, and
 * publish it.  Returns false if no article was live, so that nothing takes
 * the run's place.  The caller holds the merge lock.  meanwhile is as in
 * BisStore; it may flush, and merge segments that come after the run.
 */
extern bool BisCompactionMerge(Relation index, const BisMeta *meta,
							   const BisCompactionRun *run, int writer,
							   bool bigrams, void (*meanwhile) (void *arg),
							   void *arg);

#endif							/* BIS_COMPACTION_H */
