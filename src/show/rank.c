/*
 * rank.c
 *	  bi_rank(): the relevance of articles, for ORDER BY.
 *
 * What depends only on the query, the weights and the collection is prepared
 * once and kept between calls; score.c has the formula.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "match/fn_extra_query.h"
#include "match/sources.h"
#include "show/score.h"

/* length of an article, if no collection has the average */
#define AVERAGE_LENGTH	250.0

/* a field's weight is at most this */
#define MAX_WEIGHT	1e6

/* body, summary, byline, headline */
static const float4 default_weights[BI_NWEIGHTS] = {1.0, 1.5, 1.0, 3.0};

/* state kept between calls */
typedef struct RankState
{
	BiFnExtraQuery cached;
	MemoryContext scratch;		/* for one article */
	MemoryContext collected;	/* of idf and width below */
	BiScoring	scoring;		/* idf is NULL until prepared */
	bool		weighted;		/* its weights are set */
	struct varlena *seen_weights;	/* arguments from which it was made */
	struct varlena *seen_collection;
	BiTsvectorSource source;
} RankState;

/*
 * Read the weights, in ts_rank's order: D, C, B, A.  Leaves state unchanged
 * if one is invalid.
 */
static void
set_weights(RankState *state, ArrayType *array)
{
	const float4 *weights = default_weights;

	if (array != NULL)
	{
		if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != BI_NWEIGHTS ||
			array_contains_nulls(array))
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("weights must be an array of four numbers"),
					 errdetail("They are those of body, summary, byline and headline.")));
		weights = (const float4 *) ARR_DATA_PTR(array);
	}
	for (int i = 0; i < BI_NWEIGHTS; i++)
	{
		if (!(weights[i] >= 0 && weights[i] <= MAX_WEIGHT))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a weight must be between 0 and %g", MAX_WEIGHT)));
	}
	for (int i = 0; i < BI_NWEIGHTS; i++)
		state->scoring.weights[i] = weights[i];
}

/* The attribute of the collection, or 0 with *isnull set. */
static Datum
collection_attribute(HeapTupleHeader collection, AttrNumber number,
					 bool *isnull)
{
	*isnull = true;
	return collection == NULL ? (Datum) 0 :
		GetAttributeByNum(collection, number, isnull);
}

/* The number of hits of each word and phrase; NULL if not given. */
static const int64 *
collected_hits(HeapTupleHeader collection, int nitems)
{
	bool		isnull;
	Datum		datum = collection_attribute(collection, 3, &isnull);
	ArrayType  *array;

	if (isnull || nitems == 0)
		return NULL;
	array = DatumGetArrayTypeP(datum);
	if (ARR_ELEMTYPE(array) != INT8OID || ARR_NDIM(array) != 1 ||
		ARR_DIMS(array)[0] != nitems ||
		array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("collection does not fit the search"),
				 errdetail("The search has %d words and phrases, and the collection tells the hits of %d.",
						   nitems, ArrayGetNItems(ARR_NDIM(array),
												  ARR_DIMS(array)))));
	return (const int64 *) ARR_DATA_PTR(array);
}

/* Inverse document frequency of what has hits hits in documents documents. */
static double
inverse_frequency(double documents, double hits)
{
	hits = Max(hits, 0);
	documents = Max(documents, hits);
	return log(1 + (documents - hits + 0.5) / (hits + 0.5));
}

/* Positions that a word or phrase takes. */
static uint32
item_width(const BiNode *item)
{
	const BiNode *phrase = BiNodeFirst(item);
	uint32		width = 1;

	if (phrase->kind != BI_PHRASE)
		return 1;
	for (const BiNode *slot = BiNodeFirst(phrase);
		 slot < BiNodeEnd(phrase); slot = BiNodeEnd(slot))
		width = slot->arg + 1;
	return width;
}

/* Set idf and width of a proximity, or of alternatives in one. */
static void
combine_operands(RankState *state, const BiNode *node)
{
	uint32		at = node - state->cached.query->nodes;
	bool		wanted = true;
	double		idf = 0;
	uint32		width = 0;
	bool		first = true;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		uint32		below = child - state->cached.query->nodes;

		if (child->kind == BI_PROX_JOIN)
		{
			wanted = (child->flags & BI_NEGATED) == 0;
			continue;
		}
		if (node->kind == BI_PROX_CHAIN && wanted)
		{
			idf += state->scoring.idf[below];
			width += state->scoring.width[below];
		}
		else if (node->kind == BI_OR)
		{
			idf = Max(idf, state->scoring.idf[below]);
			width = first ? state->scoring.width[below] :
				Min(width, state->scoring.width[below]);
			first = false;
		}
	}
	state->scoring.idf[at] = idf;
	state->scoring.width[at] = width;
}

/* Prepare idf and width of the query's nodes. */
static void
prepare_nodes(RankState *state, HeapTupleHeader collection)
{
	const BiQuery *query = state->cached.query;
	const int64 *hits;
	bool		isnull;
	double		documents;
	double		average;
	int			nitems = 0;

	average = DatumGetFloat4(collection_attribute(collection, 2, &isnull));
	if (isnull || !(average >= 1 && average <= PG_INT32_MAX))
		average = AVERAGE_LENGTH;
	state->scoring.average = average;
	for (uint32 i = 0; i < query->nnodes; i++)
		nitems += query->nodes[i].kind == BI_ITEM;
	hits = collected_hits(collection, nitems);
	documents = DatumGetInt64(collection_attribute(collection, 1, &isnull));
	if (isnull)
		hits = NULL;

	state->scoring.idf = palloc0_array(double, query->nnodes + 1);
	state->scoring.width = palloc0_array(uint32, query->nnodes + 1);
	for (uint32 i = query->nnodes; i-- > 0;)
	{
		const BiNode *node = &query->nodes[i];

		CHECK_FOR_INTERRUPTS();
		if (node->kind == BI_PROX_CHAIN || node->kind == BI_OR)
			combine_operands(state, node);
		if (node->kind != BI_ITEM)
			continue;
		nitems--;
		state->scoring.width[i] = item_width(node);
		state->scoring.idf[i] = hits == NULL ? state->scoring.width[i] :
			inverse_frequency(documents, hits[nitems]);
	}
}

/* Is the argument the same as the remembered one? */
static bool
is_remembered(const struct varlena *seen, const struct varlena *given)
{
	if (given == NULL || seen == NULL)
		return given == seen;
	return VARSIZE_ANY(given) == VARSIZE_ANY(seen) &&
		memcmp(given, seen, VARSIZE_ANY(given)) == 0;
}

/* Remember the argument. */
static void
remember_argument(struct varlena **seen, const struct varlena *given,
				  MemoryContext context)
{
	if (*seen != NULL)
		pfree(*seen);
	*seen = NULL;
	if (given != NULL)
		*seen = memcpy(MemoryContextAlloc(context, VARSIZE_ANY(given)), given,
					   VARSIZE_ANY(given));
}

/* Prepare what follows from the query and the collection. */
static void
prepare_scoring(RankState *state, struct varlena *collection)
{
	MemoryContext caller;

	state->scoring.idf = NULL;
	MemoryContextReset(state->collected);
	caller = MemoryContextSwitchTo(state->collected);
	prepare_nodes(state, (HeapTupleHeader) collection);
	MemoryContextSwitchTo(caller);
	remember_argument(&state->seen_collection, collection,
					  GetMemoryChunkContext(state));
}

/* The state, prepared for this call's query, weights and collection. */
static RankState *
begin_rank(FunctionCallInfo fcinfo)
{
	RankState  *state = (RankState *) BiFnExtraState(fcinfo, sizeof(RankState));
	MemoryContext context = GetMemoryChunkContext(state);
	struct varlena *weights = PG_ARGISNULL(2) ? NULL :
		PG_DETOAST_DATUM(PG_GETARG_DATUM(2));
	struct varlena *collection = PG_ARGISNULL(3) ? NULL :
		PG_DETOAST_DATUM(PG_GETARG_DATUM(3));

	if (state->scratch == NULL)
	{
		state->scratch = AllocSetContextCreate(context, "bisearch document",
											   ALLOCSET_DEFAULT_SIZES);
		state->collected = AllocSetContextCreate(context,
												 "bisearch collection",
												 ALLOCSET_SMALL_SIZES);
	}
	MemoryContextReset(state->scratch);
	if (BiFnExtraSet(&state->cached, PG_GETARG_DATUM(1)))
		state->scoring.idf = NULL;
	state->scoring.query = state->cached.query;
	if (!state->weighted || !is_remembered(state->seen_weights, weights))
	{
		set_weights(state, (ArrayType *) weights);
		remember_argument(&state->seen_weights, weights, context);
		state->weighted = true;
	}
	if (state->scoring.idf == NULL ||
		!is_remembered(state->seen_collection, collection))
		prepare_scoring(state, collection);
	return state;
}

/*
 * bi_rank(tsvector, bi_query, weights, collection): the last two may be NULL.
 */
PG_FUNCTION_INFO_V1(bi_rank);
Datum
bi_rank(PG_FUNCTION_ARGS)
{
	RankState  *state;
	TSVector	vector;
	MemoryContext caller;
	double		score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	state = begin_rank(fcinfo);
	vector = PG_GETARG_TSVECTOR(0);

	caller = MemoryContextSwitchTo(state->scratch);
	BiTsvectorSourceInit(&state->source, vector);
	score = BiScore(&state->scoring, &state->source.source, vector);
	MemoryContextSwitchTo(caller);
	PG_FREE_IF_COPY(vector, 0);
	PG_RETURN_FLOAT4((float4) score);
}
