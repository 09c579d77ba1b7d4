/*
 * vector.c
 *	  Target "vector": tsvectors with continuation lexemes, as bi_tsvector
 *	  makes them or as nobody should.
 *
 * The input says where two words and the ends of sentences are in a long
 * article.  Their lexemes are made here, by code of its own; then the input
 * may spoil some: another number, a position more or less, a lexeme twice or
 * not at all.
 *
 * What must hold: of lexemes that were not spoiled, all places are found, and
 * no other; of all others there is an answer.  Prefix and word agree.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "fuzz.h"

#define MAX_PLACES_TRIED 600
#define NWORDS 4

/* the sign between word and number, U+00A7 */
#define SIGN "\xC2\xA7"

/* that of paragraphs, U+00B6 */
#define PARAGRAPH "\xC2\xB6"

static const char *const words[NWORDS] = {"ab", "abc", (SIGN "0"), (PARAGRAPH "0")};

static FuzzFunction query_in = {.signature = "to_bi_query(text)"};
static FuzzFunction vector_in = {.signature = "tsvectorin(cstring)"};
static FuzzFunction match = {.signature = "bi_tsvector_match(tsvector,bi_query)"};
static FuzzFunction matches = {.signature = "bi_matches(tsvector,bi_query)"};
static FuzzFunction explain = {.signature = "bi_explain(bi_query,tsvector)"};
static FuzzFunction length = {.signature = "bi_length(tsvector)"};

typedef struct VectorInput
{
	FuzzBytes	bytes;
	StringInfoData vector;
	bool		spoiled;
	uint32		places[NWORDS][MAX_PLACES_TRIED];
	int			n[NWORDS];
	int			found;			/* rows of bi_matches that were right */
	int			nrows;
} VectorInput;

/* Choose a word's places: a mixture of steps, so that all limits are met. */
static void
choose_places(VectorInput *input, int word)
{
	int			kind = FuzzByte(&input->bytes);
	int			wanted = 1 + (FuzzByte(&input->bytes) * 3 + kind) %
		(MAX_PLACES_TRIED - 1);
	uint32		pos = 0;

	if (kind == 0)
		wanted = 0;
	for (int i = 0; i < wanted; i++)
	{
		int			step = FuzzByte(&input->bytes);

		if (kind % 4 == 1)
			pos += 1 + step % 3;
		else if (kind % 4 == 2)
			pos += 16380 + step % 8;
		else if (step > 250)
			pos += 16382 * (step - 250);
		else
			pos += 1 + step;
		input->places[word][i] = pos;
	}
	input->n[word] = wanted;
}

/* Begin a lexeme; spoil its number now and then. */
static void
begin_lexeme(VectorInput *input, const char *word, uint32 number)
{
	appendStringInfo(&input->vector, " '%s", word);
	if (number == 0)
		return;
	switch (FuzzByte(&input->bytes))
	{
		case 250:
			number++;
			break;
		case 251:
			appendStringInfo(&input->vector, SIGN "0%u", number);
			input->spoiled = true;
			return;
		case 252:
			number = 4194303;
			break;
		case 253:
			number += 4194304;
			break;
		case 254:
			appendStringInfoString(&input->vector, SIGN "99999999999999999999");
			input->spoiled = true;
			return;
		case 255:
			appendStringInfo(&input->vector, SIGN "%u" SIGN, number);
			break;
		default:
			appendStringInfo(&input->vector, SIGN "%u", number);
			return;
	}
	input->spoiled = true;
	appendStringInfo(&input->vector, SIGN "%u", number);
}

/* End a lexeme; spoil its positions now and then. */
static void
end_lexeme(VectorInput *input)
{
	int			byte = FuzzByte(&input->bytes);

	if (byte > 250)
	{
		appendStringInfo(&input->vector, ",%u%c", byte == 255 ? 16383 :
						 1 + FuzzByte(&input->bytes) * 64U,
						 "DCBA"[byte % 4]);
		input->spoiled = true;
	}
}

/* Write a word's lexemes: 255 positions each, none above 16,382. */
static void
write_word(VectorInput *input, int word)
{
	const uint32 *places = input->places[word];
	uint32		number = 0;
	int			held = 0;
	bool		open = false;

	for (int i = 0; i < input->n[word]; i++)
	{
		if (held == 255 || places[i] - 255 * number > 16382)
		{
			if (number == 0 && held < 255)
				appendStringInfo(&input->vector, open ? ",16383" : " '%s':16383",
								 words[word]);
			if (open)
				end_lexeme(input);
			number = (places[i] - 1) / 255;
			held = 0;
			open = false;
		}
		if (!open)
		{
			begin_lexeme(input, words[word], number);
			appendStringInfoString(&input->vector, "':");
		}
		else
			appendStringInfoChar(&input->vector, ',');
		open = true;
		appendStringInfo(&input->vector, "%u", places[i] - 255 * number);
		held++;
	}
	if (open)
		end_lexeme(input);
}

static bool
is_place(const VectorInput *input, int word, uint32 pos)
{
	for (int i = 0; i < input->n[word]; i++)
	{
		if (input->places[word][i] == pos)
			return true;
	}
	return false;
}

/* A row of bi_matches for the prefix: is it a place of one of the words? */
static void
take_match(TupleTableSlot *slot, void *arg)
{
	VectorInput *input = arg;
	bool		isnull;
	int32		first = DatumGetInt32(slot_getattr(slot, 3, &isnull));

	input->nrows++;
	if (!isnull && (is_place(input, 0, first) || is_place(input, 1, first)))
		input->found++;
}

static void
take_row(TupleTableSlot *slot pg_attribute_unused(),
		 void *arg pg_attribute_unused())
{
}

/* The number of places that either word has. */
static int
count_either(const VectorInput *input)
{
	int			n = input->n[0];

	for (int i = 0; i < input->n[1]; i++)
		n += !is_place(input, 0, input->places[1][i]);
	return n;
}

/* Does the second word come right after the first one? */
static bool
has_phrase(const VectorInput *input)
{
	for (int i = 0; i < input->n[0]; i++)
	{
		if (is_place(input, 1, input->places[0][i] + 1))
			return true;
	}
	return false;
}

static Datum
make_query(const char *text)
{
	return FuzzCall(&query_in, FuzzText2Datum(text, strlen(text)));
}

static bool
holds(Datum vector, const char *query)
{
	return DatumGetBool(FuzzCall(&match, vector, make_query(query)));
}

static void
ask(void *arg)
{
	VectorInput *input = arg;
	Datum		vector;
	static const char *const queries[] = {
		"ab", "ab*", "abc", "\"ab abc\"", "ab NEAR/3 abc", "ab /s abc",
		"ab +p ab", "ATLEAST255(ab)", "a?c*", "title:ab", "-ab", "ab -abc"
	};

	vector = FuzzCall(&vector_in, CStringGetDatum(input->vector.data));
	for (int i = 0; i < (int) lengthof(queries); i++)
	{
		Datum		query = make_query(queries[i]);

		(void) FuzzCall(&match, vector, query);
		FuzzCallRows(&explain, take_row, input, query, vector);
	}
	(void) FuzzCall(&length, vector);
	FuzzCallRows(&matches, take_match, input, vector, make_query("ab*"));
	if (input->spoiled)
		return;
	if (input->nrows != count_either(input) || input->found != input->nrows)
		FuzzFail("places: %d of %d right, %d expected", input->found,
				 input->nrows, count_either(input));
	if (holds(vector, "\"ab abc\"") != has_phrase(input))
		FuzzFail("phrase");
	if (holds(vector, "ATLEAST255(ab)") != (input->n[0] >= 255))
		FuzzFail("count");
}

void
FuzzVector(const uint8 *data, size_t size)
{
	VectorInput *input = palloc0(sizeof(VectorInput));

	input->bytes.next = data;
	input->bytes.end = data + size;
	initStringInfo(&input->vector);
	for (int word = 0; word < NWORDS; word++)
	{
		choose_places(input, word);
		write_word(input, word);
	}
	(void) FuzzTry(ask, input);
}
