/*
 * show.c
 *	  Target "show": what of a text matched, in every way that it is shown.
 *
 * Bytes: configuration, settings (see ShowInput), length of the query, then
 * the query and the text.  In the text byte 1 stands for the query as typed,
 * so that words meet; 2 and 3 are the marks and become blanks.
 *
 * What must hold: a text without its marks is the text, and has marks exactly
 * if it matches (but for what NOT alone makes match); as HTML it reads the
 * same, marks in the same places; passages are pieces of the text and their
 * marks lie in its marks; bi_matches covers what is marked; all agree with @~
 * and with bi_explain; bi_rank is a number, positive for what matches alone.
 * Each may be over a limit; nothing else fails.
 */
#include "postgres.h"

#include <math.h>
#include <unicode/uchar.h>

#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/encoding.h"
#include "fuzz.h"
#include "query/bi_query.h"

#define ON	'\002'
#define OFF '\003'

static FuzzFunction lenient_call =
{.signature = "websearch_to_bi_query(regconfig,text)"};
static FuzzFunction query_out = {.signature = "bi_query_out(bi_query)"};
static FuzzFunction match_text = {.signature = "bi_text_match(text,bi_query)"};
static FuzzFunction match_vector =
{.signature = "bi_tsvector_match(tsvector,bi_query)"};
static FuzzFunction article =
{.signature = "bi_tsvector(text,text,text,text,regconfig)"};
static FuzzFunction highlight =
{.signature = "bi_highlight(text,bi_query,text,text,bool,text)"};
static FuzzFunction highlight_html =
{.signature = "bi_highlight_html(text,bi_query,text,text,bool,text)"};
static FuzzFunction snippets =
{.signature = "bi_snippets(text,bi_query,int4,int4,bool,text,text,bool,bool,text)"};
static FuzzFunction matches_text =
{.signature = "bi_matches(text,bi_query,text)"};
static FuzzFunction matches_vector =
{.signature = "bi_matches(tsvector,bi_query)"};
static FuzzFunction explain = {.signature = "bi_explain(bi_query)"};
static FuzzFunction explain_text = {.signature = "bi_explain(bi_query,text)"};
static FuzzFunction explain_vector =
{.signature = "bi_explain(bi_query,tsvector)"};
static FuzzFunction rank =
{.signature = "bi_rank(tsvector,bi_query,float4[],bi_collection)"};

typedef struct ShowInput
{
	Oid			config;
	const char *typed;
	Datum		typed_text;
	const char *text;
	int			len;
	Datum		document;
	Datum		query;
	Datum		on;
	Datum		off;
	Datum		field;
	int			number;			/* of passages */
	int			size;			/* of one, in characters */
	bool		by_density;
	bool		matched;
	bool	   *marked;			/* for each byte of the text */
	int			nmarks;
	int		   *chars;			/* where each character begins, and the end */
	int			nchars;
	int			last;			/* where the row before this one stood */
	int			nrows;
} ShowInput;

/* May a document in which no word counts match, because of NOT? */
static bool
matches_bare(const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);

	if (node->kind == BI_NOT)
		return true;
	if (node->kind != BI_AND && node->kind != BI_OR)
		return false;
	for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (matches_bare(child) == (node->kind == BI_OR))
			return node->kind == BI_OR;
	}
	return node->kind == BI_AND;
}

static bool
needs_a_word(const ShowInput *input)
{
	const BiQuery *query = DatumGetBiQueryP(input->query);

	return query->nnodes > 0 && !matches_bare(query->nodes);
}

/* The text: its bytes, with the query for byte 1 and none that is a mark. */
static void
make_text(ShowInput *input, const uint8 *data, size_t size)
{
	int			len;
	char	   *clean = FuzzClean(data, size, &len);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < len; i++)
	{
		if (clean[i] == '\001')
			appendStringInfoString(&text, input->typed);
		else
			appendStringInfoChar(&text, clean[i]);
	}
	/* no byte of a longer character is below 0x20 */
	for (int i = 0; i < text.len; i++)
	{
		if (text.data[i] == ON || text.data[i] == OFF)
			text.data[i] = ' ';
	}
	input->text = text.data;
	input->len = text.len;
	input->document = FuzzText2Datum(text.data, text.len);
}

static void
find_characters(ShowInput *input)
{
	int			byte = 0;

	input->chars = palloc((input->len + 1) * sizeof(int));
	while (byte < input->len)
	{
		input->chars[input->nchars++] = byte;
		byte += pg_mblen(input->text + byte);
	}
	input->chars[input->nchars] = input->len;
	if (byte != input->len)
		FuzzFail("characters: %d bytes of %d", byte, input->len);
}

/* What marks in the bytes at s, of which those of the text are marked. */
static int
read_marks(const ShowInput *input, const char *what, const char *s, int n,
		   const char *text, int len, bool *marked)
{
	int			at = 0;
	int			start = -1;
	int			nmarks = 0;

	for (int i = 0; i < n; i++)
	{
		if (s[i] == ON || s[i] == OFF)
		{
			if ((s[i] == ON) != (start < 0) || (s[i] == OFF && start == at))
				FuzzFail("%s of \"%s\" for \"%s\": marks at byte %d: \"%s\"",
						 what, input->text, input->typed, at,
						 pnstrdup(s, n));
			nmarks += s[i] == ON;
			start = s[i] == ON ? at : -1;
			continue;
		}
		if (at >= len || s[i] != text[at])
			FuzzFail("%s of \"%s\" for \"%s\" is another text at byte %d: \"%s\"",
					 what, input->text, input->typed, at, pnstrdup(s, n));
		marked[at++] = start >= 0;
	}
	if (at != len || start >= 0)
		FuzzFail("%s of \"%s\" for \"%s\" ends early: \"%s\"", what,
				 input->text, input->typed, pnstrdup(s, n));
	return nmarks;
}

static text *
call_highlight(const ShowInput *input, FuzzFunction *function, bool partial)
{
	return DatumGetTextPP(FuzzCall(function, input->document, input->query,
								   input->on, input->off,
								   BoolGetDatum(partial), input->field));
}

static void
check_highlight(ShowInput *input)
{
	text	   *shown = call_highlight(input, &highlight, false);
	text	   *partial = call_highlight(input, &highlight, true);
	bool	   *marked = palloc0(input->len + 1);
	int			n;

	input->marked = palloc0(input->len + 1);
	input->nmarks = read_marks(input, "bi_highlight", VARDATA_ANY(shown),
							   VARSIZE_ANY_EXHDR(shown), input->text,
							   input->len, input->marked);
	if (input->nmarks > 0 && !input->matched)
		FuzzFail("\"%s\" does not match \"%s\", but is marked", input->text,
				 input->typed);
	if (input->nmarks == 0 && input->matched && needs_a_word(input))
		FuzzFail("\"%s\" matches \"%s\", but is not marked", input->text,
				 input->typed);

	n = read_marks(input, "bi_highlight partial", VARDATA_ANY(partial),
				   VARSIZE_ANY_EXHDR(partial), input->text, input->len,
				   marked);
	if (input->matched && (n != input->nmarks ||
						   memcmp(marked, input->marked, input->len) != 0))
		FuzzFail("\"%s\" matches \"%s\", but has other marks with partial",
				 input->text, input->typed);
}

/*
 * The bytes that HTML stands for: 0x7F for what is replaced.  It must be text
 * without anything that a page takes for markup.
 */
static char *
read_html(const ShowInput *input, const char *html, int n, int *len)
{
	static const struct
	{
		const char *entity;
		char		sign;
	}			entities[] = {
		{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'},
		{"&#39;", '\''}, {"&#65533;", '\177'}
	};
	char	   *read = palloc(n + 1);
	int			encoding = GetDatabaseEncoding() == PG_SQL_ASCII ? PG_UTF8 :
	GetDatabaseEncoding();

	*len = 0;
	if (!pg_verify_mbstr(encoding, html, n, true))
		FuzzFail("HTML of \"%s\" is not text: \"%s\"", input->text, html);
	for (int i = 0; i < n;)
	{
		size_t		k = 0;

		if (strchr("<>\"'\177", html[i]) != NULL ||
			((unsigned char) html[i] < 0x20 && html[i] != ON &&
			 html[i] != OFF && strchr("\t\r\n", html[i]) == NULL))
			FuzzFail("HTML of \"%s\" has \\%o: \"%s\"", input->text,
					 (unsigned char) html[i], html);
		if (html[i] != '&')
		{
			read[(*len)++] = html[i++];
			continue;
		}
		while (k < lengthof(entities) &&
			   strncmp(html + i, entities[k].entity,
					   strlen(entities[k].entity)) != 0)
			k++;
		if (k == lengthof(entities))
			FuzzFail("HTML of \"%s\" has &: \"%s\"", input->text, html);
		read[(*len)++] = entities[k].sign;
		i += strlen(entities[k].entity);
	}
	return read;
}

static void
check_html(const ShowInput *input)
{
	text	   *shown = call_highlight(input, &highlight_html, false);
	char	   *html = text_to_cstring(shown);
	bool	   *marked = palloc0(input->len + 1);
	char	   *expected = pnstrdup(input->text, input->len);
	int			len;
	char	   *read = read_html(input, html, strlen(html), &len);
	int			at = 0;

	/* what may be replaced is not compared: controls and cut characters */
	for (int i = 0; i < len; i++)
	{
		if (read[i] == ON || read[i] == OFF)
			continue;
		if (read[i] == '\177' && at < input->len &&
			(IS_HIGHBIT_SET(expected[at]) || expected[at] < 0x20 ||
			 expected[at] == 0x7F))
			expected[at] = '\177';
		at++;
	}
	(void) read_marks(input, "HTML", read, len, expected, input->len, marked);
	if (memcmp(marked, input->marked, input->len) != 0)
		FuzzFail("HTML of \"%s\" for \"%s\" has other marks", input->text,
				 input->typed);
}

/* The bytes of length characters from position on, both as SQL counts. */
static void
characters(const ShowInput *input, const char *what, int position, int length,
		   int *start, int *end)
{
	if (position < 1 || length < 1 ||
		position - 1 + length > input->nchars)
		FuzzFail("%s of \"%s\" for \"%s\": position %d, length %d", what,
				 input->text, input->typed, position, length);
	*start = input->chars[position - 1];
	*end = input->chars[position - 1 + length];
}

static int32 *
int_array(TupleTableSlot *slot, int column, int *n)
{
	bool		isnull;
	ArrayType  *array = DatumGetArrayTypeP(slot_getattr(slot, column,
														&isnull));

	*n = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return (int32 *) ARR_DATA_PTR(array);
}

static bool
is_white(const ShowInput *input, int byte)
{
	int			len;

	return u_isUWhiteSpace((UChar32) BiDecodeChar(input->text + byte,
												  input->text + input->len,
												  &len));
}

/*
 * Which byte of the text stands for each character of a snippet that shows
 * the bytes start .. end: white space is one, but in EUC_JP that of ASCII
 * alone.  Returns their number; whether what is shown is the text is a matter
 * of all others.
 */
static int
find_shown(const ShowInput *input, int start, int end, const text *snippet,
		   int *places)
{
	const char *shown = VARDATA_ANY(snippet);
	const char *shown_end = shown + VARSIZE_ANY_EXHDR(snippet);
	int			n = 0;

	while (start < end && shown < shown_end)
	{
		int			len = pg_mblen(shown);
		bool		white = is_white(input, start) &&
			(GetDatabaseEncoding() != PG_EUC_JP ||
			 !IS_HIGHBIT_SET(input->text[start]));

		places[n++] = start;
		if (!white)
		{
			if (len > end - start || len > shown_end - shown ||
				memcmp(shown, input->text + start, len) != 0)
				return -1;
			start += len;
		}
		else
		{
			/* in SQL_ASCII a blank may be three characters */
			if (*shown != ' ' && BiCharLen(shown, shown_end) > len)
			{
				len = BiCharLen(shown, shown_end);
				for (int i = 1; i < len; i++)
					places[n++] = start;
			}
			while (start < end && is_white(input, start))
				start += BiCharLen(input->text + start, input->text + end);
		}
		shown += len;
	}
	places[n] = start;
	return start == end && shown == shown_end ? n : -1;
}

static void
take_snippet(TupleTableSlot *slot, void *arg)
{
	ShowInput  *input = arg;
	bool		isnull;
	text	   *snippet = DatumGetTextPP(slot_getattr(slot, 1, &isnull));
	int			position = DatumGetInt32(slot_getattr(slot, 2, &isnull));
	int			length = DatumGetInt32(slot_getattr(slot, 3, &isnull));
	text	   *shown = DatumGetTextPP(slot_getattr(slot, 6, &isnull));
	int			npositions;
	int			nlengths;
	int32	   *positions = int_array(slot, 4, &npositions);
	int32	   *lengths = int_array(slot, 5, &nlengths);
	bool	   *marked = palloc0(input->len + 1);
	int		   *places = palloc((input->len + 1) * sizeof(int));
	int			nplaces;
	int			start;
	int			end;
	int			last = 1;

	characters(input, "bi_snippets", position, length, &start, &end);
	nplaces = find_shown(input, start, end, snippet, places);
	if (nplaces < 0)
		FuzzFail("a snippet of \"%s\" for \"%s\" is none: \"%s\" at %d",
				 input->text, input->typed, text_to_cstring(snippet),
				 position);
	if (!input->by_density && position <= input->last)
		FuzzFail("snippets of \"%s\" for \"%s\" overlap at %d",
				 input->text, input->typed, position);
	input->last = position + length - 1;
	if (read_marks(input, "a snippet", VARDATA_ANY(shown),
				   VARSIZE_ANY_EXHDR(shown), VARDATA_ANY(snippet),
				   VARSIZE_ANY_EXHDR(snippet), marked) != npositions ||
		npositions != nlengths || (npositions == 0 && input->nmarks > 0))
		FuzzFail("a snippet of \"%s\" for \"%s\" has %d and %d marks",
				 input->text, input->typed, npositions, nlengths);
	memset(marked, 0, input->len + 1);
	for (int i = 0; i < npositions; i++)
	{
		if (positions[i] < last || lengths[i] < 1 ||
			positions[i] - 1 + lengths[i] > nplaces)
			FuzzFail("a snippet of \"%s\" for \"%s\" has a mark at %d, length %d",
					 input->text, input->typed, positions[i], lengths[i]);
		last = positions[i] + lengths[i];
		memset(marked + places[positions[i] - 1], true,
			   places[last - 1] - places[positions[i] - 1]);
	}
	/* all that the whole text has marked there, and nothing else */
	if (memcmp(marked + start, input->marked + start, end - start) != 0)
		FuzzFail("a snippet of \"%s\" for \"%s\" at %d has other marks",
				 input->text, input->typed, position);
	input->nrows++;
}

static bool
is_blank_text(const ShowInput *input)
{
	for (int byte = 0; byte < input->len;)
	{
		if (!is_white(input, byte) || (GetDatabaseEncoding() == PG_EUC_JP &&
									   IS_HIGHBIT_SET(input->text[byte])))
			return false;
		byte += BiCharLen(input->text + byte, input->text + input->len);
	}
	return true;
}

static void
check_snippets(ShowInput *input)
{
	input->last = input->nrows = 0;
	FuzzCallRows(&snippets, take_snippet, input, input->document,
				 input->query, Int32GetDatum(input->number),
				 Int32GetDatum(input->size), BoolGetDatum(input->by_density),
				 input->on, input->off, BoolGetDatum(false),
				 BoolGetDatum(false), input->field);
	/* what matches without a mark gives its beginning */
	if (input->nrows > (input->nmarks > 0 ? input->number : 1) ||
		(input->nrows > 0) !=
		(input->matched && !is_blank_text(input)))
		FuzzFail("\"%s\" for \"%s\" has %d snippets", input->text,
				 input->typed, input->nrows);
}

/* what is still marked when all matches are taken away */
static bool *uncovered;

static void
take_match(TupleTableSlot *slot, void *arg)
{
	ShowInput  *input = arg;
	bool		isnull;
	int			first = DatumGetInt32(slot_getattr(slot, 3, &isnull));
	int			last = DatumGetInt32(slot_getattr(slot, 4, &isnull));
	int			start;
	int			end;

	if (first < input->last || last < first)
		FuzzFail("bi_matches of \"%s\" for \"%s\": %d to %d after %d",
				 input->text, input->typed, first, last, input->last);
	input->last = first;
	characters(input, "bi_matches",
			   DatumGetInt32(slot_getattr(slot, 5, &isnull)),
			   DatumGetInt32(slot_getattr(slot, 6, &isnull)), &start, &end);
	for (; start < end; start++)
	{
		if (!input->marked[start])
			FuzzFail("bi_matches of \"%s\" for \"%s\": byte %d is not marked",
					 input->text, input->typed, start);
		uncovered[start] = false;
	}
}

static void
check_matches(ShowInput *input)
{
	uncovered = memcpy(palloc(input->len + 1), input->marked, input->len);
	input->last = 0;
	FuzzCallRows(&matches_text, take_match, input, input->document,
				 input->query, input->field);
	for (int i = 0; i < input->len; i++)
	{
		if (uncovered[i])
			FuzzFail("\"%s\" for \"%s\": byte %d is in no match",
					 input->text, input->typed, i);
	}
}

static void
take_vector_match(TupleTableSlot *slot, void *arg)
{
	ShowInput  *input = arg;
	bool		isnull;
	int			first = DatumGetInt32(slot_getattr(slot, 3, &isnull));
	int			last = DatumGetInt32(slot_getattr(slot, 4, &isnull));

	if (!isnull && (first < input->last || last < first || first < 1))
		FuzzFail("bi_matches of an article for \"%s\": %d to %d after %d",
				 input->typed, first, last, input->last);
	input->last = isnull ? 0 : first;
	input->nrows++;
}

/* Rows that need no more than to be there. */
static void
take_row(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	((ShowInput *) arg)->nrows++;
}

/* Of bi_explain with a document: the first row is the whole query. */
static void
take_verdict(TupleTableSlot *slot, void *arg)
{
	ShowInput  *input = arg;
	bool		isnull;

	slot_getallattrs(slot);
	if (input->nrows++ == 0 &&
		DatumGetBool(slot_getattr(slot, 2, &isnull)) != input->matched)
		FuzzFail("\"%s\"  @~  \"%s\" is %d, not so for bi_explain",
				 input->text, input->typed, input->matched);
}

static Datum
make_vector(const ShowInput *input)
{
	FmgrInfo	info;
	LOCAL_FCINFO(fcinfo, 5);

	fmgr_info_copy(&info, FuzzLookup(&article), CurrentMemoryContext);
	InitFunctionCallInfoData(*fcinfo, &info, 5, InvalidOid, NULL, NULL);
	for (int i = 0; i < 5; i++)
		fcinfo->args[i].isnull = i == 2 || i == 3;
	fcinfo->args[0].value = input->typed_text;
	fcinfo->args[1].value = input->document;
	fcinfo->args[4].value = ObjectIdGetDatum(input->config);
	return FunctionCallInvoke(fcinfo);
}

static void
check_rank(const ShowInput *input, Datum vector, bool matched)
{
	FmgrInfo	info;
	float		score;
	LOCAL_FCINFO(fcinfo, 4);

	fmgr_info_copy(&info, FuzzLookup(&rank), CurrentMemoryContext);
	InitFunctionCallInfoData(*fcinfo, &info, 4, InvalidOid, NULL, NULL);
	for (int i = 0; i < 4; i++)
		fcinfo->args[i].isnull = i > 1;
	fcinfo->args[0].value = vector;
	fcinfo->args[1].value = input->query;
	score = DatumGetFloat4(FunctionCallInvoke(fcinfo));
	if (!isfinite(score) || score < 0 || (score > 0 && !matched) ||
		(score == 0 && matched && needs_a_word(input)))
		FuzzFail("\"%s\" under \"%s\" for \"%s\" is %d and ranks %g",
				 input->text, input->typed, input->typed, matched, score);
}

static void
try_text(void *arg)
{
	ShowInput  *input = arg;

	check_highlight(input);
	check_html(input);
	check_snippets(input);
	check_matches(input);
}

static void
try_explain(void *arg)
{
	ShowInput  *input = arg;

	input->nrows = 0;
	FuzzCallRows(&explain_text, take_verdict, input, input->query,
				 input->document);
}

/* The same as a tsvector, with the query as headline. */
static void
try_vector(void *arg)
{
	ShowInput  *input = arg;
	Datum		vector = make_vector(input);
	bool		matched = DatumGetBool(FuzzCall(&match_vector, vector,
												input->query));

	input->matched = matched;
	input->nrows = 0;
	FuzzCallRows(&explain_vector, take_verdict, input, input->query, vector);
	check_rank(input, vector, matched);
	input->last = input->nrows = 0;
	FuzzCallRows(&matches_vector, take_vector_match, input, vector,
				 input->query);
	if (matched ? input->nrows == 0 && needs_a_word(input) : input->nrows > 0)
		FuzzFail("\"%s\" under \"%s\" for \"%s\" is %d, with %d matches",
				 input->text, input->typed, input->typed, matched,
				 input->nrows);
}

static void
try_query(void *arg)
{
	ShowInput  *input = arg;

	input->query = FuzzCall(&lenient_call, ObjectIdGetDatum(input->config),
							input->typed_text);
	(void) FuzzCall(&query_out, input->query);
	FuzzCallRows(&explain, take_row, input, input->query);
	input->matched = DatumGetBool(FuzzCall(&match_text, input->document,
										   input->query));
}

/* Call body, which may find that something is over a limit. */
static void
within_limits(void (*body) (void *arg), ShowInput *input)
{
	int			code = FuzzTry(body, input);

	if (code != 0 && code != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		FuzzFail("\"%s\" for \"%s\" raises %s", input->text, input->typed,
				 unpack_sql_state(code));
}

void
FuzzShow(const uint8 *data, size_t size)
{
	ShowInput	input = {0};
	size_t		typed;
	int			len;

	if (size < 3)
		return;
	input.config = FuzzConfig(data[0]);
	input.number = 1 + data[1] % 4;
	input.size = 1 + data[1] / 8 * 5;
	input.by_density = (data[1] & 4) != 0;
	typed = Min(data[2], size - 3);
	input.typed = FuzzClean(data + 3, typed, &len);
	input.typed_text = FuzzText2Datum(input.typed, len);
	input.on = FuzzText2Datum("\002", 1);
	input.off = FuzzText2Datum("\003", 1);
	input.field = FuzzText2Datum("body", 4);
	make_text(&input, data + 3 + typed, size - 3 - typed);
	find_characters(&input);

	if (FuzzTry(try_query, &input) != 0)
		FuzzFail("\"%s\" for \"%s\" fails", input.text, input.typed);
	within_limits(try_text, &input);
	within_limits(try_explain, &input);
	within_limits(try_vector, &input);
}
