/*
 * parallel.h
 *	  Gathering articles with parallel workers.
 */
#ifndef BIS_PARALLEL_H
#define BIS_PARALLEL_H

#include "storage/dsm.h"
#include "storage/shm_toc.h"

#include "index/build/runs.h"

typedef struct BisParallelBuild BisParallelBuild;

/*
 * Gather the table's articles with so many workers, or fewer if no more are
 * to be had, in files that all can read.  All have done their part when it
 * returns; a worker's error is raised here.  maintenance_work_mem is shared
 * between all.  Returns NULL, and has done nothing, if there is no worker.
 * Else the process is in parallel mode until BisParallelBuildEnd.
 */
extern BisParallelBuild *BisParallelBuildScan(Relation heap, Relation index,
											  struct IndexInfo *info,
											  int workers,
											  BisGathered *gathered);

/* All runs; *n becomes their number.  They can be read until the end. */
extern BisRun *BisParallelBuildRuns(BisParallelBuild *build, int *n);

/* Delete the files, and end. */
extern void BisParallelBuildEnd(BisParallelBuild *build);

/* What a worker runs: PostgreSQL finds it by its name. */
extern PGDLLEXPORT void BisParallelBuildWorker(dsm_segment *seg,
											   shm_toc *toc);

#endif							/* BIS_PARALLEL_H */
