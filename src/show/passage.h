/*
 * passage.h
 *	  Chooses the passages of a text that show best what matched.
 */
#ifndef BI_PASSAGE_H
#define BI_PASSAGE_H

#include "show/text_hits.h"

typedef struct BiPassage
{
	int32		start;			/* in bytes */
	int32		end;
	int			first_hit;		/* first range of a hit in it */
	int			nhits;
	double		score;
} BiPassage;

typedef struct BiPassages
{
	BiPassage  *passages;
	int			n;
	BiRange    *ranges;			/* of the hits, see BiTextHitsRanges */
	int			nranges;
} BiPassages;

/*
 * Choose up to number passages of at most size characters that have hits and
 * do not overlap: first so that all operands are shown, then those with the
 * most different operands, then those with the most hits.  They are in the
 * order of the text, or with by_density the best first.
 *
 * A passage begins and ends where a sentence does if that fits, else where a
 * word does.  A hit that is longer than size is cut at a word; a word never
 * is.  The hits must have been found with nodes.
 */
extern void BiFindPassages(BiPassages *result, const BiTextHits *hits,
						   int number, int32 size, bool by_density);

#endif							/* BI_PASSAGE_H */
