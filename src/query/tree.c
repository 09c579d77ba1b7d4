/*
 * tree.c
 *	  Building the syntax tree; the one place where its limits are checked.
 *
 * Constructors accept NULL for an operand that was dropped, and return what
 * the others make.  AND in AND, OR in OR and double NOT are flattened here,
 * and a proximity over AND becomes an AND of proximities.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/diagnostic.h"
#include "query/tree.h"

/* Append child to tree's operands and update tree's summary of them. */
static void
append_child(BiTree *tree, BiTree *child, BiProxJoin join)
{
	BiCell	   *cell = palloc_object(BiCell);

	cell->tree = child;
	cell->join = join;
	cell->next = NULL;
	if (tree->last != NULL)
		tree->last->next = cell;
	else
		tree->first = cell;
	tree->last = cell;

	tree->height = Max(tree->height, child->height + 1);
	tree->nwords += child->nwords;
	tree->has_and |= child->has_and;
	tree->has_not |= child->has_not;
	tree->has_atleast |= child->has_atleast;
	tree->has_value |= child->has_value;
}

static BiTree *
new_tree(BiNodeKind kind)
{
	BiTree	   *tree = palloc0_object(BiTree);

	tree->kind = kind;
	tree->has_and = kind == BI_AND;
	tree->has_not = kind == BI_NOT;
	tree->has_atleast = kind == BI_ATLEAST;
	return tree;
}

/* Would an operator over child be nested too deeply?  If so, reports it. */
static bool
too_deep(BiParseState *state, const BiTree *child, int pos)
{
	if (child->height < BI_MAX_DEPTH)
		return false;
	BiDiagnose(state, BI_ERROR, ERRCODE_STATEMENT_TOO_COMPLEX, pos, pos + 1,
			   NULL, "operators are nested more than %d levels deep",
			   BI_MAX_DEPTH);
	return true;
}

/*
 * Are nwords words too many for a query?  If so, reports it and cuts off what
 * follows.
 */
bool
BiTooManyWords(BiParseState *state, int64 nwords, int first, int last,
			   const char *hint)
{
	if (nwords <= BI_MAX_WORDS)
		return false;
	if (!state->full)
		BiDiagnose(state, BI_ERROR, ERRCODE_PROGRAM_LIMIT_EXCEEDED, first, last,
				   hint, "search has more than %d words", BI_MAX_WORDS);
	state->full = true;
	return true;
}

/*
 * Count the words of an item that was just bound; NULL if there are too many.
 */
BiTree *
BiTreeItem(BiParseState *state, BiTree *item, int first, int last)
{
	if (item == NULL ||
		BiTooManyWords(state, (int64) state->nwords + item->nwords, first,
					   last, NULL))
		return NULL;
	state->nwords += item->nwords;
	return item;
}

/*
 * left AND or OR right; the result takes over both, and may be either,
 * modified.
 */
BiTree *
BiTreeJoin(BiParseState *state, BiNodeKind kind, BiTree *left,
		   BiTree *right, int pos)
{
	BiTree	   *tree;
	bool		positive;
	BiProxJoin	none = {0};

	if (left == NULL || right == NULL)
		return left ? left : right;
	if (left->kind != kind && too_deep(state, left, pos))
		return right;
	if (right->kind != kind && too_deep(state, right, pos))
		return left;

	positive = kind == BI_AND ? left->positive || right->positive :
		left->positive && right->positive;
	if (left->kind == kind)
		tree = left;
	else
	{
		tree = new_tree(kind);
		append_child(tree, left, none);
	}
	if (right->kind == kind)
	{
		/* concatenate the two lists of cells */
		tree->last->next = right->first;
		tree->last = right->last;
		tree->height = Max(tree->height, right->height);
		tree->nwords += right->nwords;
		tree->has_and |= right->has_and;
		tree->has_not |= right->has_not;
		tree->has_atleast |= right->has_atleast;
		tree->has_value |= right->has_value;
	}
	else
		append_child(tree, right, none);
	tree->positive = positive;
	return tree;
}

BiTree *
BiTreeNot(BiParseState *state, BiTree *child, int pos)
{
	BiTree	   *tree;
	BiProxJoin	none = {0};

	if (child == NULL)
		return NULL;
	if (child->kind == BI_NOT)
		return child->first->tree;
	if (too_deep(state, child, pos))
		return NULL;
	tree = new_tree(BI_NOT);
	append_child(tree, child, none);
	tree->positive = false;
	return tree;
}

BiTree *
BiTreeAtLeast(BiParseState *state, uint32 count, BiTree *child, int first,
			  int last)
{
	BiTree	   *tree;
	BiProxJoin	none = {0};

	if (child == NULL)
		return NULL;
	if (child->has_and || child->has_not || child->has_atleast ||
		child->has_value)
	{
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, first, last,
				   "Put words, phrases, groups of alternatives or proximities there.",
				   "ATLEAST cannot hold %s",
				   child->has_not ? "NOT" : child->has_atleast ? "ATLEAST" :
				   child->has_value ? "the value of a field" : "AND");
		return child;
	}
	if (too_deep(state, child, first))
		return NULL;
	tree = new_tree(BI_ATLEAST);
	tree->arg = count;
	append_child(tree, child, none);
	tree->positive = true;
	return tree;
}

/* The size of a proximity when it is distributed over an operand's AND. */
typedef struct Spread
{
	int64		branches;		/* proximities */
	int64		words;			/* of that operand, in all the proximities */
} Spread;

/* Either number is capped here: it is then too large for any query. */
#define MAX_SPREAD ((int64) BI_MAX_WORDS + 1)

/*
 * Compute the size after distributing over tree.  With crossed, the
 * alternatives of an OR stay together in each branch (see clauses_of), so
 * that an OR has as many branches as its operands have combinations.
 */
static Spread
count_spread(const BiTree *tree, bool crossed)
{
	bool		product = crossed && tree->kind == BI_OR;
	Spread		all = {product ? 1 : 0, 0};

	if (!tree->has_and)
	{
		all.branches = 1;
		all.words = tree->nwords;
		return all;
	}
	check_stack_depth();
	for (BiCell *cell = tree->first; cell != NULL; cell = cell->next)
	{
		Spread		one = count_spread(cell->tree, crossed);

		if (product)
		{
			all.words = all.words * one.branches + one.words * all.branches;
			all.branches *= one.branches;
		}
		else
		{
			all.words += one.words;
			all.branches += one.branches;
		}
		all.words = Min(all.words, MAX_SPREAD);
		all.branches = Min(all.branches, MAX_SPREAD);
	}
	return all;
}

/* One proximity, of operands without AND. */
static BiTree *
make_chain(BiParseState *state, BiTree *left, BiProxJoin join, BiTree *right,
		   int pos)
{
	BiProxJoin	none = {0};
	BiTree	   *tree = left;

	if (right->height >= BI_MAX_DEPTH && too_deep(state, right, pos))
		return left;
	if (left->kind != BI_PROX_CHAIN)
	{
		if (too_deep(state, left, pos))
			return right;
		tree = new_tree(BI_PROX_CHAIN);
		tree->positive = true;
		append_child(tree, left, none);
	}
	append_child(tree, right, join);
	return tree;
}

/* A copy of chain that can grow independently. */
static BiTree *
copy_chain(const BiTree *chain)
{
	BiTree	   *copy = new_tree(BI_PROX_CHAIN);

	copy->positive = true;
	for (BiCell *cell = chain->first; cell != NULL; cell = cell->next)
		append_child(copy, cell->tree, cell->join);
	return copy;
}

/*
 * The proximity of left and right, at most one of which has AND; each branch
 * of that one becomes a proximity of its own.
 */
static BiTree *
distribute(BiParseState *state, BiTree *left, BiProxJoin join, BiTree *right,
		   int pos)
{
	BiTree	   *over = left->has_and ? left : right;
	BiTree	   *result = NULL;

	if (!over->has_and)
		return make_chain(state, left, join, right, pos);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	for (BiCell *cell = over->first; cell != NULL; cell = cell->next)
	{
		BiTree	   *branch = over == left ?
			distribute(state, cell->tree, join, right, pos) :
			distribute(state, left->kind == BI_PROX_CHAIN ?
					   copy_chain(left) : left, join, cell->tree, pos);

		result = BiTreeJoin(state, over->kind, result, branch, pos);
	}
	return result;
}

/*
 * The conjunctive normal form of tree, a right operand of NOT NEAR: a List of
 * clauses, each a List of operands without AND.  So b | (c & d) becomes (b |
 * c) & (b | d).
 */
static List *
clauses_of(BiTree *tree)
{
	List	   *clauses = NIL;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!tree->has_and)
		return list_make1(list_make1(tree));
	for (BiCell *cell = tree->first; cell != NULL; cell = cell->next)
	{
		List	   *more = clauses_of(cell->tree);
		List	   *both = NIL;
		ListCell   *one;
		ListCell   *two;

		if (tree->kind == BI_AND || clauses == NIL)
		{
			clauses = list_concat(clauses, more);
			continue;
		}
		foreach(one, clauses)
		{
			foreach(two, more)
				both = lappend(both, list_concat_copy(lfirst(one),
													  lfirst(two)));
		}
		clauses = both;
	}
	return clauses;
}

/* One tree of a clause's operands, which are not modified. */
static BiTree *
or_of_operands(const List *operands)
{
	BiTree	   *tree;
	BiProxJoin	none = {0};
	ListCell   *lc;

	if (list_length(operands) == 1)
		return linitial(operands);
	tree = new_tree(BI_OR);
	tree->positive = true;
	foreach(lc, operands)
	{
		BiTree	   *operand = lfirst(lc);

		if (operand->kind != BI_OR)
		{
			append_child(tree, operand, none);
			continue;
		}
		for (BiCell *cell = operand->first; cell != NULL; cell = cell->next)
			append_child(tree, cell->tree, none);
	}
	return tree;
}

/*
 * left NOT NEAR right, where right has AND.  None of the alternatives of
 * right may be near the same occurrence of left, so they are not separated as
 * in other proximities: each clause has one operand of every alternative.
 */
static BiTree *
distribute_negated(BiParseState *state, BiTree *left, BiProxJoin join,
				   BiTree *right, int pos)
{
	BiTree	   *result = NULL;
	ListCell   *lc;

	foreach(lc, clauses_of(right))
	{
		BiTree	   *operand =
			left->kind == BI_PROX_CHAIN ? copy_chain(left) : left;

		CHECK_FOR_INTERRUPTS();
		result = BiTreeJoin(state, BI_AND, result,
							make_chain(state, operand, join,
									   or_of_operands(lfirst(lc)), pos), pos);
	}
	return result;
}

/* left and right in a proximity. */
BiTree *
BiTreeProxJoin(BiParseState *state, BiTree *left, BiProxJoin join,
			   BiTree *right, int first, int last)
{
	bool		negated = (join.flags & BI_NEGATED) != 0;
	const char *what = NULL;
	Spread		spread;
	int64		words;			/* of the whole query, after distribution */

	if (left == NULL)
		return negated ? NULL : right;
	if (right == NULL)
		return left;

	if (left->has_not || right->has_not)
		what = "NOT";
	else if (left->has_atleast || right->has_atleast)
		what = "ATLEAST";
	else if (left->has_value || right->has_value)
		what = "the value of a field, which has no place";
	else if (left->has_and && right->has_and)
		what = "AND on both sides";
	if (what != NULL)
	{
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, first, last,
				   "Put words, phrases, groups of alternatives or proximities on each side.",
				   "\"%s\" cannot hold %s",
				   BiQuoteInput(state, first, last), what);
		return BiTreeJoin(state, BI_AND, left, right, first);
	}

	/* the operand without AND is repeated in each branch of the other */
	spread = count_spread(left->has_and ? left : right,
						  negated && right->has_and);
	words = (int64) state->nwords - left->nwords - right->nwords +
		spread.words +
		spread.branches * (left->has_and ? right : left)->nwords;
	if (BiTooManyWords(state, words, first, last,
					   "A proximity holds for each operand of an AND in it."))
		return left;
	state->nwords = words;
	if (negated && right->has_and)
		return distribute_negated(state, left, join, right, first);
	return distribute(state, left, join, right, first);
}
