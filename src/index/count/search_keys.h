/*
 * search_keys.h
 *	  The scan keys of a plan node's conditions.
 */
#ifndef BIS_SEARCH_KEYS_H
#define BIS_SEARCH_KEYS_H

#include "access/skey.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"

typedef struct BisSearchKeys
{
	int			n;
	ScanKeyData *keys;
	ExprState **values;			/* of the keys' values and arrays */
} BisSearchKeys;

/*
 * Prepare the keys of clauses on columns of the index, from 0, as count.h
 * describes them, in the current memory context.
 */
extern BisSearchKeys *BisSearchKeysInit(Relation index, List *clauses,
										List *columns, PlanState *parent);

/*
 * Evaluate the values and arrays, in econtext's memory per tuple.  Returns
 * false if one is null, so that nothing matches.
 */
extern bool BisSearchKeysEvaluate(BisSearchKeys *keys, ExprContext *econtext);

#endif							/* BIS_SEARCH_KEYS_H */
