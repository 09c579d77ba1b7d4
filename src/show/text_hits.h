/*
 * text_hits.h
 *	  A text with a query's hits.
 */
#ifndef BI_TEXT_HITS_H
#define BI_TEXT_HITS_H

#include "match/text_call_state.h"

/* bytes start .. end of a text */
typedef struct BiRange
{
	int32		start;
	int32		end;
} BiRange;

/* Lives in the memory context in which it was made. */
typedef struct BiTextHits
{
	const BiQuery *query;
	bool		matched;		/* does the text as a whole match? */
	const char *text;			/* belongs to the caller */
	int32		len;
	const BiHit *hits;
	int			nhits;
	const BiPlace *places;		/* of all positions in hits, and more */
	int			nplaces;
} BiTextHits;

/*
 * Read document, which is in field (a name), for the query of call and find
 * its hits, as BiFindHits does.  To be called in call's scratch context.
 * Raises 22023 if field does not name a field.
 */
extern void BiTextHitsFind(BiTextHits *text_hits, BiTextCallState *call,
						   FunctionCallInfo fcinfo,
						   const text * document, const text * field,
						   bool partial,
						   bool nodes);

/*
 * The range of a hit, including the accents of its last character and the
 * last full stop of an acronym.
 */
extern BiRange BiTextHitsRange(const BiTextHits *text_hits, const BiHit *hit);

/*
 * The ranges of all hits: sorted, overlapping ones merged.  Returns their
 * number.
 */
extern int	BiTextHitsRanges(const BiTextHits *text_hits, BiRange **ranges);

/* A byte of a text and the characters before it. */
typedef struct BiCharCursor
{
	const char *text;
	int32		byte;
	int32		chars;
} BiCharCursor;

/*
 * Move to byte, which begins a character (or is the end of the text); returns
 * the characters before it, as length() and substr() count them.
 */
extern int32 BiCharCursorMove(BiCharCursor *cursor, int32 byte);

#endif							/* BI_TEXT_HITS_H */
