/*
 * bigram_scan.h
 *	  Going through the words of a segment that follow each other.
 */
#ifndef BIS_BIGRAM_SCAN_H
#define BIS_BIGRAM_SCAN_H

#include "index/bigram/bigram_write.h"
#include "index/segment/postings.h"

/* articles that are gone through at a time, at most */
#define BIS_BIGRAM_WINDOW 512

/* a frequent word */
typedef struct BisBigramWord
{
	char	   *term;
	int			len;
	BisTerm		entry;
	int			rank;			/* by articles, the most frequent one's is 0 */
	int			number;			/* in the walk that counted the bigrams */
} BisBigramWord;

typedef struct BisBigramScan
{
	MemoryContext context;
	BisSegment *segment;
	BisBigramWord *words;		/* in the order of their terms */
	int			n;
	BisPostings *cursors;
	uint32	   *last;			/* of each bigram: the last article that has
								 * it, or BIS_NO_DOC */

	/* of the window */
	BisBytes	tokens;
	BisBytes	sorted;			/* the same by article */
	uint32		ends[BIS_BIGRAM_WINDOW + 1];	/* of its tokens in sorted */

	/* of an article: the last token at a position, + 1, and the one before */
	uint32		at[MAXENTRYPOS + 1];
	BisBytes	before;
} BisBigramScan;

/*
 * Told of each bigram, an index of two words' lists: word * n + word, and of
 * the article before that had it.
 */
typedef void (*BisBigramFound) (void *arg, uint32 bigram, uint32 doc, uint32 last);

/*
 * Those words of the segment that are in least articles or more, in the order
 * of their terms; *n becomes their number.  All of this is in the current
 * memory context.
 */
extern BisBigramWord *BisBigramWords(BisSegment *segment, uint32 least, int *n);

/* Get ready to go through the bigrams of n words, which are so sorted. */
extern BisBigramScan *BisBigramScanBegin(BisSegment *segment, BisBigramWord *words,
										 int n);

/*
 * Tell found of all bigrams, an article after the other.  Returns false, and
 * may have told of some, if they would not say all.
 */
extern bool BisBigramScanAll(BisBigramScan *walk, BisBigramFound found, void *arg);

#endif							/* BIS_BIGRAM_SCAN_H */
