/*
 * bind_value.c
 *	  Binds values and ranges of fields of one's own to lexemes, as items of
 *	  the tree (query-language sections 5 and 9).
 *
 * A value of texts is one lexeme, prefix or pattern.  A range of dates or
 * numbers, and a date shorter than a day, becomes the prefixes that cover it
 * (field_range.h), as alternatives of one slot.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"
#include "query/lexer.h"
#include "text/field_range.h"
#include "text/field_value.h"

#define DATE_HINT \
	"Write a day as 2026-03-05, a month as 2026-03, a year as 2026, and a range as 2020..2024."
#define NUMBER_HINT \
	"Write a number as 500 or 0.5, and a range as 500..1000."

/* in what is read as a date or number, a character that neither has */
#define FOREIGN_CHAR '\177'

/* a value that is being bound */
typedef struct Value
{
	BiParseState *state;
	const BiQueryToken *token;
	BiOwnField	field;
	StringInfoData start;		/* what its lexemes begin with */
	List	   *forms;			/* of BiForm */
	StringInfoData text;		/* canonical */
} Value;

/* The item of the forms; NULL if there are too many words. */
static BiTree *
make_item(Value *value)
{
	BiTree	   *item = palloc0_object(BiTree);
	BiSlot	   *slot = palloc0_object(BiSlot);
	ListCell   *lc;

	foreach(lc, value->forms)
		slot->alternatives = lappend(slot->alternatives,
									 list_make1(lfirst(lc)));
	item->kind = BI_ITEM;
	/* nodes of the packed query, as each form is one */
	item->nwords = list_length(value->forms);
	item->positive = true;
	item->value = item->has_value = true;
	item->fields = BI_ALL_FIELDS;
	item->quoted = value->token->kind == BI_TOK_PHRASE;
	item->slots = list_make1(slot);
	item->text = pnstrdup(value->text.data, value->text.len);
	item->textlen = value->text.len;
	return BiTreeItem(value->state, item, value->token->first,
					  value->token->last);
}

/* Add a form, of bytes that are copied, after the field's start. */
static void
add_form(Value *value, const char *bytes, int len, uint8 flags)
{
	BiForm	   *form = palloc_object(BiForm);
	int			start = value->start.len;
	char	   *copy = palloc(start + len);

	memcpy(copy, value->start.data, start);
	memcpy(copy + start, bytes, len);
	form->bytes = copy;
	form->len = start + len;
	form->flags = flags;
	value->forms = lappend(value->forms, form);
}

static BiTree *
refuse_value(Value *value, int sqlstate, const char *what, const char *hint)
{
	BiDiagnose(value->state, BI_ERROR, sqlstate, value->token->first,
			   value->token->last, hint, "%s", what);
	return NULL;
}

/*
 * Would the character at i of the value's text be a wildcard, unless it is
 * escaped?  A star would, and a "?" between letters and digits.
 */
static bool
acts_as_wildcard(const BiChar *chars, int n, int i)
{
	return chars[i].c == '*' ||
		(chars[i].c == '?' && i > 0 && i + 1 < n &&
		 BiIsWordChar(chars[i - 1].c) && BiIsWordChar(chars[i + 1].c));
}

static bool
is_wildcard(const BiChar *chars, int n, int i)
{
	return (chars[i].flags & BI_CHAR_TEXT) == 0 &&
		acts_as_wildcard(chars, n, i);
}

/* Number of stars at i. */
static int
count_stars(const BiChar *chars, int n, int i)
{
	int			k = i;

	while (k < n && chars[k].c == '*' && is_wildcard(chars, n, k))
		k++;
	return k - i;
}

/* Append the wildcard at i to a pattern; returns where it ends. */
static int
append_wildcard(const BiChar *chars, int n, int i, StringInfo pattern)
{
	int			stars = count_stars(chars, n, i);
	int			upto = Min(stars, BI_MAX_WORD_BYTES);

	if (stars == 0)
	{
		appendStringInfoChar(pattern, BI_ONE_CHAR);
		return i + 1;
	}
	if (stars == 1)
		appendStringInfoChar(pattern, BI_ANY_CHARS);
	else
	{
		appendStringInfoChar(pattern, BI_UPTO_CHARS);
		appendStringInfoChar(pattern, '0' + upto / 64);
		appendStringInfoChar(pattern, '0' + upto % 64);
	}
	return i + stars;
}

/*
 * The value's text as a lexeme, prefix or pattern; false if it is too long.
 */
static bool
bind_pattern(Value *value, const BiChar *chars, int n)
{
	StringInfoData lexeme;		/* after the field's start */
	int			nwild = 0;
	bool		prefix = false;
	bool		fits = true;

	initStringInfo(&lexeme);
	for (int i = 0; i < n && fits;)
	{
		int			from = i;
		int			len;
		char	   *piece;

		while (i < n && !is_wildcard(chars, n, i))
			i++;
		piece = BiEncodeChars(chars + from, i - from, &len);
		BiAppendFieldText(piece, len, from > 0, i < n, &lexeme);
		pfree(piece);
		fits = nwild == 0 || lexeme.len <= BI_MAX_WORD_BYTES;
		if (i == n)
			break;
		prefix = nwild++ == 0 && i + 1 == n && chars[i].c == '*';
		if (prefix)
			break;
		i = append_wildcard(chars, n, i, &lexeme);
	}
	if (nwild == 0)
		BiCutFieldText(&lexeme, 0);
	else if (prefix && lexeme.len > BI_MAX_FIELD_TEXT)
		lexeme.len = pg_mbcliplen(lexeme.data, lexeme.len, BI_MAX_FIELD_TEXT);
	fits &= value->start.len + lexeme.len <= BI_MAX_WORD_BYTES;
	if (fits && (lexeme.len > 0 || nwild > 0))
		add_form(value, lexeme.data, lexeme.len,
				 prefix ? BI_PREFIX : nwild > 0 ? BI_PATTERN : 0);
	pfree(lexeme.data);
	return fits;
}

/* Can the text be printed without quotation marks? */
static bool
is_bare(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;
		bool		inside = i > 0 && i + 1 < n &&
			BiIsWordChar(chars[i - 1].c) && BiIsWordChar(chars[i + 1].c);

		if (BiIsWordChar(c) || is_wildcard(chars, n, i))
			continue;
		if (!inside || (c != '.' && c != '-' && c != '_' && c != '\''))
			return false;
	}
	return true;
}

/* Append a character, in the database encoding. */
static void
append_char(StringInfo buf, const BiChar *ch)
{
	int			len;
	char	   *bytes = BiEncodeChars(ch, 1, &len);

	appendBinaryStringInfo(buf, bytes, len);
	pfree(bytes);
}

/* Print a value of texts after the field's name, as it was typed. */
static void
print_text(Value *value, const BiChar *chars, int n)
{
	StringInfo	buf = &value->text;
	bool		quoted = value->token->kind == BI_TOK_PHRASE ||
		!is_bare(chars, n);
	bool		blank = false;
	bool		first = true;

	appendStringInfoChar(buf, ':');
	if (!quoted)
	{
		for (int i = 0; i < n; i++)
			append_char(buf, &chars[i]);
		return;
	}
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;

		if (BiIsSpace(c))
		{
			blank = true;
			continue;
		}
		if (blank && !first)
			appendStringInfoChar(buf, ' ');
		blank = first = false;
		if (BiIsQuote(c) || c == '\\' ||
			(acts_as_wildcard(chars, n, i) && !is_wildcard(chars, n, i)))
			appendStringInfoChar(buf, '\\');
		append_char(buf, &chars[i]);
	}
	appendStringInfoChar(buf, '"');
}

/* The value's characters, with a star that follows its closing mark. */
static const BiChar *
value_chars(const Value *value, int *n)
{
	const BiQueryToken *token = value->token;
	const BiChar *chars = value->state->chars + token->from;
	BiChar	   *copy;

	*n = token->to - token->from;
	while (*n > 0 && BiIsSpace(chars[*n - 1].c))
		(*n)--;
	while (*n > 0 && BiIsSpace(chars->c))
	{
		chars++;
		(*n)--;
	}
	if (token->stars == 0 || *n == 0)
		return chars;
	copy = palloc_array(BiChar, *n + token->stars);
	memcpy(copy, chars, sizeof(BiChar) * *n);
	for (int i = 0; i < token->stars; i++)
	{
		copy[*n] = chars[0];
		copy[*n].c = '*';
		copy[(*n)++].flags = 0;
	}
	return copy;
}

static BiTree *
bind_text(Value *value)
{
	int			n;
	const BiChar *chars = value_chars(value, &n);

	if (value->token->compare != 0)
		return refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"a field of texts has no order",
							"Write a colon and the value, as in source:\"Daily Mail\", or its beginning and a star.");
	if (!bind_pattern(value, chars, n))
		return refuse_value(value, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							psprintf("value of a field is longer than %d bytes",
									 BI_MAX_WORD_BYTES), NULL);
	if (value->forms == NIL)
		return refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"value of a field is empty", NULL);
	print_text(value, chars, n);
	return make_item(value);
}

/* an end of a range as typed, and what it stands for */
typedef struct End
{
	char	   *text;			/* canonical; NULL: open */
	char	   *low;			/* first and last value */
	char	   *high;
} End;

/* The value's text in ASCII, digits of all scripts as such. */
static char *
ascii_text(const BiChar *chars, int n)
{
	char	   *text = palloc(n + 1);

	for (int i = 0; i < n; i++)
	{
		uint32		c = chars[i].c;
		int			digit = BiDigitValue(c);

		text[i] = digit >= 0 ? '0' + digit : BiIsSpace(c) ? ' ' :
			c < ' ' || c >= 0x7F ? FOREIGN_CHAR : (char) c;
	}
	text[n] = '\0';
	return text;
}

/* Cut blanks off both ends of s. */
static char *
trim(char *s)
{
	int			len;

	while (*s == ' ')
		s++;
	len = strlen(s);
	while (len > 0 && s[len - 1] == ' ')
		len--;
	s[len] = '\0';
	return s;
}

/* Read digits, min to max of them, at *s; -1 if there are others. */
static int
read_digits(const char **s, int min, int max)
{
	int			number = 0;
	int			n = 0;

	while (**s >= '0' && **s <= '9' && n <= max)
	{
		number = number * 10 + (*(*s)++ - '0');
		n++;
	}
	return n < min || n > max ? -1 : number;
}

/* Read yyyy, yyyy-mm or yyyy-mm-dd. */
static bool
read_date(const char *s, End *end)
{
	int			year = read_digits(&s, 4, 4);
	int			month = 0;
	int			day = 0;

	if (year < 1)
		return false;
	if (*s == '-')
	{
		s++;
		month = read_digits(&s, 1, 2);
		if (month < 1 || month > 12)
			return false;
	}
	if (*s == '-')
	{
		s++;
		day = read_digits(&s, 1, 2);
		if (day < 1 || day > BiDaysOfMonth(year, month))
			return false;
	}
	if (*s != '\0')
		return false;
	end->text = month == 0 ? psprintf("%04d", year) : day == 0 ?
		psprintf("%04d-%02d", year, month) :
		psprintf("%04d-%02d-%02d", year, month, day);
	end->low = psprintf("%04d-%02d-%02d", year, month == 0 ? 1 : month,
						day == 0 ? 1 : day);
	if (month == 0)
		month = 12;
	end->high = psprintf("%04d-%02d-%02d", year, month, day > 0 ? day :
						 BiDaysOfMonth(year, month));
	return true;
}

/*
 * Remove the commas of a number, each with three digits after it; false if
 * one is elsewhere.
 */
static bool
remove_commas(char *s)
{
	char	   *to = s;
	bool		any = false;
	int			ndigits = 0;	/* since the last comma */

	for (; *s != '\0'; s++)
	{
		bool		digit = *s >= '0' && *s <= '9';

		if (*s == ',' ? ndigits == 0 || (any && ndigits != 3) :
			!digit && any && ndigits != 3 && ndigits >= 0)
			return false;
		if (*s == ',')
		{
			any = true;
			ndigits = 0;
			continue;
		}
		if (!digit && any)
		{
			/* commas end with the whole part */
			any = false;
			ndigits = 0;
		}
		else if (digit)
			ndigits++;
		*to++ = *s;
	}
	*to = '\0';
	return !any || ndigits == 3;
}

static bool
read_number(char *s, End *end)
{
	StringInfoData encoded;

	if (!remove_commas(s))
		return false;
	if (*s == '+')
		s++;
	initStringInfo(&encoded);
	if (!BiAppendFieldNumber(s, &encoded))
		return false;
	end->text = pstrdup(s);
	end->low = end->high = encoded.data;
	return true;
}

/* Read an end of a range; "*" and nothing are open.  Reports what is none. */
static bool
read_end(Value *value, char *s, End *end)
{
	bool		date = value->field.type == BI_DATE_FIELD;

	memset(end, 0, sizeof(End));
	s = trim(s);
	if (*s == '\0' || strcmp(s, "*") == 0)
		return true;
	if (date ? read_date(s, end) : read_number(s, end))
		return true;
	BiDiagnose(value->state, BI_ERROR, ERRCODE_SYNTAX_ERROR,
			   value->token->from, value->token->to,
			   date ? DATE_HINT : NUMBER_HINT, "\"%s\" is no %s",
			   BiQuoteInput(value->state, value->token->from,
							value->token->to), date ? "date" : "number");
	return false;
}

/* The ends of a range, of which at least one is not open */
typedef struct Range
{
	End			from;
	End			to;
	bool		above;			/* from itself is outside */
	bool		below;
} Range;

/* "a TO b" in brackets: splits s, which is behind the opening one. */
static bool
split_brackets(Value *value, char *s, char **low, char **high)
{
	int			len = strlen(s);
	char	   *to = strstr(s, " TO ");

	if (to == NULL)
		to = strstr(s, " to ");
	if (s[-1] == '{' || len == 0 || s[len - 1] != ']')
	{
		(void) refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"range is not in square brackets",
							"Write [2020 TO 2024], or date>2020 and date<2024 to leave out the ends.");
		return false;
	}
	s[len - 1] = '\0';
	*low = s;
	*high = "";
	if (to != NULL)
	{
		*to = '\0';
		*high = to + strlen(" TO ");
	}
	else
		*high = s;
	return true;
}

/* Read the value as a range; false, and reported, if it is none. */
static bool
read_range(Value *value, char *s, Range *range)
{
	uint8		compare = value->token->compare;
	char	   *low = s;
	char	   *high = s;
	char	   *dots;

	memset(range, 0, sizeof(Range));
	if (compare == 0 && (*s == '<' || *s == '>'))
	{
		compare = *s++ == '<' ? BI_COMPARE_LESS : BI_COMPARE_GREATER;
		if (*s == '=')
		{
			compare |= BI_COMPARE_EQUAL;
			s++;
		}
		low = high = s;
	}
	if (compare == 0 && (*s == '[' || *s == '{'))
	{
		if (!split_brackets(value, s + 1, &low, &high))
			return false;
	}
	else if (compare == 0 && (dots = strstr(s, "..")) != NULL)
	{
		*dots = '\0';
		high = dots + 2;
	}
	if (!read_end(value, pstrdup(low), &range->from) ||
		!read_end(value, pstrdup(high), &range->to))
		return false;
	if (compare & BI_COMPARE_LESS)
		memset(&range->from, 0, sizeof(End));
	if (compare & BI_COMPARE_GREATER)
		memset(&range->to, 0, sizeof(End));
	range->below = compare == BI_COMPARE_LESS;
	range->above = compare == BI_COMPARE_GREATER;
	return true;
}

/* Print the range after the field's name. */
static void
print_range(StringInfo buf, const Range *range, bool single)
{
	const char *from = range->from.text;
	const char *to = range->to.text;

	if (from == NULL && to == NULL)
		appendStringInfoString(buf, ":*");
	else if (range->above || range->below)
		appendStringInfo(buf, "%c%s", range->above ? '>' : '<',
						 range->above ? from : to);
	else if (single && from != NULL && to != NULL)
		appendStringInfo(buf, ":%s", from);
	else
		appendStringInfo(buf, ":%s..%s", from ? from : "", to ? to : "");
}

/* Add the forms of the range. */
static void
bind_parts(Value *value, const Range *range)
{
	BiFieldBound low = {NULL, !range->above};
	BiFieldBound high = {NULL, !range->below};
	ListCell   *lc;

	/* what is above a month is above its last day */
	if (range->from.text != NULL)
		low.value = range->above ? range->from.high : range->from.low;
	if (range->to.text != NULL)
		high.value = range->below ? range->to.low : range->to.high;
	foreach(lc, BiCoverRange(value->field.type, low, high))
	{
		BiFieldPart *part = lfirst(lc);

		add_form(value, part->value, part->len, part->prefix ? BI_PREFIX : 0);
		pfree(part->value);
		pfree(part);
	}
}

static BiTree *
bind_range(Value *value)
{
	int			n;
	const BiChar *chars = value_chars(value, &n);
	char	   *s = ascii_text(chars, n);
	bool		single = *s != '[' && strstr(s, "..") == NULL;
	bool		any = strchr(s, '*') != NULL && value->token->compare == 0;
	Range		range;

	if (n == 0)
		return refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"value of a field is empty", NULL);
	if (!read_range(value, s, &range))
		return NULL;
	if (range.from.text == NULL && range.to.text == NULL &&
		(!any || (single && n > 1)))
		return refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"range has no end", NULL);
	if (range.from.text != NULL && range.to.text != NULL &&
		strcmp(range.from.low, range.to.low) > 0)
	{
		End			end = range.from;

		(void) refuse_value(value, ERRCODE_SYNTAX_ERROR,
							"range ends before it begins",
							psprintf("Write %s..%s.", range.to.text,
									 range.from.text));
		range.from = range.to;
		range.to = end;
	}
	bind_parts(value, &range);
	if (value->forms == NIL)
		return refuse_value(value, ERRCODE_SYNTAX_ERROR, "range is empty",
							NULL);
	print_range(&value->text, &range, single);
	return make_item(value);
}

/*
 * What was typed is read as a value, so it is no foreign syntax: flag it as
 * text for the checks that come later.
 */
static void
mark_as_read(BiParseState *state, const BiQueryToken *token)
{
	for (int i = token->first; i < token->last; i++)
		state->chars[i].flags |= BI_CHAR_TEXT;
}

/*
 * The item for a value of a field of one's own: a word or phrase of which
 * token->own is set.  NULL, and reported, if it is none.
 */
BiTree *
BiBindValue(BiParseState *state, const BiQueryToken *token)
{
	Value		value = {.state = state, .token = token};
	BiTree	   *item;

	if (state->full)
		return NULL;
	BiFieldOfNumber(state->config.fields, token->own, &value.field);
	initStringInfo(&value.start);
	initStringInfo(&value.text);
	if (!BiAppendFieldStart(value.field.name, value.field.len, &value.start))
		return refuse_value(&value, ERRCODE_FEATURE_NOT_SUPPORTED,
							"the encoding of the database has no fields of one's own",
							NULL);
	if (token->has_slop)
		(void) refuse_value(&value, ERRCODE_SYNTAX_ERROR,
							"the value of a field has no words that could be near each other",
							"Leave out the distance.");
	appendBinaryStringInfo(&value.text, value.field.name, value.field.len);
	item = value.field.type == BI_TEXT_FIELD ? bind_text(&value) :
		bind_range(&value);
	mark_as_read(state, token);
	pfree(value.start.data);
	pfree(value.text.data);
	return item;
}
