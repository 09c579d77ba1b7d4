/*
 * spans.h
 *	  Lists of spans: what the evaluator's files share.
 *
 * Everything here is allocated in the memory context that was current when it
 * was made, and freed with it.
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
	uint32		compact;		/* sort and thin when n reaches this */
} BiSpanList;

/* which of a chain's spans are needed */
typedef enum BiSpanGoal
{
	BI_GOAL_ALL,				/* every span */
	BI_GOAL_ENDS,				/* one span for every (end, field) */
	BI_GOAL_STARTS,				/* one span for every start */
	BI_GOAL_LARGEST				/* for every start, and for every end, the few
								 * that are largest */
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

/* Sort list and remove duplicates. */
extern void BiSpanListSort(BiSpanList *list);

/*
 * As BiSpanListSort, then keep only what goal needs (most is the number that
 * BI_GOAL_LARGEST keeps).  Raises 54000 if too many are left.
 */
extern void BiSpanListThin(BiSpanList *list, BiSpanGoal goal, uint32 most);

/* Is span in the sorted list? */
extern bool BiSpanListHolds(const BiSpanList *list, const BiSpan *span);

/* Raise 54000 if n spans are too many. */
extern void BiSpansCheckNumber(uint64 n);

/* phrase.c: a slot's occurrences, as BiSource's find for a word. */
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
							 BiSource *source, BiSpanGoal goal,
							 BiSpanList *list);

/* spans.c: like BiSpans; a goal of BI_GOAL_STARTS saves work. */
extern void BiNodeSpans(const BiQuery *query, const BiNode *node,
						BiSource *source, BiSpanGoal goal, BiSpanList *list);

/*
 * eval.c: is one of node's words at the clamped position?  False for phrases
 * and chains.
 */
extern bool BiNodeIsClamped(const BiQuery *query, const BiNode *node,
							BiSource *source);

#endif							/* BI_SPANS_H */
