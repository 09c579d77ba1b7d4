/*
 * continuation.h
 *	  Words of long articles, which go on in continuation lexemes
 *	  (query-language section 9).
 *
 * A tsvector keeps 255 positions of a lexeme, none above 16,383.  A word that
 * has more goes on in further lexemes: the word, BI_SENTENCE_SIGN and a
 * number n, where position p stands for BI_CONTINUATION_STEP * n + p.  The
 * first one has positions from 1 to BI_CONTINUATION_STEP, so that n follows
 * from where it begins; the lexeme ends with its 255th position, or before
 * the first one that is beyond 16,382.  A word that goes on before its 255th
 * position has, in its own lexeme, BI_CLAMPED_POSITION last, where core would
 * put all further ones; so who reads the lexeme knows.  Boundaries from
 * position 16,383 on are those of the first of their lexemes, continued.
 *
 * Code below says that a lexeme is continued only if it and its continuation
 * lexemes are, to the letter, what this gives for some list of positions.
 * Otherwise (somebody's own tsvector, or one that was cut) all of them are
 * lexemes like any others.  So an index that has one list of all positions
 * can tell again which lexemes there were.
 */
#ifndef BI_CONTINUATION_H
#define BI_CONTINUATION_H

#include "mb/pg_wchar.h"
#include "tsearch/ts_type.h"

#include "base/occurrence.h"
#include "text/tsvector_layout.h"

/* most positions that bi_tsvector and core give a lexeme */
#define BI_MAX_PLACES (MAXNUMPOS - 1)

/* positions that a number of a continuation lexeme stands for */
#define BI_CONTINUATION_STEP BI_MAX_PLACES

/* digits of the largest number, and that number */
#define BI_CONTINUATION_DIGITS 7
#define BI_MAX_CONTINUATION 4194303

StaticAssertDecl((uint64) BI_MAX_CONTINUATION * BI_CONTINUATION_STEP +
				 BI_CLAMPED_POSITION < BI_UNKNOWN_POSITION,
				 "a position of a continuation lexeme is too large");

/* bytes that BiContinuationName may write: any number, and a zero */
#define BI_MAX_CONTINUATION_BYTES \
	(MAXSTRLEN + MAX_MULTIBYTE_CHAR_LEN + 10 + 1)

/* Does a place fit a lexeme that has n, and whose positions count from base? */
#define BiPlaceFits(n, base, pos) \
	((n) < BI_MAX_PLACES && (pos) - (base) < BI_CLAMPED_POSITION)

/* The number of a continuation lexeme that begins at pos, from 1. */
#define BiContinuationAt(pos) (((pos) - 1) / BI_CONTINUATION_STEP)

/*
 * Write the name of word's continuation lexeme number n to out, which has
 * BI_MAX_CONTINUATION_BYTES.  Returns its length, which may be above what a
 * tsvector takes, or 0 if the database encoding does not have the sign.
 */
extern int	BiContinuationName(const char *word, int len, uint32 n, char *out);

/* May the lexeme be continued?  A quick test. */
static inline bool
BiMayContinue(TSVector vector, const WordEntry *entry)
{
	const WordEntryPosVector *positions;

	if (!entry->haspos)
		return false;
	positions = _POSVECPTR(vector, entry);
	return positions->npos >= BI_MAX_PLACES ||
		(positions->npos > 0 &&
		 WEP_GETPOS(positions->pos[positions->npos - 1]) ==
		 BI_CLAMPED_POSITION);
}

/*
 * All occurrences of a lexeme that is continued, ascending, in the current
 * memory context; sets *n to their number.  NULL, and *n stays, if it is not
 * continued.  Answers cancel requests.
 */
extern BiOccurrence *BiContinuedOccurrences(TSVector vector,
											const WordEntry *entry, int *n);

/*
 * The lexemes last asked about.  A lexeme's continuations are neighbours, but
 * each of them may have continuations as well, if somebody wants us to look
 * up the same lexeme again and again.
 */
#define BI_CACHED_HEADS 4

/* what is known of lexemes while continuations are met; starts as {0} */
typedef struct BiContinuationCache
{
	struct
	{
		const char *name;		/* or NULL */
		int			len;
		bool		continued;
	}			heads[BI_CACHED_HEADS];
	int			next;			/* the one to overwrite */
} BiContinuationCache;

/*
 * Is the lexeme the continuation of another one?  The cache must be of the
 * same tsvector, and saves work if lexemes are asked for in their order.
 */
extern bool BiIsContinuation(TSVector vector, const WordEntry *entry,
							 BiContinuationCache *cache);

/*
 * Is it a lexeme of boundaries that begins with this sign: the sign and
 * digits?
 */
extern bool BiIsBoundaryLexeme(TSVector vector, const WordEntry *entry,
							   const char *sign, int signlen);

/*
 * If the bytes may be a continuation lexeme or the beginning of one, those
 * before its sign are the word: returns how many; else 0.
 */
extern int	BiContinuationHead(const char *s, int len);

#endif							/* BI_CONTINUATION_H */
