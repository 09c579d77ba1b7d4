/*
 * tsvector_layout.h
 *	  How bi_tsvector lays out an article: what code that reads it needs to
 *	  know.
 */
#ifndef BI_TSVECTOR_LAYOUT_H
#define BI_TSVECTOR_LAYOUT_H

#include "tsearch/ts_type.h"

/*
 * first characters of the lexemes that hold sentence and paragraph boundaries
 */
#define BI_SENTENCE_SIGN	0x00A7
#define BI_PARAGRAPH_SIGN	0x00B6

/* positions left free between two fields */
#define BI_FIELD_GAP	100

/*
 * Index of the first lexeme that is not less than the len bytes at key; sets
 * *found to whether it is equal.  Lexemes are sorted as tsCompareString()
 * does: by their bytes.
 */
static inline int
BiFirstLexeme(TSVector vector, const char *key, int len, bool *found)
{
	const WordEntry *entries = ARRPTR(vector);
	const char *lexemes = STRPTR(vector);
	int			low = 0;
	int			high = vector->size;

	*found = false;
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const WordEntry *entry = &entries[middle];
		int			order = memcmp(lexemes + entry->pos, key,
								   Min(entry->len, len));

		if (order == 0)
			order = entry->len - len;
		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif							/* BI_TSVECTOR_LAYOUT_H */
