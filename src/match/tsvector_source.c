/*
 * tsvector_source.c
 *	  A tsvector as a document.
 *
 * Its lexemes are sorted as tsCompareString() does: by their bytes.  So an
 * exact word is found by binary search, and prefixes and patterns are a range
 * of lexemes, or all of them if a wildcard leads.  The lexemes of boundaries
 * and stems are found only by a literal prefix that begins with their sign.
 * Where a word goes on in continuation lexemes (continuation.h), these are
 * part of it and are no lexemes of their own.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "match/fuzzy_walk.h"
#include "match/occurrences.h"
#include "match/sources.h"
#include "match/wildcard_match.h"
#include "text/continuation.h"

/* a scan for a word, over the lexemes that may match it */
typedef struct WordScan
{
	TSVector	vector;
	const char *lexemes;
	const BiNode *word;
	const char *text;
	int			prefix;			/* bytes of the word's literal prefix */
	int			next;			/* index of the next lexeme to test */
	BiFuzzyWalk *fuzzy;			/* NULL unless the word is fuzzy */
	int			least;			/* bytes of any lexeme that matches it */
	BiContinuationCache continuations;
} WordScan;

/* Begin a scan for a prefix or pattern. */
static void
begin_word_scan(WordScan *scan, TSVector vector, const BiQuery *query,
				const BiNode *word)
{
	bool		found;

	scan->vector = vector;
	scan->lexemes = STRPTR(vector);
	scan->word = word;
	scan->text = BiNodeText(query, word);
	scan->prefix = BiPatternPrefix(query, word);
	scan->next = BiFirstLexeme(vector, scan->text, scan->prefix, &found);
	scan->fuzzy = NULL;
	if (BiIsFuzzy(query, word))
	{
		scan->fuzzy = BiFuzzyWalkBegin(scan->text, word->len);
		scan->least = BiFuzzyWalkLeast(scan->fuzzy);
	}
	memset(&scan->continuations, 0, sizeof(scan->continuations));
}

/* Does the lexeme before scan->next match the fuzzy word?  Moves on. */
static bool
fuzzy_lexeme_matches(WordScan *scan, const char *lexeme, int len)
{
	const char *key;
	bool		found;
	int			index;

	if (len < scan->least)
		return false;
	switch (BiFuzzyWalkTest(scan->fuzzy, lexeme, len))
	{
		case BI_FUZZY_MATCHES:
			return true;
		case BI_FUZZY_DIFFERS:
			break;
		case BI_FUZZY_SKIP:
			key = BiFuzzyWalkKey(scan->fuzzy, &len);
			index = BiFirstLexeme(scan->vector, key, len, &found);
			scan->next = Max(scan->next, index);
			break;
		case BI_FUZZY_END:
			scan->next = scan->vector->size;
			break;
	}
	return false;
}

/* Does the lexeme before scan->next match the prefix or pattern? */
static inline bool
lexeme_matches(WordScan *scan, const char *lexeme, int len)
{
	if (scan->word->flags & BI_PREFIX)
		return true;
	if (scan->fuzzy != NULL)
		return fuzzy_lexeme_matches(scan, lexeme, len);
	return BiWildcardMatches(scan->text, scan->word->len, scan->prefix, lexeme,
							 len);
}

/* The next lexeme that matches the word, or NULL. */
static const WordEntry *
next_lexeme(WordScan *scan)
{
	while (scan->next < scan->vector->size)
	{
		const WordEntry *entry = ARRPTR(scan->vector) + scan->next++;
		const char *lexeme = scan->lexemes + entry->pos;

		CHECK_FOR_INTERRUPTS();
		if (entry->len < scan->prefix ||
			memcmp(lexeme, scan->text, scan->prefix) != 0)
			return NULL;
		if (lexeme_matches(scan, lexeme, entry->len) &&
			!BiIsContinuation(scan->vector, entry, &scan->continuations))
			return entry;
	}
	return NULL;
}

/* The lexeme of an exact word, or NULL. */
static inline const WordEntry *
exact_lexeme(TSVector vector, const BiQuery *query, const BiNode *word)
{
	bool		found;
	int			index = BiFirstLexeme(vector, BiNodeText(query, word),
									  word->len, &found);

	return found ? ARRPTR(vector) + index : NULL;
}

static inline bool
is_exact(const BiNode *word)
{
	return (word->flags & (BI_PREFIX | BI_PATTERN)) == 0;
}

/* Is some position of entry in fields?  Without positions, yes. */
static inline bool
entry_in_fields(TSVector vector, const WordEntry *entry, int fields)
{
	const WordEntryPosVector *positions;
	BiOccurrence *occurrences;
	int			n;

	if (!entry->haspos || fields == BI_ALL_FIELDS)
		return true;
	positions = _POSVECPTR(vector, entry);
	for (int i = 0; i < positions->npos; i++)
	{
		if (fields & (1 << WEP_GETWEIGHT(positions->pos[i])))
			return true;
	}

	occurrences = BiContinuedOccurrences(vector, entry, &n);
	for (int i = 0; occurrences != NULL && i < n; i++)
	{
		if (fields & BiOccurrenceField(occurrences[i]))
			return true;
	}
	return false;
}

static bool
tsvector_holds(BiSource *source, const BiQuery *query, const BiNode *word)
{
	TSVector	vector = ((BiTsvectorSource *) source)->vector;
	const WordEntry *entry;
	WordScan	scan;

	if (is_exact(word))
	{
		entry = exact_lexeme(vector, query, word);
		return entry != NULL && entry_in_fields(vector, entry, word->fields);
	}

	begin_word_scan(&scan, vector, query, word);
	while ((entry = next_lexeme(&scan)) != NULL)
	{
		if (entry_in_fields(vector, entry, word->fields))
			return true;
	}
	return false;
}

/* BI_x bits of entry in fields: how it is held apart from its positions. */
static int
entry_unplaced(TSVector vector, const WordEntry *entry, int fields)
{
	const WordEntryPosVector *positions;
	int			n;

	if (!entry->haspos)
		return BI_STRIPPED;
	positions = _POSVECPTR(vector, entry);
	for (int i = positions->npos - 1; i >= 0; i--)
	{
		if (WEP_GETPOS(positions->pos[i]) < BI_CLAMPED_POSITION)
			break;
		if (fields & (1 << WEP_GETWEIGHT(positions->pos[i])))
			return BiContinuedOccurrences(vector, entry, &n) == NULL ?
				BI_CLAMPED : 0;
	}
	return 0;
}

static int
tsvector_unplaced(BiSource *source, const BiQuery *query, const BiNode *word)
{
	TSVector	vector = ((BiTsvectorSource *) source)->vector;
	const WordEntry *entry;
	WordScan	scan;
	int			result = 0;

	if (is_exact(word))
	{
		entry = exact_lexeme(vector, query, word);
		return entry == NULL ? 0 :
			entry_unplaced(vector, entry, word->fields);
	}

	begin_word_scan(&scan, vector, query, word);
	while ((entry = next_lexeme(&scan)) != NULL)
		result |= entry_unplaced(vector, entry, word->fields);
	return result;
}

/*
 * Write the occurrences in fields of a lexeme that is not continued to out,
 * which has room for all of its positions.  Returns their number.
 */
static int
entry_occurrences(TSVector vector, const WordEntry *entry, int fields,
				  BiOccurrence *out)
{
	const WordEntryPosVector *positions = _POSVECPTR(vector, entry);
	int			n = 0;

	for (int i = 0; i < positions->npos; i++)
	{
		WordEntryPos p = positions->pos[i];

		if (WEP_GETPOS(p) >= BI_CLAMPED_POSITION)
			break;
		if (fields & (1 << WEP_GETWEIGHT(p)))
			out[n++] = BiOccurrenceMake(WEP_GETPOS(p), WEP_GETWEIGHT(p));
	}
	return n;
}

/*
 * The occurrences in fields of a lexeme that is continued; sets *n to their
 * number.  NULL if it is not continued.
 */
static BiOccurrence *
continued_occurrences(TSVector vector, const WordEntry *entry, int fields,
					  int *n)
{
	BiOccurrence *all = BiContinuedOccurrences(vector, entry, n);
	int			kept = 0;

	if (all == NULL || fields == BI_ALL_FIELDS)
		return all;
	for (int i = 0; i < *n; i++)
	{
		if (fields & BiOccurrenceField(all[i]))
			all[kept++] = all[i];
	}
	*n = kept;
	return all;
}

/* Room for n occurrences: the source's own as long as it suffices. */
static BiOccurrence *
occurrence_room(BiTsvectorSource *source, int n)
{
	if (n <= BI_SOURCE_ROOM - source->used)
		return source->room + source->used;
	return palloc(n * sizeof(BiOccurrence));
}

/* the union of several lexemes' occurrences */
typedef struct Union
{
	BiOccurrence *all;
	int			n;
	int			room;
} Union;

/* Add the occurrences of entry in fields. */
static void
add_to_union(Union *sum, TSVector vector, const WordEntry *entry, int fields)
{
	int			more = POSDATALEN(vector, entry);
	BiOccurrence *continued = continued_occurrences(vector, entry, fields,
													&more);

	if (sum->n + more > sum->room)
	{
		sum->room = Max(2 * sum->room, sum->n + more);
		sum->all = sum->all == NULL ?
			palloc(sum->room * sizeof(BiOccurrence)) :
			repalloc_huge(sum->all, sum->room * sizeof(BiOccurrence));
	}
	if (continued != NULL)
	{
		memcpy(sum->all + sum->n, continued, more * sizeof(BiOccurrence));
		sum->n += more;
		pfree(continued);
	}
	else
		sum->n += entry_occurrences(vector, entry, fields, sum->all + sum->n);
}

/*
 * tsvector_find() for a prefix or pattern: the union of its lexemes'
 * occurrences.
 */
static int
find_in_range(TSVector vector, const BiQuery *query, const BiNode *word,
			  const BiOccurrence **occurrences)
{
	const WordEntry *entry;
	WordScan	scan;
	Union		sum = {NULL, 0, 0};
	int			nlexemes = 0;

	begin_word_scan(&scan, vector, query, word);
	while ((entry = next_lexeme(&scan)) != NULL)
	{
		if (POSDATALEN(vector, entry) == 0)
			continue;
		add_to_union(&sum, vector, entry, word->fields);
		nlexemes++;
	}
	*occurrences = sum.all;
	return nlexemes > 1 ? BiOccurrencesSort(sum.all, sum.n) : sum.n;
}

static int
tsvector_find(BiSource *base, const BiQuery *query, const BiNode *word,
			  const BiOccurrence **occurrences)
{
	BiTsvectorSource *source = (BiTsvectorSource *) base;
	TSVector	vector = source->vector;
	const WordEntry *entry;
	BiOccurrence *found;
	int			n;

	if (!is_exact(word))
		return find_in_range(vector, query, word, occurrences);

	entry = exact_lexeme(vector, query, word);
	if (entry == NULL || !entry->haspos)
		return 0;
	if (BiMayContinue(vector, entry))
	{
		*occurrences = continued_occurrences(vector, entry, word->fields, &n);
		if (*occurrences != NULL)
			return n;
	}
	found = occurrence_room(source, POSDATALEN(vector, entry));
	n = entry_occurrences(vector, entry, word->fields, found);
	if (found == source->room + source->used)
		source->used += n;
	*occurrences = found;
	return n;
}

static int
compare_positions(const void *a, const void *b)
{
	uint32		left = *(const uint32 *) a;
	uint32		right = *(const uint32 *) b;

	return left < right ? -1 : left > right;
}

/*
 * Collect the positions of all boundaries whose lexemes begin with the sign.
 */
static void
read_boundaries(TSVector vector, uint32 sign_char,
				BiBoundaryPositions *boundaries)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(sign_char, sign);
	bool		found;
	int			room = 0;

	boundaries->known = true;
	boundaries->n = -1;
	boundaries->positions = NULL;
	if (signlen == 0)
		return;

	for (int i = BiFirstLexeme(vector, sign, signlen, &found);
		 i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		const char *lexeme = STRPTR(vector) + entry->pos;
		int			more = POSDATALEN(vector, entry);
		BiOccurrence *continued;

		CHECK_FOR_INTERRUPTS();
		if (entry->len < signlen || memcmp(lexeme, sign, signlen) != 0)
			break;
		if (more == 0 || !BiIsBoundaryLexeme(vector, entry, sign, signlen))
			continue;
		continued = BiContinuedOccurrences(vector, entry, &more);
		boundaries->n = Max(boundaries->n, 0);
		if (boundaries->n + more > room)
		{
			room = Max(2 * room, boundaries->n + more);
			boundaries->positions = boundaries->positions == NULL ?
				palloc(room * sizeof(uint32)) :
				repalloc_huge(boundaries->positions, room * sizeof(uint32));
		}
		for (int j = 0; j < more; j++)
			boundaries->positions[boundaries->n++] = continued != NULL ?
				BiOccurrencePos(continued[j]) :
				WEP_GETPOS(POSDATAPTR(vector, entry)[j]);
	}
	if (boundaries->n > 1)
		qsort(boundaries->positions, boundaries->n, sizeof(uint32),
			  compare_positions);
}

static int
tsvector_boundaries(BiSource *base, bool paragraphs, const uint32 **positions)
{
	BiTsvectorSource *source = (BiTsvectorSource *) base;
	BiBoundaryPositions *boundaries = &source->boundaries[paragraphs ? 1 : 0];

	if (!boundaries->known)
		read_boundaries(source->vector,
						paragraphs ? BI_PARAGRAPH_SIGN : BI_SENTENCE_SIGN,
						boundaries);
	*positions = boundaries->positions;
	return boundaries->n;
}

/* The limit that a lexeme of a tsvector may have met. */
static BiLimit
entry_limit(TSVector vector, const WordEntry *entry)
{
	BiOccurrence *continued;
	int			n;

	if (entry == NULL || !BiMayContinue(vector, entry))
		return BI_NO_LIMIT;
	continued = BiContinuedOccurrences(vector, entry, &n);
	if (continued != NULL)
	{
		pfree(continued);
		return BI_NO_LIMIT;
	}
	return POSDATALEN(vector, entry) >= BI_MAX_PLACES ? BI_LIMIT_PLACES :
		BI_LIMIT_POSITIONS;
}

/* Boundaries tell that bi_tsvector made it, which has no limit. */
static BiLimit
tsvector_limit(BiSource *source, const BiQuery *query, const BiNode *word)
{
	TSVector	vector = ((BiTsvectorSource *) source)->vector;
	const uint32 *positions;
	const WordEntry *entry;
	WordScan	scan;
	BiLimit		limit = BI_NO_LIMIT;

	if (tsvector_boundaries(source, false, &positions) >= 0)
		return BI_NO_LIMIT;
	if (is_exact(word))
		return entry_limit(vector, exact_lexeme(vector, query, word));
	begin_word_scan(&scan, vector, query, word);
	while (limit == BI_NO_LIMIT && (entry = next_lexeme(&scan)) != NULL)
		limit = entry_limit(vector, entry);
	return limit;
}

void
BiTsvectorSourceInit(BiTsvectorSource *source, TSVector vector)
{
	source->source.holds = tsvector_holds;
	source->source.find = tsvector_find;
	source->source.unplaced = tsvector_unplaced;
	source->source.limit = tsvector_limit;
	source->source.boundaries = tsvector_boundaries;
	source->vector = vector;
	source->boundaries[0].known = false;
	source->boundaries[1].known = false;
	source->used = 0;
}
