/*
 * matches.c
 *	  bi_matches(): every span that an operand of a query matched.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "show/text_hits.h"

/*
 * operand, its number, first and last position; for text also start and
 * length
 */
#define MATCH_COLUMNS	6

/* names of a query's operands, made when first needed */
typedef struct Operands
{
	const BiQuery *query;
	int32	   *numbers;		/* by node, of ITEMs, from 1 */
	Datum	   *names;			/* by node, 0 until needed */
} Operands;

static void
init_operands(Operands *operands, const BiQuery *query)
{
	int32		n = 0;

	operands->query = query;
	operands->numbers = palloc_array(int32, query->nnodes + 1);
	operands->names = palloc0_array(Datum, query->nnodes + 1);
	for (uint32 i = 0; i < query->nnodes; i++)
		operands->numbers[i] = query->nodes[i].kind == BI_ITEM ? ++n : 0;
}

static Datum
operand_name(Operands *operands, uint32 node)
{
	if (operands->names[node] == (Datum) 0)
	{
		StringInfoData buf;

		initStringInfo(&buf);
		BiAppendItem(&buf, operands->query, &operands->query->nodes[node]);
		operands->names[node] =
			PointerGetDatum(cstring_to_text_with_len(buf.data, buf.len));
		pfree(buf.data);
	}
	return operands->names[node];
}

/* Fill the columns common to both variants. */
static void
fill_match_row(Operands *operands, const BiHit *hit, Datum *values, bool *nulls)
{
	CHECK_FOR_INTERRUPTS();
	memset(nulls, 0, sizeof(bool) * MATCH_COLUMNS);
	values[0] = operand_name(operands, hit->node);
	values[1] = Int32GetDatum(operands->numbers[hit->node]);
	values[2] = UInt32GetDatum(hit->start);
	values[3] = UInt32GetDatum(hit->end);
	nulls[2] = nulls[3] = hit->start == 0;
}

/* state of bi_matches, kept between calls */
typedef struct MatchesState
{
	BiTextCallState call;
	BiTsvectorSource source;
} MatchesState;

PG_FUNCTION_INFO_V1(bi_matches_tsvector);
Datum
bi_matches_tsvector(PG_FUNCTION_ARGS)
{
	TSVector	vector = PG_GETARG_TSVECTOR(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MatchesState *state = (MatchesState *)
		BiTextCallBegin(fcinfo, PG_GETARG_DATUM(1), sizeof(MatchesState));
	MemoryContext caller;
	Operands	operands;
	BiHit	   *hits;
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	caller = MemoryContextSwitchTo(state->call.scratch);
	init_operands(&operands, state->call.cached.query);
	BiTsvectorSourceInit(&state->source, vector);
	n = BiFindHits(state->call.cached.query, &state->source.source, false, true, false,
				   &hits);
	for (int i = 0; i < n; i++)
	{
		Datum		values[MATCH_COLUMNS];
		bool		nulls[MATCH_COLUMNS];

		fill_match_row(&operands, &hits[i], values, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->call.scratch);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(bi_matches_text);
Datum
bi_matches_text(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	BiTextCallState *call = BiTextCallBegin(fcinfo, PG_GETARG_DATUM(1),
											sizeof(BiTextCallState));
	MemoryContext caller;
	Operands	operands;
	BiTextHits	text_hits;
	BiCharCursor cursor = {VARDATA_ANY(document), 0, 0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	caller = MemoryContextSwitchTo(call->scratch);
	init_operands(&operands, call->cached.query);
	BiTextHitsFind(&text_hits, call, fcinfo, document, PG_GETARG_TEXT_PP(2),
				   false, true);
	for (int i = 0; i < text_hits.nhits; i++)
	{
		BiRange		range = BiTextHitsRange(&text_hits, &text_hits.hits[i]);
		Datum		values[MATCH_COLUMNS];
		bool		nulls[MATCH_COLUMNS];
		int32		start = BiCharCursorMove(&cursor, range.start);

		fill_match_row(&operands, &text_hits.hits[i], values, nulls);
		values[4] = Int32GetDatum(start + 1);
		values[5] = Int32GetDatum(BiCharCursorMove(&cursor, range.end) -
								  start);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(call->scratch);
	return (Datum) 0;
}
