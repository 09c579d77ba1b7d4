/*
 * query_terms.c
 *	  The terms that a query asks for, compiled once per scan.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/page/abbrev_key.h"
#include "index/search/query_terms.h"
#include "text/continuation.h"
#include "text/field_prefix.h"

/* a term and the node that it comes from */
typedef struct NodeTerm
{
	BisQueryTerm term;
	int			node;			/* -1: none */
} NodeTerm;

/* terms gathered so far, in an array with room for all */
typedef struct Gathered
{
	NodeTerm   *terms;
	int			n;
	bool		continuations;	/* as in BisQueryTerms */
} Gathered;

/* Add a term; prefix is ignored if it is exact. */
static void
add_term(Gathered *gathered, const char *text, int len, bool exact, int prefix,
		 int node)
{
	NodeTerm   *added = &gathered->terms[gathered->n++];

	added->term.text = text;
	added->term.len = len;
	added->term.exact = exact;
	added->term.prefix = exact ? len : prefix;
	added->node = node;
}

/* Gather a term, and the word that it may be a continuation of. */
static void
gather_term(Gathered *gathered, const char *text, int len, bool exact,
			int prefix, int node)
{
	int			head = BiContinuationHead(text, len);

	add_term(gathered, text, len, exact, prefix, node);
	if (head > 0)
	{
		add_term(gathered, text, head, true, head, -1);
		gathered->continuations = true;
	}
}

/*
 * Gather the prefix of all terms that record where sentences or paragraphs
 * end.
 */
static void
gather_boundaries(Gathered *gathered, uint32 sign)
{
	char	   *bytes = palloc(MAX_MULTIBYTE_CHAR_LEN + 1);
	int			len = BiEncodeChar(sign, bytes);

	if (len > 0)
		gather_term(gathered, bytes, len, false, len, -1);
}

/*
 * Gather a WORD of a field's value.  It has no positions, so that the list of
 * a prefix serves as well as those of all terms with it.
 */
static void
gather_value(Gathered *gathered, const BiQuery *query, const BiNode *word,
			 int node)
{
	const char *text = BiNodeText(query, word);
	char	   *term;

	if ((word->flags & BI_PREFIX) == 0 || !BiIsFieldPrefix(text, word->len))
	{
		gather_term(gathered, text, word->len, word->flags == 0,
					BiPatternPrefix(query, word), node);
		return;
	}
	term = palloc(word->len + 1);
	memcpy(term, text, word->len);
	term[word->len] = '\0';
	add_term(gathered, term, word->len + 1, true, word->len + 1, node);
}

/* Gather a bi_query's terms.  Returns whether it needs boundaries. */
static bool
gather_query(Gathered *gathered, const BiQuery *query)
{
	bool		sentences = false;
	bool		paragraphs = false;
	uint32		values_until = 0;	/* end of the last value's nodes */

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		if (node->kind == BI_PROX_JOIN)
		{
			sentences |= (node->flags & BI_SENTENCE) != 0;
			paragraphs |= (node->flags & BI_PARAGRAPH) != 0;
		}
		if (node->kind == BI_ITEM && (node->flags & BI_VALUE) != 0)
			values_until = i + node->size;
		if (node->kind == BI_WORD && i < values_until)
			gather_value(gathered, query, node, i);
		else if (node->kind == BI_WORD)
			gather_term(gathered, BiNodeText(query, node), node->len,
						(node->flags & (BI_PREFIX | BI_PATTERN)) == 0,
						BiPatternPrefix(query, node), i);
	}
	if (sentences)
		gather_boundaries(gathered, BI_SENTENCE_SIGN);
	if (paragraphs)
		gather_boundaries(gathered, BI_PARAGRAPH_SIGN);
	return sentences || paragraphs;
}

static void
gather_tsquery(Gathered *gathered, TSQuery tsquery)
{
	const QueryItem *items = GETQUERY(tsquery);

	for (int i = 0; i < tsquery->size; i++)
	{
		const QueryOperand *operand = &items[i].qoperand;

		if (items[i].type == QI_VAL)
			gather_term(gathered, GETOPERAND(tsquery) + operand->distance,
						operand->length, !operand->prefix, operand->length,
						-1);
	}
}

/* Order by the lowest term that may match; only equal terms compare equal. */
static int
compare_query_terms(const void *a, const void *b)
{
	const BisQueryTerm *left = &((const NodeTerm *) a)->term;
	const BisQueryTerm *right = &((const NodeTerm *) b)->term;
	int			order;

	CHECK_FOR_INTERRUPTS();
	order = BisCompareTerms(left->text, left->prefix, right->text,
							right->prefix);
	if (order == 0 && left->exact != right->exact)
		return left->exact ? -1 : 1;
	if (order == 0)
		order = BisCompareTerms(left->text, left->len, right->text,
								right->len);
	return order;
}

BisQueryTerms *
BisQueryTermsMake(const BiQuery *query, TSQuery tsquery)
{
	BisQueryTerms *terms = palloc0_object(BisQueryTerms);
	uint32		max = 2 + 2 * (query != NULL ? query->nnodes :
							   (uint32) tsquery->size);
	Gathered	gathered = {palloc_array(NodeTerm, max), 0, false};

	if (query != NULL)
	{
		terms->boundaries = gather_query(&gathered, query);
		terms->of_node = palloc_array(int, Max(query->nnodes, 1));
		for (uint32 i = 0; i < query->nnodes; i++)
			terms->of_node[i] = -1;
	}
	else
		gather_tsquery(&gathered, tsquery);
	qsort(gathered.terms, gathered.n, sizeof(NodeTerm), compare_query_terms);

	terms->continuations = gathered.continuations;
	terms->terms = palloc_array(BisQueryTerm, max);
	terms->all_exact = true;
	for (int i = 0; i < gathered.n; i++)
	{
		const NodeTerm *next = &gathered.terms[i];

		if (i == 0 || compare_query_terms(next - 1, next) != 0)
		{
			terms->terms[terms->n++] = next->term;
			terms->all_exact &= next->term.exact;
		}
		if (next->node >= 0)
			terms->of_node[next->node] = terms->n - 1;
	}
	pfree(gathered.terms);
	return terms;
}
