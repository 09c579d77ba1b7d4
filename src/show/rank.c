/*
 * rank.c
 *	  bi_rank(): how relevant an article is to a search.
 *
 * The rank is a sum over the words, phrases and proximities of the search, of
 * those that matter for the match.  Each gives, after BM25 (S. Robertson and
 * H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009),
 *
 *		idf * (k1 + 1) * tf / (tf + K),
 *		K = k1 * (1 - b + b * length / average length).
 *
 * tf is the number of its places, each weighted by its field, as BM25F has
 * it; a place of a proximity counts the less the further it stretches, as in
 * cover density ranking (C. Clarke, G. Cormack and E. Tudhope, Relevance
 * Ranking for One to Three Term Queries, 2000).  idf is ln(1 + (N - n + 0.5)
 * / (n + 0.5)) where a collection tells N and n, and else the number of
 * words; a proximity has that of its operands together.
 *
 * Neighbours under an AND give, as in Y. Rasolofo and J. Savoy, Term
 * Proximity Scoring for Keyword-Based Retrieval Systems, 2003,
 *
 *		min(idf, idf') * (k1 + 1) * tp / (tp + K),
 *
 * where tp is the sum over the places of the one of 1 / (distance to the
 * nearest place of the other in its field) ^ 2.
 *
 * What an AND asks for counts only where all of it is there, an OR is the sum
 * of its operands that match, NOT gives nothing.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "match/memo.h"
#include "match/sources.h"
#include "show/length.h"

#define K1	1.2
#define B	0.75

#define NFIELDS 4

/* of an article, where no collection tells the average */
#define AVERAGE_LENGTH	250.0

/* a field's weight is at most this */
#define MAX_WEIGHT	1e6

/* what an operand gives that does not match */
#define NO_MATCH	(-1.0)

/* body, summary, byline, headline */
static const float4 default_weights[NFIELDS] = {1.0, 1.5, 1.0, 3.0};

/* what is kept between calls */
typedef struct RankState
{
	BiMemo		memo;
	MemoryContext scratch;		/* for one article */
	MemoryContext collected;	/* of the two arrays below */
	double	   *idf;			/* by node, of ITEMs, CHAINs and what is in
								 * CHAINs */
	uint32	   *width;			/* positions that it takes at least */
	double		average;
	bool		weighted;		/* weights are set */
	double		weights[NFIELDS];	/* by number of the tsvector's weight */
	struct varlena *seen_weights;	/* arguments that it was made of */
	struct varlena *seen_collection;
	BiTsvectorSource source;
} RankState;

/* what one article's rank is made with */
typedef struct Ranking
{
	const RankState *state;
	const BiQuery *query;
	BiSource   *source;
	TSVector	vector;
	double		k;				/* K above; below 0 until it is needed */
} Ranking;

/* the places of a word or phrase */
typedef struct Places
{
	const BiOccurrence *starts;
	int			n;
	uint32		width;			/* positions behind the first */
	double		tf;
} Places;

static double score(Ranking *ranking, const BiNode *node);

/*
 * Read the weights, in the order of ts_rank's: D, C, B, A.  Leaves state as
 * it is if one is wrong.
 */
static void
set_weights(RankState *state, ArrayType *array)
{
	const float4 *weights = default_weights;

	if (array != NULL)
	{
		if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != NFIELDS ||
			array_contains_nulls(array))
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("weights must be an array of four numbers"),
					 errdetail("They are those of body, summary, byline and headline.")));
		weights = (const float4 *) ARR_DATA_PTR(array);
	}
	for (int i = 0; i < NFIELDS; i++)
	{
		if (!(weights[i] >= 0 && weights[i] <= MAX_WEIGHT))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a weight must be between 0 and %g", MAX_WEIGHT)));
	}
	for (int i = 0; i < NFIELDS; i++)
		state->weights[i] = weights[i];
}

/* The attribute of the collection, or 0 with *isnull set. */
static Datum
collection_part(HeapTupleHeader collection, AttrNumber number, bool *isnull)
{
	*isnull = true;
	return collection == NULL ? (Datum) 0 :
		GetAttributeByNum(collection, number, isnull);
}

/* The hits of each word and phrase; NULL if they are not told. */
static const int64 *
collected_hits(HeapTupleHeader collection, int nitems)
{
	bool		isnull;
	Datum		datum = collection_part(collection, 3, &isnull);
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

/* How much finding one of hits among documents says. */
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

/* idf and width of a proximity, or of alternatives in one. */
static void
combine(RankState *state, const BiNode *node)
{
	uint32		at = node - state->memo.query->nodes;
	bool		wanted = true;
	double		idf = 0;
	uint32		width = 0;
	bool		first = true;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		uint32		below = child - state->memo.query->nodes;

		if (child->kind == BI_LINK)
		{
			wanted = (child->flags & BI_NEGATED) == 0;
			continue;
		}
		if (node->kind == BI_CHAIN && wanted)
		{
			idf += state->idf[below];
			width += state->width[below];
		}
		else if (node->kind == BI_OR)
		{
			idf = Max(idf, state->idf[below]);
			width = first ? state->width[below] :
				Min(width, state->width[below]);
			first = false;
		}
	}
	state->idf[at] = idf;
	state->width[at] = width;
}

/* Prepare the query's nodes. */
static void
set_collection(RankState *state, HeapTupleHeader collection)
{
	const BiQuery *query = state->memo.query;
	const int64 *hits;
	bool		isnull;
	double		documents;
	int			nitems = 0;

	state->average = DatumGetFloat4(collection_part(collection, 2, &isnull));
	if (isnull || !(state->average >= 1 && state->average <= PG_INT32_MAX))
		state->average = AVERAGE_LENGTH;
	for (uint32 i = 0; i < query->nnodes; i++)
		nitems += query->nodes[i].kind == BI_ITEM;
	hits = collected_hits(collection, nitems);
	documents = DatumGetInt64(collection_part(collection, 1, &isnull));
	if (isnull)
		hits = NULL;

	state->idf = palloc0_array(double, query->nnodes + 1);
	state->width = palloc0_array(uint32, query->nnodes + 1);
	for (uint32 i = query->nnodes; i-- > 0;)
	{
		const BiNode *node = &query->nodes[i];

		CHECK_FOR_INTERRUPTS();
		if (node->kind == BI_CHAIN || node->kind == BI_OR)
			combine(state, node);
		if (node->kind != BI_ITEM)
			continue;
		nitems--;
		state->width[i] = item_width(node);
		state->idf[i] = hits == NULL ? state->width[i] :
			inverse_frequency(documents, hits[nitems]);
	}
}

/* Is the argument what seen remembers? */
static bool
is_seen(const struct varlena *seen, const struct varlena *given)
{
	if (given == NULL || seen == NULL)
		return given == seen;
	return VARSIZE_ANY(given) == VARSIZE_ANY(seen) &&
		memcmp(given, seen, VARSIZE_ANY(given)) == 0;
}

/* Remember the argument. */
static void
remember(struct varlena **seen, const struct varlena *given,
		 MemoryContext context)
{
	if (*seen != NULL)
		pfree(*seen);
	*seen = NULL;
	if (given != NULL)
		*seen = memcpy(MemoryContextAlloc(context, VARSIZE_ANY(given)), given,
					   VARSIZE_ANY(given));
}

/* What K is for this article. */
static double
normalization(Ranking *ranking)
{
	if (ranking->k < 0)
		ranking->k = K1 * (1 - B + B * BiVectorLength(ranking->vector) /
						   ranking->state->average);
	return ranking->k;
}

/* The share of the most that an operand can give. */
static double
saturated(Ranking *ranking, double tf)
{
	return (K1 + 1) * tf / (tf + normalization(ranking));
}

static inline double
field_weight(const Ranking *ranking, BiOccurrence place)
{
	return ranking->state->weights[place & 3];
}

/* A phrase's places, by their starts. */
static void
find_phrase(Ranking *ranking, const BiNode *item, Places *places)
{
	BiSpan	   *spans;
	int			n = BiSpans(ranking->query, item, ranking->source, &spans);
	BiOccurrence *starts = palloc_array(BiOccurrence, n + 1);

	places->n = 0;
	for (int i = 0; i < n; i++)
	{
		if (i > 0 && spans[i].start == spans[i - 1].start)
			continue;
		starts[places->n++] =
			BiOccurrenceMake(spans[i].start,
							 pg_rightmost_one_pos32(spans[i].start_field));
	}
	places->starts = starts;
}

/* Where does a word or phrase stand?  Returns false if it does not. */
static bool
find_places(Ranking *ranking, const BiNode *item, Places *places)
{
	const BiNode *child = BiNodeFirst(item);

	places->width = ranking->state->width[item - ranking->query->nodes] - 1;
	if (child->kind == BI_WORD)
		places->n = ranking->source->find(ranking->source, ranking->query,
										  child, &places->starts);
	else
		find_phrase(ranking, item, places);
	places->tf = 0;
	for (int i = 0; i < places->n; i++)
		places->tf += field_weight(ranking, places->starts[i]);
	if (places->n > 0)
		return true;

	/* there, but nobody knows where: one place in the least of its fields */
	if (!BiNodeMatches(ranking->query, item, ranking->source))
		return false;
	places->tf =
		ranking->state->weights[pg_rightmost_one_pos32(item->fields)];
	return true;
}

/* Distance of two places, whose widths are of their lists. */
static inline uint32
distance(BiOccurrence a, uint32 awidth, BiOccurrence b, uint32 bwidth)
{
	uint32		first = BiOccurrencePos(a) < BiOccurrencePos(b) ?
		BiOccurrencePos(a) + awidth : BiOccurrencePos(b) + bwidth;
	uint32		second = Max(BiOccurrencePos(a), BiOccurrencePos(b));

	return second > first ? second - first : 0;
}

/* How near the places of two operands are to each other: tp above. */
static double
nearness(const Ranking *ranking, const Places *a, const Places *b)
{
	double		tp = 0;
	int			j = 0;

	for (int i = 0; i < a->n && b->n > 0; i++)
	{
		uint32		least = PG_UINT32_MAX;

		CHECK_FOR_INTERRUPTS();
		while (j + 1 < b->n && b->starts[j + 1] <= a->starts[i])
			j++;
		for (int k = j; k <= j + 1 && k < b->n; k++)
		{
			uint32		d = distance(a->starts[i], a->width,
									 b->starts[k], b->width);

			if (d > 0 && (a->starts[i] & 3) == (b->starts[k] & 3))
				least = Min(least, d);
		}
		if (least != PG_UINT32_MAX)
			tp += field_weight(ranking, a->starts[i]) /
				((double) least * least);
	}
	return tp;
}

static double
score_item(Ranking *ranking, const BiNode *item, Places *places)
{
	if (!find_places(ranking, item, places))
		return NO_MATCH;
	return ranking->state->idf[item - ranking->query->nodes] *
		saturated(ranking, places->tf);
}

/*
 * A proximity: its places are the spans that hold no other one, each counted
 * by how tightly it is filled.
 */
static double
score_chain(Ranking *ranking, const BiNode *chain)
{
	uint32		at = chain - ranking->query->nodes;
	BiSpan	   *spans;
	int			n = BiSpans(ranking->query, chain, ranking->source, &spans);
	uint32		least_end = PG_UINT32_MAX;
	double		tf = 0;

	if (n == 0)
		return NO_MATCH;
	for (int i = n; i-- > 0;)
	{
		double		length = spans[i].end - spans[i].start + 1.0;
		int			weight = pg_rightmost_one_pos32(spans[i].start_field);

		/* of spans with one start the shortest comes first */
		if (spans[i].end >= least_end ||
			(i > 0 && spans[i - 1].start == spans[i].start))
			continue;
		least_end = spans[i].end;
		tf += ranking->state->weights[weight] *
			Min(1, ranking->state->width[at] / length);
	}
	return ranking->state->idf[at] * saturated(ranking, tf);
}

/* All operands, and how near to each other words and phrases among them are. */
static double
score_and(Ranking *ranking, const BiNode *node)
{
	const BiNode *last = NULL;
	Places		places[2];
	int			now = 0;
	double		sum = 0;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		double		more = child->kind == BI_ITEM ?
			score_item(ranking, child, &places[now]) :
			score(ranking, child);

		if (more < 0)
			return NO_MATCH;
		sum += more;
		if (child->kind != BI_ITEM)
			continue;
		if (last != NULL)
		{
			double		tp = nearness(ranking, &places[1 - now],
									  &places[now]);
			const double *idf = ranking->state->idf;

			if (tp > 0)
				sum += Min(idf[last - ranking->query->nodes],
						   idf[child - ranking->query->nodes]) *
					saturated(ranking, tp);
		}
		last = child;
		now = 1 - now;
	}
	return sum;
}

/* What node gives, or NO_MATCH. */
static double
score(Ranking *ranking, const BiNode *node)
{
	Places		places;
	double		sum = NO_MATCH;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			return score_item(ranking, node, &places);
		case BI_CHAIN:
			return score_chain(ranking, node);
		case BI_AND:
			return score_and(ranking, node);
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
			{
				double		more = score(ranking, child);

				if (more >= 0)
					sum = Max(sum, 0) + more;
			}
			return sum;
		case BI_NOT:
			return BiNodeMatches(ranking->query, BiNodeFirst(node),
								 ranking->source) ? NO_MATCH : 0;
		case BI_ATLEAST:
			if (!BiNodeMatches(ranking->query, node, ranking->source))
				return NO_MATCH;
			return score(ranking, BiNodeFirst(node));
		default:
			elog(ERROR, "unexpected bi_query node of kind %d", node->kind);
			return 0;
	}
}

/* Prepare what the query, with the collection, gives. */
static void
prepare(RankState *state, struct varlena *collection)
{
	MemoryContext caller;

	state->idf = NULL;
	MemoryContextReset(state->collected);
	caller = MemoryContextSwitchTo(state->collected);
	set_collection(state, (HeapTupleHeader) collection);
	MemoryContextSwitchTo(caller);
	remember(&state->seen_collection, collection,
			 GetMemoryChunkContext(state));
}

/* The state, prepared for this call's query, weights and collection. */
static RankState *
begin_rank(FunctionCallInfo fcinfo)
{
	RankState  *state = (RankState *) BiMemoState(fcinfo, sizeof(RankState));
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
	if (BiMemoSet(&state->memo, PG_GETARG_DATUM(1)))
		state->idf = NULL;
	if (!state->weighted || !is_seen(state->seen_weights, weights))
	{
		set_weights(state, (ArrayType *) weights);
		remember(&state->seen_weights, weights, context);
		state->weighted = true;
	}
	if (state->idf == NULL || !is_seen(state->seen_collection, collection))
		prepare(state, collection);
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
	MemoryContext caller;
	Ranking		ranking;
	double		rank = 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	state = begin_rank(fcinfo);
	ranking.state = state;
	ranking.query = state->memo.query;
	ranking.source = &state->source.source;
	ranking.vector = PG_GETARG_TSVECTOR(0);
	ranking.k = -1;

	caller = MemoryContextSwitchTo(state->scratch);
	BiTsvectorSourceInit(&state->source, ranking.vector);
	if (ranking.query->nnodes > 0)
		rank = Max(0, score(&ranking, ranking.query->nodes));
	MemoryContextSwitchTo(caller);
	PG_FREE_IF_COPY(ranking.vector, 0);
	PG_RETURN_FLOAT4((float4) rank);
}
