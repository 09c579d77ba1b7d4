/*
 * sample.h
 *	  Estimating by sampling how many articles of a segment a search finds.
 */
#ifndef BIS_SAMPLE_H
#define BIS_SAMPLE_H

#include "index/search/segment_search.h"

/* the work of skipping to a distant article in a posting list */
#define BIS_SEEK_WORK 40

/* least number of windows into which the sample of a segment is spread */
#define BIS_MIN_WINDOWS 4

/* the result for one segment, or the sum for several */
typedef struct BisSample
{
	double		articles;		/* of the segments; 0: none was sampled */
	double		candidates;		/* estimate of the articles that may match */
	double		seen;			/* candidates that were matched */
	double		hits;			/* estimate of the articles that match */
	double		found;			/* hits among those seen */
	int64		spent;			/* work done */
	bool		exact;			/* were all candidates matched? */
} BisSample;

/*
 * Estimate what the condition finds in the segment, spending about work, and
 * add the result to *sample.  Before the first segment, *sample is zeroed
 * except for exact, which is true.
 *
 * The unit of work is one lookup of a nearby article in a posting list, about
 * 20 ns.  There should be enough for BIS_MIN_WINDOWS with the condition's
 * posting lists in the segment.
 */
extern void BisSampleSegment(BisCondition *condition, BisSegment *segment,
							 int64 work, BisSample *sample);

#endif							/* BIS_SAMPLE_H */
