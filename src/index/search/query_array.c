/*
 * query_array.c
 *	  The queries of an array, of which a scan wants any.
 *
 * They are sorted by the bytes of their words as they are stored, so that
 * those which begin with neighbouring words of the dictionary come one after
 * the other, and a page of it is read once for all of them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "tsearch/ts_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "index/page/layout.h"
#include "index/search/query_array.h"
#include "query/bi_query.h"

/* The query, detoasted and checked. */
static Datum
get_query(StrategyNumber strategy, Datum query)
{
	if (strategy == BIS_MATCH_TSQUERY)
		return TSQueryGetDatum(DatumGetTSQuery(query));
	return PointerGetDatum(BiQueryGet(query));
}

/* The bytes of its words, which go to the value's end. */
static const char *
words_of(StrategyNumber strategy, Datum query)
{
	const BiQuery *ours = (const BiQuery *) DatumGetPointer(query);

	if (strategy == BIS_MATCH_TSQUERY)
		return GETOPERAND(DatumGetPointer(query));
	return BiQueryText(ours) + ours->nsplen + ours->namelen;
}

static int
compare_bytes(const char *a, const char *a_end, const char *b,
			  const char *b_end)
{
	int			result = memcmp(a, b, Min(a_end - a, b_end - b));

	if (result != 0)
		return result;
	return a_end - a < b_end - b ? -1 : a_end - a > b_end - b;
}

/* By words, and then by all that there is. */
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
	result = compare_bytes(words_of(strategy, left), left_end,
						   words_of(strategy, right), right_end);
	return result != 0 ? result :
		compare_bytes(left_start, left_end, right_start, right_end);
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
			values[kept++] = get_query(strategy, values[i]);
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
