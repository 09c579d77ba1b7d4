/*
 * docset.h
 *	  Sets of a segment's articles, walked over in order.
 */
#ifndef BIS_DOCSET_H
#define BIS_DOCSET_H

#include "index/segment/postings.h"

typedef enum BisDocSetKind
{
	BIS_DOCSET_NONE,
	BIS_DOCSET_ALL,
	BIS_DOCSET_POSTINGS,		/* a posting list */
	BIS_DOCSET_BITMAP,			/* a bitmap */
	BIS_DOCSET_AND,
	BIS_DOCSET_OR,
	BIS_DOCSET_NOT
} BisDocSetKind;

typedef struct BisDocSet BisDocSet;

struct BisDocSet
{
	BisDocSetKind kind;
	bool		begun;			/* OR, NOT: was it sought? */
	uint32		doc;			/* and where it stands then */
	uint32		ndocs;			/* of the segment */
	uint64		cost;			/* articles in it, about */
	BisPostings *cursor;		/* LIST */
	uint64	   *bits;			/* BITS */
	int			nchildren;		/* AND, OR, NOT */
	BisDocSet **children;
};

/*
 * The sets: all are made in the current memory context.  Cursors and children
 * belong to the set from then on.
 */
extern BisDocSet *BisDocSetNone(uint32 ndocs);
extern BisDocSet *BisDocSetAll(uint32 ndocs);
extern BisDocSet *BisDocSetPostings(uint32 ndocs, BisPostings *cursor);
extern BisDocSet *BisDocSetAnd(uint32 ndocs, BisDocSet **children, int nchildren);
extern BisDocSet *BisDocSetOr(uint32 ndocs, BisDocSet **children, int nchildren);
extern BisDocSet *BisDocSetNot(uint32 ndocs, BisDocSet *child);

/* An empty bitmap, to be filled with a list's articles or a window's. */
extern BisDocSet *BisDocSetBitmap(uint32 ndocs);
extern void BisDocSetAddPostings(BisDocSet *bits, BisPostings *cursor);
extern void BisDocSetAddWindow(BisDocSet *bits, uint32 first,
							   const uint64 window[BIS_WINDOW_WORDS]);

/* Does a bitmap have all articles of the segment? */
extern bool BisDocSetIsAll(BisDocSet *bits);

/* Does it have this one? */
static inline bool
BisDocSetHasBit(const BisDocSet *bits, uint32 doc)
{
	return (bits->bits[doc / 64] >> (doc % 64) & 1) != 0;
}

/*
 * Get ready for BisDocSetAdvance, which will be asked for about expected articles.
 * Must be called once for the set that is not in another.
 */
extern void BisDocSetPrepare(BisDocSet *docs, uint64 expected);

/*
 * Go to the first article that is not before doc, and return it; BIS_NO_DOC
 * at the end.  A walk only goes forward.
 */
extern uint32 BisDocSetAdvance(BisDocSet *docs, uint32 doc);

/*
 * The articles from first on, to first + BIS_WINDOW - 1, as bits.  In one walk
 * this may follow BisDocSetAdvance, and it this, if all goes forward.
 */
extern void BisDocSetWindow(BisDocSet *docs, uint32 first,
							uint64 bits[BIS_WINDOW_WORDS]);

#endif							/* BIS_DOCSET_H */
