/*
 * format.h
 *	  The format of a segment's streams.
 *
 * A posting list consists of blocks of BIS_BLOCK articles, and a shorter last
 * block for the rest, if any.  Articles and positions are stored as deltas,
 * the differences to the previous one.  A full block:
 *
 *		1 byte			bits per article delta
 *		1 byte			bits per frequency
 *		1 byte			bits per position delta
 *		packed			article deltas, less 1 (the first article of the
 *						list is a delta to -1)
 *		packed			frequencies: numbers of positions, with 0 (it has
 *						none) and 1 swapped, so that 1 takes no bits
 *
 * A full block whose articles are close together, a dense one, has them as
 * bits where these take about as many bytes as the packed deltas, or fewer.
 * Its first byte is BIS_DENSE + the number of 64-bit words, at most
 * BIS_MAX_DENSE, which come instead of the deltas, in the byte order of the
 * machine.  Bit 0 of the first is article BisDenseStart(), and the last has
 * the block's last article.  (Lucene 10 does so, too.)
 *
 * The shorter block has the bits per position delta in 1 byte; then, for each
 * article, the number (article delta - 1) * 2 + (frequency is 1) and the
 * frequency if it is not 1.
 *
 * The positions of a block, one article after the other:
 *
 *		packed			deltas to the article's previous position (to 0 for
 *						its first)
 *		numbers			for each run of positions with the same nonzero
 *						weight: the number of positions between the previous
 *						run and this one; (its length - 1) * 4 + the weight
 *
 * So an article's positions are found without reading those of the articles
 * before it.
 *
 * A list of more than one block is followed by its skips, one BisSkip per
 * block.
 *
 * The pages of the dictionary are a static tree; its leaves are the first
 * pages.  An entry is
 *
 *		number			bytes that its term shares with the previous entry's
 *						on the page (0 for the first)
 *		number, bytes	length of the rest of the term, and the rest
 *
 * and then, on a leaf,
 *
 *		number			articles
 *		number			length of the posting list (without skips) * 2,
 *						+ 1 if it is inline
 *		number			length of the positions
 *		bytes, bytes	the posting list and the positions, if inline; else
 *		number, number	their offsets in the streams
 *
 * or, on an inner page, the number of the page whose first term this is.
 *
 * A term is a lexeme or, if its last byte is zero, which no lexeme has, what
 * is before that byte is a prefix of field values (field_prefix.h); its list
 * has the articles with any lexeme that begins so, without positions.
 *
 * Sharing bytes with the previous term is front coding.  Entries BIS_RESTART,
 * 2 * BIS_RESTART and so on of a page, counted from 0, are restart points, as
 * in LevelDB's tables: they share no bytes, so a term can be found by binary
 * search among them.  After the entries come the offsets of the page's
 * restart points, each a uint16, and their number, a uint16.
 */
#ifndef BIS_FORMAT_H
#define BIS_FORMAT_H

#include "tsearch/ts_type.h"

#include "base/occurrence.h"
#include "index/page/codec.h"
#include "index/page/layout.h"

/* a skip: where a block of a long posting list ends */
typedef struct BisSkip
{
	uint32		last;			/* its last article */
	uint32		postings;		/* offset of its end: low 32 bits */
	uint64		rest;			/* high 16 bits of that offset, then 48 bits:
								 * offset of its end in the positions */
} BisSkip;

#define BIS_SKIP_POSITIONS_BITS 48

/* Offset of the block's end in the posting list. */
static inline uint64
BisSkipPostings(const BisSkip *skip)
{
	return skip->rest >> BIS_SKIP_POSITIONS_BITS << 32 | skip->postings;
}

/* Offset of the block's end in the list's positions. */
static inline uint64
BisSkipPositions(const BisSkip *skip)
{
	return skip->rest & ((UINT64CONST(1) << BIS_SKIP_POSITIONS_BITS) - 1);
}

/* Make a skip.  Both offsets are below 2^48: an index has fewer bytes. */
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

/* first byte of a dense block without words, and most words */
#define BIS_DENSE 128
#define BIS_MAX_DENSE 64

/*
 * Article that the first bit of a dense block is for; last is the last
 * article of the block before it, BIS_NO_DOC if there is none.
 */
static inline uint32
BisDenseStart(uint32 last)
{
	return (last + 1) / 64 * 64;
}

/* most bytes of an inline posting list with its positions */
#define BIS_MAX_INLINE 64

/* a dictionary page has a restart point every N entries */
#define BIS_RESTART 16

/* most restart points on a page */
#define BIS_MAX_RESTARTS ((int) (BIS_PAGE_ROOM / BIS_RESTART))

/*
 * Where the entries end, and the offsets of the *n restart points begin, on a
 * dictionary page with size bytes of content.  Raises XX002 if the number of
 * restart points does not fit the size.
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

/* longest term: a tsvector's longest lexeme */
#define BIS_MAX_TERM MAXSTRLEN

/* Is the term a prefix of field values? */
static inline bool
BisIsPrefixTerm(const char *term, int len)
{
	return len > 0 && term[len - 1] == '\0';
}

/* articles on a page of BIS_STREAM_DOCS; none crosses a page boundary */
#define BIS_DOCS_PER_PAGE (BIS_PAGE_ROOM / sizeof(BisDoc))

StaticAssertDecl(BIS_PAGE_ROOM % sizeof(BisDoc) == 0,
				 "an article may be on two pages");

/* articles whose bits fit on a page of BIS_STREAM_DEAD */
#define BIS_DEAD_PER_PAGE ((uint32) (BIS_PAGE_ROOM * BITS_PER_BYTE))

/* most positions of a term in an article: a tsvector has room for no more */
#define BIS_MAX_FREQ (MAXSTRPOS / (int) sizeof(WordEntryPos))

/* most bits of a frequency */
#define BIS_FREQ_BITS 19

StaticAssertDecl(BIS_MAX_FREQ == (1 << BIS_FREQ_BITS) - 1,
				 "a frequency has more bits, or may be too large");

/*
 * Most bits of a position delta.  In a list, BI_CLAMPED_POSITION says that
 * the position is not known, as in a tsvector; it is the last one then.
 * Known positions from there on are greater by one.
 */
#define BIS_POSITION_BITS 30

StaticAssertDecl(BI_UNKNOWN_POSITION < 1U << BIS_POSITION_BITS,
				 "a position has more bits");

/*
 * Columns of the index but the first are stored with each article, as
 * numbers: those of types that compare as integers do (column_type.h), by
 * themselves; of other types, as codes, which are places in the column's
 * dictionary.  BIS_STREAM_COLUMNS has a BisColumn for each of them, then a
 * BisColumnBlock of each of them for the first BIS_COLUMN_DOCS articles, and
 * so on.
 *
 * BIS_STREAM_VALUES has what they refer to: a dictionary's entries, in the
 * order of their bytes, one after the other; the offsets of its entries and
 * of the end of the last, as uint64; and of each block
 *
 *		packed			(number - least) / divisor, for each article
 *		bits			which articles are null, if some but not all are
 */

/* articles that a BisColumnBlock is for, the last ones of a segment apart */
#define BIS_COLUMN_DOCS 1024

/* a stored column */
typedef struct BisColumn
{
	uint64		nvalues;		/* of the dictionary; 0: numbers */
	uint64		offsets;		/* where the offsets of its entries are */
} BisColumn;

/* the numbers of some articles */
typedef struct BisColumnBlock
{
	int64		least;
	int64		greatest;
	uint64		divisor;		/* common divisor of the differences to least;
								 * never 0 */
	uint64		place;			/* offset, BisNulls in 8 bits, width in 8 */
} BisColumnBlock;

typedef enum BisNulls
{
	BIS_NO_NULLS,
	BIS_SOME_NULLS,
	BIS_ALL_NULLS
} BisNulls;

/* widths of the numbers: up to this, or BIS_WIDE_NUMBER */
#define BIS_MAX_PACKED 32
#define BIS_WIDE_NUMBER 64

static inline uint64
BisColumnPlace(uint64 offset, BisNulls nulls, int width)
{
	return offset << 16 | (uint64) nulls << 8 | width;
}

static inline uint64
BisColumnOffset(const BisColumnBlock *block)
{
	return block->place >> 16;
}

static inline BisNulls
BisColumnNulls(const BisColumnBlock *block)
{
	return (BisNulls) (block->place >> 8 & 0xFF);
}

static inline int
BisColumnWidth(const BisColumnBlock *block)
{
	return block->place & 0xFF;
}

/* How many blocks each column of a segment of ndocs articles has. */
static inline uint32
BisColumnBlocks(uint32 ndocs)
{
	return ndocs / BIS_COLUMN_DOCS + (ndocs % BIS_COLUMN_DOCS > 0);
}

/* Bytes of BIS_STREAM_COLUMNS for that many columns. */
static inline uint64
BisColumnsSize(uint32 ncolumns, uint32 ndocs)
{
	return ncolumns * (sizeof(BisColumn) +
					   (uint64) BisColumnBlocks(ndocs) *
					   sizeof(BisColumnBlock));
}

/* longest entry of a dictionary */
#define BIS_MAX_ENTRY 2048

#endif							/* BIS_FORMAT_H */
