/*
 * count.h
 *	  Answering SELECT count(*) from an index, mostly without the heap.
 */
#ifndef BIS_COUNT_H
#define BIS_COUNT_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "optimizer/planner.h"

/* the node's name in EXPLAIN */
#define BIS_COUNT_NAME "bisearch count"

/* the setting bisearch.enable_count */
extern bool BisEnableCount;

/*
 * Add to output, the relation of a query's aggregates, the paths that count
 * with an index, if the query is SELECT count(*) of just the rows that one
 * index finds, and the setting allows it.  Arguments are those of
 * create_upper_paths_hook.
 */
extern void BisCountPaths(PlannerInfo *root, UpperRelationKind stage,
						  RelOptInfo *input, RelOptInfo *output);

/*
 * Is the query SELECT count(*) of table with a single operator as its
 * condition, so that a counting path is chosen if there is an index for it,
 * however many rows it finds?  That takes a table most of whose pages are
 * all-visible.
 */
extern bool BisCountIsAsked(PlannerInfo *root, RelOptInfo *table);

/*
 * The condition as a clause of an index path, with the indexed operand first;
 * NULL if the index cannot be searched for it.
 */
extern IndexClause *BisMatchCondition(PlannerInfo *root,
									  RestrictInfo *condition,
									  IndexOptInfo *index);

/*
 * Those of the table's conditions that the index can be searched for, by
 * column; NIL if none is on its first column.  Other conditions, as
 * RestrictInfos, are appended to *rest, unless rest is NULL.
 */
extern List *BisMatchConditions(PlannerInfo *root, RelOptInfo *table,
								IndexOptInfo *index, List **rest);

/*
 * Is the query a SELECT of one plain table, whose rows nothing but conditions
 * chooses: without row policy, security barrier, sampling and row locks?
 */
extern bool BisIsPlainQuery(PlannerInfo *root, RelOptInfo *input);

/* Sort IndexClauses by column, as paths have them. */
extern void BisSortByColumn(List *clauses);

/* Does the predicate of a partial index imply the condition? */
extern bool BisIsImpliedByPredicate(const RestrictInfo *condition,
									const IndexOptInfo *index);

/*
 * The cost of checking the visibility of an index's hits, and of fetching
 * those on heap pages that are not all-visible, roughly in block order.
 */
extern Cost BisVisibleCost(PlannerInfo *root, RelOptInfo *table,
						   const IndexOptInfo *index, double hits);

/* The operands of an OpExpr or ScalarArrayOpExpr, and its *operator. */
extern List *BisCountClause(const Expr *clause, Oid *operator);

/*
 * The plan node, a CustomScan:
 *
 *		scanrelid		the table
 *		custom_private	list of the index's OID, list of the conditions' columns
 *						of the index, from 0
 *		custom_exprs	the conditions: each an operator of the column's
 *						family between the indexed expression and a query or
 *						value, or ANY of an array
 *		custom_scan_tlist	first count(*); then, always null, the columns
 *						that EXPLAIN needs to show the conditions
 */
extern const CustomScanMethods BisCountScanMethods;

#endif							/* BIS_COUNT_H */
