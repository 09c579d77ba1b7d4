/*
 * open_index.h
 *	  Indexes that a function of SQL is asked to look into.
 */
#ifndef BIS_OPEN_INDEX_H
#define BIS_OPEN_INDEX_H

#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Raise 42501 unless the caller owns the relation, 42P01 if there is none.
 * Takes no lock.
 */
extern void BisRequireOwner(Oid relation);

/*
 * Open an index of this access method, for its owner alone.  Raises 42809 if
 * it is another relation, 0A000 if it is another session's temporary one.
 */
extern Relation BisIndexOpen(Oid relation, LOCKMODE lockmode);

/*
 * Has the index something to read?  An unlogged one has not on a standby.
 * Raises XX002 if its file is missing.
 */
extern bool BisIndexHasFile(Relation index);

/* Raise 55000 if it has not. */
extern void BisIndexRequireFile(Relation index);

#endif							/* BIS_OPEN_INDEX_H */
