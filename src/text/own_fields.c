/*
 * own_fields.c
 *	  The fields of one's own that a configuration declares
 *	  (query-language section 9).
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"

#include "base/encoding.h"
#include "text/fold.h"
#include "text/own_fields.h"

#define DECLARATION_HINT \
	"Name each field and its type, as in: source text, date date, words number."

/* Names that have a meaning in the query language; also letters a to d. */
static const char *const taken_names[] = {
	"headline", "title", "hl", "hd", "ti", "byline", "author", "by", "au",
	"summary", "lead", "abstract", "lp", "body", "text", "tx", "td", "hlp",
	"tiab", "after", "before", "and", "or", "not", "but", "near", "within",
	"around", "to"
};

static const char *const type_names[] = {
	[BI_NO_FIELD] = "",
	[BI_TEXT_FIELD] = "text",
	[BI_DATE_FIELD] = "date",
	[BI_NUMBER_FIELD] = "number"
};

const char *
BiFieldTypeName(BiFieldType type)
{
	return type_names[type];
}

/* Is the folded name a letter, followed by letters, digits and "_"? */
static bool
is_name(const char *name, int len)
{
	const char *end = name + len;
	int			nchars = 0;
	int			clen;

	for (const char *s = name; s < end; s += clen, nchars++)
	{
		UChar32		c = (UChar32) BiDecodeChar(s, end, &clen);
		bool		letter = u_isUAlphabetic(c);

		if (nchars == 0 ? !letter : !letter && c != '_' &&
			(U_GET_GC_MASK(c) & (U_GC_N_MASK | U_GC_M_MASK)) == 0)
			return false;
	}
	return nchars >= 2 && len <= BI_MAX_FIELD_NAME;
}

bool
BiFoldFieldName(const char *name, int len, StringInfo out)
{
	BiFoldOptions options = {.accents = true, .points = true};
	int			start = out->len;

	/* a character may fold to several, and never to less than a third */
	if (len > 3 * BI_MAX_FIELD_NAME)
		return false;
	BiFold(name, len, &options, false, out);
	return is_name(out->data + start, out->len - start);
}

/* Are they letters of the language's fields, as "ab"? */
static bool
is_joined_letters(const char *name)
{
	for (int i = 0; name[i] != '\0'; i++)
	{
		if (name[i] < 'a' || name[i] > 'd' || (i > 0 && name[i] <= name[i - 1]))
			return false;
	}
	return true;
}

static bool
is_taken(const char *name)
{
	for (int i = 0; i < (int) lengthof(taken_names); i++)
	{
		if (strcmp(name, taken_names[i]) == 0)
			return true;
	}
	return is_joined_letters(name);
}

static void
raise_declaration(const char *detail, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid declaration of fields"),
			 errdetail(detail, what),
			 errhint(DECLARATION_HINT)));
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word of a declaration, before a blank or comma; *len may be 0. */
static const char *
next_word(const char **next, int *len)
{
	const char *word;

	while (is_blank(**next))
		(*next)++;
	word = *next;
	while (**next != '\0' && **next != ',' && !is_blank(**next))
		(*next)++;
	*len = *next - word;
	while (is_blank(**next))
		(*next)++;
	return word;
}

static BiFieldType
type_by_name(const char *name, int len)
{
	for (int type = BI_TEXT_FIELD; type <= BI_NUMBER_FIELD; type++)
	{
		if ((int) strlen(type_names[type]) == len &&
			pg_strncasecmp(name, type_names[type], len) == 0)
			return type;
	}
	return BI_NO_FIELD;
}

/* Append the folded name of a field that is declared, unless it is taken. */
static void
read_name(const char *word, int len, StringInfo out)
{
	char	   *quoted = pnstrdup(word, pg_mbcliplen(word, len, BI_MAX_FIELD_NAME));
	int			start = out->len;
	BiOwnField	field;

	if (!BiFoldFieldName(word, len, out))
		raise_declaration("\"%s\" is no name of a field: a letter, then letters, digits and \"_\".",
						  quoted);
	if (is_taken(out->data + start))
		raise_declaration("\"%s\" means something else in searches.", quoted);
	/* what is read so far ends with the new name, which has no type yet */
	quoted = pnstrdup(out->data + start, out->len - start);
	out->data[start] = '\0';
	if (BiFindField(out->data, quoted, strlen(quoted), &field) > 0)
		raise_declaration("\"%s\" is declared twice.", quoted);
	out->data[start] = quoted[0];
}

char *
BiReadFields(const char *declared)
{
	StringInfoData out;
	int			nfields = 0;

	initStringInfo(&out);
	for (;;)
	{
		int			len;
		const char *word = next_word(&declared, &len);
		BiFieldType type;

		if (len == 0 && *declared == '\0' && nfields == 0)
			return out.data;
		if (++nfields > BI_MAX_OWN_FIELDS)
			raise_declaration("There are more than %s fields.",
							  CppAsString2(BI_MAX_OWN_FIELDS));
		if (nfields > 1)
			appendStringInfoString(&out, ", ");
		read_name(word, len, &out);
		word = next_word(&declared, &len);
		type = type_by_name(word, len);
		if (type == BI_NO_FIELD || (*declared != '\0' && *declared != ','))
			raise_declaration("A field's type is text, date or number, not \"%s\".",
							  pnstrdup(word, pg_mbcliplen(word, len, BI_MAX_FIELD_NAME)));
		appendStringInfo(&out, " %s", type_names[type]);
		if (*declared++ == '\0')
			return out.data;
	}
}

bool
BiNextField(const char **next, BiOwnField *field)
{
	const char *s = *next;
	const char *type;

	if (*s == '\0')
		return false;
	field->name = s;
	while (*s != ' ')
		s++;
	field->len = s - field->name;
	type = ++s;
	while (*s != ',' && *s != '\0')
		s++;
	field->type = type_by_name(type, s - type);
	*next = *s == ',' ? s + 2 : s;
	return true;
}

int
BiFindField(const char *fields, const char *name, int len, BiOwnField *field)
{
	StringInfoData folded;
	int			number = 0;
	bool		found = false;

	if (fields == NULL)
		return 0;
	initStringInfo(&folded);
	if (BiFoldFieldName(name, len, &folded))
	{
		while (!found && BiNextField(&fields, field))
		{
			number++;
			found = field->len == folded.len &&
				memcmp(field->name, folded.data, folded.len) == 0;
		}
	}
	pfree(folded.data);
	return found ? number : 0;
}

void
BiFieldOfNumber(const char *fields, int number, BiOwnField *field)
{
	for (int i = 0; i < number; i++)
	{
		if (!BiNextField(&fields, field))
			elog(ERROR, "no field of number %d", number);
	}
}
