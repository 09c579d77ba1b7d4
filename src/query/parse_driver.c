/*
 * parse_driver.c
 *	  Text to packed query, through all the steps of parse_state.h.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bi_query.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/deparse.h"
#include "query/diagnostic.h"
#include "query/foreign.h"
#include "query/lexer.h"
#include "query/parse_driver.h"

/* Is there anything but white space? */
static bool
is_blank_input(const BiParseState *state)
{
	for (int i = 0; i < state->nchars; i++)
	{
		if (!BiIsSpace(state->chars[i].c))
			return false;
	}
	return true;
}

/* Diagnose the query as a whole. */
static void
check_whole_query(BiParseState *state, const BiTree *tree, BiMode mode)
{
	if (!BiHasSyntax(mode))
		return;
	/* one dictionary of ours drops nothing but what folds to nothing */
	if (tree == NULL && state->nerrors == 0 && !is_blank_input(state) &&
		(state->config.direct ||
		 !BiHasWordChar(state->chars, state->nchars)))
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, 0, state->nchars,
				   NULL,
				   "nothing to search for: there is no letter or digit");
	if (tree != NULL && !tree->positive)
		BiDiagnose(state, BI_WARNING, 0, 0, state->nchars,
				   "Add a word that must be there.",
				   "search excludes only, so it matches nearly every article");
}

/*
 * Parse the first len bytes at text.  Returns the repaired query, which may
 * be empty; state->diagnostics says what was repaired.  state->config has
 * been opened, everything else in state is zero.
 */
static BiQuery *
parse_once(BiParseState *state, const char *text, int len, BiMode mode,
		   const char *nsp, const char *name)
{
	BiTree	   *tree;

	BiReadChars(state, text, len, BiHasSyntax(mode));
	if (BiHasSyntax(mode))
	{
		BiLexQuery(state);
		BiResolve(state);
		tree = BiParseTokens(state);
	}
	else
		tree = BiBindPlain(state, mode);
	check_whole_query(state, tree, mode);
	if (mode == BI_MODE_CHECK)
		BiCheckForeign(state);
	return BiPack(tree, nsp, name);
}

/*
 * Parse a query in configuration state->config, named nsp.name (nsp is NULL
 * if the name prints unqualified).  Never raises for what was typed: the
 * result is the repaired query and state says what was repaired.  Input
 * beyond the limit of bytes is cut off.
 */
BiQuery *
BiParse(BiParseState *state, const char *text, int len, BiMode mode,
		const char *nsp, const char *name)
{
	BiConfig	config = state->config;
	int			skipped = state->skipped;
	BiQuery    *query;
	int			printed;
	bool		too_long = false;

	if (len > BI_MAX_QUERY_BYTES)
	{
		len = pg_mbcliplen(text, len, BI_MAX_QUERY_BYTES);
		too_long = true;
	}
	for (;;)
	{
		memset(state, 0, sizeof(*state));
		state->config = config;
		state->skipped = skipped;
		query = parse_once(state, text, len, mode, nsp, name);
		BiDeparse(query, true, &printed);
		if (printed <= BI_MAX_QUERY_BYTES)
			break;
		/* it prints longer than typed: cut off the excess */
		too_long = true;
		len = pg_mbcliplen(text, len, (int) ((int64) len *
											 (BI_MAX_QUERY_BYTES - 64) /
											 printed));
	}
	if (too_long)
		BiDiagnose(state, BI_ERROR, ERRCODE_PROGRAM_LIMIT_EXCEEDED, 0, 0, NULL,
				   "search is longer than %d bytes", BI_MAX_QUERY_BYTES);
	return query;
}
