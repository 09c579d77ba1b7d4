/*
 * lex.c
 *	  Characters to tokens (query-language sections 1 to 5).
 *
 * White space, quotes, parentheses, bars and an operator & end a chunk.  A
 * chunk is an operator only as a whole; otherwise its parts come in the
 * order sign, field, "=", text.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"
#include "query/lexer.h"

/* The len bytes at s, which are not a Unicode character, as a BI_RAW_CHAR. */
static uint32
raw_char(const char *s, int len)
{
	uint32		c = 0;

	if (len > 3)
		return BI_BAD_CHAR;
	for (int i = 0; i < len; i++)
		c = c << 8 | (unsigned char) s[i];
	return BI_RAW_CHAR | (uint32) len << 24 | c;
}

/*
 * Decode the input.  With escapes, a backslash before a sign is dropped and
 * the sign is flagged as text; before a letter, digit or blank the backslash
 * itself is punctuation, as it is before a byte that is not a character but
 * might become one with the next byte.  Without escapes, everything is text.
 */
void
BiReadChars(BiParseState *state, const char *text, int len, bool escapes)
{
	uint32	   *codes = palloc_array(uint32, Max(len, 1));
	int32	   *offsets = palloc_array(int32, len + 1);
	int			n = BiDecode(text, len, codes, offsets);
	BiChar	   *out;

	state->chars = out = palloc0_array(BiChar, Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		bool		escaped = escapes && codes[i] == '\\' && i + 1 < n &&
			!BiIsWordChar(codes[i + 1]) && !BiIsSpace(codes[i + 1]) &&
			codes[i + 1] != BI_BAD_CHAR;

		out->src = i;
		if (escaped)
			i++;
		out->c = codes[i];
		if (codes[i] == BI_BAD_CHAR)
			out->c = raw_char(text + offsets[i], offsets[i + 1] - offsets[i]);
		if (escaped || (!escapes && !BiIsSpace(codes[i])))
			out->flags = BI_CHAR_TEXT;
		out++;
	}
	state->nchars = out - state->chars;
	pfree(codes);
	pfree(offsets);
}

/* The character at i as a sign: 0 at the end of the input, and for text. */
static inline uint32
sign_at(const BiParseState *state, int i)
{
	if (i >= state->nchars || (state->chars[i].flags & BI_CHAR_TEXT) != 0)
		return 0;
	return state->chars[i].c;
}

static inline bool
space_at(const BiParseState *state, int i)
{
	return i >= state->nchars || BiIsSpace(state->chars[i].c);
}

static bool
quote_at(const BiParseState *state, int i)
{
	uint32		c = sign_at(state, i);

	if (!BiIsQuote(c))
		return false;
	/* gershayim: the " in the middle of a Hebrew abbreviation */
	return !(c == '"' && i > 0 && i + 1 < state->nchars &&
			 BiIsHebrew(state->chars[i - 1].c) &&
			 BiIsHebrew(state->chars[i + 1].c));
}

/*
 * Is the & at i the operator, in a chunk that begins at start?  Between
 * letters it belongs to a name if either side has at most two of them.
 */
static bool
ampersand_is_operator(const BiParseState *state, int start, int i)
{
	int			left = 0;
	int			right = 0;

	while (left <= 2 && i - left > start &&
		   BiIsLetter(state->chars[i - left - 1].c))
		left++;
	while (right <= 2 && i + right + 1 < state->nchars &&
		   BiIsLetter(state->chars[i + right + 1].c))
		right++;
	return left == 0 || right == 0 || (left > 2 && right > 2);
}

/* End of the chunk that begins at start. */
static int
chunk_end(const BiParseState *state, int start)
{
	int			i = start;

	for (; !space_at(state, i) ||
		 (i < state->nchars && BiJoinsInitials(state->chars, state->nchars, i));
		 i++)
	{
		uint32		c = sign_at(state, i);

		if (BiIsOpen(c) || BiIsClose(c) || BiIsBar(c) || quote_at(state, i))
			break;
		if (BiIsAmpersand(c) && ampersand_is_operator(state, start, i))
			break;
	}
	return i;
}

/* Append a token. */
BiQueryToken *
BiAddQueryToken(BiParseState *state, BiTokenKind kind, int first, int last)
{
	BiQueryToken *token;

	if (state->ntokens == state->maxtokens)
	{
		state->maxtokens = Max(16, state->maxtokens * 2);
		if (state->tokens == NULL)
			state->tokens = palloc_array(BiQueryToken, state->maxtokens);
		else
			state->tokens = repalloc_huge(state->tokens,
										  sizeof(BiQueryToken) *
										  (Size) state->maxtokens);
	}
	token = &state->tokens[state->ntokens++];
	memset(token, 0, sizeof(BiQueryToken));
	token->kind = kind;
	token->first = token->from = first;
	token->last = token->to = last;
	return token;
}

/* End of the number with an optional fraction that begins at i, or i. */
static int
number_end(const BiParseState *state, int i, int end)
{
	uint32		ignored;
	int			len = BiReadNumber(state->chars + i, end - i, &ignored);
	int			fraction;

	if (len == 0)
		return i;
	i += len;
	if (i < end && sign_at(state, i) == '.')
	{
		fraction = BiReadNumber(state->chars + i + 1, end - i - 1, &ignored);
		if (fraction > 0)
			i += 1 + fraction;
	}
	return i;
}

/* End of the boosts (^2) at i, after a phrase or group. */
static int
skip_boosts(const BiParseState *state, int i)
{
	int			end;

	while (sign_at(state, i) == '^' &&
		   (end = number_end(state, i + 1, state->nchars)) > i + 1)
		i = end;
	return i;
}

/*
 * Start of the boost or fuzziness at the end of the word's text [from, to),
 * or to if there is none.
 */
static int
suffix_start(const BiParseState *state, int from, int to)
{
	int			k = to;

	while (k > from && (BiDigitValue(state->chars[k - 1].c) >= 0 ||
						sign_at(state, k - 1) == '.'))
		k--;
	if (k <= from + 1 || (k < to && number_end(state, k, to) != to))
		return to;
	k--;
	if (sign_at(state, k) == '^' && k + 1 < to)
		return k;
	if (sign_at(state, k) == '~' && BiIsLetter(state->chars[k - 1].c))
		return k;
	return to;
}

/* End of the text [from, to) without trailing punctuation. */
static int
strip_punctuation(const BiParseState *state, int from, int to)
{
	while (to > from && !BiIsWordChar(state->chars[to - 1].c))
	{
		uint32		c = state->chars[to - 1].c;

		/* these are not always punctuation, escaped or not */
		if (c == '\\' || c == '~' || c == '^' || c == '*' || c == '?')
			break;
		to--;
	}
	return to;
}

/*
 * End of a word's text without its boosts and fuzziness, and the punctuation
 * after them.
 */
static int
strip_suffixes(const BiParseState *state, int from, int to)
{
	for (;;)
	{
		int			end = strip_punctuation(state, from, to);
		int			start = suffix_start(state, from, end);

		if (start == end)
			return to;
		to = start;
	}
}

/*
 * Read a phrase whose opening quote is at i, and the suffixes after its
 * closing quote.  Returns where it ends.
 */
static int
lex_phrase(BiParseState *state, int first, int i, bool exact, bool hash)
{
	BiQueryToken *token;
	int			from = i + 1;
	int			to = from;
	int			k;

	while (to < state->nchars && !quote_at(state, to))
		to++;
	token = BiAddQueryToken(state, BI_TOK_PHRASE, first, to);
	token->from = from;
	token->to = to;
	token->exact = exact;
	token->hash = hash;
	if (to == state->nchars)
	{
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, i, i + 1, NULL,
				   "quotation mark is not closed");
		return to;
	}

	i = to + 1;
	while (sign_at(state, i) == '*')
	{
		token->stars++;
		i++;
	}
	for (;;)
	{
		int			len;

		i = skip_boosts(state, i);
		k = i;
		while (k < state->nchars && space_at(state, k))
			k++;
		if (sign_at(state, k) != '~')
			break;
		len = BiReadNumber(state->chars + k + 1, state->nchars - k - 1,
						   &token->slop);
		if (len == 0)
		{
			/* fuzziness without a number */
			if (k == i)
				i++;
			break;
		}
		/* after a blank it must be a chunk of its own */
		if (k > i && BiHasWordChar(state->chars + k + 1 + len,
								   chunk_end(state, k) - k - 1 - len))
			break;
		token->has_slop = true;
		i = skip_boosts(state, k + 1 + len);
		break;
	}
	token->last = i;
	return i;
}

/* Is there an "=" or "#" at p that is glued to a word or phrase? */
static bool
exact_at(const BiParseState *state, int p, int end)
{
	uint32		c = sign_at(state, p);

	if (p >= end || (c != '=' && c != '#'))
		return false;
	if (p + 1 == end)
		return quote_at(state, end);
	/* a wildcard there leads its word, and is reported later */
	c = sign_at(state, p + 1);
	return BiIsWordChar(state->chars[p + 1].c) || c == '*' || c == '?';
}

/* Is there an operand right at p, in a chunk that ends at end? */
static bool
operand_at(const BiParseState *state, int p, int end)
{
	if (p + 1 == end && exact_at(state, p, end))
		return true;
	if (p < end)
		return BiHasWordChar(state->chars + p, end - p);
	return quote_at(state, p) || BiIsOpen(sign_at(state, p));
}

static inline bool
is_sign(uint32 c)
{
	return c == '!' || c == '-';
}

/* Is there an exclusion sign at p that is glued to an operand? */
static bool
exclusion_at(const BiParseState *state, int p, int end)
{
	return p < end && is_sign(sign_at(state, p)) &&
		!is_sign(sign_at(state, p + 1)) && operand_at(state, p + 1, end);
}

/* Skip the pluses at p, if they are glued to an operand. */
static int
skip_pluses(const BiParseState *state, int p, int end)
{
	int			i = p;

	while (i < end && sign_at(state, i) == '+')
		i++;
	return operand_at(state, i, end) ? i : p;
}

/* Is there an operand at p, perhaps after a sign? */
static bool
signed_operand_at(const BiParseState *state, int p, int end)
{
	p = skip_pluses(state, p, end);
	return operand_at(state, p, end) || exclusion_at(state, p, end);
}

/*
 * What follows a field's name is not a field, whatever its name.  But all
 * fields print as no field name, and then it would be one: so flag its colon
 * as text.
 */
static void
escape_colon(BiParseState *state, int p, int end)
{
	int			colon = p;

	while (colon < end && BiIsLetter(sign_at(state, colon)))
		colon++;
	if (colon < end && sign_at(state, colon) == ':' &&
		BiReadField(state->chars + p, colon - p) != 0)
		state->chars[colon].flags |= BI_CHAR_TEXT;
}

/*
 * Read the sign and field before an operand in the chunk [p, end): adds their
 * tokens and returns where the operand begins.
 */
static int
lex_prefix(BiParseState *state, int p, int end)
{
	bool		excluded = false;
	int			sign = p;
	int			colon;
	uint32		fields = 0;
	int			field;

	p = skip_pluses(state, p, end);
	if (exclusion_at(state, p, end))
	{
		excluded = true;
		sign = p++;
		p = skip_pluses(state, p, end);
	}

	field = colon = p;
	while (colon < end && colon - p < 16 && BiIsLetter(sign_at(state, colon)))
		colon++;
	if (sign_at(state, colon) == ':' && colon < end &&
		signed_operand_at(state, colon + 1, end))
		fields = BiReadField(state->chars + p, colon - p);
	if (fields != 0)
	{
		p = skip_pluses(state, colon + 1, end);
		if (!excluded && exclusion_at(state, p, end))
		{
			/* title:-x is -title:x */
			excluded = true;
			sign = p++;
			p = skip_pluses(state, p, end);
		}
	}

	if (excluded)
		BiAddQueryToken(state, BI_TOK_NOT, sign, sign + 1)->form = BI_FORM_SIGN;
	if (fields != 0)
		BiAddQueryToken(state, BI_TOK_FIELD, field, colon + 1)->arg = fields;
	if (fields == BI_ALL_FIELDS)
		escape_colon(state, p, end);
	return p;
}

/* Warn of a name before a colon that looks like a field but is none. */
static void
check_unknown_field(BiParseState *state, int from, int to)
{
	int			i = from;

	while (i < to && BiIsLetter(sign_at(state, i)))
		i++;
	if (i > from && i + 1 < to && sign_at(state, i) == ':' &&
		BiIsWordChar(state->chars[i + 1].c))
		BiDiagnose(state, BI_WARNING, 0, from, i + 1,
				   "Fields are headline (title, hl, a), byline (author, b), summary (lead, abstract, c) and body (text, d).",
				   "\"%s\" is no field, so it is searched as a word",
				   BiQuoteInput(state, from, i));
}

/* Is the chunk an operator as a whole? */
static bool
read_operator(const BiParseState *state, int from, int to, BiQueryToken *op)
{
	for (int i = from; i < to; i++)
	{
		if ((state->chars[i].flags & BI_CHAR_TEXT) != 0)
			return false;
	}
	return BiReadOperator(state->chars + from, to - from, op);
}

/*
 * Read the chunk that begins at i.  Returns where it, or the phrase that it
 * opens, ends.
 */
static int
lex_chunk(BiParseState *state, int i)
{
	int			end = chunk_end(state, i);
	BiQueryToken op = {0};
	BiQueryToken *token;
	bool		exact = false;
	bool		hash = false;
	int			first;
	int			p;
	int			to;

	if (read_operator(state, i, end, &op))
	{
		token = BiAddQueryToken(state, op.kind, i, end);
		token->flags = op.flags;
		token->form = op.form;
		token->arg = op.arg;
		return end;
	}

	p = lex_prefix(state, i, end);
	if (p > i && read_operator(state, p, end, &op) &&
		op.kind == BI_TOK_ATLEAST)
	{
		BiAddQueryToken(state, BI_TOK_ATLEAST, p, end)->arg = op.arg;
		return end;
	}

	first = p;
	if (exact_at(state, p, end))
	{
		exact = true;
		hash = sign_at(state, p) == '#';
		p++;
	}

	if (p == end)
	{
		if (quote_at(state, p))
			return lex_phrase(state, first, p, exact, hash);
		return p;				/* a parenthesis, or punctuation */
	}
	if (!BiHasWordChar(state->chars + p, end - p))
		return end;
	to = strip_suffixes(state, p, end);
	if (!BiHasWordChar(state->chars + p, to - p))
		return end;
	token = BiAddQueryToken(state, BI_TOK_WORD, first, end);
	token->from = p;
	token->to = to;
	token->exact = exact;
	token->hash = hash;
	check_unknown_field(state, token->from, token->to);
	return end;
}

/*
 * Fill state->tokens.  Operators that depend on adjacent tokens still have
 * BI_FORM_x flags.
 */
void
BiLexQuery(BiParseState *state)
{
	int			i = 0;

	while (i < state->nchars)
	{
		uint32		c = sign_at(state, i);
		int			len;

		if ((state->ntokens & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();

		if (space_at(state, i))
			i++;
		else if (BiIsOpen(c))
		{
			BiAddQueryToken(state, BI_TOK_OPEN, i, i + 1);
			i++;
		}
		else if (BiIsClose(c))
		{
			BiAddQueryToken(state, BI_TOK_CLOSE, i, i + 1);
			i = skip_boosts(state, i + 1);
		}
		else if (BiIsBar(c))
		{
			len = BiIsBar(sign_at(state, i + 1)) ? 2 : 1;
			BiAddQueryToken(state, BI_TOK_OR, i, i + len);
			i += len;
		}
		else if (BiIsAmpersand(c))
		{
			len = BiIsAmpersand(sign_at(state, i + 1)) ? 2 : 1;
			BiAddQueryToken(state, BI_TOK_AND, i, i + len);
			i += len;
		}
		else if (quote_at(state, i))
			i = lex_phrase(state, i, i, false, false);
		else
			i = lex_chunk(state, i);
	}
	BiAddQueryToken(state, BI_TOK_END, state->nchars, state->nchars);
	state->ntokens--;
}
