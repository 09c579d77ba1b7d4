/*
 * token_rules.h
 *	  The lists of words by which tokens are cut, for both tokenizers.
 */
#ifndef BI_TOKEN_RULES_H
#define BI_TOKEN_RULES_H

/* letters of the longest elided article and of the longest unit */
#define BI_MAX_ELIDED	6
#define BI_MAX_UNIT		2

/*
 * Are the n letters, in lower case, an article or the like that loses its
 * vowel before another (l'eau, dell'anno)?
 */
extern bool BiIsElided(const char *letters, int n);

/* Are they a unit of length, which a raised 2 or 3 makes one of area? */
extern bool BiIsUnit(const char *letters, int n);

#endif							/* BI_TOKEN_RULES_H */
