/*
 * prefilter.h
 *	  A look at a stored tsvector that tells that most do not match.
 */
#ifndef BI_PREFILTER_H
#define BI_PREFILTER_H

#include "tsearch/ts_type.h"

/*
 * May the tsvector satisfy tsquery?  It is size bytes of a page that nobody
 * has checked; if what is looked at of them is not sound, it may.  False
 * means that it does not, if it is a tsvector.
 */
extern bool BiMayMatch(TSQuery tsquery, TSVector vector, Size size);

#endif							/* BI_PREFILTER_H */
