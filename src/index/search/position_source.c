/*
 * position_source.c
 *	  A segment's articles as a BiSource, read through the query's cursors.
 *
 * Most articles that contain the words of a phrase or proximity do not
 * contain them close to each other.  So before the query is evaluated, a
 * cheap test looks for near pairs: two words of a phrase or proximity that
 * must match, within the distance that it allows.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/search/position_source.h"

/* a term's occurrences in an article, read when needed */
typedef struct TermPositions
{
	BisCursor  *cursor;
	uint32		doc;			/* the article, or BIS_NO_DOC */
	bool		weighted;		/* are the weights known? */
	const BiOccurrence *occurrences;	/* the cursor's */
} TermPositions;

/*
 * Word b must occur low to high positions after word a (before it, if
 * negative), or the article does not match.
 */
typedef struct NearPair
{
	TermPositions *a;
	TermPositions *b;
	int			low;
	int			high;
} NearPair;

struct BisPositionSource
{
	BiSource	base;
	const BiQuery *query;
	BisCursorSource *cursors;
	MemoryContext context;
	uint32		doc;
	TermPositions *terms;		/* by cursor */
	TermPositions **of_node;	/* by node of the query; NULL: no word, or one
								 * that the segment does not have */
	NearPair   *near_pairs;
	int			nnear_pairs;
};

/* The positions of a word that the article has; NULL if it does not. */
static TermPositions *
positions_of_word(BisPositionSource *source, const BiNode *word)
{
	TermPositions *positions = source->of_node[word - source->query->nodes];

	if (positions == NULL ||
		BisCursorAt(source->cursors, positions->cursor, source->doc) == NULL)
		return NULL;
	return positions;
}

/* The term's BisPostingsFreq occurrences in the article, without weights. */
static const BiOccurrence *
read_positions(BisPositionSource *source, TermPositions *positions)
{
	if (positions->doc != source->doc)
	{
		positions->doc = BIS_NO_DOC;
		positions->occurrences =
			BisPostingsPositions(positions->cursor->postings);
		positions->doc = source->doc;
		positions->weighted = false;
	}
	return positions->occurrences;
}

/* The same with weights. */
static const BiOccurrence *
read_occurrences(BisPositionSource *source, TermPositions *positions)
{
	if (positions->doc != source->doc || !positions->weighted)
	{
		positions->doc = BIS_NO_DOC;
		positions->occurrences =
			BisPostingsOccurrences(positions->cursor->postings);
		positions->doc = source->doc;
		positions->weighted = true;
	}
	return positions->occurrences;
}

static bool
position_source_holds(BiSource *base,
					  const BiQuery *query pg_attribute_unused(),
					  const BiNode *word)
{
	BisPositionSource *source = (BisPositionSource *) base;
	TermPositions *positions = positions_of_word(source, word);
	const BiOccurrence *occurrences;

	if (positions == NULL)
		return false;
	if (BisPostingsFreq(positions->cursor->postings) == 0 || word->fields ==
		BI_ALL_FIELDS)
		return true;
	occurrences = read_occurrences(source, positions);
	for (uint32 i = 0; i < BisPostingsFreq(positions->cursor->postings); i++)
	{
		if (word->fields & BiOccurrenceField(occurrences[i]))
			return true;
	}
	return false;
}

static int
position_source_find(BiSource *base,
					 const BiQuery *query pg_attribute_unused(),
					 const BiNode *word, const BiOccurrence **occurrences)
{
	BisPositionSource *source = (BisPositionSource *) base;
	TermPositions *positions = positions_of_word(source, word);
	const BiOccurrence *all;
	BiOccurrence *found;
	int			nall;
	int			n = 0;

	if (positions == NULL || BisPostingsFreq(positions->cursor->postings) ==
		0)
		return 0;
	all = read_occurrences(source, positions);
	nall = BisPostingsFreq(positions->cursor->postings);
	if (nall > 0 && BiOccurrencePos(all[nall - 1]) == BI_UNKNOWN_POSITION)
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
position_source_unplaced(BiSource *base,
						 const BiQuery *query pg_attribute_unused(),
						 const BiNode *word)
{
	BisPositionSource *source = (BisPositionSource *) base;
	TermPositions *positions = positions_of_word(source, word);
	BiOccurrence last;

	if (positions == NULL)
		return 0;
	if (BisPostingsFreq(positions->cursor->postings) == 0)
		return BI_STRIPPED;
	last = read_occurrences(source, positions)
		[BisPostingsFreq(positions->cursor->postings) - 1];
	return BiOccurrencePos(last) == BI_UNKNOWN_POSITION &&
		(word->fields & BiOccurrenceField(last)) != 0 ? BI_CLAMPED : 0;
}

/* Never asked. */
static BiLimit
position_source_limit(BiSource *source pg_attribute_unused(),
					  const BiQuery *query pg_attribute_unused(),
					  const BiNode *word pg_attribute_unused())
{
	return BI_NO_LIMIT;
}

/* Never asked: queries that need boundaries get no such source. */
static int
position_source_boundaries(BiSource *source pg_attribute_unused(),
						   bool paragraphs pg_attribute_unused(),
						   const uint32 **positions)
{
	*positions = NULL;
	return -1;
}

/*
 * Add a near pair, if both nodes are words (or an ITEM of one).  A word that
 * the segment does not have needs none: the doc set is empty then.
 */
static void
add_near_pair(BisPositionSource *source, const BiNode *a, const BiNode *b,
			  int low, int high)
{
	NearPair   *pair = &source->near_pairs[source->nnear_pairs];

	if (a->kind == BI_ITEM)
		a = BiNodeFirst(a);
	if (b->kind == BI_ITEM)
		b = BiNodeFirst(b);
	if (a->kind != BI_WORD || b->kind != BI_WORD)
		return;
	pair->a = source->of_node[a - source->query->nodes];
	pair->b = source->of_node[b - source->query->nodes];
	pair->low = low;
	pair->high = high;
	if (pair->a != NULL && pair->b != NULL)
		source->nnear_pairs++;
}

/* Add the near pairs of a node that must match for the query to match. */
static void
add_near_pairs(BisPositionSource *source, const BiNode *node)
{
	const BiNode *child = BiNodeFirst(node);
	const BiNode *next;

	check_stack_depth();
	switch ((BiNodeKind) node->kind)
	{
		case BI_AND:
			for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
				add_near_pairs(source, child);
			break;
		case BI_ITEM:
			add_near_pairs(source, child);
			break;
		case BI_PHRASE:
			for (; (next = BiNodeEnd(child)) < BiNodeEnd(node); child = next)
			{
				uint32		gap = next->arg - child->arg;

				if (gap < MAXENTRYPOS)
					add_near_pair(source, child, next, gap, gap);
			}
			break;
		case BI_PROX_CHAIN:
			/* the left side of later joins is a span, not a word */
			next = BiNodeEnd(child);
			if ((next->flags & BI_WITHIN) && !(next->flags & BI_NEGATED) &&
				next->arg < MAXENTRYPOS)
				add_near_pair(source, child, BiNodeEnd(next),
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
	BisPositionSource *source;

	if (cursors->heap != NULL || query->nnodes == 0 || !terms->all_exact ||
		terms->boundaries || terms->continuations)
		return NULL;
	source = palloc0_object(BisPositionSource);
	source->base.holds = position_source_holds;
	source->base.find = position_source_find;
	source->base.unplaced = position_source_unplaced;
	source->base.limit = position_source_limit;
	source->base.boundaries = position_source_boundaries;
	source->query = query;
	source->cursors = cursors;
	source->context = CurrentMemoryContext;
	source->terms = palloc0_array(TermPositions, Max(cursors->n, 1));
	for (int i = 0; i < cursors->n; i++)
	{
		source->terms[i].cursor = &cursors->cursors[i];
		source->terms[i].doc = BIS_NO_DOC;
	}
	source->of_node = palloc0_array(TermPositions *, query->nnodes);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		BisCursor  *cursor = BisCursorOfNode(cursors, i);

		CHECK_FOR_INTERRUPTS();
		if (cursor != NULL)
			source->of_node[i] = &source->terms[cursor - cursors->cursors];
	}
	source->near_pairs = palloc_array(NearPair, query->nnodes);
	add_near_pairs(source, query->nodes);
	return source;
}

/* Do the pair's words occur within their distance anywhere in the article? */
static bool
near_pair_occurs(BisPositionSource *source, const NearPair *pair)
{
	const BiOccurrence *a;
	const BiOccurrence *b;
	uint32		na;
	uint32		nb;
	uint32		j = 0;

	if (BisCursorAt(source->cursors, pair->a->cursor, source->doc) == NULL ||
		BisCursorAt(source->cursors, pair->b->cursor, source->doc) == NULL)
		return false;
	a = read_positions(source, pair->a);
	b = read_positions(source, pair->b);
	na = BisPostingsFreq(pair->a->cursor->postings);
	nb = BisPostingsFreq(pair->b->cursor->postings);
	for (uint32 i = 0; i < na; i++)
	{
		int			pos = BiOccurrencePos(a[i]);

		while (j < nb && (int) BiOccurrencePos(b[j]) < pos + pair->low)
			j++;
		if (j == nb)
			return false;
		if ((int) BiOccurrencePos(b[j]) <= pos + pair->high)
			return true;
	}
	return false;
}

bool
BisPositionSourceMatches(BisPositionSource *source, uint32 doc)
{
	source->doc = doc;
	for (int i = 0; i < source->nnear_pairs; i++)
	{
		if (!near_pair_occurs(source, &source->near_pairs[i]))
			return false;
	}
	return BiMatches(source->query, &source->base);
}
