/*
 * check_heap.c
 *	  Comparing the live articles of an index with its table.
 *
 * Both are sorted by heap address.  An article of the index without a visible
 * row is not a defect: other snapshots may see the row, or VACUUM has not
 * marked the article dead yet.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/check/check_heap.h"

/* the rows of the table */
typedef struct Rows
{
	BisFingerprint *rows;		/* those with an article */
	BisFingerprint *nulls;		/* those without: the tsvector is NULL */
	BisColumnTypes *types;		/* the index's columns; or NULL */
	MemoryContext scratch;
} Rows;

Snapshot
BisCheckSnapshot(Relation index)
{
	Snapshot	snapshot = RegisterSnapshot(GetTransactionSnapshot());

	if (IsolationUsesXactSnapshot() && index->rd_index->indcheckxmin &&
		!TransactionIdPrecedes(
							   HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
							   snapshot->xmin))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("index \"%s\" cannot be verified using transaction snapshot",
						RelationGetRelationName(index))));
	return snapshot;
}

/* Gather a row that the snapshot sees: an IndexBuildCallback. */
static void
gather_row(Relation index, ItemPointer tid,
		   Datum *values, bool *isnull, bool alive pg_attribute_unused(),
		   void *arg)
{
	Rows	   *rows = arg;

	if (isnull[0])
		BisFingerprintAdd(rows->nulls, tid, 0);
	else
	{
		MemoryContext caller = MemoryContextSwitchTo(rows->scratch);
		uint64		hash = BisVectorHash(DatumGetTSVector(values[0]));
		BisValue	converted[INDEX_MAX_KEYS];

		if (rows->types != NULL)
			BisValuesOf(index, rows->types, values, isnull, converted);
		hash += BisValuesHash(rows->types, converted);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(rows->scratch);
		BisFingerprintAdd(rows->rows, tid, hash);
	}
}

/* Gather all rows as the first scan of CREATE INDEX CONCURRENTLY does. */
static void
gather_rows(Relation index, Relation heap, Snapshot snapshot, Rows *rows)
{
	struct IndexInfo *info = BuildIndexInfo(index);

	info->ii_Concurrent = true;
	(void) table_index_build_scan(heap, index, info, true, false, gather_row,
								  rows,
								  table_beginscan_strat(heap, snapshot, 0,
														NULL, true, true));
	BisFingerprintSort(rows->rows);
	BisFingerprintSort(rows->nulls);
}

/* Raise XX002; what says what is wrong with the row at tid. */
static void
raise_row_mismatch(Relation index, ItemPointer tid, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" does not agree with its table",
					RelationGetRelationName(index)),
			 errdetail("Row (%u,%u) %s.", ItemPointerGetBlockNumber(tid),
					   ItemPointerGetOffsetNumber(tid), what),
			 errhint("Please REINDEX it.")));
}

/* one side of the comparison: sorted articles or rows, and the current one */
typedef struct Side
{
	BisFingerprint *articles;
	bool		more;
	ItemPointerData tid;
	uint64		hash;
} Side;

static void
advance_side(Side *side)
{
	side->more = BisFingerprintNext(side->articles, &side->tid, &side->hash);
}

/* Advance the side to tid, or to what follows; returns whether it has tid. */
static bool
advance_side_to(Side *side, ItemPointer tid)
{
	while (side->more && ItemPointerCompare(&side->tid, tid) < 0)
		advance_side(side);
	return side->more && ItemPointerCompare(&side->tid, tid) == 0;
}

/*
 * Compare the index's articles with the table's rows; raises if they differ.
 */
static void
compare_articles_with_rows(Relation index, Relation heap,
						   BisFingerprint *articles, const Rows *sorted)
{
	Side		found = {.articles = articles};
	Side		rows = {.articles = sorted->rows};
	Side		nulls = {.articles = sorted->nulls};
	BlockNumber nblocks;

	advance_side(&found);
	advance_side(&nulls);
	for (advance_side(&rows); rows.more; advance_side(&rows))
	{
		CHECK_FOR_INTERRUPTS();
		while (found.more && ItemPointerCompare(&found.tid, &rows.tid) < 0)
		{
			if (advance_side_to(&nulls, &found.tid))
				raise_row_mismatch(index, &found.tid,
								   "has no article, but the index has one");
			advance_side(&found);
		}
		if (!advance_side_to(&found, &rows.tid))
			raise_row_mismatch(index, &rows.tid, "is not in the index");
		if (found.hash != rows.hash)
			raise_row_mismatch(index, &rows.tid,
							   index->rd_att->natts > 1 ?
							   "has other words, positions or column values in the index" :
							   "has other words or positions in the index");
		advance_side(&found);
		if (advance_side_to(&found, &rows.tid))
			raise_row_mismatch(index, &rows.tid, "is in the index twice");
	}
	nblocks = RelationGetNumberOfBlocks(heap);
	for (; found.more; advance_side(&found))
	{
		CHECK_FOR_INTERRUPTS();
		if (advance_side_to(&nulls, &found.tid))
			raise_row_mismatch(index, &found.tid,
							   "has no article, but the index has one");
		/* a table is not truncated while somebody has it open */
		if (heap->rd_rel->relam == HEAP_TABLE_AM_OID &&
			ItemPointerGetBlockNumber(&found.tid) >= nblocks)
			raise_row_mismatch(index, &found.tid,
							   "is past the end of the table");
	}
}

void
BisCheckHeap(Relation index, Relation heap, Snapshot snapshot,
			 BisFingerprint *articles)
{
	Rows		rows;

	BisFingerprintSort(articles);
	rows.rows = BisFingerprintBegin(maintenance_work_mem / 4);
	rows.nulls = BisFingerprintBegin(maintenance_work_mem / 4);
	rows.types = BisColumnTypesOf(index);
	rows.scratch = AllocSetContextCreate(CurrentMemoryContext, "bisearch row",
										 ALLOCSET_DEFAULT_SIZES);
	gather_rows(index, heap, snapshot, &rows);
	UnregisterSnapshot(snapshot);
	compare_articles_with_rows(index, heap, articles, &rows);
	BisFingerprintEnd(rows.nulls);
	BisFingerprintEnd(rows.rows);
	BisFingerprintEnd(articles);
	MemoryContextDelete(rows.scratch);
}
