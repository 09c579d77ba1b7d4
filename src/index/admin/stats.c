/*
 * stats.c
 *	  Statistics about an index: bi_index_stats, bi_index_segments.
 *
 * What the metapage names is not overwritten as long as the caller's snapshot
 * exists, so no heavyweight lock but the relation's is needed.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "index/admin/open_index.h"
#include "index/page/error_context.h"
#include "index/page/page_reuse.h"
#include "index/page/pending.h"
#include "index/segment/reader.h"

/* the columns of the functions' results, in order */
typedef enum IndexColumn
{
	INDEX_VERSION,
	INDEX_SEGMENTS,
	INDEX_ARTICLES,
	INDEX_DEAD_ARTICLES,
	INDEX_DEAD_FRACTION,
	INDEX_PENDING_ARTICLES,
	INDEX_PENDING_PAGES,
	INDEX_DICTIONARY_SIZE,
	INDEX_POSTINGS_SIZE,
	INDEX_POSITIONS_SIZE,
	INDEX_BIGRAMS_SIZE,
	INDEX_DOCUMENTS_SIZE,
	INDEX_MAPS_SIZE,
	INDEX_TOTAL_PAGES,
	INDEX_RETIRED_PAGES,
	INDEX_UNREFERENCED_PAGES,
	INDEX_NCOLUMNS
} IndexColumn;

typedef enum SegmentColumn
{
	SEGMENT_NUMBER,
	SEGMENT_GENERATION,
	SEGMENT_ARTICLES,
	SEGMENT_DEAD_ARTICLES,
	SEGMENT_TERMS,
	SEGMENT_POSTINGS,
	SEGMENT_DICTIONARY_SIZE,
	SEGMENT_POSTINGS_SIZE,
	SEGMENT_POSITIONS_SIZE,
	SEGMENT_BIGRAMS_SIZE,
	SEGMENT_DOCUMENTS_SIZE,
	SEGMENT_MAPS_SIZE,
	SEGMENT_NCOLUMNS
} SegmentColumn;

/* figures of one segment, or of all together */
typedef struct Figures
{
	int64		live;
	int64		dead;
	int64		terms;
	int64		postings;
	int64		pages[BIS_NSTREAMS];
	int64		bigrams;		/* pages of the bigram segment */
	int64		maps;			/* pages of the page map, and the header */
} Figures;

/* figures of the pending lists */
typedef struct PendingFigures
{
	int64		live;
	int64		pages;
} PendingFigures;

/* The figures of a segment. */
static Figures
segment_figures(Relation index, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = index};
	BisSegment *segment = BisSegmentOpen(&store, entry);
	const BisHeader *header = segment->header;
	Figures		figures = {0};

	figures.dead = BisSegmentCountDead(segment);
	figures.live = (int64) header->ndocs - figures.dead;
	figures.terms = header->nterms;
	figures.postings = header->npostings;
	for (int s = 0; s < BIS_NSTREAMS; s++)
		figures.pages[s] = header->streams[s].npages;
	figures.bigrams = BisSegmentPages(&store, entry) - header->nmaps - 1;
	for (int s = 0; s < BIS_NSTREAMS; s++)
		figures.bigrams -= figures.pages[s];
	figures.maps = (int64) header->nmaps + 1;
	BisSegmentFree(segment);
	return figures;
}

/* The number of pages of all parts. */
static int64
total_pages(const Figures *figures)
{
	int64		total = figures->bigrams + figures->maps;

	for (int s = 0; s < BIS_NSTREAMS; s++)
		total += figures->pages[s];
	return total;
}

/* Add the figures of part to sum. */
static void
add_figures(Figures *sum, const Figures *part)
{
	sum->live += part->live;
	sum->dead += part->dead;
	sum->terms += part->terms;
	sum->postings += part->postings;
	for (int s = 0; s < BIS_NSTREAMS; s++)
		sum->pages[s] += part->pages[s];
	sum->bigrams += part->bigrams;
	sum->maps += part->maps;
}

/* Add the figures of one page of a pending list; returns the next page. */
static BlockNumber
count_pending_page(Relation index, const BisList *list, BlockNumber block,
				   PendingFigures *figures)
{
	Buffer		buffer = BisGetBuffer(index, block, BIS_PENDING_PAGE,
									  list->generation, BUFFER_LOCK_SHARE);
	Page		page = BufferGetPage(buffer);
	Size		used = BisPageUsed(page);
	Size		next;
	BlockNumber next_block = BisPageOpaque(page)->next;

	figures->pages++;
	for (Size offset = 0; offset < used; offset = next)
	{
		const BisPending *item = BisPendingItemAt(BisPageContent(page), used,
												  offset, &next);

		figures->live += !item->dead;
		if (item->large != InvalidBlockNumber)
			figures->pages +=
				(item->size + BIS_PAGE_ROOM - 1) / BIS_PAGE_ROOM;
	}
	UnlockReleaseBuffer(buffer);
	return next_block;
}

/* Add the figures of a pending list; its length is the metapage's. */
static void
count_pending(Relation index, const BisList *list, PendingFigures *figures)
{
	BlockNumber block = list->head;

	for (uint32 i = 0; i < list->npages; i++)
	{
		CHECK_FOR_INTERRUPTS();
		block = count_pending_page(index, list, block, figures);
	}
}

/* The size in bytes of this many pages. */
static Datum
size_of(int64 pages)
{
	return Int64GetDatum(pages * BLCKSZ);
}

PG_FUNCTION_INFO_V1(bi_index_stats);
Datum
bi_index_stats(PG_FUNCTION_ARGS)
{
	Relation	index = BisIndexOpen(PG_GETARG_OID(0), AccessShareLock);
	Figures		sum = {0};
	PendingFigures pending = {0};
	int64		npages;
	int64		retired;
	Datum		values[INDEX_NCOLUMNS];
	bool		nulls[INDEX_NCOLUMNS] = {0};
	TupleDesc	desc;
	ErrorContextCallback callback;
	BisMeta		meta;

	BisIndexRequireFile(index);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	BisErrorContextBegin(&callback, index);
	BisReadMeta(index, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		Figures		part = segment_figures(index, &meta.segments[i]);

		add_figures(&sum, &part);
	}
	count_pending(index, &meta.frozen, &pending);
	count_pending(index, &meta.current, &pending);
	npages = RelationGetNumberOfBlocks(index);
	retired = BisRetiredPages(&meta);

	values[INDEX_VERSION] = Int32GetDatum(meta.version);
	values[INDEX_SEGMENTS] = Int32GetDatum(meta.nsegments);
	values[INDEX_ARTICLES] = Int64GetDatum(sum.live);
	values[INDEX_DEAD_ARTICLES] = Int64GetDatum(sum.dead);
	values[INDEX_DEAD_FRACTION] =
		Float8GetDatum(sum.dead / (double) Max(sum.live + sum.dead, 1));
	values[INDEX_PENDING_ARTICLES] = Int64GetDatum(pending.live);
	values[INDEX_PENDING_PAGES] = Int64GetDatum(pending.pages);
	values[INDEX_DICTIONARY_SIZE] = size_of(sum.pages[BIS_STREAM_TERMS]);
	values[INDEX_POSTINGS_SIZE] = size_of(sum.pages[BIS_STREAM_POSTINGS]);
	values[INDEX_POSITIONS_SIZE] = size_of(sum.pages[BIS_STREAM_POSITIONS]);
	values[INDEX_BIGRAMS_SIZE] = size_of(sum.bigrams);
	values[INDEX_DOCUMENTS_SIZE] =
		size_of(sum.pages[BIS_STREAM_DOCS] + sum.pages[BIS_STREAM_DEAD] +
				sum.pages[BIS_STREAM_RANGES] +
				sum.pages[BIS_STREAM_COLUMNS] +
				sum.pages[BIS_STREAM_VALUES]);
	values[INDEX_MAPS_SIZE] = size_of(sum.maps);
	values[INDEX_TOTAL_PAGES] = Int64GetDatum(npages);
	values[INDEX_RETIRED_PAGES] = Int64GetDatum(retired);
	/* 1 is for the metapage; the number of retired pages is approximate */
	npages -= 1 + total_pages(&sum) + pending.pages + retired;
	values[INDEX_UNREFERENCED_PAGES] = Int64GetDatum(Max(npages, 0));
	BisErrorContextEnd(&callback);
	index_close(index, AccessShareLock);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

PG_FUNCTION_INFO_V1(bi_index_segments);
Datum
bi_index_segments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	index = BisIndexOpen(PG_GETARG_OID(0), AccessShareLock);
	ErrorContextCallback callback;
	BisMeta		meta;

	BisIndexRequireFile(index);
	InitMaterializedSRF(fcinfo, 0);
	BisErrorContextBegin(&callback, index);
	BisReadMeta(index, &meta);
	for (uint32 i = 0; i < meta.nsegments; i++)
	{
		Figures		part = segment_figures(index, &meta.segments[i]);
		Datum		values[SEGMENT_NCOLUMNS];
		bool		nulls[SEGMENT_NCOLUMNS] = {0};

		values[SEGMENT_NUMBER] = Int32GetDatum(i + 1);
		values[SEGMENT_GENERATION] =
			Int64GetDatum((int64) meta.segments[i].generation);
		values[SEGMENT_ARTICLES] = Int64GetDatum(part.live);
		values[SEGMENT_DEAD_ARTICLES] = Int64GetDatum(part.dead);
		values[SEGMENT_TERMS] = Int64GetDatum(part.terms);
		values[SEGMENT_POSTINGS] = Int64GetDatum(part.postings);
		values[SEGMENT_DICTIONARY_SIZE] =
			size_of(part.pages[BIS_STREAM_TERMS]);
		values[SEGMENT_POSTINGS_SIZE] =
			size_of(part.pages[BIS_STREAM_POSTINGS]);
		values[SEGMENT_POSITIONS_SIZE] =
			size_of(part.pages[BIS_STREAM_POSITIONS]);
		values[SEGMENT_BIGRAMS_SIZE] = size_of(part.bigrams);
		values[SEGMENT_DOCUMENTS_SIZE] =
			size_of(part.pages[BIS_STREAM_DOCS] + part.pages[BIS_STREAM_DEAD] +
					part.pages[BIS_STREAM_RANGES] +
				part.pages[BIS_STREAM_COLUMNS] +
				part.pages[BIS_STREAM_VALUES]);
		values[SEGMENT_MAPS_SIZE] = size_of(part.maps);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	BisErrorContextEnd(&callback);
	index_close(index, AccessShareLock);
	return (Datum) 0;
}
