/*
 * sources.h
 *	  Documents in the forms that the evaluator can read.
 */
#ifndef BI_SOURCES_H
#define BI_SOURCES_H

#include "tsearch/ts_type.h"

#include "match/eval.h"
#include "text/analyze.h"

/* positions for which a source has room without allocating */
#define BI_SOURCE_ROOM	1024

/* positions of sentence or paragraph boundaries, once read */
typedef struct BiBoundaryPositions
{
	bool		known;
	int			n;				/* -1: the document has none */
	uint32	   *positions;
} BiBoundaryPositions;

/*
 * A tsvector.  The struct may be initialized again for the next one.  It is
 * large; a caller with many documents keeps one.
 */
typedef struct BiTsvectorSource
{
	BiSource	source;
	TSVector	vector;
	BiBoundaryPositions boundaries[2];	/* sentences, paragraphs */
	int			used;
	BiOccurrence room[BI_SOURCE_ROOM];	/* for results of find, to save
										 * allocations */
} BiTsvectorSource;

/* Use vector, which must stay valid and is not written to. */
extern void BiTsvectorSourceInit(BiTsvectorSource *source, TSVector vector);

/* one lexeme of an analyzed text */
typedef struct BiTextTerm
{
	const char *lexeme;
	int32		len;
	int32		first;			/* its first occurrence */
	int32		n;
} BiTextTerm;

/* A text analyzed with the query's configuration: one body field. */
typedef struct BiTextSource
{
	BiSource	source;
	const BiAnalysis *analysis;
	BiTextTerm *terms;			/* sorted by lexeme */
	int			nterms;
	BiOccurrence *occurrences;
} BiTextSource;

/*
 * Use an analyzed text, whose terms it sorts by lexeme (so analysis->terms
 * are no longer in order of position).  Allocates in the current memory
 * context.
 */
extern void BiTextSourceInit(BiTextSource *source, BiAnalysis *analysis);

/* byte range of a position of a text */
typedef struct BiPlace
{
	uint32		pos;
	int32		start;
	int32		end;
} BiPlace;

/*
 * A text read for one query: only the query's words are kept, and only nodes
 * of the query can be evaluated.
 */
typedef struct BiStreamSource BiStreamSource;

/*
 * Make a source for query, which must stay valid.  Allocates in the current
 * memory context.
 */
extern BiStreamSource *BiStreamSourceCreate(const BiQuery *query);

/*
 * Read the len bytes at text with config as a document that is all in field,
 * a BI_FIELD_x bit.  With places, BiStreamSourcePlaces can be called
 * afterwards.  Forgets the previous document; allocates in the current memory
 * context, which must live as long as the document is used.  Returns the
 * source to use.
 */
extern BiSource *BiStreamSourceRead(BiStreamSource *source,
									const BiConfig *config, const char *text,
									int len, uint8 field, bool places);

/*
 * The places of all words kept, sorted by position; sets *n to their number.
 */
extern const BiPlace *BiStreamSourcePlaces(const BiStreamSource *source,
										   int *n);

#endif							/* BI_SOURCES_H */
