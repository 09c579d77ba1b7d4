/*
 * runs.h
 *	  Gathering a table's articles in runs for CREATE INDEX.
 */
#ifndef BIS_RUNS_H
#define BIS_RUNS_H

#include "access/tableam.h"
#include "nodes/execnodes.h"

#include "index/build/accumulate.h"

/* runs are not part of an index, but have a generation as all segments do */
#define BIS_RUN_GENERATION 1

/* articles being gathered by one process */
typedef struct BisRuns
{
	MemoryContext scratch;		/* reset after each article */
	BisColumnTypes *types;		/* of the index; NULL: it has no columns */
	BisAccumulator *accumulator;
	Size		memory;			/* bytes that the accumulator may use */
	BisStore	store;			/* all runs are in its file */
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
 * Prepare to gather articles for index with this many kB of memory, in the current memory
 * context.  The caller may then set store.file; otherwise the first run
 * creates a temporary file.
 */
extern void BisRunsBegin(BisRuns *runs, Relation index, int kilobytes);

/*
 * Gather the table's articles; or, if scan is not NULL, this process's part
 * of that parallel scan, which is ended.  The articles gathered last are
 * still in memory afterwards.  Reports progress unless in a worker.
 */
extern BisGathered BisRunsScan(BisRuns *runs, Relation heap, Relation index,
							   struct IndexInfo *info, TableScanDesc scan);

/* Write the articles in memory as a run, if there are any. */
extern void BisRunsWrite(BisRuns *runs);

/* a run, and where it is */
typedef struct BisRun
{
	const BisStore *store;
	BisSegmentEntry entry;
} BisRun;

/*
 * All runs, after what is in memory was written too; *n becomes their number.
 * They refer to runs->store.
 */
extern BisRun *BisRunsAll(BisRuns *runs, int *n);

/*
 * Merge n runs, of an index with these columns (NULL: none), into one segment
 * with this many kB of memory; if that is too
 * little to merge them all at once, in several passes over temporary files.
 * Articles are ordered by their rows' heap blocks.  The array of runs is
 * overwritten.  Returns false if there are no articles.
 */
extern bool BisRunsMerge(BisRun *runs, int n, const BisColumnTypes *types,
						 int kilobytes, BisStore *store, uint64 generation,
						 BisSegmentEntry *entry);

/* Close the file. */
extern void BisRunsEnd(BisRuns *runs);

#endif							/* BIS_RUNS_H */
