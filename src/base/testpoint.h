/*
 * testpoint.h
 *	  Places where a test can make a process wait.
 *
 * Compiled with BISEARCH_TEST_HOOKS, which nothing but tests defines, a
 * process that reaches a test point waits as long as another session holds
 * the advisory lock with the point's number.  A test should only use points
 * at which the process holds no buffer lock.
 */
#ifndef BI_TESTPOINT_H
#define BI_TESTPOINT_H

typedef enum BiTestPoint
{
	BI_TEST_COUNT_FOUND = 7001, /* a count has collected a batch of hits */
	BI_TEST_COUNT_CHECKED,		/* ... and done visibility check 1 */
	BI_TEST_SCAN_BEGUN,			/* a search has copied the metapage */
	BI_TEST_APPEND,				/* an insert has copied the metapage and
								 * written its large article */
	BI_TEST_FROZEN,				/* a flush has closed the pending list */
	BI_TEST_MERGE_BEGUN,		/* a merge knows which articles are dead */
	BI_TEST_WRITTEN,			/* a segment's pages are written ... */
	BI_TEST_PUBLISHED,			/* ... and the metapage names it */
	BI_TEST_CONFLICT,			/* standbys have been told which generations
								 * go, but none is reclaimed yet */
	BI_TEST_CHECK_BEGUN,		/* bi_index_check has copied the metapage */
	BI_TEST_PENDING_MARKED,		/* VACUUM has marked pending articles dead,
								 * but none in segments */
	BI_TEST_EXTENDED			/* the file has a new page, which is not
								 * locked yet; the process holds the extension
								 * lock */
} BiTestPoint;

#ifdef BISEARCH_TEST_HOOKS

#include "fmgr.h"
#include "utils/fmgrprotos.h"

static inline void
BiTestPointWait(BiTestPoint point)
{
	DirectFunctionCall1(pg_advisory_lock_shared_int8, Int64GetDatum(point));
	DirectFunctionCall1(pg_advisory_unlock_shared_int8, Int64GetDatum(point));
}
#else
#define BiTestPointWait(point) ((void) 0)
#endif

#endif							/* BI_TESTPOINT_H */
