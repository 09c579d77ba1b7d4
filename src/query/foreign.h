/*
 * foreign.h
 *	  What looks like another system's syntax and is not read as such
 *	  (query-language section 12).
 */
#ifndef BI_FOREIGN_H
#define BI_FOREIGN_H

#include "query/parse_state.h"

/* foreign.c */
extern void BiCheckForeign(BiParseState *state);

/* foreign_words.c */
extern void BiCheckForeignWord(BiParseState *state, const BiQueryToken *token);

/* foreign_signs.c */
extern void BiCheckForeignSigns(BiParseState *state);
extern const char *BiPastedHint(const BiParseState *state);

#endif							/* BI_FOREIGN_H */
