/*
 * cursor_source.c
 *	  The cursors of a segment that a query needs, and who moves them.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "index/page/abbrev_key.h"
#include "index/search/cursor_source.h"
#include "match/wildcard_match.h"

/* up to this many cursors are all asked about each article */
#define MAX_ASK_ALL 16

/* from this many cursors on, duplicates are dropped while they are added */
#define MANY_CURSORS 1024

static void sort_cursors(BisCursorSource *source);

/* Add a cursor for the term that terms stands at. */
static void
add_cursor(BisCursorSource *source, const BisTerms *terms)
{
	BisCursor  *cursor;

	if (source->n == source->max)
	{
		/* a query's wildcards may match the same terms thousands of times */
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
	cursor->term = memcpy(palloc(Max(terms->len, 1)), terms->term, terms->len);
	cursor->len = terms->len;
	cursor->entry = terms->entry;
	cursor->leads = cursor->covered = false;
	cursor->postings = NULL;
}

/* Add the terms that a prefix or pattern stands for. */
static void
add_range(BisCursorSource *source, BisTerms *terms, const BisQueryTerm *term)
{
	BisTermsSeekOn(terms, source->segment, term->text, term->prefix);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (terms->len < term->prefix ||
			memcmp(terms->term, term->text, term->prefix) != 0)
			break;
		if (term->prefix == term->len ||
			BiWildcardMatches(term->text, term->len, term->prefix,
							  terms->term, terms->len))
			add_cursor(source, terms);
	}
}

static int
compare_cursors(const void *a, const void *b)
{
	const BisCursor *left = a;
	const BisCursor *right = b;

	CHECK_FOR_INTERRUPTS();
	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/* Sort by term, and drop duplicates. */
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

/* Add all cursors. */
static void
add_cursors(BisCursorSource *source, BisTerms *terms)
{
	const BisQueryTerms *wanted = source->query_terms;

	if (wanted->all_exact)
		source->of_term = palloc_array(int, Max(wanted->n, 1));
	for (int i = 0; i < wanted->n; i++)
	{
		const BisQueryTerm *term = &wanted->terms[i];
		bool		found = false;

		CHECK_FOR_INTERRUPTS();
		if (!term->exact)
			add_range(source, terms, term);
		else
			found = BisTermsFindOn(terms, source->segment, term->text,
								   term->len);
		if (found)
			add_cursor(source, terms);
		if (source->of_term != NULL)
			source->of_term[i] = found ? source->n - 1 : -1;
	}
	/* exact terms come in order, each once */
	if (!wanted->all_exact)
		sort_cursors(source);
}

/* The cursor's postings, opened when they are first needed. */
static inline BisPostings *
open_postings(BisCursorSource *source, BisCursor *cursor)
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

/* The cursor that stands at the lowest article comes first. */
static int
compare_places(Datum a, Datum b, void *arg)
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
	add_cursors(source, terms);

	source->here = palloc_array(int, Max(source->n, 1));
	if (source->n > MAX_ASK_ALL)
	{
		source->heap = binaryheap_allocate(source->n, compare_places, source);
		for (int i = 0; i < source->n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			(void) open_postings(source, &source->cursors[i]);
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
	/* a heap must know where its cursors stand */
	if (source->heap != NULL || cursor->leads)
		return NULL;
	cursor->leads = true;
	return open_postings(source, cursor);
}

BisPostings *
BisCursorAt(BisCursorSource *source, BisCursor *cursor, uint32 doc)
{
	BisPostings *postings = open_postings(source, cursor);

	Assert(source->heap == NULL);
	if (!cursor->leads)
		BisPostingsAdvance(postings, doc);
	return postings->doc == doc ? postings : NULL;
}

static int
compare_ints(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* As BisCursorsAt, by the heap. */
static int
heap_at(BisCursorSource *source, uint32 doc)
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
	/* those that stand at doc are next; take them out and put them back */
	while (!binaryheap_empty(heap))
	{
		int			i = DatumGetInt32(binaryheap_first(heap));

		if (source->cursors[i].postings->doc != doc)
			break;
		source->here[n++] = DatumGetInt32(binaryheap_remove_first(heap));
	}
	for (int k = 0; k < n; k++)
		binaryheap_add(heap, Int32GetDatum(source->here[k]));
	qsort(source->here, n, sizeof(int), compare_ints);
	return n;
}

int
BisCursorsAt(BisCursorSource *source, uint32 doc)
{
	int			n = 0;

	if (source->heap != NULL)
		return heap_at(source, doc);
	for (int i = 0; i < source->n; i++)
	{
		if (BisCursorAt(source, &source->cursors[i], doc) != NULL)
			source->here[n++] = i;
	}
	return n;
}
