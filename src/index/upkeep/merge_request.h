/*
 * merge_request.h
 *	  Asking for a background worker that merges an index's segments.
 */
#ifndef BIS_MERGE_REQUEST_H
#define BIS_MERGE_REQUEST_H

#include "utils/relcache.h"

/* most workers that run at a time on the server; 0: none */
extern int	BisMaxMergeWorkers;

/* limit of the setting */
#define BIS_MERGE_WORKERS_LIMIT 64

/* what a worker is to do: its bgw_extra */
typedef struct BisMergeJob
{
	Oid			database;
	Oid			index;
	int			max_workers;
} BisMergeJob;

/*
 * Let a worker merge the index, unless somebody does already.  Returns false
 * if there is none to be had.  Its function is BisMergeWorkerMain.
 */
extern bool BisMergeRequest(Relation index);

/*
 * Take a place among the workers that run, for as long as the transaction
 * lasts; returns false if there is none left.
 */
extern bool BisMergeTakePlace(const BisMergeJob *job);

#endif							/* BIS_MERGE_REQUEST_H */
