/*
 * candidates.c
 *	  What of a query core's tsquery can say, for indexes on tsvectors.
 *
 * A tsquery says words, prefixes and weights under and/or exactly.  Of the
 * rest it says a superset: a phrase or proximity becomes the AND of what must
 * be there, NOT NEAR its left side, a pattern the prefix it begins with, if
 * any.  Under NOT a superset turns into a subset, so what stands there must have
 * one: words have, phrases have none.  What cannot be said is left out.
 *
 * Phrases would not be exact as tsquery phrases either: core takes clamped
 * positions for neighbours.  A NOT is never counted as exact, though core
 * means the same by it: while GIN's pending list is merged it may see some of
 * a row's words before others, so what NOT takes part in must be rechecked.
 *
 * Core recurses into a tsquery, so a list of n operands is built as a
 * balanced tree, log n deep.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/pg_crc.h"

#include "base/compat.h"
#include "match/candidates.h"
#include "match/fn_extra_query.h"

/* what is known of a node, one byte each */
#define HAS_SUPERSET	0x01	/* other than everything */
#define HAS_SUBSET		0x02	/* other than nothing */

/* a tsquery being planned and then written */
typedef struct Build
{
	const BiQuery *query;
	bool		dictionary;		/* is a wildcard that leads said as itself? */
	uint8	   *known;			/* HAS_x of each node */
	QueryItem  *items;
	uint32		nitems;
	char	   *operands;
	uint32		operand_bytes;
} Build;

/*
 * Words of a query that GIN is asked for.  Starting its scan takes time that
 * grows with the square of their number (startScanKey), minutes for as many
 * as a query may have.
 */
#define MAX_INDEX_WORDS 4096

/* one lexeme which the tautology is about; it is not worth an index page */
static const char anything[] = "\001";

/* Only words and prefixes under and/or, and under not if that may be? */
static bool
is_plain(const BiQuery *query, bool not)
{
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		switch ((BiNodeKind) node->kind)
		{
			case BI_AND:
			case BI_OR:
			case BI_ITEM:
				break;
			case BI_NOT:
				if (!not)
					return false;
				break;
			case BI_WORD:
				if (node->flags & BI_PATTERN)
					return false;
				break;
			case BI_ATLEAST:
				if (node->arg > 1)
					return false;
				break;
			default:
				return false;
		}
	}
	return true;
}

/*
 * Are the words few enough for an index, and do their bytes fit into a
 * tsquery?  Patterns count in full, which is a little too much.
 */
static bool
fits(const BiQuery *query)
{
	uint64		bytes = 0;
	int			words = 0;

	for (uint32 i = 0; i < query->nnodes; i++)
	{
		const BiNode *node = &query->nodes[i];

		if (node->kind == BI_WORD)
		{
			if (node->len >= MAXSTRLEN || ++words > MAX_INDEX_WORDS)
				return false;
			bytes += node->len + 1;
		}
	}
	return bytes <= MAXSTRPOS &&
		!TSQUERY_TOO_BIG(2 * (uint64) query->nnodes, bytes);
}

/* HAS_x of a word: of one that a wildcard leads core can say nothing. */
static uint8
combine_word(const Build *build, const BiNode *word)
{
	if ((word->flags & BI_PATTERN) == 0)
		return HAS_SUPERSET | HAS_SUBSET;
	return build->dictionary || BiPatternPrefix(build->query, word) > 0 ?
		HAS_SUPERSET : 0;
}

/* HAS_x of a node, from those of its children. */
static uint8
combine(const Build *build, const BiNode *node)
{
	const BiNode *nodes = build->query->nodes;
	bool		needed = true;
	uint8		any = 0;
	uint8		all = HAS_SUPERSET | HAS_SUBSET;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (child->kind == BI_PROX_JOIN)
			needed = (child->flags & BI_NEGATED) == 0;
		else if (needed)
		{
			any |= build->known[child - nodes];
			all &= build->known[child - nodes];
		}
	}

	switch ((BiNodeKind) node->kind)
	{
		case BI_WORD:
			return combine_word(build, node);
		case BI_ITEM:
			return any;
		case BI_AND:
			return (any & HAS_SUPERSET) | (all & HAS_SUBSET);
		case BI_OR:
			return (all & HAS_SUPERSET) | (any & HAS_SUBSET);
		case BI_NOT:
			return (any & HAS_SUPERSET ? HAS_SUBSET : 0) |
				(any & HAS_SUBSET ? HAS_SUPERSET : 0);
		case BI_ATLEAST:
			return node->arg > 1 ? any & HAS_SUPERSET : any;
		case BI_SAME:
		case BI_PHRASE:
		case BI_PROX_CHAIN:
			return any & HAS_SUPERSET;
		case BI_PROX_JOIN:
			break;
	}
	return 0;
}

/* Find out about all nodes: children follow their parents, so backwards. */
static void
plan(Build *build, const BiQuery *query, bool dictionary)
{
	memset(build, 0, sizeof(Build));
	build->query = query;
	build->dictionary = dictionary;
	build->known = palloc0(query->nnodes);
	for (uint32 i = query->nnodes; i-- > 0;)
	{
		CHECK_FOR_INTERRUPTS();
		build->known[i] = combine(build, &query->nodes[i]);
	}
}

static BiPrecision
precision_of(const BiQuery *query, bool dictionary)
{
	Build		build;
	bool		something;

	if (query->nnodes == 0)
		return BI_EXACT;
	if (!fits(query))
		return BI_EVERYTHING;
	if (is_plain(query, false))
		return BI_EXACT;
	plan(&build, query, dictionary);
	something = (build.known[0] & HAS_SUPERSET) != 0;
	pfree(build.known);
	return something ? BI_SUPERSET : BI_EVERYTHING;
}

BiPrecision
BiCandidatesPrecision(const BiQuery *query)
{
	return precision_of(query, false);
}

bool
BiCandidatesAreExact(const BiQuery *query)
{
	return is_plain(query, true) &&
		BiCandidatesPrecision(query) != BI_EVERYTHING;
}

/* Append an operand. */
static void
put_word(Build *build, const char *word, int len, bool prefix, int weights)
{
	QueryOperand *operand = &build->items[build->nitems++].qoperand;
	pg_crc32	crc;

	INIT_LEGACY_CRC32(crc);
	COMP_LEGACY_CRC32(crc, word, len);
	FIN_LEGACY_CRC32(crc);

	operand->type = QI_VAL;
	operand->weight = weights;
	operand->prefix = prefix;
	operand->valcrc = (int32) crc;
	operand->length = len;
	operand->distance = build->operand_bytes;
	memcpy(build->operands + build->operand_bytes, word, len);
	build->operand_bytes += len;
	build->operands[build->operand_bytes++] = '\0';
}

/*
 * Append an operator.  Its right operand comes next; its left one behind
 * that, where put_left says.
 */
static uint32
put_operator(Build *build, int8 oper)
{
	QueryOperator *item = &build->items[build->nitems].qoperator;

	item->type = QI_OPR;
	item->oper = oper;
	item->distance = 0;
	item->left = 1;
	return build->nitems++;
}

static void
put_left(Build *build, uint32 oper)
{
	build->items[oper].qoperator.left = build->nitems - oper;
}

static void put_node(Build *build, const BiNode *node, uint8 side);

/* Append operands[0..n) under oper, as a balanced tree. */
static void
put_list(Build *build, const BiNode **operands, int n, int8 oper, uint8 side)
{
	uint32		item;

	if (n == 1)
	{
		put_node(build, operands[0], side);
		return;
	}
	item = put_operator(build, oper);
	put_list(build, operands + n / 2, n - n / 2, oper, side);
	put_left(build, item);
	put_list(build, operands, n / 2, oper, side);
}

/* Append those children of node that can be said, under oper. */
static void
put_children(Build *build, const BiNode *node, int8 oper, uint8 side)
{
	const BiNode *nodes = build->query->nodes;
	const BiNode **operands = palloc(node->size * sizeof(BiNode *));
	bool		needed = true;
	int			n = 0;

	for (const BiNode *child = BiNodeFirst(node);
		 child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		CHECK_FOR_INTERRUPTS();
		if (child->kind == BI_PROX_JOIN)
			needed = (child->flags & BI_NEGATED) == 0;
		else if (needed && (build->known[child - nodes] & side))
			operands[n++] = child;
	}
	put_list(build, operands, n, oper, side);
	pfree(operands);
}

/* Append a word as one operand: what it is, or begins with. */
static void
put_term(Build *build, const BiNode *word)
{
	int			len = BiPatternPrefix(build->query, word);

	put_word(build, BiNodeText(build->query, word),
			 len > 0 ? len : (int) word->len, word->flags != 0,
			 word->fields == BI_ALL_FIELDS ? 0 : word->fields);
}

/* Append node's superset or subset, which plan() found to be there. */
static void
put_node(Build *build, const BiNode *node, uint8 side)
{
	check_stack_depth();
	Assert(build->known[node - build->query->nodes] & side);

	switch ((BiNodeKind) node->kind)
	{
		case BI_WORD:
			put_term(build, node);
			break;
		case BI_NOT:
			put_operator(build, OP_NOT);
			put_node(build, BiNodeFirst(node),
					 side == HAS_SUPERSET ? HAS_SUBSET : HAS_SUPERSET);
			break;
		case BI_OR:
			put_children(build, node, OP_OR, side);
			break;
		default:
			put_children(build, node, OP_AND, side);
			break;
	}
}

/* Append what every document matches, with or without the word. */
static void
put_everything(Build *build)
{
	uint32		item = put_operator(build, OP_OR);

	put_operator(build, OP_NOT);
	put_word(build, anything, sizeof(anything) - 1, false, 0);
	put_left(build, item);
	put_word(build, anything, sizeof(anything) - 1, false, 0);
}

static TSQuery
make_candidates(const BiQuery *query, bool dictionary)
{
	BiPrecision precision = precision_of(query, dictionary);
	Build		build;
	TSQuery		result;
	Size		size;
	uint32		nwords = 0;
	uint32		bytes = 0;

	plan(&build, query, dictionary);
	for (uint32 i = 0; i < query->nnodes; i++)
	{
		if (query->nodes[i].kind == BI_WORD)
		{
			nwords++;
			bytes += query->nodes[i].len + 1;
		}
	}
	if (precision == BI_EVERYTHING)
		nwords = bytes = 2 * sizeof(anything);

	/* n words, n - 1 operators between them, and NOTs */
	build.items = palloc0((2 * (Size) nwords + query->nnodes + 2) *
						  sizeof(QueryItem));
	build.operands = palloc(bytes + 1);
	if (precision == BI_EVERYTHING)
		put_everything(&build);
	else if (query->nnodes > 0)
		put_node(&build, query->nodes, HAS_SUPERSET);

	size = COMPUTESIZE(build.nitems, build.operand_bytes);
	result = palloc(size);
	SET_VARSIZE(result, size);
	result->size = build.nitems;
	memcpy(GETQUERY(result), build.items, build.nitems * sizeof(QueryItem));
	memcpy(GETOPERAND(result), build.operands, build.operand_bytes);
	pfree(build.items);
	pfree(build.operands);
	pfree(build.known);
	return result;
}

TSQuery
BiCandidates(const BiQuery *query)
{
	return make_candidates(query, false);
}

TSQuery
BiDictionaryCandidates(const BiQuery *query)
{
	return make_candidates(query, true);
}

/* what the functions below keep between their calls */
typedef struct CandidatesState
{
	BiFnExtraQuery memo;
	TSQuery		candidates;
	bool		exact;
} CandidatesState;

PG_FUNCTION_INFO_V1(bi_candidates);
Datum
bi_candidates(PG_FUNCTION_ARGS)
{
	CandidatesState *state = (CandidatesState *)
		BiFnExtraState(fcinfo, sizeof(CandidatesState));

	if (BiFnExtraSet(&state->memo, PG_GETARG_DATUM(0)) ||
		state->candidates == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(state->memo.context);

		state->candidates = NULL;
		state->candidates = BiCandidates(state->memo.query);
		MemoryContextSwitchTo(caller);
	}
	PG_RETURN_TSQUERY(state->candidates);
}

PG_FUNCTION_INFO_V1(bi_is_exact);
Datum
bi_is_exact(PG_FUNCTION_ARGS)
{
	CandidatesState *state = (CandidatesState *)
		BiFnExtraState(fcinfo, sizeof(CandidatesState));

	if (BiFnExtraSet(&state->memo, PG_GETARG_DATUM(0)))
		state->exact =
			BiCandidatesPrecision(state->memo.query) == BI_EXACT;
	PG_RETURN_BOOL(state->exact);
}
