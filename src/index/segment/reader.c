/*
 * reader.c
 *	  Reading a segment's streams and articles.
 *
 * Nothing on a page is trusted: every length and offset is checked before it
 * is used.  Bytes are copied out of the buffers, unless the segment is being
 * searched (BisSegmentPin): then some pages stay pinned and are read in
 * place.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "index/segment/reader.h"

/*
 * Raise XX002 unless the header is consistent.  A bigram segment (bigrams)
 * must have no articles and no bigram segment of its own.
 */
static void
check_segment_header(const BisHeader *header, Size size, bool bigrams)
{
	uint32		ndocs = bigrams ? 0 : header->ndocs;
	uint64		pages = 0;

	if (size < offsetof(BisHeader, maps) ||
		header->nmaps > BIS_MAX_MAPS ||
		size != offsetof(BisHeader, maps) +
		header->nmaps * sizeof(BlockNumber) ||
		header->ndocs > BIS_MAX_DOCS)
		BisCorrupted("header of a segment");
	for (int s = 0; s < BIS_NSTREAMS; s++)
	{
		const BisStreamInfo *stream = &header->streams[s];

		if (stream->first != pages ||
			stream->length > (uint64) stream->npages * BIS_PAGE_ROOM)
			BisCorrupted("stream of a segment");
		pages += stream->npages;
	}
	if (pages > (uint64) header->nmaps * BIS_MAP_ENTRIES ||
		header->streams[BIS_STREAM_DOCS].length !=
		(uint64) ndocs * sizeof(BisDoc) ||
		header->streams[BIS_STREAM_DEAD].npages !=
		(ndocs + BIS_DEAD_PER_PAGE - 1) / BIS_DEAD_PER_PAGE ||
		header->streams[BIS_STREAM_RANGES].length !=
		(uint64) BisRangesOf(ndocs) * sizeof(BisHeapRange) ||
		(bigrams && header->bigrams != InvalidBlockNumber) ||
		(header->bigrams == InvalidBlockNumber) != (header->frequent == 0) ||
		(header->nlevels > 0 &&
		 header->root >= header->streams[BIS_STREAM_TERMS].npages) ||
		header->nleaves > header->streams[BIS_STREAM_TERMS].npages ||
		header->nlevels > 32)
		BisCorrupted("header of a segment");
}

BisSegment *
BisSegmentOver(const BisStore *store, uint64 generation, BisHeader *header)
{
	BisSegment *segment = palloc(sizeof(BisSegment));

	segment->store = store;
	segment->generation = generation;
	segment->pinned = false;
	segment->header = header;
	segment->map = header->nmaps;
	segment->dead_page = PG_UINT32_MAX;
	segment->bigrams = NULL;
	segment->first_doc = 0;
	segment->ndocs = 0;
	return segment;
}

/* Open a segment by its header, which must be for ndocs articles. */
static BisSegment *
open_segment_by_header(const BisStore *store, BlockNumber block,
					   uint64 generation, uint32 ndocs, bool bigrams)
{
	BisHeader  *header = palloc(BIS_PAGE_ROOM);
	Size		size = BisReadWholePage(store, block, BIS_HEADER_PAGE,
										generation, header);

	check_segment_header(header, size, bigrams);
	if (header->ndocs != ndocs)
		BisCorrupted("number of articles of a segment");
	return BisSegmentOver(store, generation, header);
}

BisSegment *
BisSegmentOpen(const BisStore *store, const BisSegmentEntry *entry)
{
	return open_segment_by_header(store, entry->header, entry->generation,
								  entry->ndocs, false);
}

/* Keep at most that many pages of the streams pinned from now on. */
static void
begin_pinning(BisSegment *segment, uint32 most)
{
	/* an equal part of the buffers, as all backends may search at once */
	uint32		npins = NBuffers / Max(MaxBackends, 1);

	npins = Max(Min(npins, most), 2);
	segment->pin_mask = pg_prevpower2_32(npins) - 1;
	for (uint32 i = 0; i <= segment->pin_mask; i++)
		segment->pins[i].buffer = InvalidBuffer;
	for (int i = 0; i < BIS_MAP_PINS; i++)
		segment->map_pins[i].buffer = InvalidBuffer;
	segment->doc_pin.buffer = InvalidBuffer;
	segment->ndocs = 0;
	segment->pinned = true;
}

void
BisSegmentPin(BisSegment *segment)
{
	if (segment->store->index != NULL)
		begin_pinning(segment, BIS_MAX_PINS);
}

static void
release_pin(BisPin *pin)
{
	if (BufferIsValid(pin->buffer))
		ReleaseBuffer(pin->buffer);
	pin->buffer = InvalidBuffer;
}

void
BisSegmentUnpin(BisSegment *segment)
{
	if (!segment->pinned)
		return;
	for (uint32 i = 0; i <= segment->pin_mask; i++)
		release_pin(&segment->pins[i]);
	for (int i = 0; i < BIS_MAP_PINS; i++)
		release_pin(&segment->map_pins[i]);
	release_pin(&segment->doc_pin);
	segment->ndocs = 0;
	segment->pinned = false;
	if (segment->bigrams != NULL)
		BisSegmentUnpin(segment->bigrams);
}

BisSegment *
BisSegmentBigrams(BisSegment *segment)
{
	const BisHeader *header = segment->header;

	if (segment->bigrams == NULL && header->bigrams != InvalidBlockNumber)
	{
		MemoryContext caller =
			MemoryContextSwitchTo(GetMemoryChunkContext(segment));

		segment->bigrams = open_segment_by_header(segment->store,
												  header->bigrams,
												  segment->generation,
												  header->ndocs,
												  true);
		MemoryContextSwitchTo(caller);
		if (segment->pinned)
			begin_pinning(segment->bigrams, BIS_MAX_BIGRAM_PINS);
	}
	return segment->bigrams;
}

/* Number of pages that a header names, plus its own. */
static uint32
count_header_pages(const BisHeader *header)
{
	uint32		npages = 1 + header->nmaps;

	for (int s = 0; s < BIS_NSTREAMS; s++)
		npages += header->streams[s].npages;
	return npages;
}

uint32
BisSegmentPages(const BisStore *store, const BisSegmentEntry *entry)
{
	BisSegment *segment = BisSegmentOpen(store, entry);
	uint32		npages = count_header_pages(segment->header);

	if (BisSegmentBigrams(segment) != NULL)
		npages += count_header_pages(segment->bigrams->header);
	BisSegmentFree(segment);
	return npages;
}

void
BisSegmentFree(BisSegment *segment)
{
	if (segment->bigrams != NULL)
		BisSegmentFree(segment->bigrams);
	pfree(segment->header);
	pfree(segment);
}

/*
 * Release pin, then pin and check a block of the segment.  page is the number
 * to store in the pin, by which the caller finds it again.
 */
static void
pin_segment_block(BisSegment *segment, BlockNumber block, BisKind kind,
				  uint32 page, BisPin *pin)
{
	Relation	index = segment->store->index;
	Buffer		buffer;

	release_pin(pin);
	CHECK_FOR_INTERRUPTS();
	buffer = BisGetBuffer(index, block, kind, segment->generation,
						  BUFFER_LOCK_SHARE);
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	pin->buffer = buffer;
	pin->page = page;
	BiTestForOldSnapshot(segment->store->snapshot, index,
						 BufferGetPage(buffer));
	pin->content = BisPageContent(BufferGetPage(buffer));
	pin->used = BisPageUsed(BufferGetPage(buffer));
}

/* The block numbers on a page of the map; *size is their length in bytes. */
static const BlockNumber *
read_map_page(BisSegment *segment, uint32 map, Size *size)
{
	BlockNumber block = segment->header->maps[map];

	if (segment->pinned)
	{
		BisPin	   *pin = &segment->map_pins[map % BIS_MAP_PINS];

		if (!BufferIsValid(pin->buffer) || pin->page != map)
			pin_segment_block(segment, block, BIS_MAP_PAGE, map, pin);
		*size = pin->used;
		return (const BlockNumber *) pin->content;
	}
	if (segment->map != map)
	{
		segment->map = segment->header->nmaps;
		segment->map_size = BisReadWholePage(segment->store, block,
											 BIS_MAP_PAGE,
											 segment->generation,
											 segment->blocks);
		segment->map = map;
	}
	*size = segment->map_size;
	return segment->blocks;
}

BlockNumber
BisStreamBlock(BisSegment *segment, BisStream stream, uint32 page)
{
	const BisStreamInfo *info = &segment->header->streams[stream];
	uint32		entry;
	const BlockNumber *blocks;
	Size		size;

	if (page >= info->npages)
		BisCorrupted("page number of a stream");
	entry = info->first + page;
	blocks = read_map_page(segment, entry / BIS_MAP_ENTRIES, &size);
	if (size < (entry % BIS_MAP_ENTRIES + 1) * sizeof(BlockNumber))
		BisCorrupted("page map");
	return blocks[entry % BIS_MAP_ENTRIES];
}

/* Release pin, then pin and check a page of a stream. */
static void
pin_stream_page(BisSegment *segment, BisStream stream, uint32 page,
				BisPin *pin)
{
	pin_segment_block(segment, BisStreamBlock(segment, stream, page),
					  BIS_STREAM_PAGE,
					  segment->header->streams[stream].first + page, pin);
}

/*
 * size bytes at start of a stream's page, which is pinned if it is not yet.
 */
static const uint8 *
peek_pinned_page(BisSegment *segment, BisStream stream, uint32 page,
				 Size start, Size size)
{
	uint32		number = segment->header->streams[stream].first + page;

	/* a page has two possible places */
	BisPin	   *pins = &segment->pins[number * 2 & segment->pin_mask];
	BisPin	   *pin = pins;

	if (!BufferIsValid(pin->buffer) || pin->page != number)
	{
		/* the most recently used page comes first; the other is replaced */
		BisPin		last = pins[0];

		pins[0] = pins[1];
		pins[1] = last;
		if (!BufferIsValid(pin->buffer) || pin->page != number)
			pin_stream_page(segment, stream, page, pin);
	}
	if (start > pin->used || size > pin->used - start)
		BisCorrupted("page is shorter than it should be");
	return pin->content + start;
}

/* Copy size bytes at start of a page of a stream to dest. */
static void
read_page_part(BisSegment *segment, BisStream stream, uint32 page, Size start,
			   Size size, void *dest)
{
	if (segment->pinned)
		memcpy(dest, peek_pinned_page(segment, stream, page, start, size),
			   size);
	else
		BisReadPage(segment->store, BisStreamBlock(segment, stream, page),
					BIS_STREAM_PAGE, segment->generation, start, size, dest);
}

/* Raise XX002 unless the stream has size bytes at offset. */
static inline void
check_stream_range(BisSegment *segment, BisStream stream, uint64 offset,
				   Size size)
{
	uint64		length = segment->header->streams[stream].length;

	if (offset > length || size > length - offset)
		BisCorrupted("offset in a stream");
}

void
BisStreamRead(BisSegment *segment, BisStream stream, uint64 offset,
			  Size size, void *dest)
{
	char	   *to = dest;

	check_stream_range(segment, stream, offset, size);
	while (size > 0)
	{
		uint32		page = offset / BIS_PAGE_ROOM;
		Size		start = offset % BIS_PAGE_ROOM;
		Size		part = Min(size, BIS_PAGE_ROOM - start);

		CHECK_FOR_INTERRUPTS();
		read_page_part(segment, stream, page, start, part, to);
		to += part;
		offset += part;
		size -= part;
	}
}

Size
BisStreamReadPage(BisSegment *segment, BisStream stream, uint32 page,
				  void *dest)
{
	const uint8 *content;
	uint32		number = segment->header->streams[stream].first + page;
	Size		used;

	if (!segment->pinned)
		return BisReadWholePage(segment->store,
								BisStreamBlock(segment, stream, page),
								BIS_STREAM_PAGE, segment->generation, dest);
	content = peek_pinned_page(segment, stream, page, 0, 0);
	/* the most recently used page comes first */
	used = segment->pins[number * 2 & segment->pin_mask].used;
	memcpy(dest, content, used);
	return used;
}

const uint8 *
BisStreamPeek(BisSegment *segment, BisStream stream, uint64 offset,
			  Size size, void *room)
{
	Size		start = offset % BIS_PAGE_ROOM;

	if (segment->pinned && size <= BIS_PAGE_ROOM - start)
	{
		check_stream_range(segment, stream, offset, size);
		return peek_pinned_page(segment, stream, offset / BIS_PAGE_ROOM,
								start, size);
	}
	BisStreamRead(segment, stream, offset, size, room);
	return room;
}

void
BisSegmentReadDocs(BisSegment *segment, uint32 doc)
{
	uint32		page = doc / BIS_DOCS_PER_PAGE;
	uint32		first = page * BIS_DOCS_PER_PAGE;
	uint32		n;

	if (doc >= segment->header->ndocs)
		BisCorrupted("number of an article");
	n = Min(BIS_DOCS_PER_PAGE, segment->header->ndocs - first);
	segment->ndocs = 0;
	if (segment->pinned)
	{
		pin_stream_page(segment, BIS_STREAM_DOCS, page, &segment->doc_pin);
		if (segment->doc_pin.used < n * sizeof(BisDoc))
			BisCorrupted("page is shorter than it should be");
		segment->docs = (const BisDoc *) segment->doc_pin.content;
	}
	else
	{
		BisStreamRead(segment, BIS_STREAM_DOCS,
					  (uint64) first * sizeof(BisDoc),
					  n * sizeof(BisDoc), segment->doc_room);
		segment->docs = segment->doc_room;
	}
	segment->first_doc = first;
	segment->ndocs = n;
}

BisHeapRange
BisSegmentHeapRange(BisSegment *segment, uint32 n)
{
	BisHeapRange range;

	memcpy(&range, BisStreamPeek(segment, BIS_STREAM_RANGES,
								 (uint64) n * sizeof(range), sizeof(range),
								 &range), sizeof(range));
	if (range.first > range.last || range.last == InvalidBlockNumber)
		BisCorrupted("heap pages of articles");
	return range;
}

bool
BisSegmentIsDead(BisSegment *segment, uint32 doc)
{
	uint32		page = doc / BIS_DEAD_PER_PAGE;
	uint32		bit = doc % BIS_DEAD_PER_PAGE;

	if (segment->dead_page != page)
	{
		Size		size;

		CHECK_FOR_INTERRUPTS();
		segment->dead_page = PG_UINT32_MAX;
		size = BisReadWholePage(segment->store,
								BisStreamBlock(segment, BIS_STREAM_DEAD,
											   page),
								BIS_STREAM_PAGE, segment->generation,
								segment->dead);
		if (size < BIS_PAGE_ROOM)
			memset(segment->dead + size, 0, BIS_PAGE_ROOM - size);
		segment->dead_page = page;
	}
	return (segment->dead[bit / BITS_PER_BYTE] >>
			(bit % BITS_PER_BYTE)) & 1;
}

uint32
BisSegmentCountDead(BisSegment *segment)
{
	uint32		ndead = 0;

	for (uint32 page = 0;
		 page < segment->header->streams[BIS_STREAM_DEAD].npages;
		 page++)
	{
		Size		size;

		CHECK_FOR_INTERRUPTS();
		segment->dead_page = PG_UINT32_MAX;
		size = BisReadWholePage(segment->store,
								BisStreamBlock(segment, BIS_STREAM_DEAD,
											   page),
								BIS_STREAM_PAGE, segment->generation,
								segment->dead);
		ndead += pg_popcount((const char *) segment->dead, size);
	}
	return ndead;
}
