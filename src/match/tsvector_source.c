/*
 * tsvector_source.c
 *	  A tsvector as a document.
 *
 * Its lexemes are sorted as tsCompareString() does: by their bytes.  So an
 * exact word is found by binary search, and prefixes and patterns are a range
 * of lexemes, or all of them if a wildcard leads.  The lexemes of boundaries
 * and stems are found only by a literal prefix that begins with their sign.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "match/occurrences.h"
#include "match/sources.h"
#include "match/wildcard_match.h"
#include "text/tsvector_layout.h"

/* a scan for a word, over the lexemes that may match it */
typedef struct WordScan
{
	TSVector	vector;
	const char *lexemes;
	const BiNode *word;
	const char *text;
	int			prefix;			/* bytes of the word's literal prefix */
	int			next;			/* index of the next lexeme to test */
} WordScan;

/*
 * Index of the first lexeme that is not less than the len bytes at key.  Sets
 * *found to whether it is equal.
 */
static int
first_lexeme(TSVector vector, const char *key, int len, bool *found)
{
	const WordEntry *entries = ARRPTR(vector);
	const char *lexemes = STRPTR(vector);
	int			low = 0;
	int			high = vector->size;

	*found = false;
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = BiCompareLexemes(lexemes + entries[middle].pos,
											 entries[middle].len, key, len);

		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

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
	scan->next = first_lexeme(vector, scan->text, scan->prefix, &found);
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
		if ((scan->word->flags & BI_PREFIX) ||
			BiWildcardMatches(scan->text, scan->word->len, scan->prefix,
							  lexeme, entry->len))
			return entry;
	}
	return NULL;
}

/* The lexeme of an exact word, or NULL. */
static inline const WordEntry *
exact_lexeme(TSVector vector, const BiQuery *query, const BiNode *word)
{
	bool		found;
	int			index = first_lexeme(vector, BiNodeText(query, word),
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

	if (!entry->haspos || fields == BI_ALL_FIELDS)
		return true;
	positions = _POSVECPTR(vector, entry);
	for (int i = 0; i < positions->npos; i++)
	{
		if (fields & (1 << WEP_GETWEIGHT(positions->pos[i])))
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

	if (!entry->haspos)
		return BI_STRIPPED;
	positions = _POSVECPTR(vector, entry);
	for (int i = positions->npos - 1; i >= 0; i--)
	{
		if (WEP_GETPOS(positions->pos[i]) < MAXENTRYPOS - 1)
			break;
		if (fields & (1 << WEP_GETWEIGHT(positions->pos[i])))
			return BI_CLAMPED;
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
 * Write the occurrences of entry in fields to out, which has room for all of
 * its positions.  Returns their number.
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

		if (WEP_GETPOS(p) >= MAXENTRYPOS - 1)
			break;
		if (fields & (1 << WEP_GETWEIGHT(p)))
			out[n++] = BiOccurrenceMake(WEP_GETPOS(p), WEP_GETWEIGHT(p));
	}
	return n;
}

/* Room for n occurrences: the source's own as long as it suffices. */
static BiOccurrence *
occurrence_room(BiTsvectorSource *source, int n)
{
	if (n <= BI_SOURCE_ROOM - source->used)
		return source->room + source->used;
	return palloc(n * sizeof(BiOccurrence));
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
	BiOccurrence *all = NULL;
	int			room = 0;
	int			n = 0;
	int			nlexemes = 0;

	begin_word_scan(&scan, vector, query, word);
	while ((entry = next_lexeme(&scan)) != NULL)
	{
		int			more = POSDATALEN(vector, entry);

		if (more == 0)
			continue;
		if (n + more > room)
		{
			room = Max(2 * room, n + more);
			all = all == NULL ? palloc(room * sizeof(BiOccurrence)) :
				repalloc(all, room * sizeof(BiOccurrence));
		}
		n += entry_occurrences(vector, entry, word->fields, all + n);
		nlexemes++;
	}

	if (nlexemes > 1)
		n = BiOccurrencesSort(all, n);
	*occurrences = all;
	return n;
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
	found = occurrence_room(source, POSDATALEN(vector, entry));
	n = entry_occurrences(vector, entry, word->fields, found);
	if (found == source->room + source->used)
		source->used += n;
	*occurrences = found;
	return n;
}

/* Is the lexeme of entry the sign, of signlen bytes, and then only digits? */
static bool
is_boundary_lexeme(TSVector vector, const WordEntry *entry, const char *sign,
				   int signlen)
{
	const char *lexeme = STRPTR(vector) + entry->pos;

	if (entry->len <= signlen || memcmp(lexeme, sign, signlen) != 0)
		return false;
	for (int i = signlen; i < entry->len; i++)
	{
		if (lexeme[i] < '0' || lexeme[i] > '9')
			return false;
	}
	return true;
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

	for (int i = first_lexeme(vector, sign, signlen, &found);
		 i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		int			more = POSDATALEN(vector, entry);

		CHECK_FOR_INTERRUPTS();
		if (entry->len < signlen ||
			memcmp(STRPTR(vector) + entry->pos, sign, signlen) != 0)
			break;
		if (more == 0 || !is_boundary_lexeme(vector, entry, sign, signlen))
			continue;
		boundaries->n = Max(boundaries->n, 0);
		if (boundaries->n + more > room)
		{
			room = Max(2 * room, boundaries->n + more);
			boundaries->positions = boundaries->positions == NULL ?
				palloc(room * sizeof(uint32)) :
				repalloc(boundaries->positions, room * sizeof(uint32));
		}
		for (int j = 0; j < more; j++)
			boundaries->positions[boundaries->n++] =
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

void
BiTsvectorSourceInit(BiTsvectorSource *source, TSVector vector)
{
	source->source.holds = tsvector_holds;
	source->source.find = tsvector_find;
	source->source.unplaced = tsvector_unplaced;
	source->source.boundaries = tsvector_boundaries;
	source->vector = vector;
	source->boundaries[0].known = false;
	source->boundaries[1].known = false;
	source->used = 0;
}
