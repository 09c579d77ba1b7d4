/*
 * handler.h
 *	  The callbacks of the access method bisearch; see amapi.h.
 */
#ifndef BIS_HANDLER_H
#define BIS_HANDLER_H

#include "access/amapi.h"

#include "index/page/our_index.h"

extern IndexBuildResult *bisbuild(Relation heap, Relation index,
								  struct IndexInfo *info);
extern char *bisbuildphasename(int64 phase);
extern void bisbuildempty(Relation index);
extern bool bisinsert(Relation index, Datum *values, bool *isnull,
					  ItemPointer tid, Relation heap,
					  IndexUniqueCheck unique, bool unchanged,
					  struct IndexInfo *info);
extern IndexBulkDeleteResult *bisbulkdelete(IndexVacuumInfo *info,
											IndexBulkDeleteResult *stats,
											IndexBulkDeleteCallback callback,
											void *arg);
extern IndexBulkDeleteResult *bisvacuumcleanup(IndexVacuumInfo *info,
											   IndexBulkDeleteResult *stats);
extern bool bisvalidate(Oid opclass);
extern IndexScanDesc bisbeginscan(Relation index, int nkeys, int norderbys);
extern void bisrescan(IndexScanDesc scan, ScanKey keys, int nkeys,
					  ScanKey orderbys, int norderbys);
extern int64 bisgetbitmap(IndexScanDesc scan, TIDBitmap *bitmap);
extern void bisendscan(IndexScanDesc scan);

#endif							/* BIS_HANDLER_H */
