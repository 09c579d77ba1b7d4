/*
 * error_context.c
 *	  Which index it is that an error calls damaged.
 */
#include "postgres.h"

#include "utils/rel.h"

#include "index/page/error_context.h"

static void
name_index(void *arg)
{
	if (geterrcode() == ERRCODE_INDEX_CORRUPTED)
		errcontext("index \"%s\"", RelationGetRelationName((Relation) arg));
}

void
BisErrorContextBegin(ErrorContextCallback *callback, Relation index)
{
	callback->callback = name_index;
	callback->arg = index;
	callback->previous = error_context_stack;
	error_context_stack = callback;
}
