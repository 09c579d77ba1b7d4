/*
 * lexize.h
 *	  Where in a text the words of any configuration stand.
 *
 * Core's parsetext() gives lexemes and positions, but not the places of the
 * tokens that they come from.
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
 * The bytes start .. stop of text through the parser and the dictionaries of
 * config, one token after the other: what parsetext() gives.  Lexemes are the
 * cache's, and good until the next call.  Returns false if
 * a dictionary wants to see several tokens at once; the result is of no use
 * then.  Answers cancel requests.
 */
extern bool BiLexize(Oid config, BiLexemeCache *cache, const char *text,
					 int start, int stop, BiLexized *result);

/*
 * Append the places of the tokens that core leaves out as too long to result,
 * in order; of a compound whose parts the parser gives too, the place of the
 * parts that make it too long.
 */
extern void BiFindLongTokens(Oid config, const char *text, int len,
							 BiTokens *result);

/*
 * Where between start and stop the text can be cut without changing what the
 * parser of config makes of it: behind the first token after byte want that
 * is no word, or at stop.
 */
extern int	BiFindBorder(Oid config, const char *text, int start, int stop,
						 int want);

/*
 * Where the positions 1 .. npos stand that parsetext() gives to the words of
 * the same bytes: an array with one more element, palloc'd.  Positions that no
 * token of the text has stand where the next one that has some does.
 */
extern BiToken *BiFindPositions(Oid config, const char *text, int start,
								int stop, uint32 npos);

#endif							/* BI_LEXIZE_H */
