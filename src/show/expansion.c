/*
 * expansion.c
 *	  Lists the words of a document that a prefix or wildcard matches.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/limits.h"
#include "match/occurrences.h"
#include "match/wildcard_match.h"
#include "show/expansion.h"
#include "text/continuation.h"

/* most words listed */
#define MAX_WORDS 5

/* a document's lexemes, sorted, from either kind of document */
typedef struct Lexemes
{
	TSVector	vector;			/* or NULL */
	const BiTextSource *text;
	int			n;
} Lexemes;

/* the words found so far */
typedef struct Expansion
{
	StringInfoData buf;
	int			n;
} Expansion;

/* The lexeme at index i; sets *len to its length. */
static const char *
get_lexeme(const Lexemes *lexemes, int i, int *len)
{
	if (lexemes->vector != NULL)
	{
		const WordEntry *entry = ARRPTR(lexemes->vector) + i;

		*len = entry->len;
		return STRPTR(lexemes->vector) + entry->pos;
	}
	*len = lexemes->text->terms[i].len;
	return lexemes->text->terms[i].lexeme;
}

/* Is the lexeme at index i in one of fields? */
static bool
lexeme_in_fields(const Lexemes *lexemes, int i, int fields)
{
	const WordEntry *entry;
	BiOccurrence *occurrences;
	int			n;

	if (lexemes->vector == NULL)
		return (fields & BI_FIELD_D) != 0;
	entry = ARRPTR(lexemes->vector) + i;
	occurrences = BiContinuedOccurrences(lexemes->vector, entry, &n);
	for (int j = 0; occurrences != NULL && j < n; j++)
	{
		if (fields & BiOccurrenceField(occurrences[j]))
			return true;
	}
	for (int j = 0; j < (int) POSDATALEN(lexemes->vector, entry); j++)
	{
		if (fields & (1 << WEP_GETWEIGHT(POSDATAPTR(lexemes->vector,
													entry)[j])))
			return true;
	}
	return !entry->haspos;
}

/* Index of the first lexeme that is not less than the len bytes at key. */
static int
lower_bound_lexeme(const Lexemes *lexemes, const char *key, int len)
{
	int			low = 0;
	int			high = lexemes->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			mlen;
		const char *lexeme = get_lexeme(lexemes, middle, &mlen);

		if (BiCompareLexemes(lexeme, mlen, key, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Append a lexeme; returns false if there are enough. */
static bool
append_lexeme(Expansion *expansion, const char *lexeme, int len)
{
	int			clipped = pg_mbcharcliplen(lexeme, len, BI_MAX_QUOTED_CHARS);

	if (expansion->n == MAX_WORDS)
	{
		appendStringInfoString(&expansion->buf, ", ...");
		return false;
	}
	appendStringInfoString(&expansion->buf, expansion->n == 0 ? "as " : ", ");
	appendBinaryStringInfo(&expansion->buf, lexeme, clipped);
	if (clipped < len)
		appendStringInfoString(&expansion->buf, "...");
	expansion->n++;
	return true;
}

/*
 * Append the lexemes that a prefix or pattern matches; false if there are
 * enough.
 */
static bool
append_matching_lexemes(const BiQuery *query, const BiNode *word,
						const Lexemes *lexemes, Expansion *expansion)
{
	const char *text = BiNodeText(query, word);
	int			prefix = BiPatternPrefix(query, word);
	BiContinuationCache continuations = {0};

	for (int i = lower_bound_lexeme(lexemes, text, prefix); i < lexemes->n; i++)
	{
		int			len;
		const char *lexeme = get_lexeme(lexemes, i, &len);

		CHECK_FOR_INTERRUPTS();
		if (len < prefix || memcmp(lexeme, text, prefix) != 0)
			break;
		if ((word->flags & BI_PATTERN) != 0 &&
			!BiWildcardMatches(text, word->len, prefix, lexeme, len))
			continue;
		if (lexemes->vector != NULL &&
			BiIsContinuation(lexemes->vector, ARRPTR(lexemes->vector) + i,
							 &continuations))
			continue;
		if (lexeme_in_fields(lexemes, i, word->fields) &&
			!append_lexeme(expansion, lexeme, len))
			return false;
	}
	return true;
}

char *
BiExpansion(const BiQuery *query, const BiNode *slot, TSVector vector,
			const BiTextSource *text)
{
	Lexemes		lexemes = {vector, text,
	vector != NULL ? vector->size : text->nterms};
	Expansion	expansion;

	initStringInfo(&expansion.buf);
	expansion.n = 0;
	for (const BiNode *word = slot; word < BiNodeEnd(slot); word++)
	{
		if (word->kind == BI_WORD &&
			(word->flags & (BI_PREFIX | BI_PATTERN)) != 0 &&
			!append_matching_lexemes(query, word, &lexemes, &expansion))
			break;
	}
	return expansion.n > 0 ? expansion.buf.data : NULL;
}
