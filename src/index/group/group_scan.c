/*
 * group_scan.c
 *	  The executor node that counts groups with an index; group.h describes
 *	  its plan.
 *
 * The groups are all kept in memory, however many they turn out to be: the
 * planner uses the node only if it expects that they fit.
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
#include "index/count/search_keys.h"
#include "index/group/group.h"
#include "index/group/group_table.h"

typedef struct GroupsState
{
	CustomScanState css;
	Relation	index;			/* NULL in EXPLAIN without ANALYZE */
	BisCountVisible *count;
	BisSearchKeys *keys;
	int			nfilters;
	BisSearchKeys **filters;
	int			ncounts;
	BisGroupCount *counts;
	ExprContext *step_context;	/* for the keys' steps */
	MemoryContext context;		/* of the table; reset by a rescan */
	BisGroupTable *table;		/* NULL: not counted yet */
	uint32		next;			/* group to be returned */
	int64		visits;			/* heap fetches of all scans */
} GroupsState;

static void begin_groups(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *exec_groups(CustomScanState *node);
static void end_groups(CustomScanState *node);
static void rescan_groups(CustomScanState *node);
static void explain_groups(CustomScanState *node, List *ancestors,
						   ExplainState *es);
static Node *create_state(CustomScan *scan);

static const CustomExecMethods exec_methods = {
	.CustomName = BIS_GROUPS_NAME,
	.BeginCustomScan = begin_groups,
	.ExecCustomScan = exec_groups,
	.EndCustomScan = end_groups,
	.ReScanCustomScan = rescan_groups,
	.ExplainCustomScan = explain_groups
};

const CustomScanMethods BisGroupScanMethods = {
	.CustomName = BIS_GROUPS_NAME,
	.CreateCustomScanState = create_state
};

static Node *
create_state(CustomScan *scan pg_attribute_unused())
{
	GroupsState *state = palloc0_object(GroupsState);

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

/* One of the plan's private lists. */
static List *
private_list(const GroupsState *state, BisGroupsPrivate which)
{
	const CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	return list_nth(scan->custom_private, which);
}

/* One of its three lists of expressions. */
static List *
expressions(const GroupsState *state, int which)
{
	const CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	return list_nth(scan->custom_exprs, which);
}

/* Prepare the conditions, filters and counts. */
static void
init_searches(GroupsState *state)
{
	PlanState  *parent = &state->css.ss.ps;
	List	   *filters = expressions(state, 1);
	List	   *columns = private_list(state, BIS_GROUPS_FILTERS);
	List	   *counts = private_list(state, BIS_GROUPS_COUNTS);

	state->keys = BisSearchKeysInit(state->index, expressions(state, 0),
									private_list(state, BIS_GROUPS_COLUMNS),
									parent);
	state->nfilters = list_length(filters);
	state->filters = palloc_array(BisSearchKeys *, Max(state->nfilters, 1));
	for (int i = 0; i < state->nfilters; i++)
		state->filters[i] = BisSearchKeysInit(state->index,
											  list_nth(filters, i),
											  list_nth(columns, i), parent);
	state->ncounts = list_length(counts);
	state->counts = palloc_array(BisGroupCount, Max(state->ncounts, 1));
	for (int i = 0; i < state->ncounts; i++)
	{
		int			column =
			list_nth_int(private_list(state, BIS_GROUPS_COUNTED), i);

		state->counts[i].filter = list_nth_int(counts, i);
		/* the first column is not among the stored ones */
		state->counts[i].column = column < 0 ? -1 : column - 1;
	}
}

static void
begin_groups(CustomScanState *node, EState *estate, int eflags)
{
	GroupsState *state = (GroupsState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Relation	heap = node->ss.ss_currentRelation;
	Oid			index = linitial_oid(private_list(state, BIS_GROUPS_INDEX));

	/* there is no current row, which WHERE CURRENT OF must be told */
	node->ss.ss_currentRelation = NULL;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state->index = index_open(index, exec_rt_fetch(scan->scan.scanrelid,
												   estate)->rellockmode);
	init_searches(state);
	state->step_context = CreateExprContext(estate);
	state->context = AllocSetContextCreate(CurrentMemoryContext,
										   "bisearch groups",
										   ALLOCSET_DEFAULT_SIZES);
	state->count = BisCountVisibleBegin(heap, state->index,
										estate->es_snapshot);
}

/* Make the keys, as of now. */
static BisGroupKey **
make_keys(GroupsState *state, const BisColumnTypes *types)
{
	List	   *steps = expressions(state, 2);
	BisGroupKey **keys = palloc_array(BisGroupKey *,
									  Max(list_length(steps), 1));

	for (int i = 0; i < list_length(steps); i++)
	{
		void	   *zone = list_nth(private_list(state, BIS_GROUPS_ZONES), i);
		BisGroupKeyInfo info = {
			.types = types,
			.column = list_nth_int(private_list(state, BIS_GROUPS_KEYS),
								   i) - 1,
			.step = list_nth(steps, i),
			.day = list_nth_int(private_list(state, BIS_GROUPS_DAYS), i),
			.zone = zone == NULL ? NULL : strVal(zone),
			.least_days =
				list_nth_int(private_list(state, BIS_GROUPS_LEAST_DAYS), i),
			.equal = list_nth_oid(private_list(state, BIS_GROUPS_EQUAL), i),
			.collation =
				list_nth_oid(private_list(state, BIS_GROUPS_COLLATIONS), i)
		};

		keys[i] = BisGroupKeyMake(&info, &state->css.ss.ps,
								  state->step_context);
	}
	return keys;
}

/* Make the filters' searches; NULL for one that finds nothing. */
static const BisSearch **
make_filters(GroupsState *state)
{
	const BisSearch **filters = palloc0_array(const BisSearch *,
											  Max(state->nfilters, 1));

	for (int i = 0; i < state->nfilters; i++)
	{
		BisSearchKeys *keys = state->filters[i];
		BisSearch  *search;

		if (!BisSearchKeysEvaluate(keys, state->css.ss.ps.ps_ExprContext))
			continue;
		search = palloc_object(BisSearch);
		BisSearchMake(state->index, keys->keys, keys->n, search);
		filters[i] = search;
	}
	return filters;
}

/* Count all groups. */
static void
count_groups(GroupsState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	BisColumnTypes *types = BisColumnTypesOf(state->index);
	BisGroupKey **keys = make_keys(state, types);
	const BisSearch **filters = make_filters(state);
	BisGroupTable *table =
		BisGroupTableMake(types, keys, list_length(expressions(state, 2)),
						  state->counts, state->ncounts, filters,
						  state->nfilters);

	if (BisSearchKeysEvaluate(state->keys, state->css.ss.ps.ps_ExprContext))
		(void) BisCountVisibleRows(state->count, state->keys->keys,
								   state->keys->n,
								   BisGroupTableVisitor(table),
								   &state->visits);
	state->table = table;
	state->next = 0;
	MemoryContextSwitchTo(caller);
}

/* Store the next group in the scan's slot. */
static void
store_group(GroupsState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true,
		   slot->tts_tupleDescriptor->natts * sizeof(bool));
	BisGroupTableGet(state->table, state->next++, slot->tts_values,
					 slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
}

static TupleTableSlot *
exec_groups(CustomScanState *node)
{
	GroupsState *state = (GroupsState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	if (state->table == NULL)
		count_groups(state);
	while (state->next < BisGroupTableSize(state->table))
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		store_group(state);
		econtext->ecxt_scantuple = node->ss.ss_ScanTupleSlot;
		if (!ExecQual(node->ss.ps.qual, econtext))
			InstrCountFiltered1(node, 1);
		else if (node->ss.ps.ps_ProjInfo == NULL)
			return node->ss.ss_ScanTupleSlot;
		else
			return ExecProject(node->ss.ps.ps_ProjInfo);
	}
	return NULL;
}

static void
end_groups(CustomScanState *node)
{
	GroupsState *state = (GroupsState *) node;

	if (state->index == NULL)
		return;
	BisCountVisibleEnd(state->count);
	index_close(state->index, NoLock);
}

static void
rescan_groups(CustomScanState *node)
{
	GroupsState *state = (GroupsState *) node;

	/* the slot may refer to the table */
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	state->table = NULL;
	if (state->context != NULL)
		MemoryContextReset(state->context);
}

/* The keys, as the query has them. */
static List *
deparse_keys(const GroupsState *state, List *context, bool prefix)
{
	const CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	int			n = list_length(private_list(state, BIS_GROUPS_KEYS));
	List	   *keys = NIL;

	for (int i = 0; i < n; i++)
	{
		const TargetEntry *entry = list_nth(scan->custom_scan_tlist, i);

		keys = lappend(keys, deparse_expression((Node *) entry->expr, context,
												prefix, true));
	}
	return keys;
}

static void
explain_groups(CustomScanState *node, List *ancestors, ExplainState *es)
{
	GroupsState *state = (GroupsState *) node;
	Oid			index = linitial_oid(private_list(state, BIS_GROUPS_INDEX));
	Expr	   *conditions = make_ands_explicit(expressions(state, 0));
	List	   *context = set_deparse_context_plan(es->deparse_cxt,
												   node->ss.ps.plan,
												   ancestors);
	bool		prefix = BiExplainedRelations(es) > 1 || es->verbose;
	List	   *keys = deparse_keys(state, context, prefix);

	ExplainPropertyText("Index Name", get_rel_name(index), es);
	if (expressions(state, 0) != NIL)
		ExplainPropertyText("Index Cond",
							deparse_expression((Node *) conditions, context,
											   prefix, false), es);
	if (keys != NIL)
		ExplainPropertyList("Group Key", keys, es);
	if (es->analyze)
		ExplainPropertyInteger("Heap Fetches", NULL, state->visits, es);
}
