/*
 * docset.c
 *	  Sets of a segment's articles, iterated in ascending order.
 *
 * A conjunction is driven by the child with the lowest document frequency,
 * and the others are advanced to its articles.  If its first two children are
 * posting lists of similar length, these drive it together, by branch-free
 * intersection.  An OR that will be probed often is turned into a bitmap
 * first: that costs one pass over its children, and a bit for each article of
 * the segment.  Searches that find many articles process bitmap windows
 * instead (BisDocSetWindow): 4,096 articles at a time, as bits that AND, OR
 * and NOT combine a word at a time.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/search/docset.h"

/* adding this many articles to a bitmap takes as long as one probe */
#define BITS_PER_PROBE 8

/* most bitmaps of a set, to bound memory */
#define MAX_BITMAPS 16

/* branch-free intersection if one list is at most this many times longer */
#define INTERSECT_RATIO 8

#define WORD_BITS 64

static BisDocSet *
new_docset(BisDocSetKind kind, uint32 ndocs, uint64 cost)
{
	BisDocSet  *docset = palloc0(sizeof(BisDocSet));

	docset->kind = kind;
	docset->ndocs = ndocs;
	docset->cost = cost;
	return docset;
}

BisDocSet *
BisDocSetNone(uint32 ndocs)
{
	return new_docset(BIS_DOCSET_NONE, ndocs, 0);
}

BisDocSet *
BisDocSetAll(uint32 ndocs)
{
	return new_docset(BIS_DOCSET_ALL, ndocs, ndocs);
}

BisDocSet *
BisDocSetPostings(uint32 ndocs, BisPostings *cursor)
{
	BisDocSet  *docset = new_docset(BIS_DOCSET_POSTINGS, ndocs,
									cursor->term.ndocs);

	docset->cursor = cursor;
	return docset;
}

BisDocSet *
BisDocSetBitmap(uint32 ndocs)
{
	BisDocSet  *docset = new_docset(BIS_DOCSET_BITMAP, ndocs, 0);
	Size		size = ((Size) ndocs / WORD_BITS + 1) * sizeof(uint64);

	docset->bits = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memset(docset->bits, 0, size);
	return docset;
}

static inline void
set_bit(BisDocSet *bits, uint32 doc)
{
	bits->bits[doc / WORD_BITS] |= UINT64CONST(1) << (doc % WORD_BITS);
}

void
BisDocSetAddPostings(BisDocSet *bits, BisPostings *cursor)
{
	while (cursor->doc != BIS_NO_DOC)
	{
		for (uint32 i = cursor->at; i < cursor->n; i++)
			set_bit(bits, cursor->docs[i]);
		bits->cost += cursor->n - cursor->at;
		cursor->at = cursor->n - 1;
		BisPostingsNext(cursor);
	}
}

void
BisDocSetAddWindow(BisDocSet *bits, uint32 first,
				   const uint64 window[BIS_WINDOW_WORDS])
{
	uint32		nwords = bits->ndocs / WORD_BITS + 1 - first / WORD_BITS;
	uint64	   *words = bits->bits + first / WORD_BITS;

	for (uint32 i = 0; i < Min(nwords, BIS_WINDOW_WORDS); i++)
	{
		bits->cost += pg_popcount64(window[i] & ~words[i]);
		words[i] |= window[i];
	}
}

bool
BisDocSetIsAll(BisDocSet *bits)
{
	/* an article of several lists has been counted several times */
	if (bits->cost >= bits->ndocs)
		bits->cost = pg_popcount((const char *) bits->bits,
								 (bits->ndocs / WORD_BITS + 1) *
								 sizeof(uint64));
	return bits->cost >= bits->ndocs;
}

static int
compare_costs(const void *a, const void *b)
{
	uint64		left = (*(BisDocSet *const *) a)->cost;
	uint64		right = (*(BisDocSet *const *) b)->cost;

	return left < right ? -1 : left > right;
}

static int
compare_costs_descending(const void *a, const void *b)
{
	return compare_costs(b, a);
}

BisDocSet *
BisDocSetAnd(uint32 ndocs, BisDocSet **children, int nchildren)
{
	BisDocSet  *docset;
	int			n = 0;

	for (int i = 0; i < nchildren; i++)
	{
		if (children[i]->kind == BIS_DOCSET_NONE)
			return children[i];
		if (children[i]->kind != BIS_DOCSET_ALL)
			children[n++] = children[i];
	}
	if (n == 0)
		return BisDocSetAll(ndocs);
	if (n == 1)
		return children[0];
	qsort(children, n, sizeof(BisDocSet *), compare_costs);
	docset = new_docset(BIS_DOCSET_AND, ndocs, children[0]->cost);
	docset->children = children;
	docset->nchildren = n;
	return docset;
}

BisDocSet *
BisDocSetOr(uint32 ndocs, BisDocSet **children, int nchildren)
{
	BisDocSet  *docset;
	uint64		cost = 0;
	int			n = 0;

	for (int i = 0; i < nchildren; i++)
	{
		if (children[i]->kind == BIS_DOCSET_ALL)
			return children[i];
		if (children[i]->kind == BIS_DOCSET_NONE)
			continue;
		cost += children[i]->cost;
		children[n++] = children[i];
	}
	if (n == 0)
		return BisDocSetNone(ndocs);
	if (n == 1)
		return children[0];
	/* the likeliest first, which saves asking the others (advance_or) */
	qsort(children, n, sizeof(BisDocSet *), compare_costs_descending);
	docset = new_docset(BIS_DOCSET_OR, ndocs, Min(cost, ndocs));
	docset->children = children;
	docset->nchildren = n;
	return docset;
}

BisDocSet *
BisDocSetNot(uint32 ndocs, BisDocSet *child)
{
	BisDocSet  *docset;

	if (child->kind == BIS_DOCSET_NONE)
		return BisDocSetAll(ndocs);
	if (child->kind == BIS_DOCSET_ALL)
		return BisDocSetNone(ndocs);
	docset = new_docset(BIS_DOCSET_NOT, ndocs,
						(uint64) ndocs - Min(child->cost, ndocs - 1));
	docset->children = palloc(sizeof(BisDocSet *));
	docset->children[0] = child;
	docset->nchildren = 1;
	return docset;
}

static uint32
advance_bitmap(const BisDocSet *docset, uint32 doc)
{
	uint32		word = doc / WORD_BITS;
	uint64		rest;

	if (doc >= docset->ndocs)
		return BIS_NO_DOC;
	rest = docset->bits[word] & (~UINT64CONST(0) << (doc % WORD_BITS));
	while (rest == 0)
	{
		if (++word > (docset->ndocs - 1) / WORD_BITS)
			return BIS_NO_DOC;
		rest = docset->bits[word];
	}
	return word * WORD_BITS + pg_rightmost_one_pos64(rest);
}

/* BisDocSetAdvance, inlined for posting lists. */
static inline uint32
advance_child(BisDocSet *docset, uint32 doc)
{
	if (docset->kind != BIS_DOCSET_POSTINGS)
		return BisDocSetAdvance(docset, doc);
	BisPostingsAdvance(docset->cursor, doc);
	return docset->cursor->doc;
}

/*
 * Branch-free intersection: the first article >= doc of both lists;
 * BIS_NO_DOC if there is none.  Compares article by article and adds each
 * comparison's result to an index, so that no jump depends on which list is
 * ahead, which the processor could not predict.  Faster than skipping as long
 * as neither list is much longer than the other.
 */
static uint32
intersect_lists(BisPostings *a, BisPostings *b, uint32 doc)
{
	BisPostingsAdvance(a, doc);
	BisPostingsAdvance(b, doc);
	while (a->doc != BIS_NO_DOC && b->doc != BIS_NO_DOC)
	{
		uint32		i = a->at;
		uint32		j = b->at;
		uint32		left;
		uint32		right;

		do
		{
			left = a->docs[i];
			right = b->docs[j];
			i += left < right;
			j += right < left;
		} while (left != right && i < a->n && j < b->n);

		/* leave both cursors within their blocks */
		a->at = Min(i, a->n - 1);
		b->at = Min(j, b->n - 1);
		a->doc = a->docs[a->at];
		b->doc = b->docs[b->at];
		if (left == right)
			return left;
		CHECK_FOR_INTERRUPTS();
		if (i == a->n)
			BisPostingsAdvance(a, right);
		else
			BisPostingsAdvance(b, left);
	}
	return BIS_NO_DOC;
}

static uint32
advance_and(BisDocSet *docset, uint32 doc)
{
	BisDocSet  *first = docset->children[0];
	BisDocSet  *second = docset->children[1];
	bool		intersects = first->kind == BIS_DOCSET_POSTINGS &&
		second->kind == BIS_DOCSET_POSTINGS &&
		second->cost / INTERSECT_RATIO <= first->cost;
	int			lead = intersects ? 2 : 1;
	int			agree;

	do
	{
		CHECK_FOR_INTERRUPTS();
		doc = intersects ?
			intersect_lists(first->cursor, second->cursor, doc) :
			advance_child(first, doc);
		for (agree = lead; agree < docset->nchildren && doc != BIS_NO_DOC;
			 agree++)
		{
			uint32		other = advance_child(docset->children[agree], doc);

			if (other != doc)
			{
				doc = other;
				break;
			}
		}
	} while (agree < docset->nchildren && doc != BIS_NO_DOC);
	return doc;
}

static uint32
advance_or(BisDocSet *docset, uint32 doc)
{
	uint32		least = BIS_NO_DOC;

	/* a child that is left behind is advanced when it is asked again */
	for (int i = 0; i < docset->nchildren && least > doc; i++)
		least = Min(least, BisDocSetAdvance(docset->children[i], doc));
	return least;
}

static uint32
advance_not(BisDocSet *docset, uint32 doc)
{
	while (doc < docset->ndocs &&
		   BisDocSetAdvance(docset->children[0], doc) == doc)
	{
		CHECK_FOR_INTERRUPTS();
		doc++;
	}
	return doc < docset->ndocs ? doc : BIS_NO_DOC;
}

uint32
BisDocSetAdvance(BisDocSet *docset, uint32 doc)
{
	if (doc == BIS_NO_DOC)
		return BIS_NO_DOC;
	switch (docset->kind)
	{
		case BIS_DOCSET_NONE:
			return BIS_NO_DOC;
		case BIS_DOCSET_ALL:
			return doc < docset->ndocs ? doc : BIS_NO_DOC;
		case BIS_DOCSET_POSTINGS:
			BisPostingsAdvance(docset->cursor, doc);
			return docset->cursor->doc;
		case BIS_DOCSET_BITMAP:
			return advance_bitmap(docset, doc);
		case BIS_DOCSET_AND:
			check_stack_depth();
			return advance_and(docset, doc);
		case BIS_DOCSET_OR:
		case BIS_DOCSET_NOT:
			check_stack_depth();

			/* children may be past doc if it is asked for again */
			if (!docset->begun || docset->doc < doc)
				docset->doc = docset->kind == BIS_DOCSET_OR ?
					advance_or(docset, doc) : advance_not(docset, doc);
			docset->begun = true;
			return docset->doc;
	}
	return BIS_NO_DOC;
}

/* Copy a window of a bitmap. */
static void
copy_bitmap_window(const BisDocSet *docset, uint32 first, uint64 *bits)
{
	uint32		word = first / WORD_BITS;
	uint32		nwords = docset->ndocs / WORD_BITS + 1;

	if (word < nwords)
		memcpy(bits, docset->bits + word,
			   Min(nwords - word, BIS_WINDOW_WORDS) * sizeof(uint64));
}

/* Complement a window, within the segment's articles. */
static void
complement_window(const BisDocSet *docset, uint32 first, uint64 *bits)
{
	for (uint32 i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint32		doc = first + i * WORD_BITS;
		uint32		rest = docset->ndocs > doc ? docset->ndocs - doc : 0;
		uint64		all = rest >= WORD_BITS ? ~UINT64CONST(0) :
			(UINT64CONST(1) << rest) - 1;

		bits[i] = ~bits[i] & all;
	}
}

/* Clear the bits of articles that are not in the set, probing each. */
static void
probe_window(BisDocSet *docset, uint32 first, uint64 *bits)
{
	for (uint32 i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		for (uint64 rest = bits[i]; rest != 0; rest &= rest - 1)
		{
			uint32		doc = first + i * WORD_BITS +
				pg_rightmost_one_pos64(rest);

			if (BisDocSetAdvance(docset, doc) != doc)
				bits[i] &= ~(rest & -rest);
		}
	}
}

static void
and_window(BisDocSet *docset, uint32 first, uint64 *bits)
{
	uint64		more[BIS_WINDOW_WORDS];

	BisDocSetWindow(docset->children[0], first, bits);
	for (int i = 1; i < docset->nchildren; i++)
	{
		BisDocSet  *child = docset->children[i];
		uint64		n = pg_popcount((const char *) bits, sizeof(more));

		if (n == 0)
			return;
		/* a probe may have to read a whole block */
		if (n * BIS_BLOCK < child->cost * BIS_WINDOW / docset->ndocs)
		{
			probe_window(child, first, bits);
			continue;
		}
		BisDocSetWindow(child, first, more);
		for (int k = 0; k < BIS_WINDOW_WORDS; k++)
			bits[k] &= more[k];
	}
}

static void
or_window(BisDocSet *docset, uint32 first, uint64 *bits)
{
	uint64		more[BIS_WINDOW_WORDS];

	for (int i = 0; i < docset->nchildren; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (docset->children[i]->kind == BIS_DOCSET_POSTINGS)
		{
			BisPostingsWindow(docset->children[i]->cursor, first, bits);
			continue;
		}
		BisDocSetWindow(docset->children[i], first, more);
		for (int k = 0; k < BIS_WINDOW_WORDS; k++)
			bits[k] |= more[k];
	}
}

void
BisDocSetWindow(BisDocSet *docset, uint32 first,
				uint64 bits[BIS_WINDOW_WORDS])
{
	check_stack_depth();
	memset(bits, 0, BIS_WINDOW_WORDS * sizeof(uint64));
	switch (docset->kind)
	{
		case BIS_DOCSET_NONE:
			break;
		case BIS_DOCSET_ALL:
			complement_window(docset, first, bits);
			break;
		case BIS_DOCSET_POSTINGS:
			BisPostingsWindow(docset->cursor, first, bits);
			break;
		case BIS_DOCSET_BITMAP:
			copy_bitmap_window(docset, first, bits);
			break;
		case BIS_DOCSET_AND:
			and_window(docset, first, bits);
			break;
		case BIS_DOCSET_OR:
			or_window(docset, first, bits);
			break;
		case BIS_DOCSET_NOT:
			BisDocSetWindow(docset->children[0], first, bits);
			complement_window(docset, first, bits);
			break;
	}
}

static void prepare_docset(BisDocSet *docset, uint64 expected, int *bitmaps);

/* Turn an OR into a bitmap. */
static void
turn_or_into_bitmap(BisDocSet *docset, int *bitmaps)
{
	BisDocSet  *bits = BisDocSetBitmap(docset->ndocs);

	for (int i = 0; i < docset->nchildren; i++)
	{
		BisDocSet  *child = docset->children[i];

		if (child->kind == BIS_DOCSET_POSTINGS)
		{
			BisDocSetAddPostings(bits, child->cursor);
			continue;
		}
		prepare_docset(child, docset->ndocs, bitmaps);
		for (uint32 doc = BisDocSetAdvance(child, 0); doc != BIS_NO_DOC;
			 doc = BisDocSetAdvance(child, doc + 1))
		{
			CHECK_FOR_INTERRUPTS();
			set_bit(bits, doc);
		}
	}
	docset->bits = bits->bits;
	docset->kind = BIS_DOCSET_BITMAP;
	pfree(bits);
}

/* BisDocSetPrepare; at most *bitmaps more may be built. */
static void
prepare_docset(BisDocSet *docset, uint64 expected, int *bitmaps)
{
	check_stack_depth();
	if (docset->kind == BIS_DOCSET_OR && *bitmaps > 0 &&
		docset->cost / docset->nchildren <= expected * BITS_PER_PROBE)
	{
		(*bitmaps)--;
		turn_or_into_bitmap(docset, bitmaps);
		return;
	}
	for (int i = 0; i < docset->nchildren; i++)
	{
		prepare_docset(docset->children[i], expected, bitmaps);
		/* the others are probed only for articles of the first one */
		if (docset->kind == BIS_DOCSET_AND && i == 0)
			expected = Min(expected, docset->children[0]->cost);
	}
}

void
BisDocSetPrepare(BisDocSet *docset, uint64 expected)
{
	int			bitmaps = MAX_BITMAPS;

	prepare_docset(docset, expected, &bitmaps);
}
