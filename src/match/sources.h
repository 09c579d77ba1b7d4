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

#endif							/* BI_SOURCES_H */
