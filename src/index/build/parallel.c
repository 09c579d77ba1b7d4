/*
 * parallel.c
 *	  Gathering articles with parallel workers.
 *
 * The leader and its workers scan the table together.  Each of them writes
 * its runs, and after these the entries of the runs, to a file of its own in
 * a shared file set, and stores the number of runs in its part of the shared
 * state.  The leader waits until all workers have finished, so nothing needs
 * a lock.
 *
 * Whatever ends the leader ends its workers, and the files are deleted when
 * the last process detaches from the shared memory segment.
 */
#include "postgres.h"

#include <fcntl.h>

#include "access/genam.h"
#include "access/parallel.h"
#include "access/relscan.h"
#include "access/table.h"
#include "catalog/index.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/sharedfileset.h"
#include "tcop/tcopprot.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/build/parallel.h"

/* keys in the shared memory segment; core's own have a bit above 32 set */
typedef enum Key
{
	KEY_SHARED = 1,
	KEY_SCAN,
	KEY_QUERY,
	KEY_WAL_USAGE,
	KEY_BUFFER_USAGE
} Key;

/* what one process gathered */
typedef struct Part
{
	bool		done;
	bool		broken_hot_chain;
	int			nruns;
	BlockNumber npages;			/* of the runs, before their entries */
	BisGathered gathered;
} Part;

typedef struct Shared
{
	Oid			heap;
	Oid			index;
	bool		concurrent;
	int			kilobytes;		/* memory for each worker */
	SharedFileSet files;
	Part		parts[FLEXIBLE_ARRAY_MEMBER];	/* of each worker, and after
												 * them the leader's */
} Shared;

struct BisParallelBuild
{
	ParallelContext *context;
	Shared	   *shared;
	ParallelTableScanDesc scan;
	Snapshot	snapshot;
	WalUsage   *wal_usage;
	BufferUsage *buffer_usage;
	BisStore   *stores;			/* to read the files */
};

/* The name of a process's file. */
static void
part_file_name(char *name, Size size, int part)
{
	snprintf(name, size, "runs%d", part);
}

/* Gather this process's part of the table, in its file. */
static void
gather_part(Shared *shared, int number, Relation heap, Relation index,
			struct IndexInfo *info, TableScanDesc scan, int kilobytes)
{
	Part	   *part = &shared->parts[number];
	BisRuns		runs;
	char		name[MAXPGPATH];

	part_file_name(name, sizeof(name), number);
	BisRunsBegin(&runs, index, kilobytes);
	runs.store.file = BufFileCreateFileSet(&shared->files.fs, name);
	part->gathered = BisRunsScan(&runs, heap, index, info, scan);
	BisRunsWrite(&runs);
	if (runs.nruns > 0)
	{
		if (BufFileSeekBlock(runs.store.file, runs.store.nfile) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not seek in a temporary file: %m")));
		BufFileWrite(runs.store.file, runs.entries,
					 runs.nruns * sizeof(BisSegmentEntry));
	}
	BufFileExportFileSet(runs.store.file);
	part->nruns = runs.nruns;
	part->npages = runs.store.nfile;
	part->broken_hot_chain = info->ii_BrokenHotChain;
	BisRunsEnd(&runs);
	part->done = true;
}

/* Allocate a zeroed chunk of the shared memory segment. */
static void *
allocate_shared(ParallelContext *context, Key key, Size size)
{
	void	   *result = shm_toc_allocate(context->toc, size);

	memset(result, 0, size);
	shm_toc_insert(context->toc, key, result);
	return result;
}

/* Announce a chunk, before the segment is created. */
static void
estimate_shared(ParallelContext *context, Size size)
{
	shm_toc_estimate_chunk(&context->estimator, size);
	shm_toc_estimate_keys(&context->estimator, 1);
}

/*
 * Create the shared memory segment and fill in all that workers need.
 * Returns false if there is no shared memory to be had.
 */
static bool
set_up_shared_state(BisParallelBuild *build, Relation heap, Relation index,
					struct IndexInfo *info)
{
	ParallelContext *context = build->context;
	int			workers = context->nworkers;
	const char *query = debug_query_string != NULL ? debug_query_string : "";
	Size		shared_size = offsetof(Shared, parts) +
		(workers + 1) * sizeof(Part);
	Size		scan_size =
		table_parallelscan_estimate(heap, build->snapshot);
	Size		wal_size = workers * sizeof(WalUsage);
	Size		buffer_size = workers * sizeof(BufferUsage);

	estimate_shared(context, shared_size);
	estimate_shared(context, scan_size);
	estimate_shared(context, wal_size);
	estimate_shared(context, buffer_size);
	estimate_shared(context, strlen(query) + 1);
	InitializeParallelDSM(context);
	if (context->seg == NULL)
		return false;

	build->shared = allocate_shared(context, KEY_SHARED, shared_size);
	build->shared->heap = RelationGetRelid(heap);
	build->shared->index = RelationGetRelid(index);
	build->shared->concurrent = info->ii_Concurrent;
	build->shared->kilobytes = maintenance_work_mem / (workers + 1);
	SharedFileSetInit(&build->shared->files, context->seg);
	build->scan = allocate_shared(context, KEY_SCAN, scan_size);
	table_parallelscan_initialize(heap, build->scan, build->snapshot);
	/* each process must see ascending blocks, so that its runs are ordered */
	build->scan->phs_syncscan = false;
	build->wal_usage = allocate_shared(context, KEY_WAL_USAGE, wal_size);
	build->buffer_usage = allocate_shared(context, KEY_BUFFER_USAGE,
										  buffer_size);
	strcpy(allocate_shared(context, KEY_QUERY, strlen(query) + 1), query);
	return true;
}

/* Add up what all processes gathered. */
static BisGathered
add_up_parts(BisParallelBuild *build, struct IndexInfo *info)
{
	ParallelContext *context = build->context;
	BisGathered total = {0};

	for (int i = 0; i <= context->nworkers; i++)
	{
		const Part *part = &build->shared->parts[i];

		if (!part->done)
		{
			if (i < context->nworkers_launched || i == context->nworkers)
				elog(ERROR, "parallel worker %d has not done its part", i);
			continue;
		}
		total.rows += part->gathered.rows;
		total.articles += part->gathered.articles;
		info->ii_BrokenHotChain |= part->broken_hot_chain;
	}
	return total;
}

BisParallelBuild *
BisParallelBuildScan(Relation heap, Relation index, struct IndexInfo *info,
					 int workers, BisGathered *gathered)
{
	BisParallelBuild *build = palloc0_object(BisParallelBuild);
	ParallelContext *context;

	EnterParallelMode();
	context = CreateParallelContext("$libdir/bisearch",
									"BisParallelBuildWorker", workers);
	build->context = context;

	/*
	 * A concurrent build indexes the rows that a snapshot sees; any other
	 * build decides itself which row versions to index.
	 */
	build->snapshot = info->ii_Concurrent ?
		RegisterSnapshot(GetTransactionSnapshot()) : SnapshotAny;
	if (set_up_shared_state(build, heap, index, info))
		LaunchParallelWorkers(context);
	if (context->nworkers_launched == 0)
	{
		BisParallelBuildEnd(build);
		return NULL;
	}
	ereport(DEBUG1,
			(errmsg_internal("index \"%s\" is built with %d of %d workers",
							 RelationGetRelationName(index),
							 context->nworkers_launched, workers)));
	gather_part(build->shared, context->nworkers, heap, index, info,
				BiBeginScanParallel(heap, build->scan),
				maintenance_work_mem / (context->nworkers_launched + 1));
	WaitForParallelWorkersToFinish(context);
	for (int i = 0; i < context->nworkers_launched; i++)
		InstrAccumParallelQuery(&build->buffer_usage[i],
								&build->wal_usage[i]);
	*gathered = add_up_parts(build, info);
	return build;
}

/* Open a process's file, and read the entries of its runs. */
static void
open_part(BisParallelBuild *build, int number, BisRun *runs)
{
	const Part *part = &build->shared->parts[number];
	BisStore   *store = &build->stores[number];
	char		name[MAXPGPATH];

	part_file_name(name, sizeof(name), number);
	store->file = BufFileOpenFileSet(&build->shared->files.fs, name,
									 O_RDONLY, false);
	store->nfile = part->npages;
	if (BufFileSeekBlock(store->file, store->nfile) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file: %m")));
	for (int i = 0; i < part->nruns; i++)
	{
		runs[i].store = store;
		if (BufFileRead(store->file, &runs[i].entry,
						sizeof(BisSegmentEntry)) != sizeof(BisSegmentEntry))
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read from a temporary file")));
	}
}

BisRun *
BisParallelBuildRuns(BisParallelBuild *build, int *n)
{
	int			nparts = build->context->nworkers + 1;
	BisRun	   *runs;

	*n = 0;
	for (int i = 0; i < nparts; i++)
		*n += build->shared->parts[i].nruns;
	runs = palloc_array(BisRun, Max(*n, 1));
	build->stores = palloc0_array(BisStore, nparts);
	*n = 0;
	for (int i = 0; i < nparts; i++)
	{
		if (build->shared->parts[i].nruns == 0)
			continue;
		open_part(build, i, runs + *n);
		*n += build->shared->parts[i].nruns;
	}
	return runs;
}

void
BisParallelBuildEnd(BisParallelBuild *build)
{
	int			nparts =
		build->stores != NULL ? build->context->nworkers + 1 : 0;

	for (int i = 0; i < nparts; i++)
	{
		if (build->stores[i].file != NULL)
			BufFileClose(build->stores[i].file);
	}
	if (IsMVCCSnapshot(build->snapshot))
		UnregisterSnapshot(build->snapshot);
	DestroyParallelContext(build->context);
	ExitParallelMode();
	pfree(build);
}

void
BisParallelBuildWorker(dsm_segment *seg, shm_toc *toc)
{
	Shared	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	ParallelTableScanDesc scan = shm_toc_lookup(toc, KEY_SCAN, false);
	WalUsage   *wal_usage = shm_toc_lookup(toc, KEY_WAL_USAGE, false);
	BufferUsage *buffer_usage = shm_toc_lookup(toc, KEY_BUFFER_USAGE, false);
	LOCKMODE	heap_lock;
	LOCKMODE	index_lock;
	Relation	heap;
	Relation	index;
	struct IndexInfo *info;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, false);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);

	/* the same locks as the leader's */
	heap_lock = shared->concurrent ? ShareUpdateExclusiveLock : ShareLock;
	index_lock = shared->concurrent ? RowExclusiveLock : AccessExclusiveLock;
	heap = table_open(shared->heap, heap_lock);
	index = index_open(shared->index, index_lock);
	info = BuildIndexInfo(index);
	info->ii_Concurrent = shared->concurrent;

	SharedFileSetAttach(&shared->files, seg);
	InstrStartParallelQuery();
	gather_part(shared, ParallelWorkerNumber, heap, index, info,
				BiBeginScanParallel(heap, scan), shared->kilobytes);
	InstrEndParallelQuery(&buffer_usage[ParallelWorkerNumber],
						  &wal_usage[ParallelWorkerNumber]);
	index_close(index, index_lock);
	table_close(heap, heap_lock);
}
