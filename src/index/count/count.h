/*
 * count.h
 *	  Counting articles by the index, without the heap where that is right.
 */
#ifndef BIS_COUNT_H
#define BIS_COUNT_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "optimizer/planner.h"

/* the name in plans */
#define BIS_COUNT_NAME "bisearch count"

/* setting bisearch.enable_count */
extern bool BisEnableCount;

/*
 * Add the path that counts by an index to output, the result of a query's
 * aggregates, if the query is SELECT count(*) of what one index finds, and the
 * setting allows it.  Called as create_upper_paths_hook calls.
 */
extern void BisCountPaths(PlannerInfo *root, UpperRelationKind stage,
						  RelOptInfo *input, RelOptInfo *output);

/*
 * Is the query SELECT count(*) of table with one operator as its condition,
 * so that the path above is taken if there is an index for it, however many
 * rows it finds?  Most pages of the table are all-visible then.
 */
extern bool BisCountIsAsked(PlannerInfo *root, RelOptInfo *table);

/*
 * The condition as the index takes it, the indexed side first; NULL if it is
 * none of the index's.
 */
extern RestrictInfo *BisMatchCondition(PlannerInfo *root,
									   RestrictInfo *condition,
									   IndexOptInfo *index);

/* That as an index path has it. */
extern IndexClause *BisIndexClause(RestrictInfo *condition);

/* The operands and *operator of an OpExpr or ScalarArrayOpExpr. */
extern List *BisCountClause(const Expr *clause, Oid *operator);

/*
 * The plan's node:
 *
 *		scanrelid		the table
 *		custom_private	OID of the index, as a list
 *		custom_exprs	the conditions, each an operator of the index's
 *						family between what is indexed and a query, or
 *						ANY of an array
 *		custom_scan_tlist	count(*) first; then the columns that the
 *						conditions name, for EXPLAIN: they are always null
 */
extern const CustomScanMethods BisCountScanMethods;

#endif							/* BIS_COUNT_H */
