/*
 * snippets.c
 *	  bi_snippets(): the passages of a text that show best what matched.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "show/html.h"
#include "show/passage.h"
#include "show/shown_text.h"

/* the arguments */
enum
{
	DOCUMENT,
	QUERY,
	NUMBER,
	SIZE,
	BY_DENSITY,
	START_SEL,
	STOP_SEL,
	HTML,
	PARTIAL,
	FIELD
};

/* most passages, and characters of one */
#define MAX_NUMBER	1000
#define MAX_SIZE	100000

/* snippet, position, length, hit_positions, hit_lengths, marked */
#define SNIPPET_COLUMNS	6

/* An argument that must lie in 1 .. max. */
static int32
bounded_argument(FunctionCallInfo fcinfo, int number, const char *name,
				 int32 max)
{
	int32		value = PG_GETARG_INT32(number);

	if (value < 1 || value > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 1 and %d", name, max)));
	return value;
}

static Datum
int_array(const int32 *values, int n)
{
	Datum	   *elements = palloc_array(Datum, n + 1);

	for (int i = 0; i < n; i++)
		elements[i] = Int32GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, n, INT4OID,
										   sizeof(int32), true,
										   TYPALIGN_INT));
}

static void
append_mark(StringInfo buf, const text * mark)
{
	appendBinaryStringInfo(buf, VARDATA_ANY(mark), VARSIZE_ANY_EXHDR(mark));
}

/* What is shown of a passage, with its hits between the marks. */
static text *
marked_text(FunctionCallInfo fcinfo, const StringInfoData *shown,
			const BiRange *hits, int n)
{
	bool		html = PG_GETARG_BOOL(HTML);
	int32		from = 0;
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		BiAppendText(&buf, shown->data + from, hits[i].start - from, html);
		append_mark(&buf, PG_GETARG_TEXT_PP(START_SEL));
		BiAppendText(&buf, shown->data + hits[i].start,
					 hits[i].end - hits[i].start, html);
		append_mark(&buf, PG_GETARG_TEXT_PP(STOP_SEL));
		from = hits[i].end;
	}
	BiAppendText(&buf, shown->data + from, shown->len - from, html);
	return cstring_to_text_with_len(buf.data, buf.len);
}

/* Fill the columns of one passage. */
static void
fill_snippet_row(FunctionCallInfo fcinfo, const BiPassages *passages,
				 const BiPassage *passage, BiCharCursor *cursor, Datum *values)
{
	const char *document = cursor->text;
	BiRange    *hits = palloc_array(BiRange, passage->nhits + 1);
	int32	   *positions = palloc_array(int32, passage->nhits + 1);
	int32	   *lengths = palloc_array(int32, passage->nhits + 1);
	int32		begin = BiCharCursorMove(cursor, passage->start);
	int32		from = passage->start;
	StringInfoData shown;
	BiCharCursor shown_cursor = {NULL, 0, 0};

	initStringInfo(&shown);
	for (int i = 0; i < passage->nhits; i++)
	{
		BiRange		hit = passages->ranges[passage->first_hit + i];

		CHECK_FOR_INTERRUPTS();
		/* a hit that is longer than a passage is cut off at its ends */
		hit.start = Max(hit.start, passage->start);
		hit.end = Min(hit.end, passage->end);
		BiAppendShown(&shown, document, from, hit.start);
		hits[i].start = shown.len;
		BiAppendShown(&shown, document, hit.start, hit.end);
		hits[i].end = shown.len;
		from = hit.end;
	}
	BiAppendShown(&shown, document, from, passage->end);

	shown_cursor.text = shown.data;
	for (int i = 0; i < passage->nhits; i++)
	{
		positions[i] = BiCharCursorMove(&shown_cursor, hits[i].start) + 1;
		lengths[i] = BiCharCursorMove(&shown_cursor, hits[i].end) + 1 -
			positions[i];
	}
	values[0] = PointerGetDatum(cstring_to_text_with_len(shown.data,
														 shown.len));
	values[1] = Int32GetDatum(begin + 1);
	values[2] = Int32GetDatum(BiCharCursorMove(cursor, passage->end) - begin);
	values[3] = int_array(positions, passage->nhits);
	values[4] = int_array(lengths, passage->nhits);
	values[5] = PointerGetDatum(marked_text(fcinfo, &shown, hits,
											passage->nhits));
}

PG_FUNCTION_INFO_V1(bi_snippets);
Datum
bi_snippets(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(DOCUMENT);
	int32		number = bounded_argument(fcinfo, NUMBER, "number of snippets",
										  MAX_NUMBER);
	int32		size = bounded_argument(fcinfo, SIZE, "size of a snippet",
										MAX_SIZE);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	BiTextCallState *call = BiTextCallBegin(fcinfo, PG_GETARG_DATUM(QUERY),
											sizeof(BiTextCallState));
	MemoryContext caller;
	BiTextHits	hits;
	BiPassages	passages;
	BiCharCursor cursor = {VARDATA_ANY(document), 0, 0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	caller = MemoryContextSwitchTo(call->scratch);
	BiTextHitsFind(&hits, call, fcinfo, document, PG_GETARG_TEXT_PP(FIELD),
				   PG_GETARG_BOOL(PARTIAL), true);
	BiFindPassages(&passages, &hits, number, size,
				   PG_GETARG_BOOL(BY_DENSITY));
	for (int i = 0; i < passages.n; i++)
	{
		Datum		values[SNIPPET_COLUMNS];
		bool		nulls[SNIPPET_COLUMNS] = {0};

		CHECK_FOR_INTERRUPTS();
		fill_snippet_row(fcinfo, &passages, &passages.passages[i], &cursor,
						 values);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(call->scratch);
	return (Datum) 0;
}
