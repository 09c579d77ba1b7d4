/*
 * match.c
 *	  Target "match": queries against documents, both made from the input.
 *
 * What must hold: the extension's answer is the naive one (naive.h); what
 * matches is a candidate, and where candidates are exact nothing else is; a
 * text answers as the document that bi_tsvector makes of it.
 *
 * With FUZZ_CASES, the naive answers are appended to that file: query,
 * document, 0 or 1.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"

#include "fuzz.h"
#include "naive.h"

#define MAX_DEPTH 4

/* tried with each query */
#define DOCUMENTS 12

static FuzzFunction strict_call = {.signature = "to_bi_query(text)"};
static FuzzFunction query_out = {.signature = "bi_query_out(bi_query)"};
static FuzzFunction vector_in = {.signature = "tsvectorin(cstring)"};
static FuzzFunction match_vector = {.signature = "bi_tsvector_match(tsvector,bi_query)"};
static FuzzFunction match_vector_back =
{.signature = "bi_query_match_tsvector(bi_query,tsvector)"};
static FuzzFunction match_text = {.signature = "bi_text_match(text,bi_query)"};
static FuzzFunction article =
{.signature = "bi_tsvector(text,text,text,text,regconfig)"};
static FuzzFunction candidates = {.signature = "bi_candidates(bi_query)"};
static FuzzFunction is_exact = {.signature = "bi_is_exact(bi_query)"};
static FuzzFunction tsquery_send = {.signature = "tsquerysend(tsquery)"};
static FuzzFunction tsquery_recv = {.signature = "tsqueryrecv(internal)"};
static FuzzFunction ts_match = {.signature = "ts_match_vq(tsvector,tsquery)"};

/* what may stand where a query is being made */
typedef enum Want
{
	ANYTHING,
	SPAN,						/* an operand of proximity */
	SPAN_OR_AND
} Want;

static NaiveQuery *make_query(FuzzBytes *bytes, Want want, int depth);

static int
make_fields(FuzzBytes *bytes)
{
	int			byte = FuzzByte(bytes);

	return byte < 160 || byte % 16 == 0 ? 15 : byte % 16;
}

static void
make_word(FuzzBytes *bytes, NaiveQuery *query)
{
	query->kind = NAIVE_WORD;
	query->n = 1;
	query->word[0] = FuzzByte(bytes) % NAIVE_ALL_FORMS;
	query->fields = make_fields(bytes);
}

static void
make_phrase(FuzzBytes *bytes, NaiveQuery *query)
{
	query->kind = NAIVE_PHRASE;
	query->n = 2 + FuzzByte(bytes) % (NAIVE_CHILDREN - 1);
	query->fields = make_fields(bytes);
	for (int i = 0; i < query->n; i++)
	{
		int			byte = FuzzByte(bytes);

		query->word[i] = byte % NAIVE_FORMS;
		if (byte > 200 && i > 0 && i < query->n - 1)
			query->word[i] = -1;
	}
}

static void
make_link(FuzzBytes *bytes, NaiveLink *link)
{
	int			byte = FuzzByte(bytes);

	link->unit = byte % 8 < 6 ? NAIVE_WITHIN :
		byte % 8 == 6 ? NAIVE_SENTENCE : NAIVE_PARAGRAPH;
	link->ordered = (byte & 0x10) != 0;
	link->negated = link->unit == NAIVE_WITHIN && !link->ordered &&
		(byte & 0x60) == 0x60;
	link->distance = link->unit == NAIVE_WITHIN ? 1 + (byte & 7) : 0;
	if (link->unit == NAIVE_WITHIN && byte == 0x85)
		link->distance = 16383;
}

static void
make_chain(FuzzBytes *bytes, NaiveQuery *query, Want want, int depth)
{
	bool		negated = false;
	int			with_and;

	query->kind = NAIVE_CHAIN;
	query->n = 2 + FuzzByte(bytes) % (NAIVE_CHILDREN - 1);
	for (int i = 1; i < query->n; i++)
	{
		make_link(bytes, &query->link[i]);
		negated |= query->link[i].negated;
	}
	with_and = want == ANYTHING && !negated ? FuzzByte(bytes) % 16 : -1;
	for (int i = 0; i < query->n; i++)
		query->child[i] = make_query(bytes, i == with_and ? SPAN_OR_AND : SPAN,
									 depth + 1);
}

static void
make_list(FuzzBytes *bytes, NaiveQuery *query, NaiveKind kind, Want want,
		  int depth)
{
	query->kind = kind;
	query->n = 2 + FuzzByte(bytes) % (NAIVE_CHILDREN - 1);
	for (int i = 0; i < query->n; i++)
		query->child[i] = make_query(bytes, want, depth + 1);
}

static NaiveQuery *
make_query(FuzzBytes *bytes, Want want, int depth)
{
	NaiveQuery *query = palloc0(sizeof(NaiveQuery));
	int			byte = depth < MAX_DEPTH ? FuzzByte(bytes) % 16 : 0;

	if (want == SPAN_OR_AND)
		make_list(bytes, query, NAIVE_AND, SPAN, depth);
	else if (byte < 4)
		make_word(bytes, query);
	else if (byte < 6)
		make_phrase(bytes, query);
	else if (byte < 10)
		make_chain(bytes, query, want, depth);
	else if (byte < 12 || (want == SPAN && byte < 13))
		make_list(bytes, query, NAIVE_OR, want, depth);
	else if (want == SPAN)
		make_word(bytes, query);
	else if (byte < 14)
		make_list(bytes, query, NAIVE_AND, ANYTHING, depth);
	else
	{
		query->kind = byte == 14 ? NAIVE_NOT : NAIVE_ATLEAST;
		query->n = 1;
		query->count = 1 + FuzzByte(bytes) % 4;
		query->child[0] = make_query(bytes, byte == 14 ? ANYTHING : SPAN,
									 depth + 1);
	}
	return query;
}

/* The query as one may type it. */
static void
type_item(const NaiveQuery *query, StringInfo out)
{
	static const char letters[] = "dcba";

	if (query->fields != 15)
	{
		/* joined letters come from a to d */
		for (int weight = 3; weight >= 0; weight--)
		{
			if (query->fields & (1 << weight))
				appendStringInfoChar(out, letters[weight]);
		}
		/* of several letters it may be typed either way */
		appendStringInfoChar(out, pg_number_of_ones[query->fields] == 3 ?
							 '=' : ':');
	}
	if (query->kind == NAIVE_PHRASE)
		appendStringInfoChar(out, '"');
	for (int i = 0; i < query->n; i++)
		appendStringInfo(out, "%s%s", i > 0 ? " " : "",
						 query->word[i] < 0 ? "*" : naive_forms[query->word[i]]);
	if (query->kind == NAIVE_PHRASE)
		appendStringInfoChar(out, '"');
}

/* The operator in one of its spellings, which depends on the distance. */
static void
type_link(const NaiveLink *link, StringInfo out)
{
	static const char *const any_order[] = {"NEAR/%d", "NEAR(%d)", "near%d"};
	static const char *const this_order[] = {"PRE/%d", "<%d>", "ADJ%d"};

	appendStringInfoChar(out, ' ');
	if (link->unit == NAIVE_WITHIN)
	{
		/* 16383, which not every spelling may have, is the first */
		const char *const *forms = link->ordered ? this_order : any_order;

		if (link->negated)
			appendStringInfoString(out, "NOT ");
		appendStringInfo(out, forms[link->distance % 3], link->distance);
	}
	else
		appendStringInfo(out, "%c%c", link->ordered ? '+' : '/',
						 link->unit == NAIVE_SENTENCE ? 's' : 'p');
	appendStringInfoChar(out, ' ');
}

static void
type_query(const NaiveQuery *query, StringInfo out)
{
	if (query->kind == NAIVE_WORD || query->kind == NAIVE_PHRASE)
	{
		type_item(query, out);
		return;
	}
	appendStringInfoChar(out, '(');
	if (query->kind == NAIVE_NOT)
		appendStringInfoString(out, "NOT ");
	if (query->kind == NAIVE_ATLEAST)
		appendStringInfo(out, "ATLEAST%d ", query->count);
	for (int i = 0; i < query->n; i++)
	{
		if (i > 0 && query->kind == NAIVE_CHAIN)
			type_link(&query->link[i], out);
		else if (i > 0)
			appendStringInfoString(out, query->kind == NAIVE_AND ? " & " :
								   " | ");
		type_query(query->child[i], out);
	}
	appendStringInfoChar(out, ')');
}

/* Add a position; at one position tsvector keeps the highest weight. */
static void
add_position(NaiveWord *word, int pos, int weight)
{
	word->present = true;
	for (int i = 0; i < word->n; i++)
	{
		if (word->pos[i] == pos)
		{
			word->weight[i] = Max(word->weight[i], weight);
			return;
		}
	}
	if (word->n == NAIVE_POSITIONS)
		return;
	word->pos[word->n] = pos;
	word->weight[word->n] = weight;
	word->n++;
}

static void
make_document(FuzzBytes *bytes, NaiveDocument *document)
{
	int			strip = FuzzByte(bytes);
	int			weights = FuzzByte(bytes);
	int			pos = 0;
	int			n = FuzzByte(bytes) % 40;

	memset(document, 0, sizeof(*document));
	for (int i = 0; i < n; i++)
	{
		int			byte = FuzzByte(bytes);

		/* the next position, mostly */
		pos += byte % 8 < 6 ? 1 : byte % 8 == 6 ? 0 : 3;
		pos = Max(pos, 1);
		if (byte == 255)
			pos = 16380;
		pos = Min(pos, NAIVE_CLAMPED);
		byte /= 8;
		if (byte % 8 < NAIVE_WORDS)
			add_position(&document->word[byte % 8], pos,
						 weights < 128 ? 0 : FuzzByte(bytes) % 4);
		else
			add_position(&document->marks[byte % 2], pos, 0);
	}
	for (int w = 0; w < NAIVE_WORDS; w++)
	{
		NaiveWord  *word = &document->word[w];

		if (strip < 192 || (strip < 255 && (strip & (1 << w)) == 0))
			continue;
		word->stripped = word->present;
		word->n = 0;
	}
}

static void
type_word(const char *name, const NaiveWord *word, StringInfo out)
{
	static const char letters[] = "DCBA";

	if (!word->present)
		return;
	appendStringInfo(out, "'%s'", name);
	for (int i = 0; i < word->n; i++)
		appendStringInfo(out, "%c%d%c", i == 0 ? ':' : ',', word->pos[i],
						 letters[word->weight[i]]);
	appendStringInfoChar(out, ' ');
}

static void
type_document(const NaiveDocument *document, StringInfo out)
{
	for (int w = 0; w < NAIVE_WORDS; w++)
		type_word(naive_words[w], &document->word[w], out);
	type_word("\302\2470", &document->marks[0], out);
	type_word("\302\2660", &document->marks[1], out);
}

/* Core must take our candidates for a tsquery of its own. */
static void
check_candidates(Datum query)
{
	bytea	   *sent = DatumGetByteaPP(FuzzCall(&tsquery_send,
												FuzzCall(&candidates, query)));
	StringInfoData buf;

	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
	(void) FuzzCall(&tsquery_recv, PointerGetDatum(&buf));
	if (buf.cursor != buf.len)
		FuzzFail("core reads candidates only in part");
}

/* Append the case to the file that the environment names, if any. */
static void
keep_case(const char *typed, const char *vector, int expected)
{
	const char *path = getenv("FUZZ_CASES");
	FILE	   *file = path != NULL ? fopen(path, "a") : NULL;

	if (file == NULL)
		return;
	fprintf(file, "%s\t%s\t%d\n", typed, vector, expected);
	fclose(file);
}

static void
check_vector(Datum query, const char *typed, FmgrInfo *site,
			 const NaiveQuery *made, const NaiveDocument *document)
{
	StringInfoData text;
	Datum		vector;
	bool		result;
	bool		candidate;
	int			naive = NaiveMatches(made, document);

	initStringInfo(&text);
	type_document(document, &text);
	vector = FuzzCall(&vector_in, CStringGetDatum(text.data));
	/* the same call site again and again: what it remembers is tested too */
	result = DatumGetBool(FuzzCallFlinfo(site, 2, (Datum[]) {vector, query}));
	if (naive >= 0)
		keep_case(typed, text.data, naive);
	if (naive >= 0 && result != naive)
		FuzzFail("%s  @~  %s  is %d, should be %d", text.data, typed, result,
				 naive);
	if (result != DatumGetBool(FuzzCall(&match_vector_back, query, vector)))
		FuzzFail("%s  @~  %s  is not as ~@", text.data, typed);
	candidate = DatumGetBool(FuzzCall(&ts_match, vector,
									  FuzzCall(&candidates, query)));
	if (result && !candidate)
		FuzzFail("%s  @~  %s  but is no candidate", text.data, typed);
	if (candidate && !result && DatumGetBool(FuzzCall(&is_exact, query)))
		FuzzFail("%s  @~  %s: exact, but a false candidate", text.data, typed);
}

/* A body with the words in the order of the input. */
static void
check_text(Datum query, const char *typed, FuzzBytes *bytes)
{
	static const char *const between[] = {" ", " ", " ", ". ", "\n\n", "-"};
	StringInfoData body;
	int			n = FuzzByte(bytes) % 20;
	Datum		text;
	FmgrInfo	info;
	bool		as_text;
	bool		as_vector;
	LOCAL_FCINFO(fcinfo, 5);

	initStringInfo(&body);
	for (int i = 0; i < n; i++)
	{
		int			byte = FuzzByte(bytes);

		appendStringInfoString(&body, naive_words[byte % NAIVE_WORDS]);
		if (byte & 0x80)
			body.data[body.len - 1] = pg_toupper(body.data[body.len - 1]);
		appendStringInfoString(&body, between[byte / 8 % lengthof(between)]);
		if (byte & 0x40)
			appendStringInfoString(&body, "The ");
	}

	text = FuzzText2Datum(body.data, body.len);
	fmgr_info_copy(&info, FuzzLookup(&article), CurrentMemoryContext);
	InitFunctionCallInfoData(*fcinfo, &info, 5, InvalidOid, NULL, NULL);
	for (int i = 0; i < 5; i++)
		fcinfo->args[i].isnull = i != 1 && i != 4;
	fcinfo->args[1].value = text;
	fcinfo->args[4].value = ObjectIdGetDatum(FuzzConfig(0));
	as_vector = DatumGetBool(FuzzCall(&match_vector, FunctionCallInvoke(fcinfo),
									  query));
	as_text = DatumGetBool(FuzzCall(&match_text, text, query));
	if (as_text != as_vector)
		FuzzFail("\"%s\"  @~  %s  is %d, its tsvector says %d", body.data,
				 typed, as_text, as_vector);
}

typedef struct MatchInput
{
	FuzzBytes	bytes;
} MatchInput;

static void
try_match(void *arg)
{
	FuzzBytes  *bytes = &((MatchInput *) arg)->bytes;
	NaiveQuery *made = make_query(bytes, ANYTHING, 0);
	NaiveDocument document;
	StringInfoData typed;
	Datum		query;
	FmgrInfo	site;
	int			code;

	initStringInfo(&typed);
	type_query(made, &typed);
	code = FuzzTryCall(&query, &strict_call,
					   FuzzText2Datum(typed.data, typed.len));
	if (code != 0)
		FuzzFail("%s is refused with %s", typed.data, unpack_sql_state(code));
	(void) FuzzCall(&query_out, query);
	check_candidates(query);
	check_text(query, typed.data, bytes);
	fmgr_info_copy(&site, FuzzLookup(&match_vector), CurrentMemoryContext);
	for (int i = 0; i < DOCUMENTS; i++)
	{
		make_document(bytes, &document);
		check_vector(query, typed.data, &site, made, &document);
	}
}

void
FuzzMatch(const uint8 *data, size_t size)
{
	MatchInput	input = {{data, data + size,
	hash_bytes_extended(data, (int) size, 0) | 1}};
	int			code = FuzzTry(try_match, &input);

	/* too many spans is an answer */
	if (code != 0 && code != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		FuzzFail("matching raises %s", unpack_sql_state(code));
}
