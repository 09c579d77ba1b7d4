/*
 * keywords.c
 *	  The written forms of operators and field names.
 *
 * This file only says what a chunk may be; resolve.c decides what is an
 * operator "only between two operands", and what a word in small letters
 * means.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/chars.h"
#include "query/lexer.h"

/* longer than any operator or field name, not counting its number */
#define MAX_NAME_CHARS 64

/* Named proximity operators, before their slash */
static const struct
{
	const char *name;
	uint8		flags;
}			proximity_names[] =

{
	{"w", BI_WITHIN},
	{"near", BI_WITHIN},
	{"n", BI_WITHIN},
	{"within", BI_WITHIN},
	{"pre", BI_WITHIN | BI_ORDERED},
	{"p", BI_WITHIN | BI_ORDERED},
	{"onear", BI_WITHIN | BI_ORDERED},
	{"adj", BI_WITHIN | BI_ORDERED},
	{"before", BI_WITHIN | BI_ORDERED},
	{"notnear", BI_WITHIN | BI_NEGATED},
};

/* Operators without a number */
static const struct
{
	const char *name;
	bool		capitals;		/* only if written in capitals */
	BiTokenKind kind;
	uint8		flags;
	uint8		form;
	uint32		arg;
}			operator_names[] =

{
	{"and", false, BI_TOK_AND, 0, 0, 0},
	{"or", false, BI_TOK_OR, 0, 0, 0},
	{"not", false, BI_TOK_NOT, 0, 0, 0},
	{"but", false, BI_TOK_WORD, 0, BI_FORM_BUT, 0},
	{"%", false, BI_TOK_ANDNOT, 0, BI_FORM_CONTEXT | BI_FORM_PERCENT, 0},
	{"near", true, BI_TOK_PROX, BI_WITHIN, BI_FORM_CONTEXT, BI_DEFAULT_DISTANCE},
	{"sentence", true, BI_TOK_PROX, BI_SENTENCE, BI_FORM_CONTEXT, 0},
	{"paragraph", true, BI_TOK_PROX, BI_PARAGRAPH, BI_FORM_CONTEXT, 0},
	{"/s", false, BI_TOK_PROX, BI_SENTENCE, 0, 0},
	{"w/s", false, BI_TOK_PROX, BI_SENTENCE, 0, 0},
	{"w/sent", false, BI_TOK_PROX, BI_SENTENCE, 0, 0},
	{"/p", false, BI_TOK_PROX, BI_PARAGRAPH, 0, 0},
	{"w/p", false, BI_TOK_PROX, BI_PARAGRAPH, 0, 0},
	{"w/para", false, BI_TOK_PROX, BI_PARAGRAPH, 0, 0},
	{"+s", false, BI_TOK_PROX, BI_SENTENCE | BI_ORDERED,
	BI_FORM_CONTEXT | BI_FORM_PLUS, 0},
	{"+p", false, BI_TOK_PROX, BI_PARAGRAPH | BI_ORDERED,
	BI_FORM_CONTEXT | BI_FORM_PLUS, 0},
};

static const struct
{
	const char *name;
	uint8		fields;
}			field_names[] =

{
	{"headline", BI_FIELD_A}, {"title", BI_FIELD_A}, {"hl", BI_FIELD_A},
	{"byline", BI_FIELD_B}, {"author", BI_FIELD_B},
	{"summary", BI_FIELD_C}, {"lead", BI_FIELD_C}, {"abstract", BI_FIELD_C},
	{"body", BI_FIELD_D}, {"text", BI_FIELD_D},
};

/*
 * Read the decimal number, in digits of any script, at the start of chars.
 * Returns how many characters it takes, 0 if there is none; a number that is
 * too large for any use gives a value that is too large as well.
 */
int
BiReadNumber(const BiChar *chars, int n, uint32 *value)
{
	int			i = 0;

	*value = 0;
	while (i < n && BiDigitValue(chars[i].c) >= 0)
	{
		if (*value < 100000000)
			*value = *value * 10 + BiDigitValue(chars[i].c);
		i++;
	}
	return i;
}

/*
 * Copy chars to buf in lower case.  Returns false if they have a character
 * that no operator has.  Sets *capitals if no letter is a small one.
 */
static bool
lower_ascii(const BiChar *chars, int n, char *buf, bool *capitals)
{
	*capitals = true;
	if (n >= MAX_NAME_CHARS)
		return false;
	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;

		if (BiDigitValue(c) >= 0)
			c = '0' + BiDigitValue(c);
		if (c >= 0x80)
			return false;
		if (c >= 'a' && c <= 'z')
			*capitals = false;
		buf[i] = pg_ascii_tolower((unsigned char) c);
	}
	buf[n] = '\0';
	return true;
}

/*
 * Is name, of len characters, what precedes the number in /n, +n, NAME/n or
 * ATLEASTn?  token has the number.
 */
static bool
read_numbered(const char *name, int len, BiQueryToken *token)
{
	if (strcmp(name, "atleast") == 0)
	{
		token->kind = BI_TOK_ATLEAST;
		return true;
	}

	token->kind = BI_TOK_PROX;
	if (len == 1)
	{
		/* with a larger number they are not operators */
		if ((name[0] != '/' && name[0] != '+') ||
			token->arg > BI_MAX_SHORT_DISTANCE)
			return false;
		token->flags = BI_WITHIN;
		if (name[0] == '+')
		{
			token->flags |= BI_ORDERED;
			token->form = BI_FORM_CONTEXT | BI_FORM_PLUS;
		}
		return true;
	}

	for (int i = 0; i < (int) lengthof(proximity_names); i++)
	{
		if (strlen(proximity_names[i].name) == (size_t) len - 1 &&
			name[len - 1] == '/' &&
			strncmp(name, proximity_names[i].name, len - 1) == 0)
		{
			token->flags = proximity_names[i].flags;
			return true;
		}
	}
	return false;
}

/*
 * If the n characters of a chunk are the written form of an operator, or the
 * word "but", fill token's kind, flags, form and arg and return true.  The
 * caller has made sure that none of them is flagged as text.
 */
bool
BiReadOperator(const BiChar *chars, int n, BiQueryToken *token)
{
	char		buf[MAX_NAME_CHARS];
	bool		capitals;
	int			len = n;

	/* a number may have any length: leading zeros, or far out of range */
	while (len > 0 && BiDigitValue(chars[len - 1].c) >= 0)
		len--;
	if (len == 0 || !lower_ascii(chars, len, buf, &capitals))
		return false;

	token->flags = 0;
	token->form = 0;
	if (len < n)
	{
		BiReadNumber(chars + len, n - len, &token->arg);
		return read_numbered(buf, len, token);
	}

	for (int i = 0; i < (int) lengthof(operator_names); i++)
	{
		if (strcmp(buf, operator_names[i].name) == 0 &&
			(capitals || !operator_names[i].capitals))
		{
			token->kind = operator_names[i].kind;
			token->flags = operator_names[i].flags;
			token->form =
				operator_names[i].form | (capitals ? 0 : BI_FORM_LOWER);
			token->arg = operator_names[i].arg;
			return true;
		}
	}
	return false;
}

/* The fields that a name in small letters, terminated, stands for. */
static uint32
fields_of(const char *name, int n)
{
	uint32		fields = 0;

	for (int i = 0; i < (int) lengthof(field_names); i++)
	{
		if (strcmp(name, field_names[i].name) == 0)
			return field_names[i].fields;
	}

	for (int i = 0; i < n; i++)
	{
		if (name[i] < 'a' || name[i] > 'd' || (i > 0 && name[i] <= name[i - 1]))
			return 0;
		fields |= BI_FIELD_A >> (name[i] - 'a');
	}
	return fields;
}

/*
 * The fields that the n characters before a colon name, 0 if none: a name,
 * or letters of fields in alphabetical order.
 */
uint32
BiReadField(const BiChar *chars, int n)
{
	char		buf[MAX_NAME_CHARS];
	bool		capitals;

	if (n == 0 || !lower_ascii(chars, n, buf, &capitals))
		return 0;
	return fields_of(buf, n);
}

uint32
BiFieldsByName(const char *name, int len)
{
	char		buf[MAX_NAME_CHARS];

	if (len >= MAX_NAME_CHARS)
		return 0;
	for (int i = 0; i < len; i++)
		buf[i] = pg_ascii_tolower((unsigned char) name[i]);
	buf[len] = '\0';
	return fields_of(buf, len);
}
