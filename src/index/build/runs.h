/*
 * runs.h
 *	  A table's articles, gathered in runs for CREATE INDEX.
 */
#ifndef BIS_RUNS_H
#define BIS_RUNS_H

#include "access/tableam.h"
#include "nodes/execnodes.h"

#include "index/build/accumulate.h"

/* runs are no part of an index, but segments have a generation */
#define BIS_RUN_GENERATION 1

/* articles being gathered by one process */
typedef struct BisRuns
{
	MemoryContext scratch;		/* for one article */
	BisAccumulator *accumulator;
	Size		memory;			/* bytes that it may take */
	BisStore	store;			/* all runs are in one file */
	BisSegmentEntry *entries;
	int			nruns;
	int			maxruns;
	double		articles;
} BisRuns;

/* what was gathered */
typedef struct BisGathered
{
	double		rows;
	double		articles;		/* rows whose tsvector is not NULL */
} BisGathered;

/*
 * Begin to gather with so many kB of memory, in the current memory context.
 * The caller may then set store.file; if not, the first run makes a temporary
 * file.
 */
extern void BisRunsBegin(BisRuns *runs, int kilobytes);

/*
 * Gather the table's articles, or this process's share of a parallel scan if
 * that is not NULL, which it ends.  What was gathered last is still in memory
 * afterwards.  Shows the progress unless in a worker.
 */
extern BisGathered BisRunsScan(BisRuns *runs, Relation heap, Relation index,
							   struct IndexInfo *info, TableScanDesc scan);

/* Write what is in memory as a run, if there is anything. */
extern void BisRunsWrite(BisRuns *runs);

/* a run, and where it is */
typedef struct BisRun
{
	const BisStore *store;
	BisSegmentEntry entry;
} BisRun;

/*
 * All runs, what is in memory among them; *n becomes their number.  They
 * refer to runs->store.
 */
extern BisRun *BisRunsAll(BisRuns *runs, int *n);

/*
 * Merge n runs into one segment with so many kB of memory, in temporary files
 * first if they are too many to be merged at once.  Articles come in the
 * order of their rows' blocks.  The runs are overwritten.  Returns false if
 * there is none.
 */
extern bool BisRunsMerge(BisRun *runs, int n, int kilobytes, BisStore *store,
						 uint64 generation, BisSegmentEntry *entry);

/* Close the file. */
extern void BisRunsEnd(BisRuns *runs);

#endif							/* BIS_RUNS_H */
