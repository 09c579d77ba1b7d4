/*
 * operand_counts.c
 *	  Counts how many rows of a table each part of a query matches.
 *
 * Every operand is counted as any user could count it, by a SELECT that runs
 * with the privileges of the caller; so grants and row-level security apply.
 * The planner's costs decide what is cheaper for an operand: a statement of
 * its own, which may use an index, or one more count in a pass over the whole
 * table.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "query/subquery.h"
#include "show/operand_counts.h"

/* most operands counted in one pass */
#define MAX_PASS 500

/* one call */
typedef struct Counting
{
	const BiQuery *query;
	const BiOperandRow *rows;
	int			n;
	Oid			query_type;
	const char *relation;		/* quoted, with its schema */
	char	   *match;			/* "column OPERATOR(schema.@~) $" */
	double	   *costs;			/* of each operand's own statement */
	int64	   *hits;
	MemoryContext scratch;		/* for one statement */
} Counting;

/* The type as which the column is read: tsvector or text. */
static const char *
column_type(const BiCountedColumn *counted)
{
	if (counted->type == TSVECTOROID)
		return "tsvector";
	if (counted->type == TEXTOID || counted->type == VARCHAROID)
		return "text";
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column %s is of type %s, neither tsvector nor text",
					counted->column, format_type_be(counted->type)),
			 errhint("A view can make a tsvector of columns of other types.")));
	return NULL;
}

void
BiCountedColumnInit(BiCountedColumn *counted, Oid relation, Name column)
{
	char	   *name = get_rel_name(relation);
	AttrNumber	attnum;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	counted->relation = quote_qualified_identifier(
												   get_namespace_name(get_rel_namespace(relation)), name);
	attnum = get_attnum(relation, NameStr(*column));
	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation %s does not exist",
						NameStr(*column), counted->relation)));
	counted->column = quote_identifier(NameStr(*column));
	counted->type = getBaseType(get_atttype(relation, attnum));
}

/* The statement that counts one operand. */
static char *
statement_of_one(const Counting *counting)
{
	return psprintf("SELECT pg_catalog.count(*) FROM %s AS t WHERE %s1",
					counting->relation, counting->match);
}

/* The statement that counts n operands in one pass. */
static char *
statement_of_pass(const Counting *counting, int n)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 1; i <= n; i++)
		appendStringInfo(&buf,
						 "%s pg_catalog.count(*) FILTER (WHERE %s%d)",
						 i == 1 ? "SELECT" : ",", counting->match, i);
	appendStringInfo(&buf, " FROM %s AS t", counting->relation);
	return buf.data;
}

/* Set the parameters: a query for each operand chosen, by index in rows. */
static void
fill_parameters(const Counting *counting, const int *chosen, int n,
				Oid *types, Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		const BiNode *node = counting->rows[chosen[i]].node;

		values[i] = PointerGetDatum(BiSubquery(counting->query, node));
		types[i] = counting->query_type;
	}
}

/* The planner's estimate of the statement's cost. */
static double
plan_cost(const Counting *counting, const char *sql, Oid *types,
		  Datum *values, int n)
{
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(sql));
	List	   *queries =
		pg_analyze_and_rewrite_fixedparams(raw, sql, types, n, NULL);
	ParamListInfo params = makeParamList(n);
	PlannedStmt *plan;

	for (int i = 0; i < n; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = false;
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = counting->query_type;
	}
	plan = BiPlanQuery(linitial_node(Query, queries), sql,
					   CURSOR_OPT_PARALLEL_OK, params);
	return plan->planTree->total_cost;
}

/* Run a statement that counts the chosen operands. */
static void
run_count(Counting *counting, const char *sql, const int *chosen, int n)
{
	MemoryContext caller = MemoryContextSwitchTo(counting->scratch);
	Oid		   *types = palloc_array(Oid, n);
	Datum	   *values = palloc_array(Datum, n);

	fill_parameters(counting, chosen, n, types, values);
	if (SPI_execute_with_args(sql, n, types, values, NULL, true, 1) !=
		SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "counting failed: %s", sql);
	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		counting->hits[chosen[i]] =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, i + 1,
										&isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(counting->scratch);
}

/* Estimate the cost of a statement of its own for each operand. */
static void
find_costs(Counting *counting)
{
	char	   *sql = statement_of_one(counting);

	for (int i = 0; i < counting->n; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(counting->scratch);
		Oid			type;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		fill_parameters(counting, &i, 1, &type, &value);
		counting->costs[i] = plan_cost(counting, sql, &type, &value, 1);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(counting->scratch);
	}
}

/*
 * Estimate the cost of a pass over the table without operands (*table), and
 * its increase per operand (*more), from passes with one and two operands.
 */
static void
find_pass_costs(Counting *counting, double *table, double *more)
{
	int			first[2] = {0, Min(1, counting->n - 1)};
	Oid			types[2];
	Datum		values[2];
	double		two;

	fill_parameters(counting, first, 2, types, values);
	*table = plan_cost(counting, statement_of_pass(counting, 1), types,
					   values, 1);
	two = plan_cost(counting, statement_of_pass(counting, 2), types, values,
					2);
	*more = Max(two - *table, 0);
	*table -= *more;
}

/*
 * Choose the operands to count in a pass over the table: those whose own
 * statements cost more than they add to the pass, if the total savings exceed
 * the cost of the pass.  Returns their number.
 */
static int
choose_pass(Counting *counting, int *chosen)
{
	double		table;
	double		more;
	double		saved = 0;
	int			n = 0;

	find_pass_costs(counting, &table, &more);
	for (int i = 0; i < counting->n; i++)
	{
		if (counting->costs[i] <= more)
			continue;
		saved += counting->costs[i] - more;
		chosen[n++] = i;
	}
	return saved > table ? n : 0;
}

/* Count all operands. */
static void
count_all(Counting *counting)
{
	char	   *one = statement_of_one(counting);
	int		   *chosen = palloc_array(int, counting->n);
	int			nchosen;
	int			next = 0;

	find_costs(counting);
	nchosen = choose_pass(counting, chosen);
	for (int i = 0; i < counting->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (next < nchosen && chosen[next] == i)
			next++;
		else
			run_count(counting, one, &i, 1);
	}
	for (int i = 0; i < nchosen; i += MAX_PASS)
	{
		int			n = Min(MAX_PASS, nchosen - i);

		run_count(counting, statement_of_pass(counting, n), chosen + i, n);
	}
}

/* OID of type bi_query, the type of the function's last argument. */
static Oid
query_type(FunctionCallInfo fcinfo)
{
	Oid		   *types;
	int			n;

	get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
	return types[n - 1];
}

int64 *
BiCount(FunctionCallInfo fcinfo, const BiCountedColumn *counted,
		const BiQuery *query, const BiOperandRow *rows, int n)
{
	Counting	counting = {0};
	char	   *schema = get_namespace_name(BiExtensionSchema(fcinfo));

	if (schema == NULL)
		elog(ERROR, "the extension's schema is gone");
	counting.query = query;
	counting.rows = rows;
	counting.n = n;
	counting.query_type = query_type(fcinfo);
	counting.relation = counted->relation;
	/* everything in it is quoted */
	counting.match = psprintf("t.%s::pg_catalog.%s OPERATOR(%s.@~) $",
							  counted->column, column_type(counted),
							  quote_identifier(schema));
	counting.costs = palloc0_array(double, n + 1);
	counting.hits = palloc0_array(int64, n + 1);
	counting.scratch = AllocSetContextCreate(CurrentMemoryContext,
											 "bisearch count",
											 ALLOCSET_DEFAULT_SIZES);
	if (n == 0)
		return counting.hits;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	count_all(&counting);
	SPI_finish();
	MemoryContextDelete(counting.scratch);
	return counting.hits;
}
