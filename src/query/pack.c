/*
 * pack.c
 *	  Syntax tree to packed bi_query.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/tree.h"

typedef struct Packer
{
	BiQuery    *query;
	char	   *text;			/* the text area */
	uint32		nnodes;			/* so far */
	Size		ntext;
} Packer;

/* Append a node; while the query is only measured, count it. */
static uint32
add_node(Packer *packer, BiNodeKind kind, uint8 flags, uint8 fields,
		 uint32 arg)
{
	if (packer->query != NULL)
	{
		BiNode	   *node = &packer->query->nodes[packer->nnodes];

		node->kind = kind;
		node->flags = flags;
		node->fields = fields;
		node->arg = arg;
	}
	return packer->nnodes++;
}

/* The subtree that begins at node is complete. */
static void
end_node(Packer *packer, uint32 node)
{
	if (packer->query != NULL)
		packer->query->nodes[node].size = packer->nnodes - node;
}

static void
add_text(Packer *packer, uint32 node, const char *text, int len)
{
	if (packer->query != NULL)
	{
		memcpy(packer->text + packer->ntext, text, len);
		packer->query->nodes[node].off = packer->ntext;
		packer->query->nodes[node].len = len;
	}
	packer->ntext += len;
}

static void
pack_slot(Packer *packer, const BiSlot *slot, uint8 fields)
{
	bool		several = list_length(slot->alternatives) > 1;
	uint32		or = 0;
	ListCell   *lc;
	ListCell   *lc2;

	if (several)
		or = add_node(packer, BI_OR, 0, 0, slot->offset);
	foreach(lc, slot->alternatives)
	{
		List	   *forms = lfirst(lc);
		uint32		offset = several ? 0 : slot->offset;
		uint32		same = 0;

		if (list_length(forms) > 1)
		{
			same = add_node(packer, BI_SAME, 0, 0, offset);
			offset = 0;
		}
		foreach(lc2, forms)
		{
			BiForm	   *form = lfirst(lc2);
			uint32		word = add_node(packer, BI_WORD, form->flags, fields,
										offset);

			add_text(packer, word, form->bytes, form->len);
			end_node(packer, word);
		}
		if (list_length(forms) > 1)
			end_node(packer, same);
	}
	if (several)
		end_node(packer, or);
}

static void
pack_item(Packer *packer, const BiTree *tree)
{
	bool		several = list_length(tree->slots) > 1;
	uint32		item = add_node(packer, BI_ITEM,
								(tree->quoted ? BI_QUOTED : 0) |
								(tree->value ? BI_VALUE : 0), tree->fields, 0);
	uint32		phrase = 0;
	ListCell   *lc;

	add_text(packer, item, tree->text, tree->textlen);
	if (several)
		phrase = add_node(packer, BI_PHRASE, 0, 0, 0);
	foreach(lc, tree->slots)
		pack_slot(packer, lfirst(lc), tree->fields);
	if (several)
		end_node(packer, phrase);
	end_node(packer, item);
}

static void
pack_tree(Packer *packer, const BiTree *tree)
{
	uint32		node;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (tree->kind == BI_ITEM)
	{
		pack_item(packer, tree);
		return;
	}

	node = add_node(packer, tree->kind, 0, 0, tree->arg);
	for (BiCell *cell = tree->first; cell != NULL; cell = cell->next)
	{
		if (tree->kind == BI_PROX_CHAIN && cell != tree->first)
			end_node(packer, add_node(packer, BI_PROX_JOIN, cell->join.flags, 0,
									  cell->join.arg));
		pack_tree(packer, cell->tree);
	}
	end_node(packer, node);
}

/*
 * The packed form of tree, NULL for the empty query, bound in configuration
 * nsp.name; nsp may be NULL.
 */
BiQuery *
BiPack(const BiTree *tree, const char *nsp, const char *name)
{
	int			nsplen = nsp ? strlen(nsp) : 0;
	int			namelen = strlen(name);
	Packer		packer = {0};
	BiQuery    *query;
	Size		size;

	packer.ntext = nsplen + namelen;
	if (tree != NULL)
		pack_tree(&packer, tree);

	size = offsetof(BiQuery, nodes) + sizeof(BiNode) * (Size) packer.nnodes +
		packer.ntext;
	query = palloc0(size);
	SET_VARSIZE(query, size);
	query->version = BI_QUERY_VERSION;
	query->nnodes = packer.nnodes;
	query->nsplen = nsplen;
	query->namelen = namelen;

	packer.query = query;
	packer.text = (char *) (query->nodes + query->nnodes);
	packer.nnodes = 0;
	packer.ntext = nsplen + namelen;
	if (nsplen > 0)
		memcpy(packer.text, nsp, nsplen);
	memcpy(packer.text + nsplen, name, namelen);
	if (tree != NULL)
		pack_tree(&packer, tree);
	return query;
}
