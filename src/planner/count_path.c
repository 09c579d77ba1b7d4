/*
 * count_path.c
 *	  When a query can be answered by counting with an index, and its cost.
 *
 * That is so for SELECT count(*) of one plain table whose conditions are all
 * between what an index has and a query: nothing else may have a say in which
 * rows are counted.  A row policy or security barrier has, so there is no
 * such path behind one.
 */
#include "postgres.h"

#include <math.h>

#include "access/amapi.h"
#include "catalog/pg_class.h"
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
 * A smaller table may be read as a whole instead; and where fewer pages are
 * all-visible, reading the rows that are found costs about as much as
 * counting them.
 */
#define LEAST_PAGES 100
#define LEAST_VISIBLE 0.5

bool		BisEnableCount = true;

static Plan *make_plan(PlannerInfo *root, RelOptInfo *rel,
					   CustomPath *path, List *tlist, List *clauses,
					   List *plans);

static const CustomPathMethods path_methods = {
	.CustomName = BIS_COUNT_NAME,
	.PlanCustomPath = make_plan
};

/* Is aggregate count(*), of all rows? */
static bool
is_count(const Aggref *aggregate)
{
	return aggregate->aggfnoid == F_COUNT_ && aggregate->aggstar &&
		aggregate->agglevelsup == 0 && aggregate->aggfilter == NULL &&
		aggregate->aggdistinct == NIL && aggregate->aggorder == NIL &&
		aggregate->aggsplit == AGGSPLIT_SIMPLE;
}

/* Do expressions ask for count(*), and for nothing else of the rows? */
static bool
ask_for_count(List *expressions)
{
	List	   *parts = pull_var_clause((Node *) expressions,
										PVC_INCLUDE_AGGREGATES |
										PVC_INCLUDE_WINDOWFUNCS |
										PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, parts)
	{
		if (!IsA(lfirst(cell), Aggref) || !is_count(lfirst(cell)))
			return false;
	}
	return parts != NIL;
}

/* Is all of the query but its conditions as it must be? */
static bool
is_simple(PlannerInfo *root, RelOptInfo *input)
{
	Query	   *parse = root->parse;
	RangeTblEntry *table;

	if (!BisEnableCount || !parse->hasAggs || parse->groupClause != NIL ||
		parse->groupingSets != NIL || parse->havingQual != NULL ||
		parse->rowMarks != NIL || root->rowMarks != NIL ||
		parse->hasTargetSRFs || parse->commandType != CMD_SELECT ||
		input->reloptkind != RELOPT_BASEREL ||
		input->rtekind != RTE_RELATION || IS_DUMMY_REL(input))
		return false;
	table = planner_rt_fetch(input->relid, root);
	return !table->inh && table->tablesample == NULL &&
		(table->relkind == RELKIND_RELATION ||
		 table->relkind == RELKIND_MATVIEW) &&
		table->securityQuals == NIL && !table->security_barrier &&
		ask_for_count(parse->targetList);
}

/* Is it an operator between two operands, or ANY of an array? */
static bool
is_one_operator(const Expr *clause)
{
	return (IsA(clause, OpExpr) &&
			list_length(((const OpExpr *) clause)->args) == 2) ||
		(IsA(clause, ScalarArrayOpExpr) &&
		 ((const ScalarArrayOpExpr *) clause)->useOr);
}

bool
BisCountIsAsked(PlannerInfo *root, RelOptInfo *table)
{
	if (table->pages < LEAST_PAGES || table->allvisfrac < LEAST_VISIBLE)
		return false;
	/* an OR, say, is estimated operand by operand, and not counted so */
	return list_length(table->baserestrictinfo) == 1 &&
		is_one_operator(linitial_node(RestrictInfo,
									  table->baserestrictinfo)->clause) &&
		is_simple(root, table);
}

RestrictInfo *
BisMatchCondition(PlannerInfo *root, RestrictInfo *condition,
				  IndexOptInfo *index)
{
	List	   *args;
	Oid			operator;

	if (condition->security_level > 0 || condition->pseudoconstant ||
		!is_one_operator(condition->clause))
		return NULL;
	args = BisCountClause(condition->clause, &operator);
	if (!match_index_to_operand(linitial(args), 0, index))
	{
		operator = get_commutator(operator);
		if (!IsA(condition->clause, OpExpr) || !OidIsValid(operator) ||
			!match_index_to_operand(lsecond(args), 0, index))
			return NULL;
		condition = commute_restrictinfo(condition, operator);
		args = BisCountClause(condition->clause, &operator);
	}
	if (!op_in_opfamily(operator, index->opfamily[0]) ||
		!is_pseudo_constant_for_index(root, lsecond(args), index))
		return NULL;
	return condition;
}

IndexClause *
BisIndexClause(RestrictInfo *condition)
{
	IndexClause *clause = makeNode(IndexClause);

	clause->rinfo = condition;
	clause->indexquals = list_make1(condition);
	return clause;
}

/* Does a partial index have only rows that satisfy the condition? */
static bool
is_implied(const RestrictInfo *condition, const IndexOptInfo *index)
{
	return index->indpred != NIL && condition->security_level == 0 &&
		!contain_mutable_functions((Node *) condition->clause) &&
		predicate_implied_by(list_make1(condition->clause), index->indpred,
							 false);
}

/*
 * The query's conditions for the index: NIL unless it finds just the rows
 * that satisfy all of them.
 */
static List *
match_conditions(PlannerInfo *root, RelOptInfo *table, IndexOptInfo *index)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	if (!BisIsOurIndexInfo(index) || index->hypothetical ||
		(index->indpred != NIL && !index->predOK))
		return NIL;
	foreach(cell, table->baserestrictinfo)
	{
		RestrictInfo *condition = BisMatchCondition(root, lfirst(cell),
													index);

		if (condition == NULL)
		{
			if (is_implied(lfirst(cell), index))
				continue;
			return NIL;
		}
		clauses = lappend(clauses, BisIndexClause(condition));
	}
	return clauses;
}

/*
 * What it costs: to search the index, to look at each hit, and to read the
 * rows of those heap pages that are not all-visible, which come about in
 * their order.
 */
static void
set_cost(PlannerInfo *root, Path *path, RelOptInfo *table,
		 IndexOptInfo *index, List *clauses)
{
	IndexPath  *scan = create_index_path(root, index, clauses, NIL, NIL, NIL,
										 ForwardScanDirection, true, NULL,
										 1, false);
	PathTarget *target = path->pathtarget;
	double		hits = clamp_row_est(scan->indexselectivity * table->tuples);
	double		hidden = 1 - table->allvisfrac;
	double		pages;
	double		page_cost;
	double		random_cost;
	double		next_cost;

	get_tablespace_page_costs(table->reltablespace, &random_cost, &next_cost);
	pages = index_pages_fetched(hits, table->pages, (double) index->pages,
								root);
	/* as cost_bitmap_heap_scan: the more pages, the more of them in a row */
	page_cost = random_cost - (random_cost - next_cost) *
		sqrt(Min(pages / Max(table->pages, 1), 1));
	path->rows = 1;
	path->startup_cost = scan->indextotalcost + hits * cpu_operator_cost +
		ceil(pages * hidden) * page_cost + hits * hidden * cpu_tuple_cost +
		target->cost.startup;
	path->total_cost = path->startup_cost + target->cost.per_tuple;
}

/* The path that counts by the index. */
static Path *
make_path(PlannerInfo *root, RelOptInfo *table, RelOptInfo *output,
		  IndexOptInfo *index, List *clauses)
{
	CustomPath *path = makeNode(CustomPath);
	List	   *conditions = NIL;
	ListCell   *cell;

	foreach(cell, clauses)
		conditions = lappend(conditions,
							 lfirst_node(IndexClause, cell)->rinfo->clause);
	path->path.pathtype = T_CustomScan;
	path->path.parent = output;
	path->path.pathtarget = output->reltarget;
	/* one process counts all: it may not be one of several that do */
	path->path.parallel_safe = false;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	/* index, operators of what is indexed and a query or array, table */
	path->custom_private = list_make3(list_make1_oid(index->indexoid),
									  conditions,
									  makeInteger(table->relid));
	path->methods = &path_methods;
	set_cost(root, &path->path, table, index, clauses);
	return &path->path;
}

void
BisCountPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
			  RelOptInfo *output)
{
	ListCell   *cell;

	if (stage != UPPERREL_GROUP_AGG || input->indexlist == NIL ||
		!is_simple(root, input))
		return;
	foreach(cell, input->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);
		List	   *clauses = match_conditions(root, input, index);

		if (clauses != NIL)
			add_path(output, make_path(root, input, output, index, clauses));
	}
}

/* Make the plan's node: see count.h. */
static Plan *
make_plan(PlannerInfo *root pg_attribute_unused(),
		  RelOptInfo *rel pg_attribute_unused(), CustomPath *path,
		  List *tlist, List *clauses pg_attribute_unused(),
		  List *plans pg_attribute_unused())
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *conditions = lsecond(path->custom_private);
	List	   *entries = pull_var_clause((Node *) tlist,
										  PVC_INCLUDE_AGGREGATES);

	/* count(*) may be asked for several times, and is one */
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
