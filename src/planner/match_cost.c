/*
 * match_cost.c
 *	  Correcting what the planner assumes that matching a row costs.
 *
 * The declared cost of our functions is that of a tsvector in the row.  Most
 * articles' tsvectors are too long for that, so their chunks must be fetched
 * from the TOAST table for each row that is matched.  The planner charges a
 * random page read for a row that a bitmap finds, so we charge one for
 * fetching a tsvector too; otherwise the two would not be comparable.  (When
 * cached, both take a few microseconds.)
 *
 * ANALYZE does not record which fraction of the tsvectors is out of line.
 * But it records the column's average width, in which a value out of line
 * counts only as wide as its pointer, and the average number of most common
 * lexemes per article is the sum of their fractions.  A value cannot be
 * narrower than these lexemes; so far as the column is narrower, values are
 * out of line.
 *
 * On the other hand, core charges a bitmap scan for rechecking the condition
 * on all rows that it finds.  Rows that a bisearch index found are not
 * rechecked while the bitmap fits into memory.  That charge is taken off
 * again, and scans that core dropped because of it are added.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"

#include "index/page/our_index.h"
#include "index/count/count.h"
#include "planner/match_cost.h"
#include "planner/mcelem_estimate.h"

/* the width in the row of a value out of line: a varattrib_1b_e */
#define POINTER_WIDTH		18

/* bytes of a lexeme in a tsvector: at least, and typically with positions */
#define MIN_LEXEME_WIDTH			8
#define TYPICAL_LEXEME_WIDTH		16

/*
 * finding a value's chunks and assembling them, in units of
 * cpu_operator_cost, as measured in bench/COSTS.md
 */
#define LOOKUP_OPERATIONS	300

/*
 * The relation of which vector is a column; NULL if vector is anything else,
 * or if the relation does not store its rows in this database.
 */
static RelOptInfo *
find_vector_relation(PlannerInfo *root, const Var *vector)
{
	RelOptInfo *relation;
	char		kind;

	if (root == NULL || root->simple_rel_array == NULL ||
		!IsA(vector, Var) || vector->varlevelsup != 0 ||
		vector->vartype != TSVECTOROID || IS_SPECIAL_VARNO(vector->varno) ||
		(int) vector->varno >= root->simple_rel_array_size)
		return NULL;
	relation = root->simple_rel_array[vector->varno];
	if (relation == NULL || relation->rtekind != RTE_RELATION)
		return NULL;
	kind = planner_rt_fetch(vector->varno, root)->relkind;
	return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW ||
		kind == RELKIND_PARTITIONED_TABLE ? relation : NULL;
}

/*
 * The average number of ANALYZE's most common lexemes that a row has: the sum
 * of their fractions, of which the last two are only the minimum and the
 * maximum.  0 if ANALYZE kept none.
 */
static double
count_lexemes(HeapTuple statistics)
{
	AttStatsSlot slot;
	double		n = 0;

	if (!get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCELEM,
						  InvalidOid, ATTSTATSSLOT_NUMBERS))
		return 0;
	for (int i = 0; i < slot.nnumbers - 2; i++)
		n += BisProbability(slot.numbers[i]);
	free_attstatsslot(&slot);
	return n;
}

/* The mean fetch cost, for this many common lexemes and this column width. */
static Cost
toast_fetch_cost(const RelOptInfo *relation, double lexemes, double width)
{
	double		least = lexemes * MIN_LEXEME_WIDTH - POINTER_WIDTH;
	double		elsewhere;
	double		random_cost;
	double		sequential_cost;

	if (least <= 0 || width <= 0)
		return 0;
	elsewhere = BisProbability(1 - (width - POINTER_WIDTH) / least);
	get_tablespace_page_costs(relation->reltablespace, &random_cost,
							  &sequential_cost);
	return elsewhere * (random_cost + LOOKUP_OPERATIONS * cpu_operator_cost +
						lexemes * TYPICAL_LEXEME_WIDTH / BLCKSZ *
						sequential_cost);
}

Cost
BisFetchCost(PlannerInfo *root, Node *vector, Oid function)
{
	VariableStatData variable;
	RelOptInfo *relation;
	Cost		cost = 0;

	while (IsA(vector, RelabelType))
		vector = (Node *) ((RelabelType *) vector)->arg;
	relation = find_vector_relation(root, (Var *) vector);
	if (relation == NULL)
		return 0;
	examine_variable(root, vector, 0, &variable);
	if (HeapTupleIsValid(variable.statsTuple) &&
		statistic_proc_security_check(&variable, function))
	{
		Form_pg_statistic statistics =
			(Form_pg_statistic) GETSTRUCT(variable.statsTuple);

		cost = toast_fetch_cost(relation, count_lexemes(variable.statsTuple),
								statistics->stawidth) *
			(1 - BisProbability(statistics->stanullfrac));
	}
	ReleaseVariableStats(variable);
	return cost;
}

/*
 * The cost per row of the conditions that the bitmap satisfies exactly, so
 * that they need no recheck.  0 for an OR with a branch that is not exact.
 */
static Cost
exact_condition_cost(PlannerInfo *root, Path *bitmap)
{
	Cost		sum = 0;
	ListCell   *cell;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (IsA(bitmap, IndexPath))
	{
		IndexPath  *scan = (IndexPath *) bitmap;

		if (!BisIsOurIndexInfo(scan->indexinfo))
			return 0;
		foreach(cell, scan->indexclauses)
		{
			IndexClause *clause = lfirst_node(IndexClause, cell);
			QualCost	cost;

			if (clause->lossy)
				continue;
			cost_qual_eval_node(&cost, (Node *) clause->rinfo, root);
			sum += cost.per_tuple;
		}
	}
	else if (IsA(bitmap, BitmapAndPath))
	{
		foreach(cell, ((BitmapAndPath *) bitmap)->bitmapquals)
			sum += exact_condition_cost(root, lfirst(cell));
	}
	else if (IsA(bitmap, BitmapOrPath))
	{
		foreach(cell, ((BitmapOrPath *) bitmap)->bitmapquals)
		{
			Cost		cost = exact_condition_cost(root, lfirst(cell));

			if (cost == 0)
				return 0;
			sum += cost;
		}
	}
	return sum;
}

/* The fraction of a bitmap's pages that is not lossy. */
static double
exact_page_fraction(PlannerInfo *root, RelOptInfo *table, Path *bitmap)
{
	double		most = tbm_calculate_entries(work_mem * (Size) 1024);
	double		pages = compute_bitmap_pages(root, table, bitmap, 1, NULL,
											 NULL);

	/* if not all fit, core expects half of what fits to be exact */
	return pages > most ? most / 2 / pages : 1;
}

/*
 * How much a bitmap scan is charged for rechecks that do not happen: the
 * difference between core's cost of the scan, and its cost if conditions cost
 * that much less.
 */
static Cost
undue_recheck_cost(PlannerInfo *root, RelOptInfo *table, BitmapHeapPath *scan)
{
	Cost		cost = exact_condition_cost(root, scan->bitmapqual);
	Cost		charged = table->baserestrictcost.per_tuple;
	Path		with = scan->path;
	Path		without = scan->path;

	if (cost <= 0)
		return 0;
	cost *= exact_page_fraction(root, table, scan->bitmapqual);
	cost_bitmap_heap_scan(&with, root, table, with.param_info,
						  scan->bitmapqual, 1);
	table->baserestrictcost.per_tuple -= cost;
	cost_bitmap_heap_scan(&without, root, table, without.param_info,
						  scan->bitmapqual, 1);
	table->baserestrictcost.per_tuple = charged;
	return with.total_cost - without.total_cost;
}

/*
 * Remove from *paths, which are sorted by cost, those bitmap scans that are
 * charged too much; return them with their cost corrected.
 */
static List *
correct_scan_costs(PlannerInfo *root, RelOptInfo *table, List **paths)
{
	List	   *corrected = NIL;
	ListCell   *cell;

	foreach(cell, *paths)
	{
		Path	   *path = lfirst(cell);
		Cost		cost;

		if (!IsA(path, BitmapHeapPath))
			continue;
		cost = undue_recheck_cost(root, table, (BitmapHeapPath *) path);
		if (cost <= 0)
			continue;
		path->total_cost -= cost;
		corrected = lappend(corrected, path);
		*paths = foreach_delete_current(*paths, cell);
	}
	return corrected;
}

/*
 * A bitmap scan with the index, with its cost corrected; NULL if the index
 * cannot be searched for any of the table's conditions.
 */
static Path *
make_bitmap_scan(PlannerInfo *root, RelOptInfo *table, IndexOptInfo *index)
{
	List	   *clauses = BisMatchConditions(root, table, index, NULL);
	IndexPath  *scan;
	BitmapHeapPath *path;

	if (clauses == NIL)
		return NULL;
	scan = create_index_path(root, index, clauses, NIL, NIL, NIL,
							 ForwardScanDirection, false, NULL, 1, false);
	path = create_bitmap_heap_path(root, table, (Path *) scan, NULL, 1, 0);
	path->path.total_cost -= undue_recheck_cost(root, table, path);
	return &path->path;
}

/*
 * Add the bitmap scans that core has dropped: for a search that nearly all
 * rows match, or an array of many queries, rechecking seemed to cost as much
 * as matching every row of the table.
 */
static void
add_dropped_scans(PlannerInfo *root, RelOptInfo *table)
{
	RangeTblEntry *entry = planner_rt_fetch(table->relid, root);
	ListCell   *cell;

	/* not where core makes no bitmap scans either */
	if (entry->inh || entry->tablesample != NULL || IS_DUMMY_REL(table) ||
		table->lateral_relids != NULL)
		return;
	foreach(cell, table->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);
		Path	   *path;

		if (!BisIsOurIndexInfo(index) ||
			(index->indpred != NIL && !index->predOK))
			continue;
		path = make_bitmap_scan(root, table, index);
		if (path != NULL)
			add_path(table, path);
	}
}

void
BisExactPaths(PlannerInfo *root, RelOptInfo *table)
{
	List	   *corrected;
	ListCell   *cell;

	if (table->indexlist == NIL || table->rtekind != RTE_RELATION)
		return;
	corrected = correct_scan_costs(root, table, &table->pathlist);
	foreach(cell, corrected)
		add_path(table, lfirst(cell));
	if (corrected == NIL)
		add_dropped_scans(root, table);
	corrected = correct_scan_costs(root, table, &table->partial_pathlist);
	foreach(cell, corrected)
		add_partial_path(table, lfirst(cell));
}
