/*
 * explain_miss.c
 *	  Explains why an operand does not match a document, and how near it
 *	  came.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/deparse.h"
#include "show/explain_distance.h"
#include "show/explain_miss.h"
#include "show/operands.h"
#include "text/analyze.h"
#include "text/continuation.h"

/* shorter words are the beginning of too many others */
#define MIN_BEGINNING 3

/* places of proximities with more joins are not counted */
#define MAX_JOINS 16

static const char *const no_places =
"its words are there, but the document has no positions";

/* Count places as BiPlaces does, of spans sorted by start and end. */
static int
count_places(const BiSpan *spans, int n, bool starts)
{
	int			places = 0;

	for (int i = 0; i < n; i++)
	{
		if (i == 0 || spans[i].start != spans[i - 1].start ||
			(!starts && spans[i].end != spans[i - 1].end))
			places++;
	}
	return places;
}

int
BiPlaces(const BiQuery *query, const BiNode *node, BiSource *source,
		 bool starts)
{
	BiSpan	   *spans;
	int			n = BiSpans(query, node, source, &spans);

	return count_places(spans, n, starts);
}

bool
BiIsCountable(const BiNode *node)
{
	int			njoins = 0;

	for (const BiNode *n = node; n < BiNodeEnd(node); n++)
	{
		if (n->kind == BI_PROX_JOIN && ++njoins > MAX_JOINS)
			return false;
	}
	return true;
}

/* A copy of the subtree at node, n nodes of it. */
static BiNode *
copy_nodes(const BiNode *node, uint32 n)
{
	BiNode	   *copy = palloc_array(BiNode, n);

	memcpy(copy, node, n * sizeof(BiNode));
	copy->size = n;
	return copy;
}

/* The fields in which node occurs when searched in all of them. */
static uint8
fields_of_node(const BiQuery *query, const BiNode *node, BiSource *source)
{
	BiNode	   *copy = copy_nodes(node, node->size);
	BiSpan	   *spans;
	uint8		fields = 0;
	int			n;

	for (uint32 i = 0; i < node->size; i++)
	{
		if (copy[i].kind == BI_ITEM || copy[i].kind == BI_WORD)
			copy[i].fields = BI_ALL_FIELDS;
	}
	n = BiSpans(query, copy, source, &spans);
	for (int i = 0; i < n; i++)
		fields |= spans[i].start_field | spans[i].end_field;
	return fields;
}

/* "only in the body", or NULL if it is not in other fields either. */
static char *
other_fields(const BiQuery *query, const BiNode *node, BiSource *source)
{
	uint8		fields = fields_of_node(query, node, source);
	StringInfoData buf;

	if (fields == 0)
		return NULL;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "only in the ");
	BiAppendFieldNames(&buf, fields);
	return buf.data;
}

/*
 * Number of occurrences of longer words that begin with this one; 0 if the
 * word is unsuitable.
 */
static int
count_beginnings(const BiQuery *query, const BiNode *word, BiSource *source)
{
	BiNode		prefix = *word;

	if (word->kind != BI_WORD || word->flags != 0 ||
		*BiNodeText(query, word) == BI_STEM_SIGN ||
		pg_mbstrlen_with_len(BiNodeText(query, word), word->len) <
		MIN_BEGINNING)
		return 0;
	prefix.flags = BI_PREFIX;
	return BiPlaces(query, &prefix, source, false);
}

/*
 * If the document may not keep all places of a word of node, a note that says
 * so: then nothing can be said of how near its words are.  Else NULL.
 */
static char *
limit_note(const BiQuery *query, const BiNode *node, BiSource *source)
{
	for (const BiNode *word = node; word < BiNodeEnd(node); word++)
	{
		BiLimit		limit = BI_NO_LIMIT;
		const char *text;
		int			skip;
		int			len;

		CHECK_FOR_INTERRUPTS();
		if (word->kind == BI_WORD)
			limit = source->limit(source, query, word);
		if (limit == BI_NO_LIMIT)
			continue;
		if (word->flags & (BI_PREFIX | BI_PATTERN))
			return pstrdup("not all places of its words are kept");
		text = BiNodeText(query, word);
		skip = *text == BI_STEM_SIGN ? 1 : 0;
		text += skip;
		len = pg_mbcharcliplen(text, word->len - skip, BI_MAX_QUOTED_CHARS);
		if (limit == BI_LIMIT_POSITIONS)
			return psprintf("places of \"%.*s\" beyond position %d are not kept",
							len, text, BI_CLAMPED_POSITION - 1);
		return psprintf("only the first %d places of \"%.*s\" are kept",
						BI_MAX_PLACES, len, text);
	}
	return NULL;
}

/* A single word, or a word of a phrase. */
static char *
word_miss(const BiQuery *query, const BiNode *slot, BiSource *source)
{
	char	   *elsewhere = other_fields(query, slot, source);
	char	   *limit = limit_note(query, slot, source);
	int			n;

	if (limit != NULL)
		return limit;

	if (elsewhere != NULL)
		return elsewhere;
	n = count_beginnings(query, slot, source);
	if (n > 0)
		return psprintf("not in the document, but %d longer %s", n,
						n == 1 ? "word begins with it" :
						"words begin with it");
	return pstrdup("not in the document");
}

/* the positions of a phrase's words */
typedef struct PhraseWords
{
	uint32	  **lists;
	int		   *lengths;
	int			n;
	uint32		length;			/* positions from first to last */
} PhraseWords;

/* The positions of a slot; sets *n to their number. */
static uint32 *
slot_positions(const BiQuery *query, const BiNode *slot, BiSource *source,
			   int *n)
{
	BiSpan	   *spans;
	int			nspans = BiSpans(query, slot, source, &spans);
	uint32	   *positions = palloc_extended(sizeof(uint32) *
											(nspans + (Size) 1),
											MCXT_ALLOC_HUGE);

	*n = 0;
	for (int i = 0; i < nspans; i++)
	{
		if (*n == 0 || positions[*n - 1] != spans[i].start)
			positions[(*n)++] = spans[i].start;
	}
	return positions;
}

/* Find the words; returns a note if one of them is missing, or NULL. */
static const char *
find_phrase_words(const BiQuery *query, const BiNode *phrase, BiSource *source,
				  PhraseWords *words)
{
	int			missing = 0;
	int			unplaced = 0;

	words->lists = palloc_array(uint32 *, phrase->size);
	words->lengths = palloc_array(int, phrase->size);
	words->n = 0;
	words->length = 0;
	for (const BiNode *slot = BiNodeFirst(phrase);
		 slot < BiNodeEnd(phrase); slot = BiNodeEnd(slot))
	{
		int			n = 0;

		CHECK_FOR_INTERRUPTS();
		words->lists[words->n] = slot_positions(query, slot, source, &n);
		words->lengths[words->n++] = n;
		words->length = slot->arg + 1;
		if (n == 0)
		{
			if (BiNodeMatches(query, slot, source))
				unplaced++;
			else
				missing++;
		}
	}
	if (missing > 0)
		return psprintf("%d of its %d words %s missing", missing, words->n,
						missing == 1 ? "is" : "are");
	return unplaced > 0 ? no_places : NULL;
}

/* A phrase of two words: how far apart they are, and in which order. */
static char *
pair_miss(const PhraseWords *words)
{
	uint32		ahead = PG_UINT32_MAX;
	uint32		back = PG_UINT32_MAX;
	int			j = 0;

	for (int i = 0; i < words->lengths[0]; i++)
	{
		uint32		pos = words->lists[0][i];

		CHECK_FOR_INTERRUPTS();
		while (j < words->lengths[1] && words->lists[1][j] <= pos)
			j++;
		if (j < words->lengths[1])
			ahead = Min(ahead, words->lists[1][j] - pos);
		for (int k = j - 1; k >= 0; k--)
		{
			if (words->lists[1][k] == pos)
				continue;
			back = Min(back, pos - words->lists[1][k]);
			break;
		}
	}
	if (ahead == PG_UINT32_MAX && back == PG_UINT32_MAX)
		return pstrdup("the word occurs only once");
	if (back < ahead)
		return psprintf("its words are at least %u apart, in reverse order",
						back);
	return psprintf("its words are at least %u apart", ahead);
}

static char *
phrase_miss(const BiQuery *query, const BiNode *item, BiSource *source)
{
	PhraseWords words;
	uint32		stretch;
	const char *missing;
	char	   *limit;
	char	   *elsewhere = other_fields(query, item, source);

	if (elsewhere != NULL)
		return elsewhere;
	missing = find_phrase_words(query, BiNodeFirst(item), source, &words);
	if (missing != NULL)
		return pstrdup(missing);
	limit = limit_note(query, item, source);
	if (limit != NULL)
		return limit;
	if (words.n == 2)
		return pair_miss(&words);
	stretch = BiShortestStretch(words.lists, words.lengths, words.n);
	if (stretch <= words.length)
		return pstrdup("its words are together, but in another order");
	return psprintf("its words span at least %u words instead of %u",
					stretch, words.length);
}

/* a join of a chain with its operands */
typedef struct ChainJoin
{
	const BiNode *join;
	const BiNode *left;			/* an operand, or a PROX_CHAIN cut off there */
	const BiNode *right;
} ChainJoin;

/* The chain's first n operands, as a node of its own. */
static const BiNode *
chain_prefix(const BiNode *chain, const BiNode *const *operands, int n)
{
	if (n == 1)
		return operands[0];
	return copy_nodes(chain, BiNodeEnd(operands[n - 1]) - chain);
}

/*
 * Find the first join at which the chain, which does not match, has no span
 * left.  Returns false if its first operand is not there at all.
 */
static bool
find_failing_join(const BiQuery *query, const BiNode *chain, BiSource *source,
				  ChainJoin *result)
{
	const BiNode **operands = palloc_array(const BiNode *, chain->size);
	int			n = 0;
	int			low = 0;		/* number of operands near each other */
	int			high;

	for (const BiNode *child = BiNodeFirst(chain);
		 child < BiNodeEnd(chain); child = BiNodeEnd(child))
	{
		if (child->kind != BI_PROX_JOIN)
			operands[n++] = child;
	}
	high = n;
	while (high - low > 1)
	{
		int			middle = low + (high - low) / 2;
		const BiNode *prefix = chain_prefix(chain, operands, middle);
		bool		found = middle > 1 || !BiIsCountable(prefix) ?
			BiNodeMatches(query, prefix, source) :
			BiPlaces(query, prefix, source, true) > 0;

		if (found)
			low = middle;
		else
			high = middle;
	}
	result->right = operands[low];
	if (low == 0)
		return false;
	result->left = chain_prefix(chain, operands, low);
	result->join = result->right - 1;
	return true;
}

/* Prefix a note with "NEAR/5: ". */
static char *
join_note(const BiNode *join, const char *note)
{
	StringInfoData buf;

	initStringInfo(&buf);
	BiAppendProxJoin(&buf, join);
	appendStringInfo(&buf, ": %s", note);
	return buf.data;
}

/* A note for operands that are there, but nowhere as near as join asks. */
static const char *
distance_note(const BiNode *join, const BiDistance *distance)
{
	bool		ordered = (join->flags & BI_ORDERED) != 0;
	uint32		least = ordered ? distance->after :
		Min(distance->after, distance->before);
	const char *unit = (join->flags & BI_WITHIN) ? "" :
		(join->flags & BI_SENTENCE) ? (least == 1 ? " sentence" : " sentences") :
		(least == 1 ? " paragraph" : " paragraphs");

	if (least != PG_UINT32_MAX)
		return psprintf("they are at least %u%s apart", least, unit);
	if (distance->before != PG_UINT32_MAX)
		return "only in reverse order";
	if (distance->other_field)
		return "only in different fields";
	return "both operands match only the same word";
}

static char *
chain_miss(const BiQuery *query, const BiNode *chain, BiSource *source)
{
	ChainJoin	at;
	BiSpan	   *left;
	BiSpan	   *right;
	const uint32 *boundaries = NULL;
	int			nboundaries = -1;
	int			nleft;
	int			nright;
	char	   *limit;
	BiDistance	distance;

	if (!find_failing_join(query, chain, source, &at))
		return pstrdup(BiNodeMatches(query, at.right, source) ? no_places :
					   "its first operand is missing");
	limit = limit_note(query, chain, source);
	if (limit != NULL)
		return limit;
	if (!BiIsCountable(at.left) || !BiIsCountable(at.right))
		return join_note(at.join, "no match of both operands together");
	nleft = BiSpans(query, at.left, source, &left);
	if (at.join->flags & BI_NEGATED)
	{
		int			n = count_places(left, nleft, false);

		return join_note(at.join, n == 1 ? "its only match is too near" :
						 psprintf("all %d matches are too near", n));
	}
	nright = BiSpans(query, at.right, source, &right);
	if (nright == 0)
		return join_note(at.join, BiNodeMatches(query, at.right, source) ?
						 no_places : "its right operand is missing");
	if ((at.join->flags & BI_WITHIN) == 0)
	{
		nboundaries = source->boundaries(source,
										 (at.join->flags & BI_PARAGRAPH) != 0,
										 &boundaries);
		if (nboundaries < 0)
			return join_note(at.join,
							 "the document has no boundaries of sentences and paragraphs, which bi_tsvector adds");
	}
	BiFindDistance(left, nleft, right, nright, boundaries, nboundaries,
				   &distance);
	return join_note(at.join, distance_note(at.join, &distance));
}

static char *
atleast_miss(const BiQuery *query, const BiNode *node, BiSource *source)
{
	const BiNode *operand = BiNodeFirst(node);
	char	   *limit;

	if (!BiNodeMatches(query, operand, source))
		return pstrdup("not even once");
	limit = limit_note(query, operand, source);
	if (limit != NULL)
		return limit;
	if (!BiIsCountable(operand))
		return pstrdup("not as often");
	return psprintf("only %d", Max(1, BiPlaces(query, operand, source, true)));
}

char *
BiExplainMiss(const BiQuery *query, const BiNode *node, BiSource *source)
{
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			if (BiNodeFirst(node)->kind == BI_PHRASE)
				return phrase_miss(query, node, source);
			return word_miss(query, BiNodeFirst(node), source);
		case BI_PROX_CHAIN:
			return chain_miss(query, node, source);
		case BI_ATLEAST:
			return atleast_miss(query, node, source);
		default:
			return word_miss(query, node, source);
	}
}
