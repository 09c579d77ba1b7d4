/*
 * length.h
 *	  How long an article is.
 */
#ifndef BI_LENGTH_H
#define BI_LENGTH_H

#include "tsearch/ts_type.h"

/*
 * Number of words in vector: positions of its lexemes, without those of
 * marks and stems; a lexeme without positions counts once.
 */
extern int	BiVectorLength(TSVector vector);

#endif							/* BI_LENGTH_H */
