/*
 * lexeme_cache.c
 *	  Cache of the lexemes that dictionaries gave for words.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "text/lexeme.h"
#include "text/lexeme_cache.h"

typedef struct WordKey
{
	BiLexeme	word;
	int			type;
} WordKey;

typedef struct WordCacheEntry
{
	WordKey		key;
	uint32		hash;
	TSLexeme   *lexemes;
	char		status;
} WordCacheEntry;

static inline uint32
hash_key(WordKey key)
{
	return hash_combine(BiLexemeHash(key.word), key.type);
}

static inline bool
equal_keys(WordKey a, WordKey b)
{
	return a.type == b.type && BiLexemeEqual(a.word, b.word);
}

#define SH_PREFIX cachetable
#define SH_ELEMENT_TYPE WordCacheEntry
#define SH_KEY_TYPE WordKey
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_key(key)
#define SH_EQUAL(tb, a, b) equal_keys(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct BiLexemeCache
{
	MemoryContext context;
	cachetable_hash *table;		/* NULL until needed */
	MemoryContext words;		/* memory of keys and lexemes */
	uint32		max;
	bool		keep;
	CommandId	command;		/* another command may see changed
								 * dictionaries */
	TimestampTz statement;
};

BiLexemeCache *
BiLexemeCacheCreate(uint32 max, bool keep)
{
	BiLexemeCache *cache = palloc0(sizeof(BiLexemeCache));

	cache->context = CurrentMemoryContext;
	cache->words = keep ? CurrentMemoryContext :
		AllocSetContextCreate(CurrentMemoryContext, "bisearch words",
							  ALLOCSET_DEFAULT_SIZES);
	cache->max = max;
	cache->keep = keep;
	return cache;
}

static void
empty_cache(BiLexemeCache *cache)
{
	if (cache->table == NULL)
		return;
	cachetable_reset(cache->table);
	if (!cache->keep)
		MemoryContextReset(cache->words);
}

void
BiLexemeCacheRefresh(BiLexemeCache *cache)
{
	CommandId	command = GetCurrentCommandId(false);
	TimestampTz statement = GetCurrentStatementStartTimestamp();

	if (cache->command == command && cache->statement == statement)
		return;
	empty_cache(cache);
	cache->command = command;
	cache->statement = statement;
}

void
BiLexemeCacheTrim(BiLexemeCache *cache)
{
	if (cache->table != NULL && cache->table->members >= cache->max)
		empty_cache(cache);
}

MemoryContext
BiLexemeCacheContext(BiLexemeCache *cache)
{
	return cache->words;
}

bool
BiLexemeCacheFind(BiLexemeCache *cache, int type, const char *s, int len,
				  TSLexeme **lexemes)
{
	WordKey		key = {{s, len}, type};
	WordCacheEntry *entry;

	if (cache->table == NULL)
		cache->table = cachetable_create(cache->context, 128, NULL);
	entry = cachetable_lookup(cache->table, key);
	if (entry == NULL)
		return false;
	*lexemes = entry->lexemes;
	return true;
}

void
BiLexemeCacheAdd(BiLexemeCache *cache, int type, const char *s, int len,
				 TSLexeme *lexemes)
{
	char	   *copy = MemoryContextAlloc(cache->words, len + 1);
	WordKey		key = {{copy, len}, type};
	bool		found;

	memcpy(copy, s, len);
	cachetable_insert(cache->table, key, &found)->lexemes = lexemes;
}
