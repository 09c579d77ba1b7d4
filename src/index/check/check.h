/*
 * check.h
 *	  What the parts of bi_index_check share.
 *
 * A part raises XX002 at the first defect.  Before it looks at a page it says
 * so with BisVerifyAt, and the error tells where that was.
 */
#ifndef BIS_VERIFY_H
#define BIS_VERIFY_H

#include "index/check/fingerprint.h"
#include "index/segment/dictionary.h"

typedef struct BisVerify
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
	BisArticles *articles;		/* gathers the live ones; or NULL */
} BisVerify;

/* Say what is looked at from now on. */
static inline void
BisVerifyAt(BisVerify *verify, const char *part, BlockNumber block)
{
	verify->part = part;
	verify->block = block;
}

/*
 * Read the index's length, and make room for a bit for each block.  Whatever
 * names a block was read before, and the block was there when it was named.
 */
extern void BisVerifyLength(BisVerify *verify);

/* Note that the block is used; raise if it was, or is not in the index. */
extern void BisVerifyClaim(BisVerify *verify, BlockNumber block);

/* Raise unless the heap address is one. */
extern void BisVerifyTid(const ItemPointerData *tid);

/* Raise unless the lexeme is text in the database's encoding. */
extern void BisVerifyLexeme(const char *lexeme, int len);

/* what the posting lists say of an article */
typedef struct BisArticleSum
{
	uint64		hash;			/* sum of its postings' BisPostingHash */
	uint64		length;			/* as in BisDoc, before it was cut */
} BisArticleSum;

/* the posting lists of a segment, looked at in the order of their terms */
typedef struct BisVerifyLists
{
	BisVerify  *verify;
	BisSegment *segment;
	uint64		postings;		/* how far their streams were looked at */
	uint64		positions;
	uint64		npostings;
	uint64		nterms;
	uint32		first;			/* articles that have a sum */
	uint32		nsums;
	BisArticleSum *sums;
	uint64		hash;			/* of a segment of pairs: sum of BisPairHash */
	BisBytes	bytes;			/* positions of a block */
} BisVerifyLists;

/* Look at the posting list of the term that terms stands at. */
extern void BisVerifyList(BisVerifyLists *lists, const BisTerms *terms);

/* Look at all of a segment. */
extern void BisVerifySegment(BisVerify *verify,
							 const BisSegmentEntry *entry);

/* Look at a pending list as the metapage had it; frozen: is it closed? */
extern void BisVerifyPending(BisVerify *verify, const BisList *list,
							 bool frozen);

#endif							/* BIS_VERIFY_H */
