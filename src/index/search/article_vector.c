/*
 * article_vector.c
 *	  Builds a tsvector of the query's terms that an article has.
 *
 * A term with more occurrences than a lexeme has room for becomes the lexemes
 * that it was in the article's own tsvector (continuation.h).
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "index/page/abbrev_key.h"
#include "index/search/article_vector.h"
#include "text/continuation.h"

/* a lexeme of the tsvector */
typedef struct Lexeme
{
	const char *s;
	int			len;
	uint32		base;			/* where its positions count from */
	const BiOccurrence *occurrences;
	int			n;
	int			clamped;		/* weight of a position at BI_CLAMPED_POSITION
								 * that is added, or -1 */
} Lexeme;

BisArticleVector *
BisArticleVectorOpen(BisCursorSource *source)
{
	BisArticleVector *vector = palloc0_object(BisArticleVector);

	vector->source = source;
	vector->names = AllocSetContextCreate(CurrentMemoryContext,
										  "bisearch continuations",
										  ALLOCSET_SMALL_SIZES);
	return vector;
}

/* Add a lexeme; returns it. */
static Lexeme *
add_lexeme(BisArticleVector *vector, const char *s, int len, uint32 base,
		   const BiOccurrence *occurrences)
{
	Lexeme	   *added;

	if (vector->lexemes.max - vector->lexemes.len < sizeof(Lexeme))
		BisBytesReserve(&vector->lexemes, sizeof(Lexeme),
						vector->source->context);
	added = (Lexeme *) (vector->lexemes.data + vector->lexemes.len);
	vector->lexemes.len += sizeof(Lexeme);
	added->s = s;
	added->len = len;
	added->base = base;
	added->occurrences = occurrences;
	added->n = 0;
	added->clamped = -1;
	return added;
}

/*
 * Add the lexemes of a term with n occurrences.  Returns whether it is
 * continued.
 */
static bool
add_term(BisArticleVector *vector, const char *term, int len,
		 const BiOccurrence *occurrences, uint32 n)
{
	Lexeme	   *lexeme = add_lexeme(vector, term, len, 0, occurrences);
	bool		continued = false;

	/* most have room */
	if (n <= BI_MAX_PLACES &&
		(n == 0 || BiOccurrencePos(occurrences[n - 1]) < BI_CLAMPED_POSITION))
	{
		lexeme->n = n;
		return false;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint32		pos = BiOccurrencePos(occurrences[i]);
		char		name[BI_MAX_CONTINUATION_BYTES];
		int			name_len;

		if (pos == BI_UNKNOWN_POSITION || BiPlaceFits(lexeme->n, lexeme->base, pos))
		{
			lexeme->n++;
			continue;
		}
		if (!continued && lexeme->n < BI_MAX_PLACES)
			lexeme->clamped = BiOccurrenceWeight(occurrences[i]);
		continued = true;
		name_len = BiContinuationName(term, len, BiContinuationAt(pos), name);
		if (name_len == 0 || name_len >= MAXSTRLEN)
			BisCorrupted("term with too many positions");
		lexeme = add_lexeme(vector,
							memcpy(MemoryContextAlloc(vector->names, name_len),
								   name, name_len),
							name_len,
							BiContinuationAt(pos) * BI_CONTINUATION_STEP,
							occurrences + i);
		lexeme->n = 1;
	}
	return continued;
}

static int
compare_lexemes(const void *a, const void *b)
{
	const Lexeme *left = a;
	const Lexeme *right = b;

	CHECK_FOR_INTERRUPTS();
	return BisCompareTerms(left->s, left->len, right->s, right->len);
}

/* At most how many bytes a tsvector of n lexemes takes. */
static Size
tsvector_bound(const Lexeme *lexemes, int n)
{
	Size		size = CALCDATASIZE(n, 0);

	for (int i = 0; i < n; i++)
		size += SHORTALIGN(lexemes[i].len) + sizeof(uint16) +
			(lexemes[i].n + 1) * sizeof(WordEntryPos);
	return size;
}

/* Write a lexeme's positions, if it has any; returns how many. */
static int
write_positions(const Lexeme *lexeme, WordEntryPos *to)
{
	int			n = lexeme->n;

	for (int i = 0; i < n; i++)
	{
		BiOccurrence occurrence = lexeme->occurrences[i];
		uint32		pos = BiOccurrencePos(occurrence);

		pos = pos == BI_UNKNOWN_POSITION ? BI_CLAMPED_POSITION :
			pos - lexeme->base;
		to[i] = pos;
		WEP_SETWEIGHT(to[i], BiOccurrenceWeight(occurrence));
	}
	if (lexeme->clamped >= 0)
	{
		to[n] = 0;
		WEP_SETPOS(to[n], BI_CLAMPED_POSITION);
		WEP_SETWEIGHT(to[n], lexeme->clamped);
		n++;
	}
	return n;
}

/* Write the tsvector. */
static TSVector
write_vector(BisArticleVector *vector, const Lexeme *lexemes, int n)
{
	TSVector	result;
	Size		used = 0;

	vector->bytes.len = 0;
	BisBytesReserve(&vector->bytes, tsvector_bound(lexemes, n),
					vector->source->context);
	result = (TSVector) vector->bytes.data;
	result->size = n;
	for (int i = 0; i < n; i++)
	{
		WordEntry  *entry = &ARRPTR(result)[i];

		if (used > MAXSTRPOS)
			BisCorrupted("article with too many terms");
		entry->haspos = lexemes[i].n > 0 || lexemes[i].clamped >= 0;
		entry->len = lexemes[i].len;
		entry->pos = used;
		memcpy(STRPTR(result) + used, lexemes[i].s, lexemes[i].len);
		used += lexemes[i].len;
		if (entry->haspos)
		{
			WordEntryPosVector *positions;

			used = SHORTALIGN(used);
			positions = (WordEntryPosVector *) (STRPTR(result) + used);
			positions->npos = write_positions(&lexemes[i], positions->pos);
			used += sizeof(uint16) + positions->npos * sizeof(WordEntryPos);
		}
	}
	SET_VARSIZE(result, CALCDATASIZE(n, used));
	return result;
}

TSVector
BisArticleVectorOf(BisArticleVector *vector, uint32 doc)
{
	const BisCursorSource *source = vector->source;
	int			n = BisCursorsAt(vector->source, doc);
	bool		continued = false;
	Lexeme	   *lexemes;

	MemoryContextReset(vector->names);
	vector->lexemes.len = 0;
	for (int k = 0; k < n; k++)
	{
		const BisCursor *cursor = &source->cursors[source->at_doc[k]];

		continued |= add_term(vector, cursor->term, cursor->len,
							  BisPostingsOccurrences(cursor->postings),
							  BisPostingsFreq(cursor->postings));
	}
	lexemes = (Lexeme *) vector->lexemes.data;
	n = vector->lexemes.len / sizeof(Lexeme);
	if (continued)
		qsort(lexemes, n, sizeof(Lexeme), compare_lexemes);
	return write_vector(vector, lexemes, n);
}
