/*
 * spans.h
 *	  Lists of spans: what the evaluator's files share.
 *
 * Everything here lives in the memory context that was current when it was
 * made, and goes with it.
 */
#ifndef BI_SPANS_H
#define BI_SPANS_H

#include "match/eval.h"

/* a growing list of spans */
typedef struct BiSpanList
{
	BiSpan	   *spans;
	uint32		n;
	uint32		size;			/* room in spans */
	uint32		compact;		/* sort and thin out when n gets here */
} BiSpanList;

/* what of a chain's spans its reader looks at */
typedef enum BiSpanGoal
{
	BI_GOAL_ALL,				/* every span */
	BI_GOAL_ENDS,				/* one span for every (end, field) */
	BI_GOAL_STARTS,				/* one span for every start */
	BI_GOAL_LARGEST				/* for every start, and for every end, the few
								 * that reach furthest */
} BiSpanGoal;

extern void BiSpanListInit(BiSpanList *list);
extern void BiSpanListGrow(BiSpanList *list);

static inline void
BiSpanListAdd(BiSpanList *list, const BiSpan *span)
{
	if (list->n == list->size)
		BiSpanListGrow(list);
	list->spans[list->n++] = *span;
}

/* Sort list and drop what is there twice. */
extern void BiSpanListSort(BiSpanList *list);

/*
 * As BiSpanListSort, and leave only what goal needs (most is the number that
 * BI_GOAL_LARGEST keeps).  Raises 54000 if too many are left.
 */
extern void BiSpanListThin(BiSpanList *list, BiSpanGoal goal, uint32 most);

/* Is span in the sorted list? */
extern bool BiSpanListHolds(const BiSpanList *list, const BiSpan *span);

/* Raise 54000 if n spans are too many. */
extern void BiSpansCheckNumber(uint64 n);

/* phrase.c: a slot's occurrences, as BiSource's find tells a word's. */
extern int	BiSlotFind(const BiQuery *query, const BiNode *slot,
					   BiSource *source, const BiOccurrence **occurrences);
extern bool BiPhraseExists(const BiQuery *query, const BiNode *phrase,
						   BiSource *source);
extern void BiPhraseSpans(const BiQuery *query, const BiNode *phrase,
						  BiSource *source, BiSpanList *list);

/* prox_chain.c */
extern bool BiProxChainExists(const BiQuery *query, const BiNode *chain,
							  BiSource *source);
extern void BiProxChainSpans(const BiQuery *query, const BiNode *chain,
							 BiSource *source, BiSpanGoal goal, BiSpanList *list);

/* spans.c: like BiSpans; a goal of STARTS spares work. */
extern void BiNodeSpans(const BiQuery *query, const BiNode *node,
						BiSource *source, BiSpanGoal goal, BiSpanList *list);

/*
 * eval.c: does one of node's words stand at the clamped position?  Phrases
 * and chains never do.
 */
extern bool BiNodeIsClamped(const BiQuery *query, const BiNode *node,
							BiSource *source);

#endif							/* BI_SPANS_H */
