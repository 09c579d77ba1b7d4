/*
 * icu_tokenize.h
 *	  The tokens of text that is not pure ASCII.
 */
#ifndef BI_ICU_TOKENIZE_H
#define BI_ICU_TOKENIZE_H

#include "text/token_list.h"

/*
 * Append the tokens of the bytes start .. end of text to result.  The range
 * begins and ends at white space or at an end of the text.
 */
extern void BiIcuTokenize(const char *text, int start, int end,
						  BiTokens *result);

#endif							/* BI_ICU_TOKENIZE_H */
