/*
 * recheck_query.c
 *	  The part of a query that posting lists alone do not decide.
 *
 * Ranges of field values beside a phrase are the reason: they have dozens of
 * terms, of which no cursors are needed once the candidates are those of the
 * range.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "index/search/recheck_query.h"
#include "match/candidates.h"
#include "text/continuation.h"

/* Is the node words and prefixes under AND, OR and NOT, in any field? */
static bool
is_exact(const BiQuery *query, const BiNode *node)
{
	for (const BiNode *n = node; n < BiNodeEnd(node); n++)
	{
		CHECK_FOR_INTERRUPTS();
		switch ((BiNodeKind) n->kind)
		{
			case BI_AND:
			case BI_OR:
			case BI_NOT:
			case BI_ITEM:
				break;
			case BI_WORD:
				/* posting lists do not tell continuation lexemes apart */
				if ((n->flags & BI_PATTERN) || n->fields != BI_ALL_FIELDS ||
					BiContinuationHead(BiNodeText(query, n), n->len) > 0)
					return false;
				break;
			default:
				return false;
		}
	}
	return true;
}

/* The operands of the AND that are not exact, n of them, as a query. */
static BiQuery *
make_part(const BiQuery *query, const BiNode **operands, int n)
{
	Size		text = (const char *) query + VARSIZE_ANY(query) -
		BiQueryText(query);
	uint32		nnodes = n > 1 ? 1 : 0;
	BiNode	   *to;
	BiQuery    *part;
	Size		size;

	for (int i = 0; i < n; i++)
		nnodes += operands[i]->size;
	size = offsetof(BiQuery, nodes) + sizeof(BiNode) * (Size) nnodes + text;
	part = palloc_extended(size, MCXT_ALLOC_HUGE);
	memcpy(part, query, offsetof(BiQuery, nodes));
	SET_VARSIZE(part, size);
	part->nnodes = nnodes;
	to = part->nodes;
	if (n > 1)
	{
		*to = query->nodes[0];
		(to++)->size = nnodes;
	}
	for (int i = 0; i < n; i++)
	{
		memcpy(to, operands[i], operands[i]->size * sizeof(BiNode));
		to += operands[i]->size;
	}
	memcpy(to, BiQueryText(query), text);
	return part;
}

const BiQuery *
BisRecheckQuery(const BiQuery *query)
{
	const BiNode *root = query->nodes;
	const BiNode **operands;
	const BiQuery *part = query;
	int			all = 0;
	int			n = 0;

	/* candidates that are everything are so for every operand */
	if (query->nnodes == 0 || root->kind != BI_AND ||
		BiCandidatesPrecision(query) == BI_EVERYTHING)
		return query;
	operands = palloc_array(const BiNode *, root->size);
	for (const BiNode *child = BiNodeFirst(root); child < BiNodeEnd(root);
		 child = BiNodeEnd(child), all++)
	{
		if (!is_exact(query, child))
			operands[n++] = child;
	}
	if (n > 0 && n < all)
		part = make_part(query, operands, n);
	pfree(operands);
	return part;
}
