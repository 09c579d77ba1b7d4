/*
 * search_keys.c
 *	  The scan keys of a plan node's conditions.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/count/count.h"
#include "index/count/search_keys.h"

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

/* Prepare a key, without its argument; returns the argument's expression. */
static Expr *
init_key(Relation index, Expr *clause, int column, ScanKey key)
{
	Oid			operator;
	List	   *args = BisCountClause(clause, &operator);
	int			strategy;
	Oid			left;
	Oid			right;

	get_op_opfamily_properties(operator, index->rd_opfamily[column], false,
							   &strategy, &left, &right);
	ScanKeyEntryInitialize(key,
						   IsA(clause, ScalarArrayOpExpr) ? SK_SEARCHARRAY : 0,
						   column + 1, strategy, right,
						   exprInputCollation((Node *) clause),
						   get_opcode(operator), (Datum) 0);
	return lsecond(args);
}

BisSearchKeys *
BisSearchKeysInit(Relation index, List *clauses, List *columns,
				  PlanState *parent)
{
	BisSearchKeys *keys = palloc_object(BisSearchKeys);

	keys->n = list_length(clauses);
	keys->keys = palloc_array(ScanKeyData, Max(keys->n, 1));
	keys->values = palloc_array(ExprState *, Max(keys->n, 1));
	for (int i = 0; i < keys->n; i++)
	{
		Expr	   *value = init_key(index, list_nth(clauses, i),
									 list_nth_int(columns, i),
									 &keys->keys[i]);

		keys->values[i] = ExecInitExpr(value, parent);
	}
	return keys;
}

bool
BisSearchKeysEvaluate(BisSearchKeys *keys, ExprContext *econtext)
{
	for (int i = 0; i < keys->n; i++)
	{
		bool		isnull;

		keys->keys[i].sk_argument =
			ExecEvalExprSwitchContext(keys->values[i], econtext, &isnull);
		if (isnull)
			return false;
	}
	return true;
}
