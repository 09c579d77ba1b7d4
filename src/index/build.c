/*
 * build.c
 *	  CREATE INDEX and REINDEX.
 *
 * Articles are gathered in memory until maintenance_work_mem is full, then
 * written as a run to a temporary file.  At the end the runs are merged into
 * the index's first segment; if all fits into memory, there is no run.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xloginsert.h"
#include "catalog/index.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/accumulate.h"
#include "index/handler.h"
#include "index/merge.h"

/* the only segment of a new index */
#define FIRST_GENERATION 2

/* what pg_stat_progress_create_index calls subphases; 1 is core's */
typedef enum BuildPhase
{
	PHASE_SCAN = PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE + 1,
	PHASE_MERGE,
	PHASE_WRITE,
	PHASE_LOG
} BuildPhase;

typedef struct BuildState
{
	MemoryContext scratch;		/* for one article */
	BisAccumulator *accumulator;
	BisStore	runs;			/* all runs are in one file */
	BisSegmentEntry *entries;
	int			nruns;
	int			maxruns;
	double		narticles;
} BuildState;

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

/* Say what is done from now on. */
static void
begin_phase(BuildPhase phase)
{
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
}

/* Write what is in memory as a run. */
static void
write_run(BuildState *state)
{
	if (state->runs.file == NULL)
		state->runs.file = BufFileCreateTemp(false);
	if (state->nruns == state->maxruns)
	{
		state->maxruns = Max(16, state->maxruns * 2);
		state->entries = state->entries == NULL ?
			palloc_array(BisSegmentEntry, state->maxruns) :
			repalloc(state->entries, state->maxruns * sizeof(BisSegmentEntry));
	}
	BisAccumulatorWrite(state->accumulator, &state->runs, FIRST_GENERATION,
						&state->entries[state->nruns++]);
	state->accumulator = BisAccumulatorBegin();
}

/* One row of the table. */
static void
build_row(Relation index pg_attribute_unused(), ItemPointer tid,
		  Datum *values, bool *isnull, bool alive pg_attribute_unused(),
		  void *arg)
{
	BuildState *state = arg;
	MemoryContext caller;

	if (isnull[0])
		return;
	caller = MemoryContextSwitchTo(state->scratch);
	BisAccumulatorAdd(state->accumulator, tid, DatumGetTSVector(values[0]));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->scratch);
	state->narticles += 1;
	if (BisAccumulatorMemory(state->accumulator) >
		(Size) maintenance_work_mem * 1024)
		write_run(state);
}

/* Merge the runs into the index. */
static bool
merge_runs(BuildState *state, BisStore *store, BisSegmentEntry *entry)
{
	BisSegment **segments = palloc_array(BisSegment *, state->nruns);

	for (int i = 0; i < state->nruns; i++)
		segments[i] = BisSegmentOpen(&state->runs, &state->entries[i]);
	return BisMergeSegments(segments, state->nruns, store, FIRST_GENERATION,
							entry);
}

/* Write the segment, if there are articles.  Returns whether. */
static bool
write_segment(BuildState *state, Relation index, BisSegmentEntry *entry)
{
	BisStore	store = {.index = index, .building = true};

	if (state->nruns > 0)
	{
		if (BisAccumulatorDocs(state->accumulator) > 0)
			write_run(state);
		begin_phase(PHASE_MERGE);
		return merge_runs(state, &store, entry);
	}
	if (BisAccumulatorDocs(state->accumulator) == 0)
		return false;
	begin_phase(PHASE_WRITE);
	BisAccumulatorWrite(state->accumulator, &store, FIRST_GENERATION, entry);
	return true;
}

/* Make block 0, which is not logged here. */
static void
make_metapage(Relation index)
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

/* Name the segment in the metapage. */
static void
name_segment(Relation index, const BisSegmentEntry *entry)
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

IndexBuildResult *
bisbuild(Relation heap, Relation index, struct IndexInfo *info)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch build",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BuildState	state = {0};
	BisSegmentEntry entry;
	IndexBuildResult *result;
	double		rows;

	state.scratch = AllocSetContextCreate(context, "bisearch row",
										  ALLOCSET_DEFAULT_SIZES);
	state.accumulator = BisAccumulatorBegin();
	make_metapage(index);
	begin_phase(PHASE_SCAN);
	rows = table_index_build_scan(heap, index, info, true, true, build_row,
								  &state, NULL);
	if (write_segment(&state, index, &entry))
		name_segment(index, &entry);
	if (state.runs.file != NULL)
		BufFileClose(state.runs.file);
	if (RelationNeedsWAL(index))
	{
		begin_phase(PHASE_LOG);
		log_newpage_range(index, MAIN_FORKNUM, 0,
						  RelationGetNumberOfBlocks(index), true);
	}

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	result = palloc_object(IndexBuildResult);
	result->heap_tuples = rows;
	result->index_tuples = state.narticles;
	return result;
}

/*
 * The initial state of an unlogged index.  It is logged page by page, since a
 * crash starts from it.
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
