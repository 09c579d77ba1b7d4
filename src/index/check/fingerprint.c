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
#include "text/continuation.h"
#include "text/field_prefix.h"

struct BisFingerprint
{
	Tuplesortstate *sort;
	TupleTableSlot *input;
	TupleTableSlot *output;
};

uint64
BisPostingHash(const char *term, int len, int n,
			   const BiOccurrence *occurrences)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) term, len,
										   n);

	return hash_bytes_extended((const unsigned char *) occurrences,
							   n * sizeof(BiOccurrence), hash);
}

/* The hash of a lexeme that is not continued. */
static uint64
lexeme_hash(TSVector vector, const WordEntry *entry)
{
	const WordEntryPos *positions = POSDATAPTR(vector, entry);
	BiOccurrence occurrences[MAXNUMPOS];
	int			n = POSDATALEN(vector, entry);

	for (int i = 0; i < n; i++)
	{
		uint32		pos = WEP_GETPOS(positions[i]);

		occurrences[i] = BiOccurrenceMake(pos == BI_CLAMPED_POSITION ?
										  BI_UNKNOWN_POSITION : pos,
										  WEP_GETWEIGHT(positions[i]));
	}
	return BisPostingHash(STRPTR(vector) + entry->pos, entry->len, n,
						  occurrences);
}

uint64
BisVectorHash(TSVector vector)
{
	BiContinuationCache continuations = {0};
	BiFieldPrefixes prefixes;
	uint64		sum = 0;
	int			len;

	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		BiOccurrence *occurrences;
		int			n;

		if (BiIsContinuation(vector, entry, &continuations))
			continue;
		occurrences = BiContinuedOccurrences(vector, entry, &n);
		if (occurrences == NULL)
		{
			sum += lexeme_hash(vector, entry);
			continue;
		}
		sum += BisPostingHash(STRPTR(vector) + entry->pos, entry->len, n,
							  occurrences);
		pfree(occurrences);
	}
	BiFieldPrefixesBegin(&prefixes, vector);
	while ((len = BiNextFieldPrefix(&prefixes)) > 0)
		sum += BisPostingHash(prefixes.term, len, 0, NULL);
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
