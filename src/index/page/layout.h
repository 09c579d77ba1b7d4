/*
 * layout.h
 *	  Pages of a bisearch index, and who may touch them when.
 *
 * An index is a few immutable segments and the articles that are in none yet:
 *
 *		block 0			metapage: names all that follows
 *		segment			header page, pages of the page map, stream pages
 *		pending list	pages of articles, each with its tsvector
 *		large article	pages of one tsvector that does not fit a page
 *
 * A segment is a set of streams.  The pages of a stream are not contiguous:
 * the segment's page map, an array of block numbers, tells where they are.
 * The header has the numbers of the blocks that hold the map.
 *
 *		BIS_STREAM_DOCS		BisDoc of each article, in order of arrival: an
 *						article's place is its number in the segment
 *		BIS_STREAM_DEAD		a bit for each article, set by VACUUM
 *		BIS_STREAM_TERMS		pages of the dictionary (format.h)
 *		BIS_STREAM_POSTINGS	posting lists that are too long for the dictionary
 *		BIS_STREAM_POSITIONS	their positions
 *
 * A large segment has another one of the same generation, without articles of
 * its own: the lists of frequent words that follow each other (bigram_write.h).
 *
 * Each page has a standard header with true pd_lower and pd_upper, and in its
 * special space its kind, its block number and the generation of its owner, a
 * number that the metapage gives once and never again.  A page of the wrong
 * kind, number or generation is an error that says REINDEX.
 *
 * Locks, in this order:
 *
 *	1. two heavyweight locks of the index (maintenance_lock.h): that of merges
 *	   and VACUUM's marking, then that of flushes
 *	2. the metapage's content lock
 *	3. the content lock of the pending list's last page
 *	4. the relation extension lock
 *	5. a new page, which nobody else knows
 *
 * The free space map may have to grow when it is told of new pages, under 4,
 * by a backend that holds 5 already; so a backend that holds 4 waits for no
 * page.
 *
 * Segment pages never change once the metapage names their segment, so they
 * are read with a pin and a share lock held for the copy alone; pages of the
 * dead bitmap and of pending lists change under exclusive locks.  A scan
 * copies the metapage under one share lock and uses what it names.
 *
 * A segment or list that the metapage names no more is retired: its
 * generation stays listed until nobody can have a copy of the metapage that
 * names it, on standbys neither.  Then its pages are free; see reclaim.h.
 */
#ifndef BIS_LAYOUT_H
#define BIS_LAYOUT_H

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

#define BIS_MAGIC		0x42695331	/* "BiS1" */
#define BIS_VERSION		3
#define BIS_METAPAGE	0
#define BIS_MAX_SEGMENTS 64

/* strategies of the operator class */
#define BIS_MATCH_QUERY		1	/* tsvector @~ bi_query */
#define BIS_MATCH_TSQUERY	2	/* tsvector @@ tsquery */

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
	BlockNumber block;			/* its own number: a page that came to another
								 * place is found */
} BisOpaque;

StaticAssertDecl(sizeof(BisOpaque) == MAXALIGN(sizeof(BisOpaque)),
				 "BisOpaque has padding");

/* bytes of a page for its content */
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
	uint32		ndocs;			/* dead ones too */
} BisSegmentEntry;

/*
 * A pending list; empty while head is InvalidBlockNumber.  A frozen list is
 * made segments piece by piece, from its head on.
 */
typedef struct BisList
{
	uint64		generation;
	BlockNumber head;
	BlockNumber tail;
	uint32		npages;			/* from head to tail */
	uint32		nlarge;			/* pages of the large articles these name */
	uint32		nflushed;		/* pages whose articles are in segments by
								 * now; they are retired with the generation */
	uint32		unused;			/* 0 */
} BisList;

/* Pages with articles that are pending. */
static inline uint64
BisListPages(const BisList *list)
{
	return (uint64) list->npages + list->nlarge;
}

/*
 * Generations first .. last, of segments and lists that are named no more;
 * who took his snapshot before xid may still read them.
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
 * Ranges with no live generation between them are made one when there are too
 * many: there is one more than live generations at most.
 */
#define BIS_MAX_RETIRED	(2 * BIS_MAX_SEGMENTS)

/*
 * Segments that may be being written at a time: by a flush, by a merge, by a
 * merge of smaller segments during that one, and so on.
 */
#define BIS_FLUSH_WRITER	0
#define BIS_MERGE_WRITER	1
#define BIS_MAX_WRITERS		4

/*
 * Content of the metapage.  Its used bytes end behind the last retired range,
 * as what is not used is not compared when a change is logged.
 */
typedef struct BisMeta
{
	uint32		version;
	uint32		nsegments;
	uint64		next_generation;
	uint32		nretired;
	uint32		unused;			/* 0 */
	uint64		writing[BIS_MAX_WRITERS];	/* generations of the segments
											 * being written, or that a crash
											 * left unfinished; 0: none */
	BisList		current;		/* inserts go here */
	BisList		frozen;			/* being made a segment */
	BisSegmentEntry segments[BIS_MAX_SEGMENTS]; /* in order of arrival of
												 * their articles */
	BisRetired	retired[BIS_MAX_RETIRED];	/* rising */
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
	BIS_NSTREAMS
} BisStream;

typedef struct BisStreamInfo
{
	uint64		length;			/* bytes */
	uint32		first;			/* index of its first page in the map */
	uint32		npages;
} BisStreamInfo;

/* block numbers on a page of the map, and of the map on the header page */
#define BIS_MAP_ENTRIES ((uint32) (BIS_PAGE_ROOM / sizeof(BlockNumber)))
#define BIS_MAX_MAPS \
	((uint32) ((BIS_PAGE_ROOM - offsetof(BisHeader, maps)) / \
			   sizeof(BlockNumber)))

/* content of a segment's header page */
typedef struct BisHeader
{
	uint32		ndocs;
	uint32		root;			/* page of BIS_STREAM_TERMS; none without
								 * terms */
	uint32		nlevels;		/* of the dictionary; 0 without terms */
	uint32		nleaves;		/* its first pages */
	uint32		nmaps;
	uint32		unused;			/* 0 */
	uint64		nterms;
	uint64		npostings;
	BlockNumber bigrams;		/* header of the segment of bigrams
								 * (bigram_write.h), or InvalidBlockNumber */
	uint32		frequent;		/* articles that a word of bigrams has at
								 * least; 0 if there are none */
	BisStreamInfo streams[BIS_NSTREAMS];
	BlockNumber maps[FLEXIBLE_ARRAY_MEMBER];
} BisHeader;

/* an article of a segment */
typedef struct BisDoc
{
	uint16		tid[3];			/* ItemPointerData's */
	uint16		length;			/* lexemes with their positions, at most
								 * PG_UINT16_MAX: for ranking */
} BisDoc;

StaticAssertDecl(sizeof(BisDoc) == 8 && sizeof(ItemPointerData) == 6,
				 "BisDoc is packed");

/* an article of a pending list, MAXALIGNed, with its tsvector behind it */
typedef struct BisPending
{
	ItemPointerData tid;
	uint16		dead;			/* set by VACUUM */
	uint32		size;			/* of the tsvector */
	BlockNumber large;			/* where it is, if not here */
} BisPending;

StaticAssertDecl(sizeof(BisPending) == MAXALIGN(sizeof(BisPending)),
				 "BisPending has padding");

/* Can it be a row's address?  A bitmap takes no others. */
static inline bool
BisTidIsSound(const ItemPointerData *tid)
{
	return ItemPointerIsValid(tid) &&
		ItemPointerGetBlockNumberNoCheck(tid) != InvalidBlockNumber &&
		ItemPointerGetOffsetNumberNoCheck(tid) <= MaxHeapTuplesPerPage;
}

/* no such article: behind the last one */
#define BIS_NO_DOC PG_UINT32_MAX

/* articles of a segment: more are not merged into one */
#define BIS_MAX_DOCS ((uint32) PG_INT32_MAX)

#endif							/* BIS_LAYOUT_H */
