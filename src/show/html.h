/*
 * html.h
 *	  Escapes text that becomes part of an HTML page.
 */
#ifndef BI_HTML_H
#define BI_HTML_H

#include "lib/stringinfo.h"

/*
 * Append the len bytes at s: as they are, or with html escaped so that they
 * cannot become markup in an element's content or a quoted attribute,
 * whatever precedes and follows them.  Answers cancel requests.
 */
extern void BiAppendText(StringInfo buf, const char *s, int len, bool html);

#endif							/* BI_HTML_H */
