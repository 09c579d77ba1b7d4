/*
 * count_scan.c
 *	  The executor node that counts with an index; count.h describes its plan.
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "index/count/count.h"
#include "index/count/count_visible.h"
#include "index/count/search_keys.h"

typedef struct CountState
{
	CustomScanState css;
	Relation	index;			/* NULL in EXPLAIN without ANALYZE */
	BisCountVisible *count;
	MemoryContext context;		/* reset after each count */
	BisSearchKeys *keys;
	bool		done;
	int64		visits;			/* heap fetches of all counts */
} CountState;

static void begin_count(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *exec_count(CustomScanState *node);
static void end_count(CustomScanState *node);
static void rescan_count(CustomScanState *node);
static void explain_count(CustomScanState *node, List *ancestors,
						  ExplainState *es);
static Node *create_state(CustomScan *scan);

static const CustomExecMethods exec_methods = {
	.CustomName = BIS_COUNT_NAME,
	.BeginCustomScan = begin_count,
	.ExecCustomScan = exec_count,
	.EndCustomScan = end_count,
	.ReScanCustomScan = rescan_count,
	.ExplainCustomScan = explain_count
};

const CustomScanMethods BisCountScanMethods = {
	.CustomName = BIS_COUNT_NAME,
	.CreateCustomScanState = create_state
};

static Node *
create_state(CustomScan *scan pg_attribute_unused())
{
	CountState *state = palloc0_object(CountState);

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

static void
begin_count(CustomScanState *node, EState *estate, int eflags)
{
	CountState *state = (CountState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Relation	heap = node->ss.ss_currentRelation;

	/* there is no current row, which WHERE CURRENT OF must be told */
	node->ss.ss_currentRelation = NULL;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state->index =
		index_open(linitial_oid(linitial(scan->custom_private)),
				   exec_rt_fetch(scan->scan.scanrelid, estate)->rellockmode);
	state->keys = BisSearchKeysInit(state->index, scan->custom_exprs,
									lsecond(scan->custom_private),
									&node->ss.ps);
	state->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch count's conditions",
										   ALLOCSET_DEFAULT_SIZES);
	state->count = BisCountVisibleBegin(heap, state->index,
										estate->es_snapshot);
}

static int64
count_visible_rows(CountState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	int64		rows = 0;

	if (BisSearchKeysEvaluate(state->keys, state->css.ss.ps.ps_ExprContext))
		rows = BisCountVisibleRows(state->count, state->keys->keys,
								   state->keys->n, NULL, &state->visits);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->context);
	return rows;
}

static TupleTableSlot *
exec_count(CustomScanState *node)
{
	CountState *state = (CountState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (state->done)
		return NULL;
	state->done = true;

	ResetExprContext(econtext);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true,
		   slot->tts_tupleDescriptor->natts * sizeof(bool));
	slot->tts_values[0] = Int64GetDatum(count_visible_rows(state));
	slot->tts_isnull[0] = false;
	ExecStoreVirtualTuple(slot);
	if (node->ss.ps.ps_ProjInfo == NULL)
		return slot;
	econtext->ecxt_scantuple = slot;
	return ExecProject(node->ss.ps.ps_ProjInfo);
}

static void
end_count(CustomScanState *node)
{
	CountState *state = (CountState *) node;

	if (state->index == NULL)
		return;
	BisCountVisibleEnd(state->count);
	index_close(state->index, NoLock);
}

static void
rescan_count(CustomScanState *node)
{
	((CountState *) node)->done = false;
}

static void
explain_count(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CountState *state = (CountState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt,
												   node->ss.ps.plan,
												   ancestors);
	char	   *condition;

	condition = deparse_expression((Node *)
								   make_ands_explicit(scan->custom_exprs),
								   context,
								   BiExplainedRelations(es) > 1 || es->verbose,
								   false);
	ExplainPropertyText("Index Name",
						get_rel_name(linitial_oid(linitial(scan->custom_private))),
						es);
	ExplainPropertyText("Index Cond", condition, es);
	if (es->analyze)
		ExplainPropertyInteger("Heap Fetches", NULL, state->visits, es);
}
