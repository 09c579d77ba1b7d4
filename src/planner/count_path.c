/*
 * count_path.c
 *	  Deciding whether a query can be answered by counting with an index, and
 *	  what that costs.
 *
 * This is possible for SELECT count(*) of one plain table if each of its
 * conditions is an operator between an indexed expression and a query:
 * nothing else may affect which rows are counted.  A row policy or security
 * barrier may, so there is no such path for a table that has one.
 */
#include "postgres.h"

#include <math.h>

#include "access/amapi.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/spccache.h"

#include "index/page/our_index.h"
#include "index/count/count.h"

/*
 * Below these limits a counting path is not certain to be chosen: a smaller
 * table may be read as a whole instead, and if fewer pages are all-visible,
 * fetching the rows found costs about as much as counting them.
 */
#define MIN_PAGES 100
#define MIN_VISIBLE_FRACTION 0.5

bool		BisEnableCount = true;

static Plan *make_count_plan(PlannerInfo *root, RelOptInfo *rel,
							 CustomPath *path, List *tlist, List *clauses,
							 List *plans);

static const CustomPathMethods path_methods = {
	.CustomName = BIS_COUNT_NAME,
	.PlanCustomPath = make_count_plan
};

/* Is the aggregate a plain count(*), without FILTER and the like? */
static bool
is_count_star(const Aggref *aggregate)
{
	return aggregate->aggfnoid == F_COUNT_ && aggregate->aggstar &&
		aggregate->agglevelsup == 0 && aggregate->aggfilter == NULL &&
		aggregate->aggdistinct == NIL && aggregate->aggorder == NIL &&
		aggregate->aggsplit == AGGSPLIT_SIMPLE;
}

/* Do the expressions use count(*), and nothing else of the rows? */
static bool
asks_only_for_count(List *expressions)
{
	List	   *parts = pull_var_clause((Node *) expressions,
										PVC_INCLUDE_AGGREGATES |
										PVC_INCLUDE_WINDOWFUNCS |
										PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, parts)
	{
		if (!IsA(lfirst(cell), Aggref) || !is_count_star(lfirst(cell)))
			return false;
	}
	return parts != NIL;
}

bool
BisIsPlainQuery(PlannerInfo *root, RelOptInfo *input)
{
	const Query *parse = root->parse;
	const RangeTblEntry *table;

	if (parse->groupingSets != NIL ||
		parse->rowMarks != NIL || root->rowMarks != NIL ||
		parse->hasTargetSRFs || parse->commandType != CMD_SELECT ||
		input->reloptkind != RELOPT_BASEREL ||
		input->rtekind != RTE_RELATION || IS_DUMMY_REL(input))
		return false;
	table = planner_rt_fetch(input->relid, root);
	return !table->inh && table->tablesample == NULL &&
		(table->relkind == RELKIND_RELATION ||
		 table->relkind == RELKIND_MATVIEW) &&
		table->securityQuals == NIL && !table->security_barrier;
}

/* Is the query, leaving its conditions aside, one that can be counted? */
static bool
is_simple_query(PlannerInfo *root, RelOptInfo *input)
{
	const Query *parse = root->parse;

	return BisEnableCount && parse->hasAggs && parse->groupClause == NIL &&
		parse->havingQual == NULL && BisIsPlainQuery(root, input) &&
		asks_only_for_count(parse->targetList);
}

/* Is the clause a binary operator, or one with ANY of an array? */
static bool
is_single_operator(const Expr *clause)
{
	return (IsA(clause, OpExpr) &&
			list_length(((const OpExpr *) clause)->args) == 2) ||
		(IsA(clause, ScalarArrayOpExpr) &&
		 ((const ScalarArrayOpExpr *) clause)->useOr);
}

bool
BisCountIsAsked(PlannerInfo *root, RelOptInfo *table)
{
	if (table->pages < MIN_PAGES || table->allvisfrac < MIN_VISIBLE_FRACTION)
		return false;
	/* an OR, for instance, is estimated by operand, but cannot be counted */
	return list_length(table->baserestrictinfo) == 1 &&
		is_single_operator(linitial_node(RestrictInfo,
										 table->baserestrictinfo)->clause) &&
		is_simple_query(root, table);
}

/* The same for one column of the index. */
static RestrictInfo *
match_column(PlannerInfo *root, RestrictInfo *condition, IndexOptInfo *index,
			 int column)
{
	Oid			operator;
	List	   *args = BisCountClause(condition->clause, &operator);

	if (!match_index_to_operand(linitial(args), column, index))
	{
		operator = get_commutator(operator);
		if (!IsA(condition->clause, OpExpr) || !OidIsValid(operator) ||
			!match_index_to_operand(lsecond(args), column, index))
			return NULL;
		condition = commute_restrictinfo(condition, operator);
		args = BisCountClause(condition->clause, &operator);
	}
	if (!op_in_opfamily(operator, index->opfamily[column]) ||
		!is_pseudo_constant_for_index(root, lsecond(args), index))
		return NULL;
	return condition;
}

/*
 * The condition as an operator again, if it is a Boolean column or its NOT,
 * as the planner writes "column = true" and "column = false".
 */
static RestrictInfo *
boolean_operator(PlannerInfo *root, RestrictInfo *condition)
{
	Node	   *column = (Node *) condition->clause;
	bool		wanted = !is_notclause(column);
	Expr	   *clause;

	if (!wanted)
		column = (Node *) get_notclausearg(column);
	if (!IsA(column, Var))
		return condition;
	clause = make_opclause(BooleanEqualOperator, BOOLOID, false,
						   (Expr *) column,
						   (Expr *) makeBoolConst(wanted, false),
						   InvalidOid, InvalidOid);
	return make_simple_restrictinfo(root, clause);
}

IndexClause *
BisMatchCondition(PlannerInfo *root, RestrictInfo *condition,
				  IndexOptInfo *index)
{
	RestrictInfo *original = condition;

	if (condition->security_level > 0 || condition->pseudoconstant)
		return NULL;
	condition = boolean_operator(root, condition);
	if (!is_single_operator(condition->clause))
		return NULL;
	for (int column = 0; column < index->nkeycolumns; column++)
	{
		RestrictInfo *matched = match_column(root, condition, index, column);
		IndexClause *clause;

		if (matched == NULL)
			continue;
		clause = makeNode(IndexClause);
		clause->rinfo = original;
		clause->indexquals = list_make1(matched);
		clause->indexcol = column;
		return clause;
	}
	return NULL;
}

bool
BisIsImpliedByPredicate(const RestrictInfo *condition,
						const IndexOptInfo *index)
{
	return index->indpred != NIL && condition->security_level == 0 &&
		!contain_mutable_functions((Node *) condition->clause) &&
		predicate_implied_by(list_make1(condition->clause), index->indpred,
							 false);
}

static int
compare_columns(const ListCell *a, const ListCell *b)
{
	return lfirst_node(IndexClause, a)->indexcol -
		lfirst_node(IndexClause, b)->indexcol;
}

void
BisSortByColumn(List *clauses)
{
	list_sort(clauses, compare_columns);
}

List *
BisMatchConditions(PlannerInfo *root, RelOptInfo *table, IndexOptInfo *index,
				   List **rest)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	foreach(cell, table->baserestrictinfo)
	{
		IndexClause *clause = BisMatchCondition(root, lfirst(cell), index);

		if (clause != NULL)
			clauses = lappend(clauses, clause);
		else if (rest != NULL)
			*rest = lappend(*rest, lfirst(cell));
	}
	BisSortByColumn(clauses);
	if (clauses == NIL || linitial_node(IndexClause, clauses)->indexcol > 0)
		return NIL;
	return clauses;
}

/*
 * The query's conditions as index clauses, by column; NIL unless the index
 * finds exactly the rows that satisfy all of them.
 */
static List *
match_all_conditions(PlannerInfo *root, RelOptInfo *table,
					 IndexOptInfo *index)
{
	List	   *rest = NIL;
	List	   *clauses;
	ListCell   *cell;

	if (!BisIsOurIndexInfo(index) || index->hypothetical ||
		(index->indpred != NIL && !index->predOK))
		return NIL;
	clauses = BisMatchConditions(root, table, index, &rest);
	foreach(cell, rest)
	{
		if (!BisIsImpliedByPredicate(lfirst(cell), index))
			return NIL;
	}
	return clauses;
}

Cost
BisVisibleCost(PlannerInfo *root, RelOptInfo *table,
			   const IndexOptInfo *index, double hits)
{
	double		hidden = 1 - table->allvisfrac;
	double		pages;
	double		page_cost;
	double		random_cost;
	double		sequential_cost;

	get_tablespace_page_costs(table->reltablespace, &random_cost,
							  &sequential_cost);
	pages = index_pages_fetched(hits, table->pages, (double) index->pages,
								root);
	/* as cost_bitmap_heap_scan: the more pages, the more sequential reads */
	page_cost = random_cost - (random_cost - sequential_cost) *
		sqrt(Min(pages / Max(table->pages, 1), 1));
	return hits * cpu_operator_cost + ceil(pages * hidden) * page_cost +
		hits * hidden * cpu_tuple_cost;
}

/* Set the path's cost: searching the index, and counting what is visible. */
static void
set_count_cost(PlannerInfo *root, Path *path, RelOptInfo *table,
			   IndexOptInfo *index, List *clauses)
{
	IndexPath  *scan = create_index_path(root, index, clauses, NIL, NIL, NIL,
										 ForwardScanDirection, true, NULL,
										 1, false);
	PathTarget *target = path->pathtarget;
	double		hits = clamp_row_est(scan->indexselectivity * table->tuples);

	path->rows = 1;
	path->startup_cost = scan->indextotalcost +
		BisVisibleCost(root, table, index, hits) + target->cost.startup;
	path->total_cost = path->startup_cost + target->cost.per_tuple;
}

/* Make the path that counts with the index. */
static Path *
make_count_path(PlannerInfo *root, RelOptInfo *table, RelOptInfo *output,
				IndexOptInfo *index, List *clauses)
{
	CustomPath *path = makeNode(CustomPath);
	List	   *conditions = NIL;
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, clauses)
	{
		const IndexClause *clause = lfirst_node(IndexClause, cell);

		conditions = lappend(conditions,
							 linitial_node(RestrictInfo,
										   clause->indexquals)->clause);
		columns = lappend_int(columns, clause->indexcol);
	}
	path->path.pathtype = T_CustomScan;
	path->path.parent = output;
	path->path.pathtarget = output->reltarget;
	/* each process would count all rows, so only one may run it */
	path->path.parallel_safe = false;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	/* the plan's, the conditions with the indexed operand first, the table */
	path->custom_private =
		list_make3(list_make2(list_make1_oid(index->indexoid), columns),
				   conditions, makeInteger(table->relid));
	path->methods = &path_methods;
	set_count_cost(root, &path->path, table, index, clauses);
	return &path->path;
}

void
BisCountPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
			  RelOptInfo *output)
{
	ListCell   *cell;

	if (stage != UPPERREL_GROUP_AGG || input->indexlist == NIL ||
		!is_simple_query(root, input))
		return;
	foreach(cell, input->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);
		List	   *clauses = match_all_conditions(root, input, index);

		if (clauses != NIL)
			add_path(output,
					 make_count_path(root, input, output, index, clauses));
	}
}

/* Make the plan node, which count.h describes. */
static Plan *
make_count_plan(PlannerInfo *root pg_attribute_unused(),
				RelOptInfo *rel pg_attribute_unused(), CustomPath *path,
				List *tlist, List *clauses pg_attribute_unused(),
				List *plans pg_attribute_unused())
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *conditions = lsecond(path->custom_private);
	List	   *entries = pull_var_clause((Node *) tlist,
										  PVC_INCLUDE_AGGREGATES);

	/* there may be several count(*), which all have the same value */
	entries = list_make1(linitial(entries));
	entries = list_concat(entries,
						  pull_var_clause((Node *) conditions,
										  PVC_RECURSE_PLACEHOLDERS));
	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = intVal(lthird(path->custom_private));
	scan->flags = path->flags;
	scan->custom_exprs = conditions;
	scan->custom_private = linitial(path->custom_private);
	scan->custom_scan_tlist = add_to_flat_tlist(NIL, entries);
	scan->methods = &BisCountScanMethods;
	return &scan->scan.plan;
}
