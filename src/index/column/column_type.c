/*
 * column_type.c
 *	  The stored columns of an index, and what their values are stored as.
 *
 * A type whose btree order is that of integers is stored as numbers.  Any
 * other is stored by the bytes of its values; what these mean, whether two
 * are equal or which comes first, only the type's own functions say.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type_d.h"
#include "datatype/timestamp.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/column/column_type.h"
#include "index/segment/format.h"

/* Set what a type is stored as. */
static void
set_storage(BisColumnType *type)
{
	type->coded = false;
	type->first = PG_INT64_MIN;
	type->last = PG_INT64_MAX;
	switch (type->type)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case CASHOID:
		case TIMEOID:
			break;
		case DATEOID:
			type->first = DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE;
			type->last = DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1;
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			type->first = MIN_TIMESTAMP;
			type->last = END_TIMESTAMP - 1;
			break;
		default:
			type->coded = true;
	}
}

BisColumnTypes *
BisColumnTypesOf(Relation index)
{
	TupleDesc	desc = RelationGetDescr(index);
	BisColumnTypes *types;

	if (desc->natts == 1)
		return NULL;
	types = palloc(offsetof(BisColumnTypes, types) +
				   (desc->natts - 1) * sizeof(BisColumnType));
	types->n = desc->natts - 1;
	for (int i = 0; i < types->n; i++)
	{
		BisColumnType *type = &types->types[i];

		type->attno = i + 2;
		type->type = getBaseType(TupleDescAttr(desc, i + 1)->atttypid);
		get_typlenbyval(type->type, &type->typlen, &type->typbyval);
		set_storage(type);
	}
	return types;
}

/* The number that a value is stored as. */
static int64
datum_number(const BisColumnType *type, Datum value)
{
	int32		date;

	switch (type->type)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case CHAROID:
			return (uint8) DatumGetChar(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case OIDOID:
			return DatumGetObjectId(value);
		case DATEOID:
			date = DatumGetDateADT(value);
			return DATE_IS_NOBEGIN(date) ? PG_INT64_MIN :
				DATE_IS_NOEND(date) ? PG_INT64_MAX : date;
		default:
			return DatumGetInt64(value);
	}
}

Datum
BisNumberDatum(const BisColumnType *type, int64 number)
{
	switch (type->type)
	{
		case BOOLOID:
			return BoolGetDatum(number != 0);
		case CHAROID:
			return CharGetDatum((char) number);
		case INT2OID:
			return Int16GetDatum((int16) number);
		case INT4OID:
			return Int32GetDatum((int32) number);
		case OIDOID:
			return ObjectIdGetDatum((Oid) number);
		case DATEOID:
			return DateADTGetDatum(number < type->first ? DATEVAL_NOBEGIN :
								   number > type->last ? DATEVAL_NOEND :
								   (DateADT) number);
		default:
			return Int64GetDatum(number);
	}
}

/* Set value to the bytes of a datum of a type that is stored by them. */
static void
set_entry(const BisColumnType *type, Datum datum, BisValue *value)
{
	if (type->typbyval)
	{
		uint8	   *copy = palloc(sizeof(Datum));

		store_att_byval(copy, datum, type->typlen);
		value->entry = copy;
		value->len = type->typlen;
	}
	else if (type->typlen == -1)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_PACKED(datum);

		value->entry = (const uint8 *) VARDATA_ANY(bytes);
		value->len = VARSIZE_ANY_EXHDR(bytes);
	}
	else
	{
		value->entry = (const uint8 *) DatumGetPointer(datum);
		value->len = type->typlen > 0 ? (Size) type->typlen :
			strlen(DatumGetCString(datum));
	}
}

/* Raise 54000 if a value of the index is too long to be stored. */
static void
check_entry_length(Relation index, const BisColumnType *type, Size len)
{
	if (len > BIS_MAX_ENTRY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value of column \"%s\" is too long for index \"%s\"",
						NameStr(TupleDescAttr(RelationGetDescr(index),
											  type->attno - 1)->attname),
						RelationGetRelationName(index)),
				 errdetail("It has %zu bytes, and at most %d can be stored.",
						   len, BIS_MAX_ENTRY),
				 errhint("Columns of an index are for dates, numbers and short codes.")));
}

void
BisValuesOf(Relation index, const BisColumnTypes *types, const Datum *values,
			const bool *isnull, BisValue *converted)
{
	for (int i = 0; i < types->n; i++)
	{
		const BisColumnType *type = &types->types[i];
		BisValue   *value = &converted[i];

		value->isnull = isnull[i + 1];
		if (value->isnull)
			continue;
		if (!type->coded)
		{
			value->number = datum_number(type, values[i + 1]);
			continue;
		}
		set_entry(type, values[i + 1], value);
		check_entry_length(index, type, value->len);
	}
}

void
BisValuesPut(const BisColumnTypes *types, const BisValue *values,
			 BisBytes *bytes)
{
	for (int i = 0; i < types->n; i++)
	{
		bool		coded = types->types[i].coded;
		const BisValue *value = &values[i];
		Size		len = coded && !value->isnull ? value->len :
			sizeof(int64);

		BisBytesReserve(bytes, BIS_MAX_NUMBER_BYTES + len,
						CurrentMemoryContext);
		BisPutNumber(bytes, value->isnull ? 0 : len + 1);
		if (!value->isnull)
			BisPutBytes(bytes, coded ? (const void *) value->entry :
						(const void *) &value->number, len);
	}
}

/* Raise XX002 unless an entry of the type can have this length. */
static void
check_stored_length(const BisColumnType *type, Size len)
{
	if (type->coded ? len > BIS_MAX_ENTRY ||
		(type->typlen > 0 && len != (Size) type->typlen) :
		len != sizeof(int64))
		BisCorrupted("value of a column");
}

void
BisValuesGet(const BisColumnTypes *types, BisReader *reader,
			 BisValue *values)
{
	for (int i = 0; i < types->n; i++)
	{
		uint64		len = BisGetNumberUpTo(reader, BIS_MAX_ENTRY + 1);
		BisValue   *value = &values[i];

		value->isnull = len == 0;
		if (value->isnull)
			continue;
		value->len = len - 1;
		check_stored_length(&types->types[i], value->len);
		value->entry = BisGetBytes(reader, value->len);
		if (!types->types[i].coded)
			memcpy(&value->number, value->entry, sizeof(int64));
	}
}

Datum
BisEntryDatum(const BisColumnType *type, const uint8 *entry, Size len)
{
	char	   *copy;

	check_stored_length(type, len);
	if (type->typlen > 0)
	{
		copy = palloc(Max(len, sizeof(Datum)));
		memcpy(copy, entry, len);
		return fetch_att(copy, type->typbyval, type->typlen);
	}
	if (type->typlen == -1)
	{
		copy = palloc(VARHDRSZ + len);
		SET_VARSIZE(copy, VARHDRSZ + len);
		memcpy(VARDATA(copy), entry, len);
		return PointerGetDatum(copy);
	}
	return CStringGetDatum(pnstrdup((const char *) entry, len));
}
