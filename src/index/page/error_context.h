/*
 * error_context.h
 *	  Which index it is that an error calls damaged.
 */
#ifndef BIS_ERROR_CONTEXT_H
#define BIS_ERROR_CONTEXT_H

#include "utils/elog.h"
#include "utils/relcache.h"

/*
 * Have errors of damage (XX002) name index in their context, until
 * BisErrorContextEnd or until an error is thrown: callback, which the caller
 * has on the stack, must stay as long.
 */
extern void BisErrorContextBegin(ErrorContextCallback *callback,
								 Relation index);

static inline void
BisErrorContextEnd(const ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

#endif							/* BIS_ERROR_CONTEXT_H */
