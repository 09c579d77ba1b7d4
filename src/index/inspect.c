/*
 * inspect.c
 *	  Indexes that a function of SQL is asked to look into.
 */
#include "postgres.h"

#include "access/genam.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/handler.h"
#include "index/inspect.h"

void
BisRequireOwner(Oid relation)
{
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
	index = index_open(relation, lockmode);
	if (index->rd_rel->relkind != RELKIND_INDEX ||
		index->rd_indam->ambuild != bisbuild)
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
