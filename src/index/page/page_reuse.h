/*
 * page_reuse.h
 *	  Retiring pages, and deciding which pages may be reused.
 *
 * A page is reusable if it is all zeros, or if its generation was assigned
 * and is neither live, nor retired, nor being written.  Generations never
 * come back, so a page that is reusable according to some copy of the
 * metapage, however old, stays so until a backend claims it: under the page's
 * lock, by giving it a newer generation.  The free space map is only a hint:
 * it may offer a page that is not reusable, or the same page twice.
 *
 * A retired generation is reclaimed only once nobody on this server can have
 * a snapshot from before it was retired, and after a record was logged that
 * cancels whoever has one on a standby.  This is sufficient because each scan
 * holds a snapshot that it took before it copied the metapage.
 */
#ifndef BIS_PAGE_REUSE_H
#define BIS_PAGE_REUSE_H

#include "index/page/layout.h"

/*
 * Is the page, which the caller has locked, reusable according to this copy
 * of the metapage?
 */
extern bool BisPageIsReusable(Buffer buffer, const BisMeta *meta);

/*
 * Retire generation in *meta, which the caller has locked exclusively; npages
 * is roughly its number of pages.
 */
extern void BisRetire(BisMeta *meta, uint64 generation, uint32 npages);

/* Pages that are retired, or will be when their pending list is. */
extern uint64 BisRetiredPages(const BisMeta *meta);

#endif							/* BIS_PAGE_REUSE_H */
