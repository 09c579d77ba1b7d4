/*
 * stream_source.c
 *	  A text, read once for one query, as a document.
 *
 * The text is read once, and only the occurrences of the query's own words
 * are kept: memory grows with what is found, not with the text.  Positions
 * are unlimited, none is clamped, and all are in one field.
 *
 * The query's words are found by their literal prefixes, which for an exact
 * word is the whole word: one hash table has them, and a lexeme is looked up
 * as a whole and by each length that a wildcard's prefix has.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "match/occurrences.h"
#include "match/sources.h"
#include "match/wildcard_match.h"
#include "text/lexeme.h"

/* words whose lexemes are cached from text to text */
#define CACHED_WORDS	8192

/* a word of the query (equal words are merged), and where it occurs */
typedef struct QueryWord
{
	const char *text;
	int			len;
	int			prefix;			/* bytes before the first wildcard */
	uint8		flags;			/* BI_PREFIX, BI_PATTERN */
	int			next;			/* next pattern with this prefix, or -1 */
	BiOccurrence *occurrences;
	int			n;
	int			max;
} QueryWord;

/* the words with one literal prefix */
typedef struct PrefixEntry
{
	BiLexeme	prefix;
	uint32		hash;
	int			exact;			/* index of the exact word, or -1 */
	int			any;			/* of the prefix search, or -1 */
	int			patterns;		/* of the first pattern, or -1 */
	char		status;
} PrefixEntry;

#define SH_PREFIX prefixtable
#define SH_ELEMENT_TYPE PrefixEntry
#define SH_KEY_TYPE BiLexeme
#define SH_KEY prefix
#define SH_HASH_KEY(tb, key) BiLexemeHash(key)
#define SH_EQUAL(tb, a, b) BiLexemeEqual(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* boundaries of sentences, or of paragraphs */
typedef struct BoundaryList
{
	uint32	   *positions;
	int			n;
	int			max;
	int			nplaces;		/* places before the last boundary */
} BoundaryList;

struct BiStreamSource
{
	BiSource	source;
	BiTermSink	sink;
	QueryWord  *words;
	int			nwords;
	int		   *word_of_node;	/* of each node of the query, index in words */
	const BiQuery *query;
	prefixtable_hash *table;
	bool		begins[256];	/* does some prefix begin with this byte? */
	int		   *lengths;		/* of the prefixes of wildcards, ascending */
	int			nlengths;
	bool		wants_boundaries;

	/* of the current document */
	MemoryContext context;
	uint8		field;
	int			weight;			/* the field's */
	BiPlace    *places;
	int			nplaces;
	int			maxplaces;
	BoundaryList boundaries[2]; /* sentences, paragraphs */
};

/*
 * Return the array of n elements, enlarged if it has no room for one more;
 * *max is its capacity.  It is in the document's context.
 */
static void *
grow_in_document(const BiStreamSource *source, void *array, int n, int *max,
				 Size size)
{
	if (n < *max)
		return array;
	*max = (int) Min((Size) *max * 2 + 8, PG_INT32_MAX);
	if (array == NULL)
		return MemoryContextAllocHuge(source->context, *max * size);
	return repalloc_huge(array, *max * size);
}

/* Record that the term is an occurrence of word i. */
static void
add_occurrence(BiStreamSource *source, int i, const BiTerm *term, int32 start,
			   int32 end)
{
	QueryWord  *word = &source->words[i];
	BiOccurrence occurrence = BiOccurrenceMake(term->pos, source->weight);

	if (source->nplaces == 0 ||
		source->places[source->nplaces - 1].pos != term->pos)
	{
		BiPlace    *place;

		source->places = grow_in_document(source, source->places,
										  source->nplaces,
										  &source->maxplaces, sizeof(BiPlace));
		place = &source->places[source->nplaces++];
		place->pos = term->pos;
		place->start = start;
		place->end = end;
	}
	/* two lexemes at one position may have one prefix */
	if (word->n > 0 && word->occurrences[word->n - 1] == occurrence)
		return;
	word->occurrences = grow_in_document(source, word->occurrences,
										 word->n, &word->max,
										 sizeof(BiOccurrence));
	word->occurrences[word->n++] = occurrence;
}

/*
 * Record the term for the words whose literal prefix is its first prefix
 * bytes.
 */
static void
look_up_prefix(BiStreamSource *source, const BiTerm *term, int prefix,
			   int32 start, int32 end)
{
	BiLexeme	key = {term->lexeme, prefix};
	PrefixEntry *entry = prefixtable_lookup(source->table, key);

	if (entry == NULL)
		return;
	if (entry->exact >= 0 && term->len == prefix)
		add_occurrence(source, entry->exact, term, start, end);
	if (entry->any >= 0)
		add_occurrence(source, entry->any, term, start, end);
	for (int i = entry->patterns; i >= 0; i = source->words[i].next)
	{
		const QueryWord *word = &source->words[i];

		CHECK_FOR_INTERRUPTS();
		if (BiWildcardMatches(word->text, word->len, prefix,
							  term->lexeme, term->len))
			add_occurrence(source, i, term, start, end);
	}
}

/* Callback: the sink receives a term. */
static void
receive_term(BiTermSink *sink, const BiTerm *term, int32 start, int32 end)
{
	BiStreamSource *source = (BiStreamSource *)
		((char *) sink - offsetof(BiStreamSource, sink));

	if (!source->begins[(unsigned char) *term->lexeme])
		return;
	look_up_prefix(source, term, term->len, start, end);
	for (int i = 0; i < source->nlengths; i++)
	{
		if (source->lengths[i] >= term->len)
			break;
		look_up_prefix(source, term, source->lengths[i], start, end);
	}
}

/*
 * Keep the boundary at pos, unless none of our words is between the last
 * boundary and it: then it separates nothing that the last one does not.
 */
static void
keep_boundary(BiStreamSource *source, BoundaryList *boundaries, uint32 pos)
{
	int			before = boundaries->nplaces;

	while (before < source->nplaces && source->places[before].pos <= pos)
		before++;
	if (before == boundaries->nplaces)
		return;
	boundaries->positions = grow_in_document(source, boundaries->positions,
											 boundaries->n, &boundaries->max,
											 sizeof(uint32));
	boundaries->positions[boundaries->n++] = pos;
	boundaries->nplaces = before;
}

/* Callback: the sink receives a boundary. */
static void
receive_boundary(BiTermSink *sink, uint32 pos, bool paragraph)
{
	BiStreamSource *source = (BiStreamSource *)
		((char *) sink - offsetof(BiStreamSource, sink));

	keep_boundary(source, &source->boundaries[0], pos);
	if (paragraph)
		keep_boundary(source, &source->boundaries[1], pos);
}

/* The occurrences of word, or NULL if it is not searched in this field. */
static const QueryWord *
query_word_of(BiSource *base, const BiNode *word)
{
	BiStreamSource *source = (BiStreamSource *) base;

	if ((word->fields & source->field) == 0)
		return NULL;
	return &source->words[source->word_of_node[word - source->query->nodes]];
}

static bool
stream_holds(BiSource *base, const BiQuery *query pg_attribute_unused(),
			 const BiNode *word)
{
	const QueryWord *found = query_word_of(base, word);

	return found != NULL && found->n > 0;
}

static int
stream_find(BiSource *base, const BiQuery *query pg_attribute_unused(),
			const BiNode *word, const BiOccurrence **occurrences)
{
	const QueryWord *found = query_word_of(base, word);

	if (found == NULL)
		return 0;
	*occurrences = found->occurrences;
	return found->n;
}

/* Every word has its positions, and none is clamped. */
static int
stream_unplaced(BiSource *source pg_attribute_unused(),
				const BiQuery *query pg_attribute_unused(),
				const BiNode *word pg_attribute_unused())
{
	return 0;
}

/* It has all places of its words. */
static BiLimit
stream_limit(BiSource *source pg_attribute_unused(),
			 const BiQuery *query pg_attribute_unused(),
			 const BiNode *word pg_attribute_unused())
{
	return BI_NO_LIMIT;
}

static int
stream_boundaries(BiSource *base, bool paragraphs, const uint32 **positions)
{
	const BoundaryList *boundaries =
		&((BiStreamSource *) base)->boundaries[paragraphs ? 1 : 0];

	*positions = boundaries->positions;
	return boundaries->n > 0 ? boundaries->n : -1;
}

/* Look up terms that begin with prefix; if it is empty, all but stems. */
static void
note_first_byte(BiStreamSource *source, BiLexeme prefix)
{
	if (prefix.len > 0)
	{
		source->begins[(unsigned char) *prefix.s] = true;
		return;
	}
	for (int i = 0; i < (int) lengthof(source->begins); i++)
		source->begins[i] |= i != BI_STEM_SIGN;
}

/* Index in words of word, which is added if it is not there. */
static int
add_query_word(BiStreamSource *source, const BiNode *word)
{
	const char *text = BiNodeText(source->query, word);
	BiLexeme	prefix = {text, BiPatternPrefix(source->query, word)};
	PrefixEntry *entry;
	QueryWord  *added;
	bool		found;

	entry = prefixtable_insert(source->table, prefix, &found);
	if (!found)
		entry->exact = entry->any = entry->patterns = -1;
	if (word->flags == 0 && entry->exact >= 0)
		return entry->exact;
	if ((word->flags & BI_PREFIX) && entry->any >= 0)
		return entry->any;

	added = &source->words[source->nwords];
	added->text = text;
	added->len = word->len;
	added->prefix = prefix.len;
	added->flags = word->flags;
	added->next = entry->patterns;
	if (word->flags & BI_PATTERN)
		entry->patterns = source->nwords;
	else if (word->flags & BI_PREFIX)
		entry->any = source->nwords;
	else
		entry->exact = source->nwords;
	note_first_byte(source, prefix);
	return source->nwords++;
}

static int
compare_ints(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* List the distinct lengths of the prefixes of wildcards. */
static void
list_lengths(BiStreamSource *source)
{
	int			n = 0;

	source->lengths = palloc(sizeof(int) * (source->nwords + 1));
	for (int i = 0; i < source->nwords; i++)
	{
		if (source->words[i].flags != 0)
			source->lengths[n++] = source->words[i].prefix;
	}
	qsort(source->lengths, n, sizeof(int), compare_ints);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || source->lengths[i] != source->lengths[i - 1])
			source->lengths[source->nlengths++] = source->lengths[i];
	}
}

BiStreamSource *
BiStreamSourceCreate(const BiQuery *query)
{
	BiStreamSource *source = palloc0(sizeof(BiStreamSource));
	int			nwords = 0;

	source->source.holds = stream_holds;
	source->source.find = stream_find;
	source->source.unplaced = stream_unplaced;
	source->source.limit = stream_limit;
	source->source.boundaries = stream_boundaries;
	source->sink.term = receive_term;
	source->sink.cache = BiLexemeCacheCreate(CACHED_WORDS, false);
	source->query = query;
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (query->nodes[i].kind == BI_WORD)
			nwords++;
		else if (query->nodes[i].kind == BI_PROX_JOIN &&
				 (query->nodes[i].flags & BI_WITHIN) == 0)
			source->wants_boundaries = true;
	}

	source->words = palloc0(sizeof(QueryWord) * (nwords + 1));
	source->word_of_node = palloc(sizeof(int) * (query->nnodes + 1));
	source->table = prefixtable_create(CurrentMemoryContext, Max(nwords, 8),
									   NULL);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (query->nodes[i].kind == BI_WORD)
			source->word_of_node[i] = add_query_word(source, &query->nodes[i]);
	}
	/* without stems in the query, the wrapped dictionary is not needed */
	source->sink.stems = source->begins[BI_STEM_SIGN];
	list_lengths(source);
	return source;
}

BiSource *
BiStreamSourceRead(BiStreamSource *source, const BiConfig *config,
				   const char *text, int len, uint8 field, bool places)
{
	for (int i = 0; i < source->nwords; i++)
	{
		source->words[i].occurrences = NULL;
		source->words[i].n = source->words[i].max = 0;
	}
	memset(source->boundaries, 0, sizeof(source->boundaries));
	source->context = CurrentMemoryContext;
	source->places = NULL;
	source->nplaces = source->maxplaces = 0;
	source->field = field;
	source->weight = pg_rightmost_one_pos32(field);
	source->sink.places = places;
	source->sink.boundary = source->wants_boundaries ? receive_boundary : NULL;
	BiLexemeCacheRefresh(source->sink.cache);
	if (source->nwords > 0)
		BiAnalyzeTo(config, text, len, &source->sink);
	return &source->source;
}

const BiPlace *
BiStreamSourcePlaces(const BiStreamSource *source, int *n)
{
	*n = source->nplaces;
	return source->places;
}
