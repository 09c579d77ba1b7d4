/*
 * bigram_write.h
 *	  Lists of the articles in which frequent words follow each other.
 *
 * To find a phrase of two frequent words takes going through both their lists
 * and looking at the positions of all articles that have both.  So a large
 * segment has a list for each two of its most frequent words, of the articles
 * where the second comes right behind the first: another segment without
 * articles of its own, whose terms are the first word, a zero byte and the
 * second one.  Two words without such a list are nowhere beside each other.
 *
 * The words are those of at least header->frequent articles for which
 * BisBigramTerm is true.  There are none if one of them is somewhere at the
 * last position that there is, where others may be too, or at 0: then the
 * lists would not say what a search asks.
 */
#ifndef BIS_BIGRAM_WRITE_H
#define BIS_BIGRAM_WRITE_H

#include "index/segment/reader.h"
#include "index/segment/writer.h"

/* longest word of a bigram */
#define BIS_MAX_BIGRAM_WORD 64

/* longest term of a bigram */
#define BIS_MAX_BIGRAM (2 * BIS_MAX_BIGRAM_WORD + 1)

/* May the term be a word of bigrams, if it is frequent? */
extern bool BisBigramTerm(const char *term, int len);

/*
 * Make the term of the bigram of words a and b, for which BisBigramTerm is true,
 * in key; returns its length.
 */
extern int	BisBigramKey(const char *a, int alen, const char *b, int blen,
						 char key[BIS_MAX_BIGRAM]);

/*
 * End a segment that writer wrote to store: with the lists of its bigrams, if the
 * store is one for them.  Frees the writer.
 */
extern void BisBigramsEnd(BisWriter *writer, BisStore *store,
						  uint64 generation, BisSegmentEntry *entry);

/*
 * Look at all bigrams of the segment's frequent words: a sum of hashes of each
 * bigram and article, and their number.  What BisBigramsEnd wrote has the same.
 */
extern uint64 BisBigramsSum(BisSegment *segment, uint64 *npostings);

/* The hash of one of them. */
extern uint64 BisBigramHash(const char *key, int len, uint32 doc);

#endif							/* BIS_BIGRAM_WRITE_H */
