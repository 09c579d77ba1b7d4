/*
 * count_scan.c
 *	  The executor node that counts with an index; count.h describes its plan.
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "index/count/count.h"
#include "index/count/count_visible.h"

/* a condition: its operator, and the expression of its value or array */
typedef struct CountClause
{
	ScanKeyData key;			/* without argument */
	ExprState  *value;
} CountClause;

typedef struct CountState
{
	CustomScanState css;
	Relation	index;			/* NULL in EXPLAIN without ANALYZE */
	BisCountVisible *count;
	MemoryContext context;		/* reset after each count */
	int			nclauses;
	CountClause *clauses;
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

/* Prepare a condition on a column of the index, from 0. */
static void
init_clause(CountState *state, Expr *clause, int column,
			CountClause *condition)
{
	Oid			operator;
	List	   *args = BisCountClause(clause, &operator);
	int			strategy;
	Oid			left;
	Oid			right;

	get_op_opfamily_properties(operator, state->index->rd_opfamily[column],
							   false, &strategy, &left, &right);
	ScanKeyEntryInitialize(&condition->key,
						   IsA(clause, ScalarArrayOpExpr) ? SK_SEARCHARRAY : 0,
						   column + 1, strategy, right,
						   exprInputCollation((Node *) clause),
						   get_opcode(operator), (Datum) 0);
	condition->value = ExecInitExpr(lsecond(args), &state->css.ss.ps);
}

static void
begin_count(CustomScanState *node, EState *estate, int eflags)
{
	CountState *state = (CountState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Relation	heap = node->ss.ss_currentRelation;
	int			n = 0;
	ListCell   *cell;

	/* there is no current row, which WHERE CURRENT OF must be told */
	node->ss.ss_currentRelation = NULL;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state->index =
		index_open(linitial_oid(linitial(scan->custom_private)),
				   exec_rt_fetch(scan->scan.scanrelid, estate)->rellockmode);
	state->clauses = palloc_array(CountClause,
								  list_length(scan->custom_exprs));
	foreach(cell, scan->custom_exprs)
	{
		init_clause(state, lfirst(cell),
					list_nth_int(lsecond(scan->custom_private), n),
					&state->clauses[n]);
		n++;
	}
	state->nclauses = n;
	state->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch count's conditions",
										   ALLOCSET_DEFAULT_SIZES);
	state->count = BisCountVisibleBegin(heap, state->index,
										estate->es_snapshot);
}

List *
BisCountClause(const Expr *clause, Oid *operator)
{
	const OpExpr *op = (const OpExpr *) clause;
	const ScalarArrayOpExpr *any = (const ScalarArrayOpExpr *) clause;

	if (IsA(clause, ScalarArrayOpExpr))
	{
		*operator = any->opno;
		return any->args;
	}
	*operator = op->opno;
	return op->args;
}

/*
 * Evaluate the values and arrays.  Returns false if one is null, so that
 * nothing matches.
 */
static bool
evaluate_keys(CountState *state, ScanKey keys)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	for (int i = 0; i < state->nclauses; i++)
	{
		bool		isnull;

		keys[i] = state->clauses[i].key;
		keys[i].sk_argument =
			ExecEvalExprSwitchContext(state->clauses[i].value, econtext,
									  &isnull);
		if (isnull)
			return false;
	}
	return true;
}

static int64
count_visible_rows(CountState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	ScanKey		keys = palloc_array(ScanKeyData, state->nclauses);
	int64		rows = 0;

	if (evaluate_keys(state, keys))
		rows = BisCountVisibleRows(state->count, keys, state->nclauses,
								   &state->visits);
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
								   list_length(es->rtable) > 1 || es->verbose,
								   false);
	ExplainPropertyText("Index Name",
						get_rel_name(linitial_oid(linitial(scan->custom_private))),
						es);
	ExplainPropertyText("Index Cond", condition, es);
	if (es->analyze)
		ExplainPropertyInteger("Heap Fetches", NULL, state->visits, es);
}
