/*
 * handler.c
 *	  The access method bisearch: an index of tsvectors with positions.
 */
#include "postgres.h"

#include <math.h>

#include "access/amvalidate.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/vacuum.h"
#include "fmgr.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "index/am/handler.h"
#include "index/page/layout.h"

/* There are no index options yet. */
static bytea *
bisoptions(Datum reloptions, bool validate)
{
	return build_reloptions(reloptions, validate, 0, 0, NULL, 0);
}

PG_FUNCTION_INFO_V1(bishandler);
Datum
bishandler(PG_FUNCTION_ARGS)
{
	static const IndexAmRoutine routine = {
		.type = T_IndexAmRoutine,
		.amstrategies = BIS_NSTRATEGIES,
		.amsupport = 0,
		.amcanmulticol = true,
		.amsearcharray = true,
		.amcaninclude = true,
		.amusemaintenanceworkmem = true,
		.amparallelvacuumoptions = VACUUM_OPTION_NO_PARALLEL,
		.amkeytype = InvalidOid,
		BI_PARALLEL_BUILD
		.ambuild = bisbuild,
		.ambuildempty = bisbuildempty,
		.aminsert = bisinsert,
		.ambulkdelete = bisbulkdelete,
		.amvacuumcleanup = bisvacuumcleanup,
		.amcostestimate = biscostestimate,
		.amoptions = bisoptions,
		.ambuildphasename = bisbuildphasename,
		.amvalidate = bisvalidate,
		.ambeginscan = bisbeginscan,
		.amrescan = bisrescan,
		.amgetbitmap = bisgetbitmap,
		.amendscan = bisendscan
	};

	(void) fcinfo;
	BiReturnAmRoutine(&routine);
}

/* The path's conditions on the tsvector, as RestrictInfos. */
static List *
get_queries(IndexPath *path)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	foreach(cell, path->indexclauses)
	{
		if (lfirst_node(IndexClause, cell)->indexcol == 0)
			clauses = lappend(clauses, lfirst(cell));
	}
	return get_quals_from_indexclauses(clauses);
}

/* The number of queries among these, counting elements of arrays. */
static double
count_queries(PlannerInfo *root, List *clauses)
{
	double		n = 0;
	ListCell   *cell;

	foreach(cell, clauses)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, cell)->clause;

		n += IsA(clause, ScalarArrayOpExpr) ?
			BiArrayLength(root, lsecond(((ScalarArrayOpExpr *) clause)->args)) :
			1;
	}
	return n;
}

/*
 * A search reads the posting lists of its terms, whose length is about
 * proportional to the number of articles found, and some pages of the
 * dictionary, but none of these more than once for all queries.  Conditions
 * on columns are applied to what it finds.
 */
void
biscostestimate(struct PlannerInfo *root, struct IndexPath *path,
				double loops, Cost *startup, Cost *total,
				Selectivity *selectivity, double *correlation, double *pages)
{
	IndexOptInfo *index = path->indexinfo;
	GenericCosts costs = {0};
	List	   *clauses = get_queries(path);
	double		queries = count_queries(root, clauses);
	double		nclauses = list_length(path->indexclauses);
	double		max_pages = Max(index->pages, nclauses);

	genericcostestimate(root, path, loops, &costs);
	if (costs.num_sa_scans > 1 || list_length(clauses) < nclauses)
	{
		/* a single scan searches for all queries of an array */
		costs.numIndexTuples =
			rint(clauselist_selectivity(root, clauses, index->rel->relid,
										JOIN_INNER, NULL) *
				 index->rel->tuples);
		costs.numIndexPages = index->tuples > 1 ?
			ceil(costs.numIndexTuples * index->pages / index->tuples) : 1;
	}
	*startup = costs.indexStartupCost +
		(queries + 2) * cpu_operator_cost * 100;
	*total = *startup + (Min(queries, max_pages) + 2) * random_page_cost +
		ceil(costs.numIndexPages * 0.2) * seq_page_cost +
		costs.numIndexTuples * cpu_index_tuple_cost;
	*selectivity = costs.indexSelectivity;
	*correlation = 0;
	*pages = costs.numIndexPages;
}

/* Report what is wrong with an operator of the class. */
static void
report_bad_operator(const char *opclass, const Form_pg_amop amop,
					const char *what)
{
	ereport(INFO,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("operator class \"%s\" of access method bisearch contains operator %s with %s",
					opclass, format_operator(amop->amopopr), what)));
}

/*
 * Is it the operator of the type's default btree family with the strategy,
 * less BIS_COLUMN_STRATEGY?
 */
static bool
is_btree_operator(const Form_pg_amop amop)
{
	Oid			opclass = GetDefaultOpClass(amop->amoplefttype, BTREE_AM_OID);

	return OidIsValid(opclass) &&
		get_op_opfamily_strategy(amop->amopopr,
								 get_opclass_family(opclass)) ==
		amop->amopstrategy - BIS_COLUMN_STRATEGY;
}

/* Can scans handle this operator of the class?  Reports why not. */
static bool
operator_is_valid(const char *opclass, const Form_pg_amop amop)
{
	bool		is_query = amop->amopstrategy == BIS_MATCH_QUERY ||
		amop->amopstrategy == BIS_MATCH_TSQUERY;

	if (amop->amopstrategy < 1 || amop->amopstrategy > BIS_NSTRATEGIES)
		report_bad_operator(opclass, amop, "invalid strategy number");
	else if (amop->amoppurpose != AMOP_SEARCH)
		report_bad_operator(opclass, amop,
							"ORDER BY, which is not supported");
	else if (!check_amop_signature(amop->amopopr, BOOLOID,
								   amop->amoplefttype, amop->amoprighttype) ||
			 (amop->amoplefttype == TSVECTOROID) != is_query ||
			 (amop->amopstrategy == BIS_MATCH_TSQUERY) !=
			 (amop->amoprighttype == TSQUERYOID))
		report_bad_operator(opclass, amop, "wrong signature");
	else if (!is_query && !is_btree_operator(amop))
		report_bad_operator(opclass, amop, "another meaning than a btree's");
	else
		return true;
	return false;
}

bool
bisvalidate(Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	Form_pg_opclass form;
	CatCList   *operators;
	bool		result = true;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	form = (Form_pg_opclass) GETSTRUCT(tuple);
	operators = SearchSysCacheList1(AMOPSTRATEGY,
									ObjectIdGetDatum(form->opcfamily));
	for (int i = 0; i < operators->n_members; i++)
	{
		HeapTuple	operator = &operators->members[i]->tuple;

		if (!operator_is_valid(NameStr(form->opcname),
							   (Form_pg_amop) GETSTRUCT(operator)))
			result = false;
	}
	if (operators->n_members == 0)
	{
		ereport(INFO,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("operator class \"%s\" of access method bisearch has no operators",
						NameStr(form->opcname))));
		result = false;
	}
	ReleaseCatCacheList(operators);
	ReleaseSysCache(tuple);
	return result;
}
