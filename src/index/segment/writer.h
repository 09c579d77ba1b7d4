/*
 * writer.h
 *	  Writing a segment, once, from front to back.
 */
#ifndef BIS_WRITER_H
#define BIS_WRITER_H

#include "index/page/page.h"
#include "index/segment/format.h"

typedef struct BisWriter BisWriter;

/*
 * Begin a segment.  All of it is in a memory context of its own, a child of
 * the current one.  Call BisWriterDoc for each article, in order; then for
 * each term, in the order of their bytes, BisWriterTerm and, for each article
 * that has it, in order, BisWriterPosting; then BisWriterFinish and
 * BisWriterEnd.
 */
extern BisWriter *BisWriterBegin(BisStore *store, uint64 generation);

/* The same for one of bigrams, about the ndocs articles of another segment. */
extern BisWriter *BisWriterBeginBigrams(BisStore *store, uint64 generation,
										uint32 ndocs);
extern void BisWriterDoc(BisWriter *writer, const BisDoc *doc);
extern void BisWriterTerm(BisWriter *writer, const char *term, int len);
extern void BisWriterPosting(BisWriter *writer, uint32 doc, int npositions,
							 const WordEntryPos *positions);

/*
 * Write all that is left but the header, which is returned and belongs to the
 * writer.
 */
extern BisHeader *BisWriterFinish(BisWriter *writer);

/* Write the header, make *entry what names the segment, free the writer. */
extern void BisWriterEnd(BisWriter *writer, const BisHeader *header,
						 BisSegmentEntry *entry);

#endif							/* BIS_WRITER_H */
