/*
 * support.c
 *	  The planner support functions of @~ on tsvectors.
 *
 * An index condition derived by a support function never replaces the clause
 * that it was derived from: with GIN, the clause would remain as a filter on
 * every row.  So an exact constant query is rewritten to core's operator:
 *
 *		tsv @~ 'a & b'		tsv @@ 'a & b'::tsquery
 *
 * and a query that is known only at run time to
 *
 *		tsv @@ bi_candidates(x) AND (bi_is_exact(x) OR bi_match(tsv, x))
 *
 * whose first half can use an index, and whose second half does not read the
 * row if the query is exact.  bi_match has no support function, so nothing is
 * rewritten twice (partitions are simplified again).  A clause that is not
 * rewritten gets a lossy index condition.
 *
 * If there is a bisearch index on the vector, nothing is rewritten: @~ is one
 * of its operators, with an estimator of our own, and without a second half
 * to be evaluated for each row.  There is one exception: a condition that
 * occurs in an index's predicate or expression is rewritten as it was there,
 * since the planner recognizes it by comparing the two.
 *
 * Index predicates and expressions are rewritten too, while no query is being
 * planned.  So the result must not depend on anything that may change, such
 * as a setting.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "match/candidates.h"
#include "planner/index_match.h"
#include "planner/match_cost.h"

/* pg_operator.dat's tsvector @@ tsquery, which has no name in C */
#define TS_MATCH_OPERATOR	3636

/* a call of one of our functions, whatever the order of its arguments */
typedef struct MatchCall
{
	Oid			function;
	int			vector_arg;		/* number of the tsvector argument */
	Oid			query_type;
	Node	   *vector;
	Node	   *query;
} MatchCall;

/* Analyze a call; false if it is not of the form that we expect. */
static bool
read_call(Oid function, List *args, MatchCall *call)
{
	Oid		   *types;
	int			ntypes;

	get_func_signature(function, &types, &ntypes);
	if (ntypes != 2 || list_length(args) != 2)
		return false;
	call->function = function;
	call->vector_arg = types[0] == TSVECTOROID ? 0 : 1;
	if (types[call->vector_arg] != TSVECTOROID)
		return false;
	call->query_type = types[1 - call->vector_arg];
	call->vector = list_nth(args, call->vector_arg);
	call->query = list_nth(args, 1 - call->vector_arg);
	return true;
}

/* The arguments of an operator's or function's call, or NIL. */
static List *
call_arguments(Node *node)
{
	if (node != NULL && IsA(node, OpExpr))
		return ((OpExpr *) node)->args;
	if (node != NULL && IsA(node, FuncExpr))
		return ((FuncExpr *) node)->args;
	return NIL;
}

/*
 * The function with this name and these argument types in the schema of
 * sibling, or InvalidOid.
 */
static Oid
find_function(Oid sibling, const char *name, const Oid *types, int ntypes)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(types, ntypes)),
						   ObjectIdGetDatum(get_func_namespace(sibling)));
}

/* The constant query of a call, or NULL if it is not constant or null. */
static BiQuery *
constant_query(const MatchCall *call)
{
	const Const *constant = (const Const *) call->query;

	if (!IsA(constant, Const) || constant->constisnull ||
		constant->consttype != call->query_type)
		return NULL;
	return BiQueryGet(constant->constvalue);
}

/* vector @@ candidates */
static Expr *
core_match(Node *vector, Node *candidates)
{
	return make_opclause(TS_MATCH_OPERATOR, BOOLOID, false,
						 (Expr *) vector, (Expr *) candidates,
						 InvalidOid, InvalidOid);
}

static Node *
tsquery_constant(TSQuery query)
{
	return (Node *) makeConst(TSQUERYOID, -1, InvalidOid, -1,
							  TSQueryGetDatum(query), false, false);
}

/* bi_candidates(query), or NULL */
static Node *
candidates_call(const MatchCall *call)
{
	Oid			function = find_function(call->function, "bi_candidates",
										 &call->query_type, 1);

	if (!OidIsValid(function))
		return NULL;
	return (Node *) makeFuncExpr(function, TSQUERYOID,
								 list_make1(call->query),
								 InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

/* what we learn from the variables of a tsvector expression */
typedef struct VectorVars
{
	PlannerInfo *root;
	const Var  *query;			/* the query argument if it is a variable */
	bool		elsewhere;		/* some variable is of another relation than
								 * the query's */
	bool		secured;		/* some relation has security quals */
} VectorVars;

/*
 * Is the relation rtindex, or a parent of it, protected by a row policy or
 * security barrier?  A partition or other child has no quals of its own.
 */
static bool
is_secured(PlannerInfo *root, Index rtindex)
{
	while (rtindex > 0 && rtindex <= (Index) list_length(root->parse->rtable))
	{
		RangeTblEntry *rte = rt_fetch(rtindex, root->parse->rtable);

		if (rte->securityQuals != NIL || rte->security_barrier)
			return true;
		if (root->append_rel_array == NULL ||
			(int) rtindex >= root->simple_rel_array_size ||
			root->append_rel_array[rtindex] == NULL)
			return false;
		rtindex = root->append_rel_array[rtindex]->parent_relid;
	}
	return false;
}

static bool
vector_vars_walker(Node *node, void *context)
{
	VectorVars *vars = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		const Var  *var = (const Var *) node;
		PlannerInfo *root = vars->root;

		for (Index level = var->varlevelsup; level > 0 && root != NULL;
			 level--)
			root = root->parent_root;
		if (root != NULL && is_secured(root, var->varno))
			vars->secured = true;
		if (var->varlevelsup == 0 &&
			(vars->query == NULL || vars->query->varlevelsup != 0 ||
			 vars->query->varno != var->varno))
			vars->elsewhere = true;
		return false;
	}
	return expression_tree_walker(node, vector_vars_walker, context);
}

/*
 * May the call be rewritten?  Not if a row policy protects the rows, since
 * core's estimator would reveal word frequencies of hidden rows without a
 * permission check; nor if no index could help, since the query is in the row
 * itself or there is no row at all.
 */
static bool
may_rewrite(PlannerInfo *root, const MatchCall *call)
{
	Node	   *query = call->query;
	VectorVars	vars = {0};

	if (contain_volatile_functions(call->vector) ||
		contain_subplans(call->vector))
		return false;
	while (IsA(query, RelabelType))
		query = (Node *) ((RelabelType *) query)->arg;
	if (IsA(query, Var))
		vars.query = (const Var *) query;
	else if (!IsA(query, Param) && !IsA(query, Const))
		return false;
	vars.root = root;
	vector_vars_walker(call->vector, &vars);
	return !vars.secured && vars.elsewhere;
}

/* tsv @@ bi_candidates(x) AND (bi_is_exact(x) OR bi_match(tsv, x)) */
static Node *
run_time_match(const MatchCall *call)
{
	Oid			types[2] = {TSVECTOROID, call->query_type};
	Node	   *candidates = candidates_call(call);
	Oid			is_exact = find_function(call->function, "bi_is_exact",
										 &call->query_type, 1);
	Oid			match = find_function(call->function, "bi_match", types, 2);
	Expr	   *exact;
	Expr	   *recheck;

	if (candidates == NULL || !OidIsValid(is_exact) || !OidIsValid(match))
		return NULL;
	exact = (Expr *) makeFuncExpr(is_exact, BOOLOID,
								  list_make1(copyObject(call->query)),
								  InvalidOid, InvalidOid,
								  COERCE_EXPLICIT_CALL);
	recheck = (Expr *) makeFuncExpr(match, BOOLOID,
									list_make2(copyObject(call->vector),
											   copyObject(call->query)),
									InvalidOid, InvalidOid,
									COERCE_EXPLICIT_CALL);
	return (Node *)
		make_andclause(list_make2(core_match(call->vector, candidates),
								  make_orclause(list_make2(exact, recheck))));
}

/* What a call is rewritten to, or NULL. */
static Node *
simplify_call(SupportRequestSimplify *request)
{
	PlannerInfo *root = request->root;
	MatchCall	call;
	BiQuery    *query;
	Node	   *rewritten;

	if (!read_call(request->fcall->funcid, request->fcall->args, &call) ||
		!may_rewrite(root, &call))
		return NULL;
	query = constant_query(&call);
	if (query == NULL)
		return IsA(call.query, Const) || BisIsIndexed(root, call.vector) ?
			NULL : run_time_match(&call);
	if (BiCandidatesPrecision(query) != BI_EXACT)
		return NULL;
	rewritten = (Node *) core_match(call.vector,
									tsquery_constant(BiCandidates(query)));
	if (BisIsIndexed(root, call.vector) &&
		!BisIndexesSay(root, call.vector, rewritten))
		return NULL;
	return rewritten;
}

/* The lossy index condition for a call, as a list, or NIL. */
static List *
index_condition(SupportRequestIndexCondition *request)
{
	MatchCall	call;
	BiQuery    *query;
	Node	   *candidates;

	if (!op_in_opfamily(TS_MATCH_OPERATOR, request->opfamily) ||
		!read_call(request->funcid, call_arguments(request->node), &call) ||
		request->indexarg != call.vector_arg)
		return NIL;

	query = constant_query(&call);
	if (query != NULL)
	{
		if (BiCandidatesPrecision(query) == BI_EVERYTHING)
			return NIL;
		candidates = tsquery_constant(BiCandidates(query));
	}
	else
	{
		if (IsA(call.query, Const) ||
			!is_pseudo_constant_for_index(request->root, call.query,
										  request->index))
			return NIL;
		candidates = candidates_call(&call);
		if (candidates == NULL)
			return NIL;
	}
	request->lossy = true;
	return list_make1(core_match(call.vector, candidates));
}

/* The declared cost of the function. */
static Cost
declared_cost(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Cost		cost;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	cost = ((Form_pg_proc) GETSTRUCT(tuple))->procost * cpu_operator_cost;
	ReleaseSysCache(tuple);
	return cost;
}

/*
 * If fetching the tsvector costs something, set the request's cost to that
 * plus the declared cost, and return the request; else return NULL.
 */
static Node *
cost_of_call(SupportRequestCost *request)
{
	MatchCall	call;
	Cost		cost;

	if (!read_call(request->funcid, call_arguments(request->node), &call))
		return NULL;
	cost = BisFetchCost(request->root, call.vector, request->funcid);
	if (cost <= 0)
		return NULL;
	request->startup = 0;
	request->per_tuple = declared_cost(request->funcid) + cost;
	return (Node *) request;
}

PG_FUNCTION_INFO_V1(bi_match_support);
Datum
bi_match_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
		result = simplify_call((SupportRequestSimplify *) request);
	else if (IsA(request, SupportRequestIndexCondition))
		result = (Node *)
			index_condition((SupportRequestIndexCondition *) request);
	else if (IsA(request, SupportRequestCost))
		result = cost_of_call((SupportRequestCost *) request);
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(bi_is_exact_support);
Datum
bi_is_exact_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity))
	{
		/*
		 * The first half of the rewritten clause determines its estimate; the
		 * second must not lower that.
		 */
		((SupportRequestSelectivity *) request)->selectivity = 1.0;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
