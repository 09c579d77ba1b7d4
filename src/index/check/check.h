/*
 * check.h
 *	  Declarations shared by the parts of bi_index_check.
 *
 * Each part raises XX002 at the first defect.  It calls BisCheckAt before it
 * reads a page, so that the error can say where the defect is.
 */
#ifndef BIS_CHECK_H
#define BIS_CHECK_H

#include "index/check/fingerprint.h"
#include "index/column/column_type.h"
#include "index/segment/dictionary.h"

typedef struct BisCheck
{
	Relation	index;
	MemoryContext context;		/* for the whole check */
	BlockNumber nblocks;		/* of the index, when last determined */
	uint8	   *claimed;		/* a bit for each block: is it in use? */
	uint64		tail_large;		/* pages of large articles that the current
								 * list's last page named when the metapage
								 * was read */
	const char *part;			/* what is being checked, or NULL */
	BlockNumber block;			/* and at which block */
	BisFingerprint *articles;	/* gathers the live articles; or NULL */
	BisColumnTypes *types;		/* the index's columns; or NULL */
} BisCheck;

/* Record what is checked from now on, and at which block. */
static inline void
BisCheckAt(BisCheck *check, const char *part, BlockNumber block)
{
	check->part = part;
	check->block = block;
}

/*
 * Determine the index's length, and make room for a bit for each block.  Call
 * it after reading the page that names a block: the block existed by then.
 */
extern void BisCheckLength(BisCheck *check);

/*
 * Claim a block for the part that uses it.  Raises if it was claimed before,
 * or if the index has no such block.
 */
extern void BisCheckClaim(BisCheck *check, BlockNumber block);

/* Raise unless the heap address is valid. */
extern void BisCheckTid(const ItemPointerData *tid);

/* Raise unless the lexeme is valid text in the database's encoding. */
extern void BisCheckLexeme(const char *lexeme, int len);

/* what the posting lists say of an article */
typedef struct BisArticleSum
{
	uint64		hash;			/* sum of its postings' BisPostingHash */
	uint64		length;			/* as in BisDoc, but not truncated */
} BisArticleSum;

/* the check of a segment's posting lists, in the order of their terms */
typedef struct BisCheckPostings
{
	BisCheck   *check;
	BisSegment *segment;
	uint64		postings;		/* how far the streams have been checked */
	uint64		positions;
	uint64		npostings;
	uint64		nterms;
	uint32		first;			/* first of nsums articles with a sum */
	uint32		nsums;
	BisArticleSum *sums;		/* NULL for a bigram segment */
	uint64		hash;			/* sum of BisBigramHash, if bigrams */
	BisBytes	bytes;			/* positions of a block */
} BisCheckPostings;

/* Check the posting list of the current term of terms. */
extern void BisCheckPostingList(BisCheckPostings *lists,
								const BisTerms *terms);

/*
 * Check the stored columns of a segment, whose header is at a block.
 */
extern void BisCheckColumns(BisCheck *check, BisSegment *segment,
							BlockNumber header_block);

/* Add the hashes of the columns' values to the sums, as BisValuesHash. */
extern void BisCheckAddColumns(BisCheckPostings *lists);

/* Check all of a segment. */
extern void BisCheckSegment(BisCheck *check,
							const BisSegmentEntry *entry);

/*
 * Check a pending list, with the length it has in the metapage's copy; frozen
 * tells whether it is the frozen one, which must be closed.
 */
extern void BisCheckPending(BisCheck *check, const BisList *list,
							bool frozen);

#endif							/* BIS_CHECK_H */
