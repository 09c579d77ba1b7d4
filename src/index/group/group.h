/*
 * group.h
 *	  Answering SELECT ... count(*) ... GROUP BY from an index, mostly without
 *	  the heap.
 */
#ifndef BIS_GROUP_H
#define BIS_GROUP_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "optimizer/planner.h"

/* the node's name in EXPLAIN */
#define BIS_GROUPS_NAME "bisearch groups"

/* the setting bisearch.enable_groups */
extern bool BisEnableGroups;

/*
 * Add to output, the relation of a query's groups, the paths that count them
 * with an index, if that is all that the query wants of one table's rows, and
 * the setting allows it.  Arguments are those of create_upper_paths_hook.
 */
extern void BisGroupPaths(PlannerInfo *root, UpperRelationKind stage,
						  RelOptInfo *input, RelOptInfo *output);

/* what an expression of a stored column depends on, if only on the day */
typedef enum BisDayStep
{
	BIS_NO_DAY,					/* on the value */
	BIS_DAY,					/* of a timestamp */
	BIS_DAY_OF_SESSION,			/* of a timestamptz in the session's zone, */
	BIS_DAY_OF_ZONE				/* or in a zone that is not an abbreviation */
} BisDayStep;

/* members of custom_private, each a list */
typedef enum BisGroupsPrivate
{
	BIS_GROUPS_INDEX,			/* the index's OID */
	BIS_GROUPS_COLUMNS,			/* the conditions' columns of the index */
	BIS_GROUPS_FILTERS,			/* for each filter, the same */
	BIS_GROUPS_KEYS,			/* for each key: column of the index, */
	BIS_GROUPS_DAYS,			/* BisDayStep, */
	BIS_GROUPS_ZONES,			/* String of its zone, or NULL, */
	BIS_GROUPS_LEAST_DAYS,		/* least_days of BisGroupKeyInfo, */
	BIS_GROUPS_EQUAL,			/* operator of the query, which can hash, */
	BIS_GROUPS_COLLATIONS,		/* and its collation */
	BIS_GROUPS_COUNTS,			/* for each count: filter, or -1, */
	BIS_GROUPS_COUNTED			/* and column of the index that is not null,
								 * or -1 */
} BisGroupsPrivate;

/*
 * The plan node, a CustomScan; columns of the index are counted from 0:
 *
 *		scanrelid		the table
 *		plan.qual		HAVING
 *		custom_private	as above
 *		custom_exprs	list of the conditions, as count.h describes them; list
 *						for each filter of such a list; list of the keys, each
 *						with a CoerceToDomainValue for the stored column
 *		custom_scan_tlist	the keys; the counts; then, always null, the
 *						columns that EXPLAIN needs to show the conditions
 */
extern const CustomScanMethods BisGroupScanMethods;

#endif							/* BIS_GROUP_H */
