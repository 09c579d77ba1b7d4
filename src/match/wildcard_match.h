/*
 * wildcard_match.h
 *	  Matches a word against a pattern.
 */
#ifndef BI_WILDCARD_MATCH_H
#define BI_WILDCARD_MATCH_H

/*
 * Does lexeme, of len bytes, match the pattern (described in bi_query.h)?
 * The caller has checked that it begins with the pattern's literal prefix, of
 * prefix bytes.  A pattern without such a prefix matches only words, neither
 * stems nor boundaries, which begin with signs of their own.  Takes at most
 * time proportional to the product of both lengths.
 */
extern bool BiWildcardMatches(const char *pattern, int plen, int prefix,
							  const char *lexeme, int len);

/* Is the lexeme not a word of the text, but a stem or a boundary? */
extern bool BiIsHiddenLexeme(const char *lexeme, int len);

#endif							/* BI_WILDCARD_MATCH_H */
