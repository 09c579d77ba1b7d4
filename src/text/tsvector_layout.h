/*
 * tsvector_layout.h
 *	  How bi_tsvector lays out an article: what code that reads it needs to
 *	  know.
 */
#ifndef BI_TSVECTOR_LAYOUT_H
#define BI_TSVECTOR_LAYOUT_H

/*
 * first characters of the lexemes that hold sentence and paragraph boundaries
 */
#define BI_SENTENCE_SIGN	0x00A7
#define BI_PARAGRAPH_SIGN	0x00B6

/* positions left free between two fields */
#define BI_FIELD_GAP	100

#endif							/* BI_TSVECTOR_LAYOUT_H */
