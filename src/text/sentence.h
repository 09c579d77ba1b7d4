/*
 * sentence.h
 *	  Where sentences and paragraphs end (query-language section 9).
 */
#ifndef BI_SENTENCE_H
#define BI_SENTENCE_H

/* a place where a sentence ends, and if paragraph is set, a paragraph too */
typedef struct BiBoundary
{
	int32		offset;			/* in bytes; the text before it belongs to the
								 * sentence */
	bool		paragraph;
} BiBoundary;

typedef struct BiBoundaries
{
	BiBoundary *boundaries;		/* palloc'd, ascending */
	int			n;
	int			max;
} BiBoundaries;

/*
 * Append the boundaries of the len bytes at text; the last one is the text's
 * end.  A zeroed struct is an empty one.  abbreviations, or NULL, are a user's
 * own (abbreviation.h).  Answers cancel requests.
 */
extern void BiFindBoundaries(const char *text, int len,
							 const char *abbreviations, BiBoundaries *result);

#endif							/* BI_SENTENCE_H */
