/*
 * prefilter.c
 *	  A look at a stored tsvector that tells that most do not match.
 *
 * To check a tsvector takes going through all its lexemes, to see that it
 * lacks a word takes a binary search.  So pending articles are first looked
 * at for the query's words, as they are, and checked only if that leaves them
 * in question.  Each entry is held against the tsvector's bounds before it is
 * followed.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "match/candidates.h"
#include "match/prefilter.h"

/* a tsvector that nobody has checked */
typedef struct Unchecked
{
	const WordEntry *entries;
	int			n;
	const char *text;			/* of the lexemes */
	Size		room;			/* bytes from text on */
	bool		sound;			/* as far as was seen */
} Unchecked;

/* Compare an entry's lexeme, or as much of it as the operand has. */
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

/* Has it the operand's word, or one that begins so? */
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
 * May item be true?  *exact becomes whether it is true if so, which weights
 * and places may prevent.
 */
static bool
may_be_true(Unchecked *vector, const QueryItem *item, const char *operands,
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

		/* not worth a look at all words */
		*exact = !BiOperandLeads(&item->qoperand, text) &&
			item->qoperand.weight == 0;
		return BiOperandLeads(&item->qoperand, text) ||
			has_word(vector, &item->qoperand, text);
	}
	oper = item->qoperator.oper;
	in_phrase |= oper == OP_PHRASE;
	right = may_be_true(vector, item + 1, operands, in_phrase, exact);
	if (oper == OP_NOT)
	{
		/* in a phrase, it is about a place */
		*exact &= !in_phrase;
		return !*exact || !right;
	}
	if (oper == OP_OR ? right && *exact : !right)
		return right;
	left = may_be_true(vector, item + item->qoperator.left, operands,
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
	return may_be_true(&unchecked, GETQUERY(tsquery), GETOPERAND(tsquery),
					   false, &exact) || !unchecked.sound;
}
