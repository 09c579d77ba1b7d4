/*
 * codec.c
 *	  Growing byte buffers and compact encodings of numbers.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/page/codec.h"

void
BisBytesReserve(BisBytes *bytes, Size more, MemoryContext context)
{
	Size		max = Max(bytes->max, 16);

	if (more <= bytes->max - bytes->len)
		return;
	while (max - bytes->len < more)
	{
		if (max > MaxAllocHugeSize / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("posting list is too large")));
		max *= 2;
	}
	if (bytes->data == NULL)
		bytes->data = MemoryContextAllocHuge(context, max);
	else
		bytes->data = repalloc_huge(bytes->data, max);
	bytes->max = max;
}

void
BisCorrupted(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("bisearch index is damaged: %s", what),
			 errhint("Please REINDEX it.")));
}

uint64
BisGetLongNumber(BisReader *reader)
{
	uint64		number = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		if (reader->next >= reader->end)
			break;
		byte = *reader->next++;
		number |= (uint64) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return number;
	}
	BisCorrupted("number without end");
}

int
BisWidth(const uint32 *numbers, int n)
{
	uint32		all = 0;

	for (int i = 0; i < n; i++)
		all |= numbers[i];
	return all == 0 ? 0 : pg_leftmost_one_pos32(all) + 1;
}

void
BisPack(BisBytes *bytes, const uint32 *numbers, uint32 n, int width)
{
	uint8	   *out = bytes->data + bytes->len;
	uint64		bits = 0;
	int			nbits = 0;

	for (uint32 i = 0; i < n; i++)
	{
		bits |= (uint64) numbers[i] << nbits;
		nbits += width;
		while (nbits >= 8)
		{
			*out++ = (uint8) bits;
			bits >>= 8;
			nbits -= 8;
		}
	}
	if (nbits > 0)
		*out++ = (uint8) bits;
	bytes->len = out - bytes->data;
}

/* numbers that are unpacked together, and how many such rows a block has */
#define LANES 4
#define ROWS (BIS_BLOCK / LANES)

#define WORD_BITS 32

StaticAssertDecl(ROWS == WORD_BITS, "rows of a block do not fill its words");

void
BisPackBlock(BisBytes *bytes, const uint32 *numbers, int width)
{
	uint32		words[WORD_BITS + 1][LANES] = {{0}};

	for (int row = 0; row < ROWS; row++)
	{
		int			word = row * width / WORD_BITS;
		int			shift = row * width % WORD_BITS;

		for (int lane = 0; lane < LANES; lane++)
		{
			uint64		bits = (uint64) numbers[row * LANES + lane] << shift;

			words[word][lane] |= (uint32) bits;
			words[word + 1][lane] |= bits >> WORD_BITS;
		}
	}
	BisPutBytes(bytes, words, BisPackedSize(width));
}

void
BisUnpackBlock(const uint8 *packed, int width, uint32 *numbers)
{
	uint32		words[WORD_BITS + 1][LANES];
	uint32		mask = (uint32) ((UINT64CONST(1) << width) - 1);

	if (width == 0)
	{
		memset(numbers, 0, BIS_BLOCK * sizeof(uint32));
		return;
	}
	memcpy(words, packed, BisPackedSize(width));
	/* the last row reads this word too, but uses none of its bits */
	memset(words[width], 0, sizeof(words[width]));
	for (int row = 0; row < ROWS; row++)
	{
		int			word = row * width / WORD_BITS;
		int			shift = row * width % WORD_BITS;

		for (int lane = 0; lane < LANES; lane++)
			numbers[row * LANES + lane] =
				(words[word][lane] >> shift |
				 words[word + 1][lane] << 1 << (WORD_BITS - 1 - shift)) &
				mask;
	}
}
