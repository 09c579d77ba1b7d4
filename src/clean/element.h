/*
 * element.h
 *	  HTML's elements, as far as they matter for text.
 */
#ifndef BI_ELEMENT_H
#define BI_ELEMENT_H

/* bytes of the longest name and its end */
#define BI_MAX_ELEMENT	12

typedef enum BiElement
{
	BI_ELEMENT_UNKNOWN,
	BI_ELEMENT_INLINE,			/* is part of a line, perhaps of a word */
	BI_ELEMENT_BLOCK,			/* begins and ends a paragraph */
	BI_ELEMENT_PARAGRAPH,		/* likewise; blank lines in it are none */
	BI_ELEMENT_BREAK,			/* a line's end */
	BI_ELEMENT_RAW,				/* its content is not shown: a program */
	BI_ELEMENT_READING,			/* how the word before it is read (ruby) */
	BI_ELEMENT_SUPERSCRIPT
} BiElement;

/* What the element of this name (len bytes, in any case) is. */
extern BiElement BiElementByName(const char *name, int len);

#endif							/* BI_ELEMENT_H */
