/*
 * tsquery.c
 *	  Casts between bi_query and core's tsquery.
 *
 * The cast to tsquery writes its text, which core parses.  The cast from
 * tsquery goes node by node: its lexemes become words of configuration
 * "simple", and a lexeme that this configuration would change is an error.
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/bind.h"
#include "query/lexer.h"
#include "query/parse_driver.h"
#include "query/subquery.h"

static void print_tsquery(const BiQuery *query, const BiNode *node,
						  StringInfo buf);

static void
raise_inexpressible(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("tsquery cannot express %s", what),
			 errhint("bi_candidates() gives a tsquery that matches at least as much.")));
}

/* Append a lexeme in quotes, with its prefix sign and weights. */
static void
print_lexeme(const BiQuery *query, const BiNode *word, StringInfo buf)
{
	const char *s = BiNodeText(query, word);

	if (BiIsFuzzy(query, word))
		raise_inexpressible("a fuzzy word");
	if (word->flags & BI_PATTERN)
		raise_inexpressible("a wildcard other than one final *");
	appendStringInfoChar(buf, '\'');
	for (uint32 i = 0; i < word->len; i++)
	{
		if (s[i] == '\'' || s[i] == '\\')
			appendStringInfoChar(buf, s[i]);
		appendStringInfoChar(buf, s[i]);
	}
	appendStringInfoChar(buf, '\'');
	if ((word->flags & BI_PREFIX) || word->fields != BI_ALL_FIELDS)
		appendStringInfoChar(buf, ':');
	if (word->flags & BI_PREFIX)
		appendStringInfoChar(buf, '*');
	for (int i = 0; i < 4 && word->fields != BI_ALL_FIELDS; i++)
	{
		if (word->fields & (BI_FIELD_A >> i))
			appendStringInfoChar(buf, 'A' + i);
	}
}

/* Append the children of node, with operators, in parentheses. */
static void
print_operands(const BiQuery *query, const BiNode *node, const char *operator,
			   StringInfo buf)
{
	uint32		last = 0;
	bool		first = true;

	appendStringInfoChar(buf, '(');
	for (const BiNode *child = BiNodeFirst(node); child < BiNodeEnd(node);
		 child = BiNodeEnd(child))
	{
		if (!first && node->kind == BI_PHRASE)
			appendStringInfo(buf, " <%u> ", child->arg - last);
		else if (!first)
			appendStringInfoString(buf, operator);
		print_tsquery(query, child, buf);
		last = child->arg;
		first = false;
	}
	appendStringInfoChar(buf, ')');
}

static void
print_tsquery(const BiQuery *query, const BiNode *node, StringInfo buf)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) node->kind)
	{
		case BI_WORD:
			print_lexeme(query, node, buf);
			break;
		case BI_ITEM:
			if ((node->flags & BI_VALUE) != 0)
				raise_inexpressible(psprintf("the value of a field, %s",
											 pnstrdup(BiNodeText(query, node),
													  pg_mbcliplen(BiNodeText(query, node),
																   node->len,
																   BI_MAX_QUOTED_CHARS))));
			print_tsquery(query, BiNodeFirst(node), buf);
			break;
		case BI_NOT:
			appendStringInfoChar(buf, '!');
			print_operands(query, node, "", buf);
			break;
		case BI_ATLEAST:
			if (node->arg > 1)
				raise_inexpressible("ATLEAST");
			print_operands(query, node, "", buf);
			break;
		case BI_OR:
			print_operands(query, node, " | ", buf);
			break;
		case BI_PROX_CHAIN:
			/* not even PRE/1: <-> does not require one field */
			raise_inexpressible("proximity");
			break;
		case BI_SAME:
			print_operands(query, node, " <0> ", buf);
			break;
		default:
			print_operands(query, node, " & ", buf);
			break;
	}
}

PG_FUNCTION_INFO_V1(bi_query_to_tsquery);
Datum
bi_query_to_tsquery(PG_FUNCTION_ARGS)
{
	BiQuery    *query = PG_GETARG_BI_QUERY_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	if (query->nnodes > 0)
		print_tsquery(query, query->nodes, &buf);
	return DirectFunctionCall1(tsqueryin, CStringGetDatum(buf.data));
}

/* A tsquery's lexeme as an item. */
static BiTree *
item_of_operand(BiParseState *state, TSQuery tsquery,
				const QueryOperand *operand)
{
	const char *lexeme = GETOPERAND(tsquery) + operand->distance;
	BiQueryToken token = {.kind = BI_TOK_PHRASE};
	BiTree	   *item;
	BiForm	   *form = NULL;

	BiReadChars(state, lexeme, operand->length, false);
	token.to = token.last = state->nchars;
	token.stars = operand->prefix ? 1 : 0;
	item = BiBindPhrase(state, &token, operand->weight == 0 ?
						BI_ALL_FIELDS : operand->weight & BI_ALL_FIELDS);
	if (item != NULL && list_length(item->slots) == 1)
	{
		BiSlot	   *slot = linitial(item->slots);

		if (list_length(slot->alternatives) == 1)
			form = linitial(linitial(slot->alternatives));
	}
	if (form == NULL || state->nerrors > 0 ||
		form->len != (int) operand->length ||
		memcmp(form->bytes, lexeme, form->len) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("bi_query cannot express the lexeme \"%s\"",
						pnstrdup(lexeme, Min(operand->length,
											 BI_MAX_QUOTED_CHARS)))));
	return item;
}

/* Join two phrases into one, the second beginning distance after the first. */
static BiTree *
join_phrase(BiTree *left, BiTree *right, int distance)
{
	uint32		base = ((BiSlot *) llast(left->slots))->offset + distance;
	StringInfoData buf;
	ListCell   *lc;

	foreach(lc, right->slots)
		((BiSlot *) lfirst(lc))->offset += base;
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, left->text, left->textlen - 1);
	for (int i = 1; i < distance; i++)
		appendStringInfoString(&buf, " *");
	appendStringInfoChar(&buf, ' ');
	appendBinaryStringInfo(&buf, right->text + 1, right->textlen - 1);
	left->slots = list_concat(left->slots, right->slots);
	left->nwords += right->nwords;
	left->text = buf.data;
	left->textlen = buf.len;
	return left;
}

/* <-> and <n>: a phrase, if both sides are words or phrases of one field. */
static BiTree *
tree_of_phrase(BiTree *left, BiTree *right, int distance)
{
	if (left->kind != BI_ITEM || right->kind != BI_ITEM || distance == 0 ||
		left->fields != right->fields)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("bi_query cannot express this use of the operator <%d>",
						distance)));
	return join_phrase(left, right, distance);
}

static BiTree *
tree_of_tsquery(BiParseState *state, TSQuery tsquery, const QueryItem *item)
{
	BiTree	   *left;
	BiTree	   *right;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (item->type == QI_VAL)
		return item_of_operand(state, tsquery, &item->qoperand);
	right = tree_of_tsquery(state, tsquery, item + 1);
	if (item->qoperator.oper == OP_NOT)
		return BiTreeNot(state, right, 0);
	left = tree_of_tsquery(state, tsquery, item + item->qoperator.left);
	if (item->qoperator.oper == OP_PHRASE)
		return tree_of_phrase(left, right, item->qoperator.distance);
	return BiTreeJoin(state, item->qoperator.oper == OP_AND ? BI_AND : BI_OR,
					  left, right, 0);
}

PG_FUNCTION_INFO_V1(tsquery_to_bi_query);
Datum
tsquery_to_bi_query(PG_FUNCTION_ARGS)
{
	TSQuery		tsquery = PG_GETARG_TSQUERY(0);
	BiParseState state = {0};
	BiTree	   *tree = NULL;
	BiQuery    *query;

	BiConfigOpen(BiSimpleConfig(), &state.config);
	if (tsquery->size > 0)
		tree = tree_of_tsquery(&state, tsquery, GETQUERY(tsquery));
	query = BiPack(tree, NULL, "simple");
	if (state.nerrors > 0 ||
		!BiIsReadable(query, BiExtensionSchema(fcinfo)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("bi_query cannot express this tsquery")));
	PG_RETURN_BI_QUERY_P(query);
}
