/*
 * prefilter.h
 *	  A quick check of stored tsvectors that rules out most that do not
 *	  match.
 */
#ifndef BI_PREFILTER_H
#define BI_PREFILTER_H

#include "tsearch/ts_type.h"

/*
 * May the tsvector satisfy tsquery?  It is size bytes of a page that have not
 * been validated; if damage is seen, the answer is yes.  False means that it
 * does not, if it is a valid tsvector.
 */
extern bool BiMayMatch(TSQuery tsquery, TSVector vector, Size size);

#endif							/* BI_PREFILTER_H */
