/*
 * check_segment.c
 *	  Checks a segment.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "index/bigram/bigram_write.h"
#include "index/check/check.h"
#include "index/page/abbrev_key.h"
#include "text/field_prefix.h"

static const char *const stream_parts[] = {
	[BIS_STREAM_DOCS] = "articles",
	[BIS_STREAM_DEAD] = "dead articles",
	[BIS_STREAM_TERMS] = "dictionary",
	[BIS_STREAM_POSTINGS] = "posting lists",
	[BIS_STREAM_POSITIONS] = "positions",
	[BIS_STREAM_RANGES] = "heap pages of articles",
	[BIS_STREAM_COLUMNS] = "directory of the columns",
	[BIS_STREAM_VALUES] = "values of the columns",
};

/* Record which page of a stream is being checked, for error messages. */
static void
checking_page(BisCheck *check, BisSegment *segment, BisStream stream,
			  uint32 page)
{
	BisCheckAt(check, stream_parts[stream],
			   BisStreamBlock(segment, stream, page));
}

/* Check the page map; claim its pages and those of all streams. */
static void
check_segment_map(BisCheck *check, BisSegment *segment)
{
	const BisHeader *header = segment->header;
	BlockNumber *blocks = palloc(BIS_PAGE_ROOM);
	uint64		left = 0;

	for (int s = 0; s < BIS_NSTREAMS; s++)
		left += header->streams[s].npages;
	if (header->nmaps != (left + BIS_MAP_ENTRIES - 1) / BIS_MAP_ENTRIES)
		BisCorrupted("header has a wrong number of map pages");
	for (uint32 map = 0; map < header->nmaps; map++)
		BisCheckClaim(check, header->maps[map]);
	for (uint32 map = 0; map < header->nmaps; map++)
	{
		uint32		n = Min(left, BIS_MAP_ENTRIES);

		CHECK_FOR_INTERRUPTS();
		BisCheckAt(check, "page map", header->maps[map]);
		if (BisReadWholePage(segment->store, header->maps[map], BIS_MAP_PAGE,
							 segment->generation, blocks) !=
			n * sizeof(BlockNumber))
			BisCorrupted("page map has a wrong length");
		for (uint32 i = 0; i < n; i++)
			BisCheckClaim(check, blocks[i]);
		left -= n;
	}
	pfree(blocks);
}

/* Check the fill of a stream's pages, and the stream's length. */
static void
check_stream(BisCheck *check, BisSegment *segment, BisStream stream)
{
	const BisStreamInfo *info = &segment->header->streams[stream];
	uint8	   *bytes = palloc(BIS_PAGE_ROOM);
	uint64		length = 0;

	for (uint32 page = 0; page < info->npages; page++)
	{
		Size		used;

		CHECK_FOR_INTERRUPTS();
		checking_page(check, segment, stream, page);
		used = BisReadWholePage(segment->store, check->block,
								BIS_STREAM_PAGE, segment->generation, bytes);
		if (used == 0)
			BisCorrupted("page is empty");
		/* dictionary entries do not cross page boundaries */
		if (used < BIS_PAGE_ROOM && stream != BIS_STREAM_TERMS &&
			page + 1 < info->npages)
			BisCorrupted("page is not full");
		length += used;
	}
	if (length != info->length)
		BisCorrupted("stream does not have the length that the header says");
	pfree(bytes);
}

/* Check that a range has the first and last heap page of its articles. */
static void
check_range(BisCheck *check, BisSegment *segment, uint32 n)
{
	uint32		doc = n * BIS_RANGE_DOCS;
	uint32		end = Min(doc + BIS_RANGE_DOCS, segment->header->ndocs);
	BisHeapRange range = {InvalidBlockNumber, 0};
	BisHeapRange stored;

	for (; doc < end; doc++)
	{
		BlockNumber block = BisDocHeapPage(BisSegmentDoc(segment, doc));

		range.first = Min(range.first, block);
		range.last = Max(range.last, block);
	}
	checking_page(check, segment, BIS_STREAM_RANGES,
				  (uint64) n * sizeof(BisHeapRange) / BIS_PAGE_ROOM);
	stored = BisSegmentHeapRange(segment, n);
	if (stored.first != range.first || stored.last != range.last)
		BisCorrupted("heap pages of articles are not those of their addresses");
}

/* Check the articles' heap addresses and the dead bitmap's unused bits. */
static void
check_docs(BisCheck *check, BisSegment *segment)
{
	uint32		ndocs = segment->header->ndocs;

	for (uint32 doc = 0; doc < ndocs; doc++)
	{
		ItemPointerData tid;

		if (doc % BIS_BLOCK == 0)
			CHECK_FOR_INTERRUPTS();
		checking_page(check, segment, BIS_STREAM_DOCS,
					  (uint64) doc * sizeof(BisDoc) / BIS_PAGE_ROOM);
		memcpy(&tid, BisSegmentDoc(segment, doc)->tid, sizeof(tid));
		BisCheckTid(&tid);
	}
	for (uint32 n = 0; n < BisRangesOf(ndocs); n++)
	{
		CHECK_FOR_INTERRUPTS();
		check_range(check, segment, n);
	}
	checking_page(check, segment, BIS_STREAM_DEAD, (ndocs -
													1) / BIS_DEAD_PER_PAGE);
	for (uint32 doc = ndocs; doc % BITS_PER_BYTE != 0; doc++)
	{
		if (BisSegmentIsDead(segment, doc))
			BisCorrupted("an article is dead that is not there");
	}
}

/*
 * Read an entry's term to term, which holds the previous one, of length last.
 * Returns its length.
 */
static int
read_entry_term(BisReader *reader, char *term, int last)
{
	uint32		shared = BisGetNumberUpTo(reader, last);
	uint32		rest = BisGetNumberUpTo(reader, BIS_MAX_TERM - shared);

	memcpy(term + shared, BisGetBytes(reader, rest), rest);
	return shared + rest;
}

/*
 * Read a dictionary page to bytes.  Returns where its entries end and the
 * offsets of its *n restart points begin.
 */
static const uint8 *
read_dictionary_page(BisCheck *check, BisSegment *segment, uint32 page,
					 uint8 *bytes, uint16 *n)
{
	checking_page(check, segment, BIS_STREAM_TERMS, page);
	return BisRestartPoints(bytes,
							BisReadWholePage(segment->store, check->block,
											 BIS_STREAM_PAGE,
											 segment->generation, bytes), n);
}

/* Read the first term of a dictionary page to term; returns its length. */
static int
first_page_term(BisCheck *check, BisSegment *segment, uint32 page,
				uint8 *bytes, char *term)
{
	BisReader	reader = {.next = bytes};
	uint16		n;

	reader.end = read_dictionary_page(check, segment, page, bytes, &n);
	return read_entry_term(&reader, term, 0);
}

/*
 * Check an inner page, whose first child must be child.  The level of its
 * children ends before page end.  Returns the next page's first child.
 */
static uint32
check_inner_page(BisCheck *check, BisSegment *segment, uint32 page,
				 uint32 child, uint32 end)
{
	uint8	   *bytes = palloc(BIS_PAGE_ROOM);
	uint8	   *below = palloc(BIS_PAGE_ROOM);
	char		term[BIS_MAX_TERM];
	char		first[BIS_MAX_TERM];
	int			len = 0;
	BisReader	reader = {.next = bytes};
	const uint8 *restarts;
	uint16		n;
	uint16		passed = 0;
	uint16		offset;

	reader.end = restarts = read_dictionary_page(check, segment, page, bytes,
												 &n);
	for (int entry = 0; reader.next < reader.end; entry++)
	{
		bool		restart = entry > 0 && entry % BIS_RESTART == 0;
		int			first_len;

		CHECK_FOR_INTERRUPTS();
		if (restart)
		{
			memcpy(&offset, restarts + passed * sizeof(offset),
				   sizeof(offset));
			if (passed++ >= n || offset != reader.next - bytes)
				BisCorrupted("restart points of the dictionary");
		}
		len = read_entry_term(&reader, term, restart ? 0 : len);
		if (child >= end || BisGetNumber(&reader) != child)
			BisCorrupted("page of the dictionary has a wrong child");
		first_len = first_page_term(check, segment, child, below, first);
		checking_page(check, segment, BIS_STREAM_TERMS, page);
		if (BisCompareTerms(term, len, first, first_len) != 0)
			BisCorrupted("page of the dictionary does not have its child's first term");
		child++;
	}
	if (passed != n)
		BisCorrupted("restart points of the dictionary");
	pfree(bytes);
	pfree(below);
	return child;
}

/* Check the dictionary's inner pages. */
static void
check_tree(BisCheck *check, BisSegment *segment, BlockNumber header_block)
{
	const BisHeader *header = segment->header;
	uint32		npages = header->streams[BIS_STREAM_TERMS].npages;
	uint32		first = 0;		/* first page of the level below */
	uint32		end = header->nleaves;
	uint32		nlevels = npages > 0 ? 1 : 0;

	while (end - first > 1)
	{
		uint32		page = end;

		for (uint32 child = first; child < end; page++)
		{
			if (page >= npages)
				break;
			child = check_inner_page(check, segment, page, child, end);
		}
		if (page == end)
			break;
		first = end;
		end = page;
		nlevels++;
	}
	BisCheckAt(check, "header of a segment", header_block);
	if (end != npages || nlevels != header->nlevels ||
		header->root != (npages > 0 ? npages - 1 : 0))
		BisCorrupted("dictionary does not have the shape that the header says");
}

/*
 * Check a bigram's term: two words with a zero byte between them, neither of
 * which contains one; or the empty term (bigram_write.h).
 */
static void
check_bigram_term(const char *term, int len)
{
	int			alen = strnlen(term, len);
	const char *b = term + alen + 1;
	int			blen = len - alen - 1;

	if (len == 0)
		return;
	if (blen < 1 || !BisBigramTerm(term, alen) || !BisBigramTerm(b, blen))
		BisCorrupted("term of a bigram is not two words");
	BisCheckLexeme(term, alen);
	BisCheckLexeme(b, blen);
}

/* Check the term of a prefix of values, but for its last byte. */
static void
check_prefix_term(const char *prefix, int len)
{
	if (!BiIsFieldPrefix(prefix, len))
		BisCorrupted("term is not a prefix of a field's values");
	BisCheckLexeme(prefix, len);
}

/*
 * Check the dictionary's terms, whose order BisTermsNext checks, and their
 * posting lists.
 */
static void
check_terms(BisCheckPostings *lists)
{
	BisSegment *segment = lists->segment;
	BisTerms   *terms = palloc_object(BisTerms);

	BisTermsSeek(terms, segment, "", 0);
	for (;;)
	{
		uint32		page = terms->page;

		if (terms->reader.next >= terms->reader.end && !terms->ready &&
			page + 1 < segment->header->nleaves)
			page++;
		if (segment->header->nlevels > 0)
			checking_page(lists->check, segment, BIS_STREAM_TERMS, page);
		if (!BisTermsNext(terms))
			break;
		if (lists->sums == NULL)
			check_bigram_term(terms->term, terms->len);
		else if (BisIsPrefixTerm(terms->term, terms->len))
			check_prefix_term(terms->term, terms->len - 1);
		else
			BisCheckLexeme(terms->term, terms->len);
		BisCheckPostingList(lists, terms);
	}
	pfree(terms);
}

/* Compare the lists' totals with the header. */
static void
check_totals(const BisCheckPostings *lists)
{
	const BisHeader *header = lists->segment->header;

	if (lists->nterms != header->nterms)
		BisCorrupted("header has a wrong number of terms");
	if (lists->npostings != header->npostings)
		BisCorrupted("header has a wrong number of postings");
	if (lists->postings != header->streams[BIS_STREAM_POSTINGS].length ||
		lists->positions != header->streams[BIS_STREAM_POSITIONS].length)
		BisCorrupted("posting lists end before their streams");
}

/*
 * Compare the sums with the articles' lengths, and add live articles to the
 * fingerprints, if these are asked for.
 */
static void
check_sums(BisCheck *check, const BisCheckPostings *lists)
{
	for (uint32 i = 0; i < lists->nsums; i++)
	{
		BisSegment *segment = lists->segment;
		uint32		doc = lists->first + i;
		const BisDoc *article;
		ItemPointerData tid;

		if (i % BIS_BLOCK == 0)
			CHECK_FOR_INTERRUPTS();
		checking_page(check, segment, BIS_STREAM_DOCS,
					  (uint64) doc * sizeof(BisDoc) / BIS_PAGE_ROOM);
		article = BisSegmentDoc(segment, doc);
		if (article->length != Min(lists->sums[i].length, PG_UINT16_MAX))
			BisCorrupted("length of an article is not that of its words");
		if (check->articles == NULL || BisSegmentIsDead(segment, doc))
			continue;
		memcpy(&tid, article->tid, sizeof(tid));
		BisFingerprintAdd(check->articles, &tid, lists->sums[i].hash);
	}
}

/*
 * Check all posting lists; in several passes, each summing up as many
 * articles as half of maintenance_work_mem has room for.
 */
static void
check_lists(BisCheck *check, BisSegment *segment, BlockNumber header_block)
{
	Size		memory = (Size) maintenance_work_mem * 1024 / 2;
	uint32		ndocs = segment->header->ndocs;
	uint32		n = Min(ndocs, memory / sizeof(BisArticleSum));
	BisArticleSum *sums =
		MemoryContextAllocHuge(CurrentMemoryContext,
							   (Size) n * sizeof(BisArticleSum));

	for (uint32 first = 0; first < ndocs; first += n)
	{
		BisCheckPostings lists = {.check = check, .segment = segment,
		.first = first, .nsums = Min(n, ndocs - first), .sums = sums};

		memset(sums, 0, (Size) n * sizeof(BisArticleSum));
		check_terms(&lists);
		BisCheckAt(check, "header of a segment", header_block);
		check_totals(&lists);
		BisCheckAddColumns(&lists);
		check_sums(check, &lists);
		if (lists.bytes.data != NULL)
			pfree(lists.bytes.data);
	}
}

/* Check what segments and bigram segments have in common. */
static void
check_streams(BisCheck *check, BisSegment *segment,
			  BlockNumber header_block)
{
	check_segment_map(check, segment);
	for (int s = 0; s < BIS_NSTREAMS; s++)
		check_stream(check, segment, s);
	check_tree(check, segment, header_block);
}

/*
 * Check the bigram segment, whose bigrams must be those that follow from the
 * segment's posting lists.
 */
static void
check_bigrams(BisCheck *check, BisSegment *segment)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch bigrams",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BlockNumber block = segment->header->bigrams;
	BisCheckPostings lists = {.check = check};
	uint64		npostings;

	BisCheckClaim(check, block);
	BisCheckAt(check, "header of bigrams", block);
	lists.segment = BisSegmentBigrams(segment);
	check_streams(check, lists.segment, block);
	check_terms(&lists);
	BisCheckAt(check, "header of bigrams", block);
	check_totals(&lists);
	if (BisBigramsSum(segment, &npostings) != lists.hash ||
		npostings != lists.npostings)
		BisCorrupted("bigrams are not those of the posting lists");
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
BisCheckSegment(BisCheck *check, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = check->index};
	BisSegment *segment;

	BisCheckAt(check, "metapage", BIS_METAPAGE);
	BisCheckClaim(check, entry->header);
	BisCheckAt(check, "header of a segment", entry->header);
	segment = BisSegmentOpen(&store, entry);
	check_streams(check, segment, entry->header);
	check_docs(check, segment);
	BisCheckColumns(check, segment, entry->header);
	check_lists(check, segment, entry->header);
	if (segment->header->bigrams != InvalidBlockNumber)
		check_bigrams(check, segment);
}
