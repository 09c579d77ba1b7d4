/*
 * bi_counts.c
 *	  bi_counts(): how many rows of a table each part of a query matches.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "show/operand_counts.h"

#define COLUMNS 4

/* Store the one row of the empty query. */
static void
store_empty_count(ReturnSetInfo *rsinfo, const BiQuery *query)
{
	Datum		values[COLUMNS] = {
		CStringGetTextDatum("(empty)"),
		Int64GetDatum(0),
		Int32GetDatum(0),
		PointerGetDatum(query)
	};
	bool		nulls[COLUMNS] = {0};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * bi_counts(relation, column, query): rows (tree, hits, depth, search).
 */
PG_FUNCTION_INFO_V1(bi_counts);
Datum
bi_counts(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	BiCountedColumn counted;
	BiOperandSearches searches;
	BiOperandRow *rows;
	int64	   *hits;
	int			n;
	MemoryContext scratch;
	MemoryContext caller;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	rows = BiOperandRows(query, &n);
	BiCountedColumnInit(&counted, PG_GETARG_OID(0), PG_GETARG_NAME(1));
	hits = BiCount(fcinfo, &counted, query, rows, n);
	if (n == 0)
		store_empty_count(rsinfo, query);

	BiOperandSearchesInit(&searches, query, BiExtensionSchema(fcinfo));
	scratch = AllocSetContextCreate(CurrentMemoryContext, "bi_counts row",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < n; i++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {0};

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		values[0] = CStringGetTextDatum(BiOperandLabel(query, &rows[i]));
		values[1] = Int64GetDatum(hits[i]);
		values[2] = Int32GetDatum(rows[i].depth);
		values[3] = BiOperandSearch(&searches, &rows[i], &nulls[3]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	return (Datum) 0;
}
