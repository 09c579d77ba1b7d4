/*
 * clean.h
 *	  The three things that bi_clean() does to a text (query-language
 *	  section 9).
 *
 * Each takes time in proportion to the text whatever is in it, answers cancel
 * requests, and never makes a text longer.  Text is of the database encoding.
 */
#ifndef BI_CLEAN_H
#define BI_CLEAN_H

/*
 * What BiCleanMarkup writes between the two line breaks of a paragraph that a
 * tag ends, so that BiCleanSpacing leaves it alone.  No text has this byte.
 */
#define BI_TAG_BREAK '\0'

/*
 * Write the len bytes at text to out, which has room for as many, without
 * tags and comments and with entities as characters.  Returns the bytes
 * written.
 */
extern int	BiCleanMarkup(const char *text, int len, char *out);

/*
 * Remove blank lines inside sentences, and a page's number and running head
 * there.  Works in place; returns the new length.
 */
extern int	BiCleanSpacing(char *text, int len);

/*
 * Join words that a line's end divides.  Works in place; returns the new
 * length.
 */
extern int	BiCleanHyphens(char *text, int len);

#endif							/* BI_CLEAN_H */
