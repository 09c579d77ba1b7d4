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

/* the number that a proximity may have */
#define WITH_SLASH	0x01		/* NAME/n */
#define WITH_NUMBER 0x02		/* NAMEn, between two operands */
#define WITH_PARENS 0x04		/* NAME(n) */

/* Named proximity operators */
static const struct
{
	const char *name;
	uint8		number;			/* WITH_x */
	uint8		flags;
}			proximity_names[] =

{
	{"w", WITH_SLASH, BI_WITHIN},
	{"near", WITH_SLASH | WITH_NUMBER | WITH_PARENS, BI_WITHIN},
	{"n", WITH_SLASH, BI_WITHIN},
	{"within", WITH_SLASH, BI_WITHIN},
	{"around", WITH_PARENS, BI_WITHIN},
	{"pre", WITH_SLASH | WITH_NUMBER, BI_WITHIN | BI_ORDERED},
	{"p", WITH_SLASH, BI_WITHIN | BI_ORDERED},
	{"onear", WITH_SLASH | WITH_NUMBER, BI_WITHIN | BI_ORDERED},
	{"adj", WITH_SLASH | WITH_NUMBER, BI_WITHIN | BI_ORDERED},
	{"next", WITH_SLASH, BI_WITHIN | BI_ORDERED},
	{"before", WITH_SLASH, BI_WITHIN | BI_ORDERED},
	{"notnear", WITH_SLASH, BI_WITHIN | BI_NEGATED},
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
	{"adj", true, BI_TOK_PROX, BI_WITHIN | BI_ORDERED, BI_FORM_CONTEXT, 1},
	{"<->", false, BI_TOK_PROX, BI_WITHIN | BI_ORDERED,
	BI_FORM_CONTEXT | BI_FORM_PERCENT, 1},
	{"sentence", true, BI_TOK_PROX, BI_SENTENCE, BI_FORM_CONTEXT, 0},
	{"paragraph", true, BI_TOK_PROX, BI_PARAGRAPH, BI_FORM_CONTEXT, 0},
	{"same", true, BI_TOK_PROX, BI_PARAGRAPH, BI_FORM_CONTEXT, 0},
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
	{"hd", BI_FIELD_A}, {"ti", BI_FIELD_A},
	{"byline", BI_FIELD_B}, {"author", BI_FIELD_B}, {"by", BI_FIELD_B},
	{"au", BI_FIELD_B},
	{"summary", BI_FIELD_C}, {"lead", BI_FIELD_C}, {"abstract", BI_FIELD_C},
	{"lp", BI_FIELD_C},
	{"body", BI_FIELD_D}, {"text", BI_FIELD_D}, {"tx", BI_FIELD_D},
	{"td", BI_FIELD_D},
	{"hlp", BI_FIELD_A | BI_FIELD_C}, {"tiab", BI_FIELD_A | BI_FIELD_C},
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

/* Find the proximity of this name, of len bytes, with such a number. */
static bool
find_proximity(const char *name, int len, uint8 number, BiQueryToken *token)
{
	for (int i = 0; i < (int) lengthof(proximity_names); i++)
	{
		if (strlen(proximity_names[i].name) == (size_t) len &&
			(proximity_names[i].number & number) != 0 &&
			strncmp(proximity_names[i].name, name, len) == 0)
		{
			token->kind = BI_TOK_PROX;
			token->flags = proximity_names[i].flags;
			return true;
		}
	}
	return false;
}

/*
 * Is name, of len characters, what precedes the number in /n, +n, NAME/n,
 * NAMEn or ATLEASTn?  token has the number.
 */
static bool
read_numbered(const char *name, int len, BiQueryToken *token)
{
	if (strcmp(name, "atleast") == 0)
	{
		token->kind = BI_TOK_ATLEAST;
		return true;
	}
	if (len > 1 && name[len - 1] == '/')
		return find_proximity(name, len - 1, WITH_SLASH, token);

	/* with a larger number they are not operators */
	if (token->arg > BI_MAX_SHORT_DISTANCE)
		return false;
	token->kind = BI_TOK_PROX;
	token->flags = BI_WITHIN;
	if (strcmp(name, "/") == 0)
		return true;
	if (strcmp(name, "+") == 0)
	{
		token->flags |= BI_ORDERED;
		token->form = BI_FORM_CONTEXT | BI_FORM_PLUS;
		return true;
	}
	token->form = BI_FORM_CONTEXT;
	return find_proximity(name, len, WITH_NUMBER, token);
}

/* Are the n characters tsquery's <n>?  Fills token. */
static bool
read_exact_distance(const BiChar *chars, int n, BiQueryToken *token)
{
	if (n < 3 || chars[0].c != '<' || chars[n - 1].c != '>' ||
		BiReadNumber(chars + 1, n - 2, &token->arg) != n - 2)
		return false;
	token->kind = BI_TOK_PROX;
	token->flags = BI_WITHIN | BI_ORDERED;
	token->form = BI_FORM_CONTEXT | BI_FORM_EXACTLY;
	return true;
}

/* If the n characters and (number) are a proximity, fill token. */
bool
BiReadCalled(const BiChar *chars, int n, uint32 number, BiQueryToken *token)
{
	char		buf[MAX_NAME_CHARS];
	bool		capitals;

	if (!lower_ascii(chars, n, buf, &capitals) ||
		!find_proximity(buf, n, WITH_PARENS, token))
		return false;
	token->form = 0;
	token->arg = number;
	return true;
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
	if (buf[0] == '<' && read_exact_distance(chars, n, token))
		return true;
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

/* Do the n characters name a proximity that has its number after a slash? */
bool
BiIsSlashName(const BiChar *chars, int n)
{
	BiQueryToken ignored;
	char		buf[MAX_NAME_CHARS];
	bool		capitals;

	return lower_ascii(chars, n, buf, &capitals) &&
		find_proximity(buf, n, WITH_SLASH, &ignored);
}

/*
 * Are the n characters an operator, or the name of one that needs a number or
 * capitals?
 */
bool
BiIsOperatorName(const BiChar *chars, int n)
{
	BiQueryToken ignored;
	char		buf[MAX_NAME_CHARS];
	bool		capitals;

	if (BiReadOperator(chars, n, &ignored))
		return true;
	if (!lower_ascii(chars, n, buf, &capitals))
		return false;
	for (int i = 0; i < (int) lengthof(operator_names); i++)
	{
		if (strcmp(buf, operator_names[i].name) == 0)
			return true;
	}
	return find_proximity(buf, n, WITH_NUMBER | WITH_PARENS, &ignored);
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

/*
 * Are the n characters after a word's last colon what tsquery has there:
 * weights, a star or both?  Returns them as fields, all of them if there is
 * only a star, and 0 if they are something else.  Punctuation after them is
 * ignored.  Weights alone are capitals in their order, so that source:BBC and
 * Good:Bad are none.
 */
uint32
BiReadWeights(const BiChar *chars, int n, bool *prefix)
{
	uint32		fields = 0;
	bool		small = false;
	int			i;

	*prefix = false;
	for (i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;
		uint32		field;

		if (c == '*' && (chars[i].flags & BI_CHAR_TEXT) == 0)
		{
			*prefix = true;
			continue;
		}
		if (!BiIsWordChar(c))
			break;
		small |= c >= 'a' && c <= 'd';
		c &= ~0x20;
		if (c < 'A' || c > 'D')
			return 0;
		field = BI_FIELD_A >> (c - 'A');
		if (fields != 0 && field >= (fields & -fields))
			return 0;
		fields |= field;
	}
	for (; i < n; i++)
	{
		if (BiIsWordChar(chars[i].c) || chars[i].c == '*')
			return 0;
	}
	if (*prefix)
		return fields == 0 ? BI_ALL_FIELDS : fields;
	return small ? 0 : fields;
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
