/*
 * wildcard.h
 *	  A word against a pattern.
 */
#ifndef BI_WILDCARD_H
#define BI_WILDCARD_H

/*
 * Does the len bytes long lexeme match the pattern (bi_query.h says what is
 * in one)?  Takes time in proportion to both lengths, at worst.
 */
extern bool BiWildcardMatches(const char *pattern, int plen,
							  const char *lexeme, int len);

#endif							/* BI_WILDCARD_H */
