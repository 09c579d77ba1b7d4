/*
 * layout.h
 *	  Pages of a bisearch index, and the locking rules for them.
 *
 * An index consists of a few immutable segments and of the articles that are
 * not in a segment yet:
 *
 *		block 0			metapage: points to everything else
 *		segment			header page, pages of the page map, stream pages
 *		pending list	pages of articles, each with its tsvector
 *		large article	pages of one tsvector that does not fit a page
 *
 * A segment is a set of streams.  The pages of a stream are not contiguous:
 * the segment's page map, an array of block numbers, says where they are.
 * The header page holds the block numbers of the map's own pages.
 *
 *		BIS_STREAM_DOCS			a BisDoc for each article, in order of
 *								arrival; an article's place in it is its
 *								number in the segment
 *		BIS_STREAM_DEAD			a bit for each article, set by VACUUM
 *		BIS_STREAM_TERMS		pages of the dictionary (format.h)
 *		BIS_STREAM_POSTINGS		posting lists that are too long for the
 *								dictionary
 *		BIS_STREAM_POSITIONS	their positions
 *		BIS_STREAM_RANGES		a BisHeapRange for each BIS_RANGE_DOCS
 *								articles
 *		BIS_STREAM_COLUMNS		directory of the stored columns (format.h)
 *		BIS_STREAM_VALUES		their values
 *
 * A large segment has a companion segment of the same generation, without
 * articles of its own: the posting lists of its bigrams (bigram_write.h).
 *
 * Each page has a standard header with true pd_lower and pd_upper.  Its
 * special space holds its kind, its block number and the generation of its
 * owner, a number that the metapage assigns once and never again.  A page of
 * the wrong kind, block number or generation raises an error that asks for
 * REINDEX.
 *
 * Locks are taken in this order:
 *
 *	1. the two heavyweight locks of the index (maintenance_lock.h): first the
 *	   merge lock, then the flush lock
 *	2. the metapage's content lock
 *	3. the content lock of the pending list's last page
 *	4. the relation extension lock
 *	5. the content lock of a new page, which no other backend knows yet
 *
 * A backend holding lock 5 may have to take lock 4 after all: the free space
 * map may have to grow to record new pages.  That cannot deadlock, because a
 * backend holding lock 4 never waits for a page's lock.
 *
 * Segment pages never change once the metapage names their segment, so a
 * reader needs a pin and a share lock only while it copies one.  Pages of the
 * dead bitmap and of pending lists change under exclusive locks.  A scan
 * copies the metapage under one share lock and uses what the copy names.
 *
 * A segment or list that the metapage no longer names is retired: its
 * generation stays listed until nobody, on this server or on a standby, can
 * still have a copy of the metapage that names it.  Then it is reclaimed, and
 * its pages may be reused; see reclaim.h.
 */
#ifndef BIS_LAYOUT_H
#define BIS_LAYOUT_H

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

#define BIS_MAGIC		0x42695331	/* "BiS1" */
#define BIS_VERSION		7
#define BIS_METAPAGE	0
#define BIS_MAX_SEGMENTS 64

/* strategies of the operator class */
#define BIS_MATCH_QUERY		1	/* tsvector @~ bi_query */
#define BIS_MATCH_TSQUERY	2	/* tsvector @@ tsquery */

/* strategies of the other operator classes: a btree's, plus this */
#define BIS_COLUMN_STRATEGY	2
#define BIS_NSTRATEGIES		(BIS_COLUMN_STRATEGY + BTMaxStrategyNumber)

typedef enum BisKind
{
	BIS_META_PAGE = 1,
	BIS_HEADER_PAGE,
	BIS_MAP_PAGE,
	BIS_STREAM_PAGE,
	BIS_PENDING_PAGE,
	BIS_LARGE_PAGE
} BisKind;

/* special space of every page */
typedef struct BisOpaque
{
	uint64		generation;		/* of the owner; 0: metapage */
	BlockNumber next;			/* in a pending list or large article */
	uint16		kind;			/* BisKind */
	uint16		closed;			/* pending list: nothing may be added */
	uint32		magic;
	BlockNumber block;			/* its own number, so that a page which was
								 * written to the wrong place is detected */
} BisOpaque;

StaticAssertDecl(sizeof(BisOpaque) == MAXALIGN(sizeof(BisOpaque)),
				 "BisOpaque has padding");

/* bytes of content that a page has room for */
#define BIS_PAGE_ROOM \
	(BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - sizeof(BisOpaque))

static inline BisOpaque *
BisPageOpaque(Page page)
{
	return (BisOpaque *) PageGetSpecialPointer(page);
}

/* a segment as the metapage names it */
typedef struct BisSegmentEntry
{
	uint64		generation;
	BlockNumber header;
	uint32		ndocs;			/* including dead ones */
} BisSegmentEntry;

/*
 * A pending list; empty while head is InvalidBlockNumber.  A frozen list is
 * turned into segments piece by piece, starting at its head.
 */
typedef struct BisList
{
	uint64		generation;
	BlockNumber head;
	BlockNumber tail;
	uint32		npages;			/* from head to tail */
	uint32		nlarge;			/* pages of their large articles */
	uint32		nflushed;		/* pages whose articles are in segments
								 * already; retired with the generation */
	uint32		unused;			/* 0 */
} BisList;

/* Pages that hold pending articles. */
static inline uint64
BisListPages(const BisList *list)
{
	return (uint64) list->npages + list->nlarge;
}

/*
 * Generations first .. last, of segments and lists that the metapage no
 * longer names.  A backend whose snapshot is from before xid may still read
 * them.
 */
typedef struct BisRetired
{
	uint64		first;
	uint64		last;
	FullTransactionId xid;
	uint32		npages;
	uint32		unused;			/* 0 */
} BisRetired;

/*
 * When the array is full, ranges without a live generation between them are
 * combined; then there is at most one range more than live generations.
 */
#define BIS_MAX_RETIRED	(2 * BIS_MAX_SEGMENTS)

/*
 * Segments that may be written at the same time: one by a flush, one by a
 * merge, one by a merge of smaller segments during that merge, and so on.
 */
#define BIS_FLUSH_WRITER	0
#define BIS_MERGE_WRITER	1
#define BIS_MAX_WRITERS		4

/*
 * Content of the metapage.  pd_lower is set right after the last retired
 * range, since the unused rest is not compared when a change is logged.
 */
typedef struct BisMeta
{
	uint32		version;
	uint32		nsegments;
	uint64		next_generation;
	uint32		nretired;
	uint32		unused;			/* 0 */
	uint64		writing[BIS_MAX_WRITERS];	/* generations of the segments
											 * that are being written or that
											 * a crash left unfinished; 0:
											 * none */
	BisList		current;		/* inserts go here */
	BisList		frozen;			/* being turned into segments */
	BisSegmentEntry segments[BIS_MAX_SEGMENTS]; /* in order of arrival of
												 * their articles */
	BisRetired	retired[BIS_MAX_RETIRED];	/* ascending */
} BisMeta;

StaticAssertDecl(sizeof(BisMeta) <= BIS_PAGE_ROOM, "BisMeta fits a page");

/* Bytes of the metapage that are used. */
static inline Size
BisMetaUsed(const BisMeta *meta)
{
	return offsetof(BisMeta, retired) + meta->nretired * sizeof(BisRetired);
}

typedef enum BisStream
{
	BIS_STREAM_DOCS,
	BIS_STREAM_DEAD,
	BIS_STREAM_TERMS,
	BIS_STREAM_POSTINGS,
	BIS_STREAM_POSITIONS,
	BIS_STREAM_RANGES,
	BIS_STREAM_COLUMNS,
	BIS_STREAM_VALUES,
	BIS_NSTREAMS
} BisStream;

typedef struct BisStreamInfo
{
	uint64		length;			/* bytes */
	uint32		first;			/* index of its first page in the map */
	uint32		npages;
} BisStreamInfo;

/* block numbers that fit a page of the map, and map pages of a segment */
#define BIS_MAP_ENTRIES ((uint32) (BIS_PAGE_ROOM / sizeof(BlockNumber)))
#define BIS_MAX_MAPS \
	((uint32) ((BIS_PAGE_ROOM - offsetof(BisHeader, maps)) / \
			   sizeof(BlockNumber)))

/* content of a segment's header page */
typedef struct BisHeader
{
	uint32		ndocs;
	uint32		root;			/* page of BIS_STREAM_TERMS; unused without
								 * terms */
	uint32		nlevels;		/* of the dictionary; 0 without terms */
	uint32		nleaves;		/* the first pages of BIS_STREAM_TERMS */
	uint32		nmaps;
	uint32		unused;			/* 0 */
	uint64		nterms;
	uint64		npostings;
	BlockNumber bigrams;		/* header of the bigram segment
								 * (bigram_write.h), or InvalidBlockNumber */
	uint32		frequent;		/* lowest document frequency of a word with
								 * bigrams; 0 without bigrams */
	BisStreamInfo streams[BIS_NSTREAMS];
	BlockNumber maps[FLEXIBLE_ARRAY_MEMBER];
} BisHeader;

/* an article of a segment */
typedef struct BisDoc
{
	uint16		tid[3];			/* ItemPointerData's */
	uint16		length;			/* number of positions, counting a lexeme
								 * without any as one, at most PG_UINT16_MAX;
								 * for ranking */
} BisDoc;

StaticAssertDecl(sizeof(BisDoc) == 8 && sizeof(ItemPointerData) == 6,
				 "BisDoc is packed");

/* The heap page of an article. */
static inline BlockNumber
BisDocHeapPage(const BisDoc *doc)
{
	return (BlockNumber) doc->tid[0] << 16 | doc->tid[1];
}

/* articles that a BisHeapRange is for, the last ones of a segment apart */
#define BIS_RANGE_DOCS 4096

/* the heap pages of some articles: the first and the last */
typedef struct BisHeapRange
{
	BlockNumber first;
	BlockNumber last;
} BisHeapRange;

/* How many a segment of ndocs articles has. */
static inline uint32
BisRangesOf(uint32 ndocs)
{
	return ndocs / BIS_RANGE_DOCS + (ndocs % BIS_RANGE_DOCS > 0);
}

/*
 * an article of a pending list, MAXALIGNed, followed by its content: its
 * tsvector; before that, if the index has columns, their values (pending.h)
 */
typedef struct BisPending
{
	ItemPointerData tid;
	uint16		dead;			/* set by VACUUM */
	uint32		size;			/* of the content */
	BlockNumber large;			/* first page of the content, if it is not
								 * here */
} BisPending;

StaticAssertDecl(sizeof(BisPending) == MAXALIGN(sizeof(BisPending)),
				 "BisPending has padding");

/* Can it be a row's address?  A TIDBitmap accepts no others. */
static inline bool
BisTidIsSound(const ItemPointerData *tid)
{
	return ItemPointerIsValid(tid) &&
		ItemPointerGetBlockNumberNoCheck(tid) != InvalidBlockNumber &&
		ItemPointerGetOffsetNumberNoCheck(tid) <= MaxHeapTuplesPerPage;
}

/* no such article; greater than any article's number */
#define BIS_NO_DOC PG_UINT32_MAX

/* most articles of a segment: merges do not exceed it */
#define BIS_MAX_DOCS ((uint32) PG_INT32_MAX)

#endif							/* BIS_LAYOUT_H */
