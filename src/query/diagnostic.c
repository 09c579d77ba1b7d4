/*
 * diagnostic.c
 *	  The parser's diagnostics: what it repaired, and what is suspicious.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/diagnostic.h"

/* a longer list helps nobody */
#define MAX_DIAGNOSTICS 1000

/* Place in the input of character i, which may be one past the last. */
static int
input_position(const BiParseState *state, int i)
{
	if (i < state->nchars)
		return state->skipped + state->chars[i].src;
	if (state->nchars == 0)
		return state->skipped;
	return state->skipped + state->chars[state->nchars - 1].src + 1;
}

/*
 * Record a diagnostic about the characters [first, last).  hint, if not NULL,
 * is a sentence that outlives the parse; the message, a phrase, is formatted.
 */
void
BiDiagnose(BiParseState *state, BiSeverity severity, int sqlstate, int first,
		   int last, const char *hint, const char *fmt,...)
{
	BiDiagnostic *diagnostic;
	StringInfoData buf;

	if (severity != BI_WARNING)
		state->nerrors++;
	if (list_length(state->diagnostics) >= MAX_DIAGNOSTICS)
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

	diagnostic = palloc_object(BiDiagnostic);
	diagnostic->severity = severity;
	diagnostic->sqlstate = sqlstate;
	diagnostic->pos = input_position(state, first);
	diagnostic->len = Max(input_position(state, last) - diagnostic->pos, 1);
	diagnostic->message = buf.data;
	diagnostic->hint = hint;
	state->diagnostics = lappend(state->diagnostics, diagnostic);
}

/*
 * The characters [first, last) in the database encoding, clipped to what a
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
