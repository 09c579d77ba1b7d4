/*
 * longword.c
 *	  Removes words over the limit, which documents leave out, from a word
 *	  or phrase as typed.
 *
 * What is bound is also printed, and strict calls that read it again refuse
 * such words.  So they are removed from the characters, and what is left is
 * bound anew, because a parser may find other words then.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"

/* separates words in any context, and has no other meaning */
#define SEPARATOR '>'

/* The character that begins bytes bytes after chars when encoded. */
BiChar *
BiCharsAt(BiChar *chars, int bytes)
{
	while (bytes > 0)
		bytes -= BiEncodedLen(chars++);
	return chars;
}

/*
 * The first len bytes of chars, when encoded, are a word that is too long:
 * report and flag them.
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

/* Is ch between words, or part of a word to be removed? */
static inline bool
is_removable(const BiChar *ch)
{
	return (ch->flags & BI_CHAR_LONG) != 0 ||
		(ch->wild == BI_WILD_NONE && !BiIsSpace(ch->c) &&
		 !BiIsWordChar(ch->c));
}

/* Append ch to the *n characters of copy. */
static inline void
append_kept_char(BiChar *copy, int *n, const BiChar *ch)
{
	copy[*n] = *ch;
	if (ch->wild == BI_WILD_STAR)
		copy[*n].c = '*';		/* as it prints, if typed as "!" */
	else if (ch->wild == BI_WILD_NONE && !BiIsSpace(ch->c))
	{
		/* in its new place a sign may act, and must then be escaped */
		copy[*n].flags |= BI_CHAR_TEXT;
	}
	copy[(*n)++].wild = BI_WILD_NONE;
}

/*
 * Make *chars a copy without the words flagged as too long and the signs
 * around them; its wildcards must be classified anew.  Returns false, and
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

		for (; end < *n && is_removable(&from[end]); end++)
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
			append_kept_char(copy, &kept, &from[i]);
		i = end;
	}
	*chars = copy;
	*n = kept;
	return true;
}
