/*
 * fuzzy_walk.c
 *	  Finds the words that match a fuzzy word in a sorted list, without
 *	  looking at all of them.
 *
 * A row of costs (fuzzy_match.h) is kept for each character of the lexeme
 * tested last, so that of the next one only what is new is computed, as in a
 * walk over a trie.  Where no lexeme with the same beginning can match, the
 * walk tells where the next one could be: it tries the characters that may
 * come in place of the last one, which are all if one more edit is left, else
 * those of the word near that place; if none does, in place of the one before
 * it, and so on.  So the walk visits what the intersection of a Levenshtein
 * automaton with the dictionary would (Schulz and Mihov, Fast String
 * Correction with Levenshtein Automata, 2002), but makes no automaton.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "match/fuzzy_match.h"
#include "match/fuzzy_walk.h"
#include "match/wildcard_match.h"

struct BiFuzzyWalk
{
	BiFuzzyTable table;
	int			depth;			/* rows 0 to depth are the last lexeme's */
	int		   *ends;			/* for each, the bytes of its beginning */
	char	   *beginning;		/* ends[depth] bytes */
	char	   *key;
	int			keylen;
	bool		may_stray;		/* may bytes be part of no character? */
	bool		word_strays;	/* has the word such bytes? */
	int			stray;			/* row of the lexeme's first one, or 0 */
};

/*
 * Is c a byte that is part of no character?  Before other bytes it may be part
 * of one, so lexemes that begin with it do not sort as their characters do.
 */
static inline bool
is_stray(const BiFuzzyWalk *walk, uint32 c)
{
	return walk->may_stray && (c & 0x80FFFFFF) == 0x80000000;
}

/* Bytes of the character c (see fuzzy_match.h) are written to s. */
static int
write_char(uint32 c, char *s)
{
	int			len = 0;

	for (; c != 0; c <<= 8)
		s[len++] = (char) (c >> 24);
	return len;
}

BiFuzzyWalk *
BiFuzzyWalkBegin(const char *pattern, int plen)
{
	const char *s = pattern + BI_FUZZY_HEAD;
	const char *end = pattern + plen;
	int			most = Max(plen - BI_FUZZY_HEAD, 0);
	Size		depth = most + BI_MAX_EDITS + 2;	/* the last row is dead */
	Size		chars_size = MAXALIGN((most + 1) * sizeof(uint32));
	Size		rows_size = MAXALIGN(depth * sizeof(BiFuzzyRow));
	Size		ends_size = MAXALIGN(depth * sizeof(int));
	Size		bytes = (depth + 1) * MAX_MULTIBYTE_CHAR_LEN;
	char	   *room = palloc_extended(MAXALIGN(sizeof(BiFuzzyWalk)) +
									   chars_size + rows_size + ends_size +
									   2 * bytes, MCXT_ALLOC_HUGE);
	BiFuzzyWalk *walk = (BiFuzzyWalk *) room;
	BiFuzzyTable *table = &walk->table;

	room += MAXALIGN(sizeof(BiFuzzyWalk));
	table->edits = BiFuzzyEdits(pattern, plen);
	table->n = 0;
	table->chars = (uint32 *) room;
	table->char_mask = table->row_mask = BI_FUZZY_ALL;
	table->rows = (BiFuzzyRow *) (room += chars_size);
	walk->ends = (int *) (room += rows_size);
	walk->beginning = room += ends_size;
	walk->key = room + bytes;
	walk->keylen = 0;
	walk->stray = 0;
	walk->word_strays = false;
	walk->may_stray = pg_database_encoding_max_length() > 1 ||
		GetDatabaseEncoding() == PG_SQL_ASCII;
	while (s < end)
	{
		int			len;

		table->chars[++table->n] = BiFuzzyChar(s, end, &len);
		walk->word_strays |= is_stray(walk, table->chars[table->n]);
		s += len;
	}
	BiFuzzyStart(table);
	walk->depth = 0;
	walk->ends[0] = 0;
	return walk;
}

int
BiFuzzyWalkLeast(const BiFuzzyWalk *walk)
{
	return walk->table.n - walk->table.edits;
}

/* The lower one of best and c, if c is above least; best is 0 if none is. */
static inline uint32
lower_char(uint32 best, uint32 c, uint32 least)
{
	return c > least && (best == 0 || c < best) ? c : best;
}

/*
 * The lowest character above c that may be a lexeme's character j, after rows
 * that leave no further edit: it is the next one of the word, or ends an
 * exchange (see exchange_cost).  0 if there is none.
 */
static uint32
next_char(const BiFuzzyTable *table, int j, uint32 c)
{
	const uint32 *chars = table->chars;
	const BiFuzzyRow *last = &table->rows[j - 1];
	int			edits = table->edits;
	uint32		best = 0;

	for (int b = 0; b <= 2 * edits; b++)
	{
		int			i = j - edits + b;

		if (i < 1 || i > table->n)
			continue;
		if (last->cost[b] <= edits)
			best = lower_char(best, chars[i], c);
		if (i < 2 || j < 2)
			continue;
		if (chars[i] == last->c && last[-1].cost[b] < edits)
			best = lower_char(best, chars[i - 1], c);
		if (edits < 2)
			continue;
		if (i > 2 && b > 0 && chars[i] == last->c && last[-1].cost[b - 1] == 0)
			best = lower_char(best, chars[i - 2], c);
		if (j > 2 && b < 2 * edits && chars[i] == last[-1].c &&
			last[-2].cost[b + 1] == 0)
			best = lower_char(best, chars[i - 1], c);
	}
	return best;
}

/*
 * Make the key the lowest bytes above all that begin as the last lexeme does
 * up to its character j, but with the same characters before that.  Returns
 * false if there are none.
 */
static bool
key_after_char(BiFuzzyWalk *walk, int j)
{
	int			len = walk->ends[j];

	memcpy(walk->key, walk->beginning, len);
	while (len > walk->ends[j - 1] && (unsigned char) walk->key[len - 1] == 0xFF)
		len--;
	if (len == walk->ends[j - 1])
		return false;
	walk->key[len - 1]++;
	walk->keylen = len;
	return true;
}

/*
 * No lexeme that begins as the last one up to its character depth matches:
 * set the key to the first that may.
 */
static BiFuzzyVerdict
find_key(BiFuzzyWalk *walk)
{
	BiFuzzyTable *table = &walk->table;

	if (walk->stray > 0 || walk->word_strays)
	{
		walk->depth--;			/* no row follows one that ends the lexeme */
		return BI_FUZZY_DIFFERS;
	}
	for (; walk->depth > 0; walk->depth--)
	{
		int			j = walk->depth;
		uint32		c = table->rows[j].c;

		if (table->rows[j - 1].least < table->edits)
		{
			if (key_after_char(walk, j))
				break;
		}
		else if ((c = next_char(table, j, c)) != 0)
		{
			memcpy(walk->key, walk->beginning, walk->ends[j - 1]);
			walk->keylen = walk->ends[j - 1] +
				write_char(c, walk->key + walk->ends[j - 1]);
			break;
		}
	}
	if (walk->depth == 0)
		return BI_FUZZY_END;
	walk->depth--;
	return BI_FUZZY_SKIP;
}

/* Keep the rows of the characters with which the lexeme begins as well. */
static void
keep_common_rows(BiFuzzyWalk *walk, const char *lexeme, int len)
{
	int			most = Min(walk->ends[walk->depth], len);
	int			same = 0;

	while (same < most && lexeme[same] == walk->beginning[same])
		same++;
	if (walk->stray > 0)
		walk->depth = Min(walk->depth, walk->stray - 1);
	walk->stray = 0;
	while (walk->ends[walk->depth] > same)
		walk->depth--;
}

/* Append the lexeme's next character to the rows: may it match? */
static inline bool
append_char(BiFuzzyWalk *walk, const char *lexeme, int len)
{
	int			at = walk->ends[walk->depth];
	int			clen;
	uint32		c = BiFuzzyChar(lexeme + at, lexeme + len, &clen);

	memcpy(walk->beginning + at, lexeme + at, clen);
	walk->ends[++walk->depth] = at + clen;
	if (walk->stray == 0 && is_stray(walk, c))
		walk->stray = walk->depth;
	BiFuzzyAdvance(&walk->table, walk->depth, c);
	return walk->table.rows[walk->depth].least <= walk->table.edits;
}

BiFuzzyVerdict
BiFuzzyWalkTest(BiFuzzyWalk *walk, const char *lexeme, int len)
{
	bool		hidden = BiIsHiddenLexeme(lexeme, len);

	keep_common_rows(walk, lexeme, len);
	if (hidden)
		walk->depth = 0;
	while (walk->ends[walk->depth] < len)
	{
		/* all that begin with a sign of ours are hidden */
		if (!append_char(walk, lexeme, len) || hidden)
			return find_key(walk);
		if ((walk->depth & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return BiFuzzyEnds(&walk->table, walk->depth) ? BI_FUZZY_MATCHES :
		BI_FUZZY_DIFFERS;
}

const char *
BiFuzzyWalkKey(const BiFuzzyWalk *walk, int *len)
{
	*len = walk->keylen;
	return walk->key;
}
