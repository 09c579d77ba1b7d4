/*
 * context.h
 *	  Chooses where a passage around a place in a text begins and ends.
 */
#ifndef BI_CONTEXT_H
#define BI_CONTEXT_H

#include "show/text_hits.h"

/*
 * The passage of at most size characters around core, inside limits (both are
 * ranges of the text; limits ends at words).  It begins and ends at sentences
 * if they fit, else at words, and never cuts core; but if core itself is
 * larger than size, the passage is as much of its beginning as fits, at least
 * one word.
 */
extern BiRange BiContext(const BiTextHits *hits, BiRange core, BiRange limits,
						 int32 size);

#endif							/* BI_CONTEXT_H */
