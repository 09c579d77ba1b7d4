/*
 * fingerprint.c
 *	  Fingerprints of articles, to compare an index with its table.
 *
 * A fingerprint is a 64-bit hash of an article, since whole articles would
 * not fit into memory.  It is a sum over the article's postings, so it can be
 * computed term by term from the index and article by article from the table.
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
	TupleTableSlot *input;
	TupleTableSlot *output;
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
	BiTupleDescFinalize(desc);
	articles->sort = tuplesort_begin_heap(desc, lengthof(keys), keys,
										  operators, collations, nulls_first,
										  kilobytes, NULL, TUPLESORT_NONE);
	articles->input = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	articles->output = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return articles;
}

void
BisFingerprintAdd(BisFingerprint *articles, const ItemPointerData *tid,
				  uint64 hash)
{
	TupleTableSlot *slot = articles->input;
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

	if (!tuplesort_gettupleslot(articles->sort, true, false, articles->output,
								NULL))
		return false;
	itemptr_decode(tid, DatumGetInt64(slot_getattr(articles->output, 1,
												   &isnull)));
	*hash = (uint64) DatumGetInt64(slot_getattr(articles->output, 2, &isnull));
	return true;
}

void
BisFingerprintEnd(BisFingerprint *articles)
{
	ExecDropSingleTupleTableSlot(articles->output);
	ExecDropSingleTupleTableSlot(articles->input);
	tuplesort_end(articles->sort);
}
