/*
 * query_terms.c
 *	  The terms of a segment that a query's words are, and the tsvector of them
 *	  in an article.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/page/abbrev_key.h"
#include "index/search/query_terms.h"
#include "match/wildcard_match.h"
#include "text/tsvector_layout.h"

/* up to this many cursors are all asked about each article */
#define MAX_ASK_ALL 16

/* from this many terms on, duplicates are dropped early */
#define MANY_WANTS 1024

static void sort_wants(BisQueryTerms *wants);

/* Add the term that terms stands at. */
static void
add_want(BisQueryTerms *wants, const BisTerms *terms)
{
	BisQueryTerm *want;

	if (wants->n == wants->max)
	{
		/* a query may have the same wildcard thousands of times */
		if (wants->n >= MANY_WANTS)
			sort_wants(wants);
		if (wants->n >= wants->max / 2)
		{
			wants->max = wants->max == 0 ? 8 : wants->max * 2;
			wants->wants = wants->wants == NULL ?
				palloc_array(BisQueryTerm, wants->max) :
				repalloc_huge(wants->wants, wants->max * sizeof(BisQueryTerm));
		}
	}
	want = &wants->wants[wants->n++];
	want->term = memcpy(palloc(Max(terms->len, 1)), terms->term, terms->len);
	want->len = terms->len;
	want->entry = terms->entry;
	want->covered = false;
	want->taken = false;
	want->cursor = NULL;
}

/*
 * Add the terms that begin with the prefix bytes at text and, if that is not
 * all of its len bytes, match it, which then is a pattern.
 */
static void
add_range(BisQueryTerms *wants, BisTerms *terms, const char *text, int len,
		  int prefix)
{
	BisTermsSeekOn(terms, wants->segment, text, prefix);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (terms->len < prefix || memcmp(terms->term, text, prefix) != 0)
			break;
		if (prefix == len ||
			BiWildcardMatches(text, len, prefix, terms->term, terms->len))
			add_want(wants, terms);
	}
}

static void
add_exact(BisQueryTerms *wants, BisTerms *terms, const char *term, int len)
{
	if (BisTermsFindOn(terms, wants->segment, term, len))
		add_want(wants, terms);
}

static void
add_marks(BisQueryTerms *wants, BisTerms *terms, uint32 sign)
{
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			len = BiEncodeChar(sign, bytes);

	if (len > 0)
		add_range(wants, terms, bytes, len, len);
}

static void
add_query(BisQueryTerms *wants, BisTerms *terms, const BiQuery *query)
{
	bool		sentences = false;
	bool		paragraphs = false;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];
		const char *text = BiNodeText(query, node);

		if (node->kind == BI_PROX_JOIN)
		{
			sentences |= (node->flags & BI_SENTENCE) != 0;
			paragraphs |= (node->flags & BI_PARAGRAPH) != 0;
		}
		if (node->kind != BI_WORD)
			continue;
		if (node->flags & (BI_PREFIX | BI_PATTERN))
			add_range(wants, terms, text, node->len,
					  BiPatternPrefix(query, node));
		else
			add_exact(wants, terms, text, node->len);
	}
	if (sentences)
		add_marks(wants, terms, BI_SENTENCE_SIGN);
	if (paragraphs)
		add_marks(wants, terms, BI_PARAGRAPH_SIGN);
}

static void
add_tsquery(BisQueryTerms *wants, BisTerms *terms, TSQuery tsquery)
{
	const QueryItem *items = GETQUERY(tsquery);

	for (int i = 0; i < tsquery->size; i++)
	{
		const QueryOperand *operand = &items[i].qoperand;
		const char *text;

		if (items[i].type != QI_VAL)
			continue;
		text = GETOPERAND(tsquery) + operand->distance;
		if (operand->prefix)
			add_range(wants, terms, text, operand->length, operand->length);
		else
			add_exact(wants, terms, text, operand->length);
	}
}

static int
compare_wants(const void *a, const void *b)
{
	const BisQueryTerm *left = a;
	const BisQueryTerm *right = b;

	CHECK_FOR_INTERRUPTS();
	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/* Sort, and drop what is there twice. */
static void
sort_wants(BisQueryTerms *wants)
{
	int			kept = 0;

	qsort(wants->wants, wants->n, sizeof(BisQueryTerm), compare_wants);
	for (int i = 0; i < wants->n; i++)
	{
		if (kept == 0 ||
			compare_wants(&wants->wants[kept - 1], &wants->wants[i]) != 0)
			wants->wants[kept++] = wants->wants[i];
		else
			pfree(wants->wants[i].term);
	}
	wants->n = kept;
}

/* The cursor that stands at the lowest article comes first. */
static int
compare_cursors(Datum a, Datum b, void *arg)
{
	const BisQueryTerms *wants = arg;
	uint32		left = wants->wants[DatumGetInt32(a)].cursor->doc;
	uint32		right = wants->wants[DatumGetInt32(b)].cursor->doc;

	return left < right ? 1 : left > right ? -1 : 0;
}

BisQueryTerms *
BisQueryTermsOpen(BisSegment *segment, BisTerms *terms, const BiQuery *query,
				  TSQuery tsquery)
{
	BisQueryTerms *wants = palloc0_object(BisQueryTerms);

	wants->segment = segment;
	wants->context = CurrentMemoryContext;
	if (query != NULL)
		add_query(wants, terms, query);
	else
		add_tsquery(wants, terms, tsquery);
	sort_wants(wants);

	for (int i = 0; i < wants->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wants->wants[i].cursor = palloc_object(BisPostings);
		BisPostingsOpen(wants->wants[i].cursor, segment,
						&wants->wants[i].entry);
	}
	wants->here = palloc_array(int, Max(wants->n, 1));
	if (wants->n > MAX_ASK_ALL)
	{
		wants->heap = binaryheap_allocate(wants->n, compare_cursors, wants);
		for (int i = 0; i < wants->n; i++)
			binaryheap_add_unordered(wants->heap, Int32GetDatum(i));
		binaryheap_build(wants->heap);
	}
	return wants;
}

BisQueryTerm *
BisQueryTermsFind(BisQueryTerms *wants, const char *term, int len)
{
	int			low = 0;
	int			high = wants->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		BisQueryTerm *want = &wants->wants[middle];
		int			order = BisCompareTerms(want->term, want->len, term, len);

		if (order == 0)
			return want;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

BisPostings *
BisQueryTermsTake(BisQueryTerms *wants, const char *term, int len)
{
	BisQueryTerm *want = BisQueryTermsFind(wants, term, len);

	/* a heap must know where its cursors stand */
	if (wants->heap != NULL || want == NULL || want->taken)
		return NULL;
	want->taken = true;
	return want->cursor;
}

static int
compare_ints(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* Find out who has the article: their indexes to here, sorted. */
static int
find_here(BisQueryTerms *wants, uint32 doc)
{
	int			n = 0;

	if (wants->heap == NULL)
	{
		for (int i = 0; i < wants->n; i++)
		{
			BisPostingsAdvance(wants->wants[i].cursor, doc);
			if (wants->wants[i].cursor->doc == doc)
				wants->here[n++] = i;
		}
		return n;
	}

	for (;;)
	{
		int			i = DatumGetInt32(binaryheap_first(wants->heap));
		BisPostings *cursor = wants->wants[i].cursor;

		if (cursor->doc >= doc)
			break;
		CHECK_FOR_INTERRUPTS();
		BisPostingsAdvance(cursor, doc);
		binaryheap_replace_first(wants->heap, Int32GetDatum(i));
	}
	/* those that stand at doc are next; take them out and put them back */
	while (!binaryheap_empty(wants->heap))
	{
		int			i = DatumGetInt32(binaryheap_first(wants->heap));

		if (wants->wants[i].cursor->doc != doc)
			break;
		wants->here[n++] = DatumGetInt32(binaryheap_remove_first(wants->heap));
	}
	for (int k = 0; k < n; k++)
		binaryheap_add(wants->heap, Int32GetDatum(wants->here[k]));
	qsort(wants->here, n, sizeof(int), compare_ints);
	return n;
}

TSVector
BisQueryTermsVector(BisQueryTerms *wants, uint32 doc)
{
	int			n = find_here(wants, doc);
	Size		size = CALCDATASIZE(n, 0);
	Size		used = 0;
	TSVector	vector;

	for (int k = 0; k < n; k++)
	{
		const BisQueryTerm *want = &wants->wants[wants->here[k]];

		size += SHORTALIGN(want->len) + sizeof(uint16) +
			BisPostingsFreq(want->cursor) * sizeof(WordEntryPos);
	}
	wants->vector.len = 0;
	BisBytesReserve(&wants->vector, size, wants->context);
	vector = (TSVector) wants->vector.data;
	vector->size = n;
	for (int k = 0; k < n; k++)
	{
		const BisQueryTerm *want = &wants->wants[wants->here[k]];
		WordEntry  *entry = &ARRPTR(vector)[k];
		char	   *to = STRPTR(vector) + used;

		if (used > MAXSTRPOS)
			BisCorrupted("article with too many terms");
		entry->haspos = BisPostingsFreq(want->cursor) > 0;
		entry->len = want->len;
		entry->pos = used;
		memcpy(to, want->term, want->len);
		used += want->len;
		if (entry->haspos)
		{
			WordEntryPosVector *positions;

			used = SHORTALIGN(used);
			positions = (WordEntryPosVector *) (STRPTR(vector) + used);
			positions->npos = BisPostingsFreq(want->cursor);
			BisPostingsPositions(want->cursor, positions->pos);
			used += sizeof(uint16) + positions->npos * sizeof(WordEntryPos);
		}
	}
	SET_VARSIZE(vector, CALCDATASIZE(n, used));
	return vector;
}
