/*
 * bigram_filter.c
 *	  Bigrams that every article matching a query must have.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "index/bigram/bigram_write.h"
#include "index/search/bigram_filter.h"

/* Add the bigram of a word and the one right after it. */
static void
add_bigram(BisBigramFilter *filter, const char *a, int alen, const char *b,
		   int blen)
{
	BisBigram  *bigram = &filter->bigrams[filter->n++];

	bigram->a = a;
	bigram->alen = alen;
	bigram->b = b;
	bigram->blen = blen;
}

/* The BI_WORD that a node consists of, unless it has wildcards; else NULL. */
static const BiNode *
single_word(const BiNode *node)
{
	if (node->kind == BI_ITEM)
		node = BiNodeFirst(node);
	if (node->kind != BI_WORD || (node->flags & (BI_PREFIX | BI_PATTERN)))
		return NULL;
	return node;
}

/* Add a phrase's bigrams.  Is it one bigram and nothing else? */
static bool
add_phrase_bigrams(BisBigramFilter *filter, const BiQuery *query,
				   const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);
	const BiNode *next;
	bool		all = true;
	int			n = 0;

	for (; (next = BiNodeEnd(child)) < BiNodeEnd(node); child = next)
	{
		const BiNode *a = single_word(child);
		const BiNode *b = single_word(next);

		CHECK_FOR_INTERRUPTS();
		n++;
		if (a == NULL || b == NULL || next->arg - child->arg != 1)
		{
			all = false;
			continue;
		}
		all &= a->fields == BI_ALL_FIELDS && b->fields == BI_ALL_FIELDS;
		add_bigram(filter, BiNodeText(query, a), a->len, BiNodeText(query, b),
				   b->len);
	}
	return all && n == 1;
}

/* Add the bigrams of a node that matches in every article that matches. */
static void
add_node_bigrams(BisBigramFilter *filter, const BiQuery *query,
				 const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);

	check_stack_depth();
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
			for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_node_bigrams(filter, query, child);
			break;
		case BI_ITEM:
			add_node_bigrams(filter, query, child);
			break;
		case BI_WORD:
			filter->exact &= single_word(node) != NULL &&
				node->fields == BI_ALL_FIELDS;
			break;
		case BI_PHRASE:
			if (!add_phrase_bigrams(filter, query, node))
				filter->exact = false;
			break;
		default:
			filter->exact = false;
			break;
	}
}

/* The operand that an item is, unless it is a prefix; else NULL. */
static const QueryOperand *
single_operand(const QueryItem *item)
{
	return item->type == QI_VAL && !item->qoperand.prefix ?
		&item->qoperand : NULL;
}

/* Add the bigrams of a tsquery's item, as add_node_bigrams does. */
static void
add_item_bigrams(BisBigramFilter *filter, TSQuery tsquery,
				 const QueryItem *item)
{
	const QueryItem *left;
	const QueryItem *right;
	const QueryOperand *a;
	const QueryOperand *b;

	check_stack_depth();
	if (item->type == QI_VAL)
	{
		filter->exact &= single_operand(item) != NULL &&
			item->qoperand.weight == 0;
		return;
	}
	left = item + item->qoperator.left;
	right = item + 1;
	if (item->qoperator.oper == OP_AND)
	{
		add_item_bigrams(filter, tsquery, left);
		add_item_bigrams(filter, tsquery, right);
		return;
	}
	if (item->qoperator.oper != OP_PHRASE)
	{
		filter->exact = false;
		return;
	}

	/* <-> is left-associative: a left phrase ends with its right side */
	a = single_operand(left);
	b = single_operand(right);
	filter->exact &= a != NULL && a->weight == 0 && b != NULL &&
		b->weight == 0 && item->qoperator.distance == 1;
	if (left->type == QI_OPR && left->qoperator.oper == OP_PHRASE)
	{
		add_item_bigrams(filter, tsquery, left);
		a = single_operand(left + 1);
	}
	if (a != NULL && b != NULL && item->qoperator.distance == 1)
		add_bigram(filter, GETOPERAND(tsquery) + a->distance, a->length,
				   GETOPERAND(tsquery) + b->distance, b->length);
}

BisBigramFilter *
BisBigramFilterMake(const BiQuery *query, TSQuery tsquery)
{
	BisBigramFilter *filter = palloc0_object(BisBigramFilter);
	uint32		n = query != NULL ? query->nnodes : (uint32) tsquery->size;

	filter->bigrams = palloc_array(BisBigram, Max(n, 1));
	filter->core = query == NULL;
	filter->exact = n > 0;
	if (n == 0)
		return filter;
	if (query != NULL)
		add_node_bigrams(filter, query, query->nodes);
	else
		add_item_bigrams(filter, tsquery, GETQUERY(tsquery));
	return filter;
}

/* The articles that a term of the bigram segment lists. */
static BisDocSet *
listed_docset(const char *key, int len, BisSegment *segment,
			  BisSegment *bigram_segment)
{
	BisTerms   *terms = palloc_object(BisTerms);
	BisDocSet  *docset;

	if (BisTermsFind(terms, bigram_segment, key, len))
	{
		BisPostings *cursor = palloc_object(BisPostings);

		BisPostingsOpen(cursor, bigram_segment, &terms->entry);
		docset = BisDocSetPostings(segment->header->ndocs, cursor);
	}
	else
		docset = BisDocSetNone(segment->header->ndocs);
	pfree(terms);
	return docset;
}

/*
 * The articles that have a bigram, both words of which are frequent.  If it
 * is not in the dictionary, no article has it.
 */
static BisDocSet *
bigram_docset(const BisBigram *bigram, BisSegment *segment,
			  BisSegment *bigram_segment)
{
	char		key[BIS_MAX_BIGRAM];
	int			len = BisBigramKey(bigram->a, bigram->alen,
								   bigram->b, bigram->blen, key);

	return listed_docset(key, len, segment, bigram_segment);
}

/*
 * The articles with a bigram, or in which core may find one although there is
 * none.
 */
static BisDocSet *
bigram_or_apart_docset(const BisBigram *bigram, BisSegment *segment,
					   BisSegment *bigram_segment)
{
	BisDocSet **either = palloc_array(BisDocSet *, 2);

	either[0] = bigram_docset(bigram, segment, bigram_segment);
	either[1] = listed_docset("", 0, segment, bigram_segment);
	return BisDocSetOr(segment->header->ndocs, either, 2);
}

/* Does the segment have bigrams of the cursor's word? */
static bool
cursor_is_frequent(const BisCursor *cursor, const BisSegment *segment)
{
	return cursor != NULL &&
		cursor->entry.ndocs >= segment->header->frequent &&
		BisBigramTerm(cursor->term, cursor->len);
}

int
BisBigramFilterDocSets(const BisBigramFilter *filter,
					   BisCursorSource *cursors, BisDocSet **docsets,
					   bool *exact)
{
	BisSegment *segment = cursors->segment;
	BisSegment *bigram_segment = NULL;
	bool		apart = false;
	int			n = 0;

	*exact = false;
	if (segment->header->bigrams == InvalidBlockNumber || filter->n == 0)
		return 0;
	*exact = filter->exact;
	for (int i = 0; i < filter->n; i++)
	{
		const BisBigram *bigram = &filter->bigrams[i];
		BisCursor  *a = BisCursorFind(cursors, bigram->a, bigram->alen);
		BisCursor  *b = BisCursorFind(cursors, bigram->b, bigram->blen);

		CHECK_FOR_INTERRUPTS();
		if (!cursor_is_frequent(a, segment) ||
			!cursor_is_frequent(b, segment))
		{
			*exact = false;
			continue;
		}
		if (bigram_segment == NULL)
		{
			bigram_segment = BisSegmentBigrams(segment);
			apart = filter->core &&
				listed_docset("", 0, segment, bigram_segment)->kind !=
				BIS_DOCSET_NONE;
			*exact &= !apart;
		}
		if (apart)
		{
			docsets[n++] = bigram_or_apart_docset(bigram, segment,
												  bigram_segment);
			continue;
		}
		docsets[n++] = bigram_docset(bigram, segment, bigram_segment);
		a->covered = b->covered = true;
	}
	return n;
}
