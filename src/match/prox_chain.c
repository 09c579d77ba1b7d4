/*
 * prox_chain.c
 *	  Proximity chains: spans joined from left to right.
 *
 * A note on the number of spans.  A join of left and right spans has up to
 * left x right of them, so that a long chain of frequent words could have a
 * number quadratic in the document's length.  If only the truth of the chain
 * is needed, spans that cannot make a difference are dropped:
 *
 *	- The last join only needs to know whether it has a pair.
 *	- If all later joins are ordered, only the end of a span matters.
 *	- If all later joins are unordered and their operands single words, a
 *	  larger span of the same field is near whatever a smaller one is near,
 *	  unless the word is at its first or last position.  m joins take m words;
 *	  so of spans with one start (or one end), those with m + 1 larger ones
 *	  are never needed: one of the larger spans has a far end that is none of
 *	  the m words that the smaller one would take.
 *
 * BI_MAX_SPANS bounds the rest; prox_grid.c joins many spans without
 * enumerating their pairs.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/prox_join.h"

/* summary of a chain's nodes; joins are numbered from 0 */
typedef struct ChainShape
{
	int			njoins;
	int			last_unordered; /* last join that is not ordered, or -1 */
	int			last_special;	/* last join that is ordered or negated */
	int			last_compound;	/* last join whose right operand is not made
								 * of single words */
} ChainShape;

/*
 * Can node have a span at all: are its required words there?  Cheaper than
 * computing spans, and false for most documents.
 */
static bool
may_have_span(const BiQuery *query, const BiNode *node, BiSource *source)
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
		found = may_have_span(query, child, source);
		if (found == (node->kind == BI_OR))
			return found;
	}
	return node->kind != BI_OR;
}

/* Does node only have spans of one position and field? */
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
			shape.last_unordered = shape.njoins;
		if ((child->flags & (BI_ORDERED | BI_NEGATED)) != 0)
			shape.last_special = shape.njoins;
		if (!has_single_words(BiNodeEnd(child)))
			shape.last_compound = shape.njoins;
		shape.njoins++;
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
BiProxJoinBegin(BiProxJoinStep *step, const BiQuery *query, const BiNode *join,
				BiSource *source)
{
	step->join = join;
	step->nboundaries = 0;
	BiSpanListInit(&step->right);
	if ((join->flags & BI_WITHIN) == 0)
	{
		step->nboundaries = source->boundaries(source,
											   (join->flags & BI_PARAGRAPH) != 0,
											   &step->boundaries);
		if (step->nboundaries < 0)
			return false;
	}

	BiNodeSpans(query, BiNodeEnd(join), source, BI_GOAL_ALL, &step->right);
	BiSpanListSort(&step->right);
	step->width = 0;
	for (uint32 r = 0; r < step->right.n; r++)
		step->width = Max(step->width, step->right.spans[r].end -
						  step->right.spans[r].start);
	return step->right.n > 0;
}

/* What the rest of the chain needs of the result of join number i. */
static BiSpanGoal
goal_of_join(const ChainShape *shape, int i, const BiProxJoinStep *step,
			 BiSpanGoal goal, bool exists)
{
	if (i == shape->njoins - 1)
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
 * Evaluate the chain.  With exists, returns whether it has a span; else puts
 * those that goal needs into *result and returns whether there are any.
 */
static bool
evaluate_chain(const BiQuery *query, const BiNode *chain, BiSource *source,
			   bool exists, BiSpanGoal goal, BiSpanList *result)
{
	ChainShape	shape = chain_shape(chain);
	const BiNode *join = BiNodeEnd(BiNodeFirst(chain));
	BiProxJoinStep step;

	BiSpanListInit(&step.left);
	BiNodeSpans(query, BiNodeFirst(chain), source, BI_GOAL_ALL, &step.left);
	BiSpanListSort(&step.left);

	for (int i = 0; i < shape.njoins && step.left.n > 0; i++)
	{
		bool		negated = (join->flags & BI_NEGATED) != 0;

		CHECK_FOR_INTERRUPTS();
		if (!BiProxJoinBegin(&step, query, join, source))
		{
			if (!negated)
				return false;
		}
		else if (exists && i == shape.njoins - 1)
			return BiProxJoinExists(&step);
		else
			BiProxJoinApply(&step, goal_of_join(&shape, i, &step, goal, exists),
							shape.njoins - i);
		if (step.right.spans != NULL)
			pfree(step.right.spans);
		join = BiNodeEnd(BiNodeEnd(join));
	}

	if (!exists)
		*result = step.left;
	return step.left.n > 0;
}

/* Does the chain have a span? */
bool
BiProxChainExists(const BiQuery *query, const BiNode *chain, BiSource *source)
{
	return may_have_span(query, chain, source) &&
		evaluate_chain(query, chain, source, true, BI_GOAL_ALL, NULL);
}

/* Append the spans of the chain that goal needs to list. */
void
BiProxChainSpans(const BiQuery *query, const BiNode *chain, BiSource *source,
				 BiSpanGoal goal, BiSpanList *list)
{
	BiSpanList	result;

	if (!may_have_span(query, chain, source) ||
		!evaluate_chain(query, chain, source, false, goal, &result))
		return;
	for (uint32 i = 0; i < result.n; i++)
		BiSpanListAdd(list, &result.spans[i]);
}
