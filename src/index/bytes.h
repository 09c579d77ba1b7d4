/*
 * bytes.h
 *	  Growing byte buffers, and numbers in few bytes.
 *
 * Numbers are written seven bits a byte, low ones first, the top bit set in
 * all bytes but the last (LEB128); blocks of numbers with as many bits each
 * as the largest needs.
 */
#ifndef BIS_BYTES_H
#define BIS_BYTES_H

#include "utils/palloc.h"

#include "base/compat.h"

typedef struct BisBytes
{
	uint8	   *data;
	Size		len;
	Size		max;
} BisBytes;

/* longest number that BisPutNumber writes */
#define BIS_MAX_NUMBER_BYTES 10

/* numbers of a packed block */
#define BIS_BLOCK 128

/* Bytes of a packed block of width bits. */
#define BisPackedSize(width) ((Size) (width) * (BIS_BLOCK / 8))

/* Make room for more bytes, in context when there were none so far. */
extern void BisBytesReserve(BisBytes *bytes, Size more,
							MemoryContext context);

/* Append size bytes of data; room was reserved. */
static inline void
BisPutBytes(BisBytes *bytes, const void *data, Size size)
{
	memcpy(bytes->data + bytes->len, data, size);
	bytes->len += size;
}

/* Append a number; room was reserved. */
static inline void
BisPutNumber(BisBytes *bytes, uint64 number)
{
	uint8	   *p = bytes->data + bytes->len;

	while (number >= 0x80)
	{
		*p++ = (uint8) number | 0x80;
		number >>= 7;
	}
	*p++ = (uint8) number;
	bytes->len = p - bytes->data;
}

/* bytes being read; whoever made them may be a damaged page */
typedef struct BisReader
{
	const uint8 *next;
	const uint8 *end;
} BisReader;

/* Raise XX002 (index corrupted) for what cannot be in an index. */
pg_noreturn extern void BisCorrupted(const char *what);

/* Read a number of several bytes, or raise. */
extern uint64 BisGetLongNumber(BisReader *reader);

/* Read a number, or raise. */
static inline uint64
BisGetNumber(BisReader *reader)
{
	const uint8 *p = reader->next;

	if (p < reader->end && p[0] < 0x80)
	{
		reader->next = p + 1;
		return p[0];
	}
	if (reader->end - p >= 2 && p[1] < 0x80)
	{
		reader->next = p + 2;
		return (p[0] & 0x7F) | (uint64) p[1] << 7;
	}
	return BisGetLongNumber(reader);
}

/* Read a number that is at most most, or raise. */
static inline uint64
BisGetNumberUpTo(BisReader *reader, uint64 most)
{
	uint64		number = BisGetNumber(reader);

	if (number > most)
		BisCorrupted("number out of range");
	return number;
}

/* The next size bytes, or raise. */
static inline const uint8 *
BisGetBytes(BisReader *reader, Size size)
{
	const uint8 *bytes = reader->next;

	if (size > (Size) (reader->end - bytes))
		BisCorrupted("data ends too early");
	reader->next += size;
	return bytes;
}

/* Bits that the largest of n numbers needs: 0 to 32. */
extern int	BisWidth(const uint32 *numbers, int n);

/* Append BIS_BLOCK numbers of width bits; room was reserved. */
extern void BisPack(BisBytes *bytes, const uint32 *numbers, int width);

/* Read a block that BisPack wrote from BisPackedSize(width) bytes. */
extern void BisUnpack(const uint8 *packed, int width, uint32 *numbers);

#endif							/* BIS_BYTES_H */
