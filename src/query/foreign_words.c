/*
 * foreign_words.c
 *	  Words that are syntax in other systems (query-language section 12).
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/foreign.h"
#include "query/lexer.h"
#include "text/own_fields.h"

/* longest word of the tables */
#define MAX_WORD_CHARS 16

/* Commands, which take parentheses */
static const char *const commands[] = {
	"plural", "singular", "caps", "allcaps", "nocaps"
};

/* Fields behind a word and a full stop: merger.ti,ab. */
static const char *const dotted_fields[] = {
	"ti", "ab", "tw", "mp", "kw", "kf", "hw", "sh", "pt", "jn", "tiab"
};

/* Operators that have no meaning here */
static const struct
{
	const char *word;
	bool		capitals;		/* only if written in capitals */
	const char *hint;
}			foreign_operators[] =

{
	{"andnot", false, "Write AND NOT, or a minus sign glued to the word."},
	{"xor", true, "Write (a OR b) NOT (a AND b)."},
	{"and/or", false, "Write OR, which finds both as well."},
	{"w/seg", false, "Write /p for the same paragraph."},
	{"w/doc", false, "Write AND."},
};

/* The n characters in small letters; false if they are not a table's word. */
static bool
read_small(const BiChar *chars, int n, char *buf)
{
	if (n > MAX_WORD_CHARS)
		return false;
	for (int i = 0; i < n; i++)
	{
		if (chars[i].c >= 0x80)
			return false;
		buf[i] = pg_ascii_tolower((unsigned char) chars[i].c);
	}
	buf[n] = '\0';
	return true;
}

static bool
is_listed(const char *const *list, int len, const char *word)
{
	for (int i = 0; i < len; i++)
	{
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
}

static void
tell_operator(BiParseState *state, int first, int last, const char *hint)
{
	BiDiagnose(state, BI_WARNING, 0, first, last, hint,
			   "\"%s\" is searched as words, not read as an operator",
			   BiQuoteInput(state, first, last));
}

static bool
has_small(const BiParseState *state, const BiQueryToken *token)
{
	for (int i = token->from; i < token->to; i++)
	{
		if (BiIsSmall(state->chars[i].c))
			return true;
	}
	return false;
}

/* Operators under names that are not ours: true if it is one. */
static bool
check_operator(BiParseState *state, const BiQueryToken *token)
{
	char		word[MAX_WORD_CHARS + 1];

	if (!read_small(state->chars + token->from, token->to - token->from, word))
		return false;
	for (int i = 0; i < (int) lengthof(foreign_operators); i++)
	{
		if (strcmp(foreign_operators[i].word, word) != 0 ||
			(foreign_operators[i].capitals && has_small(state, token)))
			continue;
		tell_operator(state, token->first, token->last,
					  foreign_operators[i].hint);
		return true;
	}
	return false;
}

/*
 * NEAR/2f, w/in 5, prox/..., /N5/: a slash and what a proximity does not have
 * there.
 */
static void
check_slash(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = token->to - token->from;
	int			slash = 0;
	int			len;
	uint32		distance;
	char		name[MAX_WORD_CHARS + 1];

	while (slash < n && chars[slash].c != '/')
		slash++;
	if (slash == n || !read_small(chars, slash, name))
		return;
	len = BiReadNumber(chars + slash + 1, n - slash - 1, &distance);
	if (strcmp(name, "prox") == 0)
		tell_operator(state, token->first, token->last,
					  "Write NEAR/n for n words in any order, or PRE/n in this order.");
	else if (BiIsSlashName(chars, slash) && len > 0 && slash + 1 + len < n &&
			 BiIsLetter(chars[slash + 1 + len].c))
		tell_operator(state, token->first, token->last,
					  psprintf("Write NEAR/%u.", distance));
	else if (strcmp(name, "w") == 0 && n == slash + 3 &&
			 (chars[slash + 1].c | 0x20) == 'i' &&
			 (chars[slash + 2].c | 0x20) == 'n' &&
			 token[1].kind == BI_TOK_WORD &&
			 BiReadNumber(state->chars + token[1].from,
						  token[1].to - token[1].from, &distance) > 0)
		tell_operator(state, token->first, token[1].last,
					  psprintf("Write W/%u.", distance));
	else if (slash == 0 && n >= 4 && chars[n - 1].c == '/' &&
			 BiIsLetter(chars[1].c) &&
			 BiReadNumber(chars + 2, n - 3, &distance) == n - 3)
		tell_operator(state, token->first, token->last,
					  psprintf("Write NEAR/%u.", distance));
}

/*
 * plural( ), caps( ) and their like; NEAR( ) with anything but a number.
 * Parentheses may have become part of the word, as in caps(US).
 */
static void
check_command(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = 0;
	char		name[MAX_WORD_CHARS + 1];
	bool		glued = token[1].kind == BI_TOK_OPEN &&
		token[1].first == token->last;

	while (n < token->to - token->from && BiIsLetter(chars[n].c))
		n++;
	if (!(n == token->to - token->from ? glued : BiIsOpen(chars[n].c)) ||
		!read_small(chars, n, name))
		return;
	if (is_listed(commands, lengthof(commands), name))
		BiDiagnose(state, BI_WARNING, 0, token->from, token->from + n,
				   "Leave it out: capitals make no difference, and hurric* finds all endings.",
				   "\"%s\" is searched as a word, not read as a command",
				   name);
	else if ((strcmp(name, "near") == 0 || strcmp(name, "within") == 0 ||
			  strcmp(name, "around") == 0) && glued && !has_small(state, token))
		tell_operator(state, token->first, token->last,
					  "Write NEAR/5 between what is to be near each other.");
}

static bool
is_own_field(const BiParseState *state, const BiChar *chars, int n)
{
	int			len;
	char	   *name;
	BiOwnField	field;

	if (state->config.fields == NULL || n > BI_MAX_FIELD_NAME)
		return false;
	name = BiEncodeChars(chars, n, &len);
	return BiFindField(state->config.fields, name, len, &field) > 0;
}

/* "title: x" */
static void
check_blank_after_field(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = token->to - token->from - 1;
	bool		joined = true;	/* letters of fields, which may be a name */

	if (n < 2 || chars[n].c != ':' || !BiSpaceAt(state, token->last) ||
		token[1].kind == BI_TOK_END || token[1].kind == BI_TOK_CLOSE ||
		(BiReadField(chars, n) == 0 && !is_own_field(state, chars, n)))
		return;
	for (int i = 0; i < n; i++)
		joined &= (chars[i].c | 0x20) >= 'a' && (chars[i].c | 0x20) <= 'd';
	if (!joined)
		BiDiagnose(state, BI_WARNING, 0, token->first, token->last,
				   "Leave out the blank after the colon.",
				   "\"%s\" is searched as a word, not read as a field",
				   BiQuoteInput(state, token->from, token->from + n));
}

/* merger.ti,ab. where the comma ended the chunk */
static void
check_dotted_field(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars;
	int			end = token->to;
	int			dot;
	char		name[MAX_WORD_CHARS + 1];

	if (end > token->from && chars[end - 1].c == '.')
		end--;
	else if (BiSignAt(state, end) != ',')
		return;
	dot = end - 1;
	while (dot > token->from && BiIsLetter(chars[dot].c))
		dot--;
	if (dot > token->from && chars[dot].c == '.' &&
		BiIsWordChar(chars[dot - 1].c) &&
		read_small(chars + dot + 1, end - dot - 1, name) &&
		is_listed(dotted_fields, lengthof(dotted_fields), name))
		BiDiagnose(state, BI_WARNING, 0, dot, end,
				   "Write the field before the word, as in title:merger.",
				   "\"%s\" is searched as a word, not read as a field", name);
}

/* asthma/, a subject heading */
static void
check_heading(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = token->to - token->from;

	if (n < 3 || chars[n - 1].c != '/' || BiIsSlashName(chars, n - 1))
		return;
	for (int i = 0; i < n - 1; i++)
	{
		if (!BiIsWordChar(chars[i].c) && chars[i].c != '-')
			return;
	}
	BiDiagnose(state, BI_WARNING, 0, token->from, token->to,
			   "Leave the slash out: there are no subject headings.",
			   "\"%s\" is searched as a word, not read as a heading",
			   BiQuoteInput(state, token->from, token->to));
}

static bool
is_ideograph(uint32 c)
{
	return c >= 0x80 && (u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) ||
						 (c >= 0x3040 && c <= 0x30FF) ||
						 (c >= 0xAC00 && c <= 0xD7A3));
}

/* AND, OR or NOT in capitals, or &, between ideographs, kana or hangul */
static void
check_glued_operator(BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars;
	BiQueryToken op;
	int			end;

	for (int i = token->from + 1; i < token->to; i = Max(end, i + 1))
	{
		end = i;
		if (!is_ideograph(chars[i - 1].c))
			continue;
		if (BiIsAmpersand(BiSignAt(state, i)) && i + 1 < token->to &&
			is_ideograph(chars[i + 1].c))
			tell_operator(state, i, i + 1, "Put blanks around the operator.");
		while (end < token->to && chars[end].c >= 'A' && chars[end].c <= 'Z')
			end++;
		if (end > i && end < token->to && is_ideograph(chars[end].c) &&
			BiReadOperator(chars + i, end - i, &op) &&
			(op.kind == BI_TOK_AND || op.kind == BI_TOK_OR ||
			 op.kind == BI_TOK_NOT))
			tell_operator(state, i, end, "Put blanks around the operator.");
	}
}

/* Record what the word, with the token after it, looks like. */
void
BiCheckForeignWord(BiParseState *state, const BiQueryToken *token)
{
	if (check_operator(state, token))
		return;
	check_slash(state, token);
	check_command(state, token);
	check_blank_after_field(state, token);
	check_dotted_field(state, token);
	check_heading(state, token);
	check_glued_operator(state, token);
}
