/*
 * check_heap.c
 *	  Comparing the live articles of an index with its table.
 *
 * Both are sorted by heap address.  Articles of the index that no row has are
 * no defect, since others may see the row, or VACUUM has not been there yet.
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

/* rows being gathered */
typedef struct Rows
{
	BisFingerprint *rows;		/* with an article */
	BisFingerprint *nulls;		/* without */
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

/* One row that the snapshot sees. */
static void
gather_row(Relation index pg_attribute_unused(), ItemPointer tid,
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

		MemoryContextSwitchTo(caller);
		MemoryContextReset(rows->scratch);
		BisFingerprintAdd(rows->rows, tid, hash);
	}
}

/* Gather the rows, as the first scan of CREATE INDEX CONCURRENTLY does. */
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

/* Raise: what is wrong with the row at tid. */
static void
fail(Relation index, ItemPointer tid, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" does not agree with its table",
					RelationGetRelationName(index)),
			 errdetail("Row (%u,%u) %s.", ItemPointerGetBlockNumber(tid),
					   ItemPointerGetOffsetNumber(tid), what),
			 errhint("Please REINDEX it.")));
}

/* the index's articles, and rows with or without one, side by side */
typedef struct Side
{
	BisFingerprint *articles;
	bool		more;
	ItemPointerData tid;
	uint64		hash;
} Side;

static void
next(Side *side)
{
	side->more = BisFingerprintNext(side->articles, &side->tid, &side->hash);
}

/* Go on while the side stands before tid; does it have it then? */
static bool
find(Side *side, ItemPointer tid)
{
	while (side->more && ItemPointerCompare(&side->tid, tid) < 0)
		next(side);
	return side->more && ItemPointerCompare(&side->tid, tid) == 0;
}

/* Compare the index's articles with the rows. */
static void
compare(Relation index, Relation heap, BisFingerprint *articles,
		const Rows *sorted)
{
	Side		found = {.articles = articles};
	Side		rows = {.articles = sorted->rows};
	Side		nulls = {.articles = sorted->nulls};
	BlockNumber nblocks;

	next(&found);
	next(&nulls);
	for (next(&rows); rows.more; next(&rows))
	{
		CHECK_FOR_INTERRUPTS();
		while (found.more && ItemPointerCompare(&found.tid, &rows.tid) < 0)
		{
			if (find(&nulls, &found.tid))
				fail(index, &found.tid,
					 "has no article, but the index has one");
			next(&found);
		}
		if (!find(&found, &rows.tid))
			fail(index, &rows.tid, "is not in the index");
		if (found.hash != rows.hash)
			fail(index, &rows.tid,
				 "has other words or positions in the index");
		next(&found);
		if (find(&found, &rows.tid))
			fail(index, &rows.tid, "is in the index twice");
	}
	nblocks = RelationGetNumberOfBlocks(heap);
	for (; found.more; next(&found))
	{
		CHECK_FOR_INTERRUPTS();
		if (find(&nulls, &found.tid))
			fail(index, &found.tid, "has no article, but the index has one");
		/* a table is not truncated while somebody has it open */
		if (heap->rd_rel->relam == HEAP_TABLE_AM_OID &&
			ItemPointerGetBlockNumber(&found.tid) >= nblocks)
			fail(index, &found.tid, "is behind the end of the table");
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
	rows.scratch = AllocSetContextCreate(CurrentMemoryContext, "bisearch row",
										 ALLOCSET_DEFAULT_SIZES);
	gather_rows(index, heap, snapshot, &rows);
	UnregisterSnapshot(snapshot);
	compare(index, heap, articles, &rows);
	BisFingerprintEnd(rows.nulls);
	BisFingerprintEnd(rows.rows);
	BisFingerprintEnd(articles);
	MemoryContextDelete(rows.scratch);
}
