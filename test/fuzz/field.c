/*
 * field.c
 *	  Target "field": values of fields of one's own, and ranges of them.
 *
 * The input says a few dates or numbers and a range, which are written as
 * people do.  What must hold: the range has exactly the values that are
 * between its ends by their numbers, which are compared here; the query
 * printed and read again is the same; its candidates are exact.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

#include "fuzz.h"

#define NVALUES 8

/* of years 1 to 9999 */
#define FIRST_DAY 0
#define LAST_DAY 3652058

static FuzzFunction lenient_call = {.signature = "websearch_to_bi_query(regconfig,text)"};
static FuzzFunction strict_call = {.signature = "to_bi_query(regconfig,text)"};
static FuzzFunction query_in = {.signature = "bi_query_in(cstring)"};
static FuzzFunction query_out = {.signature = "bi_query_out(bi_query)"};
static FuzzFunction query_eq = {.signature = "bi_query_eq(bi_query,bi_query)"};
static FuzzFunction field_date = {.signature = "bi_field(text,date)"};
static FuzzFunction field_numeric = {.signature = "bi_field(text,numeric)"};
static FuzzFunction match = {.signature = "bi_tsvector_match(tsvector,bi_query)"};
static FuzzFunction candidates = {.signature = "bi_candidates(bi_query)"};
static FuzzFunction ts_match = {.signature = "ts_match_vq(tsvector,tsquery)"};

/* a value: days since 0001-01-01, or a number in hundredths */
typedef struct FieldValue
{
	int64		low;
	int64		high;			/* > low for a date shorter than a day */
	char	   *text;
} FieldValue;

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_length(int year, int month)
{
	return month == 2 ? 28 + is_leap(year) :
		month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static int64
day_number(int year, int month, int day)
{
	int64		before = year - 1;
	int64		days = before * 365 + before / 4 - before / 100 + before / 400;

	for (int m = 1; m < month; m++)
		days += month_length(year, m);
	return days + day - 1;
}

/* A date, mostly of a few years, perhaps shorter than a day. */
static FieldValue
make_day(FuzzBytes *bytes, bool whole)
{
	int			a = FuzzByte(bytes);
	int			b = FuzzByte(bytes);
	int			form = whole ? 0 : FuzzByte(bytes) % 6;
	int			year = a < 200 ? 2000 + a % 24 : 1 + (a * 256 + b) % 9999;
	int			month = 1 + b % 12;
	int			day = 1 + FuzzByte(bytes) % month_length(year, month);
	FieldValue	value;

	if (form == 1)
	{
		value.low = day_number(year, month, 1);
		value.high = day_number(year, month, month_length(year, month));
		value.text = psprintf("%04d-%02d", year, month);
	}
	else if (form == 2)
	{
		value.low = day_number(year, 1, 1);
		value.high = day_number(year, 12, 31);
		value.text = psprintf("%04d", year);
	}
	else
	{
		value.low = value.high = day_number(year, month, day);
		value.text = psprintf(form == 3 ? "%04d-%d-%d" : "%04d-%02d-%02d",
							  year, month, day);
	}
	return value;
}

/* A number of up to 14 digits, of which two may be after the point. */
static FieldValue
make_number(FuzzBytes *bytes, bool whole)
{
	int			size = FuzzByte(bytes) % 7;
	int			form = whole ? 0 : FuzzByte(bytes) % 4;
	int64		number = 0;
	FieldValue	value;

	for (int i = 0; i < size; i++)
		number = number * 256 + FuzzByte(bytes);
	number %= INT64CONST(100000000000000);
	if (FuzzByte(bytes) % 3 == 0)
		number = -number;
	value.low = value.high = number;
	value.text = psprintf("%s%lld.%02d", number < 0 ? "-" : "",
						  (long long) (Abs(number) / 100),
						  (int) (Abs(number) % 100));
	if (form == 1)
		value.text = psprintf("%lldE-2", (long long) number);
	else if (form == 2)
		value.text = psprintf("%s00", value.text);
	else if (form == 3 && Abs(number) % 100 == 0)
		value.text = psprintf("%lld", (long long) (number / 100));
	return value;
}

static FieldValue
make_value(FuzzBytes *bytes, bool date, bool whole)
{
	return date ? make_day(bytes, whole) : make_number(bytes, whole);
}

/* The value as bi_field gives it. */
static Datum
make_vector(bool date, const FieldValue *value)
{
	Datum		name = FuzzText2Datum(date ? "date" : "words", date ? 4 : 5);

	if (date)
		return FuzzCall(&field_date, name,
						DateADTGetDatum((DateADT) (value->low -
												   day_number(2000, 1, 1))));
	return FuzzCall(&field_numeric, name,
					DirectFunctionCall3(numeric_in,
										CStringGetDatum(value->text),
										ObjectIdGetDatum(InvalidOid),
										Int32GetDatum(-1)));
}

/* Write the range; sets its ends, which are within it. */
static char *
make_range(FuzzBytes *bytes, bool date, int64 *low, int64 *high)
{
	const char *name = date ? "date" : "words";
	FieldValue	a = make_value(bytes, date, false);
	FieldValue	b = make_value(bytes, date, false);

	*low = PG_INT64_MIN;
	*high = PG_INT64_MAX;
	switch (FuzzByte(bytes) % 8)
	{
		case 0:
			*low = a.low;
			*high = a.high;
			return psprintf("%s:%s", name, a.text);
		case 1:
			*low = a.high + 1;
			return psprintf("%s>%s", name, a.text);
		case 2:
			*low = a.low;
			return psprintf("%s>=%s", name, a.text);
		case 3:
			*high = a.low - 1;
			return psprintf("%s<%s", name, a.text);
		case 4:
			*high = a.high;
			return psprintf("%s<=%s", name, a.text);
		case 5:
			*low = a.low;
			return psprintf("%s:[%s TO *]", name, a.text);
		case 6:
			*high = a.high;
			return psprintf("%s:..%s", name, a.text);
		default:
			if (a.low > b.low)
			{
				FieldValue	other = a;

				a = b;
				b = other;
			}
			*low = a.low;
			*high = b.high;
			return psprintf("%s:%s..%s", name, a.text, b.text);
	}
}

void
FuzzField(const uint8 *data, size_t size)
{
	FuzzBytes	bytes = {data, data + size, 1};
	bool		date = FuzzByte(&bytes) % 2 == 0;
	int64		low;
	int64		high;
	char	   *range = make_range(&bytes, date, &low, &high);
	bool		empty = date && (low > LAST_DAY || high < FIRST_DAY);
	Oid			config = FuzzConfig(FUZZ_NEWS);
	Datum		query;
	Datum		again;
	char	   *printed;
	int			code = FuzzTryCall(&query, &strict_call,
								   ObjectIdGetDatum(config),
								   FuzzText2Datum(range, strlen(range)));

	if ((code != 0) != empty)
		FuzzFail("\"%s\" gives %s", range, unpack_sql_state(code));
	if (code != 0)
	{
		(void) FuzzCall(&lenient_call, ObjectIdGetDatum(config),
						FuzzText2Datum(range, strlen(range)));
		return;
	}
	printed = DatumGetCString(FuzzCall(&query_out, query));
	again = FuzzCall(&query_in, CStringGetDatum(printed));
	if (!DatumGetBool(FuzzCall(&query_eq, query, again)))
		FuzzFail("\"%s\" prints \"%s\", which is another query", range,
				 printed);
	for (int i = 0; i < NVALUES; i++)
	{
		FieldValue	value = make_value(&bytes, date, true);
		Datum		vector = make_vector(date, &value);
		bool		expected = value.low >= low && value.low <= high;

		if (DatumGetBool(FuzzCall(&match, vector, query)) != expected)
			FuzzFail("\"%s\" and %s: not %s", range, value.text,
					 expected ? "true" : "false");
		if (DatumGetBool(FuzzCall(&ts_match, vector,
								  FuzzCall(&candidates, query))) != expected)
			FuzzFail("\"%s\" and %s: candidates are not exact", range,
					 value.text);
	}
}
