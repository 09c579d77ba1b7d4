/*
 * lexeme_cache.h
 *	  What dictionaries made of words, kept in case they come again.
 *
 * Words of texts repeat, and most of an analysis is dictionaries at work.
 */
#ifndef BI_LEXEME_CACHE_H
#define BI_LEXEME_CACHE_H

#include "tsearch/ts_public.h"

typedef struct BiLexemeCache BiLexemeCache;

/*
 * Make a cache of about max words, in the current memory context.  With keep,
 * what dictionaries allocate there stays when the cache is emptied, for the
 * caller; else it goes.
 */
extern BiLexemeCache *BiLexemeCacheCreate(uint32 max, bool keep);

/*
 * Empty a cache that is kept between calls, if a dictionary may have changed
 * since: not within one command of one statement.
 */
extern void BiLexemeCacheRefresh(BiLexemeCache *cache);

/*
 * Empty the cache if it has max words or more: not while something found in it
 * is still looked at.
 */
extern void BiLexemeCacheTrim(BiLexemeCache *cache);

/* The context in which a dictionary is to be asked. */
extern MemoryContext BiLexemeCacheContext(BiLexemeCache *cache);

/*
 * Is there a word of len bytes, of a parser's token type?  Then *lexemes
 * becomes what the dictionaries gave.
 */
extern bool BiLexemeCacheFind(BiLexemeCache *cache, int type, const char *s,
							  int len, TSLexeme **lexemes);

/*
 * Add what they gave, once that is known (they may have raised), which is in
 * the cache's context.
 */
extern void BiLexemeCacheAdd(BiLexemeCache *cache, int type, const char *s,
							 int len, TSLexeme *lexemes);

#endif							/* BI_LEXEME_CACHE_H */
