/*
 * index_match.c
 *	  Examining a relation's indexes, to decide whether a match is rewritten.
 *
 * This happens while expressions are simplified, before the planner itself
 * collects indexes.  The query's relations are locked by then, so that their
 * indexes can be opened; each index is unlocked again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"

#include "index/page/our_index.h"
#include "planner/index_match.h"

/* a test of an open index of the relation with range table index rtindex */
typedef bool (*IndexTest) (Relation index, int rtindex, Node *node);

/* The node without the RelabelTypes that a domain puts on it. */
static Node *
strip_labels(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/*
 * Is the test true of node and any valid index of vector's relation?  False
 * if vector does not refer to exactly one relation.
 */
static bool
any_index(PlannerInfo *root, Node *vector, IndexTest test, Node *node)
{
	RangeTblEntry *rte;
	Relation	relation;
	ListCell   *cell;
	List	   *indexes;
	bool		found = false;
	int			rtindex;

	if (root == NULL ||
		!bms_get_singleton_member(pull_varnos(root, vector), &rtindex) ||
		rtindex > list_length(root->parse->rtable))
		return false;
	rte = rt_fetch(rtindex, root->parse->rtable);
	if (rte->rtekind != RTE_RELATION ||
		(rte->relkind != RELKIND_RELATION &&
		 rte->relkind != RELKIND_MATVIEW &&
		 rte->relkind != RELKIND_PARTITIONED_TABLE))
		return false;

	relation = table_open(rte->relid, NoLock);
	indexes = relation->rd_rel->relhasindex ?
		RelationGetIndexList(relation) : NIL;
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		found = index->rd_index->indisvalid && test(index, rtindex, node);
		index_close(index, AccessShareLock);
		if (found)
			break;
	}
	list_free(indexes);
	table_close(relation, NoLock);
	return found;
}

/* Is it one of our indexes, on vector? */
static bool
is_our_index_on(Relation index, int rtindex, Node *vector)
{
	const Var  *var = (const Var *) vector;
	Node	   *expression;

	if (!BisIsOurIndex(index))
		return false;
	if (index->rd_index->indkey.values[0] != 0)
		return IsA(var, Var) &&
			var->varattno == index->rd_index->indkey.values[0];
	expression = strip_labels(linitial(RelationGetIndexExpressions(index)));
	if (rtindex != 1)
		ChangeVarNodes(expression, 1, rtindex, 0);
	return equal(expression, vector);
}

bool
BisIsIndexed(PlannerInfo *root, Node *vector)
{
	vector = strip_labels(vector);
	return any_index(root, vector, is_our_index_on, vector);
}

static bool
contains_walker(Node *node, void *wanted)
{
	if (node == NULL)
		return false;
	return equal(node, wanted) ||
		expression_tree_walker(node, contains_walker, wanted);
}

/* Does the index's predicate or one of its expressions contain node? */
static bool
index_contains(Relation index, int rtindex, Node *node)
{
	List	   *expressions =
		list_concat(RelationGetIndexPredicate(index),
					RelationGetIndexExpressions(index));

	if (rtindex != 1)
		ChangeVarNodes((Node *) expressions, 1, rtindex, 0);
	return contains_walker((Node *) expressions, node);
}

bool
BisIndexesSay(PlannerInfo *root, Node *vector, Node *rewritten)
{
	return any_index(root, vector, index_contains, rewritten);
}
