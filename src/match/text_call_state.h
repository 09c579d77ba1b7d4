/*
 * text_call_state.h
 *	  State of a call site that reads texts for a query.
 */
#ifndef BI_TEXT_CALL_STATE_H
#define BI_TEXT_CALL_STATE_H

#include "match/fn_extra_query.h"
#include "match/sources.h"

/* Begins with a BiFnExtraQuery, as BiFnExtraState requires. */
typedef struct BiTextCallState
{
	BiFnExtraQuery cached;		/* cached.query is the query */
	MemoryContext scratch;		/* for one document */
	BiConfig	config;			/* the query's, set when the first text is
								 * read */
	BiStreamSource *stream;		/* made with it */
} BiTextCallState;

/*
 * The state of a function's call site, of size bytes that begin with a
 * BiTextCallState, set to the query and with an empty scratch context.
 */
extern BiTextCallState *BiTextCallBegin(FunctionCallInfo fcinfo, Datum query,
										Size size);

/*
 * Read document, analyzed with the query's configuration, as
 * BiStreamSourceRead does; to be called in the scratch context.
 */
extern BiSource *BiTextCallRead(BiTextCallState *call, FunctionCallInfo fcinfo,
								const text * document, uint8 field,
								bool places);

#endif							/* BI_TEXT_CALL_STATE_H */
