/*
 * bigram_write.c
 *	  Bigram lists: posting lists of adjacent frequent words.
 *
 * The bigrams of a segment are enumerated once to count them, which decides
 * how many words there is room for, and then as often as it takes to gather
 * their lists within the memory limit.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/bigram/bigram_scan.h"
#include "index/page/abbrev_key.h"

/* most words that have bigrams */
#define MAX_WORDS 384

/* each of these words is in at least 1/N of the articles */
#define FREQUENCY_FRACTION 16

/* a segment of fewer articles has no bigrams: its posting lists are short */
#define MIN_DOCS 256

/* bigrams take at most 1/N of the bytes of the segment's own lists */
#define ROOM_FRACTION 6

/* approximate bytes of a bigram in the dictionary */
#define ENTRY_BYTES 14

uint64
BisBigramHash(const char *key, int len, uint32 doc)
{
	return hash_bytes_extended((const unsigned char *) key, len, doc);
}

static int
compare_frequency(const void *a, const void *b)
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
 * Keep the most frequent of n words, at most most of them: of the words with
 * the same document frequency, either all or none.  Leaves them sorted by
 * term; returns their number.
 */
static int
keep_most_frequent(BisBigramWord *words, int n, int most)
{
	qsort(words, n, sizeof(BisBigramWord), compare_frequency);
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

/* what the first scan counts for each bigram */
typedef struct Counts
{
	uint32	   *docs;			/* articles */
	uint64	   *bytes;			/* of its list, written by BisPutNumber */
} Counts;

/* Bytes that BisPutNumber needs for the number. */
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

	if (bigram == BIS_BIGRAM_APART)
		return;
	counts->docs[bigram]++;
	counts->bytes[bigram] += number_bytes(doc - last - 1);
}

/* The number of most frequent words whose bigrams fit into room bytes. */
static int
count_fitting_words(const BisBigramScan *scan, const Counts *counts,
					uint64 room)
{
	uint64	   *bytes = palloc0_array(uint64, scan->n);
	uint64		sum = 0;
	int			most = 0;

	for (int a = 0; a < scan->n; a++)
	{
		for (int b = 0; b < scan->n; b++)
		{
			int			bigram = a * scan->n + b;

			if (counts->docs[bigram] > 0)
				bytes[Max(scan->words[a].rank, scan->words[b].rank)] +=
					counts->bytes[bigram] + ENTRY_BYTES;
		}
	}
	while (most < scan->n && sum + bytes[most] <= room)
		sum += bytes[most++];
	pfree(bytes);
	return most;
}

/* the lists being gathered: those of bigrams first .. end - 1 */
typedef struct Gather
{
	uint32		first;
	uint32		end;
	uint8	  **next;			/* where to append to each list */
	MemoryContext context;
	BisBytes	apart;			/* uint32s: articles of BIS_BIGRAM_APART */
} Gather;

static void
gather_bigram(void *arg, uint32 bigram, uint32 doc, uint32 last)
{
	Gather	   *gather = arg;
	BisBytes	bytes = {0};

	if (bigram == BIS_BIGRAM_APART && gather->first == 0)
	{
		BisBytesReserve(&gather->apart, sizeof(doc), gather->context);
		BisPutBytes(&gather->apart, &doc, sizeof(doc));
	}
	if (bigram < gather->first || bigram >= gather->end)
		return;
	bytes.data = gather->next[bigram - gather->first];
	BisPutNumber(&bytes, doc - last - 1);
	gather->next[bigram - gather->first] += bytes.len;
}

/* Write the list of a bigram: size bytes of numbers of BisPutNumber. */
static void
write_bigram_list(BisWriter *writer, const BisBigramScan *scan, uint32 bigram,
				  const uint8 *list, uint64 size)
{
	const BisBigramWord *a = &scan->words[bigram / scan->n];
	const BisBigramWord *b = &scan->words[bigram % scan->n];
	char		key[BIS_MAX_BIGRAM];
	int			len = BisBigramKey(a->term, a->len, b->term, b->len, key);
	BisReader	reader = {list, list + size};
	BiOccurrence occurrence = 0;	/* takes no room */
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, key, len);
	while (reader.next < reader.end)
	{
		doc += (uint32) BisGetNumber(&reader) + 1;
		BisWriterPosting(writer, doc, 1, &occurrence);
	}
}

/* Write the list of the n articles that core may match differently. */
static void
write_apart_list(BisWriter *writer, const uint32 *docs, Size n)
{
	BiOccurrence occurrence = 0;

	if (n > 0)
		BisWriterTerm(writer, "", 0);
	for (Size i = 0; i < n; i++)
		BisWriterPosting(writer, docs[i], 1, &occurrence);
}

/* Write bigrams first .. end - 1; bytes is the size of all their lists. */
static void
write_bigram_range(BisWriter *writer, BisBigramScan *scan,
				   const Counts *counts, uint32 first, uint32 end,
				   uint64 bytes)
{
	Gather		gather = {.first = first, .end = end,
	.context = CurrentMemoryContext};
	uint8	   *room = MemoryContextAllocHuge(CurrentMemoryContext,
											  Max(bytes, 1));
	uint8	   *list = room;

	gather.next = palloc_array(uint8 *, end - first);
	for (uint32 bigram = first; bigram < end; bigram++)
	{
		gather.next[bigram - first] = list;
		list += counts->bytes[bigram];
	}
	BisBigramScanAll(scan, gather_bigram, &gather);
	write_apart_list(writer, (const uint32 *) gather.apart.data,
					 gather.apart.len / sizeof(uint32));
	list = room;
	for (uint32 bigram = first; bigram < end; bigram++)
	{
		BisStoreMeanwhile(scan->segment->store);
		if (counts->docs[bigram] > 0)
			write_bigram_list(writer, scan, bigram, list,
							  counts->bytes[bigram]);
		list += counts->bytes[bigram];
	}
	pfree(gather.next);
	pfree(room);
}

/*
 * Write all bigrams: in each pass as many as there is memory for, but at
 * least one.
 */
static void
write_bigrams(BisWriter *writer, BisBigramScan *scan, const Counts *counts)
{
	uint64		memory = (uint64) maintenance_work_mem * 1024 / 2;
	uint32		nbigrams = scan->n * scan->n;
	uint32		end;

	for (uint32 first = 0; first < nbigrams; first = end)
	{
		uint64		bytes = 0;

		for (end = first; end < nbigrams; end++)
		{
			if (bytes > 0 && bytes + counts->bytes[end] > memory)
				break;
			bytes += counts->bytes[end];
		}
		write_bigram_range(writer, scan, counts, first, end, bytes);
	}
}

/* Count the scan's bigrams. */
static void
count_bigrams(BisBigramScan *scan, Counts *counts)
{
	Size		nbigrams = (Size) scan->n * scan->n;

	counts->docs = palloc0_array(uint32, nbigrams);
	counts->bytes = palloc0_array(uint64, nbigrams);
	for (int i = 0; i < scan->n; i++)
		scan->words[i].number = i;
	BisBigramScanAll(scan, count_bigram, counts);
}

/* The counts of the words that are left; all has those of n words. */
static Counts
keep_counts(const BisBigramScan *scan, const Counts *all, int n)
{
	Counts		kept;

	kept.docs = palloc_array(uint32, (Size) scan->n * scan->n);
	kept.bytes = palloc_array(uint64, (Size) scan->n * scan->n);
	for (int a = 0; a < scan->n; a++)
	{
		for (int b = 0; b < scan->n; b++)
		{
			int			from = scan->words[a].number * n +
				scan->words[b].number;

			kept.docs[a * scan->n + b] = all->docs[from];
			kept.bytes[a * scan->n + b] = all->bytes[from];
		}
	}
	return kept;
}

/* Write the bigram segment of n words; returns its header's block. */
static BlockNumber
write_bigram_segment(BisStore *store, uint64 generation, BisSegment *segment,
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
			header->streams[BIS_STREAM_TERMS].length) / ROOM_FRACTION;
}

/*
 * Write the bigrams of a segment that is complete except for its header page,
 * and enter them in header.
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
	BisBigramScan *scan;
	int			all = 0;
	int			n = 0;

	if (header->ndocs >= MIN_DOCS)
	{
		words = BisBigramWords(segment, header->ndocs / FREQUENCY_FRACTION,
							   &all);
		all = keep_most_frequent(words, all, MAX_WORDS);
	}
	if (all > 0)
	{
		scan = BisBigramScanBegin(segment, words, all);
		count_bigrams(scan, &counts);
		n = count_fitting_words(scan, &counts, room_for_bigrams(header));
		n = keep_most_frequent(words, all, n);
	}
	if (n > 0)
	{
		scan->n = n;
		counts = keep_counts(scan, &counts, all);
		header->bigrams = write_bigram_segment(store, generation, segment,
											   words, n, &counts);
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

/* what BisBigramsSum is adding up */
typedef struct Sum
{
	const BisBigramScan *scan;
	uint64		hashes;
	uint64		npostings;
} Sum;

static void
sum_bigram(void *arg, uint32 bigram, uint32 doc,
		   uint32 last pg_attribute_unused())
{
	Sum		   *sum = arg;
	char		key[BIS_MAX_BIGRAM];
	int			len = 0;

	if (bigram != BIS_BIGRAM_APART)
	{
		const BisBigramWord *a = &sum->scan->words[bigram / sum->scan->n];
		const BisBigramWord *b = &sum->scan->words[bigram % sum->scan->n];

		len = BisBigramKey(a->term, a->len, b->term, b->len, key);
	}
	sum->hashes += BisBigramHash(key, len, doc);
	sum->npostings++;
}

uint64
BisBigramsSum(BisSegment *segment, uint64 *npostings)
{
	Sum			sum = {0};
	BisBigramWord *words;
	BisBigramScan *scan;
	uint32		least = PG_UINT32_MAX;
	int			n;

	words = BisBigramWords(segment, segment->header->frequent, &n);
	for (int i = 0; i < n; i++)
		least = Min(least, words[i].entry.ndocs);
	if (n > MAX_WORDS || least != segment->header->frequent)
		BisCorrupted("frequent words of a segment");
	scan = BisBigramScanBegin(segment, words, n);
	sum.scan = scan;
	BisBigramScanAll(scan, sum_bigram, &sum);
	*npostings = sum.npostings;
	return sum.hashes;
}
