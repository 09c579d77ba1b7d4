/*
 * format.h
 *	  What the streams of a segment have in them.
 *
 * A posting list is blocks of BIS_BLOCK articles and perhaps a shorter one.
 * A whole block:
 *
 *		1 byte			bits of a distance of articles
 *		1 byte			bits of a frequency
 *		1 byte			bits of a distance of positions
 *		packed			distance from the last article, less 1 (from -1 for
 *						the first)
 *		packed			frequency: how many positions, with 0 (it has none)
 *						and 1 exchanged
 *
 * The shorter block has the bits of a distance of positions; then, for each
 * article, the number (distance - 1) * 2 + (frequency is 1) and the frequency
 * if it is not 1.
 *
 * The positions of a block, one article's after the other's:
 *
 *		packed			distance from the article's last position (from 0 for
 *						the first)
 *		numbers			for each run of positions with the same weight that
 *						is not 0: how many are between it and the last run,
 *						(how many it has - 1) * 4 + the weight
 *
 * So the positions of an article are found without reading those before it.
 *
 * A list of more than one block is followed by a BisSkip for each block.
 *
 * Pages of the dictionary are a static tree, level 0 being the leaves.  Each
 * entry is
 *
 *		number			bytes that its term shares with the last entry's on
 *						the page
 *		number, bytes	length of the rest of the term, and the rest
 *
 * and then, on a leaf,
 *
 *		number			articles
 *		number			length of the posting list (skips not counted) * 2,
 *						+ 1 if it is here
 *		number			length of the positions
 *		bytes, bytes	the posting list and the positions, if here; else
 *		number, number	their offsets in the streams
 *
 * or, on an inner page, the number of the page whose first term this is.
 *
 * Entries number BIS_RESTART, 2 * BIS_RESTART and so on of a page, its first
 * one being number 0, are restart points: they share no bytes, so that a term
 * can be looked for by binary search among them, as in LevelDB's tables.
 * After the entries come the offsets of the restart points on the page, each
 * a uint16, and a uint16 that says how many there are.
 */
#ifndef BIS_FORMAT_H
#define BIS_FORMAT_H

#include "tsearch/ts_type.h"

#include "index/page/codec.h"
#include "index/page/layout.h"

/* where a block of a long posting list ends */
typedef struct BisSkip
{
	uint32		last;			/* its last article */
	uint32		postings;		/* offset behind it in the list: low 32 bits */
	uint64		rest;			/* and high 16, then 48 of the offset in the
								 * list's positions */
} BisSkip;

#define BIS_SKIP_POSITIONS_BITS 48

/* The offset behind the block in the list. */
static inline uint64
BisSkipPostings(const BisSkip *skip)
{
	return skip->rest >> BIS_SKIP_POSITIONS_BITS << 32 | skip->postings;
}

/* The offset behind it in the list's positions. */
static inline uint64
BisSkipPositions(const BisSkip *skip)
{
	return skip->rest & ((UINT64CONST(1) << BIS_SKIP_POSITIONS_BITS) - 1);
}

/* A skip; both offsets are below 2^48: an index has less bytes. */
static inline BisSkip
BisSkipMake(uint32 last, uint64 postings, uint64 positions)
{
	BisSkip		skip;

	skip.last = last;
	skip.postings = (uint32) postings;
	skip.rest = postings >> 32 << BIS_SKIP_POSITIONS_BITS | positions;
	return skip;
}

StaticAssertDecl((uint64) MaxBlockNumber * BLCKSZ <
				 UINT64CONST(1) << BIS_SKIP_POSITIONS_BITS,
				 "offset does not fit a BisSkip");

/* bytes of a posting list and its positions that the dictionary holds */
#define BIS_MAX_INLINE 64

/* entries of a page of the dictionary from one restart point to the next */
#define BIS_RESTART 16

/* restart points of a page, at most */
#define BIS_MAX_RESTARTS ((int) (BIS_PAGE_ROOM / BIS_RESTART))

/*
 * Where the entries of a page of the dictionary with size bytes of content
 * end and the offsets of its *n restart points begin.  Raises if that cannot
 * be.
 */
static inline const uint8 *
BisRestartPoints(const uint8 *content, Size size, uint16 *n)
{
	if (size >= sizeof(*n))
	{
		memcpy(n, content + size - sizeof(*n), sizeof(*n));
		if (*n < (size - sizeof(*n)) / sizeof(uint16))
			return content + size - (*n + 1) * sizeof(uint16);
	}
	BisCorrupted("restart points of the dictionary");
}

/* longest lexeme of a tsvector */
#define BIS_MAX_TERM MAXSTRLEN

/* articles of a page of BIS_STREAM_DOCS: none is on two */
#define BIS_DOCS_PER_PAGE (BIS_PAGE_ROOM / sizeof(BisDoc))

StaticAssertDecl(BIS_PAGE_ROOM % sizeof(BisDoc) == 0,
				 "an article may be on two pages");

/* articles whose bits are on one page of BIS_STREAM_DEAD */
#define BIS_DEAD_PER_PAGE ((uint32) (BIS_PAGE_ROOM * BITS_PER_BYTE))

/* bits of a frequency, at most MAXNUMPOS */
#define BIS_FREQ_BITS 9

StaticAssertDecl(MAXNUMPOS < 1 << BIS_FREQ_BITS, "a frequency has more bits");

/* bits of a distance of positions */
#define BIS_POSITION_BITS 14

StaticAssertDecl(MAXENTRYPOS <= 1 << BIS_POSITION_BITS,
				 "a position has more bits");

#endif							/* BIS_FORMAT_H */
