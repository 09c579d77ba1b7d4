/*
 * tokenize.h
 *	  Text cut into tokens (query-language section 7).
 *
 * A token is a segment between ICU's word boundaries that has a letter or a
 * digit, without _ at its ends, split further at @ and :, between two letters
 * at . _ and the middle dots, except in an acronym, and after an elided
 * article.  An acronym's last full stop and the possessive after it belong to
 * it, as do blanks between initials; subscript digits after a letter, and a
 * raised 2 or 3 after a unit of length, belong to their word.  A vulgar
 * fraction, a circled number, and an ampersand between letters, digits or
 * blanks are tokens of their own.
 *
 * Else white space always separates, so a text may be handed over in pieces
 * that end where BiPieceEnd() says.
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
 * Join initials with one blank between (J. K.) among the tokens from number
 * first on; open is what the call for the tokens before returned, or -1.
 * BiTokenize() does so itself.
 */
extern int	BiJoinInitials(const char *text, int len, BiTokens *result,
						   int first, int open);

/*
 * Where a piece of the text that begins at byte start may end: after the
 * first ASCII white space past about want bytes that is not between initials,
 * or at the text's end.
 */
extern int	BiPieceEnd(const char *text, int len, int start, int want);

#endif							/* BI_TOKENIZE_H */
