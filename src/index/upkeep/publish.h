/*
 * publish.h
 *	  Publishing a new segment in the metapage.
 */
#ifndef BIS_PUBLISH_H
#define BIS_PUBLISH_H

#include "index/page/layout.h"

/*
 * Replace the n adjacent segments that start at *replaced by entry (NULL: by
 * none), and retire them.  The caller holds the merge lock, and has written
 * entry as this writer.
 */
extern void BisPublishMerge(Relation index, int writer,
							const BisSegmentEntry *replaced, int n,
							const BisSegmentEntry *entry);

/*
 * Add entry (NULL: none) as the last segment.  It was made of the frozen list
 * without rest, which the list becomes; if rest is empty, the list is
 * retired.  The caller has held the flush lock since it saw that the metapage
 * has fewer than BIS_MAX_SEGMENTS segments.
 */
extern void BisPublishFlush(Relation index, const BisList *rest,
							const BisSegmentEntry *entry);

#endif							/* BIS_PUBLISH_H */
