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
	bool		here;			/* is the list in bytes? */
	uint64		postings_len;
	uint64		positions_len;
	uint64		postings;		/* offsets in the streams */
	uint64		positions;
	uint8		bytes[BIS_MAX_INLINE + BIS_BITS_SLACK];
} BisTerm;

/* a walk over the dictionary */
typedef struct BisTerms
{
	BisSegment *segment;
	uint32		page;			/* of BIS_STREAM_TERMS, in bytes */
	BisReader	reader;
	bool		ready;			/* was the next term read already? */
	int			shared;			/* bytes that the term last read has of the
								 * one before */
	int			len;			/* and all that it has */
	char		term[BIS_MAX_TERM];
	BisTerm		entry;			/* of it */
	int			key_len;		/* bytes of the key sought last; -1 if the
								 * walk has gone on since */
	char		key[BIS_MAX_TERM];
	bool		ended;			/* all terms are less than it */
	int			bound_len;		/* bytes of a term not less than those of the
								 * next leaf; -1: there is none */
	char		bound[BIS_MAX_TERM];
	bool		begins;			/* no term was read since the page was opened,
								 * or since a restart point was gone to */
	int			nrestarts;
	int			restart;		/* those before were passed */
	const uint8 *restarts;		/* their offsets, in bytes */
	uint8		bytes[BIS_PAGE_ROOM];
} BisTerms;

/* Make terms ready for the first BisTermsSeekOn. */
static inline void
BisTermsInit(BisTerms *terms)
{
	terms->segment = NULL;
}

/*
 * Begin to walk over the terms that are not less than the len bytes at key.
 * Call BisTermsNext to come to the first.
 */
extern void BisTermsSeek(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);

/*
 * The same with terms that walked before: quick if key is soon behind the last
 * one.
 */
extern void BisTermsSeekOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

/* Go to the next term; false at the end. */
extern bool BisTermsNext(BisTerms *terms);

/* Find one term: false if the segment does not have it. */
extern bool BisTermsFind(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);
extern bool BisTermsFindOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

#endif							/* BIS_DICTIONARY_H */
