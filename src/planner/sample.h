/*
 * sample.h
 *	  How many articles of a segment a search finds, judged by some of them.
 */
#ifndef BIS_SAMPLE_H
#define BIS_SAMPLE_H

#include "index/search/segment_search.h"

/* what it costs to find the place of an article far away in a list */
#define BIS_SEEK_WORK 40

/* windows that a segment is looked at through, at least */
#define BIS_MIN_WINDOWS 4

/* what was found, of one segment or, added up, of several */
typedef struct BisSample
{
	double		articles;		/* of the segments; 0: none was looked at */
	double		candidates;		/* of them, those that may match: about */
	double		seen;			/* candidates looked at */
	double		hits;			/* articles that match: about */
	double		found;			/* of those looked at */
	int64		spent;			/* of the work */
	bool		exact;			/* were all candidates looked at? */
} BisSample;

/*
 * Add to *sample what plan finds in segment, spending about work; *sample is
 * zeroed but for exact, which is true, before the first segment.  Work is
 * counted in lists that are asked for an article nearby, each some 20 ns, and
 * what was spent is added to the sample.
 * It should do for BIS_MIN_WINDOWS with plan's lists in the segment.
 */
extern void BisSampleSegment(BisCondition *plan, BisSegment *segment, int64 work,
							 BisSample *sample);

#endif							/* BIS_SAMPLE_H */
