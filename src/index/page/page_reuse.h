/*
 * page_reuse.h
 *	  Which pages may be used again.
 *
 * A page is free if it is zero, or of a generation that was given and is
 * neither live, nor retired, nor being written.  Generations do not return,
 * so a page that is free by some copy of the metapage, however old, stays so
 * until somebody claims it, under its lock, by making it one of a newer
 * generation.  The free space map is a hint: it may offer a page that is not
 * free, and one page twice.
 *
 * Before a retired generation is dropped, nobody on this server can have a
 * snapshot from before it was retired, and a record is logged that cancels
 * whoever has one on a standby: each scan holds a snapshot taken before it
 * copied the metapage.
 */
#ifndef BIS_PAGE_REUSE_H
#define BIS_PAGE_REUSE_H

#include "index/page/layout.h"

/* Is the page, which the caller has locked, free by this copy of the metapage? */
extern bool BisPageIsReusable(Buffer buffer, const BisMeta *meta);

/*
 * Retire generation in *meta, which the caller has locked exclusively; npages
 * is about how many pages it has.
 */
extern void BisRetire(BisMeta *meta, uint64 generation, uint32 npages);

/* Pages that are retired, or will be with their pending list. */
extern uint64 BisRetiredPages(const BisMeta *meta);

#endif							/* BIS_PAGE_REUSE_H */
