/*
 * build.c
 *	  CREATE INDEX and REINDEX.
 *
 * Articles are gathered in runs, by this process alone or together with
 * parallel workers, and the runs are merged into the index's first segment.
 * Without workers, if all articles fit into memory, there are no runs: the
 * segment is written directly.
 */
#include "postgres.h"

#include "access/xloginsert.h"
#include "catalog/pg_type_d.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/am/handler.h"
#include "index/build/parallel.h"
#include "index/build/runs.h"
#include "index/upkeep/compaction.h"

/* generation of a new index's only segment */
#define FIRST_GENERATION 2

/* least kB of maintenance_work_mem for each process that gathers */
#define MIN_MEMORY 1024

/* subphases of pg_stat_progress_create_index; number 1 is core's */
typedef enum BuildPhase
{
	PHASE_SCAN = PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE + 1,
	PHASE_MERGE,
	PHASE_WRITE,
	PHASE_LOG
} BuildPhase;

char *
bisbuildphasename(int64 phase)
{
	switch (phase)
	{
		case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
			return "initializing";
		case PHASE_SCAN:
			return "scanning table";
		case PHASE_MERGE:
			return "merging runs";
		case PHASE_WRITE:
			return "writing segment";
		case PHASE_LOG:
			return "logging pages";
		default:
			return NULL;
	}
}

/* Report the phase that begins. */
static void
begin_phase(BuildPhase phase)
{
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
}

/*
 * Write the segment from what all processes gathered, or from runs if
 * parallel is NULL.  Returns false, and writes none, without articles.
 */
static bool
write_first_segment(BisRuns *runs, BisParallelBuild *parallel, Relation index,
					BisSegmentEntry *entry)
{
	BisStore	store = {.index = index, .building = true, .bigrams = true};
	BisRun	   *all;
	int			n;

	if (parallel == NULL && runs->nruns == 0)
	{
		if (BisAccumulatorDocs(runs->accumulator) == 0)
			return false;
		begin_phase(PHASE_WRITE);
		BisAccumulatorWrite(runs->accumulator, &store, FIRST_GENERATION,
							entry);
		return true;
	}
	begin_phase(PHASE_MERGE);
	if (parallel != NULL)
		all = BisParallelBuildRuns(parallel, &n);
	else
		all = BisRunsAll(runs, &n);
	return BisRunsMerge(all, n, BisColumnTypesOf(index), maintenance_work_mem,
						&store, FIRST_GENERATION, entry);
}

/* Create block 0; it is logged later, together with all other pages. */
static void
create_metapage(Relation index)
{
	Buffer		buffer = BisNewBuffer(index, NULL);

	if (BufferGetBlockNumber(buffer) != BIS_METAPAGE)
		elog(ERROR, "index \"%s\" already contains data",
			 RelationGetRelationName(index));
	START_CRIT_SECTION();
	BisInitMeta(BufferGetPage(buffer));
	MarkBufferDirty(buffer);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

/* Enter the segment in the metapage; logged later, too. */
static void
publish_first_segment(Relation index, const BisSegmentEntry *entry)
{
	BisMeta    *meta;
	Buffer		buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);

	START_CRIT_SECTION();
	meta->segments[0] = *entry;
	meta->nsegments = 1;
	meta->next_generation = FIRST_GENERATION + 1;
	MarkBufferDirty(buffer);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

/* The number of workers to ask for; 0 if there is nothing to do for them. */
static int
count_workers(Relation heap, Relation index, struct IndexInfo *info)
{
	int			workers = BiBuildWorkers(heap, index, info);

	if (RelationGetNumberOfBlocks(heap) == 0)
		return 0;
	return Min(workers, maintenance_work_mem / MIN_MEMORY - 1);
}

/* Raise 0A000 unless the first column, and only that, is searched. */
static void
check_columns(Relation index)
{
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		if ((index->rd_opcintype[i] == TSVECTOROID) != (i == 0))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("the first column of a bisearch index must be a tsvector, and the others must not"),
					 errhint("Write USING bisearch (tsv, published), for instance.")));
	}
}

IndexBuildResult *
bisbuild(Relation heap, Relation index, struct IndexInfo *info)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch build",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int			workers = count_workers(heap, index, info);
	BisParallelBuild *parallel = NULL;
	BisRuns		runs = {0};
	BisSegmentEntry entry;
	BisGathered gathered;
	IndexBuildResult *result;

	check_columns(index);
	create_metapage(index);
	begin_phase(PHASE_SCAN);
	if (workers > 0)
		parallel = BisParallelBuildScan(heap, index, info, workers,
										&gathered);
	if (parallel == NULL)
	{
		BisRunsBegin(&runs, index, maintenance_work_mem);
		gathered = BisRunsScan(&runs, heap, index, info, NULL);
	}
	if (write_first_segment(&runs, parallel, index, &entry))
		publish_first_segment(index, &entry);
	if (parallel != NULL)
		BisParallelBuildEnd(parallel);
	else
		BisRunsEnd(&runs);
	if (RelationNeedsWAL(index))
	{
		begin_phase(PHASE_LOG);
		log_newpage_range(index, MAIN_FORKNUM, 0,
						  RelationGetNumberOfBlocks(index), true);
	}

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	result = palloc_object(IndexBuildResult);
	result->heap_tuples = gathered.rows;
	result->index_tuples = gathered.articles;
	return result;
}

/*
 * Write the init fork of an unlogged index.  It is always logged, since the
 * index is reset to it after a crash.
 */
void
bisbuildempty(Relation index)
{
	Buffer		buffer = ReadBufferExtended(index, INIT_FORKNUM, P_NEW,
											RBM_NORMAL, NULL);

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	START_CRIT_SECTION();
	BisInitMeta(BufferGetPage(buffer));
	MarkBufferDirty(buffer);
	log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}
