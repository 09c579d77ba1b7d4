/*
 * bigram_filter.c
 *	  Words that stand beside each other in all that a query finds.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "index/bigram/bigram_write.h"
#include "index/search/bigram_filter.h"

/* Add a word and the one behind it. */
static void
add(BisPhrases *phrases, const char *a, int alen, const char *b, int blen)
{
	BisNeighbours *neighbours = &phrases->neighbours[phrases->n++];

	neighbours->a = a;
	neighbours->alen = alen;
	neighbours->b = b;
	neighbours->blen = blen;
}

/* The one word that a node is, or NULL. */
static const BiNode *
one_word(const BiNode *node)
{
	if (node->kind == BI_ITEM)
		node = BiNodeFirst(node);
	if (node->kind != BI_WORD || (node->flags & (BI_PREFIX | BI_PATTERN)))
		return NULL;
	return node;
}

/* Add the neighbours of a phrase; is it two words in any field? */
static bool
add_phrase(BisPhrases *phrases, const BiQuery *query, const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);
	const BiNode *next;
	bool		all = true;
	int			n = 0;

	for (; (next = BiNodeEnd(child)) < BiNodeEnd(node); child = next)
	{
		const BiNode *a = one_word(child);
		const BiNode *b = one_word(next);

		CHECK_FOR_INTERRUPTS();
		n++;
		if (a == NULL || b == NULL || next->arg - child->arg != 1)
		{
			all = false;
			continue;
		}
		all &= a->fields == BI_ALL_FIELDS && b->fields == BI_ALL_FIELDS;
		add(phrases, BiNodeText(query, a), a->len, BiNodeText(query, b),
			b->len);
	}
	return all && n == 1;
}

/* Add the neighbours of a node that matches in every article that does. */
static void
add_node(BisPhrases *phrases, const BiQuery *query, const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);

	check_stack_depth();
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
			for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_node(phrases, query, child);
			break;
		case BI_ITEM:
			add_node(phrases, query, child);
			break;
		case BI_WORD:
			phrases->all &= one_word(node) != NULL &&
				node->fields == BI_ALL_FIELDS;
			break;
		case BI_PHRASE:
			if (!add_phrase(phrases, query, node))
				phrases->all = false;
			break;
		default:
			phrases->all = false;
			break;
	}
}

/* The word that an operand is, or NULL. */
static const QueryOperand *
one_operand(const QueryItem *item)
{
	return item->type == QI_VAL && !item->qoperand.prefix ?
		&item->qoperand : NULL;
}

/* Add the neighbours of an item of a tsquery, as add_node does. */
static void
add_item(BisPhrases *phrases, TSQuery tsquery, const QueryItem *item)
{
	const QueryItem *left;
	const QueryItem *right;
	const QueryOperand *a;
	const QueryOperand *b;

	check_stack_depth();
	if (item->type == QI_VAL)
	{
		phrases->all &= one_operand(item) != NULL &&
			item->qoperand.weight == 0;
		return;
	}
	left = item + item->qoperator.left;
	right = item + 1;
	if (item->qoperator.oper == OP_AND)
	{
		add_item(phrases, tsquery, left);
		add_item(phrases, tsquery, right);
		return;
	}
	if (item->qoperator.oper != OP_PHRASE)
	{
		phrases->all = false;
		return;
	}

	/* the left side ends with its own right one */
	a = one_operand(left);
	b = one_operand(right);
	phrases->all &= a != NULL && a->weight == 0 && b != NULL &&
		b->weight == 0 && item->qoperator.distance == 1;
	if (left->type == QI_OPR && left->qoperator.oper == OP_PHRASE)
	{
		add_item(phrases, tsquery, left);
		a = one_operand(left + 1);
	}
	if (a != NULL && b != NULL && item->qoperator.distance == 1)
		add(phrases, GETOPERAND(tsquery) + a->distance, a->length,
			GETOPERAND(tsquery) + b->distance, b->length);
}

BisPhrases *
BisPhrasesOf(const BiQuery *query, TSQuery tsquery)
{
	BisPhrases *phrases = palloc0_object(BisPhrases);
	uint32		n = query != NULL ? query->nnodes : (uint32) tsquery->size;

	phrases->neighbours = palloc_array(BisNeighbours, Max(n, 1));
	phrases->all = n > 0;
	if (n == 0)
		return phrases;
	if (query != NULL)
		add_node(phrases, query, query->nodes);
	else
		add_item(phrases, tsquery, GETQUERY(tsquery));
	return phrases;
}

/* The list of neighbours, both frequent, that wants have. */
static BisDocs *
list_of(const BisNeighbours *neighbours, BisSegment *segment,
		BisSegment *pairs)
{
	char		key[BIS_MAX_PAIR];
	int			len = BisPairKey(neighbours->a, neighbours->alen,
								 neighbours->b, neighbours->blen, key);
	BisTerms   *terms = palloc_object(BisTerms);
	BisDocs    *docs;

	if (BisTermsFind(terms, pairs, key, len))
	{
		BisCursor  *cursor = palloc_object(BisCursor);

		BisCursorOpen(cursor, pairs, &terms->entry);
		docs = BisDocsList(segment->header->ndocs, cursor);
	}
	else
		docs = BisDocsNone(segment->header->ndocs);
	pfree(terms);
	return docs;
}

/* Is the word one of those that the segment has pairs of? */
static bool
is_frequent(const BisWant *want, const BisSegment *segment)
{
	return want != NULL &&
		want->entry.ndocs >= segment->header->frequent &&
		BisPairTerm(want->term, want->len);
}

int
BisPhrasesDocs(const BisPhrases *phrases, BisWants *wants, BisDocs **docs,
			   bool *exact)
{
	BisSegment *segment = wants->segment;
	BisSegment *pairs;
	int			n = 0;

	*exact = false;
	if (segment->header->pairs == InvalidBlockNumber || phrases->n == 0)
		return 0;
	*exact = phrases->all;
	for (int i = 0; i < phrases->n; i++)
	{
		const BisNeighbours *neighbours = &phrases->neighbours[i];
		BisWant    *a = BisWantsFind(wants, neighbours->a, neighbours->alen);
		BisWant    *b = BisWantsFind(wants, neighbours->b, neighbours->blen);

		CHECK_FOR_INTERRUPTS();
		if (!is_frequent(a, segment) || !is_frequent(b, segment))
		{
			*exact = false;
			continue;
		}
		pairs = BisSegmentPairs(segment);
		docs[n++] = list_of(neighbours, segment, pairs);
		a->covered = b->covered = true;
	}
	return n;
}
