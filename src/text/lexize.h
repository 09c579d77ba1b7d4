/*
 * lexize.h
 *	  Where in a text the words of any configuration are.
 *
 * Core's parsetext() gives lexemes and positions, but not the places of the
 * tokens from which they come.
 */
#ifndef BI_LEXIZE_H
#define BI_LEXIZE_H

#include "text/lexeme_cache.h"
#include "text/tokenize.h"

typedef struct BiLexizedWord
{
	char	   *lexeme;			/* terminated; NULL for a position that a
								 * dictionary left empty (a stop word) */
	int32		len;
	uint32		pos;			/* from 1, in the piece */
	int32		start;			/* bytes of its token in the text */
	int32		end;
	uint16		variant;		/* as in BiTerm */
	bool		prefix;
} BiLexizedWord;

typedef struct BiLexized
{
	BiLexizedWord *words;		/* palloc'd */
	int			n;
	int			max;
} BiLexized;

/*
 * Run the bytes start .. stop of text through the parser and the dictionaries
 * of config, one token at a time, with the result of parsetext().  Lexemes
 * belong to the cache and are valid until the next call.  Returns false if a
 * dictionary asks for several tokens at once; the result is then meaningless.
 * Answers cancel requests.
 */
extern bool BiLexize(Oid config, BiLexemeCache *cache, const char *text,
					 int start, int stop, BiLexized *result);

/*
 * Append the places of the tokens that core leaves out as too long to result,
 * in order; of a compound whose parts the parser returns too, the places of
 * the parts that make it too long.
 */
extern void BiFindLongTokens(Oid config, const char *text, int len,
							 BiTokens *result);

/*
 * Where between start and stop the text can be cut without changing what the
 * parser of config makes of it: after the first token past byte want that is
 * not a word, or at stop.
 */
extern int	BiFindBorder(Oid config, const char *text, int start, int stop,
						 int want);

/*
 * The places of positions 1 .. npos that parsetext() assigns in the same
 * bytes: a palloc'd array of npos + 1 elements.  A position without a token
 * of its own has the place of the next position that has one.
 */
extern BiToken *BiFindPositions(Oid config, const char *text, int start,
								int stop, uint32 npos);

#endif							/* BI_LEXIZE_H */
