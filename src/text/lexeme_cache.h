/*
 * lexeme_cache.h
 *	  What dictionaries made of words, kept in case they come again.
 *
 * Words of texts repeat, and most of an analysis is dictionaries at work.
 */
#ifndef BI_WORDCACHE_H
#define BI_WORDCACHE_H

#include "tsearch/ts_public.h"

typedef struct BiWordCache BiWordCache;

/*
 * Make a cache of about max words, in the current memory context.  With keep,
 * what dictionaries allocate there stays when the cache is emptied, for the
 * caller; else it goes.
 */
extern BiWordCache *BiWordCacheCreate(uint32 max, bool keep);

/*
 * Empty a cache that is kept between calls, if a dictionary may have changed
 * since: not within one command of one statement.
 */
extern void BiWordCacheRefresh(BiWordCache *cache);

/*
 * Empty the cache if it has max words or more: not while something found in it
 * is still looked at.
 */
extern void BiWordCacheTrim(BiWordCache *cache);

/* The context in which a dictionary is to be asked. */
extern MemoryContext BiWordCacheContext(BiWordCache *cache);

/*
 * Is there a word of len bytes, of a parser's token type?  Then *lexemes
 * becomes what the dictionaries gave.
 */
extern bool BiWordCacheFind(BiWordCache *cache, int type, const char *s,
							int len, TSLexeme **lexemes);

/*
 * Add what they gave, once that is known (they may have raised), which is in
 * the cache's context.
 */
extern void BiWordCacheAdd(BiWordCache *cache, int type, const char *s,
						   int len, TSLexeme *lexemes);

#endif							/* BI_WORDCACHE_H */
