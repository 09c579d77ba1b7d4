/*
 * lex.c
 *	  Characters to tokens (query-language sections 1 to 5).
 *
 * White space, quotes, parentheses, bars, commas and an operator & end a
 * chunk (chunk.c).  A chunk is an operator only as a whole; otherwise its
 * parts come in the order sign, field, "=" (lex_prefix.c), text, suffixes.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/lexer.h"

/*
 * Start of the boost or fuzziness, as sign tells, at the end of the word's
 * text [from, to), or to if there is none.
 */
static int
suffix_start(const BiParseState *state, int from, int to, uint32 sign)
{
	int			k = to;

	while (k > from && (BiDigitValue(state->chars[k - 1].c) >= 0 ||
						BiSignAt(state, k - 1) == '.'))
		k--;
	if (k <= from + 1 || (k < to && BiNumberEnd(state, k, to) != to))
		return to;
	k--;
	if (BiSignAt(state, k) != sign || (sign == '^' && k + 1 == to))
		return to;
	return k;
}

/* End of the text [from, to) without the boosts at its end. */
static int
strip_boosts(const BiParseState *state, int from, int to)
{
	int			start;

	while ((start = suffix_start(state, from, to, '^')) < to)
		to = start;
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
 * after them.  Sets *tilde to the place of its fuzziness, which ends at
 * *tilde_end, or to -1.  Fuzziness stands behind a letter, but for boosts.
 */
static int
find_suffixes(const BiParseState *state, int from, int to, int *tilde,
			  int *tilde_end)
{
	*tilde = -1;
	for (;;)
	{
		int			end = strip_punctuation(state, from, to);
		int			boosts = strip_boosts(state, from, end);
		int			start = suffix_start(state, from, boosts, '~');
		int			letter = strip_boosts(state, from, start);

		if (start < boosts && BiIsLetter(state->chars[letter - 1].c))
		{
			*tilde = start;
			*tilde_end = boosts;
			return letter;
		}
		if (boosts == end)
			return to;
		to = boosts;
	}
}

/* Does the word's text [from, to) end with boosts or fuzziness? */
static bool
has_suffixes(const BiParseState *state, int from, int to)
{
	int			tilde;
	int			tilde_end;

	return find_suffixes(state, from, to, &tilde, &tilde_end) != to;
}

/* Place of the last colon of the text [from, to), or from. */
static int
last_colon(const BiParseState *state, int from, int to)
{
	int			colon = to - 1;

	while (colon > from && BiSignAt(state, colon) != ':')
		colon--;
	return colon;
}

/*
 * If the word's text [from, to) ends with a colon and what tsquery has after
 * it, weights or a star, returns the fields for which they stand.  *to becomes
 * the end of the text without them, but with the star; it is written over the
 * sign after the word's last letter.  Otherwise, and if what is left ends
 * with such a suffix as well, returns 0.
 */
static uint32
read_weights(BiParseState *state, int from, int *to)
{
	BiChar	   *chars = state->chars;
	int			colon = last_colon(state, from, *to);
	int			end = colon;
	int			before;
	uint32		fields;
	bool		prefix;
	bool		ignored;

	if (colon == from ||
		(fields = BiReadWeights(chars + colon + 1, *to - colon - 1,
								&prefix)) == 0)
		return 0;
	while (end > from && prefix && BiIsApostrophe(chars[end - 1].c))
		end--;
	before = last_colon(state, from, end);
	if (!BiHasWordChar(chars + from, end - from) ||
		BiReadField(chars + from, end - from) != 0 ||
		has_suffixes(state, from, end) ||
		(before > from &&
		 BiReadWeights(chars + before + 1, end - before - 1, &ignored) != 0))
		return 0;
	if (prefix && chars[end - 1].c != '*')
	{
		if (!BiIsWordChar(chars[end - 1].c))
			return 0;
		chars[end].c = '*';
		chars[end++].flags = 0;
	}
	*to = end;
	return fields;
}

/* Is no sign of the chunk flagged as text? */
static bool
is_plain(const BiParseState *state, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		if ((state->chars[i].flags & BI_CHAR_TEXT) != 0)
			return false;
	}
	return true;
}

static bool
read_operator(const BiParseState *state, int from, int to, BiQueryToken *op)
{
	return is_plain(state, from, to) &&
		BiReadOperator(state->chars + from, to - from, op);
}

/* Is what was read so far waiting for an operator? */
static bool
ends_operand(const BiParseState *state)
{
	BiTokenKind kind = state->ntokens == 0 ? BI_TOK_END :
		state->tokens[state->ntokens - 1].kind;

	/* "not" may be the first half of NOT NEAR */
	return kind == BI_TOK_WORD || kind == BI_TOK_PHRASE ||
		kind == BI_TOK_CLOSE || kind == BI_TOK_NOT;
}

/*
 * Is the chunk [from, to) a proximity that has its number in parentheses, as
 * NEAR(5)?  A blank before them is forgiven between two operands.  Fills *op
 * and returns where it ends, or 0.
 */
static int
read_call(const BiParseState *state, int from, int to, BiQueryToken *op)
{
	int			open = BiSkipSpaces(state, to);
	int			close;
	int			next;
	uint32		number;

	if (!BiIsOpen(BiSignAt(state, open)))
		return 0;
	close = open + 1 + BiReadNumber(state->chars + open + 1,
									state->nchars - open - 1, &number);
	if (close == open + 1 || !BiIsClose(BiSignAt(state, close)) ||
		!is_plain(state, from, to) ||
		!BiReadCalled(state->chars + from, to - from, number, op))
		return 0;
	next = BiSkipSpaces(state, close + 1);
	if (open > to && (!ends_operand(state) || next == state->nchars ||
					  BiIsClose(BiSignAt(state, next))))
		return 0;
	return close + 1;
}

/*
 * Is the chunk [from, to), which ends with a slash, the first half of an
 * operator, as of "w/ 5"?  Fills *op and returns where it ends, or 0.
 */
static int
read_divided(const BiParseState *state, int from, int to, BiQueryToken *op)
{
	int			start = BiSkipSpaces(state, to);
	int			end;
	int			n = to - from;
	BiChar	   *whole;

	if (to - from < 2 || BiSignAt(state, to - 1) != '/' || start == to ||
		start == state->nchars)
		return 0;
	end = BiChunkEnd(state, start, start);
	if (!is_plain(state, start, end))
		return 0;
	whole = palloc_array(BiChar, n + end - start);
	memcpy(whole, state->chars + from, sizeof(BiChar) * n);
	memcpy(whole + n, state->chars + start, sizeof(BiChar) * (end - start));
	if (!BiReadOperator(whole, n + end - start, op))
		end = 0;
	pfree(whole);
	return end;
}

/* Read the chunk [i, end) as an operator; returns where it ends, or 0. */
static int
lex_operator(BiParseState *state, int i, int end)
{
	BiQueryToken op = {0};
	BiQueryToken *token;
	int			to = read_call(state, i, end, &op);

	if (to == 0 && read_operator(state, i, end, &op))
		to = end;
	if (to == 0)
		to = read_divided(state, i, end, &op);
	if (to == 0)
		return 0;
	token = BiAddQueryToken(state, op.kind, i, to);
	token->flags = op.flags;
	token->form = op.form;
	token->arg = op.arg;
	return to;
}

/*
 * End of the word [p, end) with the parentheses that belong to it, and what
 * is glued to these, unless it is the name of an operator or field.
 */
static int
extend_word(const BiParseState *state, int p, int end)
{
	int			paren = BiParenEnd(state, end);

	if (paren == end || BiIsOperatorName(state->chars + p, end - p) ||
		(end - p >= 2 && BiReadField(state->chars + p, end - p) != 0))
		return end;
	do
	{
		end = BiChunkEnd(state, p, paren);
		paren = BiParenEnd(state, end);
	} while (paren > end);
	return end;
}

/* Is the chunk [i, end) nothing but letters and digits between blanks? */
static bool
is_simple_word(const BiParseState *state, int i, int end)
{
	if (!BiSpaceAt(state, end))
		return false;
	while (i < end && state->chars[i].c < 0x80 &&
		   BiIsWordChar(state->chars[i].c))
		i++;
	return i == end;
}

/*
 * Append the word at p of the token that begins at first, with what is behind
 * it; fields are those named in front of it, 0 if none are.  Returns where it
 * ends; the chunk ends at end.
 */
static int
lex_bare_word(BiParseState *state, int first, int p, int end, uint32 fields,
			  bool exact, bool hash)
{
	BiQueryToken *token;
	int			tilde;
	int			tilde_end;
	int			to;

	end = extend_word(state, p, end);
	to = find_suffixes(state, p, end, &tilde, &tilde_end);
	if (!BiHasWordChar(state->chars + p, to - p))
		return end;
	if (fields == 0)
	{
		fields = read_weights(state, p, &to);
		if (fields != 0 && fields != BI_ALL_FIELDS)
			BiAddQueryToken(state, BI_TOK_FIELD, first, end)->arg = fields;
	}
	token = BiAddQueryToken(state, BI_TOK_WORD, first, end);
	token->from = p;
	token->to = to;
	token->exact = exact;
	token->hash = hash;
	if (tilde >= 0 && BiIsLetter(state->chars[to - 1].c))
		token->fuzziness = BiReadFuzziness(state, tilde, tilde + 1, tilde_end);
	else if (tilde >= 0)
	{
		/* behind a tsquery's weights, but those stand behind no letter */
		BiDiagnose(state, BI_WARNING, 0, tilde, tilde_end,
				   "Put it right behind the last letter of a word, as in hurricane~1.",
				   "\"%s\" is ignored: the word does not end with a letter",
				   BiQuoteInput(state, tilde, tilde_end));
	}
	BiWarnUnknownField(state, token->from, token->to);
	return end;
}

/*
 * Read the chunk that begins at i.  Returns where it, or the phrase that it
 * opens, ends.
 */
static int
lex_chunk(BiParseState *state, int i)
{
	int			end = BiChunkEnd(state, i, i);
	int			to = lex_operator(state, i, end);
	BiQueryToken op = {0};
	uint32		fields;
	BiOwnPrefix own;
	bool		exact = false;
	bool		hash = false;
	int			first;
	int			p;

	if (to > 0)
		return to;
	if (is_simple_word(state, i, end))
	{
		BiAddQueryToken(state, BI_TOK_WORD, i, end);
		return end;
	}
	first = p = BiLexPrefix(state, i, end, &fields, &own);
	if (own.number > 0)
		return BiLexOwnValue(state, p, p < end ? extend_word(state, p, end) :
							 end, &own);
	if (p > i && read_operator(state, p, end, &op) &&
		op.kind == BI_TOK_ATLEAST)
	{
		BiAddQueryToken(state, BI_TOK_ATLEAST, p, end)->arg = op.arg;
		return end;
	}

	if (BiExactAt(state, p, end))
	{
		exact = true;
		hash = BiSignAt(state, p) == '#';
		p++;
	}
	if (BiQuoteAt(state, p))
		return BiLexPhrase(state, first, p, exact, hash);
	if (p == end || BiIsOpen(BiSignAt(state, p)))
		return p;				/* a parenthesis, or punctuation */
	if (!BiHasWordChar(state->chars + p, end - p))
		return end;

	return lex_bare_word(state, first, p, end, fields, exact, hash);
}

/*
 * Fill state->tokens.  Operators that depend on adjacent tokens still have
 * BI_FORM_x flags.
 */
void
BiLexQuery(BiParseState *state)
{
	int			i = 0;

	BiUnwrapCell(state);
	while (i < state->nchars)
	{
		uint32		c = BiSignAt(state, i);
		int			len;

		if ((state->ntokens & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();

		if (BiSpaceAt(state, i) || BiIsComma(c))
			i++;
		else if (BiIsOpen(c))
		{
			BiAddQueryToken(state, BI_TOK_OPEN, i, i + 1);
			i++;
		}
		else if (BiIsClose(c))
		{
			BiAddQueryToken(state, BI_TOK_CLOSE, i, i + 1);
			i = BiSkipBoosts(state, i + 1);
		}
		else if (BiIsBar(c))
		{
			len = BiIsBar(BiSignAt(state, i + 1)) ? 2 : 1;
			BiAddQueryToken(state, BI_TOK_OR, i, i + len);
			i += len;
		}
		else if (BiIsAmpersand(c))
		{
			len = BiIsAmpersand(BiSignAt(state, i + 1)) ? 2 : 1;
			BiAddQueryToken(state, BI_TOK_AND, i, i + len);
			i += len;
		}
		else if (BiQuoteAt(state, i))
			i = BiLexPhrase(state, i, i, false, false);
		else
			i = lex_chunk(state, i);
	}
	BiAddQueryToken(state, BI_TOK_END, state->nchars, state->nchars);
	state->ntokens--;
}
