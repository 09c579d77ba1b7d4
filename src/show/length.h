/*
 * length.h
 *	  Length of an article in words.
 */
#ifndef BI_LENGTH_H
#define BI_LENGTH_H

#include "tsearch/ts_type.h"

/*
 * Number of words in vector.  If it has the sentence boundaries of
 * bi_tsvector, it follows from the last of them; otherwise it is the number
 * of positions, where a lexeme without positions counts once.
 */
extern int	BiVectorLength(TSVector vector);

#endif							/* BI_LENGTH_H */
