/*
 * context.h
 *	  Where a passage around a place in a text begins and ends.
 */
#ifndef BI_CONTEXT_H
#define BI_CONTEXT_H

#include "show/text_hits.h"

/*
 * The passage of at most size characters around core, inside limits (both are
 * places of the text, limits ends at words).  It begins and ends at sentences
 * where they fit, else at words; what lies in core is never cut, but if core
 * itself is larger than size, it is what of its beginning fits, though a word
 * at least.
 */
extern BiRange BiContext(const BiTextHits *shown, BiRange core, BiRange limits,
						 int32 size);

#endif							/* BI_CONTEXT_H */
