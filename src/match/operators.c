/*
 * operators.c
 *	  The match operators @~ and ~@.
 */
#include "postgres.h"

#include "base/compat.h"
#include "match/eval.h"
#include "match/text_call_state.h"

/* state of a match function, kept between calls */
typedef struct MatchState
{
	BiTextCallState call;
	BiTsvectorSource source;	/* for tsvectors */
} MatchState;

/* Does vector match the query? */
static bool
match_tsvector(FunctionCallInfo fcinfo, TSVector vector, Datum query)
{
	MatchState *state = (MatchState *)
		BiTextCallBegin(fcinfo, query, sizeof(MatchState));
	MemoryContext caller = MemoryContextSwitchTo(state->call.scratch);
	bool		result;

	BiTsvectorSourceInit(&state->source, vector);
	result = BiMatches(state->call.cached.query, &state->source.source);
	MemoryContextSwitchTo(caller);
	return result;
}

/* Does document, analyzed with the query's configuration, match it? */
static bool
match_text(FunctionCallInfo fcinfo, text * document, Datum query)
{
	BiTextCallState *call = BiTextCallBegin(fcinfo, query,
											sizeof(BiTextCallState));
	MemoryContext caller;
	BiSource   *source;
	bool		result;

	if (call->cached.query->nnodes == 0)
		return false;
	caller = MemoryContextSwitchTo(call->scratch);
	source = BiTextCallRead(call, fcinfo, document, BI_FIELD_D, false);
	result = BiMatches(call->cached.query, source);
	MemoryContextSwitchTo(caller);
	return result;
}

PG_FUNCTION_INFO_V1(bi_tsvector_match);
Datum
bi_tsvector_match(PG_FUNCTION_ARGS)
{
	TSVector	vector = PG_GETARG_TSVECTOR(0);
	bool		result = match_tsvector(fcinfo, vector, PG_GETARG_DATUM(1));

	PG_FREE_IF_COPY(vector, 0);
	PG_RETURN_BOOL(result);
}

PG_FUNCTION_INFO_V1(bi_query_match_tsvector);
Datum
bi_query_match_tsvector(PG_FUNCTION_ARGS)
{
	TSVector	vector = PG_GETARG_TSVECTOR(1);
	bool		result = match_tsvector(fcinfo, vector, PG_GETARG_DATUM(0));

	PG_FREE_IF_COPY(vector, 1);
	PG_RETURN_BOOL(result);
}

PG_FUNCTION_INFO_V1(bi_text_match);
Datum
bi_text_match(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	bool		result = match_text(fcinfo, document, PG_GETARG_DATUM(1));

	PG_FREE_IF_COPY(document, 0);
	PG_RETURN_BOOL(result);
}

PG_FUNCTION_INFO_V1(bi_query_match_text);
Datum
bi_query_match_text(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(1);
	bool		result = match_text(fcinfo, document, PG_GETARG_DATUM(0));

	PG_FREE_IF_COPY(document, 1);
	PG_RETURN_BOOL(result);
}
