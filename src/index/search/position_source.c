/*
 * position_source.c
 *	  Articles of a segment as documents, by the cursors of a query's words.
 *
 * Most articles that have the words of a phrase or proximity do not have them
 * near each other.  So before the query is evaluated, two words of each that
 * the query cannot do without are looked for at a distance that would do.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/search/position_source.h"

/* a word's positions in an article */
typedef struct Places
{
	BisCursor  *cursor;
	uint32		read;			/* the article of which raw is; BIS_NO_DOC */
	uint32		made;			/* and occurrences */
	WordEntryPos *raw;			/* room for MAXNUMPOS; NULL: not yet */
	BiOccurrence *occurrences;	/* likewise */
} Places;

/*
 * No article matches that does not have word b at a distance between low and
 * high from word a.
 */
typedef struct Pair
{
	Places	   *a;
	Places	   *b;
	int			low;
	int			high;
} Pair;

struct BisPositionSource
{
	BiSource	source;
	const BiQuery *query;
	BisCursorSource *cursors;
	MemoryContext context;
	uint32		doc;
	Places	   *places;			/* of each cursor */
	Places	  **words;			/* of each node; NULL: the segment has no such
								 * term */
	Pair	   *pairs;
	int			npairs;
};

/* The places of a word, if the article has it; NULL otherwise. */
static Places *
word_places(BisPositionSource *words, const BiNode *word)
{
	Places	   *places = words->words[word - words->query->nodes];

	if (places == NULL ||
		BisCursorAt(words->cursors, places->cursor, words->doc) == NULL)
		return NULL;
	return places;
}

/* The positions in the article, without weights: BisPostingsFreq of them. */
static const WordEntryPos *
read_places(BisPositionSource *words, Places *places)
{
	if (places->raw == NULL)
		places->raw = MemoryContextAlloc(words->context,
										 MAXNUMPOS * sizeof(WordEntryPos));
	if (places->read != words->doc)
	{
		places->read = BIS_NO_DOC;
		BisPostingsPositionsOnly(places->cursor->postings, places->raw);
		places->read = words->doc;
	}
	return places->raw;
}

/* The same with weights, as evaluation wants them. */
static const BiOccurrence *
read_occurrences(BisPositionSource *words, Places *places)
{
	if (places->occurrences == NULL)
		places->occurrences = MemoryContextAlloc(words->context, MAXNUMPOS *
												 sizeof(BiOccurrence));
	if (places->made != words->doc)
	{
		WordEntryPos raw[MAXNUMPOS];
		uint32		freq = BisPostingsFreq(places->cursor->postings);

		places->made = BIS_NO_DOC;
		BisPostingsPositions(places->cursor->postings, raw);
		for (uint32 i = 0; i < freq; i++)
			places->occurrences[i] = BiOccurrenceMake(WEP_GETPOS(raw[i]),
													  WEP_GETWEIGHT(raw[i]));
		places->made = words->doc;
	}
	return places->occurrences;
}

static bool
words_hold(BiSource *base, const BiQuery *query pg_attribute_unused(),
		   const BiNode *word)
{
	BisPositionSource *words = (BisPositionSource *) base;
	Places	   *places = word_places(words, word);
	const BiOccurrence *occurrences;

	if (places == NULL)
		return false;
	if (BisPostingsFreq(places->cursor->postings) == 0 || word->fields == BI_ALL_FIELDS)
		return true;
	occurrences = read_occurrences(words, places);
	for (uint32 i = 0; i < BisPostingsFreq(places->cursor->postings); i++)
	{
		if (word->fields & BiOccurrenceField(occurrences[i]))
			return true;
	}
	return false;
}

static int
words_find(BiSource *base, const BiQuery *query pg_attribute_unused(),
		   const BiNode *word, const BiOccurrence **occurrences)
{
	BisPositionSource *words = (BisPositionSource *) base;
	Places	   *places = word_places(words, word);
	const BiOccurrence *all;
	BiOccurrence *found;
	int			nall;
	int			n = 0;

	if (places == NULL || BisPostingsFreq(places->cursor->postings) == 0)
		return 0;
	all = read_occurrences(words, places);
	nall = BisPostingsFreq(places->cursor->postings);
	while (nall > 0 && BiOccurrencePos(all[nall - 1]) >= BI_CLAMPED_POSITION)
		nall--;
	*occurrences = all;
	if (word->fields == BI_ALL_FIELDS)
		return nall;

	found = palloc_array(BiOccurrence, Max(nall, 1));
	for (int i = 0; i < nall; i++)
	{
		if (word->fields & BiOccurrenceField(all[i]))
			found[n++] = all[i];
	}
	*occurrences = found;
	return n;
}

static int
words_unplaced(BiSource *base, const BiQuery *query pg_attribute_unused(),
			   const BiNode *word)
{
	BisPositionSource *words = (BisPositionSource *) base;
	Places	   *places = word_places(words, word);
	const BiOccurrence *occurrences;

	if (places == NULL)
		return 0;
	if (BisPostingsFreq(places->cursor->postings) == 0)
		return BI_STRIPPED;
	occurrences = read_occurrences(words, places);
	for (uint32 i = BisPostingsFreq(places->cursor->postings); i-- > 0;)
	{
		if (BiOccurrencePos(occurrences[i]) < BI_CLAMPED_POSITION)
			break;
		if (word->fields & BiOccurrenceField(occurrences[i]))
			return BI_CLAMPED;
	}
	return 0;
}

/* No query that asks for marks has such a source. */
static int
words_marks(BiSource *source pg_attribute_unused(),
			bool paragraphs pg_attribute_unused(),
			const uint32 **positions)
{
	*positions = NULL;
	return -1;
}

/*
 * Add a pair, if both nodes are words (or an ITEM of one).  One that the
 * segment does not have leaves no article to be asked about.
 */
static void
add_pair(BisPositionSource *words, const BiNode *a, const BiNode *b, int low, int high)
{
	Pair	   *pair = &words->pairs[words->npairs];

	if (a->kind == BI_ITEM)
		a = BiNodeFirst(a);
	if (b->kind == BI_ITEM)
		b = BiNodeFirst(b);
	if (a->kind != BI_WORD || b->kind != BI_WORD)
		return;
	pair->a = words->words[a - words->query->nodes];
	pair->b = words->words[b - words->query->nodes];
	pair->low = low;
	pair->high = high;
	if (pair->a != NULL && pair->b != NULL)
		words->npairs++;
}

/* Add the pairs of a node that matches in every article that does. */
static void
add_pairs(BisPositionSource *words, const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);
	const BiNode *next;

	check_stack_depth();
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
			for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_pairs(words, child);
			break;
		case BI_ITEM:
			add_pairs(words, child);
			break;
		case BI_PHRASE:
			for (; (next = BiNodeEnd(child)) < BiNodeEnd(node); child = next)
			{
				uint32		gap = next->arg - child->arg;

				if (gap < MAXENTRYPOS)
					add_pair(words, child, next, gap, gap);
			}
			break;
		case BI_PROX_CHAIN:
			/* of further links the left side is not one word */
			next = BiNodeEnd(child);
			if ((next->flags & BI_WITHIN) && !(next->flags & BI_NEGATED) &&
				next->arg < MAXENTRYPOS)
				add_pair(words, child, BiNodeEnd(next),
						 next->flags & BI_ORDERED ? 1 : -(int) next->arg,
						 next->arg);
			break;
		default:
			break;
	}
}

BisPositionSource *
BisPositionSourceOpen(BisCursorSource *cursors, const BiQuery *query)
{
	const BisQueryTerms *terms = cursors->query_terms;
	BisPositionSource *words;

	if (cursors->heap != NULL || query->nnodes == 0 || !terms->all_exact ||
		terms->boundaries)
		return NULL;
	words = palloc0_object(BisPositionSource);
	words->source.holds = words_hold;
	words->source.find = words_find;
	words->source.unplaced = words_unplaced;
	words->source.marks = words_marks;
	words->query = query;
	words->cursors = cursors;
	words->context = CurrentMemoryContext;
	words->places = palloc0_array(Places, Max(cursors->n, 1));
	for (int i = 0; i < cursors->n; i++)
	{
		words->places[i].cursor = &cursors->cursors[i];
		words->places[i].read = words->places[i].made = BIS_NO_DOC;
	}
	words->words = palloc0_array(Places *, query->nnodes);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		BisCursor  *cursor = BisCursorOfNode(cursors, i);

		CHECK_FOR_INTERRUPTS();
		if (cursor != NULL)
			words->words[i] = &words->places[cursor - cursors->cursors];
	}
	words->pairs = palloc_array(Pair, query->nnodes);
	add_pairs(words, query->nodes);
	return words;
}

/* Are the pair's words somewhere as far from each other as they should be? */
static bool
has_pair(BisPositionSource *words, const Pair *pair)
{
	const WordEntryPos *a;
	const WordEntryPos *b;
	uint32		na;
	uint32		nb;
	uint32		j = 0;

	if (BisCursorAt(words->cursors, pair->a->cursor, words->doc) == NULL ||
		BisCursorAt(words->cursors, pair->b->cursor, words->doc) == NULL)
		return false;
	a = read_places(words, pair->a);
	b = read_places(words, pair->b);
	na = BisPostingsFreq(pair->a->cursor->postings);
	nb = BisPostingsFreq(pair->b->cursor->postings);
	for (uint32 i = 0; i < na; i++)
	{
		int			pos = WEP_GETPOS(a[i]);

		while (j < nb &&
			   WEP_GETPOS(b[j]) < pos + pair->low)
			j++;
		if (j == nb)
			return false;
		if (WEP_GETPOS(b[j]) <= pos + pair->high)
			return true;
	}
	return false;
}

bool
BisPositionSourceMatches(BisPositionSource *words, uint32 doc)
{
	words->doc = doc;
	for (int i = 0; i < words->npairs; i++)
	{
		if (!has_pair(words, &words->pairs[i]))
			return false;
	}
	return BiMatches(words->query, &words->source);
}
