/*
 * runs.c
 *	  Gathering a table's articles in runs for CREATE INDEX.
 *
 * Articles are gathered in memory until the memory limit is reached, and then
 * written to a temporary file as a run, which has the format of a segment.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/build/runs.h"
#include "index/build/segment_merge.h"

/* kB of memory that a merge needs for each run, and for each column of it */
#define RUN_MEMORY 64
#define COLUMN_MEMORY 16

void
BisRunsBegin(BisRuns *runs, Relation index, int kilobytes)
{
	memset(runs, 0, sizeof(BisRuns));
	runs->types = BisColumnTypesOf(index);
	runs->scratch = AllocSetContextCreate(CurrentMemoryContext,
										  "bisearch row",
										  ALLOCSET_DEFAULT_SIZES);
	runs->accumulator = BisAccumulatorBegin(runs->types);
	runs->memory = (Size) kilobytes * 1024;
}

void
BisRunsWrite(BisRuns *runs)
{
	if (BisAccumulatorDocs(runs->accumulator) == 0)
		return;
	if (runs->store.file == NULL)
		runs->store.file = BufFileCreateTemp(false);
	if (runs->entries == NULL)
	{
		runs->maxruns = 16;
		runs->entries = palloc_array(BisSegmentEntry, runs->maxruns);
	}
	else if (runs->nruns == runs->maxruns)
	{
		runs->maxruns *= 2;
		runs->entries = repalloc(runs->entries,
								 runs->maxruns * sizeof(BisSegmentEntry));
	}
	BisAccumulatorWrite(runs->accumulator, &runs->store, BIS_RUN_GENERATION,
						&runs->entries[runs->nruns++]);
	runs->accumulator = BisAccumulatorBegin(runs->types);
}

/* Add one row of the table: an IndexBuildCallback. */
static void
add_table_row(Relation index, ItemPointer tid,
			  Datum *values, bool *isnull, bool alive pg_attribute_unused(),
			  void *arg)
{
	BisRuns    *runs = arg;
	BisValue	converted[INDEX_MAX_KEYS];
	MemoryContext caller;

	if (isnull[0])
		return;
	caller = MemoryContextSwitchTo(runs->scratch);
	if (runs->types != NULL)
		BisValuesOf(index, runs->types, values, isnull, converted);
	BisAccumulatorAdd(runs->accumulator, tid, DatumGetTSVector(values[0]),
					  converted);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(runs->scratch);
	runs->articles += 1;
	if (BisAccumulatorMemory(runs->accumulator) > runs->memory)
		BisRunsWrite(runs);
}

BisGathered
BisRunsScan(BisRuns *runs, Relation heap, Relation index,
			struct IndexInfo *info, TableScanDesc scan)
{
	BisGathered result;

	/* rows must come in block order, so no synchronized scan */
	result.rows = table_index_build_scan(heap, index, info, scan != NULL,
										 !IsParallelWorker(), add_table_row,
										 runs, scan);
	result.articles = runs->articles;
	return result;
}

BisRun *
BisRunsAll(BisRuns *runs, int *n)
{
	BisRun	   *all;

	BisRunsWrite(runs);
	*n = runs->nruns;
	all = palloc_array(BisRun, Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		all[i].store = &runs->store;
		all[i].entry = runs->entries[i];
	}
	return all;
}

/* Merge the n runs that start at first into one segment of store. */
static bool
merge_runs(const BisRun *first, int n, const BisColumnTypes *types,
		   BisStore *store, uint64 generation, BisSegmentEntry *entry)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch merge",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisSegment **segments = palloc_array(BisSegment *, n);
	bool		any;

	for (int i = 0; i < n; i++)
		segments[i] = BisSegmentOpen(first[i].store, &first[i].entry);
	any = BisMergeSegments(segments, n, true, types, store, generation,
						   entry);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return any;
}

bool
BisRunsMerge(BisRun *runs, int n, const BisColumnTypes *types, int kilobytes,
			 BisStore *store, uint64 generation, BisSegmentEntry *entry)
{
	int			run_memory = RUN_MEMORY +
		(types == NULL ? 0 : types->n * COLUMN_MEMORY);
	int			max_merged = Max(2, kilobytes / run_memory);
	BisStore   *temporary = NULL;
	bool		any;

	while (n > max_merged)
	{
		BisStore   *next = palloc0_object(BisStore);
		int			nmerged = 0;

		next->file = BufFileCreateTemp(false);
		for (int i = 0; i < n; i += max_merged)
		{
			BisRun		run = {.store = next};

			merge_runs(runs + i, Min(max_merged, n - i), types, next,
					   BIS_RUN_GENERATION, &run.entry);
			runs[nmerged++] = run;
		}
		n = nmerged;
		if (temporary != NULL)
			BufFileClose(temporary->file);
		temporary = next;
	}
	any = merge_runs(runs, n, types, store, generation, entry);
	if (temporary != NULL)
		BufFileClose(temporary->file);
	return any;
}

void
BisRunsEnd(BisRuns *runs)
{
	if (runs->store.file != NULL)
		BufFileClose(runs->store.file);
	runs->store.file = NULL;
}
