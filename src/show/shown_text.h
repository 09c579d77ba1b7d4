/*
 * shown_text.h
 *	  Text as a passage shows it: white space counts as one blank.
 *
 * White space is what Unicode says in UTF8, SQL_ASCII and LATIN1, and that of
 * ASCII in other encodings.
 */
#ifndef BI_SHOWN_TEXT_H
#define BI_SHOWN_TEXT_H

#include "lib/stringinfo.h"

/* Number of characters of the bytes from .. to, as they are shown. */
extern int32 BiShownChars(const char *text, int32 from, int32 to);

/* Offset after n shown characters from byte from on, but not after limit. */
extern int32 BiShownAfter(const char *text, int32 limit, int32 from, int32 n);

/* Offset of n shown characters before byte from, but not before limit. */
extern int32 BiShownBefore(const char *text, int32 limit, int32 from,
						   int32 n);

/* The bytes from .. to without the white space at their start, or end. */
extern int32 BiSkipWhite(const char *text, int32 from, int32 to);
extern int32 BiTrimWhite(const char *text, int32 from, int32 to);

/*
 * Append the bytes from .. to as they are shown: a run of white space is one
 * blank, but a lone one that is no line break, as a no-break space, stays.
 */
extern void BiAppendShown(StringInfo buf, const char *text, int32 from,
						  int32 to);

#endif							/* BI_SHOWN_TEXT_H */
