/*
 * publish.h
 *	  Putting a segment that was written into the metapage.
 */
#ifndef BIS_PUBLISH_H
#define BIS_PUBLISH_H

#include "index/page/layout.h"

/*
 * Name entry (NULL: none) in the place of the n neighbours from *replaced on,
 * which are retired.  The caller holds the lock of merges, and has written
 * entry as this writer.
 */
extern void BisPublishMerge(Relation index, int writer,
							const BisSegmentEntry *replaced, int n,
							const BisSegmentEntry *entry);

/*
 * Name entry (NULL: none) as the last segment, made of the frozen list's
 * articles but those of rest; the list is retired if that has none.  The
 * caller holds the lock of flushes, and fewer than BIS_MAX_SEGMENTS segments
 * were named since.
 */
extern void BisPublishFlush(Relation index, const BisList *rest,
							const BisSegmentEntry *entry);

#endif							/* BIS_PUBLISH_H */
