/*
 * selectivity.c
 *	  How many rows @~ will find: the planner's estimate.
 *
 * ANALYZE keeps the most common lexemes of a tsvector column and the share of
 * rows that hold each (the slot MCELEM).  From these, each node of a query
 * gets the share of rows that match it:
 *
 *		word		its share, or half the smallest one kept (and never more
 *					than the default) if it is not among them
 *		prefix, pattern
 *					any of the lexemes that it matches
 *		AND, OR, NOT
 *					as if words were independent of each other
 *		phrase, proximity
 *					AND, lowered by how near the words must be
 *		ATLEAST		lowered for each further occurrence
 *		fields		lowered by what part of an article they are
 *
 * A join has the mean of the queries that ANALYZE kept of their column.
 *
 * Where a bisearch index has the column, it is asked first: it finds out what
 * share of its articles match, by looking at some of them, and if that is too
 * much work, knows at least the shares of the words (frequency.c).  It may be
 * asked by whoever may see the column's statistics.
 *
 * The factors of the last three were fitted to news articles, with words
 * drawn from running text; bench/estimates.py shows how good they are.
 *
 * Anybody may attach these estimators to an operator of their own, and
 * statistics may be anything: types are looked at before bytes, and shares
 * are taken for what they are only between 0 and 1.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include <math.h>

#include "index/count.h"
#include "index/frequency.h"
#include "index/handler.h"
#include "match/wildcard.h"
#include "query/bi_query.h"

/* a word of which nothing is known, and whatever else is not; as core's @@ */
#define DEFAULT_MATCH_SEL	0.005

/* a prefix or pattern of which nothing is known */
#define DEFAULT_PREFIX_SEL	(4 * DEFAULT_MATCH_SEL)

/* among fewer lexemes, the part that a pattern matches says little */
#define ENOUGH_LEXEMES		100

/*
 * what all prefixes and patterns of an estimate together may cost, in bytes
 * compared; a join's is for all queries that it looks at
 */
#define MOST_WORK			(1 << 24)

/* queries of a column that a join's estimate looks at */
#define MOST_SAMPLES		100

/* what an index may do for a query, and for those of a join; see sample.h */
#define INDEX_WORK			8000
#define JOIN_WORK			(5 * INDEX_WORK)

/* of the logarithm of how many times these factors are wrong */
#define VARIANCE			2.5

/* words of a sentence, and of a paragraph, in the terms of NEAR/n */
#define SENTENCE_DISTANCE	20
#define PARAGRAPH_DISTANCE	100

/* of words near each other, those in the order asked for */
#define IN_ORDER			0.75

/* the column's most common lexemes, sorted by length and then by bytes */
typedef struct Lexemes
{
	const Datum *values;		/* texts */
	const float4 *shares;		/* of rows */
	int			n;				/* 0 if nothing is known */
	double		rare;			/* share of a lexeme that is not here */
	double		any;			/* share of rows with any of these */
	int64		work;			/* left of MOST_WORK */
	Oid			index;			/* that may be asked; or InvalidOid */
	const double *words;		/* what it says of the query's nodes, as
								 * BisFrequency has it */
} Lexemes;

/* where a constant's type is made: its address tells bi_query from others */
extern PGDLLEXPORT Datum bi_query_in(PG_FUNCTION_ARGS);

static double node_share(const BiQuery *query, const BiNode *node,
						 Lexemes *lexemes);

/* What lies between 0 and 1, whatever it was. */
static inline double
probability(double share)
{
	if (isnan(share) || share < 0)
		return 0;
	return Min(share, 1);
}

/* Of two independent things, at least one. */
static inline double
either(double a, double b)
{
	return a + b - a * b;
}

/* Share of rows with the lexeme. */
static double
lexeme_share(const char *s, int len, const Lexemes *lexemes)
{
	int			low = 0;
	int			high = lexemes->n;

	if (lexemes->n == 0)
		return DEFAULT_MATCH_SEL;
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const void *value = DatumGetPointer(lexemes->values[middle]);
		int			order = len - (int) VARSIZE_ANY_EXHDR(value);

		if (order == 0)
			order = memcmp(s, VARDATA_ANY(value), len);
		if (order == 0)
			return probability(lexemes->shares[middle]);
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return lexemes->rare;
}

/*
 * Does a word, which is a prefix or pattern with literal bytes before its
 * first wildcard, match the lexeme?  Takes what that costs from work.
 */
static bool
matches(const BiNode *word, const char *pattern, int literal,
		const char *s, int len, int64 *work)
{
	*work -= 1;
	if (len < literal || memcmp(s, pattern, literal) != 0)
		return false;
	if (word->flags & BI_PREFIX)
		return true;
	*work -= (int64) word->len * len;
	return BiWildcardMatches(pattern, word->len, s, len);
}

/*
 * Share of rows with any lexeme that a prefix or pattern matches.  What is
 * known of the common ones is taken to hold for the rest.
 */
static double
pattern_share(const BiQuery *query, const BiNode *word, Lexemes *lexemes)
{
	const char *pattern = BiNodeText(query, word);
	int			literal = BiPatternPrefix(query, word);
	int			nmatching = 0;
	double		share = 0;

	for (int i = 0; i < lexemes->n && lexemes->work > 0; i++)
	{
		const void *value = DatumGetPointer(lexemes->values[i]);

		CHECK_FOR_INTERRUPTS();
		if (!matches(word, pattern, literal, VARDATA_ANY(value),
					 VARSIZE_ANY_EXHDR(value), &lexemes->work))
			continue;
		share = either(share, probability(lexemes->shares[i]));
		nmatching++;
	}
	if (lexemes->n < ENOUGH_LEXEMES)
		return Max(share, DEFAULT_PREFIX_SEL);
	share += (1 - lexemes->any) * nmatching / lexemes->n;
	return probability(Max(share, lexemes->rare));
}

/* Of rows with two words, those with them at most distance apart. */
static double
near_factor(double distance)
{
	return (distance + 2) / (distance + 7);
}

/* Of rows with the operands of a LINK, those that it lets through. */
static double
link_factor(const BiNode *link)
{
	double		distance = PARAGRAPH_DISTANCE;

	if (link->flags & BI_WITHIN)
		distance = link->arg;
	else if (link->flags & BI_SENTENCE)
		distance = SENTENCE_DISTANCE;
	return near_factor(distance) *
		(link->flags & BI_ORDERED ? IN_ORDER : 1);
}

/* A CHAIN: each link lowers what its operands have in common. */
static double
chain_share(const BiQuery *query, const BiNode *chain, Lexemes *lexemes)
{
	const BiNode *link = NULL;
	double		share = 1;

	for (const BiNode *child = BiNodeFirst(chain); child < BiNodeEnd(chain);
		 child = BiNodeEnd(child))
	{
		double		operand;

		if (child->kind == BI_LINK)
		{
			link = child;
			continue;
		}
		operand = node_share(query, child, lexemes);
		if (link != NULL)
			operand *= link_factor(link);
		if (link != NULL && (link->flags & BI_NEGATED))
			operand = 1 - operand;
		share *= operand;
	}
	return share;
}

/*
 * A PHRASE.  Two words are as rarely neighbours as PRE/1 has it.  Further
 * ones are not lowered again: who names three words in a row has mostly seen
 * them so.
 */
static double
phrase_share(const BiQuery *query, const BiNode *phrase, Lexemes *lexemes)
{
	double		share = near_factor(1) * IN_ORDER;

	for (const BiNode *slot = BiNodeFirst(phrase); slot < BiNodeEnd(phrase);
		 slot = BiNodeEnd(slot))
		share *= node_share(query, slot, lexemes);
	return share;
}

/* Words at one position, as a form and its stem, come together. */
static double
same_share(const BiQuery *query, const BiNode *same, Lexemes *lexemes)
{
	double		share = 1;

	for (const BiNode *word = BiNodeFirst(same); word < BiNodeEnd(same);
		 word = BiNodeEnd(word))
		share = Min(share, node_share(query, word, lexemes));
	return share;
}

/* AND, OR: n-ary. */
static double
list_share(const BiQuery *query, const BiNode *list, Lexemes *lexemes)
{
	double		share = list->kind == BI_AND ? 1 : 0;

	for (const BiNode *child = BiNodeFirst(list); child < BiNodeEnd(list);
		 child = BiNodeEnd(child))
	{
		double		operand = node_share(query, child, lexemes);

		share = list->kind == BI_AND ? share * operand :
			either(share, operand);
	}
	return share;
}

/* ATLEAST: what is common is also frequent within one article. */
static double
atleast_share(const BiQuery *query, const BiNode *atleast, Lexemes *lexemes)
{
	double		share = node_share(query, BiNodeFirst(atleast), lexemes);

	return share * pow(0.2 + 0.7 * share, (double) atleast->arg - 1);
}

/* Of rows with a word, those with it in the fields. */
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

/* Share of the rows with a tsvector that match node. */
static double
node_share(const BiQuery *query, const BiNode *node, Lexemes *lexemes)
{
	const BiNode *first = BiNodeFirst(node);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_NOT:
			return 1 - node_share(query, first, lexemes);
		case BI_ATLEAST:
			return atleast_share(query, node, lexemes);
		case BI_CHAIN:
			return chain_share(query, node, lexemes);
		case BI_PHRASE:
			return phrase_share(query, node, lexemes);
		case BI_SAME:
			return same_share(query, node, lexemes);
		case BI_ITEM:
			return node_share(query, first, lexemes) *
				field_factor(node->fields);
		case BI_WORD:
			if (lexemes->words[node - query->nodes] >= 0)
				return lexemes->words[node - query->nodes];
			if (node->flags & (BI_PREFIX | BI_PATTERN))
				return pattern_share(query, node, lexemes);
			return lexeme_share(BiNodeText(query, node), node->len, lexemes);
		default:
			return list_share(query, node, lexemes);
	}
}

/* A question about query, of which nothing is known. */
static BisFrequency
make_question(const BiQuery *query)
{
	BisFrequency question = {.query = query};

	question.words = palloc_array(double, Max(query->nnodes, 1));
	return question;
}

/*
 * Share of rows, of which expected was expected, that is most probable now
 * that found of them were seen, each for a share of one.  Seen is a number
 * with Poisson's distribution; what is expected is off by a factor whose
 * logarithm has variance VARIANCE.  So for the number x that should be seen
 *
 *		found * log(x) - x - (log(x) - log(expected / one))^2 / (2 * VARIANCE)
 *
 * is to be greatest: its slope, which falls, is 0.
 */
static double
weigh(double expected, double found, double one)
{
	double		start = log(expected / one);
	double		low = Min(start, log(Max(found, 1e-9)));
	double		high = Max(start, log(Max(found, 1)));

	for (int i = 0; i < 30; i++)
	{
		double		x = (low + high) / 2;

		if (found - exp(x) - (x - start) / VARIANCE > 0)
			low = x;
		else
			high = x;
	}
	return exp(low) * one;
}

/* Share of rows that match the query, with the index's answer. */
static double
query_share(const BisFrequency *question, Lexemes *lexemes)
{
	const BiQuery *query = question->query;
	double		share;

	if (query->nnodes == 0)
		return 0;
	if (question->share >= 0 &&
		(question->one == 0 || question->found >= BIS_ENOUGH_FOUND))
		return probability(question->share);
	lexemes->words = question->words;
	share = probability(node_share(query, query->nodes, lexemes));
	if (question->share >= 0 && share > 0)
		share = weigh(share, question->found, question->one);
	return probability(share);
}

/*
 * Fill lexemes from the slot; leave them unknown if it is not what ANALYZE
 * writes for tsvectors: two more numbers than values, the first of which is
 * the smallest share.
 */
static void
read_lexemes(const AttStatsSlot *slot, Lexemes *lexemes)
{
	if (slot->valuetype != TEXTOID || slot->nvalues < 1 ||
		slot->nnumbers != slot->nvalues + 2)
		return;
	lexemes->values = slot->values;
	lexemes->shares = slot->numbers;
	lexemes->n = slot->nvalues;
	lexemes->rare = Min(DEFAULT_MATCH_SEL,
						probability(slot->numbers[slot->nvalues]) / 2);
	lexemes->any = 0;
	for (int i = 0; i < slot->nvalues; i++)
		lexemes->any = either(lexemes->any, probability(slot->numbers[i]));
}

/*
 * The index of ours that has all of the variable's rows, or InvalidOid.  The
 * planner has locked it.
 */
static Oid
find_index(const VariableStatData *variable)
{
	ListCell   *cell;

	if (variable->rel == NULL)
		return InvalidOid;
	foreach(cell, variable->rel->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);

		if (index->amcostestimate == biscostestimate &&
			!index->hypothetical && index->indpred == NIL &&
			match_index_to_operand(variable->var, 0, index))
			return index->indexoid;
	}
	return InvalidOid;
}

/*
 * Read what is known of the variable's lexemes.  Its statistics are used, and
 * an index, if it is a tsvector and the user may see them, or function, the
 * operator's, is leakproof.  Without statistics there is nothing that tells
 * what the user may see.  Sets *nulls to the share of null rows.  The slot
 * must be freed.
 */
static void
open_lexemes(VariableStatData *variable, Oid function, AttStatsSlot *slot,
			 Lexemes *lexemes, double *nulls)
{
	Form_pg_statistic stats;

	memset(slot, 0, sizeof(AttStatsSlot));
	memset(lexemes, 0, sizeof(Lexemes));
	lexemes->work = MOST_WORK;
	*nulls = 0;
	if (variable->vartype != TSVECTOROID ||
		!HeapTupleIsValid(variable->statsTuple) ||
		!statistic_proc_security_check(variable, function))
		return;
	lexemes->index = find_index(variable);
	if (get_attstatsslot(slot, variable->statsTuple, STATISTIC_KIND_MCELEM,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		read_lexemes(slot, lexemes);
	stats = (Form_pg_statistic) GETSTRUCT(variable->statsTuple);
	*nulls = probability(stats->stanullfrac);
}

/* Share of the variable's rows that match query. */
static double
variable_share(VariableStatData *variable, Oid function, const BiQuery *query)
{
	AttStatsSlot slot;
	BisFrequency question = make_question(query);
	Lexemes		lexemes;
	double		nulls;
	double		share;

	open_lexemes(variable, function, &slot, &lexemes, &nulls);
	BisFrequencies(lexemes.index, &question, 1, INDEX_WORK);
	share = query_share(&question, &lexemes);
	free_attstatsslot(&slot);
	/* shares are of rows that are not null */
	return share * (1 - nulls);
}

/* Is type the one whose values our input function makes? */
static bool
is_bi_query(Oid type)
{
	Oid			input;
	Oid			parameter;
	FmgrInfo	function;

	getTypeInputInfo(type, &input, &parameter);
	fmgr_info(input, &function);
	return function.fn_addr == bi_query_in;
}

/*
 * Restriction selectivity of @~ and ~@.
 */
PG_FUNCTION_INFO_V1(bi_matchsel);
Datum
bi_matchsel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid			operator = PG_GETARG_OID(1);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	int			relation = PG_GETARG_INT32(3);
	VariableStatData variable;
	Node	   *other;
	bool		on_left;
	double		share = DEFAULT_MATCH_SEL;

	if (!get_restriction_variable(root, args, relation, &variable, &other,
								  &on_left))
		PG_RETURN_FLOAT8(share);
	if (IsA(other, Const))
	{
		const Const *constant = (const Const *) other;

		if (constant->constisnull)
			share = 0;			/* the operators are strict */
		else if (variable.rel != NULL && BisCountIsAsked(root, variable.rel) &&
				 OidIsValid(find_index(&variable)))
			;					/* counted by the index, whatever the share */
		else if (is_bi_query(constant->consttype))
			share = variable_share(&variable, get_opcode(operator),
								   BiQueryGet(constant->constvalue));
	}
	ReleaseVariableStats(variable);
	PG_RETURN_FLOAT8(probability(share));
}

/*
 * Add up the shares of some of the slot's queries, evenly spread, each times
 * its weight, or 1.  Returns the weight of them all.
 */
static double
sample_share(const AttStatsSlot *slot, bool weighted, Lexemes *lexemes,
			 double *sum)
{
	int			step = (slot->nvalues - 1) / MOST_SAMPLES + 1;
	BisFrequency *questions = palloc_array(BisFrequency, MOST_SAMPLES);
	int			n = 0;
	double		weight = 0;

	for (int i = 0; i < slot->nvalues; i += step)
		questions[n++] = make_question(BiQueryGet(slot->values[i]));
	BisFrequencies(lexemes->index, questions, n, JOIN_WORK / Max(n, 1));
	for (int i = 0; i < slot->nvalues; i += step)
	{
		double		part = 1;

		CHECK_FOR_INTERRUPTS();
		if (weighted)
			part = i < slot->nnumbers ? probability(slot->numbers[i]) : 0;
		*sum += part * query_share(&questions[i / step], lexemes);
		weight += part;
	}
	return weight;
}

/*
 * Share of pairs of rows that match, from the queries that ANALYZE kept of
 * their column: the most common ones and, for the others, its histogram.
 * DEFAULT_MATCH_SEL if it kept none, or the user may not see them.
 */
static double
pair_share(VariableStatData *queries, Oid function, Lexemes *lexemes)
{
	AttStatsSlot slot;
	double		common = 0;
	double		common_sum = 0;
	double		others = 0;
	double		others_sum = 0;

	if (!HeapTupleIsValid(queries->statsTuple) ||
		!statistic_proc_security_check(queries, function))
		return DEFAULT_MATCH_SEL;
	if (get_attstatsslot(&slot, queries->statsTuple, STATISTIC_KIND_MCV,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		if (is_bi_query(slot.valuetype))
			common = sample_share(&slot, true, lexemes, &common_sum);
		free_attstatsslot(&slot);
	}
	if (get_attstatsslot(&slot, queries->statsTuple,
						 STATISTIC_KIND_HISTOGRAM, InvalidOid,
						 ATTSTATSSLOT_VALUES))
	{
		if (is_bi_query(slot.valuetype))
			others = sample_share(&slot, false, lexemes, &others_sum);
		free_attstatsslot(&slot);
	}
	if (others > 0)
		return common_sum + Max(1 - common, 0) * others_sum / others;
	return common > 0 ? common_sum / common : DEFAULT_MATCH_SEL;
}

/*
 * Join selectivity of @~ and ~@.  Where a join with a table of queries was
 * rewritten to core's operator, core's constant is the estimate.
 */
PG_FUNCTION_INFO_V1(bi_matchjoinsel);
Datum
bi_matchjoinsel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid			function = get_opcode(PG_GETARG_OID(1));
	List	   *args = (List *) PG_GETARG_POINTER(2);
	SpecialJoinInfo *join = (SpecialJoinInfo *) PG_GETARG_POINTER(4);
	VariableStatData sides[2];
	AttStatsSlot slot;
	Lexemes		lexemes;
	bool		reversed;
	double		nulls;
	double		share = DEFAULT_MATCH_SEL;

	if (list_length(args) != 2 || !OidIsValid(function))
		PG_RETURN_FLOAT8(share);
	get_join_variables(root, args, join, &sides[0], &sides[1], &reversed);
	for (int i = 0; i < 2; i++)
	{
		if (sides[i].vartype != TSVECTOROID ||
			!is_bi_query(sides[1 - i].vartype))
			continue;
		open_lexemes(&sides[i], function, &slot, &lexemes, &nulls);
		share = pair_share(&sides[1 - i], function, &lexemes) * (1 - nulls);
		free_attstatsslot(&slot);
	}
	ReleaseVariableStats(sides[0]);
	ReleaseVariableStats(sides[1]);
	PG_RETURN_FLOAT8(probability(share));
}
