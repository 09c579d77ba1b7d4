/*
 * text.c
 *	  Target "text": arbitrary bytes through analysis.
 *
 * First byte: configuration.  Second: how the rest is cut into the parts of
 * an article, and whether it goes in as text of the database's encoding or
 * as it is.
 *
 * What must hold: tokens and boundaries lie within the text and rise; ASCII
 * has the same tokens on both roads; a text cut at white space has the
 * tokens of its pieces; the direct road and that through the parser and the
 * dictionaries lead to the same terms; and with our parser a document is what
 * to_tsvector makes of it.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "fuzz.h"
#include "text/analyze.h"
#include "text/icu_tokenize.h"
#include "text/sentence.h"

static FuzzFunction article =
{.signature = "bi_tsvector(text,text,text,text,regconfig)"};
static FuzzFunction to_vector = {.signature = "to_tsvector(regconfig,text)"};
static FuzzFunction vector_out = {.signature = "tsvectorout(tsvector)"};
static FuzzFunction vector_in = {.signature = "tsvectorin(cstring)"};
static FuzzFunction vector_eq = {.signature = "tsvector_eq(tsvector,tsvector)"};

typedef struct TextInput
{
	const char *text;
	int			len;
	bool		valid;			/* text of the database encoding */
	Oid			config;
	bool		ours;			/* with our own parser, */
	bool		characters;		/* which is bisearch_cjk */
	uint8		cut;
} TextInput;

static void
check_tokens(const char *what, const BiTokens *tokens, int len)
{
	int			last = 0;

	for (int i = 0; i < tokens->ntokens; i++)
	{
		const BiToken *token = &tokens->tokens[i];

		if (token->start < last || token->end <= token->start ||
			token->end > len)
			FuzzFail("%s: token %d is %d .. %d of %d", what, i, token->start,
					 token->end, len);
		last = token->end;
	}
}

static void
same_tokens(const char *what, const BiTokens *a, const BiTokens *b)
{
	for (int i = 0; i < Max(a->ntokens, b->ntokens); i++)
	{
		if (i >= a->ntokens || i >= b->ntokens ||
			a->tokens[i].start != b->tokens[i].start ||
			a->tokens[i].end != b->tokens[i].end)
			FuzzFail("%s: token %d differs (%d and %d tokens)", what, i,
					 a->ntokens, b->ntokens);
	}
}

static void
try_tokens(void *arg)
{
	TextInput  *input = arg;
	BiTokens	whole = {.characters = input->characters};
	BiTokens	pieces = {.characters = input->characters};
	BiTokens	icu = {.characters = input->characters};
	bool		ascii = true;

	BiTokenize(input->text, input->len, &whole);
	check_tokens("tokens", &whole, input->len);

	for (int start = 0; start < input->len;)
	{
		int			end = BiPieceEnd(input->text, input->len, start,
									 1 + input->cut % 16);
		int			before = pieces.ntokens;

		BiTokenize(input->text + start, end - start, &pieces);
		for (int i = before; i < pieces.ntokens; i++)
		{
			pieces.tokens[i].start += start;
			pieces.tokens[i].end += start;
		}
		start = end;
	}
	same_tokens("pieces", &whole, &pieces);

	for (int i = 0; i < input->len; i++)
		ascii &= !IS_HIGHBIT_SET(input->text[i]);
	BiIcuTokenize(input->text, 0, input->len, &icu);
	BiJoinInitials(input->text, input->len, &icu, 0, -1);
	check_tokens("ICU", &icu, input->len);
	if (ascii)
		same_tokens("ASCII and ICU", &whole, &icu);
}

static void
try_boundaries(void *arg)
{
	TextInput  *input = arg;
	BiBoundaries result = {0};
	int			last = 0;

	BiFindBoundaries(input->text, input->len, NULL, &result);
	for (int i = 0; i < result.n; i++)
	{
		if (result.boundaries[i].offset < last ||
			result.boundaries[i].offset > input->len)
			FuzzFail("boundary %d at %d of %d", i,
					 result.boundaries[i].offset, input->len);
		last = result.boundaries[i].offset;
	}
	if (input->len > 0 && last != input->len)
		FuzzFail("the last boundary is at %d of %d", last, input->len);
}

static void
check_marks(const char *what, const uint32 *marks, int n, uint32 npos)
{
	for (int i = 0; i < n; i++)
	{
		if (marks[i] < 1 || marks[i] > npos || (i > 0 &&
												marks[i] <= marks[i - 1]))
			FuzzFail("%s %d ends at %u of %u", what, i, marks[i], npos);
	}
}

static void
check_analysis(const BiAnalysis *analysis, const TextInput *input)
{
	for (int i = 0; i < analysis->nterms; i++)
	{
		const BiTerm *term = &analysis->terms[i];

		if (term->len < 1 || term->len > BI_MAX_WORD_BYTES ||
			term->pos < 1 || term->pos > analysis->npos ||
			(i > 0 && term->pos < term[-1].pos))
			FuzzFail("term %d: %d bytes, position %u of %u", i, term->len,
					 term->pos, analysis->npos);
		if (input->valid && !pg_verify_mbstr(GetDatabaseEncoding(),
											 term->lexeme, term->len, true))
			FuzzFail("term %d is not text: %.*s", i, term->len, term->lexeme);
	}
	check_marks("sentence", analysis->sentences, analysis->nsentences,
				analysis->npos);
	check_marks("paragraph", analysis->paragraphs, analysis->nparagraphs,
				analysis->npos);
}

static bool
same_list(const uint32 *a, int na, const uint32 *b, int nb)
{
	return na == nb && (na == 0 || memcmp(a, b, na * sizeof(uint32)) == 0);
}

static void
try_analysis(void *arg)
{
	TextInput  *input = arg;
	BiConfig	config;
	BiAnalysis *a;
	BiAnalysis *b;

	BiConfigOpen(input->config, &config);
	a = BiAnalyze(&config, input->text, input->len, true, NULL);
	check_analysis(a, input);
	if (!config.direct)
		return;

	config.direct = false;
	b = BiAnalyze(&config, input->text, input->len, true, NULL);
	if (a->nterms != b->nterms || a->npos != b->npos)
		FuzzFail("direct: %d terms, %u positions; catalogs: %d, %u",
				 a->nterms, a->npos, b->nterms, b->npos);
	for (int i = 0; i < a->nterms; i++)
	{
		if (a->terms[i].pos != b->terms[i].pos ||
			a->terms[i].len != b->terms[i].len ||
			memcmp(a->terms[i].lexeme, b->terms[i].lexeme,
				   a->terms[i].len) != 0)
			FuzzFail("term %d: direct \"%.*s\" at %u, catalogs \"%.*s\" at %u",
					 i, a->terms[i].len, a->terms[i].lexeme, a->terms[i].pos,
					 b->terms[i].len, b->terms[i].lexeme, b->terms[i].pos);
	}
	if (!same_list(a->sentences, a->nsentences, b->sentences,
				   b->nsentences) ||
		!same_list(a->paragraphs, a->nparagraphs, b->paragraphs,
				   b->nparagraphs))
		FuzzFail("marks differ between the direct road and the other");
}

/* A part of the text as a datum, no character cut. */
static Datum
part(const TextInput *input, int i, int n)
{
	int			start = (int) ((int64) input->len * i / n);
	int			end = (int) ((int64) input->len * (i + 1) / n);

	start = pg_mbcliplen(input->text, input->len, start);
	end = pg_mbcliplen(input->text, input->len, end);
	return FuzzText2Datum(input->text + start, end - start);
}

static Datum
call_article(const Datum *parts, Oid config)
{
	FmgrInfo	info;
	LOCAL_FCINFO(fcinfo, 5);

	fmgr_info_copy(&info, FuzzLookup(&article), CurrentMemoryContext);
	InitFunctionCallInfoData(*fcinfo, &info, 5, InvalidOid, NULL, NULL);
	for (int i = 0; i < 4; i++)
	{
		fcinfo->args[i].value = parts[i];
		fcinfo->args[i].isnull = parts[i] == (Datum) 0;
	}
	fcinfo->args[4].value = ObjectIdGetDatum(config);
	fcinfo->args[4].isnull = false;
	return FunctionCallInvoke(fcinfo);
}

static bool
is_mark(TSVector vector, const WordEntry *entry)
{
	const char *s = STRPTR(vector) + entry->pos;
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			n = BiEncodeChar(0xA7, sign);

	if (n > 0 && entry->len > n && memcmp(s, sign, n) == 0)
		return true;
	n = BiEncodeChar(0xB6, sign);
	return n > 0 && entry->len > n && memcmp(s, sign, n) == 0;
}

/* A body's lexemes but the marks: as to_tsvector has them? */
static void
same_vector(TSVector ours, TSVector core)
{
	int			j = 0;

	for (int i = 0; i < ours->size; i++)
	{
		WordEntry  *a = ARRPTR(ours) + i;
		WordEntry  *b = ARRPTR(core) + j;

		if (is_mark(ours, a))
			continue;
		if (j >= core->size || a->len != b->len ||
			memcmp(STRPTR(ours) + a->pos, STRPTR(core) + b->pos,
				   a->len) != 0 ||
			POSDATALEN(ours, a) != POSDATALEN(core, b) ||
			memcmp(POSDATAPTR(ours, a), POSDATAPTR(core, b),
				   POSDATALEN(ours, a) * sizeof(WordEntryPos)) != 0)
			FuzzFail("bi_tsvector and to_tsvector differ at lexeme %d, "
					 "\"%.*s\"", i, a->len, STRPTR(ours) + a->pos);
		j++;
	}
	if (j != core->size)
		FuzzFail("bi_tsvector has %d lexemes, to_tsvector %d", j, core->size);
}

static void
try_article(void *arg)
{
	TextInput  *input = arg;
	int			n = 1 + (input->cut >> 4) % 4;
	Datum		parts[4] = {0};
	Datum		vector;
	Datum		again;

	for (int i = 0; i < n; i++)
		parts[i] = part(input, i, n);
	vector = call_article(parts, input->config);
	again = FuzzCall(&vector_in, FuzzCall(&vector_out, vector));
	if (!DatumGetBool(FuzzCall(&vector_eq, vector, again)))
		FuzzFail("a document is not what it prints as: %s",
				 DatumGetCString(FuzzCall(&vector_out, vector)));

	memset(parts, 0, sizeof(parts));
	parts[1] = part(input, 0, 1);
	/* other parsers may see a text and its sentences differently */
	if (!input->ours)
		return;
	same_vector(DatumGetTSVector(call_article(parts, input->config)),
				DatumGetTSVector(FuzzCall(&to_vector,
										  ObjectIdGetDatum(input->config),
										  parts[1])));
}

void
FuzzText(const uint8 *data, size_t size)
{
	TextInput	input;

	if (size < 2)
		return;
	input.config = FuzzConfig(data[0]);
	input.characters = FuzzIsCjk(data[0]);
	input.ours = input.characters || data[0] % 4 < 2;
	input.cut = data[1];
	input.valid = (data[1] & 0x80) == 0;
	if (input.valid)
		input.text = FuzzClean(data + 2, size - 2, &input.len);
	else
	{
		/* exactly as long as it is */
		input.len = (int) (size - 2);
		input.text = memcpy(palloc(input.len), data + 2, input.len);
	}

	FuzzTry(try_tokens, &input);
	FuzzTry(try_boundaries, &input);
	/* dictionaries of core read on at a character that is cut */
	if (!input.valid)
		return;
	FuzzTry(try_analysis, &input);
	FuzzTry(try_article, &input);
}
