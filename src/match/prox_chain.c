/*
 * prox_chain.c
 *	  Proximity: spans combined from left to right.
 *
 * How many spans a chain has.  A link over left and right spans has up to
 * left x right of them, so that a long chain of frequent words could have the
 * square of the document's length.  Where only the truth of the chain is
 * asked for, spans that cannot make a difference go:
 *
 *	- The last link is only asked whether it has a pair.
 *	- If all links to come are ordered, a span is only asked where it ends.
 *	- If all links to come are unordered and their operands single words, a
 *	  larger span of the same field is near whatever a smaller one is near,
 *	  unless the word stands on its first or last position.  m links take m
 *	  words; so of spans with one start (or one end), those with m + 1 larger
 *	  ones are never needed: one of the larger has its far end untouched by
 *	  the m words that the smaller would take.
 *
 * What is left is bounded by BI_MAX_SPANS; prox_grid.c joins many of them without
 * going through their pairs.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/prox_join.h"

/* what one pass over a chain's nodes tells about it: links count from 0 */
typedef struct ChainShape
{
	int			nlinks;
	int			last_unordered; /* last link that is not ordered, or -1 */
	int			last_special;	/* last link that is ordered or negated */
	int			last_compound;	/* last link whose right operand is not made
								 * of single words */
} ChainShape;

/*
 * Can node have a span at all: are the words there that it needs?  Cheaper
 * than spans, and answers no for most documents.
 */
static bool
is_possible(const BiQuery *query, const BiNode *node, BiSource *source)
{
	const BiNode *end = BiNodeEnd(node);
	bool		needed = true;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	if (node->kind == BI_WORD)
		return source->holds(source, query, node);

	for (const BiNode *child = BiNodeFirst(node);
		 child < end; child = BiNodeEnd(child))
	{
		bool		found;

		if (child->kind == BI_PROX_JOIN)
		{
			needed = (child->flags & BI_NEGATED) == 0;
			continue;
		}
		if (!needed)
			continue;
		found = is_possible(query, child, source);
		if (found == (node->kind == BI_OR))
			return found;
	}
	return node->kind != BI_OR;
}

/* Does node have spans of one position and field only? */
static bool
has_single_words(const BiNode *node)
{
	for (const BiNode *n = node; n < BiNodeEnd(node); n++)
	{
		if (n->kind == BI_PHRASE || n->kind == BI_PROX_CHAIN)
			return false;
	}
	return true;
}

static ChainShape
chain_shape(const BiNode *chain)
{
	ChainShape	shape = {0, -1, -1, -1};

	for (const BiNode *child = BiNodeEnd(BiNodeFirst(chain));
		 child < BiNodeEnd(chain); child = BiNodeEnd(BiNodeEnd(child)))
	{
		CHECK_FOR_INTERRUPTS();
		if ((child->flags & BI_ORDERED) == 0)
			shape.last_unordered = shape.nlinks;
		if ((child->flags & (BI_ORDERED | BI_NEGATED)) != 0)
			shape.last_special = shape.nlinks;
		if (!has_single_words(BiNodeEnd(child)))
			shape.last_compound = shape.nlinks;
		shape.nlinks++;
	}
	return shape;
}

/* Is each span of list in one field? */
static bool
has_single_fields(const BiSpanList *list)
{
	for (uint32 i = 0; i < list->n; i++)
	{
		if (list->spans[i].start_field != list->spans[i].end_field)
			return false;
	}
	return true;
}

bool
BiProxJoinBegin(BiProxJoinStep *step, const BiQuery *query, const BiNode *link,
				BiSource *source)
{
	step->link = link;
	step->nmarks = 0;
	BiSpanListInit(&step->right);
	if ((link->flags & BI_WITHIN) == 0)
	{
		step->nmarks = source->marks(source,
									 (link->flags & BI_PARAGRAPH) != 0,
									 &step->marks);
		if (step->nmarks < 0)
			return false;
	}

	BiNodeSpans(query, BiNodeEnd(link), source, BI_GOAL_ALL, &step->right);
	BiSpanListSort(&step->right);
	step->width = 0;
	for (uint32 r = 0; r < step->right.n; r++)
		step->width = Max(step->width, step->right.spans[r].end -
						  step->right.spans[r].start);
	return step->right.n > 0;
}

/* What of the result of link number i the rest of the chain looks at. */
static BiSpanGoal
goal_after(const ChainShape *shape, int i, const BiProxJoinStep *step,
		   BiSpanGoal goal, bool exists)
{
	if (i == shape->nlinks - 1)
		return goal;
	if (!exists)
		return BI_GOAL_ALL;
	if (shape->last_unordered <= i)
		return BI_GOAL_ENDS;
	if (shape->last_special < i && shape->last_compound < i &&
		has_single_fields(&step->left))
		return BI_GOAL_LARGEST;
	return BI_GOAL_ALL;
}

/*
 * Go along the chain.  With exists, returns whether it has a span; else puts
 * those that goal needs into *result and returns whether there are any.
 */
static bool
run_chain(const BiQuery *query, const BiNode *chain, BiSource *source,
		  bool exists, BiSpanGoal goal, BiSpanList *result)
{
	ChainShape	shape = chain_shape(chain);
	const BiNode *link = BiNodeEnd(BiNodeFirst(chain));
	BiProxJoinStep step;

	BiSpanListInit(&step.left);
	BiNodeSpans(query, BiNodeFirst(chain), source, BI_GOAL_ALL, &step.left);
	BiSpanListSort(&step.left);

	for (int i = 0; i < shape.nlinks && step.left.n > 0; i++)
	{
		bool		negated = (link->flags & BI_NEGATED) != 0;

		CHECK_FOR_INTERRUPTS();
		if (!BiProxJoinBegin(&step, query, link, source))
		{
			if (!negated)
				return false;
		}
		else if (exists && i == shape.nlinks - 1)
			return BiProxJoinExists(&step);
		else
			BiProxJoinApply(&step, goal_after(&shape, i, &step, goal, exists),
							shape.nlinks - i);
		if (step.right.spans != NULL)
			pfree(step.right.spans);
		link = BiNodeEnd(BiNodeEnd(link));
	}

	if (!exists)
		*result = step.left;
	return step.left.n > 0;
}

/* Does the chain have a span? */
bool
BiProxChainExists(const BiQuery *query, const BiNode *chain, BiSource *source)
{
	return is_possible(query, chain, source) &&
		run_chain(query, chain, source, true, BI_GOAL_ALL, NULL);
}

/* Append the spans of the chain that goal needs to list. */
void
BiProxChainSpans(const BiQuery *query, const BiNode *chain, BiSource *source,
				 BiSpanGoal goal, BiSpanList *list)
{
	BiSpanList	result;

	if (!is_possible(query, chain, source) ||
		!run_chain(query, chain, source, false, goal, &result))
		return;
	for (uint32 i = 0; i < result.n; i++)
		BiSpanListAdd(list, &result.spans[i]);
}
