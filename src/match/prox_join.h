/*
 * prox_join.h
 *	  One link of a chain, between the spans of its two operands.
 */
#ifndef BI_PROX_JOIN_H
#define BI_PROX_JOIN_H

#include "match/spans.h"

/* one link being applied */
typedef struct BiProxJoinStep
{
	const BiNode *link;
	BiSpanList	left;
	BiSpanList	right;
	uint32		width;			/* last position of a right span is at most so
								 * far behind its first */
	const uint32 *marks;
	int			nmarks;
} BiProxJoinStep;

/*
 * prox_chain.c: begin with link, whose left spans step has: find the right
 * operand's spans.  Returns false if the link can have no pair.
 */
extern bool BiProxJoinBegin(BiProxJoinStep *step, const BiQuery *query,
							const BiNode *link, BiSource *source);

/* Does step's link have a span? */
extern bool BiProxJoinExists(const BiProxJoinStep *step);

/* Last position at which a span may begin to be near one that ends at end. */
extern uint32 BiProxJoinReach(const BiProxJoinStep *step, uint32 end);

/* Would going through the pairs look at more than n of them? */
extern bool BiProxJoinHasPairs(const BiProxJoinStep *step, uint64 n);

/*
 * Apply step: its left spans become those of the link's result, as far as
 * goal needs them (most is what BI_GOAL_LARGEST keeps; right spans are single
 * words then).  Raises 54000 if there are too many.
 */
extern void BiProxJoinApply(BiProxJoinStep *step, BiSpanGoal goal, uint32 most);

/*
 * Which spans of step, whose link is not negated, make one of the spans in
 * live (a sorted list; NULL stands for all that there are): leave only those
 * among its left ones, and among its right ones.
 */
extern void BiProxJoinTrace(BiProxJoinStep *step, const BiSpanList *live);

#endif							/* BI_PROX_JOIN_H */
