/*
 * binary.c
 *	  Target "binary": hostile messages and damaged values.
 *
 * First byte: what the rest is.
 *
 *	0	a message for bi_query_recv
 *	1	a packed value, without its length word
 *	2	one byte n, n bytes of a query, then edits of its packed value, three
 *		bytes each: where (two) and what to put there
 *
 * A value that the validation lets pass must be safe to print, compare, hash,
 * match and index with.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "fuzz.h"
#include "query/bi_query.h"

static FuzzFunction query_recv = {.signature = "bi_query_recv(internal)"};
static FuzzFunction query_send = {.signature = "bi_query_send(bi_query)"};
static FuzzFunction query_out = {.signature = "bi_query_out(bi_query)"};
static FuzzFunction query_cmp = {.signature = "bi_query_cmp(bi_query,bi_query)"};
static FuzzFunction query_hash = {.signature = "bi_query_hash(bi_query)"};
static FuzzFunction lenient_call = {.signature = "websearch_to_bi_query(text)"};
static FuzzFunction vector_in = {.signature = "tsvectorin(cstring)"};
static FuzzFunction match_vector = {.signature = "bi_tsvector_match(tsvector,bi_query)"};
static FuzzFunction match_text = {.signature = "bi_text_match(text,bi_query)"};
static FuzzFunction candidates = {.signature = "bi_candidates(bi_query)"};
static FuzzFunction is_exact = {.signature = "bi_is_exact(bi_query)"};
static FuzzFunction tsquery_out = {.signature = "tsqueryout(tsquery)"};
static FuzzFunction ts_match = {.signature = "ts_match_vq(tsvector,tsquery)"};

static const char document[] =
"'a':1A,4,7 'ab':2,5B 'abc':3C,6 'b':8,9,16383 'c' '\302\2470':4,9 "
"'\302\2660':9";

/* Datum and length of what bi_query_recv gets from a message. */
static Datum
receive(FuzzFunction *function, const char *message, int len)
{
	StringInfoData buf;

	/* as wide as the message, so that reading on is noticed */
	buf.data = palloc(len + 1);
	memcpy(buf.data, message, len);
	buf.data[len] = '\0';
	buf.len = len;
	buf.maxlen = len + 1;
	buf.cursor = 0;
	return FuzzCall(function, PointerGetDatum(&buf));
}

typedef struct Use
{
	Datum		query;
	void		(*step) (struct Use *use);
} Use;

static void
use_print(Use *use)
{
	(void) FuzzCall(&query_out, use->query);
	(void) FuzzCall(&query_send, use->query);
}

static void
use_compare(Use *use)
{
	if (DatumGetInt32(FuzzCall(&query_cmp, use->query, use->query)) != 0)
		FuzzFail("a value differs from itself");
	(void) FuzzCall(&query_hash, use->query);
}

static void
use_vector(Use *use)
{
	Datum		vector = FuzzCall(&vector_in, CStringGetDatum(document));
	Datum		tsquery = FuzzCall(&candidates, use->query);

	(void) FuzzCall(&tsquery_out, tsquery);
	if (DatumGetBool(FuzzCall(&match_vector, vector, use->query)) &&
		!DatumGetBool(FuzzCall(&ts_match, vector, tsquery)))
		FuzzFail("a match that is no candidate");
	(void) FuzzCall(&is_exact, use->query);
}

static void
use_text(Use *use)
{
	(void) FuzzCall(&match_text,
					CStringGetTextDatum("A ab abc a. Ab b b c\n\nA b"),
					use->query);
}

static void
run_step(void *arg)
{
	Use		   *use = arg;

	use->step(use);
}

static void
use_all(Datum query)
{
	static void (*const steps[]) (Use *use) = {
		use_print, use_compare, use_vector, use_text
	};
	Use			use = {.query = query};

	for (size_t i = 0; i < lengthof(steps); i++)
	{
		use.step = steps[i];
		(void) FuzzTry(run_step, &use);
	}
}

typedef struct Bytes
{
	const uint8 *data;
	size_t		size;
} Bytes;

static void
run_recv(void *arg)
{
	Bytes	   *bytes = arg;

	use_all(receive(&query_recv, (const char *) bytes->data,
					(int) bytes->size));
}

static void
run_validate(void *arg)
{
	BiQueryValidate(arg);
}

static void
try_value(char *value, size_t size)
{
	int			code;

	SET_VARSIZE(value, size);
	code = FuzzTry(run_validate, value);
	if (code != 0 && code != ERRCODE_DATA_CORRUPTED)
		FuzzFail("validation raises %s", unpack_sql_state(code));
	if (code == 0)
		use_all(PointerGetDatum(value));
}

/* The packed value of a query, with some bytes changed. */
static void
try_edited(FuzzBytes *bytes)
{
	int			n = FuzzByte(bytes);
	int			len;
	char	   *typed;
	Datum		query;
	char	   *value;
	Size		size;

	n = Min(n, bytes->end - bytes->next);
	typed = FuzzClean(bytes->next, n, &len);
	bytes->next += n;
	if (FuzzTryCall(&query, &lenient_call, FuzzText2Datum(typed, len)) != 0)
		return;
	size = VARSIZE(DatumGetPointer(query));
	value = palloc(size);
	memcpy(value, DatumGetPointer(query), size);
	while (bytes->next < bytes->end)
	{
		Size		at = FuzzByte(bytes);

		at = (at | (Size) FuzzByte(bytes) << 8) % size;
		value[at] = (char) FuzzByte(bytes);
	}
	try_value(value, size);
}

void
FuzzBinary(const uint8 *data, size_t size)
{
	FuzzBytes	bytes = {data + 1, data + size, 0};
	char	   *value;

	if (size < 1)
		return;
	switch (data[0] % 3)
	{
		case 0:
			FuzzTry(run_recv, &(Bytes) {data + 1, size - 1});
			break;
		case 1:
			value = palloc(size - 1 + VARHDRSZ);
			memcpy(value + VARHDRSZ, data + 1, size - 1);
			try_value(value, size - 1 + VARHDRSZ);
			break;
		case 2:
			try_edited(&bytes);
			break;
	}
}
