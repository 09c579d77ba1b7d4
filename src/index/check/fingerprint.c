/*
 * fingerprint.c
 *	  Articles as numbers, to compare an index with its table.
 *
 * Numbers of 64 bits stand for what would not fit into memory.  They are
 * sums, so the index can make them term by term and the table article by
 * article.
 */
#include "postgres.h"

#include "catalog/index.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "utils/tuplesort.h"

#include "base/compat.h"
#include "index/check/fingerprint.h"

struct BisFingerprint
{
	Tuplesortstate *sort;
	TupleTableSlot *put;
	TupleTableSlot *got;
};

uint64
BisPostingHash(const char *term, int len, int npositions,
			   const WordEntryPos *positions)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) term, len,
										   npositions);

	return hash_bytes_extended((const unsigned char *) positions,
							   npositions * sizeof(WordEntryPos), hash);
}

uint64
BisVectorHash(TSVector vector)
{
	uint64		sum = 0;

	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;

		sum += BisPostingHash(STRPTR(vector) + entry->pos, entry->len,
							  POSDATALEN(vector, entry),
							  POSDATAPTR(vector, entry));
	}
	return sum;
}

BisFingerprint *
BisFingerprintBegin(int kilobytes)
{
	BisFingerprint *articles = palloc_object(BisFingerprint);
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	AttrNumber	keys[] = {1, 2};
	Oid			operators[] = {Int8LessOperator, Int8LessOperator};
	Oid			collations[] = {InvalidOid, InvalidOid};
	bool		nulls_first[] = {false, false};

	TupleDescInitEntry(desc, 1, "tid", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "hash", INT8OID, -1, 0);
	articles->sort = tuplesort_begin_heap(desc, lengthof(keys), keys,
										  operators, collations, nulls_first,
										  kilobytes, NULL, TUPLESORT_NONE);
	articles->put = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	articles->got = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return articles;
}

void
BisFingerprintAdd(BisFingerprint *articles, const ItemPointerData *tid, uint64 hash)
{
	TupleTableSlot *slot = articles->put;
	ItemPointerData copy = *tid;

	ExecClearTuple(slot);
	slot->tts_values[0] = Int64GetDatum(itemptr_encode(&copy));
	slot->tts_values[1] = Int64GetDatum((int64) hash);
	slot->tts_isnull[0] = slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(articles->sort, slot);
}

void
BisFingerprintSort(BisFingerprint *articles)
{
	tuplesort_performsort(articles->sort);
}

bool
BisFingerprintNext(BisFingerprint *articles, ItemPointer tid, uint64 *hash)
{
	bool		isnull;

	if (!tuplesort_gettupleslot(articles->sort, true, false, articles->got,
								NULL))
		return false;
	itemptr_decode(tid, DatumGetInt64(slot_getattr(articles->got, 1,
												   &isnull)));
	*hash = (uint64) DatumGetInt64(slot_getattr(articles->got, 2, &isnull));
	return true;
}

void
BisFingerprintEnd(BisFingerprint *articles)
{
	ExecDropSingleTupleTableSlot(articles->got);
	ExecDropSingleTupleTableSlot(articles->put);
	tuplesort_end(articles->sort);
}
