/*
 * fuzzy_match.h
 *	  Matches a word against a fuzzy word: the edit distance between them.
 */
#ifndef BI_FUZZY_MATCH_H
#define BI_FUZZY_MATCH_H

#include "query/bi_query.h"

/* costs of a row: at most this many columns differ from the diagonal */
#define BI_FUZZY_BAND	(2 * BI_MAX_EDITS + 1)

/*
 * What the first characters of a lexeme cost: cost[b] is the edit distance
 * between its first j characters and the first j - edits + b of the word, or
 * edits + 1 if it is more, or if the word has no such beginning.
 */
typedef struct BiFuzzyRow
{
	uint32		c;				/* the lexeme's character j, as below; row 0
								 * has none */
	uint8		cost[BI_FUZZY_BAND];
	uint8		least;			/* of them: above edits, no lexeme that begins
								 * so matches; below, any character may follow */
} BiFuzzyRow;

/*
 * The table being computed.  Characters are their bytes in the database
 * encoding, the first one in the highest byte, so that they compare as
 * lexemes do.  Character i of the word, counted from 1, is chars[i &
 * char_mask], and row j is rows[j & row_mask], so that either may be a ring.
 */
typedef struct BiFuzzyTable
{
	int			edits;			/* at most this many, up to BI_MAX_EDITS */
	int			n;				/* characters of the word, if known; else a
								 * greater number */
	uint32	   *chars;
	uint32		char_mask;
	BiFuzzyRow *rows;
	uint32		row_mask;
} BiFuzzyTable;

/* a mask for arrays that have everything */
#define BI_FUZZY_ALL	PG_UINT32_MAX

/* The character at s, of which sets *len to the bytes, and s + *len <= end. */
extern uint32 BiFuzzyChar(const char *s, const char *end, int *len);

/* Set row 0, of a lexeme's empty beginning. */
extern void BiFuzzyStart(BiFuzzyTable *table);

/*
 * Set row j for the lexeme's character c.  Rows j - 3 to j - 1 are set, as far
 * as they exist, and characters j - edits - 2 to j + edits of the word are
 * there.
 */
extern void BiFuzzyAdvance(BiFuzzyTable *table, int j, uint32 c);

/* Does a lexeme of j characters, whose row is set, match?  n is known. */
static inline bool
BiFuzzyEnds(const BiFuzzyTable *table, int j)
{
	int			b = table->n - j + table->edits;

	return b >= 0 && b <= 2 * table->edits &&
		table->rows[j & table->row_mask].cost[b] <= table->edits;
}

/* Of a fuzzy pattern (bi_query.h) of plen bytes, the number of edits. */
static inline int
BiFuzzyEdits(const char *pattern, int plen)
{
	return plen > 1 && pattern[1] == '1' ? 1 : BI_MAX_EDITS;
}

/*
 * Does lexeme, of len bytes, match the fuzzy pattern?  Takes time in
 * proportion to the shorter of both, and stops where they differ too much.
 */
extern bool BiFuzzyMatches(const char *pattern, int plen,
						   const char *lexeme, int len);

#endif							/* BI_FUZZY_MATCH_H */
