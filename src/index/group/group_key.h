/*
 * group_key.h
 *	  Numbering the values of a GROUP BY key.
 *
 * A key is a stored column or a step of one: an expression of that column and
 * of what does not change during a scan.  Values that are equal by the
 * query's operator get one id, from 0 on, in the order in which they are
 * seen, and null is one of them.
 */
#ifndef BIS_GROUP_KEY_H
#define BIS_GROUP_KEY_H

#include "nodes/execnodes.h"

#include "index/column/column_read.h"
#include "index/group/group.h"
#include "index/search/docset.h"

typedef struct BisGroupKey BisGroupKey;

/* what a key is made of */
typedef struct BisGroupKeyInfo
{
	const BisColumnTypes *types;
	int			column;			/* from 0 */
	Expr	   *step;			/* of a CoerceToDomainValue, the column */
	BisDayStep	day;			/* does it depend only on the local day? */
	const char *zone;			/* for BIS_DAY_OF_ZONE */
	int			least_days;		/* the step is date_trunc to a unit of that
								 * many days at least; 0: it is not */
	Oid			equal;			/* the query's operator, which can hash */
	Oid			collation;
} BisGroupKeyInfo;

/*
 * Prepare a key, in the current memory context.  Steps are evaluated in
 * econtext, which is reset after each.
 */
extern BisGroupKey *BisGroupKeyMake(const BisGroupKeyInfo *info,
									PlanState *parent, ExprContext *econtext);

/* The column that it is made of, from 0. */
extern int	BisGroupKeyColumn(const BisGroupKey *key);

/* Go on with a segment; the current memory context lasts as long as it. */
extern void BisGroupKeySegment(BisGroupKey *key, BisSegment *segment);

/*
 * The ids of n articles of the segment, in ascending order: first + docs[i].
 */
extern void BisGroupKeyIds(BisGroupKey *key, uint32 first,
						   const uint16 *docs, int n, uint32 *ids);

/* The id of a pending article's value. */
extern uint32 BisGroupKeyIdOf(BisGroupKey *key, const BisValue *value);

/* The value with an id; belongs to the key. */
extern Datum BisGroupKeyValue(const BisGroupKey *key, uint32 id,
							  bool *isnull);

/* How many ids there are. */
extern uint32 BisGroupKeyCount(const BisGroupKey *key);

#endif							/* BIS_GROUP_KEY_H */
