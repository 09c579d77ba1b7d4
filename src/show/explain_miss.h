/*
 * explain_miss.h
 *	  Explains why an operand does not match a document, and how near it
 *	  came.
 */
#ifndef BI_EXPLAIN_MISS_H
#define BI_EXPLAIN_MISS_H

#include "match/eval.h"

/*
 * One line on why node (a slot, ITEM, PROX_CHAIN or ATLEAST) does not match
 * the document of source, in the current memory context.  Takes as long as a
 * few evaluations of node; raises what BiSpans raises.
 */
extern char *BiExplainMiss(const BiQuery *query, const BiNode *node,
						   BiSource *source);

/*
 * Number of places where a node that has spans (a slot, ITEM, PROX_CHAIN, or
 * an OR of these) matches; with starts, the number of positions at which it
 * begins.
 */
extern int	BiPlaces(const BiQuery *query, const BiNode *node,
					 BiSource *source, bool starts);

/*
 * Is it affordable to list the spans of node?  A long proximity can be
 * evaluated without them, but after each of its joins their number may be
 * quadratic in the document's length.
 */
extern bool BiIsCountable(const BiNode *node);

#endif							/* BI_EXPLAIN_MISS_H */
