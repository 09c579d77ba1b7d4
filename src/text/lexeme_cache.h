/*
 * lexeme_cache.h
 *	  Cache of the lexemes that dictionaries gave for words.
 *
 * Words repeat in texts, and an analysis spends most of its time in
 * dictionaries.
 */
#ifndef BI_LEXEME_CACHE_H
#define BI_LEXEME_CACHE_H

#include "tsearch/ts_public.h"

typedef struct BiLexemeCache BiLexemeCache;

/*
 * Make a cache of about max words, in the current memory context.  With keep,
 * what dictionaries allocated remains when the cache is emptied, and belongs
 * to the caller; otherwise it is freed.
 */
extern BiLexemeCache *BiLexemeCacheCreate(uint32 max, bool keep);

/*
 * Empty a cache that is kept between calls, if a dictionary may have changed
 * since: within one command of one statement it cannot have.
 */
extern void BiLexemeCacheRefresh(BiLexemeCache *cache);

/*
 * Empty the cache if it has max words or more.  Not to be called while
 * something found in it is in use.
 */
extern void BiLexemeCacheTrim(BiLexemeCache *cache);

/* The memory context in which to call a dictionary. */
extern MemoryContext BiLexemeCacheContext(BiLexemeCache *cache);

/*
 * Is the word of len bytes at s, of this token type, in the cache?  If so,
 * sets *lexemes to what the dictionaries gave.
 */
extern bool BiLexemeCacheFind(BiLexemeCache *cache, int type, const char *s,
							  int len, TSLexeme **lexemes);

/*
 * Add what the dictionaries gave, which is in the cache's context.  Called
 * after they returned, as they may raise.
 */
extern void BiLexemeCacheAdd(BiLexemeCache *cache, int type, const char *s,
							 int len, TSLexeme *lexemes);

#endif							/* BI_LEXEME_CACHE_H */
