/*
 * query_terms.h
 *	  The terms that a query asks for, compiled once a scan.
 */
#ifndef BIS_QUERY_TERMS_H
#define BIS_QUERY_TERMS_H

#include "tsearch/ts_type.h"

#include "query/bi_query.h"

typedef struct BisQueryTerm
{
	const char *text;			/* a term, prefix or pattern */
	int			len;
	bool		exact;			/* a term? */
	int			prefix;			/* else what it stands for begins with this
								 * many bytes of it; all of them: a prefix */
} BisQueryTerm;

typedef struct BisQueryTerms
{
	BisQueryTerm *terms;		/* each once, in the order in which a
								 * dictionary has them */
	int			n;
	bool		all_exact;
	bool		boundaries;		/* does it ask for sentences or paragraphs? */
	int		   *of_node;		/* for each node of a bi_query: the term that
								 * it is, or -1; NULL for a tsquery */
} BisQueryTerms;

/*
 * The terms of query's words and boundaries (bi_query), or of its operands
 * (tsquery); the other one is NULL.  In the current memory context; points
 * into the query, which must stay as long.
 */
extern BisQueryTerms *BisQueryTermsMake(const BiQuery *query, TSQuery tsquery);

#endif							/* BIS_QUERY_TERMS_H */
