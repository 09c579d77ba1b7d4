/*
 * bigram_scan.h
 *	  Enumerating the bigrams of a segment's frequent words.
 */
#ifndef BIS_BIGRAM_SCAN_H
#define BIS_BIGRAM_SCAN_H

#include "index/bigram/bigram_write.h"
#include "index/segment/postings.h"

/* most articles that are processed together */
#define BIS_BIGRAM_WINDOW 512

/* articles with words from this position on are sorted */
#define BIS_BIGRAM_POSITIONS MAXENTRYPOS

/* a frequent word */
typedef struct BisBigramWord
{
	char	   *term;
	int			len;
	BisTerm		entry;
	int			rank;			/* by document frequency; 0: the highest */
	int			number;			/* in the scan that counted the bigrams */
} BisBigramWord;

typedef struct BisBigramScan
{
	MemoryContext context;
	BisSegment *segment;
	BisBigramWord *words;		/* sorted by term */
	int			n;
	BisPostings *cursors;
	uint32	   *last;			/* for each bigram, the last article found to
								 * have it, or BIS_NO_DOC */

	/* of the current window */
	BisBytes	tokens;
	BisBytes	sorted;			/* the tokens sorted by article */
	uint32		ends[BIS_BIGRAM_WINDOW + 1];	/* where each article's tokens
												 * end in sorted */

	/*
	 * Of the current article, numbers of tokens + 1, 0 for none: the last
	 * token at each position, and for each token the one before it at the
	 * same position.
	 */
	uint32		at[BIS_BIGRAM_POSITIONS + 1];
	BisBytes	before;

	uint32		apart;			/* the last article found that core would
								 * match differently, or BIS_NO_DOC */
} BisBigramScan;

/*
 * Called for each bigram of each article doc.  bigram is first * n + second,
 * from the numbers of its two words; last is the previous article that has
 * the bigram, or BIS_NO_DOC.
 */
typedef void (*BisBigramFound) (void *arg, uint32 bigram, uint32 doc,
								uint32 last);

/*
 * the bigram that stands for the articles that core may match differently: in
 * which one of the words is at position 0 or at an unknown one
 */
#define BIS_BIGRAM_APART PG_UINT32_MAX

/*
 * The words of the segment that are in at least least articles, sorted by
 * term; *n becomes their number.  Everything is allocated in the current
 * memory context.
 */
extern BisBigramWord *BisBigramWords(BisSegment *segment, uint32 least,
									 int *n);

/* Prepare to enumerate the bigrams of n words, which are sorted by term. */
extern BisBigramScan *BisBigramScanBegin(BisSegment *segment,
										 BisBigramWord *words, int n);

/*
 * Call found for all bigrams, article by article, and for BIS_BIGRAM_APART.
 */
extern void BisBigramScanAll(BisBigramScan *scan, BisBigramFound found,
							 void *arg);

#endif							/* BIS_BIGRAM_SCAN_H */
