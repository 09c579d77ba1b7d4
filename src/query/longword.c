/*
 * longword.c
 *	  Words over the limit, which documents leave out, taken out of a word or
 *	  phrase as typed.
 *
 * What is bound is what prints, and what prints is read again by the strict
 * calls, which refuse such words.  So they go from the characters, and what
 * is left is bound anew, for a parser may see other words then.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"

/* separates words whatever stands beside it, and acts as nothing */
#define SEPARATOR '>'

/* The character that begins this many bytes after chars does, when encoded. */
BiChar *
BiCharsAt(BiChar *chars, int bytes)
{
	while (bytes > 0)
		bytes -= BiEncodedLen(chars++);
	return chars;
}

/*
 * The first len bytes of chars, when encoded, are a word that is too long: say
 * so, and mark them.
 */
void
BiMarkLong(BiParseState *state, BiChar *chars, int len)
{
	BiChar	   *end = BiCharsAt(chars, len);
	int			first = BiCharIndex(state, chars);

	for (BiChar *ch = chars; ch < end; ch++)
		ch->flags |= BI_CHAR_LONG;
	BiDiagnose(state, BI_ERROR, ERRCODE_PROGRAM_LIMIT_EXCEEDED, first,
			   BiCharIndex(state, end - 1) + 1, NULL,
			   "word is longer than %d bytes", BI_MAX_WORD_BYTES);
}

/* Does ch stand between words, or is it of one that goes? */
static inline bool
is_between(const BiChar *ch)
{
	return (ch->flags & BI_CHAR_LONG) != 0 ||
		(ch->wild == BI_WILD_NONE && !BiIsSpace(ch->c) &&
		 !BiIsWordChar(ch->c));
}

/* Append ch to what *n characters of copy hold already. */
static inline void
keep(BiChar *copy, int *n, const BiChar *ch)
{
	copy[*n] = *ch;
	if (ch->wild == BI_WILD_STAR)
		copy[*n].c = '*';		/* as it prints, if it was a "!" */
	else if (ch->wild == BI_WILD_NONE && !BiIsSpace(ch->c))
	{
		/* at its new place a sign may act, and then must be escaped */
		copy[*n].flags |= BI_CHAR_TEXT;
	}
	copy[(*n)++].wild = BI_WILD_NONE;
}

/*
 * Make *chars a copy without the words that were marked as too long, and the
 * signs around them, whose wildcards are to be found anew.  Returns false, and
 * does nothing, if there are none.
 */
bool
BiDropLong(BiChar **chars, int *n)
{
	const BiChar *from = *chars;
	BiChar	   *copy;
	int			kept = 0;
	int			i = 0;

	while (i < *n && (from[i].flags & BI_CHAR_LONG) == 0)
		i++;
	if (i == *n)
		return false;

	copy = palloc_array(BiChar, *n);
	for (i = 0; i < *n;)
	{
		int			end = i;
		bool		drop = false;

		for (; end < *n && is_between(&from[end]); end++)
			drop |= (from[end].flags & BI_CHAR_LONG) != 0;
		if (end == i)
			end++;
		if (drop && i > 0 && !BiIsSpace(from[i - 1].c) &&
			end < *n && !BiIsSpace(from[end].c))
		{
			copy[kept] = from[i];
			copy[kept].c = SEPARATOR;
			copy[kept++].flags = BI_CHAR_TEXT;
		}
		for (; !drop && i < end; i++)
			keep(copy, &kept, &from[i]);
		i = end;
	}
	*chars = copy;
	*n = kept;
	return true;
}
