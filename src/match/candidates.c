/*
 * candidates.c
 *	  The part of a query that core's tsquery can express, for indexes on
 *	  tsvectors.
 *
 * A tsquery expresses words and prefixes in all fields under AND and OR
 * exactly.  The rest becomes a superset: a word in some fields is one in any,
 * as core knows only the weights of a word's first 255 places; a phrase or
 * proximity becomes the AND of its required words, NOT NEAR its left side, a
 * pattern its literal prefix, which a fuzzy word does not have.  Under NOT a
 * superset turns into a subset, so an operand there must have a subset: words
 * have one, phrases have none.  What cannot be expressed is left out.
 *
 * Phrases would not be exact as tsquery phrases either: core takes words at
 * clamped positions to be adjacent.  A NOT never counts as exact, although
 * core gives it the same meaning: while GIN's pending list is being merged, a
 * scan may see some of a row's words before others, so a query with NOT must
 * be rechecked.
 *
 * Core recurses into a tsquery, so a list of n operands becomes a balanced
 * tree of depth log n.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/pg_crc.h"

#include "base/compat.h"
#include "match/candidates.h"
#include "match/fn_extra_query.h"

/* what is known about a node, one byte each */
#define HAS_SUPERSET	0x01	/* other than everything */
#define HAS_SUBSET		0x02	/* other than nothing */

/* a tsquery being planned and written */
typedef struct Build
{
	const BiQuery *query;
	bool		dictionary;		/* is a pattern without a literal prefix an
								 * operand? */
	uint8	   *known;			/* HAS_x of each node */
	QueryItem  *items;
	uint32		nitems;
	char	   *operands;
	uint32		operand_bytes;
} Build;

/*
 * Most words of a query that go to GIN.  Starting its scan takes time
 * quadratic in their number (startScanKey): minutes for the largest query.
 */
#define MAX_INDEX_WORDS 4096

/* the lexeme in the tautology: too rare to cost an index page */
static const char anything[] = "\001";

/* Is the word a pattern that is an operand as a whole, or none at all? */
static inline bool
is_whole_pattern(const BiQuery *query, const BiNode *word)
{
	return (word->flags & BI_PATTERN) && BiPatternPrefix(query, word) == 0;
}

/*
 * Are there only words and prefixes under AND and OR?  With dictionary, also
 * patterns that are operands, and NOT.
 */
static bool
is_expressible(const BiQuery *query, bool dictionary)
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
				if (!dictionary)
					return false;
				break;
			case BI_WORD:
				if (((node->flags & BI_PATTERN) &&
					 !(dictionary && is_whole_pattern(query, node))) ||
					node->fields != BI_ALL_FIELDS)
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
 * tsquery?  Patterns count in full, slightly too much.
 */
static bool
fits_tsquery(const BiQuery *query)
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

/*
 * HAS_x of a word: core cannot express a fuzzy one, or one with a leading
 * wildcard.
 */
static uint8
known_of_word(const Build *build, const BiNode *word)
{
	if ((word->flags & BI_PATTERN) == 0)
		return HAS_SUPERSET | HAS_SUBSET;
	if (!is_whole_pattern(build->query, word))
		return HAS_SUPERSET;
	return build->dictionary ? HAS_SUPERSET | HAS_SUBSET : 0;
}

/* HAS_x of a node, derived from its children. */
static uint8
known_of_node(const Build *build, const BiNode *node)
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
			return known_of_word(build, node);
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

/* Set known for all nodes, from last to first as children follow parents. */
static void
plan_candidates(Build *build, const BiQuery *query, bool dictionary)
{
	memset(build, 0, sizeof(Build));
	build->query = query;
	build->dictionary = dictionary;
	build->known = palloc0(query->nnodes);
	for (uint32 i = query->nnodes; i-- > 0;)
	{
		CHECK_FOR_INTERRUPTS();
		build->known[i] = known_of_node(build, &query->nodes[i]);
	}
}

static BiPrecision
precision_of(const BiQuery *query, bool dictionary)
{
	Build		build;
	bool		something;

	if (query->nnodes == 0)
		return BI_EXACT;
	if (!fits_tsquery(query))
		return BI_EVERYTHING;
	if (is_expressible(query, false))
		return BI_EXACT;
	plan_candidates(&build, query, dictionary);
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
BiDictionaryIsExact(const BiQuery *query)
{
	return is_expressible(query, true) &&
		precision_of(query, true) != BI_EVERYTHING;
}

/* Append an operand. */
static void
append_operand(Build *build, const char *word, int len, bool prefix,
			   int weights)
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
 * Append an operator.  Its right operand comes next; its left one after that,
 * where set_left_operand() is called.
 */
static uint32
append_operator(Build *build, int8 oper)
{
	QueryOperator *item = &build->items[build->nitems].qoperator;

	item->type = QI_OPR;
	item->oper = oper;
	item->distance = 0;
	item->left = 1;
	return build->nitems++;
}

static void
set_left_operand(Build *build, uint32 oper)
{
	build->items[oper].qoperator.left = build->nitems - oper;
}

static void append_node(Build *build, const BiNode *node, uint8 side);

/* Append operands[0..n) under oper, as a balanced tree. */
static void
append_balanced(Build *build, const BiNode **operands, int n, int8 oper,
				uint8 side)
{
	uint32		item;

	if (n == 1)
	{
		append_node(build, operands[0], side);
		return;
	}
	item = append_operator(build, oper);
	append_balanced(build, operands + n / 2, n - n / 2, oper, side);
	set_left_operand(build, item);
	append_balanced(build, operands, n / 2, oper, side);
}

/* Append those children of node that can be expressed, under oper. */
static void
append_children(Build *build, const BiNode *node, int8 oper, uint8 side)
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
	append_balanced(build, operands, n, oper, side);
	pfree(operands);
}

/*
 * Append a word as one operand: the whole word, or its literal prefix.  Its
 * fields are weights only for a subset.
 */
static void
append_word(Build *build, const BiNode *word, uint8 side)
{
	int			len = BiPatternPrefix(build->query, word);
	bool		any = side == HAS_SUPERSET || word->fields == BI_ALL_FIELDS;

	append_operand(build, BiNodeText(build->query, word),
				   len > 0 ? len : (int) word->len, word->flags != 0,
				   any ? 0 : word->fields);
}

/* Append node's superset or subset, which plan_candidates() found to exist. */
static void
append_node(Build *build, const BiNode *node, uint8 side)
{
	check_stack_depth();
	Assert(build->known[node - build->query->nodes] & side);

	switch ((BiNodeKind) node->kind)
	{
		case BI_WORD:
			append_word(build, node, side);
			break;
		case BI_NOT:
			append_operator(build, OP_NOT);
			append_node(build, BiNodeFirst(node),
						side == HAS_SUPERSET ? HAS_SUBSET : HAS_SUPERSET);
			break;
		case BI_OR:
			append_children(build, node, OP_OR, side);
			break;
		default:
			append_children(build, node, OP_AND, side);
			break;
	}
}

/* Append a tautology, which every document matches. */
static void
append_tautology(Build *build)
{
	uint32		item = append_operator(build, OP_OR);

	append_operator(build, OP_NOT);
	append_operand(build, anything, sizeof(anything) - 1, false, 0);
	set_left_operand(build, item);
	append_operand(build, anything, sizeof(anything) - 1, false, 0);
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

	plan_candidates(&build, query, dictionary);
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
		append_tautology(&build);
	else if (query->nnodes > 0)
		append_node(&build, query->nodes, HAS_SUPERSET);

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

/* state of the functions below, kept between calls */
typedef struct CandidatesState
{
	BiFnExtraQuery cached;
	TSQuery		candidates;
	bool		exact;
} CandidatesState;

PG_FUNCTION_INFO_V1(bi_candidates);
Datum
bi_candidates(PG_FUNCTION_ARGS)
{
	CandidatesState *state = (CandidatesState *)
		BiFnExtraState(fcinfo, sizeof(CandidatesState));

	if (BiFnExtraSet(&state->cached, PG_GETARG_DATUM(0)) ||
		state->candidates == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(state->cached.context);

		state->candidates = NULL;
		state->candidates = BiCandidates(state->cached.query);
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

	if (BiFnExtraSet(&state->cached, PG_GETARG_DATUM(0)))
		state->exact =
			BiCandidatesPrecision(state->cached.query) == BI_EXACT;
	PG_RETURN_BOOL(state->exact);
}
