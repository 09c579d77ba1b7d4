/*
 * postings.h
 *	  Reading a posting list: articles in order, and their positions.
 */
#ifndef BIS_POSTINGS_H
#define BIS_POSTINGS_H

#include "index/segment/dictionary.h"

/* the weights of a block, being read from front to back */
typedef struct BisWeights
{
	bool		begun;			/* is anything of this set? */
	uint32		next;			/* weights of positions below were read */
	uint32		first;			/* the run last read: its first position in
								 * the block, */
	uint32		end;			/* the one behind it */
	uint32		weight;			/* and weight */
	BisReader	runs;			/* those that follow */
} BisWeights;

/* a posting list being read */
typedef struct BisPostings
{
	BisSegment *segment;
	BisTerm		term;
	uint32		doc;			/* where it stands; BIS_NO_DOC at the end */
	uint32		at;				/* index in docs */
	uint32		block;			/* the block in docs */
	uint32		nblocks;
	uint32		n;				/* articles in docs */
	uint32		docs[BIS_BLOCK];
	bool		has_freqs;		/* are freqs set? */
	int			freq_width;		/* else they are packed here */
	uint8		packed_freqs[BisPackedSize(BIS_FREQ_BITS)];
	uint32		freqs[BIS_BLOCK];
	uint64		positions_start;	/* of the block, in the list's positions */
	uint64		positions_end;
	int			position_width;
	uint32		positions_at;	/* index in docs of the article whose
								 * positions */
	uint32		first_position; /* begin at this one of the block */
	bool		peeked;			/* was one article's read where it is? */
	bool		has_positions;	/* are the block's copied to positions? */
	BisBytes	positions;
	BisWeights	weights;
	uint32		first_skip;		/* skips read last */
	uint32		nskips;
	BisSkip		skips[16];
	MemoryContext context;
} BisPostings;

/* Read term's posting list, standing at its first article. */
extern void BisPostingsOpen(BisPostings *cursor, BisSegment *segment,
							const BisTerm *term);

/* Go to the first article that is not before doc, in a later block. */
extern void BisPostingsSkipTo(BisPostings *cursor, uint32 doc);

/* Go to the first article that is not before doc. */
static inline void
BisPostingsAdvance(BisPostings *cursor, uint32 doc)
{
	uint32		at = cursor->at;

	if (cursor->doc >= doc)
		return;
	if (cursor->docs[cursor->n - 1] < doc)
	{
		BisPostingsSkipTo(cursor, doc);
		return;
	}
	while (cursor->docs[at] < doc)
		at++;
	cursor->at = at;
	cursor->doc = cursor->docs[at];
}

/* Go to the next article. */
extern void BisPostingsNext(BisPostings *cursor);

/* articles of a window, a bit each in an array of words */
#define BIS_WINDOW 4096
#define BIS_WINDOW_WORDS (BIS_WINDOW / 64)

/*
 * Add the list's articles from first on to the bits of a window that begins
 * there; first is at most PG_UINT32_MAX - BIS_WINDOW.  Stands behind it then.
 */
extern void BisPostingsWindow(BisPostings *cursor, uint32 first, uint64 *bits);

/* Unpack the frequencies of the block. */
extern void BisPostingsReadFreqs(BisPostings *cursor);

/* Positions of the article that the cursor stands at: at most MAXNUMPOS. */
static inline uint32
BisPostingsFreq(BisPostings *cursor)
{
	if (!cursor->has_freqs)
		BisPostingsReadFreqs(cursor);
	return cursor->freqs[cursor->at];
}

/*
 * These positions into out, which has room for them: with their weights, or
 * (BisPostingsPositionsOnly) with weight 0.
 */
extern void BisPostingsPositions(BisPostings *cursor, WordEntryPos *out);
extern void BisPostingsPositionsOnly(BisPostings *cursor, WordEntryPos *out);

#endif							/* BIS_POSTINGS_H */
