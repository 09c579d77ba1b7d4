/*
 * compat.h
 *	  Differences between the PostgreSQL versions that we build against; the
 *	  only place that asks for a version.
 */
#ifndef BI_COMPAT_H
#define BI_COMPAT_H

#include "fmgr.h"
#include "storage/bufmgr.h"
#include "utils/regproc.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#if PG_VERSION_NUM < 150000
#error "bisearch needs PostgreSQL 15 or later"
#endif

/* 18 moved the functions that print EXPLAIN properties */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

/*
 * How many relations EXPLAIN tells apart: 18's range table has an entry of
 * GROUP BY, which is none; explain.h or explain_state.h first.
 */
#if PG_VERSION_NUM >= 180000
#define BiExplainedRelations(es) ((es)->rtable_size)
#else
#define BiExplainedRelations(es) list_length((es)->rtable)
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
 * Does the user own the relation, or have the privileges of its owner?  acl.h
 * first.
 */
#if PG_VERSION_NUM >= 160000
#define BiOwnsRelation(relation, user) \
	object_ownercheck(RelationRelationId, relation, user)
#else
#define BiOwnsRelation(relation, user) pg_class_ownercheck(relation, user)
#endif

/* 17 runs functions of an index with a safe search_path; guc.h first */
#if PG_VERSION_NUM >= 170000
#define BiRestrictSearchPath() RestrictSearchPath()
#else
#define BiRestrictSearchPath() ((void) 0)
#endif

/* 18 has a macro that goes before the declaration */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 18 asks whether it is ANALYZE that waits */
#if PG_VERSION_NUM >= 180000
#define BiVacuumDelay() vacuum_delay_point(false)
#else
#define BiVacuumDelay() vacuum_delay_point()
#endif

/* 18 can log why a lock is not available; lock.h first */
#if PG_VERSION_NUM >= 180000
#define BiLockIfAvailable(tag, mode, local) \
	LockAcquireExtended(tag, mode, false, true, true, local, false)
#else
#define BiLockIfAvailable(tag, mode, local) \
	LockAcquireExtended(tag, mode, false, true, true, local)
#endif

/* 16 also takes the table whose index reuses a page */
#if PG_VERSION_NUM >= 160000
#define BiLogPageReuse(index, heap, block, xid) \
	gistXLogPageReuse(index, heap, block, xid)
#define BiVacuumHeap(info) ((info)->heaprel)
#else
#define BiLogPageReuse(index, heap, block, xid) \
	((void) (heap), gistXLogPageReuse(index, block, xid))
#define BiVacuumHeap(info) ((void) (info), NULL)
#endif

/*
 * 17 plans parallel workers for any access method that supports them;
 * optimizer.h first
 */
#if PG_VERSION_NUM >= 170000
#define BI_PARALLEL_BUILD .amcanbuildparallel = true,
#define BiBuildWorkers(heap, index, info) \
	((void) (heap), (void) (index), (info)->ii_ParallelWorkers)
#else
#define BI_PARALLEL_BUILD
#define BiBuildWorkers(heap, index, info) \
	((void) (info), plan_create_index_workers(RelationGetRelid(heap), \
											  RelationGetRelid(index)))
#endif

/* 17 uses statistics of the array; selfuncs.h first */
#if PG_VERSION_NUM >= 170000
#define BiArrayLength(root, array) estimate_array_length(root, array)
#else
#define BiArrayLength(root, array) \
	((void) (root), (double) estimate_array_length(array))
#endif

/* 18 has EXPLAIN (ANALYZE) tell how often an index was searched; relscan.h first */
#if PG_VERSION_NUM >= 180000
#define BiCountIndexSearch(scan) \
	((void) ((scan)->instrument == NULL || (scan)->instrument->nsearches++))
#else
#define BiCountIndexSearch(scan) ((void) (scan))
#endif

/* 19 lets EXPLAIN look at planning, and scans have options */
#if PG_VERSION_NUM >= 190000
#define BiPlanQuery(query, sql, options, params) \
	pg_plan_query(query, sql, options, params, NULL)
#define BiIndexFetchBegin(heap) table_index_fetch_begin(heap, SO_NONE)
#define BiBeginScanParallel(heap, scan) \
	table_beginscan_parallel(heap, scan, SO_NONE)
#else
#define BiPlanQuery(query, sql, options, params) \
	pg_plan_query(query, sql, options, params)
#define BiIndexFetchBegin(heap) table_index_fetch_begin(heap)
#define BiBeginScanParallel(heap, scan) table_beginscan_parallel(heap, scan)
#endif

/* 19 says it so; comments are not enough for its flags */
#if PG_VERSION_NUM < 190000
#define pg_fallthrough __attribute__((fallthrough))
#endif

/* 19 wants to be told when a row type is complete; tupdesc.h first */
#if PG_VERSION_NUM >= 190000
#define BiTupleDescFinalize(desc) TupleDescFinalize(desc)
#else
#define BiTupleDescFinalize(desc) ((void) (desc))
#endif

/*
 * Is there a valid NOT NULL constraint for the column?  18 may have one that
 * is not, and a row of pg_constraint for each; rel.h and pg_constraint.h
 * first.
 */
#if PG_VERSION_NUM >= 180000
#define BiIsNotNull(relation, column) \
	(TupleDescCompactAttr(RelationGetDescr(relation), \
						  (column) - 1)->attnullability == \
	 ATTNULLABLE_VALID)
#define BiNotNullConstraint(relation, column) \
	findNotNullConstraintAttnum(RelationGetRelid(relation), column)
#else
#define BiIsNotNull(relation, column) \
	(TupleDescAttr(RelationGetDescr(relation), (column) - 1)->attnotnull)
#define BiNotNullConstraint(relation, column) NULL
#endif

/*
 * An access method's handler returns its routines, which must stay for ever:
 * 19 keeps the pointer, those before free what they are given.
 */
#if PG_VERSION_NUM >= 190000
#define BiReturnAmRoutine(routine) PG_RETURN_POINTER(routine)
#else
#define BiReturnAmRoutine(routine) \
	PG_RETURN_POINTER(memcpy(palloc(sizeof(IndexAmRoutine)), routine, \
							 sizeof(IndexAmRoutine)))
#endif

/*
 * The names in "schema.name", as a list; raises if text is not a qualified
 * name.
 */
static inline List *
BiQualifiedNames(const char *text)
{
#if PG_VERSION_NUM >= 160000
	return stringToQualifiedNameList(text, NULL);
#else
	return stringToQualifiedNameList(text);
#endif
}

/*
 * Raise if snapshot is older than old_snapshot_threshold (which 17 removed)
 * allows and page of relation has changed since.  The caller has locked the
 * page.
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
