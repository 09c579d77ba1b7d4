/*
 * tokenize.h
 *	  Text cut into tokens (query-language section 7).
 *
 * A token is a segment between ICU's word boundaries that has a letter or a
 * digit, split further at @ and :, and between two letters at . _ and the
 * middle dots, except in an acronym.  White space always separates, so a text
 * may be handed over in pieces that end at white space.
 */
#ifndef BI_TOKENIZE_H
#define BI_TOKENIZE_H

#include "text/token_list.h"

/*
 * Append the tokens of the len bytes at text (database encoding), in order,
 * to result, whose array is (re)allocated in the current memory context; a
 * zeroed struct is an empty one.  Offsets count from text.  Answers cancel
 * requests.
 */
extern void BiTokenize(const char *text, int len, BiTokens *result);

/*
 * Where a piece of the text that begins at byte start may end: after the
 * first ASCII white space past about want bytes, or at the text's end.
 */
extern int	BiPieceEnd(const char *text, int len, int start, int want);

#endif							/* BI_TOKENIZE_H */
