/*
 * bi_check.c
 *	  bi_check(): the parser's diagnostics as rows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "query/diagnostic.h"
#include "query/parse_driver.h"

#define BI_CHECK_COLUMNS 5

static int
compare_diagnostics(const ListCell *a, const ListCell *b)
{
	const BiDiagnostic *left = lfirst(a);
	const BiDiagnostic *right = lfirst(b);

	if (left->pos != right->pos)
		return left->pos < right->pos ? -1 : 1;
	return (int) left->severity - (int) right->severity;
}

static Datum
check_query_text(FunctionCallInfo fcinfo, bool byid)
{
	Oid			config = byid ? PG_GETARG_OID(0) : InvalidOid;
	text	   *input = PG_GETARG_TEXT_PP(byid ? 1 : 0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	BiParseState state;
	char	   *proposal;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	proposal = BiProposal(BiParseInput(&state, VARDATA_ANY(input),
									   VARSIZE_ANY_EXHDR(input), config,
									   BI_MODE_CHECK,
									   BiExtensionSchema(fcinfo)));
	list_sort(state.diagnostics, compare_diagnostics);
	foreach(lc, state.diagnostics)
	{
		const BiDiagnostic *diagnostic = lfirst(lc);
		const char *hint =
			diagnostic->severity == BI_WARNING ? diagnostic->hint :
			BiHint(diagnostic, proposal);
		Datum		values[BI_CHECK_COLUMNS];
		bool		nulls[BI_CHECK_COLUMNS] = {0};

		values[0] = CStringGetTextDatum(diagnostic->severity == BI_WARNING ?
										"warning" : "error");
		values[1] = Int32GetDatum(diagnostic->pos + 1);
		values[2] = Int32GetDatum(diagnostic->len);
		values[3] = CStringGetTextDatum(diagnostic->message);
		nulls[4] = hint == NULL;
		values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(hint);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(bi_check);
Datum
bi_check(PG_FUNCTION_ARGS)
{
	return check_query_text(fcinfo, false);
}

PG_FUNCTION_INFO_V1(bi_check_byid);
Datum
bi_check_byid(PG_FUNCTION_ARGS)
{
	return check_query_text(fcinfo, true);
}
