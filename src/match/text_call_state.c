/*
 * text_call_state.c
 *	  A call site that reads stream for a query.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "match/text_call_state.h"

BiTextCallState *
BiTextCallBegin(FunctionCallInfo fcinfo, Datum query, Size size)
{
	BiTextCallState *reader = (BiTextCallState *) BiFnExtraState(fcinfo, size);

	/* what was made of the last query went with the memo's context */
	if (BiFnExtraSet(&reader->memo, query))
		reader->stream = NULL;
	if (reader->scratch == NULL)
		reader->scratch =
			AllocSetContextCreate(GetMemoryChunkContext(reader),
								  "bisearch document",
								  ALLOCSET_DEFAULT_SIZES);
	/* costs next to nothing if the last document allocated nothing */
	MemoryContextReset(reader->scratch);
	return reader;
}

BiSource *
BiTextCallRead(BiTextCallState *reader, FunctionCallInfo fcinfo, const text * document,
			   uint8 field, bool places)
{
	if (reader->stream == NULL)
	{
		MemoryContext caller;

		BiConfigOpen(BiQueryConfig(reader->memo.query,
								   BiExtensionSchema(fcinfo)),
					 &reader->config);
		caller = MemoryContextSwitchTo(reader->memo.context);
		reader->stream = BiStreamSourceCreate(reader->memo.query);
		MemoryContextSwitchTo(caller);
	}
	return BiStreamSourceRead(reader->stream, &reader->config,
							  VARDATA_ANY(document),
							  VARSIZE_ANY_EXHDR(document), field, places);
}
