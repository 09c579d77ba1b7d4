/*
 * bisearch.c
 *	  The extension's module magic, settings and hooks.
 *
 * The library need not be preloaded for these: it is loaded at the latest
 * when the planner opens one of our indexes, which is before it plans what
 * the hooks add or change.
 */
#include "postgres.h"

#include "fmgr.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "utils/guc.h"

#include "index/count/count.h"
#include "index/group/group.h"
#include "index/upkeep/merge_request.h"
#include "planner/match_cost.h"

PG_MODULE_MAGIC;

/* the hooks that were installed before ours */
static create_upper_paths_hook_type next_upper_paths_hook = NULL;
static set_rel_pathlist_hook_type next_paths_hook = NULL;

extern PGDLLEXPORT void _PG_init(void);

static void
add_upper_paths(PlannerInfo *root, UpperRelationKind stage,
				RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (next_upper_paths_hook != NULL)
		next_upper_paths_hook(root, stage, input, output, extra);
	BisCountPaths(root, stage, input, output);
	BisGroupPaths(root, stage, input, output);
}

static void
change_paths(PlannerInfo *root, RelOptInfo *table, Index number,
			 RangeTblEntry *entry)
{
	BisExactPaths(root, table);
	if (next_paths_hook != NULL)
		next_paths_hook(root, table, number, entry);
}

void
_PG_init(void)
{
	DefineCustomBoolVariable("bisearch.enable_count",
							 "Enables the planner's counting of articles by bisearch indexes alone.",
							 NULL, &BisEnableCount, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	DefineCustomBoolVariable("bisearch.enable_groups",
							 "Enables the planner's counting of groups of articles by bisearch indexes alone.",
							 NULL, &BisEnableGroups, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	DefineCustomIntVariable("bisearch.max_merge_workers",
							"Sets the maximum number of background workers that merge segments of bisearch indexes.",
							"Zero disables them: VACUUM merges then, and inserts where they must.",
							&BisMaxMergeWorkers, 2, 0, BIS_MERGE_WORKERS_LIMIT,
							PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("bisearch");
	RegisterCustomScanMethods(&BisCountScanMethods);
	RegisterCustomScanMethods(&BisGroupScanMethods);
	next_upper_paths_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_upper_paths;
	next_paths_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = change_paths;
}
