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
typedef struct BiBoundaryMarks
{
	bool		known;
	int			n;				/* -1: none in the document */
	uint32	   *positions;
} BiBoundaryMarks;

/*
 * A tsvector.  The struct may be used again for the next one: initialise it
 * again.  It is large; a caller with many documents keeps one.
 */
typedef struct BiTsvectorSource
{
	BiSource	source;
	TSVector	vector;
	BiBoundaryMarks marks[2];	/* sentences, paragraphs */
	int			used;
	BiOccurrence room[BI_SOURCE_ROOM];	/* what find gave away, to spare
										 * allocations */
} BiTsvectorSource;

/* Look at vector, which must stay and is not written to. */
extern void BiTsvectorSourceInit(BiTsvectorSource *source, TSVector vector);

/* one lexeme of an analysed text */
typedef struct BiTextTerm
{
	const char *lexeme;
	int32		len;
	int32		first;			/* its first occurrence */
	int32		n;
} BiTextTerm;

/* A text analysed with the query's configuration: one body field. */
typedef struct BiTextSource
{
	BiSource	source;
	const BiAnalysis *analysis;
	BiTextTerm *terms;			/* sorted by lexeme */
	int			nterms;
	BiOccurrence *occurrences;
} BiTextSource;

/*
 * Look at an analysed text, whose terms it puts in order (so analysis->terms
 * are no longer in order of position).  Allocates in the current memory
 * context.
 */
extern void BiTextSourceInit(BiTextSource *source, BiAnalysis *analysis);

/* where a position of a text is, in bytes */
typedef struct BiPlace
{
	uint32		pos;
	int32		start;
	int32		end;
} BiPlace;

/*
 * A text read for one query: of its words only the query's are kept, and only
 * the query's own nodes can be asked for.
 */
typedef struct BiStreamSource BiStreamSource;

/*
 * Make a source for query, which must stay.  Allocates in the current memory
 * context.
 */
extern BiStreamSource *BiStreamSourceCreate(const BiQuery *query);

/*
 * Read the len bytes at text with config as a document: all of it is in field,
 * a BI_FIELD_x bit.  With places, BiStreamSourcePlaces can be asked afterwards.
 * Forgets the document before; allocates in the current memory context, which
 * must stay while the document is looked at.  Returns the source to look at.
 */
extern BiSource *BiStreamSourceRead(BiStreamSource *source,
									const BiConfig *config, const char *text,
									int len, uint8 field, bool places);

/* The places of all words kept, sorted by position; their number to *n. */
extern const BiPlace *BiStreamSourcePlaces(const BiStreamSource *source, int *n);

#endif							/* BI_SOURCES_H */
