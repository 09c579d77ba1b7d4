/*
 * selfuncs.c
 *	  Selectivity estimators of @~, for restrictions and joins.
 *
 * A query's selectivity is computed node by node from the statistics of the
 * column (mcelem_estimate.c).  That of a join is the mean over the queries
 * that ANALYZE kept of the column of queries.
 *
 * If there is a bisearch index on the tsvector column, the index is asked
 * first: it applies the query to a sample of its articles or, if that is too
 * much work, at least gives the document frequencies of the words
 * (index_estimate.c).  It is asked only for users who may see the column's
 * statistics.
 *
 * All estimates of a statement share a budget (estimate_budget.c).  When the
 * part for indexes is spent, a query for which an index was asked before, in
 * another partition, gets the mean of those answers; any other query gets the
 * estimate from statistics.  When the part for statistics is spent too, it
 * gets the mean of the statement's estimates so far.
 *
 * Anybody may attach these estimators to an operator of their own, and
 * statistics may contain anything.  So types are checked before values are
 * read, and fractions are clamped to the range from 0 to 1.
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

/* most queries of a column that a join's estimate is the mean of */
#define MAX_SAMPLED_QUERIES		100

/* most work that an index may do for a query; see sample.h */
#define INDEX_WORK			8000

/* and how many times that for all queries of a join */
#define JOIN_WORK_FACTOR			5

/* the work of estimating a node from statistics, in values read */
#define NODE_WORK			10

/* variance of the logarithm of the factor by which statistics are wrong */
#define VARIANCE			2.5

/* the input function of bi_query; a type is recognized by its address */
extern PGDLLEXPORT Datum bi_query_in(PG_FUNCTION_ARGS);

/* An index's estimate of query, of which nothing is known yet. */
static BisIndexEstimate
make_unknown_estimate(const BiQuery *query)
{
	BisIndexEstimate estimate = {.query = query};

	estimate.words = palloc_array(double, Max(query->nnodes, 1));
	return estimate;
}

/*
 * Combine an expected selectivity with a sample: shrink the sample's estimate
 * towards the expected one, the more so the fewer hits were found.  per_hit
 * is the selectivity of one sampled hit.
 *
 * This is the maximum a posteriori estimate.  The number of hits found has a
 * Poisson distribution; the expected selectivity is wrong by a factor whose
 * logarithm is normally distributed with variance VARIANCE.  So the mean
 * number of hits x is chosen to maximize
 *
 *		found * log(x) - x -
 *			(log(x) - log(expected / per_hit))^2 / (2 * VARIANCE)
 *
 * whose derivative by log(x) is decreasing, so that its zero is found by
 * bisection.
 */
static double
shrink_estimate(double expected, double found, double per_hit)
{
	double		start = log(expected / per_hit);
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
	return exp(low) * per_hit;
}

/*
 * The fraction of rows that match a query, from the index's estimate of it as
 * far as that is known, and from statistics.
 */
static double
query_selectivity(const BisIndexEstimate *estimate, BisLexemes *lexemes)
{
	const BiQuery *query = estimate->query;
	double		selectivity;

	if (query->nnodes == 0)
		return 0;
	if (estimate->selectivity >= 0 &&
		(estimate->per_hit == 0 || estimate->found >= BIS_ENOUGH_FOUND))
		return BisProbability(estimate->selectivity);
	lexemes->words = estimate->words;
	selectivity = BisProbability(BisNodeSelectivity(query, query->nodes,
													lexemes));
	if (estimate->selectivity >= 0 && selectivity > 0)
		selectivity = shrink_estimate(selectivity, estimate->found,
									  estimate->per_hit);
	return BisProbability(selectivity);
}

/*
 * Fill lexemes from the slot; leave them unknown unless it is as ANALYZE
 * writes it for tsvectors: with two more numbers than values, the first of
 * which is the smallest fraction.
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
		lexemes->any = BisEither(lexemes->any,
								 BisProbability(slot->numbers[i]));
}

/*
 * A bisearch index on the variable that has all rows of its relation, or
 * InvalidOid.  The planner has locked it.
 */
static Oid
find_our_index(const VariableStatData *variable)
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
 * May the variable's statistics, or an index on it, be used?  Yes if it is a
 * tsvector and either the user may see the statistics or function, which is
 * the operator's, is leakproof.  Without statistics it is unknown what the
 * user may see.
 */
static bool
may_use_statistics(VariableStatData *variable, Oid function)
{
	return variable->vartype == TSVECTOROID &&
		HeapTupleIsValid(variable->statsTuple) &&
		statistic_proc_security_check(variable, function);
}

/*
 * Read the statistics of the variable's lexemes, if known says that they may
 * be used, and find an index.  Sets *nulls to the fraction of nulls.  The
 * caller frees the slot.
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
	lexemes->index = find_our_index(variable);
	if (get_attstatsslot(slot, variable->statsTuple, STATISTIC_KIND_MCELEM,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		read_lexemes(slot, lexemes);
	budget->statistics_work -= slot->nvalues;
	stats = (Form_pg_statistic) GETSTRUCT(variable->statsTuple);
	*nulls = BisProbability(stats->stanullfrac);
}

/*
 * Let the index fill in n estimates, so far as the budget allows: together
 * they get factor times the work that an index may do for one query.
 */
static void
estimate_by_index(Oid index, BisIndexEstimate *estimates, int n, int64 factor,
				  BisBudget *budget)
{
	int64		work = factor * BisBudgetIndexWork(budget, INDEX_WORK);

	if (work == 0)
		index = InvalidOid;
	budget->index_work -= BisIndexEstimates(index, estimates, n,
											work / Max(n, 1));
}

/*
 * The fraction of the variable's non-null rows that match query.  If there is
 * no budget left to ask an index, it is what indexes gave for query before.
 */
static double
estimate_selectivity(const BiQuery *query, BisLexemes *lexemes,
					 BisBudget *budget)
{
	BisIndexEstimate estimate;
	double		selectivity = -1;

	if (OidIsValid(lexemes->index) &&
		BisBudgetIndexWork(budget, INDEX_WORK) == 0)
		selectivity = BisBudgetKept(budget, query);
	if (selectivity >= 0)
		return selectivity;
	estimate = make_unknown_estimate(query);
	estimate_by_index(lexemes->index, &estimate, 1, 1, budget);
	selectivity = query_selectivity(&estimate, lexemes);
	if (estimate.selectivity >= 0)
		BisBudgetKeep(budget, query, selectivity);
	budget->statistics_work -= query->nnodes * NODE_WORK;
	pfree(estimate.words);
	return selectivity;
}

/* Record an estimate in the budget, for the mean of all estimates. */
static void
record_selectivity(BisBudget *budget, double selectivity)
{
	budget->sum += selectivity;
	budget->n++;
}

/* Is it the type bi_query, that is, one with our input function? */
static bool
is_bi_query_type(Oid type)
{
	Oid			input;
	Oid			parameter;
	FmgrInfo	function;

	getTypeInputInfo(type, &input, &parameter);
	fmgr_info(input, &function);
	return function.fn_addr == bi_query_in;
}

/*
 * Add to *sum the selectivities of up to MAX_SAMPLED_QUERIES of the slot's
 * queries, evenly spread, each times its weight: its fraction if weighted,
 * else 1.  Returns the sum of the weights.
 */
static double
sample_selectivity(const AttStatsSlot *slot, bool weighted,
				   BisLexemes *lexemes, BisBudget *budget, double *sum)
{
	int			step = (slot->nvalues - 1) / MAX_SAMPLED_QUERIES + 1;
	BisIndexEstimate *estimates = palloc_array(BisIndexEstimate,
											   MAX_SAMPLED_QUERIES);
	int			n = 0;
	double		weight = 0;

	for (int i = 0; i < slot->nvalues; i += step)
		estimates[n++] = make_unknown_estimate(BiQueryGet(slot->values[i]));
	estimate_by_index(lexemes->index, estimates, n, JOIN_WORK_FACTOR, budget);
	for (int i = 0; i < slot->nvalues; i += step)
	{
		const BisIndexEstimate *estimate = &estimates[i / step];
		double		fraction = 1;

		CHECK_FOR_INTERRUPTS();
		if (weighted)
			fraction = i < slot->nnumbers ?
				BisProbability(slot->numbers[i]) : 0;
		*sum += fraction * query_selectivity(estimate, lexemes);
		weight += fraction;
		budget->statistics_work -= estimate->query->nnodes * NODE_WORK;
	}
	return weight;
}

/*
 * The fraction of row pairs that match, from the queries that ANALYZE kept of
 * their column: the most common ones and, for the others, the histogram.
 * BIS_DEFAULT_SELECTIVITY if it kept none, or the user may not see them.
 */
static double
row_pair_selectivity(VariableStatData *queries, Oid function,
					 BisLexemes *lexemes, BisBudget *budget)
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
		if (is_bi_query_type(slot.valuetype))
			common = sample_selectivity(&slot, true, lexemes, budget,
										&common_sum);
		free_attstatsslot(&slot);
	}
	if (get_attstatsslot(&slot, queries->statsTuple,
						 STATISTIC_KIND_HISTOGRAM, InvalidOid,
						 ATTSTATSSLOT_VALUES))
	{
		budget->statistics_work -= slot.nvalues;
		if (is_bi_query_type(slot.valuetype))
			others = sample_selectivity(&slot, false, lexemes, budget,
										&others_sum);
		free_attstatsslot(&slot);
	}
	if (others > 0)
		return common_sum + Max(1 - common, 0) * others_sum / others;
	return common > 0 ? common_sum / common : BIS_DEFAULT_SELECTIVITY;
}

/*
 * The fraction of the vectors that match query or, if that is NULL, of row
 * pairs of vectors and queries.
 */
static double
match_selectivity(VariableStatData *vectors, const BiQuery *query,
				  VariableStatData *queries, Oid function, BisBudget *budget)
{
	bool		known = may_use_statistics(vectors, function);
	AttStatsSlot slot;
	BisLexemes	lexemes;
	double		nulls;
	double		selectivity;

	/* the mean of other estimates reveals nothing that must stay hidden */
	if (known && budget->statistics_work <= 0 && budget->n > 0)
		return budget->sum / budget->n;
	open_lexemes(vectors, known, budget, &slot, &lexemes, &nulls);
	selectivity = query != NULL ?
		estimate_selectivity(query, &lexemes, budget) :
		row_pair_selectivity(queries, function, &lexemes, budget);
	/* estimates are fractions of the non-null rows */
	selectivity *= 1 - nulls;
	free_attstatsslot(&slot);
	if (known)
		record_selectivity(budget, selectivity);
	return selectivity;
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

	CHECK_FOR_INTERRUPTS();		/* core does not, between array elements */
	if (!get_restriction_variable(root, args, relation, &variable, &other,
								  &on_left))
		PG_RETURN_FLOAT8(selectivity);
	if (IsA(other, Const))
	{
		const Const *constant = (const Const *) other;

		if (constant->constisnull)
			selectivity = 0;	/* the operators are strict */
		else if (variable.rel != NULL && BisCountIsAsked(root, variable.rel) &&
				 OidIsValid(find_our_index(&variable)))
			;					/* counted by index, whatever the estimate */
		else if (is_bi_query_type(constant->consttype))
			selectivity =
				match_selectivity(&variable, BiQueryGet(constant->constvalue),
								  NULL, get_opcode(operator),
								  BisBudgetOf(root));
	}
	ReleaseVariableStats(variable);
	PG_RETURN_FLOAT8(BisProbability(selectivity));
}

/*
 * Join selectivity of @~ and ~@.  This is not called if the join with a table
 * of queries was rewritten to core's operator; then core uses a constant.
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
			!is_bi_query_type(sides[1 - i].vartype))
			continue;
		selectivity = match_selectivity(&sides[i], NULL, &sides[1 - i],
										function, BisBudgetOf(root));
	}
	ReleaseVariableStats(sides[0]);
	ReleaseVariableStats(sides[1]);
	PG_RETURN_FLOAT8(BisProbability(selectivity));
}
