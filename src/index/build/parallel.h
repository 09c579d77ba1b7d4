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
 * Gather the table's articles with this many workers, or as many as can be
 * started, in files that all processes can read.  All workers have finished
 * when it returns; a worker's error is raised here.  All processes together
 * use maintenance_work_mem.  Returns NULL, and has done nothing, if no worker
 * can be started; otherwise this process is in parallel mode until
 * BisParallelBuildEnd.
 */
extern BisParallelBuild *BisParallelBuildScan(Relation heap, Relation index,
											  struct IndexInfo *info,
											  int workers,
											  BisGathered *gathered);

/* All runs; *n becomes their number.  Valid until BisParallelBuildEnd. */
extern BisRun *BisParallelBuildRuns(BisParallelBuild *build, int *n);

/* Delete the files, and leave parallel mode. */
extern void BisParallelBuildEnd(BisParallelBuild *build);

/* A worker's main function, which PostgreSQL looks up by its name. */
extern PGDLLEXPORT void BisParallelBuildWorker(dsm_segment *seg,
											   shm_toc *toc);

#endif							/* BIS_PARALLEL_H */
