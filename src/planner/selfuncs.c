/*
 * selfuncs.c
 *	  How many rows @~ will find: the planner's estimate.
 *
 * Each node of the query has a fraction of rows that match it (mcelem_estimate.c).
 *
 * A join has the mean of the queries that ANALYZE kept of their column.
 *
 * Where a bisearch index has the column, it is asked first: it finds out what
 * fraction of its articles match, by looking at some of them, and if that is too
 * much work, knows at least the fractions of the words (index_estimate.c).  It may be
 * asked by whoever may see the column's statistics.
 *
 * All estimates of a statement fraction one budget (estimate_budget.c).  When what it has
 * for indexes is spent, a search that an index was asked about before, of
 * another partition, has the mean of what it said; others have what
 * statistics tell; and when what there is for these is spent, too, the mean
 * of the statement's estimates so far.
 *
 * Anybody may attach these estimators to an operator of their own, and
 * statistics may be anything: types are looked at before bytes, and fractions
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

#include "index/page/our_index.h"
#include "index/count/count.h"
#include "planner/estimate_budget.h"
#include "planner/index_estimate.h"
#include "planner/mcelem_estimate.h"
#include "query/bi_query.h"

/* queries of a column that a join's estimate looks at */
#define MOST_SAMPLES		100

/* what an index may do for a query; see sample.h */
#define INDEX_WORK			8000

/* and for those of a join, in such works */
#define JOIN_WORKS			5

/* what estimating a node by statistics costs, in values read */
#define NODE_WORK			10

/* of the logarithm of how many times these factors are wrong */
#define VARIANCE			2.5

/* where a constant's type is made: its address tells bi_query from others */
extern PGDLLEXPORT Datum bi_query_in(PG_FUNCTION_ARGS);

/* A question about query, of which nothing is known. */
static BisIndexEstimate
make_question(const BiQuery *query)
{
	BisIndexEstimate question = {.query = query};

	question.words = palloc_array(double, Max(query->nnodes, 1));
	return question;
}

/*
 * Fraction of rows, of which expected was expected, that is most probable now
 * that found of them were seen, each for a fraction of one.  Seen is a number
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

/* Fraction of rows that match the query, with the index's answer. */
static double
query_selectivity(const BisIndexEstimate *question, BisLexemes *lexemes)
{
	const BiQuery *query = question->query;
	double		selectivity;

	if (query->nnodes == 0)
		return 0;
	if (question->selectivity >= 0 &&
		(question->per_hit == 0 || question->found >= BIS_ENOUGH_FOUND))
		return BisProbability(question->selectivity);
	lexemes->words = question->words;
	selectivity = BisProbability(BisNodeSelectivity(query, query->nodes, lexemes));
	if (question->selectivity >= 0 && selectivity > 0)
		selectivity = weigh(selectivity, question->found, question->per_hit);
	return BisProbability(selectivity);
}

/*
 * Fill lexemes from the slot; leave them unknown if it is not what ANALYZE
 * writes for tsvectors: two more numbers than values, the first of which is
 * the smallest fraction.
 */
static void
read_lexemes(const AttStatsSlot *slot, BisLexemes *lexemes)
{
	if (slot->valuetype != TEXTOID || slot->nvalues < 1 ||
		slot->nnumbers != slot->nvalues + 2)
		return;
	lexemes->values = slot->values;
	lexemes->fractions = slot->numbers;
	lexemes->n = slot->nvalues;
	lexemes->rare = Min(BIS_DEFAULT_SELECTIVITY,
						BisProbability(slot->numbers[slot->nvalues]) / 2);
	lexemes->any = 0;
	for (int i = 0; i < slot->nvalues; i++)
		lexemes->any = BisEither(lexemes->any, BisProbability(slot->numbers[i]));
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

		if (BisIsOurIndexInfo(index) &&
			!index->hypothetical && index->indpred == NIL &&
			match_index_to_operand(variable->var, 0, index))
			return index->indexoid;
	}
	return InvalidOid;
}

/*
 * May the variable's statistics be used, and an index?  If it is a tsvector
 * and the user may see them, or function, the operator's, is leakproof.
 * Without statistics there is nothing that tells what the user may see.
 */
static bool
may_know(VariableStatData *variable, Oid function)
{
	return variable->vartype == TSVECTOROID &&
		HeapTupleIsValid(variable->statsTuple) &&
		statistic_proc_security_check(variable, function);
}

/*
 * Read what is known of the variable's lexemes, if known may be.  Sets *nulls
 * to the fraction of null rows.  The slot must be freed.
 */
static void
open_lexemes(VariableStatData *variable, bool known, BisBudget *budget,
			 AttStatsSlot *slot, BisLexemes *lexemes, double *nulls)
{
	Form_pg_statistic stats;

	memset(slot, 0, sizeof(AttStatsSlot));
	memset(lexemes, 0, sizeof(BisLexemes));
	lexemes->work = &budget->pattern_work;
	*nulls = 0;
	if (!known)
		return;
	lexemes->index = find_index(variable);
	if (get_attstatsslot(slot, variable->statsTuple, STATISTIC_KIND_MCELEM,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		read_lexemes(slot, lexemes);
	budget->statistics_work -= slot->nvalues;
	stats = (Form_pg_statistic) GETSTRUCT(variable->statsTuple);
	*nulls = BisProbability(stats->stanullfrac);
}

/*
 * Answer n questions of one estimate, so far as the budget allows: together
 * they may have works times what an index may do for a query.
 */
static void
ask_index(Oid index, BisIndexEstimate *questions, int n, int64 works,
		  BisBudget *budget)
{
	int64		work = works * BisBudgetIndexWork(budget, INDEX_WORK);

	if (work == 0)
		index = InvalidOid;
	budget->index_work -= BisIndexEstimates(index, questions, n,
											work / Max(n, 1));
}

/*
 * Fraction of the variable's rows that are not null that match query: what an
 * index said of it before, if there is nothing left to ask one for.
 */
static double
estimate(const BiQuery *query, BisLexemes *lexemes, BisBudget *budget)
{
	BisIndexEstimate question;
	double		selectivity = -1;

	if (OidIsValid(lexemes->index) &&
		BisBudgetIndexWork(budget, INDEX_WORK) == 0)
		selectivity = BisBudgetKept(budget, query);
	if (selectivity >= 0)
		return selectivity;
	question = make_question(query);
	ask_index(lexemes->index, &question, 1, 1, budget);
	selectivity = query_selectivity(&question, lexemes);
	if (question.selectivity >= 0)
		BisBudgetKeep(budget, query, selectivity);
	budget->statistics_work -= query->nnodes * NODE_WORK;
	pfree(question.words);
	return selectivity;
}

/* Take note of an estimate. */
static void
add_selectivity(BisBudget *budget, double selectivity)
{
	budget->sum += selectivity;
	budget->n++;
}

/* Fraction of the variable's rows that match query. */
static double
variable_selectivity(VariableStatData *variable, Oid function, const BiQuery *query,
					 BisBudget *budget)
{
	bool		known = may_know(variable, function);
	AttStatsSlot slot;
	BisLexemes	lexemes;
	double		nulls;
	double		selectivity;

	/* what others' searches find tells nothing that must not be known */
	if (known && budget->statistics_work <= 0 && budget->n > 0)
		return budget->sum / budget->n;
	open_lexemes(variable, known, budget, &slot, &lexemes, &nulls);
	/* fractions are of rows that are not null */
	selectivity = estimate(query, &lexemes, budget) * (1 - nulls);
	free_attstatsslot(&slot);
	if (known)
		add_selectivity(budget, selectivity);
	return selectivity;
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
	double		selectivity = BIS_DEFAULT_SELECTIVITY;

	CHECK_FOR_INTERRUPTS();		/* core has none between an array's elements */
	if (!get_restriction_variable(root, args, relation, &variable, &other,
								  &on_left))
		PG_RETURN_FLOAT8(selectivity);
	if (IsA(other, Const))
	{
		const Const *constant = (const Const *) other;

		if (constant->constisnull)
			selectivity = 0;	/* the operators are strict */
		else if (variable.rel != NULL && BisCountIsAsked(root, variable.rel) &&
				 OidIsValid(find_index(&variable)))
			;					/* counted by the index, whatever the fraction */
		else if (is_bi_query(constant->consttype))
			selectivity = variable_selectivity(&variable, get_opcode(operator),
											   BiQueryGet(constant->constvalue),
											   BisBudgetOf(root));
	}
	ReleaseVariableStats(variable);
	PG_RETURN_FLOAT8(BisProbability(selectivity));
}

/*
 * Add up the fractions of some of the slot's queries, evenly spread, each times
 * its weight, or 1.  Returns the weight of them all.
 */
static double
sample_selectivity(const AttStatsSlot *slot, bool weighted, BisLexemes *lexemes,
				   BisBudget *budget, double *sum)
{
	int			step = (slot->nvalues - 1) / MOST_SAMPLES + 1;
	BisIndexEstimate *questions = palloc_array(BisIndexEstimate, MOST_SAMPLES);
	int			n = 0;
	double		weight = 0;

	for (int i = 0; i < slot->nvalues; i += step)
		questions[n++] = make_question(BiQueryGet(slot->values[i]));
	ask_index(lexemes->index, questions, n, JOIN_WORKS, budget);
	for (int i = 0; i < slot->nvalues; i += step)
	{
		const BisIndexEstimate *question = &questions[i / step];
		double		part = 1;

		CHECK_FOR_INTERRUPTS();
		if (weighted)
			part = i < slot->nnumbers ? BisProbability(slot->numbers[i]) : 0;
		*sum += part * query_selectivity(question, lexemes);
		weight += part;
		budget->statistics_work -= question->query->nnodes * NODE_WORK;
	}
	return weight;
}

/*
 * Fraction of pairs of rows that match, from the queries that ANALYZE kept of
 * their column: the most common ones and, for the others, its histogram.
 * BIS_DEFAULT_SHARE if it kept none, or the user may not see them.
 */
static double
pair_selectivity(VariableStatData *queries, Oid function, BisLexemes *lexemes,
				 BisBudget *budget)
{
	AttStatsSlot slot;
	double		common = 0;
	double		common_sum = 0;
	double		others = 0;
	double		others_sum = 0;

	if (!HeapTupleIsValid(queries->statsTuple) ||
		!statistic_proc_security_check(queries, function))
		return BIS_DEFAULT_SELECTIVITY;
	if (get_attstatsslot(&slot, queries->statsTuple, STATISTIC_KIND_MCV,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		budget->statistics_work -= slot.nvalues;
		if (is_bi_query(slot.valuetype))
			common = sample_selectivity(&slot, true, lexemes, budget,
										&common_sum);
		free_attstatsslot(&slot);
	}
	if (get_attstatsslot(&slot, queries->statsTuple,
						 STATISTIC_KIND_HISTOGRAM, InvalidOid,
						 ATTSTATSSLOT_VALUES))
	{
		budget->statistics_work -= slot.nvalues;
		if (is_bi_query(slot.valuetype))
			others = sample_selectivity(&slot, false, lexemes, budget,
										&others_sum);
		free_attstatsslot(&slot);
	}
	if (others > 0)
		return common_sum + Max(1 - common, 0) * others_sum / others;
	return common > 0 ? common_sum / common : BIS_DEFAULT_SELECTIVITY;
}

/* Fraction of pairs of rows of the two sides that match. */
static double
join_selectivity(VariableStatData *vectors, VariableStatData *queries, Oid function,
				 BisBudget *budget)
{
	bool		known = may_know(vectors, function);
	AttStatsSlot slot;
	BisLexemes	lexemes;
	double		nulls;
	double		selectivity;

	if (known && budget->statistics_work <= 0 && budget->n > 0)
		return budget->sum / budget->n;
	open_lexemes(vectors, known, budget, &slot, &lexemes, &nulls);
	selectivity = pair_selectivity(queries, function, &lexemes, budget) * (1 - nulls);
	free_attstatsslot(&slot);
	if (known)
		add_selectivity(budget, selectivity);
	return selectivity;
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
	bool		reversed;
	double		selectivity = BIS_DEFAULT_SELECTIVITY;

	CHECK_FOR_INTERRUPTS();
	if (list_length(args) != 2 || !OidIsValid(function))
		PG_RETURN_FLOAT8(selectivity);
	get_join_variables(root, args, join, &sides[0], &sides[1], &reversed);
	for (int i = 0; i < 2; i++)
	{
		if (sides[i].vartype != TSVECTOROID ||
			!is_bi_query(sides[1 - i].vartype))
			continue;
		selectivity = join_selectivity(&sides[i], &sides[1 - i], function,
									   BisBudgetOf(root));
	}
	ReleaseVariableStats(sides[0]);
	ReleaseVariableStats(sides[1]);
	PG_RETURN_FLOAT8(BisProbability(selectivity));
}
