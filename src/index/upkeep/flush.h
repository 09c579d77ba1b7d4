/*
 * flush.h
 *	  Turning pending articles into segments.
 */
#ifndef BIS_FLUSH_H
#define BIS_FLUSH_H

#include "index/page/layout.h"

/*
 * Turn articles at the head of the frozen list, or of the current list if
 * none is frozen, into a segment: those of about npages pages, or fewer if
 * they reach memory (in bytes) before.  Lists of generations above last are
 * left alone.  The caller holds the flush lock.
 *
 * Returns false, and does nothing, if there are no such articles or the
 * metapage has no room for another segment.
 */
extern bool BisFlushPiece(Relation index, uint64 last, uint64 npages,
						  Size memory);

#endif							/* BIS_FLUSH_H */
