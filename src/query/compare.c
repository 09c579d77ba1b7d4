/*
 * compare.c
 *	  Equality, order and hash of bi_query values.
 *
 * They depend on the configuration and the bound words in their order, not on
 * how the query was typed.  As the nodes of equal queries are in the same
 * order, one pass over both arrays suffices.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "query/bi_query.h"

static int
compare_uint32(uint32 a, uint32 b)
{
	return a < b ? -1 : a > b;
}

static int
compare_bytes(const char *a, uint32 alen, const char *b, uint32 blen)
{
	int			cmp = memcmp(a, b, Min(alen, blen));

	return cmp != 0 ? (cmp < 0 ? -1 : 1) : compare_uint32(alen, blen);
}

static int
compare_nodes(const BiQuery *a, const BiNode *x, const BiQuery *b,
			  const BiNode *y)
{
	int			cmp = compare_uint32(x->kind, y->kind);

	if (cmp == 0)
		cmp = compare_uint32(x->size, y->size);
	if (cmp == 0 && x->kind != BI_ITEM)
		cmp = compare_uint32(x->flags, y->flags);
	if (cmp == 0)
		cmp = compare_uint32(x->fields, y->fields);
	if (cmp == 0)
		cmp = compare_uint32(x->arg, y->arg);
	if (cmp == 0 && x->kind == BI_WORD)
		cmp = compare_bytes(BiNodeText(a, x), x->len, BiNodeText(b, y),
							y->len);
	return cmp;
}

/* An arbitrary total order. */
int
BiCompare(const BiQuery *a, const BiQuery *b)
{
	int			cmp = compare_bytes(BiQueryText(a), a->nsplen,
									BiQueryText(b), b->nsplen);
	uint32		n = Min(a->nnodes, b->nnodes);

	if (cmp == 0)
		cmp = compare_bytes(BiQueryText(a) + a->nsplen, a->namelen,
							BiQueryText(b) + b->nsplen, b->namelen);
	for (uint32 i = 0; i < n && cmp == 0; i++)
	{
		CHECK_FOR_INTERRUPTS();
		cmp = compare_nodes(a, &a->nodes[i], b, &b->nodes[i]);
	}
	return cmp != 0 ? cmp : compare_uint32(a->nnodes, b->nnodes);
}

static int
compare_args(FunctionCallInfo fcinfo)
{
	BiQuery    *a = PG_GETARG_BI_QUERY_P(0);
	BiQuery    *b = PG_GETARG_BI_QUERY_P(1);
	int			cmp = BiCompare(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

static uint64
hash_query(const BiQuery *query, uint64 seed)
{
	uint64		hash = hash_bytes_extended((const unsigned char *)
										   BiQueryText(query),
										   query->nsplen + query->namelen,
										   seed);

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];
		uint32		key[5] = {node->kind, node->size, node->fields, node->arg,
		node->kind == BI_ITEM ? 0 : node->flags};

		CHECK_FOR_INTERRUPTS();
		hash = hash_bytes_extended((const unsigned char *) key, sizeof(key),
								   hash);
		if (node->kind == BI_WORD)
			hash = hash_bytes_extended((const unsigned char *)
									   BiNodeText(query, node), node->len,
									   hash);
	}
	return hash;
}

PG_FUNCTION_INFO_V1(bi_query_eq);
Datum
bi_query_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(bi_query_ne);
Datum
bi_query_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(bi_query_lt);
Datum
bi_query_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(bi_query_le);
Datum
bi_query_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(bi_query_gt);
Datum
bi_query_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(bi_query_ge);
Datum
bi_query_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(bi_query_cmp);
Datum
bi_query_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_args(fcinfo));
}

PG_FUNCTION_INFO_V1(bi_query_hash);
Datum
bi_query_hash(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	uint32		hash = (uint32) hash_query(query, 0);

	PG_FREE_IF_COPY(query, 0);
	PG_RETURN_INT32((int32) hash);
}

PG_FUNCTION_INFO_V1(bi_query_hash_extended);
Datum
bi_query_hash_extended(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	uint64		hash = hash_query(query, (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(query, 0);
	PG_RETURN_INT64((int64) hash);
}
