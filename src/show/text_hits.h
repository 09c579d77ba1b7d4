/*
 * text_hits.h
 *	  A text with the places that a query matched.
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
	const char *text;			/* the caller's */
	int32		len;
	const BiHit *marks;
	int			nmarks;
	const BiPlace *places;		/* of all positions in marks, and more */
	int			nplaces;
} BiTextHits;

/*
 * Read document, which is in field (a name), for the reader's query and find
 * what it matched there, as BiFindHits says.  To be called with the reader's
 * scratch context current.  Raises 22023 for a name that is none.
 */
extern void BiShow(BiTextHits *shown, BiTextCallState *call, FunctionCallInfo fcinfo,
				   const text * document, const text * field, bool partial,
				   bool nodes);

/* Where a mark is, a character's marks (accents) included. */
extern BiRange BiTextHitsRange(const BiTextHits *shown, const BiHit *mark);

/*
 * Where all marks are: sorted, those that overlap as one.  Returns their
 * number.
 */
extern int	BiTextHitsRanges(const BiTextHits *shown, BiRange **ranges);

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
