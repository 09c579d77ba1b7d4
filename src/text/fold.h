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
} BiFoldOptions;

/*
 * Append the folded form of the len bytes at s (database encoding) to out.
 *
 * With whole, s is a whole token: apostrophes at its ends, a final
 * possessive, the dots of an acronym and Hebrew gershayim are removed.
 * Without, it is the piece of a word between two wildcards: its characters
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

#endif							/* BI_FOLD_H */
