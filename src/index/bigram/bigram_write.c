/*
 * bigram_write.c
 *	  Lists of the articles in which frequent words follow each other.
 *
 * The bigrams of a segment are gone through once to count them, which tells for
 * how many words there is room, and then as often as it takes to gather their
 * lists in the memory that there is.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/bigram/bigram_scan.h"
#include "index/page/abbrev_key.h"

/* most words of bigrams */
#define MAX_WORDS 384

/* each is in at least one of N articles */
#define LEAST_SHARE 16

/* a segment of fewer articles has no bigrams: its lists are short */
#define MIN_DOCS 256

/* bigrams may take at most one byte for N bytes of the segment's lists */
#define ROOM_SHARE 6

/* bytes of a bigram in the dictionary, about */
#define ENTRY_BYTES 14

uint64
BisBigramHash(const char *key, int len, uint32 doc)
{
	return hash_bytes_extended((const unsigned char *) key, len, doc);
}

static int
compare_articles(const void *a, const void *b)
{
	uint32		left = ((const BisBigramWord *) a)->entry.ndocs;
	uint32		right = ((const BisBigramWord *) b)->entry.ndocs;

	return left > right ? -1 : left < right;
}

static int
compare_terms(const void *a, const void *b)
{
	const BisBigramWord *left = a;
	const BisBigramWord *right = b;

	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/*
 * Keep the most frequent ones of n words, at most most; all of the same
 * number of articles or none.  Leaves them in the order of their terms.
 */
static int
keep_words(BisBigramWord *words, int n, int most)
{
	qsort(words, n, sizeof(BisBigramWord), compare_articles);
	if (n > most)
	{
		uint32		dropped = words[most].entry.ndocs;

		for (n = most; n > 0 && words[n - 1].entry.ndocs == dropped;)
			n--;
	}
	for (int i = 0; i < n; i++)
		words[i].rank = i;
	qsort(words, n, sizeof(BisBigramWord), compare_terms);
	return n;
}

/* what is known of each bigram */
typedef struct Counts
{
	uint32	   *docs;			/* articles */
	uint64	   *bytes;			/* of its list as BisPutNumber would write it */
} Counts;

/* Bytes that BisPutNumber needs. */
static int
number_bytes(uint32 number)
{
	int			bytes = 1;

	while (number >= 0x80)
	{
		number >>= 7;
		bytes++;
	}
	return bytes;
}

static void
count_bigram(void *arg, uint32 bigram, uint32 doc, uint32 last)
{
	Counts	   *counts = arg;

	counts->docs[bigram]++;
	counts->bytes[bigram] += number_bytes(doc - last - 1);
}

/* Of how many of the most frequent words is there room for the bigrams? */
static int
fitting_words(const BisBigramScan *walk, const Counts *counts, uint64 room)
{
	uint64	   *bytes = palloc0_array(uint64, walk->n);
	uint64		sum = 0;
	int			most = 0;

	for (int a = 0; a < walk->n; a++)
	{
		for (int b = 0; b < walk->n; b++)
		{
			int			bigram = a * walk->n + b;

			if (counts->docs[bigram] > 0)
				bytes[Max(walk->words[a].rank, walk->words[b].rank)] +=
					counts->bytes[bigram] + ENTRY_BYTES;
		}
	}
	while (most < walk->n && sum + bytes[most] <= room)
		sum += bytes[most++];
	pfree(bytes);
	return most;
}

/* the lists of bigrams being gathered: those from first on, below end */
typedef struct Gather
{
	uint32		first;
	uint32		end;
	uint8	  **next;			/* where each goes on */
} Gather;

static void
gather_bigram(void *arg, uint32 bigram, uint32 doc, uint32 last)
{
	Gather	   *gather = arg;
	BisBytes	bytes = {0};

	if (bigram < gather->first || bigram >= gather->end)
		return;
	bytes.data = gather->next[bigram - gather->first];
	BisPutNumber(&bytes, doc - last - 1);
	gather->next[bigram - gather->first] += bytes.len;
}

/* Write the list of a bigram, which BisPutNumber wrote to size bytes. */
static void
write_list(BisWriter *writer, const BisBigramScan *walk, uint32 bigram,
		   const uint8 *list, uint64 size)
{
	const BisBigramWord *a = &walk->words[bigram / walk->n];
	const BisBigramWord *b = &walk->words[bigram % walk->n];
	char		key[BIS_MAX_BIGRAM];
	int			len = BisBigramKey(a->term, a->len, b->term, b->len, key);
	BisReader	reader = {list, list + size};
	WordEntryPos place = 0;		/* takes no room */
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, key, len);
	while (reader.next < reader.end)
	{
		doc += (uint32) BisGetNumber(&reader) + 1;
		BisWriterPosting(writer, doc, 1, &place);
	}
}

/* Write the bigrams from first on, below end, whose lists take bytes. */
static void
write_some(BisWriter *writer, BisBigramScan *walk, const Counts *counts,
		   uint32 first, uint32 end, uint64 bytes)
{
	Gather		gather = {.first = first, .end = end};
	uint8	   *room = MemoryContextAllocHuge(CurrentMemoryContext,
											  Max(bytes, 1));
	uint8	   *list = room;

	gather.next = palloc_array(uint8 *, end - first);
	for (uint32 bigram = first; bigram < end; bigram++)
	{
		gather.next[bigram - first] = list;
		list += counts->bytes[bigram];
	}
	BisBigramScanAll(walk, gather_bigram, &gather);
	list = room;
	for (uint32 bigram = first; bigram < end; bigram++)
	{
		BisStoreMeanwhile(walk->segment->store);
		if (counts->docs[bigram] > 0)
			write_list(writer, walk, bigram, list, counts->bytes[bigram]);
		list += counts->bytes[bigram];
	}
	pfree(gather.next);
	pfree(room);
}

/*
 * Write all bigrams, as many at a time as there is memory for, but at least
 * one.
 */
static void
write_bigrams(BisWriter *writer, BisBigramScan *walk, const Counts *counts)
{
	uint64		memory = (uint64) maintenance_work_mem * 1024 / 2;
	uint32		npairs = walk->n * walk->n;
	uint32		end;

	for (uint32 first = 0; first < npairs; first = end)
	{
		uint64		bytes = 0;

		for (end = first; end < npairs; end++)
		{
			if (bytes > 0 && bytes + counts->bytes[end] > memory)
				break;
			bytes += counts->bytes[end];
		}
		write_some(writer, walk, counts, first, end, bytes);
	}
}

/* Count the walk's bigrams; false if they would not say all. */
static bool
count_bigrams(BisBigramScan *walk, Counts *counts)
{
	Size		npairs = (Size) walk->n * walk->n;

	counts->docs = palloc0_array(uint32, npairs);
	counts->bytes = palloc0_array(uint64, npairs);
	for (int i = 0; i < walk->n; i++)
		walk->words[i].number = i;
	return BisBigramScanAll(walk, count_bigram, counts);
}

/* The counts of those bigrams that are left; all were n words. */
static Counts
keep_counts(const BisBigramScan *walk, const Counts *all, int n)
{
	Counts		kept;

	kept.docs = palloc_array(uint32, (Size) walk->n * walk->n);
	kept.bytes = palloc_array(uint64, (Size) walk->n * walk->n);
	for (int a = 0; a < walk->n; a++)
	{
		for (int b = 0; b < walk->n; b++)
		{
			int			from = walk->words[a].number * n +
				walk->words[b].number;

			kept.docs[a * walk->n + b] = all->docs[from];
			kept.bytes[a * walk->n + b] = all->bytes[from];
		}
	}
	return kept;
}

/* Write the bigrams of words, of which there are n; returns their header. */
static BlockNumber
write_segment(BisStore *store, uint64 generation, BisSegment *segment,
			  BisBigramWord *words, int n, const Counts *counts)
{
	BisWriter  *writer = BisWriterBeginBigrams(store, generation,
											   segment->header->ndocs);
	BisSegmentEntry entry;

	write_bigrams(writer, BisBigramScanBegin(segment, words, n), counts);
	BisWriterEnd(writer, BisWriterFinish(writer), &entry);
	return entry.header;
}

/* Bytes that the bigrams of a segment may take. */
static uint64
room_for_bigrams(const BisHeader *header)
{
	return (header->streams[BIS_STREAM_POSTINGS].length +
			header->streams[BIS_STREAM_POSITIONS].length +
			header->streams[BIS_STREAM_TERMS].length) / ROOM_SHARE;
}

/*
 * Write the bigrams of a segment that is written but for its header, and note
 * them there.
 */
static void
write_all_bigrams(BisStore *store, uint64 generation, BisHeader *header)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch bigrams",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisStore	read = {.index = store->index, .meanwhile = store->meanwhile,
	.meanwhile_arg = store->meanwhile_arg};
	BisSegment *segment = BisSegmentOver(&read, generation, header);
	BisBigramWord *words = NULL;
	Counts		counts;
	BisBigramScan *walk;
	int			all = 0;
	int			n = 0;

	if (header->ndocs >= MIN_DOCS)
	{
		words = BisBigramWords(segment, header->ndocs / LEAST_SHARE, &all);
		all = keep_words(words, all, MAX_WORDS);
	}
	if (all > 0)
	{
		walk = BisBigramScanBegin(segment, words, all);
		if (count_bigrams(walk, &counts))
			n = keep_words(words, all, fitting_words(walk, &counts,
													 room_for_bigrams(header)));
	}
	if (n > 0)
	{
		walk->n = n;
		counts = keep_counts(walk, &counts, all);
		header->bigrams = write_segment(store, generation, segment, words, n,
										&counts);
		header->frequent = PG_UINT32_MAX;
		for (int i = 0; i < n; i++)
			header->frequent = Min(header->frequent, words[i].entry.ndocs);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
BisBigramsEnd(BisWriter *writer, BisStore *store, uint64 generation,
			  BisSegmentEntry *entry)
{
	BisHeader  *header = BisWriterFinish(writer);

	if (store->bigrams)
		write_all_bigrams(store, generation, header);
	BisWriterEnd(writer, header, entry);
}

/* a sum of bigrams being made */
typedef struct Sum
{
	const BisBigramScan *walk;
	uint64		hashes;
	uint64		npostings;
} Sum;

static void
sum_bigram(void *arg, uint32 bigram, uint32 doc,
		   uint32 last pg_attribute_unused())
{
	Sum		   *sum = arg;
	const BisBigramWord *a = &sum->walk->words[bigram / sum->walk->n];
	const BisBigramWord *b = &sum->walk->words[bigram % sum->walk->n];
	char		key[BIS_MAX_BIGRAM];
	int			len = BisBigramKey(a->term, a->len, b->term, b->len, key);

	sum->hashes += BisBigramHash(key, len, doc);
	sum->npostings++;
}

uint64
BisBigramsSum(BisSegment *segment, uint64 *npostings)
{
	Sum			sum = {0};
	BisBigramWord *words;
	BisBigramScan *walk;
	uint32		least = PG_UINT32_MAX;
	int			n;

	words = BisBigramWords(segment, segment->header->frequent, &n);
	for (int i = 0; i < n; i++)
		least = Min(least, words[i].entry.ndocs);
	if (n > MAX_WORDS || least != segment->header->frequent)
		BisCorrupted("frequent words of a segment");
	walk = BisBigramScanBegin(segment, words, n);
	sum.walk = walk;
	if (!BisBigramScanAll(walk, sum_bigram, &sum))
		BisCorrupted("bigrams of words without positions");
	*npostings = sum.npostings;
	return sum.hashes;
}
