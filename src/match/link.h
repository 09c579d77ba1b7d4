/*
 * link.h
 *	  One link of a chain, between the spans of its two operands.
 */
#ifndef BI_LINK_H
#define BI_LINK_H

#include "match/spans.h"

/* one link being applied */
typedef struct BiLinkStep
{
	const BiNode *link;
	BiSpanList	left;
	BiSpanList	right;
	uint32		width;			/* last position of a right span is at most
								 * so far behind its first */
	const uint32 *marks;
	int			nmarks;
} BiLinkStep;

/* Does step's link have a span? */
extern bool BiLinkExists(const BiLinkStep *step);

/* Last position at which a span may begin to be near one that ends at end. */
extern uint32 BiLinkReach(const BiLinkStep *step, uint32 end);

/* Would going through the pairs look at more than n of them? */
extern bool BiLinkHasPairs(const BiLinkStep *step, uint64 n);

/*
 * Apply step: its left spans become those of the link's result, as far as
 * goal needs them (most is what BI_GOAL_LARGEST keeps; right spans are single
 * words then).  Raises 54000 if there are too many.
 */
extern void BiLinkApply(BiLinkStep *step, BiSpanGoal goal, uint32 most);

#endif							/* BI_LINK_H */
