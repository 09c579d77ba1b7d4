/*
 * open_index.c
 *	  Opening the index that is the argument of an SQL function.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/smgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/admin/open_index.h"
#include "index/page/our_index.h"

void
BisRequireOwner(Oid relation)
{
	if (get_rel_relkind(relation) == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (!BiOwnsRelation(relation, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(get_rel_relkind(relation)),
					   get_rel_name(relation));
}

Relation
BisIndexOpen(Oid relation, LOCKMODE lockmode)
{
	Relation	index;

	BisRequireOwner(relation);
	index = try_relation_open(relation, lockmode);
	/* it was dropped while we waited for the lock */
	if (index == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("index with OID %u does not exist", relation)));
	if (index->rd_rel->relkind != RELKIND_INDEX ||
		!BisIsOurIndex(index))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a bisearch index",
						RelationGetRelationName(index))));
	if (RELATION_IS_OTHER_TEMP(index))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access temporary indexes of other sessions")));
	return index;
}

bool
BisIndexHasFile(Relation index)
{
	if (index->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED &&
		RecoveryInProgress())
		return false;
	if (!smgrexists(RelationGetSmgr(index), MAIN_FORKNUM))
		ereport(ERROR,
				(errcode(ERRCODE_INDEX_CORRUPTED),
				 errmsg("index \"%s\" has no file",
						RelationGetRelationName(index)),
				 errhint("Please REINDEX it.")));
	return true;
}

void
BisIndexRequireFile(Relation index)
{
	if (!BisIndexHasFile(index))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("unlogged index \"%s\" cannot be read during recovery",
						RelationGetRelationName(index))));
}
