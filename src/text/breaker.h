/*
 * breaker.h
 *	  ICU's word and sentence boundaries.
 */
#ifndef BI_BREAKER_H
#define BI_BREAKER_H

#include <unicode/ubrk.h>

/*
 * Each returns an iterator at the start of the len units at text, which must
 * stay in place while it is used.  The iterator belongs to the callee and is
 * valid until the next call of the same function: take all boundaries before
 * calling anything that may use it.
 */
extern UBreakIterator * BiWordBreaker(const UChar *text, int32 len);
extern UBreakIterator * BiSentenceBreaker(const UChar *text, int32 len);

#endif							/* BI_BREAKER_H */
