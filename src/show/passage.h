/*
 * passage.h
 *	  The passages of a text that show best what matched.
 */
#ifndef BI_PASSAGE_H
#define BI_PASSAGE_H

#include "show/text_hits.h"

typedef struct BiPassage
{
	int32		start;			/* in bytes */
	int32		end;
	int			first_mark;		/* in the ranges */
	int			nmarks;
	double		score;
} BiPassage;

typedef struct BiPassages
{
	BiPassage  *passages;
	int			n;
	BiRange    *ranges;			/* where the marks are, see BiTextHitsRanges */
	int			nranges;
} BiPassages;

/*
 * Choose number passages of size characters, or a little less, that hold marks
 * (fewer if there are fewer), no two of which overlap: first so that all
 * operands are shown, then those with the most different operands, then those
 * with the most marks.  They come in the order of the text, or with by_density
 * the best first.
 *
 * A passage begins and ends where a sentence does if that fits, else where a
 * word does.  A mark that is longer than size is cut at a word; a word never.
 * Shown's marks must have been found with nodes.
 */
extern void BiFindPassages(BiPassages *result, const BiTextHits *shown,
						   int number, int32 size, bool by_density);

#endif							/* BI_PASSAGE_H */
