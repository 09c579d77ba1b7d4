/*
 * writer.c
 *	  Writing a segment, in one pass.
 *
 * Pages of articles, postings, positions and the dictionary are written as
 * they fill up.  Memory holds the current block, one term's skips, the page
 * map and, for the inner pages of the dictionary, the first term of each page
 * of a level.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "index/page/abbrev_key.h"
#include "index/segment/format.h"
#include "index/segment/writer.h"

/* a stream being written */
typedef struct Sink
{
	uint64		length;
	uint32		npages;
	BisBytes	blocks;			/* BlockNumbers of its pages */
	Size		used;
	uint8		page[BIS_PAGE_ROOM];
} Sink;

struct BisWriter
{
	BisStore   *store;
	uint64		generation;
	MemoryContext context;
	bool		of_bigrams;		/* are the articles another segment's? */
	uint32		ndocs;
	uint64		nterms;
	uint64		npostings;
	BisHeapRange range;			/* of the last articles, not written yet */
	Sink		sinks[BIS_NSTREAMS];

	/* the current term */
	int			term_len;
	char		term[BIS_MAX_TERM];
	uint32		term_docs;
	uint32		last_doc;		/* BIS_NO_DOC, which is -1, before the first
								 * article */
	uint64		postings_start; /* offset in the stream */
	uint64		positions_start;
	uint32		block_last;		/* last article of the previous block,
								 * BIS_NO_DOC if there is none */
	uint32		n;				/* articles in the block so far */
	uint32		deltas[BIS_BLOCK];
	uint32		freqs[BIS_BLOCK];
	uint32		npositions;		/* in the block so far */
	BisBytes	position_deltas;	/* of the block: uint32 */
	BisBytes	weights;		/* of the block: the encoded runs */
	uint32		run_first;		/* current run, not in weights yet: its first
								 * position in the block; */
	uint32		run_end;		/* the one after its last; */
	uint32		run_weight;		/* its weight; 0: there is no run */
	uint32		last_run_end;	/* run_end of the previous run */
	BisBytes	positions;		/* the encoded block's */
	BisBytes	scratch;
	BisBytes	skips;

	/* the dictionary's current page */
	int			nentries;
	int			nrestarts;
	uint16		restarts[BIS_MAX_RESTARTS]; /* offsets of restart points */
	int			last_len;		/* the term last written to it */
	char		last[BIS_MAX_TERM];
	BisBytes	firsts;			/* first term of each page of the current
								 * level: length, bytes */
};

BisWriter *
BisWriterBegin(BisStore *store, uint64 generation)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch segment",
												  ALLOCSET_DEFAULT_SIZES);
	BisWriter  *writer = MemoryContextAllocZero(context, sizeof(BisWriter));

	writer->store = store;
	writer->generation = generation;
	writer->context = context;
	writer->term_len = -1;
	return writer;
}

BisWriter *
BisWriterBeginBigrams(BisStore *store, uint64 generation, uint32 ndocs)
{
	BisWriter  *writer = BisWriterBegin(store, generation);

	writer->of_bigrams = true;
	writer->ndocs = ndocs;
	return writer;
}

/* Write the current page of a sink. */
static void
write_sink_page(BisWriter *writer, Sink *sink)
{
	BlockNumber block = BisWritePage(writer->store, BIS_STREAM_PAGE,
									 writer->generation, InvalidBlockNumber,
									 sink->page, sink->used);

	BisBytesReserve(&sink->blocks, sizeof(block), writer->context);
	BisPutBytes(&sink->blocks, &block, sizeof(block));
	sink->npages++;
	sink->used = 0;
}

/* Append size bytes of data to a stream. */
static void
append_to_stream(BisWriter *writer, BisStream stream, const void *data,
				 Size size)
{
	Sink	   *sink = &writer->sinks[stream];
	const uint8 *from = data;

	sink->length += size;
	while (size > 0)
	{
		Size		part = Min(size, BIS_PAGE_ROOM - sink->used);

		memcpy(sink->page + sink->used, from, part);
		sink->used += part;
		from += part;
		size -= part;
		if (sink->used == BIS_PAGE_ROOM)
			write_sink_page(writer, sink);
	}
}

uint64
BisWriterAppend(BisWriter *writer, BisStream stream, const void *data,
				Size size)
{
	uint64		offset = writer->sinks[stream].length;

	Assert(stream == BIS_STREAM_COLUMNS || stream == BIS_STREAM_VALUES);
	append_to_stream(writer, stream, data, size);
	return offset;
}

/* Write the range of the last articles, if there are any. */
static void
write_range(BisWriter *writer)
{
	if (writer->ndocs > 0)
		append_to_stream(writer, BIS_STREAM_RANGES, &writer->range,
						 sizeof(BisHeapRange));
}

/* Add the heap page of the next article to its range. */
static void
add_to_range(BisWriter *writer, const BisDoc *doc)
{
	BlockNumber block = BisDocHeapPage(doc);

	if (writer->ndocs % BIS_RANGE_DOCS == 0)
	{
		write_range(writer);
		writer->range.first = writer->range.last = block;
	}
	writer->range.first = Min(writer->range.first, block);
	writer->range.last = Max(writer->range.last, block);
}

void
BisWriterDoc(BisWriter *writer, const BisDoc *doc)
{
	if (writer->ndocs >= BIS_MAX_DOCS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many articles in a segment of a bisearch index")));
	append_to_stream(writer, BIS_STREAM_DOCS, doc, sizeof(BisDoc));
	add_to_range(writer, doc);
	writer->ndocs++;
}

/* Encode the current run of a weight, if there is one. */
static void
end_weight_run(BisWriter *writer)
{
	if (writer->run_weight == 0)
		return;
	BisBytesReserve(&writer->weights, 2 * BIS_MAX_NUMBER_BYTES,
					writer->context);
	BisPutNumber(&writer->weights, writer->run_first - writer->last_run_end);
	BisPutNumber(&writer->weights,
				 (uint64) (writer->run_end - writer->run_first - 1) << 2 |
				 writer->run_weight);
	writer->last_run_end = writer->run_end;
	writer->run_weight = 0;
}

/* Record the weight of the block's next position. */
static void
add_position_weight(BisWriter *writer, uint32 weight)
{
	uint32		at = writer->npositions;

	if (weight == 0)
		return;
	if (writer->run_weight != weight || writer->run_end != at)
	{
		end_weight_run(writer);
		writer->run_weight = weight;
		writer->run_first = at;
	}
	writer->run_end = at + 1;
}

/*
 * Append an article's next position after pos, as a delta, to those of the
 * block; room was reserved.  Returns it.
 */
static pg_attribute_always_inline uint32
add_position_delta(BisWriter *writer, uint32 pos, uint32 next, uint32 weight)
{
	uint32		delta = next - pos;

	if (next < pos)
		elog(ERROR, "positions of a lexeme are out of order");
	BisPutBytes(&writer->position_deltas, &delta, sizeof(delta));
	add_position_weight(writer, weight);
	writer->npositions++;
	return next;
}

/* Append an article's occurrences to those of the block. */
static void
add_occurrences(BisWriter *writer, int n, const BiOccurrence *occurrences)
{
	uint32		pos = 0;

	BisBytesReserve(&writer->position_deltas, (Size) n * sizeof(uint32),
					writer->context);
	for (int i = 0; i < n; i++)
	{
		uint32		next = BiOccurrencePos(occurrences[i]);

		if (unlikely(next >= BI_CLAMPED_POSITION))
			next = next == BI_UNKNOWN_POSITION ? BI_CLAMPED_POSITION :
				next + 1;
		pos = add_position_delta(writer, pos, next,
								 BiOccurrenceWeight(occurrences[i]));
	}
}

/* The same with a tsvector's positions. */
static void
add_lexeme_positions(BisWriter *writer, int n, const WordEntryPos *positions)
{
	uint32		pos = 0;

	BisBytesReserve(&writer->position_deltas, (Size) n * sizeof(uint32),
					writer->context);
	for (int i = 0; i < n; i++)
		pos = add_position_delta(writer, pos, WEP_GETPOS(positions[i]),
								 WEP_GETWEIGHT(positions[i]));
}

/* Encode the block's positions; returns the bits per delta. */
static uint8
encode_positions(BisWriter *writer)
{
	BisBytes   *out = &writer->positions;
	const uint32 *position_deltas =
		(const uint32 *) writer->position_deltas.data;
	int			width = BisWidth(position_deltas, writer->npositions);

	end_weight_run(writer);
	out->len = 0;
	BisBytesReserve(out, BisBitsSize(writer->npositions, width) +
					writer->weights.len, writer->context);
	BisPack(out, position_deltas, writer->npositions, width);
	if (writer->weights.len > 0)
		BisPutBytes(out, writer->weights.data, writer->weights.len);
	writer->position_deltas.len = 0;
	writer->weights.len = 0;
	writer->npositions = 0;
	writer->last_run_end = 0;
	return (uint8) width;
}

/* Encode a short last block to scratch, its positions to positions. */
static void
encode_last_block(BisWriter *writer)
{
	BisBytes   *out = &writer->scratch;
	uint8		width = encode_positions(writer);

	out->len = 0;
	BisBytesReserve(out, sizeof(width) +
					(Size) writer->n * 2 * BIS_MAX_NUMBER_BYTES,
					writer->context);
	BisPutBytes(out, &width, sizeof(width));
	for (uint32 i = 0; i < writer->n; i++)
	{
		bool		once = writer->freqs[i] == 1;

		BisPutNumber(out, (uint64) writer->deltas[i] << 1 | once);
		if (!once)
			BisPutNumber(out, writer->freqs[i]);
	}
}

/*
 * Number of words of the full block as a dense one; 0 if it takes fewer bytes
 * to pack its deltas with the width.  A dense block may take some bytes more,
 * as it is faster to search.
 */
static uint8
dense_words(const BisWriter *writer, int width)
{
	uint32		nwords = (writer->last_doc -
						  BisDenseStart(writer->block_last)) / 64 + 1;

	return nwords <= BIS_MAX_DENSE &&
		nwords * 64 <= (uint32) (width + 1) * BIS_BLOCK ? nwords : 0;
}

/* Append the full block's articles as bits. */
static void
put_dense_articles(BisWriter *writer, BisBytes *out, uint8 nwords)
{
	uint64		words[BIS_MAX_DENSE] = {0};
	uint32		bit = writer->block_last - BisDenseStart(writer->block_last);

	for (int i = 0; i < BIS_BLOCK; i++)
	{
		bit += writer->deltas[i] + 1;
		words[bit / 64] |= UINT64CONST(1) << bit % 64;
	}
	BisPutBytes(out, words, nwords * sizeof(uint64));
}

/* Encode a full block to scratch, its positions to positions. */
static void
encode_full_block(BisWriter *writer)
{
	BisBytes   *out = &writer->scratch;
	uint8		widths[3];
	uint8		nwords;

	for (int i = 0; i < BIS_BLOCK; i++)
		writer->freqs[i] ^= writer->freqs[i] <= 1;
	widths[0] = BisWidth(writer->deltas, BIS_BLOCK);
	widths[1] = BisWidth(writer->freqs, BIS_BLOCK);
	widths[2] = encode_positions(writer);
	nwords = dense_words(writer, widths[0]);
	out->len = 0;
	BisBytesReserve(out, sizeof(widths) + Max(BisPackedSize(widths[0]),
											  nwords * sizeof(uint64)) +
					BisPackedSize(widths[1]), writer->context);
	if (nwords > 0)
	{
		widths[0] = BIS_DENSE + nwords;
		BisPutBytes(out, widths, sizeof(widths));
		put_dense_articles(writer, out, nwords);
	}
	else
	{
		BisPutBytes(out, widths, sizeof(widths));
		BisPackBlock(out, writer->deltas, widths[0]);
	}
	BisPackBlock(out, writer->freqs, widths[1]);
}

/* Write the block in scratch and its positions, and add its skip. */
static void
write_block(BisWriter *writer)
{
	BisSkip		skip;

	append_to_stream(writer, BIS_STREAM_POSTINGS, writer->scratch.data,
					 writer->scratch.len);
	append_to_stream(writer, BIS_STREAM_POSITIONS, writer->positions.data,
					 writer->positions.len);
	writer->n = 0;
	writer->block_last = writer->last_doc;

	skip = BisSkipMake(writer->last_doc,
					   writer->sinks[BIS_STREAM_POSTINGS].length -
					   writer->postings_start,
					   writer->sinks[BIS_STREAM_POSITIONS].length -
					   writer->positions_start);
	BisBytesReserve(&writer->skips, sizeof(skip), writer->context);
	BisPutBytes(&writer->skips, &skip, sizeof(skip));
}

/* Add an article with n positions, which the caller then adds. */
static inline void
begin_posting(BisWriter *writer, uint32 doc, int n)
{
	if (doc >= writer->ndocs ||
		(writer->last_doc != BIS_NO_DOC && doc <= writer->last_doc))
		elog(ERROR, "articles of a posting list are out of order");

	/* with one article more, the full block is known not to be the last */
	if (writer->n == BIS_BLOCK)
	{
		encode_full_block(writer);
		write_block(writer);
	}
	writer->deltas[writer->n] = doc - writer->last_doc - 1;
	writer->freqs[writer->n] = n;
	writer->n++;
	writer->last_doc = doc;
	writer->term_docs++;
	writer->npostings++;
}

void
BisWriterPosting(BisWriter *writer, uint32 doc, int n,
				 const BiOccurrence *occurrences)
{
	begin_posting(writer, doc, n);
	add_occurrences(writer, n, occurrences);
}

void
BisWriterLexeme(BisWriter *writer, uint32 doc, int n,
				const WordEntryPos *positions)
{
	begin_posting(writer, doc, n);
	add_lexeme_positions(writer, n, positions);
}

/* Write the dictionary's current page, with its restart points. */
static void
write_dictionary_page(BisWriter *writer)
{
	Sink	   *sink = &writer->sinks[BIS_STREAM_TERMS];
	uint16		n = writer->nrestarts;

	append_to_stream(writer, BIS_STREAM_TERMS, writer->restarts,
					 n * sizeof(uint16));
	append_to_stream(writer, BIS_STREAM_TERMS, &n, sizeof(n));
	/* if that filled the page, it has been written already */
	if (sink->used > 0)
		write_sink_page(writer, sink);
	writer->nentries = writer->nrestarts = 0;
}

/*
 * Append an entry to the dictionary's current page, or start the next page
 * with it: the term, then the contents of scratch.
 */
static void
append_dictionary_entry(BisWriter *writer, const char *term, int len)
{
	Sink	   *sink = &writer->sinks[BIS_STREAM_TERMS];
	BisBytes	head = {0};
	uint8		bytes[2 * BIS_MAX_NUMBER_BYTES];
	bool		restart = writer->nentries > 0 &&
		writer->nentries % BIS_RESTART == 0;
	int			shared = 0;

	while (writer->nentries > 0 && !restart &&
		   shared < Min(len, writer->last_len) &&
		   term[shared] == writer->last[shared])
		shared++;
	head.data = bytes;
	head.max = sizeof(bytes);
	BisPutNumber(&head, shared);
	BisPutNumber(&head, len - shared);
	if (sink->used + head.len + (len - shared) + writer->scratch.len +
		(writer->nrestarts + restart + 1) * sizeof(uint16) > BIS_PAGE_ROOM)
	{
		write_dictionary_page(writer);
		restart = false;
		shared = 0;
		head.len = 0;
		BisPutNumber(&head, shared);
		BisPutNumber(&head, len);
	}
	if (restart)
		writer->restarts[writer->nrestarts++] = sink->used;
	if (writer->nentries++ == 0)
	{
		BisBytesReserve(&writer->firsts, len + BIS_MAX_NUMBER_BYTES,
						writer->context);
		BisPutNumber(&writer->firsts, len);
		BisPutBytes(&writer->firsts, term, len);
	}
	append_to_stream(writer, BIS_STREAM_TERMS, head.data, head.len);
	append_to_stream(writer, BIS_STREAM_TERMS, term + shared, len - shared);
	append_to_stream(writer, BIS_STREAM_TERMS, writer->scratch.data,
					 writer->scratch.len);
	memcpy(writer->last, term, len);
	writer->last_len = len;
}

/* Write the rest of the current term's list, and its dictionary entry. */
static void
finish_term(BisWriter *writer)
{
	BisBytes   *entry = &writer->scratch;
	uint8		list[BIS_MAX_INLINE];
	Size		list_len;
	uint64		postings_len;
	uint64		positions_len;
	bool		is_inline;

	if (writer->term_len < 0)
		return;
	/* a term whose articles were all dead in a merge has no entry */
	if (writer->term_docs == 0)
		return;

	if (writer->term_docs % BIS_BLOCK == 0)
		encode_full_block(writer);
	else
		encode_last_block(writer);
	is_inline = writer->term_docs <= BIS_BLOCK &&
		writer->scratch.len + writer->positions.len <= BIS_MAX_INLINE;
	if (is_inline)
	{
		postings_len = writer->scratch.len;
		positions_len = writer->positions.len;
		list_len = postings_len + positions_len;
		memcpy(list, writer->scratch.data, postings_len);
		memcpy(list + postings_len, writer->positions.data, positions_len);
		writer->n = 0;
	}
	else
	{
		list_len = 0;
		write_block(writer);
		postings_len =
			writer->sinks[BIS_STREAM_POSTINGS].length -
			writer->postings_start;
		positions_len =
			writer->sinks[BIS_STREAM_POSITIONS].length -
			writer->positions_start;
		if (writer->term_docs > BIS_BLOCK)
			append_to_stream(writer, BIS_STREAM_POSTINGS, writer->skips.data,
							 writer->skips.len);
	}

	entry->len = 0;
	BisBytesReserve(entry, 5 * BIS_MAX_NUMBER_BYTES + BIS_MAX_INLINE,
					writer->context);
	BisPutNumber(entry, writer->term_docs);
	BisPutNumber(entry, postings_len << 1 | is_inline);
	BisPutNumber(entry, positions_len);
	if (is_inline)
		BisPutBytes(entry, list, list_len);
	else
	{
		BisPutNumber(entry, writer->postings_start);
		BisPutNumber(entry, writer->positions_start);
	}
	append_dictionary_entry(writer, writer->term, writer->term_len);
	writer->nterms++;
}

void
BisWriterTerm(BisWriter *writer, const char *term, int len)
{
	if (len < 0 || len > BIS_MAX_TERM ||
		(writer->term_len >= 0 &&
		 BisCompareTerms(writer->term, writer->term_len, term, len) >= 0))
		elog(ERROR, "terms of a segment are out of order");
	finish_term(writer);
	memcpy(writer->term, term, len);
	writer->term_len = len;
	writer->term_docs = 0;
	writer->last_doc = writer->block_last = BIS_NO_DOC;
	writer->postings_start = writer->sinks[BIS_STREAM_POSTINGS].length;
	writer->positions_start = writer->sinks[BIS_STREAM_POSITIONS].length;
	writer->n = 0;
	writer->skips.len = 0;
}

/*
 * Write the dictionary's inner pages, level by level.  Sets the header's
 * number of levels and leaves, and the root's page.
 */
static void
write_inner_pages(BisWriter *writer, BisHeader *header)
{
	Sink	   *sink = &writer->sinks[BIS_STREAM_TERMS];
	uint32		first = 0;		/* first page of the level below */

	if (sink->used > 0)
		write_dictionary_page(writer);
	header->nlevels = sink->npages > 0 ? 1 : 0;
	header->nleaves = sink->npages;
	while (sink->npages - first > 1)
	{
		BisBytes	firsts = writer->firsts;
		BisReader	reader = {firsts.data, firsts.data + firsts.len};
		uint32		end = sink->npages;

		memset(&writer->firsts, 0, sizeof(BisBytes));
		for (uint32 page = first; page < end; page++)
		{
			int			len = BisGetNumber(&reader);
			const char *term = (const char *) BisGetBytes(&reader, len);

			writer->scratch.len = 0;
			BisPutNumber(&writer->scratch, page);
			append_dictionary_entry(writer, term, len);
		}
		if (sink->used > 0)
			write_dictionary_page(writer);
		pfree(firsts.data);
		first = end;
		header->nlevels++;
	}
	header->root = sink->npages > 0 ? sink->npages - 1 : 0;
}

/* Write the dead bitmap, in which no article is dead yet. */
static void
write_dead_bitmap(BisWriter *writer)
{
	Sink	   *sink = &writer->sinks[BIS_STREAM_DEAD];
	uint64		bytes = ((uint64) writer->ndocs + BITS_PER_BYTE - 1) /
		BITS_PER_BYTE;

	memset(sink->page, 0, BIS_PAGE_ROOM);
	sink->length = bytes;
	while (bytes > 0)
	{
		sink->used = Min(bytes, BIS_PAGE_ROOM);
		bytes -= sink->used;
		write_sink_page(writer, sink);
	}
}

/* Write a page of the map. */
static void
append_map_page(BisWriter *writer, BisHeader *header,
				const BlockNumber *entries, uint32 n)
{
	if (header->nmaps >= BIS_MAX_MAPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("segment of a bisearch index is too large")));
	header->maps[header->nmaps++] =
		BisWritePage(writer->store, BIS_MAP_PAGE, writer->generation,
					 InvalidBlockNumber, entries, n * sizeof(BlockNumber));
}

/* Write the page map, and set the header's streams. */
static void
write_page_map(BisWriter *writer, BisHeader *header)
{
	BlockNumber entries[BIS_MAP_ENTRIES];
	uint32		n = 0;
	uint32		total = 0;

	for (int s = 0; s < BIS_NSTREAMS; s++)
	{
		Sink	   *sink = &writer->sinks[s];
		const BlockNumber *blocks = (const BlockNumber *) sink->blocks.data;

		header->streams[s].length = sink->length;
		header->streams[s].first = total;
		header->streams[s].npages = sink->npages;
		total += sink->npages;
		for (uint32 i = 0; i < sink->npages; i++)
		{
			entries[n++] = blocks[i];
			if (n == BIS_MAP_ENTRIES)
			{
				append_map_page(writer, header, entries, n);
				n = 0;
			}
		}
	}
	if (n > 0)
		append_map_page(writer, header, entries, n);
}

BisHeader *
BisWriterFinish(BisWriter *writer)
{
	BisHeader  *header = MemoryContextAllocZero(writer->context,
												BIS_PAGE_ROOM);

	finish_term(writer);
	write_inner_pages(writer, header);
	if (!writer->of_bigrams)
	{
		write_dead_bitmap(writer);
		write_range(writer);
	}
	for (int s = 0; s < BIS_NSTREAMS; s++)
	{
		if (writer->sinks[s].used > 0)
			write_sink_page(writer, &writer->sinks[s]);
	}
	header->ndocs = writer->ndocs;
	header->nterms = writer->nterms;
	header->npostings = writer->npostings;
	header->bigrams = InvalidBlockNumber;
	write_page_map(writer, header);
	return header;
}

void
BisWriterEnd(BisWriter *writer, const BisHeader *header,
			 BisSegmentEntry *entry)
{
	entry->generation = writer->generation;
	entry->ndocs = writer->ndocs;
	entry->header =
		BisWritePage(writer->store, BIS_HEADER_PAGE, writer->generation,
					 InvalidBlockNumber, header,
					 offsetof(BisHeader, maps) +
					 header->nmaps * sizeof(BlockNumber));
	MemoryContextDelete(writer->context);
}
