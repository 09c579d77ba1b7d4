/*
 * postings.h
 *	  Reading a posting list: articles in ascending order, with positions.
 */
#ifndef BIS_POSTINGS_H
#define BIS_POSTINGS_H

#include "index/segment/dictionary.h"

/* a block's weights, read front to back */
typedef struct BisWeights
{
	bool		begun;			/* has reading begun?  Else nothing is set */
	uint32		next;			/* weights of earlier positions were read */
	uint32		first;			/* the run last read: its first position in
								 * the block, */
	uint32		end;			/* the one after its last; */
	uint32		weight;			/* and its weight */
	BisReader	runs;			/* the runs after it */
} BisWeights;

/* a cursor: a posting list being read */
typedef struct BisPostings
{
	BisSegment *segment;
	BisTerm		term;
	uint32		doc;			/* current article; BIS_NO_DOC at the end */
	uint32		at;				/* its index in docs */
	uint32		block;			/* number of the block in docs */
	uint32		nblocks;
	uint32		n;				/* articles in docs */
	uint32		docs[BIS_BLOCK];
	bool		has_freqs;		/* are the block's freqs unpacked? */
	int			freq_width;		/* if not, they are in packed_freqs */
	uint8		packed_freqs[BisPackedSize(BIS_FREQ_BITS)];
	uint32		freqs[BIS_BLOCK];
	uint64		positions_start;	/* of the block, an offset in the list's
									 * positions */
	uint64		positions_end;
	int			position_width;
	uint32		positions_at;	/* index in docs of an article, */
	uint32		first_position; /* and its first position in the block */
	bool		peeked;			/* was one article's read in place? */
	bool		has_positions;	/* are the block's copied to positions? */
	BisBytes	positions;
	BisBytes	occurrences;	/* of an article */
	BisWeights	weights;
	uint32		first_skip;		/* number of skips[0] */
	uint32		nskips;
	BisSkip		skips[16];
	MemoryContext context;
} BisPostings;

/* Open a cursor for term's posting list, at its first article. */
extern void BisPostingsOpen(BisPostings *cursor, BisSegment *segment,
							const BisTerm *term);

/* Advance to the first article >= doc, which is in a later block. */
extern void BisPostingsSkipTo(BisPostings *cursor, uint32 doc);

/* Advance to the first article >= doc. */
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

/* Advance to the next article. */
extern void BisPostingsNext(BisPostings *cursor);

/* articles in a bitmap window, one bit each, and its words */
#define BIS_WINDOW 4096
#define BIS_WINDOW_WORDS (BIS_WINDOW / 64)

/*
 * Set the bits of the list's articles in the bitmap window that starts at
 * article first, and leave the cursor after the window.  first is at most
 * PG_UINT32_MAX - BIS_WINDOW.
 */
extern void BisPostingsWindow(BisPostings *cursor, uint32 first,
							  uint64 *bits);

/* Unpack the block's frequencies. */
extern void BisPostingsReadFreqs(BisPostings *cursor);

/* Number of positions in the current article, at most BIS_MAX_FREQ. */
static inline uint32
BisPostingsFreq(BisPostings *cursor)
{
	if (!cursor->has_freqs)
		BisPostingsReadFreqs(cursor);
	return cursor->freqs[cursor->at];
}

/*
 * The term's occurrences in the current article, ascending: with their
 * weights or, for BisPostingsPositions, all with weight 0.  The position of
 * the last one may be BI_UNKNOWN_POSITION.  Valid until the next call.
 */
extern const BiOccurrence *BisPostingsOccurrences(BisPostings *cursor);
extern const BiOccurrence *BisPostingsPositions(BisPostings *cursor);

#endif							/* BIS_POSTINGS_H */
