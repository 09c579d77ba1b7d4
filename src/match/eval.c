/*
 * eval.c
 *	  Whether a document matches a query.
 *
 * Nodes that only ask whether words are there use the source's holds and
 * allocate nothing; positions are read only for phrases, chains and ATLEAST.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/spans.h"

/*
 * Are all words of a SAME slot at one position?  A word without positions may
 * be anywhere, as when it is a single word.
 */
static bool
same_matches(const BiQuery *query, const BiNode *slot, BiSource *source)
{
	const BiOccurrence *occurrences;
	bool		placed = false;

	for (const BiNode *word = BiNodeFirst(slot);
		 word < BiNodeEnd(slot); word = BiNodeEnd(word))
	{
		if (!source->holds(source, query, word))
			return false;
		if (source->unplaced(source, query, word) == 0)
			placed = true;
	}
	/* all of them clamped or without positions? */
	if (!placed)
		return true;
	for (const BiNode *word = BiNodeFirst(slot);
		 word < BiNodeEnd(slot); word = BiNodeEnd(word))
	{
		if (source->unplaced(source, query, word) & BI_STRIPPED)
			return true;
	}
	return BiSlotFind(query, slot, source, &occurrences) > 0;
}

bool
BiNodeIsClamped(const BiQuery *query, const BiNode *node, BiSource *source)
{
	switch ((BiNodeKind) node->kind)
	{
		case BI_ITEM:
			return BiNodeIsClamped(query, BiNodeFirst(node), source);
		case BI_WORD:
			return (source->unplaced(source, query, node) & BI_CLAMPED) != 0;
		case BI_SAME:
			for (const BiNode *word = BiNodeFirst(node);
				 word < BiNodeEnd(node); word = BiNodeEnd(word))
			{
				if (!BiNodeIsClamped(query, word, source))
					return false;
			}
			return true;
		case BI_OR:
			for (const BiNode *child = BiNodeFirst(node);
				 child < BiNodeEnd(node); child = BiNodeEnd(child))
			{
				if (BiNodeIsClamped(query, child, source))
					return true;
			}
			return false;
		default:
			return false;
	}
}

/*
 * Does the operand of ATLEAST begin at enough positions?  For a count of 1 it
 * is enough that it matches.  All clamped occurrences count as one position,
 * because words match there.
 */
static bool
atleast_matches(const BiQuery *query, const BiNode *node, BiSource *source)
{
	const BiNode *operand = BiNodeFirst(node);
	BiSpanList	list;
	uint32		starts = 0;

	if (!BiNodeMatches(query, operand, source))
		return false;
	if (node->arg <= 1)
		return true;

	BiSpanListInit(&list);
	BiNodeSpans(query, operand, source, BI_GOAL_STARTS, &list);
	BiSpanListThin(&list, BI_GOAL_STARTS, 0);
	starts = list.n;
	if (starts + 1 == node->arg && BiNodeIsClamped(query, operand, source))
		starts++;
	return starts >= node->arg;
}

bool
BiNodeMatches(const BiQuery *query, const BiNode *node, BiSource *source)
{
	const BiNode *end = BiNodeEnd(node);
	const BiNode *child = BiNodeFirst(node);

	CHECK_FOR_INTERRUPTS();

	switch ((BiNodeKind) node->kind)
	{
		case BI_WORD:
			return source->holds(source, query, node);
		case BI_ITEM:
			if (child->kind == BI_WORD)
				return source->holds(source, query, child);
			return BiNodeMatches(query, child, source);
		case BI_AND:
			check_stack_depth();
			for (; child < end; child = BiNodeEnd(child))
			{
				if (!BiNodeMatches(query, child, source))
					return false;
			}
			return true;
		case BI_OR:
			check_stack_depth();
			for (; child < end; child = BiNodeEnd(child))
			{
				if (BiNodeMatches(query, child, source))
					return true;
			}
			return false;
		case BI_NOT:
			check_stack_depth();
			return !BiNodeMatches(query, child, source);
		case BI_SAME:
			return same_matches(query, node, source);
		case BI_PHRASE:
			return BiPhraseExists(query, node, source);
		case BI_PROX_CHAIN:
			return BiProxChainExists(query, node, source);
		case BI_ATLEAST:
			return atleast_matches(query, node, source);
		case BI_PROX_JOIN:
			break;
	}
	elog(ERROR, "unexpected bi_query node of kind %d", node->kind);
	return false;
}

bool
BiMatches(const BiQuery *query, BiSource *source)
{
	return query->nnodes > 0 &&
		BiNodeMatches(query, query->nodes, source);
}
