/*
 * sources.h
 *	  Documents that the evaluator can look at.
 */
#ifndef BI_SOURCES_H
#define BI_SOURCES_H

#include "tsearch/ts_type.h"

#include "match/eval.h"
#include "text/analyze.h"

/* positions that a source keeps for words of one position list or a few */
#define BI_SOURCE_ROOM	1024

/* positions of sentence or paragraph ends, once asked for */
typedef struct BiMarks
{
	bool		known;
	int			n;				/* -1: none in the document */
	uint32	   *positions;
} BiMarks;

/*
 * A tsvector.  The struct may be used again for the next one: initialise it
 * again.  It is large; a caller with many documents keeps one.
 */
typedef struct BiTsvectorSource
{
	BiSource	source;
	TSVector	vector;
	BiMarks		marks[2];		/* sentences, paragraphs */
	int			used;
	BiOccurrence room[BI_SOURCE_ROOM];	/* what find gave away, to spare
										 * allocations */
} BiTsvectorSource;

/* Look at vector, which must stay and is not written to. */
extern void BiTsvectorSourceInit(BiTsvectorSource *source, TSVector vector);

/* where a position of a text is, in bytes */
typedef struct BiPlace
{
	uint32		pos;
	int32		start;
	int32		end;
} BiPlace;

/*
 * A text read for one query: of its words, only the query's are kept.
 */
typedef struct BiTextSource BiTextSource;

/*
 * Make a source for query, which must stay.  Allocates in the current memory
 * context.
 */
extern BiTextSource *BiTextSourceCreate(const BiQuery *query);

/*
 * Read the len bytes at text with config as a document: all of it is in field,
 * a BI_FIELD_x bit.  With places, BiTextSourcePlaces can be asked afterwards.
 * Forgets the document before; allocates in the current memory context, which
 * must stay while the document is looked at.  Returns the source to look at.
 */
extern BiSource *BiTextSourceRead(BiTextSource *source,
								  const BiConfig *config, const char *text,
								  int len, uint8 field, bool places);

/* The places of all words kept, sorted by position; their number to *n. */
extern const BiPlace *BiTextSourcePlaces(const BiTextSource *source, int *n);

#endif							/* BI_SOURCES_H */
