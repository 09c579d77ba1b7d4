/*
 * docset.c
 *	  Sets of a segment's articles, walked over in order.
 *
 * The rarest child of an AND leads, and the others are asked for the articles
 * it stands at.  An OR that is asked often is made a bitmap first: that costs
 * what going through its sets once costs, and a bit for each article of the
 * segment.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/search/docset.h"

/* articles of a list that are put into a bitmap while one is sought */
#define BITS_PER_SEEK 8

/* bitmaps of a search: more would take memory without bound */
#define MAX_BITMAPS 16

/* lists are met article by article if one is at most so much longer */
#define MEET_RATIO 8

#define WORD_BITS 64

static BisDocSet *
make(BisDocSetKind kind, uint32 ndocs, uint64 cost)
{
	BisDocSet  *docs = palloc0(sizeof(BisDocSet));

	docs->kind = kind;
	docs->ndocs = ndocs;
	docs->cost = cost;
	return docs;
}

BisDocSet *
BisDocSetNone(uint32 ndocs)
{
	return make(BIS_DOCSET_NONE, ndocs, 0);
}

BisDocSet *
BisDocSetAll(uint32 ndocs)
{
	return make(BIS_DOCSET_ALL, ndocs, ndocs);
}

BisDocSet *
BisDocSetPostings(uint32 ndocs, BisPostings *cursor)
{
	BisDocSet  *docs = make(BIS_DOCSET_POSTINGS, ndocs, cursor->term.ndocs);

	docs->cursor = cursor;
	return docs;
}

BisDocSet *
BisDocSetBitmap(uint32 ndocs)
{
	BisDocSet  *docs = make(BIS_DOCSET_BITMAP, ndocs, 0);
	Size		size = ((Size) ndocs / WORD_BITS + 1) * sizeof(uint64);

	docs->bits = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memset(docs->bits, 0, size);
	return docs;
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
	/* articles of lists may have been counted twice */
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

BisDocSet *
BisDocSetAnd(uint32 ndocs, BisDocSet **children, int nchildren)
{
	BisDocSet  *docs;
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
	docs = make(BIS_DOCSET_AND, ndocs, children[0]->cost);
	docs->children = children;
	docs->nchildren = n;
	return docs;
}

BisDocSet *
BisDocSetOr(uint32 ndocs, BisDocSet **children, int nchildren)
{
	BisDocSet  *docs;
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
	docs = make(BIS_DOCSET_OR, ndocs, Min(cost, ndocs));
	docs->children = children;
	docs->nchildren = n;
	return docs;
}

BisDocSet *
BisDocSetNot(uint32 ndocs, BisDocSet *child)
{
	BisDocSet  *docs;

	if (child->kind == BIS_DOCSET_NONE)
		return BisDocSetAll(ndocs);
	if (child->kind == BIS_DOCSET_ALL)
		return BisDocSetNone(ndocs);
	docs = make(BIS_DOCSET_NOT, ndocs,
				(uint64) ndocs - Min(child->cost, ndocs - 1));
	docs->children = palloc(sizeof(BisDocSet *));
	docs->children[0] = child;
	docs->nchildren = 1;
	return docs;
}

static uint32
seek_bits(const BisDocSet *docs, uint32 doc)
{
	uint32		word = doc / WORD_BITS;
	uint64		rest;

	if (doc >= docs->ndocs)
		return BIS_NO_DOC;
	rest = docs->bits[word] & (~UINT64CONST(0) << (doc % WORD_BITS));
	while (rest == 0)
	{
		if (++word > (docs->ndocs - 1) / WORD_BITS)
			return BIS_NO_DOC;
		rest = docs->bits[word];
	}
	return word * WORD_BITS + pg_rightmost_one_pos64(rest);
}

/* BisDocSetAdvance, for lists in line. */
static inline uint32
seek_child(BisDocSet *docs, uint32 doc)
{
	if (docs->kind != BIS_DOCSET_POSTINGS)
		return BisDocSetAdvance(docs, doc);
	BisPostingsAdvance(docs->cursor, doc);
	return docs->cursor->doc;
}

/*
 * The first article from doc on that both lists have; BIS_NO_DOC at the end.
 * Looks at each article of both, without a branch that depends on which is
 * ahead: quick when neither is much longer than the other.
 */
static uint32
meet(BisPostings *a, BisPostings *b, uint32 doc)
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

		/* both stand where they were last looked at */
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
seek_and(BisDocSet *docs, uint32 doc)
{
	BisDocSet  *first = docs->children[0];
	BisDocSet  *second = docs->children[1];
	bool		close = first->kind == BIS_DOCSET_POSTINGS &&
		second->kind == BIS_DOCSET_POSTINGS &&
		second->cost / MEET_RATIO <= first->cost;
	int			lead = close ? 2 : 1;
	int			agree;

	do
	{
		CHECK_FOR_INTERRUPTS();
		doc = close ? meet(first->cursor, second->cursor, doc) :
			seek_child(first, doc);
		for (agree = lead; agree < docs->nchildren && doc != BIS_NO_DOC;
			 agree++)
		{
			uint32		other = seek_child(docs->children[agree], doc);

			if (other != doc)
			{
				doc = other;
				break;
			}
		}
	} while (agree < docs->nchildren && doc != BIS_NO_DOC);
	return doc;
}

static uint32
seek_or(BisDocSet *docs, uint32 doc)
{
	uint32		least = BIS_NO_DOC;

	for (int i = 0; i < docs->nchildren; i++)
		least = Min(least, BisDocSetAdvance(docs->children[i], doc));
	return least;
}

static uint32
seek_not(BisDocSet *docs, uint32 doc)
{
	while (doc < docs->ndocs && BisDocSetAdvance(docs->children[0], doc) == doc)
	{
		CHECK_FOR_INTERRUPTS();
		doc++;
	}
	return doc < docs->ndocs ? doc : BIS_NO_DOC;
}

uint32
BisDocSetAdvance(BisDocSet *docs, uint32 doc)
{
	if (doc == BIS_NO_DOC)
		return BIS_NO_DOC;
	switch (docs->kind)
	{
		case BIS_DOCSET_NONE:
			return BIS_NO_DOC;
		case BIS_DOCSET_ALL:
			return doc < docs->ndocs ? doc : BIS_NO_DOC;
		case BIS_DOCSET_POSTINGS:
			BisPostingsAdvance(docs->cursor, doc);
			return docs->cursor->doc;
		case BIS_DOCSET_BITMAP:
			return seek_bits(docs, doc);
		case BIS_DOCSET_AND:
			check_stack_depth();
			return seek_and(docs, doc);
		case BIS_DOCSET_OR:
		case BIS_DOCSET_NOT:
			check_stack_depth();
			/* asked again, the children may have gone on */
			if (!docs->begun || docs->doc < doc)
				docs->doc = docs->kind == BIS_DOCSET_OR ?
					seek_or(docs, doc) : seek_not(docs, doc);
			docs->begun = true;
			return docs->doc;
	}
	return BIS_NO_DOC;
}

/* Copy a bitmap's part. */
static void
window_bits(const BisDocSet *docs, uint32 first, uint64 *bits)
{
	uint32		word = first / WORD_BITS;
	uint32		nwords = docs->ndocs / WORD_BITS + 1;

	if (word < nwords)
		memcpy(bits, docs->bits + word,
			   Min(nwords - word, BIS_WINDOW_WORDS) * sizeof(uint64));
}

/* Turn the bits of the segment's articles. */
static void
window_not(const BisDocSet *docs, uint32 first, uint64 *bits)
{
	for (uint32 i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		uint32		doc = first + i * WORD_BITS;
		uint32		rest = docs->ndocs > doc ? docs->ndocs - doc : 0;
		uint64		all = rest >= WORD_BITS ? ~UINT64CONST(0) :
			(UINT64CONST(1) << rest) - 1;

		bits[i] = ~bits[i] & all;
	}
}

/* Keep the bits whose articles docs has, asking for each of them. */
static void
probe_window(BisDocSet *docs, uint32 first, uint64 *bits)
{
	for (uint32 i = 0; i < BIS_WINDOW_WORDS; i++)
	{
		for (uint64 rest = bits[i]; rest != 0; rest &= rest - 1)
		{
			uint32		doc = first + i * WORD_BITS +
				pg_rightmost_one_pos64(rest);

			if (BisDocSetAdvance(docs, doc) != doc)
				bits[i] &= ~(rest & -rest);
		}
	}
}

static void
window_and(BisDocSet *docs, uint32 first, uint64 *bits)
{
	uint64		more[BIS_WINDOW_WORDS];

	BisDocSetWindow(docs->children[0], first, bits);
	for (int i = 1; i < docs->nchildren; i++)
	{
		BisDocSet  *child = docs->children[i];
		uint64		n = pg_popcount((const char *) bits, sizeof(more));

		if (n == 0)
			return;
		/* to ask for one article may take reading a block */
		if (n * BIS_BLOCK < child->cost * BIS_WINDOW / docs->ndocs)
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
window_or(BisDocSet *docs, uint32 first, uint64 *bits)
{
	uint64		more[BIS_WINDOW_WORDS];

	for (int i = 0; i < docs->nchildren; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (docs->children[i]->kind == BIS_DOCSET_POSTINGS)
		{
			BisPostingsWindow(docs->children[i]->cursor, first, bits);
			continue;
		}
		BisDocSetWindow(docs->children[i], first, more);
		for (int k = 0; k < BIS_WINDOW_WORDS; k++)
			bits[k] |= more[k];
	}
}

void
BisDocSetWindow(BisDocSet *docs, uint32 first, uint64 bits[BIS_WINDOW_WORDS])
{
	check_stack_depth();
	memset(bits, 0, BIS_WINDOW_WORDS * sizeof(uint64));
	switch (docs->kind)
	{
		case BIS_DOCSET_NONE:
			break;
		case BIS_DOCSET_ALL:
			window_not(docs, first, bits);
			break;
		case BIS_DOCSET_POSTINGS:
			BisPostingsWindow(docs->cursor, first, bits);
			break;
		case BIS_DOCSET_BITMAP:
			window_bits(docs, first, bits);
			break;
		case BIS_DOCSET_AND:
			window_and(docs, first, bits);
			break;
		case BIS_DOCSET_OR:
			window_or(docs, first, bits);
			break;
		case BIS_DOCSET_NOT:
			BisDocSetWindow(docs->children[0], first, bits);
			window_not(docs, first, bits);
			break;
	}
}

static void prepare(BisDocSet *docs, uint64 expected, int *bitmaps);

/* Make an OR a bitmap. */
static void
fill_or(BisDocSet *docs, int *bitmaps)
{
	BisDocSet  *bits = BisDocSetBitmap(docs->ndocs);

	for (int i = 0; i < docs->nchildren; i++)
	{
		BisDocSet  *child = docs->children[i];

		if (child->kind == BIS_DOCSET_POSTINGS)
		{
			BisDocSetAddPostings(bits, child->cursor);
			continue;
		}
		prepare(child, docs->ndocs, bitmaps);
		for (uint32 doc = BisDocSetAdvance(child, 0); doc != BIS_NO_DOC;
			 doc = BisDocSetAdvance(child, doc + 1))
		{
			CHECK_FOR_INTERRUPTS();
			set_bit(bits, doc);
		}
	}
	docs->bits = bits->bits;
	docs->kind = BIS_DOCSET_BITMAP;
	pfree(bits);
}

/* BisDocSetPrepare; *bitmaps may still be made. */
static void
prepare(BisDocSet *docs, uint64 expected, int *bitmaps)
{
	check_stack_depth();
	if (docs->kind == BIS_DOCSET_OR && *bitmaps > 0 &&
		docs->cost / docs->nchildren <= expected * BITS_PER_SEEK)
	{
		(*bitmaps)--;
		fill_or(docs, bitmaps);
		return;
	}
	for (int i = 0; i < docs->nchildren; i++)
	{
		prepare(docs->children[i], expected, bitmaps);
		/* the others are asked for what the first one has */
		if (docs->kind == BIS_DOCSET_AND && i == 0)
			expected = Min(expected, docs->children[0]->cost);
	}
}

void
BisDocSetPrepare(BisDocSet *docs, uint64 expected)
{
	int			bitmaps = MAX_BITMAPS;

	prepare(docs, expected, &bitmaps);
}
