/*
 * bind.h
 *	  Binds words as typed to lexemes.
 */
#ifndef BI_BIND_H
#define BI_BIND_H

#include "query/tree.h"

/* bind.c */
extern BiTree *BiBindWord(BiParseState *state, const BiQueryToken *token,
						  uint8 fields);
extern BiTree *BiBindPhrase(BiParseState *state, const BiQueryToken *token,
							uint8 fields);
extern BiTree *BiBindPlain(BiParseState *state, BiMode mode);
extern void BiBindText(BiParseState *state, const char *text, int len,
					   BiChar *chars, bool exact, uint32 *npos,
					   List **slots);
extern void BiAddSlot(List **slots, uint32 offset, List *alternatives);

/* bind_value.c */
extern BiTree *BiBindValue(BiParseState *state, const BiQueryToken *token);

/* wildcard.c */
extern void BiClassify(BiParseState *state, BiChar *chars, int n,
					   bool quoted);
extern void BiBindWildcards(BiParseState *state, BiChar *chars, int n,
							bool exact, uint32 *npos, List **slots);

/* fuzzy_word.c */
extern int	BiBindFuzzy(BiParseState *state, BiChar *chars, int n,
						BiFuzziness fuzziness, uint32 *npos, List **slots);

/* longword.c */
extern BiChar *BiCharsAt(BiChar *chars, int bytes);
extern void BiMarkLong(BiParseState *state, BiChar *chars, int len);
extern bool BiDropLong(BiChar **chars, int *n);

/* itemtext.c */
extern char *BiItemText(const char *fields, BiChar *chars, int n,
						bool quoted, int *len);
extern char *BiEncodeChars(const BiChar *chars, int n, int *len);
extern int	BiEncodedLen(const BiChar *ch);
extern void BiTrimRefused(BiChar **chars, int *n);
extern bool BiHasWordChar(const BiChar *chars, int n);
extern bool BiIsPhraseChunk(const BiChar *chars, int n);

/* Is the white space at i between initials, which it does not separate? */
extern bool BiJoinsInitials(const BiChar *chars, int n, int i);

#endif							/* BI_BIND_H */
