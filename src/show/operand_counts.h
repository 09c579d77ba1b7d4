/*
 * operand_counts.h
 *	  How many rows of a table each part of a search finds.
 */
#ifndef BI_OPERAND_COUNTS_H
#define BI_OPERAND_COUNTS_H

#include "show/operands.h"

/* the column of a table or view in which is searched */
typedef struct BiCountedColumn
{
	const char *relation;		/* quoted, with its schema */
	const char *column;			/* quoted */
	Oid			type;			/* what a domain is over */
} BiCountedColumn;

/* Raises 42P01 and 42703 for what does not exist. */
extern void BiCountedColumnInit(BiCountedColumn *counted, Oid relation,
								Name column);

/*
 * The number of rows that each of the n rows of query finds, in the current
 * memory context.  Reads the table through SPI, with the rights of the
 * current user and the active snapshot; needs an SQL function whose last
 * argument is of type bi_query.
 */
extern int64 *BiCount(FunctionCallInfo fcinfo, const BiCountedColumn *counted,
					  const BiQuery *query, const BiOperandRow *rows, int n);

#endif							/* BI_OPERAND_COUNTS_H */
