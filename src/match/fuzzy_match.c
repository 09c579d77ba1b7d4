/*
 * fuzzy_match.c
 *	  Matches a word against a fuzzy word: the edit distance between them.
 *
 * The distance is the least number of edits that make one of the other, where
 * an edit inserts, deletes or replaces a character, or exchanges two that are
 * next to each other; edits may follow one another at the same place, so that
 * ca becomes ac and then abc.  It is computed row by row, a row for each
 * character of the lexeme (Lowrance and Wagner, An Extension of the
 * String-to-String Correction Problem, 1975).  Of their exchanges, with
 * characters inserted or deleted in between, those that two edits allow are
 * written out: none, and one character between.
 *
 * Where the row's number and the column's differ by more than the edits
 * allowed, the distance is greater, too.  So only a band along the diagonal
 * is computed (Ukkonen, Algorithms for Approximate String Matching, 1985),
 * and a row in which nothing is within the limit ends it: neither this lexeme
 * matches, nor any other with the same beginning.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/encoding.h"
#include "match/fuzzy_match.h"

/* rings that have the characters and rows that BiFuzzyAdvance looks at */
#define CHAR_RING	8
#define ROW_RING	4

StaticAssertDecl(CHAR_RING >= 2 * BI_MAX_EDITS + 3, "too few characters");

uint32
BiFuzzyChar(const char *s, const char *end, int *len)
{
	uint32		c = 0;

	if (!IS_HIGHBIT_SET(*s))
	{
		*len = 1;
		return (uint32) (unsigned char) *s << 24;
	}
	*len = BiCharLen(s, end);
	for (int i = 0; i < *len; i++)
		c |= (uint32) (unsigned char) s[i] << (24 - 8 * i);
	return c;
}

void
BiFuzzyStart(BiFuzzyTable *table)
{
	BiFuzzyRow *row = &table->rows[0];

	row->c = 0;
	row->least = 0;
	for (int b = 0; b <= 2 * table->edits; b++)
		row->cost[b] = b < table->edits ? table->edits + 1 :
			b - table->edits;
}

/*
 * The cost of cell b of row j, column i, by an exchange that ends there, with
 * at most one character inserted or deleted between the two; edits + 1 if
 * there is none.
 */
static inline int
exchange_cost(const BiFuzzyTable *table, int j, int i, int b, uint32 c,
			  int edits)
{
	const uint32 *chars = table->chars;
	uint32		mask = table->char_mask;
	const BiFuzzyRow *two = &table->rows[(j - 2) & table->row_mask];
	uint32		before = table->rows[(j - 1) & table->row_mask].c;
	uint32		w = chars[i & mask];
	int			cost = edits + 1;

	if (w == before && chars[(i - 1) & mask] == c)
		cost = two->cost[b] + 1;
	if (edits < 2)
		return cost;
	if (i > 2 && b > 0 && w == before && chars[(i - 2) & mask] == c)
		cost = Min(cost, two->cost[b - 1] + 2);
	if (j > 2 && b < 2 * edits && w == two->c &&
		chars[(i - 1) & mask] == c)
		cost = Min(cost, table->rows[(j - 3) & table->row_mask].cost[b + 1] + 2);
	return cost;
}

/* BiFuzzyAdvance for so many edits, a constant where it is called. */
static pg_attribute_always_inline void
set_row(BiFuzzyTable *table, int j, uint32 c, int edits)
{
	const BiFuzzyRow *last = &table->rows[(j - 1) & table->row_mask];
	BiFuzzyRow *row = &table->rows[j & table->row_mask];

	row->c = c;
	row->least = edits + 1;
	for (int b = 0; b <= 2 * edits; b++)
	{
		int			i = j - edits + b;
		int			cost = edits + 1;

		if (i >= 0 && i <= table->n)
		{
			if (i > 0)
				cost = last->cost[b] +
					(table->chars[i & table->char_mask] != c);
			if (i > 0 && b > 0)
				cost = Min(cost, row->cost[b - 1] + 1);
			if (b < 2 * edits)
				cost = Min(cost, last->cost[b + 1] + 1);
			if (i > 1 && j > 1)
				cost = Min(cost, exchange_cost(table, j, i, b, c, edits));
			cost = Min(cost, edits + 1);
		}
		row->cost[b] = cost;
		row->least = Min(row->least, cost);
	}
}

void
BiFuzzyAdvance(BiFuzzyTable *table, int j, uint32 c)
{
	if (table->edits == 1)
		set_row(table, j, c, 1);
	else
		set_row(table, j, c, BI_MAX_EDITS);
}

bool
BiFuzzyMatches(const char *pattern, int plen, const char *lexeme, int len)
{
	const char *end = lexeme + len;
	const char *word = pattern + BI_FUZZY_HEAD;
	const char *wend = pattern + plen;
	uint32		chars[CHAR_RING];
	BiFuzzyRow	rows[ROW_RING];
	BiFuzzyTable table = {BiFuzzyEdits(pattern, plen), PG_INT32_MAX, chars,
	CHAR_RING - 1, rows, ROW_RING - 1};
	int			nchars = 0;
	int			j = 0;
	int			clen;

	BiFuzzyStart(&table);
	for (;;)
	{
		while (nchars <= j + table.edits && word < wend)
		{
			chars[++nchars & table.char_mask] = BiFuzzyChar(word, wend, &clen);
			word += clen;
		}
		if (word >= wend)
			table.n = nchars;
		if (lexeme == end)
			return table.n <= nchars && BiFuzzyEnds(&table, j);
		BiFuzzyAdvance(&table, ++j, BiFuzzyChar(lexeme, end, &clen));
		if (rows[j & table.row_mask].least > table.edits)
			return false;
		lexeme += clen;
		if ((j & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}
