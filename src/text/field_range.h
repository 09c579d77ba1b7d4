/*
 * field_range.h
 *	  A range of dates or numbers as a few prefixes of their lexemes.
 *
 * The values of field_value.h form a tree, each a path of characters from its
 * root.  A range is covered exactly by those subtrees that are inside of it
 * while the one around them is not: prefixes, and single values.  Of days
 * these are 70 at most, 9 for ten years of 2010 to 2019 and a few months; of
 * numbers at most 20 for each digit of its ends.
 */
#ifndef BI_FIELD_RANGE_H
#define BI_FIELD_RANGE_H

#include "nodes/pg_list.h"

#include "text/own_fields.h"

/* an end of a range */
typedef struct BiFieldBound
{
	const char *value;			/* as field_value.h has it; NULL: open */
	bool		inclusive;
} BiFieldBound;

typedef struct BiFieldPart
{
	char	   *value;
	int			len;			/* may be 0 for a prefix */
	bool		prefix;			/* all values that begin so */
} BiFieldPart;

/*
 * The parts of a range of dates or numbers: a List of BiFieldPart, ascending
 * and disjoint, in the current memory context.  NIL for an empty range.
 */
extern List *BiCoverRange(BiFieldType type, BiFieldBound low,
						  BiFieldBound high);

/* Days of a month, of the years 1 to 9999. */
extern int	BiDaysOfMonth(int year, int month);

#endif							/* BI_FIELD_RANGE_H */
