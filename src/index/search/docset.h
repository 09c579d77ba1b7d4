/*
 * docset.h
 *	  Sets of a segment's articles, iterated in ascending order.
 */
#ifndef BIS_DOCSET_H
#define BIS_DOCSET_H

#include "index/segment/postings.h"

typedef enum BisDocSetKind
{
	BIS_DOCSET_NONE,
	BIS_DOCSET_ALL,
	BIS_DOCSET_POSTINGS,		/* of a posting list */
	BIS_DOCSET_BITMAP,			/* one bit per article */
	BIS_DOCSET_AND,
	BIS_DOCSET_OR,
	BIS_DOCSET_NOT
} BisDocSetKind;

typedef struct BisDocSet BisDocSet;

struct BisDocSet
{
	BisDocSetKind kind;
	bool		begun;			/* OR, NOT: has it been advanced? */
	uint32		doc;			/* then its current article, or BIS_NO_DOC */
	uint32		ndocs;			/* articles of the segment */
	uint64		cost;			/* estimated number of articles in the set */
	BisPostings *cursor;		/* POSTINGS */
	uint64	   *bits;			/* BITMAP */
	int			nchildren;		/* AND, OR, NOT */
	BisDocSet **children;
};

/*
 * Constructors, which allocate in the current memory context.  The set takes
 * over cursors and the array of children, which is reordered, and may return
 * one of the children itself.
 */
extern BisDocSet *BisDocSetNone(uint32 ndocs);
extern BisDocSet *BisDocSetAll(uint32 ndocs);
extern BisDocSet *BisDocSetPostings(uint32 ndocs, BisPostings *cursor);
extern BisDocSet *BisDocSetAnd(uint32 ndocs, BisDocSet **children,
							   int nchildren);
extern BisDocSet *BisDocSetOr(uint32 ndocs, BisDocSet **children,
							  int nchildren);
extern BisDocSet *BisDocSetNot(uint32 ndocs, BisDocSet *child);

/* An empty bitmap; add a posting list's or a window's articles to it. */
extern BisDocSet *BisDocSetBitmap(uint32 ndocs);
extern void BisDocSetAddPostings(BisDocSet *bits, BisPostings *cursor);
extern void BisDocSetAddWindow(BisDocSet *bits, uint32 first,
							   const uint64 window[BIS_WINDOW_WORDS]);

/* Does a bitmap contain all articles of the segment? */
extern bool BisDocSetIsAll(BisDocSet *bits);

/* Does a bitmap contain an article? */
static inline bool
BisDocSetHasBit(const BisDocSet *bits, uint32 doc)
{
	return (bits->bits[doc / 64] >> (doc % 64) & 1) != 0;
}

/*
 * Prepare for about expected calls of BisDocSetAdvance.  Call it at most
 * once, on the topmost set only.
 */
extern void BisDocSetPrepare(BisDocSet *docset, uint64 expected);

/*
 * Advance to the set's first article >= doc and return it; BIS_NO_DOC if
 * there is none.  A set is only iterated forward.
 */
extern uint32 BisDocSetAdvance(BisDocSet *docset, uint32 doc);

/*
 * Set bits to the bitmap window of the articles first to first + BIS_WINDOW -
 * 1.  Calls of this and of BisDocSetAdvance may be mixed as long as they go
 * forward.
 */
extern void BisDocSetWindow(BisDocSet *docset, uint32 first,
							uint64 bits[BIS_WINDOW_WORDS]);

#endif							/* BIS_DOCSET_H */
