/*
 * flush.h
 *	  From pending articles to segments.
 */
#ifndef BIS_FLUSH_H
#define BIS_FLUSH_H

#include "index/page/layout.h"

/*
 * Make a segment of articles from the head of the frozen list, or, if none is
 * frozen, of the current one: those of about npages pages, fewer if memory,
 * in bytes, is full before.  Only lists of generations up to last are looked
 * at.  The caller holds the lock of flushes.
 *
 * Returns whether that was done: not if there are no such articles, or the
 * table of segments is full.
 */
extern bool BisFlushPiece(Relation index, uint64 last, uint64 npages,
						  Size memory);

#endif							/* BIS_FLUSH_H */
