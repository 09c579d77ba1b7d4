/*
 * bi_query.h
 *	  The packed query: what every layer after the parser reads.
 *
 * A bi_query is one flat varlena without OIDs, so that it means the same in
 * every session, dump, replica and shard.
 *
 *		header			BiQuery, up to nodes[]
 *		nodes			nnodes of them, parents before children
 *		text area		configuration's schema (nsplen bytes, none if the
 *						name prints unqualified), its name (namelen
 *						bytes), then the bytes that nodes point to; offsets
 *						count from the start of the text area
 *
 * The empty query has no nodes.  Otherwise nodes[0] is the root and its
 * subtree is all of them: the children of a node follow it, the first one
 * immediately, and node + node->size is its next sibling.
 *
 *		expr	= AND expr{2,} | OR expr{2,} | NOT expr | ATLEAST span | span |
 *				  VALUE
 *		span	= PROX_CHAIN span (PROX_JOIN span){1,} | OR span{2,} | ITEM
 *		ITEM	= slot | PHRASE slot{2,}
 *		slot	= OR (WORD | SAME){2,} | SAME | WORD
 *		SAME	= WORD{2,}
 *		VALUE	= WORD | OR WORD{2,}	an ITEM with BI_VALUE
 *
 * AND in AND, OR in OR and NOT in NOT do not occur, nor does a PROX_CHAIN as
 * the first operand of a PROX_CHAIN (its parentheses would be redundant).
 *
 * Equality, order and hash depend on everything but an ITEM's typed text and
 * QUOTED flag.
 */
#ifndef BI_QUERY_H
#define BI_QUERY_H

#include "fmgr.h"

#define BI_QUERY_VERSION	1

typedef enum BiNodeKind
{
	BI_AND = 1,
	BI_OR,
	BI_NOT,						/* one child */
	BI_ATLEAST,					/* one child; arg = count */
	BI_PROX_CHAIN,				/* proximity, from left to right */
	BI_PROX_JOIN,				/* the operator between two operands of a
								 * PROX_CHAIN: no children, arg = distance for
								 * BI_WITHIN */
	BI_ITEM,					/* a word or phrase as typed: one child; off,
								 * len = canonical text, without field */
	BI_PHRASE,					/* each child's arg = its position relative to
								 * the first child's, which is 0; ascending */
	BI_SAME,					/* all of the words at one position */
	BI_WORD						/* off, len = lexeme or pattern */
} BiNodeKind;

/* flags of a PROX_JOIN: one unit, and the order of the operands */
#define BI_WITHIN		0x01	/* at most arg positions apart */
#define BI_SENTENCE		0x02	/* in one sentence */
#define BI_PARAGRAPH	0x04	/* in one paragraph */
#define BI_ORDERED		0x08	/* right operand begins after the left ends */
#define BI_NEGATED		0x10	/* NOT NEAR/n: left operands without a right
								 * one nearby; with BI_WITHIN only */

/* flags of an ITEM */
#define BI_QUOTED		0x01
#define BI_VALUE		0x02	/* a value, or range of values, of a field of
								 * one's own (field_value.h): the WORDs are
								 * lexemes of that field and have no
								 * positions, the ITEM's text has the field's
								 * name */

/* flags of a WORD: at most one */
#define BI_PREFIX		0x01	/* any ending */
#define BI_PATTERN		0x02	/* off, len = pattern; see below */

/*
 * A pattern is text in the database encoding with these bytes in between,
 * which occur in no lexeme.  The WORD's literal prefix before the first of
 * them is BiPatternPrefix() bytes long: 0 if a wildcard leads, but then a
 * literal byte follows somewhere.
 */
#define BI_ONE_CHAR		'\001'	/* exactly one character */
#define BI_ANY_CHARS	'\002'	/* any number of characters, or none */
#define BI_UPTO_CHARS	'\003'	/* at most n characters, or none; n follows as
								 * the two characters '0' + n / 64 and '0' + n
								 * % 64, 2 <= n <= 2046 */

/*
 * A fuzzy word is a pattern, too: this byte, the number of edits as a digit
 * from 1 to BI_MAX_EDITS, and the word, with none of these bytes in it.  It
 * matches the words that so many edits make of it, or fewer.
 */
#define BI_FUZZY		'\004'
#define BI_LAST_SIGN	BI_FUZZY
#define BI_FUZZY_HEAD	2		/* bytes before the word */
#define BI_MAX_EDITS	2

/* fields are tsvector weights, as bits of a mask like QueryOperand.weight */
#define BI_FIELD_D		0x01	/* body */
#define BI_FIELD_C		0x02	/* summary */
#define BI_FIELD_B		0x04	/* byline */
#define BI_FIELD_A		0x08	/* headline */
#define BI_ALL_FIELDS	0x0F

typedef struct BiNode
{
	uint8		kind;			/* BiNodeKind */
	uint8		flags;
	uint8		fields;			/* ITEM, WORD: fields to search, never 0; the
								 * words of an ITEM have its fields */
	uint8		unused;			/* 0 */
	uint32		size;			/* nodes of this subtree, itself included */
	uint32		arg;
	uint32		off;
	uint32		len;
} BiNode;

StaticAssertDecl(sizeof(BiNode) == 20, "BiNode has padding");

typedef struct BiQuery
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		unused;			/* 0 */
	uint32		nnodes;
	uint32		nsplen;
	uint32		namelen;
	BiNode		nodes[FLEXIBLE_ARRAY_MEMBER];
} BiQuery;

#define DatumGetBiQueryP(d) ((BiQuery *) PG_DETOAST_DATUM(d))
#define PG_GETARG_BI_QUERY_P(n) BiQueryGet(PG_GETARG_DATUM(n))
#define PG_RETURN_BI_QUERY_P(q) PG_RETURN_POINTER(q)

/* start of the text area */
static inline const char *
BiQueryText(const BiQuery *query)
{
	return (const char *) (query->nodes + query->nnodes);
}

/* Is the node the value of a field of one's own? */
static inline bool
BiIsValue(const BiNode *node)
{
	return node->kind == BI_ITEM && (node->flags & BI_VALUE) != 0;
}

/* bytes of an ITEM or WORD */
static inline const char *
BiNodeText(const BiQuery *query, const BiNode *node)
{
	return BiQueryText(query) + node->off;
}

static inline const BiNode *
BiNodeFirst(const BiNode *node)
{
	return node + 1;
}

static inline const BiNode *
BiNodeEnd(const BiNode *node)
{
	return node + node->size;
}

/*
 * bytes of a WORD before its first wildcard, perhaps none; without wildcards,
 * all of them
 */
static inline int
BiPatternPrefix(const BiQuery *query, const BiNode *word)
{
	const char *s = BiNodeText(query, word);
	uint32		n = 0;

	if ((word->flags & BI_PATTERN) == 0)
		return word->len;
	while (n < word->len && (unsigned char) s[n] > BI_LAST_SIGN)
		n++;
	return n;
}

/* Is the WORD a fuzzy one? */
static inline bool
BiIsFuzzy(const BiQuery *query, const BiNode *word)
{
	return (word->flags & BI_PATTERN) != 0 &&
		*BiNodeText(query, word) == BI_FUZZY;
}

/*
 * Detoast and validate a bi_query.  The result can be used without further
 * checks.  Raises XX001 (data corrupted) for a value that this version cannot
 * have made.
 */
extern BiQuery *BiQueryGet(Datum datum);

/* The validation alone, for a detoasted value. */
extern void BiQueryValidate(const BiQuery *query);

/*
 * OID of the query's configuration, which is looked up in its schema, or if
 * unqualified in pg_catalog and the extension's schema.  extension_schema is
 * that of the calling function (BiExtensionSchema).  Raises 42704.
 */
extern Oid	BiQueryConfig(const BiQuery *query, Oid extension_schema);

/* Schema of the called function, which is our extension's. */
extern Oid	BiExtensionSchema(FunctionCallInfo fcinfo);

/*
 * The fields that a name of len bytes stands for, as before a colon: a mask,
 * 0 if it names no field.
 */
extern uint32 BiFieldsByName(const char *name, int len);

/*
 * Compare two queries, as a btree comparison function: below, at or above 0.
 */
extern int	BiCompare(const BiQuery *a, const BiQuery *b);

#endif							/* BI_QUERY_H */
