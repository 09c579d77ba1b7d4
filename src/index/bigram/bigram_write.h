/*
 * bigram_write.h
 *	  Bigram lists: posting lists of adjacent frequent words.
 *
 * Finding a phrase of two frequent words means reading both their posting
 * lists, and the positions in all articles that have both.  So a large
 * segment has a list for each bigram of its most frequent words: the articles
 * where the second word comes right after the first.  The lists are in a
 * companion segment without articles of its own, whose terms are the first
 * word, a zero byte and the second word.  Two frequent words without such a
 * list are nowhere adjacent.
 *
 * The frequent words are those in at least header->frequent articles for
 * which BisBigramTerm is true.  Articles in which one of these words is at
 * position 0, or at BI_CLAMPED_POSITION where all later words are too, are
 * listed as the empty term: core takes words that are both clamped for
 * adjacent, and so may a tsquery match there without a bigram.  To a bi_query
 * a word at an unknown position is adjacent to none, so its answer is in the
 * bigram's list alone.
 */
#ifndef BIS_BIGRAM_WRITE_H
#define BIS_BIGRAM_WRITE_H

#include "index/segment/reader.h"
#include "index/segment/writer.h"

/* bytes of the longest word of a bigram */
#define BIS_MAX_BIGRAM_WORD 64

/* bytes of the longest bigram term */
#define BIS_MAX_BIGRAM (2 * BIS_MAX_BIGRAM_WORD + 1)

/* May the term be a word of bigrams, provided that it is frequent? */
extern bool BisBigramTerm(const char *term, int len);

/*
 * Write to key the term of the bigram of words a and b, for both of which
 * BisBigramTerm is true; returns its length.
 */
extern int	BisBigramKey(const char *a, int alen, const char *b, int blen,
						 char key[BIS_MAX_BIGRAM]);

/*
 * End a segment that writer wrote to store, with bigram lists if
 * store->bigrams is set.  Frees the writer.
 */
extern void BisBigramsEnd(BisWriter *writer, BisStore *store,
						  uint64 generation, BisSegmentEntry *entry);

/*
 * Enumerate all bigrams of the segment's frequent words again, to check what
 * BisBigramsEnd wrote: the sum of BisBigramHash over each bigram and article,
 * and the number of these in *npostings.
 */
extern uint64 BisBigramsSum(BisSegment *segment, uint64 *npostings);

/* The hash of an article in the list of the bigram with this term. */
extern uint64 BisBigramHash(const char *key, int len, uint32 doc);

#endif							/* BIS_BIGRAM_WRITE_H */
