/*
 * foreign_signs.c
 *	  Signs outside quotation marks that mean something in other systems, or
 *	  to who typed them (query-language section 12).
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/foreign.h"
#include "query/lexer.h"

/* letters before a dollar sign that is a wildcard even before a digit */
#define MIN_WILDCARD_LETTERS 3

/* from here on a symbol that Unicode calls an emoji looks like one */
#define FIRST_EMOJI 0x231A

/* Characters as a page or an address writes them */
static const struct
{
	const char *code;
	const char *hint;
}			codes[] =

{
	{"&amp;", "Write & instead."},
	{"&quot;", "Write a quotation mark instead."},
	{"&#34;", "Write a quotation mark instead."},
	{"&ldquo;", "Write a quotation mark instead."},
	{"&rdquo;", "Write a quotation mark instead."},
	{"&laquo;", "Write a quotation mark instead."},
	{"&raquo;", "Write a quotation mark instead."},
	{"&#39;", "Write an apostrophe instead."},
	{"&apos;", "Write an apostrophe instead."},
	{"&rsquo;", "Write an apostrophe instead."},
	{"&lsquo;", "Write an apostrophe instead."},
	{"&lt;", "Write < instead."},
	{"&gt;", "Write > instead."},
	{"&nbsp;", "Write a blank instead."},
	{"&ndash;", "Write a dash instead."},
	{"&mdash;", "Write a dash instead."},
	{"%22", "Write a quotation mark instead."},
	{"%20", "Write a blank instead."},
	{"%26", "Write & instead."},
	{"%27", "Write an apostrophe instead."},
	{"%28", "Write ( instead."},
	{"%29", "Write ) instead."},
	{"%7c", "Write | instead."},
};

/* Words that begin with an apostrophe and are no quotation */
static const char *const elided[] = {
	"tis", "twas", "til", "em", "cause", "bout", "round"
};

/* signs that stand in pairs around words */
typedef enum Enclosing
{
	IN_BRACKETS,
	IN_BRACES,
	IN_QUOTES,
	IN_BACKQUOTES
} Enclosing;

typedef struct Signs
{
	BiParseState *state;
	int			closing[IN_BACKQUOTES + 1]; /* the next one of each; 0:
											 * unknown */
	bool		has_words;		/* is there anything but signs? */
} Signs;

static inline bool
letter_at(const BiParseState *state, int i)
{
	return i >= 0 && i < state->nchars && BiIsLetter(state->chars[i].c);
}

static inline bool
word_char_at(const BiParseState *state, int i)
{
	return i >= 0 && i < state->nchars && BiIsWordChar(state->chars[i].c);
}

/* Does a chunk begin at i, perhaps after a sign? */
static bool
begins_chunk(const BiParseState *state, int i)
{
	uint32		c = i > 0 ? BiSignAt(state, i - 1) : ' ';

	if (i > 1 && (c == '-' || c == '!' || c == '+'))
		c = BiSignAt(state, i - 2);
	return i == 0 || BiIsSpace(c) || BiIsOpen(c) || BiIsBar(c) ||
		BiIsComma(c) || c == '-' || c == '!' || c == '+';
}

/* Start of the letters, digits and "_" before i. */
static int
name_start(const BiParseState *state, int i)
{
	while (i > 0 && (BiIsWordChar(state->chars[i - 1].c) ||
					 BiSignAt(state, i - 1) == '_'))
		i--;
	return i;
}

static void
tell_sign(BiParseState *state, int first, int last, const char *hint)
{
	BiDiagnose(state, BI_WARNING, 0, first, last, hint,
			   "\"%s\" has no meaning here", BiQuoteInput(state, first, last));
}

/* Length of the coded character at i, and what to write for it; or 0. */
static int
code_at(const BiParseState *state, int i, const char **hint)
{
	uint32		c = BiSignAt(state, i);

	if (c != '&' && (c != '%' || (i > 0 && BiIsDigit(state->chars[i - 1].c))))
		return 0;
	for (int k = 0; k < (int) lengthof(codes); k++)
	{
		const char *code = codes[k].code;
		int			n = 0;

		while (code[n] != '\0' && i + n < state->nchars &&
			   (state->chars[i + n].c == (uint32) code[n] ||
				(code[n] >= 'a' && state->chars[i + n].c ==
				 (uint32) (code[n] - 0x20))))
			n++;
		if (code[n] != '\0')
			continue;
		*hint = codes[k].hint;
		return n;
	}
	return 0;
}

/* The hint for the first character that a page or address coded, or NULL. */
const char *
BiPastedHint(const BiParseState *state)
{
	for (int i = 0; i < state->nchars; i++)
	{
		const char *hint;
		int			len = code_at(state, i, &hint);

		if (len > 0)
			return psprintf("\"%.*s\" was pasted from a page or an address. %s",
							len, BiQuoteInput((BiParseState *) state, i, i + len),
							hint);
	}
	return NULL;
}

/* Are there at least two letters or digits in [from, to)? */
static bool
has_words(const BiParseState *state, int from, int to)
{
	int			n = 0;

	for (int i = from; i < to && n < 2; i++)
		n += BiIsWordChar(state->chars[i].c) ? 1 : 0;
	return n >= 2;
}

/* End of the word that begins at i. */
static int
word_end(const BiParseState *state, int i)
{
	while (word_char_at(state, i))
		i++;
	return i;
}

static bool
closes_at(const BiParseState *state, int i, uint32 closing)
{
	uint32		c = BiSignAt(state, i);

	if (closing != '\'')
		return c == closing;
	return BiIsApostrophe(c) && !word_char_at(state, i + 1) &&
		!BiSpaceAt(state, i - 1);
}

/*
 * Place of the closing sign for an opening one at i, or -1.  What was found
 * serves all that open before it.
 */
static int
find_closing(Signs *signs, int i, Enclosing kind)
{
	static const char closing[] = {']', '}', '\'', '`'};
	int			at = signs->closing[kind];

	if (at <= i)
	{
		at = i + 1;
		while (at < signs->state->nchars &&
			   !closes_at(signs->state, at, closing[kind]))
			at++;
		signs->closing[kind] = at;
	}
	return at < signs->state->nchars ? at : -1;
}

/* Is the word after the apostrophe at i one that begins with it? */
static bool
is_elided(const BiParseState *state, int i)
{
	int			n = word_end(state, i + 1) - i - 1;

	for (int k = 0; k < (int) lengthof(elided); k++)
	{
		int			m = 0;

		while (m < n && elided[k][m] != '\0' &&
			   (state->chars[i + 1 + m].c | 0x20) == (uint32) elided[k][m])
			m++;
		if (m == n && elided[k][m] == '\0')
			return true;
	}
	return false;
}

/*
 * Brackets, braces, single quotes and backquotes around words.  Returns where
 * to go on: behind a quotation, so that its end opens none.
 */
static int
check_enclosure(Signs *signs, int i)
{
	BiParseState *state = signs->state;
	uint32		c = BiSignAt(state, i);
	bool		quote = BiIsApostrophe(c) || c == '`';
	int			end;

	if (!begins_chunk(state, i) ||
		(quote && (!letter_at(state, i + 1) || is_elided(state, i))))
		return i + 1;
	end = find_closing(signs, i, c == '[' ? IN_BRACKETS :
					   c == '{' ? IN_BRACES :
					   c == '`' ? IN_BACKQUOTES : IN_QUOTES);
	if (end < 0 || !has_words(state, i + 1, end))
		return i + 1;
	BiDiagnose(state, BI_WARNING, 0, i, i + 1,
			   quote ? "Write double quotation marks around a phrase." :
			   "Write parentheses around a group.",
			   quote ? "\"%s\" does not quote" : "\"%s\" does not group",
			   BiQuoteInput(state, i, i + 1));
	return quote ? end + 1 : i + 1;
}

/* A bracket glued to what stands before it: field, range or wildcard. */
static void
check_glued_bracket(Signs *signs, int i)
{
	BiParseState *state = signs->state;
	int			end = find_closing(signs, i, IN_BRACKETS);
	uint32		before = state->chars[i - 1].c;

	if (end < 0)
		return;
	end++;
	if (before == ':')
	{
		if (i - 1 - name_start(state, i - 1) >= 2)
			tell_sign(state, i, end,
					  "Such a range needs a field of dates or numbers.");
	}
	else if (BiIsWordChar(before) || BiIsClose(before) || BiIsQuote(before))
		tell_sign(state, i, end, word_char_at(state, end) ?
				  "Write ? for one character, or the spellings joined by OR." :
				  "Write a field before the word, as in title:merger, and a distance as in \"a b\"~5.");
}

/* $ # % = after a letter, elsewhere wildcards */
static void
check_wildcard(BiParseState *state, int i)
{
	const BiChar *chars = state->chars;
	uint32		c = chars[i].c;
	int			start = i;
	bool		small = true;
	bool		inside = letter_at(state, i + 1);

	while (letter_at(state, start - 1))
		small &= BiIsSmall(chars[--start].c);
	if (start == i || (start > 0 && BiIsDigit(chars[start - 1].c)))
		return;
	if (word_char_at(state, i + 1) && !inside &&
		!(c == '$' && small && i - start >= MIN_WILDCARD_LETTERS))
		return;
	/* a currency as US$, the name of a field or a formula, C# and C++ */
	if ((c == '$' && !inside && !small && i - start <= MIN_WILDCARD_LETTERS) ||
		(c == '=' && (inside || i - start < 2 ||
					  !BiSpaceAt(state, i + 1))))
		return;
	if (c == '#' && i - start == 1 && !inside)
		BiDiagnose(state, BI_WARNING, 0, start, i + 1,
				   "Add a word that tells it from others, as in \"C# language\".",
				   "\"%s\" is searched without the sign",
				   BiQuoteInput(state, start, i + 1));
	else
		tell_sign(state, i, i + 1,
				  "Write * for any ending, ** for at most two more letters, or ? for one character.");
}

/* A "?" at the end of a word, before a word in small letters or an operator */
static void
check_question_mark(BiParseState *state, int i)
{
	int			next = BiSkipSpaces(state, i + 1);
	int			end;
	BiQueryToken ignored;

	if (!letter_at(state, i - 1) || next == i + 1 || next >= state->nchars)
		return;
	for (int k = i; k >= 0 && !BiSpaceAt(state, k); k--)
	{
		if (state->chars[k].c == '/')
			return;
	}
	end = BiChunkEnd(state, next, next);
	if (BiIsSmall(state->chars[next].c) ||
		BiIsAmpersand(BiSignAt(state, next)) ||
		BiIsBar(BiSignAt(state, next)) ||
		BiReadOperator(state->chars + next, end - next, &ignored))
		BiDiagnose(state, BI_WARNING, 0, i, i + 1,
				   "Write * for any ending, or appl?* for at least one more letter.",
				   "\"?\" at the end of a word is punctuation");
}

/* C++, .NET, $TSLA: signs that were left out */
static void
check_lost_sign(BiParseState *state, int i)
{
	uint32		c = BiSignAt(state, i);
	int			first = i;
	int			last;

	if (c == '+')
	{
		if (!letter_at(state, i - 1) || BiSignAt(state, i + 1) != '+' ||
			word_char_at(state, i + 2))
			return;
		first = name_start(state, i);
		last = i + 2;
	}
	else
	{
		if (!begins_chunk(state, i) || i + 1 >= state->nchars ||
			!u_isupper(state->chars[i + 1].c))
			return;
		last = word_end(state, i + 1);
	}
	BiDiagnose(state, BI_WARNING, 0, first, last,
			   "Add a word that tells it from others, as in \"C++ language\".",
			   "\"%s\" is searched without the sign",
			   BiQuoteInput(state, first, last));
}

/* name>n, name >= n */
static void
check_comparison(BiParseState *state, int i)
{
	int			name = i;
	int			value = i + 1;
	uint32		ignored;
	int			len;

	while (name > 0 && BiSpaceAt(state, name - 1))
		name--;
	if (BiSignAt(state, value) == '=')
		value++;
	value = BiSkipSpaces(state, value);
	len = BiReadNumber(state->chars + value, state->nchars - value, &ignored);
	if (name - name_start(state, name) < 2 || len == 0 ||
		!BiIsLetter(state->chars[name_start(state, name)].c) ||
		BiSignAt(state, value + len) == '>')
		return;
	tell_sign(state, i, i + 1 + (BiSignAt(state, i + 1) == '=' ? 1 : 0),
			  "A comparison needs a field of dates or numbers.");
}

/* x.y:"a b" */
static void
check_dotted_name(BiParseState *state, int i)
{
	int			start = name_start(state, i);
	uint32		next = BiSignAt(state, i + 1);

	if (start == i || start == 0 || BiSignAt(state, start - 1) != '.' ||
		!letter_at(state, start - 2) || (!BiIsQuote(next) && !BiIsOpen(next)))
		return;
	start = name_start(state, start - 1);
	BiDiagnose(state, BI_WARNING, 0, start, i + 1,
			   "Write a field of one name, as in title:\"a b\".",
			   "\"%s\" is no field, so it is searched as a word",
			   BiQuoteInput(state, start, i));
}

/* (a b)~5 */
static void
check_group_slop(BiParseState *state, int i)
{
	uint32		distance;
	int			len = 0;

	if (BiSignAt(state, i + 1) == '~')
		len = BiReadNumber(state->chars + i + 2, state->nchars - i - 2,
						   &distance);
	if (len > 0)
		tell_sign(state, i + 1, i + 2 + len,
				  psprintf("Write quotation marks instead of the parentheses, as in \"a b\"~%u, or NEAR/%u between the words.",
						   distance, distance));
}

/* Lines that begin with their numbers, at least two of them */
static void
check_numbered_lines(BiParseState *state)
{
	int			first = -1;
	int			nlines = 0;
	int			i = 0;

	while (i < state->nchars && nlines < 2)
	{
		int			from = BiSkipSpaces(state, i);
		int			number = from;
		int			len;
		uint32		c = BiSignAt(state, from);
		uint32		ignored;

		if (c == '#' || c == 'S')
			number++;
		len = number < state->nchars ?
			BiReadNumber(state->chars + number, state->nchars - number,
						 &ignored) : 0;
		if (len > 0 && (number > from ?
						BiSpaceAt(state, number + len) :
						BiSignAt(state, number + len) == '.' &&
						BiSpaceAt(state, number + len + 1)))
		{
			nlines++;
			if (first < 0)
				first = from;
		}
		for (i = from; i < state->nchars && state->chars[i].c != '\n' &&
			 state->chars[i].c != '\r';)
			i++;
	}
	if (nlines >= 2)
		BiDiagnose(state, BI_WARNING, 0, first, first + 1,
				   "Leave the numbers of the lines out, and put AND or OR between the lines.",
				   "numbers of lines are searched as words");
}

/* Is the character an emoji? */
static bool
is_emoji(uint32 c)
{
	return c >= FIRST_EMOJI && (c & BI_RAW_CHAR) == 0 &&
		u_hasBinaryProperty(c, UCHAR_EMOJI);
}

/* An emoji or coded character at i; returns where it ends, or i. */
static int
check_pasted(Signs *signs, int i)
{
	BiParseState *state = signs->state;
	int			end = i;
	const char *hint;

	while (is_emoji(BiSignAt(state, end)))
		end++;
	if (end > i && signs->has_words)
		BiDiagnose(state, BI_WARNING, 0, i, end,
				   "Write what it stands for as a word.",
				   "\"%s\" is left out", BiQuoteInput(state, i, end));
	if (end > i)
		return end;
	end = i + code_at(state, i, &hint);
	if (end > i)
		BiDiagnose(state, BI_WARNING, 0, i, end, hint,
				   "\"%s\" was pasted from a page or an address",
				   BiQuoteInput(state, i, end));
	return end;
}

/* Check the sign at i; returns where to go on. */
static int
check_sign(Signs *signs, int i)
{
	BiParseState *state = signs->state;
	uint32		c = BiSignAt(state, i);
	int			end = check_pasted(signs, i);

	if (end > i)
		return end;
	if (BiIsApostrophe(c) || c == '`' || c == '{')
		return check_enclosure(signs, i);

	switch (c)
	{
		case '[':
			if (begins_chunk(state, i))
				return check_enclosure(signs, i);
			check_glued_bracket(signs, i);
			break;
		case '$':
		case '.':
			if (!letter_at(state, i - 1))
				check_lost_sign(state, i);
			else if (c == '$')
				check_wildcard(state, i);
			break;
		case '#':
		case '%':
		case '=':
			check_wildcard(state, i);
			if (c == '=')
				check_dotted_name(state, i);
			break;
		case ':':
			check_dotted_name(state, i);
			break;
		case '?':
			check_question_mark(state, i);
			break;
		case '+':
			check_lost_sign(state, i);
			break;
		case '<':
		case '>':
			check_comparison(state, i);
			break;
		case ')':
			check_group_slop(state, i);
			break;
		default:
			break;
	}
	return i + 1;
}

/* Record what the signs outside quotation marks look like. */
void
BiCheckForeignSigns(BiParseState *state)
{
	Signs		signs = {
		.state = state,
		.has_words = BiHasWordChar(state->chars, state->nchars)
	};
	int			t = 0;
	int			i = 0;

	check_numbered_lines(state);
	while (i < state->nchars)
	{
		const BiQueryToken *phrase;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		while (t < state->ntokens && (state->tokens[t].kind != BI_TOK_PHRASE ||
									  state->tokens[t].to <= i))
			t++;
		phrase = &state->tokens[t];
		if (t < state->ntokens && i >= phrase->from - 1)
			i = phrase->to + 1;
		else
			i = check_sign(&signs, i);
	}
}
