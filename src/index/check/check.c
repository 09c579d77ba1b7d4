/*
 * check.c
 *	  bi_index_check: verifying the structure and content of an index.
 *
 * What the metapage names is not overwritten as long as the caller's snapshot
 * exists.  So the check takes no more locks than a search does, runs on a
 * standby, and blocks nobody.  What others may change meanwhile, the dead
 * bitmaps and the end of the current pending list, is checked in the state in
 * which it is read.  The index may also grow meanwhile: its length is read
 * again whenever a page names a block after the known end.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/index.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/admin/open_index.h"
#include "index/check/check.h"
#include "index/check/check_heap.h"
#include "index/page/pending.h"

/* Add to an error where the defect was found: an error context callback. */
static void
add_location_detail(void *arg)
{
	const BisCheck *check = arg;

	if (check->part != NULL && geterrcode() == ERRCODE_INDEX_CORRUPTED)
		errdetail("Found in index \"%s\" at block %u, %s.",
				  RelationGetRelationName(check->index), check->block,
				  check->part);
}

/* Raise if generation is among the retired ones. */
static void
check_not_retired(const BisMeta *meta, uint64 generation)
{
	for (uint32 i = 0; i < meta->nretired; i++)
	{
		if (generation >= meta->retired[i].first &&
			generation <= meta->retired[i].last)
			BisCorrupted("retired pages are in use");
	}
}

/*
 * Raise unless each generation of the metapage is used only once.  The rest
 * of the metapage was checked when it was read.
 */
static void
check_generations(const BisMeta *meta)
{
	if (meta->current.generation == 0 ||
		meta->current.generation == meta->frozen.generation)
		BisCorrupted("pending lists have one generation");
	check_not_retired(meta, meta->current.generation);
	if (meta->frozen.npages > 0)
		check_not_retired(meta, meta->frozen.generation);
	for (int i = 0; i < BIS_MAX_WRITERS; i++)
	{
		if (meta->writing[i] != 0)
			check_not_retired(meta, meta->writing[i]);
	}
	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		check_not_retired(meta, meta->segments[i].generation);
		for (uint32 k = 0; k < i; k++)
		{
			if (meta->segments[k].generation == meta->segments[i].generation)
				BisCorrupted("two segments have one generation");
		}
	}
}

/*
 * Copy the metapage and check it, together with the current list's last page.
 * An append to that page need not lock the metapage; but what adds a page,
 * counts a large article, or freezes the list does.
 */
static void
read_and_check_metapage(BisCheck *check, BisMeta *meta)
{
	BisMeta    *shared;
	Buffer		buffer;

	BisCheckAt(check, "metapage", BIS_METAPAGE);
	buffer = BisGetMeta(check->index, BUFFER_LOCK_SHARE, &shared);
	memcpy(meta, shared, sizeof(BisMeta));
	check_generations(meta);
	if (meta->current.npages > 0 &&
		meta->current.tail < RelationGetNumberOfBlocks(check->index))
	{
		Buffer		tail;
		Page		page;

		BisCheckAt(check, "pending list", meta->current.tail);
		tail = BisGetBuffer(check->index, meta->current.tail,
							BIS_PENDING_PAGE, meta->current.generation,
							BUFFER_LOCK_SHARE);
		page = BufferGetPage(tail);
		if (BisPageOpaque(page)->next != InvalidBlockNumber ||
			BisPageOpaque(page)->closed != 0)
			BisCorrupted("pending list goes on past its end");
		check->tail_large = BisPendingLargePages(BisPageContent(page),
												 BisPageUsed(page));
		UnlockReleaseBuffer(tail);
	}
	UnlockReleaseBuffer(buffer);
}

/* Check all parts of the index. */
static void
check_structure(BisCheck *check)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	BisMeta		meta;

	read_and_check_metapage(check, &meta);
	BisCheckLength(check);
	BiTestPointWait(BI_TEST_CHECK_BEGUN);
	BisCheckClaim(check, BIS_METAPAGE);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		caller = MemoryContextSwitchTo(context);
		BisCheckSegment(check, &meta.segments[i]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	caller = MemoryContextSwitchTo(context);
	BisCheckPending(check, &meta.frozen, true);
	BisCheckPending(check, &meta.current, false);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	check->part = NULL;
}

/* Check the index and, if heap is not NULL, compare it with its table. */
static void
check_index(Relation index, Relation heap)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch check",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisCheck	check = {.index = index, .context = context,
	.types = BisColumnTypesOf(index)};
	ErrorContextCallback where = {.previous = error_context_stack,
	.callback = add_location_detail, .arg = &check};
	Snapshot	snapshot = InvalidSnapshot;

	/* taken first, so that all rows it sees are in what we read */
	if (heap != NULL)
	{
		snapshot = BisCheckSnapshot(index);
		check.articles = BisFingerprintBegin(maintenance_work_mem / 4);
	}
	error_context_stack = &where;
	check_structure(&check);
	error_context_stack = where.previous;
	if (heap != NULL)
		BisCheckHeap(index, heap, snapshot, check.articles);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

PG_FUNCTION_INFO_V1(bi_index_check);
Datum
bi_index_check(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	bool		with_heap = PG_GETARG_BOOL(1);
	Oid			table;
	Relation	heap = NULL;
	Relation	index;
	Oid			user;
	int			security;
	int			nest;

	/* lock the table first, as is the rule; only an index has one */
	BisRequireOwner(relation);
	table = IndexGetRelation(relation, true);
	if (OidIsValid(table))
		heap = try_table_open(table, AccessShareLock);
	index = BisIndexOpen(relation, AccessShareLock);
	if (heap == NULL || table != IndexGetRelation(relation, false))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("could not open parent table of index \"%s\"",
						RelationGetRelationName(index))));
	if (!index->rd_index->indisvalid)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot check index \"%s\"",
						RelationGetRelationName(index)),
				 errdetail("Index is not valid.")));

	/* run the index's functions as the table's owner */
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(heap->rd_rel->relowner,
						   security | SECURITY_RESTRICTED_OPERATION);
	nest = NewGUCNestLevel();
	BiRestrictSearchPath();
	if (BisIndexHasFile(index))
		check_index(index, with_heap ? heap : NULL);
	AtEOXact_GUC(false, nest);
	SetUserIdAndSecContext(user, security);
	index_close(index, AccessShareLock);
	table_close(heap, AccessShareLock);
	PG_RETURN_VOID();
}
