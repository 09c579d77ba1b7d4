/*
 * column_filter.h
 *	  Conditions of a search on stored columns.
 */
#ifndef BIS_COLUMN_FILTER_H
#define BIS_COLUMN_FILTER_H

#include "access/skey.h"

#include "index/column/column_read.h"

/* all conditions of a scan on columns; all have to be true */
typedef struct BisFilter BisFilter;

/* the same for a segment */
typedef struct BisSegmentFilter BisSegmentFilter;

/*
 * The conditions on columns among a scan's keys, in the current memory
 * context, which must outlive the scan, as what the keys refer to; NULL if
 * there are none.  A key whose query or array is null must not be among them.
 */
extern BisFilter *BisFilterMake(Relation index, ScanKey keys, int nkeys);

/* Do the values of a pending article satisfy the filter? */
extern bool BisFilterMatches(BisFilter *filter, const BisValue *values);

/*
 * Begin to filter a segment's articles, in the current memory context; NULL
 * for no filter (NULL).
 */
extern BisSegmentFilter *BisFilterSegment(BisFilter *filter,
										  BisSegment *segment);

/* Do all articles of the segment satisfy it, as far as is known easily? */
extern bool BisFilterIsAll(BisSegmentFilter *filter);

/*
 * The first article, not before doc, that is of a block in which some may
 * satisfy the filter; BIS_NO_DOC if there is none.
 */
extern uint32 BisFilterAdvance(BisSegmentFilter *filter, uint32 doc);

/* Does an article satisfy it? */
extern bool BisFilterHas(BisSegmentFilter *filter, uint32 doc);

/*
 * Clear the bits of articles that do not, of n words whose first bit is
 * article first, a multiple of BIS_COLUMN_DOCS.
 */
extern void BisFilterBits(BisSegmentFilter *filter, uint32 first,
						  uint64 *bits, int n);

#endif							/* BIS_COLUMN_FILTER_H */
