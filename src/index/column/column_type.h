/*
 * column_type.h
 *	  The stored columns of an index, and what their values are stored as.
 */
#ifndef BIS_COLUMN_TYPE_H
#define BIS_COLUMN_TYPE_H

#include "utils/relcache.h"

#include "index/page/codec.h"

typedef struct BisColumnType
{
	AttrNumber	attno;			/* of the index */
	Oid			type;			/* not a domain */
	int16		typlen;
	bool		typbyval;
	bool		coded;			/* by a dictionary? else numbers */
	int64		first;			/* for a number: least and greatest value
								 * that is finite; others are PG_INT64_MIN
								 * and PG_INT64_MAX */
	int64		last;
} BisColumnType;

/* all columns of an index but the first */
typedef struct BisColumnTypes
{
	int			n;
	BisColumnType types[FLEXIBLE_ARRAY_MEMBER];
} BisColumnTypes;

/* a value of an article */
typedef struct BisValue
{
	bool		isnull;
	int64		number;			/* of a column of numbers */
	const uint8 *entry;			/* of a coded one: its entry in the
								 * dictionary, */
	Size		len;			/* at most BIS_MAX_ENTRY bytes */
} BisValue;

/*
 * The columns of the index, in the current memory context; NULL if it has
 * only the first.
 */
extern BisColumnTypes *BisColumnTypesOf(Relation index);

/*
 * Convert an article's values, as aminsert gets them, for all columns.  They
 * may refer to the datums, or to the current memory context.  Raises 54000 if
 * one is too long.
 */
extern void BisValuesOf(Relation index, const BisColumnTypes *types,
						const Datum *values, const bool *isnull,
						BisValue *converted);

/* Append an article's values to bytes, in the current memory context. */
extern void BisValuesPut(const BisColumnTypes *types, const BisValue *values,
						 BisBytes *bytes);

/*
 * Read what BisValuesPut wrote; entries stay where they are.  Raises XX002 if
 * that cannot be what it wrote.
 */
extern void BisValuesGet(const BisColumnTypes *types, BisReader *reader,
						 BisValue *values);

/* The value that a number of the column stands for. */
extern Datum BisNumberDatum(const BisColumnType *type, int64 number);

/*
 * The value that an entry of the column's dictionary stands for, in the
 * current memory context.  Raises XX002 if it has a wrong length.
 */
extern Datum BisEntryDatum(const BisColumnType *type, const uint8 *entry,
						   Size len);

/* The value, which is not null. */
static inline Datum
BisValueDatum(const BisColumnType *type, const BisValue *value)
{
	return type->coded ? BisEntryDatum(type, value->entry, value->len) :
		BisNumberDatum(type, value->number);
}

#endif							/* BIS_COLUMN_TYPE_H */
