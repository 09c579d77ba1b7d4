/*
 * unpack.c
 *	  Packed bi_query back to a tree, for the functions that combine queries.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/tree.h"

/* The words of a WORD or SAME node, as one alternative. */
static List *
unpack_alternative(const BiQuery *query, const BiNode *node)
{
	const BiNode *word = node->kind == BI_WORD ? node : BiNodeFirst(node);
	List	   *forms = NIL;

	for (; word < BiNodeEnd(node); word = BiNodeEnd(word))
	{
		BiForm	   *form = palloc_object(BiForm);

		form->bytes = BiNodeText(query, word);
		form->len = word->len;
		form->flags = word->flags;
		forms = lappend(forms, form);
	}
	return forms;
}

static BiSlot *
unpack_slot(const BiQuery *query, const BiNode *node)
{
	BiSlot	   *slot = palloc0_object(BiSlot);

	slot->offset = node->arg;
	if (node->kind != BI_OR)
		slot->alternatives = list_make1(unpack_alternative(query, node));
	else
	{
		for (const BiNode *child = BiNodeFirst(node);
			 child < BiNodeEnd(node); child = BiNodeEnd(child))
			slot->alternatives = lappend(slot->alternatives,
										 unpack_alternative(query, child));
	}
	return slot;
}

static BiTree *
unpack_item(BiParseState *state, const BiQuery *query, const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);
	BiTree	   *item = palloc0_object(BiTree);

	item->kind = BI_ITEM;
	item->positive = true;
	item->fields = node->fields;
	item->quoted = (node->flags & BI_QUOTED) != 0;
	item->text = pnstrdup(BiNodeText(query, node), node->len);
	item->textlen = node->len;
	if (child->kind != BI_PHRASE)
		item->slots = list_make1(unpack_slot(query, child));
	else
	{
		const BiNode *end = BiNodeEnd(child);

		for (child = BiNodeFirst(child); child < end; child = BiNodeEnd(child))
			item->slots = lappend(item->slots, unpack_slot(query, child));
	}
	item->value = item->has_value = (node->flags & BI_VALUE) != 0;
	item->nwords = item->value ? (int) node->size - 1 :
		list_length(item->slots);
	return BiTreeItem(state, item, 0, 0);
}

static BiTree *
unpack_node(BiParseState *state, const BiQuery *query, const BiNode *node)
{
	BiTree	   *tree = NULL;
	BiProxJoin	join = {0};

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->kind == BI_ITEM)
		return unpack_item(state, query, node);
	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		BiTree	   *operand;

		if (child->kind == BI_PROX_JOIN)
		{
			join.flags = child->flags;
			join.arg = child->arg;
			continue;
		}
		operand = unpack_node(state, query, child);
		if (node->kind == BI_NOT)
			tree = BiTreeNot(state, operand, 0);
		else if (node->kind == BI_ATLEAST)
			tree = BiTreeAtLeast(state, node->arg, operand, 0, 0);
		else if (node->kind == BI_PROX_CHAIN)
			tree = tree == NULL ? operand :
				BiTreeProxJoin(state, tree, join, operand, 0, 0);
		else
			tree = BiTreeJoin(state, node->kind, tree, operand, 0);
	}
	return tree;
}

/*
 * The tree of a valid query, NULL for the empty one.  Lexemes are not copied
 * but point into query.  Words count towards state's limit.
 */
BiTree *
BiUnpack(BiParseState *state, const BiQuery *query)
{
	if (query->nnodes == 0)
		return NULL;
	return unpack_node(state, query, query->nodes);
}
