/*
 * prefilter.c
 *	  A quick check of stored tsvectors that rules out most that do not
 *	  match.
 *
 * Validating a tsvector takes a pass over all its lexemes, but seeing that it
 * lacks a word takes only a binary search.  So the query's words are first
 * searched in pending articles as they are stored, and only articles that may
 * match are validated.  Each entry is checked against the tsvector's bounds
 * before it is followed.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "match/candidates.h"
#include "match/prefilter.h"

/* a tsvector that has not been validated */
typedef struct Unchecked
{
	const WordEntry *entries;
	int			n;
	const char *text;			/* of the lexemes */
	Size		room;			/* bytes from text on */
	bool		sound;			/* no damage seen so far */
} Unchecked;

/* Compare an entry's lexeme with the operand, or with prefix its beginning. */
static int
compare_entry(Unchecked *vector, const WordEntry *entry, const char *text,
			  int len, bool prefix)
{
	int			shared = Min((int) entry->len, len);
	int			result;

	if (entry->pos + entry->len > vector->room)
	{
		vector->sound = false;
		return 0;
	}
	result = memcmp(vector->text + entry->pos, text, shared);
	if (result != 0)
		return result;
	if (prefix && entry->len >= (uint32) len)
		return 0;
	return (int) entry->len - len;
}

/* Does it have the operand's word, or one with that prefix? */
static bool
has_word(Unchecked *vector, const QueryOperand *operand, const char *text)
{
	int			low = 0;
	int			high = vector->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			result = compare_entry(vector, &vector->entries[middle],
										   text, operand->length,
										   operand->prefix);

		if (result == 0)
			return true;
		if (result < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/*
 * May item be true?  Sets *exact to whether the answer is certain, which
 * weights and positions may prevent.
 */
static bool
may_be_satisfied(Unchecked *vector, const QueryItem *item, const char *operands,
				 bool in_phrase, bool *exact)
{
	int8		oper;
	bool		right;
	bool		left;
	bool		left_exact;

	check_stack_depth();
	if (item->type == QI_VAL)
	{
		const char *text = operands + item->qoperand.distance;

		/* not worth testing all words */
		*exact = !BiOperandLeads(&item->qoperand, text) &&
			item->qoperand.weight == 0;
		return BiOperandLeads(&item->qoperand, text) ||
			has_word(vector, &item->qoperand, text);
	}
	oper = item->qoperator.oper;
	in_phrase |= oper == OP_PHRASE;
	right = may_be_satisfied(vector, item + 1, operands, in_phrase, exact);
	if (oper == OP_NOT)
	{
		/* in a phrase, it is about a position */
		*exact &= !in_phrase;
		return !*exact || !right;
	}
	if (oper == OP_OR ? right && *exact : !right)
		return right;
	left = may_be_satisfied(vector, item + item->qoperator.left, operands,
							in_phrase, &left_exact);
	*exact &= left_exact && oper != OP_PHRASE;
	return oper == OP_OR ? left || right : left;
}

bool
BiMayMatch(TSQuery tsquery, TSVector vector, Size size)
{
	Unchecked	unchecked = {.sound = true};
	bool		exact;

	if (tsquery->size == 0 || size < DATAHDRSIZE ||
		!VARATT_IS_4B_U(vector) || VARSIZE(vector) != size ||
		vector->size < 0 ||
		(Size) vector->size > (size - DATAHDRSIZE) / sizeof(WordEntry))
		return true;
	unchecked.entries = ARRPTR(vector);
	unchecked.n = vector->size;
	unchecked.text = STRPTR(vector);
	unchecked.room = size - DATAHDRSIZE - vector->size * sizeof(WordEntry);
	return may_be_satisfied(&unchecked, GETQUERY(tsquery), GETOPERAND(tsquery),
							false, &exact) || !unchecked.sound;
}
