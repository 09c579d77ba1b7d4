/*
 * operators.c
 *	  The match operators @~ and ~@.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "match/eval.h"
#include "match/memo.h"
#include "match/sources.h"

/* what a match function keeps between its calls */
typedef struct MatchState
{
	BiMemo		memo;
	MemoryContext scratch;		/* for one document */
	BiConfig	config;			/* of the query, for texts */
	BiTsvectorSource source;	/* for tsvectors */
} MatchState;

/* Begin a call: the state, with the query and an empty scratch context. */
static MatchState *
begin_match(FunctionCallInfo fcinfo, Datum query, bool *changed)
{
	MatchState *state = (MatchState *) BiMemoState(fcinfo, sizeof(MatchState));

	*changed = BiMemoSet(&state->memo, query);
	if (state->scratch == NULL)
		state->scratch =
			AllocSetContextCreate(GetMemoryChunkContext(state),
								  "bisearch document",
								  ALLOCSET_DEFAULT_SIZES);
	/* costs next to nothing if the last document allocated nothing */
	MemoryContextReset(state->scratch);
	return state;
}

/* Does vector match the query? */
static bool
match_tsvector(FunctionCallInfo fcinfo, TSVector vector, Datum query)
{
	bool		changed;
	MatchState *state = begin_match(fcinfo, query, &changed);
	MemoryContext caller = MemoryContextSwitchTo(state->scratch);
	bool		result;

	BiTsvectorSourceInit(&state->source, vector);
	result = BiMatches(state->memo.query, &state->source.source);
	MemoryContextSwitchTo(caller);
	return result;
}

/* Does document, analysed as the query is, match it? */
static bool
match_text(FunctionCallInfo fcinfo, text *document, Datum query)
{
	bool		changed;
	MatchState *state = begin_match(fcinfo, query, &changed);
	MemoryContext caller;
	BiAnalysis *analysis;
	BiTextSource source;
	bool		result;

	if (state->memo.query->nnodes == 0)
		return false;
	if (changed || !OidIsValid(state->config.oid))
	{
		state->config.oid = InvalidOid;
		BiConfigOpen(BiQueryConfig(state->memo.query,
								   BiExtensionSchema(fcinfo)),
					 &state->config);
	}

	caller = MemoryContextSwitchTo(state->scratch);
	analysis = BiAnalyze(&state->config, VARDATA_ANY(document),
						 VARSIZE_ANY_EXHDR(document), true, NULL);
	BiTextSourceInit(&source, analysis);
	result = BiMatches(state->memo.query, &source.source);
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
