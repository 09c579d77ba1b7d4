/*
 * bigram_scan.h
 *	  Going through the words of a segment that follow each other.
 */
#ifndef BIS_PAIR_WALK_H
#define BIS_PAIR_WALK_H

#include "index/bigram/bigram_write.h"
#include "index/segment/postings.h"

/* articles that are gone through at a time, at most */
#define BIS_PAIR_WINDOW 512

/* a frequent word */
typedef struct BisPairWord
{
	char	   *term;
	int			len;
	BisTerm		entry;
	int			rank;			/* by articles, the most frequent one's is 0 */
	int			number;			/* in the walk that counted the pairs */
} BisPairWord;

typedef struct BisPairWalk
{
	MemoryContext context;
	BisSegment *segment;
	BisPairWord	   *words;			/* in the order of their terms */
	int			n;
	BisCursor  *cursors;
	uint32	   *last;			/* of each pair: the last article that has it,
								 * or BIS_NO_DOC */

	/* of the window */
	BisBytes	tokens;
	BisBytes	sorted;			/* the same by article */
	uint32		ends[BIS_PAIR_WINDOW + 1];	/* of its tokens in sorted */

	/* of an article: the last token at a position, + 1, and the one before */
	uint32		at[MAXENTRYPOS + 1];
	BisBytes	before;
} BisPairWalk;

/*
 * Told of each pair, an index of two words' lists: word * n + word, and of
 * the article before that had it.
 */
typedef void (*BisPairFound) (void *arg, uint32 pair, uint32 doc, uint32 last);

/*
 * Those words of the segment that are in least articles or more, in the order
 * of their terms; *n becomes their number.  All of this is in the current
 * memory context.
 */
extern BisPairWord *BisPairWords(BisSegment *segment, uint32 least, int *n);

/* Get ready to go through the pairs of n words, which are so sorted. */
extern BisPairWalk *BisPairWalkBegin(BisSegment *segment, BisPairWord *words,
									 int n);

/*
 * Tell found of all pairs, an article after the other.  Returns false, and
 * may have told of some, if they would not say all.
 */
extern bool BisPairWalkAll(BisPairWalk *walk, BisPairFound found, void *arg);

#endif							/* BIS_PAIR_WALK_H */
