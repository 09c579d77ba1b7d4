/*
 * validate.c
 *	  Checks that a stored bi_query is one that this version could have
 *	  made.
 *
 * After this check, all code can follow offsets and sizes blindly: each node
 * lies within its parent, children are what the grammar in bi_query.h allows,
 * every text lies in the text area, and nesting is bounded.  It takes one
 * pass over the nodes, with a stack of the open ones.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "text/tsvector_layout.h"

/* operators, with ITEM, PHRASE, OR, SAME and WORD below the innermost one */
#define MAX_OPEN (BI_MAX_DEPTH + 8)

/* the context of a node, which decides what it may be */
typedef enum Place
{
	IN_EXPR,					/* whole query, AND, NOT, OR outside spans */
	IN_SPAN,					/* PROX_CHAIN, ATLEAST, OR inside spans */
	IN_ITEM,
	IN_PHRASE,
	IN_SLOT,					/* OR of a slot */
	IN_VALUE,					/* ITEM that is a field's value */
	IN_VALUES,					/* OR of a value */
	IN_SAME
} Place;

typedef struct Open
{
	const BiNode *node;
	Place		place;			/* of its children */
	uint32		nchildren;
	uint32		last_arg;		/* PHRASE: of its last child */
} Open;

typedef struct Validation
{
	const BiQuery *query;
	uint32		ntext;			/* bytes of the text area */
	uint8		item_fields;	/* of the last item */
	Open		open[MAX_OPEN];
	int			nopen;
} Validation;

static void
raise_corrupted(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid bi_query value"),
			 errdetail_internal("%s", what)));
}

/*
 * May a node of this kind be at place?  Sets *children to the place of its
 * children.
 */
static bool
is_allowed_at(Place place, const BiNode *node, Place *children)
{
	switch (place)
	{
		case IN_EXPR:
			*children = node->kind == BI_PROX_CHAIN || node->kind == BI_ATLEAST ?
				IN_SPAN : node->kind != BI_ITEM ? IN_EXPR :
				(node->flags & BI_VALUE) != 0 ? IN_VALUE : IN_ITEM;
			return node->kind == BI_AND || node->kind == BI_OR ||
				node->kind == BI_NOT || node->kind == BI_ATLEAST ||
				node->kind == BI_PROX_CHAIN || node->kind == BI_ITEM;
		case IN_SPAN:
			*children = node->kind == BI_ITEM ? IN_ITEM : IN_SPAN;
			return node->kind == BI_OR || node->kind == BI_PROX_CHAIN ||
				(node->kind == BI_ITEM && (node->flags & BI_VALUE) == 0) ||
				node->kind == BI_PROX_JOIN;
		case IN_ITEM:
			if (node->kind == BI_PHRASE)
			{
				*children = IN_PHRASE;
				return true;
			}
			pg_fallthrough;
		case IN_PHRASE:
			*children = node->kind == BI_OR ? IN_SLOT : IN_SAME;
			return node->kind == BI_OR || node->kind == BI_SAME ||
				node->kind == BI_WORD;
		case IN_SLOT:
			*children = IN_SAME;
			return node->kind == BI_SAME || node->kind == BI_WORD;
		case IN_VALUE:
			*children = IN_VALUES;
			return node->kind == BI_OR || node->kind == BI_WORD;
		case IN_SAME:
		case IN_VALUES:
			return node->kind == BI_WORD;
	}
	return false;
}

/*
 * Check that a PROX_CHAIN alternates between operands and PROX_JOINs, and
 * that no operator is directly inside one of its own kind.
 */
static void
check_sequence(const Open *parent, const BiNode *node)
{
	bool		join = parent->node != NULL &&
		parent->node->kind == BI_PROX_CHAIN && parent->nchildren % 2 == 1;

	if ((node->kind == BI_PROX_JOIN) != join)
		raise_corrupted("misplaced proximity");
	if (parent->node == NULL)
		return;
	if (node->kind == parent->node->kind &&
		(node->kind == BI_AND || node->kind == BI_OR ||
		 node->kind == BI_NOT ||
		 (node->kind == BI_PROX_CHAIN && parent->nchildren == 0)))
		raise_corrupted("operator inside of its own kind");
}

/* Check what follows the sign of a fuzzy word. */
static void
check_fuzzy(const char *s, const char *end)
{
	if (end - s < BI_FUZZY_HEAD || s[0] < '1' || s[0] > '0' + BI_MAX_EDITS)
		raise_corrupted("fuzzy word without edits or without text");
	for (; s < end; s++)
	{
		if ((unsigned char) *s <= BI_LAST_SIGN)
			raise_corrupted("fuzzy word with a wildcard");
	}
}

static void
check_pattern(const BiQuery *query, const BiNode *word)
{
	const char *s = BiNodeText(query, word);
	const char *end = s + word->len;
	bool		literal = false;

	if (*s == BI_FUZZY)
	{
		check_fuzzy(s + 1, end);
		return;
	}
	while (s < end)
	{
		char		c = *s++;

		literal |= (unsigned char) c > BI_LAST_SIGN;
		if (c == BI_FUZZY)
			raise_corrupted("fuzzy word inside of a pattern");
		if (c != BI_UPTO_CHARS)
			continue;
		if (end - s < 2 || s[0] < '0' || s[0] > '0' + 63 ||
			s[1] < '0' || s[1] > '0' + 63)
			raise_corrupted("pattern with a bad count");
		s += 2;
	}
	if (!literal || BiPatternPrefix(query, word) == (int) word->len)
		raise_corrupted("pattern without text or without wildcard");
}

/* Does the word begin as the lexemes of a field of one's own do? */
static bool
is_field_lexeme(const BiQuery *query, const BiNode *word)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	const char *s = BiNodeText(query, word);
	int			len = BiPatternPrefix(query, word);

	return signlen > 0 && len > signlen && memcmp(s, sign, signlen) == 0 &&
		memchr(s, '=', len) != NULL;
}

/* Check that text is valid in the database encoding: it will be printed. */
static void
check_text(const char *text, int len)
{
	if (!pg_verify_mbstr(GetDatabaseEncoding(), text, len, true))
		raise_corrupted("text is not in the encoding of the database");
}

/* Check the parts of a node that do not depend on its place. */
static void
check_node(Validation *v, const BiNode *node)
{
	uint8		flags = node->flags;

	if (node->unused != 0)
		raise_corrupted("unknown flags");
	switch (node->kind)
	{
		case BI_PROX_JOIN:
			if ((flags & ~(BI_WITHIN | BI_SENTENCE | BI_PARAGRAPH |
						   BI_ORDERED | BI_NEGATED)) != 0 ||
				pg_number_of_ones[flags & (BI_WITHIN | BI_SENTENCE |
										   BI_PARAGRAPH)] != 1 ||
				((flags & BI_NEGATED) != 0 &&
				 flags != (BI_WITHIN | BI_NEGATED)))
				raise_corrupted("unknown proximity");
			if ((flags & BI_WITHIN) ? node->arg < 1 ||
				node->arg > BI_MAX_DISTANCE : node->arg != 0)
				raise_corrupted("distance out of range");
			return;
		case BI_ATLEAST:
			if (flags != 0 || node->arg < 1 || node->arg > BI_MAX_COUNT)
				raise_corrupted("count out of range");
			return;
		case BI_ITEM:
		case BI_WORD:
			if (node->fields == 0 || node->fields > BI_ALL_FIELDS)
				raise_corrupted("unknown field");
			if (node->off > v->ntext || node->len > v->ntext - node->off ||
				node->len == 0)
				raise_corrupted("text out of bounds");
			if (flags > (node->kind == BI_ITEM ? BI_QUOTED | BI_VALUE :
						 BI_PATTERN))
				raise_corrupted("unknown flags");
			if (node->kind == BI_ITEM && (flags & BI_VALUE) != 0 &&
				node->fields != BI_ALL_FIELDS)
				raise_corrupted("value in a field of words");
			check_text(BiNodeText(v->query, node), node->len);
			if (node->kind == BI_WORD && flags == BI_PATTERN)
				check_pattern(v->query, node);
			return;
		default:
			if (flags != 0)
				raise_corrupted("unknown flags");
	}
}

/* Close the innermost open node, whose end has been reached. */
static void
close_node(Validation *v)
{
	const Open *open = &v->open[--v->nopen];
	uint32		n = open->nchildren;

	switch (open->node->kind)
	{
		case BI_AND:
		case BI_OR:
		case BI_PHRASE:
		case BI_SAME:
			if (n < 2)
				raise_corrupted("operator with too few operands");
			break;
		case BI_NOT:
		case BI_ATLEAST:
		case BI_ITEM:
			if (n != 1)
				raise_corrupted("operator with a wrong number of operands");
			break;
		case BI_PROX_CHAIN:
			if (n < 3 || n % 2 == 0)
				raise_corrupted("proximity with too few operands");
			break;
	}
}

/* Check that the node fits its place, and open it if it has children. */
static void
check_place(Validation *v, const BiNode *node, uint32 room)
{
	Open	   *parent = &v->open[v->nopen - 1];
	Place		children = IN_SAME;

	if (!is_allowed_at(parent->place, node, &children))
		raise_corrupted("unexpected kind of node");
	check_sequence(parent, node);
	if (node->size < 1 || node->size > room)
		raise_corrupted("node out of bounds");

	if ((parent->place == IN_VALUE || parent->place == IN_VALUES) &&
		node->kind == BI_WORD && !is_field_lexeme(v->query, node))
		raise_corrupted("word as the value of a field");
	if (parent->place == IN_PHRASE)
	{
		if (parent->nchildren == 0 ? node->arg != 0 :
			node->arg <= parent->last_arg ||
			node->arg > BI_MAX_QUERY_BYTES)
			raise_corrupted("phrase with words out of order");
		parent->last_arg = node->arg;
	}
	if (node->kind == BI_ITEM)
		v->item_fields = node->fields;
	else if (node->kind == BI_WORD && node->fields != v->item_fields)
		raise_corrupted("word in another field than its item");
	parent->nchildren++;

	if (node->kind == BI_WORD || node->kind == BI_PROX_JOIN)
	{
		if (node->size != 1)
			raise_corrupted("leaf with children");
		return;
	}
	if (v->nopen == MAX_OPEN)
		raise_corrupted("nested too deeply");
	v->open[v->nopen].node = node;
	v->open[v->nopen].place = children;
	v->open[v->nopen].nchildren = 0;
	v->open[v->nopen].last_arg = 0;
	v->nopen++;
}

static void
check_nodes(Validation *v)
{
	const BiQuery *query = v->query;
	const BiNode *end = query->nodes + query->nnodes;

	/* the query itself is the parent of its root */
	v->open[0].node = NULL;
	v->open[0].place = IN_EXPR;
	v->nopen = 1;
	for (const BiNode *node = query->nodes; node < end; node++)
	{
		const BiNode *limit = end;

		CHECK_FOR_INTERRUPTS();
		while (v->nopen > 1 && node == BiNodeEnd(v->open[v->nopen - 1].node))
			close_node(v);
		if (v->nopen > 1)
			limit = BiNodeEnd(v->open[v->nopen - 1].node);
		else if (node != query->nodes)
			raise_corrupted("more than one query");
		check_node(v, node);
		check_place(v, node, limit - node);
	}
	while (v->nopen > 1)
	{
		if (BiNodeEnd(v->open[v->nopen - 1].node) != end)
			raise_corrupted("node out of bounds");
		close_node(v);
	}
}

/*
 * Raise XX001 unless query, which is detoasted, is a valid value.
 */
void
BiQueryValidate(const BiQuery *query)
{
	Size		size = VARSIZE_ANY(query);
	Size		room;
	Validation *v;

	if (size < offsetof(BiQuery, nodes) ||
		query->version != BI_QUERY_VERSION || query->unused != 0)
		raise_corrupted("unknown version");
	room = size - offsetof(BiQuery, nodes);
	if (query->nnodes > room / sizeof(BiNode))
		raise_corrupted("nodes out of bounds");
	room -= sizeof(BiNode) * (Size) query->nnodes;
	if (query->nsplen >= NAMEDATALEN || query->namelen >= NAMEDATALEN ||
		query->namelen == 0 || query->nsplen + query->namelen > room)
		raise_corrupted("configuration name out of bounds");

	check_text(BiQueryText(query), query->nsplen);
	check_text(BiQueryText(query) + query->nsplen, query->namelen);
	if (query->nnodes == 0)
		return;
	v = palloc_object(Validation);
	v->query = query;
	v->ntext = room;
	v->item_fields = 0;
	check_nodes(v);
	pfree(v);
}

/* Detoast and validate. */
BiQuery *
BiQueryGet(Datum datum)
{
	BiQuery    *query = DatumGetBiQueryP(datum);

	BiQueryValidate(query);
	return query;
}
