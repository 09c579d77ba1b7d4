/*
 * length.h
 *	  How long an article is.
 */
#ifndef BI_LENGTH_H
#define BI_LENGTH_H

#include "tsearch/ts_type.h"

/*
 * Number of words in vector.  Where bi_tsvector marked its sentences, the
 * last mark of each field tells it; else it is the number of positions, a
 * lexeme without them counting once.
 */
extern int	BiVectorLength(TSVector vector);

#endif							/* BI_LENGTH_H */
