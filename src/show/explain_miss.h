/*
 * explain_miss.h
 *	  Why an operand does not match a document, and how near it came.
 */
#ifndef BI_EXPLAIN_MISS_H
#define BI_EXPLAIN_MISS_H

#include "match/eval.h"

/*
 * One line on why node (a slot, ITEM, CHAIN or ATLEAST) does not match the
 * document behind source, in the current memory context.  Time is that of a
 * few evaluations of node; raises what BiSpans raises.
 */
extern char *BiExplainMiss(const BiQuery *query, const BiNode *node,
						   BiSource *source);

/*
 * Number of places where a node that has spans (a slot, ITEM, CHAIN, or an OR
 * of these) matches; with starts, at how many positions it begins.
 */
extern int	BiPlaces(const BiQuery *query, const BiNode *node,
					 BiSource *source, bool starts);

/*
 * Is it affordable to list the spans of node?  Whether a long proximity
 * matches is known without them, but there may be as many as the square of
 * the document's length after each of its links.
 */
extern bool BiIsCountable(const BiNode *node);

#endif							/* BI_EXPLAIN_MISS_H */
