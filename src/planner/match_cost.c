/*
 * match_cost.c
 *	  What the planner is told that matching a row costs.
 *
 * The cost that a function states is that of a tsvector in the row.  Most
 * articles' are too long for that: then their chunks are looked up in the
 * TOAST table, for each row that is matched.  To the planner a row that a
 * bitmap finds is a page to be read from anywhere, for that is how it counts;
 * so is a tsvector that is fetched, here, or the two would not compare.
 * (Cached, both take a few microseconds.)
 *
 * Which part of the tsvectors is out of the row, ANALYZE does not say, but
 * it keeps how wide the column is, where a value out of the row is as wide as
 * the pointer to it, and how many of the most common lexemes an article has,
 * which is the sum of their fractions.  Values cannot be narrower than these
 * lexemes; so far as the column is, they are elsewhere.
 *
 * On the other hand core charges a bitmap scan for matching again whatever it
 * finds.  Rows that a bisearch index found are not, while the bitmap fits
 * into memory; that is taken off again, and scans that core dropped because of
 * it are added.
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

/* the width that a row has of a value elsewhere: a varattrib_1b_e */
#define POINTER_WIDTH		18

/* bytes of a lexeme in a tsvector: at least, and commonly with positions */
#define LEAST_WIDTH			8
#define COMMON_WIDTH		16

/*
 * finding a value's chunks and putting them together, in cpu_operator_cost;
 * bench/COSTS.md has the figure
 */
#define LOOKUP_OPERATIONS	300

/*
 * The relation whose column vector is, or NULL if it is anything else, or a
 * column of what keeps no rows here.
 */
static RelOptInfo *
find_relation(PlannerInfo *root, const Var *vector)
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
 * How many of the lexemes that ANALYZE kept a row has; of the fractions the last
 * two are the least and the greatest.  0 if it kept none.
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

/* The mean cost of a row with this many lexemes and of this width. */
static Cost
fetch_cost(const RelOptInfo *relation, double lexemes, double width)
{
	double		least = lexemes * LEAST_WIDTH - POINTER_WIDTH;
	double		elsewhere;
	double		random_cost;
	double		next_cost;

	if (least <= 0 || width <= 0)
		return 0;
	elsewhere = BisProbability(1 - (width - POINTER_WIDTH) / least);
	get_tablespace_page_costs(relation->reltablespace, &random_cost,
							  &next_cost);
	return elsewhere * (random_cost + LOOKUP_OPERATIONS * cpu_operator_cost +
						lexemes * COMMON_WIDTH / BLCKSZ * next_cost);
}

Cost
BisFetchCost(PlannerInfo *root, Node *vector, Oid function)
{
	VariableStatData variable;
	RelOptInfo *relation;
	Cost		cost = 0;

	while (IsA(vector, RelabelType))
		vector = (Node *) ((RelabelType *) vector)->arg;
	relation = find_relation(root, (Var *) vector);
	if (relation == NULL)
		return 0;
	examine_variable(root, vector, 0, &variable);
	if (HeapTupleIsValid(variable.statsTuple) &&
		statistic_proc_security_check(&variable, function))
	{
		Form_pg_statistic statistics =
			(Form_pg_statistic) GETSTRUCT(variable.statsTuple);

		cost = fetch_cost(relation, count_lexemes(variable.statsTuple),
						  statistics->stawidth) *
			(1 - BisProbability(statistics->stanullfrac));
	}
	ReleaseVariableStats(variable);
	return cost;
}

/*
 * What a row is charged for conditions of which the bitmap leaves none open;
 * 0 if there are others in an OR.
 */
static Cost
exact_cost(PlannerInfo *root, Path *bitmap)
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
			sum += exact_cost(root, lfirst(cell));
	}
	else if (IsA(bitmap, BitmapOrPath))
	{
		foreach(cell, ((BitmapOrPath *) bitmap)->bitmapquals)
		{
			Cost		cost = exact_cost(root, lfirst(cell));

			if (cost == 0)
				return 0;
			sum += cost;
		}
	}
	return sum;
}

/* Which part of a bitmap will have its rows one by one? */
static double
exact_selectivity(PlannerInfo *root, RelOptInfo *table, Path *bitmap)
{
	double		most = tbm_calculate_entries(work_mem * (Size) 1024);
	double		pages = compute_bitmap_pages(root, table, bitmap, 1, NULL,
											 NULL);

	/* past what fits, core expects half of that */
	return pages > most ? most / 2 / pages : 1;
}

/*
 * The bitmap scan is charged for rows that are matched again; how much?  Core
 * says what it costs, and what it would if conditions cost that much less.
 */
static Cost
undue_cost(PlannerInfo *root, RelOptInfo *table, BitmapHeapPath *scan)
{
	Cost		cost = exact_cost(root, scan->bitmapqual);
	Cost		charged = table->baserestrictcost.per_tuple;
	Path		with = scan->path;
	Path		without = scan->path;

	if (cost <= 0)
		return 0;
	cost *= exact_selectivity(root, table, scan->bitmapqual);
	cost_bitmap_heap_scan(&with, root, table, with.param_info,
						  scan->bitmapqual, 1);
	table->baserestrictcost.per_tuple -= cost;
	cost_bitmap_heap_scan(&without, root, table, without.param_info,
						  scan->bitmapqual, 1);
	table->baserestrictcost.per_tuple = charged;
	return with.total_cost - without.total_cost;
}

/*
 * Take those scans from *paths, which are in the order of their cost, that
 * cost less than they say, and give them with what they do cost.
 */
static List *
take_undue(PlannerInfo *root, RelOptInfo *table, List **paths)
{
	List	   *taken = NIL;
	ListCell   *cell;

	foreach(cell, *paths)
	{
		Path	   *path = lfirst(cell);
		Cost		cost;

		if (!IsA(path, BitmapHeapPath))
			continue;
		cost = undue_cost(root, table, (BitmapHeapPath *) path);
		if (cost <= 0)
			continue;
		path->total_cost -= cost;
		taken = lappend(taken, path);
		*paths = foreach_delete_current(*paths, cell);
	}
	return taken;
}

/*
 * The bitmap scan by one index, with what it does cost; NULL if none of the
 * table's conditions is the index's.
 */
static Path *
make_scan(PlannerInfo *root, RelOptInfo *table, IndexOptInfo *index)
{
	List	   *clauses = NIL;
	ListCell   *cell;
	IndexPath  *scan;
	BitmapHeapPath *path;

	foreach(cell, table->baserestrictinfo)
	{
		RestrictInfo *condition = BisMatchCondition(root, lfirst(cell), index);

		if (condition != NULL)
			clauses = lappend(clauses, BisIndexClause(condition));
	}
	if (clauses == NIL)
		return NULL;
	scan = create_index_path(root, index, clauses, NIL, NIL, NIL,
							 ForwardScanDirection, false, NULL, 1, false);
	path = create_bitmap_heap_path(root, table, (Path *) scan, NULL, 1, 0);
	path->path.total_cost -= undue_cost(root, table, path);
	return &path->path;
}

/*
 * Add the bitmap scans that core has dropped: of a search that nearly all rows
 * match, or an array of many, matching again seemed to cost as much as
 * matching each row.
 */
static void
add_dropped(PlannerInfo *root, RelOptInfo *table)
{
	RangeTblEntry *entry = planner_rt_fetch(table->relid, root);
	ListCell   *cell;

	/* where core makes none */
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
		path = make_scan(root, table, index);
		if (path != NULL)
			add_path(table, path);
	}
}

void
BisExactPaths(PlannerInfo *root, RelOptInfo *table)
{
	List	   *taken;
	ListCell   *cell;

	if (table->indexlist == NIL || table->rtekind != RTE_RELATION)
		return;
	taken = take_undue(root, table, &table->pathlist);
	foreach(cell, taken)
		add_path(table, lfirst(cell));
	if (taken == NIL)
		add_dropped(root, table);
	taken = take_undue(root, table, &table->partial_pathlist);
	foreach(cell, taken)
		add_partial_path(table, lfirst(cell));
}
