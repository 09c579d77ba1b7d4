/*
 * report.c
 *	  Raises the parser's diagnostics as errors and notices.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "query/diagnostic.h"
#include "query/foreign.h"

/* longest repaired query, or input, that goes into an error report */
#define MAX_REPORTED_BYTES 1000

/* The input as a message may quote it. */
static char *
quote_input(const char *input, int len)
{
	int			clipped = pg_mbcharcliplen(input, len, BI_MAX_QUOTED_CHARS);
	char	   *text = pnstrdup(input, clipped);

	return clipped < len ? psprintf("%s...", text) : text;
}

/*
 * The first error in the order of the text, preferring errors that no other
 * error may have caused.
 */
static const BiDiagnostic *
first_error(const BiParseState *state)
{
	const BiDiagnostic *first = NULL;
	ListCell   *lc;

	foreach(lc, state->diagnostics)
	{
		const BiDiagnostic *diagnostic = lfirst(lc);

		if (diagnostic->severity == BI_WARNING)
			continue;
		if (first == NULL || diagnostic->severity < first->severity ||
			(diagnostic->severity == first->severity &&
			 diagnostic->pos < first->pos))
			first = diagnostic;
	}
	return first;
}

/* A hint with the repaired query, or with what can be typed at all. */
char *
BiProposal(const BiQuery *repaired)
{
	int			len;
	char	   *text = BiDeparse(repaired, true, &len);

	if (repaired->nnodes == 0 || len > MAX_REPORTED_BYTES)
		return pstrdup("See what can be typed: a word, a \"phrase in quotes\", &, |, ! and parentheses.");
	return psprintf("Try: %s", text);
}

/* What to do about an error: its own hint, then the proposal. */
char *
BiHint(const BiDiagnostic *diagnostic, char *proposal)
{
	return diagnostic->hint ? psprintf("%s %s", diagnostic->hint, proposal) :
		proposal;
}

/*
 * If the parser found errors, raise the first, with the repaired query as a
 * hint; or softly if context allows, returning false.  The position counts
 * characters from 1.
 */
bool
BiRaise(const BiParseState *state, const BiQuery *repaired,
		const char *input, int len, Node *context)
{
	const BiDiagnostic *diagnostic = first_error(state);
	const char *pasted;
	char	   *hint;
	char	   *quoted;

	if (diagnostic == NULL)
		return true;
	hint = BiHint(diagnostic, BiProposal(repaired));
	pasted = BiPastedHint(state);
	if (pasted != NULL)
		hint = psprintf("%s %s", pasted, hint);
	quoted = quote_input(input, len);
	ereturn(context, false,
			(errcode(diagnostic->sqlstate),
			 diagnostic->sqlstate == ERRCODE_SYNTAX_ERROR ?
			 errmsg("syntax error in bi_query: \"%s\"", quoted) :
			 errmsg("%s", diagnostic->message),
			 errdetail("At position %d: %s.", diagnostic->pos + 1,
					   diagnostic->message),
			 errhint("%s", hint),
			 len <= MAX_REPORTED_BYTES ?
			 internalerrquery(pnstrdup(input, len)) : 0,
			 internalerrposition(diagnostic->pos + 1)));
	return true;
}

/* Emit a NOTICE about words that a dictionary dropped. */
void
BiNoticeDropped(const BiParseState *state)
{
	if (state->dropped != NULL)
		ereport(NOTICE,
				(errmsg("bi_query ignores words that the text search configuration does not index: %s",
						state->dropped)));
}
