/*
 * column_merge.c
 *	  Merging the stored columns of several segments.
 *
 * The dictionaries of a coded column are united without the entries that only
 * dead articles have.  Memory holds the new code of each entry.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/build/column_merge.h"

/* new code of an entry that no live article has */
#define UNUSED PG_UINT32_MAX

/* a column of a segment */
typedef struct Part
{
	BisColumnReader *reader;
	uint32	   *codes;			/* by old code, if coded */
	uint64		next;			/* the next entry's old code, */
	Size		len;			/* its bytes */
	BisBytes	entry;
} Part;

struct BisColumnMerge
{
	const BisColumnTypes *types;
	int			n;
	BisColumnWriter *writer;
	Part	   *parts;			/* of the first segment, then of the next */
	int64	   *numbers;		/* of an article */
	bool	   *isnull;
};

static inline Part *
get_part(BisColumnMerge *merge, int segment, int column)
{
	return &merge->parts[segment * merge->types->n + column];
}

/* Note which codes live articles have: their new ones become 0. */
static void
find_used_codes(Part *part, const uint64 *dead)
{
	uint64		nvalues = part->reader->info.nvalues;
	uint32		ndocs = part->reader->segment->header->ndocs;

	part->codes = MemoryContextAllocHuge(CurrentMemoryContext,
										 Max(nvalues, 1) * sizeof(uint32));
	memset(part->codes, 0xFF, nvalues * sizeof(uint32));
	for (uint32 doc = 0; doc < ndocs; doc++)
	{
		int64		code;

		if (dead != NULL && (dead[doc / 64] >> doc % 64 & 1) != 0)
			continue;
		if (!BisColumnGet(part->reader, doc, &code))
			continue;
		if (code < 0 || (uint64) code >= nvalues)
			BisCorrupted("code of a column");
		part->codes[code] = 0;
	}
}

/* Read the next entry that is used, from part->next on. */
static void
read_next_entry(Part *part)
{
	while (part->next < part->reader->info.nvalues &&
		   part->codes[part->next] == UNUSED)
		part->next++;
	if (part->next < part->reader->info.nvalues)
		(void) BisColumnEntry(part->reader, part->next, &part->len,
							  &part->entry);
}

/* Compare the next entries of two parts by their bytes. */
static int
compare_entries(const Part *a, const Part *b)
{
	int			order = memcmp(a->entry.data, b->entry.data,
							   Min(a->len, b->len));

	return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* The part with the least next entry, or NULL if there is none. */
static Part *
least_entry(BisColumnMerge *merge, int column)
{
	Part	   *least = NULL;

	for (int i = 0; i < merge->n; i++)
	{
		Part	   *part = get_part(merge, i, column);

		if (part->next < part->reader->info.nvalues &&
			(least == NULL || compare_entries(part, least) < 0))
			least = part;
	}
	return least;
}

/* Write the dictionary of a coded column, and find the new codes. */
static void
merge_dictionaries(BisColumnMerge *merge, int column)
{
	BisBytes	entry = {0};
	Part	   *least;

	for (int i = 0; i < merge->n; i++)
		read_next_entry(get_part(merge, i, column));
	for (uint32 code = 0; (least = least_entry(merge, column)) != NULL;
		 code++)
	{
		Part		written = *least;

		CHECK_FOR_INTERRUPTS();
		BisColumnsEntry(merge->writer, column, least->entry.data, least->len);
		entry.len = 0;
		BisBytesReserve(&entry, Max(least->len, 1), CurrentMemoryContext);
		BisPutBytes(&entry, least->entry.data, least->len);
		written.entry = entry;
		for (int i = 0; i < merge->n; i++)
		{
			Part	   *part = get_part(merge, i, column);

			if (part->next >= part->reader->info.nvalues ||
				compare_entries(part, &written) != 0)
				continue;
			part->codes[part->next++] = code;
			read_next_entry(part);
		}
	}
}

BisColumnMerge *
BisColumnMergeBegin(const BisColumnTypes *types, BisWriter *writer,
					BisSegment **segments, int n, uint64 *const *dead)
{
	BisColumnMerge *merge = palloc0_object(BisColumnMerge);

	merge->types = types;
	merge->n = n;
	merge->writer = BisColumnsBegin(types, writer);
	merge->parts = palloc0_array(Part, n * types->n);
	merge->numbers = palloc_array(int64, types->n);
	merge->isnull = palloc_array(bool, types->n);
	for (int i = 0; i < n; i++)
	{
		for (int column = 0; column < types->n; column++)
			get_part(merge, i, column)->reader =
				BisColumnOpen(segments[i], types, column);
	}
	for (int column = 0; column < types->n; column++)
	{
		if (!types->types[column].coded)
			continue;
		for (int i = 0; i < n; i++)
			find_used_codes(get_part(merge, i, column), dead[i]);
		merge_dictionaries(merge, column);
	}
	return merge;
}

void
BisColumnMergeDoc(BisColumnMerge *merge, int segment, uint32 doc)
{
	for (int column = 0; column < merge->types->n; column++)
	{
		Part	   *part = get_part(merge, segment, column);
		int64	   *number = &merge->numbers[column];

		merge->isnull[column] = !BisColumnGet(part->reader, doc, number);
		if (part->codes != NULL && !merge->isnull[column])
			*number = part->codes[*number];
	}
	BisColumnsDoc(merge->writer, merge->numbers, merge->isnull);
}

void
BisColumnMergeEnd(BisColumnMerge *merge)
{
	BisColumnsEnd(merge->writer);
}
