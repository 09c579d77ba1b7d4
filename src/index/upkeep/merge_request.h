/*
 * merge_request.h
 *	  Asking for a background worker that merges an index's segments.
 */
#ifndef BIS_MERGE_REQUEST_H
#define BIS_MERGE_REQUEST_H

#include "utils/relcache.h"

/* most workers that run at the same time on the server; 0: none */
extern int	BisMaxMergeWorkers;

/* the setting's maximum */
#define BIS_MERGE_WORKERS_LIMIT 64

/* a worker's job: its bgw_extra */
typedef struct BisMergeJob
{
	Oid			database;
	Oid			index;
	int			max_workers;
} BisMergeJob;

/*
 * Start a worker that merges the index, unless it is being merged already.
 * Returns false if no worker can be started.  A worker's main function is
 * BisMergeWorkerMain.
 */
extern bool BisMergeRequest(Relation index);

/*
 * Take one of the server's worker slots until the end of the transaction;
 * returns false if all are taken.
 */
extern bool BisMergeTakeSlot(const BisMergeJob *job);

#endif							/* BIS_MERGE_REQUEST_H */
