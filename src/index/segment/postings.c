/*
 * postings.c
 *	  Reading a posting list: articles in ascending order, with positions.
 *
 * A cursor holds one block, unpacked.  Blocks are skipped by galloping search
 * over the list's skips, which hold each block's last article.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/segment/postings.h"

/* most positions of a block */
#define MAX_BLOCK_POSITIONS ((uint32) BIS_BLOCK * BIS_MAX_FREQ)

StaticAssertDecl((uint64) MAX_BLOCK_POSITIONS * 4 * 3 <= PG_UINT32_MAX,
				 "a number of positions overflows");

/* bytes of an article's positions that are copied, if need be, to the stack */
#define MAX_COPIED 512

/*
 * most bytes of a block: in a short one, an article takes numbers of up to 33
 * and BIS_FREQ_BITS bits, seven bits to a byte
 */
#define MAX_BLOCK_BYTES (1 + BIS_BLOCK * (5 + 3))

StaticAssertDecl(MAX_BLOCK_BYTES >= 3 + BIS_MAX_DENSE * sizeof(uint64) +
				 BisPackedSize(BIS_FREQ_BITS) &&
				 BisPackedSize(32) <= BIS_MAX_DENSE * sizeof(uint64),
				 "a whole block takes more");

/* A block's skip; reads an aligned group of skips if it is not at hand. */
static const BisSkip *
skip_entry(BisPostings *cursor, uint32 block)
{
	if (block < cursor->first_skip ||
		block - cursor->first_skip >= cursor->nskips)
	{
		uint32		first = block - block % lengthof(cursor->skips);
		uint32		n = Min(lengthof(cursor->skips),
							cursor->nblocks - first);

		cursor->nskips = 0;
		BisStreamRead(cursor->segment, BIS_STREAM_POSTINGS,
					  cursor->term.postings + cursor->term.postings_len +
					  (uint64) first * sizeof(BisSkip),
					  n * sizeof(BisSkip), cursor->skips);
		cursor->first_skip = first;
		cursor->nskips = n;
	}
	return &cursor->skips[block - cursor->first_skip];
}

/*
 * Unpack the articles of a dense block to docs.  last is the last article of
 * the previous block, or BIS_NO_DOC.
 */
static void
unpack_dense_block(uint32 last, const uint8 *bytes, int nwords, uint32 *docs)
{
	uint32		start = BisDenseStart(last);
	uint32		n = 0;

	for (int i = 0; i < nwords; i++)
	{
		uint64		word;

		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		for (; word != 0 && n < BIS_BLOCK; word &= word - 1)
			docs[n++] = start + i * 64 + pg_rightmost_one_pos64(word);
		if (word != 0)
			BisCorrupted("articles of a block");
	}
	if (n < BIS_BLOCK || (last != BIS_NO_DOC && docs[0] <= last))
		BisCorrupted("articles of a block");
}

/* Turn the deltas in docs to articles; last is as above. */
static void
add_up_deltas(BisPostings *cursor, uint32 last)
{
	/* the first article of the list is a delta to -1 */
	uint64		doc = last == BIS_NO_DOC ? PG_UINT64_MAX : last;

	for (uint32 i = 0; i < cursor->n; i++)
	{
		doc += (uint64) cursor->docs[i] + 1;
		cursor->docs[i] = (uint32) doc;
	}
	if (doc >= cursor->segment->header->ndocs)
		BisCorrupted("article of a posting list");
}

/*
 * Unpack the articles of a full block to docs; last is as above.  Frequencies
 * are only copied: not every search needs them.
 */
static void
unpack_full_block(BisPostings *cursor, BisReader *reader, uint32 last)
{
	const uint8 *widths = BisGetBytes(reader, 3);
	int			nwords = widths[0] - BIS_DENSE;

	if ((nwords > 0 ? nwords > BIS_MAX_DENSE : widths[0] > 32) ||
		widths[1] > BIS_FREQ_BITS)
		BisCorrupted("width of a block");
	cursor->position_width = widths[2];
	if (nwords > 0)
		unpack_dense_block(last,
						   BisGetBytes(reader, nwords * sizeof(uint64)),
						   nwords, cursor->docs);
	else
	{
		BisUnpackBlock(BisGetBytes(reader, BisPackedSize(widths[0])),
					   widths[0], cursor->docs);
		add_up_deltas(cursor, last);
	}
	cursor->freq_width = widths[1];
	memcpy(cursor->packed_freqs,
		   BisGetBytes(reader, BisPackedSize(widths[1])),
		   BisPackedSize(widths[1]));
	cursor->has_freqs = false;
}

void
BisPostingsReadFreqs(BisPostings *cursor)
{
	BisUnpackBlock(cursor->packed_freqs, cursor->freq_width, cursor->freqs);
	for (int i = 0; i < BIS_BLOCK; i++)
		cursor->freqs[i] ^= cursor->freqs[i] <= 1;
	cursor->has_freqs = true;
}

/* Read the articles, to docs, and frequencies of a short last block. */
static void
read_short_block(BisPostings *cursor, BisReader *reader, uint32 last)
{
	cursor->position_width = *BisGetBytes(reader, 1);
	for (uint32 i = 0; i < cursor->n; i++)
	{
		uint64		number = BisGetNumber(reader);

		if (number >> 1 > PG_UINT32_MAX)
			BisCorrupted("article delta");
		cursor->docs[i] = number >> 1;
		cursor->freqs[i] = (number & 1) ? 1 :
			BisGetNumberUpTo(reader, BIS_MAX_FREQ);
	}
	add_up_deltas(cursor, last);
	cursor->has_freqs = true;
}

/*
 * A block's bytes, copied to room if need be, which has MAX_BLOCK_BYTES.  Sets
 * where its positions are, and *last to the last article of the previous
 * block, BIS_NO_DOC if there is none.
 */
static BisReader
read_block(BisPostings *cursor, uint32 block, uint8 *room, uint32 *last)
{
	BisReader	reader;
	uint64		start = 0;
	uint64		end = cursor->term.postings_len;

	*last = BIS_NO_DOC;
	cursor->positions_start = 0;
	cursor->positions_end = cursor->term.positions_len;
	if (cursor->nblocks > 1)
	{
		if (block > 0)
		{
			const BisSkip *skip = skip_entry(cursor, block - 1);

			if (skip->last >= cursor->segment->header->ndocs)
				BisCorrupted("skips of a posting list");
			*last = skip->last;
			start = BisSkipPostings(skip);
			cursor->positions_start = BisSkipPositions(skip);
		}
		end = BisSkipPostings(skip_entry(cursor, block));
		cursor->positions_end = BisSkipPositions(skip_entry(cursor, block));
	}
	if (start > end || end - start > MAX_BLOCK_BYTES ||
		end > cursor->term.postings_len ||
		cursor->positions_start > cursor->positions_end ||
		cursor->positions_end > cursor->term.positions_len)
		BisCorrupted("skips of a posting list");
	if (cursor->term.is_inline)
		reader.next = cursor->term.bytes;
	else
		reader.next = BisStreamPeek(cursor->segment, BIS_STREAM_POSTINGS,
									cursor->term.postings + start,
									end - start, room);
	reader.end = reader.next + (end - start);
	return reader;
}

/* Read a block and move to its first article. */
static void
load_block(BisPostings *cursor, uint32 block)
{
	uint8		bytes[MAX_BLOCK_BYTES];
	uint32		last;
	BisReader	reader = read_block(cursor, block, bytes, &last);

	cursor->block = block;
	cursor->n = Min(BIS_BLOCK, cursor->term.ndocs - block * BIS_BLOCK);
	if (cursor->n == BIS_BLOCK)
		unpack_full_block(cursor, &reader, last);
	else
		read_short_block(cursor, &reader, last);
	last = cursor->docs[cursor->n - 1];
	/* so the next block's articles come after this one's */
	if (last >= cursor->segment->header->ndocs ||
		(cursor->nblocks > 1 && last != skip_entry(cursor, block)->last))
		BisCorrupted("last article of a block");
	if (cursor->position_width > BIS_POSITION_BITS)
		BisCorrupted("width of positions");
	cursor->positions_at = 0;
	cursor->first_position = 0;
	cursor->has_positions = cursor->peeked = false;
	cursor->weights.begun = false;
	cursor->at = 0;
	cursor->doc = cursor->docs[0];
}

void
BisPostingsOpen(BisPostings *cursor, BisSegment *segment, const BisTerm *term)
{
	cursor->segment = segment;
	cursor->term = *term;
	cursor->nblocks = (term->ndocs - 1) / BIS_BLOCK + 1;
	cursor->nskips = 0;
	cursor->first_skip = 0;
	memset(&cursor->positions, 0, sizeof(BisBytes));
	memset(&cursor->occurrences, 0, sizeof(BisBytes));
	cursor->context = CurrentMemoryContext;
	load_block(cursor, 0);
}

void
BisPostingsNext(BisPostings *cursor)
{
	if (cursor->doc == BIS_NO_DOC)
		return;
	if (++cursor->at < cursor->n)
		cursor->doc = cursor->docs[cursor->at];
	else if (cursor->block + 1 < cursor->nblocks)
	{
		CHECK_FOR_INTERRUPTS();
		load_block(cursor, cursor->block + 1);
	}
	else
		cursor->doc = BIS_NO_DOC;
}

/*
 * Galloping search (Bentley and Yao, 1976) for the first block after the
 * current one that may contain doc: steps that double, then a binary search
 * within the last step.  Returns nblocks if there is none.
 */
static uint32
find_block(BisPostings *cursor, uint32 doc)
{
	uint32		low = cursor->block + 1;
	uint32		step = 1;
	uint32		high;

	/* all blocks before low end before doc */
	while (low < cursor->nblocks && skip_entry(cursor, low)->last < doc)
	{
		CHECK_FOR_INTERRUPTS();
		if (cursor->nblocks - low <= step)
			break;
		if (skip_entry(cursor, low + step)->last >= doc)
			break;
		low += step;
		step *= 2;
	}
	high = Min(low + (uint64) step, cursor->nblocks);
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (skip_entry(cursor, middle)->last < doc)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
BisPostingsSkipTo(BisPostings *cursor, uint32 doc)
{
	uint32		block = cursor->nblocks;

	if (cursor->block + 1 < cursor->nblocks)
		block = find_block(cursor, doc);
	if (block >= cursor->nblocks)
	{
		cursor->doc = BIS_NO_DOC;
		return;
	}
	load_block(cursor, block);
	if (cursor->docs[cursor->n - 1] < doc)
		BisCorrupted("last article of a block");
	BisPostingsAdvance(cursor, doc);
}

/*
 * If the block is a dense one, set the bits of its articles, all of which are
 * in the window, without unpacking it; else return false.
 */
static bool
or_dense_block(BisPostings *cursor, uint32 block, uint32 first, uint64 *bits)
{
	uint8		bytes[MAX_BLOCK_BYTES];
	uint32		last;
	BisReader	reader = read_block(cursor, block, bytes, &last);
	int			nwords = *BisGetBytes(&reader, 3) - BIS_DENSE;
	uint32		at = (BisDenseStart(last) - first) / 64;
	uint64		word = 0;
	int			n = 0;

	if (nwords <= 0)
		return false;
	if (at >= BIS_WINDOW_WORDS || nwords > (int) (BIS_WINDOW_WORDS - at))
		BisCorrupted("articles of a block");
	for (int i = 0; i < nwords; i++)
	{
		memcpy(&word, BisGetBytes(&reader, sizeof(word)), sizeof(word));
		bits[at + i] |= word;
		n += pg_popcount64(word);
	}
	if (n != BIS_BLOCK || word == 0 ||
		first + (at + nwords - 1) * 64 + pg_leftmost_one_pos64(word) !=
		skip_entry(cursor, block)->last)
		BisCorrupted("articles of a block");
	return true;
}

/*
 * Set the bits of the dense blocks after the current one that end before
 * article first + BIS_WINDOW, up to the first block that is none, and move to
 * the block after them.
 */
static void
pass_dense_blocks(BisPostings *cursor, uint32 first, uint64 *bits)
{
	uint32		block = cursor->block + 1;

	while (block < cursor->term.ndocs / BIS_BLOCK &&
		   skip_entry(cursor, block)->last < first + BIS_WINDOW &&
		   or_dense_block(cursor, block, first, bits))
		block++;
	if (block < cursor->nblocks)
		load_block(cursor, block);
	else
		cursor->doc = BIS_NO_DOC;
}

void
BisPostingsWindow(BisPostings *cursor, uint32 first, uint64 *bits)
{
	uint32		end = first + BIS_WINDOW;

	BisPostingsAdvance(cursor, first);
	while (cursor->doc < end)
	{
		uint32		i;

		for (i = cursor->at; i < cursor->n && cursor->docs[i] < end; i++)
		{
			uint32		bit = cursor->docs[i] - first;

			bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
		}
		CHECK_FOR_INTERRUPTS();
		if (i < cursor->n)
		{
			cursor->at = i;
			cursor->doc = cursor->docs[i];
		}
		else
			pass_dense_blocks(cursor, first, bits);
	}
}

/* Copy the positions of the whole block. */
static void
copy_block_positions(BisPostings *cursor)
{
	uint64		len = cursor->positions_end - cursor->positions_start;

	cursor->positions.len = 0;
	BisBytesReserve(&cursor->positions, len + BIS_BITS_SLACK,
					cursor->context);
	BisStreamRead(cursor->segment, BIS_STREAM_POSITIONS,
				  cursor->term.positions + cursor->positions_start, len,
				  cursor->positions.data);
	cursor->has_positions = true;
}

/*
 * size bytes at offset of the block's positions, valid until the next call.
 * They are copied to room, which has BIS_BITS_SLACK bytes more, if they are
 * neither in memory nor within one pinned page.
 */
static const uint8 *
peek_block_positions(BisPostings *cursor, uint64 offset, Size size,
					 uint8 *room)
{
	uint64		start = cursor->positions_start + offset;

	if (offset > cursor->positions_end - cursor->positions_start ||
		size > cursor->positions_end - start)
		BisCorrupted("length of positions");
	if (cursor->term.is_inline)
		return cursor->term.bytes + cursor->term.postings_len + start;
	/* a second article's request makes further ones likely */
	if (!cursor->has_positions &&
		(cursor->peeked || !cursor->segment->pinned))
		copy_block_positions(cursor);
	if (cursor->has_positions)
		return cursor->positions.data + offset;
	cursor->peeked = true;
	return BisStreamPeek(cursor->segment, BIS_STREAM_POSITIONS,
						 cursor->term.positions + start, size, room);
}

/*
 * Unpack freq positions of width bits, at most BIS_POSITION_BITS, that start
 * at the given bit.
 */
static inline void
unpack_positions(const uint8 *bytes, int width, Size bit, uint32 freq,
				 BiOccurrence *out)
{
	uint64		pos = 0;

	for (uint32 i = 0; i < freq; i++)
	{
		pos += BisGetBits(bytes, width, bit);
		bit += width;
		out[i] = BiOccurrenceMake(pos, 0);
	}
	/* they ascend, so all are below the last one */
	if (pos > BI_UNKNOWN_POSITION)
		BisCorrupted("position of a term");
	if (likely(pos < BI_CLAMPED_POSITION))
		return;
	for (uint32 i = freq; i > 0; i--)
	{
		uint32		stored = BiOccurrencePos(out[i - 1]);

		if (stored < BI_CLAMPED_POSITION)
			break;
		if (stored == BI_CLAMPED_POSITION)
		{
			if (i < freq)
				BisCorrupted("position of a term");
			stored = BI_UNKNOWN_POSITION + 1;
		}
		out[i - 1] = BiOccurrenceMake(stored - 1, 0);
	}
}

/* Make room for the current article's occurrences. */
static inline BiOccurrence *
occurrence_room(BisPostings *cursor, uint32 freq)
{
	if (unlikely(cursor->occurrences.max < freq * sizeof(BiOccurrence)))
		BisBytesReserve(&cursor->occurrences, freq * sizeof(BiOccurrence),
						cursor->context);
	return (BiOccurrence *) cursor->occurrences.data;
}

const BiOccurrence *
BisPostingsPositions(BisPostings *cursor)
{
	uint8		copied[MAX_COPIED + BIS_BITS_SLACK];
	uint32		freq = BisPostingsFreq(cursor);
	int			width = cursor->position_width;
	BiOccurrence *out = occurrence_room(cursor, freq);
	const uint8 *bytes;
	Size		from;
	Size		size;
	Size		bit;

	if (freq == 0)
		return out;
	if (cursor->positions_at > cursor->at)
		cursor->positions_at = cursor->first_position = 0;
	while (cursor->positions_at < cursor->at)
		cursor->first_position += cursor->freqs[cursor->positions_at++];
	if (width == 0)
	{
		/* all are 0, as in tsvectors from clients in binary format */
		memset(out, 0, freq * sizeof(BiOccurrence));
		return out;
	}

	bit = (Size) cursor->first_position * width;
	from = bit / BITS_PER_BYTE;
	size = BisBitsSize(cursor->first_position + freq, width) - from;
	if (size > MAX_COPIED && !cursor->term.is_inline && !cursor->has_positions)
		copy_block_positions(cursor);
	bytes = peek_block_positions(cursor, from, size, copied);
	unpack_positions(bytes, width, bit % BITS_PER_BYTE, freq, out);
	return out;
}

/* Start reading the block's weights. */
static void
begin_block_weights(BisPostings *cursor)
{
	BisWeights *weights = &cursor->weights;
	uint64		len = cursor->positions_end - cursor->positions_start;
	Size		packed;
	uint32		n = 0;

	for (uint32 i = 0; i < cursor->n; i++)
		n += cursor->freqs[i];
	packed = BisBitsSize(n, cursor->position_width);
	if (packed > len)
		BisCorrupted("length of positions");
	if (!cursor->term.is_inline && !cursor->has_positions)
		copy_block_positions(cursor);
	weights->runs.next = peek_block_positions(cursor, packed, len - packed,
											  NULL);
	weights->runs.end = weights->runs.next + (len - packed);
	weights->next = weights->first = weights->end = 0;
	weights->begun = true;
}

/*
 * Weight of the block's position i, and of those from there to *end; calls
 * must have ascending i.
 */
static uint32
position_weight(BisWeights *weights, uint32 i, uint32 *end)
{
	while (i >= weights->end && weights->runs.next < weights->runs.end)
	{
		uint64		number;

		weights->first = weights->end +
			BisGetNumberUpTo(&weights->runs, MAX_BLOCK_POSITIONS);
		number = BisGetNumberUpTo(&weights->runs, MAX_BLOCK_POSITIONS * 4);
		weights->weight = number & 3;
		weights->end = weights->first + (number >> 2) + 1;
		if (weights->end > MAX_BLOCK_POSITIONS)
			BisCorrupted("weights of positions");
	}
	*end = i < weights->first ? weights->first :
		i < weights->end ? weights->end : PG_UINT32_MAX;
	return i >= weights->first && i < weights->end ? weights->weight : 0;
}

const BiOccurrence *
BisPostingsOccurrences(BisPostings *cursor)
{
	uint32		freq = BisPostingsFreq(cursor);
	BiOccurrence *out = unconstify(BiOccurrence *,
								   BisPostingsPositions(cursor));

	if (freq == 0)
		return out;
	if (!cursor->weights.begun ||
		cursor->first_position < cursor->weights.next)
		begin_block_weights(cursor);
	for (uint32 i = 0; i < freq;)
	{
		uint32		end;
		uint32		weight = position_weight(&cursor->weights,
											 cursor->first_position + i, &end);

		end = Min(freq, end - cursor->first_position);
		if (weight == 0)
			i = end;
		while (i < end)
			out[i++] |= weight;
	}
	cursor->weights.next = cursor->first_position + freq;
	return out;
}
