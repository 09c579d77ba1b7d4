/*
 * lexer.h
 *	  Characters to tokens.
 */
#ifndef BI_LEXER_H
#define BI_LEXER_H

#include "query/chars.h"
#include "query/parse_state.h"

/* The character at i as a sign: 0 at the end of the input, and for text. */
static inline uint32
BiSignAt(const BiParseState *state, int i)
{
	if (i >= state->nchars || (state->chars[i].flags & BI_CHAR_TEXT) != 0)
		return 0;
	return state->chars[i].c;
}

static inline bool
BiSpaceAt(const BiParseState *state, int i)
{
	return i >= state->nchars || BiIsSpace(state->chars[i].c);
}

/* read_chars.c */
extern void BiReadChars(BiParseState *state, const char *text, int len,
						bool escapes);
extern void BiUnwrapCell(BiParseState *state);

/* chunk.c */
extern bool BiQuoteAt(const BiParseState *state, int i);
extern int	BiChunkEnd(const BiParseState *state, int start, int from);
extern int	BiParenEnd(const BiParseState *state, int i);
extern bool BiBreaksAt(const BiParseState *state, int i);
extern int	BiNumberEnd(const BiParseState *state, int i, int end);
extern int	BiNameEnd(const BiParseState *state, int p, int end);
extern int	BiSkipBoosts(const BiParseState *state, int i);
extern int	BiSkipSpaces(const BiParseState *state, int i);
extern BiQueryToken *BiAddQueryToken(BiParseState *state, BiTokenKind kind,
									 int first, int last);

/* lex_phrase.c */
extern int	BiLexPhrase(BiParseState *state, int first, int i, bool exact,
						bool hash);
extern bool BiForgottenMark(const BiParseState *state,
							const BiQueryToken *token);

/* lex_own.c */

/* a field of one's own before its value */
typedef struct BiOwnPrefix
{
	int			number;			/* 0: there is none */
	uint8		compare;		/* BI_COMPARE_x */
	bool		text;			/* is it a field of texts? */
	int			first;			/* where its name begins */
} BiOwnPrefix;

extern int	BiOwnFieldAt(const BiParseState *state, int p, int end,
						 BiOwnPrefix *own);
extern int	BiLexOwnValue(BiParseState *state, int p, int end,
						  const BiOwnPrefix *own);

/* lex_prefix.c */
extern bool BiExactAt(const BiParseState *state, int p, int end);
extern int	BiLexPrefix(BiParseState *state, int p, int end, uint32 *fields,
						BiOwnPrefix *own);
extern void BiWarnUnknownField(BiParseState *state, int from, int to);

/* fuzzy_word.c */
extern BiFuzziness BiReadFuzziness(BiParseState *state, int first, int from,
								   int to);
extern void BiCheckTildes(BiParseState *state, const BiQueryToken *token);

/* lex.c */
extern void BiLexQuery(BiParseState *state);

/* keywords.c */
extern bool BiReadOperator(const BiChar *chars, int n, BiQueryToken *token);
extern bool BiReadCalled(const BiChar *chars, int n, uint32 number,
						 BiQueryToken *token);
extern bool BiIsSlashName(const BiChar *chars, int n);
extern bool BiIsOperatorName(const BiChar *chars, int n);
extern uint32 BiReadField(const BiChar *chars, int n);
extern uint32 BiReadWeights(const BiChar *chars, int n, bool *prefix);
extern int	BiReadNumber(const BiChar *chars, int n, uint32 *value);

/* resolve.c */
extern void BiResolve(BiParseState *state);

#endif							/* BI_LEXER_H */
