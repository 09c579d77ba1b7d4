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
add(BisBigramFilter *phrases, const char *a, int alen, const char *b, int blen)
{
	BisBigram  *neighbours = &phrases->neighbours[phrases->n++];

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
add_phrase(BisBigramFilter *phrases, const BiQuery *query, const BiNode *node)
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
add_node(BisBigramFilter *phrases, const BiQuery *query, const BiNode *node)
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
add_item(BisBigramFilter *phrases, TSQuery tsquery, const QueryItem *item)
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

BisBigramFilter *
BisBigramFilterMake(const BiQuery *query, TSQuery tsquery)
{
	BisBigramFilter *phrases = palloc0_object(BisBigramFilter);
	uint32		n = query != NULL ? query->nnodes : (uint32) tsquery->size;

	phrases->neighbours = palloc_array(BisBigram, Max(n, 1));
	phrases->all = n > 0;
	if (n == 0)
		return phrases;
	if (query != NULL)
		add_node(phrases, query, query->nodes);
	else
		add_item(phrases, tsquery, GETQUERY(tsquery));
	return phrases;
}

/* The list of neighbours, both frequent, that cursors are of. */
static BisDocSet *
list_of(const BisBigram *neighbours, BisSegment *segment,
		BisSegment *bigrams)
{
	char		key[BIS_MAX_BIGRAM];
	int			len = BisBigramKey(neighbours->a, neighbours->alen,
								   neighbours->b, neighbours->blen, key);
	BisTerms   *terms = palloc_object(BisTerms);
	BisDocSet  *docs;

	if (BisTermsFind(terms, bigrams, key, len))
	{
		BisPostings *cursor = palloc_object(BisPostings);

		BisPostingsOpen(cursor, bigrams, &terms->entry);
		docs = BisDocSetPostings(segment->header->ndocs, cursor);
	}
	else
		docs = BisDocSetNone(segment->header->ndocs);
	pfree(terms);
	return docs;
}

/* Is the word one of those that the segment has bigrams of? */
static bool
is_frequent(const BisCursor *cursor, const BisSegment *segment)
{
	return cursor != NULL &&
		cursor->entry.ndocs >= segment->header->frequent &&
		BisBigramTerm(cursor->term, cursor->len);
}

int
BisBigramFilterDocs(const BisBigramFilter *phrases, BisCursorSource *cursors, BisDocSet **docs,
					bool *exact)
{
	BisSegment *segment = cursors->segment;
	BisSegment *bigrams;
	int			n = 0;

	*exact = false;
	if (segment->header->bigrams == InvalidBlockNumber || phrases->n == 0)
		return 0;
	*exact = phrases->all;
	for (int i = 0; i < phrases->n; i++)
	{
		const BisBigram *neighbours = &phrases->neighbours[i];
		BisCursor  *a = BisCursorFind(cursors, neighbours->a, neighbours->alen);
		BisCursor  *b = BisCursorFind(cursors, neighbours->b, neighbours->blen);

		CHECK_FOR_INTERRUPTS();
		if (!is_frequent(a, segment) || !is_frequent(b, segment))
		{
			*exact = false;
			continue;
		}
		bigrams = BisSegmentBigrams(segment);
		docs[n++] = list_of(neighbours, segment, bigrams);
		a->covered = b->covered = true;
	}
	return n;
}
