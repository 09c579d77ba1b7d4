/*
 * writer.h
 *	  Writing a segment, in one pass.
 */
#ifndef BIS_WRITER_H
#define BIS_WRITER_H

#include "index/page/page.h"
#include "index/segment/format.h"

typedef struct BisWriter BisWriter;

/*
 * Begin a segment, in a memory context of its own that is a child of the
 * current one.  Call BisWriterDoc for each article, in order; then for each
 * term, sorted by its bytes, BisWriterTerm and, for each article that has the
 * term, in order, BisWriterPosting with its occurrences, ascending; then BisWriterFinish and BisWriterEnd.
 */
extern BisWriter *BisWriterBegin(BisStore *store, uint64 generation);

/*
 * The same for a bigram segment, which refers to the ndocs articles of
 * another segment; BisWriterDoc is not called.
 */
extern BisWriter *BisWriterBeginBigrams(BisStore *store, uint64 generation,
										uint32 ndocs);
extern void BisWriterDoc(BisWriter *writer, const BisDoc *doc);
extern void BisWriterTerm(BisWriter *writer, const char *term, int len);
extern void BisWriterPosting(BisWriter *writer, uint32 doc, int n,
							 const BiOccurrence *occurrences);

/*
 * Append size bytes to BIS_STREAM_COLUMNS or BIS_STREAM_VALUES; returns the
 * offset at which they begin.
 */
extern uint64 BisWriterAppend(BisWriter *writer, BisStream stream,
							  const void *data, Size size);

/* BisWriterPosting for a tsvector's lexeme that is not continued. */
extern void BisWriterLexeme(BisWriter *writer, uint32 doc, int n,
							const WordEntryPos *positions);

/*
 * Write everything that is left except for the header, which is returned.  It
 * belongs to the writer.
 */
extern BisHeader *BisWriterFinish(BisWriter *writer);

/* Write the header, set *entry to name the segment, and free the writer. */
extern void BisWriterEnd(BisWriter *writer, const BisHeader *header,
						 BisSegmentEntry *entry);

#endif							/* BIS_WRITER_H */
