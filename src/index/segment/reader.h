/*
 * reader.h
 *	  Reading a segment's streams and articles.
 */
#ifndef BIS_READER_H
#define BIS_READER_H

#include "index/page/page.h"
#include "index/segment/format.h"

/* most pages of a segment's streams that stay pinned; a power of 2 */
#define BIS_MAX_PINS 64

/* the same for its bigram segment, whose lists are short */
#define BIS_MAX_BIGRAM_PINS 16

/* the same for its page map */
#define BIS_MAP_PINS 8

/* a page of a stream or of the map, pinned */
typedef struct BisPin
{
	Buffer		buffer;			/* InvalidBuffer: none */
	uint32		page;			/* its number in the page map, or that of a
								 * page of the map */
	Size		used;			/* bytes of content */
	const uint8 *content;
} BisPin;

/* a segment being read */
typedef struct BisSegment
{
	const BisStore *store;
	uint64		generation;
	BisHeader  *header;			/* a copy of its header page */
	bool		pinned;			/* if not, pages are copied and none stays
								 * pinned */
	uint32		pin_mask;		/* a page can only be in pins[page * 2 &
								 * pin_mask] or the next one: two-way sets */
	BisPin		pins[BIS_MAX_PINS];
	BisPin		doc_pin;		/* the page that docs points into */
	BisPin		map_pins[BIS_MAP_PINS]; /* page n of the map can only be in
										 * number n % BIS_MAP_PINS */
	uint32		map;			/* number of the map page in blocks, if not
								 * pinned; header->nmaps for none */
	Size		map_size;		/* bytes of blocks */
	BlockNumber blocks[BIS_MAP_ENTRIES];
	uint32		dead_page;		/* page of BIS_STREAM_DEAD that is in dead;
								 * PG_UINT32_MAX for none */
	uint8		dead[BIS_PAGE_ROOM];
	struct BisSegment *bigrams; /* opened by BisSegmentBigrams; else NULL */
	uint32		first_doc;		/* number of docs[0] */
	uint32		ndocs;
	const BisDoc *docs;
	BisDoc		doc_room[BIS_DOCS_PER_PAGE];
} BisSegment;

/*
 * Keep pages pinned as they are read, which makes reading them again fast,
 * until BisSegmentUnpin.  For searches under a snapshot: except for the dead
 * bitmap, which is not kept pinned, a segment's pages do not change while a
 * snapshot needs them.
 */
extern void BisSegmentPin(BisSegment *segment);
extern void BisSegmentUnpin(BisSegment *segment);

/*
 * Open a segment.  Allocates in the current memory context; no buffer stays
 * pinned.
 */
extern BisSegment *BisSegmentOpen(const BisStore *store,
								  const BisSegmentEntry *entry);

/*
 * The same for a header that has not been written yet.  The segment takes it
 * over.
 */
extern BisSegment *BisSegmentOver(const BisStore *store, uint64 generation,
								  BisHeader *header);

/*
 * The segment's bigram segment, which stays open as long as the segment does;
 * NULL if it has none.
 */
extern BisSegment *BisSegmentBigrams(BisSegment *segment);

/* Free a segment that has no pins, its header and its bigram segment. */
extern void BisSegmentFree(BisSegment *segment);

/* Number of pages of a segment and its bigram segment, including headers. */
extern uint32 BisSegmentPages(const BisStore *store,
							  const BisSegmentEntry *entry);

/* Block number of a stream's page. */
extern BlockNumber BisStreamBlock(BisSegment *segment, BisStream stream,
								  uint32 page);

/* Copy size bytes at an offset of a stream to dest. */
extern void BisStreamRead(BisSegment *segment, BisStream stream,
						  uint64 offset, Size size, void *dest);

/*
 * The same bytes without copying them, if they are on one page and the
 * segment is pinned; valid until another page is read.  Otherwise copies them
 * to room, which has size bytes.
 */
extern const uint8 *BisStreamPeek(BisSegment *segment, BisStream stream,
								  uint64 offset, Size size, void *room);

/*
 * Copy a page of a stream to dest, which has room for BIS_PAGE_ROOM bytes.
 * Returns the number of bytes copied.
 */
extern Size BisStreamReadPage(BisSegment *segment, BisStream stream,
							  uint32 page, void *dest);

/* Read the page of BIS_STREAM_DOCS that has doc. */
extern void BisSegmentReadDocs(BisSegment *segment, uint32 doc);

/* The tid and length of article doc; valid until another page is read. */
static inline const BisDoc *
BisSegmentDoc(BisSegment *segment, uint32 doc)
{
	if (doc - segment->first_doc >= segment->ndocs)
		BisSegmentReadDocs(segment, doc);
	return &segment->docs[doc - segment->first_doc];
}

/*
 * The heap pages of articles n * BIS_RANGE_DOCS and those after it, up to the
 * next range.
 */
extern BisHeapRange BisSegmentHeapRange(BisSegment *segment, uint32 n);

/*
 * Is the article marked dead, as of when its page of the bitmap was read?
 * The page is kept until another one is needed.
 */
extern bool BisSegmentIsDead(BisSegment *segment, uint32 doc);

/* Number of articles marked dead, reading the bitmap again. */
extern uint32 BisSegmentCountDead(BisSegment *segment);

#endif							/* BIS_READER_H */
