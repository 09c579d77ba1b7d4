/*
 * tsvector_layout.h
 *	  How bi_tsvector lays out an article: what its readers need to know.
 */
#ifndef BI_TSVECTOR_LAYOUT_H
#define BI_TSVECTOR_LAYOUT_H

/* signs of the lexemes that mark where sentences and paragraphs end */
#define BI_SENTENCE_SIGN	0x00A7
#define BI_PARAGRAPH_SIGN	0x00B6

/* positions that stay free between two fields */
#define BI_FIELD_GAP	100

#endif							/* BI_TSVECTOR_LAYOUT_H */
