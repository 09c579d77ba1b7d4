/*
 * column_gather.c
 *	  Gathering articles' column values in memory, for a segment.
 *
 * A coded value is replaced by the place at which its entry was first seen;
 * the places become codes when all entries are known and sorted.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "index/build/column_gather.h"

/* the bytes of an entry */
typedef struct EntryKey
{
	const uint8 *bytes;
	Size		len;
} EntryKey;

static inline uint32
entry_hash(EntryKey key)
{
	return hash_bytes(key.bytes, key.len);
}

static inline bool
entry_is(EntryKey key, EntryKey other)
{
	return key.len == other.len && memcmp(key.bytes, other.bytes,
										  key.len) == 0;
}

/* an entry of a column's dictionary */
typedef struct EntrySlot
{
	EntryKey	key;
	uint32		place;
	uint32		hash;
	char		status;			/* simplehash's */
} EntrySlot;

#define SH_PREFIX entrytable
#define SH_ELEMENT_TYPE EntrySlot
#define SH_KEY_TYPE EntryKey
#define SH_KEY key
#define SH_HASH_KEY(tb, key) entry_hash(key)
#define SH_EQUAL(tb, a, b) entry_is(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* a column */
typedef struct Gathered
{
	bool		coded;
	entrytable_hash *table;		/* its entries, if coded */
	BisBytes	numbers;		/* int64 of each article, or the place */
	BisBytes	isnull;			/* bool of each */
	uint32	   *codes;			/* by place, while they are written */
} Gathered;

struct BisColumnGather
{
	const BisColumnTypes *types;
	MemoryContext context;
	uint32		ndocs;
	Gathered	columns[FLEXIBLE_ARRAY_MEMBER];
};

BisColumnGather *
BisColumnGatherBegin(const BisColumnTypes *types, MemoryContext context)
{
	BisColumnGather *gather =
		MemoryContextAllocZero(context, offsetof(BisColumnGather, columns) +
							   types->n * sizeof(Gathered));

	gather->types = types;
	gather->context = context;
	for (int i = 0; i < types->n; i++)
	{
		gather->columns[i].coded = types->types[i].coded;
		if (gather->columns[i].coded)
			gather->columns[i].table = entrytable_create(context, 64, NULL);
	}
	return gather;
}

/* The place of a value's entry, which is added if it is new. */
static int64
entry_place(BisColumnGather *gather, Gathered *column, const BisValue *value)
{
	EntryKey	key = {.bytes = value->entry,.len = value->len};
	bool		found;
	EntrySlot  *slot = entrytable_insert(column->table, key, &found);

	if (!found)
	{
		uint8	   *copy = MemoryContextAlloc(gather->context,
											  Max(key.len, 1));

		slot->key.bytes = memcpy(copy, key.bytes, key.len);
		slot->place = column->table->members - 1;
	}
	return slot->place;
}

void
BisColumnGatherAdd(BisColumnGather *gather, const BisValue *values)
{
	for (int i = 0; i < gather->types->n; i++)
	{
		Gathered   *column = &gather->columns[i];
		const BisValue *value = &values[i];
		int64		number = value->isnull ? 0 :
			column->coded ? entry_place(gather, column, value) :
			value->number;

		BisBytesReserve(&column->numbers, sizeof(number), gather->context);
		BisPutBytes(&column->numbers, &number, sizeof(number));
		BisBytesReserve(&column->isnull, sizeof(bool), gather->context);
		BisPutBytes(&column->isnull, &value->isnull, sizeof(bool));
	}
	gather->ndocs++;
}

static int
compare_slots(const void *a, const void *b, void *arg pg_attribute_unused())
{
	const EntryKey *left = &(*(EntrySlot *const *) a)->key;
	const EntryKey *right = &(*(EntrySlot *const *) b)->key;
	int			order = memcmp(left->bytes, right->bytes,
							   Min(left->len, right->len));

	return order != 0 ? order :
		left->len < right->len ? -1 : left->len > right->len;
}

/* Write a column's dictionary, and find the codes of its entries. */
static void
write_dictionary(BisColumnGather *gather, int i, BisColumnWriter *writer)
{
	Gathered   *column = &gather->columns[i];
	uint32		members = column->table->members;
	EntrySlot **slots = MemoryContextAllocHuge(gather->context,
											   Max(members, 1) *
											   sizeof(EntrySlot *));
	entrytable_iterator iterator;
	EntrySlot  *slot;
	uint32		n = 0;

	column->codes = MemoryContextAllocHuge(gather->context,
										   Max(members, 1) * sizeof(uint32));
	entrytable_start_iterate(column->table, &iterator);
	while ((slot = entrytable_iterate(column->table, &iterator)) != NULL)
		slots[n++] = slot;
	qsort_interruptible(slots, n, sizeof(EntrySlot *), compare_slots, NULL);
	for (uint32 code = 0; code < n; code++)
	{
		CHECK_FOR_INTERRUPTS();
		column->codes[slots[code]->place] = code;
		BisColumnsEntry(writer, i, slots[code]->key.bytes,
						slots[code]->key.len);
	}
	pfree(slots);
}

void
BisColumnGatherWrite(BisColumnGather *gather, BisWriter *writer)
{
	MemoryContext caller = MemoryContextSwitchTo(gather->context);
	BisColumnWriter *columns = BisColumnsBegin(gather->types, writer);
	int64	   *numbers = palloc_array(int64, gather->types->n);
	bool	   *isnull = palloc_array(bool, gather->types->n);

	for (int i = 0; i < gather->types->n; i++)
	{
		if (gather->columns[i].coded)
			write_dictionary(gather, i, columns);
	}
	for (uint32 doc = 0; doc < gather->ndocs; doc++)
	{
		if (doc % BIS_COLUMN_DOCS == 0)
			CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < gather->types->n; i++)
		{
			const Gathered *column = &gather->columns[i];

			isnull[i] = ((const bool *) column->isnull.data)[doc];
			numbers[i] = ((const int64 *) column->numbers.data)[doc];
			if (column->coded && !isnull[i])
				numbers[i] = column->codes[numbers[i]];
		}
		BisColumnsDoc(columns, numbers, isnull);
	}
	BisColumnsEnd(columns);
	MemoryContextSwitchTo(caller);
}
