/*
 * dictionary.h
 *	  Reading a segment's dictionary.
 */
#ifndef BIS_DICTIONARY_H
#define BIS_DICTIONARY_H

#include "index/segment/reader.h"

/* an entry of the dictionary */
typedef struct BisTerm
{
	uint32		ndocs;
	bool		is_inline;		/* is the posting list in bytes? */
	uint64		postings_len;
	uint64		positions_len;
	uint64		postings;		/* offsets in the streams, if not inline */
	uint64		positions;
	uint8		bytes[BIS_MAX_INLINE + BIS_BITS_SLACK];
} BisTerm;

/* an iterator over the dictionary */
typedef struct BisTerms
{
	BisSegment *segment;
	uint32		page;			/* the page of BIS_STREAM_TERMS in bytes */
	BisReader	reader;
	bool		ready;			/* has the next term been read already? */
	int			shared;			/* bytes that the term last read shares with
								 * the one before, by its entry */
	int			len;			/* length of the term last read */
	char		term[BIS_MAX_TERM];
	BisTerm		entry;			/* its entry */
	int			key_len;		/* length of the key sought last; -1 if the
								 * iterator has advanced since */
	char		key[BIS_MAX_TERM];
	bool		ended;			/* are all terms less than the key? */
	int			bound_len;		/* length of bound: terms from bound on are
								 * not on this leaf; -1: there is no bound */
	char		bound[BIS_MAX_TERM];
	bool		no_previous;	/* has no term been read since the page was
								 * opened or the iterator moved to a restart
								 * point? */
	int			nrestarts;
	int			restart;		/* the next one; earlier ones were passed */
	const uint8 *restarts;		/* array of their offsets, within bytes */
	uint8		bytes[BIS_PAGE_ROOM];
} BisTerms;

/* Prepare terms for the first BisTermsSeekOn. */
static inline void
BisTermsInit(BisTerms *terms)
{
	terms->segment = NULL;
}

/*
 * Start iterating over the terms >= the len bytes at key.  Call BisTermsNext
 * to get the first one.
 */
extern void BisTermsSeek(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);

/*
 * The same with an iterator that was used before: fast if key comes soon
 * after the last one.
 */
extern void BisTermsSeekOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

/* Advance to the next term; false at the end. */
extern bool BisTermsNext(BisTerms *terms);

/* Look up a term; false if the segment does not have it. */
extern bool BisTermsFind(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);
extern bool BisTermsFindOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

#endif							/* BIS_DICTIONARY_H */
