/*
 * bisearch.c
 *	  The extension's module magic, settings and hooks.
 *
 * Nobody needs to preload the library for these: it is loaded at the latest
 * when the planner opens an index of ours, which is before it plans what the
 * hook adds to.
 */
#include "postgres.h"

#include "fmgr.h"
#include "optimizer/planner.h"
#include "utils/guc.h"

#include "index/count.h"

PG_MODULE_MAGIC;

/* what was hooked before us */
static create_upper_paths_hook_type next_upper_paths_hook = NULL;

extern PGDLLEXPORT void _PG_init(void);

static void
add_upper_paths(PlannerInfo *root, UpperRelationKind stage,
				RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (next_upper_paths_hook != NULL)
		next_upper_paths_hook(root, stage, input, output, extra);
	BisCountPaths(root, stage, input, output);
}

void
_PG_init(void)
{
	DefineCustomBoolVariable("bisearch.enable_count",
							 "Enables the planner's counting of articles by bisearch indexes alone.",
							 NULL, &BisEnableCount, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	RegisterCustomScanMethods(&BisCountScanMethods);
	next_upper_paths_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_upper_paths;
}
