/*
 * operand_counts.h
 *	  Counts how many rows of a table each part of a query matches.
 */
#ifndef BI_OPERAND_COUNTS_H
#define BI_OPERAND_COUNTS_H

#include "show/operands.h"

/* the searched column of a table or view */
typedef struct BiCountedColumn
{
	const char *relation;		/* quoted, with its schema */
	const char *column;			/* quoted */
	Oid			type;			/* base type, if it is a domain */
} BiCountedColumn;

/* Raises 42P01 or 42703 if the relation or column does not exist. */
extern void BiCountedColumnInit(BiCountedColumn *counted, Oid relation,
								Name column);

/*
 * The number of table rows that each of the n operands in rows matches, in
 * the current memory context.  Reads the table through SPI, with the
 * privileges of the current user and the active snapshot.  To be called from
 * an SQL function whose last argument is of type bi_query.
 */
extern int64 *BiCount(FunctionCallInfo fcinfo, const BiCountedColumn *counted,
					  const BiQuery *query, const BiOperandRow *rows, int n);

#endif							/* BI_OPERAND_COUNTS_H */
