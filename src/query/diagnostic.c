/*
 * diagnostic.c
 *	  Notes of what the parser repaired or wondered at.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/diagnostic.h"

/* beyond this many a list of them helps nobody */
#define MAX_FINDINGS 1000

/* Place in the input of character i, which may be the one behind the last. */
static int
source_of(const BiParseState *state, int i)
{
	if (i < state->nchars)
		return state->skipped + state->chars[i].src;
	if (state->nchars == 0)
		return state->skipped;
	return state->skipped + state->chars[state->nchars - 1].src + 1;
}

/*
 * Note something about the characters [first, last).  hint, if not NULL, is
 * a sentence that outlives the parse; the message, a phrase, is copied.
 */
void
BiDiagnose(BiParseState *state, BiSeverity severity, int sqlstate, int first,
		   int last, const char *hint, const char *fmt,...)
{
	BiDiagnostic *finding;
	StringInfoData buf;

	if (severity != BI_WARNING)
		state->nerrors++;
	if (list_length(state->diagnostics) >= MAX_FINDINGS)
		return;

	initStringInfo(&buf);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(&buf, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&buf, needed);
	}

	finding = palloc_object(BiDiagnostic);
	finding->severity = severity;
	finding->sqlstate = sqlstate;
	finding->pos = source_of(state, first);
	finding->len = Max(source_of(state, last) - finding->pos, 1);
	finding->message = buf.data;
	finding->hint = hint;
	state->diagnostics = lappend(state->diagnostics, finding);
}

/*
 * The characters [first, last) in the database encoding, cut to what a
 * message may quote.
 */
char *
BiQuoteInput(BiParseState *state, int first, int last)
{
	int			n = Min(last - first, BI_MAX_QUOTED_CHARS);
	char	   *text = BiEncodeChars(state->chars + first, n, NULL);

	return n < last - first ? psprintf("%s...", text) : text;
}

/*
 * Index of the character that is, or was copied from, *at.
 */
int
BiCharIndex(const BiParseState *state, const BiChar *at)
{
	int			low = 0;
	int			high = state->nchars;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (state->chars[middle].src < at->src)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
