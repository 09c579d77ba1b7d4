/*
 * column_read.h
 *	  Reading a stored column of a segment.
 */
#ifndef BIS_COLUMN_READ_H
#define BIS_COLUMN_READ_H

#include "index/column/column_type.h"
#include "index/segment/reader.h"

/* bytes of a block of BIS_STREAM_VALUES, at most */
#define BIS_COLUMN_ROOM \
	(BIS_COLUMN_DOCS * sizeof(int64) + BIS_COLUMN_DOCS / BITS_PER_BYTE + \
	 BIS_BITS_SLACK)

/* a column being read */
typedef struct BisColumnReader
{
	BisSegment *segment;
	const BisColumnType *type;
	int			column;
	int			ncolumns;
	BisColumn	info;
	uint32		block;			/* the one that at is of; PG_UINT32_MAX: none */
	BisColumnBlock at;
	uint32		loaded;			/* the one whose values are in room */
	uint32		n;				/* articles of the block */
	uint8		room[BIS_COLUMN_ROOM];
} BisColumnReader;

/*
 * Open a column (from 0) of the segment, which was written with these types,
 * in the current memory context.  Raises XX002 if the segment has other
 * columns, or more entries in the dictionary than articles.
 */
extern BisColumnReader *BisColumnOpen(BisSegment *segment,
									  const BisColumnTypes *types,
									  int column);

/*
 * The block with this number, of articles block * BIS_COLUMN_DOCS and on;
 * valid until another is read.
 */
extern const BisColumnBlock *BisColumnReadBlock(BisColumnReader *reader,
												uint32 block);

/* Read the values of the current block. */
extern void BisColumnLoad(BisColumnReader *reader);

/* Is article i of the loaded block null? */
static inline bool
BisColumnIsNull(const BisColumnReader *reader, uint32 i)
{
	Size		nulls;

	if (BisColumnNulls(&reader->at) != BIS_SOME_NULLS)
		return BisColumnNulls(&reader->at) == BIS_ALL_NULLS;
	nulls = BisBitsSize(reader->n, BisColumnWidth(&reader->at));
	return (reader->room[nulls + i / BITS_PER_BYTE] >> i % BITS_PER_BYTE) & 1;
}

/* Its number, if it is not null. */
static inline int64
BisColumnNumber(const BisColumnReader *reader, uint32 i)
{
	const BisColumnBlock *at = &reader->at;
	int			width = BisColumnWidth(at);
	uint64		number;

	if (width == BIS_WIDE_NUMBER)
		memcpy(&number, reader->room + i * sizeof(number), sizeof(number));
	else
		number = BisGetBits(reader->room, width, (Size) i * width);
	return (int64) ((uint64) at->least + number * at->divisor);
}

/* The number of article doc in *number; false if it is null. */
static inline bool
BisColumnGet(BisColumnReader *reader, uint32 doc, int64 *number)
{
	if (reader->loaded != doc / BIS_COLUMN_DOCS)
	{
		(void) BisColumnReadBlock(reader, doc / BIS_COLUMN_DOCS);
		BisColumnLoad(reader);
	}
	if (BisColumnIsNull(reader, doc % BIS_COLUMN_DOCS))
		return false;
	*number = BisColumnNumber(reader, doc % BIS_COLUMN_DOCS);
	return true;
}

/*
 * The entry of the column's dictionary with this code, in *room, which is in
 * the current memory context; it becomes *len bytes.  Raises XX002 if there
 * is no such code.
 */
extern const uint8 *BisColumnEntry(BisColumnReader *reader, uint64 code,
								   Size *len, BisBytes *room);

/* The value that a number or code stands for, in the same way. */
extern Datum BisColumnDatum(BisColumnReader *reader, int64 number,
							BisBytes *room);

#endif							/* BIS_COLUMN_READ_H */
