/*
 * fold.h
 *	  One token folded to the form in which it is stored and searched
 *	  (query-language section 7).
 */
#ifndef BI_FOLD_H
#define BI_FOLD_H

#include "lib/stringinfo.h"

typedef struct BiFoldOptions
{
	bool		accents;		/* remove the accents of Latin and Greek */
	bool		points;			/* remove the points of Arabic and Hebrew, and
								 * make variants of a letter one */
} BiFoldOptions;

/*
 * Append the folded form of the len bytes at s (database encoding) to out.
 *
 * With whole, s is a whole token: apostrophes at its ends, a final
 * possessive, the dots and blanks of an acronym, the commas of a number and
 * Hebrew gershayim are removed.  Without, it is the piece of a word between two wildcards: its characters
 * are folded and nothing is removed from its ends.  A character whose folded
 * form the database encoding cannot represent is kept.  The result may be
 * empty (for a lone soft hyphen).
 */
extern void BiFold(const char *s, int len, const BiFoldOptions *options,
				   bool whole, StringInfo out);

/*
 * The same for pure ASCII, which folds the same under all options: write the
 * folded form to out, which has room for len bytes, and return its length, or
 * -1 if s is not ASCII.
 */
extern int	BiFoldAscii(const char *s, int len, bool whole, char *out);

/* the most bytes of a part of a fraction, with its terminator */
#define BI_FRACTION_BYTES 4

/*
 * If the token is a vulgar fraction (a character of its own), write its
 * numerator and denominator, terminated, and return how many there are: 2, or
 * 1 for a numerator alone.  Else 0.  Such a token is two words, as 1/2 is.
 */
extern int	BiFoldFraction(const char *s, int len,
						   char parts[2][BI_FRACTION_BYTES]);

/* Is the token an ampersand? */
extern bool BiIsAmpersandToken(const char *s, int len);

#endif							/* BI_FOLD_H */
