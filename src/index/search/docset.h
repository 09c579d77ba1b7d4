/*
 * docset.h
 *	  Sets of a segment's articles, walked over in order.
 */
#ifndef BIS_DOCS_H
#define BIS_DOCS_H

#include "index/segment/postings.h"

typedef enum BisDocsKind
{
	BIS_DOCS_NONE,
	BIS_DOCS_ALL,
	BIS_DOCS_LIST,				/* a posting list */
	BIS_DOCS_BITS,				/* a bitmap */
	BIS_DOCS_AND,
	BIS_DOCS_OR,
	BIS_DOCS_NOT
} BisDocsKind;

typedef struct BisDocs BisDocs;

struct BisDocs
{
	BisDocsKind kind;
	bool		begun;			/* OR, NOT: was it sought? */
	uint32		doc;			/* and where it stands then */
	uint32		ndocs;			/* of the segment */
	uint64		cost;			/* articles in it, about */
	BisCursor  *cursor;			/* LIST */
	uint64	   *bits;			/* BITS */
	int			nchildren;		/* AND, OR, NOT */
	BisDocs   **children;
};

/*
 * The sets: all are made in the current memory context.  Cursors and children
 * belong to the set from then on.
 */
extern BisDocs *BisDocsNone(uint32 ndocs);
extern BisDocs *BisDocsAll(uint32 ndocs);
extern BisDocs *BisDocsList(uint32 ndocs, BisCursor *cursor);
extern BisDocs *BisDocsAnd(uint32 ndocs, BisDocs **children, int nchildren);
extern BisDocs *BisDocsOr(uint32 ndocs, BisDocs **children, int nchildren);
extern BisDocs *BisDocsNot(uint32 ndocs, BisDocs *child);

/* An empty bitmap, to be filled with a list's articles or a window's. */
extern BisDocs *BisDocsBits(uint32 ndocs);
extern void BisDocsAddList(BisDocs *bits, BisCursor *cursor);
extern void BisDocsAddWindow(BisDocs *bits, uint32 first,
							 const uint64 window[BIS_WINDOW_WORDS]);

/* Does a bitmap have all articles of the segment? */
extern bool BisDocsAreAll(BisDocs *bits);

/* Does it have this one? */
static inline bool
BisDocsHasBit(const BisDocs *bits, uint32 doc)
{
	return (bits->bits[doc / 64] >> (doc % 64) & 1) != 0;
}

/*
 * Get ready for BisDocsSeek, which will be asked for about expected articles.
 * Must be called once for the set that is not in another.
 */
extern void BisDocsPrepare(BisDocs *docs, uint64 expected);

/*
 * Go to the first article that is not before doc, and return it; BIS_NO_DOC
 * at the end.  A walk only goes forward.
 */
extern uint32 BisDocsSeek(BisDocs *docs, uint32 doc);

/*
 * The articles from first on, to first + BIS_WINDOW - 1, as bits.  In one walk
 * this may follow BisDocsSeek, and it this, if all goes forward.
 */
extern void BisDocsWindow(BisDocs *docs, uint32 first,
						  uint64 bits[BIS_WINDOW_WORDS]);

#endif							/* BIS_DOCS_H */
