/*
 * term_walk.h
 *	  Finds the terms of a segment that match a prefix, wildcard or fuzzy word.
 */
#ifndef BIS_TERM_WALK_H
#define BIS_TERM_WALK_H

#include "index/segment/dictionary.h"
#include "match/fuzzy_walk.h"

typedef struct BisTermWalk
{
	BisTerms   *terms;
	const char *text;			/* a prefix or pattern */
	int			len;
	int			prefix;			/* bytes of its literal prefix; len if it is a
								 * prefix */
	BiFuzzyWalk *fuzzy;			/* NULL unless it is a fuzzy word */
	bool		ended;
	int			nread;			/* terms read so far */
	int			nseeks;			/* ... and moves to distant ones */
} BisTermWalk;

/*
 * Begin a walk over the terms that match text, a prefix or pattern with a
 * literal prefix of prefix bytes.  terms, which may have been used before, is
 * the walk's until it ends; text is borrowed as long.  Allocates in the
 * current memory context.
 */
extern void BisTermWalkBegin(BisTermWalk *walk, BisTerms *terms,
							 BisSegment *segment, const char *text, int len,
							 int prefix);

/*
 * Read the next term: false at the end of the walk.  Sets *matches to whether
 * it matches; then it is the term that walk->terms has read.
 */
extern bool BisTermWalkRead(BisTermWalk *walk, bool *matches);

/* Move on to the next term that matches; false if there is none. */
static inline bool
BisTermWalkNext(BisTermWalk *walk)
{
	bool		matches = false;

	while (!matches && BisTermWalkRead(walk, &matches))
		;
	return matches;
}

#endif							/* BIS_TERM_WALK_H */
