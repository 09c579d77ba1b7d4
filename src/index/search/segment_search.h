/*
 * segment_search.h
 *	  Finds the articles of a segment that satisfy the conditions of a scan.
 *
 * A condition becomes a doc set of candidates: posting lists under AND, OR
 * and NOT.  If that is not exact, each candidate is rechecked, without
 * visiting the heap: if all words are exact terms, the operator's evaluator
 * reads them through their cursors; otherwise a tsvector of the terms that
 * the query asks for is built from the index and passed to the operator's
 * function.  So an index scan gives the same answer as a sequential scan.
 */
#ifndef BIS_SEGMENT_SEARCH_H
#define BIS_SEGMENT_SEARCH_H

#include "access/stratnum.h"
#include "tsearch/ts_type.h"

#include "index/column/column_filter.h"
#include "index/search/docset.h"
#include "index/segment/postings.h"

typedef struct BisCondition BisCondition;
typedef struct BisSegmentSearch BisSegmentSearch;

/*
 * One condition of a scan, in the current memory context; query is a bi_query
 * or tsquery, as the strategy says.
 */
extern BisCondition *BisConditionMake(StrategyNumber strategy, Datum query);

/*
 * The same for an array, any query of which has to match.  The array must
 * live as long as the condition.
 */
extern BisCondition *BisConditionMakeAny(StrategyNumber strategy,
										 Datum array);

/*
 * What a scan searches for, in the current memory context, which must outlive
 * the scan, as what its keys refer to.  No key's argument is null.  Without
 * keys, all articles match.
 */
typedef struct BisSearch
{
	int			nconditions;
	BisCondition **conditions;	/* on the tsvector */
	BisColumnTypes *types;		/* the index's columns; NULL: none */
	BisFilter  *filter;			/* conditions on them; NULL: none */
} BisSearch;

extern void BisSearchMake(Relation index, ScanKey keys, int nkeys,
						  BisSearch *search);

/*
 * Does a pending article, size unvalidated bytes of content, satisfy all
 * conditions?  Raises XX002 if it turns out not to be sound.
 */
extern bool BisSearchMatches(const BisSearch *search, void *content,
							 Size size);

/* Does the tsvector satisfy the condition? */
extern bool BisConditionMatches(BisCondition *condition, TSVector vector);

/*
 * The same for size unvalidated bytes of a page.  Raises XX002 if they turn
 * out not to be a tsvector; bytes that cannot match may pass unvalidated.
 */
extern bool BisConditionMatchesStored(BisCondition *condition,
									  TSVector vector, Size size);

/*
 * Receives the matching articles of a bitmap window: at least one bit is set,
 * and bit 0 is article first, a multiple of BIS_WINDOW.
 */
typedef void (*BisSearchFound) (void *arg, BisSegment *segment, uint32 first,
								const uint64 bits[BIS_WINDOW_WORDS]);

/*
 * Receives the number of the matching articles where it is known beforehand.
 * Returns whether that will do, so that they need not be found.
 */
typedef bool (*BisSearchCounted) (void *arg, uint32 n);

/*
 * Find the segment's articles, including dead ones, that satisfy all
 * conditions.  Calls found for each window that has some, in ascending order;
 * before that, counted (unless NULL) if they are one posting list.
 */
extern void BisSearchSegment(const BisSearch *search, BisSegment *segment,
							 BisSearchCounted counted, BisSearchFound found,
							 void *arg);

/*
 * Begin a search for one query whose candidates, *docset, the caller
 * iterates.  Posting lists are read only as the caller advances, for which
 * the caller must not call BisDocSetPrepare.
 */
extern BisSegmentSearch *BisSegmentSearchBegin(BisCondition *condition,
											   BisSegment *segment,
											   BisDocSet **docset);

/* Does every article of the search's doc set match? */
extern bool BisSegmentSearchIsExact(const BisSegmentSearch *search);

/*
 * Does this article of the doc set match?  Articles must be passed in
 * ascending order, when the set's posting lists have just been advanced to
 * them.
 */
extern bool BisSegmentSearchMatches(BisSegmentSearch *search, uint32 doc);

#endif							/* BIS_SEGMENT_SEARCH_H */
