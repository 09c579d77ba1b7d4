/*
 * segment_search.h
 *	  What a search asks of a segment.
 *
 * A query says which articles of a segment may match, by words under and, or
 * and not; where that is not all of it, each of them is looked at closely.
 * Where the query names its words, the operator's own evaluation asks their
 * cursors; else a tsvector of the words that the query asks for is put
 * together from the index, and given to the function of the operator.  So an
 * index scan answers exactly as a sequential scan does.
 */
#ifndef BIS_SEGMENT_SEARCH_H
#define BIS_SEGMENT_SEARCH_H

#include "access/stratnum.h"
#include "tsearch/ts_type.h"

#include "index/search/docset.h"
#include "index/segment/postings.h"

typedef struct BisCondition BisCondition;
typedef struct BisSegmentSearch BisSegmentSearch;

/*
 * One condition of a scan, in the current memory context: query
 * is a bi_query or tsquery, as the strategy says.
 */
extern BisCondition *BisConditionMake(StrategyNumber strategy, Datum query);

/*
 * The same for an array, any query of which is to be satisfied; the array must
 * stay as long.
 */
extern BisCondition *BisConditionMakeAny(StrategyNumber strategy, Datum array);

/* Does the tsvector satisfy the condition? */
extern bool BisConditionMatches(BisCondition *condition, TSVector vector);

/*
 * The same for size bytes that a page has and nobody has checked.  Raises
 * XX002 if they are seen to be no tsvector.
 */
extern bool BisConditionMatchesStored(BisCondition *condition, TSVector vector, Size size);

/*
 * Is told of the articles of a window that match: bits, of which some is set,
 * from article first on, a multiple of BIS_WINDOW.
 */
typedef void (*BisSearchFound) (void *arg, BisSegment *segment, uint32 first,
								const uint64 bits[BIS_WINDOW_WORDS]);

/*
 * Find the segment's articles, dead ones too, that satisfy all nconditions
 * conditions; found is called for one window after the other.
 */
extern void BisSearchSegment(BisCondition **conditions, int nconditions, BisSegment *segment,
							 BisSearchFound found, void *arg);

/*
 * A search for one query that the caller walks through himself.  *docs is the articles that
 * may match, made so that nothing of a list is read before it is asked for;
 * BisDocSetPrepare would.
 */
extern BisSegmentSearch *BisSegmentSearchBegin(BisCondition *condition, BisSegment *segment,
											   BisDocSet **docs);

/* Is each article of the search's docs one that matches? */
extern bool BisSegmentSearchIsExact(const BisSegmentSearch *search);

/*
 * Does this article of the docs match?  To be asked in order, each docs' list
 * standing at the article if it has it.
 */
extern bool BisSegmentSearchMatches(BisSegmentSearch *search, uint32 doc);

#endif							/* BIS_SEGMENT_SEARCH_H */
