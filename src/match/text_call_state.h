/*
 * text_call_state.h
 *	  A call site that reads stream for a query.
 */
#ifndef BI_TEXT_CALL_STATE_H
#define BI_TEXT_CALL_STATE_H

#include "match/fn_extra_query.h"
#include "match/sources.h"

/* Begins with a BiFnExtraQuery, as BiFnExtraState wants. */
typedef struct BiTextCallState
{
	BiFnExtraQuery memo;		/* memo.query is the query */
	MemoryContext scratch;		/* for one document */
	BiConfig	config;			/* the query's, once a text was read */
	BiStreamSource *stream;		/* made with it */
} BiTextCallState;

/*
 * The reader of a function's call site, in a state of size bytes that begins
 * with it, set to the query and with an empty scratch context.
 */
extern BiTextCallState *BiTextCallBegin(FunctionCallInfo fcinfo, Datum query,
										Size size);

/*
 * Read document, analysed as the query is, as BiStreamSourceRead does; to be
 * called with the scratch context current.
 */
extern BiSource *BiTextCallRead(BiTextCallState *reader, FunctionCallInfo fcinfo,
								const text * document, uint8 field, bool places);

#endif							/* BI_TEXT_CALL_STATE_H */
