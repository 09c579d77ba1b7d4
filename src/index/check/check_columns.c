/*
 * check_columns.c
 *	  Checking the stored columns of a segment.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "index/check/check.h"
#include "index/column/column_read.h"

/* The hash of a value, which is not null, of a column (from 0). */
static uint64
value_hash(const BisColumnType *type, int column, const BisValue *value)
{
	return type->coded ?
		hash_bytes_extended(value->entry, value->len, column) :
		hash_bytes_extended((const unsigned char *) &value->number,
							sizeof(value->number), column);
}

uint64
BisValuesHash(const BisColumnTypes *types, const BisValue *values)
{
	uint64		sum = 0;

	for (int i = 0; types != NULL && i < types->n; i++)
	{
		if (!values[i].isnull)
			sum += value_hash(&types->types[i], i, &values[i]);
	}
	return sum;
}

/* Check that a dictionary's entries ascend, and that it has no others. */
static void
check_dictionary(BisColumnReader *reader)
{
	BisBytes	rooms[2] = {0};
	const uint8 *last = NULL;
	Size		last_len = 0;

	for (uint64 code = 0; code < reader->info.nvalues; code++)
	{
		Size		len;
		const uint8 *entry = BisColumnEntry(reader, code, &len,
											&rooms[code % 2]);
		int			order = last == NULL ? 1 :
			memcmp(entry, last, Min(len, last_len));

		CHECK_FOR_INTERRUPTS();
		if (order < 0 || (order == 0 && len <= last_len))
			BisCorrupted("dictionary of a column is out of order");
		if (reader->type->typlen > 0 && len != (Size) reader->type->typlen)
			BisCorrupted("value of a column");
		last = entry;
		last_len = len;
	}
}

/* what the numbers of a block turn out to be */
typedef struct Found
{
	uint32		nnulls;
	int64		least;
	int64		greatest;
} Found;

/* Read the numbers of the loaded block; note codes that are in use. */
static Found
read_numbers(BisColumnReader *reader, uint8 *used)
{
	Found		found = {0, PG_INT64_MAX, PG_INT64_MIN};

	for (uint32 i = 0; i < reader->n; i++)
	{
		int64		number;

		if (BisColumnIsNull(reader, i))
		{
			found.nnulls++;
			continue;
		}
		number = BisColumnNumber(reader, i);
		found.least = Min(found.least, number);
		found.greatest = Max(found.greatest, number);
		if (used == NULL)
			continue;
		if (number < 0 || (uint64) number >= reader->info.nvalues)
			BisCorrupted("code of a column");
		used[number] = 1;
	}
	return found;
}

/* Check a block: what it says of its numbers must be so. */
static void
check_block(BisColumnReader *reader, uint32 block, uint8 *used)
{
	const BisColumnBlock *at = BisColumnReadBlock(reader, block);
	BisNulls	nulls = BisColumnNulls(at);
	Found		found;

	BisColumnLoad(reader);
	found = read_numbers(reader, used);
	if (nulls == BIS_SOME_NULLS ?
		found.nnulls == 0 || found.nnulls == reader->n :
		found.nnulls != (nulls == BIS_ALL_NULLS ? reader->n : 0))
		BisCorrupted("nulls of a column");
	if (nulls == BIS_ALL_NULLS)
		found.least = found.greatest = 0;
	if (found.least != at->least || found.greatest != at->greatest)
		BisCorrupted("block of a column is not that of its values");
}

static void
check_column(BisColumnReader *reader)
{
	uint32		nblocks = BisColumnBlocks(reader->segment->header->ndocs);
	uint64		nvalues = reader->info.nvalues;
	uint8	   *used = NULL;

	if (reader->type->coded)
	{
		used = MemoryContextAllocHuge(CurrentMemoryContext, nvalues + 1);
		memset(used, 0, nvalues);
		check_dictionary(reader);
	}
	for (uint32 block = 0; block < nblocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		check_block(reader, block, used);
	}
	if (used != NULL && memchr(used, 0, nvalues) != NULL)
		BisCorrupted("dictionary of a column has a value that no article has");
}

/* Add the hashes of a column's values to the sums. */
static void
add_column_hashes(BisColumnReader *reader, BisCheckPostings *lists)
{
	BisBytes	room = {0};

	for (uint32 i = 0; i < lists->nsums; i++)
	{
		BisValue	value = {0};

		if (i % BIS_BLOCK == 0)
			CHECK_FOR_INTERRUPTS();
		if (!BisColumnGet(reader, lists->first + i, &value.number))
			continue;
		if (reader->type->coded)
			value.entry = BisColumnEntry(reader, value.number, &value.len,
										 &room);
		lists->sums[i].hash += value_hash(reader->type, reader->column,
										  &value);
	}
}

void
BisCheckColumns(BisCheck *check, BisSegment *segment,
				BlockNumber header_block)
{
	BisColumnTypes *types = check->types;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch columns",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	BisCheckAt(check, "columns of a segment", header_block);
	if (types == NULL &&
		segment->header->streams[BIS_STREAM_COLUMNS].length > 0)
		BisCorrupted("segment has columns, but the index has none");
	for (int i = 0; types != NULL && i < types->n; i++)
	{
		check_column(BisColumnOpen(segment, types, i));
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
BisCheckAddColumns(BisCheckPostings *lists)
{
	BisColumnTypes *types = lists->check->types;

	for (int i = 0; types != NULL && i < types->n; i++)
	{
		BisColumnReader *reader = BisColumnOpen(lists->segment, types, i);

		add_column_hashes(reader, lists);
		pfree(reader);
	}
}
