/*
 * codec.h
 *	  Growing byte buffers and compact encodings of numbers.
 *
 * A single number is written seven bits to a byte, low bits first, with the
 * top bit set in all bytes but the last (LEB128).  A block of numbers is
 * written with a fixed number of bits each: what the largest one needs.
 */
#ifndef BIS_CODEC_H
#define BIS_CODEC_H

#include "port/pg_bswap.h"
#include "utils/palloc.h"

#include "base/compat.h"

typedef struct BisBytes
{
	uint8	   *data;
	Size		len;
	Size		max;
} BisBytes;

/* most bytes that BisPutNumber writes */
#define BIS_MAX_NUMBER_BYTES 10

/* numbers in a packed block */
#define BIS_BLOCK 128

/* Bytes of a packed block whose numbers have width bits. */
#define BisPackedSize(width) ((Size) (width) * (BIS_BLOCK / 8))

/* Bytes of n packed numbers of width bits. */
#define BisBitsSize(n, width) (((Size) (n) * (width) + 7) / 8)

/* bytes after packed numbers that BisGetBits may read but does not use */
#define BIS_BITS_SLACK sizeof(uint64)

/* Make room for more bytes; an empty buffer is allocated in context. */
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

/* bytes being read; they may come from a damaged page */
typedef struct BisReader
{
	const uint8 *next;
	const uint8 *end;
} BisReader;

/* Raise XX002 (index corrupted): what describes what is wrong. */
pg_noreturn extern void BisCorrupted(const char *what);

/* Read a number of any length, or raise. */
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

/* Read a number that must not exceed most, or raise. */
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

/* The number of bits that the largest of n numbers needs: 0 to 32. */
extern int	BisWidth(const uint32 *numbers, int n);

/*
 * Append a block of BIS_BLOCK numbers of width bits; room was reserved.
 * Numbers that are unpacked together are stored in adjacent words (Lemire and
 * Boytsov, "Decoding billions of integers per second through vectorization",
 * 2015), in the byte order of the machine.
 */
extern void BisPackBlock(BisBytes *bytes, const uint32 *numbers, int width);

/* Read a block from BisPackedSize(width) bytes. */
extern void BisUnpackBlock(const uint8 *packed, int width, uint32 *numbers);

/*
 * Append n numbers of width bits, low bits first, with the last byte padded
 * with zeros; room was reserved.
 */
extern void BisPack(BisBytes *bytes, const uint32 *numbers, uint32 n,
					int width);

/*
 * The number that starts at the given bit of what BisPack wrote; width is at
 * most 32.  Reads up to BIS_BITS_SLACK bytes after it.
 */
static inline uint32
BisGetBits(const uint8 *packed, int width, Size bit)
{
	uint64		bits;

	memcpy(&bits, packed + bit / BITS_PER_BYTE, sizeof(bits));
#ifdef WORDS_BIGENDIAN
	bits = pg_bswap64(bits);
#endif
	return (uint32) (bits >> bit % BITS_PER_BYTE &
					 ((UINT64CONST(1) << width) - 1));
}

#endif							/* BIS_CODEC_H */
