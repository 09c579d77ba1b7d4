/*
 * bi_field.c
 *	  bi_field(): a value of a field of one's own as a tsvector
 *	  (query-language section 9).
 *
 * Immutable for all types: neither the session's time zone nor any
 * configuration matters.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "text/field_value.h"
#include "text/own_fields.h"

/* the lexemes of a call, one after the other in bytes */
typedef struct Values
{
	StringInfoData start;		/* what each begins with */
	StringInfoData bytes;
	int		   *ends;
	int			n;
	int			max;
} Values;

/* Begin with the lexemes of a field. */
static void
begin_values(Values *values, text * name)
{
	StringInfoData folded;

	memset(values, 0, sizeof(Values));
	initStringInfo(&folded);
	if (!BiFoldFieldName(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &folded))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no name of a field",
						pnstrdup(VARDATA_ANY(name),
								 pg_mbcliplen(VARDATA_ANY(name),
											  VARSIZE_ANY_EXHDR(name),
											  BI_MAX_FIELD_NAME))),
				 errdetail("A name is a letter and at least one more letter, digit or \"_\", %d bytes at most.",
						   BI_MAX_FIELD_NAME)));
	initStringInfo(&values->start);
	if (!BiAppendFieldStart(folded.data, folded.len, &values->start))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("encoding \"%s\" of the database has no fields of one's own",
						GetDatabaseEncodingName()),
				 errdetail("It lacks the section sign, with which their lexemes begin.")));
	initStringInfo(&values->bytes);
	values->max = 4;
	values->ends = palloc_array(int, values->max);
	pfree(folded.data);
}

/* Begin a lexeme; the value is to be appended to values->bytes. */
static void
begin_value(Values *values)
{
	if (values->bytes.len > MAXSTRPOS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("values of a field exceed the size of a tsvector"),
				 errdetail("It has room for %d bytes.", MAXSTRPOS)));
	if (values->n == values->max)
	{
		values->max *= 2;
		values->ends = repalloc(values->ends, values->max * sizeof(int));
	}
	appendBinaryStringInfo(&values->bytes, values->start.data,
						   values->start.len);
}

static void
end_value(Values *values)
{
	values->ends[values->n++] = values->bytes.len;
}

/* Leave out the lexeme that was begun. */
static void
drop_value(Values *values)
{
	values->bytes.len -= values->start.len;
	values->bytes.data[values->bytes.len] = '\0';
}

/* a lexeme, to be sorted */
typedef struct Lexeme
{
	const char *s;
	int			len;
} Lexeme;

/* As tsCompareString(): by bytes, then by length. */
static int
compare_lexemes(const void *a, const void *b)
{
	const Lexeme *left = a;
	const Lexeme *right = b;
	int			order = memcmp(left->s, right->s, Min(left->len, right->len));

	return order != 0 ? order : left->len - right->len;
}

/* The lexemes, sorted and without duplicates, as a tsvector. */
static TSVector
make_vector(Values *values)
{
	Lexeme	   *lexemes = palloc_array(Lexeme, Max(values->n, 1));
	TSVector	vector;
	char	   *to;
	int			size = 0;
	int			bytes = 0;

	for (int i = 0, from = 0; i < values->n; from = values->ends[i++])
	{
		lexemes[i].s = values->bytes.data + from;
		lexemes[i].len = values->ends[i] - from;
	}
	qsort(lexemes, values->n, sizeof(Lexeme), compare_lexemes);
	for (int i = 0; i < values->n; i++)
	{
		if (size > 0 && compare_lexemes(&lexemes[size - 1], &lexemes[i]) == 0)
			continue;
		lexemes[size++] = lexemes[i];
		bytes += lexemes[i].len;
	}
	if (bytes > MAXSTRPOS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("values of a field exceed the size of a tsvector"),
				 errdetail("It has room for %d bytes.", MAXSTRPOS)));

	vector = palloc0(CALCDATASIZE(size, bytes));
	SET_VARSIZE(vector, CALCDATASIZE(size, bytes));
	vector->size = size;
	to = STRPTR(vector);
	for (int i = 0; i < size; i++)
	{
		WordEntry  *entry = ARRPTR(vector) + i;

		entry->haspos = 0;
		entry->len = lexemes[i].len;
		entry->pos = to - STRPTR(vector);
		memcpy(to, lexemes[i].s, lexemes[i].len);
		to += lexemes[i].len;
	}
	return vector;
}

/* The field's name; no NULL, as the value may be. */
static text *
name_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name of a field must not be null")));
	return PG_GETARG_TEXT_PP(0);
}

/* Add a text, unless nothing is left of it. */
static void
add_text(Values *values, text * value)
{
	int			start;

	begin_value(values);
	start = values->bytes.len;
	BiAppendFieldText(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), false,
					  false, &values->bytes);
	BiCutFieldText(&values->bytes, start);
	if (values->bytes.len == start)
		drop_value(values);
	else
		end_value(values);
}

/* Add a number in decimal form. */
static void
add_number(Values *values, const char *number)
{
	begin_value(values);
	if (BiAppendFieldNumber(number, &values->bytes))
		end_value(values);
	else
		drop_value(values);
}

/* Add a day, unless it is outside the years 1 to 9999. */
static void
add_day(Values *values, int year, int month, int day)
{
	if (year < 1 || year > 9999)
		return;
	begin_value(values);
	BiAppendFieldDate(year, month, day, &values->bytes);
	end_value(values);
}

PG_FUNCTION_INFO_V1(bi_field_text);

/* bi_field(name, text) */
Datum
bi_field_text(PG_FUNCTION_ARGS)
{
	Values		values;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1))
		add_text(&values, PG_GETARG_TEXT_PP(1));
	PG_RETURN_TSVECTOR(make_vector(&values));
}

PG_FUNCTION_INFO_V1(bi_field_texts);

/* bi_field(name, text[]): a lexeme for each element that is not null */
Datum
bi_field_texts(PG_FUNCTION_ARGS)
{
	Values		values;
	Datum	   *elements;
	bool	   *nulls;
	int			n = 0;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
						  TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!nulls[i])
			add_text(&values, DatumGetTextPP(elements[i]));
	}
	PG_RETURN_TSVECTOR(make_vector(&values));
}

PG_FUNCTION_INFO_V1(bi_field_date);

/* bi_field(name, date) */
Datum
bi_field_date(PG_FUNCTION_ARGS)
{
	Values		values;
	int			year;
	int			month;
	int			day;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1) && !DATE_NOT_FINITE(PG_GETARG_DATEADT(1)))
	{
		j2date(PG_GETARG_DATEADT(1) + POSTGRES_EPOCH_JDATE, &year, &month,
			   &day);
		add_day(&values, year, month, day);
	}
	PG_RETURN_TSVECTOR(make_vector(&values));
}

PG_FUNCTION_INFO_V1(bi_field_timestamp);

/*
 * bi_field(name, timestamp or timestamptz): its day, with time zone that in
 * UTC, in which such values are stored
 */
Datum
bi_field_timestamp(PG_FUNCTION_ARGS)
{
	Values		values;
	struct pg_tm tm;
	fsec_t		fsec;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1) && !TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMP(1)))
	{
		if (timestamp2tm(PG_GETARG_TIMESTAMP(1), NULL, &tm, &fsec, NULL,
						 NULL) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
		add_day(&values, tm.tm_year, tm.tm_mon, tm.tm_mday);
	}
	PG_RETURN_TSVECTOR(make_vector(&values));
}

/* An integer; null if it is not given. */
static Datum
field_of_integer(FunctionCallInfo fcinfo, int64 value)
{
	Values		values;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1))
		add_number(&values, psprintf("%lld", (long long) value));
	PG_RETURN_TSVECTOR(make_vector(&values));
}

PG_FUNCTION_INFO_V1(bi_field_int2);

/* bi_field(name, smallint) */
Datum
bi_field_int2(PG_FUNCTION_ARGS)
{
	return field_of_integer(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT16(1));
}

PG_FUNCTION_INFO_V1(bi_field_int4);

/* bi_field(name, integer) */
Datum
bi_field_int4(PG_FUNCTION_ARGS)
{
	return field_of_integer(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1));
}

PG_FUNCTION_INFO_V1(bi_field_int8);

/* bi_field(name, bigint) */
Datum
bi_field_int8(PG_FUNCTION_ARGS)
{
	return field_of_integer(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1));
}

PG_FUNCTION_INFO_V1(bi_field_numeric);

/* bi_field(name, numeric): what is infinite or no number is left out */
Datum
bi_field_numeric(PG_FUNCTION_ARGS)
{
	Values		values;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1))
		add_number(&values,
				   DatumGetCString(DirectFunctionCall1(numeric_out,
													   PG_GETARG_DATUM(1))));
	PG_RETURN_TSVECTOR(make_vector(&values));
}

PG_FUNCTION_INFO_V1(bi_field_bool);

/* bi_field(name, boolean): the text true or false */
Datum
bi_field_bool(PG_FUNCTION_ARGS)
{
	Values		values;

	begin_values(&values, name_argument(fcinfo));
	if (!PG_ARGISNULL(1))
	{
		begin_value(&values);
		appendStringInfoString(&values.bytes,
							   PG_GETARG_BOOL(1) ? "true" : "false");
		end_value(&values);
	}
	PG_RETURN_TSVECTOR(make_vector(&values));
}
