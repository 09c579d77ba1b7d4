/*
 * operands.c
 *	  A query as rows, one for each operator, word and phrase.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/deparse.h"
#include "query/subquery.h"
#include "show/operands.h"

/* deeper levels are not indented further */
#define MAX_INDENT	40

/* bytes of inner searches, in all */
#define MAX_SEARCHES	(16 << 20)

typedef struct Rows
{
	BiOperandRow *rows;
	int			n;
} Rows;

static void append_subtree_rows(Rows *rows, const BiNode *node,
								const BiNode *join, uint32 depth);

/* Append a row, without its slots. */
static BiOperandRow *
append_row(Rows *rows, const BiNode *node, uint32 depth)
{
	BiOperandRow *row = &rows->rows[rows->n++];

	row->node = node;
	row->join = NULL;
	row->depth = depth;
	row->gap = 0;
	row->slot = false;
	return row;
}

/* Append the words of a phrase. */
static void
append_slot_rows(Rows *rows, const BiNode *phrase, uint32 depth)
{
	uint32		next = 0;

	for (const BiNode *child = BiNodeFirst(phrase);
		 child < BiNodeEnd(phrase); child = BiNodeEnd(child))
	{
		BiOperandRow *row = append_row(rows, child, depth);

		CHECK_FOR_INTERRUPTS();
		row->slot = true;
		row->gap = child->arg - next;
		next = child->arg + 1;
	}
}

/* Append the operands of an operator. */
static void
append_operand_rows(Rows *rows, const BiNode *node, uint32 depth)
{
	const BiNode *join = NULL;

	check_stack_depth();
	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		CHECK_FOR_INTERRUPTS();
		if (child->kind == BI_PROX_JOIN)
		{
			join = child;
			continue;
		}
		append_subtree_rows(rows, child, join, depth);
	}
}

/* Append the rows of the subtree at node. */
static void
append_subtree_rows(Rows *rows, const BiNode *node, const BiNode *join,
					uint32 depth)
{
	append_row(rows, node, depth)->join = join;
	if (node->kind != BI_ITEM)
		append_operand_rows(rows, node, depth + 1);
	else if (BiNodeFirst(node)->kind == BI_PHRASE)
		append_slot_rows(rows, BiNodeFirst(node), depth + 1);
}

BiOperandRow *
BiOperandRows(const BiQuery *query, int *n)
{
	Rows		rows = {0};

	rows.rows = palloc_array(BiOperandRow, query->nnodes + 1);
	if (query->nnodes > 0)
		append_subtree_rows(&rows, query->nodes, NULL, 0);
	*n = rows.n;
	return rows.rows;
}

void
BiAppendSlot(StringInfo buf, const BiQuery *query, const BiNode *slot)
{
	const char *between = slot->kind == BI_SAME ? " and " : " or ";

	if (slot->kind == BI_WORD)
	{
		BiAppendWord(buf, query, slot);
		return;
	}
	for (const BiNode *child = BiNodeFirst(slot);
		 child < BiNodeEnd(slot); child = BiNodeEnd(child))
	{
		CHECK_FOR_INTERRUPTS();
		if (child > BiNodeFirst(slot))
			appendStringInfoString(buf, between);
		BiAppendSlot(buf, query, child);
	}
}

void
BiAppendFieldNames(StringInfo buf, uint8 fields)
{
	static const char *const names[] = {
		"headline", "byline", "summary", "body"
	};
	bool		first = true;

	for (int i = 0; i < 4; i++)
	{
		if ((fields & (BI_FIELD_A >> i)) == 0)
			continue;
		appendStringInfo(buf, "%s%s", first ? "" : " or ", names[i]);
		first = false;
	}
}

char *
BiOperandLabel(const BiQuery *query, const BiOperandRow *row)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoSpaces(&buf, 2 * Min(row->depth, MAX_INDENT));
	if (row->join != NULL)
	{
		BiAppendProxJoin(&buf, row->join);
		appendStringInfoChar(&buf, ' ');
	}
	switch ((BiNodeKind) row->node->kind)
	{
		case BI_ITEM:
			BiAppendItem(&buf, query, row->node);
			break;
		case BI_AND:
			appendStringInfoString(&buf, "all of");
			break;
		case BI_OR:
			if (row->slot)
				BiAppendSlot(&buf, query, row->node);
			else
				appendStringInfoString(&buf, "any of");
			break;
		case BI_NOT:
			appendStringInfoString(&buf, "not");
			break;
		case BI_ATLEAST:
			appendStringInfo(&buf, "at least %u times", row->node->arg);
			break;
		case BI_PROX_CHAIN:
			appendStringInfoString(&buf, "near each other");
			break;
		default:
			BiAppendSlot(&buf, query, row->node);
			break;
	}
	return buf.data;
}

void
BiOperandSearchesInit(BiOperandSearches *searches, const BiQuery *query,
					  Oid extension_schema)
{
	searches->query = query;
	searches->extension_schema = extension_schema;
	searches->room = MAX_SEARCHES;
}

Datum
BiOperandSearch(BiOperandSearches *searches, const BiOperandRow *row,
				bool *isnull)
{
	const BiQuery *query = searches->query;
	BiQuery    *search;

	*isnull = false;
	/* words and phrases do not overlap, and the root is always included */
	if (!row->slot && row->node->kind != BI_ITEM &&
		row->node != query->nodes)
	{
		Size		size = BiSubquerySize(query, row->node);

		if (size > searches->room)
		{
			*isnull = true;
			return (Datum) 0;
		}
		searches->room -= size;
	}
	search = BiSubquery(query, row->node);
	if (row->slot && !BiIsReadable(search, searches->extension_schema))
	{
		*isnull = true;
		return (Datum) 0;
	}
	return PointerGetDatum(search);
}
