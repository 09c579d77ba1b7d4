/*
 * collect.c
 *	  bi_collect(): statistics of a table for bi_rank.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "show/operand_counts.h"

#define COLUMNS 3

/* Query the number of articles and their average number of words. */
static void
measure_collection(const BiCountedColumn *counted, Oid extension_schema,
				   Datum *values, bool *nulls)
{
	char	   *schema = get_namespace_name(extension_schema);
	char	   *sql;

	if (schema == NULL)
		elog(ERROR, "the extension's schema is gone");
	sql = psprintf("SELECT pg_catalog.count(*),"
				   " pg_catalog.avg(%s.bi_length(t.%s::pg_catalog.tsvector))::pg_catalog.float4"
				   " FROM %s AS t",
				   quote_identifier(schema), counted->column,
				   counted->relation);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "counting failed: %s", sql);
	/* both are passed by value */
	for (int i = 0; i < 2; i++)
		values[i] = SPI_getbinval(SPI_tuptable->vals[0],
								  SPI_tuptable->tupdesc, i + 1, &nulls[i]);
	SPI_finish();
}

/*
 * bi_collect(relation, column, query): the number of articles, their average
 * length, and the number of articles that each word and phrase of the query
 * matches.
 */
PG_FUNCTION_INFO_V1(bi_collect);
Datum
bi_collect(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(2);
	BiCountedColumn counted;
	TupleDesc	desc;
	BiOperandRow *rows;
	Datum	   *items;
	int64	   *hits;
	int			n;
	int			nitems = 0;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	BiCountedColumnInit(&counted, PG_GETARG_OID(0), PG_GETARG_NAME(1));
	if (counted.type != TSVECTOROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column %s is of type %s, not tsvector",
						counted.column, format_type_be(counted.type))));
	rows = BiOperandRows(query, &n);
	for (int i = 0; i < n; i++)
	{
		if (rows[i].node->kind == BI_ITEM)
			rows[nitems++] = rows[i];
	}
	measure_collection(&counted, BiExtensionSchema(fcinfo), values, nulls);
	hits = BiCount(fcinfo, &counted, query, rows, nitems);
	items = palloc_array(Datum, nitems + 1);
	for (int i = 0; i < nitems; i++)
		items[i] = Int64GetDatum(hits[i]);
	values[2] = PointerGetDatum(construct_array(items, nitems, INT8OID,
												sizeof(int64),
												FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}
