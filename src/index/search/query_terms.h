/*
 * query_terms.h
 *	  The terms that a query asks for, compiled once per scan.
 */
#ifndef BIS_QUERY_TERMS_H
#define BIS_QUERY_TERMS_H

#include "tsearch/ts_type.h"

#include "query/bi_query.h"

typedef struct BisQueryTerm
{
	const char *text;			/* a term, prefix or pattern; a term may be
								 * one of field_prefix.h */
	int			len;
	bool		exact;			/* is it a term? */
	int			prefix;			/* length of the literal prefix that all
								 * matching terms share; len for a prefix or
								 * an exact term */
} BisQueryTerm;

typedef struct BisQueryTerms
{
	BisQueryTerm *terms;		/* distinct, in the dictionary's order */
	int			n;
	bool		all_exact;
	bool		continuations;	/* may continuation lexemes be asked for by
								 * name?  Then the words that they belong to
								 * are terms, too */
	bool		boundaries;		/* does the query need the ends of sentences
								 * or paragraphs? */
	int		   *of_node;		/* for each node of a bi_query the number of
								 * its term, or -1; NULL for a tsquery */
} BisQueryTerms;

/*
 * The terms of the words and boundaries of a bi_query, or of the operands of
 * a tsquery; the other argument is NULL.  Allocates in the current memory
 * context.  The result points into the query, which must live as long.
 */
extern BisQueryTerms *BisQueryTermsMake(const BiQuery *query,
										TSQuery tsquery);

#endif							/* BIS_QUERY_TERMS_H */
