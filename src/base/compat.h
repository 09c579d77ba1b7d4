/*
 * compat.h
 *	  Differences between the PostgreSQL versions that we build against; the
 *	  only place that asks for a version.
 */
#ifndef BI_COMPAT_H
#define BI_COMPAT_H

#include "fmgr.h"
#include "storage/bufmgr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#if PG_VERSION_NUM < 150000
#error "bisearch needs PostgreSQL 15 or later"
#endif

/* 16 brought soft errors: an input function that does not throw */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
/* late minor releases of 15 have these */
#ifndef palloc_array
#define palloc_object(type) ((type *) palloc(sizeof(type)))
#define palloc0_object(type) ((type *) palloc0(sizeof(type)))
#define palloc_array(type, count) ((type *) palloc(sizeof(type) * (count)))
#define palloc0_array(type, count) ((type *) palloc0(sizeof(type) * (count)))
#endif
#define ereturn(context, dummy, ...) \
	do { (void) (context); ereport(ERROR, __VA_ARGS__); return dummy; } while (0)
#endif

/*
 * Raise if snapshot is older than old_snapshot_threshold allows, which 17 has
 * no more, and page of relation has changed since.  The page is locked.
 */
static inline void
BiTestForOldSnapshot(Snapshot snapshot, Relation relation, Page page)
{
#if PG_VERSION_NUM < 170000
	TestForOldSnapshot(snapshot, relation, page);
#else
	(void) snapshot;
	(void) relation;
	(void) page;
#endif
}

#endif							/* BI_COMPAT_H */
