/*
 * prox_join.h
 *	  One proximity join of a chain, between the spans of its two operands.
 */
#ifndef BI_PROX_JOIN_H
#define BI_PROX_JOIN_H

#include "match/spans.h"

/* one join being applied */
typedef struct BiProxJoinStep
{
	const BiNode *join;
	BiSpanList	left;
	BiSpanList	right;
	uint32		width;			/* most positions from the first to the last
								 * of a right span */
	const uint32 *boundaries;
	int			nboundaries;
} BiProxJoinStep;

/*
 * prox_chain.c: begin join, whose left spans are in step, and find the spans
 * of its right operand.  Returns false if the join cannot have a pair.
 */
extern bool BiProxJoinBegin(BiProxJoinStep *step, const BiQuery *query,
							const BiNode *join, BiSource *source);

/* Does step's join have a span? */
extern bool BiProxJoinExists(const BiProxJoinStep *step);

/* Last position at which a span near one that ends at end may begin. */
extern uint32 BiProxJoinReach(const BiProxJoinStep *step, uint32 end);

/* Would enumerating pairs take more than n of them? */
extern bool BiProxJoinHasPairs(const BiProxJoinStep *step, uint64 n);

/*
 * Apply step: its left spans become those of the join's result, as far as
 * goal needs them (most is what BI_GOAL_LARGEST keeps; right spans are single
 * words then).  Raises 54000 if there are too many.
 */
extern void BiProxJoinApply(BiProxJoinStep *step, BiSpanGoal goal, uint32 most);

/*
 * Keep only those left spans and those right spans of step, whose join is not
 * negated, that make one of the spans in live (a sorted list, or NULL for all
 * spans).
 */
extern void BiProxJoinTrace(BiProxJoinStep *step, const BiSpanList *live);

#endif							/* BI_PROX_JOIN_H */
