/*
 * text_source.c
 *	  An analyzed text as a document.
 *
 * The terms are sorted by lexeme, so that prefixes and patterns are a range
 * as in a tsvector; but positions are unlimited, none is clamped, and all are
 * in the body.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "match/occurrences.h"
#include "match/sources.h"
#include "match/wildcard_match.h"

#define BODY_WEIGHT 0

/* Order by lexeme and position; a long sort can be cancelled here. */
static int
compare_terms(const void *a, const void *b)
{
	const BiTerm *left = a;
	const BiTerm *right = b;
	int			order = BiCompareLexemes(left->lexeme, left->len,
										 right->lexeme, right->len);

	CHECK_FOR_INTERRUPTS();
	if (order != 0)
		return order;
	return left->pos < right->pos ? -1 : left->pos > right->pos;
}

/* Index of the first term that is not less than the len bytes at key. */
static int
first_term(const BiTextSource *source, const char *key, int len)
{
	int			low = 0;
	int			high = source->nterms;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const BiTextTerm *term = &source->terms[middle];

		if (BiCompareLexemes(term->lexeme, term->len, key, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The first term from index *next on that is word, or NULL; advances *next
 * past it.  Begin at first_term() of the word's literal prefix.
 */
static const BiTextTerm *
next_term(const BiTextSource *source, const BiQuery *query,
		  const BiNode *word, int prefix, int *next)
{
	const char *text = BiNodeText(query, word);

	while (*next < source->nterms)
	{
		const BiTextTerm *term = &source->terms[(*next)++];

		CHECK_FOR_INTERRUPTS();
		if (term->len < prefix || memcmp(term->lexeme, text, prefix) != 0)
			return NULL;
		if (word->flags & BI_PREFIX)
			return term;
		if (word->flags & BI_PATTERN)
		{
			if (BiWildcardMatches(text, word->len, prefix, term->lexeme,
								  term->len))
				return term;
			continue;
		}
		/* an exact word is the first of all terms with this prefix */
		return term->len == prefix ? term : NULL;
	}
	return NULL;
}

static bool
text_holds(BiSource *base, const BiQuery *query, const BiNode *word)
{
	BiTextSource *source = (BiTextSource *) base;
	int			prefix = BiPatternPrefix(query, word);
	int			next = first_term(source, BiNodeText(query, word), prefix);

	return (word->fields & BI_FIELD_D) != 0 &&
		next_term(source, query, word, prefix, &next) != NULL;
}

/* Append the occurrences of term to the *n in all, which is enlarged. */
static BiOccurrence *
append_term(const BiTextSource *source, const BiTextTerm *term,
			BiOccurrence *all, int *n, int *room)
{
	Size		needed = (Size) *n + term->n;

	if (needed > (Size) *room)
	{
		*room = Max(needed, Min(2 * (Size) *room, PG_INT32_MAX));
		all = all == NULL ?
			palloc_extended(*room * sizeof(BiOccurrence), MCXT_ALLOC_HUGE) :
			repalloc_huge(all, *room * sizeof(BiOccurrence));
	}
	memcpy(all + *n, source->occurrences + term->first,
		   term->n * sizeof(BiOccurrence));
	*n += term->n;
	return all;
}

static int
text_find(BiSource *base, const BiQuery *query, const BiNode *word,
		  const BiOccurrence **occurrences)
{
	BiTextSource *source = (BiTextSource *) base;
	int			prefix = BiPatternPrefix(query, word);
	int			next = first_term(source, BiNodeText(query, word), prefix);
	const BiTextTerm *term;
	const BiTextTerm *first;
	BiOccurrence *all = NULL;
	int			n = 0;
	int			room = 0;

	if ((word->fields & BI_FIELD_D) == 0)
		return 0;
	first = next_term(source, query, word, prefix, &next);
	if (first == NULL)
		return 0;
	*occurrences = source->occurrences + first->first;
	if ((word->flags & (BI_PREFIX | BI_PATTERN)) == 0)
		return first->n;

	while ((term = next_term(source, query, word, prefix, &next)) != NULL)
	{
		if (all == NULL)
			all = append_term(source, first, all, &n, &room);
		all = append_term(source, term, all, &n, &room);
	}
	if (all == NULL)
		return first->n;
	*occurrences = all;
	return BiOccurrencesSort(all, n);
}

/* Every word has its positions, and none is clamped. */
static int
text_unplaced(BiSource *source pg_attribute_unused(),
			  const BiQuery *query pg_attribute_unused(),
			  const BiNode *word pg_attribute_unused())
{
	return 0;
}

/* It has all places of its words. */
static BiLimit
text_limit(BiSource *source pg_attribute_unused(),
		   const BiQuery *query pg_attribute_unused(),
		   const BiNode *word pg_attribute_unused())
{
	return BI_NO_LIMIT;
}

static int
text_boundaries(BiSource *base, bool paragraphs, const uint32 **positions)
{
	const BiAnalysis *analysis = ((BiTextSource *) base)->analysis;
	int			n = paragraphs ? analysis->nparagraphs : analysis->nsentences;

	*positions = paragraphs ? analysis->paragraphs : analysis->sentences;
	return n > 0 ? n : -1;
}

void
BiTextSourceInit(BiTextSource *source, BiAnalysis *analysis)
{
	BiTerm	   *terms = analysis->terms;
	BiTextTerm *term = NULL;

	source->source.holds = text_holds;
	source->source.find = text_find;
	source->source.unplaced = text_unplaced;
	source->source.limit = text_limit;
	source->source.boundaries = text_boundaries;
	source->analysis = analysis;
	source->nterms = 0;

	qsort(terms, analysis->nterms, sizeof(BiTerm), compare_terms);
	source->terms = palloc_extended(analysis->nterms * sizeof(BiTextTerm),
									MCXT_ALLOC_HUGE);
	source->occurrences = palloc_extended(analysis->nterms *
										  sizeof(BiOccurrence),
										  MCXT_ALLOC_HUGE);
	for (int i = 0, n = 0; i < analysis->nterms; i++)
	{
		if (i == 0 || BiCompareLexemes(term->lexeme, term->len,
									   terms[i].lexeme, terms[i].len) != 0)
		{
			term = &source->terms[source->nterms++];
			term->lexeme = terms[i].lexeme;
			term->len = terms[i].len;
			term->first = n;
			term->n = 0;
		}
		else if (terms[i].pos == terms[i - 1].pos)
			continue;			/* two equal variants */
		source->occurrences[n++] = BiOccurrenceMake(terms[i].pos,
													BODY_WEIGHT);
		term->n++;
	}
}
