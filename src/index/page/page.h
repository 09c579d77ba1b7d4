/*
 * page.h
 *	  Reading and writing pages, in the index or in a temporary file.
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
	const BisMeta *meta;		/* some copy of the metapage, to find reusable
								 * pages; NULL: always extend */
	BufFile    *file;
	BlockNumber nfile;			/* pages in file */
	bool		building;		/* the whole index is logged when it is
								 * complete, so pages are not */
	bool		bigrams;		/* shall segments have bigrams? */
	void		(*meanwhile) (void *arg);	/* called now and then while a
											 * segment is being written, with
											 * no page locked; or NULL */
	void	   *meanwhile_arg;
	Snapshot	snapshot;		/* raise if it is too old for a page that is
								 * read; NULL: do not check */
} BisStore;

/* Call this wherever writing a segment may be interrupted. */
static inline void
BisStoreMeanwhile(const BisStore *store)
{
	CHECK_FOR_INTERRUPTS();
	if (store->meanwhile != NULL)
		store->meanwhile(store->meanwhile_arg);
}

/* Initialise a page: header and special space, without content. */
extern void BisPageInit(Page page, BisKind kind, uint64 generation,
						BlockNumber block);

/* Set pd_lower to the end of used bytes of content. */
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
 * Raise XX002 unless page, which is block of index (NULL: of a temporary
 * file), has this kind and generation and sound bounds.
 */
extern void BisPageCheck(Relation index, BlockNumber block, Page page,
						 BisKind kind, uint64 generation);

/*
 * The number of blocks of the index, read under the relation extension lock:
 * none of them was just added by a backend that has yet to lock it.  The
 * caller holds no lock that comes after the extension lock.
 */
extern BlockNumber BisSettledLength(Relation index);

/*
 * A page of the index for the caller to initialise, pinned and locked
 * exclusively: one that is reusable according to meta (see
 * BisPageIsReusable), or a new one.
 */
extern Buffer BisNewBuffer(Relation index, const BisMeta *meta);

/*
 * Read a page of the index and lock it in this mode; raises if it is not of
 * this kind and generation.  The caller releases it.
 */
extern Buffer BisGetBuffer(Relation index, BlockNumber block, BisKind kind,
						   uint64 generation, int mode);

/*
 * Write a page with used bytes of content to the store; next is BisOpaque's.
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

/*
 * Copy a page's whole content, at most BIS_PAGE_ROOM bytes, as BisReadPage
 * does; returns its size.
 */
extern Size BisReadWholePage(const BisStore *store, BlockNumber block,
							 BisKind kind, uint64 generation, void *dest);

/*
 * Copy the metapage of index, under a share lock.  Raises XX002 if it is
 * damaged, 0A000 if it is of another version.
 */
extern void BisReadMeta(Relation index, BisMeta *meta);

/* The same for a search: raises if snapshot is too old for the metapage. */
extern void BisReadMetaFor(Relation index, Snapshot snapshot, BisMeta *meta);

/* Lock the metapage in this mode; *meta becomes a pointer to its content. */
extern Buffer BisGetMeta(Relation index, int mode, BisMeta **meta);

/* Write a new index's metapage into page. */
extern void BisInitMeta(Page page);

/*
 * Assign a new generation to a segment that the caller will write as this
 * writer.  *meta becomes a copy of the metapage that has it.
 */
extern uint64 BisNewGeneration(Relation index, int writer, BisMeta *meta);

#endif							/* BIS_PAGE_H */
