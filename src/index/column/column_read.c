/*
 * column_read.c
 *	  Reading a stored column of a segment.
 */
#include "postgres.h"

#include "index/column/column_read.h"

BisColumnReader *
BisColumnOpen(BisSegment *segment, const BisColumnTypes *types, int column)
{
	BisColumnReader *reader = palloc_object(BisColumnReader);

	if (segment->header->streams[BIS_STREAM_COLUMNS].length !=
		BisColumnsSize(types->n, segment->header->ndocs))
		BisCorrupted("columns of a segment");
	reader->segment = segment;
	reader->type = &types->types[column];
	reader->column = column;
	reader->ncolumns = types->n;
	reader->block = reader->loaded = PG_UINT32_MAX;
	BisStreamRead(segment, BIS_STREAM_COLUMNS, column * sizeof(BisColumn),
				  sizeof(BisColumn), &reader->info);
	/* each entry is of an article */
	if (reader->info.nvalues >
		(reader->type->coded ? segment->header->ndocs : 0))
		BisCorrupted("dictionary of a column");
	return reader;
}

/* Raise XX002 unless the current block is sound. */
static void
check_block(const BisColumnReader *reader)
{
	const BisColumnBlock *at = &reader->at;
	int			width = BisColumnWidth(at);

	if ((width > BIS_MAX_PACKED && width != BIS_WIDE_NUMBER) ||
		BisColumnNulls(at) > BIS_ALL_NULLS || at->divisor == 0 ||
		at->least > at->greatest ||
		(reader->type->coded && BisColumnNulls(at) != BIS_ALL_NULLS &&
		 (at->least < 0 || (uint64) at->greatest >= reader->info.nvalues)))
		BisCorrupted("block of a column");
}

const BisColumnBlock *
BisColumnReadBlock(BisColumnReader *reader, uint32 block)
{
	uint64		place = (uint64) block * reader->ncolumns + reader->column;

	if (reader->block == block)
		return &reader->at;
	reader->block = reader->loaded = PG_UINT32_MAX;
	BisStreamRead(reader->segment, BIS_STREAM_COLUMNS,
				  reader->ncolumns * sizeof(BisColumn) +
				  place * sizeof(BisColumnBlock), sizeof(BisColumnBlock),
				  &reader->at);
	check_block(reader);
	reader->n = Min(BIS_COLUMN_DOCS,
					reader->segment->header->ndocs - block * BIS_COLUMN_DOCS);
	reader->block = block;
	return &reader->at;
}

void
BisColumnLoad(BisColumnReader *reader)
{
	Size		size = BisBitsSize(reader->n, BisColumnWidth(&reader->at));

	if (reader->loaded == reader->block)
		return;
	if (BisColumnNulls(&reader->at) == BIS_SOME_NULLS)
		size += BisBitsSize(reader->n, 1);
	BisStreamRead(reader->segment, BIS_STREAM_VALUES,
				  BisColumnOffset(&reader->at), size, reader->room);
	reader->loaded = reader->block;
}

const uint8 *
BisColumnEntry(BisColumnReader *reader, uint64 code, Size *len,
			   BisBytes *room)
{
	uint64		ends[2];

	if (code >= reader->info.nvalues)
		BisCorrupted("code of a column");
	BisStreamRead(reader->segment, BIS_STREAM_VALUES,
				  reader->info.offsets + code * sizeof(uint64), sizeof(ends),
				  ends);
	if (ends[1] < ends[0] || ends[1] - ends[0] > BIS_MAX_ENTRY)
		BisCorrupted("dictionary of a column");
	*len = ends[1] - ends[0];
	room->len = 0;
	BisBytesReserve(room, Max(*len, 1), CurrentMemoryContext);
	BisStreamRead(reader->segment, BIS_STREAM_VALUES, ends[0], *len,
				  room->data);
	return room->data;
}

Datum
BisColumnDatum(BisColumnReader *reader, int64 number, BisBytes *room)
{
	const uint8 *entry;
	Size		len;

	if (!reader->type->coded)
		return BisNumberDatum(reader->type, number);
	entry = BisColumnEntry(reader, (uint64) number, &len, room);
	return BisEntryDatum(reader->type, entry, len);
}
