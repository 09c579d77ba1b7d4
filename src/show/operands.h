/*
 * operands.h
 *	  A query as rows, one for each operator, word and phrase, and for each
 *	  word of a phrase.
 */
#ifndef BI_OPERANDS_H
#define BI_OPERANDS_H

#include "lib/stringinfo.h"

#include "query/bi_query.h"

typedef struct BiOperandRow
{
	const BiNode *node;			/* AND, OR, NOT, ATLEAST, PROX_CHAIN, ITEM or
								 * a phrase's slot */
	const BiNode *join;			/* PROX_JOIN before an operand of a
								 * PROX_CHAIN, NULL for its first */
	uint32		depth;
	uint32		gap;			/* slot: number of positions skipped before it */
	bool		slot;
} BiOperandRow;

/*
 * The rows of a query, parents before children, in the current memory
 * context; sets *n to their number.  The empty query has none.
 */
extern BiOperandRow *BiOperandRows(const BiQuery *query, int *n);

/* The label of a row: what it is, indented by its depth in the tree. */
extern char *BiOperandLabel(const BiQuery *query, const BiOperandRow *row);

/* Append a slot or single word: its words as they are searched for. */
extern void BiAppendSlot(StringInfo buf, const BiQuery *query,
						 const BiNode *slot);

/* Append the fields' names: "headline or body". */
extern void BiAppendFieldNames(StringInfo buf, uint8 fields);

/*
 * Turns one row after the other into a search that can be used by itself.
 * Inner searches overlap, so that their size may be quadratic in the query's;
 * beyond a few megabytes they are left out.
 */
typedef struct BiOperandSearches
{
	const BiQuery *query;
	Oid			extension_schema;
	Size		room;
} BiOperandSearches;

extern void BiOperandSearchesInit(BiOperandSearches *searches,
								  const BiQuery *query,
								  Oid extension_schema);

/*
 * The search of a row, or 0 with *isnull set if there is no room for it or it
 * cannot be typed.
 */
extern Datum BiOperandSearch(BiOperandSearches *searches,
							 const BiOperandRow *row, bool *isnull);

#endif							/* BI_OPERANDS_H */
