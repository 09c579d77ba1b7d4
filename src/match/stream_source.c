/*
 * stream_source.c
 *	  A text, read once for one query, as a document.
 *
 * The text goes by once, and only the occurrences of the query's own words
 * are kept: what is remembered grows with what is found, not with the text.
 * There is no limit to positions, nothing is clamped, and all is one field.
 *
 * The query's words are found by their literal prefixes, which are all of an
 * exact word: one table has them, and a lexeme is looked up as a whole and by
 * each length that the prefix of a wildcard has.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "match/occurrences.h"
#include "match/sources.h"
#include "match/wildcard_match.h"
#include "text/lexeme.h"

/* words whose lexemes are remembered from text to text */
#define CACHED_WORDS	8192

/* a word of the query, alike ones taken together, and where it stands */
typedef struct Wanted
{
	const char *text;
	int			len;
	int			prefix;			/* bytes before the first wildcard */
	uint8		flags;			/* BI_PREFIX, BI_PATTERN */
	int			next;			/* a pattern's next with this prefix, or -1 */
	BiOccurrence *occurrences;
	int			n;
	int			max;
} Wanted;

/* the words with one literal prefix */
typedef struct PrefixEntry
{
	BiLexeme	prefix;
	uint32		hash;
	int			exact;			/* the exact word, the prefix itself, and the */
	int			any;			/* first pattern; -1 if there is none */
	int			patterns;
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

/* ends of sentences, or of paragraphs */
typedef struct Ends
{
	uint32	   *positions;
	int			n;
	int			max;
	int			nplaces;		/* places before the last one */
} Ends;

struct BiStreamSource
{
	BiSource	source;
	BiTermSink	sink;
	Wanted	   *wanted;
	int			nwanted;
	int		   *wanted_of;		/* for each node of the query */
	const BiQuery *query;
	prefixtable_hash *table;
	bool		begins[256];	/* does some prefix begin with this byte? */
	int		   *lengths;		/* of the prefixes of wildcards, rising */
	int			nlengths;
	bool		wants_ends;

	/* of the document being looked at */
	MemoryContext context;
	uint8		field;
	int			weight;			/* the field's */
	BiPlace    *places;
	int			nplaces;
	int			maxplaces;
	Ends		ends[2];		/* sentences, paragraphs */
};

/*
 * Room for one more element of the array of n elements, which has *max.  The
 * array is in the document's context.
 */
static void *
grow(const BiStreamSource *source, void *array, int n, int *max, Size size)
{
	if (n < *max)
		return array;
	*max = (int) Min((Size) *max * 2 + 8, PG_INT32_MAX);
	if (array == NULL)
		return MemoryContextAllocHuge(source->context, *max * size);
	return repalloc_huge(array, *max * size);
}

/* Note that wanted number i is the term. */
static void
add_occurrence(BiStreamSource *source, int i, const BiTerm *term, int32 start,
			   int32 end)
{
	Wanted	   *wanted = &source->wanted[i];
	BiOccurrence occurrence = BiOccurrenceMake(term->pos, source->weight);

	if (source->nplaces == 0 ||
		source->places[source->nplaces - 1].pos != term->pos)
	{
		BiPlace    *place;

		source->places = grow(source, source->places, source->nplaces,
							  &source->maxplaces, sizeof(BiPlace));
		place = &source->places[source->nplaces++];
		place->pos = term->pos;
		place->start = start;
		place->end = end;
	}
	/* two lexemes at one position may have one prefix */
	if (wanted->n > 0 && wanted->occurrences[wanted->n - 1] == occurrence)
		return;
	wanted->occurrences = grow(source, wanted->occurrences, wanted->n,
							   &wanted->max, sizeof(BiOccurrence));
	wanted->occurrences[wanted->n++] = occurrence;
}

/* Note the term for the words whose prefix is its first prefix bytes. */
static void
look_up(BiStreamSource *source, const BiTerm *term, int prefix, int32 start,
		int32 end)
{
	BiLexeme	key = {term->lexeme, prefix};
	PrefixEntry *entry = prefixtable_lookup(source->table, key);

	if (entry == NULL)
		return;
	if (entry->exact >= 0 && term->len == prefix)
		add_occurrence(source, entry->exact, term, start, end);
	if (entry->any >= 0)
		add_occurrence(source, entry->any, term, start, end);
	for (int i = entry->patterns; i >= 0; i = source->wanted[i].next)
	{
		const Wanted *wanted = &source->wanted[i];

		CHECK_FOR_INTERRUPTS();
		if (BiWildcardMatches(wanted->text, wanted->len, prefix,
							  term->lexeme, term->len))
			add_occurrence(source, i, term, start, end);
	}
}

/* The sink's term. */
static void
take_term(BiTermSink *sink, const BiTerm *term, int32 start, int32 end)
{
	BiStreamSource *source = (BiStreamSource *)
		((char *) sink - offsetof(BiStreamSource, sink));

	if (!source->begins[(unsigned char) *term->lexeme])
		return;
	look_up(source, term, term->len, start, end);
	for (int i = 0; i < source->nlengths; i++)
	{
		if (source->lengths[i] >= term->len)
			break;
		look_up(source, term, source->lengths[i], start, end);
	}
}

/*
 * Keep an end at pos, unless there is none of our words between the last one
 * and it: then it parts nothing that the last one does not.
 */
static void
add_end(BiStreamSource *source, Ends *ends, uint32 pos)
{
	int			before = ends->nplaces;

	while (before < source->nplaces && source->places[before].pos <= pos)
		before++;
	if (before == ends->nplaces)
		return;
	ends->positions = grow(source, ends->positions, ends->n, &ends->max,
						   sizeof(uint32));
	ends->positions[ends->n++] = pos;
	ends->nplaces = before;
}

/* The sink's mark. */
static void
take_mark(BiTermSink *sink, uint32 pos, bool paragraph)
{
	BiStreamSource *source = (BiStreamSource *)
		((char *) sink - offsetof(BiStreamSource, sink));

	add_end(source, &source->ends[0], pos);
	if (paragraph)
		add_end(source, &source->ends[1], pos);
}

/* Where word stands, or NULL where it is not looked for in this field. */
static const Wanted *
found_of(BiSource *base, const BiNode *word)
{
	BiStreamSource *source = (BiStreamSource *) base;

	if ((word->fields & source->field) == 0)
		return NULL;
	return &source->wanted[source->wanted_of[word - source->query->nodes]];
}

static bool
stream_holds(BiSource *base, const BiQuery *query pg_attribute_unused(),
			 const BiNode *word)
{
	const Wanted *found = found_of(base, word);

	return found != NULL && found->n > 0;
}

static int
stream_find(BiSource *base, const BiQuery *query pg_attribute_unused(),
			const BiNode *word, const BiOccurrence **occurrences)
{
	const Wanted *found = found_of(base, word);

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

static int
stream_marks(BiSource *base, bool paragraphs, const uint32 **positions)
{
	const Ends *ends = &((BiStreamSource *) base)->ends[paragraphs ? 1 : 0];

	*positions = ends->positions;
	return ends->n > 0 ? ends->n : -1;
}

/* Terms that begin so are looked at: all words, where a wildcard leads. */
static void
note_beginning(BiStreamSource *source, BiLexeme prefix)
{
	if (prefix.len > 0)
	{
		source->begins[(unsigned char) *prefix.s] = true;
		return;
	}
	for (int i = 0; i < (int) lengthof(source->begins); i++)
		source->begins[i] |= i != BI_STEM_SIGN;
}

/* The number of the word, which is added if none is like it. */
static int
want(BiStreamSource *source, const BiNode *word)
{
	const char *text = BiNodeText(source->query, word);
	BiLexeme	prefix = {text, BiPatternPrefix(source->query, word)};
	PrefixEntry *entry;
	Wanted	   *wanted;
	bool		found;

	entry = prefixtable_insert(source->table, prefix, &found);
	if (!found)
		entry->exact = entry->any = entry->patterns = -1;
	if (word->flags == 0 && entry->exact >= 0)
		return entry->exact;
	if ((word->flags & BI_PREFIX) && entry->any >= 0)
		return entry->any;

	wanted = &source->wanted[source->nwanted];
	wanted->text = text;
	wanted->len = word->len;
	wanted->prefix = prefix.len;
	wanted->flags = word->flags;
	wanted->next = entry->patterns;
	if (word->flags & BI_PATTERN)
		entry->patterns = source->nwanted;
	else if (word->flags & BI_PREFIX)
		entry->any = source->nwanted;
	else
		entry->exact = source->nwanted;
	note_beginning(source, prefix);
	return source->nwanted++;
}

static int
compare_ints(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* List the lengths of the prefixes that wildcards have. */
static void
list_lengths(BiStreamSource *source)
{
	int			n = 0;

	source->lengths = palloc(sizeof(int) * (source->nwanted + 1));
	for (int i = 0; i < source->nwanted; i++)
	{
		if (source->wanted[i].flags != 0)
			source->lengths[n++] = source->wanted[i].prefix;
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
	source->source.marks = stream_marks;
	source->sink.term = take_term;
	source->sink.cache = BiLexemeCacheCreate(CACHED_WORDS, false);
	source->query = query;
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (query->nodes[i].kind == BI_WORD)
			nwords++;
		else if (query->nodes[i].kind == BI_PROX_JOIN &&
				 (query->nodes[i].flags & BI_WITHIN) == 0)
			source->wants_ends = true;
	}

	source->wanted = palloc0(sizeof(Wanted) * (nwords + 1));
	source->wanted_of = palloc(sizeof(int) * (query->nnodes + 1));
	source->table = prefixtable_create(CurrentMemoryContext, Max(nwords, 8),
									   NULL);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (query->nodes[i].kind == BI_WORD)
			source->wanted_of[i] = want(source, &query->nodes[i]);
	}
	/* quoted words never need the dictionary that gives stems */
	source->sink.stems = source->begins[BI_STEM_SIGN];
	list_lengths(source);
	return source;
}

BiSource *
BiStreamSourceRead(BiStreamSource *source, const BiConfig *config,
				   const char *text, int len, uint8 field, bool places)
{
	for (int i = 0; i < source->nwanted; i++)
	{
		source->wanted[i].occurrences = NULL;
		source->wanted[i].n = source->wanted[i].max = 0;
	}
	memset(source->ends, 0, sizeof(source->ends));
	source->context = CurrentMemoryContext;
	source->places = NULL;
	source->nplaces = source->maxplaces = 0;
	source->field = field;
	source->weight = pg_rightmost_one_pos32(field);
	source->sink.places = places;
	source->sink.boundary = source->wants_ends ? take_mark : NULL;
	BiLexemeCacheRefresh(source->sink.cache);
	if (source->nwanted > 0)
		BiAnalyzeTo(config, text, len, &source->sink);
	return &source->source;
}

const BiPlace *
BiStreamSourcePlaces(const BiStreamSource *source, int *n)
{
	*n = source->nplaces;
	return source->places;
}
