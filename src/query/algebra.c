/*
 * algebra.c
 *	  Operators that combine queries: && || !! <-> and bi_query_near().
 *
 * They combine packed queries, so no word is bound again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "query/diagnostic.h"
#include "query/lexer.h"
#include "query/tree.h"

/*
 * Raise the first diagnostic that is an error, in terms of the SQL operator.
 */
static void
raise_first(const BiParseState *state)
{
	ListCell   *lc;

	foreach(lc, state->diagnostics)
	{
		const BiDiagnostic *diagnostic = lfirst(lc);

		if (diagnostic->severity != BI_WARNING)
			ereport(ERROR,
					(errcode(diagnostic->sqlstate == ERRCODE_SYNTAX_ERROR ?
							 ERRCODE_INVALID_PARAMETER_VALUE :
							 diagnostic->sqlstate),
					 errmsg("%s", diagnostic->message),
					 diagnostic->hint ? errhint("%s", diagnostic->hint) : 0));
	}
}

/* Pack tree with the configuration of like. */
static BiQuery *
pack_like(const BiTree *tree, const BiQuery *like)
{
	const char *text = BiQueryText(like);
	char	   *nsp = like->nsplen > 0 ? pnstrdup(text, like->nsplen) : NULL;
	char	   *name = pnstrdup(text + like->nsplen, like->namelen);
	BiQuery    *query = BiPack(tree, nsp, name);
	int			len;

	BiDeparse(query, true, &len);
	if (len > BI_MAX_QUERY_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("search is longer than %d bytes",
						BI_MAX_QUERY_BYTES)));
	return query;
}

/* Queries of different configurations cannot be combined. */
static void
check_same_config(const BiQuery *a, const BiQuery *b)
{
	if (a->nsplen == b->nsplen && a->namelen == b->namelen &&
		memcmp(BiQueryText(a), BiQueryText(b), a->nsplen + a->namelen) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("searches of different text search configurations cannot be combined"),
			 errdetail("One is of configuration %s, the other of %s.",
					   BiDeparseConfig(a), BiDeparseConfig(b))));
}

/*
 * Combine two queries: kind is BI_AND, BI_OR, or BI_PROX_CHAIN with join.
 * sign is how the operator is written, for messages.
 */
static Datum
combine_queries(FunctionCallInfo fcinfo, BiNodeKind kind, BiProxJoin join,
				const char *sign)
{
	BiQuery    *left = PG_GETARG_BI_QUERY_P(0);
	BiQuery    *right = PG_GETARG_BI_QUERY_P(1);
	BiParseState state = {0};
	BiTree	   *a;
	BiTree	   *b;

	check_same_config(left, right);
	if (left->nnodes == 0)
		PG_RETURN_BI_QUERY_P(right);
	if (right->nnodes == 0)
		PG_RETURN_BI_QUERY_P(left);

	BiReadChars(&state, sign, strlen(sign), false);
	a = BiUnpack(&state, left);
	b = BiUnpack(&state, right);
	if (a != NULL && b != NULL)
		a = kind == BI_PROX_CHAIN ?
			BiTreeProxJoin(&state, a, join, b, 0, state.nchars) :
			BiTreeJoin(&state, kind, a, b, 0);
	raise_first(&state);
	PG_RETURN_BI_QUERY_P(pack_like(a, left));
}

PG_FUNCTION_INFO_V1(bi_query_and);
Datum
bi_query_and(PG_FUNCTION_ARGS)
{
	BiProxJoin	none = {0};

	return combine_queries(fcinfo, BI_AND, none, "&&");
}

PG_FUNCTION_INFO_V1(bi_query_or);
Datum
bi_query_or(PG_FUNCTION_ARGS)
{
	BiProxJoin	none = {0};

	return combine_queries(fcinfo, BI_OR, none, "||");
}

PG_FUNCTION_INFO_V1(bi_query_not);
Datum
bi_query_not(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	BiParseState state = {0};
	BiTree	   *tree;

	if (query->nnodes == 0)
		PG_RETURN_BI_QUERY_P(query);
	tree = BiTreeNot(&state, BiUnpack(&state, query), 0);
	raise_first(&state);
	PG_RETURN_BI_QUERY_P(pack_like(tree, query));
}

/* bi_query_phrase(a, b): b directly after a. */
PG_FUNCTION_INFO_V1(bi_query_phrase);
Datum
bi_query_phrase(PG_FUNCTION_ARGS)
{
	BiProxJoin	join = {BI_WITHIN | BI_ORDERED, 1};

	return combine_queries(fcinfo, BI_PROX_CHAIN, join, "<->");
}

/*
 * bi_query_near(a, b, distance, ordered): a and b within distance of each
 * other; with ordered, a before b.
 */
PG_FUNCTION_INFO_V1(bi_query_near);
Datum
bi_query_near(PG_FUNCTION_ARGS)
{
	int32		distance = PG_GETARG_INT32(2);
	bool		ordered = PG_GETARG_BOOL(3);
	BiProxJoin	join = {BI_WITHIN | (ordered ? BI_ORDERED : 0), distance};

	if (distance < 1 || distance > BI_MAX_DISTANCE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("distance must be between 1 and %d",
						BI_MAX_DISTANCE)));
	return combine_queries(fcinfo, BI_PROX_CHAIN, join, ordered ? "PRE" : "NEAR");
}
