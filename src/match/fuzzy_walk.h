/*
 * fuzzy_walk.h
 *	  Finds the words that match a fuzzy word in a sorted list, without
 *	  looking at all of them.
 */
#ifndef BI_FUZZY_WALK_H
#define BI_FUZZY_WALK_H

typedef struct BiFuzzyWalk BiFuzzyWalk;

typedef enum BiFuzzyVerdict
{
	BI_FUZZY_MATCHES,
	BI_FUZZY_DIFFERS,			/* but the next lexeme may match */
	BI_FUZZY_SKIP,				/* none before BiFuzzyWalkKey() matches */
	BI_FUZZY_END				/* no later one matches */
} BiFuzzyVerdict;

/*
 * A walk for a fuzzy pattern (bi_query.h), in the current memory context.  It
 * takes memory in proportion to the pattern, and may be freed with pfree.  The
 * pattern is not needed any more.
 */
extern BiFuzzyWalk *BiFuzzyWalkBegin(const char *pattern, int plen);

/* No lexeme of fewer bytes matches. */
extern int	BiFuzzyWalkLeast(const BiFuzzyWalk *walk);

/*
 * Does the lexeme match?  Fast if it shares its beginning with the one before;
 * verdicts other than BI_FUZZY_MATCHES are about lexemes in ascending order.
 */
extern BiFuzzyVerdict BiFuzzyWalkTest(BiFuzzyWalk *walk, const char *lexeme,
									  int len);

/*
 * After BI_FUZZY_SKIP: no lexeme after the one tested and before these bytes
 * matches.  They are the walk's own until it tests again.
 */
extern const char *BiFuzzyWalkKey(const BiFuzzyWalk *walk, int *len);

#endif							/* BI_FUZZY_WALK_H */
