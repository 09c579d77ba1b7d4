/*
 * term_walk.c
 *	  Finds the terms of a segment that match a prefix, wildcard or fuzzy word.
 *
 * A prefix is a range of the dictionary, and a wildcard is tested against the
 * range of its literal prefix; against all terms, if a wildcard leads.  A
 * fuzzy word tells where the next term that may match can be (fuzzy_walk.h),
 * and the walk moves there.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "index/search/term_walk.h"
#include "match/wildcard_match.h"
#include "query/bi_query.h"

void
BisTermWalkBegin(BisTermWalk *walk, BisTerms *terms, BisSegment *segment,
				 const char *text, int len, int prefix)
{
	walk->terms = terms;
	walk->text = text;
	walk->len = len;
	walk->prefix = prefix;
	walk->fuzzy = prefix == 0 && len > 0 && *text == BI_FUZZY ?
		BiFuzzyWalkBegin(text, len) : NULL;
	walk->ended = false;
	walk->nread = walk->nseeks = 0;
	BisTermsSeekOn(terms, segment, text, prefix);
}

/* Does the term read last match?  If it cannot be the next one, move on. */
static bool
fuzzy_term_matches(BisTermWalk *walk)
{
	BisTerms   *terms = walk->terms;
	const char *key;
	int			len;

	switch (BiFuzzyWalkTest(walk->fuzzy, terms->term, terms->len))
	{
		case BI_FUZZY_MATCHES:
			return true;
		case BI_FUZZY_DIFFERS:
			break;
		case BI_FUZZY_SKIP:
			key = BiFuzzyWalkKey(walk->fuzzy, &len);
			BisTermsSeekOn(terms, terms->segment, key, len);
			walk->nseeks++;
			break;
		case BI_FUZZY_END:
			walk->ended = true;
			break;
	}
	return false;
}

/* Free what the walk has allocated. */
static bool
end_walk(BisTermWalk *walk)
{
	if (walk->fuzzy != NULL)
		pfree(walk->fuzzy);
	walk->fuzzy = NULL;
	walk->ended = true;
	return false;
}

bool
BisTermWalkRead(BisTermWalk *walk, bool *matches)
{
	BisTerms   *terms = walk->terms;

	CHECK_FOR_INTERRUPTS();
	*matches = false;
	if (walk->ended || !BisTermsNext(terms))
		return end_walk(walk);
	walk->nread++;
	if (walk->fuzzy != NULL)
	{
		*matches = fuzzy_term_matches(walk);
		return true;
	}
	if (terms->len < walk->prefix ||
		memcmp(terms->term, walk->text, walk->prefix) != 0)
		return end_walk(walk);
	*matches = walk->prefix == walk->len ||
		BiWildcardMatches(walk->text, walk->len, walk->prefix, terms->term,
						  terms->len);
	return true;
}
