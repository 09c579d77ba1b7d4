/*
 * bi_query_io.c
 *	  SQL functions that make and print a bi_query.
 */
#include "postgres.h"

#include "access/xact.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "query/diagnostic.h"
#include "query/parse_driver.h"

/* first byte of the binary format; what follows is the canonical text */
#define WIRE_VERSION 1

/*
 * Parse text in configuration config or, if that is InvalidOid, in the one
 * that the text's prefix names, or else the default.  Fills *state and never
 * raises for what was typed: a prefix whose configuration does not exist
 * becomes a diagnostic, and is searched as text.
 */
BiQuery *
BiParseInput(BiParseState *state, const char *text, int len, Oid config,
			 BiMode mode, Oid extension_schema)
{
	int			prefix = 0;
	char	   *unknown = NULL;
	char	   *nsp;
	char	   *name;
	BiQuery    *query;

	memset(state, 0, sizeof(*state));
	if (!OidIsValid(config) && BiHasSyntax(mode))
		config = BiReadPrefix(text, len, extension_schema, &prefix, &unknown);
	if (unknown != NULL)
		prefix = 0;
	if (!OidIsValid(config))
		config = BiDefaultConfig(extension_schema);

	BiConfigOpen(config, &state->config);
	BiConfigName(config, extension_schema, &nsp, &name);
	state->skipped = pg_mbstrlen_with_len(text, prefix);
	query = BiParse(state, text + prefix, len - prefix, mode, nsp, name);
	if (unknown != NULL)
		BiDiagnose(state, BI_ERROR, ERRCODE_UNDEFINED_OBJECT, 0, 0,
				   "Put a backslash before the brace to search for the text.",
				   "text search configuration \"%s\" does not exist",
				   pnstrdup(unknown, pg_mbcharcliplen(unknown, strlen(unknown),
													  BI_MAX_QUOTED_CHARS)));
	return query;
}

/* The last parse of a call site: a parameter is the same for every row. */
typedef struct LastParse
{
	MemoryContext context;		/* of text and query */
	char	   *text;			/* NULL if there is none */
	BiQuery    *query;
	int			len;
	Oid			config;
	CommandId	command;		/* another command may see changed
								 * dictionaries */
	TimestampTz statement;
} LastParse;

/* The call site's last parse. */
static LastParse *
last_parse(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	LastParse  *last = flinfo->fn_extra;

	if (last == NULL)
	{
		last = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(LastParse));
		last->context = AllocSetContextCreate(flinfo->fn_mcxt,
											  "bi_query last parsed",
											  ALLOCSET_SMALL_SIZES);
		flinfo->fn_extra = last;
	}
	return last;
}

static BiQuery *
copy_query(const BiQuery *query)
{
	return memcpy(palloc(VARSIZE(query)), query, VARSIZE(query));
}

/* Remember the query that text became. */
static void
remember_parse(LastParse *last, const char *text, int len, Oid config,
			   const BiQuery *query)
{
	MemoryContext caller;

	last->text = NULL;
	MemoryContextReset(last->context);
	caller = MemoryContextSwitchTo(last->context);
	last->query = copy_query(query);
	last->len = len;
	last->config = config;
	last->command = GetCurrentCommandId(false);
	last->statement = GetCurrentStatementStartTimestamp();
	last->text = memcpy(palloc(len + 1), text, len);
	MemoryContextSwitchTo(caller);
}

/*
 * The query in text, in the caller's memory context, or NULL after a soft
 * error.  Lenient calls neither raise nor emit a NOTICE.  The same text at
 * the same call site is parsed once; the result is a copy, as COPY keeps
 * results of many calls.
 */
static BiQuery *
make_query(FunctionCallInfo fcinfo, const char *text, int len, Oid config,
		   BiMode mode, bool lenient)
{
	Oid			schema = BiExtensionSchema(fcinfo);
	LastParse  *last = last_parse(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext parse;
	BiParseState state;
	BiQuery    *query;
	BiQuery    *result = NULL;

	if (last->text != NULL && last->len == len && last->config == config &&
		last->command == GetCurrentCommandId(false) &&
		last->statement == GetCurrentStatementStartTimestamp() &&
		memcmp(last->text, text, len) == 0)
		return copy_query(last->query);

	parse = AllocSetContextCreate(caller, "bi_query parser",
								  ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(parse);
	query = BiParseInput(&state, text, len, config, mode, schema);

	/* a soft error is stored in the current context */
	MemoryContextSwitchTo(caller);
	if (lenient || BiRaise(&state, query, text, len, fcinfo->context))
	{
		if (!lenient)
			BiNoticeDropped(&state);
		/* an unqualified name in braces may have been found by search_path */
		if (query->nsplen == 0 || OidIsValid(config))
			remember_parse(last, text, len, config, query);
		result = copy_query(query);
	}
	MemoryContextDelete(parse);
	return result;
}

PG_FUNCTION_INFO_V1(bi_query_in);
Datum
bi_query_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	BiQuery    *query = make_query(fcinfo, text, strlen(text), InvalidOid,
								   BI_MODE_QUERY, false);

	if (query == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BI_QUERY_P(query);
}

PG_FUNCTION_INFO_V1(bi_query_out);
Datum
bi_query_out(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	int			len;

	PG_RETURN_CSTRING(BiDeparse(query, true, &len));
}

/*
 * bi_query_recv(buffer): a version byte and the canonical text, which is
 * parsed like any other input.
 */
PG_FUNCTION_INFO_V1(bi_query_recv);
Datum
bi_query_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = buf->cursor < buf->len ? pq_getmsgbyte(buf) : 0;
	char	   *text;
	int			len;

	if (version != WIRE_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported bi_query version number %d", version)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_BI_QUERY_P(make_query(fcinfo, text, len, InvalidOid,
									BI_MODE_QUERY, false));
}

PG_FUNCTION_INFO_V1(bi_query_send);
Datum
bi_query_send(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	StringInfoData buf;
	int			len;
	char	   *text = BiDeparse(query, true, &len);

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, WIRE_VERSION);
	pq_sendtext(&buf, text, len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Body of the functions below, which take (text) or (regconfig, text). */
static Datum
query_of_text(FunctionCallInfo fcinfo, bool byid, BiMode mode, bool lenient)
{
	Oid			config = byid ? PG_GETARG_OID(0) : InvalidOid;
	text	   *input = PG_GETARG_TEXT_PP(byid ? 1 : 0);

	PG_RETURN_BI_QUERY_P(make_query(fcinfo, VARDATA_ANY(input),
									VARSIZE_ANY_EXHDR(input), config, mode,
									lenient));
}

PG_FUNCTION_INFO_V1(to_bi_query);
Datum
to_bi_query(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, false, BI_MODE_QUERY, false);
}

PG_FUNCTION_INFO_V1(to_bi_query_byid);
Datum
to_bi_query_byid(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, true, BI_MODE_QUERY, false);
}

PG_FUNCTION_INFO_V1(websearch_to_bi_query);
Datum
websearch_to_bi_query(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, false, BI_MODE_QUERY, true);
}

PG_FUNCTION_INFO_V1(websearch_to_bi_query_byid);
Datum
websearch_to_bi_query_byid(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, true, BI_MODE_QUERY, true);
}

PG_FUNCTION_INFO_V1(plainto_bi_query);
Datum
plainto_bi_query(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, false, BI_MODE_PLAIN, false);
}

PG_FUNCTION_INFO_V1(plainto_bi_query_byid);
Datum
plainto_bi_query_byid(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, true, BI_MODE_PLAIN, false);
}

PG_FUNCTION_INFO_V1(phraseto_bi_query);
Datum
phraseto_bi_query(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, false, BI_MODE_PHRASE, false);
}

PG_FUNCTION_INFO_V1(phraseto_bi_query_byid);
Datum
phraseto_bi_query_byid(PG_FUNCTION_ARGS)
{
	return query_of_text(fcinfo, true, BI_MODE_PHRASE, false);
}
