/*
 * query.c
 *	  Target "query": text through every call that reads one.
 *
 * First byte: configuration (or none).  The rest is what was typed.
 *
 * What must hold: the lenient call and bi_check never fail; bi_check has an
 * error exactly where the strict call raises; where it does not, both calls
 * make the same; and every query printed, sent, and read again is the same
 * query with the same canonical text.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "fuzz.h"

static FuzzFunction query_in = {.signature = "bi_query_in(cstring)"};
static FuzzFunction query_out = {.signature = "bi_query_out(bi_query)"};
static FuzzFunction query_recv = {.signature = "bi_query_recv(internal)"};
static FuzzFunction query_send = {.signature = "bi_query_send(bi_query)"};
static FuzzFunction query_eq = {.signature = "bi_query_eq(bi_query,bi_query)"};
static FuzzFunction query_hash = {.signature = "bi_query_hash(bi_query)"};

/* without and with a configuration */
static FuzzFunction strict_call[2] = {
	{.signature = "to_bi_query(text)"}, {.signature = "to_bi_query(regconfig,text)"}
};
static FuzzFunction lenient_call[2] = {
	{.signature = "websearch_to_bi_query(text)"}, {.signature = "websearch_to_bi_query(regconfig,text)"}
};
static FuzzFunction plain_call[2] = {
	{.signature = "plainto_bi_query(text)"}, {.signature = "plainto_bi_query(regconfig,text)"}
};
static FuzzFunction phrase_call[2] = {
	{.signature = "phraseto_bi_query(text)"}, {.signature = "phraseto_bi_query(regconfig,text)"}
};
static FuzzFunction check_call[2] = {
	{.signature = "bi_check(text)"}, {.signature = "bi_check(regconfig,text)"}
};

typedef struct QueryInput
{
	Oid			config;			/* InvalidOid: none given */
	Datum		text;
	const char *typed;
	int			nerrors;		/* of bi_check */
} QueryInput;

static int
try_query(const QueryInput *input, FuzzFunction *calls, Datum *result)
{
	if (OidIsValid(input->config))
		return FuzzTryCall(result, &calls[1],
						   ObjectIdGetDatum(input->config), input->text);
	return FuzzTryCall(result, &calls[0], input->text);
}

static bool
is_same(Datum a, Datum b)
{
	return DatumGetBool(FuzzCall(&query_eq, a, b)) &&
		DatumGetInt32(FuzzCall(&query_hash, a)) ==
		DatumGetInt32(FuzzCall(&query_hash, b));
}

/* Print, read, send, receive. */
static void
round_trip(const QueryInput *input, const char *call, Datum query)
{
	char	   *printed = DatumGetCString(FuzzCall(&query_out, query));
	char	   *again;
	bytea	   *sent;
	StringInfoData buf;
	Datum		read;
	int			code = FuzzTryCall(&read, &query_in, CStringGetDatum(printed));

	if (code != 0)
		FuzzFail("%s(\"%s\") prints \"%s\", which fails with %s", call,
				 input->typed, printed, unpack_sql_state(code));
	again = DatumGetCString(FuzzCall(&query_out, read));
	if (strcmp(printed, again) != 0)
		FuzzFail("%s(\"%s\") prints \"%s\", that \"%s\"", call,
				 input->typed, printed, again);
	if (!is_same(query, read))
		FuzzFail("%s(\"%s\") prints \"%s\", which is another query", call,
				 input->typed, printed);

	sent = DatumGetByteaPP(FuzzCall(&query_send, query));
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
	read = FuzzCall(&query_recv, PointerGetDatum(&buf));
	if (buf.cursor != buf.len || !is_same(query, read))
		FuzzFail("%s(\"%s\"): sent is not received", call, input->typed);
}

/* Count an error that bi_check lists; its rows must be sound. */
static void
take_finding(TupleTableSlot *slot, void *arg)
{
	QueryInput *input = arg;
	bool		isnull;
	Datum		severity = slot_getattr(slot, 1, &isnull);
	int			pos = DatumGetInt32(slot_getattr(slot, 2, &isnull));
	int			len = DatumGetInt32(slot_getattr(slot, 3, &isnull));
	int			nchars = pg_mbstrlen(input->typed);

	if (pos < 1 || len < 1 || (pos - 1 + len > nchars && pos != nchars + 1
							   && pos != nchars))
		FuzzFail("bi_check(\"%s\"): position %d, length %d", input->typed,
				 pos, len);
	if (strcmp(TextDatumGetCString(severity), "error") == 0)
		input->nerrors++;
}

static void
run_check(void *arg)
{
	QueryInput *input = arg;

	if (OidIsValid(input->config))
		FuzzCallRows(&check_call[1], take_finding, input,
					 ObjectIdGetDatum(input->config), input->text);
	else
		FuzzCallRows(&check_call[0], take_finding, input, input->text);
}

void
FuzzQuery(const uint8 *data, size_t size)
{
	QueryInput	input = {0};
	Datum		strict;
	Datum		lenient;
	Datum		other;
	int			code;
	int			len;

	if (size < 1)
		return;
	if (data[0] >= 200)
		input.config = FuzzConfig(FUZZ_NEWS);
	else if (FuzzIsCjk(data[0]))
		input.config = FuzzConfig(data[0]);
	else
		input.config = data[0] % 5 == 0 ? InvalidOid :
			FuzzConfig(data[0] % 5 - 1);
	input.typed = FuzzClean(data + 1, size - 1, &len);
	input.text = FuzzText2Datum(input.typed, len);

	code = try_query(&input, lenient_call, &lenient);
	if (code != 0)
		FuzzFail("the lenient call fails for \"%s\" with %s", input.typed,
				 unpack_sql_state(code));
	round_trip(&input, "lenient", lenient);

	if (FuzzTry(run_check, &input) != 0)
		FuzzFail("bi_check fails for \"%s\"", input.typed);
	code = try_query(&input, strict_call, &strict);
	if ((code != 0) != (input.nerrors > 0))
		FuzzFail("the strict call for \"%s\" says %s, bi_check %d errors",
				 input.typed, unpack_sql_state(code), input.nerrors);
	if (code == 0 && !is_same(strict, lenient))
		FuzzFail("strict and lenient differ for \"%s\"", input.typed);
	if (!OidIsValid(input.config))
	{
		int			second = FuzzTryCall(&other, &query_in,
										 CStringGetDatum(input.typed));

		if (second != code || (code == 0 && !is_same(strict, other)))
			FuzzFail("bi_query_in and to_bi_query differ for \"%s\"",
					 input.typed);
	}

	if (try_query(&input, plain_call, &other) == 0)
		round_trip(&input, "plain", other);
	if (try_query(&input, phrase_call, &other) == 0)
		round_trip(&input, "phrase", other);
}
