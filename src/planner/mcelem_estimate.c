/*
 * mcelem_estimate.c
 *	  Estimating a query's selectivity from a column's most common lexemes.
 *
 * ANALYZE keeps the most common lexemes of a tsvector column, each with the
 * fraction of rows that have it (the statistics slot MCELEM).  The
 * selectivity of a query's nodes is computed from these:
 *
 *		word		its fraction; if it is not among them, half of the
 *					smallest one, but at most the default
 *		prefix, pattern
 *					OR of all lexemes that it matches
 *		AND, OR, NOT
 *					as if the operands were independent of each other
 *		phrase, proximity
 *					AND, times a factor for how near the words must be
 *		ATLEAST		times a factor for each further occurrence
 *		fields		times a factor for their part of an article
 *
 * The factors of the last three were fitted to news articles, with words
 * drawn from running text; bench/estimates.py shows how good they are.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "match/wildcard_match.h"
#include "planner/mcelem_estimate.h"
#include "text/continuation.h"

/* selectivity of a prefix or pattern about which nothing is known */
#define DEFAULT_PREFIX_SEL	(4 * BIS_DEFAULT_SELECTIVITY)

/* among fewer lexemes, the fraction that a pattern matches means little */
#define ENOUGH_LEXEMES		100

/* the same sentence or paragraph is estimated as NEAR/n with these n */
#define SENTENCE_DISTANCE	20
#define PARAGRAPH_DISTANCE	100

/* fraction of words near each other that are in the required order */
#define IN_ORDER			0.75

/* The fraction of rows with the lexeme. */
static double
lexeme_selectivity(const char *s, int len, const BisLexemes *lexemes)
{
	int			low = 0;
	int			high = lexemes->n;

	if (lexemes->n == 0)
		return BIS_DEFAULT_SELECTIVITY;
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const void *value = DatumGetPointer(lexemes->values[middle]);
		int			order = len - (int) VARSIZE_ANY_EXHDR(value);

		if (order == 0)
			order = memcmp(s, VARDATA_ANY(value), len);
		if (order == 0)
			return BisProbability(lexemes->fractions[middle]);
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return lexemes->rare;
}

/*
 * Does word, a prefix or pattern with literal bytes before its first
 * wildcard, match the lexeme s?  Subtracts the cost from *work.
 */
static bool
matches_lexeme(const BiNode *word, const char *pattern, int literal,
			   const char *s, int len, int64 *work)
{
	*work -= 1;
	if (len < literal || memcmp(s, pattern, literal) != 0)
		return false;
	if (word->flags & BI_PREFIX)
		return true;
	*work -= (int64) word->len * len;
	return BiWildcardMatches(pattern, word->len, literal, s, len);
}

/*
 * The fraction of rows with any lexeme that a prefix or pattern matches.  It
 * is assumed to match the same fraction of rare lexemes as of common ones.
 */
static double
pattern_selectivity(const BiQuery *query, const BiNode *word,
					BisLexemes *lexemes)
{
	const char *pattern = BiNodeText(query, word);
	int			literal = BiPatternPrefix(query, word);
	int			nmatching = 0;
	double		selectivity = 0;

	if (*lexemes->work <= 0)
		return DEFAULT_PREFIX_SEL;
	for (int i = 0; i < lexemes->n && *lexemes->work > 0; i++)
	{
		const void *value = DatumGetPointer(lexemes->values[i]);

		CHECK_FOR_INTERRUPTS();
		/* a continuation lexeme is in no row without its word */
		if (!matches_lexeme(word, pattern, literal, VARDATA_ANY(value),
							VARSIZE_ANY_EXHDR(value), lexemes->work) ||
			BiContinuationHead(VARDATA_ANY(value),
							   VARSIZE_ANY_EXHDR(value)) > 0)
			continue;
		selectivity = BisEither(selectivity,
								BisProbability(lexemes->fractions[i]));
		nmatching++;
	}
	if (lexemes->n < ENOUGH_LEXEMES)
		return Max(selectivity, DEFAULT_PREFIX_SEL);
	selectivity += (1 - lexemes->any) * nmatching / lexemes->n;
	return BisProbability(Max(selectivity, lexemes->rare));
}

/* Of rows with two words, the fraction with them at most distance apart. */
static double
distance_factor(double distance)
{
	return (distance + 2) / (distance + 7);
}

/*
 * Of rows with both operands of a PROX_JOIN, the fraction that satisfies it.
 */
static double
prox_join_factor(const BiNode *join)
{
	double		distance = PARAGRAPH_DISTANCE;

	if (join->flags & BI_WITHIN)
		distance = join->arg;
	else if (join->flags & BI_SENTENCE)
		distance = SENTENCE_DISTANCE;
	return distance_factor(distance) *
		(join->flags & BI_ORDERED ? IN_ORDER : 1);
}

/* A PROX_CHAIN: AND of its operands, times the factor of each PROX_JOIN. */
static double
prox_chain_selectivity(const BiQuery *query, const BiNode *chain,
					   BisLexemes *lexemes)
{
	const BiNode *join = NULL;
	double		selectivity = 1;

	for (const BiNode *child = BiNodeFirst(chain); child < BiNodeEnd(chain);
		 child = BiNodeEnd(child))
	{
		double		operand;

		if (child->kind == BI_PROX_JOIN)
		{
			join = child;
			continue;
		}
		operand = BisNodeSelectivity(query, child, lexemes);
		if (join != NULL)
			operand *= prox_join_factor(join);
		if (join != NULL && (join->flags & BI_NEGATED))
			operand = 1 - operand;
		selectivity *= operand;
	}
	return selectivity;
}

/*
 * A PHRASE: AND, times the factor of PRE/1, but only once.  Further words do
 * not lower it again: who searches for three words in a row has mostly seen
 * them in a row.
 */
static double
phrase_selectivity(const BiQuery *query, const BiNode *phrase,
				   BisLexemes *lexemes)
{
	double		selectivity = distance_factor(1) * IN_ORDER;

	for (const BiNode *slot = BiNodeFirst(phrase); slot < BiNodeEnd(phrase);
		 slot = BiNodeEnd(slot))
		selectivity *= BisNodeSelectivity(query, slot, lexemes);
	return selectivity;
}

/* SAME: words at one position, such as a form and its stem, come together. */
static double
same_selectivity(const BiQuery *query, const BiNode *same,
				 BisLexemes *lexemes)
{
	double		selectivity = 1;

	for (const BiNode *word = BiNodeFirst(same); word < BiNodeEnd(same);
		 word = BiNodeEnd(word))
		selectivity = Min(selectivity,
						  BisNodeSelectivity(query, word, lexemes));
	return selectivity;
}

/* AND or OR of any number of operands. */
static double
and_or_selectivity(const BiQuery *query, const BiNode *list,
				   BisLexemes *lexemes)
{
	double		selectivity = list->kind == BI_AND ? 1 : 0;

	for (const BiNode *child = BiNodeFirst(list); child < BiNodeEnd(list);
		 child = BiNodeEnd(child))
	{
		double		operand = BisNodeSelectivity(query, child, lexemes);

		selectivity = list->kind == BI_AND ? selectivity * operand :
			BisEither(selectivity, operand);
	}
	return selectivity;
}

/* ATLEAST: common words also occur more often within one article. */
static double
atleast_selectivity(const BiQuery *query, const BiNode *atleast,
					BisLexemes *lexemes)
{
	double		selectivity = BisNodeSelectivity(query, BiNodeFirst(atleast),
												 lexemes);

	return selectivity *
		pow(0.2 + 0.7 * selectivity, (double) atleast->arg - 1);
}

/* Of rows with a word, the fraction with it in one of the fields. */
static double
field_factor(int fields)
{
	double		factor = 0;

	if (fields == BI_ALL_FIELDS)
		return 1;
	if (fields & BI_FIELD_A)
		factor += 0.04;
	if (fields & BI_FIELD_B)
		factor += 0.05;
	if (fields & BI_FIELD_C)
		factor += 0.2;
	if (fields & BI_FIELD_D)
		factor += 0.99;
	return Min(factor, 1);
}

/* Fractions are of rows whose tsvector is not NULL. */
double
BisNodeSelectivity(const BiQuery *query, const BiNode *node,
				   BisLexemes *lexemes)
{
	const BiNode *first = BiNodeFirst(node);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_NOT:
			return 1 - BisNodeSelectivity(query, first, lexemes);
		case BI_ATLEAST:
			return atleast_selectivity(query, node, lexemes);
		case BI_PROX_CHAIN:
			return prox_chain_selectivity(query, node, lexemes);
		case BI_PHRASE:
			return phrase_selectivity(query, node, lexemes);
		case BI_SAME:
			return same_selectivity(query, node, lexemes);
		case BI_ITEM:
			return BisNodeSelectivity(query, first, lexemes) *
				field_factor(node->fields);
		case BI_WORD:
			if (lexemes->words[node - query->nodes] >= 0)
				return lexemes->words[node - query->nodes];
			if (node->flags & (BI_PREFIX | BI_PATTERN))
				return pattern_selectivity(query, node, lexemes);
			return lexeme_selectivity(BiNodeText(query, node), node->len,
									  lexemes);
		default:
			return and_or_selectivity(query, node, lexemes);
	}
}
