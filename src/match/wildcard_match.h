/*
 * wildcard_match.h
 *	  A word against a pattern.
 */
#ifndef BI_WILDCARD_MATCH_H
#define BI_WILDCARD_MATCH_H

/*
 * Does the len bytes long lexeme match the pattern (bi_query.h says what is
 * in one)?  The caller has seen that it begins with the pattern's literal
 * prefix, of so many bytes.  A pattern without any matches words alone, not
 * stems nor marks, which begin with signs of their own.  Takes time in
 * proportion to both lengths, at worst.
 */
extern bool BiWildcardMatches(const char *pattern, int plen, int prefix,
							  const char *lexeme, int len);

#endif							/* BI_WILDCARD_MATCH_H */
