/*
 * query_array.c
 *	  The queries of an array, any of which an article has to match.
 *
 * They are sorted by the bytes of their words, so that queries whose first
 * words are close to each other in the dictionary come one after the other,
 * and a page of the dictionary is read once for all of them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "tsearch/ts_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "index/page/layout.h"
#include "index/search/query_array.h"
#include "query/bi_query.h"

/* The query, detoasted and validated. */
static Datum
detoast_query(StrategyNumber strategy, Datum query)
{
	if (strategy == BIS_MATCH_TSQUERY)
		return TSQueryGetDatum(DatumGetTSQuery(query));
	return PointerGetDatum(BiQueryGet(query));
}

/* Start of the query's words, which extend to the end of the value. */
static const char *
query_words(StrategyNumber strategy, Datum query)
{
	const BiQuery *ours = (const BiQuery *) DatumGetPointer(query);

	if (strategy == BIS_MATCH_TSQUERY)
		return GETOPERAND(DatumGetPointer(query));
	return BiQueryText(ours) + ours->nsplen + ours->namelen;
}

static int
compare_byte_strings(const char *a, const char *a_end, const char *b,
					 const char *b_end)
{
	int			result = memcmp(a, b, Min(a_end - a, b_end - b));

	if (result != 0)
		return result;
	return a_end - a < b_end - b ? -1 : a_end - a > b_end - b;
}

/* By words, then by all bytes, so that only equal queries compare equal. */
static int
compare_queries(const void *a, const void *b, void *arg)
{
	StrategyNumber strategy = *(StrategyNumber *) arg;
	Datum		left = *(const Datum *) a;
	Datum		right = *(const Datum *) b;
	const char *left_start = DatumGetPointer(left);
	const char *right_start = DatumGetPointer(right);
	const char *left_end = left_start + VARSIZE(left_start);
	const char *right_end = right_start + VARSIZE(right_start);
	int			result;

	CHECK_FOR_INTERRUPTS();
	result = compare_byte_strings(query_words(strategy, left), left_end,
								  query_words(strategy, right), right_end);
	return result != 0 ? result :
		compare_byte_strings(left_start, left_end, right_start, right_end);
}

int
BisQueriesOf(StrategyNumber strategy, Datum array, Datum **queries)
{
	ArrayType  *elements = DatumGetArrayTypeP(array);
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			kept = 0;
	int16		len;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(ARR_ELEMTYPE(elements), &len, &by_value, &align);
	deconstruct_array(elements, ARR_ELEMTYPE(elements), len, by_value, align,
					  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!nulls[i])
			values[kept++] = detoast_query(strategy, values[i]);
	}
	pfree(nulls);
	n = kept;
	qsort_arg(values, n, sizeof(Datum), compare_queries, &strategy);
	kept = 0;
	for (int i = 0; i < n; i++)
	{
		if (kept == 0 || compare_queries(&values[kept - 1], &values[i],
										 &strategy) != 0)
			values[kept++] = values[i];
	}
	*queries = values;
	return kept;
}
