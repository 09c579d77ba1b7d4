/*
 * check.h
 *	  What the parts of bi_index_check share.
 *
 * A part raises XX002 at the first defect.  Before it looks at a page it says
 * so with BisCheckAt, and the error tells where that was.
 */
#ifndef BIS_CHECK_H
#define BIS_CHECK_H

#include "index/check/fingerprint.h"
#include "index/segment/dictionary.h"

typedef struct BisCheck
{
	Relation	index;
	MemoryContext context;		/* for the whole check */
	BlockNumber nblocks;		/* of the index, when it was read last */
	uint8	   *claimed;		/* a bit for each of them */
	uint64		tail_large;		/* pages of large articles that the current
								 * list's last page named as the metapage was
								 * read */
	const char *part;			/* what is being looked at, or NULL */
	BlockNumber block;			/* and where */
	BisFingerprint *articles;	/* gathers the live ones; or NULL */
} BisCheck;

/* Say what is looked at from now on. */
static inline void
BisCheckAt(BisCheck *check, const char *part, BlockNumber block)
{
	check->part = part;
	check->block = block;
}

/*
 * Read the index's length, and make room for a bit for each block.  Whatever
 * names a block was read before, and the block was there when it was named.
 */
extern void BisCheckLength(BisCheck *check);

/* Note that the block is used; raise if it was, or is not in the index. */
extern void BisCheckClaim(BisCheck *check, BlockNumber block);

/* Raise unless the heap address is one. */
extern void BisCheckTid(const ItemPointerData *tid);

/* Raise unless the lexeme is text in the database's encoding. */
extern void BisCheckLexeme(const char *lexeme, int len);

/* what the posting lists say of an article */
typedef struct BisArticleSum
{
	uint64		hash;			/* sum of its postings' BisPostingHash */
	uint64		length;			/* as in BisDoc, before it was cut */
} BisArticleSum;

/* the posting lists of a segment, looked at in the order of their terms */
typedef struct BisCheckPostings
{
	BisCheck   *check;
	BisSegment *segment;
	uint64		postings;		/* how far their streams were looked at */
	uint64		positions;
	uint64		npostings;
	uint64		nterms;
	uint32		first;			/* articles that have a sum */
	uint32		nsums;
	BisArticleSum *sums;
	uint64		hash;			/* of a segment of bigrams: sum of
								 * BisBigramHash */
	BisBytes	bytes;			/* positions of a block */
} BisCheckPostings;

/* Look at the posting list of the term that terms stands at. */
extern void BisCheckPostingList(BisCheckPostings *lists, const BisTerms *terms);

/* Look at all of a segment. */
extern void BisCheckSegment(BisCheck *check,
							const BisSegmentEntry *entry);

/* Look at a pending list as the metapage had it; frozen: is it closed? */
extern void BisCheckPending(BisCheck *check, const BisList *list,
							bool frozen);

#endif							/* BIS_CHECK_H */
