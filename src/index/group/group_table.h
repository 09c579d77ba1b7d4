/*
 * group_table.h
 *	  Counting visible rows by groups.
 */
#ifndef BIS_GROUP_TABLE_H
#define BIS_GROUP_TABLE_H

#include "index/count/count_visible.h"
#include "index/group/group_key.h"

/* a count of the rows of a group */
typedef struct BisGroupCount
{
	int			filter;			/* rows that this filter finds, from 0; -1:
								 * all */
	int			column;			/* in which this column is not null, from 0;
								 * -1: all */
} BisGroupCount;

typedef struct BisGroupTable BisGroupTable;

/*
 * An empty table, in the current memory context: for each group of keys, the
 * counts.  A filter that is NULL finds nothing.  Without keys, there is one
 * group.
 */
extern BisGroupTable *BisGroupTableMake(const BisColumnTypes *types,
										BisGroupKey **keys, int nkeys,
										const BisGroupCount *counts,
										int ncounts,
										const BisSearch *const *filters,
										int nfilters);

/* What adds the rows of a search to the table. */
extern const BisVisibleVisitor *BisGroupTableVisitor(BisGroupTable *table);

/* The number of groups, and of one of them, the keys and then the counts. */
extern uint32 BisGroupTableSize(const BisGroupTable *table);
extern void BisGroupTableGet(const BisGroupTable *table, uint32 group,
							 Datum *values, bool *isnull);

#endif							/* BIS_GROUP_TABLE_H */
