/*
 * explain_query.c
 *	  bi_explain(bi_query): the query in plain words, and what its words
 *	  became.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "query/deparse.h"
#include "show/operands.h"
#include "text/analyze.h"

#define COLUMNS 4

/* context for the meanings of rows */
typedef struct Meaning
{
	const BiQuery *query;
	BiConfig	config;
} Meaning;

/* Append what a word is searched as. */
static void
append_word_meaning(StringInfo buf, const Meaning *meaning, const BiNode *word)
{
	const BiConfig *config = &meaning->config;
	const char *s = BiNodeText(meaning->query, word);
	int			skip = 0;

	if (word->flags & (BI_PREFIX | BI_PATTERN))
	{
		bool		stems = !config->exact_forms && !config->unstemmed;

		appendStringInfo(buf, "%s ", stems ? "stems" : "words");
		if (BiIsFuzzy(meaning->query, word))
		{
			appendStringInfo(buf, "at most %c edit%s from \"", s[1],
							 s[1] == '1' ? "" : "s");
			appendBinaryStringInfo(buf, s + BI_FUZZY_HEAD,
								   word->len - BI_FUZZY_HEAD);
			appendStringInfoChar(buf, '"');
			return;
		}
		appendStringInfo(buf, "%s \"", (word->flags & BI_PREFIX) ?
						 "that begin with" : "like");
		if (word->flags & BI_PREFIX)
			appendBinaryStringInfo(buf, s, word->len);
		else
			BiAppendWord(buf, meaning->query, word);
		appendStringInfoChar(buf, '"');
		return;
	}
	if (config->exact_forms && word->len > 1 && s[0] == BI_STEM_SIGN)
	{
		appendStringInfoString(buf, "words with the stem \"");
		skip = 1;
	}
	else if (config->exact_forms || config->unstemmed)
		appendStringInfoString(buf, "the word \"");
	else
		appendStringInfoString(buf, "words that become \"");
	appendBinaryStringInfo(buf, s + skip, word->len - skip);
	appendStringInfoChar(buf, '"');
}

/* Append what a slot or single word is searched as. */
static void
append_slot_meaning(StringInfo buf, const Meaning *meaning, const BiNode *slot)
{
	if (slot->kind == BI_WORD)
	{
		append_word_meaning(buf, meaning, slot);
		return;
	}
	for (const BiNode *child = BiNodeFirst(slot);
		 child < BiNodeEnd(slot); child = BiNodeEnd(child))
	{
		CHECK_FOR_INTERRUPTS();
		if (child > BiNodeFirst(slot))
			appendStringInfoString(buf, slot->kind == BI_SAME ? " and " :
								   " or ");
		append_slot_meaning(buf, meaning, child);
	}
	if (slot->kind == BI_SAME)
		appendStringInfoString(buf, " at one position");
}

/* Append the meaning of a field's value, whose text begins with its name. */
static void
append_value_meaning(StringInfo buf, const BiQuery *query, const BiNode *item)
{
	const char *text = BiNodeText(query, item);
	int			name = 0;
	const char *value;
	int			len;
	const BiNode *child = BiNodeFirst(item);
	bool		range = child->kind != BI_WORD || text[item->len - 1] == '.';

	while (name < (int) item->len && strchr(":<>", text[name]) == NULL)
		name++;
	value = text + name + 1;
	len = item->len - name - 1;
	if (name < (int) item->len && text[name] != ':')
		appendStringInfo(buf, "the field \"%.*s\" is %s %.*s", name, text,
						 text[name] == '<' ? "below" : "above", len, value);
	else if (len == 1 && *value == '*')
		appendStringInfo(buf, "the field \"%.*s\" has a value", name, text);
	else
		appendStringInfo(buf, "the field \"%.*s\" %s %.*s", name, text,
						 range ? "is in" :
						 child->flags != 0 ? "is like" : "is", len, value);
}

/* Append the meaning of a word or phrase. */
static void
append_item_meaning(StringInfo buf, const Meaning *meaning, const BiNode *item)
{
	const BiNode *child = BiNodeFirst(item);

	if (BiIsValue(item))
		append_value_meaning(buf, meaning->query, item);
	else if (child->kind != BI_PHRASE)
		append_slot_meaning(buf, meaning, child);
	else
	{
		const BiNode *last = BiNodeFirst(child);

		while (BiNodeEnd(last) < BiNodeEnd(child))
			last = BiNodeEnd(last);
		appendStringInfo(buf, "%u words in a row", last->arg + 1);
	}
	if (item->fields != BI_ALL_FIELDS)
	{
		appendStringInfoString(buf, ", in the ");
		BiAppendFieldNames(buf, item->fields);
	}
}

/* Append how an operand of a proximity relates to what precedes it. */
static void
append_join(StringInfo buf, const BiNode *join)
{
	const char *where = (join->flags & BI_SENTENCE) ? "sentence" : "paragraph";
	bool		ordered = (join->flags & BI_ORDERED) != 0;

	if (join->flags & BI_NEGATED)
		appendStringInfo(buf, ", not within %u words", join->arg);
	else if ((join->flags & BI_WITHIN) == 0)
		appendStringInfo(buf, ", %sin the same %s",
						 ordered ? "later " : "", where);
	else if (join->arg == 1)
		appendStringInfoString(buf, ordered ? ", directly after" :
							   ", side by side");
	else
		appendStringInfo(buf, ", at most %u words %s", join->arg,
						 ordered ? "after" : "apart");
}

static int
count_operands(const BiNode *node)
{
	int			n = 0;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (child->kind != BI_PROX_JOIN)
			n++;
	}
	return n;
}

/* The meaning of a row. */
static char *
row_meaning(const Meaning *meaning, const BiOperandRow *row)
{
	const BiNode *node = row->node;
	StringInfoData buf;

	initStringInfo(&buf);
	if (row->gap > 0)
		appendStringInfo(&buf, "after %u %s of any kind, ", row->gap,
						 row->gap == 1 ? "word" : "words");
	if (row->slot)
		append_slot_meaning(&buf, meaning, node);
	else if (node->kind == BI_ITEM)
		append_item_meaning(&buf, meaning, node);
	else if (node->kind == BI_AND)
		appendStringInfo(&buf, "all %d must match", count_operands(node));
	else if (node->kind == BI_OR)
		appendStringInfo(&buf, "at least one of the %d must match",
						 count_operands(node));
	else if (node->kind == BI_NOT)
		appendStringInfoString(&buf, "must not match");
	else if (node->kind == BI_ATLEAST)
		appendStringInfo(&buf, "must occur at least %u times", node->arg);
	else
		appendStringInfoString(&buf, "in one field, within the stated distances");
	if (row->join != NULL)
		append_join(&buf, row->join);
	if (node == meaning->query->nodes)
		appendStringInfo(&buf, " (configuration %s)",
						 BiDeparseConfig(meaning->query));
	return buf.data;
}

/* Store the one row of the empty query. */
static void
store_empty_meaning(ReturnSetInfo *rsinfo, const BiQuery *query)
{
	Datum		values[COLUMNS] = {
		CStringGetTextDatum("(empty)"),
		CStringGetTextDatum("matches nothing"),
		Int32GetDatum(0),
		PointerGetDatum(query)
	};
	bool		nulls[COLUMNS] = {0};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * bi_explain(query): rows (tree, meaning, depth, search).
 */
PG_FUNCTION_INFO_V1(bi_explain);
Datum
bi_explain(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			schema = BiExtensionSchema(fcinfo);
	BiOperandSearches searches;
	MemoryContext scratch;
	MemoryContext caller;
	Meaning		meaning;
	BiOperandRow *rows;
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	rows = BiOperandRows(query, &n);
	meaning.query = query;
	if (n == 0)
		store_empty_meaning(rsinfo, query);
	else
		BiConfigOpen(BiQueryConfig(query, schema), &meaning.config);
	BiOperandSearchesInit(&searches, query, schema);
	scratch = AllocSetContextCreate(CurrentMemoryContext, "bi_explain row",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < n; i++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {0};

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		values[0] = CStringGetTextDatum(BiOperandLabel(query, &rows[i]));
		values[1] = CStringGetTextDatum(row_meaning(&meaning, &rows[i]));
		values[2] = Int32GetDatum(rows[i].depth);
		values[3] = BiOperandSearch(&searches, &rows[i], &nulls[3]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	MemoryContextSwitchTo(caller);
	return (Datum) 0;
}
