/*
 * explain.c
 *	  bi_explain(bi_query, document): which parts of the query match the
 *	  document, how often, and why the others do not.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "match/sources.h"
#include "show/expansion.h"
#include "show/explain_miss.h"
#include "show/operands.h"

#define COLUMNS 6

/* proximities whose places are counted and misses explained */
#define MAX_CHAINS 50

/* one query against one document */
typedef struct Explanation
{
	const BiQuery *query;
	BiOperandRow *rows;
	int			nrows;
	TSVector	vector;			/* the document, or NULL if it is a text */
	BiTsvectorSource *vector_source;
	BiTextSource text_source;
	bool	   *matched;		/* by node */
	bool	   *excluded;		/* by node: inside NOT */
	int			nchains;		/* proximities explained so far */
	MemoryContext scratch;
} Explanation;

/*
 * The document as a source, after resetting scratch, which becomes the
 * current memory context.
 */
static BiSource *
reset_source(Explanation *ex)
{
	MemoryContextReset(ex->scratch);
	MemoryContextSwitchTo(ex->scratch);
	if (ex->vector == NULL)
		return &ex->text_source.source;
	/* it allocates in scratch */
	BiTsvectorSourceInit(ex->vector_source, ex->vector);
	return &ex->vector_source->source;
}

static inline bool *
matched_of(Explanation *ex, const BiNode *node)
{
	return &ex->matched[node - ex->query->nodes];
}

/* Does the row match?  matched is known for its children. */
static bool
row_matches(Explanation *ex, const BiNode *node)
{
	if (node->kind == BI_NOT)
		return !*matched_of(ex, BiNodeFirst(node));
	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (*matched_of(ex, child) != (node->kind == BI_AND))
			return node->kind == BI_OR;
	}
	return node->kind == BI_AND;
}

/* Set matched and excluded for all rows. */
static void
evaluate_rows(Explanation *ex)
{
	uint32		excluded_until = 0;

	for (int i = ex->nrows - 1; i >= 0; i--)
	{
		const BiOperandRow *row = &ex->rows[i];
		const BiNode *node = row->node;
		bool		inner = node->kind == BI_AND || node->kind == BI_NOT ||
			(node->kind == BI_OR && !row->slot);

		CHECK_FOR_INTERRUPTS();
		*matched_of(ex, node) = inner ? row_matches(ex, node) :
			BiNodeMatches(ex->query, node, reset_source(ex));
	}
	for (int i = 0; i < ex->nrows; i++)
	{
		const BiNode *node = ex->rows[i].node;
		uint32		at = node - ex->query->nodes;

		ex->excluded[at] = at < excluded_until;
		if (node->kind == BI_NOT)
			excluded_until = Max(excluded_until, at + node->size);
	}
}

/* Does the node have places of its own? */
static bool
has_places(const BiNode *node, bool slot)
{
	if (!BiIsCountable(node) || BiIsValue(node))
		return false;
	if (node->kind != BI_OR || slot)
		return node->kind != BI_AND && node->kind != BI_NOT;
	check_stack_depth();
	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (child->kind == BI_ATLEAST || !has_places(child, false))
			return false;
	}
	return true;
}

/* How many operands of an AND or OR match. */
static char *
operator_note(Explanation *ex, const BiNode *node)
{
	int			n = 0;
	int			all = 0;

	if (node->kind == BI_NOT)
		return pstrdup("the excluded part matches");
	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		all++;
		if (*matched_of(ex, child))
			n++;
	}
	return psprintf("%d of %d match", n, all);
}

/* The row's slot, or the only slot of its item, or NULL. */
static const BiNode *
slot_of(const BiOperandRow *row)
{
	const BiNode *child = BiNodeFirst(row->node);

	if (row->slot)
		return row->node;
	return row->node->kind == BI_ITEM && child->kind != BI_PHRASE ? child :
		NULL;
}

/* A note on a row that matches, or does not match; or NULL. */
static char *
row_note(Explanation *ex, const BiOperandRow *row, bool matched, bool placed,
		 BiSource *source)
{
	const BiNode *node = row->node;

	if (BiIsValue(node))
		return matched || ex->excluded[node - ex->query->nodes] ? NULL :
			pstrdup(ex->vector == NULL ? "a text has no fields of one's own" :
					"the field does not have it");
	if (matched && !placed)
		return pstrdup("there, but its position is not known");
	if (matched)
		return slot_of(row) == NULL ? NULL :
			BiExpansion(ex->query, slot_of(row), ex->vector,
						&ex->text_source);
	if (ex->excluded[node - ex->query->nodes])
		return NULL;
	if (node->kind == BI_AND || node->kind == BI_NOT ||
		(node->kind == BI_OR && !row->slot))
		return operator_note(ex, node);
	return BiExplainMiss(ex->query, node, source);
}

/* Set the columns matched, hits and note of a row. */
static void
fill_explain_row(Explanation *ex, const BiOperandRow *row, Datum *values,
				 bool *nulls)
{
	const BiNode *node = row->node;
	bool		matched = *matched_of(ex, node);
	bool		detailed = node->kind != BI_PROX_CHAIN ||
		++ex->nchains <= MAX_CHAINS;
	bool		places = detailed && has_places(node, row->slot);
	bool		atleast = node->kind == BI_ATLEAST;
	BiSource   *source = reset_source(ex);
	int			hits = 0;
	char	   *note;

	if (places)
		hits = BiPlaces(ex->query, atleast ? BiNodeFirst(node) : node,
						source, atleast);
	note = detailed ? row_note(ex, row, matched, !places || hits > 0,
							   source) : NULL;
	values[1] = BoolGetDatum(matched);
	nulls[2] = !places || (matched && hits == 0);
	values[2] = Int32GetDatum(hits);
	nulls[3] = note == NULL;
	values[3] = note ? CStringGetTextDatum(note) : (Datum) 0;
}

/* Store the one row of the empty query. */
static void
store_empty_explanation(ReturnSetInfo *rsinfo, const BiQuery *query)
{
	Datum		values[COLUMNS] = {
		CStringGetTextDatum("(empty)"),
		BoolGetDatum(false),
		(Datum) 0,
		CStringGetTextDatum("an empty search matches nothing"),
		Int32GetDatum(0),
		PointerGetDatum(query)
	};
	bool		nulls[COLUMNS] = {false, false, true, false, false, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Store all rows, for a document that is vector or else text_source. */
static Datum
explain_document(FunctionCallInfo fcinfo, Explanation *ex)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller = CurrentMemoryContext;
	BiOperandSearches searches;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ex->rows = BiOperandRows(ex->query, &ex->nrows);
	if (ex->nrows == 0)
	{
		store_empty_explanation(rsinfo, ex->query);
		return (Datum) 0;
	}
	BiOperandSearchesInit(&searches, ex->query, BiExtensionSchema(fcinfo));
	ex->matched = palloc0_array(bool, ex->query->nnodes);
	ex->excluded = palloc0_array(bool, ex->query->nnodes);
	ex->scratch = AllocSetContextCreate(CurrentMemoryContext,
										"bi_explain row",
										ALLOCSET_DEFAULT_SIZES);
	evaluate_rows(ex);
	for (int i = 0; i < ex->nrows; i++)
	{
		const BiOperandRow *row = &ex->rows[i];
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {0};

		CHECK_FOR_INTERRUPTS();
		fill_explain_row(ex, row, values, nulls);
		values[0] = CStringGetTextDatum(BiOperandLabel(ex->query, row));
		values[4] = Int32GetDatum(row->depth);
		values[5] = BiOperandSearch(&searches, row, &nulls[5]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(ex->scratch);
	return (Datum) 0;
}

/*
 * bi_explain(query, tsvector): rows (tree, matched, hits, note, depth,
 * search).
 */
PG_FUNCTION_INFO_V1(bi_explain_tsvector);
Datum
bi_explain_tsvector(PG_FUNCTION_ARGS)
{
	Explanation ex = {0};

	ex.query = PG_GETARG_BI_QUERY_P(0);
	ex.vector = PG_GETARG_TSVECTOR(1);
	ex.vector_source = palloc_object(BiTsvectorSource);
	return explain_document(fcinfo, &ex);
}

/* The same for a text, analyzed with the query's configuration. */
PG_FUNCTION_INFO_V1(bi_explain_text);
Datum
bi_explain_text(PG_FUNCTION_ARGS)
{
	Explanation ex = {0};
	text	   *document = PG_GETARG_TEXT_PP(1);
	BiConfig	config;

	ex.query = PG_GETARG_BI_QUERY_P(0);
	if (ex.query->nnodes > 0)
	{
		BiConfigOpen(BiQueryConfig(ex.query, BiExtensionSchema(fcinfo)),
					 &config);
		BiTextSourceInit(&ex.text_source,
						 BiAnalyze(&config, VARDATA_ANY(document),
								   VARSIZE_ANY_EXHDR(document), true, NULL));
	}
	return explain_document(fcinfo, &ex);
}
