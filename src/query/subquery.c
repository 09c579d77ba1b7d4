/*
 * subquery.c
 *	  A part of a packed query as a query of its own.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "query/parse_driver.h"
#include "query/subquery.h"

/* Is node a phrase's slot, or part of one, which needs an ITEM around it? */
static bool
is_slot(const BiNode *node)
{
	if (node->kind == BI_OR)
		return BiNodeFirst(node)->kind == BI_WORD ||
			BiNodeFirst(node)->kind == BI_SAME;
	return node->kind == BI_WORD || node->kind == BI_SAME;
}

/* Bytes of text to which the subtree's nodes point. */
static Size
text_size(const BiNode *node)
{
	Size		size = 0;

	for (const BiNode *n = node; n < BiNodeEnd(node); n++)
	{
		if (n->kind == BI_ITEM || n->kind == BI_WORD)
			size += n->len;
	}
	return size;
}

/* A slot's first word. */
static const BiNode *
first_word(const BiNode *slot)
{
	while (slot->kind != BI_WORD)
		slot = BiNodeFirst(slot);
	return slot;
}

/*
 * Append the first word of a slot as a user would type it: quoted, unless it
 * is fuzzy.
 */
static void
append_typed(StringInfo buf, const BiQuery *query, const BiNode *slot)
{
	const BiNode *word = first_word(slot);
	StringInfoData text;

	if (BiIsFuzzy(query, word))
	{
		BiAppendWord(buf, query, word);
		return;
	}
	initStringInfo(&text);
	BiAppendWord(&text, query, word);
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < text.len; i++)
	{
		if (text.data[i] == '"' || text.data[i] == '\\')
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, text.data[i]);
	}
	appendStringInfoChar(buf, '"');
	pfree(text.data);
}

/* Fill in the ITEM that encloses a slot. */
static void
fill_enclosing_item(const BiQuery *query, BiNode *item, const BiNode *slot,
					uint32 off, uint32 len)
{
	const BiNode *word = first_word(slot);

	item->kind = BI_ITEM;
	item->flags = BiIsFuzzy(query, word) ? 0 : BI_QUOTED;
	item->fields = word->fields;
	item->size = slot->size + 1;
	item->off = off;
	item->len = len;
}

Size
BiSubquerySize(const BiQuery *query, const BiNode *node)
{
	return offsetof(BiQuery, nodes) + sizeof(BiNode) * (Size) node->size +
		query->nsplen + query->namelen + text_size(node);
}

BiQuery *
BiSubquery(const BiQuery *query, const BiNode *node)
{
	int			extra = is_slot(node) ? 1 : 0;
	uint32		name = query->nsplen + query->namelen;
	uint32		off = name;
	StringInfoData typed;
	Size		size = BiSubquerySize(query, node);
	BiQuery    *result;
	char	   *text;

	initStringInfo(&typed);
	if (extra)
		append_typed(&typed, query, node);
	size += extra * sizeof(BiNode) + typed.len;

	result = palloc0(size);
	SET_VARSIZE(result, size);
	result->version = BI_QUERY_VERSION;
	result->nnodes = node->size + extra;
	result->nsplen = query->nsplen;
	result->namelen = query->namelen;
	text = (char *) BiQueryText(result);
	memcpy(text, BiQueryText(query), name);
	if (extra)
	{
		fill_enclosing_item(query, result->nodes, node, off, typed.len);
		memcpy(text + off, typed.data, typed.len);
		off += typed.len;
	}
	for (uint32 i = 0; i < node->size; i++)
	{
		BiNode	   *copy = &result->nodes[i + extra];

		CHECK_FOR_INTERRUPTS();
		*copy = node[i];
		if (i == 0 && extra)
			copy->arg = 0;		/* its place in the phrase */
		if (copy->kind != BI_ITEM && copy->kind != BI_WORD)
			continue;
		memcpy(text + off, BiNodeText(query, &node[i]), copy->len);
		copy->off = off;
		off += copy->len;
	}
	pfree(typed.data);
	return result;
}

bool
BiIsReadable(const BiQuery *query, Oid extension_schema)
{
	BiParseState state;
	int			len;
	char	   *text = BiDeparse(query, true, &len);
	BiQuery    *again = BiParseInput(&state, text, len, InvalidOid,
									 BI_MODE_QUERY, extension_schema);

	return state.nerrors == 0 && BiCompare(query, again) == 0;
}
