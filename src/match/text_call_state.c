/*
 * text_call_state.c
 *	  State of a call site that reads texts for a query.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "match/text_call_state.h"

BiTextCallState *
BiTextCallBegin(FunctionCallInfo fcinfo, Datum query, Size size)
{
	BiTextCallState *call = (BiTextCallState *) BiFnExtraState(fcinfo, size);

	/* what was made of the last query was freed with the cached context */
	if (BiFnExtraSet(&call->cached, query))
		call->stream = NULL;
	if (call->scratch == NULL)
		call->scratch =
			AllocSetContextCreate(GetMemoryChunkContext(call),
								  "bisearch document",
								  ALLOCSET_DEFAULT_SIZES);
	/* costs next to nothing if the last document allocated nothing */
	MemoryContextReset(call->scratch);
	return call;
}

BiSource *
BiTextCallRead(BiTextCallState *call, FunctionCallInfo fcinfo,
			   const text * document, uint8 field, bool places)
{
	if (call->stream == NULL)
	{
		MemoryContext caller;

		BiConfigOpen(BiQueryConfig(call->cached.query,
								   BiExtensionSchema(fcinfo)),
					 &call->config);
		caller = MemoryContextSwitchTo(call->cached.context);
		call->stream = BiStreamSourceCreate(call->cached.query);
		MemoryContextSwitchTo(caller);
	}
	return BiStreamSourceRead(call->stream, &call->config,
							  VARDATA_ANY(document),
							  VARSIZE_ANY_EXHDR(document), field, places);
}
