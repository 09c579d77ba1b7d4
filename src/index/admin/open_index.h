/*
 * open_index.h
 *	  Opening the index that is the argument of an SQL function.
 */
#ifndef BIS_OPEN_INDEX_H
#define BIS_OPEN_INDEX_H

#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Raise 42501 unless the caller owns the relation, 42P01 if it does not
 * exist.  Takes no lock.
 */
extern void BisRequireOwner(Oid relation);

/*
 * Open an index of this access method; its owner alone may.  Raises 42809 if
 * the relation is anything else, 0A000 if it is another session's temporary
 * index, and what BisRequireOwner raises.
 */
extern Relation BisIndexOpen(Oid relation, LOCKMODE lockmode);

/*
 * Does the index have a file to read?  An unlogged index has none on a
 * standby.  Raises XX002 if the file is missing.
 */
extern bool BisIndexHasFile(Relation index);

/* Raise 55000 if BisIndexHasFile is false. */
extern void BisIndexRequireFile(Relation index);

#endif							/* BIS_OPEN_INDEX_H */
