/*
 * column_write.c
 *	  Writing the stored columns of a segment.
 *
 * Memory holds a block of each column, the directory, and the offsets of one
 * dictionary's entries.
 */
#include "postgres.h"

#include "index/column/column_write.h"

struct BisColumnWriter
{
	int			n;
	MemoryContext context;
	BisWriter  *writer;
	uint32		ndocs;
	int			coding;			/* the column that entries are written of */
	BisColumn  *columns;
	BisBytes	offsets;		/* of that column's entries: uint64 */
	BisBytes	blocks;			/* BisColumnBlocks */
	BisBytes	scratch;
	int64	   *numbers;		/* of the block, column by column; null ones
								 * are 0 */
	bool	   *isnull;
};

BisColumnWriter *
BisColumnsBegin(const BisColumnTypes *types, BisWriter *writer)
{
	BisColumnWriter *columns = palloc0_object(BisColumnWriter);

	columns->n = types->n;
	columns->context = CurrentMemoryContext;
	columns->writer = writer;
	columns->columns = palloc0_array(BisColumn, types->n);
	columns->numbers = palloc_array(int64, types->n * BIS_COLUMN_DOCS);
	columns->isnull = palloc_array(bool, types->n * BIS_COLUMN_DOCS);
	return columns;
}

/* Write the offsets of the dictionary that was written, if any. */
static void
end_dictionary(BisColumnWriter *columns)
{
	BisColumn  *column = &columns->columns[columns->coding];
	uint64		end;

	if (column->nvalues == 0)
		return;
	end = BisWriterAppend(columns->writer, BIS_STREAM_VALUES, NULL, 0);
	BisBytesReserve(&columns->offsets, sizeof(end), columns->context);
	BisPutBytes(&columns->offsets, &end, sizeof(end));
	column->offsets = BisWriterAppend(columns->writer, BIS_STREAM_VALUES,
									  columns->offsets.data,
									  columns->offsets.len);
	columns->offsets.len = 0;
}

void
BisColumnsEntry(BisColumnWriter *columns, int column, const uint8 *entry,
				Size len)
{
	uint64		offset;

	if (column != columns->coding)
	{
		end_dictionary(columns);
		columns->coding = column;
	}
	offset = BisWriterAppend(columns->writer, BIS_STREAM_VALUES, entry, len);
	BisBytesReserve(&columns->offsets, sizeof(offset), columns->context);
	BisPutBytes(&columns->offsets, &offset, sizeof(offset));
	columns->columns[column].nvalues++;
}

static uint64
greatest_common_divisor(uint64 a, uint64 b)
{
	while (b != 0)
	{
		uint64		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Set the block's least, greatest and divisor; returns how many are null. */
static uint32
measure_block(const int64 *numbers, const bool *isnull, uint32 n,
			  BisColumnBlock *block)
{
	uint32		nnulls = 0;

	block->least = PG_INT64_MAX;
	block->greatest = PG_INT64_MIN;
	block->divisor = 0;
	for (uint32 i = 0; i < n; i++)
	{
		nnulls += isnull[i];
		if (isnull[i])
			continue;
		block->least = Min(block->least, numbers[i]);
		block->greatest = Max(block->greatest, numbers[i]);
	}
	if (nnulls == n)
		block->least = block->greatest = 0;
	for (uint32 i = 0; i < n && block->divisor != 1; i++)
	{
		if (!isnull[i])
			block->divisor = greatest_common_divisor(block->divisor,
													 (uint64) numbers[i] -
													 (uint64) block->least);
	}
	block->divisor = Max(block->divisor, 1);
	return nnulls;
}

/* The bits that a number of the block needs, rounded up to a width. */
static int
block_width(const BisColumnBlock *block)
{
	uint64		most = ((uint64) block->greatest - (uint64) block->least) /
		block->divisor;
	int			width = 0;

	while (most >> width != 0)
	{
		if (++width > BIS_MAX_PACKED)
			return BIS_WIDE_NUMBER;
	}
	return width;
}

/* Append the block's numbers to scratch. */
static void
pack_numbers(BisBytes *out, const int64 *numbers, const bool *isnull,
			 uint32 n, const BisColumnBlock *block, int width)
{
	uint32		packed[BIS_COLUMN_DOCS];

	for (uint32 i = 0; i < n; i++)
	{
		uint64		number = isnull[i] ? 0 :
			((uint64) numbers[i] - (uint64) block->least) / block->divisor;

		if (width == BIS_WIDE_NUMBER)
			BisPutBytes(out, &number, sizeof(number));
		else
			packed[i] = (uint32) number;
	}
	if (width != BIS_WIDE_NUMBER)
		BisPack(out, packed, n, width);
}

/* Append a bit for each article that is null to scratch. */
static void
pack_nulls(BisBytes *out, const bool *isnull, uint32 n)
{
	uint8	   *bits = out->data + out->len;

	memset(bits, 0, BisBitsSize(n, 1));
	for (uint32 i = 0; i < n; i++)
		bits[i / BITS_PER_BYTE] |= isnull[i] << i % BITS_PER_BYTE;
	out->len += BisBitsSize(n, 1);
}

/* Write the n articles of the current block of a column. */
static void
write_column_block(BisColumnWriter *columns, int column, uint32 n)
{
	const int64 *numbers = columns->numbers + column * BIS_COLUMN_DOCS;
	const bool *isnull = columns->isnull + column * BIS_COLUMN_DOCS;
	BisBytes   *out = &columns->scratch;
	BisColumnBlock block;
	uint32		nnulls = measure_block(numbers, isnull, n, &block);
	BisNulls	nulls = nnulls == 0 ? BIS_NO_NULLS :
		nnulls == n ? BIS_ALL_NULLS : BIS_SOME_NULLS;
	int			width = block_width(&block);

	out->len = 0;
	BisBytesReserve(out, BisBitsSize(n, width) + BisBitsSize(n, 1),
					columns->context);
	pack_numbers(out, numbers, isnull, n, &block, width);
	if (nulls == BIS_SOME_NULLS)
		pack_nulls(out, isnull, n);
	block.place = BisColumnPlace(BisWriterAppend(columns->writer,
												 BIS_STREAM_VALUES,
												 out->data, out->len),
								 nulls, width);
	BisBytesReserve(&columns->blocks, sizeof(block), columns->context);
	BisPutBytes(&columns->blocks, &block, sizeof(block));
}

/* Write the current block of all columns, which has n articles. */
static void
write_blocks(BisColumnWriter *columns, uint32 n)
{
	if (n == 0)
		return;
	for (int i = 0; i < columns->n; i++)
		write_column_block(columns, i, n);
}

void
BisColumnsDoc(BisColumnWriter *columns, const int64 *numbers,
			  const bool *isnull)
{
	uint32		at = columns->ndocs % BIS_COLUMN_DOCS;

	if (columns->ndocs == 0)
		end_dictionary(columns);
	for (int i = 0; i < columns->n; i++)
	{
		columns->numbers[i * BIS_COLUMN_DOCS + at] = isnull[i] ? 0 :
			numbers[i];
		columns->isnull[i * BIS_COLUMN_DOCS + at] = isnull[i];
	}
	columns->ndocs++;
	if (at + 1 == BIS_COLUMN_DOCS)
		write_blocks(columns, BIS_COLUMN_DOCS);
}

void
BisColumnsEnd(BisColumnWriter *columns)
{
	write_blocks(columns, columns->ndocs % BIS_COLUMN_DOCS);
	(void) BisWriterAppend(columns->writer, BIS_STREAM_COLUMNS,
						   columns->columns, columns->n * sizeof(BisColumn));
	(void) BisWriterAppend(columns->writer, BIS_STREAM_COLUMNS,
						   columns->blocks.data, columns->blocks.len);
}
