/*
 * cursor.c
 *	  Reading a posting list: articles in order, and their positions.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

#include "index/segment.h"

/* Skip entry of a block. */
static const BisSkip *
skip_of(BisCursor *cursor, uint32 block)
{
	if (block < cursor->first_skip ||
		block - cursor->first_skip >= cursor->nskips)
	{
		uint32		first = block - block % lengthof(cursor->skips);
		uint32		n = Min(lengthof(cursor->skips),
							cursor->nblocks - first);

		cursor->nskips = 0;
		BisStreamRead(cursor->segment, BIS_POSTINGS,
					  cursor->term.postings + cursor->term.postings_len +
					  (uint64) first * sizeof(BisSkip),
					  n * sizeof(BisSkip), cursor->skips);
		cursor->first_skip = first;
		cursor->nskips = n;
	}
	return &cursor->skips[block - cursor->first_skip];
}

/* Read the articles of a whole block. */
static void
read_block(BisCursor *cursor, BisReader *reader)
{
	const uint8 *widths = BisGetBytes(reader, 2);

	if (widths[0] > 32 || widths[1] > 32)
		BisCorrupted("width of a block");
	BisUnpack(BisGetBytes(reader, BisPackedSize(widths[0])), widths[0],
			  cursor->docs);
	BisUnpack(BisGetBytes(reader, BisPackedSize(widths[1])), widths[1],
			  cursor->freqs);
}

/* Read the articles of a shorter block. */
static void
read_last_block(BisCursor *cursor, BisReader *reader)
{
	for (uint32 i = 0; i < cursor->n; i++)
	{
		uint64		number = BisGetNumber(reader);

		if (number >> 1 > PG_UINT32_MAX)
			BisCorrupted("distance of articles");
		cursor->docs[i] = number >> 1;
		cursor->freqs[i] = (number & 1) ? 1 :
			BisGetNumberUpTo(reader, MAXNUMPOS);
	}
}

/*
 * Read a block, the last one's articles ending at last (BIS_NO_DOC: none).
 * Stands at its first article.
 */
static void
load_block(BisCursor *cursor, uint32 block, uint32 last)
{
	uint8		bytes[BisPackedSize(32) * 2 + 2];
	BisReader	reader;
	uint64		start = 0;
	uint64		end = cursor->term.postings_len;
	uint64		doc;
	uint32		most = 0;

	cursor->positions_start = 0;
	cursor->positions_end = cursor->term.positions_len;
	if (cursor->nblocks > 1)
	{
		if (block > 0)
		{
			const BisSkip *skip = skip_of(cursor, block - 1);

			if (skip->last >= cursor->segment->header->ndocs)
				BisCorrupted("skips of a posting list");
			last = skip->last;
			start = BisSkipPostings(skip);
			cursor->positions_start = BisSkipPositions(skip);
		}
		end = BisSkipPostings(skip_of(cursor, block));
		cursor->positions_end = BisSkipPositions(skip_of(cursor, block));
	}
	if (start > end || end - start > sizeof(bytes) ||
		end > cursor->term.postings_len ||
		cursor->positions_start > cursor->positions_end ||
		cursor->positions_end > cursor->term.positions_len)
		BisCorrupted("skips of a posting list");

	/* as a number before 0, for want of an article before the first */
	doc = last == BIS_NO_DOC ? PG_UINT64_MAX : last;
	if (cursor->term.here)
		reader.next = cursor->term.bytes;
	else
		reader.next = BisStreamPeek(cursor->segment, BIS_POSTINGS,
									cursor->term.postings + start,
									end - start, bytes);
	reader.end = reader.next + (end - start);

	cursor->block = block;
	cursor->n = Min(BIS_BLOCK, cursor->term.ndocs - block * BIS_BLOCK);
	if (cursor->n == BIS_BLOCK)
		read_block(cursor, &reader);
	else
		read_last_block(cursor, &reader);
	for (uint32 i = 0; i < cursor->n; i++)
	{
		doc += (uint64) cursor->docs[i] + 1;
		cursor->docs[i] = (uint32) doc;
		most = Max(most, cursor->freqs[i]);
	}
	if (doc >= cursor->segment->header->ndocs || most > MAXNUMPOS)
		BisCorrupted("article of a posting list");
	/* so the next block's articles are behind this one's */
	if (cursor->nblocks > 1 && doc != skip_of(cursor, block)->last)
		BisCorrupted("last article of a block");
	cursor->has_positions = false;
	cursor->at = 0;
	cursor->doc = cursor->docs[0];
	cursor->freq = cursor->freqs[0];
}

void
BisCursorOpen(BisCursor *cursor, BisSegment *segment, const BisTerm *term)
{
	cursor->segment = segment;
	cursor->term = *term;
	cursor->nblocks = (term->ndocs - 1) / BIS_BLOCK + 1;
	cursor->nskips = 0;
	cursor->first_skip = 0;
	memset(&cursor->positions, 0, sizeof(BisBytes));
	cursor->context = CurrentMemoryContext;
	load_block(cursor, 0, BIS_NO_DOC);
}

/* Stand behind the last article. */
static void
end_list(BisCursor *cursor)
{
	cursor->doc = BIS_NO_DOC;
	cursor->freq = 0;
}

void
BisCursorNext(BisCursor *cursor)
{
	if (cursor->doc == BIS_NO_DOC)
		return;
	if (++cursor->at < cursor->n)
	{
		cursor->doc = cursor->docs[cursor->at];
		cursor->freq = cursor->freqs[cursor->at];
	}
	else if (cursor->block + 1 < cursor->nblocks)
	{
		CHECK_FOR_INTERRUPTS();
		load_block(cursor, cursor->block + 1, cursor->docs[cursor->n - 1]);
	}
	else
		end_list(cursor);
}

/* The first block behind the current one that may hold doc, or nblocks. */
static uint32
find_block(BisCursor *cursor, uint32 doc)
{
	uint32		low = cursor->block + 1;
	uint32		step = 1;
	uint32		high;

	/* low's predecessors end before doc */
	while (low < cursor->nblocks && skip_of(cursor, low)->last < doc)
	{
		CHECK_FOR_INTERRUPTS();
		if (cursor->nblocks - low <= step)
			break;
		if (skip_of(cursor, low + step)->last >= doc)
			break;
		low += step;
		step *= 2;
	}
	high = Min(low + (uint64) step, cursor->nblocks);
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (skip_of(cursor, middle)->last < doc)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
BisCursorLeap(BisCursor *cursor, uint32 doc)
{
	uint32		block = cursor->nblocks;

	if (cursor->block + 1 < cursor->nblocks)
		block = find_block(cursor, doc);
	if (block >= cursor->nblocks)
	{
		end_list(cursor);
		return;
	}
	load_block(cursor, block, BIS_NO_DOC);
	if (cursor->docs[cursor->n - 1] < doc)
		BisCorrupted("last article of a block");
	BisCursorSeek(cursor, doc);
}

void
BisCursorWindow(BisCursor *cursor, uint32 first, uint64 *bits)
{
	uint32		end = first + BIS_WINDOW;

	BisCursorSeek(cursor, first);
	while (cursor->doc < end)
	{
		uint32		i;

		for (i = cursor->at; i < cursor->n && cursor->docs[i] < end; i++)
		{
			uint32		bit = cursor->docs[i] - first;

			bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
		}
		/* to the first that is behind the window */
		cursor->at = i - 1;
		BisCursorNext(cursor);
	}
}

/* Bring the block's positions into memory. */
static void
load_positions(BisCursor *cursor)
{
	uint64		len = cursor->positions_end - cursor->positions_start;

	if (len > (uint64) BIS_BLOCK * MAXNUMPOS * 2 * BIS_MAX_NUMBER_BYTES)
		BisCorrupted("length of positions");
	if (cursor->term.here)
	{
		cursor->reader.next = cursor->term.bytes + cursor->term.postings_len;
		cursor->reader.end = cursor->reader.next + len;
	}
	else
	{
		cursor->positions.len = 0;
		BisBytesReserve(&cursor->positions, len, cursor->context);
		BisStreamRead(cursor->segment, BIS_POSITIONS,
					  cursor->term.positions + cursor->positions_start, len,
					  cursor->positions.data);
		cursor->reader.next = cursor->positions.data;
		cursor->reader.end = cursor->positions.data + len;
	}
	cursor->has_positions = true;
	cursor->positions_at = 0;
}

/*
 * Pass over n positions: up to eight bytes at a time where no weight is among
 * them, so that each byte without its top bit ends one.
 */
static void
skip_positions(BisReader *reader, uint32 n)
{
	while (n > 0)
	{
		if (n >= 8 && reader->end - reader->next >= 8)
		{
			uint64		bytes;
			uint64		ends;

			memcpy(&bytes, reader->next, sizeof(bytes));
#ifdef WORDS_BIGENDIAN
			bytes = pg_bswap64(bytes);
#endif
			/* lowest bit of each byte that ends a number */
			ends = ~bytes >> 7 & UINT64CONST(0x0101010101010101);
			/* that of a number's first byte is for a weight */
			if (ends != 0 && (bytes & (ends << 8 | 1)) == 0)
			{
				n -= ends * UINT64CONST(0x0101010101010101) >> 56;
				reader->next += pg_leftmost_one_pos64(ends) / 8 + 1;
				continue;
			}
		}
		if (BisGetNumber(reader) & 1)
			(void) BisGetNumber(reader);
		n--;
	}
}

void
BisCursorPositions(BisCursor *cursor, WordEntryPos *out)
{
	BisReader	reader;
	uint32		pos = 0;
	uint32		weight = 0;
	uint32		skipped = 0;

	/* asked for again, or for an earlier one: begin anew */
	if (!cursor->has_positions || cursor->positions_at > cursor->at)
		load_positions(cursor);
	while (cursor->positions_at < cursor->at)
		skipped += cursor->freqs[cursor->positions_at++];
	/* the compiler keeps a copy of our own in registers */
	reader = cursor->reader;
	skip_positions(&reader, skipped);
	for (uint32 i = 0; i < cursor->freq; i++)
	{
		uint64		number = BisGetNumber(&reader);

		if (number >> 1 >= MAXENTRYPOS - pos)
			BisCorrupted("position of a term");
		pos += number >> 1;
		if (number & 1)
			weight = BisGetNumberUpTo(&reader, 3);
		out[i] = 0;
		WEP_SETPOS(out[i], pos);
		WEP_SETWEIGHT(out[i], weight);
	}
	cursor->reader = reader;
	cursor->positions_at = cursor->at + 1;
}
