/*
 * fuzzy_word.c
 *	  Fuzzy words: word~, word~1 and word~2 (query-language section 5).
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/formatting.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/diagnostic.h"
#include "query/lexer.h"
#include "text/tokenize.h"

/* a bare "~" after a word of up to so many letters allows 0 or 1 edits */
#define MAX_LETTERS_EXACT	2
#define MAX_LETTERS_ONE		5

/*
 * What "~" and the text [from, to) after it ask for: nothing, a number, or a
 * fraction.  [first, to) is reported if that is not what they get.
 */
BiFuzziness
BiReadFuzziness(BiParseState *state, int first, int from, int to)
{
	uint32		edits;

	if (from == to)
		return BI_EDITS_AUTO;
	if (BiReadNumber(state->chars + from, to - from, &edits) < to - from)
	{
		BiDiagnose(state, BI_WARNING, 0, first, to,
				   "Write ~1 or ~2, or ~ alone, which goes by the word's length.",
				   "\"%s\" is read as \"~\": similarity is a number of edits",
				   BiQuoteInput(state, first, to));
		return BI_EDITS_AUTO;
	}
	if (edits > BI_MAX_EDITS)
		BiDiagnose(state, BI_WARNING, 0, first, to, "Write ~2.",
				   "\"%s\" is read as \"~%d\": more edits are not searched",
				   BiQuoteInput(state, first, to), BI_MAX_EDITS);
	if (edits == 0)
		BiDiagnose(state, BI_WARNING, 0, first, to, "Leave it out.",
				   "\"%s\" is ignored: it allows no edits",
				   BiQuoteInput(state, first, to));
	return edits == 0 ? BI_EDITS_NONE : edits == 1 ? BI_EDITS_ONE :
		BI_EDITS_TWO;
}

/* The edits that fuzziness allows for a word of len bytes, as folded. */
static int
count_edits(BiFuzziness fuzziness, const char *word, int len)
{
	int			letters;

	if (fuzziness != BI_EDITS_AUTO)
		return fuzziness == BI_EDITS_ONE ? 1 : BI_MAX_EDITS;
	letters = pg_mbstrlen_with_len(word, len);
	return letters <= MAX_LETTERS_EXACT ? 0 :
		letters <= MAX_LETTERS_ONE ? 1 : BI_MAX_EDITS;
}

/* The pattern for a word. */
static BiForm *
make_fuzzy_form(const char *word, int len, int edits)
{
	BiForm	   *form = palloc_object(BiForm);
	char	   *pattern = palloc(BI_FUZZY_HEAD + len);

	pattern[0] = BI_FUZZY;
	pattern[1] = '0' + edits;
	memcpy(pattern + BI_FUZZY_HEAD, word, len);
	form->bytes = pattern;
	form->len = BI_FUZZY_HEAD + len;
	form->flags = BI_PATTERN;
	return form;
}

/*
 * Append to slots a fuzzy word for text, in a configuration that keeps stems
 * only: as typed, in lower case.  Returns its edits; if it has none, or is too
 * long, it is bound as any other word.
 */
static int
bind_typed(BiParseState *state, const char *text, int len, BiChar *chars,
		   BiFuzziness fuzziness, uint32 *npos, List **slots)
{
	char	   *lower = str_tolower(text, len, DEFAULT_COLLATION_OID);
	int			lower_len = 0;
	int			edits = 0;

	/* a pattern uses control characters as signs */
	for (const char *c = lower; *c != '\0'; c++)
	{
		if ((unsigned char) *c >= ' ')
			lower[lower_len++] = *c;
	}
	if (lower_len > 0 && len <= BI_MAX_WORD_BYTES)
		edits = count_edits(fuzziness, lower, lower_len);
	if (edits > 0)
		BiAddSlot(slots, (*npos)++,
				  list_make1(list_make1(make_fuzzy_form(lower, lower_len,
														edits))));
	else
		BiBindText(state, text, len, chars, false, npos, slots);
	pfree(lower);
	return edits;
}

/*
 * Make the forms of a slot, which are exact, fuzzy.  Returns the edits, which
 * the first form's length decides.
 */
static int
make_slot_fuzzy(BiSlot *slot, BiFuzziness fuzziness)
{
	BiForm	   *form = linitial(linitial(slot->alternatives));
	int			edits = count_edits(fuzziness, form->bytes, form->len);
	ListCell   *lc;
	ListCell   *lc2;

	if (edits == 0)
		return 0;
	foreach(lc, slot->alternatives)
	{
		foreach(lc2, (List *) lfirst(lc))
		{
			form = lfirst(lc2);
			lfirst(lc2) = make_fuzzy_form(form->bytes, form->len, edits);
		}
	}
	return edits;
}

/* Is a word of the n characters too long?  Then they are bound once more. */
static bool
has_long_word(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if ((chars[i].flags & BI_CHAR_LONG) != 0)
			return true;
	}
	return false;
}

/*
 * Append to slots the words of text, the n characters, of which the last is
 * fuzzy, in a configuration that keeps every word's exact form.  Returns its
 * edits.
 */
static int
bind_exact(BiParseState *state, const char *text, int len, BiChar *chars,
		   int n, BiFuzziness fuzziness, uint32 *npos, List **slots)
{
	List	   *forms = NIL;
	uint32		first = *npos;
	BiSlot	   *last;
	int			edits = 0;

	BiBindText(state, text, len, chars, true, npos, &forms);
	last = forms == NIL ? NULL : llast(forms);
	/* a dictionary may have dropped the word */
	if (last != NULL && last->offset == *npos - 1)
		edits = make_slot_fuzzy(last, fuzziness);
	if (state->config.exact_forms && !has_long_word(chars, n))
	{
		/* the words before it are searched as others are */
		List	   *stems = NIL;

		*npos = first;
		BiBindText(state, text, len, chars, false, npos, &stems);
		if (edits > 0)
			llast(stems) = last;
		forms = stems;
	}
	*slots = list_concat(*slots, forms);
	return edits;
}

/*
 * Append to slots the words of a chunk, the n characters, after which
 * fuzziness was typed: the last word is fuzzy.  *npos is the position of the
 * first one, and is advanced past the last one.  Returns the number of edits,
 * 0 if after all no word is fuzzy.
 */
int
BiBindFuzzy(BiParseState *state, BiChar *chars, int n, BiFuzziness fuzziness,
			uint32 *npos, List **slots)
{
	int			len;
	char	   *text = BiEncodeChars(chars, n, &len);
	BiTokens	tokens = {0};
	int			bytes = 0;		/* before chars, which moves on */
	int			edits = 0;

	if (state->config.folds)
		return bind_exact(state, text, len, chars, n, fuzziness, npos, slots);

	BiTokenize(text, len, &tokens);
	for (int i = 0; i < tokens.ntokens; i++)
	{
		const char *word = text + tokens.tokens[i].start;
		int			wlen = tokens.tokens[i].end - tokens.tokens[i].start;

		CHECK_FOR_INTERRUPTS();
		chars = BiCharsAt(chars, tokens.tokens[i].start - bytes);
		bytes = tokens.tokens[i].start;
		if (BiTooManyWords(state, list_length(*slots), 0, 1, NULL))
			break;
		if (i + 1 < tokens.ntokens)
			BiBindText(state, word, wlen, chars, false, npos, slots);
		else if (state->config.unstemmed)
			edits = bind_exact(state, word, wlen, chars, 0, fuzziness, npos,
							   slots);
		else
			edits = bind_typed(state, word, wlen, chars, fuzziness, npos,
							   slots);
	}
	return edits;
}

/* Is the word that ends before i one with a letter, or a wildcard? */
static bool
follows_word(const BiParseState *state, int i, int from)
{
	for (; i > from; i--)
	{
		uint32		c = state->chars[i - 1].c;

		if (BiIsLetter(c) || state->chars[i - 1].wild != BI_WILD_NONE)
			return true;
		if (!BiIsDigit(c) && c != '.' && c != '!')
			return false;
	}
	return false;
}

/*
 * Record each "~" in a word or phrase that looks like a fuzzy word's and is
 * not: it stands behind a word, and before a number or nothing.
 */
void
BiCheckTildes(BiParseState *state, const BiQueryToken *token)
{
	for (int i = token->from; i < token->to; i++)
	{
		int			end = i + 1;

		if (BiSignAt(state, i) != '~' || !follows_word(state, i, token->from))
			continue;
		while (end < token->to && (BiDigitValue(state->chars[end].c) >= 0 ||
								   (BiSignAt(state, end) == '.' && end == i + 1)))
			end++;
		if (end < token->to && BiIsWordChar(state->chars[end].c))
			continue;
		BiDiagnose(state, BI_WARNING, 0, i, end,
				   "Put it right behind the last letter of a word outside quotation marks, as in hurricane~1.",
				   "\"%s\" is punctuation here, the word is not searched as a fuzzy one",
				   BiQuoteInput(state, i, end));
	}
}
