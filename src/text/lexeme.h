/*
 * lexeme.h
 *	  Lexemes as hash table keys.
 */
#ifndef BI_LEXEME_H
#define BI_LEXEME_H

#include "common/hashfn.h"

typedef struct BiLexeme
{
	const char *s;				/* not terminated */
	int32		len;
} BiLexeme;

static inline uint32
BiLexemeHash(BiLexeme lexeme)
{
	return hash_bytes((const unsigned char *) lexeme.s, lexeme.len);
}

static inline bool
BiLexemeEqual(BiLexeme a, BiLexeme b)
{
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

#endif							/* BI_LEXEME_H */
