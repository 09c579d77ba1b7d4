/*
 * bind_text.c
 *	  Text to slots of lexemes, with the configuration's own parser and
 *	  dictionaries, exactly as documents are analyzed.
 */
#include "postgres.h"

#include "base/compat.h"
#include "query/bind.h"
#include "text/analyze.h"

/* Append a slot; without alternatives it is not a slot but a gap. */
void
BiAddSlot(List **slots, uint32 offset, List *alternatives)
{
	BiSlot	   *slot;

	if (alternatives == NIL)
		return;
	slot = palloc_object(BiSlot);
	slot->offset = offset;
	slot->alternatives = alternatives;
	*slots = lappend(*slots, slot);
}

/* Is this one of the terms at its position to search for? */
static bool
is_wanted_form(const BiParseState *state, const BiTerm *term, bool exact,
			   bool has_stem)
{
	bool		is_stem = term->lexeme[0] == BI_STEM_SIGN;

	if (!state->config.exact_forms)
		return true;
	return exact ? !is_stem : is_stem || !has_stem;
}

/* The alternatives in terms[0..n), which share one position. */
static List *
alternatives_of(const BiParseState *state, const BiTerm *terms, int n,
				bool exact)
{
	List	   *alternatives = NIL;
	bool		has_stem = false;

	for (int i = 0; i < n; i++)
		has_stem |= terms[i].lexeme[0] == BI_STEM_SIGN;

	for (int i = 0; i < n;)
	{
		uint16		variant = terms[i].variant;
		List	   *together = NIL;

		for (; i < n && terms[i].variant == variant; i++)
		{
			BiForm	   *form;

			if (!is_wanted_form(state, &terms[i], exact, has_stem))
				continue;
			form = palloc_object(BiForm);
			form->bytes = terms[i].lexeme;
			form->len = terms[i].len;
			form->flags = terms[i].prefix ? BI_PREFIX : 0;
			together = lappend(together, form);
		}
		if (together != NIL)
			alternatives = lappend(alternatives, together);
	}
	return alternatives;
}

/*
 * Append to slots the words of the len bytes at text, which is chars in the
 * database encoding; *npos is the position of the first word, and is advanced
 * past the last one.  Words that are too long are flagged in chars.
 */
void
BiBindText(BiParseState *state, const char *text, int len, BiChar *chars,
		   bool exact, uint32 *npos, List **slots)
{
	BiTokens	too_long = {0};
	BiAnalysis *analysis = BiAnalyze(&state->config, text, len, false,
									 &too_long);

	for (int i = 0, at = 0; i < too_long.ntokens; i++)
	{
		const BiToken *token = &too_long.tokens[i];

		chars = BiCharsAt(chars, token->start - at);
		at = token->start;
		BiMarkLong(state, chars, token->end - at);
	}
	for (int i = 0; i < analysis->nterms;)
	{
		const BiTerm *terms = &analysis->terms[i];
		int			n = 0;

		while (i < analysis->nterms && terms[n].pos == terms[0].pos)
		{
			n++;
			i++;
			if (i == analysis->nterms)
				break;
		}
		BiAddSlot(slots, *npos + terms[0].pos - 1,
				  alternatives_of(state, terms, n, exact));
	}
	*npos += analysis->npos;
}
