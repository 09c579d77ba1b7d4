/*
 * tree.h
 *	  The syntax tree, from tokens to the packed query and back.
 */
#ifndef BI_TREE_H
#define BI_TREE_H

#include "query/bi_query.h"
#include "query/parse_state.h"

/* One lexeme that a position may hold */
typedef struct BiForm
{
	const char *bytes;
	int			len;
	uint8		flags;			/* BI_PREFIX, BI_PATTERN */
} BiForm;

/* One position of a phrase: alternatives, each a List of BiForm */
typedef struct BiSlot
{
	uint32		offset;
	List	   *alternatives;
} BiSlot;

/*
 * A node of the tree.  Children are held in separate cells, so that
 * distributing a proximity over AND can share a subtree; a tree is never
 * modified once a cell holds it.
 */
typedef struct BiTree BiTree;

typedef struct BiProxJoin
{
	uint8		flags;			/* as those of a packed PROX_JOIN */
	uint32		arg;
} BiProxJoin;

typedef struct BiCell
{
	BiTree	   *tree;
	BiProxJoin	join;			/* PROX_CHAIN: operator before this operand */
	struct BiCell *next;
} BiCell;

struct BiTree
{
	BiNodeKind	kind;			/* BI_AND, OR, NOT, ATLEAST, PROX_CHAIN or
								 * ITEM */
	int			height;			/* levels of operators; 0 for an ITEM */
	int			nwords;
	bool		has_and;
	bool		has_not;
	bool		has_atleast;
	bool		has_value;		/* of a field of one's own */
	bool		positive;		/* requires something to be present */
	uint32		arg;			/* ATLEAST: count */
	BiCell	   *first;
	BiCell	   *last;

	/* ITEM */
	uint8		fields;
	bool		quoted;
	bool		value;			/* of a field of one's own: one slot, without
								 * positions; text has the field's name */
	char	   *text;			/* canonical, database encoding */
	int			textlen;
	List	   *slots;			/* of BiSlot */
};

/* tree.c */
extern bool BiTooManyWords(BiParseState *state, int64 nwords, int first,
						   int last, const char *hint);
extern BiTree *BiTreeItem(BiParseState *state, BiTree *item, int first,
						  int last);
extern BiTree *BiTreeJoin(BiParseState *state, BiNodeKind kind,
						  BiTree *left, BiTree *right, int pos);
extern BiTree *BiTreeNot(BiParseState *state, BiTree *child, int pos);
extern BiTree *BiTreeAtLeast(BiParseState *state, uint32 count,
							 BiTree *child, int first, int last);
extern BiTree *BiTreeProxJoin(BiParseState *state, BiTree *left,
							  BiProxJoin join, BiTree *right,
							  int first, int last);

/* parse.c */
extern BiTree *BiParseTokens(BiParseState *state);

/* pack.c */
extern BiQuery *BiPack(const BiTree *tree, const char *nsp,
					   const char *name);

/* unpack.c */
extern BiTree *BiUnpack(BiParseState *state, const BiQuery *query);

#endif							/* BI_TREE_H */
