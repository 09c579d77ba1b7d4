/*
 * lexer.h
 *	  Characters to tokens.
 */
#ifndef BI_LEXER_H
#define BI_LEXER_H

#include "query/parse_state.h"

/* lex.c */
extern void BiReadChars(BiParseState *state, const char *text, int len,
						bool escapes);
extern void BiLexQuery(BiParseState *state);
extern BiQueryToken *BiAddQueryToken(BiParseState *state, BiTokenKind kind,
									 int first, int last);

/* keywords.c */
extern bool BiReadOperator(const BiChar *chars, int n, BiQueryToken *token);
extern uint32 BiReadField(const BiChar *chars, int n);
extern int	BiReadNumber(const BiChar *chars, int n, uint32 *value);

/* resolve.c */
extern void BiResolve(BiParseState *state);

#endif							/* BI_LEXER_H */
