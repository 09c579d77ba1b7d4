/*
 * wants.c
 *	  The terms of a segment that a query's words are, and their positions.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/wants.h"
#include "match/wildcard.h"
#include "text/article.h"

/* up to so many cursors are all asked about each article */
#define MAX_ASK_ALL 16

/* from so many wants on, those that are there twice are dropped early */
#define MANY_WANTS 1024

typedef struct Want
{
	char	   *term;
	int			len;
	BisTerm		entry;
	bool		taken;			/* somebody else moves the cursor */
	BisCursor  *cursor;
	uint32		read;			/* the article whose positions these are, or
								 * BIS_NO_DOC */
	BiOccurrence *positions;	/* room for MAXNUMPOS; NULL: not yet */
} Want;

/* An article as cursors tell of it. */
typedef struct CursorSource
{
	BiSource	source;
	BisWants   *wants;
	uint32		doc;
	int		   *words;			/* index of each node's want, or -1 */
} CursorSource;

struct BisWants
{
	BisSegment *segment;
	MemoryContext context;
	Want	   *wants;			/* sorted by term */
	int			n;
	int			max;
	binaryheap *heap;			/* their indexes by where they stand, if there
								 * are many */
	int		   *here;			/* indexes of those that have the article */
	CursorSource *source;		/* NULL: see BisWantsSource */
	BisBytes	vector;
};

static void sort_wants(BisWants *wants);

/* Add the term that terms stands at. */
static void
add_want(BisWants *wants, const BisTerms *terms)
{
	Want	   *want;

	if (wants->n == wants->max)
	{
		/* a query may have the same wildcard thousands of times */
		if (wants->n >= MANY_WANTS)
			sort_wants(wants);
		if (wants->n >= wants->max / 2)
		{
			wants->max = wants->max == 0 ? 8 : wants->max * 2;
			wants->wants = wants->wants == NULL ?
				palloc_array(Want, wants->max) :
				repalloc_huge(wants->wants, wants->max * sizeof(Want));
		}
	}
	want = &wants->wants[wants->n++];
	want->term = memcpy(palloc(Max(terms->len, 1)), terms->term, terms->len);
	want->len = terms->len;
	want->entry = terms->entry;
	want->taken = false;
	want->cursor = NULL;
	want->read = BIS_NO_DOC;
	want->positions = NULL;
}

/*
 * Add the terms that begin with the len bytes at prefix and go on as the
 * pattern does (NULL: in any way).
 */
static void
add_range(BisWants *wants, BisTerms *terms, const char *prefix, int len,
		  const char *pattern, int pattern_len)
{
	BisTermsSeek(terms, wants->segment, prefix, len);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (terms->len < len || memcmp(terms->term, prefix, len) != 0)
			break;
		if (pattern == NULL ||
			BiWildcardMatches(pattern, pattern_len, terms->term + len,
							  terms->len - len))
			add_want(wants, terms);
	}
}

static void
add_exact(BisWants *wants, BisTerms *terms, const char *term, int len)
{
	if (BisTermsFind(terms, wants->segment, term, len))
		add_want(wants, terms);
}

static void
add_marks(BisWants *wants, BisTerms *terms, uint32 sign)
{
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			len = BiEncodeChar(sign, bytes);

	if (len > 0)
		add_range(wants, terms, bytes, len, NULL, 0);
}

static void
add_query(BisWants *wants, BisTerms *terms, const BiQuery *query)
{
	bool		sentences = false;
	bool		paragraphs = false;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];
		const char *text = BiNodeText(query, node);

		if (node->kind == BI_LINK)
		{
			sentences |= (node->flags & BI_SENTENCE) != 0;
			paragraphs |= (node->flags & BI_PARAGRAPH) != 0;
		}
		if (node->kind != BI_WORD)
			continue;
		if (node->flags & BI_PATTERN)
		{
			int			prefix = BiPatternPrefix(query, node);

			add_range(wants, terms, text, prefix, text + prefix,
					  node->len - prefix);
		}
		else if (node->flags & BI_PREFIX)
			add_range(wants, terms, text, node->len, NULL, 0);
		else
			add_exact(wants, terms, text, node->len);
	}
	if (sentences)
		add_marks(wants, terms, BI_SENTENCE_SIGN);
	if (paragraphs)
		add_marks(wants, terms, BI_PARAGRAPH_SIGN);
}

static void
add_tsquery(BisWants *wants, BisTerms *terms, TSQuery tsquery)
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
			add_range(wants, terms, text, operand->length, NULL, 0);
		else
			add_exact(wants, terms, text, operand->length);
	}
}

static int
compare_wants(const void *a, const void *b)
{
	const Want *left = a;
	const Want *right = b;

	CHECK_FOR_INTERRUPTS();
	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/* Sort, and drop what is there twice. */
static void
sort_wants(BisWants *wants)
{
	int			kept = 0;

	qsort(wants->wants, wants->n, sizeof(Want), compare_wants);
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
	const BisWants *wants = arg;
	uint32		left = wants->wants[DatumGetInt32(a)].cursor->doc;
	uint32		right = wants->wants[DatumGetInt32(b)].cursor->doc;

	return left < right ? 1 : left > right ? -1 : 0;
}

static void open_source(BisWants *wants, const BiQuery *query);

BisWants *
BisWantsOpen(BisSegment *segment, const BiQuery *query, TSQuery tsquery)
{
	BisWants   *wants = palloc0_object(BisWants);
	BisTerms   *terms = palloc_object(BisTerms);

	wants->segment = segment;
	wants->context = CurrentMemoryContext;
	if (query != NULL)
		add_query(wants, terms, query);
	else
		add_tsquery(wants, terms, tsquery);
	pfree(terms);
	sort_wants(wants);

	for (int i = 0; i < wants->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wants->wants[i].cursor = palloc_object(BisCursor);
		BisCursorOpen(wants->wants[i].cursor, segment,
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
	else if (query != NULL)
		open_source(wants, query);
	return wants;
}

BisCursor *
BisWantsTake(BisWants *wants, const char *term, int len)
{
	/* a heap must know where its cursors stand */
	if (wants->heap != NULL)
		return NULL;
	for (int i = 0; i < wants->n; i++)
	{
		Want	   *want = &wants->wants[i];

		if (!want->taken && want->len == len &&
			memcmp(want->term, term, len) == 0)
		{
			want->taken = true;
			return want->cursor;
		}
	}
	return NULL;
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
find_here(BisWants *wants, uint32 doc)
{
	int			n = 0;

	if (wants->heap == NULL)
	{
		for (int i = 0; i < wants->n; i++)
		{
			BisCursorSeek(wants->wants[i].cursor, doc);
			if (wants->wants[i].cursor->doc == doc)
				wants->here[n++] = i;
		}
		return n;
	}

	for (;;)
	{
		int			i = DatumGetInt32(binaryheap_first(wants->heap));
		BisCursor  *cursor = wants->wants[i].cursor;

		if (cursor->doc >= doc)
			break;
		CHECK_FOR_INTERRUPTS();
		BisCursorSeek(cursor, doc);
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
BisWantsVector(BisWants *wants, uint32 doc)
{
	int			n = find_here(wants, doc);
	Size		size = CALCDATASIZE(n, 0);
	Size		used = 0;
	TSVector	vector;

	for (int k = 0; k < n; k++)
	{
		const Want *want = &wants->wants[wants->here[k]];

		size += SHORTALIGN(want->len) + sizeof(uint16) +
			want->cursor->freq * sizeof(WordEntryPos);
	}
	wants->vector.len = 0;
	BisBytesReserve(&wants->vector, size, wants->context);
	vector = (TSVector) wants->vector.data;
	vector->size = n;
	for (int k = 0; k < n; k++)
	{
		const Want *want = &wants->wants[wants->here[k]];
		WordEntry  *entry = &ARRPTR(vector)[k];
		char	   *to = STRPTR(vector) + used;

		if (used > MAXSTRPOS)
			BisCorrupted("article with too many terms");
		entry->haspos = want->cursor->freq > 0;
		entry->len = want->len;
		entry->pos = used;
		memcpy(to, want->term, want->len);
		used += want->len;
		if (entry->haspos)
		{
			WordEntryPosVector *positions;

			used = SHORTALIGN(used);
			positions = (WordEntryPosVector *) (STRPTR(vector) + used);
			positions->npos = want->cursor->freq;
			BisCursorPositions(want->cursor, positions->pos);
			used += sizeof(uint16) + positions->npos * sizeof(WordEntryPos);
		}
	}
	SET_VARSIZE(vector, CALCDATASIZE(n, used));
	return vector;
}

/* The want of a word, if the article has it; NULL otherwise. */
static Want *
word_want(CursorSource *source, const BiQuery *query, const BiNode *word)
{
	int			i = source->words[word - query->nodes];
	Want	   *want;

	if (i < 0)
		return NULL;
	want = &source->wants->wants[i];
	/* who took the cursor has moved it */
	if (!want->taken)
		BisCursorSeek(want->cursor, source->doc);
	return want->cursor->doc == source->doc ? want : NULL;
}

/* The want's positions in the article: want->cursor->freq of them. */
static const BiOccurrence *
want_positions(CursorSource *source, Want *want)
{
	WordEntryPos positions[MAXNUMPOS];

	if (want->positions == NULL)
		want->positions = MemoryContextAlloc(source->wants->context,
											 MAXNUMPOS *
											 sizeof(BiOccurrence));
	if (want->read != source->doc)
	{
		want->read = BIS_NO_DOC;
		BisCursorPositions(want->cursor, positions);
		for (uint32 i = 0; i < want->cursor->freq; i++)
			want->positions[i] =
				BiOccurrenceMake(WEP_GETPOS(positions[i]),
								 WEP_GETWEIGHT(positions[i]));
		want->read = source->doc;
	}
	return want->positions;
}

static bool
cursor_holds(BiSource *base, const BiQuery *query, const BiNode *word)
{
	CursorSource *source = (CursorSource *) base;
	Want	   *want = word_want(source, query, word);
	const BiOccurrence *positions;

	if (want == NULL)
		return false;
	if (want->cursor->freq == 0 || word->fields == BI_ALL_FIELDS)
		return true;
	positions = want_positions(source, want);
	for (uint32 i = 0; i < want->cursor->freq; i++)
	{
		if (word->fields & BiOccurrenceField(positions[i]))
			return true;
	}
	return false;
}

static int
cursor_find(BiSource *base, const BiQuery *query, const BiNode *word,
			const BiOccurrence **occurrences)
{
	CursorSource *source = (CursorSource *) base;
	Want	   *want = word_want(source, query, word);
	const BiOccurrence *positions;
	BiOccurrence *found;
	int			npositions;
	int			n = 0;

	if (want == NULL || want->cursor->freq == 0)
		return 0;
	positions = want_positions(source, want);
	npositions = want->cursor->freq;
	while (npositions > 0 &&
		   BiOccurrencePos(positions[npositions - 1]) >= MAXENTRYPOS - 1)
		npositions--;
	*occurrences = positions;
	if (word->fields == BI_ALL_FIELDS)
		return npositions;

	found = palloc_array(BiOccurrence, Max(npositions, 1));
	for (int i = 0; i < npositions; i++)
	{
		if (word->fields & BiOccurrenceField(positions[i]))
			found[n++] = positions[i];
	}
	*occurrences = found;
	return n;
}

static int
cursor_unplaced(BiSource *base, const BiQuery *query, const BiNode *word)
{
	CursorSource *source = (CursorSource *) base;
	Want	   *want = word_want(source, query, word);
	const BiOccurrence *positions;

	if (want == NULL)
		return 0;
	if (want->cursor->freq == 0)
		return BI_STRIPPED;
	positions = want_positions(source, want);
	for (uint32 i = want->cursor->freq; i-- > 0;)
	{
		if (BiOccurrencePos(positions[i]) < MAXENTRYPOS - 1)
			break;
		if (word->fields & BiOccurrenceField(positions[i]))
			return BI_CLAMPED;
	}
	return 0;
}

/* No query that asks for marks has such a source. */
static int
cursor_marks(BiSource *source pg_attribute_unused(),
			 bool paragraphs pg_attribute_unused(),
			 const uint32 **positions)
{
	*positions = NULL;
	return -1;
}

/* Index of the want of a term, or -1. */
static int
find_want(const BisWants *wants, const char *term, int len)
{
	for (int i = 0; i < wants->n; i++)
	{
		if (wants->wants[i].len == len &&
			memcmp(wants->wants[i].term, term, len) == 0)
			return i;
	}
	return -1;
}

/* Make wants->source, if the query is one for it. */
static void
open_source(BisWants *wants, const BiQuery *query)
{
	CursorSource *source;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		if ((node->kind == BI_WORD &&
			 (node->flags & (BI_PREFIX | BI_PATTERN))) ||
			(node->kind == BI_LINK &&
			 (node->flags & (BI_SENTENCE | BI_PARAGRAPH))))
			return;
	}
	source = palloc_object(CursorSource);
	source->source.holds = cursor_holds;
	source->source.find = cursor_find;
	source->source.unplaced = cursor_unplaced;
	source->source.marks = cursor_marks;
	source->wants = wants;
	source->words = palloc_array(int, query->nnodes);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		source->words[i] = node->kind != BI_WORD ? -1 :
			find_want(wants, BiNodeText(query, node), node->len);
	}
	wants->source = source;
}

BiSource *
BisWantsSource(BisWants *wants, uint32 doc)
{
	if (wants->source == NULL)
		return NULL;
	wants->source->doc = doc;
	return &wants->source->source;
}
