/*
 * score.c
 *	  How relevant one article is to a query.
 *
 * The score is a sum over those words, phrases and proximities of the query
 * that contribute to the match.  Each gives, after BM25 (S. Robertson and H.
 * Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009),
 *
 *		idf * (k1 + 1) * tf / (tf + K),
 *		K = k1 * (1 - b + b * length / average length).
 *
 * tf is the number of its places, each weighted by its field, as in BM25F; a
 * place of a proximity counts less the longer it is, as in cover density
 * ranking (C. Clarke, G. Cormack and E. Tudhope, Relevance Ranking for One to
 * Three Term Queries, 2000).  idf is ln(1 + (N - n + 0.5) / (n + 0.5)) if a
 * collection gives N and n, otherwise the number of words; that of a
 * proximity is the sum over its operands.
 *
 * Adjacent operands of an AND give, as in Y. Rasolofo and J. Savoy, Term
 * Proximity Scoring for Keyword-Based Retrieval Systems, 2003,
 *
 *		min(idf, idf') * (k1 + 1) * tp / (tp + K),
 *
 * where tp is the sum over the places of one operand of 1 / (distance to the
 * nearest place of the other in its field) ^ 2.
 *
 * An AND counts only if all its operands match, an OR is the sum of its
 * operands that match, NOT gives nothing.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/compat.h"
#include "show/explain_miss.h"
#include "show/length.h"
#include "show/score.h"

#define K1	1.2
#define B	0.75

/* most spans of one article that are processed one by one */
#define MAX_SPANS	(1 << 16)

/* score of an operand that does not match */
#define NO_MATCH	(-1.0)

/* state of scoring one article */
typedef struct Ranking
{
	const BiScoring *scoring;
	const BiQuery *query;
	BiSource   *source;
	TSVector	vector;
	double		k;				/* K above; negative until needed */
	int			nspans;			/* of proximities, processed so far */
} Ranking;

/* the places of a word or phrase */
typedef struct Places
{
	const BiOccurrence *starts;
	int			n;
	uint32		width;			/* positions after the first */
	double		tf;
} Places;

static double score_node(Ranking *ranking, const BiNode *node);

/* K of this article. */
static double
normalization_k(Ranking *ranking)
{
	if (ranking->k < 0)
		ranking->k = K1 * (1 - B + B * BiVectorLength(ranking->vector) /
						   ranking->scoring->average);
	return ranking->k;
}

/* The factor of an operand's idf: (k1 + 1) * tf / (tf + K). */
static double
saturate(Ranking *ranking, double tf)
{
	return (K1 + 1) * tf / (tf + normalization_k(ranking));
}

static inline double
field_weight(const Ranking *ranking, BiOccurrence place)
{
	return ranking->scoring->weights[place & 3];
}

/* Find the places of a phrase, by their starts. */
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

/* Find the places of a word or phrase.  Returns false if it does not match. */
static bool
find_places(Ranking *ranking, const BiNode *item, Places *places)
{
	const BiNode *child = BiNodeFirst(item);

	places->width = ranking->scoring->width[item - ranking->query->nodes] - 1;
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

	/* there, but without positions: one place in the lowest of its fields */
	if (!BiNodeMatches(ranking->query, item, ranking->source))
		return false;
	places->tf =
		ranking->scoring->weights[pg_rightmost_one_pos32(item->fields)];
	return true;
}

/* Distance of two places; each width is that of the place's list. */
static inline uint32
place_distance(BiOccurrence a, uint32 awidth, BiOccurrence b, uint32 bwidth)
{
	uint32		first = BiOccurrencePos(a) < BiOccurrencePos(b) ?
		BiOccurrencePos(a) + awidth : BiOccurrencePos(b) + bwidth;
	uint32		second = Max(BiOccurrencePos(a), BiOccurrencePos(b));

	return second > first ? second - first : 0;
}

/*
 * Distance of place to the nearest one of list in its field, from index
 * begin on in steps of step; PG_UINT32_MAX if there is none.  Overlapping
 * places do not count.
 */
static uint32
nearest_place(BiOccurrence place, uint32 width, const Places *list, int begin,
			  int step)
{
	for (int i = begin; i >= 0 && i < list->n; i += step)
	{
		uint32		d = place_distance(place, width, list->starts[i],
									   list->width);

		CHECK_FOR_INTERRUPTS();
		if (d > 0 && (place & 3) == (list->starts[i] & 3))
			return d;
	}
	return PG_UINT32_MAX;
}

/* tp above, from the places of two operands. */
static double
nearness(const Ranking *ranking, const Places *a, const Places *b)
{
	double		tp = 0;
	int			j = 0;

	for (int i = 0; i < a->n; i++)
	{
		BiOccurrence place = a->starts[i];
		uint32		least;

		while (j < b->n && b->starts[j] <= place)
			j++;
		least = Min(nearest_place(place, a->width, b, j - 1, -1),
					nearest_place(place, a->width, b, j, 1));
		if (least != PG_UINT32_MAX)
			tp += field_weight(ranking, place) / ((double) least * least);
	}
	return tp;
}

static double
score_item(Ranking *ranking, const BiNode *item, Places *places)
{
	if (!find_places(ranking, item, places))
		return NO_MATCH;
	return ranking->scoring->idf[item - ranking->query->nodes] *
		saturate(ranking, places->tf);
}

/*
 * Score of a proximity: its places are the spans that contain no other span,
 * each weighted by how densely it is filled.  A proximity with too many joins
 * to list its spans, or that comes after very many spans, counts as one place
 * in the body.
 */
static double
score_chain(Ranking *ranking, const BiNode *chain)
{
	uint32		at = chain - ranking->query->nodes;
	BiSpan	   *spans;
	int			n;
	uint32		least_end = PG_UINT32_MAX;
	double		tf = 0;

	if (ranking->nspans >= MAX_SPANS || !BiIsCountable(chain))
	{
		if (!BiNodeMatches(ranking->query, chain, ranking->source))
			return NO_MATCH;
		return ranking->scoring->idf[at] *
			saturate(ranking, ranking->scoring->weights[0]);
	}

	n = BiSpans(ranking->query, chain, ranking->source, &spans);
	if (n == 0)
		return NO_MATCH;
	ranking->nspans = Min(ranking->nspans + n, MAX_SPANS);
	for (int i = n; i-- > 0;)
	{
		double		length = spans[i].end - spans[i].start + 1.0;
		int			weight = pg_rightmost_one_pos32(spans[i].start_field);

		/* of spans with one start the shortest comes first */
		if (spans[i].end >= least_end ||
			(i > 0 && spans[i - 1].start == spans[i].start))
			continue;
		least_end = spans[i].end;
		tf += ranking->scoring->weights[weight] *
			Min(1, ranking->scoring->width[at] / length);
	}
	return ranking->scoring->idf[at] * saturate(ranking, tf);
}

/*
 * Score of an AND: that of all operands, and of how near words and phrases
 * among them are.
 */
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
		double		more = child->kind == BI_ITEM && !BiIsValue(child) ?
			score_item(ranking, child, &places[now]) :
			score_node(ranking, child);

		if (more < 0)
			return NO_MATCH;
		sum += more;
		if (child->kind != BI_ITEM || BiIsValue(child))
			continue;
		if (last != NULL)
		{
			double		tp = nearness(ranking, &places[1 - now],
									  &places[now]);
			const double *idf = ranking->scoring->idf;

			if (tp > 0)
				sum += Min(idf[last - ranking->query->nodes],
						   idf[child - ranking->query->nodes]) *
					saturate(ranking, tp);
		}
		last = child;
		now = 1 - now;
	}
	return sum;
}

/* Score of node, or NO_MATCH. */
static double
score_node(Ranking *ranking, const BiNode *node)
{
	Places		places;
	double		sum = NO_MATCH;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			if (BiIsValue(node))
				return BiNodeMatches(ranking->query, node, ranking->source) ?
					0 : NO_MATCH;
			return score_item(ranking, node, &places);
		case BI_PROX_CHAIN:
			return score_chain(ranking, node);
		case BI_AND:
			return score_and(ranking, node);
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
			{
				double		more = score_node(ranking, child);

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
			return score_node(ranking, BiNodeFirst(node));
		default:
			elog(ERROR, "unexpected bi_query node of kind %d", node->kind);
			return 0;
	}
}

double
BiScore(const BiScoring *scoring, BiSource *source, TSVector vector)
{
	Ranking		ranking;

	if (scoring->query->nnodes == 0)
		return 0;
	ranking.scoring = scoring;
	ranking.query = scoring->query;
	ranking.source = source;
	ranking.vector = vector;
	ranking.k = -1;
	ranking.nspans = 0;
	return Max(0, score_node(&ranking, scoring->query->nodes));
}
