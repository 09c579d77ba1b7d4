/*
 * inspect.h
 *	  Indexes that a function of SQL is asked to look into.
 */
#ifndef BIS_INSPECT_H
#define BIS_INSPECT_H

#include "storage/lockdefs.h"
#include "utils/relcache.h"

/* Raise 42501 unless the caller owns the relation.  Takes no lock. */
extern void BisRequireOwner(Oid relation);

/*
 * Open an index of this access method, for its owner alone.  Raises 42809 if
 * it is another relation, 0A000 if it is another session's temporary one.
 */
extern Relation BisIndexOpen(Oid relation, LOCKMODE lockmode);

#endif							/* BIS_INSPECT_H */
