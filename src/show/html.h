/*
 * html.h
 *	  Text that becomes part of a page.
 */
#ifndef BI_HTML_H
#define BI_HTML_H

#include "lib/stringinfo.h"

/*
 * Append the len bytes at s: as they are, or with html so that none of them
 * can become markup in an element's content or a quoted attribute, whatever
 * stands before and after them.  Answers cancel requests.
 */
extern void BiAppendHits(StringInfo buf, const char *s, int len, bool html);

#endif							/* BI_HTML_H */
