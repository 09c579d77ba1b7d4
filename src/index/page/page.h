/*
 * page.h
 *	  Where the pages of segments are: the index, or a temporary file.
 */
#ifndef BIS_PAGE_H
#define BIS_PAGE_H

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/snapshot.h"

#include "index/page/layout.h"

typedef struct BisStore
{
	Relation	index;			/* NULL: pages are in file */
	const BisMeta *meta;		/* some copy of the metapage, to find free
								 * pages with; NULL: always add new ones */
	BufFile    *file;
	BlockNumber nfile;			/* pages in file */
	bool		building;		/* logged when all is done, not here */
	bool		bigrams;		/* shall segments have bigrams? */
	void		(*meanwhile) (void *arg);	/* called now and then while a
											 * segment is being written,
											 * without any lock on a page; or
											 * NULL */
	void	   *meanwhile_arg;
	Snapshot	snapshot;		/* that must not be too old for what is read;
								 * NULL: it does not matter */
} BisStore;

/* Called wherever writing a segment may be interrupted. */
static inline void
BisStoreMeanwhile(const BisStore *store)
{
	CHECK_FOR_INTERRUPTS();
	if (store->meanwhile != NULL)
		store->meanwhile(store->meanwhile_arg);
}

/* A new page's frame: header, special space, no content. */
extern void BisPageInit(Page page, BisKind kind, uint64 generation,
						BlockNumber block);

/* Set pd_lower behind used bytes of content. */
extern void BisPageSetUsed(Page page, Size used);

/* Bytes of content on a page. */
static inline Size
BisPageUsed(Page page)
{
	return ((PageHeader) page)->pd_lower - MAXALIGN(SizeOfPageHeaderData);
}

static inline uint8 *
BisPageContent(Page page)
{
	return (uint8 *) page + MAXALIGN(SizeOfPageHeaderData);
}

/*
 * Raise XX002 if page, which is block of index (NULL: of a temporary file),
 * is not one of this kind and generation with sound bounds.
 */
extern void BisPageCheck(Relation index, BlockNumber block, Page page,
						 BisKind kind, uint64 generation);

/*
 * Blocks of the index, of which none is new and about to be locked by who
 * added it: read under the relation extension lock.  The caller holds no lock
 * that comes after that one.
 */
extern BlockNumber BisSettledLength(Relation index);

/*
 * A page of the index for the caller to initialise, pinned and locked
 * exclusively: a free one by meta (see BisPageIsReusable), or a new one.
 */
extern Buffer BisNewBuffer(Relation index, const BisMeta *meta);

/*
 * Read and lock (mode) a page of the index, which must be of this kind and
 * generation.  The caller releases it.
 */
extern Buffer BisGetBuffer(Relation index, BlockNumber block, BisKind kind,
						   uint64 generation, int mode);

/*
 * Write a page of used bytes of content to the store; next as in BisOpaque.
 * Returns its block.
 */
extern BlockNumber BisWritePage(BisStore *store, BisKind kind,
								uint64 generation, BlockNumber next,
								const void *content, Size used);

/*
 * Copy size bytes at offset of a page's content to dest.  Raises XX002 if the
 * page is not what it should be, or shorter.
 */
extern void BisReadPage(const BisStore *store, BlockNumber block,
						BisKind kind, uint64 generation, Size offset,
						Size size, void *dest);

/* As BisReadPage, all there is, at most BIS_PAGE_ROOM; returns how much. */
extern Size BisReadWholePage(const BisStore *store, BlockNumber block,
							 BisKind kind, uint64 generation, void *dest);

/*
 * The metapage of index: a copy, taken under a share lock.  Raises XX002 if
 * it is damaged, 0A000 if it is of another version.
 */
extern void BisReadMeta(Relation index, BisMeta *meta);

/* The same for a search: raises if snapshot is too old for the metapage. */
extern void BisReadMetaFor(Relation index, Snapshot snapshot, BisMeta *meta);

/* The metapage, locked (mode), and its content to *meta. */
extern Buffer BisGetMeta(Relation index, int mode, BisMeta **meta);

/* Write a new index's metapage into page. */
extern void BisInitMeta(Page page);

/*
 * A generation that was never given before, for a segment that the caller
 * will write as this writer.  Makes *meta a copy of the metapage with it.
 */
extern uint64 BisNewGeneration(Relation index, int writer, BisMeta *meta);

#endif							/* BIS_PAGE_H */
