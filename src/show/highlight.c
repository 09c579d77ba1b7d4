/*
 * highlight.c
 *	  bi_highlight(): a whole text with its hits between start_sel and
 *	  stop_sel.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "show/html.h"
#include "show/text_hits.h"

/* the arguments of both functions */
enum
{
	DOCUMENT,
	QUERY,
	START_SEL,
	STOP_SEL,
	PARTIAL,
	FIELD
};

static void
append_datum(StringInfo buf, const text * t)
{
	appendBinaryStringInfo(buf, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

static Datum
highlight_text(FunctionCallInfo fcinfo, bool html)
{
	text	   *document = PG_GETARG_TEXT_PP(DOCUMENT);
	text	   *start_sel = PG_GETARG_TEXT_PP(START_SEL);
	text	   *stop_sel = PG_GETARG_TEXT_PP(STOP_SEL);
	BiTextCallState *call = BiTextCallBegin(fcinfo, PG_GETARG_DATUM(QUERY),
											sizeof(BiTextCallState));
	MemoryContext caller = MemoryContextSwitchTo(call->scratch);
	BiTextHits	hits;
	BiRange    *ranges;
	int			n;
	int32		done = 0;
	StringInfoData buf;

	BiTextHitsFind(&hits, call, fcinfo, document, PG_GETARG_TEXT_PP(FIELD),
				   PG_GETARG_BOOL(PARTIAL), false);
	n = BiTextHitsRanges(&hits, &ranges);
	MemoryContextSwitchTo(caller);

	initStringInfo(&buf);
	/* room for the varlena header */
	appendStringInfoSpaces(&buf, VARHDRSZ);
	enlargeStringInfo(&buf, hits.len);
	for (int i = 0; i <= n; i++)
	{
		int32		until = i < n ? ranges[i].start : hits.len;

		BiAppendText(&buf, hits.text + done, until - done, html);
		if (i == n)
			break;
		append_datum(&buf, start_sel);
		BiAppendText(&buf, hits.text + until, ranges[i].end - until, html);
		append_datum(&buf, stop_sel);
		done = ranges[i].end;
	}
	MemoryContextReset(call->scratch);
	SET_VARSIZE(buf.data, buf.len);
	PG_FREE_IF_COPY(document, DOCUMENT);
	PG_RETURN_TEXT_P((text *) buf.data);
}

PG_FUNCTION_INFO_V1(bi_highlight);
Datum
bi_highlight(PG_FUNCTION_ARGS)
{
	return highlight_text(fcinfo, false);
}

PG_FUNCTION_INFO_V1(bi_highlight_html);
Datum
bi_highlight_html(PG_FUNCTION_ARGS)
{
	return highlight_text(fcinfo, true);
}
