/*
 * accessor.c
 *	  SQL functions that show what a bi_query consists of.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/deparse.h"

/* A word as it is searched for, its wildcards as they are typed. */
static text *
word_text(const BiQuery *query, const BiNode *word)
{
	StringInfoData buf;

	initStringInfo(&buf);
	BiAppendWord(&buf, query, word);
	return cstring_to_text_with_len(buf.data, buf.len);
}

/*
 * bi_words(query): the lexemes searched for, in the order of the query.  The
 * values of fields are no words.
 */
PG_FUNCTION_INFO_V1(bi_words);
Datum
bi_words(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	Datum	   *words = palloc_array(Datum, query->nnodes + 1);
	int			n = 0;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (query->nodes[i].kind == BI_ITEM &&
			(query->nodes[i].flags & BI_VALUE) != 0)
			i += query->nodes[i].size - 1;
		else if (query->nodes[i].kind == BI_WORD)
			words[n++] = PointerGetDatum(word_text(query, &query->nodes[i]));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(words, n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(bi_config);
Datum
bi_config(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);

	PG_RETURN_OID(BiQueryConfig(query, BiExtensionSchema(fcinfo)));
}

/* bi_numnode(query): number of words, phrases and operators. */
PG_FUNCTION_INFO_V1(bi_numnode);
Datum
bi_numnode(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	int32		n = 0;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		CHECK_FOR_INTERRUPTS();
		switch (node->kind)
		{
			case BI_ITEM:
				n++;
				i += node->size - 1;	/* its words are not counted */
				break;
			case BI_NOT:
			case BI_ATLEAST:
			case BI_PROX_JOIN:
				n++;
				break;
			case BI_AND:
			case BI_OR:
				n--;
				for (const BiNode *child = BiNodeFirst(node);
					 child < BiNodeEnd(node); child = BiNodeEnd(child))
					n++;
				break;
		}
	}
	PG_RETURN_INT32(n);
}

/* Does the query require anything to be present? */
static bool
is_positive(const BiQuery *query, const BiNode *node)
{
	check_stack_depth();
	switch (node->kind)
	{
		case BI_NOT:
			return false;
		case BI_AND:
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
			{
				if (is_positive(query, child) == (node->kind == BI_AND))
					return node->kind == BI_AND;
			}
			return node->kind == BI_OR;
		default:
			return true;
	}
}

PG_FUNCTION_INFO_V1(bi_is_positive);
Datum
bi_is_positive(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);

	PG_RETURN_BOOL(query->nnodes > 0 && is_positive(query, query->nodes));
}

/* a word, to be sorted */
typedef struct Key
{
	const char *bytes;
	uint32		len;
	uint8		flags;
} Key;

static int
compare_keys(const void *a, const void *b)
{
	const Key  *x = a;
	const Key  *y = b;
	int			cmp = memcmp(x->bytes, y->bytes, Min(x->len, y->len));

	if (cmp == 0)
		cmp = x->len < y->len ? -1 : x->len > y->len;
	return cmp != 0 ? cmp : (int) x->flags - (int) y->flags;
}

/* The words of query, sorted; sets *n to their number. */
static Key *
sorted_words(const BiQuery *query, uint32 *n)
{
	Key		   *keys = palloc_array(Key, query->nnodes + 1);

	*n = 0;
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		if (node->kind != BI_WORD)
			continue;
		keys[*n].bytes = BiNodeText(query, node);
		keys[*n].len = node->len;
		keys[(*n)++].flags = node->flags;
	}
	qsort(keys, *n, sizeof(Key), compare_keys);
	return keys;
}

/* Does a have all the words of b?  Operators are ignored, as for tsquery. */
static bool
contains_words(const BiQuery *a, const BiQuery *b)
{
	uint32		na;
	uint32		nb;
	Key		   *ka = sorted_words(a, &na);
	Key		   *kb = sorted_words(b, &nb);
	uint32		i = 0;

	for (uint32 j = 0; j < nb; j++)
	{
		while (i < na && compare_keys(&ka[i], &kb[j]) < 0)
			i++;
		if (i == na || compare_keys(&ka[i], &kb[j]) != 0)
			return false;
	}
	return true;
}

PG_FUNCTION_INFO_V1(bi_query_contains);
Datum
bi_query_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_words(PG_GETARG_BI_QUERY_P(0),
								  PG_GETARG_BI_QUERY_P(1)));
}

PG_FUNCTION_INFO_V1(bi_query_contained);
Datum
bi_query_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_words(PG_GETARG_BI_QUERY_P(1),
								  PG_GETARG_BI_QUERY_P(0)));
}
