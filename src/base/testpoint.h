/*
 * testpoint.h
 *	  Places where a test can make a process wait.
 *
 * Compiled with BISEARCH_TEST_HOOKS, which nothing but tests defines, a
 * process that comes to a point waits as long as another session holds the
 * advisory lock of its number.  It should hold no buffer lock there when a
 * test makes it wait.
 */
#ifndef BI_TESTPOINT_H
#define BI_TESTPOINT_H

typedef enum BiTestPoint
{
	BI_TEST_COUNT_FOUND = 7001, /* a count knows a batch of hits */
	BI_TEST_COUNT_CHECKED,		/* and has taken the first of its looks */
	BI_TEST_SCAN_BEGUN,			/* a search has copied the metapage */
	BI_TEST_APPEND,				/* an insert has, and its large article is
								 * written */
	BI_TEST_FROZEN,				/* a flush has closed the list */
	BI_TEST_MERGE_BEGUN,		/* a merge knows which articles are dead */
	BI_TEST_WRITTEN,			/* a segment's pages are written ... */
	BI_TEST_PUBLISHED,			/* ... and the metapage names it */
	BI_TEST_CONFLICT,			/* standbys are told that generations are
								 * going, but none is gone */
	BI_TEST_CHECK_BEGUN,		/* bi_index_check has copied the metapage */
	BI_TEST_PENDING_MARKED,		/* VACUUM has marked the pending articles, but
								 * none of the segments */
	BI_TEST_EXTENDED			/* the file has a new page that is not locked
								 * yet; the extension lock is held */
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
