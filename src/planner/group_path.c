/*
 * group_path.c
 *	  Deciding whether a query's groups can be counted with an index, and what
 *	  that costs.
 *
 * This is possible for one plain table if each condition, each FILTER and
 * each key is one that the index knows, and only counts are wanted of the
 * groups.  Without a search in WHERE, the index must have all rows; it has
 * those whose tsvector is not null.  As with counts, there is no such path
 * for a table with a row policy or security barrier.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "miscadmin.h"
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
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "index/count/count.h"
#include "index/count/no_nulls.h"
#include "index/group/group.h"
#include "index/page/our_index.h"
#include "planner/group_step.h"

#define MAX_KEYS 4

/* memory of a group and its place in a hash table, beside key and counts */
#define GROUP_OVERHEAD 64

bool		BisEnableGroups = true;

/* a query, and what an index knows of it */
typedef struct Groups
{
	PlannerInfo *root;
	IndexOptInfo *index;
	List	   *clauses;		/* conditions, as IndexClauses */
	int			nkeys;
	BisGroupStep keys[MAX_KEYS];
	Oid			equal[MAX_KEYS];
	List	   *counts;			/* Aggrefs, each once */
	List	   *filters_of;		/* for each, its filter, or -1, */
	List	   *columns_of;		/* and column that is not null, or -1 */
	List	   *filters;		/* expressions, each once */
	List	   *filter_clauses; /* for each, a list of IndexClauses */
} Groups;

static Plan *make_groups_plan(PlannerInfo *root, RelOptInfo *rel,
							  CustomPath *path, List *tlist, List *clauses,
							  List *plans);

static const CustomPathMethods path_methods = {
	.CustomName = BIS_GROUPS_NAME,
	.PlanCustomPath = make_groups_plan
};

/* Is the query, leaving expressions aside, one whose groups can be counted? */
static bool
is_simple_query(PlannerInfo *root, RelOptInfo *input)
{
	const Query *parse = root->parse;

	return BisEnableGroups && (parse->hasAggs || parse->groupClause != NIL) &&
		list_length(parse->groupClause) <= MAX_KEYS &&
		BisIsPlainQuery(root, input);
}

/* Does the index know all keys? */
static bool
match_keys(Groups *groups)
{
	Query	   *parse = groups->root->parse;
	ListCell   *cell;

	foreach(cell, parse->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		List	   *target = groups->root->processed_tlist;
		Node	   *key = get_sortgroupclause_expr(clause, target);

		if (!clause->hashable ||
			!BisMatchStep(key, groups->index, &groups->keys[groups->nkeys]))
			return false;
		groups->equal[groups->nkeys++] = clause->eqop;
	}
	return true;
}

/* A key that is a condition, too, would be taken for that in the plan. */
static bool
is_key(const Groups *groups, const Node *node)
{
	for (int i = 0; i < groups->nkeys; i++)
	{
		if (equal(node, groups->keys[i].key))
			return true;
	}
	return false;
}

/* Does the index find exactly the rows that satisfy all conditions? */
static bool
match_conditions(Groups *groups, RelOptInfo *table)
{
	ListCell   *cell;

	foreach(cell, table->baserestrictinfo)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, cell);
		IndexClause *clause = BisMatchCondition(groups->root, condition,
												groups->index);

		if (clause != NULL && !is_key(groups, (Node *) condition->clause))
			groups->clauses = lappend(groups->clauses, clause);
		else if (!BisIsImpliedByPredicate(condition, groups->index))
			return false;
	}
	BisSortByColumn(groups->clauses);
	return true;
}

/* Is there a condition on the index's first column, a search? */
static bool
has_search(const List *clauses)
{
	return clauses != NIL &&
		linitial_node(IndexClause, clauses)->indexcol == 0;
}

/* The number of a filter, which may be new; -1 if the index cannot find it. */
static int
match_filter(Groups *groups, Expr *filter)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	foreach(cell, groups->filters)
	{
		if (equal(lfirst(cell), filter))
			return foreach_current_index(cell);
	}
	foreach(cell, make_ands_implicit(filter))
	{
		RestrictInfo *condition =
			make_simple_restrictinfo(groups->root, lfirst(cell));
		IndexClause *clause = BisMatchCondition(groups->root, condition,
												groups->index);

		if (clause == NULL || is_key(groups, lfirst(cell)))
			return -1;
		clauses = lappend(clauses, clause);
	}
	BisSortByColumn(clauses);
	groups->filters = lappend(groups->filters, filter);
	groups->filter_clauses = lappend(groups->filter_clauses, clauses);
	return list_length(groups->filters) - 1;
}

/* Can the aggregate be counted?  Then it is one of groups->counts. */
static bool
match_count(Groups *groups, Aggref *aggregate)
{
	int			column = -1;
	int			filter = -1;

	if (list_member(groups->counts, aggregate))
		return true;
	if (aggregate->agglevelsup > 0 || aggregate->aggdistinct != NIL ||
		aggregate->aggorder != NIL ||
		aggregate->aggsplit != AGGSPLIT_SIMPLE)
		return false;
	if (aggregate->aggfnoid == F_COUNT_ANY)
	{
		TargetEntry *arg = linitial_node(TargetEntry, aggregate->args);

		column = BisMatchColumn((Node *) arg->expr, groups->index);
		if (column < 0)
			return false;
	}
	else if (aggregate->aggfnoid != F_COUNT_)
		return false;
	if (aggregate->aggfilter != NULL)
	{
		filter = match_filter(groups, aggregate->aggfilter);
		if (filter < 0)
			return false;
	}
	groups->counts = lappend(groups->counts, aggregate);
	groups->filters_of = lappend_int(groups->filters_of, filter);
	groups->columns_of = lappend_int(groups->columns_of, column);
	return true;
}

/* Does the expression need more than keys and counts? */
static bool
needs_more(Node *node, void *context)
{
	Groups	   *groups = context;

	if (node == NULL)
		return false;
	if (is_key(groups, node))
		return false;
	if (IsA(node, Aggref))
		return !match_count(groups, (Aggref *) node);
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) ||
		IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, needs_more, context);
}

/*
 * Has the index all rows that the query may see: none has a null in the first
 * column?
 */
static bool
has_all_rows(const Groups *groups, RelOptInfo *table)
{
	RangeTblEntry *entry = planner_rt_fetch(table->relid, groups->root);
	AttrNumber	attno = groups->index->indexkeys[0];
	Relation	relation;
	bool		no_nulls;

	if (attno <= 0 || !ActiveSnapshotSet())
		return false;
	relation = table_open(entry->relid, NoLock);
	no_nulls = BisHasNoNulls(relation, attno, GetActiveSnapshot());
	table_close(relation, NoLock);
	return no_nulls;
}

/* Is a search in WHERE, or can searches in filters stand for it? */
static bool
is_searched(const Groups *groups, RelOptInfo *table)
{
	ListCell   *cell;

	if (has_search(groups->clauses))
		return true;
	foreach(cell, groups->filter_clauses)
	{
		if (has_search(lfirst(cell)))
			return has_all_rows(groups, table);
	}
	return false;
}

/* Is it a mere count(*), which count_path.c is for? */
static bool
is_mere_count(const Groups *groups)
{
	return groups->nkeys == 0 && groups->root->parse->havingQual == NULL &&
		list_length(groups->counts) == 1 &&
		linitial_int(groups->filters_of) < 0 &&
		linitial_int(groups->columns_of) < 0;
}

/* Does the index know all that the query wants? */
static bool
match_query(Groups *groups, RelOptInfo *table, RelOptInfo *output)
{
	IndexOptInfo *index = groups->index;

	return BisIsOurIndexInfo(index) && !index->hypothetical &&
		(index->indpred == NIL || index->predOK) &&
		match_keys(groups) && match_conditions(groups, table) &&
		!needs_more((Node *) output->reltarget->exprs, groups) &&
		!needs_more(groups->root->parse->havingQual, groups) &&
		is_searched(groups, table) && !is_mere_count(groups);
}

/* The number of groups to expect of that many rows. */
static double
estimate_groups(const Groups *groups, double rows)
{
	List	   *columns = NIL;
	double		steps = 1;

	for (int i = 0; i < groups->nkeys; i++)
	{
		List	   *key = list_make1(groups->keys[i].key);

		if (IsA(groups->keys[i].step, CoerceToDomainValue))
			columns = list_concat(columns, key);
		else
			steps *= Min(estimate_num_groups(groups->root, key, rows, NULL,
											 NULL), groups->keys[i].groups);
	}
	if (columns != NIL)
		steps *= estimate_num_groups(groups->root, columns, rows, NULL, NULL);
	return Max(Min(steps, rows), 1);
}

/* The cost of finding what clauses of the index find. */
static Cost
search_cost(PlannerInfo *root, RelOptInfo *table, IndexOptInfo *index,
			List *clauses)
{
	IndexPath  *scan;

	if (!has_search(clauses))
		return table->tuples * cpu_operator_cost;
	scan = create_index_path(root, index, clauses, NIL, NIL, NIL,
							 ForwardScanDirection, true, NULL, 1, false);
	return scan->indextotalcost;
}

/* The cost of finding the groups of that many rows. */
static Cost
keys_cost(const Groups *groups, double rows)
{
	Cost		cost = 0;

	for (int i = 0; i < groups->nkeys; i++)
	{
		const BisGroupStep *key = &groups->keys[i];
		QualCost	step;

		cost += rows * cpu_operator_cost;
		if (key->day != BIS_NO_DAY)
			continue;
		cost_qual_eval_node(&step, key->key, groups->root);
		cost += step.startup + rows * step.per_tuple;
	}
	return cost;
}

/*
 * Set the path's rows and cost.  Returns false if the groups may take more
 * memory than a hash table may.
 */
static bool
set_groups_cost(const Groups *groups, Path *path, RelOptInfo *table)
{
	PlannerInfo *root = groups->root;
	List	   *having = (List *) root->parse->havingQual;
	double		hits = clamp_row_est(table->rows);
	double		ngroups = estimate_groups(groups, hits);
	PathTarget *target = path->pathtarget;
	QualCost	qual;
	ListCell   *cell;

	if (ngroups * (GROUP_OVERHEAD + target->width +
				   list_length(groups->counts) * sizeof(int64)) >
		get_hash_memory_limit())
		return false;
	path->startup_cost = search_cost(root, table, groups->index,
									 groups->clauses) +
		BisVisibleCost(root, table, groups->index, hits) +
		keys_cost(groups, hits) +
		hits * cpu_operator_cost * list_length(groups->counts);
	foreach(cell, groups->filter_clauses)
		path->startup_cost += search_cost(root, table, groups->index,
										  lfirst(cell));
	cost_qual_eval(&qual, having, root);
	path->startup_cost += qual.startup + target->cost.startup;
	path->total_cost = path->startup_cost +
		ngroups * (cpu_tuple_cost + qual.per_tuple + target->cost.per_tuple);
	path->rows = clamp_row_est(ngroups *
							   clauselist_selectivity(root, having, 0,
													  JOIN_INNER, NULL));
	return true;
}

/* Split IndexClauses into conditions and their columns. */
static List *
split_clauses(const List *clauses, List **columns)
{
	List	   *conditions = NIL;
	ListCell   *cell;

	*columns = NIL;
	foreach(cell, clauses)
	{
		const IndexClause *clause = lfirst_node(IndexClause, cell);
		const RestrictInfo *condition = linitial(clause->indexquals);

		conditions = lappend(conditions, condition->clause);
		*columns = lappend_int(*columns, clause->indexcol);
	}
	return conditions;
}

/* The plan's private lists of keys, appended to result. */
static List *
append_key_lists(const Groups *groups, List *result)
{
	List	   *columns = NIL;
	List	   *days = NIL;
	List	   *zones = NIL;
	List	   *least_days = NIL;
	List	   *operators = NIL;
	List	   *collations = NIL;

	for (int i = 0; i < groups->nkeys; i++)
	{
		const BisGroupStep *key = &groups->keys[i];

		columns = lappend_int(columns, key->column);
		days = lappend_int(days, key->day);
		zones = lappend(zones, key->zone == NULL ? NULL :
						makeString(pstrdup(key->zone)));
		least_days = lappend_int(least_days, key->least_days);
		operators = lappend_oid(operators, groups->equal[i]);
		collations = lappend_oid(collations, exprCollation(key->key));
	}
	result = lappend(lappend(lappend(result, columns), days), zones);
	result = lappend(result, least_days);
	return lappend(lappend(result, operators), collations);
}

/*
 * The path's private lists: what group.h says of the plan's, of its
 * expressions, and the entries of its custom_scan_tlist.
 */
static List *
make_private(const Groups *groups)
{
	List	   *columns;
	List	   *conditions = split_clauses(groups->clauses, &columns);
	List	   *filters = NIL;
	List	   *filter_columns = NIL;
	List	   *steps = NIL;
	List	   *entries = NIL;
	List	   *private;
	ListCell   *cell;

	foreach(cell, groups->filter_clauses)
	{
		List	   *of_filter;

		filters = lappend(filters, split_clauses(lfirst(cell), &of_filter));
		filter_columns = lappend(filter_columns, of_filter);
	}
	private = list_make3(list_make1_oid(groups->index->indexoid), columns,
						 filter_columns);
	private = append_key_lists(groups, private);
	private = lappend(lappend(private, groups->filters_of),
					  groups->columns_of);
	for (int i = 0; i < groups->nkeys; i++)
	{
		steps = lappend(steps, groups->keys[i].step);
		entries = lappend(entries, groups->keys[i].key);
	}
	entries = list_concat(entries, groups->counts);
	return list_make3(private, list_make3(conditions, filters, steps),
					  entries);
}

/* Add the path that counts the groups with an index, if there is one. */
static void
add_groups_path(PlannerInfo *root, RelOptInfo *table, RelOptInfo *output,
				IndexOptInfo *index)
{
	Groups		groups = {.root = root,.index = index};
	CustomPath *path = makeNode(CustomPath);

	if (!match_query(&groups, table, output))
		return;
	path->path.pathtype = T_CustomScan;
	path->path.parent = output;
	path->path.pathtarget = output->reltarget;
	/* each process would count all rows, so only one may run it */
	path->path.parallel_safe = false;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = lappend(make_private(&groups),
								   makeInteger(table->relid));
	path->methods = &path_methods;
	if (set_groups_cost(&groups, &path->path, table))
		add_path(output, &path->path);
}

void
BisGroupPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
			  RelOptInfo *output)
{
	ListCell   *cell;

	if (stage != UPPERREL_GROUP_AGG || input->indexlist == NIL ||
		!is_simple_query(root, input))
		return;
	foreach(cell, input->indexlist)
		add_groups_path(root, input, output, lfirst(cell));
}

/* Make the plan node, which group.h describes. */
static Plan *
make_groups_plan(PlannerInfo *root,
				 RelOptInfo *rel pg_attribute_unused(), CustomPath *path,
				 List *tlist, List *clauses pg_attribute_unused(),
				 List *plans pg_attribute_unused())
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *exprs = lsecond(path->custom_private);
	List	   *columns;
	ListCell   *cell;

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = (List *) root->parse->havingQual;
	scan->scan.scanrelid = intVal(lfourth(path->custom_private));
	scan->flags = path->flags;
	scan->custom_exprs = exprs;
	scan->custom_private = linitial(path->custom_private);
	foreach(cell, (List *) lthird(path->custom_private))
	{
		TargetEntry *entry =
			makeTargetEntry(lfirst(cell), foreach_current_index(cell) + 1,
							NULL, false);

		scan->custom_scan_tlist = lappend(scan->custom_scan_tlist, entry);
	}
	columns = pull_var_clause((Node *) exprs, PVC_RECURSE_PLACEHOLDERS);
	scan->custom_scan_tlist = add_to_flat_tlist(scan->custom_scan_tlist,
												columns);
	scan->methods = &BisGroupScanMethods;
	return &scan->scan.plan;
}
