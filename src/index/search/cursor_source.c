/*
 * cursor_source.c
 *	  Owns the cursors that a query needs in a segment.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "index/page/abbrev_key.h"
#include "index/search/cursor_source.h"
#include "index/search/term_walk.h"

/* with more cursors than this, a heap finds those that have an article */
#define MAX_WITHOUT_HEAP 16

/* from this many cursors on, duplicates are removed before making room */
#define MANY_CURSORS 1024

static void sort_cursors(BisCursorSource *source);

/* Add a cursor for the current term of terms. */
static void
add_cursor(BisCursorSource *source, const BisTerms *terms)
{
	BisCursor  *cursor;

	if (source->n == source->max)
	{
		/* a query's wildcards may match the same term thousands of times */
		if (source->n >= MANY_CURSORS)
			sort_cursors(source);
		if (source->n >= source->max / 2)
		{
			source->max *= 2;
			source->cursors = repalloc_huge(source->cursors, source->max *
											sizeof(BisCursor));
		}
	}
	cursor = &source->cursors[source->n++];
	cursor->term = memcpy(palloc(Max(terms->len, 1)), terms->term,
						  terms->len);
	cursor->len = terms->len;
	cursor->entry = terms->entry;
	cursor->leads = cursor->covered = false;
	cursor->postings = NULL;
}

/* Add the terms that match a prefix or pattern. */
static void
add_matching_terms(BisCursorSource *source, BisTerms *terms,
				   const BisQueryTerm *term)
{
	BisTermWalk walk;

	BisTermWalkBegin(&walk, terms, source->segment, term->text, term->len,
					 term->prefix);
	while (BisTermWalkNext(&walk))
		add_cursor(source, terms);
}

static int
compare_cursors(const void *a, const void *b)
{
	const BisCursor *left = a;
	const BisCursor *right = b;

	CHECK_FOR_INTERRUPTS();
	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/* Sort by term, and remove duplicates. */
static void
sort_cursors(BisCursorSource *source)
{
	int			kept = 0;

	qsort(source->cursors, source->n, sizeof(BisCursor), compare_cursors);
	for (int i = 0; i < source->n; i++)
	{
		if (kept == 0 ||
			compare_cursors(&source->cursors[kept - 1],
							&source->cursors[i]) != 0)
			source->cursors[kept++] = source->cursors[i];
		else
			pfree(source->cursors[i].term);
	}
	source->n = kept;
}

/* Add the cursors of all of the query's terms. */
static void
add_all_cursors(BisCursorSource *source, BisTerms *terms)
{
	const BisQueryTerms *query_terms = source->query_terms;

	if (query_terms->all_exact)
		source->of_term = palloc_array(int, Max(query_terms->n, 1));
	for (int i = 0; i < query_terms->n; i++)
	{
		const BisQueryTerm *term = &query_terms->terms[i];
		bool		found = false;

		CHECK_FOR_INTERRUPTS();
		if (!term->exact)
			add_matching_terms(source, terms, term);
		else
			found = BisTermsFindOn(terms, source->segment, term->text,
								   term->len);
		if (found)
			add_cursor(source, terms);
		if (source->of_term != NULL)
			source->of_term[i] = found ? source->n - 1 : -1;
	}
	/* exact terms are sorted and distinct */
	if (!query_terms->all_exact)
		sort_cursors(source);
}

/* The cursor's postings, opened on first use. */
static inline BisPostings *
cursor_postings(BisCursorSource *source, BisCursor *cursor)
{
	if (cursor->postings == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(source->context);

		cursor->postings = palloc_object(BisPostings);
		BisPostingsOpen(cursor->postings, source->segment, &cursor->entry);
		MemoryContextSwitchTo(caller);
	}
	return cursor->postings;
}

/* For a heap with the cursor at the lowest article on top. */
static int
compare_cursor_docs(Datum a, Datum b, void *arg)
{
	const BisCursorSource *source = arg;
	uint32		left = source->cursors[DatumGetInt32(a)].postings->doc;
	uint32		right = source->cursors[DatumGetInt32(b)].postings->doc;

	return left < right ? 1 : left > right ? -1 : 0;
}

BisCursorSource *
BisCursorSourceOpen(BisSegment *segment, BisTerms *terms,
					const BisQueryTerms *query_terms)
{
	BisCursorSource *source = palloc0_object(BisCursorSource);

	source->segment = segment;
	source->context = CurrentMemoryContext;
	source->query_terms = query_terms;
	source->max = Max(query_terms->n, 8);
	source->cursors = palloc_array(BisCursor, source->max);
	add_all_cursors(source, terms);

	source->at_doc = palloc_array(int, Max(source->n, 1));
	if (source->n > MAX_WITHOUT_HEAP)
	{
		source->heap = binaryheap_allocate(source->n, compare_cursor_docs,
										   source);
		for (int i = 0; i < source->n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			(void) cursor_postings(source, &source->cursors[i]);
			binaryheap_add_unordered(source->heap, Int32GetDatum(i));
		}
		binaryheap_build(source->heap);
	}
	return source;
}

BisCursor *
BisCursorFind(BisCursorSource *source, const char *term, int len)
{
	int			low = 0;
	int			high = source->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		BisCursor  *cursor = &source->cursors[middle];
		int			order = BisCompareTerms(cursor->term, cursor->len, term,
											len);

		if (order == 0)
			return cursor;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

BisCursor *
BisCursorOfNode(BisCursorSource *source, uint32 node)
{
	const BisQueryTerms *terms = source->query_terms;
	int			term = terms->of_node[node];

	if (term < 0 || !terms->terms[term].exact)
		return NULL;
	if (source->of_term == NULL)
		return BisCursorFind(source, terms->terms[term].text,
							 terms->terms[term].len);
	return source->of_term[term] < 0 ? NULL :
		&source->cursors[source->of_term[term]];
}

BisPostings *
BisCursorLead(BisCursorSource *source, BisCursor *cursor)
{
	/* a cursor moved by others would break the heap's order */
	if (source->heap != NULL || cursor->leads)
		return NULL;
	cursor->leads = true;
	return cursor_postings(source, cursor);
}

BisPostings *
BisCursorAt(BisCursorSource *source, BisCursor *cursor, uint32 doc)
{
	BisPostings *postings = cursor_postings(source, cursor);

	Assert(source->heap == NULL);
	if (!cursor->leads)
		BisPostingsAdvance(postings, doc);
	return postings->doc == doc ? postings : NULL;
}

static int
compare_cursor_numbers(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* BisCursorsAt for a source with a heap. */
static int
heap_cursors_at(BisCursorSource *source, uint32 doc)
{
	binaryheap *heap = source->heap;
	int			n = 0;

	for (;;)
	{
		int			i = DatumGetInt32(binaryheap_first(heap));
		BisPostings *postings = source->cursors[i].postings;

		if (postings->doc >= doc)
			break;
		CHECK_FOR_INTERRUPTS();
		BisPostingsAdvance(postings, doc);
		binaryheap_replace_first(heap, Int32GetDatum(i));
	}
	/* those at doc are on top now; pop them, then put them back */
	while (!binaryheap_empty(heap))
	{
		int			i = DatumGetInt32(binaryheap_first(heap));

		if (source->cursors[i].postings->doc != doc)
			break;
		source->at_doc[n++] = DatumGetInt32(binaryheap_remove_first(heap));
	}
	for (int k = 0; k < n; k++)
		binaryheap_add(heap, Int32GetDatum(source->at_doc[k]));
	qsort(source->at_doc, n, sizeof(int), compare_cursor_numbers);
	return n;
}

int
BisCursorsAt(BisCursorSource *source, uint32 doc)
{
	int			n = 0;

	if (source->heap != NULL)
		return heap_cursors_at(source, doc);
	for (int i = 0; i < source->n; i++)
	{
		if (BisCursorAt(source, &source->cursors[i], doc) != NULL)
			source->at_doc[n++] = i;
	}
	return n;
}
