/*
 * field_prefix.h
 *	  Prefixes of field values for which an index keeps lists of their own.
 *
 * A range of dates or numbers is a few prefixes of lexemes (field_range.h),
 * and the list of one, as of the days of a decade, is the union of thousands.
 * So an index has for each lexeme of a field further terms: the prefixes of
 * it that such ranges consist of, followed by a zero byte, which no lexeme
 * has.  Which prefixes these are depends on their bytes alone, not on what
 * made the lexeme: the sign, at most 250 bytes, "=", and after that
 *
 *		nothing
 *		d, dd, ddd, dddd, dddd-d, dddd-dd or dddd-dd-d, of digits
 *		"-" or none, a letter from a to f or from U to Z, and up to six digits
 *		"-" alone
 *
 * Therefore the list of such a prefix has all documents with a lexeme that
 * begins so, in any tsvector.  A further term has no positions.
 */
#ifndef BI_FIELD_PREFIX_H
#define BI_FIELD_PREFIX_H

#include "tsearch/ts_type.h"

/* digits of numbers, after the letter, that prefixes have at most */
#define BI_PREFIX_DIGITS 6

/* bytes of such a term */
#define BI_MAX_FIELD_PREFIX 300

/*
 * Does the index keep a list for the prefix?  If so, its term is these bytes
 * and a zero byte.
 */
extern bool BiIsFieldPrefix(const char *prefix, int len);

/* Is it a lexeme of a field of one's own? */
extern bool BiIsFieldLexeme(const char *lexeme, int len);

/* the further terms of a tsvector, one after the other */
typedef struct BiFieldPrefixes
{
	TSVector	vector;
	int			next;			/* the next lexeme */
	const char *lexeme;			/* the current one; NULL: none */
	int			len;
	int			at;				/* length of the next prefix to look at */
	char		term[BI_MAX_FIELD_PREFIX];
} BiFieldPrefixes;

/*
 * Begin with the first one.  BiNextFieldPrefix sets terms->term and returns
 * the term's length, or 0 at the end; terms are ascending and distinct.
 */
extern void BiFieldPrefixesBegin(BiFieldPrefixes *terms, TSVector vector);
extern int	BiNextFieldPrefix(BiFieldPrefixes *terms);

#endif							/* BI_FIELD_PREFIX_H */
