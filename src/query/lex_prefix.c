/*
 * lex_prefix.c
 *	  What stands before an operand in its chunk: pluses, a sign, a field
 *	  (query-language sections 3 and 5).
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/lexer.h"

#define FIELDS_HINT \
	"Fields are headline (title, hl, hd, ti, a), byline (author, by, au, b), summary (lead, abstract, lp, c), body (text, tx, td, d), and hlp (tiab) for headline or summary."

/* The fields of the language, and those of the configuration. */
static const char *
fields_hint(BiParseState *state)
{
	if (state->config.fields == NULL || *state->config.fields == '\0')
		return FIELDS_HINT;
	if (state->fields_hint == NULL)
		state->fields_hint =
			psprintf("%s Fields of the configuration are %s.", FIELDS_HINT,
					 state->config.fields);
	return state->fields_hint;
}

/* Is there an "=" or "#" at p that is glued to a word or phrase? */
bool
BiExactAt(const BiParseState *state, int p, int end)
{
	uint32		c = BiSignAt(state, p);

	if (p >= end || (c != '=' && c != '#'))
		return false;
	if (p + 1 == end)
		return BiQuoteAt(state, end);
	/* a wildcard there leads its word, and is reported later */
	c = BiSignAt(state, p + 1);
	return BiIsWordChar(state->chars[p + 1].c) || c == '*' || c == '?';
}

/* Is there an operand right at p, in a chunk that ends at end? */
static bool
operand_at(const BiParseState *state, int p, int end)
{
	if (p + 1 == end && BiExactAt(state, p, end))
		return true;
	if (p < end)
		return BiHasWordChar(state->chars + p, end - p);
	return BiQuoteAt(state, p) || BiIsOpen(BiSignAt(state, p));
}

static inline bool
is_sign(uint32 c)
{
	return c == '!' || c == '-';
}

/* Which BiEnclosure does c open, or BI_NO_ENCLOSURE? */
static BiEnclosure
enclosure_of(uint32 c)
{
	if (c == '[')
		return BI_BRACKETS;
	if (c == '{')
		return BI_BRACES;
	return BiIsApostrophe(c) ? BI_SINGLE_QUOTES : BI_NO_ENCLOSURE;
}

/* Does the sign at i, at the end of a chunk, close an enclosure? */
static bool
closes_at(const BiParseState *state, int i, BiEnclosure kind)
{
	uint32		c = BiSignAt(state, i);

	if (kind == BI_SINGLE_QUOTES ?
		!BiIsApostrophe(c) || BiSpaceAt(state, i - 1) :
		c != (kind == BI_BRACKETS ? ']' : '}'))
		return false;
	return i + 1 >= state->nchars || !BiIsWordChar(state->chars[i + 1].c);
}

/*
 * If the chunk at p opens with a bracket, brace or single quote that a later
 * chunk closes, where that is; otherwise 0.  What was found is kept, so that
 * any number of such chunks takes time in proportion to the input.
 */
static int
enclosure_end(BiParseState *state, int p)
{
	BiEnclosure kind = enclosure_of(BiSignAt(state, p));
	BiClosing  *closing = &state->closing[kind];
	int			from;
	bool		quoted = false;

	if (kind == BI_NO_ENCLOSURE || (kind == BI_SINGLE_QUOTES &&
									p + 1 < state->nchars &&
									BiIsDigit(state->chars[p + 1].c)))
		return 0;
	from = Max(BiChunkEnd(state, p, p + 1), closing->from);
	if (!closing->known || closing->at < from)
	{
		closing->at = from;
		while (closing->at < state->nchars &&
			   (quoted || !closes_at(state, closing->at, kind)))
			quoted ^= BiQuoteAt(state, closing->at++);
		closing->known = true;
	}
	return closing->at < state->nchars ? closing->at : 0;
}

/*
 * Refuse a sign or NOT before such a chunk at p, since neither does the sign
 * apply to all of it, nor should what is excluded be searched for.  It is
 * repaired by writing what does group: a quotation or parentheses.
 */
static void
lex_enclosure(BiParseState *state, int p)
{
	BiEnclosure kind = enclosure_of(BiSignAt(state, p));
	int			end = enclosure_end(state, p);

	if (end == 0)
		return;
	BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, p, p + 1,
			   kind == BI_SINGLE_QUOTES ?
			   "Write straight double quotation marks around a phrase." :
			   "Write parentheses around a group.",
			   "\"%s\" %s, so it is not clear what is excluded",
			   BiQuoteInput(state, p, p + 1),
			   kind == BI_SINGLE_QUOTES ? "does not quote" : "does not group");
	state->closing[kind].from = end + 1;
	state->closing[kind].known = false;
	state->chars[p].c = kind == BI_SINGLE_QUOTES ? '"' : '(';
	state->chars[end].c = kind == BI_SINGLE_QUOTES ? '"' : ')';
	for (int i = p + 1; i < end && kind == BI_SINGLE_QUOTES; i++)
	{
		if (BiIsQuote(state->chars[i].c))
			state->chars[i].flags |= BI_CHAR_TEXT;
	}
}

/* Is there an exclusion sign at p that is glued to an operand? */
static bool
exclusion_at(BiParseState *state, int p, int end)
{
	return p < end && is_sign(BiSignAt(state, p)) &&
		!is_sign(BiSignAt(state, p + 1)) &&
		(operand_at(state, p + 1, end) || enclosure_end(state, p + 1) != 0);
}

/* Is there an operand at p, perhaps after a sign? */
static bool
signed_operand_at(BiParseState *state, int p, int end)
{
	while (p < end && BiSignAt(state, p) == '+')
		p++;
	return operand_at(state, p, end) || exclusion_at(state, p, end);
}

/* Skip the pluses at p, if they are glued to an operand or its sign. */
static int
skip_pluses(BiParseState *state, int p, int end)
{
	if (!signed_operand_at(state, p, end))
		return p;
	while (p < end && BiSignAt(state, p) == '+')
		p++;
	return p;
}

/*
 * The fields that the name [p, q) stands for, if what follows it makes it the
 * name of a field: "name:x", and for more than one letter "name=x" and
 * "name(x)".  0 if it is none.
 */
static uint32
fields_at(BiParseState *state, int p, int q, int end)
{
	uint32		sign = BiSignAt(state, q);

	if (q == end ? !BiIsOpen(sign) : sign != ':' && sign != '=')
		return 0;
	if ((sign != ':' && q - p < 2) ||
		(q < end && !signed_operand_at(state, q + 1, end)))
		return 0;
	return BiReadField(state->chars + p, q - p);
}

/* Is the last token a NOT that excludes whatever comes next? */
static bool
follows_not(const BiParseState *state)
{
	const BiQueryToken *last;

	if (state->ntokens == 0)
		return false;
	last = &state->tokens[state->ntokens - 1];
	if (last->kind != BI_TOK_NOT || (last->form & BI_FORM_SIGN) != 0)
		return false;
	return (last->form & BI_FORM_LOWER) == 0 ||
		(state->ntokens >= 2 && (last[-1].kind == BI_TOK_AND ||
								 (last[-1].form & BI_FORM_BUT) != 0));
}

/*
 * Is the name [p, q), which is no field's, used as one: with a quotation or
 * parenthesis glued behind its ":" or "=", or excluded?
 */
static bool
is_unknown_field(BiParseState *state, int p, int q, int end, bool excluded)
{
	uint32		sign = BiSignAt(state, q);
	bool		ignored;

	if (q - p < 2 || q >= end || (sign != ':' && sign != '='))
		return false;
	if (q + 1 == end && operand_at(state, end, end))
		return true;
	if (!excluded || !signed_operand_at(state, q + 1, end) ||
		BiReadField(state->chars + p, q - p) != 0)
		return false;
	/* an address, or what a tsquery has there */
	return sign == '=' ||
		(BiSignAt(state, q + 1) != '/' &&
		 BiReadWeights(state->chars + q + 1, end - q - 1, &ignored) == 0);
}

/*
 * What follows a field's name is not a field, whatever its name.  But where
 * the name is not printed, it would be one: so flag what makes it so as text.
 */
static void
escape_fields(BiParseState *state, int p, int end)
{
	for (int i = p + 1; i < end; i++)
	{
		uint32		c = state->chars[i].c;

		if (c == ':' || c == '=' || c == '<' || c == '>')
			state->chars[i].flags |= BI_CHAR_TEXT;
	}
}

/*
 * If the name at p is no field's but used as one, report that; returns where
 * what follows it begins, or p itself.
 */
static int
lex_unknown_field(BiParseState *state, int p, int end, bool excluded)
{
	int			q = BiNameEnd(state, p, end);
	BiQueryToken op;

	if (!is_unknown_field(state, p, q, end, excluded))
		return p;
	BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, p, q + 1,
			   BiReadOperator(state->chars + p, q - p, &op) &&
			   op.kind == BI_TOK_PROX ?
			   "Write a distance after the phrase, as in \"a b\"~5." :
			   fields_hint(state),
			   "\"%s\" is no field", BiQuoteInput(state, p, q));
	return q + 1;
}

/*
 * The same for a field of one's own: what follows it, at p, is a value; and a
 * minus sign before a number is the number's.
 */
static int
lex_before_value(BiParseState *state, int p, int end, bool negated,
				 bool excluded, int sign, const BiOwnPrefix *own)
{
	if (own->text && own->compare == 0 && !excluded &&
		exclusion_at(state, p, end))
	{
		excluded = true;
		sign = p++;
	}
	if (excluded)
		BiAddQueryToken(state, BI_TOK_NOT, sign, sign + 1)->form = BI_FORM_SIGN;
	if ((excluded || negated) && own->text)
		lex_enclosure(state, p);
	return p;
}

/*
 * Read the sign and field before an operand in the chunk [p, end): adds their
 * tokens, sets *fields, 0 without a field, and *own, and returns where the
 * operand begins.  For a field of one's own no token is added yet.
 */
int
BiLexPrefix(BiParseState *state, int p, int end, uint32 *fields,
			BiOwnPrefix *own)
{
	bool		negated = follows_not(state);
	bool		excluded = false;
	int			sign = p;
	int			name;
	int			named;			/* behind the name */
	int			from;

	p = skip_pluses(state, p, end);
	if (exclusion_at(state, p, end))
	{
		excluded = true;
		sign = p++;
		p = skip_pluses(state, p, end);
	}

	name = p;
	*fields = 0;
	p = BiOwnFieldAt(state, p, end, own);
	if (own->number > 0)
		return lex_before_value(state, p, end, negated, excluded, sign, own);
	named = BiNameEnd(state, p, end);
	*fields = fields_at(state, p, named, end);
	if (*fields != 0)
	{
		named += named < end ? 1 : 0;
		p = named;
	}
	from = p;
	p = lex_unknown_field(state, p, end,
						  *fields == 0 && (excluded || negated));
	if (p > name)
	{
		int			unknown = p - from;

		p = skip_pluses(state, p, end);
		if (!excluded && exclusion_at(state, p, end))
		{
			/* title:-x is -title:x */
			excluded = true;
			sign = p++;
			p = skip_pluses(state, p, end);
		}
		if (unknown > 0 || *fields == BI_ALL_FIELDS)
			escape_fields(state, p, end);
	}

	if (excluded)
		BiAddQueryToken(state, BI_TOK_NOT, sign, sign + 1)->form = BI_FORM_SIGN;
	if (*fields != 0)
		BiAddQueryToken(state, BI_TOK_FIELD, name, named)->arg = *fields;
	if (excluded || negated)
		lex_enclosure(state, p);
	return p;
}

/* Warn of a name that looks like a field's but is searched as a word. */
void
BiWarnUnknownField(BiParseState *state, int from, int to)
{
	int			i = BiNameEnd(state, from, to);
	uint32		sign = BiSignAt(state, i);

	if (i - from >= 2 && i + 1 < to && (sign == ':' || sign == '=') &&
		BiIsWordChar(state->chars[i + 1].c))
		BiDiagnose(state, BI_WARNING, 0, from, i + 1, fields_hint(state),
				   "\"%s\" is no field, so it is searched as a word",
				   BiQuoteInput(state, from, i));
}
