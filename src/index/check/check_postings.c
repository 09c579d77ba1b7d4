/*
 * check_postings.c
 *	  Checking posting lists.
 *
 * The code that reads lists here is independent of what searches use, and it
 * reads each list completely: a block must end where its numbers end, the
 * next block must begin there, and skips must agree with that.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "index/bigram/bigram_write.h"
#include "index/check/check.h"

/* Bytes of a number up to most, written by BisPutNumber. */
#define NUMBER_BYTES(most) (pg_leftmost_one_pos64(most) / 7 + 1)

/* a posting list being checked */
typedef struct Walk
{
	BisCheckPostings *lists;
	const BisTerms *terms;
	const BisTerm *term;
	uint32		nblocks;
	uint64		postings;		/* bytes of the list that were read */
	uint64		positions;		/* and of its positions */
	uint32		last;			/* last article; BIS_NO_DOC at first */
	uint32		n;				/* articles of the current block */
	uint32		docs[BIS_BLOCK];
	uint32		freqs[BIS_BLOCK];
	int			position_width;
} Walk;

/* Copy size bytes at offset of a stream to dest. */
static void
read_stream(Walk *list, BisStream stream, const char *part, uint64 offset,
			Size size, void *dest)
{
	BisSegment *segment = list->lists->segment;

	if (size == 0)
		return;
	BisCheckAt(list->lists->check, part,
			   BisStreamBlock(segment, stream, offset / BIS_PAGE_ROOM));
	BisStreamRead(segment, stream, offset, size, dest);
}

/* Copy the next size bytes of the list to dest. */
static void
read_postings(Walk *list, Size size, void *dest)
{
	const BisTerm *term = list->term;

	if (size > term->postings_len - list->postings)
		BisCorrupted("posting list ends within a block");
	if (term->is_inline)
		memcpy(dest, term->bytes + list->postings, size);
	else
		read_stream(list, BIS_STREAM_POSTINGS, "posting list",
					term->postings + list->postings, size, dest);
	list->postings += size;
}

/* Read the articles of a dense block of nwords, as deltas. */
static void
read_dense_block(Walk *list, int nwords)
{
	uint64		words[BIS_MAX_DENSE];
	uint64		bit = (list->last + 1) % 64;
	uint64		end = (uint64) nwords * 64;
	uint32		delta = 0;
	int			n = 0;

	read_postings(list, nwords * sizeof(uint64), words);
	if ((words[0] & ((UINT64CONST(1) << bit) - 1)) != 0)
		BisCorrupted("dense block has an article of the block before");
	for (; bit < end && n < BIS_BLOCK; bit++, delta++)
	{
		if ((words[bit / 64] >> bit % 64 & 1) == 0)
			continue;
		list->docs[n++] = delta;
		delta = -1;
	}
	if (n < BIS_BLOCK || words[nwords - 1] == 0 ||
		(bit < end && words[bit / 64] >> bit % 64 != 0) ||
		(bit + 63) / 64 != (uint64) nwords)
		BisCorrupted("dense block has a wrong number of articles");
}

/* Read the deltas and frequencies of a full block. */
static void
read_full_block(Walk *list)
{
	uint8		widths[3];
	uint8		packed[BisPackedSize(32)];
	int			nwords;

	read_postings(list, sizeof(widths), widths);
	nwords = widths[0] - BIS_DENSE;
	if ((nwords > 0 ? nwords > BIS_MAX_DENSE : widths[0] > 32) ||
		widths[1] > BIS_FREQ_BITS)
		BisCorrupted("width of a block");
	list->position_width = widths[2];
	if (nwords > 0)
		read_dense_block(list, nwords);
	else
	{
		read_postings(list, BisPackedSize(widths[0]), packed);
		BisUnpackBlock(packed, widths[0], list->docs);
	}
	read_postings(list, BisPackedSize(widths[1]), packed);
	BisUnpackBlock(packed, widths[1], list->freqs);
	for (int i = 0; i < BIS_BLOCK; i++)
		list->freqs[i] ^= list->freqs[i] <= 1;
}

/* Read those of a shorter block, which is the rest of the list. */
static void
read_last_block(Walk *list)
{
	uint64		size = list->term->postings_len - list->postings;
	uint8		bytes[1 + BIS_BLOCK * 2 * BIS_MAX_NUMBER_BYTES];
	BisReader	reader = {bytes, bytes + size};

	if (size > sizeof(bytes))
		BisCorrupted("posting list is longer than its articles");
	read_postings(list, size, bytes);
	list->position_width = *BisGetBytes(&reader, 1);
	for (uint32 i = 0; i < list->n; i++)
	{
		uint64		number = BisGetNumber(&reader);

		if (number >> 1 > PG_UINT32_MAX)
			BisCorrupted("article delta");
		list->docs[i] = number >> 1;
		list->freqs[i] = (number & 1) ? 1 :
			BisGetNumberUpTo(&reader, BIS_MAX_FREQ);
	}
	if (reader.next != reader.end)
		BisCorrupted("posting list is longer than its articles");
}

/* Turn the block's deltas into article numbers, and check these. */
static void
check_articles(Walk *list)
{
	uint32		ndocs = list->lists->segment->header->ndocs;

	for (uint32 i = 0; i < list->n; i++)
	{
		uint64		doc = (uint64) (list->last + 1) + list->docs[i];

		if (doc >= ndocs)
			BisCorrupted("posting list names an article that is not there");
		list->last = list->docs[i] = (uint32) doc;
	}
}

/* Check a block's skip against the block; returns where its positions end. */
static uint64
check_skip(Walk *list, uint32 block)
{
	const BisTerm *term = list->term;
	BisSkip		skip;

	if (list->nblocks == 1)
		return term->positions_len;
	read_stream(list, BIS_STREAM_POSTINGS, "skips of a posting list",
				term->postings + term->postings_len +
				(uint64) block * sizeof(BisSkip), sizeof(BisSkip), &skip);
	if (skip.last != list->last)
		BisCorrupted("skip does not have its block's last article");
	if (BisSkipPostings(&skip) != list->postings)
		BisCorrupted("skip does not point past its block");
	if (BisSkipPositions(&skip) < list->positions ||
		BisSkipPositions(&skip) > term->positions_len)
		BisCorrupted("skip does not point past its block's positions");
	return BisSkipPositions(&skip);
}

/*
 * Read the runs of equal weights of n positions from reader, up to its end,
 * and set the weight bits of the positions in out.
 */
static void
decode_weights(BisReader *reader, uint32 n, BiOccurrence *out)
{
	uint64		at = 0;
	uint32		before = 0;		/* weight of the previous run */

	while (reader->next < reader->end)
	{
		uint64		gap = BisGetNumberUpTo(reader, n);
		uint64		run = BisGetNumberUpTo(reader, (uint64) n << 2 | 3);
		uint32		weight = run & 3;

		if (weight == 0 || (gap == 0 && weight == before))
			BisCorrupted("weights of positions");
		before = weight;
		at += gap;
		for (run = (run >> 2) + 1; run > 0; run--)
		{
			if (at >= n)
				BisCorrupted("weights are of more positions than there are");
			out[at] |= weight;
			at++;
		}
	}
}

/* Read the n positions of the block from size bytes. */
static void
decode_positions(Walk *list, const uint8 *bytes, Size size, uint32 n,
				 BiOccurrence *out)
{
	int			width = list->position_width;
	Size		packed = BisBitsSize(n, width);
	int			rest = (Size) n * width % BITS_PER_BYTE;
	BisReader	weights;
	uint32		all = 0;
	uint32		k = 0;

	for (uint32 i = 0; i < list->n; i++)
	{
		uint32		first = k;
		uint32		pos = 0;

		for (uint32 end = k + list->freqs[i]; k < end; k++)
		{
			uint32		step = BisGetBits(bytes, width, (Size) k * width);

			if (step > BI_UNKNOWN_POSITION - pos)
				BisCorrupted("position is too large");
			if (k > first && (step == 0 || pos == BI_CLAMPED_POSITION))
				BisCorrupted("positions do not rise");
			all |= step;
			pos += step;
			out[k] = BiOccurrenceMake(pos > BI_CLAMPED_POSITION ? pos - 1 :
									  pos == BI_CLAMPED_POSITION ?
									  BI_UNKNOWN_POSITION : pos, 0);
		}
	}
	/* the width is what the largest needs, and all padding bits are 0 */
	if (width > 0 && all >> (width - 1) == 0)
		BisCorrupted("width of positions");
	if (rest > 0 && bytes[packed - 1] >> rest != 0)
		BisCorrupted("positions are more than the posting list says");
	weights.next = bytes + packed;
	weights.end = bytes + size;
	decode_weights(&weights, n, out);
}

/* Add a posting to its article's sum, or to the sum of all bigrams. */
static void
add_posting_to_sum(Walk *list, uint32 i, const BiOccurrence *occurrences)
{
	BisCheckPostings *lists = list->lists;
	uint32		doc = list->docs[i];
	BisArticleSum *sum;

	if (lists->sums == NULL)
	{
		if (list->freqs[i] != 1 || occurrences[0] != 0)
			BisCorrupted("posting of a bigram");
		lists->hash += BisBigramHash(list->terms->term, list->terms->len,
									 doc);
		return;
	}
	if (doc < lists->first || doc - lists->first >= lists->nsums)
		return;
	sum = &lists->sums[doc - lists->first];
	sum->hash += BisPostingHash(list->terms->term, list->terms->len,
								list->freqs[i], occurrences);
	if (!BisIsPrefixTerm(list->terms->term, list->terms->len))
		sum->length += Max(list->freqs[i], 1);
}

/* Check the block's positions, which end at offset end of the list's. */
static void
check_positions(Walk *list, uint64 end)
{
	const BisTerm *term = list->term;
	uint64		size = end - list->positions;
	uint32		n = 0;
	BisBytes   *bytes = &list->lists->bytes;
	const uint8 *data;
	BiOccurrence *occurrences;

	for (uint32 i = 0; i < list->n; i++)
		n += list->freqs[i];
	/* before anything is allocated for n */
	if (list->position_width > BIS_POSITION_BITS ||
		size < BisBitsSize(n, list->position_width))
		BisCorrupted("width of positions");
	if (list->position_width == 0 && n > list->n)
		BisCorrupted("positions do not rise");
	/* weights are a run for each position at most */
	if (size - BisBitsSize(n, list->position_width) > (uint64) n *
		(NUMBER_BYTES((uint64) n | 1) + NUMBER_BYTES((uint64) n << 2 | 3)))
		BisCorrupted("positions are longer than the posting list says");
	bytes->len = 0;
	BisBytesReserve(bytes, n * sizeof(BiOccurrence) + size + BIS_BITS_SLACK,
					CurrentMemoryContext);
	occurrences = (BiOccurrence *) bytes->data;
	if (term->is_inline)
		data = term->bytes + term->postings_len + list->positions;
	else
	{
		data = bytes->data + n * sizeof(BiOccurrence);
		read_stream(list, BIS_STREAM_POSITIONS, "positions",
					term->positions + list->positions, size,
					bytes->data + n * sizeof(BiOccurrence));
	}
	decode_positions(list, data, size, n, occurrences);
	for (uint32 i = 0; i < list->n; i++)
	{
		add_posting_to_sum(list, i, occurrences);
		occurrences += list->freqs[i];
	}
	list->positions = end;
}

/* Raise unless the list begins where the previous one ended. */
static void
check_contiguous(BisCheckPostings *lists, const BisTerm *term, uint32 nblocks)
{
	if (term->is_inline)
		return;
	if (term->postings != lists->postings)
		BisCorrupted("posting list does not begin where the last one ends");
	if (term->positions != lists->positions)
		BisCorrupted("positions do not begin where the last ones end");
	lists->postings += term->postings_len;
	if (nblocks > 1)
		lists->postings += (uint64) nblocks * sizeof(BisSkip);
	lists->positions += term->positions_len;
}

void
BisCheckPostingList(BisCheckPostings *lists, const BisTerms *terms)
{
	Walk		list = {.lists = lists, .terms = terms,
	.term = &terms->entry, .last = BIS_NO_DOC};
	uint32		ndocs = terms->entry.ndocs;

	list.nblocks = (ndocs - 1) / BIS_BLOCK + 1;
	check_contiguous(lists, list.term, list.nblocks);
	for (uint32 block = 0; block < list.nblocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		list.n = Min(BIS_BLOCK, ndocs - block * BIS_BLOCK);
		if (list.n == BIS_BLOCK)
			read_full_block(&list);
		else
			read_last_block(&list);
		check_articles(&list);
		check_positions(&list, check_skip(&list, block));
	}
	if (list.postings != list.term->postings_len ||
		list.positions != list.term->positions_len)
		BisCorrupted("posting list is longer than its articles");
	lists->npostings += ndocs;
	lists->nterms++;
}
