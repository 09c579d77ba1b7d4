/*
 * fold.h
 *	  One token folded to the form in which it is stored and looked for
 *	  (query-language section 7).
 */
#ifndef BI_FOLD_H
#define BI_FOLD_H

#include "lib/stringinfo.h"

typedef struct BiFoldOptions
{
	bool		accents;		/* take the accents off Latin and Greek */
} BiFoldOptions;

/*
 * Append the folded form of the len bytes at s (database encoding) to out.
 *
 * With whole, s is a whole token: apostrophes at its ends, a final
 * possessive, the dots of an acronym and Hebrew gershayim go.  Without, it
 * is the piece of a word between two wildcards: its characters are folded
 * and nothing is taken off its ends.  What the database encoding cannot say
 * stays as it was.  The result may be empty (a soft hyphen alone).
 */
extern void BiFold(const char *s, int len, const BiFoldOptions *options,
				   bool whole, StringInfo out);

/*
 * The same for ASCII alone, which folds the same under all options: write the
 * folded form to out, which has room for len bytes, and return its length;
 * -1 if s is not ASCII.
 */
extern int	BiFoldAscii(const char *s, int len, bool whole, char *out);

#endif							/* BI_FOLD_H */
