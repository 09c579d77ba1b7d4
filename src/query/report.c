/*
 * report.c
 *	  Findings of the parser as errors and notices.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/deparse.h"
#include "query/diagnostic.h"

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
 * The first of the errors in the order of the text, but none that another
 * may have caused if there is any.
 */
static const BiDiagnostic *
first_error(const BiParseState *state)
{
	const BiDiagnostic *first = NULL;
	ListCell   *lc;

	foreach(lc, state->diagnostics)
	{
		const BiDiagnostic *finding = lfirst(lc);

		if (finding->severity == BI_WARNING)
			continue;
		if (first == NULL || finding->severity < first->severity ||
			(finding->severity == first->severity &&
			 finding->pos < first->pos))
			first = finding;
	}
	return first;
}

/* The repaired query as a sentence, or what could be typed at all. */
char *
BiProposal(const BiQuery *repaired)
{
	int			len;
	char	   *text = BiDeparse(repaired, true, &len);

	if (repaired->nnodes == 0 || len > MAX_REPORTED_BYTES)
		return pstrdup("See what can be typed: a word, a \"phrase in quotes\", &, |, ! and parentheses.");
	return psprintf("Try: %s", text);
}

/* What to do about an error: its own hint, and the proposal. */
char *
BiHint(const BiDiagnostic *finding, char *proposal)
{
	return finding->hint ? psprintf("%s %s", finding->hint, proposal) :
		proposal;
}

/*
 * If the parser found errors, raise the first, with the repaired query as a
 * hint; softly where context says so, and then return false.  The position
 * counts characters from 1.
 */
bool
BiRaise(const BiParseState *state, const BiQuery *repaired,
		const char *input, int len, Node *context)
{
	const BiDiagnostic *finding = first_error(state);
	char	   *hint;
	char	   *quoted;

	if (finding == NULL)
		return true;
	hint = BiHint(finding, BiProposal(repaired));
	quoted = quote_input(input, len);
	ereturn(context, false,
			(errcode(finding->sqlstate),
			 finding->sqlstate == ERRCODE_SYNTAX_ERROR ?
			 errmsg("syntax error in bi_query: \"%s\"", quoted) :
			 errmsg("%s", finding->message),
			 errdetail("At position %d: %s.", finding->pos + 1,
					   finding->message),
			 errhint("%s", hint),
			 len <= MAX_REPORTED_BYTES ?
			 internalerrquery(pnstrdup(input, len)) : 0,
			 internalerrposition(finding->pos + 1)));
	return true;
}

/* Tell of words that a dictionary dropped. */
void
BiNoticeDropped(const BiParseState *state)
{
	if (state->dropped != NULL)
		ereport(NOTICE,
				(errmsg("bi_query ignores words that the text search configuration does not index: %s",
						state->dropped)));
}
