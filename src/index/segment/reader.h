/*
 * reader.h
 *	  Reading a segment: its streams and articles.
 */
#ifndef BIS_READER_H
#define BIS_READER_H

#include "index/page/page.h"
#include "index/segment/format.h"

/* most pages of a segment that stay pinned while it is searched: 2^n */
#define BIS_MAX_PINS 64

/* and of its bigrams, whose lists are short */
#define BIS_MAX_BIGRAM_PINS 16

/* and of its page map */
#define BIS_MAP_PINS 8

/* a page of a stream or of the map, pinned */
typedef struct BisPin
{
	Buffer		buffer;			/* InvalidBuffer: none */
	uint32		page;			/* as the page map counts, or a page of it */
	Size		used;			/* of its content */
	const uint8 *content;
} BisPin;

/* a segment being read */
typedef struct BisSegment
{
	const BisStore *store;
	uint64		generation;
	BisHeader  *header;			/* a copy */
	bool		pinned;			/* else pages are copied, none stays pinned */
	uint32		pin_mask;		/* page is in pins[page * 2 & pin_mask] or the
								 * next one, if in any */
	BisPin		pins[BIS_MAX_PINS];
	BisPin		doc_pin;		/* of the page at docs */
	BisPin		map_pins[BIS_MAP_PINS]; /* page n of the map is in the one at
										 * n % BIS_MAP_PINS, if in any */
	uint32		map;			/* index of the page of the map that is in
								 * blocks, if not pinned; header->nmaps: none
								 * yet */
	Size		map_size;		/* bytes of blocks */
	BlockNumber blocks[BIS_MAP_ENTRIES];
	uint32		dead_page;		/* of BIS_STREAM_DEAD, that is in dead; or
								 * PG_UINT32_MAX */
	uint8		dead[BIS_PAGE_ROOM];
	struct BisSegment *bigrams; /* once it was asked for */
	uint32		first_doc;		/* of those at docs */
	uint32		ndocs;
	const BisDoc *docs;
	BisDoc		doc_room[BIS_DOCS_PER_PAGE];
} BisSegment;

/*
 * Keep what is read pinned from now on, which makes reading quick, until
 * BisSegmentUnpin.  For searches under a snapshot: pages of segments, but for
 * those of dead articles, are not changed while one needs them.
 */
extern void BisSegmentPin(BisSegment *segment);
extern void BisSegmentUnpin(BisSegment *segment);

/* Open the segment, in the current memory context.  Nothing is left open. */
extern BisSegment *BisSegmentOpen(const BisStore *store,
								  const BisSegmentEntry *entry);

/*
 * The same, of a header that was not written yet: it belongs to the segment
 * from then on.
 */
extern BisSegment *BisSegmentOver(const BisStore *store, uint64 generation,
								  BisHeader *header);

/* The segment's segment of bigrams, open as long as it is; NULL if none. */
extern BisSegment *BisSegmentBigrams(BisSegment *segment);

/* Free a segment that is not pinned, and its header. */
extern void BisSegmentFree(BisSegment *segment);

/* Pages of a segment, its header among them, and of its bigrams. */
extern uint32 BisSegmentPages(const BisStore *store,
							  const BisSegmentEntry *entry);

/* Block of a page of a stream. */
extern BlockNumber BisStreamBlock(BisSegment *segment, BisStream stream,
								  uint32 page);

/* Copy size bytes at offset of a stream to dest. */
extern void BisStreamRead(BisSegment *segment, BisStream stream,
						  uint64 offset, Size size, void *dest);

/*
 * The same bytes on a pinned page, if they are on one, until another is read;
 * else in room, which has size bytes.
 */
extern const uint8 *BisStreamPeek(BisSegment *segment, BisStream stream,
								  uint64 offset, Size size, void *room);

/*
 * Copy a page of a stream to dest, which has room for BIS_PAGE_ROOM bytes.
 * Returns how many there are.
 */
extern Size BisStreamReadPage(BisSegment *segment, BisStream stream,
							  uint32 page, void *dest);

/* Read the page of articles that has doc. */
extern void BisSegmentReadDocs(BisSegment *segment, uint32 doc);

/* The article doc of the segment: its tid and length. */
static inline const BisDoc *
BisSegmentDoc(BisSegment *segment, uint32 doc)
{
	if (doc - segment->first_doc >= segment->ndocs)
		BisSegmentReadDocs(segment, doc);
	return &segment->docs[doc - segment->first_doc];
}

/* Is the article marked as dead, as of when its page was first read? */
extern bool BisSegmentIsDead(BisSegment *segment, uint32 doc);

/* Articles marked as dead, read anew. */
extern uint32 BisSegmentCountDead(BisSegment *segment);

#endif							/* BIS_READER_H */
